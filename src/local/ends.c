/* SPDX-License-Identifier: MIT */
/*
 * How channels end, what holds them open, and what is told about them: state, length, limits,
 * pollable descriptors. One end for every cause; the first sticks.
 */
#include "base/event.h"
#include "base/mem.h"
#include "local/queue_core.h"

static void end_waiters(struct nci_list *list, int code, struct nci_wakes *wakes)
{
    while (!nci_list_empty(list)) {
        struct nci_node *node = NCI_CONTAINER(list->next, struct nci_node, link);
        nci_list_remove(&node->link);
        if (!nci_waiter_claim(node->waiter))
            continue;
        node->waiter->status = code;
        node->waiter->index = node->index;
        node->waiter->value = NULL;
        nci_wakes_add(wakes, node->waiter);
    }
}

/* Those that go on are to be hung up. */
static void mark_feeders(struct nci_list *list, struct nci_wakes *wakes)
{
    for (struct nci_list *at = list->next; at != list; at = at->next) {
        struct nci_feeder *feeder = NCI_CONTAINER(at, struct nci_feeder, port.in_queue);
        if (!feeder->ended)
            nci_port_mark(&feeder->port, wakes);
    }
}

void nci_core_end(struct nci_queue *queue, int code, const char *cause, struct nci_wakes *wakes)
{
    if (queue->ended)
        return;
    queue->ended = code;
    queue->cause = cause ? nci_strdup(cause) : NULL; /* without memory the code must do */
    /* A thread waits for a value only while there is none, so all of them learn the end now. */
    end_waiters(&queue->receivers, code, wakes);
    end_waiters(&queue->senders, code, wakes);
    mark_feeders(&queue->filled, wakes);
    mark_feeders(&queue->feeders, wakes);
    nci_core_settle(queue, wakes);
}

void nci_core_may_end(struct nci_queue *queue, struct nci_wakes *wakes)
{
    if (queue->ended || queue->holds || queue->kept)
        return;
    int fed_out = queue->had_feeder && !queue->feeder_count;
    int drained_out = queue->had_import && !queue->imported_count;
    int bare = !queue->feeder_count && !queue->imported_count;
    if (!fed_out && !drained_out && !bare)
        return;
    if (queue->any_lost)
        nci_core_end(queue, NCI_LOST, queue->lost_cause, wakes);
    else
        nci_core_end(queue, NCI_CLOSED, "its last stream has ended", wakes);
}

int nci_core_finished(const struct nci_queue *queue)
{
    return queue->ended && !nci_core_stored(queue) && !queue->unreceived;
}

int nci_core_ended(struct nci_queue *queue)
{
    return nci_fail(queue->ended, "the channel is %s%s%s",
                    queue->ended == NCI_CLOSED ? "closed"
                    : queue->ended == NCI_LOST ? "lost"
                                               : nci_status_text(queue->ended),
                    queue->cause ? ": " : "", queue->cause ? queue->cause : "");
}

int nci_core_judge(struct nci_queue *queue, const struct nci_value *value)
{
    if (queue->receive_only)
        return nci_fail(NCI_USAGE, "an errors channel is for receiving only");
    if (queue->ended)
        return nci_core_ended(queue);
    if (nci_value_length(value) > queue->limits.value)
        return nci_fail(NCI_LIMIT,
                        "the value is %zu bytes long; limit.value of what the channel is bound to "
                        "is %zu",
                        nci_value_length(value), queue->limits.value);
    if (nci_value_depth(value) > queue->limits.depth)
        return nci_fail(NCI_LIMIT,
                        "the value is %u levels deep; limit.depth of what the channel is bound to "
                        "is %u",
                        nci_value_depth(value), queue->limits.depth);
    return NCI_OK;
}

/* ---- descriptors and settling ---- */

static void show(int fd, int *set, int ready)
{
    if (fd < 0 || *set == ready)
        return;
    *set = ready;
    if (ready)
        nci_event_set(fd);
    else
        nci_event_clear(fd);
}

