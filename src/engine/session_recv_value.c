/* SPDX-License-Identifier: MIT */
/*
 * The hot path in, and the frames about values: data, part, ack, sync.
 *
 * A value is checked once, here, and handed on whole; credit, count and sequence are compared
 * before anything is stored. A figure that a peer acknowledges is compared with what was handed to
 * a write call before the ledger lets a value go: its bytes may still be read by that call.
 */
#include "engine/credit.h"
#include "engine/session_impl.h"

/* May a value begin now? Both ends count by the same figures: those last told. */
static int admit(const struct nci_frame *frame, const struct nci_stream *stream)
{
    uint64_t values = stream->received - stream->taken;
    uint64_t bytes = stream->bytes;
    if (!nci_credit_allows(stream, values, bytes))
        return nci_recv_illegal(frame,
                                "more than credit: %llu of %lu values, %llu of %llu bytes "
                                "are outstanding",
                                (unsigned long long)values, (unsigned long)stream->size,
                                (unsigned long long)bytes, (unsigned long long)stream->window);
    if (!nci_credit_count_left(stream, stream->received))
        return nci_recv_illegal(frame, "more than count, which is %lld", (long long)stream->count);
    return NCI_OK;
}

/* The receiving stream of a data or part frame; NULL in *out when the frame is to be dropped,
 * because this side has hung the stream up. */
static int find(struct nci_session *session, const struct nci_frame *frame, struct nci_stream **out)
{
    struct nci_stream *stream = session->recent;
    *out = NULL;
    if (!stream || stream->id != frame->h[0]) {
        int code = nci_recv_stream(session, frame, &stream);
        if (code)
            return code;
    }
    if (stream->state == NCI_STREAM_ENDING)
        return NCI_OK;
    if (stream->flags & NCI_WAS_CLOSED)
        return nci_recv_illegal(frame, "the stream is closed");
    if (frame->h[1] != stream->received + 1)
        return nci_recv_illegal(frame, "value %llu is next",
                                (unsigned long long)stream->received + 1);
    session->recent = *out = stream;
    return NCI_OK;
}

/* The checking pass said no: a value that no honest peer sends. */
static int bad_value(const struct nci_frame *frame, int code)
{
    if (code == NCI_NOMEM)
        return code;
    return nci_fail_context(code == NCI_LIMIT ? NCI_LIMIT : NCI_PROTOCOL, "%s %llu,%llu",
                            nci_frame_rules[frame->kind].name, (unsigned long long)frame->h[0],
                            (unsigned long long)frame->h[1]);
}

static int make(const struct nci_session *session, const struct nci_frame *frame,
                struct nci_checker *checker, struct nci_value **value)
{
    const struct nci_session_limits *own = &session->config.limits;
    struct nci_json_limits limits = {own->value, own->depth};
    const char *text = (const char *)frame->payload;
    int code = checker ? nci_value_new_with(checker, text, frame->length, &limits, value)
                       : nci_value_new(text, frame->length, &limits, value);
    return code ? bad_value(frame, code) : NCI_OK;
}

static inline int store(struct nci_session *session, struct nci_stream *stream,
                        struct nci_value *value, size_t length)
{
    /* Counted first: whoever takes the value at once must not be ahead of the count. */
    stream->received++;
    stream->bytes += length;
    stream->flags |= NCI_HAS_UNTOLD;
    session->stored++;
    int code = session->events->value(session->ctx, stream, value);
    if (code)
        return code;
    nci_session_untold(session, stream, session->now);
    return NCI_OK;
}

static int add_piece(struct nci_stream *stream, const struct nci_frame *frame)
{
    int code = nci_value_parts_add(stream->parts, (const char *)frame->payload, frame->length);
    return code ? bad_value(frame, code) : NCI_OK;
}

/* All of the value has come. */
static int last_piece(struct nci_session *session, struct nci_stream *stream,
                      const struct nci_frame *frame)
{
    struct nci_value *value = NULL;
    struct nci_value_parts *parts = stream->parts;
    size_t length = nci_value_parts_length(parts);
    stream->parts = NULL;
    int code = nci_value_parts_finish(parts, &value);
    return code ? bad_value(frame, code) : store(session, stream, value, length);
}

int nci_recv_value(struct nci_session *session, struct nci_stream *stream,
                   const struct nci_frame *frame, struct nci_checker *checker)
{
    struct nci_value *value = NULL;
    int code = admit(frame, stream);
    if (code || (code = make(session, frame, checker, &value)))
        return code;
    return store(session, stream, value, frame->length);
}

int nci_recv_data(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream;
    int code = find(session, frame, &stream);
    if (code || !stream)
        return code;
    if (stream->parts)
        return (code = add_piece(stream, frame)) ? code : last_piece(session, stream, frame);
    return nci_recv_value(session, stream, frame, NULL);
}

