/* SPDX-License-Identifier: MIT */
/*
 * How values move through a queue. There are sources (returned values, queued values, inboxes of
 * feeders, blocked senders) and sinks (waiting receivers, drainers with permits, free places of the
 * queue); whoever brings a new source or sink matches it here, so that outside the lock never both
 * a value and somebody who could take it are left waiting.
 *
 * Two waiting threads are never matched with each other: the later one meets the earlier one in
 * offer or poll. So one claim decides each match.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/room.h"
#include "local/queue_core.h"

#define TURN_MOST  64  /* values that a feeder gives in its turn */
#define SPENT_MOST 256 /* bytes of a link's room that a stream takes before it tells */
#define AHEAD      8   /* how many values before it is needed one is fetched */

size_t nci_core_stored(const struct nci_queue *queue)
{
    return queue->queued.count + queue->returned.count + queue->inbox_total;
}

/* ---- waiting threads ---- */

/* Claims the first thread of the list that still waits; its node leaves the list. */
static struct nci_node *claim_first(struct nci_list *list)
{
    while (!nci_list_empty(list)) {
        struct nci_node *node = NCI_CONTAINER(list->next, struct nci_node, link);
        nci_list_remove(&node->link);
        if (nci_waiter_claim(node->waiter))
            return node;
    }
    return NULL;
}

static void serve(struct nci_node *node, int status, struct nci_value *value,
                  struct nci_wakes *wakes)
{
    struct nci_waiter *waiter = node->waiter;
    waiter->status = status;
    waiter->index = node->index;
    waiter->value = value;
    nci_wakes_add(wakes, waiter);
}

/* ---- drainers ---- */

void nci_core_drainer_update(struct nci_drainer *drainer)
{
    struct nci_queue *queue = drainer->port.queue;
    int able = nci_core_drainer_able(drainer) && !drainer->wanting;
    if (able == (int)drainer->eligible)
        return;
    drainer->eligible = able != 0;
    nci_list_remove(&drainer->port.in_queue);
    nci_list_append(able ? &queue->eligible : &queue->drainers, &drainer->port.in_queue);
    if (able)
        queue->eligible_count++;
    else
        queue->eligible_count--;
}

/* The next drainer that can take a value now; one whose link is full goes to the want list. */
static struct nci_drainer *pick_drainer(struct nci_queue *queue, struct nci_wakes *wakes)
{
    while (!nci_list_empty(&queue->eligible)) {
        struct nci_drainer *drainer =
            NCI_CONTAINER(queue->eligible.next, struct nci_drainer, port.in_queue);
        if (nci_port_has_room(&drainer->port, wakes))
            return drainer;
        drainer->wanting = 1;
        nci_core_drainer_update(drainer);
    }
    return NULL;
}

/* Makes a place for one more value in the drainer's outbox, and for its return. Not NCI_OK: no
 * memory, no detail text. */
static inline int prepare(struct nci_queue *queue, struct nci_drainer *drainer)
{
    /* A value that is on its way can always come back: its place is made before it leaves. One that
     * came back before has its place still. */
    if (!drainer->out && !(drainer->out = (struct nci_outbox *)nci_zalloc(sizeof *drainer->out)))
        return NCI_NOMEM;
    size_t places = queue->returned.count + queue->unreceived + (queue->returned.count == 0);
    return nci_ring_reserve(&queue->returned, places) ||
           nci_ring_reserve(&drainer->out->ring, (size_t)drainer->out->ring.count + 1);
}

/* No memory to give a value out. If others are on their way, an acknowledgement tries again; else
 * the link has to: it looks, and cannot go on if that fails too. The value is in the channel. */
static void starve(struct nci_queue *queue, struct nci_drainer *drainer, struct nci_wakes *wakes)
{
    if (queue->unreceived)
        return;
    drainer->starved = 1;
    nci_port_mark(&drainer->port, wakes);
}

/* Where there is enough of the link's room, a stream takes that of several small values in one step:
 * an atomic operation for each was a twentieth of a sender's time. So each has that much for itself;
 * it is part of the 1,024 bytes for a stream of netchan-options(7). */
static inline void spend(struct nci_drainer *drainer, size_t length)
{
    struct nci_outlet *outlet = drainer->port.outlet;
    struct nci_outbox *out = drainer->out;
    int64_t spent = out->spent + (int64_t)nci_room_of(length);
    int later = spent < SPENT_MOST && spent < nci_load_relaxed(&outlet->room);
    if (!later)
        nci_outlet_add_room(outlet, -spent);
    out->spent = later ? spent : 0;
}

