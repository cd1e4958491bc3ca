/* SPDX-License-Identifier: MIT */
/*
 * The loop. Each round handles descriptors first and timers last, so that a link is judged only
 * after what had arrived was read.
 *
 * The process has at most one running loop, counted in `current` under the global mutex. That mutex
 * is taken with no other lock held and is re-made in a child of fork.
 */
#include "run/loop.h"
#include "base/atomic.h"
#include "base/blocks.h"
#include "base/clock.h"
#include "base/event.h"
#include "base/fork.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/spin.h"
#include "run/poller.h"
#include "run/timers.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

/* Measured with small values at a size of 1,024: with 32 KiB a block held a little less than half of
 * them, so that no acknowledgement went out before the second one. */
#define SCRATCH_SIZE ((size_t)64 * 1024)
#define LATE         (INT64_C(1000) * NCI_MS)

struct nci_loop {
    int wake;
    pthread_t thread;
    unsigned refs, joiners; /* global mutex */
    int taken;              /* global mutex: somebody has begun to dismantle it */
    int64_t last_write;     /* atomic */
    size_t last_length;     /* atomic: bytes that were then written */
    uint32_t stop;          /* atomic */
    uint32_t sleeping;      /* atomic: a poster must wake the thread */
    uint32_t holds;         /* atomic: the thread's one and the sources' */
    uint32_t refusals;      /* atomic: how many want no looking before sleep */
    struct nci_lock lock;   /* leaf: inbox, the end of wake */
    struct nci_list inbox;
    struct nci_timers timers;
    struct nci_poller poller;
    struct nci_spin spin;
    void *scratch;
};

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER;
static struct nci_loop *current;

void nci_source_init(struct nci_source *source)
{
    source->fd = -1;
    source->events = 0;
    source->due = NCI_FOREVER;
    source->heap_slot = 0;
    source->removed = 0;
    nci_list_init(&source->in_inbox);
}

/* ---- the thread ---- */

void nci_loop_hold(struct nci_loop *loop)
{
    nci_add_relaxed(&loop->holds, 1);
}

void nci_loop_drop(struct nci_loop *loop)
{
    if (nci_sub_acq_rel(&loop->holds, 1) != 1)
        return;
    nci_lock_fini(&loop->lock);
    nci_free(loop);
}

/* The thread has ended, or never began. */
static void dismantle(struct nci_loop *loop)
{
    nci_poller_close(&loop->poller);
    nci_lock_enter(&loop->lock);
    nci_event_close(loop->wake);
    loop->wake = -1;
    nci_lock_leave(&loop->lock);
    nci_timers_fini(&loop->timers);
    nci_free(loop->scratch);
    nci_blocks_keep(0);
    nci_loop_drop(loop);
}

static struct nci_source *next_posted(struct nci_loop *loop, struct nci_list *batch)
{
    struct nci_source *source = NULL;
    nci_lock_enter(&loop->lock);
    if (!nci_list_empty(batch)) {
        source = NCI_CONTAINER(batch->next, struct nci_source, in_inbox);
        nci_list_remove(&source->in_inbox);
    }
    nci_lock_leave(&loop->lock);
    return source;
}

/* Those that were posted before: a source that posts itself has its next turn after the others. */
static void run_inbox(struct nci_loop *loop)
{
    struct nci_list batch;
    struct nci_source *source;
    nci_list_init(&batch);
    nci_lock_enter(&loop->lock);
    nci_list_splice(&batch, &loop->inbox);
    nci_lock_leave(&loop->lock);
    while ((source = next_posted(loop, &batch)))
        source->posted(source);
}

static int inbox_empty(struct nci_loop *loop)
{
    nci_lock_enter(&loop->lock);
    int empty = nci_list_empty(&loop->inbox);
    nci_lock_leave(&loop->lock);
    return empty;
}

static int timeout_of(struct nci_loop *loop, int64_t now)
{
    int64_t due = nci_timers_next(&loop->timers);
    if (due == NCI_FOREVER)
        return -1;
    if (due <= now)
        return 0;
    int64_t ms = (due - now + NCI_MS - 1) / NCI_MS;
    return ms > 3600000 ? 3600000 : (int)ms;
}

/* Posts are seen without a wake: it does not sleep. */
static int has_event(void *what)
{
    struct nci_loop *loop = (struct nci_loop *)what;
    nci_poller_wait(&loop->poller, 0);
    return loop->poller.count > 0 || !inbox_empty(loop);
}

