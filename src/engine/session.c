/* SPDX-License-Identifier: MIT */
/*
 * A session's beginning, its end, and what can be asked of it.
 *
 * There is one way a session fails (nci_session_fail: the first reason sticks and is said in bye)
 * and one way a stream is over (nci_session_over). Neither may fail itself, so neither needs
 * memory: a bye that cannot be written for lack of it is left out, and the peer sees the end of
 * file.
 */
#include "base/mem.h"
#include "engine/session_impl.h"

static int bad_limit(const char *name, unsigned long long least, unsigned long long most)
{
    return nci_fail(NCI_OPTION, "limit.%s must lie between %llu and %llu", name, least, most);
}

static int judge_limits(const struct nci_session_limits *limits)
{
    if (limits->value < 1 || limits->value > NCI_JSON_VALUE_MAX)
        return bad_limit("value", 1, NCI_JSON_VALUE_MAX);
    if (limits->depth > NCI_JSON_DEPTH_MAX)
        return bad_limit("depth", 0, NCI_JSON_DEPTH_MAX);
    if (limits->frame < NCI_FRAME_LIMIT_LEAST || limits->frame > NCI_JSON_VALUE_MAX)
        return bad_limit("frame", NCI_FRAME_LIMIT_LEAST, NCI_JSON_VALUE_MAX);
    if (limits->streams < 1 || limits->streams > 1u << 20)
        return bad_limit("streams", 1, 1u << 20);
    if (limits->size < 1 || limits->size > 1u << 30)
        return bad_limit("size", 1, 1u << 30);
    if (limits->window < 1 || limits->window > NCI_FRAME_NUMBER_MAX)
        return bad_limit("window", 1, NCI_FRAME_NUMBER_MAX);
    return NCI_OK;
}

int nci_session_new(const struct nci_session_config *config,
                    const struct nci_session_events *events, void *ctx, int64_t now,
                    struct nci_session **out)
{
    int code = judge_limits(&config->limits);
    if (code)
        return code;
    struct nci_session *session = (struct nci_session *)nci_zalloc(sizeof *session);
    if (!session)
        return nci_fail_nomem();
    session->events = events;
    session->ctx = ctx;
    session->config = *config;
    session->begun = session->last_input = now;
    session->trim_at = NCI_FOREVER;
    nci_list_init(&session->work);
    nci_list_init(&session->turns);
    nci_list_init(&session->closing);
    nci_list_init(&session->untold);
    nci_list_init(&session->pages);
    nci_budget_init(&session->pointless, NCI_POINTLESS_BURST, NCI_POINTLESS_RATE, now);
    nci_budget_init(&session->binds, 2 * config->limits.streams, NCI_BIND_RATE, now);
    session->config.agent = nci_strdup(config->agent ? config->agent : "");
    if (!session->config.agent) {
        nci_session_free(session);
        return nci_fail_nomem();
    }
    *out = session;
    return NCI_OK;
}

void nci_session_drop_pages(struct nci_session *session)
{
    while (!nci_list_empty(&session->pages)) {
        struct nci_page *page = NCI_CONTAINER(session->pages.next, struct nci_page, link);
        nci_list_remove(&page->link);
        nci_free(page);
    }
    session->pages_due = 0;
}

void nci_session_free(struct nci_session *session)
{
    if (!session)
        return;
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_table_next(&session->streams, &at));)
        nci_stream_free(stream);
    nci_table_fini(&session->streams);
    nci_session_drop_pages(session);
    nci_buf_fini(&session->output);
    nci_value_unref(session->lent.value);
    nci_free((char *)session->config.agent);
    nci_free(session->peer_agent);
    nci_free(session->text);
    nci_free(session);
}

/* Keeps code and text; without memory for it the code has to speak for itself. */
static void remember(struct nci_session *session, int code, const char *text)
{
    char *copy = text && *text ? nci_strdup(text) : NULL;
    nci_free(session->text);
    session->text = copy;
    session->code = code;
}

int nci_session_fail(struct nci_session *session, int code)
{
    if (session->flags & (NCI_SESSION_FAILED | NCI_SESSION_ENDED))
        return session->code;
    remember(session, code, nci_detail());
    session->flags |= NCI_SESSION_FAILED;
    if (!(session->flags & NCI_SESSION_BYE_SENT)) {
        nci_session_open_output(session);
        int said = nci_session_write_hello(session);
        if (!said)
            said = nci_write_bye(&session->output, code, session->text);
        nci_session_close_output(session);
        session->flags |= NCI_SESSION_BYE_SENT;
        /* Saying it may have failed in its own way; what counts is why it had to be said. */
        (void)said;
        nci_fail(code, "%s", session->text ? session->text : nci_status_text(code));
    }
    return code;
}

int nci_session_judge_limits(const struct nci_session *session, const char *name, int sends)
{
    const struct nci_session_limits *own = &session->config.limits, *peer = &session->peer;
    const struct nci_session_limits *from = sends ? own : peer, *to = sends ? peer : own;
    if (from->value > to->value)
        return nci_fail(NCI_LIMIT, "%s: the sender allows values of %zu bytes, the receiver of %zu",
                        name, from->value, to->value);
    if (from->depth > to->depth)
        return nci_fail(NCI_LIMIT, "%s: the sender allows values of depth %u, the receiver of %u",
                        name, from->depth, to->depth);
    return NCI_OK;
}

