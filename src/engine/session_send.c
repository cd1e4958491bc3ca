/* SPDX-License-Identifier: MIT */
/*
 * What the caller submits, and produce. A submit call only notes on the stream what is due; produce
 * turns notes into frames. So nothing of this side's doing is ever queued twice, a flood of calls
 * costs no memory, and the order on the wire is produce's alone: what concerns the link, then what
 * is due on streams, then values in turns, and with the first thing written the acknowledgements
 * that nobody was told yet.
 */
#include "base/mem.h"
#include "engine/credit.h"
#include "engine/session_impl.h"

void nci_session_due(struct nci_session *session, struct nci_stream *stream, uint32_t what)
{
    stream->flags |= what;
    if (nci_list_empty(&stream->work))
        nci_list_append(&session->work, &stream->work);
}

void nci_session_enlist(struct nci_session *session, struct nci_stream *stream)
{
    const struct nci_ledger *ledger = &stream->out->ledger;
    if (!nci_list_empty(&stream->turn) || stream->state != NCI_STREAM_OPEN ||
        stream->flags & NCI_WAS_CLOSED)
        return;
    if (ledger->waiting) {
        if (!stream->out->cut &&
            !nci_credit_allows(stream, ledger->count - ledger->waiting, ledger->bytes))
            return;
    } else {
        if (!(stream->flags & NCI_WAS_READY) || stream->flags & NCI_DUE_CLOSE ||
            !nci_credit_allows(stream, ledger->count, ledger->bytes) ||
            !nci_credit_count_left(stream, stream->sent))
            return;
    }
    nci_list_append(&session->turns, &stream->turn);
}

void nci_session_untold(struct nci_session *session, struct nci_stream *stream, int64_t now)
{
    if (!nci_list_empty(&stream->turn) || stream->flags & NCI_DUE_ACK)
        return;
    stream->oldest = now;
    nci_list_append(&session->untold, &stream->turn);
}

void nci_session_tell(struct nci_session *session)
{
    struct nci_stream *stream = NCI_CONTAINER(session->untold.next, struct nci_stream, turn);
    nci_list_remove(&stream->turn);
    nci_session_due(session, stream, NCI_DUE_ACK);
}

/* What hello says about binds; only the exporter's answer can tell before it is there. */
static int peer_allows(const struct nci_session *session, const struct nci_bind *bind,
                       const char *name)
{
    const struct nci_session_limits *peer = &session->peer;
    if (session->open >= peer->streams)
        return nci_fail(NCI_LIMIT, "%s: %lu streams are open on this link, the exporter allows %lu",
                        name, (unsigned long)session->open, (unsigned long)peer->streams);
    /* Those that were hung up and not answered yet count too: one more than so many, and the
     * exporter ends the link. */
    if (session->streams.count / NCI_UNFINISHED >= peer->streams)
        return nci_fail(
            NCI_LIMIT, "%s: %lu streams are not over on this link, the exporter allows %lu", name,
            (unsigned long)session->streams.count, (unsigned long)peer->streams * NCI_UNFINISHED);
    if (bind->size > peer->size)
        return nci_fail(NCI_LIMIT, "%s: size %lu, the exporter allows %lu", name,
                        (unsigned long)bind->size, (unsigned long)peer->size);
    if (bind->window > peer->window)
        return nci_fail(NCI_LIMIT, "%s: window %llu, the exporter allows %llu", name,
                        (unsigned long long)bind->window, (unsigned long long)peer->window);
    return nci_session_judge_limits(session, name, !bind->receives);
}

