#!/bin/sh
# SPDX-License-Identifier: MIT
# Which room may include what, as a table; no include cycles; no file over 600 lines, no function
# over 80.
# usage: layers.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99

# room: the rooms it may include besides itself. netchan.h is a room of its own here.
rooms='
base
json      base
wire      base json
engine    base json wire
local     base json
net       base
run       base json wire engine local net
abi       base json local run netchan.h
cli       netchan.h
outside   netchan.h
'

# system header (a beginning of its name): the only files (beginnings of their paths) that may
# include it. "-" before a path: all may but those.
headers='
jansson.h       src/json/tree.c tests/
openssl/        src/net/tls src/cli/tls tests/
pthread.h       -src/wire/ -src/engine/ -src/cli/
threads.h       none
stdatomic.h     none
time.h          -src/wire/ -src/engine/
sys/time.h      src/cli/tls tests/ bindings/lua/tests/
signal.h        -src/json/ -src/wire/ -src/engine/ -src/local/
unistd.h        -src/wire/ -src/engine/
poll.h          -src/json/ -src/wire/ -src/engine/
sys/epoll.h     src/run/ tests/fault/
sys/socket.h    src/net/ src/run/ src/cli/doctor.c src/cli/tls tests/ docs/examples/ bindings/lua/tests/
netdb.h         src/net/ src/cli/doctor.c
assert.h        none
'

# own header: rooms that may not include it although its room is open to them. The engine is
# silent: no threads, no wake-ups, and time is an argument.
closed='
base/lock.h     json wire engine
base/bell.h     json wire engine
base/event.h    json wire engine
base/fork.h     json wire engine
'

# called function: rooms that may not call it, for the same reason.
calls='
nci_clock_now       json wire engine
nci_clock_deadline  json wire engine
'

files=$(find src abi tests docs/examples bindings -path abi/baseline -prune -o -name generated -prune -o \( -name '*.c' -o -name '*.h' -o -name '*.cpp' \
	-o -name '*.hpp' \) -type f -print 2>/dev/null | LC_ALL=C sort)
if [ -z "$files" ]; then
	echo "layers: no source files in $(pwd)"
	exit 1
fi

${AWK:-awk} -v rooms="$rooms" -v headers="$headers" -v closed="$closed" -v calls="$calls" \
	-v keep_strings=1 -f "$here/scan.awk" -f - $files <<'PROGRAM'
function rows(text, table,   lines, count, i, at, left) {
	count = split(text, lines, "\n")
	for (i = 1; i <= count; i++) {
		left = lines[i]
		if (left == "")
			continue
		at = match(left, /[ ]+|$/)
		table[substr(left, 1, at - 1)] = " " substr(left, at + RLENGTH) " "
	}
}

function room_of(path,   parts) {
	split(path, parts, "/")
	if (parts[1] == "src")
		return parts[2]
	if (parts[1] == "abi")
		return "abi"
	return path ~ /^tests\/abi\/|^docs\/|^bindings\// ? "outside" : "tests"
}

function own_include(name,   target, room, path) {
	if (name == "netchan.h") {
		target = "netchan.h"
		path = "abi/netchan.h"
	} else if (name ~ /^[a-z]+\/[a-z0-9_]+\.h$/) {
		target = substr(name, 1, index(name, "/") - 1)
		path = "src/" name
	} else if (here == "tests" || here == "outside" || here == "abi") {
		return # a header of its own folder
	} else {
		complain("include \"" name "\" is not \"room/file.h\"")
		return
	}
	if (!(path in exists)) {
		complain("there is no " path)
		return
	}
	edges[FILENAME] = edges[FILENAME] " " path
	if (here == "tests" || target == here)
		return
	if (!(here in allowed))
		complain("room " here " is not in the table of rooms")
	else if (!index(allowed[here], " " target " "))
		complain("room " here " may not include " name)
	else if (name in shut && index(shut[name], " " here " "))
		complain("room " here " may not include " name)
}

function system_include(name,   start, list, count, paths, i, open, listed) {
	if (name ~ /^(base|json|wire|engine|local|net|run|cli)\// && ("src/" name) in exists)
		complain("own header <" name "> in angle brackets")
	for (start in owners) {
		if (index(name, start) != 1 || (start !~ /\/$/ && name != start))
			continue
		count = split(owners[start], paths, " ")
		open = paths[1] ~ /^-/
		listed = 0
		for (i = 1; i <= count; i++)
			if (index(FILENAME, open ? substr(paths[i], 2) : paths[i]) == 1)
				listed = 1
		if (listed == open)
			complain("<" name "> may not be included here")
	}
}

BEGIN {
	rows(rooms, allowed)
	rows(headers, owners)
	rows(closed, shut)
	rows(calls, callers)
	for (i = 1; i < ARGC; i++)
		exists[ARGV[i]] = 1
}

function file_ends() {
	if (last_file != "" && last_lines > 600 && last_file != "abi/netchan.h") {
		printf "%s: %d lines, at most 600\n", last_file, last_lines
		faults++
	}
}

FNR == 1 {
	file_ends()
	scan_file()
	here = room_of(FILENAME)
	body = 0
	measured = FILENAME ~ /^(src|abi)\//
}

{
	last_file = FILENAME
	last_lines = FNR
	line = code($0)
}

line ~ /^[ \t]*#[ \t]*include/ {
	name = line
	if (line ~ /"/) {
		sub(/^[^"]*"/, "", name)
		sub(/".*/, "", name)
		own_include(name)
	} else if (line ~ /</) {
		sub(/^[^<]*</, "", name)
		sub(/>.*/, "", name)
		system_include(name)
	}
	next
}

{
	for (name in callers)
		if (index(callers[name], " " here " ") && line ~ (name " *\\("))
			complain("room " here " may not call " name)
}

# With the formatter's style a function's braces, and only they, stand alone in the first column.
measured && line ~ /^[A-Za-z_]/ {
	begun = FNR
	if (line ~ /\)[ ]*\{[ ]*$/)
		complain("the brace of a function stands on a line of its own")
}

measured && line ~ /^\{/ { body = begun }

measured && line ~ /^\}/ && body {
	count = FNR - body + 1
	if (count > 80)
		complain("the function that begins at line " body " has " count " lines, at most 80")
	body = 0
}

# A file whose includes are all gone goes itself; what can never go is a cycle.
END {
	file_ends()
	for (path in exists)
		waiting[path] = 1
	do {
		gone = 0
		for (path in waiting) {
			count = split(edges[path], targets, " ")
			held = 0
			for (i = 1; i <= count; i++)
				if (targets[i] in waiting)
					held = 1
			if (!held) {
				delete waiting[path]
				gone = 1
				break
			}
		}
	} while (gone)
	for (path in waiting)
		if (path ~ /\.h$/) {
			printf "%s: in or above a cycle of includes\n", path
			faults++
		}
	if (faults) {
		printf "layers: %d faults\n", faults
		exit 1
	}
}
PROGRAM
