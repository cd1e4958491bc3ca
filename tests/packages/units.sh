#!/bin/sh
# SPDX-License-Identifier: MIT
# systemd finds nothing wrong with the units, and the service as little exposed as it is meant to be.
set -u
here=$(cd "$(dirname "$0")" && pwd)
sources=${top_srcdir:-$here/../..}/packaging/systemd
built=${top_builddir:-.}/packaging/systemd
if ! command -v systemd-analyze >/dev/null 2>&1; then
	echo "units: systemd-analyze is not here"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
cp "$sources/netchan-export@.socket" "$built/netchan-export@.service" "$work" || exit 1
cd "$work" || exit 99
if grep '@[a-z]*dir@' ./*; then
	echo "a folder was not filled in"
	exit 1
fi
SYSTEMD_UNIT_PATH=$work:
export SYSTEMD_UNIT_PATH
if ! said=$(systemd-analyze verify --man=no ./netchan-export@.service ./netchan-export@.socket 2>&1) ||
	[ -n "$said" ]; then
	echo "systemd-analyze verify: $said"
	exit 1
fi
if ! said=$(systemd-analyze security --offline=yes --threshold=20 ./netchan-export@.service 2>&1); then
	case $said in
	*"nrecognized option"* | *"nknown option"*) echo "units: this systemd does not judge files" && exit 0 ;;
	esac
	printf '%s\n' "$said"
	exit 1
fi
