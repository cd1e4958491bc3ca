#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds, installs and uninstalls in the ways that packagers and users do, each looked at by
# install.sh. All but the first are made from the tarball.
#
#   here      this build, below DESTDIR, twice over itself
#   planted   install.sh tells each of some faults
#   dist      two tarballs, made at another time and by another user's habits, are the same bytes
#   flags     the user's CPPFLAGS, CFLAGS and LDFLAGS reach every line; a prefix without DESTDIR
#   hardened  a distribution's hardening flags and library folder
#   static    --disable-shared
#   shared    --disable-static --without-tls
#   bare      neither autotools nor SWIG nor python3, as a user who owns nothing but the build folder,
#             out of sources that may not be written
#   space     configure says that it takes no folder with a space in its name
#
# usage: make check-install [INSTALLS='here bare']
set -u
: "${top_srcdir:?}" "${top_builddir:?}" "${MAKE:=make}" "${NETCHAN_BINDINGS=}"
: "${JOBS:=$(nproc 2>/dev/null || echo 2)}"
unset DESTDIR MAKEFLAGS MFLAGS MAKELEVEL V
work=$(mktemp -d) || exit 99
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
chmod 755 "$work"
umask 022
failed=

die() {
	echo "installs: $round: $*"
	exit 1
}

# quietly COMMAND...: its output is shown when it fails
quietly() {
	"$@" >"$work/log" 2>&1 </dev/null && return
	tail -n 40 "$work/log"
	die "failed: $*"
}

make_in() { # FOLDER ARGUMENT...
	folder=$1
	shift
	quietly "$MAKE" -C "$folder" -j"$JOBS" "$@"
}

# Sets sources: what the tarball holds.
tarball() {
	sources=$(echo "$work"/unpacked/netchan-*)
	[ ! -d "$sources" ] || return 0
	(umask 077 && SOURCE_DATE_EPOCH=1600000000 LC_ALL=C TZ=UTC \
		"$MAKE" -C "$top_builddir" dist >"$work/log" 2>&1) || { tail -n 20 "$work/log"; die "make dist"; }
	mkdir "$work/unpacked" && cp "$top_builddir"/netchan-*.tar.xz "$work/first.tar.xz" &&
		xz -dc "$work/first.tar.xz" | tar -C "$work/unpacked" -xf - || die "the tarball"
	sources=$(echo "$work"/unpacked/netchan-*)
}

configure_in() { # FOLDER OPTION...
	tarball
	folder=$1
	shift
	mkdir "$folder" || exit 1
	(cd "$folder" && "$sources/configure" -q CXX=false --with-bench-peers=no "$@") >"$work/log" 2>&1 ||
		{ tail -n 20 "$work/log"; die "configure $*"; }
}

bindings() { # yes or no: options for those that this build has, or for none
	for language in python ruby lua java; do
		case " $NETCHAN_BINDINGS " in
		*" $language "*) echo "--with-$language=$1" ;;
		*) echo "--without-$language" ;;
		esac
	done
}

# Installs twice, as an upgrade does, looks, and takes it away again.
come_and_go() { # FOLDER [DESTDIR=...]
	make_in "$@" install
	make_in "$@" install
	make_in "$@" installcheck-files
	make_in "$@" uninstall
	make_in "$@" uninstallcheck
}

here() {
	come_and_go "$top_builddir" DESTDIR="$work/here"
}

# plant FAULT COMMAND...: a copy of what was installed, with that done to it, must be refused
plant() {
	wanted=$1
	shift
	rm -rf "$work/bad" && cp -a "$work/planted" "$work/bad" && (cd "$work/bad" && "$@") || die "planting"
	if "$MAKE" -C "$top_builddir" installcheck-files DESTDIR="$work/bad" HARDENED=1 >"$work/log" 2>&1 ||
		! grep -q "^install: .*$wanted" "$work/log"; then
		cat "$work/log"
		die "was not told: $wanted"
	fi
}

# A library that is none, with every fault that a linker can be talked into.
worst_library() {
	echo 'int netchan_no(void) { return 0; }' | ${CC:-cc} -shared -fPIC -x c - -o "$1" -Wl,-z,norelro \
		-Wl,-z,lazy -Wl,-z,execstack -Wl,-soname,libnetchan.so.9 -Wl,-rpath,/home/me 2>/dev/null
}

