/* SPDX-License-Identifier: MIT */
/*
 * The one place where the Ruby module waits, and gives the interpreter's lock away meanwhile.
 *
 * Thread#raise, Thread#kill, Timeout and signals end a wait by firing its token. The result comes
 * first: interrupts are looked at only when the library says that nothing was done, since what Ruby
 * raises leaves with whatever came out of a channel. (rb_thread_call_without_gvl looks at them by
 * itself, after the call: it would lose values.)
 *
 * A token that the caller gives is looked at but not waited with: what other languages have such
 * tokens for, Ruby's threads have anyway, and the library's calls take one token.
 */
#include "convert.h"

#include <ruby/thread.h>
#include <stdlib.h>
#include <unistd.h>

#define MOST_SPARE 64

/* Tokens that nobody waits with, under the interpreter's lock. A child process makes its own. */
static struct {
    pid_t owner;
    int count;
    ncb_cancel *tokens[MOST_SPARE];
} spare;

struct wait {
    ncb_call *call;
    int64_t ms, result;
    ncb_cancel *token;
};

static ncb_cancel *token_take(void)
{
    if (spare.owner != getpid()) {
        spare.owner = getpid();
        while (spare.count > 0)
            ncb_cancel_free(spare.tokens[--spare.count]);
    }
    return spare.count > 0 ? spare.tokens[--spare.count] : ncb_cancel_new();
}

static void token_give(ncb_cancel *token)
{
    if (spare.count < MOST_SPARE && spare.owner == getpid())
        spare.tokens[spare.count++] = token;
    else
        ncb_cancel_free(token);
}

static void *wait_unlocked(void *argument)
{
    struct wait *wait = argument;
    wait->result = wait->call->run(wait->call, wait->ms, ncb_cancel_token(wait->token));
    return NULL;
}

static void fire(void *token)
{
    ncb_cancel_fire(token);
}

static VALUE check_interrupts(VALUE unused)
{
    rb_thread_check_ints();
    return unused;
}

/* Waits until there is a result, the time is over, or Ruby raises. */
static int64_t wait_with(struct wait *wait)
{
    int64_t until = wait->ms < 0 ? 0 : ncb_now() + wait->ms;
    for (;;) {
        wait->result = NETCHAN_INTERRUPTED; /* also when an interrupt is there before the wait */
        rb_nogvl(wait_unlocked, wait, fire, wait->token,
                 RB_NOGVL_INTR_FAIL | RB_NOGVL_UBF_ASYNC_SAFE);
        if (ncb_cancel_fired(wait->token))
            ncb_cancel_reset(wait->token);
        if (wait->result != NETCHAN_INTERRUPTED)
            return wait->result;
        if (ncb_protect(check_interrupts, Qnil) == Qundef)
            return NCB_RAISED;
        ncb_begin(); /* what ran just now may have made calls of its own */
        if (wait->ms >= 0) {
            wait->ms = until - ncb_now();
            if (wait->ms < 0)
                wait->ms = 0;
        }
    }
}

int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel)
{
    if (!call->once) {
        int64_t result = call->run(call, 0, ncb_cancel_token(cancel));
        if (result != NETCHAN_TIMEOUT || ms == 0)
            return result;
    }
    struct wait wait = {call, ms < 0 ? -1 : ms, 0, token_take()};
    if (!wait.token)
        return ncb_code();
    int64_t result = wait_with(&wait);
    token_give(wait.token);
    return result;
}
