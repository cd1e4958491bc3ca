#!/bin/sh
# SPDX-License-Identifier: MIT
# The public header, included alone, compiles as old and new C and C++ without a warning, however
# strict; its version is the package's; and every internal header compiles alone as C and as C++.
# usage: header.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
refused=
status=0
tried=0

# compile COMPILER LANGUAGE STANDARD FLAGS HEADER [TEXT]: the text instead of a single include. A
# standard that the compiler does not know is left out, and what was refused once is not tried again.
compile() {
	case " $refused " in *" $5 "*) return ;; esac
	tried=$((tried + 1))
	# The use after the include keeps "empty translation unit" out of C89.
	printf '%b\nextern int netchan_header_check;\n' "${6-#include \"$5\"}" >"$work/one.$2"
	# shellcheck disable=SC2086
	if ! $1 -x "$2" -std="$3" -Wall -Wextra -Werror $4 -fsyntax-only "$work/one.$2" \
		>"$work/said" 2>&1 && works "$1" "$2" "-std=$3"; then
		echo "$5 does not compile with $1 -x $2 -std=$3 $4:"
		cat "$work/said"
		refused="$refused $5"
		status=1
	fi
}

# works COMPILER LANGUAGE [FLAG]: whether there is that compiler, and takes the flag
works() {
	printf '#include <stddef.h>\n#include <stdint.h>\nint netchan_header_check;\n' >"$work/try.$2"
	$1 -x "$2" ${3:+"$3"} -fsyntax-only "$work/try.$2" >/dev/null 2>&1
}

if [ ! -f abi/netchan.h ]; then
	echo "header: there is no abi/netchan.h"
	exit 1
fi
strict='-pedantic -Iabi -Wcast-qual -Wconversion -Wredundant-decls -Wshadow -Wundef -Wwrite-strings'
twice='#include "netchan.h"\n#include "netchan.h"'
for cc in gcc clang; do
	works $cc c || continue
	for standard in c89 c99 c11 c17 c2x; do
		compile $cc c $standard "$strict -Wstrict-prototypes -Wc++-compat" netchan.h
	done
	compile $cc c c99 "$strict" netchan.h "$twice"
	if works $cc c -m32; then
		compile $cc c c89 "$strict -m32" netchan.h
		compile $cc c c99 "$strict -m32 -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64" netchan.h
	fi
done
for cxx in g++ clang++; do
	works $cxx c++ || continue
	for standard in c++98 c++03 c++11 c++14 c++17 c++20 c++2b; do
		compile $cxx c++ $standard "$strict -Wold-style-cast" netchan.h
	done
	compile $cxx c++ c++17 "$strict -fno-exceptions -fno-rtti" netchan.h "$twice"
	compile $cxx c++ c++11 "$strict" netchan.h 'extern "C" {\n#include "netchan.h"\n}'
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

c= cxx=
works "${CC:-cc}" c && c=${CC:-cc}
works "${CXX:-c++}" c++ && cxx=${CXX:-c++}
for header in $(find src -name '*.h' -type f | LC_ALL=C sort); do
	[ -z "$c" ] || compile "$c" c gnu11 "-Isrc -Iabi -Wno-unused-function" "${header#src/}"
	[ -z "$cxx" ] || compile "$cxx" c++ gnu++17 "-Isrc -Iabi -Wno-unused-function" "${header#src/}"
done
exit $status
