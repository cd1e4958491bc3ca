/* SPDX-License-Identifier: MIT */
/*
 * A link on the I/O thread: reading, writing, time, and its one way out.
 *
 * After anything happened, work() brings the link up to date: answers binds, puts ended streams
 * away, writes what is due, and decides whether the link goes on. A failed write ends nothing:
 * what has arrived is read and handled first. The orderly end is bye, half close, reading on until
 * the peer's end of file or until nothing has moved for link.linger; a descriptor closed with input
 * unread would reset the connection and destroy what the peer has not read.
 */
#include "base/atomic.h"
#include "base/blocks.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/socket.h"
#include "run/link.h"

#include <stdio.h>

#define READS_A_TURN 4
#define IDLE         (INT64_C(1000) * NCI_MS)

static struct nci_link *of(struct nci_source *source)
{
    return NCI_CONTAINER(source, struct nci_link, source);
}

/* ---- reading ---- */

/* With the lock. Feeds bytes; says how many were used up. */
static int feed(struct nci_link *link, const uint8_t *bytes, size_t length, size_t *consumed)
{
    struct nci_batch batch;
    batch.end = NULL;
    batch.count = 0;
    batch.status = NCI_OK;
    link->batch = &batch;
    int status = nci_session_feed(link->session, bytes, length, nci_clock_now(), consumed);
    nci_link_flush_batch(link);
    link->batch = NULL;
    if (status == NCI_OK && batch.status)
        status = batch.status;
    return status;
}

static void take_input(struct nci_link *link, const uint8_t *bytes, size_t length)
{
    size_t consumed = 0;
    int status = NCI_OK;
    nci_lock_enter(&link->lock);
    /* What a peer says behind its own fault keeps no link. */
    if (link->state == NCI_LINK_OPEN || link->code == NCI_OK || link->code == NCI_CLOSED)
        link->progress = nci_clock_now();
    link->read_since = 1;
    if (nci_buf_length(&link->in)) {
        status = nci_buf_append(&link->in, bytes, length);
        if (status == NCI_OK) {
            status = feed(link, nci_buf_head(&link->in), nci_buf_length(&link->in), &consumed);
            nci_buf_consume(&link->in, consumed);
        }
    } else {
        status = feed(link, bytes, length, &consumed);
        if (status == NCI_OK && consumed < length)
            status = nci_buf_append(&link->in, bytes + consumed, length - consumed);
    }
    if (!nci_buf_length(&link->in))
        nci_buf_fini(&link->in);
    if (status)
        nci_link_fail(link, status, nci_detail());
    nci_lock_leave(&link->lock);
}

static void end_of_input(struct nci_link *link, int status)
{
    nci_lock_enter(&link->lock);
    link->read_ended = 1;
    if (status && !link->read_error) {
        link->read_error = status;
        link->read_text = nci_strdup(nci_detail());
    }
    nci_lock_leave(&link->lock);
}

/* The transport has failed and tells the peer so: what still comes is dropped, up to its end. */
static void insecure(struct nci_link *link)
{
    nci_lock_enter(&link->lock);
    nci_link_fail(link, NCI_TLS, nci_detail());
    nci_lock_leave(&link->lock);
}

/* A few blocks per turn and link, so that no link starves the others; a short read means empty,
 * unless the transport holds more than the descriptor tells. */
static void read_some(struct nci_link *link)
{
    size_t size;
    uint8_t *scratch = (uint8_t *)nci_loop_scratch(link->loop, &size);
    for (int turn = 0; turn < READS_A_TURN && !link->read_ended; turn++) {
        ssize_t got = link->transport->ops->read(link->transport, scratch, size);
        if (got == NCI_TRANSPORT_AGAIN)
            return;
        if (got == NCI_TLS) {
            insecure(link);
            continue;
        }
        if (got <= 0) {
            end_of_input(link, (int)got);
            return;
        }
        take_input(link, scratch, (size_t)got);
        if ((size_t)got < size && !link->transport->more)
            return;
    }
    if (link->transport->more && !link->read_ended)
        nci_link_ring(link);
}

/* ---- the way out ---- */

/* With the lock: the input has ended, or nothing moves any more. How does the link end? */
static void judge(struct nci_link *link)
{
    const char *text = link->read_text ? link->read_text : "the connection ended without bye";
    if (link->state == NCI_LINK_OPEN) {
        if (link->peer_bye && !link->peer_code)
            nci_link_fail(link, NCI_CLOSED, "the peer said bye");
        else if (link->peer_bye)
            nci_link_fail(link, link->peer_code, link->peer_text ? link->peer_text : "");
        else
            nci_link_fail(link, link->read_error ? link->read_error : NCI_LOST, text);
    }
    nci_session_end(link->session, link->code ? link->code : NCI_CLOSED,
                    link->text ? link->text : text);
    nci_link_tell_callers(link);
}

