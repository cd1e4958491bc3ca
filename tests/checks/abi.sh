#!/bin/sh
# SPDX-License-Identifier: MIT
# The library beside every baseline of abi/baseline that was made for this architecture: functions
# may have been added, none removed or changed. And LT_VERSION in configure.ac is what libtool's rule
# makes of the difference to the last release. ABI.md explains both.
# usage: abi.sh [TREE [LIBRARY]]
set -u
here=$(cd "$(dirname "$0")" && pwd)
library=${2:-${top_builddir:-}/.libs/libnetchan.so}
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
awk=${AWK:-awk}
status=0

fault() {
	echo "abi: $*"
	status=1
}

command -v "${ABIDIFF:=abidiff}" >/dev/null 2>&1 || { echo "abi: abidiff (libabigail) is not here"; exit 77; }
"$here/../../abi/dump.sh" "$library" abi "$work/now.abi" || exit $?

# kind FILE: the architecture of a dump, and the size of its addresses
kind() {
	sed -n "s/.*<abi-corpus .*architecture='\([^']*\)'.*/\1/p;s/.*<abi-instr address-size='\([0-9]*\)'.*/\1/p" "$1" |
		head -n 2 | paste -s -d ' ' -
}

soname() {
	sed -n "s/.*<abi-corpus .*soname='\([^']*\)'.*/\1/p" "$1"
}

# differ OPTION...: abidiff's status says 1 or 2 for a failure of its own, 4 and 8 for differences
differ() {
	$ABIDIFF --ignore-soname "$@" "$work/now.abi" >"$work/said" 2>&1
	got=$?
	if [ $((got & 3)) -ne 0 ] || [ $((got & ~15)) -ne 0 ]; then
		fault "abidiff failed with status $got on $baseline:"
		cat "$work/said"
		exit 1
	fi
	return $got
}

# ---- Every baseline ----------------------------------------------------------------------------

compared=0
for baseline in abi/baseline/*/*.abi; do
	[ -f "$baseline" ] && [ "$(kind "$baseline")" = "$(kind "$work/now.abi")" ] || continue
	compared=$((compared + 1))
	minor=$(basename "$(dirname "$baseline")")
	[ "$(soname "$baseline")" = "$(soname "$work/now.abi")" ] ||
		fault "$baseline: was $(soname "$baseline"), is $(soname "$work/now.abi")"
	if ! differ --no-added-syms "$baseline"; then
		fault "$baseline: what programs of $minor use was removed or changed:"
		cat "$work/said"
		echo broken >"$work/$minor.change"
	elif ! differ "$baseline"; then
		echo "abi: $baseline: this was added since:"
		sed -n "s/^ *\[A\] *//p" "$work/said"
		echo added >"$work/$minor.change"
	else
		echo "abi: $baseline: the same"
		echo same >"$work/$minor.change"
	fi
done
if [ $compared -eq 0 ]; then
	echo "abi: no baseline is for $(kind "$work/now.abi")"
	exit 77
fi

# ---- The interface version ---------------------------------------------------------------------

version=$(sed -n 's/^AC_INIT(\[netchan\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
current=$(sed -n 's/^AC_SUBST(\[LT_VERSION\], \[\([0-9:]*\)\].*/\1/p' configure.ac)
row=$($awk -v version="$version" '$1 == version { print $2 " " $3 }' abi/releases.txt)
before=$($awk -v version="$version" '$1 == version { exit } /^[0-9]/ { row = $1 " " $2 } END { print row }' \
	abi/releases.txt)
made=$($awk -v triple="$current" 'BEGIN { split(triple, t, ":"); print "libnetchan.so." t[1] - t[3] }')

# after RELEASE TRIPLE: the interface version that comes next, by the difference to that release
after() {
	minor=${1%.*}
	if [ -f "$work/$minor.change" ]; then
		change=$(cat "$work/$minor.change")
	elif [ ! -d "abi/baseline/$minor" ]; then
		change=broken # its programs were given up
	else
		return 1
	fi
	"$here/triple.sh" "$2" "$change"
}

if [ -z "$row" ]; then
	fault "abi/releases.txt has no line for $version; the one to prepare it begins \"$version\""
elif [ "${row% *}" != "$current" ]; then
	fault "LT_VERSION is $current, but abi/releases.txt has ${row% *} for $version"
fi
if [ "$made" != "$(soname "$work/now.abi")" ]; then
	fault "the library is $(soname "$work/now.abi"), but LT_VERSION $current makes $made"
fi

case $row in
*" released")
	# shellcheck disable=SC2086
	wanted=$(after "$version" "$current") && echo "abi: the release after $version would be $wanted"
	;;
*)
	if [ -z "$before" ]; then
		wanted=0:0:0
	elif ! wanted=$(after $before); then
		echo "abi: ${before% *} has no baseline for this architecture, so LT_VERSION was not looked at"
		[ $status -eq 0 ] && status=77
		wanted=$current
	fi
	if [ "$wanted" != "$current" ]; then
		fault "LT_VERSION is $current, but after ${before:-no release} $version needs $wanted"
	fi
	if [ "${before%.* *}" = "${version%.*}" ] && [ "$(cat "$work/${version%.*}.change" 2>/dev/null)" = added ]; then
		fault "$version must not add functions, only ${version%.*}'s first release does"
	fi
	;;
esac
exit $status
