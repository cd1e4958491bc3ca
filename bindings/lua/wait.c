/* SPDX-License-Identifier: MIT */
/*
 * The one place where the Lua module waits.
 *
 * A signal's handler in a Lua program sets a hook, as that of the stand-alone interpreter does for
 * Ctrl-C: the hook runs, and may raise, when Lua's machine takes its next step. So a wait that a
 * signal has ended lets the machine take one. When nothing was raised, the wait goes on. A signal
 * that comes between the machine's last step and the wait would be seen too late: therefore the
 * machine takes a step after each SLICE as well. A call that has effects of its own (a connect, an
 * import, a listing) cannot be cut into slices: the gap of some microseconds before its wait remains
 * there, and a second signal ends it.
 *
 * A hook may raise between the return of a call and the assignment of what it returned, which is lost
 * then. A shield holds the signals back from this thread but while it waits. One that comes in the
 * same moment as a result leaves a hook that is put aside until the next wait.
 */
#include "convert.h"

#include <signal.h>

#define SLICE 100

static __thread int shields;
static __thread sigset_t outside; /* the signals that were held back before the first shield */

typedef struct {
    lua_Hook hook;
    int mask, count;
} hook_state;

static __thread hook_state aside; /* .hook: one is put aside */

/* The coroutine whose hook a signal's handler sets. */
static lua_State *first_coroutine(lua_State *L)
{
#if LUA_VERSION_NUM >= 502
    lua_rawgeti(L, LUA_REGISTRYINDEX, LUA_RIDX_MAINTHREAD);
#else
    ncb_push_kept(L, NCB_FIRST);
#endif
    lua_State *first = lua_tothread(L, -1);
    lua_pop(L, 1);
    return first ? first : L;
}

static hook_state hook_of(lua_State *L)
{
    return (hook_state){lua_gethook(L), lua_gethookmask(L), lua_gethookcount(L)};
}

static void set_hook(lua_State *L, const hook_state *state)
{
    lua_sethook(L, state->hook, state->mask, state->count);
}

static void hold_signals(void)
{
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, NULL);
}

static void let_signals(void)
{
    pthread_sigmask(SIG_SETMASK, &outside, NULL);
}

/* A hook that was put aside is due again. */
static void bring_back(lua_State *L)
{
    if (aside.hook)
        set_hook(first_coroutine(L), &aside);
    aside.hook = NULL;
}

/* Lua keeps a hook in each coroutine, and the interpreter's handler sets that of the main one only.
 * It is due when it looks at every step, and the running coroutine has another. */
static int due_elsewhere(lua_State *L)
{
    lua_State *first = first_coroutine(L);
    return first != L && (lua_gethookmask(first) & LUA_MASKCOUNT) && lua_gethookcount(first) == 1 &&
           lua_gethook(first) != lua_gethook(L);
}

/* Lets a hook run that is due. Returns 0, NETCHAN_INTERRUPTED or NCB_RAISED. */
static int take_a_step(lua_State *L)
{
    if (!lua_checkstack(L, 4))
        return ncb_fail(NETCHAN_NOMEM, "no room on Lua's stack");
    if (due_elsewhere(L))
        return ncb_fail(NETCHAN_INTERRUPTED, "interrupted by a signal");
    ncb_push_kept(L, NCB_TICK);
    if (lua_pcall(L, 0, 0, 0))
        return NCB_RAISED;
    ncb_begin_in(L); /* a hook may have made calls of its own */
    return 0;
}

static int64_t slice(const ncb_call *call, int64_t left)
{
    if (call->once)
        return left;
    return left < 0 || left > SLICE ? SLICE : left;
}

static int64_t wait_open(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    lua_State *L = ncb_state();
    netchan_cancel *token = ncb_cancel_token(cancel);
    int64_t left = ms < 0 ? -1 : ms;
    int64_t until = ms < 0 ? -1 : ncb_now() + ms;
    for (;;) {
        int64_t part = slice(call, left);
        int64_t result = call->run(call, part, token);
        if (result != NETCHAN_TIMEOUT && result != NETCHAN_INTERRUPTED)
            return result;
        if (result == NETCHAN_TIMEOUT && part == left)
            return result;
        if (ncb_cancel_fired(cancel))
            return result == NETCHAN_INTERRUPTED ? result : call->run(call, 0, token);
        int code = take_a_step(L);
        if (code)
            return code;
        if (until >= 0) {
            left = until - ncb_now();
            left = left < 0 ? 0 : left;
        }
    }
}

/* Waits within a shield: what was held back comes now, and is looked at before anything is done. */
static int64_t wait_shielded(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    lua_State *L = ncb_state();
    lua_State *first = first_coroutine(L);
    hook_state before = hook_of(first);
    bring_back(L);
    let_signals();
    int64_t result = take_a_step(L);
    if (!result)
        result = wait_open(call, ms, cancel);
    hold_signals();
    hook_state after = hook_of(first);
    if (after.hook && after.hook != before.hook) {
        aside = after;
        set_hook(first, &before);
    }
    return result;
}

int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    return shields ? wait_shielded(call, ms, cancel) : wait_open(call, ms, cancel);
}

int ncb_shield(lua_State *L)
{
    luaL_checktype(L, 1, LUA_TFUNCTION);
    if (shields++ == 0) {
        pthread_sigmask(SIG_SETMASK, NULL, &outside);
        hold_signals();
    }
    int failed = lua_pcall(L, lua_gettop(L) - 1, LUA_MULTRET, 0);
    if (--shields == 0) {
        bring_back(L);
        let_signals();
    }
    return failed ? lua_error(L) : lua_gettop(L);
}
