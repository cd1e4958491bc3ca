#!/bin/sh
# SPDX-License-Identifier: MIT
# What a value costs in each language that was built, in CPU time of the process, beside the language's
# own JSON library alone: json writes and reads a text, or makes a plain copy of maps and lists in Lua
# and Java, which have no such library of their own; channel puts a native value into a channel and takes it
# out; tcp does so over a link, both ends in the process. small is an object of 38 bytes, record one of
# about 900. bindings/LANGUAGE/tests/bench.sh runs a language's program.
# usage: make bench-bindings, or NETCHAN_BINDINGS=... top_builddir=... bench.sh [ROUNDS]
set -u
top_srcdir=${top_srcdir:-$(cd "$(dirname "$0")/.." && pwd)}
top_builddir=${top_builddir:-.}
export top_srcdir top_builddir
printf '%-8s %-8s %12s %12s %12s %12s %12s\n' language value 'json ns' 'channel ns' 'ratio' 'tcp ns' 'ratio'
for language in ${NETCHAN_BINDINGS:-python ruby lua java}; do
	"${SHELL:-/bin/sh}" "$top_srcdir/bindings/$language/tests/bench.sh" "$@" |
		awk -v language="$language" '
			{ ns[$2] = $3 }
			$2 == "tcp" {
				printf "%-8s %-8s %12d %12d %12.2f %12d %12.2f\n", language, $1, ns["json"],
					ns["channel"], ns["channel"] / ns["json"], ns["tcp"], ns["tcp"] / ns["json"]
			}'
done