static void update_descriptors(struct nci_queue *queue)
{
    int readable = queue->ended || nci_core_stored(queue) || !nci_list_empty(&queue->senders);
    int writable = queue->ended || queue->queued.count < queue->capacity ||
                   !nci_list_empty(&queue->receivers) || queue->eligible_count;
    show(queue->receive_fd, &queue->receive_set, readable);
    show(queue->send_fd, &queue->send_set, writable);
}

static void mark_all(struct nci_list *list, struct nci_wakes *wakes)
{
    for (struct nci_list *at = list->next; at != list; at = at->next)
        nci_port_mark(NCI_CONTAINER(at, struct nci_port, in_queue), wakes);
}

static void mark_drainers(struct nci_queue *queue, struct nci_wakes *wakes)
{
    mark_all(&queue->drainers, wakes);
    mark_all(&queue->eligible, wakes);
}

/* An ended, empty channel waits only for acknowledgements: its links ask for them, and close their
 * streams when the last one is there. A value that comes back, or late, undoes both. */
static void settle_end(struct nci_queue *queue, struct nci_wakes *wakes)
{
    int empty = !nci_core_stored(queue);
    int finished = empty && !queue->unreceived, asking = empty && queue->unreceived;
    if ((finished && !queue->finished_told) || (asking && !queue->asking_told))
        mark_drainers(queue, wakes);
    queue->finished_told = finished;
    queue->asking_told = asking;
}

void nci_core_settle_what(struct nci_queue *queue, struct nci_wakes *wakes)
{
    if (!nci_list_empty(&queue->over))
        nci_core_feeders_over(queue, wakes);
    if (queue->ended)
        settle_end(queue, wakes);
    if (!nci_list_empty(&queue->watches))
        nci_core_watch_quiet(queue);
    if (queue->receive_fd >= 0 || queue->send_fd >= 0)
        update_descriptors(queue);
}

int nci_queue_descriptor(struct nci_queue *queue, int receive, int *fd)
{
    struct nci_wakes wakes;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    nci_core_drop_hand(queue);
    int *mine = receive ? &queue->receive_fd : &queue->send_fd;
    if (*mine < 0)
        status = nci_event_open(mine);
    if (status == NCI_OK) {
        update_descriptors(queue);
        *fd = *mine;
    }
    nci_queue_leave(queue, &wakes);
    return status;
}

/* ---- the program's side ---- */

void nci_queue_end(struct nci_queue *queue, int code, const char *cause)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_core_end(queue, code, cause, &wakes);
    nci_queue_leave(queue, &wakes);
}

int nci_queue_close(struct nci_queue *queue)
{
    if (queue->receive_only)
        return nci_fail(NCI_USAGE, "an errors channel ends with its owner");
    nci_queue_end(queue, NCI_CLOSED, "by this program");
    return NCI_OK;
}

int nci_queue_hold(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    if (queue->ended)
        status = nci_core_ended(queue);
    else
        queue->holds++;
    nci_queue_leave(queue, &wakes);
    return status;
}

int nci_queue_release(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    int status = NCI_OK;
    nci_queue_enter(queue, &wakes);
    if (!queue->holds) {
        status = nci_fail(NCI_USAGE, "the channel has no hold to release");
    } else {
        queue->holds--;
        nci_core_may_end(queue, &wakes);
    }
    nci_queue_leave(queue, &wakes);
    return status;
}

void nci_queue_keep_open(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    queue->kept = 1;
    nci_queue_leave(queue, &wakes);
}

size_t nci_queue_length(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    size_t length = nci_core_stored(queue);
    nci_queue_leave(queue, &wakes);
    return length;
}

size_t nci_queue_capacity(const struct nci_queue *queue)
{
    return queue->capacity;
}

int nci_queue_state(struct nci_queue *queue)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    int status = queue->ended ? nci_core_ended(queue) : NCI_OK;
    nci_queue_leave(queue, &wakes);
    return status;
}

