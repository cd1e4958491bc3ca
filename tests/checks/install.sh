#!/bin/sh
# SPDX-License-Identifier: MIT
# Looks at what make install has put below DESTDIR: exactly the files of installed.txt; libraries,
# command and modules as a distribution wants them; and a netchan.pc that builds programs which run,
# with the shared library and with the static one. make installcheck runs it, with the variables of
# the list installed_places in tests/local.mk.
# usage: install.sh          everything
#        install.sh empty    nothing of it is there (behind make uninstall)
# HARDENED=1: built with a distribution's hardening flags, which must not have been lost.
set -u
here=$(cd "$(dirname "$0")" && pwd)
: "${DESTDIR=}" "${prefix:?}" "${libdir:?}" "${CC:=cc}" "${SANITIZER_FLAGS=}" "${BINDINGS=}"
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
LC_ALL=C
export LC_ALL
status=0

fault() {
	echo "install: $*"
	status=1
}

# ---- Files ---------------------------------------------------------------------------------------

# All that is there, as it will be called when DESTDIR has gone. A prefix that others use too is
# looked through for our name alone, which all of our paths hold.
case $DESTDIR$prefix in
/ | /usr | /usr/local) find "$prefix" -path '*netchan*' ! -type d ;;
*) [ ! -d "${DESTDIR:-$prefix}" ] || find "${DESTDIR:-$prefix}" ! -type d ;;
esac >"$work/found" 2>/dev/null
sed "s|^$DESTDIR||" "$work/found" | sort >"$work/files"

if [ "${1-}" = empty ]; then
	sed 's/^/left behind: /' "$work/files"
	[ ! -s "$work/files" ] || status=1
	# Folders that only we have; those that others may use stay.
	if [ -n "$DESTDIR" ] && [ -d "$DESTDIR" ]; then
		find "$DESTDIR" -type d -path "$DESTDIR*netchan*" >"$work/folders"
		sed 's/^/left behind: /' "$work/folders"
		[ ! -s "$work/folders" ] || status=1
	fi
	exit $status
fi

holds() { # CONDITION
	case $1 in
	always) ;;
	shared) [ "$enable_shared" = yes ] ;;
	static) [ "$enable_static" = yes ] ;;
	units) [ -n "$systemdsystemunitdir" ] ;;
	manual) ls "$top_builddir"/docs/man3/*.3 "$top_srcdir"/docs/man3/*.3 2>/dev/null | grep -q . ;;
	python | ruby | lua | java)
		case " $BINDINGS " in *" $1 "*) ;; *) return 1 ;; esac
		;;
	*) fault "installed.txt: there is no condition '$1'" ;;
	esac
}

: >"$work/patterns"
while read -r condition pattern; do
	case $condition in
	'' | \#*) continue ;;
	esac
	holds "${condition#\?}" || continue
	eval "pattern=$pattern"
	case $pattern in
	/*) echo "$condition $pattern" >>"$work/patterns" ;;
	*) fault "installed.txt: no path: $pattern" ;;
	esac
done <"$here/installed.txt"

while read -r file; do
	known=
	while read -r condition pattern; do
		# shellcheck disable=SC2254
		case $file in
		$pattern) known=yes; break ;;
		esac
	done <"$work/patterns"
	[ -n "$known" ] || fault "$file: not in tests/checks/installed.txt"
done <"$work/files"

while read -r condition pattern; do
	seen=
	# shellcheck disable=SC2254
	case $condition in
	\?*) seen=yes ;;
	*)
		while read -r file; do
			case $file in
			$pattern) seen=yes; break ;;
			esac
		done <"$work/files"
		;;
	esac
	[ -n "$seen" ] || fault "$pattern: was not installed"
done <"$work/patterns"

if holds manual; then
	for page in $(awk '/^netchan/ { print $3 }' "$top_srcdir/abi/symbols.txt"); do
		[ -f "$DESTDIR$man3dir/$page" ] || fault "$man3dir/$page: was not installed"
	done
fi

# Anybody may read everything, nobody but the owner may write, and no text names a place that is only
# here.
while read -r file; do
	[ ! -h "$file" ] || { [ -e "$file" ] || fault "$file: leads nowhere"; continue; }
	[ -z "$(find "$file" \( -perm /022 -o ! -perm -444 \))" ] || fault "$(ls -l "$file"): rights"
	case $file in
	*.pc | *.la | *.h | *.py | *.rb | *.lua)
		for place in "$top_builddir" ${DESTDIR:+"$DESTDIR"}; do
			! grep -qF "$place" "$file" || fault "$file: names $place"
		done
		;;
	esac
done <"$work/found"

# ---- Programs and libraries ----------------------------------------------------------------------

needed() { # FILE LIBRARY
	grep -q "(NEEDED).*\[$2\." "$work/dynamic" || fault "$1: does not need $2"
}

look_hardened() { # FILE
	grep -q GNU_RELRO "$work/segments" || fault "$1: no read-only relocations"
	grep -qE 'BIND_NOW|FLAGS.*NOW' "$work/dynamic" || fault "$1: symbols are not bound at once"
	readelf -W --dyn-syms "$1" >"$work/symbols"
	grep -q '__stack_chk_fail' "$work/symbols" || fault "$1: no stack protector"
	case $1 in
	*/bin/netchan | */libnetchan.so.*) # a module may call nothing that can be fortified
		grep -qE '__[a-z]*_chk(@|$)' "$work/symbols" || fault "$1: no fortified functions"
		;;
	esac
}