static int may_bind(const struct nci_session *session, const struct nci_bind *bind,
                    const char *name)
{
    uint32_t most = session->config.limits.streams;
    if (session->config.role != NCI_ROLE_IMPORTER)
        return nci_fail(NCI_USAGE, "%s: only an importer binds", name);
    if (session->flags & (NCI_SESSION_FAILED | NCI_SESSION_ENDED | NCI_SESSION_BYE_DUE |
                          NCI_SESSION_BYE_SENT | NCI_SESSION_BYE_READ))
        return nci_fail(NCI_LOST, "%s: the link has ended", name);
    if (bind->size < 1 || bind->window < 1 || bind->window > NCI_FRAME_NUMBER_MAX ||
        bind->count < -1 || bind->count == 0 || bind->count > (int64_t)NCI_FRAME_NUMBER_MAX)
        return nci_fail(NCI_USAGE, "%s: size and window are 1 and up, count is -1 or 1 and up",
                        name);
    if (session->open >= most || session->last_id == UINT32_MAX)
        return nci_fail(NCI_LIMIT, "%s: %lu streams are open on this link, limit.streams is %lu",
                        name, (unsigned long)session->open, (unsigned long)most);
    return session->flags & NCI_SESSION_HELLO_READ ? peer_allows(session, bind, name) : NCI_OK;
}

int nci_session_bind(struct nci_session *session, const struct nci_bind *bind,
                     struct nci_stream **out)
{
    if (bind->name_length < 1 || bind->name_length > NCI_NAME_MAX)
        return nci_fail(NCI_USAGE, "a channel name has 1 to %u bytes, this one %zu", NCI_NAME_MAX,
                        bind->name_length);
    struct nci_stream *stream =
        nci_stream_new(session->last_id + 1, !bind->receives, bind->name, bind->name_length,
                       session->config.extra[!bind->receives]);
    if (!stream)
        return nci_fail_nomem();
    int code = may_bind(session, bind, stream->ask->name);
    if (code)
        goto fail;
    stream->size = bind->size;
    stream->window = bind->window;
    stream->count = bind->count;
    stream->ask->wait_ms = bind->wait_ms;
    code = nci_session_add(session, stream);
    if (code)
        goto fail;
    session->last_id++;
    nci_session_due(session, stream, NCI_DUE_BIND);
    *out = stream;
    return NCI_OK;
fail:
    nci_stream_free(stream);
    return code;
}

void nci_session_accept(struct nci_session *session, struct nci_stream *stream, uint32_t size,
                        uint64_t window, int64_t count)
{
    if (stream->state != NCI_STREAM_BINDING)
        return;
    if (size && size < stream->size)
        stream->size = size;
    if (window && window < stream->window)
        stream->window = window;
    if (count > 0 && (stream->count < 0 || count < stream->count))
        stream->count = count;
    stream->state = NCI_STREAM_OPEN;
    nci_stream_drop_ask(stream);
    nci_session_due(session, stream, NCI_DUE_BOUND);
    if (stream->sends)
        nci_session_enlist(session, stream);
}

void nci_session_refuse(struct nci_session *session, struct nci_stream *stream, int code,
                        const char *text)
{
    if (stream->state == NCI_STREAM_BINDING)
        nci_session_hangup(session, stream, code, text);
}

void nci_session_ready(struct nci_session *session, struct nci_stream *stream)
{
    stream->flags |= NCI_WAS_READY;
    nci_session_enlist(session, stream);
}

void nci_session_close(struct nci_session *session, struct nci_stream *stream, int code)
{
    if (!stream->sends || stream->state == NCI_STREAM_ENDING ||
        stream->flags & (NCI_WAS_CLOSED | NCI_DUE_CLOSE))
        return;
    stream->code = (int16_t)code;
    nci_session_due(session, stream, NCI_DUE_CLOSE);
}

void nci_session_sync(struct nci_session *session, struct nci_stream *stream, uint64_t seq)
{
    if (!stream->sends || stream->state == NCI_STREAM_ENDING || (seq && seq <= stream->taken))
        return;
    /* One sync is due or open: the lowest number that somebody waits for. A higher one waits for
     * its answer; figures alone (0) may be asked for beside it. */
    if (nci_stream_send(stream)) {
        (void)nci_session_fail(session, NCI_NOMEM);
        return;
    }
    uint64_t *due = &stream->out->sync, *next = &stream->out->ask_next;
    uint64_t lowest = stream->out->asked;
    if (stream->flags & NCI_DUE_SYNC && *due && (!lowest || *due < lowest))
        lowest = *due;
    if (seq && lowest && seq >= lowest) {
        if (seq > lowest && (!*next || seq < *next))
            *next = seq;
        return;
    }
    if (seq && lowest)
        *next = lowest;
    if (seq || !(stream->flags & NCI_DUE_SYNC))
        *due = seq;
    nci_session_due(session, stream, NCI_DUE_SYNC);
}

