#!/bin/sh
# SPDX-License-Identifier: MIT
# Every source file stands in a makefile's list, else it would not be built, run or shipped; and
# every list of files is sorted.
# usage: lists.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99

makefiles=$(find . -maxdepth 3 \( -name Makefile.am -o -name '*.mk' \) -type f | LC_ALL=C sort)
if [ -z "$makefiles" ]; then
	echo "lists: no makefiles in $(pwd)"
	exit 1
fi
status=0

listed=$(${AWK:-awk} '
{
	line = $0
	sub(/#.*/, "", line)
	gsub(/[\\=+]/, " ", line)
	count = split(line, words, " ")
	for (i = 1; i <= count; i++)
		if (words[i] ~ /\//)
			print words[i]
}' $makefiles)

for file in $(find src abi tests docs bindings -path docs/man3 -prune -o -name generated -prune -o -type f \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \
	-o -name '*.hpp' -o -name '*.sh' -o -name '*.py' -o -name '*.rb' -o -name '*.lua' -o -name '*.java' -o -name '*.awk' -o -name '*.md' -o -name '*.i' \
	-o -name '*.[1-9]' -o -name '*.[1-9].in' \) -print 2>/dev/null | LC_ALL=C sort); do
	# A page may be made of FILE.in, and a program of the one file FILE.cpp.
	if ! printf '%s\n' "$listed" | grep -qxF -e "$file" -e "${file%.in}" -e "${file%.cpp}"; then
		echo "$file: in no makefile's list"
		status=1
	fi
done

# A list is a run of lines that hold one file name each and end in a backslash, but the last.
LC_ALL=C ${AWK:-awk} '
FNR == 1 { before = "" }
/^\t[^ \t$]+\/[^ \t]*( \\)?$/ {
	if (before != "" && before >= $1) {
		printf "%s:%d: %s is not in order\n", FILENAME, FNR, $1
		faults++
	}
	before = /\\$/ ? $1 : ""
	next
}
{ before = "" }
END { exit faults > 0 }' $makefiles || status=1

exit $status
