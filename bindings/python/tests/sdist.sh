#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the source package of make sdist into a temporary place, without a network, and passes a
# value with what was installed.
set -u
case " ${NETCHAN_BINDINGS-} " in
*' python '*) ;;
*)
	echo "skipped: the Python bindings are not built"
	exit 77
	;;
esac
if ! "$PYTHON3" -c 'import setuptools' 2>/dev/null; then
	echo "skipped: no setuptools"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
libs=$(cd "$top_builddir/.libs" && pwd) || exit 99
abi=$(cd "$top_srcdir/abi" && pwd) || exit 99
tar xzf "$top_builddir"/bindings/generated/packages/netchan-*.tar.gz -C "$work" || exit 1

cd "$work"/netchan-* || exit 1
NETCHAN_CFLAGS=-I$abi
NETCHAN_LIBS="-L$libs -Wl,-rpath,$libs -lnetchan"
export NETCHAN_CFLAGS NETCHAN_LIBS
if "$PYTHON3" -m pip --version >/dev/null 2>&1 && "$PYTHON3" -c 'import wheel' 2>/dev/null; then
	"$PYTHON3" -m pip install -q --no-index --no-build-isolation --no-deps --no-cache-dir \
		--disable-pip-version-check --target "$work/place" . || exit 1
else
	"$PYTHON3" setup.py -q build --build-lib "$work/place" || exit 1
fi
cd "$work" || exit 99
PYTHONPATH=$work/place "$PYTHON3" -B -c '
import os, sys, netchan
assert os.path.dirname(netchan.__file__).startswith(sys.argv[1]), netchan.__file__
channel = netchan.Channel(1)
channel.put({"from": ["a", "package"]})
assert channel.take() == {"from": ["a", "package"]}
print("netchan", netchan.__version__, "from", netchan.__file__)' "$work/place"