static inline void give(struct nci_queue *queue, struct nci_drainer *drainer, struct nci_item item,
                        struct nci_wakes *wakes)
{
    int64_t length = (int64_t)nci_value_length(item.value);
    struct nci_outbox *out = drainer->out;
    if (!item.stamp)
        item.stamp = ++queue->next_stamp;
    nci_ring_push(&out->ring, item);
    drainer->port.credit--;
    drainer->window -= length;
    if (drainer->count > 0)
        drainer->count--;
    if (!queue->unreceived || queue->away.value < (size_t)length)
        queue->away.value = (size_t)length;
    if (!queue->unreceived || queue->away.depth < nci_value_depth(item.value))
        queue->away.depth = nci_value_depth(item.value);
    out->unreceived++;
    out->untaken++;
    queue->unreceived++;
    queue->untaken++;
    spend(drainer, (size_t)length);
    if (out->ring.count == 1)
        nci_port_fill(&drainer->port, wakes);
    if (drainer->port.credit <= 0 || drainer->window <= 0)
        out->exhausted_at = nci_clock_now();
    if (!nci_core_drainer_able(drainer))
        nci_core_drainer_update(drainer);
}

static void rotate(struct nci_queue *queue, struct nci_drainer *drainer)
{
    if (queue->eligible_count < 2 || !drainer->eligible)
        return;
    nci_list_remove(&drainer->port.in_queue);
    nci_list_append(&queue->eligible, &drainer->port.in_queue);
}

/* ---- sources ---- */

/* The channel took values out of the inbox. */
static void took(struct nci_feeder *feeder, size_t count, size_t bytes, struct nci_wakes *wakes)
{
    feeder->taken += count;
    feeder->in->bytes += bytes;
    if (nci_core_at_once(feeder) || !feeder->armed) {
        feeder->armed = 1;
        nci_port_mark(&feeder->port, wakes);
    }
}

/* After values of a feeder were taken: the next feeder's turn. */
static void next_filled(struct nci_queue *queue, struct nci_feeder *feeder)
{
    if (feeder->in->ring.count && queue->filled.next == queue->filled.prev)
        return;
    nci_list_remove(&feeder->port.in_queue);
    if (feeder->in->ring.count)
        nci_list_append(&queue->filled, &feeder->port.in_queue);
    else
        nci_list_append(feeder->ended ? &queue->over : &queue->feeders, &feeder->port.in_queue);
}

static struct nci_feeder *first_filled(struct nci_queue *queue)
{
    return NCI_CONTAINER(queue->filled.next, struct nci_feeder, port.in_queue);
}

/* The first filled feeder's turn begins: one value while few wait, more where there are many, since
 * each change of feeders costs several waits for memory. */
static void begin_turn(struct nci_queue *queue)
{
    size_t feeders = (size_t)queue->feeder_count + queue->guest_count + 1;
    size_t fair = queue->inbox_total / feeders / 4;
    queue->turn_left = fair < 1 ? 1 : fair < TURN_MOST ? (uint32_t)fair : TURN_MOST;
    if (queue->turn_left > 1 && !nci_list_empty(&queue->filled)) {
        for (uint32_t i = 0; i < AHEAD; i++)
            nci_ring_prefetch(&first_filled(queue)->in->ring, i);
    }
}

static struct nci_item pop_inbox(struct nci_queue *queue, struct nci_wakes *wakes)
{
    struct nci_feeder *feeder = first_filled(queue);
    struct nci_item item = nci_ring_pop(&feeder->in->ring);
    nci_ring_prefetch(&feeder->in->ring, AHEAD);
    queue->inbox_total--;
    took(feeder, 1, nci_value_length(item.value), wakes);
    if (queue->turn_left > 1 && feeder->in->ring.count) {
        queue->turn_left--;
    } else {
        next_filled(queue, feeder);
        begin_turn(queue);
    }
    return item;
}

/* The same for as many as fit into the queue, which has room for them reserved. */
static void pour_inbox(struct nci_queue *queue, struct nci_feeder *feeder, size_t room,
                       struct nci_wakes *wakes)
{
    struct nci_ring *ring = &feeder->in->ring;
    size_t count = ring->count < room ? ring->count : room, bytes;
    if (count == 1) { /* so it is while a program takes one value at a time out of a full channel */
        struct nci_item item = nci_ring_pop(ring);
        bytes = nci_value_length(item.value);
        nci_ring_push(&queue->queued, item);
    } else {
        bytes = nci_ring_move(ring, &queue->queued, (uint32_t)count);
    }
    queue->inbox_total -= count;
    took(feeder, count, bytes, wakes);
    next_filled(queue, feeder);
    queue->turn_left = 0;
}

static struct nci_item pop_returned(struct nci_queue *queue)
{
    if (queue->misplaced)
        nci_ring_order(&queue->returned, queue->misplaced);
    queue->misplaced = 0;
    return nci_ring_pop(&queue->returned);
}

/* Returned and queued values, then inboxes. */
static int pop_stored(struct nci_queue *queue, struct nci_item *item, struct nci_wakes *wakes)
{
    if (queue->returned.count) {
        *item = pop_returned(queue);
    } else if (queue->queued.count) {
        *item = nci_ring_pop(&queue->queued);
    } else if (queue->inbox_total) {
        *item = pop_inbox(queue, wakes);
    } else {
        return 0;
    }
    return 1;
}

static int pop_sender(struct nci_queue *queue, struct nci_item *item, struct nci_wakes *wakes)
{
    struct nci_node *node = claim_first(&queue->senders);
    if (!node)
        return 0;
    item->value = nci_value_ref(node->value);
    item->stamp = 0;
    serve(node, NCI_OK, NULL, wakes);
    return 1;
}