planted() {
	make_in "$top_builddir" DESTDIR="$work/planted" install
	lib=$(dirname "$(cd "$work/planted" && find . -name libnetchan.la)")
	plant 'more.7: not in' cp "$lib/libnetchan.la" "$lib/netchan-more.7"
	plant 'libnetchan.la: was not installed' rm "$lib/libnetchan.la"
	plant 'netchan_select_new.3: was not installed' find . -name netchan_select_new.3 -delete
	plant 'rights' chmod g+w "$lib/pkgconfig/netchan.pc"
	plant "names $work/bad" sed -i "1i #$work/bad" "$lib/pkgconfig/netchan.pc"
	plant 'another version' sed -i 's/^Version: /&9/' "$lib/pkgconfig/netchan.pc"
	plant 'programs need not link' sed -i 's/^Libs: /&-ljansson /' "$lib/pkgconfig/netchan.pc"
	plant 'pkg-config does not take it' sed -i 's/^Requires.private: /&nosuch, /' "$lib/pkgconfig/netchan.pc"
	[ ! -f "$work/planted/$lib/libnetchan.a" ] ||
		plant 'with the static library: ' sed -i 's/^Requires.private: .*//' "$lib/pkgconfig/netchan.pc"
	plant 'with the shared library: ' sed -i 's/^Cflags: .*/Cflags: -I${prefix}/' "$lib/pkgconfig/netchan.pc"
	rm -rf "$work/bad"
	mkdir -p "$work/bad/usr/share/doc/netchan" || exit 1
	! "$MAKE" -C "$top_builddir" uninstallcheck DESTDIR="$work/bad" >"$work/log" 2>&1 || die "a folder left behind"
	echo x >"$work/bad/file"
	"$MAKE" -C "$top_builddir" uninstallcheck DESTDIR="$work/bad" >"$work/log" 2>&1
	grep -q 'left behind: /file' "$work/log" || die "a file left behind"
	library=$(cd "$work/planted" && find . -name 'libnetchan.so.0.*')
	[ -n "$library" ] || return 0
	for wanted in 'run path, /home/me' 'stack may be executed' 'soname is not' 'can be unloaded' \
		'does not need libjansson' 'no read-only relocations' 'not bound at once' 'no stack protector' \
		'no fortified functions'; do
		plant "$wanted" worst_library "$library"
	done
}

# Another folder, another umask, another locale and time zone, files of another age.
dist() {
	tarball
	configure_in "$work/other" $(bindings no)
	find "$sources" -exec touch -h -d '2001-02-03 04:05:06' {} +
	(umask 002 && SOURCE_DATE_EPOCH=1600000000 LC_ALL=C.UTF-8 TZ=Asia/Tokyo \
		"$MAKE" -C "$work/other" dist >"$work/log" 2>&1) || { tail -n 20 "$work/log"; die "make dist"; }
	second=$(echo "$work"/other/netchan-*.tar.xz)
	if ! cmp "$work/first.tar.xz" "$second"; then
		for one in "$work/first.tar.xz" "$second"; do
			xz -dc "$one" | tar -tvf - --full-time >"$work/list.${one##*/}"
		done
		diff "$work"/list.* | head -n 20
		die "two tarballs differ"
	fi
}

flags() {
	# shellcheck disable=SC2046
	configure_in "$work/flags" --disable-silent-rules --prefix="$work/own" $(bindings yes) \
		CPPFLAGS=-DMARK_CPPFLAGS CFLAGS="-O0 -DMARK_CFLAGS" LDFLAGS=-L/mark/ldflags
	make_in "$work/flags" all
	grep -E -e '--mode=compile|(^| )-c ' "$work/log" | grep -vE '^libtool:' | grep -E 'g?cc|clang' \
		>"$work/compiled"
	[ "$(grep -c . "$work/compiled")" -gt 60 ] || die "few lines compile: was make silent?"
	for mark in MARK_CPPFLAGS MARK_CFLAGS; do
		if grep -v "$mark" "$work/compiled" | head -n 3 | grep .; then
			die "lines without $mark"
		fi
	done
	if ! grep -e '--mode=link' "$work/log" | grep -q /mark/ldflags ||
		grep -e '--mode=link' "$work/log" | grep -v /mark/ldflags | head -n 3 | grep .; then
		die "lines without LDFLAGS"
	fi
	make_in "$work/flags" install
	make_in "$work/flags" installcheck-files
	[ "$("$work/own/bin/netchan" --version 2>&1 | head -c 7)" = netchan ] || die "the command does not run"
	make_in "$work/flags" uninstall
	make_in "$work/flags" uninstallcheck
}

hardened() {
	if ! command -v dpkg-buildflags >/dev/null 2>&1; then
		echo "installs: hardened: left out, there is no dpkg-buildflags"
		return
	fi
	export DEB_BUILD_MAINT_OPTIONS=hardening=+all
	# shellcheck disable=SC2046
	configure_in "$work/hardened" --prefix=/usr --libdir="/usr/lib/$(gcc -print-multiarch)" \
		$(bindings yes) CPPFLAGS="$(dpkg-buildflags --get CPPFLAGS)" \
		CFLAGS="$(dpkg-buildflags --get CFLAGS)" LDFLAGS="$(dpkg-buildflags --get LDFLAGS)"
	unset DEB_BUILD_MAINT_OPTIONS
	export HARDENED=1
	come_and_go "$work/hardened" DESTDIR="$work/hard"
	unset HARDENED
}

