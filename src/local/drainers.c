/* SPDX-License-Identifier: MIT */
/*
 * Drainers: how values leave a channel on streams, are counted until they are acknowledged, and
 * come back when they were not. A value in an outbox was popped but never sent; taking it back is
 * always possible, because its place in the returned list was made before it left.
 */
#include "base/mem.h"
#include "base/room.h"
#include "local/queue_core.h"

#include <string.h>

void nci_drainer_attach(struct nci_drainer *drainer, struct nci_queue *queue,
                        struct nci_outlet *outlet, const struct nci_drainer_terms *terms)
{
    memset(drainer, 0, sizeof *drainer);
    nci_port_init(&drainer->port, outlet, 1);
    drainer->imported = terms->imported != 0;
    drainer->returns = terms->returns != 0;
    drainer->count = -1;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_core_drop_hand(queue);
    drainer->port.queue = nci_queue_ref(queue);
    nci_list_append(&queue->drainers, &drainer->port.in_queue);
    queue->drainer_count++;
    if (terms->imported) {
        queue->imported_count++;
        queue->had_import = 1;
    }
    nci_queue_leave(queue, &wakes);
}

static void deposit(struct nci_drainer *drainer, uint64_t values, uint64_t bytes,
                    struct nci_wakes *wakes)
{
    drainer->port.credit += (int32_t)values;
    drainer->window += (int64_t)bytes;
    if (drainer->out && drainer->port.credit > 0 && drainer->window > 0)
        drainer->out->exhausted_at = 0;
    nci_core_drainer_update(drainer);
    nci_core_pump(drainer->port.queue, wakes);
}

void nci_drainer_open(struct nci_drainer *drainer, uint64_t values, uint64_t bytes, int64_t count)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    drainer->count = count;
    deposit(drainer, values, bytes, &wakes);
    nci_port_mark(&drainer->port, &wakes); /* the channel may have finished already */
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

void nci_drainer_resume(struct nci_drainer *drainer)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    drainer->wanting = 0;
    nci_core_drainer_update(drainer);
    nci_core_pump(queue, &wakes);
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

size_t nci_drainer_collect(struct nci_drainer *drainer, struct nci_item *items, size_t max)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    size_t count = 0;
    nci_queue_enter(queue, &wakes);
    if (drainer->out) {
        struct nci_ring *ring = &drainer->out->ring;
        while (count < max && ring->count)
            items[count++] = nci_ring_pop(ring);
        nci_core_tell_spent(drainer);
    }
    nci_queue_leave(queue, &wakes);
    return count;
}

size_t nci_drainer_outbox(struct nci_drainer *drainer)
{
    struct nci_wakes wakes;
    nci_queue_enter(drainer->port.queue, &wakes);
    size_t count = nci_core_outbox(drainer);
    nci_queue_leave(drainer->port.queue, &wakes);
    return count;
}

void nci_drainer_look(struct nci_drainer *drainer, struct nci_drainer_look *look)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    look->starved = drainer->starved;
    if (look->starved) {
        drainer->starved = 0;
        nci_core_pump(queue, &wakes);
        look->starved = drainer->starved;
    }
    look->outbox = nci_core_outbox(drainer);
    look->asks = queue->asking_told && drainer->out && drainer->out->unreceived > 0;
    look->finished = NCI_OK;
    if (nci_core_finished(queue))
        look->finished = queue->ended == NCI_CLOSED ? NCI_CLOSED : NCI_LOST;
    nci_queue_leave(queue, &wakes);
}

void nci_drainer_close_written(struct nci_drainer *drainer)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    drainer->close_written = 1;
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

/* So many values are no longer unreceived, and untaken: acknowledged, or back in the channel. */
static void count_off(struct nci_drainer *drainer, uint64_t unreceived, uint64_t untaken)
{
    struct nci_queue *queue = drainer->port.queue;
    if (!drainer->out)
        return; /* nothing is under way */
    drainer->out->unreceived -= unreceived;
    drainer->out->untaken -= untaken;
    queue->unreceived -= unreceived;
    queue->untaken -= untaken;
}

int nci_drainer_acked(struct nci_drainer *drainer, const struct nci_drainer_acks *acks,
                      struct nci_wakes *wakes)
{
    struct nci_queue *queue = drainer->port.queue;
    int stamped =
        (acks->received_stamps || !acks->received) && (acks->taken_stamps || !acks->taken);
    nci_lock_enter(&queue->lock); /* what has a drainer has nothing in hand */
    int done = stamped || nci_list_empty(&queue->watches);
    if (done) {
        count_off(drainer, acks->received, acks->taken);
        nci_core_watch_stamps(queue, acks->received_stamps, acks->received, 1 << 0);
        nci_core_watch_stamps(queue, acks->taken_stamps, acks->taken, 1 << 1);
        if (acks->values || acks->bytes)
            deposit(drainer, acks->values, acks->bytes, wakes);
        nci_core_settle(queue, wakes);
    }
    nci_lock_leave(&queue->lock);
    return done;
}

