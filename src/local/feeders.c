/* SPDX-License-Identifier: MIT */
/*
 * Feeders: how values of streams enter a channel. An inbox holds what the stream delivered and the
 * channel has not taken; its bound is the stream's credit, which the engine enforces. The end of a
 * stream stands behind its inbox, also when the link has let go long before a receiver comes.
 */
#include "base/mem.h"
#include "local/queue_core.h"

int nci_feeder_attach(struct nci_queue *queue, struct nci_outlet *outlet,
                      const struct nci_feeder_terms *terms, struct nci_feeder **out)
{
    struct nci_feeder *feeder = (struct nci_feeder *)nci_zalloc(sizeof *feeder);
    if (!feeder)
        return nci_fail_nomem();
    nci_port_init(&feeder->port, outlet, 0);
    nci_list_init(&feeder->in_filled);
    feeder->owner = terms->owner;
    feeder->size = terms->size;
    feeder->window = terms->window;
    feeder->guest = terms->guest;
    struct nci_wakes wakes;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    if (queue->ended) {
        status = nci_core_ended(queue);
        if (status != NCI_CLOSED)
            status = NCI_LOST;
    } else {
        feeder->port.queue = nci_queue_ref(queue);
        nci_list_append(&queue->feeders, &feeder->port.in_queue);
        feeder->counted = 1;
        if (feeder->guest) {
            queue->guest_count++;
        } else {
            queue->feeder_count++;
            queue->had_feeder = 1;
        }
    }
    nci_queue_leave(queue, &wakes);
    if (status)
        nci_free(feeder);
    else
        *out = feeder;
    return status;
}

struct nci_port *nci_feeder_port(struct nci_feeder *feeder)
{
    return &feeder->port;
}

void *nci_feeder_owner(const struct nci_port *port)
{
    return NCI_CONTAINER(port, struct nci_feeder, port)->owner;
}

void nci_feeder_granted(struct nci_feeder *feeder, uint32_t size, uint64_t window)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    feeder->size = size;
    feeder->window = window;
    nci_queue_leave(feeder->port.queue, &wakes);
}

int nci_feeder_deliver(struct nci_feeder *feeder, struct nci_value *const *values, size_t count,
                       struct nci_wakes *wakes)
{
    struct nci_queue *queue = feeder->port.queue;
    nci_lock_enter(&queue->lock);
    if (nci_ring_reserve(&feeder->inbox, (size_t)feeder->inbox.count + count)) {
        nci_lock_leave(&queue->lock);
        return nci_fail_nomem();
    }
    for (size_t i = 0; i < count; i++) {
        struct nci_item item = {values[i], 0};
        nci_ring_push(&feeder->inbox, item);
    }
    queue->inbox_total += count;
    feeder->armed = 1;
    if (count && nci_list_empty(&feeder->in_filled))
        nci_list_append(&queue->filled, &feeder->in_filled);
    nci_core_pump(queue, wakes);
    nci_core_settle(queue, wakes);
    nci_lock_leave(&queue->lock);
    return NCI_OK;
}

void nci_feeder_look(struct nci_feeder *feeder, struct nci_feeder_look *look)
{
    struct nci_queue *queue = feeder->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    uint64_t half_size = feeder->size / 2, half_window = feeder->window / 2;
    look->untold = feeder->taken > feeder->told;
    look->at_once = (feeder->ended && feeder->inbox.count == 0) ||
                    (look->untold &&
                     (feeder->taken - feeder->told >= (half_size ? half_size : 1) ||
                      feeder->taken_bytes - feeder->told_bytes >= (half_window ? half_window : 1) ||
                      (feeder->asked && feeder->taken >= feeder->asked)));
    look->hangup = queue->ended && !feeder->ended;
    nci_queue_leave(queue, &wakes);
}

void nci_feeder_tell(struct nci_feeder *feeder, uint64_t *taken, uint64_t *taken_bytes)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    *taken = feeder->told = feeder->taken;
    *taken_bytes = feeder->told_bytes = feeder->taken_bytes;
    feeder->armed = 0;
    if (feeder->asked && feeder->taken >= feeder->asked)
        feeder->asked = 0;
    nci_queue_leave(feeder->port.queue, &wakes);
}

void nci_feeder_asked(struct nci_feeder *feeder, uint64_t seq)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    feeder->asked = feeder->told < seq ? seq : 0;
    if (feeder->asked && feeder->taken >= seq)
        nci_port_mark(&feeder->port, &wakes);
    nci_queue_leave(feeder->port.queue, &wakes);
}

void nci_feeder_end(struct nci_feeder *feeder, int code, const char *cause)
{
    struct nci_queue *queue = feeder->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    if (!feeder->ended) {
        feeder->ended = code;
        if (code == NCI_LOST && !feeder->guest && !queue->any_lost) {
            queue->any_lost = 1;
            queue->lost_cause = cause ? nci_strdup(cause) : NULL;
        }
        if (feeder->inbox.count == 0)
            nci_list_append(&queue->over, &feeder->in_filled);
        nci_port_mark(&feeder->port, &wakes); /* everything may be taken already */
    }
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

void nci_core_feeders_over(struct nci_queue *queue, struct nci_wakes *wakes)
{
    int last = 0;
    while (!nci_list_empty(&queue->over)) {
        struct nci_feeder *feeder = NCI_CONTAINER(queue->over.next, struct nci_feeder, in_filled);
        nci_list_remove(&feeder->in_filled);
        if (feeder->counted && feeder->guest) {
            queue->guest_count--;
        } else if (feeder->counted) {
            queue->feeder_count--;
            last = queue->feeder_count == 0;
        }
        feeder->counted = 0;
        if (!feeder->port.outlet) {
            nci_list_remove(&feeder->port.in_queue);
            nci_ring_fini(&feeder->inbox);
            nci_free(feeder);
        }
    }
    if (last)
        nci_core_may_end(queue, wakes);
}

void nci_feeder_detach(struct nci_feeder *feeder)
{
    struct nci_queue *queue = feeder->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_port_leave(&feeder->port);
    feeder->port.outlet = NULL;
    if (!feeder->ended)
        feeder->ended = NCI_CLOSED;
    if (feeder->inbox.count == 0 && nci_list_empty(&feeder->in_filled))
        nci_list_append(&queue->over, &feeder->in_filled);
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
    nci_queue_unref(queue);
}

void nci_feeder_rest(struct nci_feeder *feeder)
{
    struct nci_queue *queue = feeder->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_ring_trim(&feeder->inbox);
    nci_ring_trim(&queue->queued);
    nci_queue_leave(queue, &wakes);
}

size_t nci_feeder_inbox(struct nci_feeder *feeder)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    size_t count = feeder->inbox.count;
    nci_queue_leave(feeder->port.queue, &wakes);
    return count;
}

uint64_t nci_feeder_taken(struct nci_feeder *feeder)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    uint64_t taken = feeder->taken;
    nci_queue_leave(feeder->port.queue, &wakes);
    return taken;
}
