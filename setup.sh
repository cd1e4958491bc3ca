#!/bin/sh
# SPDX-License-Identifier: MIT
# The one set-up script: installs what is missing, builds, and then demonstrates or tests.
#
#   ./setup.sh demo                 build, and let two processes pass values to each other
#   ./setup.sh test [NAME...]       build and test: gcc (when no name is given), clang, address,
#                                   thread, dist, portability
#   ./setup.sh install [NAME...]    only install what those need
#
# DIST_FLAGS are options for the configure of distcheck.
# Each name builds in build/NAME. Packages are installed with apt-get, as root or through sudo;
# nothing is installed when all is there. JOBS=N sets how many jobs make runs at once.
set -eu

cd "$(dirname "$0")"
top=$(pwd)
all_names='gcc clang address thread dist portability'

say() {
	printf 'setup: %s\n' "$*" >&2
}

die() {
	say "$*"
	exit 1
}

usage() {
	sed -n 's/^#   \(.*\)/\1/p' "$top/setup.sh" >&2
	exit 2
}

# ---- What is needed: a test that succeeds when it is there, and the Debian package of it --------

has() {
	command -v "$1" >/dev/null 2>&1
}

has_header() { # COMPILER LANGUAGE HEADER
	has "$1" && printf '#include <%s>\n' "$3" | "$1" -x "$2" -E - >/dev/null 2>&1
}

has_catch2() {
	has_header g++ c++ catch2/catch_all.hpp || has_header g++ c++ catch2/catch.hpp
}

has_sanitizer() { # COMPILER SANITIZER
	echo 'int main(void) { return 0; }' |
		"$1" -fsanitize="$2" -x c - -o /dev/null >/dev/null 2>&1
}

# need PACKAGE TEST...: remembers the package when the test fails
need() {
	package=$1
	shift
	"$@" || missing="$missing $package"
}

has_python_header() {
	has_header gcc c "$(/usr/bin/python3 -c \
		'import sysconfig; print(sysconfig.get_path("include"))' 2>/dev/null)/Python.h"
}

has_ruby_header() {
	has_header gcc c "$(ruby -rrbconfig -e \
		'puts RbConfig::CONFIG["rubyhdrdir"]' 2>/dev/null)/ruby/version.h"
}

has_setuptools() {
	/usr/bin/python3 -c 'import setuptools' 2>/dev/null
}

has_minitest() {
	ruby -e 'require "minitest"' 2>/dev/null
}

has_lua_header() {
	has_header gcc c lua5.4/lua.h
}

has_luaunit() {
	lua5.4 -e 'require "luaunit"' 2>/dev/null
}

has_jdk() {
	has javac && has java && has jar
}

# The configurations that build bindings; the others leave them out, to save time.
look_bindings() {
	need swig has swig
	need python3-dev has_python_header
	need python3-setuptools has_setuptools
	need ruby has ruby
	need ruby-dev has_ruby_header
	need ruby-minitest has_minitest
	need lua5.4 has lua5.4
	need liblua5.4-dev has_lua_header
	need lua-unit has_luaunit
	need default-jdk-headless has_jdk
	need junit4 test -r /usr/share/java/junit4.jar
}

look() { # NAMES
	missing=
	need gcc has gcc
	need libc6-dev has_header gcc c stdio.h
	need g++ has g++
	need make has make
	need autoconf has autoreconf
	need automake has automake
	need libtool has libtoolize
	need pkg-config has pkg-config
	need libjansson-dev has_header gcc c jansson.h
	need libssl-dev has_header gcc c openssl/ssl.h
	need openssl has openssl
	need catch2 has_catch2
	need python3 has python3
	need iso-codes test -r /usr/share/iso-codes/json/iso_3166-1.json
	for name in "$@"; do
		case $name in
		gcc)
			look_bindings
			need abigail-tools has abidiff
			;;
		clang)
			need clang has clang
			need clang-format has clang-format
			;;
		thread)
			need clang has clang
			need clang-format has clang-format
			need libclang-rt-dev has_sanitizer clang thread
			;;
		dist)
			need xz-utils has xz
			look_bindings
			;;
		portability)
			need g++-i686-linux-gnu has i686-linux-gnu-g++
			need g++-s390x-linux-gnu has s390x-linux-gnu-g++
			need qemu-user-static has qemu-s390x-static
			need musl-tools has musl-gcc
			;;
		esac
	done
}