static int over(const struct nci_value *held, size_t value, unsigned depth)
{
    return nci_value_length(held) > value || nci_value_depth(held) > depth;
}

static const struct nci_value *find_over_in(struct nci_ring *ring, size_t value, unsigned depth)
{
    for (uint32_t i = 0; i < ring->count; i++) {
        if (over(nci_ring_at(ring, i)->value, value, depth))
            return nci_ring_at(ring, i)->value;
    }
    return NULL;
}

/* A value over the limits that could still leave the queue, wherever it waits; NULL: none. */
static const struct nci_value *find_over(struct nci_queue *queue, size_t value, unsigned depth)
{
    const struct nci_value *found = find_over_in(&queue->returned, value, depth);
    if (!found)
        found = find_over_in(&queue->queued, value, depth);
    for (struct nci_list *at = queue->filled.next; !found && at != &queue->filled; at = at->next)
        found = find_over_in(&NCI_CONTAINER(at, struct nci_feeder, port.in_queue)->in->ring, value,
                             depth);
    for (struct nci_list *at = queue->senders.next; !found && at != &queue->senders;
         at = at->next) {
        const struct nci_node *node = NCI_CONTAINER(at, const struct nci_node, link);
        if (over(node->value, value, depth))
            found = node->value;
    }
    return found;
}

static void lower(struct nci_queue_limits *limits, size_t value, unsigned depth)
{
    limits->value = value < limits->value ? value : limits->value;
    limits->depth = depth < limits->depth ? depth : limits->depth;
}

/* What streams may bring must fit through those that carry it on. */
static int judge_relay(const struct nci_queue *queue, size_t value, unsigned depth, int sends)
{
    const struct nci_queue_limits *other = sends ? &queue->incoming : &queue->outgoing;
    if (sends ? value >= other->value && depth >= other->depth
              : value <= other->value && depth <= other->depth)
        return NCI_OK;
    return nci_fail(NCI_LIMIT,
                    "limit.value %zu and limit.depth %u; the channel is also bound for %s with "
                    "%zu and %u, and what comes in must be able to go out",
                    value, depth, sends ? "receiving" : "sending", other->value, other->depth);
}

static int judge_held(struct nci_queue *queue, size_t value, unsigned depth)
{
    const struct nci_value *held = find_over(queue, value, depth);
    if (held)
        return nci_fail(NCI_LIMIT,
                        "the channel holds a value of %zu bytes and %u levels; the limits are %zu "
                        "and %u",
                        nci_value_length(held), nci_value_depth(held), value, depth);
    if (queue->unreceived && (queue->away.value > value || queue->away.depth > depth))
        return nci_fail(NCI_LIMIT,
                        "values of up to %zu bytes and %u levels may come back to the channel; the "
                        "limits are %zu and %u",
                        queue->away.value, queue->away.depth, value, depth);
    return NCI_OK;
}

int nci_queue_limit(struct nci_queue *queue, size_t value, unsigned depth, int sends)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    int status = judge_relay(queue, value, depth, sends);
    if (status == NCI_OK)
        status = judge_held(queue, value, depth);
    if (status == NCI_OK) {
        lower(&queue->limits, value, depth);
        if (sends) {
            lower(&queue->outgoing, value, depth);
        } else {
            queue->incoming.value = value > queue->incoming.value ? value : queue->incoming.value;
            queue->incoming.depth = depth > queue->incoming.depth ? depth : queue->incoming.depth;
        }
    }
    nci_queue_leave(queue, &wakes);
    return status;
}

void nci_queue_figures(struct nci_queue *queue, struct nci_queue_figures *figures)
{
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    figures->length = nci_core_stored(queue);
    figures->capacity = queue->capacity;
    figures->queued = queue->queued.count;
    figures->returned = queue->returned.count;
    figures->dropped = queue->dropped;
    figures->drainers = queue->drainer_count;
    figures->feeders = queue->feeder_count + queue->guest_count;
    nci_queue_leave(queue, &wakes);
}
