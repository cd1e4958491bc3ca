#!/bin/sh
# SPDX-License-Identifier: MIT
# Builds Debian's packages of the last commit twice, in two folders and under different locales, time
# zones and masks, and compares what came out byte for byte.
# usage: reproducible.sh FOLDER [TREE]     FOLDER is made, and keeps the packages in FOLDER/first
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "${2:-$here/../..}" && pwd)
commit=$(git -C "$tree" rev-parse HEAD)
mkdir "$folder"
folder=$(cd "$folder" && pwd)

build() { # NAME OPTIONS MASK
	git clone -q "$tree" "$folder/$1/netchan"
	git -C "$folder/$1/netchan" checkout -q "$commit"
	(cd "$folder/$1/netchan" && umask "$3" &&
		DEB_BUILD_OPTIONS="$2" nice dpkg-buildpackage -us -uc >../log 2>&1) || {
		tail -n 40 "$folder/$1/log"
		exit 1
	}
}

build first "${DEB_BUILD_OPTIONS-parallel=$(nproc)}" 022
(
	export LC_ALL=C.UTF-8 TZ=Pacific/Auckland HOME=/nonexistent
	build second "${DEB_BUILD_OPTIONS-} nocheck parallel=1" 002
)
status=0
cd "$folder/first"
for file in *.deb *.dsc *.tar.xz; do
	if cmp "$file" "$folder/second/$file"; then
		sha256sum "$file"
	else
		status=1
	fi
done
exit $status
