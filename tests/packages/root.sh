#!/bin/sh
# SPDX-License-Identifier: MIT
# Debian's packages in a new Debian: they install with what they depend on; a C program is built and
# exchanges values, and so do all languages; the service starts by socket activation; the shells find
# their completion; and after a purge every file is as it was before.
# usage: root.sh FOLDER [PACKAGES]     as root. FOLDER is made and may be removed afterwards; PACKAGES
#                                      is where the packages are, which otherwise are built
# The new Debian is of this machine's release and from its package sources (MIRROR and SUITE say
# others), and nothing outside FOLDER is changed.
set -eu
folder=$1
here=$(cd "$(dirname "$0")" && pwd)
tree=$(cd "$here/../.." && pwd)
mkdir "$folder"
folder=$(cd "$folder" && pwd)
root=$folder/root
if [ $# -gt 1 ]; then
	packages=$(cd "$2" && pwd)
else
	"$here/reproducible.sh" "$folder/packages" "$tree"
	packages=$folder/packages/first
fi

leave() {
	status=$?
	for place in dev proc; do
		! mountpoint -q "$root/$place" || umount "$root/$place" || status=1
	done
	exit $status
}
trap leave EXIT
trap 'exit 130' INT TERM

say() {
	printf '\n==== %s\n' "$*"
}
inside() {
	chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
		DEBIAN_FRONTEND=noninteractive "$@"
}
# Every file, folder and link with what tells that it was changed, but for what is gone after a start
# of the machine, and what apt and dpkg keep of what they did.
files() {
	(cd "$root" && find . -xdev \( -path ./proc -o -path ./dev -o -path ./run -o -path ./tmp \
		-o -path ./var/log -o -path ./var/cache -o -path ./var/lib/apt -o -path ./var/lib/dpkg \) -prune -o \
		-type d -printf '%p %y %m %U %G\n' -o -printf '%p %y %m %U %G %l %s\n' | LC_ALL=C sort)
}

say "a new Debian"
release=$(. /etc/os-release && echo "$VERSION_CODENAME")
suite=${SUITE:-$release}
mirror=${MIRROR:-$(apt-get indextargets --format '$(REPO_URI)' "Codename: $suite" | head -n 1)}
debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$folder/debootstrap.log" 2>&1 ||
	{ tail "$folder/debootstrap.log" && exit 1; }
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
# No service starts in there.
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir "$root/tmp/packages"
cp "$packages"/*.deb "$root/tmp/packages"
rm -f "$root"/tmp/packages/*-dbgsym_*
git -C "$tree" archive --prefix=netchan/ HEAD | tar -C "$root/tmp" -xf -

say "what the packages, and programs that use them, need of Debian"
inside apt-get -qq update
dependencies=$(for package in "$root"/tmp/packages/*.deb; do
	dpkg-deb -f "$package" Depends
done | tr ',' '\n' | sed 's/(.*//;s/:any//;s/|.*//' | grep -v netchan | sort -u | tr '\n' ' ')
# shellcheck disable=SC2086
inside apt-get -qq -y --no-install-recommends install $dependencies gcc libc6-dev pkgconf lua5.4 \
	default-jdk-headless systemd >"$folder/apt.log" 2>&1 || { tail "$folder/apt.log" && exit 1; }
files >"$folder/before"

say "the packages"
# shellcheck disable=SC2016
inside sh -c 'apt-get -y --no-install-recommends install /tmp/packages/*.deb' \
	>"$folder/install.log" 2>&1 || { tail "$folder/install.log" && exit 1; }
inside dpkg-query -W -f '${db:Status-Abbrev} ${Package} ${Version}\n' '*netchan*'
grep ' newly installed' "$folder/install.log"

for one in c command python ruby lua java; do
	say "hello from $one"
	inside sh -c "cd /tmp/netchan && debian/tests/hello $one"
done
say "the service, by socket activation"
inside /tmp/netchan/debian/tests/activation
say "completion"
# shellcheck disable=SC2016
inside bash -c 'source /usr/share/bash-completion/completions/netchan && COMP_LINE="netchan expo" &&
	COMP_POINT=12 && _netchan && echo "${COMPREPLY[@]}"' | grep -x export

say "purged"
# shellcheck disable=SC2046
inside apt-get -qq -y purge $(inside dpkg-query -W -f '${Package} ' '*netchan*') \
	>"$folder/purge.log" 2>&1 || { tail "$folder/purge.log" && exit 1; }
files >"$folder/after"
diff "$folder/before" "$folder/after"
echo "all $(wc -l <"$folder/before") files are as they were"
