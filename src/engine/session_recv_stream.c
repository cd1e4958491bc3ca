/* SPDX-License-Identifier: MIT */
/*
 * Frames that begin and end streams: bind, bound, close, hangup.
 *
 * A bind that cannot be (too many, too large, over the budget) is refused and the link lives; only
 * a frame that breaks the protocol ends the link. Each side hangs up once, and the second hangup
 * is the stream's end.
 */
#include "engine/session_impl.h"

#include <stdio.h>

/* Why the engine itself refuses a bind: NCI_OK, or a code with a detail text that names the
 * channel. Numbers out of range are the importer's mistake, not a broken protocol. */
static int judge_bind(struct nci_session *session, const struct nci_bind_ask *ask, const char *name)
{
    const struct nci_session_limits *own = &session->config.limits;
    if (ask->name_length < 1 || ask->name_length > NCI_NAME_MAX)
        return nci_fail(NCI_USAGE, "a channel name has 1 to %u bytes, this one %zu", NCI_NAME_MAX,
                        ask->name_length);
    if (ask->size < 1 || ask->window < 1 || ask->count < -1 || ask->count == 0 || ask->wait < -1 ||
        ask->window > (int64_t)NCI_FRAME_NUMBER_MAX || ask->count > (int64_t)NCI_FRAME_NUMBER_MAX)
        return nci_fail(NCI_USAGE,
                        "%s: size and window are 1 and up, count is -1 or 1 and up, wait "
                        "-1 and up",
                        name);
    if (!nci_budget_take(&session->binds, session->now))
        return nci_fail(NCI_BUSY, "%s: more than %lu binds, and %u a second", name,
                        2 * (unsigned long)own->streams, NCI_BIND_RATE);
    if (session->open >= own->streams)
        return nci_fail(NCI_LIMIT, "%s: %lu streams are open on this link, the exporter allows %lu",
                        name, (unsigned long)session->open, (unsigned long)own->streams);
    if (ask->size > (int64_t)own->size)
        return nci_fail(NCI_LIMIT, "%s: size %lld, the exporter allows %lu", name,
                        (long long)ask->size, (unsigned long)own->size);
    if ((uint64_t)ask->window > own->window)
        return nci_fail(NCI_LIMIT, "%s: window %lld, the exporter allows %llu", name,
                        (long long)ask->window, (unsigned long long)own->window);
    return nci_session_judge_limits(session, name, ask->receives);
}

static int add_bind(struct nci_session *session, const struct nci_frame *frame,
                    const struct nci_bind_ask *ask)
{
    if (frame->h[0] != (uint64_t)session->last_id + 1 || session->last_id == UINT32_MAX)
        return nci_recv_illegal(frame, "the next id is %llu",
                                (unsigned long long)session->last_id + 1);
    /* Streams refused and not hung up by the peer yet are bounded too. */
    if (session->streams.count / NCI_UNFINISHED >= session->config.limits.streams)
        return nci_fail(NCI_LIMIT, "bind %llu: %lu streams are not finished yet",
                        (unsigned long long)frame->h[0], (unsigned long)session->streams.count);
    size_t kept = ask->name_length > NCI_NAME_MAX ? NCI_NAME_MAX : ask->name_length;
    struct nci_stream *stream = nci_stream_new((uint32_t)frame->h[0], ask->receives, ask->name,
                                               kept, session->config.extra[ask->receives != 0]);
    if (!stream)
        return nci_fail_nomem();
    int refusal = judge_bind(session, ask, stream->ask->name);
    int code = nci_session_add(session, stream);
    if (code) {
        nci_stream_free(stream);
        return code;
    }
    session->last_id++;
    if (refusal) {
        stream->flags |= NCI_WAS_UNSEEN;
        nci_session_hangup(session, stream, refusal, nci_detail());
        return refusal == NCI_BUSY ? nci_recv_pointless(session, frame) : NCI_OK;
    }
    stream->size = (uint32_t)ask->size;
    stream->window = (uint64_t)ask->window;
    stream->count = ask->count;
    stream->ask->wait_ms = ask->wait;
    session->events->bind(session->ctx, stream);
    return NCI_OK;
}

int nci_recv_bind(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_tree *tree = NULL;
    struct nci_bind_ask ask;
    int code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_bind(tree, &ask);
    if (!code)
        code = add_bind(session, frame, &ask);
    nci_tree_free(tree);
    return code;
}

