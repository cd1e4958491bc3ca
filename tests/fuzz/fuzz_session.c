/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes into a session of either role that has greeted its peer and has streams
 * open both ways. The first byte chooses: bit 0 the role, bit 1 whether hello has passed, bit 2
 * whether input comes in pieces. The owner behind it accepts, sends, takes and hangs up by what the
 * bytes say. Whatever comes, the session may fail, and nothing else may.
 */
#include "engine/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STREAMS 64

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct owner {
    struct nci_session *session;
    struct nci_stream *streams[STREAMS];
    uint64_t received[STREAMS], bytes[STREAMS], taken[STREAMS], taken_bytes[STREAMS];
    uint64_t told_bytes[STREAMS];
    size_t count;
    uint32_t noise;
    int64_t now;
};

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_session: %s\n", what);
    abort();
}

static uint32_t pick(struct owner *owner, uint32_t below)
{
    owner->noise = owner->noise * 1103515245u + 12345u;
    return (owner->noise >> 16) % below;
}

static size_t place(const struct nci_stream *stream)
{
    return *(size_t *)nci_stream_extra(stream) - 1;
}

static void adopt(struct owner *owner, struct nci_stream *stream)
{
    size_t at = owner->count++;
    *(size_t *)nci_stream_extra(stream) = at + 1;
    owner->streams[at] = stream;
    owner->received[at] = owner->bytes[at] = owner->taken[at] = owner->taken_bytes[at] = 0;
    owner->told_bytes[at] = 0;
}

static void on_ready(void *ctx)
{
    (void)ctx;
}

static void on_bind(void *ctx, struct nci_stream *stream)
{
    struct owner *owner = (struct owner *)ctx;
    must(stream->ask->name_length >= 1 && stream->ask->name_length <= 255, "a bad name");
    if (owner->count == STREAMS) {
        *(size_t *)nci_stream_extra(stream) = STREAMS + 1;
        nci_session_refuse(owner->session, stream, NCI_BUSY, stream->ask->name);
        return;
    }
    adopt(owner, stream);
    if (pick(owner, 4) == 0)
        return; /* parked */
    nci_session_accept(owner->session, stream, 1 + pick(owner, 20), 1 + pick(owner, 300), -1);
    if (stream->sends)
        nci_session_ready(owner->session, stream);
}

static void on_bound(void *ctx, struct nci_stream *stream)
{
    if (stream->sends)
        nci_session_ready(((struct owner *)ctx)->session, stream);
}

static size_t on_pull(void *ctx, struct nci_stream *stream, struct nci_outgoing *items, size_t max)
{
    struct owner *owner = (struct owner *)ctx;
    size_t count = pick(owner, 4);
    (void)stream;
    for (size_t i = 0; i < count && i < max; i++) {
        items[i].stamp = i;
        if (nci_value_new("[1,\"two\"]", 9, NULL, &items[i].value))
            return i;
    }
    return count < max ? count : max;
}

static int on_value(void *ctx, struct nci_stream *stream, struct nci_value *value)
{
    struct owner *owner = (struct owner *)ctx;
    size_t at = place(stream);
    must(at < STREAMS && stream->state == NCI_STREAM_OPEN, "a value for nobody");
    owner->received[at]++;
    owner->bytes[at] += nci_value_length(value);
    must(owner->received[at] - stream->taken <= stream->size, "more values than credit");
    nci_value_unref(value);
    return NCI_OK;
}

static void on_figures(void *ctx, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes)
{
    struct owner *owner = (struct owner *)ctx;
    size_t at = place(stream);
    *taken = owner->taken[at];
    *bytes = owner->taken_bytes[at] - owner->told_bytes[at];
    owner->told_bytes[at] = owner->taken_bytes[at];
}

static void on_asked(void *ctx, struct nci_stream *stream, uint64_t seq)
{
    struct owner *owner = (struct owner *)ctx;
    must(seq <= owner->received[place(stream)], "asked for a value that never came");
}

