#!/bin/sh
# SPDX-License-Identifier: MIT
# Fuzzes with clang's libFuzzer, address and undefined sanitizers.
#   run.sh SECONDS [TARGET...]   builds, then runs each target so long, one after the other
#   run.sh keep [TARGET...]      adds found inputs that reach an edge which the corpus does not
#   run.sh cover [TARGET...]     lines and branches of the decoders that corpora and finds reach
# Builds, finds and crashes stay in build/fuzz, or in $FUZZ_DIR. The library is built again when a
# source is newer.
set -eu
LC_ALL=C
export LC_ALL
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
what=${1:-}
[ $# -gt 0 ] && shift
[ $# -gt 0 ] || set -- $(ls tests/fuzz/fuzz_*.c | sed 's/.*fuzz_\(.*\)\.c/\1/')
dir=${FUZZ_DIR:-build/fuzz}
clang=${CLANG:-clang}
common="-g -O1 -D_GNU_SOURCE -Isrc -Wall -Wextra"
sanitizers="address,undefined -fno-sanitize-recover=undefined"
sources="src/base/*.c src/json/*.c src/wire/*.c src/engine/*.c src/net/[a-s]*.c src/net/tls.c
	src/net/tls_context.c src/net/tls_verify.c src/run/options.c src/run/policy.c src/run/secure.c"
decoders="src/json/check*.c src/json/names.c src/json/value_read.c src/json/value_parts.c
	src/json/builder.c src/wire/*read.c src/net/address.c src/run/options.c src/run/policy.c src/engine/session_recv*.c"

# build KIND FLAGS: the library as $dir/KIND/library.a
build() {
	kind=$1
	shift
	mkdir -p "$dir/$kind"
	if [ -f "$dir/$kind/library.a" ] &&
		[ -z "$(find src -name '*.[ch]' -newer "$dir/$kind/library.a")" ]; then
		return
	fi
	rm -f "$dir/$kind/library.a" "$dir/$kind"/*.o
	for file in $sources; do
		$clang $common "$@" -c "$file" -o "$dir/$kind/$(basename "$file" .c).o"
	done
	ar rc "$dir/$kind/library.a" "$dir/$kind"/*.o
}

build_targets() {
	build fuzz -fsanitize=fuzzer-no-link,$sanitizers
	for name; do
		mkdir -p "$dir/found/$name" "$dir/crashes"
		$clang $common -fsanitize=fuzzer,$sanitizers "tests/fuzz/fuzz_$name.c" \
			"$dir/fuzz/library.a" -ljansson -lssl -lcrypto -lm -lpthread -o "$dir/fuzz/$name"
	done
}

# go NAME SECONDS: status 1 when something was found
go() {
	log=$dir/$1.log
	status=0
	"$dir/fuzz/$1" -max_total_time="$2" -rss_limit_mb=2048 -timeout=20 -len_control=10 -print_final_stats=1 \
		-artifact_prefix="$dir/crashes/$1-" "$dir/found/$1" "tests/fuzz/corpus/$1" \
		>"$log" 2>&1 || status=1
	runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
	edges=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 edges, \2 features/p' "$log" | tail -n 1)
	echo "$1: ${runs:-?} executions in $2 s, ${edges:-nothing} reached"
	[ $status -eq 0 ] && return
	grep -m 3 -e '^fuzz_' -e 'ERROR:' -e 'runtime error' "$log" || tail -n 3 "$log"
	echo "$1: failed, see $log. Shorten $dir/crashes/$1-* with"
	echo "  $dir/fuzz/$1 -minimize_crash=1 -runs=10000 INPUT"
	echo "and keep the short one under tests/fuzz/corpus/$1: make check replays it from then on."
	return 1
}

keep() {
	for name; do
		"$dir/fuzz/$name" -set_cover_merge=1 -use_counters=0 -max_len=2000 "tests/fuzz/corpus/$name" \
			"$dir/found/$name" 2>&1 | sed -n "s/^MERGE-OUTER: \([0-9]* new files.*\)/$name: \1/p"
	done
}

cover() {
	build cover -fprofile-instr-generate -fcoverage-mapping
	rm -f "$dir"/cover/*.profraw
	objects=
	for name; do
		$clang $common -fprofile-instr-generate -fcoverage-mapping "tests/fuzz/fuzz_$name.c" \
			tests/fuzz/replay.c "$dir/cover/library.a" -ljansson -lssl -lcrypto -lm -lpthread -o "$dir/cover/$name"
		mkdir -p "$dir/found/$name"
		find "tests/fuzz/corpus/$name" "$dir/found/$name" -type f -print0 |
			LLVM_PROFILE_FILE="$dir/cover/$name-%p.profraw" \
				xargs -0 -n 2000 "$dir/cover/$name" >"$dir/cover/$name.log"
		objects="$objects ${objects:+-object }$dir/cover/$name"
	done
	${LLVM_PROFDATA:-llvm-profdata} merge -o "$dir/cover/all.profdata" "$dir"/cover/*.profraw
	${LLVM_COV:-llvm-cov} report $objects -show-region-summary=0 \
		-instr-profile="$dir/cover/all.profdata" $decoders
}

case $what in
keep)
	build_targets "$@"
	keep "$@"
	;;
cover)
	cover "$@"
	;;
[1-9]*)
	build_targets "$@"
	failed=0
	for name; do
		go "$name" "$what" || failed=1
	done
	exit $failed
	;;
*)
	echo "usage: run.sh SECONDS|keep|cover [TARGET...]" >&2
	exit 2
	;;
esac
