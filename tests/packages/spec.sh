#!/bin/sh
# SPDX-License-Identifier: MIT
# rpm reads the recipe of the RPM packages: the names of all of them, and the version of configure.ac.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cd "${top_srcdir:-$here/../..}" || exit 99
if ! command -v rpmspec >/dev/null 2>&1; then
	echo "spec: rpmspec is not here"
	exit 77
fi
version=$(sed -n 's/^AC_INIT(\[netchan\], \[\(.*\)\])$/\1/p' configure.ac)
got=$(rpmspec -q --qf '%{name} %{version}\n' packaging/netchan.spec | grep -v debug | LC_ALL=C sort)
wanted=$(for name in lua-netchan netchan netchan-devel netchan-doc netchan-java netchan-libs python3-netchan \
	ruby-netchan; do echo "$name $version"; done | LC_ALL=C sort)
if [ "$got" != "$wanted" ]; then
	printf 'the packages are\n%s\nnot\n%s\n' "$got" "$wanted"
	exit 1
fi
