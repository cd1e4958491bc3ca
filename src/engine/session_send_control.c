/* SPDX-License-Identifier: MIT */
/*
 * Frames that carry no value: for the link (hello, ping, pong, pages) and on a stream, in the order
 * in which the peer must see them: bind, bound, acknowledgement, sync, close, hangup. A frame whose
 * time has not come (close while a value waits for credit) stays noted on the stream, and the turn
 * that frames the value brings it back.
 */
#include "base/mem.h"
#include "engine/session_impl.h"

int nci_session_write_hello(struct nci_session *session)
{
    if (session->flags & NCI_SESSION_HELLO_SENT)
        return NCI_OK;
    const struct nci_session_config *config = &session->config;
    struct nci_hello hello;
    memset(&hello, 0, sizeof hello);
    hello.low = NCI_VERSION_LOW;
    hello.high = NCI_VERSION_HIGH;
    hello.role = config->role;
    hello.limits = config->limits;
    hello.silence = config->silence;
    hello.agent = config->agent;
    hello.session = config->session_id;
    int code = nci_write_hello(&session->output, &hello);
    if (!code)
        session->flags |= NCI_SESSION_HELLO_SENT;
    return code;
}

static int write_page(struct nci_session *session, const struct nci_page *page)
{
    uint64_t numbers[] = {page->cursor};
    const char *text = (const char *)(page + 1);
    if (session->config.role == NCI_ROLE_IMPORTER)
        return nci_write_list(&session->output, page->cursor, text, page->length);
    return nci_frame_write(&session->output, NCI_FRAME_LISTING, numbers, text, page->length);
}

int nci_session_write_link(struct nci_session *session, size_t limit)
{
    int code = nci_session_write_hello(session);
    if (!code && session->flags & NCI_SESSION_PONG_DUE) {
        session->flags &= ~(uint32_t)NCI_SESSION_PONG_DUE;
        code = nci_frame_write(&session->output, NCI_FRAME_PONG, &session->pong, NULL, 0);
    }
    if (!code && session->flags & NCI_SESSION_PING_DUE) {
        session->flags &= ~(uint32_t)NCI_SESSION_PING_DUE;
        code = nci_frame_write(&session->output, NCI_FRAME_PING, &session->pings, NULL, 0);
    }
    while (!code && !nci_list_empty(&session->pages) && nci_session_pending(session) < limit) {
        struct nci_page *page = NCI_CONTAINER(session->pages.next, struct nci_page, link);
        code = write_page(session, page);
        nci_list_remove(&page->link);
        nci_free(page);
        session->pages_due--;
    }
    return code;
}

static int write_bind(struct nci_session *session, struct nci_stream *stream)
{
    struct nci_bind_ask ask = {stream->ask->name,   stream->ask->name_length, !stream->sends,
                               stream->size,        (int64_t)stream->window,  stream->count,
                               stream->ask->wait_ms};
    int code = nci_write_bind(&session->output, stream->id, &ask);
    if (!code)
        nci_stream_drop_ask(stream);
    return code;
}

static int write_bound(struct nci_session *session, struct nci_stream *stream)
{
    stream->flags |= NCI_WAS_BOUND;
    struct nci_bound bound = {stream->size, (int64_t)stream->window, stream->count};
    return nci_write_bound(&session->output, stream->id, &bound);
}

/* The last value is taken and told: this side's part of the stream's end. */
static void hang_up_if_all_taken(struct nci_session *session, struct nci_stream *stream)
{
    if (stream->flags & NCI_WAS_CLOSED && stream->state == NCI_STREAM_OPEN &&
        stream->taken == stream->received) {
        stream->code = NCI_CLOSED;
        nci_session_leave(session, stream);
        nci_session_due(session, stream, NCI_DUE_HANGUP);
    }
}

/* The taken figure that can be told now. Its bytes are counted off: either it is told, or a close
 * has come, and no value needs credit any more. */
static uint64_t figures(struct nci_session *session, struct nci_stream *stream)
{
    uint64_t taken = stream->taken, bytes = 0;
    session->events->figures(session->ctx, stream, &taken, &bytes);
    stream->bytes -= bytes;
    return taken;
}

