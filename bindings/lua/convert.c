/* SPDX-License-Identifier: MIT */
/* See convert.h. Tables are read without their metamethods, so that no Lua code runs meanwhile. */
#include "convert.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST_EXACT 9007199254740992.0 /* 2^53: a double counts every integer up to here */

/* What each Lua state keeps in its registry, under these addresses. */
static char kept_keys[4], owner_key, type_key, read_key, fail_key;
static __thread lua_State *current;

/* ---- What a Lua state keeps ------------------------------------------------------------------- */

typedef struct {
    netchan_builder *builder;
} owner;

static void push_registered(lua_State *L, void *key)
{
    lua_pushlightuserdata(L, key);
    lua_rawget(L, LUA_REGISTRYINDEX);
}

/* Pops what is to be kept. */
static void keep_registered(lua_State *L, void *key)
{
    lua_pushlightuserdata(L, key);
    lua_insert(L, -2);
    lua_rawset(L, LUA_REGISTRYINDEX);
}

void ncb_push_kept(lua_State *L, enum ncb_kept which)
{
    push_registered(L, &kept_keys[which]);
}

void ncb_keep(lua_State *L, enum ncb_kept which)
{
    keep_registered(L, &kept_keys[which]);
}

static int owner_free(lua_State *L)
{
    owner *own = lua_touserdata(L, 1);
    netchan_builder_unref(own->builder);
    own->builder = NULL;
    return 0;
}

static int read_protected(lua_State *L);
static int fail_protected(lua_State *L);

void ncb_load(lua_State *L)
{
    owner *own = lua_newuserdata(L, sizeof *own);
    own->builder = NULL;
    lua_newtable(L);
    lua_pushcfunction(L, owner_free);
    lua_setfield(L, -2, "__gc");
    lua_setmetatable(L, -2);
    keep_registered(L, &owner_key);
    lua_pushliteral(L, "__jsontype");
    keep_registered(L, &type_key);
    lua_pushcfunction(L, read_protected);
    keep_registered(L, &read_key);
    lua_pushcfunction(L, fail_protected);
    keep_registered(L, &fail_key);
    if (luaL_loadbuffer(L, "return", 6, "=netchan"))
        lua_error(L);
    ncb_keep(L, NCB_TICK);
    if (lua_pushthread(L))
        ncb_keep(L, NCB_FIRST);
    else
        lua_pop(L, 1);
}

void ncb_begin_in(lua_State *L)
{
    current = L;
    ncb_begin();
}

lua_State *ncb_state(void)
{
    return current;
}

/* ---- Lua to netchan --------------------------------------------------------------------------- */

static int write_any(netchan_builder *builder, lua_State *L, int index);

static int refuse_type(lua_State *L, const char *what, int index)
{
    char text[160];
    snprintf(text, sizeof text, "%s: %s", what, lua_typename(L, lua_type(L, index)));
    return ncb_fail(NETCHAN_TYPE, text);
}

/* Whether the number at index is a whole one in the exact range. */
static int whole(lua_State *L, int index, int64_t *number)
{
#if LUA_VERSION_NUM >= 503
    if (lua_isinteger(L, index)) {
        *number = lua_tointeger(L, index);
        return 1;
    }
    return 0;
#else
    double real = lua_tonumber(L, index);
    if (!(fabs(real) <= MOST_EXACT) || real != floor(real) || (real == 0 && signbit(real)))
        return 0;
    *number = (int64_t)real;
    return 1;
#endif
}

static int write_number(netchan_builder *builder, lua_State *L, int index)
{
    int64_t number;
    if (whole(L, index, &number))
        return netchan_builder_integer(builder, number);
    return netchan_builder_real(builder, lua_tonumber(L, index));
}

/* The table's __jsontype: "array", "object", "integer", or NULL. Borrowed from the metatable. */
static const char *marked(lua_State *L, int index)
{
    if (!lua_getmetatable(L, index))
        return NULL;
    push_registered(L, &type_key);
    lua_rawget(L, -2);
    const char *mark = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    lua_pop(L, 2);
    return mark;
}

