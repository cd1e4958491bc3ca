#!/bin/sh
# SPDX-License-Identifier: MIT
# Checks the checks: each must accept a tiny tree without faults, and must refuse it with any one
# of the faults planted below, naming the fault.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
unset top_srcdir top_builddir
good=$work/good
bad=$work/bad
status=0
planted=0

# ---- A tree without faults ---------------------------------------------------------------------

mkdir -p "$good/abi" "$good/bindings/x/examples" "$good/docs/examples" "$good/src/base" "$good/src/wire" "$good/src/run" \
	"$good/tests/unit"
licence='/* SPDX-License-Identifier: MIT */'

cat >"$good/.clang-format" <<'TXT'
DisableFormat: true
TXT
cat >"$good/configure.ac" <<'TXT'
# SPDX-License-Identifier: MIT
AC_INIT([netchan], [1.2.3])
TXT
cat >"$good/Makefile.am" <<'TXT'
# SPDX-License-Identifier: MIT
all_sources = \
	abi/baseline/1.2/netchan.h \
	abi/netchan.h \
	bindings/calls.c \
	bindings/netchan.i \
	bindings/x/convert.c \
	bindings/x/examples/hello.rb \
	docs/PROTOCOL.md \
	docs/examples/hello.c \
	docs/netchan-options.7 \
	docs/netchan.7 \
	src/base/lock.c \
	src/base/mem.c \
	src/base/mem.h \
	src/run/options.c \
	src/wire/frame.c \
	src/wire/frame.h \
	tests/unit/frame_test.cpp
TXT
cat >"$good/abi/netchan.h" <<TXT
$licence
#ifndef NETCHAN_H
#define NETCHAN_H
#define NETCHAN_VERSION_MAJOR  1
#define NETCHAN_VERSION_MINOR  2
#define NETCHAN_VERSION_PATCH  3
#define NETCHAN_VERSION_NUMBER 0x010203
#define NETCHAN_VERSION        "1.2.3"
#define NETCHAN_NOMEM          (-18) /* out of memory */
#ifdef __cplusplus
extern "C" {
#endif
#define NETCHAN_API __attribute__((visibility("default")))

/* netchan_close - close a thing
 *
 * netchan_open() opened it.
 *
 * Errors: NETCHAN_NOMEM. */
NETCHAN_API int netchan_close(void);

/* netchan_open - open a thing
 *
 * Errors: NETCHAN_NOMEM. */
NETCHAN_API int netchan_open(void);

#ifdef __cplusplus
}
#endif
#endif
TXT
cat >"$good/abi/symbols.txt" <<'TXT'
# SPDX-License-Identifier: MIT
netchan_close 1.2 netchan_close.3
netchan_open 1.1 netchan_open.3
TXT
echo '1.2.3 0:0:0 preparing' >"$good/abi/releases.txt"
mkdir -p "$good/abi/baseline/1.2"
cp "$good/abi/netchan.h" "$good/abi/symbols.txt" "$good/abi/baseline/1.2"
(cd "$good/abi/baseline/1.2" && cksum netchan.h symbols.txt >CKSUM)
cat >"$good/src/base/mem.h" <<TXT
$licence
#include <stddef.h>
void *nci_alloc(size_t size);
TXT
cat >"$good/src/base/mem.c" <<TXT
$licence
#include "base/mem.h"

#include <stdlib.h>

void *nci_alloc(size_t size)
{
    return malloc(size); /* not calloc() */
}
TXT
cat >"$good/src/base/lock.c" <<TXT
$licence
#include <stdlib.h>

void nci_lock_wrong(void)
{
    abort();
}
TXT
cat >"$good/src/wire/frame.h" <<TXT
$licence
#include "base/mem.h"
TXT
cat >"$good/src/wire/frame.c" <<TXT
$licence
#include "wire/frame.h"

static const char *text = "free(\"sleep(1)\"); // '";

