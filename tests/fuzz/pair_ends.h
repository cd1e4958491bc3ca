/* SPDX-License-Identifier: MIT */
/*
 * The two ends of fuzz_pair.c: what their programs know of each stream, and what they do when the
 * sessions tell something. Everything a session says is held against what the other end's program
 * did.
 */
#ifndef NETCHAN_TESTS_FUZZ_PAIR_ENDS_H
#define NETCHAN_TESTS_FUZZ_PAIR_ENDS_H

#include "base/clock.h"
#include "engine/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS 96 /* binds in one input */

struct flow {
    struct nci_stream *stream; /* NULL when over */
    struct end *end;
    int known, sends, bound, closing, hung;
    int closed, hungup, over; /* codes; 0: not yet */
    uint64_t queued, pulled, acked_received, acked_taken, returned;
    uint64_t received, taken, wanted;
    uint64_t taken_bytes; /* since the last acknowledgement */
};

struct end {
    struct nci_session *session;
    struct link *link;
    struct nci_buf wire;         /* on its way to this end */
    size_t shown;                /* bytes of it the session has seen and left */
    struct flow flows[STREAMS];  /* by id - 1 */
    uint64_t listings, answered; /* pages received, and sent */
    unsigned asked;              /* lists not answered yet */
};

struct link {
    struct end ends[2]; /* the exporter, the importer */
    int64_t now;
    uint32_t longest;
    int may_damage, damaged, accepts, said_bye;
};

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_pair: %s\n", what);
    abort();
}

/* An error of a session that nobody gave a reason for. */
static void judge(const struct end *end, int code)
{
    const char *text;
    if (!code || end->link->damaged)
        return;
    (void)nci_session_error(end->session, &text);
    fprintf(stderr, "%s: %s\n", end == end->link->ends ? "exporter" : "importer", text);
    must(0, "a session calls an honest one a breaker");
}

static struct flow *other_flow(const struct flow *flow)
{
    struct end *other = &flow->end->link->ends[flow->end == flow->end->link->ends];
    return &other->flows[flow - flow->end->flows];
}

static struct flow *flow_of(const struct nci_stream *stream)
{
    return *(struct flow **)nci_stream_extra(stream);
}

/* -- values: each says whose and which it is -- */

static size_t value_text(const struct flow *flow, uint64_t seq, char *text)
{
    uint32_t id = (uint32_t)(flow - flow->end->flows) + 1;
    uint32_t hash = (id * 2654435761u) ^ ((uint32_t)seq * 2246822519u);
    hash ^= hash >> 15;
    size_t fill = hash % 8 ? hash / 8 % 30 : hash / 8 % flow->end->link->longest;
    size_t length = (size_t)sprintf(text, "\"%u.%llu.", (unsigned)id, (unsigned long long)seq);
    memset(text + length, 'a' + (int)(seq % 26), fill);
    text[length + fill] = '"';
    return length + fill + 1;
}

static int is_value(const struct flow *flow, uint64_t seq, const struct nci_value *value)
{
    static char wanted[1 << 16];
    size_t length, wanted_length = value_text(flow, seq, wanted);
    const char *text = nci_value_text(value, &length);
    return length == wanted_length && !memcmp(text, wanted, length);
}

/* -- what the sessions tell -- */

static void on_ready(void *ctx)
{
    (void)ctx;
}

static void accept(struct flow *flow, uint32_t size, uint64_t window, int64_t count)
{
    flow->bound = 1;
    nci_session_accept(flow->end->session, flow->stream, size, window, count);
}

static void on_bind(void *ctx, struct nci_stream *stream)
{
    struct end *end = (struct end *)ctx;
    must((stream->id >= 1 && stream->id <= STREAMS) || end->link->damaged, "an id of nobody");
    if (stream->id > STREAMS || end->flows[stream->id - 1].known) {
        must(end->link->damaged, "an id twice");
        *(struct flow **)nci_stream_extra(stream) = NULL;
        nci_session_refuse(end->session, stream, NCI_BUSY, NULL);
        return;
    }
    struct flow *flow = &end->flows[stream->id - 1];
    flow->stream = stream;
    flow->end = end;
    flow->known = 1;
    flow->sends = stream->sends;
    *(struct flow **)nci_stream_extra(stream) = flow;
    if (end->link->accepts)
        accept(flow, 0, 0, 0);
}

static void on_bound(void *ctx, struct nci_stream *stream)
{
    (void)ctx;
    flow_of(stream)->bound = 1;
}

