#!/bin/sh
# SPDX-License-Identifier: MIT
# Makes ./configure out of configure.ac. A release tarball has it already.
set -e
cd "$(dirname "$0")"
exec autoreconf -fi
