#!/bin/sh
# SPDX-License-Identifier: MIT
# first.c, compiled with the header of 0.1 and linked with a stub that has the symbols of 0.1 and
# nothing else, uses them all and runs with the library of this build.
# usage: first.sh [TREE [FOLDER]], where FOLDER holds the shared library
set -u
here=$(cd "$(dirname "$0")" && pwd)
folder=${2:-${top_builddir:-}/.libs}
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
awk=${AWK:-awk}
first=abi/baseline/0.1
soname=libnetchan.so.0

if [ ! -f "$folder/libnetchan.so" ]; then
	echo "first: there is no shared library in $folder"
	exit 77
fi
if [ ! -f "$folder/$soname" ]; then
	echo "first: programs of 0.1 look for $soname, which is not in $folder"
	exit 1
fi

# compile ARGUMENT...: with a sanitized library the program must have the sanitizer too
compile() {
	# shellcheck disable=SC2086
	if ! ${CC:-cc} ${SANITIZER_FLAGS:-} "$@" >"$work/said" 2>&1; then
		echo "first: this failed: ${CC:-cc} ${SANITIZER_FLAGS:-} $*"
		cat "$work/said"
		exit 1
	fi
}

# The linker may not know version scripts; then neither does the library.
$awk -f abi/map.awk $first/symbols.txt >"$work/map" || exit 1
echo 'int x;' >"$work/x.c"
script=-Wl,--version-script=$work/map
${CC:-cc} -shared -fPIC "$script" "$work/x.c" -o "$work/x.so" >/dev/null 2>&1 || script=
$awk '/^netchan_/ { print "void " $1 "(void); void " $1 "(void) {}" }' $first/symbols.txt >"$work/stub.c"
compile -shared -fPIC ${script:+"$script"} -Wl,-soname,$soname "$work/stub.c" -o "$work/$soname"
compile -std=c89 -pedantic -Wall -Wextra -Werror -D_POSIX_C_SOURCE=200112L -I$first \
	"$here/first.c" "$work/$soname" -pthread -o "$work/first"

# Every symbol of the list stands in the program as undefined, with its version.
${NM:-nm} -D "$work/first" | sed -n 's/^ *U \(netchan_[a-z0-9_]*\)/\1/p' | sed 's/@@*/ /' | sort >"$work/used"
$awk -v versions="$script" '/^netchan_/ { print versions ? $1 " NETCHAN_" $2 : $1 }' $first/symbols.txt |
	sort | diff - "$work/used" >"$work/faults"
if [ -s "$work/faults" ]; then
	echo "first: symbols (< $first/symbols.txt, > tests/abi/first.c uses):"
	cat "$work/faults"
	exit 1
fi

# The loader only warns when the library has a symbol but not its version.
LD_BIND_NOW=1 LD_LIBRARY_PATH=$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$work/first" >"$work/said" 2>"$work/warned"
got=$?
cat "$work/said" "$work/warned"
if grep -q 'version information' "$work/warned"; then
	echo "first: the library lacks symbol versions"
	exit 1
fi
exit $got