/* sleep(1), TO""DO (#12): in a comment. */
char nci_frame_first(void)
{
    return text[0] == '"' ? 'a' : text[0];
}
TXT
cat >"$good/src/run/options.c" <<TXT
$licence
#include "wire/frame.h"
static const struct key {
    const char *name;
} keys[] = {
    {"limit.value",},
};
TXT
cat >"$good/docs/netchan.7" <<'TXT'
.\" SPDX-License-Identifier: MIT
.Dd November 22, 2026
.Dt NETCHAN 7
.Os
.Sh NAME
.Nm netchan
.Nd things
.Sh DESCRIPTION
.Bl -tag -width "xS10.10x"
.It [S1.1]
A fact.
.Fn netchan_open
is here, and
.Dv NETCHAN_NOMEM .
.It [S1.2]
A fact that rests on [S1.1].
.El
TXT
cat >"$good/docs/netchan-options.7" <<'TXT'
.\" SPDX-License-Identifier: MIT
.Dd November 22, 2026
.Dt NETCHAN-OPTIONS 7
.Os
.Sh NAME
.Nm netchan-options
.Nd keys
.Sh DESCRIPTION
.Bl -tag -width Ds
.It Cm limit.value
A limit.
.El
TXT
cat >"$good/docs/PROTOCOL.md" <<'TXT'
# The protocol
- **[P1]** A frame is a line.
TXT
cat >"$good/docs/examples/hello.c" <<TXT
$licence
/* Says
 * hello. */
#include <netchan.h>

int hello;
TXT
cat >"$good/bindings/netchan.i" <<TXT
$licence
int netchan_open(void);
int netchan_close(int);
TXT
echo "$licence" >"$good/bindings/calls.c"
echo "$licence" >"$good/bindings/x/convert.c"
cat >"$good/bindings/contract.json" <<'TXT'
{"name": "nomem", "code": -18, "class": "NoMemory"}, "limit.value"
TXT
cat >"$good/bindings/x/examples/hello.rb" <<'TXT'
# SPDX-License-Identifier: MIT
puts "hello"
TXT
cat >"$good/README.md" <<'TXT'
<!-- bindings/x/examples/hello.rb -->
```ruby
puts "hello"
```
Look:
<!-- docs/examples/hello.c -->
```c
#include <netchan.h>

int hello;
```
TXT
cat >"$good/tests/unit/frame_test.cpp" <<TXT
$licence
#include "wire/frame.h"
#define TEST_CASE(name, tags) void test_##__LINE__()
TEST_CASE("a frame (is a line)", "[frame][S1.1][P1]") {}
/* TEST_CASE("not here", "[S9.9]") {} */
TEST_CASE("a long "
          "name",
          "[frame]"
          "[S1.2]") {}
auto text = R"(TEST_CASE("nor here", "[S9.9]"))";
TXT

# ---- The checks accept it ----------------------------------------------------------------------

for check in bindings docs frozen header layers lists names sentences style; do
	if ! "$here/$check.sh" "$good" >"$work/said" 2>&1; then
		echo "$check.sh refuses the tree without faults:"
		cat "$work/said"
		status=1
	fi
done

# ---- ... and refuse it with any of these -------------------------------------------------------

# plant CHECK TEXT COMMANDS: after the commands, run in a copy of the tree, the check must fail and
# say the text.
plant() {
	planted=$((planted + 1))
	rm -rf "$bad"
	cp -R "$good" "$bad"
	if ! (cd "$bad" && eval "$3"); then
		echo "selftest: cannot plant: $3"
		status=1
	fi
	"$here/$1.sh" "$bad" ${library:+"$library"} >"$work/said" 2>&1
	got=$?
	if [ $got -eq 0 ] || [ $got -eq 77 ] || ! grep -qF -- "$2" "$work/said"; then
		echo "$1.sh (status $got) does not see \"$2\" after: $3"
		cat "$work/said"
		status=1
	fi
}

edit() {
	sed "$2" "$1" >"$1.new" && ! cmp -s "$1" "$1.new" && mv "$1.new" "$1"
}

append() {
	printf '%s\n' "$2" >>"$1"
}

# function LINES: a C function of so many lines
function_of() {
	awk -v lines="$1" 'BEGIN {
		print "void nci_long(void)\n{"
		for (i = 3; i < lines; i++)
			print "    ;"
		print "}"
	}'
}

library=
plant layers 'room base may not include wire/frame.h' \
	"append src/base/mem.c '#include \"wire/frame.h\"'"
plant layers 'room wire may not include run/options.h' \
	"echo >src/run/options.h; append src/wire/frame.c '#include \"run/options.h\"'"
