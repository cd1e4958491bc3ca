#!/bin/sh
# SPDX-License-Identifier: MIT
# The same bytes on every machine: what tests/portability/wire prints is wire.txt. A difference is
# either a mistake of this machine's build, or a change to the protocol or to what a session
# chooses to write: then look at each line that changed, and keep the new text.
# usage: wire.sh         compares; EMULATOR is what runs a program of another machine
#        wire.sh keep    the text of this build is the right one from now on
set -u
: "${top_srcdir:=.}" "${top_builddir:=.}"
wanted=$top_srcdir/tests/portability/wire.txt
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT

LC_ALL=C
export LC_ALL
# shellcheck disable=SC2086
if ! ${EMULATOR-} "$top_builddir/tests/portability/wire" >"$work/bytes"; then
	tail -n 3 "$work/bytes" | cut -c 1-200
	echo "wire: the program failed behind these lines"
	exit 1
fi
if [ "${1-}" = keep ]; then
	cp "$work/bytes" "$wanted"
elif ! diff "$wanted" "$work/bytes" >"$work/faults"; then
	head -n 40 "$work/faults" | cut -c 1-200
	echo "wire: $(grep -c '^[<>]' "$work/faults") lines differ; < is wire.txt, > this build"
	exit 1
fi
