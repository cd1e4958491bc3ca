/* SPDX-License-Identifier: MIT */
/*
 * Input: one loop that cuts bytes into frames and hands each to its kind's handler, and the
 * handlers of what concerns the whole link. Every frame is judged against the state it arrives in;
 * one that is not legal there ends this link, saying which frame and why, and nothing else.
 *
 * Nothing here waits, and nothing is allocated for a length or a number that a peer names before it
 * has met a limit.
 */
#include "base/mem.h"
#include "engine/session_impl.h"

#include <stdarg.h>
#include <stdio.h>

static nci_handler *const handlers[NCI_FRAME_KINDS] = {
    nci_recv_unknown, nci_recv_hello,   nci_recv_bind, nci_recv_bound, nci_recv_data,
    nci_recv_part,    nci_recv_ack,     nci_recv_sync, nci_recv_close, nci_recv_hangup,
    nci_recv_list,    nci_recv_listing, nci_recv_ping, nci_recv_pong,  nci_recv_bye,
};

int nci_recv_illegal(const struct nci_frame *frame, const char *format, ...)
{
    const struct nci_frame_rule *rule = &nci_frame_rules[frame->kind];
    char numbers[80] = "", text[320];
    for (unsigned i = 0, to = 0; i < rule->numbers; i++)
        to += (unsigned)snprintf(numbers + to, sizeof numbers - to, "%s%llu", i ? "," : " ",
                                 (unsigned long long)frame->h[i]);
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return nci_fail(NCI_PROTOCOL, "%s%s: %s", rule->name, numbers, text);
}

int nci_recv_pointless(struct nci_session *session, const struct nci_frame *frame)
{
    if (nci_budget_take(&session->pointless, session->now))
        return NCI_OK;
    return nci_fail(NCI_LIMIT, "%s: more than %u frames without effect, and %u a second",
                    nci_frame_rules[frame->kind].name, NCI_POINTLESS_BURST, NCI_POINTLESS_RATE);
}

int nci_recv_stream(struct nci_session *session, const struct nci_frame *frame,
                    struct nci_stream **out)
{
    uint64_t id = frame->h[0];
    struct nci_stream *stream = nci_table_find(&session->streams, id);
    if (id == 0 || id > session->last_id || (stream && stream->flags & NCI_DUE_BIND))
        return nci_recv_illegal(frame, "no stream has this id yet");
    if (!stream)
        return nci_recv_illegal(frame, "the stream is over");
    if (stream->flags & NCI_WAS_PEER_HUNGUP)
        return nci_recv_illegal(frame, "the peer has hung this stream up");
    unsigned from = nci_frame_rules[frame->kind].from;
    if (from == NCI_FROM_SENDER && stream->sends)
        return nci_recv_illegal(frame, "sent by the receiver of the stream");
    if (from == NCI_FROM_RECEIVER && !stream->sends)
        return nci_recv_illegal(frame, "sent by the sender of the stream");
    if ((from == NCI_FROM_SENDER || from == NCI_FROM_RECEIVER) &&
        (stream->state == NCI_STREAM_BINDING || stream->flags & NCI_DUE_BOUND))
        return nci_recv_illegal(frame, "the stream is not bound");
    *out = stream;
    return NCI_OK;
}

static int judge(const struct nci_session *session, const struct nci_frame *frame)
{
    unsigned from = nci_frame_rules[frame->kind].from;
    int ready = !!(session->flags & NCI_SESSION_HELLO_READ);
    if (ready == (frame->kind == NCI_FRAME_HELLO))
        return ready ? nci_recv_illegal(frame, "a second one")
                     : nci_recv_illegal(frame, "the first frame must be hello");
    if (from == NCI_FROM_IMPORTER && session->config.role == NCI_ROLE_IMPORTER)
        return nci_recv_illegal(frame, "sent by an exporter");
    if (from == NCI_FROM_EXPORTER && session->config.role == NCI_ROLE_EXPORTER)
        return nci_recv_illegal(frame, "sent by an importer");
    return NCI_OK;
}