/* How many elements an array has whose keys must be 1 to that many. -1: noted. */
static int64_t array_length(lua_State *L, int index)
{
    int64_t count = 0, greatest = 0, key = 0;
    lua_pushnil(L);
    while (lua_next(L, index)) {
        lua_pop(L, 1);
        if (lua_type(L, -1) != LUA_TNUMBER || !whole(L, -1, &key) || key < 1) {
            refuse_type(L, "a table with elements has another key", lua_gettop(L));
            lua_pop(L, 1);
            return -1;
        }
        count++;
        greatest = key > greatest ? key : greatest;
    }
    if (greatest == count)
        return count;
    ncb_fail(NETCHAN_TYPE, "an array has a hole: use netchan.null for null");
    return -1;
}

static int write_array(netchan_builder *builder, lua_State *L, int index)
{
    int64_t length = array_length(L, index);
    if (length < 0)
        return ncb_code();
    int code = netchan_builder_begin_array(builder);
    for (int64_t i = 1; !code && i <= length; i++) {
        lua_rawgeti(L, index, (int)i);
        code = write_any(builder, L, lua_gettop(L));
        lua_pop(L, 1);
    }
    return code ? code : netchan_builder_end_array(builder);
}

static int write_object(netchan_builder *builder, lua_State *L, int index)
{
    size_t length;
    int code = netchan_builder_begin_object(builder);
    lua_pushnil(L);
    while (!code && lua_next(L, index)) {
        int top = lua_gettop(L);
        if (lua_type(L, top - 1) != LUA_TSTRING) {
            code = refuse_type(L, "a key of an object must be a string, not", top - 1);
        } else {
            const char *name = lua_tolstring(L, top - 1, &length);
            code = netchan_builder_key(builder, name, length);
        }
        if (!code)
            code = write_any(builder, L, top);
        lua_pop(L, 1);
    }
    return code ? code : netchan_builder_end_object(builder);
}

/* An integer that a double does not hold, as text: Lua before 5.3. */
static int write_boxed(netchan_builder *builder, lua_State *L, int index)
{
    netchan_value *value = NULL;
    size_t length;
    lua_rawgeti(L, index, 1);
    const char *text = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    int code = text ? netchan_value_new(text, length, &value) : NETCHAN_TYPE;
    if (!code && netchan_value_kind(value, 0) != NETCHAN_KIND_INTEGER)
        code = NETCHAN_TYPE;
    lua_pop(L, 1);
    if (code)
        code = ncb_fail(NETCHAN_VALUE, "a netchan.integer that is none within 64 bits");
    else
        code = netchan_builder_value(builder, value);
    netchan_value_unref(value);
    return code;
}

static int write_table(netchan_builder *builder, lua_State *L, int index)
{
    if (!lua_checkstack(L, 8))
        return ncb_fail(NETCHAN_NOMEM, "no room on Lua's stack");
    const char *mark = marked(L, index);
    if (mark && strcmp(mark, "array") == 0)
        return write_array(builder, L, index);
    if (mark && strcmp(mark, "object") == 0)
        return write_object(builder, L, index);
    if (mark && strcmp(mark, "integer") == 0)
        return write_boxed(builder, L, index);
    lua_pushnil(L);
    int elements = 0;
    if (lua_next(L, index)) {
        elements = lua_type(L, -2) == LUA_TNUMBER;
        lua_pop(L, 2);
    }
    return elements ? write_array(builder, L, index) : write_object(builder, L, index);
}

static int write_any(netchan_builder *builder, lua_State *L, int index)
{
    size_t length;
    const char *text;
    switch (lua_type(L, index)) {
    case LUA_TBOOLEAN:
        return netchan_builder_boolean(builder, lua_toboolean(L, index));
    case LUA_TNUMBER:
        return write_number(builder, L, index);
    case LUA_TSTRING:
        text = lua_tolstring(L, index, &length);
        return netchan_builder_string(builder, text, length);
    case LUA_TTABLE:
        return write_table(builder, L, index);
    case LUA_TLIGHTUSERDATA:
        if (!lua_touserdata(L, index))
            return netchan_builder_null(builder);
        return refuse_type(L, "no value can be made of", index);
    case LUA_TNIL:
        return ncb_fail(NETCHAN_TYPE, "nil is no value: use netchan.null for null");
    default:
        return refuse_type(L, "no value can be made of", index);
    }
}

