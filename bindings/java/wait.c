/* SPDX-License-Identifier: MIT */
/*
 * The one place where the Java module waits.
 *
 * Thread.interrupt wakes nobody in native code, so a wait looks whether it was called after each SLICE,
 * and only when the library says that nothing was done. A call with effects of its own cannot be cut into
 * slices: Interrupts.java fires its token. The machine's own signals end a wait as well; it goes on then.
 */
#include "convert.h"

#define SLICE 20

int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    JNIEnv *env = ncb_environment();
    netchan_cancel *token = ncb_cancel_token(cancel);
    int64_t left = ms < 0 ? -1 : ms;
    if (!call->once) {
        int64_t result = call->run(call, 0, token);
        if (result != NETCHAN_TIMEOUT || ms == 0)
            return result;
    }
    int64_t until = left < 0 ? -1 : ncb_now() + left;
    for (;;) {
        if (ncb_interrupted(env))
            return NCB_RAISED;
        int64_t part = call->once || (left >= 0 && left < SLICE) ? left : SLICE;
        int64_t result = call->run(call, part, token);
        if (result != NETCHAN_TIMEOUT && result != NETCHAN_INTERRUPTED)
            return result;
        if (result == NETCHAN_TIMEOUT && part == left)
            return result;
        if (until >= 0) {
            left = until - ncb_now();
            left = left < 0 ? 0 : left;
        }
        if (ncb_cancel_fired(cancel))
            return ncb_interrupted(env) ? NCB_RAISED : result;
    }
}
