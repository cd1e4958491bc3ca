#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes down the binary interface of a library with libabigail's abidw: symbols with their versions,
# and the types of parameters and results. What is inside opaque types stays out, and so do the
# places of files on the machine. Exit status 77: it cannot be told here, the text says why; it is
# never told half, since a dump without types would be equal to anything.
# usage: dump.sh LIBRARY HEADERS FILE
set -u
library=$1 headers=$2 file=$3

skip() {
	echo "abi: $*"
	exit 77
}

command -v "${ABIDW:=abidw}" >/dev/null 2>&1 || skip "abidw (libabigail) is not here"
[ -f "$library" ] || skip "there is no shared library $library"
${NM:-nm} -D "$library" >"$file.nm" || { echo "abi: ${NM:-nm} cannot read $library"; exit 1; }
sanitized=$(grep -cE ' __(asan|tsan|ubsan|lsan)_' "$file.nm")
rm -f "$file.nm"
[ "$sanitized" -eq 0 ] || skip "the library was built with sanitizers"

# Locations must stay in, if short: without them abidiff cannot tell private types from public ones
# and overlooks changes. Of the functions only those that a program can call are of interest.
if ! $ABIDW --headers-dir "$headers" --drop-private-types --exported-interfaces-only --short-locs \
	--no-comp-dir-path --no-corpus-path --no-elf-needed --type-id-style hash \
	--out-file "$file" "$library"; then
	echo "abi: $ABIDW cannot read $library"
	exit 1
fi
symbols=$(grep -c '<elf-symbol ' "$file")
functions=$(grep -c '<function-decl .*elf-symbol-id=' "$file")
if [ "$functions" -eq 0 ] || [ "$functions" -lt "$symbols" ] || ! grep -q '<parameter ' "$file"; then
	skip "$library has no debug information for its $symbols symbols (build with -g)"
fi
exit 0
