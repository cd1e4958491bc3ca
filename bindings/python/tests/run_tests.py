#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests of the Python package: of the build tree, or of the folder NETCHAN_PYTHON.

usage: run_tests.py [unittest's arguments]
"""
import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    place = os.environ.get("NETCHAN_PYTHON")
    if not place:
        if "python" not in os.environ.get("NETCHAN_BINDINGS", "python").split():
            print("skipped: the Python bindings are not built")
            return 77
        place = os.path.join(os.environ.get("top_builddir", "."), "bindings/generated/stage/python")
    sys.path[:0] = [place, HERE]
    import netchan

    print("netchan", netchan.version(), "from", os.path.dirname(netchan.__file__))
    return 0


if __name__ == "__main__":
    sys.exit(main())