/* What may enter the queue proper: inboxes and blocked senders, in turn. */
static int pop_entering(struct nci_queue *queue, struct nci_item *item, struct nci_wakes *wakes)
{
    queue->senders_turn = !queue->senders_turn;
    if (queue->senders_turn && pop_sender(queue, item, wakes))
        return 1;
    if (queue->inbox_total) {
        *item = pop_inbox(queue, wakes);
        return 1;
    }
    return pop_sender(queue, item, wakes);
}

static int pop_any(struct nci_queue *queue, struct nci_item *item, struct nci_wakes *wakes)
{
    if (queue->returned.count || queue->queued.count)
        return pop_stored(queue, item, wakes);
    return pop_entering(queue, item, wakes);
}

/* ---- matching ---- */

static void pump_receivers(struct nci_queue *queue, struct nci_wakes *wakes)
{
    struct nci_item item;
    while (!nci_list_empty(&queue->receivers) && nci_core_stored(queue)) {
        struct nci_node *node = claim_first(&queue->receivers);
        if (!node)
            return;
        if (!pop_stored(queue, &item, wakes))
            return;
        if (item.stamp)
            nci_core_watch_stamps(queue, &item.stamp, 1, 3);
        serve(node, NCI_OK, item.value, wakes);
    }
}

static int any_source(const struct nci_queue *queue)
{
    return nci_core_stored(queue) || !nci_list_empty(&queue->senders);
}

/* Drainers take turns; one turn is at most a fair part of what is there, so that competing
 * importers share and each link still gets its values in runs. */
static void pump_drainers(struct nci_queue *queue, struct nci_wakes *wakes)
{
    struct nci_drainer *drainer;
    struct nci_item item;
    while (any_source(queue) && (drainer = pick_drainer(queue, wakes))) {
        size_t turn = nci_core_stored(queue) / queue->eligible_count;
        do {
            if (prepare(queue, drainer)) {
                starve(queue, drainer, wakes);
                return;
            }
            if (!pop_any(queue, &item, wakes))
                return;
            nci_ring_prefetch(&queue->queued, AHEAD);
            give(queue, drainer, item, wakes);
        } while (turn-- > 1 && any_source(queue) && nci_core_drainer_able(drainer) &&
                 nci_load_relaxed(&drainer->port.outlet->room) > 0);
        rotate(queue, drainer);
    }
}

static void refill(struct nci_queue *queue, struct nci_wakes *wakes)
{
    struct nci_item item;
    /* The usual case: one stream feeds the channel, and nobody else has anything for it. */
    if (queue->inbox_total > 1 && queue->filled.next == queue->filled.prev &&
        nci_list_empty(&queue->senders) && queue->queued.count < queue->capacity) {
        size_t room = queue->capacity - queue->queued.count;
        if (room > queue->inbox_total)
            room = queue->inbox_total;
        if (nci_ring_reserve(&queue->queued, queue->queued.count + room) == NCI_OK)
            pour_inbox(queue, first_filled(queue), room, wakes);
    }
    while (queue->queued.count < queue->capacity &&
           (queue->inbox_total || !nci_list_empty(&queue->senders))) {
        if (nci_ring_reserve(&queue->queued, (size_t)queue->queued.count + 1) ||
            !pop_entering(queue, &item, wakes))
            return;
        nci_ring_push(&queue->queued, item);
    }
}

void nci_core_pump(struct nci_queue *queue, struct nci_wakes *wakes)
{
    pump_receivers(queue, wakes);
    pump_drainers(queue, wakes);
    refill(queue, wakes);
}

int nci_core_offer(struct nci_queue *queue, struct nci_value *value, struct nci_wakes *wakes)
{
    struct nci_item item = {value, 0};
    if (!nci_core_stored(queue)) {
        struct nci_node *node = claim_first(&queue->receivers);
        if (node) {
            serve(node, NCI_OK, value, wakes);
            return 1;
        }
        struct nci_drainer *drainer = pick_drainer(queue, wakes);
        if (drainer) {
            if (prepare(queue, drainer))
                return -1;
            give(queue, drainer, item, wakes);
            rotate(queue, drainer);
            return 1;
        }
    }
    size_t held = (size_t)queue->queued.count + queue->in_hand;
    if (held >= queue->capacity)
        return 0;
    if (nci_ring_reserve(&queue->queued, held + 1)) /* what is in hand can always come back */
        return -1;
    nci_ring_push(&queue->queued, item);
    if (queue->eligible_count)
        nci_core_pump(queue, wakes);
    return 1;
}

int nci_core_poll(struct nci_queue *queue, struct nci_value **value, struct nci_wakes *wakes)
{
    struct nci_item item;
    if (!pop_any(queue, &item, wakes))
        return 0;
    if (item.stamp)
        nci_core_watch_stamps(queue, &item.stamp, 1, 3);
    *value = item.value;
    nci_ring_prefetch(&queue->queued, AHEAD); /* perhaps another processor has made it */
    if (queue->inbox_total || !nci_list_empty(&queue->senders))
        refill(queue, wakes);
    return 1;
}