void nci_session_taken(struct nci_session *session, struct nci_stream *stream, int at_once,
                       int64_t now)
{
    if (stream->sends || stream->state != NCI_STREAM_OPEN)
        return;
    if (stream->flags & NCI_WAS_CLOSED)
        nci_session_due(session, stream, NCI_DUE_END_CHECK);
    if (at_once)
        nci_session_due(session, stream, NCI_DUE_ACK);
    else
        nci_session_untold(session, stream, now);
}

void nci_session_mark_hangup(struct nci_session *session, struct nci_stream *stream, int code,
                             const char *text)
{
    /* The code is what matters: without memory for it the text is left out. */
    char *copy = text && *text ? nci_strdup(text) : NULL;
    stream->code = (int16_t)code;
    nci_session_leave(session, stream);
    char **place = stream->flags & NCI_HAS_ASK ? &stream->ask->text : &stream->text;
    nci_free(*place);
    *place = copy;
    stream->flags &= ~(uint32_t)(NCI_DUE_BOUND | NCI_DUE_SYNC | NCI_DUE_CLOSE | NCI_DUE_END_CHECK);
    nci_session_due(session, stream, NCI_DUE_HANGUP);
}

void nci_session_hangup(struct nci_session *session, struct nci_stream *stream, int code,
                        const char *text)
{
    if (stream->state == NCI_STREAM_ENDING)
        return;
    /* A value pulled and not written whole is a value left. */
    if (stream->sends && stream->out->ledger.waiting && code == NCI_CLOSED)
        code = NCI_LOST;
    if (code == NCI_LOST)
        stream->flags |= NCI_WAS_LOST;
    nci_session_mark_hangup(session, stream, code, text);
}

static int add_page(struct nci_session *session, uint64_t cursor, const char *text, size_t length)
{
    struct nci_page *page = (struct nci_page *)nci_alloc(sizeof *page + length);
    if (!page)
        return nci_fail_nomem();
    page->cursor = cursor;
    page->length = length;
    if (length)
        memcpy(page + 1, text, length);
    nci_list_append(&session->pages, &page->link);
    session->pages_due++;
    return NCI_OK;
}

int nci_session_list(struct nci_session *session, uint64_t cursor, const char *filter,
                     size_t length)
{
    if (session->config.role != NCI_ROLE_IMPORTER)
        return nci_fail(NCI_USAGE, "only an importer asks for a list");
    if (length > NCI_NAME_MAX)
        return nci_fail(NCI_USAGE, "a filter has at most %u bytes, this one %zu", NCI_NAME_MAX,
                        length);
    if (session->pages_open == NCI_PAGES_MAX)
        return nci_fail(NCI_BUSY, "%u lists are not answered yet", NCI_PAGES_MAX);
    int code = add_page(session, cursor, filter, length);
    if (!code)
        session->pages_open++;
    return code;
}

int nci_session_listing(struct nci_session *session, uint64_t cursor,
                        const struct nci_value *payload)
{
    size_t length;
    const char *text = nci_value_text(payload, &length);
    if (!session->pages_open)
        return nci_fail(NCI_USAGE, "nobody asked for a listing");
    if (length > session->peer.frame)
        return nci_fail(NCI_LIMIT, "a page of %zu bytes, the importer's frame limit is %zu", length,
                        session->peer.frame);
    int code = add_page(session, cursor, text, length);
    if (!code)
        session->pages_open--;
    return code;
}

void nci_session_bye(struct nci_session *session, int code, const char *text)
{
    if (session->flags & (NCI_SESSION_FAILED | NCI_SESSION_BYE_DUE | NCI_SESSION_BYE_SENT))
        return;
    nci_free(session->text);
    session->text = text && *text ? nci_strdup(text) : NULL;
    session->code = code;
    session->flags |= NCI_SESSION_BYE_DUE;
}
