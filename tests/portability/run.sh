#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds the library for other machines and tests it there:
#
#   tests/portability/run.sh [i386] [s390x] [plain] [musl]
#
# i386 has 32-bit numbers and runs by itself on a PC; s390x has the other byte order and runs under
# qemu's user emulation; plain is this machine by the code that others take; musl compiles the
# library against another C library, without TLS, and runs nothing. Without a name, all four.
# ./setup.sh install portability installs the compilers and qemu. jansson and OpenSSL for those machines are fetched with apt-get, with lists of their own,
# and only unpacked: the system's packages stay as they are. All of it stands in build/portability.
# Each machine runs: wire.sh, the corpora of tests/fuzz, tests/unit, tests/engine, tests/simulation, the
# command's tests and tests/interop; and values pass between its command and this machine's.
# STEPS='wire unit' names some of: wire fuzz unit engine simulation cli interop between.
set -u

cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
place=$top/build/portability
failed=
: "${JOBS:=$(nproc 2>/dev/null || echo 2)}"
: "${STEPS:=wire fuzz unit engine simulation cli interop between}"

say() {
	printf 'portability: %s\n' "$*"
}

die() {
	say "$*" >&2
	exit 1
}

need() { # COMMAND...
	for command in "$@"; do
		command -v "$command" >/dev/null 2>&1 ||
			die "there is no $command; ./setup.sh install portability installs it"
	done
}

# ---- The other machine's packages ----------------------------------------------------------------

apt() {
	apt-get -q -o Dir::State="$apt_state" -o Dir::State::status="$apt_state/status" \
		-o Dir::Cache="$apt_state/cache" -o APT::Architecture="$arch" \
		-o APT::Architectures="$arch" -o APT::Sandbox::User="$(id -un)" "$@"
}

fetch() { # into $root
	[ ! -f "$root/fetched" ] || return 0
	need apt-get dpkg-deb
	apt_state=$place/$arch/apt
	rm -rf "$root" "$apt_state"
	mkdir -p "$root" "$apt_state/lists/partial" "$apt_state/cache/archives/partial" || exit 1
	: >"$apt_state/status"
	apt update >"$place/$arch/fetch.log" 2>&1 || say "$arch: not all package lists could be fetched"
	if ! (cd "$apt_state" && apt download libjansson4 libjansson-dev libssl3 libssl-dev) \
		>>"$place/$arch/fetch.log" 2>&1; then
		tail -n 5 "$place/$arch/fetch.log"
		die "$arch: its packages could not be fetched"
	fi
	for package in "$apt_state"/*.deb; do
		dpkg-deb -x "$package" "$root" || exit 1
	done
	rm -rf "$apt_state"
	: >"$root/fetched"
}

# ---- Building ------------------------------------------------------------------------------------

generate() {
	if [ ! -x configure ] || [ -n "$(find configure.ac Makefile.am m4/bindings.m4 m4/netchan.m4 \
		./*/local.mk bindings/*/local.mk -newer configure)" ]; then
		./autogen.sh || exit 1
	fi
}

configure() { # OPTION...: in $folder
	mkdir -p "$folder" || exit 1
	[ "$folder/config.status" -nt configure ] ||
		(cd "$folder" && "$top/configure" -q --enable-werror --disable-static --without-python \
			--without-ruby --without-lua --without-java --with-bench-peers=no "$@") \
			>"$folder/configure.log" 2>&1 ||
		{ tail -n 20 "$folder/configure.log"; die "$folder: configure failed"; }
}

build() { # TARGET...: in $folder
	make -C "$folder" -j"$JOBS" all >"$folder/make.log" 2>&1 &&
		make -C "$folder" -j"$JOBS" "$@" >>"$folder/make.log" 2>&1 && return
	grep -E 'error:|\*\*\* ' "$folder/make.log" | head -n 20
	die "$folder: make failed, see make.log there"
}

wants() { # STEP
	case " $STEPS " in *" $1 "*) return 0 ;; esac
	return 1
}

# ---- Running -------------------------------------------------------------------------------------

step() { # NAME COMMAND...
	name=$1
	shift
	wants "$name" || return 0
	started=$(date +%s)
	"$@" >"$folder/$name.log" 2>&1 </dev/null
	status=$?
	if [ $status -eq 0 ]; then
		say "$arch: $name passed, $(($(date +%s) - started)) s$(grep -ahE \
			'^(All tests passed|OK|Ran [0-9])' "$folder/$name.log" | tail -n 1 | sed 's/^/: /')"
	else
		failed="$failed $arch/$name"
		tail -n 30 "$folder/$name.log"
		say "$arch: $name FAILED, status $status; all of it is in $folder/$name.log"
	fi
}

# The command as a program of this machine: what libtool links runs only where it was built for.
command_of() {
	cat >"$folder/netchan-here" <<-SCRIPT
		#!/bin/sh
		LD_LIBRARY_PATH='$folder/.libs' exec $EMULATOR '$folder/src/cli/.libs/netchan' "\$@"
	SCRIPT
	chmod +x "$folder/netchan-here"
}

# Values pass from one command to the other, and what comes out is what went in.
pass() { # EXPORTER IMPORTER
	rm -f "$folder/socket" "$folder/received"
	"$1" export -t 60 "unix:$folder/socket" send values <"$folder/values" &
	exporter=$!
	"$2" import -w 30 -t 60 "unix:$folder/socket" recv values >"$folder/received"
	imported=$?
	wait $exporter && [ $imported -eq 0 ] && cmp "$folder/values" "$folder/received"
}

between() {
	# awk's numbers are doubles: whole ones stay below 2^53.
	awk 'BEGIN {
		for (i = 0; i < 3000; i++)
			printf "{\"i\":%d,\"big\":-922337203685%07d,\"real\":%d.5,\"text\":\"täglich \\u2603 %d\"}\n",
				i, i, i, i
		printf "\""
		for (i = 0; i < 300000; i++)
			printf "%c", 97 + i % 26
		print "\""
	}' >"$folder/values"
	pass "$here" "$folder/netchan-here" && pass "$folder/netchan-here" "$here"
}

# This machine's own command, for the other ones to talk to.
build_here() {
	folder=$place/here
	configure CXX=false --without-tls
	build src/cli/netchan
	here=$folder/src/cli/netchan
}

machine() { # HOST MULTIARCH LDFLAGS
	need "$1-gcc" "$1-g++" pkg-config python3
	root=$place/$arch/root
	fetch
	build_here
	folder=$place/$arch
	libraries=$root/usr/lib/$2
	export PKG_CONFIG_SYSROOT_DIR="$root"
	export PKG_CONFIG_LIBDIR="$libraries/pkgconfig:/usr/share/pkgconfig"
	configure --host="$1" CPPFLAGS="-I$root/usr/include/$2" \
		LDFLAGS="-Wl,-rpath,$libraries $3"
	unset PKG_CONFIG_SYSROOT_DIR PKG_CONFIG_LIBDIR
	check tests/tls/certs/ca.pem
}

# Builds what the steps need, and more that is named, and takes the steps.
check() { # FILE...
	grep -q '^CATCH_TESTS_TRUE=.#' "$folder/config.log" && die "$arch: Catch2 was not found"
	for program in unit engine simulation; do
		! wants $program || set -- "$@" tests/$program/$program
	done
	! wants wire || set -- "$@" tests/portability/wire
	if wants fuzz; then
		for corpus in tests/fuzz/corpus/*; do
			set -- "$@" "tests/fuzz/replay_${corpus##*/}"
		done
	fi
	build "$@"

	export EMULATOR top_builddir="$folder" top_srcdir="$top"
	command_of
	export NETCHAN="$folder/netchan-here"
	# Emulated programs are an order of magnitude slower.
	export NETCHAN_CASE_TIMEOUT=600
	step wire sh tests/portability/wire.sh
	step fuzz sh tests/fuzz/replay.sh
	for program in unit engine simulation; do
		# shellcheck disable=SC2086
		step $program $EMULATOR "$folder/tests/$program/$program"
	done
	step cli sh tests/run-python tests/cli/test_cli.py
	step interop sh tests/run-python tests/interop/test_interop.py
	step between between
}

