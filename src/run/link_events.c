/* SPDX-License-Identifier: MIT */
/*
 * What a session tells its link, and what the link's channels tell the session. Everything here
 * runs with the link's lock held and takes only queue locks and below; what needs the owner's
 * registry is put on a list and done by the I/O thread afterwards.
 *
 * Values are collected into batches while input is handled, so that a channel's lock is taken once
 * per run of values. Every event that says something about a stream's end first delivers the batch:
 * an end stands behind the values.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/room.h"
#include "run/link.h"
#include "run/report.h"

#include <string.h>

static struct nci_link *of(void *ctx)
{
    return (struct nci_link *)ctx;
}

void nci_link_flush_batch(struct nci_link *link)
{
    struct nci_batch *batch = link->batch;
    if (!batch || !batch->count)
        return;
    int status = NCI_OK;
    struct nci_feeder *feeder = nci_end_feeder(batch->end);
    if (feeder)
        status = nci_feeder_deliver(feeder, batch->values, batch->count, &link->receivers);
    if (status || !feeder) {
        for (size_t i = 0; i < batch->count; i++)
            nci_value_unref(batch->values[i]);
    }
    if (status)
        batch->status = status;
    batch->count = 0;
}

/* ---- the link as a whole ---- */

static void on_ready(void *ctx)
{
    struct nci_link *link = of(ctx);
    int status = link->transport->ops->identify(link->transport, &link->identity);
    if (status) {
        link->batch->status = status; /* a peer half known must not pass for somebody else */
        return;
    }
    link->greeted = 1;
    if (link->connecting) {
        nci_call_finish(link->connecting, NCI_OK, "");
        link->connecting = NULL;
    }
}

static void on_bye(void *ctx, int code, const char *text)
{
    struct nci_link *link = of(ctx);
    nci_link_flush_batch(link);
    link->peer_bye = 1;
    link->peer_code = code;
    if (code && !link->peer_text)
        link->peer_text = nci_strdup(text ? text : "");
}

/* Answered by the I/O thread, which may take the registry's lock. */
static void on_list(void *ctx, uint64_t cursor, const char *filter, size_t length)
{
    struct nci_link *link = of(ctx);
    struct nci_list_ask *ask = (struct nci_list_ask *)nci_zalloc(sizeof *ask);
    if (!ask) {
        link->batch->status = nci_fail_nomem();
        return;
    }
    ask->cursor = cursor;
    memcpy(ask->filter, filter, length < sizeof ask->filter ? length : sizeof ask->filter - 1);
    nci_list_append(&link->asks, &ask->link);
}

static void on_listing(void *ctx, uint64_t cursor, struct nci_value *payload)
{
    nci_importer_listing(of(ctx), cursor, payload);
}

/* ---- binds ---- */

static void on_bind(void *ctx, struct nci_stream *stream)
{
    struct nci_link *link = of(ctx);
    stream->ask->until = NCI_FOREVER;
    nci_list_append(&link->binds, &stream->ask->in_owner);
}

static void finish_import(struct nci_end *end, int status, const char *text)
{
    if (!end->call)
        return;
    nci_call_finish(end->call, status, text);
    end->call = NULL;
}

/* An import has failed, and nobody waits for the answer: the channel tells it. */
static void tell_channel(struct nci_link *link, struct nci_end *end, int code, const char *text)
{
    struct nci_report report = {code, text, link->peer, end->binding->name, &link->identity,
                                0,    0,    0};
    nci_queue_end(end->binding->queue, code, text);
    nci_owner_report(link->owner, &report);
}

/* The importer's end of an accepted bind: from here on the channel has the stream. */
static int attach_import(struct nci_link *link, struct nci_end *end)
{
    struct nci_stream *stream = nci_end_stream(end);
    struct nci_binding *binding = end->binding;
    nci_binding_keep_open(binding);
    if (stream->sends) {
        nci_end_drain(link, end, binding, 1);
        nci_drainer_open(nci_end_drainer(end), stream->size, stream->window, stream->count);
        return NCI_OK;
    }
    struct nci_feeder_terms terms = {stream->size, stream->window, end, 0};
    return nci_feeder_attach(binding->queue, &link->outlet, &terms, &end->feeder);
}

static void on_bound(void *ctx, struct nci_stream *stream)
{
    struct nci_link *link = of(ctx);
    struct nci_end *end = nci_end_of(stream);
    int status = attach_import(link, end);
    if (status) {
        if (end->async && status != NCI_CLOSED && status != NCI_LOST) /* else it has ended */
            tell_channel(link, end, status, nci_detail());
        finish_import(end, status, nci_detail());
        nci_link_hang_up(link, end, NCI_CLOSED, "the importer's channel has ended");
        return;
    }
    nci_store_relaxed(&end->binding->live, 1);
    finish_import(end, NCI_OK, "");
}