netchan_value *ncb_value_from(lua_State *L, int index)
{
    netchan_value *value = NULL;
    ncb_begin_in(L);
    if (!lua_checkstack(L, 8)) {
        ncb_fail(NETCHAN_NOMEM, "no room on Lua's stack");
        return NULL;
    }
    int top = lua_gettop(L);
    push_registered(L, &owner_key);
    owner *own = lua_touserdata(L, -1);
    if (own->builder || ncb_note(netchan_builder_new(&own->builder)) >= 0) {
        ncb_note(write_any(own->builder, L, index));
        if (ncb_code())
            netchan_builder_reset(own->builder);
        else
            ncb_note(netchan_builder_finish(own->builder, &value));
    }
    lua_settop(L, top);
    return value;
}

ncb_batch *ncb_batch_from(lua_State *L, int index)
{
    ncb_begin_in(L);
    if (!lua_istable(L, index)) {
        refuse_type(L, "several values are a table, not", index);
        return NULL;
    }
    ncb_batch *batch = ncb_batch_new(lua_rawlen(L, index));
    for (size_t i = 0; batch && i < batch->count; i++) {
        lua_rawgeti(L, index, (int)i + 1);
        batch->values[i] = ncb_value_from(L, lua_gettop(L));
        lua_pop(L, 1);
        if (!batch->values[i]) {
            ncb_batch_free(batch);
            return NULL;
        }
    }
    return batch;
}

const char *ncb_text_from(lua_State *L, int index)
{
    size_t length;
    ncb_begin_in(L);
    if (lua_type(L, index) != LUA_TSTRING) {
        refuse_type(L, "a string is wanted, not", index);
        return NULL;
    }
    const char *text = lua_tolstring(L, index, &length);
    if (strlen(text) != length) {
        ncb_fail(NETCHAN_VALUE, "a text with a NUL character is not allowed here");
        return NULL;
    }
    return text;
}

int ncb_integer_from(lua_State *L, int index, int64_t *number)
{
    ncb_begin_in(L);
    double real = lua_type(L, index) == LUA_TNUMBER ? lua_tonumber(L, index) : NAN;
    if (lua_type(L, index) == LUA_TNUMBER && whole(L, index, number))
        return 1;
    if (fabs(real) <= MOST_EXACT && real == floor(real)) {
        *number = (int64_t)real;
        return 1;
    }
    refuse_type(L, "a whole number is wanted, not", index);
    return 0;
}

/* ---- netchan to Lua --------------------------------------------------------------------------- */

void ncb_push_integer(lua_State *L, int64_t number)
{
#if LUA_VERSION_NUM >= 503
    lua_pushinteger(L, number);
#else
    char text[24];
    if (number >= -(int64_t)MOST_EXACT && number <= (int64_t)MOST_EXACT) {
        lua_pushnumber(L, (lua_Number)number);
        return;
    }
    snprintf(text, sizeof text, "%lld", (long long)number);
    lua_newtable(L);
    lua_pushstring(L, text);
    lua_rawseti(L, -2, 1);
    ncb_push_kept(L, NCB_ARRAY);
    lua_getfield(L, -1, "integer");
    lua_setmetatable(L, -3);
    lua_pop(L, 1);
#endif
}

static void read_node(lua_State *L, const netchan_value *value, int64_t node);

static void read_array(lua_State *L, const netchan_value *value, int64_t node)
{
    int64_t size = netchan_value_size(value, node);
    lua_createtable(L, (int)size, 0);
    int64_t child = size ? netchan_value_element(value, node, 0) : -1;
    for (int64_t i = 0; i < size; i++) {
        read_node(L, value, child);
        lua_rawseti(L, -2, (int)i + 1);
        if (i + 1 < size)
            child = netchan_value_next(value, child, NULL, NULL);
    }
    ncb_push_kept(L, NCB_ARRAY);
    lua_setmetatable(L, -2);
}

