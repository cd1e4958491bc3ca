#!/bin/sh
# SPDX-License-Identifier: MIT
# What all languages share follows the library: every public function is wrapped, or named below with
# the reason why a language has no need for it; the contract has every error and every option key.
# usage: bindings.sh [TREE]
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${1:-${top_srcdir:-$here/../..}}" || exit 99
awk=${AWK:-awk}
status=0

fault() {
	echo "$*"
	status=1
}

# References are the wrappers' own; values are made whole by the builder, and read by walking them.
needless='
netchan_builder_value
netchan_cancel_ref
netchan_channel_ref
netchan_channel_send_text
netchan_value_member
netchan_value_ref
'

for function in $($awk '/^netchan_/ { print $1 }' abi/symbols.txt); do
	case $needless in *"
$function
"*) continue ;; esac
	grep -qw "$function" bindings/netchan.i bindings/calls.c bindings/*/convert.c ||
		fault "bindings: nothing wraps $function"
done

# Errors are the negative numbers of the header.
sed -n 's/^# *define NETCHAN_\([A-Z]*\) *(\(-[0-9]*\)).*/\1 \2/p' abi/netchan.h | while read -r name code; do
	name=$(echo "$name" | tr '[:upper:]' '[:lower:]')
	grep -q "\"name\": \"$name\", *\"code\": $code," bindings/contract.json ||
		echo "bindings/contract.json: no error $name with code $code"
done | grep . && status=1

for key in $(sed -n 's/^[[:space:]]*{"\([a-z][a-z0-9.-]*\)",.*/\1/p' src/run/*option*.c); do
	grep -q "\"$key\"" bindings/contract.json || fault "bindings/contract.json: no option $key"
done
exit $status
