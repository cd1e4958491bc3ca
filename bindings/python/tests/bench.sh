#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Python's benchmark with the package of the build tree.
PYTHONPATH=$top_builddir/bindings/generated/stage/python exec "${PYTHON3:-python3}" -B \
	"$top_srcdir/bindings/python/tests/bench.py" "$@"