/* More of the frame is to come. Is it of a value, and long beside what a frame may be, so that what
 * is there is taken now? */
static int comes_in_pieces(const struct nci_session *session, const struct nci_frame *frame)
{
    size_t least = session->config.limits.frame / 8;
    return frame->size && frame->length >= (least < NCI_PIECES_FROM ? least : NCI_PIECES_FROM) &&
           (frame->kind == NCI_FRAME_DATA || frame->kind == NCI_FRAME_PART) &&
           session->flags & NCI_SESSION_HELLO_READ;
}

/* Values of one stream, one behind the other: each header but the first two is known before it is
 * there, so it is compared and not read. */
struct run {
    struct nci_stream *stream; /* NULL: there is none */
    struct nci_data_head head; /* of the next value */
    struct nci_checker *checker;
};

/* The next frame of the run, if it is that. The owner may have ended the stream meanwhile. */
static inline int read_next(const struct nci_session *session, struct run *run,
                            const uint8_t *bytes, size_t length, struct nci_frame *frame)
{
    const struct nci_stream *stream = run->stream;
    if (!stream || session->recent != stream || !nci_recv_takes_values(stream) ||
        !nci_frame_read_next(bytes, length, session->config.limits.frame, &run->head, frame))
        return 0;
    nci_data_head_next(&run->head);
    frame->h[1] = stream->received + 1;
    return 1;
}

/* A data frame was read whole; before it, the last value was of the stream before. */
static void begin_run(const struct nci_session *session, struct run *run,
                      const struct nci_stream *before)
{
    run->stream = session->recent && session->recent == before ? session->recent : NULL;
    if (!run->stream)
        return;
    nci_data_head_init(&run->head, (uint32_t)run->stream->id, run->stream->received + 1);
    run->checker = nci_checker_mine();
}

/* One frame that was read; only values come so often that they have a way of their own. */
static int dispatch(struct nci_session *session, const struct nci_frame *frame, struct run *run)
{
    const struct nci_stream *before = session->recent;
    run->stream = NULL;
    if (frame->kind == NCI_FRAME_DATA && session->flags & NCI_SESSION_HELLO_READ) {
        int code = nci_recv_data(session, frame);
        begin_run(session, run, before);
        return code;
    }
    int code = judge(session, frame);
    return code ? code : handlers[frame->kind](session, frame);
}

static int handle(struct nci_session *session, const uint8_t *bytes, size_t length, size_t *used)
{
    struct nci_frame frame;
    struct run run;
    int code = session->begun_left ? nci_recv_rest(session, bytes, length, used) : NCI_OK;
    run.stream = NULL;
    while (!code && *used < length &&
           !(session->flags & (NCI_SESSION_BYE_READ | NCI_SESSION_ENDED))) {
        const uint8_t *next = bytes + *used;
        if (read_next(session, &run, next, length - *used, &frame)) {
            code = nci_recv_value(session, run.stream, &frame, run.checker);
        } else {
            int result = nci_frame_read(next, length - *used, session->config.limits.frame, &frame);
            if (!result && comes_in_pieces(session, &frame)) {
                size_t there = (size_t)(bytes + length - frame.payload);
                *used = length;
                return nci_recv_begun(session, &frame, there);
            }
            if (result <= 0)
                return result;
            code = dispatch(session, &frame, &run);
        }
        if (!code)
            *used += frame.size;
    }
    return code;
}

/* Values: what a peer keeps of so many until they are acknowledged fits the caches of its processor.
 * Where a thousand streams are busy, half the size of each would be two million. */
#define TELL_AT 4096

int nci_session_feed(struct nci_session *session, const uint8_t *bytes, size_t length, int64_t now,
                     size_t *consumed)
{
    size_t used = 0;
    int code = session->flags & NCI_SESSION_FAILED ? session->code : NCI_OK;
    session->now = now;
    if (length)
        nci_session_heard(session, now);
    if (!code && !(session->flags & NCI_SESSION_ENDED)) {
        code = handle(session, bytes, length, &used);
        if (code)
            code = nci_session_fail(session, code);
        else if (session->stored >= TELL_AT && !nci_list_empty(&session->untold))
            nci_session_tell(session);
        nci_session_will_trim(session, now);
    }
    /* Behind a failure or a bye everything is passed over. */
    *consumed = session->flags & (NCI_SESSION_FAILED | NCI_SESSION_ENDED | NCI_SESSION_BYE_READ)
                    ? length
                    : used;
    return code;
}

