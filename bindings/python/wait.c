/* SPDX-License-Identifier: MIT */
/*
 * The one place where the Python module waits, and gives the interpreter's lock away meanwhile.
 *
 * Python runs signal handlers between two steps of the interpreter: the system's handler only
 * leaves a note. The library ends a wait when a signal's handler ran during it, but a signal that
 * comes between the last look at the notes and the wait would be seen with the next value only.
 * So the thread that runs Python's handlers looks again after each SLICE. A call that has effects
 * of its own (a connect, an import, a listing) cannot be cut into slices: a helper thread makes it
 * while this one looks.
 */
#include "convert.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>

#include "pythread.h"

#define SLICE 100

static unsigned long handlers_thread;

void ncb_set_handlers_thread(unsigned long thread)
{
    handlers_thread = thread;
}

/* ---- A call that another thread makes -------------------------------------------------------- */

struct helper {
    ncb_call *call;
    int64_t ms, result;
    netchan_cancel *token;
    int ended;
    char text[1024]; /* the error's, which the library keeps for each thread */
    pthread_mutex_t lock;
    pthread_cond_t ends;
};

static void *help(void *argument)
{
    struct helper *helper = argument;
    int64_t result = helper->call->run(helper->call, helper->ms, helper->token);
    if (result < 0) {
        strncpy(helper->text, netchan_error_text(), sizeof helper->text - 1);
        helper->text[sizeof helper->text - 1] = 0;
    }
    pthread_mutex_lock(&helper->lock);
    helper->result = result;
    helper->ended = 1;
    pthread_cond_signal(&helper->ends);
    pthread_mutex_unlock(&helper->lock);
    return NULL;
}

/* Signals go to the threads of the program. */
static int start(struct helper *helper, pthread_t *thread)
{
    sigset_t all, before;
    pthread_condattr_t clock;
    pthread_mutex_init(&helper->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&helper->ends, &clock);
    pthread_condattr_destroy(&clock);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int failed = pthread_create(thread, NULL, help, helper);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return failed ? ncb_fail(NETCHAN_NOMEM, "no thread for a call that may be interrupted") : 0;
}

/* Whether the helper has ended, after a SLICE at most. */
static int look(struct helper *helper)
{
    int ended;
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += SLICE * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000L;
    until.tv_nsec %= 1000000000L;
    PyThreadState *state = PyEval_SaveThread();
    pthread_mutex_lock(&helper->lock);
    if (!helper->ended)
        pthread_cond_timedwait(&helper->ends, &helper->lock, &until);
    ended = helper->ended;
    pthread_mutex_unlock(&helper->lock);
    PyEval_RestoreThread(state);
    return ended;
}

static void join(pthread_t thread)
{
    PyThreadState *state = PyEval_SaveThread();
    pthread_join(thread, NULL);
    PyEval_RestoreThread(state);
}

/* What the call got before it could be interrupted is given back. */
static void undo(ncb_call *call)
{
    if (call->undo)
        call->undo(call);
}

static int64_t wait_helped(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    ncb_cancel *own = cancel ? NULL : ncb_cancel_new();
    if (!cancel && !own)
        return ncb_code();
    pthread_t thread;
    struct helper helper = {
        .call = call, .ms = ms, .token = ncb_cancel_token(cancel ? cancel : own)};
    int64_t result = start(&helper, &thread);
    if (result == 0) {
        while (!look(&helper) && result == 0)
            if (PyErr_CheckSignals() < 0)
                result = NCB_RAISED;
        if (result == NCB_RAISED)
            netchan_cancel_fire(helper.token);
        join(thread);
        if (result == NCB_RAISED && cancel && !ncb_cancel_fired(cancel))
            netchan_cancel_reset(helper.token);
        if (result == NCB_RAISED && helper.result >= 0)
            undo(call);
        if (result == 0 && helper.result < 0)
            ncb_fail((int)helper.result, helper.text);
        if (result == 0)
            result = helper.result;
    }
    pthread_cond_destroy(&helper.ends);
    pthread_mutex_destroy(&helper.lock);
    ncb_cancel_free(own);
    return result;
}

/* ---- Any call -------------------------------------------------------------------------------- */

static int64_t wait_unlocked(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    int64_t result;
    PyThreadState *state = PyEval_SaveThread();
    result = call->run(call, ms, cancel);
    PyEval_RestoreThread(state);
    return result;
}

/* Waits in slices where handlers run, until there is a result, the time is over or Python raises. */
static int64_t wait_here(ncb_call *call, int64_t ms, ncb_cancel *cancel, int sliced)
{
    netchan_cancel *token = ncb_cancel_token(cancel);
    int64_t until = ms < 0 ? -1 : ncb_now() + ms;
    int64_t left = ms;
    for (;;) {
        int64_t part = sliced && (left < 0 || left > SLICE) ? SLICE : left;
        int64_t result = wait_unlocked(call, part, token);
        if (result != NETCHAN_TIMEOUT && result != NETCHAN_INTERRUPTED)
            return result;
        if (result == NETCHAN_TIMEOUT && part == left)
            return result;
        if (ncb_cancel_fired(cancel))
            return result == NETCHAN_INTERRUPTED ? result : call->run(call, 0, token);
        if (PyErr_CheckSignals() < 0)
            return NCB_RAISED;
        if (until >= 0) {
            left = until - ncb_now();
            if (left < 0)
                left = 0;
        }
    }
}

int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    int here = PyThread_get_thread_ident() == handlers_thread;
    if (ms < 0)
        ms = -1;
    if (call->once)
        return here && ms != 0 ? wait_helped(call, ms, cancel) : wait_here(call, ms, cancel, 0);
    int64_t result = call->run(call, 0, ncb_cancel_token(cancel));
    if (result != NETCHAN_TIMEOUT || ms == 0)
        return result;
    return wait_here(call, ms, cancel, here);
}
