/* SPDX-License-Identifier: MIT */
/*
 * Lua's part of netchan.i: values and texts cross as native objects, errors as tables. SWIG's own
 * typemaps would make every integer a float. An error is raised at the end of a wrapper, when what it
 * held has been freed.
 */
%{
#include "convert.h"

/* Every wrapper knows its Lua state. */
#define ncb_begin() ncb_begin_in(L)

#define NCB_RAISE                                                                                  \
    {                                                                                              \
        ncb_push_error(L);                                                                         \
        SWIG_fail;                                                                                 \
    }
%}

%init %{
ncb_load(L);
%}

%typemap(in) netchan_value *value
{
    $1 = ncb_value_from(L, $input);
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) netchan_value *value "netchan_value_unref($1);"
%typemap(out) netchan_value *
{
    if (!ncb_value_to(L, $1))
        SWIG_fail;
    SWIG_arg++;
}

%typemap(in) ncb_batch *
{
    $1 = ncb_batch_from(L, $input);
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) ncb_batch * "ncb_batch_free($1);"
%typemap(out) ncb_batch *
{
    if (!ncb_batch_to(L, $1))
        SWIG_fail;
    SWIG_arg++;
}
%typemap(out) ncb_choice
{
    if (!ncb_choice_to(L, &$1))
        SWIG_fail;
    SWIG_arg += 3;
}

%typemap(in) const char *
{
    $1 = (char *)ncb_text_from(L, $input);
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) const char * ""
%typemap(out) const char *
{
    if ($1)
        lua_pushstring(L, $1);
    else
        lua_pushnil(L);
    SWIG_arg++;
}
%typemap(in) (const char *bytes, size_t length)
{
    if (lua_type(L, $input) != LUA_TSTRING) {
        ncb_begin();
        ncb_fail(NETCHAN_TYPE, "a string is wanted");
        NCB_RAISE
    }
    $1 = (char *)lua_tolstring(L, $input, &$2);
}

%typemap(in) int64_t
{
    if (!ncb_integer_from(L, $input, &$1))
        NCB_RAISE
}
%typemap(in) int (int64_t number)
{
    if (!ncb_integer_from(L, $input, &number))
        NCB_RAISE
    $1 = (int)number;
}
%typemap(out) int64_t, int
{
    ncb_push_integer(L, $1);
    SWIG_arg++;
}

/* SWIG takes any userdata for one of its own, and reads it. */
%{
static int ncb_is_handle(lua_State *L, int index)
{
    if (lua_isnil(L, index))
        return 1;
    if (lua_type(L, index) != LUA_TUSERDATA || !lua_getmetatable(L, index))
        return 0;
    lua_pushliteral(L, ".fn");
    lua_rawget(L, -2);
    int is = lua_istable(L, -1) && lua_rawlen(L, index) == sizeof(swig_lua_userdata);
    lua_pop(L, 2);
    return is;
}
%}
%typemap(in) Channel *, Select *, Exporter *, Importer *, Options *, Cancel *
{
    if (!ncb_is_handle(L, $input) ||
        !SWIG_IsOK(SWIG_ConvertPtr(L, $input, (void **)&$1, $descriptor, $disown))) {
        ncb_begin();
        ncb_fail(NETCHAN_TYPE, "another object where a handle is wanted ($1_name)");
        NCB_RAISE
    }
}

%typemap(check) Channel *, Select *, Exporter *, Importer *
{
    if (!$1) {
        ncb_begin();
        ncb_fail(NETCHAN_USAGE, "nil where a handle is wanted ($1_name)");
        NCB_RAISE
    }
}

%native(shield) int ncb_shield(lua_State *L);

/* The tables that are the classes of errors, by code, and the metatable of arrays. */
%typemap(in, checkfn="lua_istable") ncb_kept_table "$1 = $input;"
%inline %{
typedef int ncb_kept_table; /* where it stands on the stack */
static void set_errors(lua_State *L, ncb_kept_table classes)
{
    lua_pushvalue(L, classes);
    ncb_keep(L, NCB_ERRORS);
}

static void set_array(lua_State *L, ncb_kept_table metatable)
{
    lua_pushvalue(L, metatable);
    ncb_keep(L, NCB_ARRAY);
}
%}