static() {
	configure_in "$work/static" --disable-shared --prefix=/opt/other CFLAGS=-O0
	come_and_go "$work/static" DESTDIR="$work/alone"
}

shared() {
	# shellcheck disable=SC2046
	configure_in "$work/shared" --disable-static --without-tls CFLAGS=-O0 $(bindings no)
	make_in "$work/shared" all
	! readelf -d "$work/shared/.libs/libnetchan.so" | grep -qE 'ssl|crypto' || die "TLS is still there"
	! grep -q openssl "$work/shared/netchan.pc" || die "netchan.pc still names openssl"
	come_and_go "$work/shared" DESTDIR="$work/plain"
}

# PATH is one folder with everything but what a tarball must do without.
bare() {
	tarball
	mkdir "$work/bin" "$work/bare" || exit 1
	for place in /bin /usr/bin /usr/local/bin; do
		[ ! -d "$place" ] || find "$place" -mindepth 1 -maxdepth 1 ! -name 'python*' ! -name 'swig*' \
			! -name 'auto*' ! -name 'aclocal*' ! -name 'libtoolize*' ! -name 'ifnames' \
			-exec ln -sf {} "$work/bin/" \; 2>/dev/null
	done
	find "$sources" | sort >"$work/before"
	chmod -R a-w "$sources"
	user=
	if [ "$(id -u)" -eq 0 ] && command -v setpriv >/dev/null 2>&1; then
		chown 65534:65534 "$work/bare"
		user="setpriv --reuid=65534 --regid=65534 --clear-groups"
	fi
	languages=
	for language in ruby lua java; do
		case " $NETCHAN_BINDINGS " in *" $language "*) languages="$languages --with-$language" ;; esac
	done
	cat >"$work/build" <<-SCRIPT
		set -eu
		cd "$work/bare"
		! command -v autoconf automake swig python3
		"$sources/configure" -q CXX=false --with-bench-peers=no CFLAGS=-O0 $languages
		$MAKE -j"$JOBS" all
		$MAKE install DESTDIR="$work/bare/root"
		$MAKE installcheck-files DESTDIR="$work/bare/root"
		ls "$work/bare/root/usr/local/share/man/man3/" | grep -c . >&2
		$MAKE uninstall DESTDIR="$work/bare/root"
		$MAKE uninstallcheck DESTDIR="$work/bare/root"
	SCRIPT
	# shellcheck disable=SC2086
	quietly $user env -i PATH="$work/bin" HOME=/nonexistent LC_ALL=C sh "$work/build"
	case " $NETCHAN_BINDINGS " in
	*" python "*)
		# With python3 its bindings are built too: what SWIG makes is in the tarball.
		ln -s "$(command -v /usr/bin/python3 python3 | head -n 1)" "$work/bin/"
		mkdir "$work/bare/python"
		[ -z "$user" ] || chown 65534:65534 "$work/bare/python"
		cat >"$work/build" <<-SCRIPT
			set -eu
			cd "$work/bare/python"
			"$sources/configure" -q CXX=false --with-bench-peers=no CFLAGS=-O0 --with-python
			$MAKE -j"$JOBS" all
			$MAKE install DESTDIR="$work/bare/root"
			$MAKE installcheck-files DESTDIR="$work/bare/root"
		SCRIPT
		# shellcheck disable=SC2086
		quietly $user env -i PATH="$work/bin" HOME=/nonexistent LC_ALL=C sh "$work/build"
		;;
	esac
	find "$sources" | sort | cmp - "$work/before" || die "a build out of the tree wrote into the sources"
	chmod -R u+w "$sources"
}

# Libtool cannot, and it is better told before anything is built.
space() {
	tarball
	mkdir "$work/a space" || exit 1
	if (cd "$work/a space" && "$sources/configure" -q CXX=false) >"$work/log" 2>&1; then
		die "configure took a folder with a space; then it should build there too"
	fi
	grep -q 'with a space in its name' "$work/log" || { cat "$work/log"; die "another reason"; }
}

[ $# -gt 0 ] || set -- here planted dist flags hardened static shared bare space
for round in "$@"; do
	started=$(date +%s)
	case $round in
	here | planted | dist | flags | hardened | static | shared | bare | space) ;;
	*) die "no such round" ;;
	esac
	if ($round); then
		echo "installs: $round passed, $(($(date +%s) - started)) s"
	else
		failed="$failed $round"
	fi
done
[ -z "$failed" ] || {
	echo "installs: failed:$failed"
	exit 1
}
