/* SPDX-License-Identifier: MIT */
/*
 * Lua objects to values of the library and back, and errors to error objects. lua_error leaves a
 * function without its cleanup, so whatever may raise while something is held runs in a protected
 * call; what it raises stays on top of the stack, and is noted as NCB_RAISED.
 */
#ifndef NETCHAN_LUA_CONVERT_H
#define NETCHAN_LUA_CONVERT_H

#include <lauxlib.h>
#include <lua.h>

#include "calls.h"

#if LUA_VERSION_NUM < 502 && !defined(lua_rawlen)
#define lua_rawlen(L, index) lua_objlen(L, index)
#endif

/* Once for each Lua state, when the module is loaded. */
void ncb_load(lua_State *L);

/* ncb_begin, for a call out of this Lua state; ncb_wait finds the state again. */
void ncb_begin_in(lua_State *L);
lua_State *ncb_state(void);

/* Pushes one of those below. NCB_FIRST is the first coroutine, if that has loaded the module. */
enum ncb_kept { NCB_TICK, NCB_ERRORS, NCB_ARRAY, NCB_FIRST };
void ncb_push_kept(lua_State *L, enum ncb_kept which);
/* Pops a table and keeps it as one of them. */
void ncb_keep(lua_State *L, enum ncb_kept which);

/* A new value out of what stands at index. NULL: noted. Runs no Lua code and allocates nothing of
 * Lua's. */
netchan_value *ncb_value_from(lua_State *L, int index);
ncb_batch *ncb_batch_from(lua_State *L, int index);

/* Push one object; the reference is given up. 0: an error object was pushed instead. */
int ncb_value_to(lua_State *L, netchan_value *value);
int ncb_batch_to(lua_State *L, ncb_batch *batch);
/* Pushes number, status and value. */
int ncb_choice_to(lua_State *L, ncb_choice *choice);

/* A text without NUL bytes, borrowed. NULL: noted. */
const char *ncb_text_from(lua_State *L, int index);

/* A whole number; 0 when it was none: noted. */
int ncb_integer_from(lua_State *L, int index, int64_t *number);
void ncb_push_integer(lua_State *L, int64_t number);

/* Calls the function with the arguments behind it: signals arrive in waits only; see wait.c. */
int ncb_shield(lua_State *L);

/* Pushes the error object of what this thread has noted, unless it lies there. */
void ncb_push_error(lua_State *L);

#endif