/* Granted is 1 and up, and never more than asked. */
static int judge_bound(const struct nci_frame *frame, const struct nci_stream *stream,
                       const struct nci_bound *bound)
{
    if (bound->size < 1 || bound->size > (int64_t)stream->size)
        return nci_recv_illegal(frame, "size %lld, %lu was asked", (long long)bound->size,
                                (unsigned long)stream->size);
    if (bound->window < 1 || (uint64_t)bound->window > stream->window)
        return nci_recv_illegal(frame, "window %lld, %llu was asked", (long long)bound->window,
                                (unsigned long long)stream->window);
    if (bound->count < -1 || bound->count == 0 || bound->count > (int64_t)NCI_FRAME_NUMBER_MAX ||
        (stream->count > 0 && (bound->count < 0 || bound->count > stream->count)))
        return nci_recv_illegal(frame, "count %lld, %lld was asked", (long long)bound->count,
                                (long long)stream->count);
    return NCI_OK;
}

int nci_recv_bound(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream = NULL;
    struct nci_tree *tree = NULL;
    struct nci_bound bound;
    int code = nci_recv_stream(session, frame, &stream);
    if (!code)
        code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_bound(tree, &bound);
    nci_tree_free(tree);
    if (code)
        return code;
    if (stream->flags & NCI_WAS_BOUND)
        return nci_recv_illegal(frame, "the stream is bound already");
    code = judge_bound(frame, stream, &bound);
    if (code)
        return code;
    stream->flags |= NCI_WAS_BOUND;
    if (stream->state == NCI_STREAM_ENDING)
        return NCI_OK;
    stream->size = (uint32_t)bound.size;
    stream->window = (uint64_t)bound.window;
    stream->count = bound.count;
    stream->state = NCI_STREAM_OPEN;
    session->events->bound(session->ctx, stream);
    if (stream->flags & NCI_DUE_ANY)
        nci_session_due(session, stream, 0);
    if (stream->sends)
        nci_session_enlist(session, stream);
    return NCI_OK;
}

static int read_saying(const struct nci_frame *frame, struct nci_saying *saying)
{
    struct nci_tree *tree = NULL;
    int code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_saying(tree, NCI_CLOSED, saying);
    nci_tree_free(tree);
    return code;
}

int nci_recv_close(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream = NULL;
    struct nci_saying saying;
    int code = nci_recv_stream(session, frame, &stream);
    if (code || stream->state == NCI_STREAM_ENDING)
        return code;
    code = read_saying(frame, &saying);
    if (code)
        return code;
    if (stream->flags & NCI_WAS_CLOSED)
        return nci_recv_illegal(frame, "the stream is closed already");
    if (stream->parts)
        return nci_recv_illegal(frame, "in the middle of a value");
    if (frame->h[1] != stream->received)
        return nci_recv_illegal(frame, "the last value was %llu",
                                (unsigned long long)stream->received);
    int lost = saying.code != NCI_CLOSED;
    stream->flags |= NCI_WAS_CLOSED | (lost ? (uint32_t)NCI_WAS_LOST : 0);
    nci_session_due(session, stream, NCI_DUE_END_CHECK);
    session->events->closed(session->ctx, stream, lost ? NCI_LOST : NCI_CLOSED, saying.text);
    return NCI_OK;
}

/* The number in the peer's hangup: from a receiver its received figure, from a sender the last
 * value it wrote whole. */
static int judge_number(struct nci_session *session, const struct nci_frame *frame,
                        struct nci_stream *stream)
{
    uint64_t number = frame->h[1];
    if (stream->sends)
        return nci_recv_figures(session, frame, stream, number, stream->taken);
    if (stream->state == NCI_STREAM_ENDING)
        return number < stream->received ? nci_recv_illegal(frame, "value %llu had come",
                                                            (unsigned long long)stream->received)
                                         : NCI_OK;
    if (number != stream->received)
        return nci_recv_illegal(frame, "the last value was %llu",
                                (unsigned long long)stream->received);
    return NCI_OK;
}

int nci_recv_hangup(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_stream *stream = NULL;
    struct nci_saying saying;
    int code = nci_recv_stream(session, frame, &stream);
    if (!code)
        code = read_saying(frame, &saying);
    if (!code)
        code = judge_number(session, frame, stream);
    if (code)
        return code;
    if (session->recent == stream)
        session->recent = NULL;
    int answered = stream->state == NCI_STREAM_ENDING;
    int bound = stream->flags & NCI_WAS_BOUND || stream->state == NCI_STREAM_OPEN;
    if (bound && saying.code != NCI_CLOSED)
        saying.code = NCI_LOST;
    stream->flags |= NCI_WAS_PEER_HUNGUP | (saying.code == NCI_LOST ? (uint32_t)NCI_WAS_LOST : 0);
    if (stream->flags & NCI_WAS_HUNGUP) {
        nci_session_over(session, stream, nci_session_end_code(stream));
        return NCI_OK;
    }
    if (answered)
        return NCI_OK;
    /* The answer says nothing but that it is one. */
    nci_session_mark_hangup(session, stream, NCI_CLOSED, NULL);
    session->events->hungup(session->ctx, stream, saying.code, saying.text);
    return NCI_OK;
}
