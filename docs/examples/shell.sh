#!/bin/sh
# SPDX-License-Identifier: MIT
# Channels from a shell. usage: [NETCHAN=path/to/netchan] shell.sh
set -eu
[ -z "${NETCHAN:-}" ] || PATH=$(dirname "$NETCHAN"):$PATH
work=$(mktemp -d)
exporter=
trap '[ -z "$exporter" ] || kill "$exporter" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

# publish what is on standard input; each value goes to one importer
printf '{"job":1}\n{"job":2}\n{"job":3}\n' >jobs.json
netchan export unix:"$work"/socket send jobs <jobs.json &
exporter=$!

# print the values, one a line, until the channel ends; -w waits for the exporter to appear
netchan import -w 10 unix:"$work"/socket recv jobs

# status 0 says that every value was taken by the other side
wait "$exporter" && echo "the exporter ended well"
exporter=

# check whether a text is one legal value, and where not
echo '{"job": 01}' | netchan check - || echo "status $?"