/* Takes the link out of its owner and closes the descriptor. The last thing done to it here. */
static void bury(struct nci_link *link)
{
    /* At once, whoever writes: the values of its streams go back before the channels give younger
     * ones to a link that comes now. */
    nci_lock_enter(&link->lock);
    judge(link);
    nci_lock_leave(&link->lock);
    /* For ever: nobody writes any more. A sender that has the role gives it back within one write
     * that does not block; then the link is looked at again. */
    if (!nci_link_seize_role(link)) {
        nci_link_ring(link);
        return;
    }
    struct nci_owner *owner = nci_owner_ref(link->owner);
    nci_lock_enter(&link->lock);
    link->state = NCI_LINK_GONE;
    nci_lock_leave(&link->lock);
    nci_lock_enter(&owner->lock);
    nci_link_put_away(link);
    nci_list_remove(&link->in_owner);
    owner->link_count--;
    if (!link->counted_greeting)
        owner->handshakes--;
    if (!owner->exports && !owner->gone) {
        owner->gone = link->code == NCI_OK || link->code == NCI_CLOSED ? NCI_CLOSED : NCI_LOST;
        owner->gone_text = nci_strdup(link->text ? link->text : "");
    }
    nci_lock_leave(&owner->lock);
    nci_loop_remove(link->loop, &link->source);
    link->transport->ops->close(link->transport);
    link->transport = NULL;
    nci_link_unref(link);
    nci_owner_check_finished(owner);
    nci_owner_unref(owner);
}

/* The loop cannot watch the link any more. */
static void give_up(struct nci_link *link, int status)
{
    nci_lock_enter(&link->lock);
    nci_link_fail(link, status, nci_detail());
    nci_lock_leave(&link->lock);
    bury(link);
}

/* ---- bringing the link up to date ---- */

/* What needs the owner's registry: binds, lists, streams that are over. */
static void serve_owner(struct nci_link *link)
{
    struct nci_owner *owner = link->owner;
    nci_lock_enter(&link->lock);
    int binds = !nci_list_empty(&link->binds) || !nci_list_empty(&link->asks);
    int over = !nci_list_empty(&link->over);
    int greeted = link->greeted && !link->counted_greeting;
    nci_lock_leave(&link->lock);
    if (!binds && !over && !greeted)
        return;
    nci_lock_enter(&owner->lock);
    if (greeted) {
        link->counted_greeting = 1;
        owner->handshakes--;
    }
    if (over)
        nci_link_put_away(link);
    if (binds) {
        nci_lock_enter(&link->lock);
        nci_link_answer(link, &link->binds, NULL);
        nci_exporter_list(link);
        nci_lock_leave(&link->lock);
    }
    nci_lock_leave(&owner->lock);
}

static int64_t next_parked(const struct nci_link *link)
{
    int64_t due = NCI_FOREVER;
    for (const struct nci_list *at = link->parked.next; at != &link->parked; at = at->next) {
        const struct nci_stream_ask *ask = NCI_CONTAINER(at, const struct nci_stream_ask, in_owner);
        if (ask->until < due)
            due = ask->until;
    }
    return due;
}

/* With the lock. */
static int64_t next_due(struct nci_link *link)
{
    int64_t due = nci_session_next(link->session), other = next_parked(link);
    if (link->state == NCI_LINK_CLOSING)
        due = link->progress + link->owner->settings.linger;
    if (link->idle_at && link->idle_at < other)
        other = link->idle_at;
    return due < other ? due : other;
}

/* With the lock: everything is said and written. */
static int all_said(struct nci_link *link)
{
    return link->write_failed ||
           (!nci_link_wire_length(link) && !nci_session_wants_output(link->session) &&
            !nci_session_pending(link->session));
}

/* With the lock: keeps a written-out buffer for a second, then gives it back. */
static void mind_memory(struct nci_link *link, int64_t now)
{
    if (nci_load_seq(&link->writing))
        return;
    if (nci_link_wire_length(link) || nci_session_pending(link->session) ||
        (!link->wire.size && !nci_session_output(link->session)->size)) {
        link->idle_at = 0;
        return;
    }
    if (!link->idle_at) {
        link->idle_at = now + IDLE;
        return;
    }
    if (now < link->idle_at)
        return;
    nci_buf_fini(&link->wire);
    nci_buf_fini(nci_session_output(link->session));
    (void)nci_blocks_trim();
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &at));) {
        struct nci_end *end = nci_end_of(stream);
        if (nci_end_drainer(end))
            nci_drainer_rest(nci_end_drainer(end));
        else if (nci_end_feeder(end))
            nci_feeder_rest(end->feeder);
    }
    link->idle_at = 0;
}

