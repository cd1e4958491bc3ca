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
    feeder->owner = terms->owner;
    feeder->port.size = terms->size;
    feeder->window = terms->window;
    feeder->guest = terms->guest != 0;
    struct nci_wakes wakes;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    if (queue->ended) {
        status = nci_core_ended(queue);
        if (status != NCI_CLOSED)
            status = NCI_LOST;
    } else {
        nci_core_drop_hand(queue);
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
    feeder->port.size = size;
    feeder->window = window;
    nci_queue_leave(feeder->port.queue, &wakes);
}

static int make_room(struct nci_feeder *feeder, size_t count)
{
    if (!feeder->in) {
        feeder->in = (struct nci_inbox *)nci_zalloc(sizeof *feeder->in);
        if (!feeder->in)
            return NCI_NOMEM;
        feeder->in->told = feeder->taken;
    }
    return nci_ring_reserve(&feeder->in->ring, (size_t)feeder->in->ring.count + count);
}

int nci_feeder_deliver(struct nci_feeder *feeder, struct nci_value *const *values, size_t count,
                       struct nci_wakes *wakes)
{
    struct nci_queue *queue = feeder->port.queue;
    nci_lock_enter(&queue->lock);
    if (make_room(feeder, count)) {
        nci_lock_leave(&queue->lock);
        return nci_fail_nomem();
    }
    struct nci_ring *ring = &feeder->in->ring;
    int was_empty = ring->count == 0;
    for (size_t i = 0; i < count; i++) {
        struct nci_item item = {values[i], 0};
        nci_ring_push(ring, item);
    }
    queue->inbox_total += count;
    feeder->armed = 1;
    if (count && was_empty) {
        nci_list_remove(&feeder->port.in_queue);
        nci_list_append(&queue->filled, &feeder->port.in_queue);
    }
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
    look->untold = feeder->in && feeder->taken > feeder->in->told;
    look->at_once = nci_core_at_once(feeder);
    look->hangup = queue->ended && !feeder->ended;
    nci_queue_leave(queue, &wakes);
}

void nci_feeder_tell(struct nci_feeder *feeder, uint64_t *taken, uint64_t *bytes)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    struct nci_inbox *in = feeder->in;
    *taken = feeder->taken;
    *bytes = 0;
    feeder->armed = 0;
    if (in) {
        *bytes = in->bytes;
        in->bytes = 0;
        in->told = feeder->taken;
        if (in->asked && feeder->taken >= in->asked)
            in->asked = 0;
    }
    nci_queue_leave(feeder->port.queue, &wakes);
}

void nci_feeder_asked(struct nci_feeder *feeder, uint64_t seq)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    struct nci_inbox *in = feeder->in; /* without it everything is told */
    if (in) {
        in->asked = in->told < seq ? seq : 0;
        if (in->asked && feeder->taken >= seq)
            nci_port_mark(&feeder->port, &wakes);
    }
    nci_queue_leave(feeder->port.queue, &wakes);
}

/* It has ended and is empty. */
static void put_over(struct nci_queue *queue, struct nci_feeder *feeder)
{
    nci_list_remove(&feeder->port.in_queue);
    nci_list_append(&queue->over, &feeder->port.in_queue);
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
        if (nci_core_inbox(feeder) == 0)
            put_over(queue, feeder);
        nci_port_mark(&feeder->port, &wakes); /* everything may be taken already */
    }
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

void nci_core_free_feeder(struct nci_feeder *feeder)
{
    nci_list_remove(&feeder->port.in_queue);
    if (feeder->in)
        nci_ring_fini(&feeder->in->ring);
    nci_free(feeder->in);
    nci_free(feeder);
}

void nci_core_feeders_over(struct nci_queue *queue, struct nci_wakes *wakes)
{
    int last = 0;
    while (!nci_list_empty(&queue->over)) {
        struct nci_feeder *feeder =
            NCI_CONTAINER(queue->over.next, struct nci_feeder, port.in_queue);
        nci_list_remove(&feeder->port.in_queue);
        if (feeder->counted && feeder->guest) {
            queue->guest_count--;
        } else if (feeder->counted) {
            queue->feeder_count--;
            last = queue->feeder_count == 0;
        }
        feeder->counted = 0;
        if (feeder->port.outlet)
            nci_list_append(&queue->feeders, &feeder->port.in_queue);
        else
            nci_core_free_feeder(feeder);
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
    if (nci_core_inbox(feeder) == 0)
        put_over(queue, feeder);
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
    nci_queue_unref(queue);
}

void nci_feeder_rest(struct nci_feeder *feeder)
{
    struct nci_queue *queue = feeder->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    struct nci_inbox *in = feeder->in;
    if (in && !in->ring.count && in->told == feeder->taken) {
        nci_ring_fini(&in->ring);
        nci_free(in);
        feeder->in = NULL;
    }
    nci_ring_trim(&queue->queued);
    nci_queue_leave(queue, &wakes);
}

size_t nci_feeder_inbox(struct nci_feeder *feeder)
{
    struct nci_wakes wakes;
    nci_queue_enter(feeder->port.queue, &wakes);
    size_t count = nci_core_inbox(feeder);
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
