#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Java's benchmark with the package of the build tree, beside Gson if Debian's package is there.
exec "${JAVA:-java}" -cp "$(echo "$top_builddir"/bindings/generated/packages/netchan-*.jar):\
$top_builddir/bindings/generated/stage/java/tests:/usr/share/java/gson.jar" -Djava.library.path="$top_builddir/bindings/java/.libs" \
	org.netchan.Bench "$@"
