#!/bin/sh
# SPDX-License-Identifier: MIT
# A part of make check-long: Debian's packages of the last commit are built twice, are the same both
# times, and lintian has nothing to say of them. Skipped (77) in a tarball, which has no debian/, and
# where what builds packages is missing.
# usage: lint.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "${1:-${top_srcdir:-$here/../..}}" && pwd) || exit 99

skip() {
	echo "packages: skipped: $*"
	exit 77
}

[ -d "$tree/debian" ] && git -C "$tree" rev-parse HEAD >/dev/null 2>&1 ||
	skip "$tree is no checkout with a debian/"
for tool in dpkg-buildpackage dpkg-checkbuilddeps lintian; do
	command -v $tool >/dev/null 2>&1 || skip "there is no $tool"
done
# Both builds leave the tests to make check, so what only they need may be missing.
missing=$(cd "$tree" && dpkg-checkbuilddeps -P nocheck 2>&1) || skip "$missing"

work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
DEB_BUILD_OPTIONS="nocheck parallel=$(nproc)" "$here/reproducible.sh" "$work/packages" "$tree" || exit 1
# lintian warns root, which is no fault of the packages.
lintian -EvIL +pedantic --allow-root "$work"/packages/first/*.changes >"$work/said" 2>&1
status=$?
grep -v '^N: ' "$work/said"
if [ $status -ne 0 ] || grep -q '^[EWIPXC]: ' "$work/said"; then
	echo "packages: lintian has something to say, see above"
	exit 1
fi
echo "packages: the same twice, and lintian has nothing to say"
