#!/bin/sh
# SPDX-License-Identifier: MIT
# What the shells complete is what the command knows: its commands and flags, as they stand in the
# command's options source, and the option keys of the library's.
# usage: completion.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
status=0
completion=packaging/completion

# words FILE: one a line, sorted, of standard input
words() {
	tr -s ' \t\n' '\n\n\n' | grep . | sort -u >"$work/$1"
}

# compare FILE WHAT: the words told by the sources and those in FILE, which stand in $work/got
compare() {
	for word in $(comm -23 "$work/$2" "$work/got"); do
		echo "$1: lacks $word ($2)"
		status=1
	done
	for word in $(comm -13 "$work/$2" "$work/got"); do
		echo "$1: $word is not known to the command ($2)"
		status=1
	done
}

# list START FILE [lines]: what stands behind START, up to a quote or bracket; with lines up to the end
# of a line without a backslash
list() {
	${AWK:-awk} -v start="$1" -v lines="${3-}" '
		!on && (at = index($0, start)) { on = 1; $0 = substr($0, at + length(start)) }
		on {
			end = match($0, /[)\047"]/)
			print end ? substr($0, 1, end - 1) : $0
			if (end || (lines && !/\\$/))
				exit
		}' "$2" | tr '\\' ' '
}

cli=src/cli/options.c
sed -n '/char \*const words\[\]/,/;/p' $cli | grep -o '"[a-z-]*"' | tr -d '"' | words commands
{
	sed -n 's/^    {"\([a-z-]*\)", .*_argument,.*/--\1/p' $cli
	sed -n 's/.*getopt_long(.*"\([a-z:]*\)".*/\1/p' $cli | tr -d : | sed 's/./-& /g'
} | words flags
sed -n 's/^[[:space:]]*{"\([a-z][a-z0-9.-]*\)",.*/\1/p' src/run/options.c | words keys
for what in commands flags keys; do
	if [ ! -s "$work/$what" ]; then
		echo "completion: no $what found in the sources"
		exit 1
	fi
done

# --help names them all.
sed -n '/cli_help\[\] =/,/;$/p' $cli >"$work/help"
{
	grep -o 'netchan [a-z-]* ' "$work/help" | sed 's/netchan//'
	grep -oE '[ (]--?[a-z][a-z-]*' "$work/help" | tr -d '('
} | words got
cat "$work/commands" "$work/flags" | words all
compare "$cli, --help" all

file=$completion/netchan
list "_netchan_commands='" $file | words got
compare $file commands
{
	list "_netchan_with_argument='" $file
	list "_netchan_alone='" $file
} | words got
compare $file flags
sed -n '/^_netchan_options()/,/^}/p' $file | grep -oE -e '[ "]-[a-z]\>|--[a-z-]+' | tr -d '"' | words got
compare "$file, by command" flags
list "_netchan_keys='" $file | words got
compare $file keys

file=$completion/_netchan
sed -n '/commands=(/,/)/p' $file | grep -o "'[a-z-]*:" | tr -d "':" | words got
compare $file commands
grep -oE "'\*?(-[a-z]\+?|--[a-z-]+=?)\[" $file | tr -d "'*+=[" | words got
compare $file flags
list ' keys=(' $file | words got
compare $file keys

file=$completion/netchan.fish
list '__netchan_commands ' $file lines | words got
compare $file commands
sed -n "s/.*__netchan_place 0' -a \([a-z-]*\) -d.*/\1/p" $file | words got
compare "$file, complete" commands
{
	grep -oE '^complete .* -s [a-z]' $file | sed 's/.*-s /-/'
	grep -oE '^complete .* -l [a-z-]+' $file | sed 's/.*-l /--/'
} | words got
compare $file flags
list '__netchan_keys ' $file lines | words got
compare $file keys
exit $status
