#!/bin/sh
# SPDX-License-Identifier: MIT
# One list of public functions, told six times: abi/symbols.txt, the version script made of it,
# the functions that abi/netchan.h declares, the manual's section 3, the symbols of the shared
# library, with their versions, and those of Debian's package. All must be the same.
# usage: symbols.sh [TREE [LIBRARY]]
set -u
here=$(cd "$(dirname "$0")" && pwd)
library=${2:-${top_builddir:-}/.libs/libnetchan.so}
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
awk=${AWK:-awk}
status=0

for file in abi/symbols.txt abi/netchan.h; do
	if [ ! -f $file ]; then
		echo "symbols: there is no $file"
		exit 1
	fi
done

# same WHAT FILE: FILE holds the names of symbols.txt
same() {
	sort -u "$2" >"$work/sorted"
	comm -23 "$work/listed" "$work/sorted" | sed "s|\$|: in abi/symbols.txt, not in $1|" >"$work/faults"
	comm -13 "$work/listed" "$work/sorted" | sed "s|\$|: in $1, not in abi/symbols.txt|" >>"$work/faults"
	if [ -s "$work/faults" ]; then
		cat "$work/faults"
		status=1
	fi
}

$awk '/^netchan_/ { print $1 }' abi/symbols.txt >"$work/in_order"
sort -u "$work/in_order" >"$work/listed"
if ! cmp -s "$work/in_order" "$work/listed"; then
	echo "abi/symbols.txt: not sorted by name"
	status=1
fi
if [ ! -s "$work/listed" ]; then
	echo "abi/symbols.txt: no functions"
	status=1
fi

if $awk -f "$here/../../abi/map.awk" abi/symbols.txt >"$work/map"; then
	sed -n 's/^ *\(netchan_[a-z0-9_]*\);$/\1/p' "$work/map" >"$work/in_map"
	same "the version script" "$work/in_map"
	built=${top_builddir:-}/abi/netchan.map
	if [ $# -eq 0 ] && [ -f "$built" ] && ! cmp -s "$work/map" "$built"; then
		echo "$built: not what abi/symbols.txt makes"
		status=1
	fi
else
	status=1
fi

$awk -f "$here/scan.awk" -f - abi/netchan.h >"$work/in_header" <<'PROGRAM'
{
	line = code($0)
	while (match(line, /netchan_[a-z0-9_]+[ ]*\(/)) {
		name = substr(line, RSTART, RLENGTH - 1)
		sub(/ +$/, "", name)
		print name
		line = substr(line, RSTART + RLENGTH)
	}
}
PROGRAM
same abi/netchan.h "$work/in_header"

skipped=
if command -v "${PYTHON3:=python3}" >/dev/null 2>&1; then
	mkdir "$work/man3"
	# A function without a page is seen below; why it has none, docs.sh says.
	$PYTHON3 "$here/../../docs/mkman.py" abi/netchan.h "$work/man3" >/dev/null 2>&1
	ls "$work/man3" | sort >"$work/pages"
	$awk '/^netchan_/ { print $3 }' abi/symbols.txt | sort -u >"$work/wanted"
	comm -23 "$work/wanted" "$work/pages" | sed 's/$/: this man page is not made from abi\/netchan.h/' >"$work/faults"
	comm -13 "$work/wanted" "$work/pages" | sed 's/$/: a man page that abi\/symbols.txt does not name/' >>"$work/faults"
	if [ -s "$work/faults" ]; then
		cat "$work/faults"
		status=1
	fi
else
	skipped="no python3, so the man pages were not looked at"
fi

if [ ! -f "$library" ]; then
	skipped="no shared library at $library, so its symbols were not looked at"
elif ! ${NM:-nm} -D --defined-only "$library" >"$work/nm"; then
	echo "symbols: ${NM:-nm} cannot read $library"
	status=1
else
	$awk 'NF == 3 && $2 != "A" { sub(/@.*/, "", $3); print $3 }' "$work/nm" >"$work/in_library"
	same "the library" "$work/in_library"
	if grep -q '@' "$work/nm"; then
		$awk 'NF == 3 && $2 != "A" { sub(/@+/, " ", $3); print $3 }' "$work/nm" | sort >"$work/versions"
		$awk '/^netchan_/ { print $1 " NETCHAN_" $2 }' abi/symbols.txt | sort >"$work/since"
		if ! diff "$work/since" "$work/versions" >"$work/faults"; then
			echo "symbol versions: < abi/symbols.txt, > the library"
			cat "$work/faults"
			status=1
		fi
		# Each release's node names the one before as its parent.
		$awk '/^netchan_/ { print $2 }' abi/symbols.txt | sort -u -t. -k1,1n -k2,2n |
			$awk '{ print "NETCHAN_" $1, before; before = "NETCHAN_" $1 }' >"$work/nodes"
		if command -v "${READELF:=readelf}" >/dev/null 2>&1; then
			$READELF -VW "$library" | $awk '
				/^Version .* section/ { inside = /definition/; next }
				!inside { next }
				/ Name: NETCHAN_/ { if (node) print node, parent; node = $NF; parent = "" }
				/ Parent [0-9]*: / { parent = parent $NF }
				END { if (node) print node, parent }' | diff "$work/nodes" - >"$work/faults"
			if [ -s "$work/faults" ]; then
				echo "version nodes and their parents: < abi/symbols.txt, > the library"
				cat "$work/faults"
				status=1
			fi
		else
			skipped="no readelf, so the order of version nodes was not looked at"
		fi
	fi
fi

# ---- Debian's list -----------------------------------------------------------------------------

# A tarball has no debian/. Lines that begin with a blank are "symbol@node first-package-version".
if [ -d debian ]; then
	if ! cat debian/libnetchan[0-9]*.symbols >"$work/package" 2>/dev/null; then
		echo "debian: there is no list of the library package's symbols"
		status=1
	fi
	$awk '/^netchan_/ {
		print $1 "@NETCHAN_" $2 " " $2 ".0"
		print "NETCHAN_" $2 "@NETCHAN_" $2 " " $2 ".0"
	}' abi/symbols.txt | sort -u >"$work/wanted"
	sed -n 's/^ //p' "$work/package" | sort | diff "$work/wanted" - >"$work/faults"
	if [ -s "$work/faults" ]; then
		echo "debian symbols: < what abi/symbols.txt makes, > debian/libnetchan*.symbols"
		cat "$work/faults"
		status=1
	fi
else
	echo "symbols: there is no debian/ here, so its list was not looked at"
fi

if [ $status -eq 0 ] && [ -n "$skipped" ]; then
	echo "symbols: $skipped"
	exit 77
fi
exit $status