static void sleep_until_event(struct nci_loop *loop, int timeout)
{
    /* Said before the inbox is looked at under its lock: a post either is seen here, or comes later
     * and sees this. */
    nci_store_seq(&loop->sleeping, 1);
    if (!inbox_empty(loop) || nci_load_acquire(&loop->stop))
        timeout = 0;
    nci_poller_wait(&loop->poller, timeout);
    nci_store_seq(&loop->sleeping, 0);
}

/* Waits until something happens. Returns when it was asked to wake at the latest. */
static int64_t wait_for_events(struct nci_loop *loop)
{
    int64_t now = nci_clock_now();
    int timeout = timeout_of(loop, now);
    int looks = timeout != 0 && !nci_load_relaxed(&loop->refusals);
    if (!looks || !nci_spin_look(&loop->spin, now, NCI_FOREVER, has_event, loop))
        sleep_until_event(loop, timeout);
    if (looks)
        nci_spin_waited(&loop->spin, now, nci_clock_now());
    return timeout < 0 ? NCI_FOREVER : now + (int64_t)timeout * NCI_MS;
}

static void run_events(struct nci_loop *loop)
{
    void *what;
    int events;
    while ((what = nci_poller_next(&loop->poller, &events))) {
        struct nci_source *source = (struct nci_source *)what;
        if (what == loop)
            nci_event_clear(loop->wake);
        else
            source->ready(source, events);
    }
}

static void run_timers(struct nci_loop *loop, int64_t asked)
{
    int64_t now = nci_clock_now();
    int late = asked != NCI_FOREVER && now > asked + LATE;
    struct nci_source *source;
    for (uint32_t left = loop->timers.count; left > 0; left--) {
        source = nci_timers_pop(&loop->timers, now);
        if (!source)
            return;
        source->timer(source, now, late);
    }
}

/* Nobody joins: the thread takes itself and the loop away. */
static void thread_ends(struct nci_loop *loop)
{
    pthread_mutex_lock(&global);
    int mine = loop->joiners == 0;
    if (mine) {
        pthread_detach(pthread_self());
        loop->taken = 1;
    }
    pthread_mutex_unlock(&global);
    if (mine)
        dismantle(loop);
}

/* A program rings at its first value. On its own core this thread would run before the second one; on
 * another it sends what little there is, and each small write costs the peer's processor as much as
 * a large one: bursts of a thousand fall to a few values each. So when that is what they did last,
 * whoever waits for this core may go on first. Not always: where bursts are long this costs a tenth. */
static int is_rung_early(const struct nci_loop *loop)
{
    return nci_poller_tells_only(&loop->poller, loop) &&
           nci_load_relaxed(&loop->last_length) < NCI_LOOP_SMALL;
}

static void *run(void *argument)
{
    struct nci_loop *loop = (struct nci_loop *)argument;
    while (!nci_load_acquire(&loop->stop) || !inbox_empty(loop)) {
        int64_t asked = wait_for_events(loop);
        if (is_rung_early(loop))
            sched_yield();
        run_events(loop);
        run_inbox(loop);
        run_timers(loop, asked);
    }
    thread_ends(loop);
    return NULL;
}

/* ---- starting and ending ---- */

static int watch_wake(struct nci_loop *loop)
{
    uint32_t place;
    int status = nci_event_open(&loop->wake);
    if (status == NCI_OK)
        status = nci_poller_open(&loop->poller);
    if (status == NCI_OK)
        status = nci_poller_add(&loop->poller, loop->wake, NCI_READABLE, loop, &place);
    return status ? nci_fail_context(status, "cannot start the I/O loop") : NCI_OK;
}

static int start_thread(struct nci_loop *loop)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int error = pthread_create(&loop->thread, NULL, run, loop);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return error ? nci_fail_errno(error, "cannot start the I/O thread") : NCI_OK;
}

static int new_loop(struct nci_loop **out)
{
    struct nci_loop *loop = (struct nci_loop *)nci_zalloc(sizeof *loop);
    if (!loop)
        return nci_fail_nomem();
    loop->poller.epoll = loop->wake = -1;
    nci_blocks_keep(1);
    loop->refs = 1;
    loop->holds = 1;
    loop->spin = (struct nci_spin)NCI_SPIN(100);
    nci_lock_init(&loop->lock, NCI_RANK_LEAF);
    nci_list_init(&loop->inbox);
    int status = NCI_OK;
    loop->scratch = nci_alloc(SCRATCH_SIZE);
    if (!loop->scratch)
        status = nci_fail_nomem();
    if (status == NCI_OK)
        status = watch_wake(loop);
    if (status == NCI_OK)
        status = start_thread(loop);
    if (status) {
        dismantle(loop);
        return status;
    }
    *out = loop;
    return NCI_OK;
}

