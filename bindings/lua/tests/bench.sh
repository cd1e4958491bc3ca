#!/bin/sh
# SPDX-License-Identifier: MIT
# Runs Lua's benchmark with the module of the build tree.
stage=$top_builddir/bindings/generated/stage/lua
LUA_INIT='' LUA_PATH="$stage/?.lua;;" LUA_CPATH="$stage/?.so;;" exec \
	"${LUA:-lua}" "$top_srcdir/bindings/lua/tests/bench.lua" "$@"
