#!/bin/sh
# SPDX-License-Identifier: MIT
# Part of the Lua tests under valgrind: no leak and no invalid access. With the address sanitizer the
# tests themselves are that, so this one is skipped.
set -u
case " ${NETCHAN_BINDINGS-} " in
*' lua '*) ;;
*)
	echo "skipped: the Lua bindings are not built"
	exit 77
	;;
esac
if ! command -v valgrind >/dev/null 2>&1; then
	echo "skipped: no valgrind"
	exit 77
fi
if nm -D "$top_builddir/.libs/libnetchan.so" | grep -Eq '__(asan|tsan)_'; then
	echo "skipped: built with sanitizers"
	exit 77
fi
if "$LUA" -e 'os.exit(jit and 0 or 1)'; then
	echo "skipped: LuaJIT has an allocator of its own"
	exit 77
fi
# As soon as the library is loaded, an older valgrind gives up at what clang writes since its version 14.
if valgrind "$LUA" "$top_srcdir/bindings/lua/tests/run_tests.lua" --help 2>&1 |
	grep -q 'debuginfo reader: Possibly corrupted'; then
	echo "skipped: this valgrind cannot read the compiler's debugging information; -gdwarf-4 helps"
	exit 77
fi
unset NETCHAN_TEST_RESULTS
# What is still reachable at the end is the interpreter's and the system's.
exec valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite,indirect \
	--errors-for-leak-kinds=definite,indirect --child-silent-after-fork=yes \
	"$LUA" "$top_srcdir/bindings/lua/tests/run_tests.lua" -p Values -p Vectors -p Contract -p Misused \
	-p Over_pair -p Closing -p descriptor