# ---- The machines --------------------------------------------------------------------------------

i386() {
	EMULATOR=
	[ "$(uname -m)" = x86_64 ] || EMULATOR="qemu-i386-static"
	# shellcheck disable=SC2086
	need $EMULATOR
	loader=/usr/i686-linux-gnu/lib
	machine i686-linux-gnu i386-linux-gnu \
		"-Wl,-rpath,$loader -Wl,--dynamic-linker=$loader/ld-linux.so.2"
}

s390x() {
	EMULATOR="qemu-s390x-static -L /usr/s390x-linux-gnu"
	need qemu-s390x-static
	machine s390x-linux-gnu s390x-linux-gnu ""
}

# The code for machines that are not i386 or s390x either, but share one trait with them, and for
# systems without futexes.
plain() {
	EMULATOR=
	build_here
	folder=$place/plain
	configure CPPFLAGS="-DNCI_REAL_EXACT=0 -DNCI_SCAN_LOWEST_FIRST=0 -DNCI_QUICK_VECTORS=0 -DNCI_FUTEX=0"
	check tests/tls/certs/ca.pem
}

# musl's compiler knows nothing of the kernel's headers, nor of jansson's: they are put beside it.
musl() {
	need musl-gcc
	folder=$place/musl
	mkdir -p "$folder/include" || exit 1
	ln -sfn /usr/include/linux /usr/include/asm-generic /usr/include/jansson.h "$folder/include/"
	for name in jansson_config.h asm; do
		for found in /usr/include/$name /usr/include/*-linux-gnu/$name; do
			[ ! -e "$found" ] || ln -sfn "$found" "$folder/include/"
		done
	done
	count=0
	for file in src/base/*.c src/json/*.c src/wire/*.c src/engine/*.c src/local/*.c src/net/*.c \
		src/run/*.c abi/*.c src/cli/*.c; do
		case $file in
		*/tls.c | */tls_[!n]*) continue ;;
		esac
		musl-gcc -std=gnu11 -D_GNU_SOURCE -O2 -Wall -Wextra -Wshadow -Werror -Isrc -Iabi \
			-isystem "$folder/include" -c "$file" -o "$folder/object.o" ||
			failed="$failed musl/$file"
		count=$((count + 1))
	done
	say "musl: $count files compiled${failed:+; failed so far:$failed}"
}

[ $# -gt 0 ] || set -- i386 s390x plain musl
for name in "$@"; do
	case $name in
	i386 | s390x | plain | musl) ;;
	*) die "'$name' is none of: i386 s390x plain musl" ;;
	esac
done
generate
mkdir -p "$place" || exit 1
for arch in "$@"; do
	$arch
done
[ -z "$failed" ] || die "failed:$failed"
say "passed: $*"
