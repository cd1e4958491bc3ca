#!/bin/sh
# SPDX-License-Identifier: MIT
# Each language that was built exports to each, itself included, over TCP, and to the next one over
# TLS: all shared values go there and back. bindings/LANGUAGE/tests/peer.sh runs a language's peer program; see scenarios.md.
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

certs=$top_builddir/tests/tls/certs
own() { # NAME: what one end needs for TLS
	echo "tls.cert=$certs/$1.pem tls.key=$certs/$1.key tls.ca=$certs/ca.pem"
}

# One pair: the values went there and back, and both ends say so.
meet() { # EXPORTING IMPORTING SCHEME
	mkfifo "$work/address" || return 1
	server= client=
	[ "$3" = tls ] && server=$(own server) client=$(own client)
	# shellcheck disable=SC2086
	(peer "$1" export "$3://127.0.0.1:0" $server) >"$work/address" &
	exporter=$!
	read -r url <"$work/address" || url=
	rm "$work/address"
	# shellcheck disable=SC2086
	[ -n "$url" ] && (peer "$2" import "$url" $client)
	imported=$?
	[ $imported -eq 0 ] || kill "$exporter" 2>/dev/null
	wait "$exporter"
	exported=$?
	exporter=
	[ $imported -eq 0 ] && [ $exported -eq 0 ] ||
		echo "$1 to $2: exporter ended with status $exported, importer with $imported"
	[ $imported -eq 0 ] && [ $exported -eq 0 ]
}

try() { # EXPORTING IMPORTING SCHEME
	echo "START $1 exports to $2 over $3" >>"$results"
	if meet "$@"; then
		echo "PASS $1 exports to $2 over $3" >>"$results"
	else
		echo "FAIL $1 exports to $2 over $3" >>"$results"
		status=1
	fi
}

echo "RUN matrix" >>"$results"
for from in "$@"; do
	for to in "$@"; do
		try "$from" "$to" tcp
	done
done
# The certificates are there when the build has TLS.
if [ -f "$certs/ca.pem" ]; then
	first=$1
	while [ $# -gt 0 ]; do
		try "$1" "${2-$first}" tls
		shift
	done
fi
echo "END matrix" >>"$results"
exit $status
