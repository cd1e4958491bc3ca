#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks tests/abi/first.sh: the entry points of abi/ are linked with the rest of this build, as they
# are and with one fault or another, and the program of the first release must see it.
# usage: selftest_first.sh [TREE [BUILD]]
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=${1:-${top_srcdir:-$here/../..}}
build=${2:-${top_builddir:-.}}
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
unset top_srcdir top_builddir script
good=$work/good
bad=$work/bad
status=0
planted=0

if [ ! -f "$build/.libs/libnci.a" ] || [ ! -f "$build/.libs/libnetchan.so" ]; then
	echo "selftest_first: there is no shared library in $build"
	exit 77
fi
dependency_libs=
# A libtool library is a list of shell assignments.
. "$build/libnetchan.la"

# link: the library of the tree in the current folder
link() {
	mkdir lib
	${AWK:-awk} -f abi/map.awk abi/symbols.txt >map || return 1
	# shellcheck disable=SC2086
	${CC:-cc} ${SANITIZER_FLAGS:-} -w -shared -fPIC -fvisibility=hidden -pthread -D_GNU_SOURCE -Isrc -Iabi \
		abi/*.c "$build/.libs/libnci.a" $dependency_libs ${script--Wl,--version-script=map} \
		-Wl,-soname,$soname -Wl,-z,nodelete -o lib/$soname && ln -s $soname lib/libnetchan.so
}

edit() {
	sed "$2" "$1" >"$1.new" && ! cmp -s "$1" "$1.new" && mv "$1.new" "$1"
}

# expect STATUS TEXT COMMANDS: after the commands, run in a copy of the tree, first.sh ends with status
# 0 or another and says the text
expect() {
	planted=$((planted + 1))
	rm -rf "$bad"
	cp -R "$good" "$bad"
	soname=libnetchan.so.0
	if ! (cd "$bad" && eval "$3" && link); then
		echo "selftest_first: cannot plant: $3"
		status=1
		return
	fi
	sh "$bad/tests/abi/first.sh" "$bad" "$bad/lib" >"$work/said" 2>&1
	got=$?
	if [ $got -eq 77 ] || [ $((got != 0)) -ne "$1" ] || ! grep -q -- "$2" "$work/said"; then
		echo "first.sh (status $got) does not say \"$2\" after: $3"
		cat "$work/said"
		status=1
	fi
}

mkdir -p "$good/tests/abi"
cp -R "$tree/abi" "$tree/src" "$good"
cp "$tree"/tests/abi/first.* "$good/tests/abi"
chmod -R u+w "$good" # make distcheck's sources are read-only

cp -R "$good" "$work/plain"
soname=libnetchan.so.0
if ! (cd "$work/plain" && link) >"$work/said" 2>&1; then
	echo "selftest_first: the library cannot be linked by hand here:"
	cat "$work/said"
	exit 77
fi

expect 0 ' 0 failed' :
expect 1 'netchan_value_kind.*NETCHAN_0.1' "edit abi/symbols.txt 's/netchan_value_kind 0.1/netchan_value_kind 0.2/'"
expect 1 'netchan_value_kind' "edit abi/symbols.txt /netchan_value_kind/d"
expect 1 'NETCHAN_0.1' "edit abi/map.awk 's/NETCHAN_%s {/NETCHAN_X%s {/'"
expect 1 'lacks symbol versions' 'script='
expect 1 'look for libnetchan.so.0' 'soname=libnetchan.so.1'
expect 1 'netchan_error_name' "edit abi/library_api.c 's/nci_status_name(code)/nci_status_name(code - 1)/'"
expect 1 'NETCHAN_KIND_' "edit abi/value_api.c '/^int netchan_value_kind/,/^}/s/? nci_value_kind/? 1 + nci_value_kind/'"
expect 1 'NETCHAN_DIRECTION' "edit abi/importer_api.c 's/direction == NETCHAN_SEND, size/direction == NETCHAN_RECV, size/'"
expect 1 'netchan_select_remove' "edit tests/abi/first.c /netchan_select_remove/d"

echo "selftest_first: $planted faults planted"
exit $status
