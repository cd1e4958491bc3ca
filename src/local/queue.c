/* SPDX-License-Identifier: MIT */
/*
 * A channel as a program's thread sees it: making, sending, receiving, waiting. The matching is
 * flow.c's, the ends are ends.c's.
 */
#include "local/queue.h"
#include "base/atomic.h"
#include "base/event.h"
#include "base/fork.h"
#include "base/mem.h"
#include "local/queue_core.h"

static uint64_t last_number;

int nci_queue_new(size_t capacity, struct nci_queue **out)
{
    if (capacity > NCI_QUEUE_CAPACITY_MAX)
        return nci_fail(NCI_LIMIT, "a channel's capacity is at most %zu, not %zu",
                        NCI_QUEUE_CAPACITY_MAX, capacity);
    int status = nci_fork_watch();
    if (status)
        return status;
    struct nci_queue *queue = (struct nci_queue *)nci_zalloc(sizeof *queue);
    if (!queue)
        return nci_fail_nomem();
    nci_lock_init(&queue->lock, NCI_RANK_QUEUE);
    queue->refs = 1;
    queue->generation = nci_fork_generation();
    queue->number = nci_add_relaxed(&last_number, 1);
    queue->capacity = capacity;
    nci_list_init(&queue->receivers);
    nci_list_init(&queue->senders);
    nci_list_init(&queue->drainers);
    nci_list_init(&queue->eligible);
    nci_list_init(&queue->feeders);
    nci_list_init(&queue->filled);
    nci_list_init(&queue->over);
    nci_list_init(&queue->watches);
    queue->limits.value = queue->outgoing.value = SIZE_MAX;
    queue->limits.depth = queue->outgoing.depth = UINT32_MAX;
    queue->receive_fd = queue->send_fd = -1;
    *out = queue;
    return NCI_OK;
}

struct nci_queue *nci_queue_ref(struct nci_queue *queue)
{
    nci_add_relaxed(&queue->refs, 1);
    return queue;
}

/* Feeders whose link has let go hold no reference: what they still hold goes with the queue. */
static void free_feeders(struct nci_queue *queue)
{
    nci_list_splice(&queue->feeders, &queue->filled);
    while (!nci_list_empty(&queue->feeders))
        nci_core_free_feeder(NCI_CONTAINER(queue->feeders.next, struct nci_feeder, port.in_queue));
}

void nci_queue_unref(struct nci_queue *queue)
{
    if (!queue || nci_sub_acq_rel(&queue->refs, 1) != 1)
        return;
    free_feeders(queue);
    nci_ring_fini(&queue->queued);
    nci_ring_fini(&queue->returned);
    nci_core_free_hand(queue);
    nci_event_close(queue->receive_fd);
    nci_event_close(queue->send_fd);
    nci_free(queue->cause);
    nci_free(queue->lost_cause);
    nci_lock_fini(&queue->lock);
    nci_free(queue);
}

unsigned nci_queue_generation(const struct nci_queue *queue)
{
    return queue->generation;
}

/* ---- waiting ---- */

/* Waits with the node in a list of the queue. NCI_OK: the waiter holds a result. */
static int wait_in_queue(struct nci_queue *queue, struct nci_node *node, int64_t deadline,
                         const struct nci_cancel *cancel)
{
    int status = nci_bell_wait(&node->waiter->bell, deadline, cancel);
    if (status == NCI_OK)
        return NCI_OK;
    if (!nci_waiter_claim(node->waiter)) {
        nci_bell_finish(&node->waiter->bell);
        return NCI_OK;
    }
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_list_remove(&node->link);
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
    return status;
}

