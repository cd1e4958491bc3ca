#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A peer written from docs/PROTOCOL.md alone against the library, through the netchan command.

usage: test_interop.py [WORD]...   runs the cases whose name contains one of the words, or all

NETCHAN names the command, else it is src/cli/netchan in top_builddir. The results are TAP.
"""

import os
import sys

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, os.pardir, "cli")]

import document_cases
import exporter_cases
import harness
import receiver_cases
import sender_cases
import tls_cases

if __name__ == "__main__":
    sys.exit(harness.main([document_cases, receiver_cases, sender_cases, exporter_cases,
                           tls_cases]))
