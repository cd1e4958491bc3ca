/* SPDX-License-Identifier: MIT */
/*
 * Waits for acknowledgements. Watches are looked at only where a queue has some, so a program that
 * never drains pays one comparison.
 *
 * A sync covers the values that were on their way when it began: all stamps given out so far and
 * not yet acknowledged. It counts them down by stamp wherever they are acknowledged, also after
 * they returned and left with another stream.
 */
#include "local/watch.h"
#include "local/queue_core.h"

#include <string.h>

int nci_wait_init(struct nci_wait *wait, const struct nci_cancel *cancel)
{
    memset(wait, 0, sizeof *wait);
    nci_lock_init(&wait->lock, NCI_RANK_LEAF);
    wait->pending = 1;
    int status = nci_bell_init(&wait->bell, cancel);
    if (status)
        nci_lock_fini(&wait->lock);
    return status;
}

void nci_wait_fini(struct nci_wait *wait)
{
    nci_bell_fini(&wait->bell);
    nci_lock_fini(&wait->lock);
}

int nci_wait_mark(struct nci_wait *wait, int status)
{
    nci_lock_enter(&wait->lock);
    if (!wait->over) {
        wait->over = wait->marked = 1;
        wait->status = status;
    }
    int told = wait->status == status;
    nci_lock_leave(&wait->lock);
    return told;
}

void nci_wait_tell(struct nci_wait *wait)
{
    nci_lock_enter(&wait->lock);
    if (wait->marked) {
        wait->marked = 0;
        nci_bell_ring(&wait->bell); /* under the lock: the wait is on its owner's stack */
    }
    nci_lock_leave(&wait->lock);
}

int nci_wait_end(struct nci_wait *wait, int status)
{
    int told = nci_wait_mark(wait, status);
    nci_wait_tell(wait);
    return told;
}

static void one_less(struct nci_wait *wait)
{
    nci_lock_enter(&wait->lock);
    if (--wait->pending == 0 && !wait->over) {
        wait->over = 1;
        wait->status = NCI_OK;
        nci_bell_ring(&wait->bell);
    }
    nci_lock_leave(&wait->lock);
}

void nci_wait_ready(struct nci_wait *wait)
{
    one_less(wait);
}

int nci_wait_for(struct nci_wait *wait, int64_t deadline, const struct nci_cancel *cancel)
{
    int status = NCI_OK;
    if (deadline != 0)
        status = nci_bell_wait(&wait->bell, deadline, cancel);
    nci_lock_enter(&wait->lock);
    int over = wait->over;
    wait->over = 1; /* nobody rings any more */
    if (over)
        status = wait->status;
    nci_lock_leave(&wait->lock);
    if (over)
        nci_bell_finish(&wait->bell);
    else if (deadline == 0)
        status = nci_cancel_fired(cancel) ? NCI_INTERRUPTED : NCI_TIMEOUT;
    return status;
}

static int closes_written(const struct nci_list *list)
{
    for (const struct nci_list *at = list->next; at != list; at = at->next) {
        const struct nci_drainer *drainer =
            NCI_CONTAINER(at, const struct nci_drainer, port.in_queue);
        if (!drainer->stopped && !drainer->close_written)
            return 0;
    }
    return 1;
}

static int all_closes_written(const struct nci_queue *queue)
{
    return closes_written(&queue->drainers) && closes_written(&queue->eligible);
}

static uint64_t unacknowledged(const struct nci_queue *queue, enum nci_level level)
{
    return queue->queued.count + queue->returned.count +
           (level == NCI_LEVEL_RECEIVED ? queue->unreceived : queue->untaken);
}

static int satisfied(const struct nci_watch *watch)
{
    const struct nci_queue *queue = watch->queue;
    if (!watch->drain)
        return watch->remaining == 0;
    return !unacknowledged(queue, watch->level) && (!queue->ended || all_closes_written(queue));
}

void nci_core_watch_quiet(struct nci_queue *queue)
{
    for (struct nci_list *at = queue->watches.next; at != &queue->watches; at = at->next) {
        struct nci_watch *watch = NCI_CONTAINER(at, struct nci_watch, link);
        if (!watch->done && satisfied(watch)) {
            watch->done = 1;
            one_less(watch->wait);
        }
    }
}

void nci_core_watch_stamps(struct nci_queue *queue, const uint64_t *stamps, size_t count,
                           int level_mask)
{
    for (struct nci_list *at = queue->watches.next; at != &queue->watches; at = at->next) {
        struct nci_watch *watch = NCI_CONTAINER(at, struct nci_watch, link);
        if (watch->drain || !(level_mask & (1 << (watch->level - 1))))
            continue;
        for (size_t i = 0; i < count; i++)
            watch->remaining -= stamps[i] <= watch->bound && watch->remaining > 0;
    }
}

void nci_watch_start(struct nci_watch *watch, struct nci_queue *queue, struct nci_wait *wait,
                     enum nci_level level, int drain)
{
    struct nci_wakes wakes;
    watch->queue = nci_queue_ref(queue);
    watch->wait = wait;
    watch->level = level;
    watch->drain = drain;
    watch->done = 0;
    nci_lock_enter(&wait->lock);
    wait->pending++;
    nci_lock_leave(&wait->lock);
    nci_queue_enter(queue, &wakes);
    nci_core_drop_hand(queue);
    watch->bound = queue->next_stamp;
    watch->remaining =
        queue->returned.count + (level == NCI_LEVEL_RECEIVED ? queue->unreceived : queue->untaken);
    nci_list_append(&queue->watches, &watch->link);
    nci_core_watch_quiet(queue);
    nci_queue_leave(queue, &wakes);
}

void nci_watch_stop(struct nci_watch *watch)
{
    struct nci_wakes wakes;
    if (!watch->queue)
        return;
    nci_queue_enter(watch->queue, &wakes);
    nci_list_remove(&watch->link);
    nci_queue_leave(watch->queue, &wakes);
    nci_queue_unref(watch->queue);
    watch->queue = NULL;
}

uint64_t nci_watch_missing(struct nci_watch *watch)
{
    struct nci_wakes wakes;
    nci_queue_enter(watch->queue, &wakes);
    uint64_t missing = watch->done    ? 0
                       : watch->drain ? unacknowledged(watch->queue, watch->level)
                                      : watch->remaining;
    nci_queue_leave(watch->queue, &wakes);
    return missing;
}
