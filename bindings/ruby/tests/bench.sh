#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Ruby's benchmark with the library of the build tree.
exec "${RUBY:-ruby}" -I "$top_builddir/bindings/generated/stage/ruby" \
	"$top_srcdir/bindings/ruby/tests/bench.rb" "$@"
