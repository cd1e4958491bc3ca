#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the tests of the Python package: that of the build tree, or the one in the folder that
NETCHAN_PYTHON names.

usage: run_tests.py [NAME]...   such as test_life or test_life.Memory
"""

import os
import sys
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))


def place():
    """Where the package is, or None when it was not built."""
    installed = os.environ.get("NETCHAN_PYTHON")
    if installed:
        return installed
    if "python" not in os.environ.get("NETCHAN_BINDINGS", "python").split():
        return None
    build = os.environ.get("top_builddir", ".")
    return os.path.join(build, "bindings/generated/stage/python")


def main():
    where = place()
    if where is None:
        print("skipped: the Python bindings are not built")
        return 77
    sys.path[:0] = [os.path.abspath(where), HERE]
    import netchan
    import support

    print("netchan", netchan.version(), "from", os.path.dirname(netchan.__file__), flush=True)
    runner = unittest.TextTestRunner(stream=sys.stdout, verbosity=2, resultclass=support.Results)
    names = sys.argv[1:] or ["test_life", "test_programs", "test_scenarios", "test_values"]
    result = runner.run(unittest.defaultTestLoader.loadTestsFromNames(names))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
