#!/bin/sh
# SPDX-License-Identifier: MIT
# Every C and C++ file looks as .clang-format says. Other versions of clang-format lay out some
# lines in another way: only the one that the files were laid out with may judge.
# usage: format.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
version=14

# What SWIG makes (bindings/generated) is not ours to lay out, and what is frozen stays as it was.
list=$(find abi src tests docs bindings -path abi/baseline -prune -o -name generated -prune -o \( -name '*.[ch]' -o -name '*.[ch]pp' \) -type f -print 2>/dev/null)
for tool in clang-format-$version clang-format; do
	case $($tool --version 2>/dev/null) in
	*"version $version."*)
		# shellcheck disable=SC2086
		"$tool" --dry-run $list 2>&1 | grep 'warning:\|error:' || exit 0
		echo "format: run clang-format -i on these files"
		exit 1
		;;
	esac
done
echo "format: clang-format $version is not here"
exit 77
