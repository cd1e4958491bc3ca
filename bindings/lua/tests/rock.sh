#!/bin/sh
# SPDX-License-Identifier: MIT
# Installs the rock of make rock into a temporary place, without a network, and passes a value with what
# was installed. Where LuaRocks is missing, the test builds the modules that the rockspec names.
set -u
case " ${NETCHAN_BINDINGS-} " in
*' lua '*) ;;
*)
	echo "skipped: the Lua bindings are not built"
	exit 77
	;;
esac
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
libs=$(cd "$top_builddir/.libs" && pwd) || exit 99
abi=$(cd "$top_srcdir/abi" && pwd) || exit 99
version=$("$LUA" -e 'print(_VERSION:match("%d.%d"))') || exit 99
place=$work/place/share/lua/$version
cplace=$work/place/lib/lua/$version
set -- "$top_builddir"/bindings/generated/packages/netchan-*.src.rock
rock=$(cd "$(dirname "$1")" && pwd)/$(basename "$1") || exit 99
cd "$work" || exit 99
if command -v luarocks >/dev/null 2>&1 &&
	luarocks --lua-version="$version" --version >/dev/null 2>&1; then
	HOME=$work luarocks --lua-version="$version" --tree "$work/place" install "$rock" \
		NETCHAN_INCDIR="$abi" NETCHAN_LIBDIR="$libs" || exit 1
else
	"$PYTHON3" -m zipfile -e "$rock" "$work" || exit 1
	tar xzf netchan-*.tar.gz || exit 1
	ABI=$abi LIBS=$libs PLACE=$place CPLACE=$cplace "$LUA" - netchan-*.rockspec <<'LUA' || exit 1
local spec = {}
local chunk = assert(loadfile(arg[1], "t", spec))
if setfenv then setfenv(chunk, spec) end
chunk()
local function run(command)
  local done = os.execute(command)
  assert(done == true or done == 0, command)
end
for name, module in pairs(spec.build.modules) do
  local path = name:gsub("%.", "/")
  if type(module) == "string" then
    local target = os.getenv("PLACE") .. "/" .. path .. ".lua"
    run(("mkdir -p $(dirname %s) && cp %s/%s %s"):format(target, spec.source.dir, module, target))
  else
    local target = os.getenv("CPLACE") .. "/" .. path .. ".so"
    run(("mkdir -p $(dirname %s) && cd %s && ${CC:-cc} -shared -fPIC -D%s $LUA_CPPFLAGS -I$ABI %s " ..
      "-L$LIBS -Wl,-rpath,$LIBS -l%s -o %s"):format(target, spec.source.dir, module.defines[1],
      table.concat(module.sources, " "), module.libraries[1], target))
  end
end
LUA
fi
LUA_INIT='' LUA_PATH="$place/?.lua" LUA_CPATH="$cplace/?.so" LD_LIBRARY_PATH=$libs "$LUA" -e '
local netchan = require "netchan"
local value = netchan.channel(1):put({from = {"a", "package"}}):take()
assert(value.from[2] == "package")
print("netchan " .. netchan.VERSION .. " from a package")'
