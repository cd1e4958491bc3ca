#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the example programs against each other, over TCP and over unix sockets, and compares what
# they print with what they must print.
# usage: run.sh [FOLDER of the programs]
set -u

programs=${1:-${top_builddir:-.}/docs/examples}
work=$(mktemp -d) || exit 99
running=
trap 'for pid in $running; do kill "$pid" 2>/dev/null; done; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
status=0
started=0

fault() {
	echo "$*"
	status=1
}

# start PROGRAM ARGUMENT...: in the background; pid is its number, url the address that it prints
start() {
	started=$((started + 1))
	pipe=$work/pipe$started
	mkfifo "$pipe" || exit 99
	program=$1
	shift
	"$programs/$program" "$@" >"$pipe" &
	pid=$!
	running="$running $pid"
	url=
	read -r url <"$pipe" || fault "$program: ended before it printed its address"
}

# finish PID NAME: it must end well
finish() {
	wait "$1" || fault "$2: ended with status $?"
	running=$(echo "$running" | tr ' ' '\n' | grep -vx "$1" | tr '\n' ' ')
}

numbers() {
	for number in 1 2 3 4 5 6 7 8 9 10; do
		printf '{"number":%d}\n' "$number"
	done
}

# same WHAT FILE: the file holds what standard input holds
same() {
	diff - "$2" >"$work/difference" || {
		fault "$1: < what it should print, > what it printed"
		cat "$work/difference"
	}
}

for address in tcp://127.0.0.1:0 "tcp://[::1]:0" "unix:$work/export"; do
	case $address in
	*::1*) grep -qs '^0*1 ' /proc/net/if_inet6 || continue ;;
	esac
	start export "$address"
	"$programs/import" "$url" >"$work/out" || fault "import: ended with status $?"
	numbers | same "import from $address" "$work/out"
	finish "$pid" "export on $address"
done

start export
exporter=$pid
start relay "$url" "unix:$work/relay"
"$programs/import" "$url" >"$work/out" || fault "import from relay: ended with status $?"
numbers | same 'import from relay' "$work/out"
finish "$exporter" 'export to relay'
kill -TERM "$pid"
finish "$pid" relay

start export "unix:$work/one"
first=$pid
first_url=$url
start export "unix:$work/two"
"$programs/select" "$first_url" "$url" >"$work/out" || fault "select: ended with status $?"
for from in "$first_url" "$url"; do
	sed -n "s|^$from ||p" "$work/out" >"$work/part"
	numbers | same "select from $from" "$work/part"
done
finish "$first" 'first export to select'
finish "$pid" 'second export to select'

start export
"$programs/event_loop" "$url" </dev/null >"$work/out" || fault "event_loop: ended with status $?"
numbers | same event_loop "$work/out"
finish "$pid" 'export to event_loop'

start request_reply serve 3
for number in 3 -4 1000000; do
	"$programs/request_reply" ask "$url" $number || fault "request_reply ask: ended with status $?"
done >"$work/out"
printf '{"square":%s}\n' 9 16 1000000000000 | same 'request_reply ask' "$work/out"
finish "$pid" 'request_reply serve'

exit $status