static size_t on_pull(void *ctx, struct nci_stream *stream, struct nci_outgoing *items, size_t max)
{
    static char text[1 << 16];
    struct flow *flow = flow_of(stream);
    size_t n = 0;
    (void)ctx;
    for (; flow && n < max && flow->pulled < flow->queued; n++) {
        size_t length = value_text(flow, flow->pulled + 1, text);
        if (nci_value_new(text, length, NULL, &items[n].value))
            abort();
        items[n].stamp = ++flow->pulled;
    }
    return n;
}

static int on_value(void *ctx, struct nci_stream *stream, struct nci_value *value)
{
    struct end *end = (struct end *)ctx;
    struct flow *flow = flow_of(stream);
    must(flow && stream->state == NCI_STREAM_OPEN && !flow->closed, "a value for nobody");
    flow->received++;
    must(stream->received == flow->received, "another count of values");
    must(flow->received - stream->taken <= stream->size, "more values than credit");
    must(end->link->damaged || is_value(flow, flow->received, value), "another value");
    nci_value_unref(value);
    return NCI_OK;
}

static void on_figures(void *ctx, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes)
{
    (void)ctx;
    if (!flow_of(stream))
        return;
    *taken = flow_of(stream)->taken;
    *bytes = flow_of(stream)->taken_bytes;
    flow_of(stream)->taken_bytes = 0;
}

static void on_asked(void *ctx, struct nci_stream *stream, uint64_t seq)
{
    struct flow *flow = flow_of(stream);
    (void)ctx;
    must(seq <= flow->received, "asked for a value that never came");
    if (flow->taken < seq)
        flow->wanted = seq;
}

static void on_acked(void *ctx, struct nci_stream *stream, uint64_t received_new,
                     uint64_t taken_new, uint64_t taken_bytes)
{
    struct end *end = (struct end *)ctx;
    struct flow *flow = flow_of(stream), *other = other_flow(flow);
    uint64_t bytes = 0;
    static char text[1 << 16];
    for (uint64_t i = 1; i <= taken_new; i++)
        bytes += value_text(flow, flow->acked_taken + i, text);
    must(bytes == taken_bytes, "other bytes taken");
    flow->acked_received += received_new;
    flow->acked_taken += taken_new;
    must(flow->acked_taken <= flow->acked_received && flow->acked_received <= stream->sent,
         "acknowledged, never sent");
    must(end->link->damaged ||
             (flow->acked_received <= other->received && flow->acked_taken <= other->taken),
         "acknowledged, never received or taken");
}

static void on_closed(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    (void)ctx;
    (void)text;
    must(!flow_of(stream)->closed, "closed twice");
    flow_of(stream)->closed = code;
}

static void on_hungup(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    (void)ctx;
    must(code < 0 && strlen(text) < 256, "an odd hangup");
    if (flow_of(stream))
        flow_of(stream)->hungup = code;
}

static void on_close_written(void *ctx, struct nci_stream *stream)
{
    (void)ctx;
    must(stream->sends, "a receiver's close");
}

static void on_over(void *ctx, struct nci_stream *stream, int code)
{
    struct flow *flow = flow_of(stream);
    (void)ctx;
    must(code == NCI_CLOSED || code == NCI_LOST, "an odd end");
    if (!flow)
        return;
    must(flow->stream == stream, "over twice");
    struct nci_ledger *ledger = nci_stream_ledger(stream);
    for (uint32_t i = 0; i < ledger->count; i++) {
        struct nci_ledger_entry *entry = nci_ledger_at(ledger, i);
        if (!entry->value)
            continue;
        uint64_t seq = flow->acked_received + ++flow->returned;
        must(entry->stamp == seq && is_value(flow, seq, entry->value), "another value returned");
        nci_value_unref(entry->value);
        entry->value = NULL;
    }
    flow->over = code;
    flow->stream = NULL;
}

static void on_list(void *ctx, uint64_t cursor, const char *filter, size_t length)
{
    struct end *end = (struct end *)ctx;
    (void)cursor;
    must(length <= 255 && (!length || filter), "an odd filter");
    end->asked++;
}

static void on_listing(void *ctx, uint64_t cursor, struct nci_value *payload)
{
    struct end *end = (struct end *)ctx;
    end->listings++;
    must(nci_value_kind(payload, 0) == NCI_KIND_OBJECT, "an odd listing");
    must(end->link->damaged || cursor == end->listings, "a page of another list");
}

static void on_bye(void *ctx, int code, const char *text)
{
    struct end *end = (struct end *)ctx;
    must(code <= 0 && strlen(text) < 256, "an odd bye");
    must(end->link->said_bye || end->link->damaged, "a bye that nobody said");
}

static const struct nci_session_events events = {
    on_ready,  on_bind,   on_bound,         on_pull, on_value, on_figures, on_asked, on_acked,
    on_closed, on_hungup, on_close_written, on_over, on_list,  on_listing, on_bye,
};

#endif
