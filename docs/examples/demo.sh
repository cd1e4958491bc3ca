#!/bin/sh
# SPDX-License-Identifier: MIT
# Two processes: one exports the countries of iso-codes on a unix socket, one imports them. What
# comes out must be what went in, in the same order.
# usage: NETCHAN=path/to/netchan demo.sh
set -u

netchan=${NETCHAN:-netchan}
table=/usr/share/iso-codes/json/iso_3166-1.json
if ! command -v "$netchan" >/dev/null 2>&1; then
	echo "demo: there is no command $netchan" >&2
	exit 1
fi
if [ ! -r "$table" ]; then
	echo "demo: $table is not here (package iso-codes)" >&2
	exit 77
fi
work=$(mktemp -d) || exit 1
exporter=
trap '[ -n "$exporter" ] && kill "$exporter" 2>/dev/null; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM

# The table is one object with one array. Its entries, without the commas between them, are values
# behind each other; a value may take several lines.
awk '/^    \{/ { inside = 1 }
	inside { line = $0; sub(/^    \},$/, "    }", line); print line }
	/^    \}/ { inside = 0 }' "$table" >"$work/values"

url=unix:$work/socket
echo "$ netchan export -t 30 $url send countries <values &"
"$netchan" export -t 30 "$url" send countries <"$work/values" &
exporter=$!

echo "$ netchan import -w 10 $url recv countries"
"$netchan" import -w 10 "$url" recv countries >"$work/received"
imported=$?
[ $imported -eq 0 ] || kill "$exporter" 2>/dev/null
wait "$exporter"
exported=$?
exporter=

head -n 3 "$work/received"
echo ...
tail -n 1 "$work/received"
sent=$(grep -c '^    {' "$work/values")
received=$(grep -c '' "$work/received")
echo "$sent values sent, $received received; exporter ended with status $exported, importer with $imported"
if [ $imported -ne 0 ] || [ $exported -ne 0 ]; then
	echo "demo: failed" >&2
	exit 1
fi

# Every value is on a line of its own now; without white space between tokens both texts are alike.
squeeze() {
	awk '{
		rest = $0
		while (match(rest, /"([^"\\]|\\.)*"/)) {
			before = substr(rest, 1, RSTART - 1)
			gsub(/[ \t]/, "", before)
			printf "%s%s", before, substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
		}
		gsub(/[ \t]/, "", rest)
		printf "%s", rest
	}' "$1"
}
if [ "$sent" -ne "$received" ] || [ "$(squeeze "$work/values")" != "$(squeeze "$work/received")" ]; then
	echo "demo: what came out is not what went in" >&2
	exit 1
fi
echo "what came out is what went in"
