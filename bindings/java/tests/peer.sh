#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Java's peer program with the package of the build tree.
exec "${JAVA:-java}" -Xshare:auto -cp "$(echo "$top_builddir"/bindings/generated/packages/netchan-*.jar):\
$top_builddir/bindings/generated/stage/java/tests" -Djava.library.path="$top_builddir/bindings/java/.libs" \
	org.netchan.Peer "$@"
