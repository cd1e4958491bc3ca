#!/bin/sh
# SPDX-License-Identifier: MIT
# Libtool's rule for the next interface version, current:revision:age, after a release that had OLD:
# same (only sources changed), added (functions) or broken (some were removed or changed).
# usage: triple.sh OLD same|added|broken
echo "$1 $2" | ${AWK:-awk} '
!/^[0-9]+:[0-9]+:[0-9]+ (same|added|broken)$/ { exit 1 }
{
	split($1, old, ":")
	if (old[3] + 0 > old[1] + 0)
		exit 1
	if ($2 == "same")
		print old[1] ":" old[2] + 1 ":" old[3]
	else
		print old[1] + 1 ":0:" ($2 == "added" ? old[3] + 1 : 0)
	fine = 1
}
END { exit !fine }' || { echo "triple: cannot go on from \"$1\" by \"$2\"" >&2; exit 1; }
