#!/bin/sh
# SPDX-License-Identifier: MIT
# Writes the baseline of the release in preparation, abi/baseline/MAJOR.MINOR: the public header, the
# list of symbols, the library's dump for this architecture and the checksums of them all. Of a
# release that is out nothing is overwritten; an architecture that it lacks may still be added, from
# a library built from that release.
# usage: baseline.sh TREE LIBRARY
set -eu
here=$(cd "$(dirname "$0")" && pwd)
library=$2
cd "$1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

version=$(sed -n 's/^AC_INIT(\[netchan\], \[\([0-9.]*\)\].*/\1/p' configure.ac)
minor=${version%.*}
folder=abi/baseline/$minor
"$here/dump.sh" "$library" abi "$work/dump"
# elf-amd-x86_64 is x86_64
machine=$(sed -n "s/.*<abi-corpus .*architecture='elf-\([^']*\)'.*/\1/p" "$work/dump")
machine=${machine##*-}

mkdir -p "$folder"
if grep -q "^$minor\.[0-9]* .* released\$" abi/releases.txt; then
	if [ -f "$folder/$machine.abi" ]; then
		echo "baseline: $minor is released, $folder/$machine.abi stays as it is" >&2
		exit 1
	fi
else
	cp abi/netchan.h abi/symbols.txt "$folder/"
fi
cp "$work/dump" "$folder/$machine.abi"
cd "$folder"
LC_ALL=C cksum netchan.h symbols.txt ./*.abi | sed 's|\./||' >CKSUM
echo "baseline: wrote $folder for $machine"
