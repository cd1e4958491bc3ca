/* SPDX-License-Identifier: MIT */
/*
 * Bells and cancel tokens.
 *
 * A bell's word goes quiet -> asleep -> rung. With a descriptor the ringer writes it before it says
 * "rung", and the sleeper leaves only when it sees "rung": so the descriptor is never written after
 * it was closed. With a futex the last thing the ringer touches is the address of the word, which
 * the kernel looks up and finds empty if the sleeper has gone.
 *
 * A futex wait without a timeout is restarted silently after a handler that was installed with
 * SA_RESTART; one with a timeout is not. So "for ever" is a time far away.
 */
#include "base/bell.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/futex.h"
#include "base/mem.h"
#include "base/spin.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <time.h>

enum { QUIET, ASLEEP, RUNG };

#define FAR_AWAY (INT64_C(10) * 365 * 86400 * 1000 * NCI_MS)

struct nci_cancel {
    uint32_t refs;
    uint32_t fired;
    int fd;
};

int nci_cancel_new(struct nci_cancel **out)
{
    struct nci_cancel *cancel = (struct nci_cancel *)nci_zalloc(sizeof *cancel);
    if (!cancel)
        return nci_fail_nomem();
    int status = nci_event_open(&cancel->fd);
    if (status) {
        nci_free(cancel);
        return status;
    }
    cancel->refs = 1;
    *out = cancel;
    return NCI_OK;
}

struct nci_cancel *nci_cancel_ref(struct nci_cancel *cancel)
{
    if (cancel)
        nci_add_relaxed(&cancel->refs, 1);
    return cancel;
}

void nci_cancel_unref(struct nci_cancel *cancel)
{
    if (!cancel || nci_sub_acq_rel(&cancel->refs, 1) != 1)
        return;
    nci_event_close(cancel->fd);
    nci_free(cancel);
}

/* A token is two things, the word and the descriptor. A fire and a reset that meet go on until both
 * say the same; neither waits for the other, since a fire may stand in a signal handler. */
void nci_cancel_fire(struct nci_cancel *cancel)
{
    do {
        nci_store_seq(&cancel->fired, 1);
        nci_event_set(cancel->fd);
    } while (!nci_load_seq(&cancel->fired));
}

void nci_cancel_reset(struct nci_cancel *cancel)
{
    nci_store_seq(&cancel->fired, 0);
    for (;;) {
        nci_event_clear(cancel->fd);
        if (!nci_load_seq(&cancel->fired))
            return;
        nci_event_set(cancel->fd);
        if (nci_load_seq(&cancel->fired))
            return;
    }
}

int nci_cancel_fired(const struct nci_cancel *cancel)
{
    return cancel && nci_load_acquire(&cancel->fired);
}

int nci_cancel_descriptor(const struct nci_cancel *cancel)
{
    return cancel ? cancel->fd : -1;
}

int nci_bell_init(struct nci_bell *bell, const struct nci_cancel *cancel)
{
    bell->word = QUIET;
    bell->fd = -1;
    if (NCI_FUTEX && !cancel)
        return NCI_OK;
    return nci_event_open(&bell->fd);
}

void nci_bell_fini(struct nci_bell *bell)
{
    nci_event_close(bell->fd);
    bell->fd = -1;
}

void nci_bell_ring(struct nci_bell *bell)
{
    if (bell->fd >= 0) {
        nci_event_set(bell->fd);
        nci_store_release(&bell->word, RUNG);
        return;
    }
#if NCI_FUTEX
    uint32_t *word = &bell->word;
    if (nci_exchange_acq_rel(word, RUNG) == ASLEEP)
        nci_futex_wake(word);
#endif
}

static int rung(const struct nci_bell *bell)
{
    return nci_load_acquire(&bell->word) == RUNG;
}

static struct timespec timespec_of(int64_t ns)
{
    struct timespec time = {(time_t)(ns / INT64_C(1000000000)), (long)(ns % INT64_C(1000000000))};
    return time;
}

/* 0: woken or not asleep any more, else errno. */
static int sleep_on_futex(struct nci_bell *bell, int64_t deadline)
{
#if NCI_FUTEX
    uint32_t quiet = QUIET;
    if (!nci_cas_acq_rel(&bell->word, &quiet, ASLEEP) && quiet == RUNG)
        return 0;
    if (deadline == NCI_FOREVER)
        deadline = nci_clock_now() + FAR_AWAY;
    struct timespec until = timespec_of(deadline);
    int error = nci_futex_wait(&bell->word, ASLEEP, &until);
    return error == EAGAIN ? 0 : error;
#else
    (void)bell;
    (void)deadline;
    return ENOSYS;
#endif
}

