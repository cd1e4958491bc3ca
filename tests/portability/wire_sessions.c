/* SPDX-License-Identifier: MIT */
/*
 * An importer and an exporter in memory, under a clock that stands in the scenario: every frame
 * that either writes is shown, and so is what the events tell. Values go both ways, short ones, some
 * that are cut into pieces, and more than the windows hold; streams end in every way there is.
 */
#include "wire.h"
#include "base/clock.h"
#include "engine/session.h"

#include <stdio.h>
#include <string.h>

#define FLOWS     6
#define LONG_STEP 977 /* of the lengths of values, so that they end in no common place */

struct flow {
    struct nci_stream *stream;
    uint64_t queued, pulled, received, taken, taken_bytes;
    uint32_t lengths[64]; /* of the values received */
};

struct end {
    const char *name;
    struct nci_session *session;
    struct nci_buf input;
    struct flow flows[FLOWS]; /* by stream number - 1 */
    size_t longest;           /* of the values it sends */
};

static int64_t now;

static struct flow *flow_of(void *ctx, const struct nci_stream *stream)
{
    must(stream->id >= 1 && stream->id <= FLOWS, "a stream too many");
    return &((struct end *)ctx)->flows[stream->id - 1];
}

static void tell(void *ctx, const char *what, const struct nci_stream *stream, int code,
                 const char *text)
{
    printf("  %s %s %lu: %s %s\n", ((struct end *)ctx)->name, what,
           (unsigned long)(stream ? stream->id : 0), nci_status_name(code), text ? text : "");
}

static void on_ready(void *ctx)
{
    struct end *end = (struct end *)ctx;
    const struct nci_session_limits *limits = nci_session_peer_limits(end->session);
    printf("  %s ready: %s, %lu %u %lu %lu %lu %llu\n", end->name,
           nci_session_peer_agent(end->session), (unsigned long)limits->value, limits->depth,
           (unsigned long)limits->frame, (unsigned long)limits->streams,
           (unsigned long)limits->size, (unsigned long long)limits->window);
}

static void on_bind(void *ctx, struct nci_stream *stream)
{
    struct end *end = (struct end *)ctx;
    printf("  exporter bind %lu: size %lu window %llu count %lld wait %lld ",
           (unsigned long)stream->id, (unsigned long)stream->size,
           (unsigned long long)stream->window, (long long)stream->count,
           (long long)stream->ask->wait_ms);
    show("name", stream->ask->name, stream->ask->name_length);
    flow_of(ctx, stream)->stream = stream;
    if (stream->ask->wait_ms)
        return;
    if (stream->id == 4)
        nci_session_refuse(end->session, stream, NCI_NOCHANNEL, "no channel \"nobody\"");
    else
        nci_session_accept(end->session, stream, stream->size, stream->window, stream->count);
}

static void on_bound(void *ctx, struct nci_stream *stream)
{
    tell(ctx, "bound", stream, NCI_OK, NULL);
}

/* A string of x whose length follows from its number. */
static size_t on_pull(void *ctx, struct nci_stream *stream, struct nci_outgoing *items, size_t max)
{
    static char text[1 << 17];
    struct end *end = (struct end *)ctx;
    struct flow *flow = flow_of(ctx, stream);
    size_t n = 0;
    for (; n < max && flow->pulled < flow->queued; n++) {
        size_t length = 2 + (size_t)(flow->pulled * flow->pulled * LONG_STEP % end->longest);
        memset(text, 'a' + (int)(flow->pulled % 26), length);
        text[0] = text[length - 1] = '"';
        must(!nci_value_new(text, length, NULL, &items[n].value), "a value to send");
        items[n].stamp = ++flow->pulled;
    }
    return n;
}

static int on_value(void *ctx, struct nci_stream *stream, struct nci_value *value)
{
    struct flow *flow = flow_of(ctx, stream);
    must(flow->received < 64, "few values");
    flow->lengths[flow->received++] = (uint32_t)nci_value_length(value);
    nci_value_unref(value);
    return NCI_OK;
}

static void on_figures(void *ctx, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes)
{
    struct flow *flow = flow_of(ctx, stream);
    *taken = flow->taken;
    *bytes = flow->taken_bytes; /* since it was last asked */
    flow->taken_bytes = 0;
}

