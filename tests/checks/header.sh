#!/bin/sh
# SPDX-License-Identifier: MIT
# The public header, included alone, compiles as old and new C and C++ without a warning; its
# version is the package's; and every internal header compiles alone as C and as C++.
# usage: header.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
status=0
tried=0

# compile COMPILER LANGUAGE STANDARD FLAGS HEADER
compile() {
	tried=$((tried + 1))
	# The use after the include keeps "empty translation unit" out of C89.
	printf '#include "%s"\nextern int netchan_header_check;\n' "$5" >"$work/one.$2"
	if ! $1 -x "$2" -std="$3" -Wall -Wextra -Werror $4 -fsyntax-only "$work/one.$2" \
		>"$work/said" 2>&1; then
		echo "$5 does not compile with $1 -x $2 -std=$3:"
		cat "$work/said"
		status=1
	fi
}

works() {
	echo "int netchan_header_check;" >"$work/try.$2"
	$1 -x "$2" -fsyntax-only "$work/try.$2" >/dev/null 2>&1
}

if [ ! -f abi/netchan.h ]; then
	echo "header: there is no abi/netchan.h"
	exit 1
fi
for cc in gcc clang; do
	works $cc c || continue
	for standard in c89 c99 c11 c17; do
		compile $cc c $standard "-pedantic -Iabi -Wstrict-prototypes" netchan.h
	done
done
for cxx in g++ clang++; do
	works $cxx c++ || continue
	for standard in c++98 c++11 c++20; do
		compile $cxx c++ $standard "-pedantic -Iabi" netchan.h
	done
done
if [ $tried -eq 0 ]; then
	echo "header: neither gcc nor clang is here"
	exit 77
fi

said=$(sed -n 's/^# *define NETCHAN_VERSION  *"\(.*\)"$/\1/p' abi/netchan.h)
wanted=$(sed -n 's/^AC_INIT(\[netchan\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
if [ "$said" != "$wanted" ]; then
	echo "abi/netchan.h says version \"$said\", configure.ac \"$wanted\""
	status=1
fi
parts=$(sed -n 's/^# *define NETCHAN_VERSION_[MP][A-Z]*  *\([0-9]*\)$/\1/p' abi/netchan.h |
	paste -s -d . -)
number=$(sed -n 's/^# *define NETCHAN_VERSION_NUMBER  *\(0x[0-9a-f]*\)$/\1/p' abi/netchan.h)
packed=$(echo "$wanted" | tr . ' ' | xargs printf '0x%02x%02x%02x')
if [ "$parts" != "$wanted" ] || [ "$number" != "$packed" ]; then
	echo "abi/netchan.h: version $parts, number $number, but configure.ac has $wanted ($packed)"
	status=1
fi

for header in $(find src -name '*.h' -type f | LC_ALL=C sort); do
	works "${CC:-cc}" c && compile "${CC:-cc}" c gnu11 "-Isrc -Iabi -Wno-unused-function" "${header#src/}"
	works "${CXX:-c++}" c++ && compile "${CXX:-c++}" c++ gnu++17 "-Isrc -Iabi -Wno-unused-function" "${header#src/}"
done
exit $status