/* The queue's lock is held and is left here. */
static int block(struct nci_queue *queue, struct nci_list *list, struct nci_value *sent,
                 struct nci_value **received, int64_t deadline, struct nci_cancel *cancel,
                 struct nci_wakes *wakes)
{
    struct nci_waiter waiter;
    struct nci_node node;
    int status = NCI_OK;
    if (nci_cancel_fired(cancel))
        status = nci_fail(NCI_INTERRUPTED, "the wait was cancelled");
    else if (deadline == 0)
        status = nci_fail(NCI_TIMEOUT, "the channel is %s", sent ? "full" : "empty");
    if (status == NCI_OK)
        status = nci_waiter_init(&waiter, cancel);
    if (status) {
        nci_core_settle(queue, wakes); /* the try may have found a permit's link without room */
        nci_queue_leave(queue, wakes);
        return status;
    }
    node.waiter = &waiter;
    node.value = sent;
    node.index = 0;
    nci_list_append(list, &node.link);
    nci_core_settle(queue, wakes);
    nci_queue_leave(queue, wakes);
    status = wait_in_queue(queue, &node, deadline, cancel);
    nci_waiter_fini(&waiter);
    if (status)
        return status;
    if (waiter.status)
        return nci_queue_state(queue);
    if (received)
        *received = waiter.value;
    return NCI_OK;
}

/* ---- sending ---- */

/* Waits until somebody has taken the value. The queue's lock is held and is left here. */
static int wait_to_send(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                        struct nci_cancel *cancel, struct nci_wakes *wakes)
{
    wakes->direct = deadline != 0;
    return block(queue, &queue->senders, value, NULL, deadline, cancel, wakes);
}

/* After something was done; the queue's lock is held and is left here. */
static inline void leave_done(struct nci_queue *queue, struct nci_wakes *wakes)
{
    nci_core_settle(queue, wakes);
    wakes->direct = 1;
    nci_queue_leave(queue, wakes);
}

/* Tries to put the value in. 1: it is in. 0: the queue is full. Else an error. */
static inline int try_to_send(struct nci_queue *queue, struct nci_value *value,
                              struct nci_wakes *wakes)
{
    int status = nci_core_admit(queue, value);
    int offered = status ? status : nci_core_offer(queue, value, wakes);
    return offered < 0 && !status ? nci_fail_nomem() : offered;
}

int64_t nci_queue_send_many(struct nci_queue *queue, struct nci_value *const *values, size_t count,
                            int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_wakes wakes;
    size_t sent = 0;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    while (sent < count && (status = try_to_send(queue, values[sent], &wakes)) > 0) {
        nci_value_ref(values[sent]);
        sent++;
    }
    if (!sent && !status && count) {
        status = wait_to_send(queue, values[0], deadline, cancel, &wakes);
        return status ? status : 1;
    }
    nci_core_settle(queue, &wakes);
    wakes.direct = status >= 0; /* an error's text must not be overwritten by what a link does */
    nci_queue_leave(queue, &wakes);
    return sent ? (int64_t)sent : status;
}

/* There was no room, as far as was known without a look at what is in hand. Who is to wait finds
 * nothing in hand behind this. */
static int try_beside_hand(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                           struct nci_wakes *wakes)
{
    int status = nci_core_look_for_room(queue, deadline);
    if (status == NCI_OK)
        status = try_to_send(queue, value, wakes);
    if (status || deadline == 0 || !queue->in_hand)
        return status;
    nci_core_recall(queue);
    return try_to_send(queue, value, wakes);
}

/* The usual ends here. What is rare is apart, so that the usual needs few registers. */
static __attribute__((noinline)) int send_later(struct nci_queue *queue, struct nci_value *value,
                                                int status, int64_t deadline,
                                                struct nci_cancel *cancel, struct nci_wakes *wakes)
{
    if (status == 0 && queue->hand)
        status = try_beside_hand(queue, value, deadline, wakes);
    else if (status == 0)
        nci_core_make_hand(queue);
    if (status == 0)
        return wait_to_send(queue, value, deadline, cancel, wakes);
    if (status > 0) {
        nci_value_ref(value);
        leave_done(queue, wakes);
        return NCI_OK;
    }
    nci_core_settle(queue, wakes);
    nci_queue_leave(queue, wakes);
    return status;
}

