#!/bin/sh
# SPDX-License-Identifier: MIT
# Replays every corpus through its target. A target that finds a fault stops the program.
set -eu
: "${top_srcdir:=.}" "${top_builddir:=.}"
tls=
[ -x "$top_builddir/tests/fuzz/replay_tls" ] && tls=tls
for name in builder frame options pair policy session $tls url value; do
	set -- "$top_srcdir"/tests/fuzz/corpus/$name/*
	test -f "$1" || {
		echo "replay: no corpus for $name" >&2
		exit 1
	}
	${EMULATOR-} "$top_builddir"/tests/fuzz/replay_$name "$@"
done