static void on_asked(void *ctx, struct nci_stream *stream, uint64_t seq)
{
    printf("  %s asked %lu: %llu\n", ((struct end *)ctx)->name, (unsigned long)stream->id,
           (unsigned long long)seq);
}

static void on_acked(void *ctx, struct nci_stream *stream, uint64_t received, uint64_t taken,
                     uint64_t bytes)
{
    printf("  %s acked %lu: %llu %llu %llu\n", ((struct end *)ctx)->name, (unsigned long)stream->id,
           (unsigned long long)received, (unsigned long long)taken, (unsigned long long)bytes);
}

static void on_closed(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    tell(ctx, "closed", stream, code, text);
}

static void on_hungup(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    tell(ctx, "hungup", stream, code, text);
}

static void on_close_written(void *ctx, struct nci_stream *stream)
{
    tell(ctx, "close written", stream, NCI_OK, NULL);
}

static void on_over(void *ctx, struct nci_stream *stream, int code)
{
    tell(ctx, "over", stream, code, NULL);
    struct nci_ledger *ledger = nci_stream_ledger(stream);
    for (uint32_t i = 0; i < ledger->count; i++) {
        struct nci_ledger_entry *entry = nci_ledger_at(ledger, i);
        nci_value_unref(entry->value);
        entry->value = NULL;
    }
    flow_of(ctx, stream)->stream = NULL;
}

static void on_list(void *ctx, uint64_t cursor, const char *filter, size_t length)
{
    struct nci_value *page;
    static const char text[] = "{\"channels\":[{\"name\":\"up\",\"direction\":\"recv\"}]}";
    printf("  exporter list %llu ", (unsigned long long)cursor);
    show("filter", filter, length);
    must(!nci_value_new(text, sizeof text - 1, NULL, &page), "a page");
    must(!nci_session_listing(((struct end *)ctx)->session, cursor, page), "a listing");
    nci_value_unref(page);
}

static void on_listing(void *ctx, uint64_t cursor, struct nci_value *payload)
{
    (void)payload;
    printf("  %s listing: %llu\n", ((struct end *)ctx)->name, (unsigned long long)cursor);
}

static void on_bye(void *ctx, int code, const char *text)
{
    tell(ctx, "bye", NULL, code, text);
}

static const struct nci_session_events events = {
    on_ready,  on_bind,   on_bound,         on_pull, on_value, on_figures, on_asked, on_acked,
    on_closed, on_hungup, on_close_written, on_over, on_list,  on_listing, on_bye,
};

/* -- the link -- */

/* Everything that an end has to write goes to the other end. */
static int pass(struct end *from, struct end *to)
{
    struct nci_buf *out = nci_session_output(from->session);
    size_t consumed;
    must(!nci_session_produce(from->session, 60000, now), "produce");
    size_t length = nci_buf_length(out);
    if (!length)
        return 0;
    nci_session_handed(from->session, length);
    must(!nci_buf_append(&to->input, nci_buf_head(out), length), "room for input");
    show_frames(from->name, out);
    must(!nci_session_feed(to->session, nci_buf_head(&to->input), nci_buf_length(&to->input), now,
                           &consumed),
         "feed");
    must(consumed == nci_buf_length(&to->input), "whole frames");
    nci_buf_consume(&to->input, consumed);
    return 1;
}

static void talk(struct end *ends, const char *about)
{
    printf("-- %s\n", about);
    while (pass(&ends[0], &ends[1]) | pass(&ends[1], &ends[0])) {
    }
}

static void queue(struct end *end, unsigned id, uint64_t values)
{
    end->flows[id - 1].queued += values;
    nci_session_ready(end->session, end->flows[id - 1].stream);
}

static void take(struct end *end, unsigned id, uint64_t values, int at_once)
{
    struct flow *flow = &end->flows[id - 1];
    must(flow->taken + values <= flow->received, "values to take");
    for (; values; values--)
        flow->taken_bytes += flow->lengths[flow->taken++];
    nci_session_taken(end->session, flow->stream, at_once, now);
}

static void bind(struct end *end, const char *name, int receives, uint32_t size, uint64_t window,
                 int64_t count, int64_t wait_ms)
{
    struct nci_bind ask = {name, strlen(name), receives, size, window, count, wait_ms};
    struct nci_stream *stream;
    must(!nci_session_bind(end->session, &ask, &stream), "bind");
    end->flows[stream->id - 1].stream = stream;
}

