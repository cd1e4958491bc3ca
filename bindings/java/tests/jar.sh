#!/bin/sh
# SPDX-License-Identifier: MIT
# Puts the jar of make jar and the native part into a temporary place, and runs an example with them.
set -u
case " ${NETCHAN_BINDINGS-} " in
*' java '*) ;;
*)
	echo "skipped: the Java bindings are not built"
	exit 77
	;;
esac
work=$(mktemp -d) || exit 99
exporter=
trap '[ -z "$exporter" ] || kill "$exporter" 2>/dev/null; rm -rf "$work"' EXIT
cp "$top_builddir"/bindings/generated/packages/netchan-*.jar "$work/netchan.jar" || exit 1
cp -L "$top_builddir/bindings/java/.libs/libnetchan_jni.so" "$work" || exit 1
cp "$top_builddir"/bindings/generated/stage/java/tests/*port.class "$work" || exit 1
LD_LIBRARY_PATH=$(cd "$top_builddir/.libs" && pwd) || exit 99
export LD_LIBRARY_PATH
cd "$work" || exit 99
mkfifo address
"$JAVA" -cp netchan.jar:. -Dnetchan.library="$work/libnetchan_jni.so" Export >address &
exporter=$!
read -r url <address
"$JAVA" -cp netchan.jar:. -Djava.library.path="$work" Import "$url" >got || exit 1
wait "$exporter" || exit 1
exporter=
[ "$(sed -n '1p;$p' got | tr '\n' ' ')" = '{"number":1} {"number":10} ' ]
