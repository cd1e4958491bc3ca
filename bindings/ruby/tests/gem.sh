#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the package of make gem into a temporary place, without a network, and passes a value with
# what was installed.
set -u
case " ${NETCHAN_BINDINGS-} " in
*' ruby '*) ;;
*)
	echo "skipped: the Ruby bindings are not built"
	exit 77
	;;
esac
set -- "$top_builddir"/bindings/generated/packages/netchan-*.gem
if [ ! -f "$1" ]; then
	echo "skipped: there is no gem command"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
libs=$(cd "$top_builddir/.libs" && pwd) || exit 99
abi=$(cd "$top_srcdir/abi" && pwd) || exit 99
HOME=$work GEM_HOME=$work/place GEM_PATH=$work/place "$RUBY" -S gem install -q --local --no-document \
	--install-dir "$work/place" "$1" -- "--with-netchan-include=$abi" "--with-netchan-lib=$libs" || exit 1
LD_LIBRARY_PATH=$libs GEM_HOME=$work/place GEM_PATH=$work/place "$RUBY" -e '
require "netchan"
path = $LOADED_FEATURES.grep(%r{netchan/raw}).first
path.start_with?(ARGV[0]) or abort path
(Netchan::Channel.new(1) << {from: %w[a package]}).take == {"from" => %w[a package]} or abort "wrong value"
puts "netchan #{Netchan::VERSION} from #{path}"' "$work/place"