static void read_object(lua_State *L, const netchan_value *value, int64_t node)
{
    const char *name;
    size_t length;
    int64_t size = netchan_value_size(value, node);
    lua_createtable(L, 0, (int)size);
    int64_t child = size ? netchan_value_key(value, node, 0, &name, &length) : -1;
    for (int64_t i = 0; i < size; i++) {
        lua_pushlstring(L, name, length);
        read_node(L, value, child);
        lua_rawset(L, -3);
        if (i + 1 < size)
            child = netchan_value_next(value, child, &name, &length);
    }
}

static void read_node(lua_State *L, const netchan_value *value, int64_t node)
{
    int64_t number;
    double real;
    const char *text;
    size_t length;
    luaL_checkstack(L, 6, "a value is too deep");
    switch (netchan_value_kind(value, node)) {
    case NETCHAN_KIND_FALSE:
    case NETCHAN_KIND_TRUE:
        lua_pushboolean(L, netchan_value_kind(value, node) == NETCHAN_KIND_TRUE);
        return;
    case NETCHAN_KIND_INTEGER:
        netchan_value_integer(value, node, &number);
        ncb_push_integer(L, number);
        return;
    case NETCHAN_KIND_REAL:
        netchan_value_real(value, node, &real);
        lua_pushnumber(L, real);
        return;
    case NETCHAN_KIND_STRING:
        netchan_value_string(value, node, &text, &length);
        lua_pushlstring(L, text, length);
        return;
    case NETCHAN_KIND_ARRAY:
        read_array(L, value, node);
        return;
    case NETCHAN_KIND_OBJECT:
        read_object(L, value, node);
        return;
    default:
        lua_pushlightuserdata(L, NULL);
    }
}

/* Reads a batch, or the value of a batch without a list. */
static int read_protected(lua_State *L)
{
    const ncb_batch *batch = lua_touserdata(L, 1);
    if (!lua_toboolean(L, 2)) {
        read_node(L, batch->values[0], 0);
        return 1;
    }
    lua_createtable(L, (int)batch->count, 0);
    for (size_t i = 0; i < batch->count; i++) {
        read_node(L, batch->values[i], 0);
        lua_rawseti(L, -2, (int)i + 1);
    }
    return 1;
}

/* Calls the kept function with a pointer and a truth; one object is on the stack then. */
static int protect(lua_State *L, void *function_key, void *pointer, int truth)
{
    if (!lua_checkstack(L, 4)) {
        lua_pushnil(L); /* each C function has some places to spare */
        return 0;
    }
    push_registered(L, function_key);
    lua_pushlightuserdata(L, pointer);
    lua_pushboolean(L, truth);
    return lua_pcall(L, 2, 1, 0) == 0;
}

int ncb_value_to(lua_State *L, netchan_value *value)
{
    ncb_batch one = {1, &value};
    if (!value) {
        lua_pushnil(L);
        return 1;
    }
    int done = protect(L, &read_key, &one, 0);
    netchan_value_unref(value);
    return done;
}

int ncb_batch_to(lua_State *L, ncb_batch *batch)
{
    int done = protect(L, &read_key, batch, 1);
    ncb_batch_free(batch);
    return done;
}

int ncb_choice_to(lua_State *L, ncb_choice *choice)
{
    ncb_push_integer(L, choice->number);
    ncb_push_integer(L, choice->status);
    return ncb_value_to(L, choice->value);
}

/* ---- Errors ------------------------------------------------------------------------------------ */

/* An error is a table with code and text whose metatable is its class. */
static int fail_protected(lua_State *L)
{
    lua_newtable(L);
    ncb_push_integer(L, ncb_code());
    lua_setfield(L, -2, "code");
    lua_pushstring(L, ncb_text());
    lua_setfield(L, -2, "text");
    ncb_push_kept(L, NCB_ERRORS);
    if (lua_istable(L, -1)) {
        lua_rawgeti(L, -1, ncb_code());
        if (lua_istable(L, -1))
            lua_setmetatable(L, -3);
        else
            lua_pop(L, 1);
    }
    lua_pop(L, 1);
    return 1;
}

void ncb_push_error(lua_State *L)
{
    if (ncb_code() != NCB_RAISED)
        protect(L, &fail_key, NULL, 0);
}
