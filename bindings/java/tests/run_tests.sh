#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs the tests of the Java package: that of the build tree, or the jar and the folder of the native part
# that NETCHAN_JAR and NETCHAN_JNI name.
set -u
case " ${NETCHAN_BINDINGS-java} " in
*' java '*) ;;
*)
	echo "skipped: the Java bindings are not built"
	exit 77
	;;
esac
stage=$top_builddir/bindings/generated/stage/java
if [ ! -f "$stage/tests/org/netchan/RunTests.class" ]; then
	echo "skipped: JUnit 4 is not installed"
	exit 77
fi
jar=${NETCHAN_JAR:-$(echo "$top_builddir"/bindings/generated/packages/netchan-*.jar)}
output=$(mktemp) || exit 99
trap 'rm -f "$output"' EXIT
"${JAVA:-java}" -ea -Xcheck:jni -Xmx256m -cp "$jar:$stage/tests:$JUNIT" \
	-Djava.library.path="${NETCHAN_JNI:-$top_builddir/bindings/java/.libs}" \
	-Dnetchan.bindings="$top_srcdir/bindings" org.netchan.RunTests "$@" >"$output" 2>&1
status=$?
cat "$output"
if grep -q 'WARNING in native method' "$output"; then # of -Xcheck:jni
	status=1
fi
exit $status