static void start(struct end *end, enum nci_role role)
{
    struct nci_session_config config = {
        .role = role,
        .limits = {4u << 20, 64, 65536, 1024, 1u << 30, NCI_FRAME_NUMBER_MAX},
        .heartbeat = 7000 * NCI_MS,
        .handshake = now + 10000 * NCI_MS,
        .ack_delay = 10 * NCI_MS,
        .silence = 7000,
        .agent = "portable \xe2\x98\x83",
        .session_id = "00112233445566778899aabbccddeeff",
    };
    memset(end, 0, sizeof *end);
    end->name = role == NCI_ROLE_IMPORTER ? "importer" : "exporter";
    end->longest = role == NCI_ROLE_IMPORTER ? 300 : 100000;
    must(!nci_session_new(&config, &events, end, now, &end->session), "a session");
}

static void binds(struct end *ends)
{
    bind(&ends[0], "up", 0, 8, 1000, -1, 0);
    bind(&ends[0], "down \xe2\x98\x83", 1, 1u << 30, NCI_FRAME_NUMBER_MAX, -1, 0);
    bind(&ends[0], "three", 0, 1024, (UINT64_C(1) << 32) + 5, 3, 0);
    bind(&ends[0], "nobody", 1, 1, 1, INT64_C(1) << 40, 0);
    bind(&ends[0], "later", 1, 1, 1, -1, INT64_C(1) << 33);
    talk(ends, "binds: two are for ever, one has a count, one is refused, one waits");
}

static void traffic(struct end *ends)
{
    int64_t next;
    queue(&ends[0], 1, 20);
    talk(ends, "more than the credit: 8 values or 1,000 bytes");
    take(&ends[1], 1, 2, 1);
    talk(ends, "two are taken, the next come");
    queue(&ends[1], 2, 12);
    talk(ends, "long values, cut where other streams are open");
    nci_session_sync(ends[1].session, ends[1].flows[1].stream, 12);
    talk(ends, "the exporter asks until 12 are taken");
    take(&ends[0], 2, 5, 0);
    now += 11 * NCI_MS;
    must(!nci_session_tick(ends[0].session, now, &next), "tick");
    talk(ends, "five are taken, and told after the delay");
    take(&ends[0], 2, 7, 1);
    talk(ends, "all taken");
    queue(&ends[0], 3, 5);
    talk(ends, "five queued where the count is three");
    take(&ends[1], 3, 3, 1);
    talk(ends, "the count is used up: the stream ends");
}

static void endings(struct end *ends)
{
    int64_t next;
    must(!nci_session_list(ends[0].session, NCI_FRAME_NUMBER_MAX - 1, "\xe2\x98\x83", 3), "list");
    must(!nci_session_list(ends[0].session, 0, NULL, 0), "list");
    talk(ends, "lists");
    now += 8000 * NCI_MS;
    must(!nci_session_tick(ends[0].session, now, &next), "tick");
    must(!nci_session_tick(ends[1].session, now, &next), "tick");
    talk(ends, "silence: one pings, and that answers the other's question");
    nci_session_hangup(ends[0].session, ends[0].flows[4].stream, NCI_TIMEOUT, "nobody exported it");
    talk(ends, "the bind that waits is withdrawn");
    nci_session_close(ends[1].session, ends[1].flows[1].stream, NCI_LOST);
    talk(ends, "the exporter closes its stream as lost");
    nci_session_hangup(ends[1].session, ends[1].flows[0].stream, NCI_CLOSED, NULL);
    talk(ends, "the exporter hangs up what it receives");
    nci_session_bye(ends[0].session, NCI_OK, "t\xc3\xa4glich");
    nci_session_bye(ends[1].session, NCI_IO, "\xff");
    talk(ends, "bye");
}

void sessions(void)
{
    static struct end ends[2];
    now = INT64_C(1) << 40;
    start(&ends[0], NCI_ROLE_IMPORTER);
    start(&ends[1], NCI_ROLE_EXPORTER);
    talk(ends, "hello");
    binds(ends);
    traffic(ends);
    endings(ends);
    for (int i = 0; i < 2; i++) {
        nci_session_end(ends[i].session, NCI_OK, NULL);
        nci_session_free(ends[i].session);
        nci_buf_fini(&ends[i].input);
    }
}