/* ---- the end of a drainer ---- */

/* Its place by stamp is found when the next value leaves: a thousand streams that end together give
 * all of theirs back first. */
static void put_back(struct nci_queue *queue, struct nci_item item)
{
    struct nci_ring *ring = &queue->returned;
    int older = ring->count && nci_ring_at(ring, ring->count - 1)->stamp > item.stamp;
    if (older || queue->misplaced)
        queue->misplaced++;
    nci_ring_push(ring, item);
}

static void take_outbox_back(struct nci_queue *queue, struct nci_drainer *drainer)
{
    if (!drainer->out)
        return;
    nci_core_tell_spent(drainer);
    struct nci_ring *ring = &drainer->out->ring;
    uint32_t count = ring->count;
    int64_t room = 0;
    while (ring->count) {
        struct nci_item item = nci_ring_pop(ring);
        room += (int64_t)nci_room_of(nci_value_length(item.value));
        put_back(queue, item);
    }
    if (drainer->port.outlet)
        nci_outlet_add_room(drainer->port.outlet, room);
    count_off(drainer, count, count);
    nci_ring_fini(ring);
}

void nci_drainer_give_back(struct nci_drainer *drainer, const struct nci_item *items, size_t count,
                           struct nci_drainer_loss *loss)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    drainer->stopped = 1;
    nci_core_drainer_update(drainer);
    count_off(drainer, count, count);
    if (drainer->returns) {
        for (size_t i = 0; i < count; i++)
            put_back(queue, items[i]);
        loss->returned += count;
    } else {
        for (size_t i = 0; i < count; i++) {
            nci_core_watch_stamps(queue, &items[i].stamp, 1, 3);
            nci_value_unref(items[i].value);
        }
        queue->dropped += count;
        loss->dropped += count;
    }
    nci_queue_leave(queue, &wakes);
}

void nci_drainer_untaken(struct nci_drainer *drainer, const uint64_t *stamps, size_t count)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    count_off(drainer, 0, count);
    nci_core_watch_stamps(queue, stamps, count, 1 << 1);
    nci_queue_leave(queue, &wakes);
}

static void leave_queue(struct nci_queue *queue, struct nci_drainer *drainer)
{
    drainer->stopped = 1;
    nci_core_drainer_update(drainer);
    nci_list_remove(&drainer->port.in_queue);
    nci_port_leave(&drainer->port);
    queue->drainer_count--;
    if (drainer->out)
        count_off(drainer, drainer->out->unreceived, drainer->out->untaken);
    if (drainer->imported)
        queue->imported_count--;
}

void nci_drainer_detach(struct nci_drainer *drainer, int code, const char *cause,
                        struct nci_drainer_loss *loss)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    size_t taken_back = nci_core_outbox(drainer);
    take_outbox_back(queue, drainer);
    leave_queue(queue, drainer);
    if (drainer->imported && code == NCI_LOST && !queue->any_lost) {
        queue->any_lost = 1;
        queue->lost_cause = cause ? nci_strdup(cause) : NULL;
    }
    int was_open = !queue->ended;
    nci_core_pump(queue, &wakes);
    if (drainer->imported)
        nci_core_may_end(queue, &wakes);
    /* After an own hangup they were counted then. */
    if (drainer->imported && queue->ended && !queue->imported_count &&
        (was_open || !drainer->withdrawn)) {
        if (taken_back > queue->returned.count)
            taken_back = queue->returned.count; /* the pump moved some on */
        loss->stranded = queue->queued.count + taken_back;
    }
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
    nci_queue_unref(queue);
    nci_free(drainer->out);
}

void nci_drainer_stop(struct nci_drainer *drainer)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    drainer->stopped = drainer->withdrawn = 1;
    nci_core_drainer_update(drainer);
    take_outbox_back(queue, drainer);
    nci_core_pump(queue, &wakes);
    nci_core_settle(queue, &wakes);
    nci_queue_leave(queue, &wakes);
}

void nci_drainer_rest(struct nci_drainer *drainer)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    if (drainer->out && !drainer->out->untaken && !drainer->out->unreceived) {
        nci_ring_fini(&drainer->out->ring);
        nci_free(drainer->out);
        drainer->out = NULL;
    }
    nci_ring_trim(&queue->queued);
    if (!queue->unreceived)
        nci_ring_trim(&queue->returned);
    nci_queue_leave(queue, &wakes);
}

int64_t nci_drainer_stalled(struct nci_drainer *drainer, int64_t now)
{
    struct nci_queue *queue = drainer->port.queue;
    struct nci_wakes wakes;
    int64_t stalled = 0;
    nci_queue_enter(queue, &wakes);
    if (drainer->out && drainer->out->exhausted_at &&
        (nci_core_stored(queue) || !nci_list_empty(&queue->senders)))
        stalled = (now - drainer->out->exhausted_at) / 1000000;
    nci_queue_leave(queue, &wakes);
    return stalled;
}