/* A value that comes in pieces begins, unless it has. */
static int begin(const struct nci_session *session, const struct nci_frame *frame,
                 struct nci_stream *stream)
{
    const struct nci_session_limits *own = &session->config.limits;
    struct nci_json_limits limits = {own->value, own->depth};
    if (stream->parts)
        return NCI_OK;
    int code = admit(frame, stream);
    return code ? code : nci_value_parts_begin(&limits, &stream->parts);
}

int nci_recv_part(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream;
    int code = find(session, frame, &stream);
    if (code || !stream || (code = begin(session, frame, stream)))
        return code;
    return add_piece(stream, frame);
}

/* ---- frames that are not whole ---- */

int nci_recv_begun(struct nci_session *session, const struct nci_frame *frame, size_t there)
{
    struct nci_stream *stream;
    size_t used = 0;
    int code = find(session, frame, &stream);
    if (code || (stream && (code = begin(session, frame, stream))))
        return code;
    if (stream && frame->kind == NCI_FRAME_DATA)
        nci_value_parts_expect(stream->parts,
                               nci_value_parts_length(stream->parts) + frame->length);
    session->begun_frame = *frame;
    session->begun_left = frame->length + 1;
    return nci_recv_rest(session, frame->payload, there, &used);
}

int nci_recv_rest(struct nci_session *session, const uint8_t *bytes, size_t length, size_t *used)
{
    struct nci_frame *frame = &session->begun_frame;
    struct nci_stream *stream = nci_table_find(&session->streams, frame->h[0]);
    /* The stream may have been hung up here meanwhile: what still comes is dropped. */
    int wanted = stream && stream->state == NCI_STREAM_OPEN && stream->parts;
    int code = NCI_OK;
    frame->payload = bytes;
    frame->length = length < session->begun_left ? length : session->begun_left - 1;
    if (wanted && frame->length && (code = add_piece(stream, frame)))
        return code;
    session->begun_left -= frame->length;
    *used += frame->length;
    if (length == frame->length)
        return NCI_OK;
    session->begun_left = 0;
    *used += 1;
    code = nci_frame_end(frame, bytes[frame->length]);
    if (code || !wanted || frame->kind == NCI_FRAME_PART)
        return code;
    return last_piece(session, stream, frame);
}

int nci_recv_figures(struct nci_session *session, const struct nci_frame *frame,
                     struct nci_stream *stream, uint64_t received, uint64_t taken)
{
    struct nci_ledger *ledger = &stream->out->ledger;
    if (received < stream->received || taken < stream->taken)
        return nci_recv_illegal(frame, "goes back from %llu,%llu",
                                (unsigned long long)stream->received,
                                (unsigned long long)stream->taken);
    if (taken > received)
        return nci_recv_illegal(frame, "taken is above received");
    if (received > stream->received &&
        (received > stream->sent ||
         nci_ledger_at(ledger, (uint32_t)(received - ledger->taken - 1))->end > session->handed))
        return nci_recv_illegal(frame, "a value was acknowledged before it was sent");
    if (received == stream->received && taken == stream->taken)
        return NCI_OK;
    /* Something is under way, so the ledger is the stream's own. */
    uint64_t bytes = nci_ledger_bytes(ledger, taken - ledger->taken);
    session->events->acked(session->ctx, stream, received - ledger->received, taken - ledger->taken,
                           bytes);
    nci_ledger_settle(ledger, received, taken, bytes);
    stream->received = received;
    stream->taken = taken;
    if (stream->out->asked && taken >= stream->out->asked) {
        uint64_t next = stream->out->ask_next;
        stream->out->asked = stream->out->ask_next = 0;
        if (next > taken)
            nci_session_sync(session, stream, next);
    }
    nci_session_enlist(session, stream);
    return NCI_OK;
}

int nci_recv_ack(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream = NULL;
    int code = nci_recv_stream(session, frame, &stream);
    if (code)
        return code;
    int news = frame->h[1] != stream->received || frame->h[2] != stream->taken;
    code = nci_recv_figures(session, frame, stream, frame->h[1], frame->h[2]);
    return code || news ? code : nci_recv_pointless(session, frame);
}

int nci_recv_sync(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream = NULL;
    int code = nci_recv_stream(session, frame, &stream);
    if (code || stream->state == NCI_STREAM_ENDING)
        return code;
    uint64_t seq = frame->h[1];
    if (seq > stream->received)
        return nci_recv_illegal(frame, "the last value was %llu",
                                (unsigned long long)stream->received);
    if (seq <= stream->taken && !(stream->flags & NCI_HAS_UNTOLD))
        return nci_recv_pointless(session, frame);
    if (seq > stream->taken)
        session->events->asked(session->ctx, stream, seq);
    nci_session_due(session, stream, NCI_DUE_ACK);
    return NCI_OK;
}