static void on_acked(void *ctx, struct nci_stream *stream, uint64_t received_new,
                     uint64_t taken_new, uint64_t taken_bytes)
{
    (void)ctx;
    (void)taken_bytes;
    must(received_new + stream->received <= stream->sent, "acknowledged, never sent");
    must(taken_new <= nci_stream_ledger(stream)->count, "taken, never sent");
}

static void on_closed(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    (void)ctx;
    (void)text;
    must(!stream->sends && (code == NCI_CLOSED || code == NCI_LOST), "an odd close");
}

static void on_hungup(void *ctx, struct nci_stream *stream, int code, const char *text)
{
    (void)ctx;
    (void)stream;
    must(code < 0 && strlen(text) < 256, "an odd hangup");
}

static void on_close_written(void *ctx, struct nci_stream *stream)
{
    (void)ctx;
    must(stream->sends, "a receiver's close");
}

static void on_over(void *ctx, struct nci_stream *stream, int code)
{
    struct owner *owner = (struct owner *)ctx;
    must(code == NCI_CLOSED || code == NCI_LOST, "an odd end");
    if (place(stream) < STREAMS)
        owner->streams[place(stream)] = NULL;
}

static void on_list(void *ctx, uint64_t cursor, const char *filter, size_t length)
{
    struct owner *owner = (struct owner *)ctx;
    struct nci_value *page = NULL;
    (void)filter;
    must(length <= 255, "a long filter");
    if (pick(owner, 2) || nci_value_new("{\"channels\":[]}", 15, NULL, &page))
        return;
    must(nci_session_listing(owner->session, cursor, page) == NCI_OK, "no listing");
    nci_value_unref(page);
}

static void on_listing(void *ctx, uint64_t cursor, struct nci_value *payload)
{
    (void)ctx;
    (void)cursor;
    must(nci_value_kind(payload, 0) == NCI_KIND_OBJECT, "an odd listing");
}

static void on_bye(void *ctx, int code, const char *text)
{
    (void)ctx;
    must(code <= 0 && strlen(text) < 256, "an odd bye");
}

static const struct nci_session_events events = {
    on_ready,  on_bind,   on_bound,         on_pull, on_value, on_figures, on_asked, on_acked,
    on_closed, on_hungup, on_close_written, on_over, on_list,  on_listing, on_bye,
};

static void bind(struct owner *owner, int receives)
{
    struct nci_bind ask = {"name", 4, receives, 8, 200, receives ? -1 : 9, 0};
    struct nci_stream *stream;
    if (owner->count < STREAMS && !nci_session_bind(owner->session, &ask, &stream))
        adopt(owner, stream);
}

/* Writes what is due and hands most of it over. */
static void flush(struct owner *owner)
{
    (void)!nci_session_produce(owner->session, 1 + pick(owner, 3000), owner->now);
    struct nci_buf *out = nci_session_output(owner->session);
    size_t length = nci_buf_length(out);
    if (pick(owner, 4) == 0)
        length = pick(owner, (uint32_t)length + 1);
    nci_session_handed(owner->session, length);
    (void)nci_session_value_bytes_handed(owner->session);
    nci_buf_consume(out, length);
}

/* What a program might do meanwhile. */
static void act(struct owner *owner)
{
    size_t at = pick(owner, STREAMS);
    struct nci_stream *stream = owner->streams[at];
    int64_t next;
    owner->now += pick(owner, 1000) * 100000;
    (void)!nci_session_tick(owner->session, owner->now, &next);
    if (!stream)
        return;
    switch (pick(owner, 8)) {
    case 0:
        nci_session_hangup(owner->session, stream, pick(owner, 2) ? NCI_CLOSED : NCI_LOST, "x");
        break;
    case 1:
        nci_session_close(owner->session, stream, NCI_CLOSED);
        break;
    case 2:
        nci_session_sync(owner->session, stream, pick(owner, 5));
        break;
    case 3:
        nci_session_accept(owner->session, stream, 5, 500, 4);
        break;
    default:
        if (stream->sends) {
            nci_session_ready(owner->session, stream);
        } else {
            owner->taken[at] = owner->received[at];
            owner->taken_bytes[at] = owner->bytes[at];
            nci_session_taken(owner->session, stream, (int)pick(owner, 2), owner->now);
        }
    }
}

