#!/bin/sh
# SPDX-License-Identifier: MIT
# TLS and a policy, both tried from a shell. usage: [NETCHAN=path/to/netchan] tls.sh
set -eu
[ -z "${NETCHAN:-}" ] || PATH=$(dirname "$NETCHAN"):$PATH
work=$(mktemp -d)
exporter=
trap '[ -z "$exporter" ] || kill "$exporter" 2>/dev/null || :; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
cd "$work"

# certificates of an authority, a server and a client, to try TLS with
netchan keygen keys >/dev/null

# policy: who may bind which channel in which direction; what no rule allows is denied
cat >policy.json <<'JSON'
{"rules": [
  {"who": "cn:client", "channel": "readings", "allow": "recv"}
]}
JSON
netchan check-policy policy.json readings recv --identity cn:client
netchan check-policy policy.json readings send --identity cn:client || echo "status $?"

# server: it shows a certificate, and wants one of each client
printf '{"degrees":21.5}\n{"degrees":22}\n' >readings.json
netchan export tls://127.0.0.1:0 send readings <readings.json --policy policy.json \
	--cert keys/server.pem --key keys/server.key --ca keys/ca.pem \
	--address-file address 2>said &
exporter=$!
until [ -s address ]; do
	kill -0 "$exporter"
	sleep 0.1
done
url=$(cat address)

# stranger: a client without a certificate gets nothing
netchan import "$url" recv readings --ca keys/ca.pem || echo "status $?"

# client: it checks the server's certificate, always, and shows its own
netchan import "$url" recv readings \
	--cert keys/client.pem --key keys/client.key --ca keys/ca.pem
wait "$exporter" && echo "the exporter ended well"
exporter=