plant layers 'there is no src/base/gone.h' "append src/wire/frame.c '#include \"base/gone.h\"'"
plant layers 'is not "room/file.h"' "append src/wire/frame.c '#include \"../base/mem.h\"'"
plant layers 'in angle brackets' "append src/wire/frame.c '#include <base/mem.h>'"
plant layers 'room run may not include netchan.h' "append src/run/options.c '#include \"netchan.h\"'"
plant layers 'room attic is not in the table' \
	"mkdir src/attic; echo '#include \"base/mem.h\"' >src/attic/a.c"
plant layers 'room cli may not include base/mem.h' \
	"mkdir src/cli; echo '#include \"base/mem.h\"' >src/cli/a.c"
plant layers 'room outside may not include base/mem.h' \
	"mkdir tests/abi; echo '#include \"base/mem.h\"' >tests/abi/a.cpp"
plant layers '<jansson.h> may not be included here' \
	"append src/base/mem.c '#include <jansson.h>'"
plant layers '<pthread.h> may not be included here' \
	"append src/wire/frame.c '# include <pthread.h> /* x */'"
plant layers 'room wire may not include base/bell.h' \
	"echo >src/base/bell.h; append src/wire/frame.c '#include \"base/bell.h\"'"
plant layers 'room wire may not call nci_clock_now' \
	"append src/wire/frame.c 'long now = nci_clock_now();'"
plant layers 'cycle of includes' "append src/base/mem.h '#include \"base/b.h\"'
	echo '#include \"base/mem.h\"' >src/base/b.h"
plant layers '601 lines, at most 600' \
	"awk 'BEGIN { for (i = 0; i < 601; i++) print \"\" }' >src/base/mem.h"
plant layers 'has 81 lines, at most 80' "function_of 81 >>src/wire/frame.c"
plant layers 'on a line of its own' "append src/wire/frame.c 'int nci_x(void) {'"
plant layers 'no source files' "rm -r src abi bindings tests docs"

for call in 'malloc(1)' 'calloc (1, 1)' 'realloc(p, 1)' 'free(p)' 'strdup(p)' 'sleep(1)' \
	'usleep(1)' 'nanosleep(p, p)' 'strerror(1)' 'abort()' 'assert(p)' 'exit(1)' 'sprintf(p, p)' \
	'atexit(p)'; do
	plant style "${call%%[ (]*}()" "append src/wire/frame.c 'int x = $call;'"
done
plant style 'malloc()' "append src/base/lock.c 'void *x = /* y */ malloc(1);'"
plant style 'without an issue number' "append src/wire/frame.c '/* TO''DO: later */'"
plant style 'without an issue number' "append docs/netchan.7 'FIX''ME'"
plant style 'src/wire/frame.h: no SPDX' "echo '/* x */' >src/wire/frame.h"
plant style 'no source files' "rm -r src abi"

# Without the version of clang-format that judges, the check says that it did not.
"$here/format.sh" "$good" >/dev/null 2>&1
case $? in
0) plant format 'wire/frame.c' "cp '$here/../../.clang-format' . &&
	append src/wire/frame.c 'int  x;'" ;;
77) ;;
*)
	echo "format.sh refuses the tree without faults"
	status=1
	;;
esac

plant lists 'src/base/new.c: in no' "echo >src/base/new.c"
plant lists 'tests/unit/new_test.cpp: in no' "echo >tests/unit/new_test.cpp"
plant lists 'src/base/mem.c: in no' "edit Makefile.am 's|src/base/mem.c|# src/base/mem.c|'"
plant lists 'is not in order' \
	"edit Makefile.am 's|src/base/lock.c|src/base/zzz.c|'; mv src/base/lock.c src/base/zzz.c"

plant sentences '[S1.1] has no test' "edit tests/unit/frame_test.cpp 's/\[S1.1\]//'"
plant sentences '[P1] has no test' "edit tests/unit/frame_test.cpp 's/\[P1\]//'"
plant sentences '[S1.2] has no test' "edit tests/unit/frame_test.cpp 's/^TEST_CASE(\"a long/\/\/&/'"
plant sentences 'but one that is hidden' "edit tests/unit/frame_test.cpp 's/\[frame\]\[S/[.][S/'"
plant sentences 'but one that is hidden' "edit tests/unit/frame_test.cpp 's/\[frame\]\[S/[!mayfail][S/'"
plant sentences 'tag [S7.1] names no sentence' \
	"append tests/unit/frame_test.cpp 'TEST_CASE(\"x\", \"[S7.1]\") {}'"
