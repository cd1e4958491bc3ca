/* SPDX-License-Identifier: MIT */
/*
 * Making and freeing streams. Their life in between belongs to the session: what arrives on one
 * stands in session_recv_*.c, what leaves in session_send_*.c. Freeing must accept a stream in any
 * state and leave nothing behind, also a value that had arrived in half.
 */
#include "engine/stream.h"
#include "base/mem.h"

#include <string.h>

const struct nci_sending nci_sending_none;

static struct nci_sending *none(void)
{
    return (struct nci_sending *)&nci_sending_none;
}

struct nci_stream *nci_stream_new(uint32_t id, int sends, const char *name, size_t name_length,
                                  size_t extra)
{
    struct nci_stream *stream = (struct nci_stream *)nci_zalloc(sizeof *stream + extra);
    struct nci_stream_ask *ask = (struct nci_stream_ask *)nci_zalloc(sizeof *ask + name_length + 1);
    if (!stream || !ask) {
        nci_free(stream);
        nci_free(ask);
        return NULL;
    }
    ask->stream = stream;
    nci_list_init(&ask->in_owner);
    ask->name = (char *)(ask + 1);
    ask->name_length = name_length;
    if (name_length)
        memcpy(ask->name, name, name_length);
    stream->id = id;
    stream->sends = sends != 0;
    stream->state = NCI_STREAM_BINDING;
    stream->flags = NCI_HAS_ASK;
    stream->ask = ask;
    nci_list_init(&stream->work);
    nci_list_init(&stream->turn);
    if (sends)
        stream->out = none();
    return stream;
}

void nci_stream_drop_ask(struct nci_stream *stream)
{
    struct nci_stream_ask *ask = stream->ask;
    if (!(stream->flags & NCI_HAS_ASK))
        return;
    stream->flags &= ~(uint32_t)NCI_HAS_ASK;
    stream->text = ask->text;
    nci_free(ask);
}

int nci_stream_send(struct nci_stream *stream)
{
    if (stream->out != none())
        return NCI_OK;
    struct nci_sending *out = (struct nci_sending *)nci_zalloc(sizeof *out);
    if (!out)
        return nci_fail_nomem();
    out->ledger.received = stream->received;
    out->ledger.taken = stream->taken;
    nci_data_head_init(&out->head, stream->id, stream->sent);
    stream->out = out;
    return NCI_OK;
}

static void drop_sending(struct nci_stream *stream)
{
    if (stream->out == none())
        return;
    nci_ledger_fini(&stream->out->ledger);
    nci_free(stream->out);
    stream->out = none();
}

void nci_stream_rest(struct nci_stream *stream)
{
    if (stream->sends && !stream->out->ledger.count && !(stream->flags & NCI_DUE_SYNC) &&
        !stream->out->asked && !stream->out->ask_next)
        drop_sending(stream);
}

void nci_stream_free(struct nci_stream *stream)
{
    if (!stream)
        return;
    nci_list_remove(&stream->work);
    nci_list_remove(&stream->turn);
    nci_stream_drop_ask(stream);
    if (stream->state == NCI_STREAM_ENDING)
        nci_free(stream->text);
    else if (!stream->sends)
        nci_value_parts_abandon(stream->parts);
    if (stream->sends)
        drop_sending(stream);
    nci_free(stream);
}
