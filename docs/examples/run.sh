#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the example programs, those that need another against each other, over TCP and over unix
# sockets, and compares what they print with the files NAME.txt, which the reference site shows.
# usage: run.sh [FOLDER of the programs]
set -u

here=$(cd "$(dirname "$0")" && pwd)
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

# same NAME FILE [WHAT]: the file holds what NAME.txt holds; the port that was picked is any
same() {
	sed 's/127\.0\.0\.1:[0-9][0-9]*/127.0.0.1:40000/g' "$2" >"$work/printed"
	diff "$here/$1.txt" "$work/printed" >"$work/difference" || {
		fault "${3:-$1}: < what it should print, > what it printed"
		cat "$work/difference"
	}
}

for address in tcp://127.0.0.1:0 "tcp://[::1]:0" "unix:$work/export"; do
	case $address in
	*::1*) grep -qs '^0*1 ' /proc/net/if_inet6 || continue ;;
	esac
	start export "$address"
	"$programs/import" "$url" >"$work/out" || fault "import: ended with status $?"
	same import "$work/out" "import from $address"
	finish "$pid" "export on $address"
done

start export
exporter=$pid
start relay "$url" "unix:$work/relay"
"$programs/import" "$url" >"$work/out" || fault "import from relay: ended with status $?"
same import "$work/out" 'import from relay'
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
	same import "$work/part" "select from $from"
done
finish "$first" 'first export to select'
finish "$pid" 'second export to select'

start export
"$programs/event_loop" "$url" </dev/null >"$work/out" || fault "event_loop: ended with status $?"
same event_loop "$work/out"
finish "$pid" 'export to event_loop'

start request_reply serve 3
for number in 3 -4 1000000; do
	"$programs/request_reply" ask "$url" $number || fault "request_reply ask: ended with status $?"
done >"$work/out"
same request_reply "$work/out"
finish "$pid" 'request_reply serve'

for program in cancel channel credit drain errors value; do
	"$programs/$program" >"$work/out" || fault "$program: ended with status $?"
	same $program "$work/out"
done

NETCHAN=${NETCHAN:-${top_builddir:-.}/src/cli/netchan}
export NETCHAN
for script in shell tls; do
	[ $script != tls ] || "$NETCHAN" keygen "$work/keys" >"$work/out" 2>&1 || {
		grep -q 'has no TLS' "$work/out" && continue
	}
	sh "$here/$script.sh" >"$work/out" 2>&1 || fault "$script.sh: ended with status $?"
	same $script "$work/out"
done

exit $status