/* ---- values ---- */

#define PULL_MOST 128

static size_t on_pull(void *ctx, struct nci_stream *stream, struct nci_outgoing *items, size_t max)
{
    struct nci_item taken[PULL_MOST];
    struct nci_end *end = nci_end_of(stream);
    (void)ctx;
    if (!nci_end_drainer(end))
        return 0;
    if (max > PULL_MOST)
        max = PULL_MOST;
    size_t count = nci_drainer_collect(nci_end_drainer(end), taken, max);
    for (size_t i = 0; i < count; i++) {
        items[i].value = taken[i].value;
        items[i].stamp = taken[i].stamp;
    }
    return count;
}

static int on_value(void *ctx, struct nci_stream *stream, struct nci_value *value)
{
    struct nci_link *link = of(ctx);
    struct nci_batch *batch = link->batch;
    struct nci_end *end = nci_end_of(stream);
    if (batch->end != end || batch->count == NCI_LINK_BATCH)
        nci_link_flush_batch(link);
    if (batch->status)
        return batch->status;
    link->values_since = 1;
    batch->end = end;
    batch->values[batch->count++] = value;
    return NCI_OK;
}

static void on_figures(void *ctx, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes)
{
    struct nci_end *end = nci_end_of(stream);
    nci_link_flush_batch(of(ctx));
    *taken = *bytes = 0;
    if (nci_end_feeder(end))
        nci_feeder_tell(end->feeder, taken, bytes);
}

static void on_asked(void *ctx, struct nci_stream *stream, uint64_t seq)
{
    struct nci_end *end = nci_end_of(stream);
    nci_link_flush_batch(of(ctx));
    if (nci_end_feeder(end))
        nci_feeder_asked(end->feeder, seq);
}

#define STAMPS 256

/* The stamps of count values of the ledger, which begin with its at-th. */
static void read_stamps(const struct nci_stream *stream, uint64_t at, uint64_t count,
                        uint64_t *stamps)
{
    const struct nci_ledger *ledger = nci_stream_ledger(stream);
    for (uint64_t i = 0; i < count; i++)
        stamps[i] = nci_ledger_at(ledger, (uint32_t)(at + i))->stamp;
}

/* Somebody waits at the channel: it must know which values these were. */
static void acked_with_stamps(struct nci_end *end, const struct nci_stream *stream,
                              const struct nci_drainer_acks *all, struct nci_wakes *wakes)
{
    uint64_t received_stamps[STAMPS], taken_stamps[STAMPS];
    uint64_t received = 0, taken = 0;
    const struct nci_ledger *ledger = nci_stream_ledger(stream);
    uint64_t first = ledger->received - ledger->taken;
    while (received < all->received || taken < all->taken) {
        uint64_t more = all->received - received, gone = all->taken - taken;
        more = more < STAMPS ? more : STAMPS;
        gone = gone < STAMPS ? gone : STAMPS;
        read_stamps(stream, first + received, more, received_stamps);
        read_stamps(stream, taken, gone, taken_stamps);
        received += more;
        taken += gone;
        int last = received == all->received && taken == all->taken;
        struct nci_drainer_acks some = {more,         gone, received_stamps,
                                        taken_stamps, gone, last ? all->bytes : 0};
        if (!nci_drainer_acked(nci_end_drainer(end), &some, wakes))
            return;
    }
}

static void on_acked(void *ctx, struct nci_stream *stream, uint64_t received, uint64_t taken,
                     uint64_t taken_bytes)
{
    struct nci_end *end = nci_end_of(stream);
    struct nci_wakes *wakes = &of(ctx)->senders;
    struct nci_drainer_acks acks = {received, taken, NULL, NULL, taken, taken_bytes};
    if (nci_end_drainer(end) && !nci_drainer_acked(nci_end_drainer(end), &acks, wakes))
        acked_with_stamps(end, stream, &acks, wakes);
}

/* ---- ends ---- */

static void on_closed(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    struct nci_end *end = nci_end_of(stream);
    nci_link_flush_batch(of(ctx));
    if (nci_end_feeder(end))
        nci_feeder_end(end->feeder, code, text);
}

static void on_hungup(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    struct nci_link *link = of(ctx);
    struct nci_end *end = nci_end_of(stream);
    nci_link_flush_batch(link);
    nci_end_unlist(end); /* a parked bind that was withdrawn */
    if (!end->hung_up)
        end->end_code = code;
    if (nci_end_feeder(end))
        nci_feeder_end(end->feeder, code == NCI_CLOSED ? NCI_CLOSED : NCI_LOST, text);
    finish_import(end, code, text);
    if (!end->binding || nci_end_drainer(end) || nci_end_feeder(end) || end->hung_up)
        return;
    if (end->async)
        tell_channel(link, end, code, text);
}