look_elf() { # FILE
	readelf -W -d "$1" >"$work/dynamic" 2>/dev/null
	readelf -W -h -l "$1" >"$work/segments"
	# libtool names a folder that the loader does not know, so that programs run; never another.
	run_path=$(sed -nE 's/.*\((RPATH|RUNPATH)\).*\[(.*)\]$/\2/p' "$work/dynamic")
	case $run_path in
	'') ;;
	"$libdir")
		case $libdir in
		/usr/lib | /usr/lib/*-linux-gnu | /usr/lib64) fault "$1: has a run path, $run_path" ;;
		esac
		;;
	*) fault "$1: has a run path, $run_path" ;;
	esac
	grep 'GNU_STACK' "$work/segments" | grep -q 'RWE' && fault "$1: its stack may be executed"
	grep -q TEXTREL "$work/dynamic" && fault "$1: its code is relocated"
	case $1 in
	*/libnetchan.so.*)
		grep -q '(SONAME).*\[libnetchan\.so\.0\]' "$work/dynamic" || fault "$1: its soname is not libnetchan.so.0"
		grep -q NODELETE "$work/dynamic" || fault "$1: can be unloaded"
		needed "$1" libjansson.so
		;;
	*/bin/netchan)
		grep -qE 'Type: +DYN' "$work/segments" || [ -z "${HARDENED-}" ] || fault "$1: not position independent"
		[ "$enable_shared" != yes ] || needed "$1" libnetchan.so
		;;
	*.so) needed "$1" libnetchan.so ;;
	esac
	[ -z "${HARDENED-}" ] || look_hardened "$1"
}

skipped=
if command -v readelf >/dev/null 2>&1; then
	while read -r file; do
		[ ! -h "$file" ] || continue
		case $file in
		*/bin/netchan | *.so | *.so.*) look_elf "$file" ;;
		esac
	done <"$work/found"
else
	skipped="no readelf, so libraries and programs were not looked into"
fi

# ---- netchan.pc ----------------------------------------------------------------------------------

cat >"$work/program.c" <<'PROGRAM'
#include <netchan.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
	netchan_channel *channel;
	netchan_exporter *exporter;
	netchan_value *value;
	if (strcmp(netchan_version(), NETCHAN_VERSION) || netchan_channel_new(1, &channel) ||
	    netchan_exporter_new(NULL, &exporter) || netchan_exporter_listen(exporter, "tcp://127.0.0.1:0", 5000, NULL) ||
	    netchan_channel_send_text(channel, "[1.5]", 5, 1000, NULL) ||
	    netchan_channel_recv(channel, &value, 1000, NULL))
		return 1;
	puts(netchan_value_text(value, NULL));
	netchan_value_unref(value);
	netchan_channel_unref(channel);
	netchan_exporter_close(exporter);
	if (netchan_exporter_wait_closed(exporter, 10000, NULL))
		return 1;
	netchan_exporter_unref(exporter);
	return 0;
}
PROGRAM

flags() { # OPTION...
	PKG_CONFIG_PATH="$work${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}" "${PKG_CONFIG:-pkg-config}" "$@" netchan
}

# try WHAT FLAGS...: builds the program and runs it
try() {
	what=$1
	shift
	# shellcheck disable=SC2086
	if ! $CC $SANITIZER_FLAGS -o "$work/program" "$work/program.c" "$@" 2>"$work/errors"; then
		tail -n 10 "$work/errors"
		fault "netchan.pc: a program does not link with the $what library: $*"
	elif [ "$(LD_LIBRARY_PATH=$DESTDIR$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} "$work/program")" != "[1.5]" ]; then
		fault "netchan.pc: a program with the $what library does not run"
	fi
}

# The places below DESTDIR, as they are now.
sed "s|^\([a-z_]*\)=/|\1=$DESTDIR/|" "$DESTDIR$pkgconfigdir/netchan.pc" >"$work/netchan.pc"
if ! command -v "${PKG_CONFIG:-pkg-config}" >/dev/null 2>&1; then
	skipped="no pkg-config, so netchan.pc was not used"
elif ! flags --exists --print-errors; then
	fault "netchan.pc: pkg-config does not take it"
else
	[ "$(flags --modversion)" = "$VERSION" ] || fault "netchan.pc: another version: $(flags --modversion)"
	case $(flags --libs) in
	*jansson* | *ssl* | *crypto*) fault "netchan.pc: programs need not link $(flags --libs)" ;;
	esac
	# shellcheck disable=SC2046
	if [ "$enable_shared" = yes ]; then
		try shared $(flags --cflags --libs)
		if [ -x "$work/program" ] && [ -z "$skipped" ] && readelf -d "$work/program" |
			grep NEEDED | grep -qE 'jansson|ssl|crypto'; then
			fault "netchan.pc: a program needs more than the library"
		fi
	fi
	# Where there is only the static library; and wholly static, where the others are there too.
	if [ "$enable_static" = yes ]; then
		mkdir "$work/static" && cp "$DESTDIR$libdir/libnetchan.a" "$work/static"
		sed "s|^libdir=.*|libdir=$work/static|" "$work/netchan.pc" >"$work/only.pc"
		mv "$work/only.pc" "$work/netchan.pc"
		# shellcheck disable=SC2046
		try static $(flags --static --cflags --libs)
		# shellcheck disable=SC2046
		if [ -z "$SANITIZER_FLAGS" ] && echo 'int main(void) { return 0; }' | $CC -static -x c - -x none \
			-o "$work/program" $(flags --static --libs-only-l --libs-only-L) 2>/dev/null; then
			try "wholly static" -static $(flags --static --cflags --libs)
		fi
	fi
fi

if [ $status -eq 0 ] && [ -n "$skipped" ]; then
	echo "install: $skipped"
fi
exit $status