int nci_session_write_ack(struct nci_session *session, struct nci_stream *stream)
{
    nci_list_remove(&stream->turn);
    if (nci_list_empty(&session->untold))
        session->stored = 0;
    stream->flags &= ~(uint32_t)(NCI_DUE_ACK | NCI_DUE_END_CHECK);
    uint64_t taken = figures(session, stream);
    if (stream->flags & NCI_HAS_UNTOLD || taken > stream->taken) {
        uint64_t numbers[] = {stream->id, stream->received, taken};
        int code = nci_frame_write(&session->output, NCI_FRAME_ACK, numbers, NULL, 0);
        if (code)
            return code;
        stream->flags &= ~(uint32_t)NCI_HAS_UNTOLD;
        stream->taken = taken;
    }
    hang_up_if_all_taken(session, stream);
    return NCI_OK;
}

/* Receiver of a close: only a figure that completes the stream is worth a frame now. */
static int check_end(struct nci_session *session, struct nci_stream *stream)
{
    uint64_t taken = figures(session, stream);
    stream->flags &= ~(uint32_t)NCI_DUE_END_CHECK;
    return taken == stream->received ? nci_session_write_ack(session, stream) : NCI_OK;
}

static int write_sync(struct nci_session *session, struct nci_stream *stream)
{
    uint64_t numbers[] = {stream->id, stream->out->sync};
    if (stream->out->sync > stream->sent || stream->state != NCI_STREAM_OPEN)
        return NCI_OK;
    stream->flags &= ~(uint32_t)NCI_DUE_SYNC;
    if (stream->out->sync)
        stream->out->asked = stream->out->sync;
    return nci_frame_write(&session->output, NCI_FRAME_SYNC, numbers, NULL, 0);
}

static int write_close(struct nci_session *session, struct nci_stream *stream)
{
    if (stream->out->ledger.waiting || stream->state != NCI_STREAM_OPEN)
        return NCI_OK;
    stream->flags = (stream->flags & ~(uint32_t)NCI_DUE_CLOSE) | NCI_WAS_CLOSED;
    if (stream->code == NCI_LOST)
        stream->flags |= NCI_WAS_LOST;
    int code = nci_write_ending(&session->output, NCI_FRAME_CLOSE, stream->id, stream->sent,
                                stream->code, NULL);
    if (code)
        return code;
    stream->close_at = session->gone + nci_session_pending(session);
    nci_list_remove(&stream->turn);
    nci_list_append(&session->closing, &stream->turn);
    return NCI_OK;
}

static int write_hangup(struct nci_session *session, struct nci_stream *stream)
{
    uint64_t number = stream->sends ? stream->sent : stream->received;
    int code = NCI_OK;
    nci_stream_drop_ask(stream);
    if (!stream->sends && number)
        code = nci_session_write_ack(session, stream);
    if (!code)
        code = nci_write_ending(&session->output, NCI_FRAME_HANGUP, stream->id, number,
                                stream->code, stream->text);
    if (code)
        return code;
    stream->flags |= NCI_WAS_HUNGUP;
    nci_free(stream->text);
    stream->text = NULL;
    return NCI_OK;
}

int nci_session_write_stream(struct nci_session *session, struct nci_stream *stream)
{
    int code = NCI_OK;
    if (stream->flags & NCI_DUE_BIND) {
        stream->flags &= ~(uint32_t)NCI_DUE_BIND;
        code = write_bind(session, stream);
    }
    if (!code && stream->flags & NCI_DUE_BOUND) {
        stream->flags &= ~(uint32_t)NCI_DUE_BOUND;
        code = write_bound(session, stream);
    }
    if (!code && stream->flags & NCI_DUE_ACK)
        code = nci_session_write_ack(session, stream);
    if (!code && stream->flags & NCI_DUE_END_CHECK)
        code = check_end(session, stream);
    if (!code && stream->flags & NCI_DUE_SYNC)
        code = write_sync(session, stream);
    if (!code && stream->flags & NCI_DUE_CLOSE)
        code = write_close(session, stream);
    if (code || !(stream->flags & NCI_DUE_HANGUP))
        return code;
    stream->flags &= ~(uint32_t)NCI_DUE_HANGUP;
    code = write_hangup(session, stream);
    if (!code && stream->flags & NCI_WAS_PEER_HUNGUP)
        nci_session_over(session, stream, nci_session_end_code(stream));
    return code;
}