# An emptied machine has neither package lists nor a terminal to ask on.
install_packages() { # PACKAGES
	if ! has apt-get; then
		die "missing:$* (names as in Debian); install them and run this again"
	fi
	run=
	if [ "$(id -u)" -ne 0 ]; then
		if has sudo && sudo -n true 2>/dev/null; then
			run=sudo
		elif has sudo && [ -t 0 ]; then
			run=sudo
		else
			die "missing:$*; run this as root, or once: apt-get install$*"
		fi
	fi
	say "installing$*"
	if ! $run env DEBIAN_FRONTEND=noninteractive apt-get -q update; then
		say "the package lists could not be renewed; trying with those that are there"
	fi
	# shellcheck disable=SC2086
	$run env DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends install $* ||
		die "apt-get could not install:$*"
}

install() { # NAMES
	look "$@"
	if [ -n "$missing" ]; then
		install_packages "$missing"
		look "$@"
		[ -z "$missing" ] || die "installed, but still not usable:$missing"
	fi
}

# ---- Building ------------------------------------------------------------------------------------

jobs() {
	echo "${JOBS:-$(nproc 2>/dev/null || echo 2)}"
}

generate() {
	if [ -f config.status ]; then
		die "this folder was configured itself; run 'make distclean' first"
	fi
	if [ ! -x configure ] || [ ! -f Makefile.in ] ||
		[ -n "$(find configure.ac Makefile.am m4/bindings.m4 m4/netchan.m4 ./*/local.mk \
			bindings/*/local.mk -newer configure)" ]; then
		./autogen.sh
	fi
}

configure() { # FOLDER OPTION...
	folder=$1
	shift
	mkdir -p "$folder"
	if [ ! -f "$folder/Makefile" ] || [ configure -nt "$folder/config.status" ] ||
		[ "$(cat "$folder/options" 2>/dev/null)" != "$*" ]; then
		(cd "$folder" && "$top/configure" -q "$@")
		echo "$*" >"$folder/options"
	fi
}

build() { # NAME
	case $1 in
	gcc) configure build/gcc CC=gcc CXX=g++ ;;
	clang)
		configure build/clang CC=clang CXX=clang++ --enable-werror --disable-static \
			--without-python --without-ruby --without-lua --without-java
		;;
	address)
		configure build/address CC=gcc CXX=g++ --enable-sanitizers=address,undefined \
			--enable-debug --disable-static
		;;
	thread)
		configure build/thread CC=clang CXX=clang++ --enable-sanitizers=thread \
			--enable-debug --enable-werror --disable-static
		;;
	dist) configure build/dist CC=gcc CXX=g++ ;;
	portability) return ;;
	esac
	[ "$1" = dist ] || make -C "build/$1" -j"$(jobs)"
}

check() { # NAME
	if [ "$1" = portability ]; then
		JOBS=$(jobs) sh tests/portability/run.sh
	elif [ "$1" = dist ]; then
		make -C build/dist -j"$(jobs)" distcheck DISTCHECK_CONFIGURE_FLAGS="${DIST_FLAGS-}"
	else
		make -C "build/$1" -j"$(jobs)" check
	fi
}

# ---- What was asked for --------------------------------------------------------------------------

[ $# -gt 0 ] || usage
verb=$1
shift
for name in "$@"; do
	case " $all_names " in
	*" $name "*) ;;
	*) die "'$name' is none of: $all_names" ;;
	esac
done
case $verb in
install)
	install "$@"
	;;
demo)
	[ $# -eq 0 ] || usage
	install
	generate
	build gcc
	NETCHAN=$top/build/gcc/src/cli/netchan sh docs/examples/demo.sh
	;;
test)
	[ $# -gt 0 ] || set -- gcc
	install "$@"
	generate
	for name in "$@"; do
		build "$name"
		check "$name"
	done
	;;
*)
	usage
	;;
esac