/* passes: the reference goes with the value, whatever the result. */
static inline __attribute__((always_inline)) int send_one(struct nci_queue *queue,
                                                          struct nci_value *value, int passes,
                                                          int64_t deadline,
                                                          struct nci_cancel *cancel)
{
    struct nci_wakes wakes;
    nci_wakes_init(&wakes);
    if (!passes)
        nci_prefetch_to_change(&value->refs);
    nci_lock_enter(&queue->lock);
    int status = try_to_send(queue, value, &wakes);
    if (status <= 0) {
        status = send_later(queue, value, status, deadline, cancel, &wakes);
        if (passes)
            nci_value_unref(value);
        return status;
    }
    if (!passes)
        nci_value_ref(value);
    leave_done(queue, &wakes);
    return NCI_OK;
}

int nci_queue_send(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                   struct nci_cancel *cancel)
{
    return send_one(queue, value, 0, deadline, cancel);
}

int nci_queue_pass(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                   struct nci_cancel *cancel)
{
    return send_one(queue, value, 1, deadline, cancel);
}

/* ---- receiving ---- */

static size_t poll_many(struct nci_queue *queue, struct nci_value **values, size_t count,
                        struct nci_wakes *wakes)
{
    size_t received = 0;
    while (received < count && nci_core_poll(queue, &values[received], wakes))
        received++;
    if (received)
        nci_core_settle(queue, wakes);
    return received;
}

/* Nothing is there. The queue's lock is held and is left here. */
static __attribute__((noinline)) int64_t recv_later(struct nci_queue *queue,
                                                    struct nci_value **values, size_t count,
                                                    int64_t deadline, struct nci_cancel *cancel,
                                                    struct nci_wakes *wakes)
{
    if (queue->ended) {
        int status = nci_core_ended(queue);
        nci_queue_leave(queue, wakes);
        return status;
    }
    nci_core_make_hand(queue);
    wakes->direct = deadline != 0;
    int status = block(queue, &queue->receivers, NULL, values, deadline, cancel, wakes);
    if (status)
        return status;
    if (count == 1)
        return 1;
    nci_queue_enter(queue, wakes);
    wakes->direct = 1;
    size_t received = poll_many(queue, values + 1, count - 1, wakes);
    nci_queue_leave(queue, wakes);
    return (int64_t)received + 1;
}

int64_t nci_queue_recv_many(struct nci_queue *queue, struct nci_value **values, size_t count,
                            int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_wakes wakes;
    if (!count)
        return 0;
    nci_queue_enter(queue, &wakes);
    size_t received = poll_many(queue, values, count, &wakes);
    if (!received)
        return recv_later(queue, values, count, deadline, cancel, &wakes);
    wakes.direct = 1;
    nci_queue_leave(queue, &wakes);
    return (int64_t)received;
}

int nci_queue_recv(struct nci_queue *queue, struct nci_value **value, int64_t deadline,
                   struct nci_cancel *cancel)
{
    struct nci_wakes wakes;
    if (nci_load_acquire(&queue->hand)) {
        int took = nci_hand_recv(queue, value, deadline);
        if (took)
            return took < 0 ? took : NCI_OK;
    }
    nci_queue_enter(queue, &wakes);
    if (!nci_core_poll(queue, value, &wakes)) {
        int64_t received = recv_later(queue, value, 1, deadline, cancel, &wakes);
        return received < 0 ? (int)received : NCI_OK;
    }
    leave_done(queue, &wakes);
    return NCI_OK;
}

/* ---- posting (errors channels) ---- */

void nci_queue_set_receive_only(struct nci_queue *queue)
{
    queue->receive_only = 1;
}

int nci_queue_is_receive_only(const struct nci_queue *queue)
{
    return queue->receive_only;
}

int nci_queue_full(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    int full = queue->queued.count >= queue->capacity;
    nci_queue_leave(queue, &wakes);
    return full;
}

int nci_queue_post(struct nci_queue *queue, struct nci_value *value)
{
    struct nci_wakes wakes;
    int let_go = 0;
    nci_queue_enter(queue, &wakes);
    if (!queue->ended && queue->queued.count >= queue->capacity) {
        nci_value_unref(nci_ring_pop(&queue->queued).value);
        let_go = 1;
    }
    int posted = !queue->ended && nci_core_offer(queue, value, &wakes) == 1;
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
    if (!posted)
        nci_value_unref(value);
    return let_go + !posted;
}
