#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the netchan command, as a user sees it: descriptors, exit statuses and texts.

usage: test_cli.py [WORD]...   runs the cases whose name contains one of the words, or all

NETCHAN names the command, else it is src/cli/netchan in top_builddir. The results are TAP.
"""

import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import bench_cases
import ends_cases
import harness
import input_cases
import misuse_cases
import passed_cases
import tools_cases
import transfer_cases

if __name__ == "__main__":
    sys.exit(harness.main([transfer_cases, input_cases, ends_cases, misuse_cases, bench_cases,
                           tools_cases, passed_cases]))
