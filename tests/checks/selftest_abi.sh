#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks abi.sh, baseline.sh and triple.sh: the thin entry points of abi/ are compiled into
# a library of their own, as they are and with one fault or another, and each must be seen, or not
# alarm. The real baseline stands for the release before.
# usage: selftest_abi.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=${1:-${top_srcdir:-$here/../..}}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
unset top_srcdir top_builddir
good=$work/good
bad=$work/bad
status=0
planted=0

if [ -n "${SANITIZER_FLAGS:-}" ]; then
	echo "selftest_abi: abi.sh does not run with sanitizers"
	exit 77
fi
for tool in abidw abidiff; do
	if ! command -v $tool >/dev/null 2>&1; then
		echo "selftest_abi: $tool (libabigail) is not here"
		exit 77
	fi
done

# build FLAGS LIBRARY: the entry points of the tree in the current folder. What is behind them is
# left undefined, since nobody runs it.
build() {
	${AWK:-awk} -f abi/map.awk abi/symbols.txt >map || return 1
	soname=$(sed -n 's/^AC_SUBST(\[LT_VERSION\], \[\([0-9]*\):[0-9]*:\([0-9]*\)\].*/\1 - \2/p' configure.ac)
	# shellcheck disable=SC2086
	${CC:-cc} $1 -w -shared -fPIC -fvisibility=hidden -D_GNU_SOURCE -Isrc -Iabi abi/*.c \
		-Wl,--version-script=map -Wl,-soname,libnetchan.so.$(($soname)) -o "$2" >"$work/said" 2>&1 || {
		cat "$work/said"
		return 1
	}
}

edit() {
	sed "$2" "$1" >"$1.new" && ! cmp -s "$1" "$1.new" && mv "$1.new" "$1"
}

edit_all() {
	for file in abi/*.[ch]; do
		edit "$file" "$1"
	done
	rm -f abi/*.new
	! cmp -s abi/netchan.h "$good/abi/netchan.h"
}

append() {
	printf '%s\n' "$2" >>"$1"
}

# expect STATUS TEXT COMMANDS: after the commands, run in a copy of the tree, abi.sh ends with the
# status and says the text. rebuild is empty where the library stays the good one.
expect() {
	planted=$((planted + 1))
	rm -rf "$bad"
	cp -R "$good" "$bad"
	if ! (cd "$bad" && eval "$3" && if [ -n "$rebuild" ]; then build "$flags" lib.so; else cp ../good.so lib.so; fi); then
		echo "selftest_abi: cannot plant: $3"
		status=1
		return
	fi
	"$here/abi.sh" "$bad" "$bad/lib.so" >"$work/said" 2>&1
	got=$?
	if [ $got -ne "$1" ] || ! grep -qF -- "$2" "$work/said"; then
		echo "abi.sh (status $got, not $1) does not say \"$2\" after: $3"
		cat "$work/said"
		status=1
	fi
}

mkdir "$good"
cp -R "$tree/abi" "$tree/src" "$tree/configure.ac" "$good"
chmod -R u+w "$good" # make distcheck's sources are read-only
if ! (cd "$good" && build -g "$work/good.so"); then
	echo "selftest_abi: no shared library with a version script can be built here"
	exit 77
fi
"$here/abi.sh" "$good" "$work/good.so" >"$work/said" 2>&1
case $? in
0) ;;
77) # another architecture: its baseline is made here
	if ! "$good/abi/baseline.sh" "$good" "$work/good.so" || ! "$here/abi.sh" "$good" "$work/good.so"; then
		echo "selftest_abi: no baseline can be made for this architecture"
		exit 1
	fi
	;;
*)
	echo "abi.sh refuses the tree without faults:"
	cat "$work/said"
	exit 1
	;;
esac

# ---- The difference ----------------------------------------------------------------------------

rebuild=yes
flags=-g
expect 0 'the same' :
expect 0 'the same' "edit src/json/value.h 's/^struct nci_value {/&int planted;/'"
expect 0 "netchan_zzz@@NETCHAN_0.2" "append abi/symbols.txt 'netchan_zzz 0.2 netchan_zzz.3'
	append abi/netchan.h 'NETCHAN_API int netchan_zzz(int x);'
	append abi/value_api.c 'int netchan_zzz(int x) { return x; }'"
expect 1 'removed or changed' "edit_all 's/int64_t ms/int32_t ms/'"
expect 1 'removed or changed' "edit_all 's/int64_t netchan_channel_recv_many/int netchan_channel_recv_many/'"
expect 1 'removed or changed' "edit_all 's/netchan_version_number(void)/netchan_version_number(int x)/'"
expect 1 'removed or changed' "edit_all 's/netchan_cancel_new(netchan_cancel/netchan_cancel_new(netchan_value/'"
expect 1 'netchan_value_kind' "edit abi/symbols.txt /netchan_value_kind/d"
expect 1 'netchan_value_kind' "edit abi/symbols.txt 's/netchan_value_kind 0.1/netchan_value_kind 0.2/'"

# ---- What cannot be told is not told -----------------------------------------------------------

flags=-g0
expect 77 'no debug information' :
flags=-g1 # functions, but no types
expect 77 'no debug information' :
if echo 'int main(void) { return 0; }' | ${CC:-cc} -fsanitize=undefined -x c -o "$work/try" - 2>/dev/null; then
	flags='-g -fsanitize=undefined'
	expect 77 'sanitizers' :
fi
rebuild=
expect 77 'no baseline is for' "for file in abi/baseline/*/*.abi; do edit \$file 's/elf-[a-z0-9_-]*/elf-abacus/'; done"
for pair in '77 /nonexistent/abidiff' '1 false'; do
	ABIDIFF=${pair#* }
	export ABIDIFF
	expect ${pair% *} abidiff :
	unset ABIDIFF
done
ABIDW=/nonexistent/abidw
export ABIDW
expect 77 abidw :
unset ABIDW

# ---- The interface version ---------------------------------------------------------------------

# release VERSION TRIPLE: 0.1.0 is out, and this one is prepared
release() {
	edit abi/releases.txt 's/^\(0\.1\.0 0:0:0\) .*/\1 released/'
	append abi/releases.txt "$1 $2 preparing"
	edit configure.ac "s/^AC_INIT(\[netchan\], \[[0-9.]*\]/AC_INIT([netchan], [$1]/"
	sed "s/^AC_SUBST(\[LT_VERSION\], .*/AC_SUBST([LT_VERSION], [$2])/" configure.ac >new && mv new configure.ac
}

add_function="append abi/symbols.txt 'netchan_zzz 0.2 netchan_zzz.3'
	append abi/value_api.c 'NETCHAN_API int netchan_zzz(int x) { return x; }'"
begin_anew="rm -r abi/baseline/0.1; edit abi/symbols.txt /netchan_value_kind/d"
expect 0 'the same' "release 0.1.1 0:1:0"
expect 0 'the same' "release 0.2.0 0:1:0"
expect 1 'needs 0:1:0' "release 0.1.1 0:0:0"
expect 1 'has no line for 0.1.1' "release 0.1.1 0:1:0; edit abi/releases.txt '/^0.1.1/d'"
expect 1 'abi/releases.txt has 0:1:1' "release 0.1.1 0:1:0; edit abi/releases.txt 's/0:1:0/0:1:1/'"
expect 1 'is libnetchan.so.0, but LT_VERSION 1:0:0 makes libnetchan.so.1' "release 0.2.0 1:0:0"
expect 0 'after 0.1.0 would be 0:1:0' "edit abi/releases.txt 's/preparing/released/'"
rebuild=yes
flags=-g
expect 0 'netchan_zzz' "$add_function; release 0.2.0 1:0:1"
expect 1 'needs 1:0:1' "$add_function; release 0.2.0 0:1:0"
expect 1 'needs 1:0:1' "$add_function; release 0.2.0 1:0:0"
expect 1 'was libnetchan.so.0, is libnetchan.so.1' "release 0.2.0 1:0:0"
expect 1 'must not add functions' "$add_function; release 0.1.1 1:0:1"
expect 0 'after 0.1.0 would be 1:0:1' "$add_function; edit abi/releases.txt 's/preparing/released/'"
expect 1 'needs 1:0:0' "edit abi/symbols.txt /netchan_value_kind/d; release 0.2.0 0:1:0"
expect 0 'the same' "$begin_anew; release 1.0.0 1:0:0; build -g x.so; abi/baseline.sh . \$PWD/x.so"
expect 1 'needs 1:0:0' "$begin_anew; release 1.0.0 0:1:0; build -g x.so; abi/baseline.sh . \$PWD/x.so"

# OLD CHANGE NEW
while read -r old change new; do
	planted=$((planted + 1))
	got=$("$here/triple.sh" "$old" "$change" 2>/dev/null)
	if [ "$got" != "${new:-}" ]; then
		echo "triple.sh $old $change says \"$got\", not \"${new:-}\""
		status=1
	fi
done <<'TABLE'
0:0:0 same 0:1:0
0:9:0 same 0:10:0
0:0:0 added 1:0:1
0:7:0 broken 1:0:0
3:2:3 same 3:3:3
3:2:3 added 4:0:4
3:2:3 broken 4:0:0
5:1:2 added 6:0:3
1:0:2 same
0:0:0 other
0.0.0 same
TABLE

# ---- A new baseline ----------------------------------------------------------------------------

planted=$((planted + 1))
edit "$good/abi/releases.txt" 's/preparing/released/'
if "$good/abi/baseline.sh" "$good" "$work/good.so" >"$work/said" 2>&1; then
	echo "baseline.sh overwrites what is released"
	status=1
fi

echo "selftest_abi: $planted faults planted"
exit $status