/* Both hellos, two streams bound, and at an importer a third that is not. */
static void greet(struct owner *owner, enum nci_role role)
{
    static const char from_importer[] =
        "[\"hello\",118]\n"
        "{\"netchan\":[1,1],\"role\":\"importer\",\"limits\":{\"value\":9000,\"depth\":9,"
        "\"frame\":4096,\"streams\":9,\"size\":99,\"window\":9999}}\n"
        "[\"bind\",1,63]\n"
        "{\"name\":\"a\",\"direction\":\"recv\",\"size\":9,\"window\":99,\"count\":-1}\n"
        "[\"bind\",2,63]\n"
        "{\"name\":\"b\",\"direction\":\"send\",\"size\":9,\"window\":99,\"count\":-1}\n";
    static const char from_exporter[] =
        "[\"hello\",118]\n"
        "{\"netchan\":[1,1],\"role\":\"exporter\",\"limits\":{\"value\":9000,\"depth\":9,"
        "\"frame\":4096,\"streams\":9,\"size\":99,\"window\":9999}}\n"
        "[\"bound\",1,34]\n{\"size\":8,\"window\":200,\"count\":-1}\n"
        "[\"bound\",2,33]\n{\"size\":8,\"window\":200,\"count\":9}\n";
    const char *bytes = role == NCI_ROLE_EXPORTER ? from_importer : from_exporter;
    size_t used;
    if (role == NCI_ROLE_IMPORTER) {
        bind(owner, 1);
        bind(owner, 0);
        bind(owner, 1); /* never answered by the greeting */
        (void)!nci_session_list(owner->session, 0, "n", 1);
        while (nci_session_wants_output(owner->session))
            flush(owner);
    }
    must(nci_session_feed(owner->session, (const uint8_t *)bytes, strlen(bytes), owner->now,
                          &used) == NCI_OK &&
             used == strlen(bytes),
         "the greeting is not taken");
    flush(owner);
}

static void feed(struct owner *owner, const uint8_t *data, size_t size, int pieces)
{
    for (size_t begun = 0, end = 0; end < size;) {
        size_t used = 0;
        end = pieces ? end + 1 + pick(owner, 300) : size;
        if (end > size)
            end = size;
        (void)!nci_session_feed(owner->session, data + begun, end - begun, owner->now, &used);
        must(used <= end - begun, "more consumed than was there");
        begun += used;
        act(owner);
        flush(owner);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct owner owner;
    struct nci_session_config config;
    if (size < 1)
        return 0;
    memset(&owner, 0, sizeof owner);
    memset(&config, 0, sizeof config);
    config.role = data[0] & 1 ? NCI_ROLE_IMPORTER : NCI_ROLE_EXPORTER;
    config.limits.value = 9000;
    config.limits.depth = 9;
    config.limits.frame = 4096;
    config.limits.streams = 9;
    config.limits.size = 99;
    config.limits.window = 9999;
    config.heartbeat = INT64_C(7000000000);
    config.handshake = INT64_C(10000000000);
    config.ack_delay = 10000000;
    config.agent = "fuzz";
    config.extra[0] = config.extra[1] = sizeof(size_t);
    strcpy(config.session_id, "0123456789abcdef0123456789abcdef");
    for (size_t i = 0; i < size; i++)
        owner.noise = owner.noise * 31 + data[i];
    if (nci_session_new(&config, &events, &owner, 0, &owner.session))
        return 0;
    if (data[0] & 2)
        greet(&owner, config.role);
    feed(&owner, data + 1, size - 1, data[0] & 4);
    nci_session_end(owner.session, NCI_LOST, "the end");
    for (size_t i = 0; i < STREAMS; i++)
        must(!owner.streams[i], "a stream without an end");
    nci_session_free(owner.session);
    return 0;
}