int nci_session_add(struct nci_session *session, struct nci_stream *stream)
{
    int code = nci_table_insert(&session->streams, stream);
    if (!code)
        session->open++;
    return code;
}

void nci_session_leave(struct nci_session *session, struct nci_stream *stream)
{
    if (stream->state == NCI_STREAM_ENDING)
        return;
    if (!stream->sends && !(stream->flags & NCI_HAS_ASK)) {
        nci_value_parts_abandon(stream->parts);
        stream->parts = NULL; /* and no text yet */
    }
    stream->state = NCI_STREAM_ENDING;
    session->open--;
    /* A sender's close that waits to be handed keeps its place; nothing else is written now. */
    if (!(stream->sends && stream->flags & NCI_WAS_CLOSED))
        nci_list_remove(&stream->turn);
}

int nci_session_end_code(const struct nci_stream *stream)
{
    return stream->flags & NCI_WAS_LOST ? NCI_LOST : NCI_CLOSED;
}

void nci_session_over(struct nci_session *session, struct nci_stream *stream, int code)
{
    nci_session_leave(session, stream);
    nci_list_remove(&stream->work);
    nci_list_remove(&stream->turn);
    if (session->recent == stream)
        session->recent = NULL;
    if (!(session->flags & NCI_SESSION_ENDED))
        nci_table_remove(&session->streams, stream);
    if (!(stream->flags & NCI_WAS_UNSEEN))
        session->events->over(session->ctx, stream, code);
    nci_stream_free(stream);
}

/* The link is gone: had the stream's end been decided? The end stands behind the values, so a
 * receiver that has seen it, or that gave the stream up, misses nothing. A sender that has said it
 * misses nothing when every value was taken. */
static int code_at_link_end(const struct nci_stream *stream)
{
    if (stream->flags & NCI_WAS_PEER_HUNGUP)
        return nci_session_end_code(stream);
    int decided = stream->state == NCI_STREAM_ENDING;
    if (stream->sends)
        decided = (decided || stream->flags & NCI_WAS_CLOSE_HANDED) && !stream->out->ledger.count;
    else
        decided = decided || stream->flags & NCI_WAS_CLOSED;
    return decided ? nci_session_end_code(stream) : NCI_LOST;
}

void nci_session_end(struct nci_session *session, int code, const char *text)
{
    if (session->flags & NCI_SESSION_ENDED)
        return;
    if (!(session->flags & NCI_SESSION_FAILED)) {
        remember(session, code, text);
        if (code)
            session->flags |= NCI_SESSION_FAILED;
    }
    session->flags |= NCI_SESSION_ENDED;
    session->trim_at = NCI_FOREVER;
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_table_next(&session->streams, &at));)
        nci_session_over(session, stream, code_at_link_end(stream));
    nci_table_fini(&session->streams);
    nci_session_drop_pages(session);
}

int nci_session_error(const struct nci_session *session, const char **text)
{
    int code = session->flags & NCI_SESSION_FAILED ? session->code : NCI_OK;
    if (text)
        *text = code && session->text ? session->text : nci_status_text(code);
    return code;
}

struct nci_buf *nci_session_output(struct nci_session *session)
{
    return &session->output;
}

struct nci_lent *nci_session_lent(struct nci_session *session)
{
    return &session->lent;
}

size_t nci_session_pending(const struct nci_session *session)
{
    return nci_lent_total(&session->output, &session->lent);
}

int nci_session_is_ready(const struct nci_session *session)
{
    return !!(session->flags & NCI_SESSION_HELLO_READ);
}

int nci_session_peer_said_bye(const struct nci_session *session)
{
    return !!(session->flags & NCI_SESSION_BYE_READ);
}

const struct nci_session_limits *nci_session_peer_limits(const struct nci_session *session)
{
    return &session->peer;
}

const char *nci_session_peer_agent(const struct nci_session *session)
{
    return session->peer_agent ? session->peer_agent : "";
}

uint32_t nci_session_stream_count(const struct nci_session *session)
{
    return session->open;
}

struct nci_stream *nci_session_next_stream(const struct nci_session *session, uint32_t *at)
{
    struct nci_stream *stream;
    do
        stream = nci_table_next(&session->streams, at);
    while (stream && stream->flags & NCI_WAS_UNSEEN);
    return stream;
}

size_t nci_session_memory(const struct nci_session *session)
{
    size_t bytes = sizeof *session + session->output.size +
                   session->streams.size * sizeof *session->streams.slots;
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_table_next(&session->streams, &at));) {
        bytes += sizeof *stream + session->config.extra[stream->sends];
        if (stream->flags & NCI_HAS_ASK)
            bytes += sizeof *stream->ask + stream->ask->name_length + 1;
        else if (!stream->sends && stream->state == NCI_STREAM_OPEN && stream->parts)
            bytes += nci_value_parts_length(stream->parts);
        if (stream->sends && stream->out != &nci_sending_none)
            bytes +=
                sizeof *stream->out + stream->out->ledger.size * sizeof *stream->out->ledger.ring;
    }
    return bytes;
}