plant sentences '[S1.1] stands at' "append docs/netchan.7 '.It [S1.1]'"
plant sentences '[S8.8] is no sentence' "append docs/PROTOCOL.md 'as in [S8.8]'"
plant sentences 'belongs into the other text' "append docs/PROTOCOL.md '- [S4.1] A fact.'"
plant sentences 'docs/PROTOCOL.md: not there' "rm docs/PROTOCOL.md"
plant sentences 'tag [row:Z9] has no row' "append tests/unit/frame_test.cpp '// [row:Z9]'"
plant sentences 'there is no tests/unit/none.cpp' \
	"append docs/RELIABILITY.md '| M1 | a | b | \`tests/unit/none.cpp\` |'"
plant sentences 'row M1: no test with its tag' \
	"append docs/RELIABILITY.md '| M1 | a | b | \`tests/unit/frame_test.cpp\` |'"

plant docs 'netchan_open.3: not made' "edit abi/netchan.h 's/^.\* netchan_open - .*/\/*/'"
plant docs 'netchan_open(3): says neither' "edit abi/netchan.h '/open a thing/,\$s/Errors:/And:/'"
plant docs 'no entry ".It Cm limit.depth"' \
	"edit src/run/options.c 's/.*limit.value.*/&{\"limit.value\",},/;s/{/\\
{/g;s/value/depth/'"
plant docs 'entry limit.value is no key' "edit src/run/options.c 's/limit.value/limit.size/'"
plant docs 'docs/netchan-x.7: not there' "append abi/symbols.txt 'netchan_x 1.2 netchan-x.7'"
plant docs 'netchan_gone() does not exist' "append docs/netchan.7 '.Fn netchan_gone'"
plant docs 'netchan_gone() does not exist' "append docs/PROTOCOL.md 'call netchan_gone()'"
plant docs 'NETCHAN_GONE is not defined' "append docs/PROTOCOL.md 'NETCHAN_GONE'"
plant docs 'README.md: shows a program that is not' "edit README.md 's/int hello/int bye/'"
plant docs 'README.md: shows a program that is not' "append docs/examples/hello.c 'int more;'"
plant docs 'shows a program that is not bindings/x' "edit README.md 's/puts/p/'"
plant docs 'shows a program that is not bindings/x' "append bindings/x/examples/hello.rb 'p 1'"
plant docs 'there is no docs/netchan-options.7' "rm docs/netchan-options.7"

plant bindings 'nothing wraps netchan_close' "edit bindings/netchan.i 's/.*netchan_close.*//'"
plant bindings 'nothing wraps netchan_x' "append abi/symbols.txt 'netchan_x 1.2 netchan.7'"
plant bindings 'no error limit with code -10' "append abi/netchan.h '#define NETCHAN_LIMIT (-10)'"
plant bindings 'no error nomem with code -18' "edit bindings/contract.json 's/-18/-19/'"
plant bindings 'no option limit.value' "edit bindings/contract.json 's/limit.value/limit.size/'"

plant frozen 'abi/baseline/1.2 was edited' "edit abi/baseline/1.2/netchan.h 's/open a thing/open it/'"
plant frozen 'abi/baseline/1.2 was edited' "rm abi/baseline/1.2/symbols.txt"
plant frozen 'abi/baseline/1.2 has no CKSUM' "rm abi/baseline/1.2/CKSUM"
plant frozen 'there is no abi/baseline/1.2' "rm -r abi/baseline"
plant frozen 'there is no abi/baseline/1.3' "echo '1.3.0 0:0:0 preparing' >abi/releases.txt"
plant frozen 'no such release' "echo '1.1.0 0:0:0 released' >abi/releases.txt"
plant frozen 'is not "version' "echo '1.2.3 0:0:0 soon' >abi/releases.txt"
plant frozen 'does not come after' "edit abi/releases.txt 's/preparing/released/'
	append abi/releases.txt '1.2.2 0:0:0 preparing'"
plant frozen 'behind the one that is preparing' "append abi/releases.txt '1.2.4 0:1:0 preparing'"
plant frozen 'symbols of 1.2 (<' "edit abi/symbols.txt /netchan_open/d"
plant frozen 'symbols of 1.2 (<' "edit abi/symbols.txt 's/open 1.1/open 1.2/'"
plant frozen 'symbols of 1.2 (<' "append abi/symbols.txt 'netchan_x 1.2 netchan_x.3'"
plant frozen 'of a release behind 1.2' "append abi/symbols.txt 'netchan_x 1.3 netchan_x.3'"
if echo 'int x;' | ${CC:-cc} -x c -fsyntax-only - 2>/dev/null; then
	plant frozen 'NETCHAN_NOMEM_is_as_frozen' "edit abi/netchan.h 's/-18/-19/'"
	plant frozen 'NETCHAN_NOMEM' "edit abi/netchan.h /NETCHAN_NOMEM/d"
	plant frozen 'conflicting types' "edit abi/netchan.h 's/int netchan_open(void)/int netchan_open(int x)/'"
	plant frozen 'conflicting types' "edit abi/netchan.h 's/int netchan_open/const char *netchan_open/'"
fi

plant header 'netchan.h does not compile' "append abi/netchan.h '// a comment'"
plant header 'netchan.h does not compile' "append abi/netchan.h 'long long netchan_x(void);'"
plant header 'netchan.h does not compile' "append abi/netchan.h 'int netchan_x(size_t x);'"
plant header 'netchan.h does not compile' "edit abi/netchan.h '/NETCHAN_H$/d;\$ d'"
plant header 'says version "1.2.4"' "edit abi/netchan.h 's/1\.2\.3/1.2.4/'"
plant header 'number 0x010203' "edit abi/netchan.h 's/MINOR  2/MINOR  3/'"
if echo 'class x;' | ${CXX:-c++} -x c++ -fsyntax-only - 2>/dev/null; then
	plant header 'wire/frame.h does not compile' "append src/wire/frame.h 'int *restrict nci_x;'"
fi
if echo 'class x;' | g++ -x c++ -fsyntax-only - 2>/dev/null; then
	plant header 'netchan.h does not compile' "append abi/netchan.h 'int netchan_x(int class);'"
fi

if echo 'int x;' | ${CC:-cc} -x c -fsyntax-only - 2>/dev/null; then
	# within TEXT: puts it before the first function
	within() {
		edit abi/netchan.h "/^\/\* netchan_close/i $1"
	}
	plant names 'changes a macro that is not its own: > #define BUFFER 9' "within '#define BUFFER 9'"
	plant names 'changes a macro that is not its own: < #define INT8_MAX' "within '#include <stdint.h>\\n#undef INT8_MAX'"
	plant names 'includes more than' "within '#include <limits.h>'"
	plant names 'declares other' "within 'NETCHAN_API int other(void);'"
	plant names 'declares netchan' "within 'typedef int netchan;'"
	plant names 'declares time_t' "within '#include <time.h>\\nNETCHAN_API time_t netchan_x(void);'"
	plant names 'has a parameter of type long' "within 'NETCHAN_API int netchan_x(long x);'"
	plant names 'has a parameter of type time_t' "within '#include <time.h>\\nNETCHAN_API int netchan_x(time_t x);'"
	plant names 'has a variable number' "within 'NETCHAN_API int netchan_x(int x, ...);'"
	plant names 'has a body' "within 'struct netchan_x { int x; };'"
	plant names 'has a body' "within 'enum netchan_x { NETCHAN_X };'"
	plant names 'is another with -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64' \
		"within '#ifdef _TIME_BITS\\nNETCHAN_API int netchan_x(void);\\n#endif'"
	plant names 'is another with -D_GNU_SOURCE' \
		"within '#ifdef _GNU_SOURCE\\nNETCHAN_API int netchan_x(void);\\n#endif'"
fi
if echo 'class x;' | ${CXX:-c++} -x c++ -fsyntax-only - 2>/dev/null; then
	plant names 'is not extern "C"' "edit abi/netchan.h '/extern \"C\" {/d;/^}/d'"
fi

# ---- The library's symbols ---------------------------------------------------------------------

# build SOURCE LIBRARY: a tiny library with the good tree's version script
build() {
	printf '%s\n' "$1" >"$work/lib.c"
	awk -f "$here/../../abi/map.awk" "$good/abi/symbols.txt" >"$work/map"
	link "$work/map" "$2"
}

link() { # MAP LIBRARY
	${CC:-cc} -shared -fPIC "$work/lib.c" -Wl,--version-script="$1" -o "$2" >"$work/said" 2>&1
}

both='int netchan_open(void) { return 0; } int netchan_close(void) { return 0; }'
library=$work/lib.so
if build "$both" "$library"; then
	if ! "$here/symbols.sh" "$good" "$library" >"$work/said" 2>&1; then
		echo "symbols.sh refuses the tree without faults:"
		cat "$work/said"
		status=1
	fi
	plant symbols 'netchan_aaa: in abi/netchan.h, not in' \
		"append abi/netchan.h 'NETCHAN_API int netchan_aaa(void);'"
	plant symbols 'netchan_open: in abi/symbols.txt, not in abi/netchan.h' \
		"edit abi/netchan.h 's/^NETCHAN_API int netchan_open.*//'"
	plant symbols 'netchan_zzz: in abi/symbols.txt, not in the library' \
		"append abi/symbols.txt 'netchan_zzz 1.2 netchan_zzz.3'"
	plant symbols 'not sorted' \
		"sort -r abi/symbols.txt >x && mv x abi/symbols.txt"
	plant symbols 'symbol versions' "edit abi/symbols.txt 's/close 1.2/close 1.1/'"
	plant symbols 'not "name since page"' "append abi/symbols.txt 'netchan_zzz 1.2'"
	plant symbols 'stands here twice' "append abi/symbols.txt 'netchan_open 1.2 netchan_open.3'"
	plant symbols 'netchan.3: this man page is not made' \
		"edit abi/symbols.txt 's/netchan_open.3/netchan.3/'"
	plant symbols 'no functions' "echo >abi/symbols.txt"
	if command -v readelf >/dev/null 2>&1; then
		sed 's/^} NETCHAN_1.1;/};/' "$work/map" >"$work/unchained"
		link "$work/unchained" "$work/unchained.so"
		library=$work/unchained.so
		plant symbols 'version nodes and their parents' :
		library=$work/lib.so
	fi
	plant symbols 'there is no list of the library' "mkdir debian"
	package='mkdir debian; cat >debian/libnetchan1.symbols <<LIST
libnetchan.so.1 libnetchan1 #MINVER#
* Build-Depends-Package: libnetchan-dev
 NETCHAN_1.1@NETCHAN_1.1 1.1.0
 NETCHAN_1.2@NETCHAN_1.2 1.2.0
 netchan_close@NETCHAN_1.2 1.2.0
 netchan_open@NETCHAN_1.1 1.1.0
LIST
edit debian/libnetchan1.symbols'
	plant symbols '> netchan_old@NETCHAN_1.1 1.1.0' "$package '\$ s/.*/&\\
 netchan_old@NETCHAN_1.1 1.1.0/'"
	plant symbols '< netchan_open@NETCHAN_1.1 1.1.0' "$package /netchan_open/d"
	plant symbols '< netchan_open@NETCHAN_1.1 1.1.0' "$package 's/open@NETCHAN_1.1 1.1/open@NETCHAN_1.1 1.2/'"
	plant symbols '> netchan_open@NETCHAN_1.2 1.1.0' "$package 's/open@NETCHAN_1.1/open@NETCHAN_1.2/'"
	plant symbols '< NETCHAN_1.2@NETCHAN_1.2 1.2.0' "$package '/ NETCHAN_1.2@/d'"
	build 'int netchan_open(void) { return 0; }' "$library"
	plant symbols 'netchan_close: in abi/symbols.txt, not in the library' ":"
	printf '%s\n' "$both int nci_leak(void) { return 0; }" >"$work/lib.c"
	${CC:-cc} -shared -fPIC "$work/lib.c" -o "$library"
	plant symbols 'nci_leak: in the library, not in abi/symbols.txt' ":"
else
	echo "selftest: no shared library can be built here, symbols.sh was not tried on one"
fi
"$here/symbols.sh" "$good" "$work/no.so" >"$work/said" 2>&1
if [ $? -ne 77 ]; then
	echo "symbols.sh does not say that it skipped a library that is not there"
	status=1
fi

# ---- What shells complete, on the real sources -------------------------------------------------

tree=$good
good=$work/shells
unset library
mkdir -p "$good/src/cli" "$good/src/run" "$good/packaging"
cp "$here/../../src/cli/options.c" "$good/src/cli"
cp "$here/../../src/run/options.c" "$good/src/run"
cp -R "$here/../../packaging/completion" "$good/packaging"
chmod -R u+w "$good" # distcheck's sources are not
if ! "$here/completion.sh" "$good" >"$work/said" 2>&1; then
	echo "completion.sh refuses the tree without faults:"
	cat "$work/said"
	status=1
fi
for file in netchan _netchan netchan.fish; do
	plant completion "$file: lacks --new (flags)" \
		"edit src/cli/options.c 's/^    {\"serve\",/    {\"new\", no_argument, NULL, 1},\\
&/'"
	plant completion "$file: lacks -q (flags)" "edit src/cli/options.c 's/\"n:s:w:t:o:v\"/\"n:s:w:t:o:vq\"/'"
	plant completion "$file: lacks publish (commands)" \
		"edit src/cli/options.c 's/\"export\",  *\"import\"/\"publish\", &/'"
	plant completion "$file: lacks limit.new (keys)" \
		"edit src/run/options.c 's/^    {\"limit.size\",/    {\"limit.new\",},\\
&/'"
	plant completion "$file: --served is not known" "edit packaging/completion/$file 's/--serve/&d/;s/l serve/&d/'"
	plant completion "$file: wait. is not known" "edit packaging/completion/$file 's/wait window/wait. window/'"
	plant completion "$file: doctors is not known" \
		"edit packaging/completion/$file 's/keygen doctor/&s/;s/doctor:which/doctors:which/'"
done
plant completion 'options.c, --help: lacks --serve' "edit src/cli/options.c 's/--serve URL/URL/;s/--serve:/:/'"
plant completion 'netchan, by command: lacks --policy' "edit packaging/completion/netchan 's/file --policy/file/'"
plant completion 'netchan.fish, complete: lacks export' "edit packaging/completion/netchan.fish 's/-a export -d/-d/'"
good=$tree

# ---- The driver of compiled tests --------------------------------------------------------------

# drive STATUS RESULTS COMMANDS: a program that runs the commands must give exactly these results
drive() {
	planted=$((planted + 1))
	printf '#!/bin/sh\n%s\n' "$3" >"$work/program"
	chmod +x "$work/program"
	NETCHAN_TEST_TIMEOUT=1 "$here/../catch-driver" --test-name it --log-file "$work/it.log" \
		--trs-file "$work/it.trs" --color-tests no -- "$work/program" >"$work/said" 2>&1
	got=$(sed -n 's/^:test-result: \([A-Z]*\).*/\1/p' "$work/it.trs" | paste -s -d ' ' -)
	if [ "$got" != "$2" ] || ! grep -qx ":global-test-result: $1" "$work/it.trs"; then
		echo "catch-driver says \"$got\", not \"$2\", after: $3"
		cat "$work/it.trs"
		status=1
	fi
}

tell='tell() { echo "$*" >>"$NETCHAN_TEST_RESULTS"; }; '
drive PASS 'PASS' 'exit 0'
drive FAIL 'FAIL' 'exit 1'
drive SKIP 'SKIP' 'exit 77'
drive FAIL 'ERROR' 'exit 99'
drive FAIL 'FAIL' 'kill -SEGV $$'
drive FAIL 'FAIL' 'sleep 20'
drive PASS 'PASS PASS' "$tell tell RUN x; tell START a: b; tell PASS a: b; tell START c; tell PASS c; tell END x"
drive PASS 'PASS SKIP' "$tell tell RUN x; tell START a; tell PASS a; tell START c; tell SKIP c; tell END x"
drive FAIL 'PASS FAIL' "$tell tell RUN x; tell START a; tell PASS a; tell START c; tell FAIL c; tell END x; exit 1"
drive FAIL 'PASS FAIL ERROR' "$tell tell RUN x; tell START a; tell PASS a; tell START c; kill -SEGV \$\$"
drive FAIL 'FAIL ERROR' "$tell tell RUN x; tell START a; exit 0"
drive FAIL 'PASS ERROR' "$tell tell RUN x; tell START a; tell PASS a; exit 0"
drive FAIL 'ERROR' "$tell tell RUN x; tell END x"
drive FAIL 'PASS FAIL' "$tell tell RUN x; tell START a; tell PASS a; tell END x; exit 66"

echo "selftest: $planted faults planted"
exit $status
