#!/bin/sh
# SPDX-License-Identifier: MIT
# The public header brings nothing along but names of its own, <stddef.h> and <stdint.h>; it declares
# opaque types and functions and nothing with a body; the types of parameters have the same size
# whatever a program was compiled with, and no flag makes it another header.
# usage: names.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
awk=${AWK:-awk}

# works COMPILER LANGUAGE [FLAG]: whether there is that compiler, and takes the flag
works() {
	printf '#include <stddef.h>\n#include <stdint.h>\n' >"$work/try"
	$1 -x "$2" ${3:+"$3"} -E "$work/try" >/dev/null 2>&1
}

# ours COMPILER LANGUAGE [FLAGS]: what is left of netchan.h behind the preprocessor
ours() {
	echo '#include "netchan.h"' >"$work/one.$2"
	# shellcheck disable=SC2086
	$1 -x "$2" -E -Iabi ${3:-} "$work/one.$2" |
		$awk '/^# *[0-9]+ "/ { inside = $3 ~ /netchan\.h"$/; next } inside && NF'
}

# macros COMPILER LANGUAGE TEXT
macros() {
	printf '#include <stddef.h>\n#include <stdint.h>\n%s\n' "$3" >"$work/one.$2"
	$1 -x "$2" -dM -E -Iabi "$work/one.$2" | sort
}

# faults COMPILER LANGUAGE: what the header defines, declares or changes beside names of its own
faults() {
	macros "$1" "$2" '' >"$work/before"
	macros "$1" "$2" '#include "netchan.h"' | diff "$work/before" - |
		grep -E '^[<>]' | grep -vE '^> #define NETCHAN_[A-Z_]+( |$)' |
		sed 's/^/abi\/netchan.h changes a macro that is not its own: /'
	ours "$1" "$2" | $awk -v language="$2" '
	BEGIN {
		count = split("extern typedef struct const void char int double int64_t size_t", words, " ")
		for (i = 1; i <= count; i++)
			known[words[i]] = 1
	}
	{ text = text " " $0 }
	END {
		gsub(/__attribute__ *\(\(visibility *\("default"\)\)\)/, "", text)
		if (language == "c++") {
			if (text !~ /^ *extern "C" *\{/)
				print "is not extern \"C\" from its first declaration on"
			sub(/extern "C" *\{/, "", text)
			sub(/\} *$/, "", text)
		}
		if (text ~ /[{}]/)
			print "has a body: constants are macros, types are opaque, functions are in the library"
		if (text ~ /\.\.\./)
			print "has a variable number of arguments"
		# Parameters have names of their own, but types whose size is the same everywhere.
		while (match(text, /\([^()]*\)/)) {
			parameters = parameters " " substr(text, RSTART, RLENGTH)
			text = substr(text, 1, RSTART - 1) substr(text, RSTART + RLENGTH)
		}
		while (match(text, /[A-Za-z_][A-Za-z0-9_]*/)) {
			word = substr(text, RSTART, RLENGTH)
			text = substr(text, RSTART + RLENGTH)
			if (!(word in known) && word !~ /^netchan_/)
				print "declares " word
		}
		while (match(parameters, /[A-Za-z_][A-Za-z0-9_]*/)) {
			word = substr(parameters, RSTART, RLENGTH)
			parameters = substr(parameters, RSTART + RLENGTH)
			if (word ~ /^(long|short|signed|unsigned|float|bool|_Bool|enum|union|FILE)$/ ||
				word ~ /_t$/ && !(word in known))
				print "has a parameter of type " word
		}
	}' | sed 's/^/abi\/netchan.h /'
	ours "$1" "$2" >"$work/plain"
	for flags in '-D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64' -D_GNU_SOURCE -D_XOPEN_SOURCE=600 -m32; do
		[ "$flags" != -m32 ] || works "$1" "$2" -m32 || continue
		ours "$1" "$2" "$flags" | cmp -s - "$work/plain" || echo "abi/netchan.h is another with $flags"
	done
}

tried=0
: >"$work/faults"
if works "${CC:=cc}" c; then
	tried=$((tried + 1))
	faults "$CC" c >>"$work/faults"
fi
if works "${CXX:=c++}" c++; then
	tried=$((tried + 1))
	faults "$CXX" c++ >>"$work/faults"
fi
grep '^ *# *include' abi/netchan.h | grep -vE '^#include <std(def|int)\.h>$' |
	sed 's/^/abi\/netchan.h includes more than <stddef.h> and <stdint.h>: /' >>"$work/faults"
if [ -s "$work/faults" ]; then
	sort -u "$work/faults"
	exit 1
fi
if [ $tried -eq 0 ]; then
	echo "names: there is no compiler"
	exit 77
fi
exit 0
