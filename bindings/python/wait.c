/* SPDX-License-Identifier: MIT */
/*
 * The one place where the Python module waits, and gives the interpreter's lock away meanwhile.
 *
 * Python runs signal handlers between two steps of the interpreter: the system's handler only
 * leaves a note. The library ends a wait when a signal's handler ran during it, but a signal that
 * comes between the last look at the notes and the wait would be seen with the next value only.
 * So the thread that runs Python's handlers looks again after each SLICE. A call that is made once
 * (a connect, an import, a listing) cannot be cut into slices: there the gap of some microseconds
 * before its wait remains, and a second Ctrl-C ends it.
 */
#include "convert.h"

#include "pythread.h"

#define SLICE 100

static unsigned long handlers_thread;

void ncb_set_handlers_thread(unsigned long thread)
{
    handlers_thread = thread;
}

static int64_t wait_unlocked(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    int64_t result;
    Py_BEGIN_ALLOW_THREADS result = call->run(call, ms, cancel);
    Py_END_ALLOW_THREADS return result;
}

/* How long to wait at once: in slices, but a call that has effects of its own goes to its end. */
static int64_t slice(const ncb_call *call, int64_t left)
{
    if (call->once || PyThread_get_thread_ident() != handlers_thread)
        return left;
    return left < 0 || left > SLICE ? SLICE : left;
}

int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    netchan_cancel *token = ncb_cancel_token(cancel);
    int64_t left = ms < 0 ? -1 : ms;
    if (!call->once) {
        int64_t result = call->run(call, 0, token);
        if (result != NETCHAN_TIMEOUT || ms == 0)
            return result;
    }
    int64_t until = left < 0 ? -1 : ncb_now() + left;
    for (;;) {
        int64_t part = slice(call, left);
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
