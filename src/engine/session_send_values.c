/* SPDX-License-Identifier: MIT */
/*
 * The hot path out: one turn of one sender. Values are pulled from the owner a bundle at a time and
 * stand in the ledger from then on, framed or not, so that nothing that ends a stream or a link can
 * lose one. What a turn may write is bounded (128 values, or 16 KiB and what the last frame is
 * over), so that many streams share a link fairly, and a value longer than the cut goes out in
 * parts between which other streams have their turns.
 */
#include "base/room.h"
#include "engine/credit.h"
#include "engine/session_impl.h"

#include <stdio.h>

static int pull(struct nci_session *session, struct nci_stream *stream)
{
    struct nci_outgoing items[NCI_TURN_VALUES];
    if (nci_stream_send(stream))
        return NCI_NOMEM;
    struct nci_ledger *ledger = &stream->out->ledger;
    uint64_t most = stream->size - ledger->count,
             left = nci_credit_count_left(stream, stream->sent);
    if (left < most)
        most = left;
    if (most > NCI_TURN_VALUES)
        most = NCI_TURN_VALUES;
    /* Room first: a value once pulled has its place. */
    uint32_t room = nci_ledger_reserve(ledger, (uint32_t)most);
    if (!room)
        return nci_fail_nomem();
    stream->flags &= ~(uint32_t)NCI_WAS_READY;
    size_t count = session->events->pull(session->ctx, stream, items, room);
    if (count == room)
        stream->flags |= NCI_WAS_READY;
    /* Where many streams or links are busy their values have fallen out of the caches. */
    for (size_t i = 0; i < count; i++) {
        __builtin_prefetch(items[i].value);
        __builtin_prefetch((const char *)items[i].value + 64);
    }
    for (size_t i = 0; i < count; i++)
        nci_ledger_push(ledger, items[i].value, items[i].stamp);
    return NCI_OK;
}

/* A value that the peer would have to refuse ends its own stream, not the link. */
static void too_long(struct nci_session *session, struct nci_stream *stream, size_t length)
{
    char text[128];
    snprintf(text, sizeof text, "a value of %zu bytes; the peer allows %zu", length,
             session->peer.value);
    nci_session_hangup(session, stream, NCI_LOST, text);
}

static size_t longest_piece(const struct nci_session *session)
{
    size_t cut = session->open > 1 ? NCI_CUT_SHARED : NCI_CUT_ALONE;
    return cut < session->peer.frame ? cut : session->peer.frame;
}

/* Is this piece better left where it lies? */
static int lends(const struct nci_session *session, size_t piece)
{
    return session->config.lends && piece >= session->config.lends && !session->lent.length;
}

/* The frame around a piece that is lent; returns the byte behind it, as for one that was copied. */
static uint8_t *put_lent(struct nci_session *session, struct nci_value *value, uint8_t *to,
                         const struct nci_sending *sending, int part, size_t piece)
{
    struct nci_lent *lent = &session->lent;
    to = nci_frame_put_head(to, &sending->head, part, piece);
    lent->value = nci_value_ref(value);
    lent->bytes = (const uint8_t *)nci_value_text(value, NULL) + sending->cut;
    lent->length = piece;
    lent->at = (size_t)(to - nci_buf_head(&session->output));
    *to++ = '\n';
    return to;
}

/* What was written from the end of the content on is content. */
static void commit(struct nci_buf *out, const uint8_t *to)
{
    if (to)
        nci_buf_commit(out, (size_t)(to - (out->data + out->write)));
}

/* The next value's turn has come; 0: it may not begin now. */
static int begin(struct nci_session *session, struct nci_stream *stream, size_t length)
{
    struct nci_sending *sending = stream->out;
    struct nci_ledger *ledger = &sending->ledger;
    if (!nci_credit_allows(stream, ledger->count - ledger->waiting, ledger->bytes))
        return 0;
    if (length > session->peer.value) {
        too_long(session, stream, length);
        return 0;
    }
    ledger->bytes += length;
    nci_data_head_next(&sending->head);
    return 1;
}

/* Frames waiting values into the buffer, as many as credit, turn and limit allow. */
static int frame(struct nci_session *session, struct nci_stream *stream, size_t limit)
{
    struct nci_buf *out = &session->output;
    struct nci_sending *sending = stream->out;
    struct nci_ledger *ledger = &sending->ledger;
    const size_t cut = longest_piece(session);
    size_t begun = nci_session_pending(session), written = 0;
    uint8_t *to = NULL;
    for (size_t room = 0; ledger->waiting && written < NCI_TURN_BYTES && begun + written < limit;) {
        struct nci_ledger_entry *entry = nci_ledger_at(ledger, ledger->count - ledger->waiting);
        if (!sending->cut && !begin(session, stream, entry->length))
            break;
        size_t length;
        const char *text = nci_value_text(entry->value, &length);
        size_t piece = length - sending->cut;
        int part = piece > cut;
        if (part) {
            piece = cut;
            session->flags |= NCI_SESSION_CUTS;
        }
        int lent = lends(session, piece);
        size_t need = NCI_DATA_HEADER_MAX + (lent ? 0 : piece);
        if (room < need) {
            commit(out, to);
            to = nci_buf_reserve(out, need);
            if (!to)
                return nci_fail_nomem();
            room = out->size - out->write;
        }
        uint8_t *behind =
            lent ? put_lent(session, entry->value, to, sending, part, piece)
                 : nci_frame_put_value(to, &sending->head, part, text + sending->cut, piece);
        room -= (size_t)(behind - to);
        written += (size_t)(behind - to) + (lent ? piece : 0);
        to = behind;
        if (part) {
            sending->cut += (uint32_t)piece;
            continue;
        }
        sending->cut = 0;
        entry->end = session->gone + begun + written;
        session->unmarked += nci_room_of(length);
        ledger->waiting--;
        stream->sent++;
    }
    commit(out, to);
    return NCI_OK;
}

int nci_session_write_values(struct nci_session *session, struct nci_stream *stream, size_t limit)
{
    int code = NCI_OK;
    if (!stream->out->ledger.waiting)
        code = pull(session, stream);
    if (!code && stream->state == NCI_STREAM_OPEN)
        code = frame(session, stream, limit);
    if (code || stream->state != NCI_STREAM_OPEN)
        return code;
    if (!stream->out->ledger.waiting && !nci_credit_count_left(stream, stream->sent) &&
        !(stream->flags & NCI_DUE_CLOSE)) {
        stream->code = NCI_CLOSED;
        stream->flags |= NCI_DUE_CLOSE;
    }
    if ((stream->flags & NCI_DUE_CLOSE && !stream->out->ledger.waiting) ||
        (stream->flags & NCI_DUE_SYNC && stream->out->sync <= stream->sent))
        nci_session_due(session, stream, 0);
    nci_session_enlist(session, stream);
    return NCI_OK;
}