static int sleep_in_poll(struct nci_bell *bell, int64_t deadline, const struct nci_cancel *cancel)
{
    struct pollfd fds[2] = {{bell->fd, POLLIN, 0}, {cancel ? cancel->fd : -1, POLLIN, 0}};
    int64_t left = FAR_AWAY;
    if (deadline != NCI_FOREVER) {
        left = deadline - nci_clock_now();
        if (left < 0)
            left = 0;
    }
    struct timespec timeout = timespec_of(left);
    int ready = ppoll(fds, 2, &timeout, NULL);
    if (ready < 0)
        return errno;
    if (fds[0].revents)
        nci_bell_finish(bell);
    else if (fds[1].revents)
        return ECANCELED;
    return ready == 0 ? ETIMEDOUT : 0;
}

/* ---- looking for the ring before the sleep ---- */

/* What the waits of this thread were like. Half as long as the I/O thread looks: that one keeps the
 * processor awake for those who wait for a link, and where all share one processor more threads that
 * look are in each other's way. */
static __thread struct nci_spin spin = NCI_SPIN(50);

/* ns. In that time the other end of a channel between two cores has moved by a hundred values. */
#define GLANCE INT64_C(5000)

struct awaited {
    const struct nci_bell *bell;
    const struct nci_cancel *cancel;
};

static int is_over(void *what)
{
    const struct awaited *awaited = (const struct awaited *)what;
    return rung(awaited->bell) || nci_cancel_fired(awaited->cancel);
}

/* A sleep tells that a handler ran, looking does not: so signals wait until it is over, and one that
 * has come then ends the wait as it would have ended the sleep. 1: is_there said so. 0: it did not.
 * NCI_INTERRUPTED. */
static int look(int64_t now, int64_t end, int (*is_there)(void *what), void *what)
{
    static const struct timespec at_once;
    sigset_t all, mask;
    if (!nci_spin_time(&spin))
        return 0;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &mask);
    /* The last yield may have been a long one, on a processor that all share. */
    int there = nci_spin_look(&spin, now, end, is_there, what) || is_there(what);
    int handled = !there && ppoll(NULL, 0, &at_once, &mask) < 0 && errno == EINTR;
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    return handled ? nci_fail(NCI_INTERRUPTED, "a signal ended the wait") : there;
}

int nci_bell_glance(int64_t deadline, int (*is_there)(void *what), void *what)
{
    if (!nci_spin_time(&spin))
        return 0;
    int64_t now = nci_clock_now();
    int there = look(now, deadline < now + GLANCE ? deadline : now + GLANCE, is_there, what);
    if (there > 0)
        nci_spin_waited(&spin, now, now); /* it took longer only if others had the processor */
    return there;
}

static int sleep_until_ring(struct nci_bell *bell, int64_t deadline,
                            const struct nci_cancel *cancel)
{
    for (;;) {
        if (rung(bell))
            return NCI_OK;
        if (nci_cancel_fired(cancel))
            return nci_fail(NCI_INTERRUPTED, "the wait was cancelled");
        int error =
            bell->fd < 0 ? sleep_on_futex(bell, deadline) : sleep_in_poll(bell, deadline, cancel);
        if (error && rung(bell))
            return NCI_OK;
        if (error == ETIMEDOUT && deadline != NCI_FOREVER)
            return nci_fail(NCI_TIMEOUT, "the time given has passed");
        if (error == EINTR)
            return nci_fail(NCI_INTERRUPTED, "a signal ended the wait");
        if (error == ECANCELED)
            return nci_fail(NCI_INTERRUPTED, "the wait was cancelled");
        if (error && error != ETIMEDOUT)
            return nci_fail_errno(error, "cannot wait");
    }
}

int nci_bell_wait(struct nci_bell *bell, int64_t deadline, const struct nci_cancel *cancel)
{
    if (rung(bell))
        return NCI_OK;
    struct awaited awaited = {bell, cancel};
    int64_t now = nci_clock_now();
    int status = look(now, deadline, is_over, &awaited);
    if (status >= 0 || rung(bell))
        status = sleep_until_ring(bell, deadline, cancel);
    nci_spin_waited(&spin, now, nci_clock_now());
    return status;
}

void nci_bell_finish(struct nci_bell *bell)
{
    while (!rung(bell))
        sched_yield();
}

void nci_bell_again(struct nci_bell *bell)
{
    if (bell->fd >= 0)
        nci_event_clear(bell->fd);
    nci_store_release(&bell->word, QUIET);
}