/* With the lock. Says the half close when it is time; 1: the link is over. */
static int is_over(struct nci_link *link)
{
    int said = all_said(link);
    if (link->state == NCI_LINK_CLOSING && said && !link->finished) {
        link->finished = link->transport->ops->finish(link->transport) == NCI_OK;
        link->unsent = link->transport->ops->unsent(link->transport);
        if (!link->finished)
            link->full = NCI_LINK_UNTIL_ROOM;
    }
    return link->read_ended && (said || link->full || link->state == NCI_LINK_OPEN);
}

/* With the lock, input still open: the peer's bye is answered with ours. */
static void answer_bye(struct nci_link *link)
{
    if (link->peer_bye && link->state == NCI_LINK_OPEN) {
        if (link->peer_code)
            nci_link_fail(link, link->peer_code, link->peer_text ? link->peer_text : "");
        else
            nci_link_say_bye(link, NCI_CLOSED, "the peer said bye");
    }
}

static void work(struct nci_link *link)
{
    int again = 0;
    serve_owner(link);
    nci_lock_enter(&link->lock);
    answer_bye(link);
    nci_lock_leave(&link->lock);
    again = nci_link_flush(link);
    nci_wakes_ring(&link->senders);
    serve_owner(link);
    int64_t now = nci_clock_now();
    nci_lock_enter(&link->lock);
    int over = is_over(link);
    mind_memory(link, now);
    int64_t due = next_due(link);
    int events = (link->read_ended ? 0 : NCI_READABLE) |
                 (link->full == NCI_LINK_UNTIL_ROOM ? NCI_WRITABLE : 0);
    nci_lock_leave(&link->lock);
    if (over) {
        bury(link);
        return;
    }
    int status = nci_loop_watch(link->loop, &link->source, link->source.fd, events);
    if (status) {
        give_up(link, status);
        return;
    }
    nci_loop_set_timer(link->loop, &link->source, due);
    if (again)
        nci_link_ring(link);
}

/* ---- what the loop calls ---- */

static void on_ready(struct nci_source *source, int events)
{
    struct nci_link *link = of(source);
    if (events & NCI_READABLE)
        read_some(link);
    if (events & NCI_WRITABLE || link->secure) {
        nci_lock_enter(&link->lock);
        if (events & NCI_WRITABLE || link->full == NCI_LINK_UNTIL_READ)
            link->full = NCI_LINK_WRITABLE;
        nci_lock_leave(&link->lock);
    }
    nci_wakes_ring(&link->receivers);
    work(link);
}

static void refuse_parked(struct nci_link *link, int64_t now)
{
    for (struct nci_list *at = link->parked.next, *next; at != &link->parked; at = next) {
        struct nci_stream_ask *ask = NCI_CONTAINER(at, struct nci_stream_ask, in_owner);
        next = at->next;
        if (ask->until > now)
            continue;
        nci_list_remove(&ask->in_owner);
        char text[320];
        snprintf(text, sizeof text, "no channel \"%s\" was exported here in time", ask->name);
        nci_session_refuse(link->session, ask->stream, NCI_NOCHANNEL, text);
    }
}

/* Closing: has anything moved since? 1: nothing, the link is given up. */
static int linger_is_over(struct nci_link *link, int64_t now)
{
    long unsent = link->transport->ops->unsent(link->transport);
    if (unsent < link->unsent)
        link->progress = now;
    link->unsent = unsent;
    return now >= link->progress + link->owner->settings.linger;
}

static void on_timer(struct nci_source *source, int64_t now, int late)
{
    struct nci_link *link = of(source);
    int64_t next;
    int over = 0;
    nci_lock_enter(&link->lock);
    if (late)
        nci_session_forgive(link->session, now);
    if (link->state == NCI_LINK_OPEN) {
        refuse_parked(link, now);
        int status = nci_session_tick(link->session, now, &next);
        if (status)
            nci_link_fail(link, status, nci_detail());
    } else {
        over = linger_is_over(link, now);
    }
    nci_lock_leave(&link->lock);
    if (over)
        bury(link);
    else
        work(link);
}

static void on_posted(struct nci_source *source)
{
    struct nci_link *link = of(source);
    if (!link->started) {
        nci_lock_enter(&link->lock);
        link->started = 1;
        link->progress = nci_clock_now();
        nci_lock_leave(&link->lock);
        int status = nci_loop_watch(link->loop, source, link->transport->fd, NCI_READABLE);
        if (status) {
            give_up(link, status);
            return;
        }
    }
    if (link->transport->more)
        on_ready(source, NCI_READABLE);
    else
        work(link);
}

void nci_link_source_init(struct nci_link *link)
{
    nci_source_init(&link->source);
    link->source.ready = on_ready;
    link->source.timer = on_timer;
    link->source.posted = on_posted;
}
