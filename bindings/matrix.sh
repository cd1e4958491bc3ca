#!/bin/sh
# SPDX-License-Identifier: MIT
# Each language that was built exports to each, itself included, over TCP: all shared values go there
# and back. bindings/LANGUAGE/tests/peer.sh runs a language's peer program; see scenarios.md.
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
top_builddir=${top_builddir:-.}
NETCHAN_VECTORS=$top_srcdir/bindings/vectors.json
export top_srcdir top_builddir NETCHAN_VECTORS
results=${NETCHAN_TEST_RESULTS:-/dev/null}

# shellcheck disable=SC2086
set -- ${NETCHAN_BINDINGS-}
if [ $# -lt 2 ]; then
	echo "skipped: a matrix needs two languages; built: ${*:-none}"
	exit 77
fi
work=$(mktemp -d) || exit 99
exporter=
trap '[ -z "$exporter" ] || kill "$exporter" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
status=0

peer() { # LANGUAGE ARGUMENT...: as this shell's own process, so that its number is the program's
	language=$1
	shift
	exec "${SHELL:-/bin/sh}" "$top_srcdir/bindings/$language/tests/peer.sh" "$@"
}

# One pair: the values went there and back, and both ends say so.
meet() { # EXPORTING IMPORTING
	mkfifo "$work/address" || return 1
	(peer "$1" export tcp://127.0.0.1:0) >"$work/address" &
	exporter=$!
	read -r url <"$work/address" || url=
	rm "$work/address"
	[ -n "$url" ] && (peer "$2" import "$url")
	imported=$?
	[ $imported -eq 0 ] || kill "$exporter" 2>/dev/null
	wait "$exporter"
	exported=$?
	exporter=
	[ $imported -eq 0 ] && [ $exported -eq 0 ] ||
		echo "$1 to $2: exporter ended with status $exported, importer with $imported"
	[ $imported -eq 0 ] && [ $exported -eq 0 ]
}

echo "RUN matrix" >>"$results"
for from in "$@"; do
	for to in "$@"; do
		echo "START $from exports to $to" >>"$results"
		if meet "$from" "$to"; then
			echo "PASS $from exports to $to" >>"$results"
		else
			echo "FAIL $from exports to $to" >>"$results"
			status=1
		fi
	done
done
echo "END matrix" >>"$results"
exit $status