/* The close stands in wire; what counts for a drain is that the write has returned. */
static void on_close_written(void *ctx, struct nci_stream *stream)
{
    nci_end_of(stream)->close_handed = 1;
    of(ctx)->closes = 1;
}

void nci_link_closes_written(struct nci_link *link)
{
    link->closes = 0;
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &at));) {
        struct nci_end *end = nci_end_of(stream);
        if (end->close_handed && nci_end_drainer(end))
            nci_drainer_close_written(nci_end_drainer(end));
        end->close_handed = 0;
    }
}

/* What the ledger still holds goes back to the channel; the rest is told as untaken. */
static void return_ledger(struct nci_link *link, struct nci_end *end, struct nci_stream *stream,
                          struct nci_drainer_loss *loss, uint64_t *untaken)
{
    struct nci_item items[STAMPS];
    uint64_t stamps[STAMPS];
    size_t left = 0, known = 0;
    int64_t room = 0;
    struct nci_ledger *ledger = nci_stream_ledger(stream);
    for (uint32_t i = 0; i < ledger->count; i++) {
        struct nci_ledger_entry *entry = nci_ledger_at(ledger, i);
        if (!entry->value) {
            stamps[known++] = entry->stamp;
            ++*untaken;
        } else {
            items[left].value = entry->value;
            items[left++].stamp = entry->stamp;
            entry->value = NULL;
            /* A value that never went out whole was never given back to the link's room. */
            if (entry->end == UINT64_MAX)
                room += (int64_t)nci_room_of(entry->length);
        }
        if (left == STAMPS) {
            nci_drainer_give_back(nci_end_drainer(end), items, left, loss);
            left = 0;
        }
        if (known == STAMPS) {
            nci_drainer_untaken(nci_end_drainer(end), stamps, known);
            known = 0;
        }
    }
    nci_drainer_give_back(nci_end_drainer(end), items, left, loss);
    nci_drainer_untaken(nci_end_drainer(end), stamps, known);
    nci_outlet_add_room(&link->outlet, room);
}

/* Marked before the channel's counts change: else a drain could take the loss for the last
 * acknowledgement. On an exporter returned values go to the next importer, unless the name was hung
 * up. */
static void mark_loss(struct nci_link *link, const struct nci_end *end, struct nci_stream *stream,
                      int code)
{
    uint64_t unreceived = 0, untaken = 0;
    const struct nci_ledger *ledger = nci_stream_ledger(stream);
    for (uint32_t i = 0; i < ledger->count; i++) {
        if (nci_ledger_at(ledger, i)->value)
            unreceived++;
        else
            untaken++;
    }
    if (!end->binding->returns || !link->owner->exports || end->hung_up)
        nci_owner_mark_lost(link->owner, unreceived, 0);
    nci_owner_mark_lost(link->owner, untaken, code != NCI_LOST);
}

static void drainer_over(struct nci_link *link, struct nci_end *end, struct nci_stream *stream,
                         int code)
{
    struct nci_drainer_loss loss = {0, 0, 0};
    uint64_t untaken = 0;
    /* A drain that begins behind the telling finds nothing to wait for. */
    nci_store_relaxed(&end->binding->live, 0);
    mark_loss(link, end, stream, code);
    return_ledger(link, end, stream, &loss, &untaken);
    nci_drainer_detach(nci_end_drainer(end), code, link->text ? link->text : "the stream was lost",
                       &loss);
    end->drains = 0;
    /* Told now: a program that was told before could receive a later value before those in doubt. */
    nci_owner_mark_lost(link->owner, loss.stranded, 0);
    nci_owner_tell_lost(link->owner);
    if (!loss.returned && !loss.dropped && !(untaken && code == NCI_LOST))
        return;
    struct nci_report report = {code == NCI_LOST ? NCI_LOST : NCI_CLOSED,
                                code == NCI_LOST ? "the stream was lost; values are in doubt"
                                                 : "the stream ended; values came back",
                                link->peer,
                                end->binding->name,
                                &link->identity,
                                loss.returned,
                                loss.dropped,
                                untaken};
    nci_owner_report(link->owner, &report);
}

