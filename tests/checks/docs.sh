#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual is whole: every public function's page says what it does and which errors it has;
# every option key of the source is an entry of netchan-options(7), and the other way round; every
# function and constant that a text names exists; a program in README.md is one of the examples;
# mandoc, where it is there, finds nothing.
# usage: docs.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
awk=${AWK:-awk}
status=0

fault() {
	echo "$*"
	status=1
}

skipped=
if command -v "${PYTHON3:=python3}" >/dev/null 2>&1; then
	# What it says, also with status 0, is a fault of the header's comments.
	$PYTHON3 "$here/../../docs/mkman.py" abi/netchan.h "$work/man3" 2>"$work/said" || status=1
	if [ -s "$work/said" ]; then
		cat "$work/said"
		status=1
	fi
	for page in $($awk '/^netchan_/ { print $3 }' abi/symbols.txt); do
		case $page in
		*.3) [ -f "$work/man3/$page" ] || fault "$page: not made from abi/netchan.h" ;;
		*) [ -f "docs/$page" ] || fault "docs/$page: not there" ;;
		esac
	done
else
	skipped="section 3 was not looked at: no python3"
fi

# The key table: rows that begin {"key", in the options' source file.
table=$(find src/run -name '*option*.c' -type f)
if [ -z "$table" ]; then
	fault "docs: no src/run/*option*.c, where the table of option keys stands"
else
	sed -n 's/^[[:space:]]*{"\([a-z][a-z0-9.-]*\)",.*/\1/p' $table | sort -u >"$work/keys"
	[ -s "$work/keys" ] || fault "$table: no rows of option keys found"
	page=docs/netchan-options.7
	if [ -f $page ]; then
		sed -n 's/^\.It Cm \([a-z][a-z0-9.-]*\).*/\1/p' $page | sort -u >"$work/entries"
		comm -23 "$work/keys" "$work/entries" >"$work/missing"
		while read -r key; do
			fault "$page: no entry \".It Cm $key\""
		done <"$work/missing"
		comm -13 "$work/keys" "$work/entries" >"$work/missing"
		while read -r key; do
			fault "$page: entry $key is no key of $table"
		done <"$work/missing"
	else
		fault "docs: there is no $page"
	fi
fi

texts=$(find docs -path docs/man3 -prune -o \( -name '*.[1-9]' -o -name '*.[1-9].in' -o -name '*.md' \) -print)
texts="$texts $(ls README.md HACKING.md 2>/dev/null)"
{
	grep -o 'netchan_[a-z0-9_]*(' $texts /dev/null | tr -d '('
	grep -oE '\.Fn netchan_[a-z0-9_]+' $texts /dev/null | sed 's/:\.Fn /:/'
} | sort -u >"$work/named"
$awk '/^netchan_/ { print $1 }' abi/symbols.txt | sort >"$work/functions"
while IFS=: read -r file name; do
	grep -qxF "$name" "$work/functions" || fault "$file: $name() does not exist"
done <"$work/named"

grep -oE '\<NETCHAN_[A-Z_]+' $texts abi/netchan.h | sort -u >"$work/named"
sed -n 's/^# *define \(NETCHAN_[A-Z_]*\).*/\1/p' abi/netchan.h | sort >"$work/constants"
while IFS=: read -r file name; do
	case $name in *_) continue ;; esac # "one of NETCHAN_KIND_..."
	grep -qxF "$name" "$work/constants" || fault "$file: $name is not defined in abi/netchan.h"
done <"$work/named"

# A program that a text shows is an example's file, from its first include on. The line before it
# names the file: <!-- docs/examples/x.c -->
for text in README.md; do
	[ -f $text ] || continue
	for file in $(sed -n 's/^<!-- \(docs\/examples\/.*\) -->$/\1/p' $text); do
		if [ ! -f "$file" ]; then
			fault "$text: $file does not exist"
			continue
		fi
		$awk -v file="$file" '$0 == "<!-- " file " -->" { at = 1; next }
			at == 1 { at = $0 == "```c" ? 2 : 0; next }
			at == 2 && $0 == "```" { exit }
			at == 2' $text >"$work/shown"
		sed -n '/^#include/,$p' "$file" >"$work/file"
		cmp -s "$work/shown" "$work/file" || fault "$text: its program is not that of $file"
	done
done

# A program that a text shows is the example itself: under a line "<!-- docs/examples/x.c -->" stands
# what the file holds below its opening comments.
for text in $(find . -maxdepth 2 -name '*.md' -not -path './docs/man3/*' | sed 's|^./||'); do
	for shown in $(sed -n 's/^<!-- \(docs\/examples\/[a-z_]*\.c\) -->$/\1/p' "$text"); do
		$awk -v mark="<!-- $shown -->" '$0 == mark { on = 1; next }
			on == 2 && /^```/ { exit }
			on == 2 { print }
			on == 1 && /^```/ { on = 2 }' "$text" >"$work/shown"
		$awk '/^[^\/ ]/ { on = 1 } on { print }' "$shown" >"$work/program"
		cmp -s "$work/shown" "$work/program" || fault "$text: shows a program that is not $shown"
	done
done

# The same for the other languages, whose programs begin below the licence line.
for text in README.md; do
	[ -f $text ] || continue
	for shown in $(sed -n 's/^<!-- \(bindings\/.*\) -->$/\1/p' $text); do
		$awk -v mark="<!-- $shown -->" '$0 == mark { on = 1; next }
			on == 2 && /^```/ { exit }
			on == 2 { print }
			on == 1 && /^```/ { on = 2 }' $text >"$work/shown"
		grep -v SPDX-License-Identifier "$shown" >"$work/program"
		cmp -s "$work/shown" "$work/program" || fault "$text: shows a program that is not $shown"
	done
done

if command -v mandoc >/dev/null 2>&1; then
	for page in $(find "$work" docs -path docs/man3 -prune -o -name '*.[1-9]' -print | sort); do
		mandoc -T lint -W warning "$page" >"$work/lint" 2>&1 || {
			sed "s|$work/man3/||" "$work/lint"
			status=1
		}
	done
fi
if [ $status -eq 0 ] && [ -n "$skipped" ]; then
	echo "docs: $skipped"
	exit 77
fi
exit $status
