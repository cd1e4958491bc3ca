/* SPDX-License-Identifier: MIT */
/*
 * Produce: notes turned into frames, and the account of what has left. The order is what concerns
 * the link, then what is due on streams, then the acknowledgements nobody was told yet (they ride
 * on whatever is written, and only then), then values, one turn of one stream after the other.
 *
 * An acknowledgement is believed only for values that were handed to a write call, so the two
 * counts kept here, bytes framed and bytes handed, guard the memory that a write may still point
 * to.
 */
#include "engine/session_impl.h"

int nci_session_wants_output(const struct nci_session *session)
{
    if (session->flags & (NCI_SESSION_FAILED | NCI_SESSION_ENDED | NCI_SESSION_BYE_SENT))
        return 0;
    return !(session->flags & NCI_SESSION_HELLO_SENT) ||
           session->flags & (NCI_SESSION_PING_DUE | NCI_SESSION_PONG_DUE | NCI_SESSION_BYE_DUE) ||
           !nci_list_empty(&session->work) || !nci_list_empty(&session->turns) ||
           !nci_list_empty(&session->pages);
}

static struct nci_stream *first_turn(struct nci_list *list)
{
    return NCI_CONTAINER(list->next, struct nci_stream, turn);
}

static int write_due(struct nci_session *session, size_t limit)
{
    while (!nci_list_empty(&session->work) && nci_session_pending(session) < limit) {
        struct nci_stream *stream = NCI_CONTAINER(session->work.next, struct nci_stream, work);
        nci_list_remove(&stream->work);
        int code = nci_session_write_stream(session, stream);
        if (code)
            return code;
    }
    return NCI_OK;
}

static int write_all(struct nci_session *session, size_t limit)
{
    size_t before = nci_session_pending(session);
    int code = nci_session_write_link(session, limit);
    while (!code && !(code = write_due(session, limit)) && nci_session_pending(session) < limit) {
        if (nci_session_pending(session) > before && !nci_list_empty(&session->untold)) {
            code = nci_session_write_ack(session, first_turn(&session->untold));
            continue;
        }
        if (nci_list_empty(&session->turns) || session->flags & NCI_SESSION_BYE_DUE)
            break;
        struct nci_stream *stream = first_turn(&session->turns);
        nci_list_remove(&stream->turn);
        code = nci_session_write_values(session, stream, limit);
    }
    if (code || !(session->flags & NCI_SESSION_BYE_DUE) || !nci_list_empty(&session->work) ||
        !nci_list_empty(&session->pages))
        return code;
    code = nci_write_bye(&session->output, session->code, session->text);
    if (!code)
        session->flags = (session->flags & ~(uint32_t)NCI_SESSION_BYE_DUE) | NCI_SESSION_BYE_SENT;
    return code;
}

int nci_session_produce(struct nci_session *session, size_t limit, int64_t now)
{
    if (session->flags & NCI_SESSION_FAILED)
        return session->code;
    if (!nci_session_wants_output(session))
        return NCI_OK;
    nci_session_open_output(session);
    int code = write_all(session, limit);
    nci_session_close_output(session);
    nci_session_will_trim(session, now);
    return code ? nci_session_fail(session, code) : NCI_OK;
}

/* Value bytes are told in bundles of what lay in the output together: an account per value would
 * cost more than it is worth, and everything is told when all is handed. */
static void count_value_bytes(struct nci_session *session)
{
    if (session->marked && session->handed >= session->mark) {
        session->reported += session->marked;
        session->marked = 0;
    }
    if (session->unmarked && session->handed == session->framed) {
        session->reported += session->unmarked;
        session->unmarked = 0;
    }
    if (!session->marked) {
        session->marked = session->unmarked;
        session->unmarked = 0;
        session->mark = session->framed;
    }
}

void nci_session_handed(struct nci_session *session, size_t length)
{
    nci_session_open_output(session);
    if (session->gone + length > session->handed)
        session->handed = session->gone + length;
    count_value_bytes(session);
    while (!nci_list_empty(&session->closing)) {
        struct nci_stream *stream = first_turn(&session->closing);
        if (stream->close_at > session->handed)
            break;
        nci_list_remove(&stream->turn);
        stream->flags |= NCI_WAS_CLOSE_HANDED;
        session->events->close_written(session->ctx, stream);
    }
}

int nci_session_cuts(const struct nci_session *session)
{
    return (session->flags & NCI_SESSION_CUTS) != 0;
}

size_t nci_session_value_bytes_handed(struct nci_session *session)
{
    size_t bytes = session->reported;
    session->reported = 0;
    return bytes;
}
