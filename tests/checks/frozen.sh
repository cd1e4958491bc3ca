#!/bin/sh
# SPDX-License-Identifier: MIT
# What abi/baseline has written down of each release stays as it is, and abi/netchan.h and
# abi/symbols.txt keep every word of it: the same numbers, the same declarations, the same symbols
# with the same versions. Needs a C compiler for the first two, and no build.
# usage: frozen.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
awk=${AWK:-awk}
cc=${CC:-cc}
status=0

fault() {
	echo "frozen: $*"
	status=1
}

# refuse WHAT: tells the lines of the file "faults", if there are any
refuse() {
	if [ -s "$work/faults" ]; then
		fault "$*:"
		cat "$work/faults"
	fi
}

number='
function number(version, part) {
	split(version, part, ".")
	return part[1] * 1000 + part[2]
}'

# ---- The list of releases ----------------------------------------------------------------------

$awk '
/^#/ || NF == 0 { next }
NF != 3 || $1 !~ /^[0-9]+\.[0-9]+\.[0-9]+$/ || $2 !~ /^[0-9]+:[0-9]+:[0-9]+$/ || $3 !~ /^(released|preparing)$/ {
	print "line " FNR " is not \"version current:revision:age released|preparing\": " $0
	next
}
{
	split($1, part, ".")
	number = (part[1] * 1000 + part[2]) * 1000 + part[3]
	if (rows++ && number <= before)
		print $1 " does not come after the line above it"
	if (preparing)
		print "there is a line behind the one that is preparing"
	before = number
	preparing = $3 == "preparing"
}
END { if (!rows) print "no release" }' abi/releases.txt >"$work/faults" || status=1
refuse abi/releases.txt

coming=$(sed -n 's/^\([0-9]*\.[0-9]*\)\..* preparing$/\1/p' abi/releases.txt)
if [ -n "$coming" ]; then
	$awk -v limit="$coming" '/^netchan_/ && number($2) > number(limit)'"$number" abi/symbols.txt >"$work/faults"
	refuse "symbols of a release behind $coming, which is the one in preparation"
fi

# ---- Each baseline -----------------------------------------------------------------------------

for folder in abi/baseline/*/; do
	folder=${folder%/}
	minor=${folder##*/}
	[ -d "$folder" ] || continue
	grep -q "^$minor\.[0-9]* " abi/releases.txt || fault "$folder: abi/releases.txt has no such release"
	[ -s "$folder/CKSUM" ] || { fault "$folder has no CKSUM"; continue; }
	(cd "$folder" && cksum $($awk '{ print $3 }' CKSUM)) 2>&1 | diff "$folder/CKSUM" - >"$work/faults"
	refuse "$folder was edited (< as it was frozen, > as it is)"

	grep '^netchan_' "$folder/symbols.txt" | sort >"$work/then"
	$awk -v limit="$minor" '/^netchan_/ && number($2) <= number(limit)'"$number" abi/symbols.txt |
		sort | diff "$work/then" - >"$work/faults"
	refuse "symbols of $minor (< as they were frozen, > abi/symbols.txt)"

	sed -n 's/^#define \(NETCHAN_[A-Z_]*\)  *(*\(-*[0-9][0-9]*\))*\( .*\)*$/\1 \2/p' "$folder/netchan.h" |
		grep -v '^NETCHAN_VERSION' >"$work/constants"
	[ -s "$work/constants" ] || fault "$folder/netchan.h: no constants found"
	# One line each, so that the compiler's words name the constant.
	{
		echo '#include "netchan.h"'
		$awk '{ print "typedef char " $1 "_is_as_frozen[(" $1 ") == (" $2 ") ? 1 : -1];" }' "$work/constants"
	} >"$work/values.c"
	# The second reading of a macro or a function must agree with the first.
	{
		echo "#include \"$folder/netchan.h\""
		sed -n 's/^#define \(NETCHAN_VERSION[A-Z_]*\) .*/#undef \1/p' "$folder/netchan.h"
		echo '#undef NETCHAN_H'
		echo '#include "abi/netchan.h"'
	} >"$work/both.c"
	if ! echo 'int x;' | $cc -x c -fsyntax-only - >"$work/said" 2>&1; then
		without="there is no C compiler ($cc), so numbers and declarations were not looked at"
		continue
	fi
	for what in values both; do
		if ! $cc -x c -std=c11 -Wall -Werror -Iabi -I. -fsyntax-only "$work/$what.c" >"$work/said" 2>&1; then
			fault "abi/netchan.h does not agree with $folder/netchan.h:"
			cat "$work/said"
		fi
	done
done
last=$(sed -n 's/^\([0-9]*\.[0-9]*\)\..*/\1/p' abi/releases.txt | tail -n 1)
[ -d "abi/baseline/$last" ] || fault "there is no abi/baseline/$last: make abi-baseline"

if [ $status -eq 0 ] && [ -n "${without:-}" ]; then
	echo "frozen: $without"
	exit 77
fi
exit $status