/* hello: version, role, limits. */
static int judge_hello(struct nci_session *session, const struct nci_frame *frame,
                       const struct nci_hello *hello)
{
    if (hello->low > NCI_VERSION_HIGH || hello->high < NCI_VERSION_LOW)
        return nci_recv_illegal(frame,
                                "no common version: this side speaks %u to %u, the peer "
                                "%llu to %llu",
                                NCI_VERSION_LOW, NCI_VERSION_HIGH, (unsigned long long)hello->low,
                                (unsigned long long)hello->high);
    if (hello->role == session->config.role)
        return nci_recv_illegal(frame, "both sides are %s",
                                hello->role == NCI_ROLE_EXPORTER ? "exporters" : "importers");
    size_t length = hello->agent_length < NCI_SAYING_MAX ? hello->agent_length : NCI_SAYING_MAX;
    session->peer_agent = nci_strndup(hello->agent, length);
    if (!session->peer_agent)
        return nci_fail_nomem();
    session->peer = hello->limits;
    session->flags |= NCI_SESSION_HELLO_READ;
    nci_session_start_heartbeat(session, hello->silence);
    session->events->ready(session->ctx);
    return NCI_OK;
}

int nci_recv_hello(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_tree *tree = NULL;
    struct nci_hello hello;
    int code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_hello(tree, &hello);
    if (!code)
        code = judge_hello(session, frame, &hello);
    nci_tree_free(tree);
    return code;
}

int nci_recv_unknown(struct nci_session *session, const struct nci_frame *frame)
{
    return nci_recv_pointless(session, frame);
}

int nci_recv_ping(struct nci_session *session, const struct nci_frame *frame)
{
    session->pong = frame->h[0];
    session->flags |= NCI_SESSION_PONG_DUE;
    return nci_recv_pointless(session, frame);
}

int nci_recv_pong(struct nci_session *session, const struct nci_frame *frame)
{
    /* An answer ends the wait for it, whatever was heard since: pings are never ahead of time. */
    if (frame->h[0] == session->pings && session->pings > session->pongs) {
        session->pongs = session->pings;
        return NCI_OK;
    }
    return nci_recv_pointless(session, frame);
}

int nci_recv_list(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_tree *tree = NULL;
    const char *filter = "";
    size_t length = 0;
    if (session->pages_open + session->pages_due >= NCI_PAGES_MAX)
        return nci_fail(NCI_LIMIT, "list: %u lists are not answered yet, no more are allowed",
                        NCI_PAGES_MAX);
    int code = nci_recv_pointless(session, frame);
    if (!code)
        code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_filter(tree, &filter, &length);
    if (!code) {
        session->pages_open++;
        session->events->list(session->ctx, frame->h[0], filter, length);
    }
    nci_tree_free(tree);
    return code;
}

int nci_recv_listing(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_value *value = NULL;
    if (session->pages_open == session->pages_due)
        return nci_recv_illegal(frame, "nobody asked for it");
    int code = nci_payload_value(frame, &value);
    if (!code)
        code = nci_payload_check_listing(value);
    if (!code) {
        session->pages_open--;
        session->events->listing(session->ctx, frame->h[0], value);
    }
    nci_value_unref(value);
    return code;
}

int nci_recv_bye(struct nci_session *session, const struct nci_frame *frame)
{
    struct nci_tree *tree = NULL;
    struct nci_saying saying;
    int code = nci_payload_tree(frame, &tree);
    if (!code)
        code = nci_payload_read_saying(tree, NCI_OK, &saying);
    nci_tree_free(tree);
    if (code)
        return code;
    session->flags |= NCI_SESSION_BYE_READ;
    session->events->bye(session->ctx, saying.code, saying.text);
    return NCI_OK;
}
