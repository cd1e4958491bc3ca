/* SPDX-License-Identifier: MIT */
/* What the tests of the Lua module need and Lua does not have: signals, processes, sockets. */
#include <errno.h>
#include <lauxlib.h>
#include <lua.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static lua_State *armed;
static int raise_in_waits_only;
static volatile sig_atomic_t signals;

/* Runs at the machine's next step after a signal, as the hook of the stand-alone interpreter does. */
static void hook(lua_State *L, lua_Debug *place)
{
    if (raise_in_waits_only) { /* else it stays due */
        lua_getinfo(L, "S", place);
        if (strcmp(place->source, "=netchan") != 0)
            return;
    }
    lua_sethook(L, NULL, 0, 0);
    if (raise_in_waits_only >= 0)
        luaL_error(L, "poked");
}

static void handle(int signal)
{
    (void)signal;
    signals++;
    lua_sethook(armed, hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKCOUNT, 1);
}

/* arm(signal, where): "waits" raises in waits only, "anywhere" at once, "nowhere" never. */
static int arm(lua_State *L)
{
    static const char *const where[] = {"nowhere", "anywhere", "waits", NULL};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    raise_in_waits_only = luaL_checkoption(L, 2, "waits", where) - 1;
    armed = L;
    action.sa_handler = handle;
    sigaction((int)luaL_checkinteger(L, 1), &action, NULL);
    return 0;
}

static int disarm(lua_State *L)
{
    signal((int)luaL_checkinteger(L, 1), SIG_IGN);
    lua_sethook(L, NULL, 0, 0);
    lua_pushinteger(L, signals);
    signals = 0;
    return 1;
}

/* every(microseconds): SIGALRM so often; 0 ends it. */
static int every(lua_State *L)
{
    struct itimerval timer;
    memset(&timer, 0, sizeof timer);
    timer.it_value.tv_usec = timer.it_interval.tv_usec = luaL_checkinteger(L, 1);
    setitimer(ITIMER_REAL, &timer, NULL);
    return 0;
}

static int pause_for(lua_State *L)
{
    struct timespec time = {0, luaL_checkinteger(L, 1) * 1000};
    nanosleep(&time, NULL);
    return 0;
}

static int now(lua_State *L)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    lua_pushnumber(L, (lua_Number)time.tv_sec + (lua_Number)time.tv_nsec / 1e9);
    return 1;
}

static int process(lua_State *L)
{
    lua_pushinteger(L, getpid());
    return 1;
}

static int kill_it(lua_State *L)
{
    lua_pushboolean(L, kill((pid_t)luaL_checkinteger(L, 1), (int)luaL_checkinteger(L, 2)) == 0);
    return 1;
}

static int fork_it(lua_State *L)
{
    lua_pushinteger(L, fork());
    return 1;
}

static int wait_for(lua_State *L)
{
    int status = 0;
    while (waitpid((pid_t)luaL_checkinteger(L, 1), &status, 0) < 0 && errno == EINTR)
        ;
    lua_pushinteger(L, WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
    return 1;
}

static int leave(lua_State *L)
{
    _exit((int)luaL_checkinteger(L, 1));
}

static int socket_pair(lua_State *L)
{
    int ends[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
        return luaL_error(L, "socketpair: %s", strerror(errno));
    lua_pushinteger(L, ends[0]);
    lua_pushinteger(L, ends[1]);
    return 2;
}

static int folder(lua_State *L)
{
    const char *base = getenv("TMPDIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/netchan-XXXXXX", base && strlen(base) < 900 ? base : "/tmp");
    lua_pushstring(L, mkdtemp(path));
    return 1;
}

static int readable(lua_State *L)
{
    struct pollfd one = {(int)luaL_checkinteger(L, 1), POLLIN, 0};
    lua_pushboolean(L, poll(&one, 1, (int)luaL_checkinteger(L, 2)) == 1);
    return 1;
}

int luaopen_helper(lua_State *L);

int luaopen_helper(lua_State *L)
{
    static const luaL_Reg functions[] = {
        {"arm", arm},       {"disarm", disarm},     {"every", every},
        {"exit", leave},    {"folder", folder},     {"fork", fork_it},
        {"kill", kill_it},  {"now", now},           {"pause", pause_for},
        {"pid", process},   {"readable", readable}, {"socketpair", socket_pair},
        {"wait", wait_for}, {NULL, NULL},
    };
    lua_newtable(L);
    for (const luaL_Reg *one = functions; one->name; one++) {
        lua_pushcfunction(L, one->func);
        lua_setfield(L, -2, one->name);
    }
    lua_pushinteger(L, SIGALRM);
    lua_setfield(L, -2, "SIGALRM");
    lua_pushinteger(L, SIGINT);
    lua_setfield(L, -2, "SIGINT");
    lua_pushinteger(L, SIGKILL);
    lua_setfield(L, -2, "SIGKILL");
    return 1;
}