static void on_over(void *ctx, struct nci_stream *stream, int code)
{
    struct nci_link *link = of(ctx);
    struct nci_end *end = nci_end_of(stream);
    nci_link_flush_batch(link);
    if (link->batch && link->batch->end == end)
        link->batch->end = NULL;
    int was_bound = end->binding && nci_load_relaxed(&end->binding->live);
    if (nci_end_drainer(end))
        drainer_over(link, end, stream, code);
    if (nci_end_feeder(end)) {
        nci_feeder_end(end->feeder, code == NCI_CLOSED ? NCI_CLOSED : NCI_LOST,
                       link->text ? link->text : "the stream was lost");
        nci_feeder_detach(end->feeder);
        end->feeder = NULL;
    }
    if (end->promised)
        nci_owner_unpromise(link->owner, stream->window);
    finish_import(end, NCI_LOST, link->text ? link->text : "the link was lost");
    if (end->async && end->binding && !was_bound && !end->end_code && !end->hung_up)
        nci_queue_end(end->binding->queue, NCI_LOST, link->text);
    nci_end_unlist(end);
    /* An import's name becomes free with the registry's lock; an export lives on. */
    if (end->binding && !link->owner->exports)
        nci_list_append(&link->over, &end->binding->in_over);
    else
        nci_binding_unref(end->binding);
}

const struct nci_session_events nci_link_events = {
    on_ready,  on_bind,   on_bound,         on_pull, on_value, on_figures, on_asked, on_acked,
    on_closed, on_hungup, on_close_written, on_over, on_list,  on_listing, on_bye,
};

/* ---- between channels and session ---- */

/* The number that the last value popped for this stream has or will have. */
static uint64_t last_of(const struct nci_end *end, size_t outbox)
{
    const struct nci_stream *stream = nci_end_stream(end);
    return stream->taken + nci_stream_ledger(stream)->count + outbox;
}

uint64_t nci_end_last(struct nci_end *end)
{
    return last_of(end, nci_drainer_outbox(nci_end_drainer(end)));
}

/* 1: a value starves, the link cannot go on. */
static int look_at_drainer(struct nci_link *link, struct nci_end *end)
{
    struct nci_stream *stream = nci_end_stream(end);
    struct nci_drainer_look look;
    if (end->hung_up)
        return 0;
    nci_drainer_look(nci_end_drainer(end), &look);
    if (look.starved)
        return 1;
    if (look.outbox)
        nci_session_ready(link->session, stream);
    if (look.asks && last_of(end, look.outbox) > end->asked_end) {
        end->asked_end = last_of(end, look.outbox);
        nci_session_sync(link->session, stream, end->asked_end);
    }
    if (look.finished && !end->close_asked) {
        end->close_asked = 1;
        nci_session_close(link->session, stream, look.finished);
    }
    return 0;
}

static void look_at_feeder(struct nci_link *link, struct nci_end *end, int64_t now)
{
    struct nci_feeder_look look;
    if (end->hung_up)
        return;
    nci_feeder_look(end->feeder, &look);
    if (look.hangup)
        nci_link_hang_up(link, end, NCI_CLOSED, "its channel was closed");
    else if (look.at_once || look.untold)
        nci_session_taken(link->session, nci_end_stream(end), look.at_once, now);
}

/* 1: as look_at_drainer. */
static int take_port(struct nci_link *link, const struct nci_ready *ready, int64_t now)
{
    if (!ready->port->drains) {
        look_at_feeder(link, (struct nci_end *)nci_feeder_owner(ready->port), now);
        return 0;
    }
    struct nci_end *end = nci_end_of_drainer(ready->port);
    if (ready->look)
        return look_at_drainer(link, end);
    if (!end->hung_up)
        nci_session_ready(link->session, nci_end_stream(end));
    return 0;
}

/* Taken at a time. As long as there are others on the list, who sends one more value rings nobody. */
#define PORTS 16

void nci_link_take_ports(struct nci_link *link, int64_t now)
{
    struct nci_ready ready[PORTS];
    size_t count;
    int starved = 0;
    /* A port that starves is ready again at once. */
    while (!starved && (count = nci_outlet_take_ready(&link->outlet, ready, PORTS))) {
        for (size_t i = 0; i < count; i++)
            starved |= take_port(link, &ready[i], now);
    }
    if (starved) /* only now: with it go the streams, and their ports */
        nci_link_fail(link, nci_fail_nomem(), nci_detail());
}

void nci_link_put_away(struct nci_link *link)
{
    struct nci_owner *owner = link->owner;
    for (;;) {
        struct nci_binding *binding = NULL;
        nci_lock_enter(&link->lock);
        if (!nci_list_empty(&link->over)) {
            binding = NCI_CONTAINER(link->over.next, struct nci_binding, in_over);
            nci_list_remove(&binding->in_over);
        }
        nci_lock_leave(&link->lock);
        if (!binding)
            return;
        if (nci_map_find(&owner->names, binding->entry.name, binding->entry.length) ==
            &binding->entry) {
            nci_map_remove(&owner->names, &binding->entry);
            nci_binding_unref(binding);
        }
        nci_binding_unref(binding);
    }
}
