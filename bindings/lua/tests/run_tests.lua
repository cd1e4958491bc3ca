-- SPDX-License-Identifier: MIT

-- Runs the tests of the Lua module: that of the build tree, or the one in the folders that NETCHAN_LUA
-- names, with colons between them.
--
-- usage: run_tests.lua [luaunit's arguments]

local here = arg[0]:match("^(.*)/[^/]*$") or "."
local build = os.getenv("top_builddir") or "."
local places = os.getenv("NETCHAN_LUA")
if not places then
  if not (" " .. (os.getenv("NETCHAN_BINDINGS") or "lua") .. " "):find(" lua ", 1, true) then
    print("skipped: the Lua bindings are not built")
    os.exit(77)
  end
  places = build .. "/bindings/generated/stage/lua"
end
if not pcall(require, "luaunit") then
  print("skipped: lua-unit is not installed")
  os.exit(77)
end
for place in places:gmatch("[^:]+") do
  package.path = place .. "/?.lua;" .. package.path
  package.cpath = place .. "/?.so;" .. package.cpath
end
package.path = here .. "/?.lua;" .. package.path
package.cpath = build .. "/bindings/lua/tests/.libs/?.so;" .. package.cpath
HERE, BINDINGS = here, here .. "/../.."

local lu = require "luaunit"
local netchan = require "netchan"
local support = require "support"
local loaded = package.searchpath and package.searchpath("netchan.raw", package.cpath) or places
print(string.format("netchan %s from %s, %s", netchan.VERSION, loaded, jit and jit.version or _VERSION))
for _, name in ipairs {"scenarios", "values", "life", "programs"} do
  require("test_" .. name)
end

local runner = lu.LuaUnit.new()
runner:setOutputType("text")
runner.outputType = support.results(runner.outputType, os.getenv("NETCHAN_TEST_RESULTS"))
local failures = runner:runSuite((table.unpack or unpack)(arg))
os.exit(failures == 0 and 0 or 1, true)
