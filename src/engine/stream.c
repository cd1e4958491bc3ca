/* SPDX-License-Identifier: MIT */
/*
 * Making and freeing streams. Their life in between belongs to the session: what arrives on one
 * stands in session_recv_*.c, what leaves in session_send_*.c. Freeing must accept a stream in any
 * state and leave nothing behind, also a value that had arrived in half.
 */
#include "engine/stream.h"
#include "base/mem.h"

#include <string.h>

struct nci_stream *nci_stream_new(uint32_t id, int sends, const char *name, size_t name_length)
{
    /* The name lies behind the stream: an idle stream is one block of memory. */
    struct nci_stream *stream = (struct nci_stream *)nci_zalloc(sizeof *stream + name_length + 1);
    if (!stream)
        return NULL;
    stream->id = id;
    stream->sends = sends;
    stream->state = NCI_STREAM_BINDING;
    stream->name = (char *)(stream + 1);
    stream->name_length = name_length;
    if (name_length)
        memcpy(stream->name, name, name_length);
    nci_list_init(&stream->work);
    nci_list_init(&stream->turn);
    if (sends)
        nci_data_head_init(&stream->u.out.head, id);
    return stream;
}

void nci_stream_free(struct nci_stream *stream)
{
    if (!stream)
        return;
    nci_list_remove(&stream->work);
    nci_list_remove(&stream->turn);
    if (!stream->sends)
        nci_value_parts_abandon(stream->u.in.parts);
    nci_ledger_fini(&stream->ledger);
    nci_free(stream->text);
    nci_free(stream);
}
