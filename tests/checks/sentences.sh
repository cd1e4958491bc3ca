#!/bin/sh
# SPDX-License-Identifier: MIT
# The manual's and the protocol's numbered sentences and the tests that show them. A sentence is
# a line of docs/netchan.7 or docs/PROTOCOL.md that begins, after markup, with its number: [S8.1]
# or [P12]. It needs a Catch2 case that carries the number as a tag and is not hidden; a tag needs
# its sentence, and so does a number that another sentence or text refers to.
# usage: sentences.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99

manual=docs/netchan.7
[ -f docs/netchan.7.in ] && manual=docs/netchan.7.in
protocol=docs/PROTOCOL.md
status=0
for text in $manual $protocol; do
	if [ ! -f $text ]; then
		echo "$text: not there, so it has no sentences to test"
		status=1
	fi
done
texts=$(ls $manual $protocol 2>/dev/null)
tests=$(find tests -name '*.cpp' -type f 2>/dev/null | LC_ALL=C sort)

${AWK:-awk} -f "$here/scan.awk" -f - $texts $tests <<'PROGRAM' || status=1
# The text of a line behind the markup that may stand before a number: .IP "..., - , * , 1. ...
function unmarked(line) {
	sub(/^\.[A-Za-z]+ +/, "", line)
	sub(/^[-*+>"|0-9. \t]+/, "", line)
	sub(/^\\f[A-Z]/, "", line)
	sub(/^[*_`]+/, "", line)
	return line
}

# With balanced brackets a TEST_CASE's head is whole.
function is_whole(text,   opened, closed) {
	opened = gsub(/\(/, "", text)
	closed = gsub(/\)/, "", text)
	return opened > 0 && opened <= closed
}

function read_case(text,   tags, tag, hidden) {
	if (!match(text, /,[ \t]*"\[([^"\\]|\\.)*"([ \t]*"\[([^"\\]|\\.)*")*/))
		return
	tags = substr(text, RSTART, RLENGTH)
	hidden = tags ~ /\[\.|\[!(hide|mayfail|shouldfail|nonportable)/
	while (match(tags, /\[[SP][0-9]+(\.[0-9]+)?\]/)) {
		tag = substr(tags, RSTART, RLENGTH)
		tags = substr(tags, RSTART + RLENGTH)
		if (hidden)
			hiding[tag] = FILENAME ":" begun
		else
			shown[tag] = FILENAME ":" begun
		if (!(tag in sentence)) {
			printf "%s:%d: tag %s names no sentence\n", FILENAME, begun, tag
			faults++
		}
	}
}

FNR == 1 {
	scan_file()
	head = ""
	is_text = FILENAME ~ /^docs\//
}

is_text {
	line = $0
	if (line ~ /^\.\\"/)
		next
	line = unmarked(line)
	if (match(line, /^\[[SP][0-9]+(\.[0-9]+)?\]/)) {
		tag = substr(line, 1, RLENGTH)
		line = substr(line, RLENGTH + 1)
		if (tag in sentence)
			complain("sentence " tag " stands at " sentence[tag] " already")
		if ((tag ~ /^\[S/) != (FILENAME ~ /netchan\.7/))
			complain("sentence " tag " belongs into the other text")
		sentence[tag] = FILENAME ":" FNR
		order[++sentences] = tag
	}
	while (match(line, /\[[SP][0-9]+(\.[0-9]+)?\]/)) {
		referred[substr(line, RSTART, RLENGTH)] = FILENAME ":" FNR
		line = substr(line, RSTART + RLENGTH)
	}
	next
}

# Each line twice: bare to find the cases by, and with its strings to read names and tags from.
{
	state = scan_state
	keep_strings = 0
	bare = code($0)
	scan_state = state
	keep_strings = 1
	line = code($0)
	if (head == "" && bare ~ /(^|[^A-Za-z_])(TEST_CASE|TEST_CASE_METHOD|TEMPLATE_TEST_CASE|SCENARIO|METHOD_AS_TEST_CASE)[ \t]*\(/) {
		begun = FNR
		head = line
		bare_head = bare
	} else if (head != "") {
		head = head " " line
		bare_head = bare_head " " bare
	}
	if (head != "" && is_whole(bare_head)) {
		read_case(head)
		head = ""
	}
}

END {
	for (tag in referred)
		if (!(tag in sentence)) {
			printf "%s: %s is no sentence\n", referred[tag], tag
			faults++
		}
	for (i = 1; i <= sentences; i++) {
		tag = order[i]
		if (tag in shown)
			tested++
		else {
			printf "%s: sentence %s has no test%s\n", sentence[tag], tag, \
				tag in hiding ? " but one that is hidden, at " hiding[tag] : ""
			faults++
		}
	}
	printf "sentences: %d of %d have a test\n", tested, sentences
	if (sentences == 0)
		faults++
	exit faults > 0
}
PROGRAM

# Rows of docs/RELIABILITY.md: each tag [row:X] has one, its tests are there, and a test of Catch2's
# has the tag.
matrix=docs/RELIABILITY.md
rows=$(sed -n 's/^| \([A-Z][0-9][0-9a-z]*\) |.*/\1/p' $matrix 2>/dev/null)
for tag in $(grep -rhoE --include='*.[ch]pp' '\[row:[A-Za-z0-9]+\]' tests 2>/dev/null | sed 's/.*:\(.*\)]/\1/' | sort -u); do
	printf '%s\n' "$rows" | grep -qx "$tag" || {
		echo "tests: tag [row:$tag] has no row in $matrix"
		status=1
	}
done
for row in $rows; do
	for file in $(sed -n "s/^| $row |//p" $matrix | grep -oE '`[a-z.]+/[a-z_/.]+`' | tr -d '\`'); do
		if [ ! -f "$file" ]; then
			echo "$matrix: row $row: there is no $file"
			status=1
		fi
		case $file in
		*.cpp)
			grep -q "\[row:$row\]" "$file" 2>/dev/null || {
				echo "$matrix: row $row: no test with its tag in $file"
				status=1
			}
			;;
		esac
	done
done

exit $status