/* In a child of fork the thread is gone; its descriptors are the parent's business. */
static void forget_in_child(void)
{
    pthread_mutex_init(&global, NULL);
    current = NULL;
    nci_blocks_forget();
}

int nci_loop_acquire(struct nci_loop **out)
{
    int status = nci_fork_watch();
    if (status)
        return status;
    nci_fork_on_child(forget_in_child);
    pthread_mutex_lock(&global);
    if (current)
        current->refs++;
    else
        status = new_loop(&current);
    if (status == NCI_OK)
        *out = current;
    pthread_mutex_unlock(&global);
    return status;
}

void nci_loop_release(struct nci_loop *loop)
{
    pthread_mutex_lock(&global);
    int last = --loop->refs == 0;
    if (last) {
        if (current == loop)
            current = NULL;
        /* Under the mutex, so that the thread cannot take the loop away in between. */
        nci_store_seq(&loop->stop, 1);
        nci_event_set(loop->wake);
    }
    pthread_mutex_unlock(&global);
}

void nci_loop_join_begin(struct nci_loop *loop)
{
    pthread_mutex_lock(&global);
    loop->joiners++;
    pthread_mutex_unlock(&global);
}

void nci_loop_join_end(struct nci_loop *loop)
{
    pthread_mutex_lock(&global);
    /* With references left, or another joiner behind us, it is not ours to join. If the thread has
     * not ended yet and we leave, it takes itself away; it may have done so long ago. */
    int last = --loop->joiners == 0;
    int join = last && loop->refs == 0 && !loop->taken;
    if (join) {
        loop->taken = 1;
        loop->joiners = 1; /* still one: the thread must leave the loop to us */
    }
    pthread_mutex_unlock(&global);
    if (!join)
        return;
    pthread_join(loop->thread, NULL);
    dismantle(loop);
}

/* ---- sources ---- */

void nci_loop_post(struct nci_loop *loop, struct nci_source *source)
{
    nci_lock_enter(&loop->lock);
    int news = !source->removed && nci_list_empty(&source->in_inbox);
    if (news)
        nci_list_append(&loop->inbox, &source->in_inbox);
    nci_lock_leave(&loop->lock);
    if (!news || !nci_load_seq(&loop->sleeping) || !nci_exchange_seq(&loop->sleeping, 0))
        return;
    /* The thread may have woken by itself and ended: then the descriptor is somebody else's. */
    nci_lock_enter(&loop->lock);
    if (loop->wake >= 0)
        nci_event_set(loop->wake);
    nci_lock_leave(&loop->lock);
}

void nci_loop_refuse_spin(struct nci_loop *loop)
{
    nci_add_relaxed(&loop->refusals, 1);
}

void nci_loop_allow_spin(struct nci_loop *loop)
{
    nci_sub_acq_rel(&loop->refusals, 1);
}

void nci_loop_note_write(struct nci_loop *loop, int64_t now, size_t length)
{
    nci_store_relaxed(&loop->last_write, now);
    nci_store_relaxed(&loop->last_length, length);
}

int64_t nci_loop_last_write(const struct nci_loop *loop)
{
    return nci_load_relaxed(&loop->last_write);
}

size_t nci_loop_last_length(const struct nci_loop *loop)
{
    return nci_load_relaxed(&loop->last_length);
}

int nci_loop_watch(struct nci_loop *loop, struct nci_source *source, int fd, int events)
{
    int known = source->fd == fd, status;
    if (known && source->events == events)
        return NCI_OK;
    if (known) {
        status = nci_poller_change(&loop->poller, source->place, events);
    } else {
        status = nci_timers_reserve(&loop->timers);
        if (status)
            return status;
        status = nci_poller_add(&loop->poller, fd, events, source, &source->place);
        if (status)
            nci_timers_unreserve(&loop->timers);
    }
    if (status)
        return status;
    source->fd = fd;
    source->events = events;
    return NCI_OK;
}

void nci_loop_set_timer(struct nci_loop *loop, struct nci_source *source, int64_t due)
{
    nci_timers_set(&loop->timers, source, due);
}

void nci_loop_remove(struct nci_loop *loop, struct nci_source *source)
{
    nci_timers_set(&loop->timers, source, NCI_FOREVER);
    if (source->fd >= 0) {
        nci_poller_remove(&loop->poller, source->place);
        nci_timers_unreserve(&loop->timers);
        source->fd = -1;
    }
    nci_lock_enter(&loop->lock);
    nci_list_remove(&source->in_inbox);
    source->removed = 1;
    nci_lock_leave(&loop->lock);
}

void *nci_loop_scratch(struct nci_loop *loop, size_t *size)
{
    *size = SCRATCH_SIZE;
    return loop->scratch;
}
