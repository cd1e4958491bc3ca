/* SPDX-License-Identifier: MIT */
/*
 * A stream: one import of one channel on one link, as one end sees it. The state table stands in
 * docs/PROTOCOL.md and is the same table.
 */
#ifndef NCI_ENGINE_STREAM_H
#define NCI_ENGINE_STREAM_H

#include "base/list.h"
#include "engine/ledger.h"
#include "wire/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_value_parts;

enum nci_stream_state {
    NCI_STREAM_BINDING, /* bind queued or sent, or (exporter) received and not yet answered */
    NCI_STREAM_OPEN,    /* bound; values flow */
    NCI_STREAM_ENDING   /* this side has hung up; waits for the peer's hangup */
};

/* What is due on a stream (written by the next produce), and what has happened on it. */
enum nci_stream_flags {
    NCI_DUE_BIND = 1 << 0,
    NCI_DUE_BOUND = 1 << 1,
    NCI_DUE_ACK = 1 << 2,
    NCI_DUE_END_CHECK = 1 << 3, /* receiver of a close: is the last value taken? */
    NCI_DUE_SYNC = 1 << 4,
    NCI_DUE_CLOSE = 1 << 5,
    NCI_DUE_HANGUP = 1 << 6,
    NCI_DUE_ANY = (1 << 7) - 1,

    NCI_WAS_READY = 1 << 8,         /* sender: the owner has values to pull */
    NCI_WAS_CLOSED = 1 << 9,        /* close written (sender) or received (receiver) */
    NCI_WAS_CLOSE_HANDED = 1 << 10, /* sender: close was handed to a write call */
    NCI_WAS_HUNGUP = 1 << 11,       /* this side's hangup is written */
    NCI_WAS_PEER_HUNGUP = 1 << 12,  /* the peer's has arrived */
    NCI_WAS_LOST = 1 << 13,         /* a close or hangup of either side said lost */
    NCI_WAS_UNSEEN = 1 << 14,       /* refused by the engine: the owner never heard of it */
    NCI_WAS_BOUND = 1 << 15,        /* bound was written (exporter) or has arrived (importer) */
    NCI_HAS_ASK = 1 << 16,          /* the stream's ask is there */
    NCI_HAS_UNTOLD = 1 << 17 /* receiver: a value was stored since the last acknowledgement */
};

/* What a bind asks beside its figures: kept until it is written (importer) or answered (exporter),
 * that is, until the hangup that refuses it is written. */
struct nci_stream_ask {
    struct nci_stream *stream;
    int64_t wait_ms;
    size_t name_length;
    char *name; /* NUL-terminated, behind this struct */
    char *text; /* of a hangup that is due already, or NULL */
    /* The owner's, never touched; made as a list of its own and 0. */
    struct nci_list in_owner;
    int64_t until;
};

/* What a sender needs while values are under way: made when the first is pulled, given back when
 * the session has been quiet and everything is taken. */
struct nci_sending {
    struct nci_ledger ledger;
    struct nci_data_head head;
    uint32_t cut;      /* bytes of the value being cut that are written; 0: none */
    uint64_t sync;     /* number in the sync frame that is due */
    uint64_t asked;    /* number of the sync that is open; 0: none */
    uint64_t ask_next; /* the next one waited for, asked when that is answered */
};

/* What a stream without one points at: nothing is under way. Only read. */
extern const struct nci_sending nci_sending_none;

/* Fields marked [owner] may be read by whoever holds the session; only the engine writes any.
 * Behind the struct lie the owner's own bytes. There may be very many streams, and most of them
 * idle: what only a busy one, a new one or an ending one needs lies outside. */
struct nci_stream {
    uint32_t id;     /* [owner] 1, 2, 3 ... on its link */
    uint32_t flags;  /* enum nci_stream_flags */
    uint32_t size;   /* [owner] asked, then granted */
    uint8_t sends;   /* [owner] 1: this end is the sender of data */
    uint8_t state;   /* [owner] enum nci_stream_state */
    int16_t code;    /* of the close or hangup that is due */
    uint64_t window; /* [owner] */
    union {
        int64_t count;     /* [owner] -1 or the limit of values */
        uint64_t close_at; /* behind a sender's close: the output offset there */
    };
    uint64_t received; /* [owner] receiver: values stored; sender: acknowledged as received */
    uint64_t taken;    /* [owner] receiver: as last told; sender: acknowledged as taken */
    union {
        struct nci_stream_ask *ask;    /* [owner] while NCI_HAS_ASK */
        struct nci_value_parts *parts; /* receiver, open: the value that arrives in pieces */
        char *text;                    /* ending: of the hangup that is due */
    };

    /* The engine's own from here on. */
    struct nci_list work; /* among the streams on which something is due */
    struct nci_list turn; /* sender: among those with values to frame, after its close among those
                       whose close is not handed yet; receiver: among those with untold facts */
    union {
        uint64_t sent;  /* [owner] sender: last complete value framed */
        uint64_t bytes; /* receiver: payload bytes of the values begun and not told as taken */
    };
    union {
        struct nci_sending *out; /* sender; never NULL */
        int64_t oldest;          /* receiver: when the oldest untold fact came */
    };
};

/* The owner's bytes, zeroed in the beginning. */
static inline void *nci_stream_extra(const struct nci_stream *stream)
{
    return (void *)(stream + 1);
}

/* [owner] What was asked; NULL: the bind is written, or answered. */
static inline struct nci_stream_ask *nci_stream_ask_of(const struct nci_stream *stream)
{
    return stream->flags & NCI_HAS_ASK ? stream->ask : NULL;
}

/* [owner] Sender: its ledger; what stays in it at over is the owner's. Receiver: an empty one. */
static inline struct nci_ledger *nci_stream_ledger(const struct nci_stream *stream)
{
    return (struct nci_ledger *)(stream->sends ? &stream->out->ledger : &nci_sending_none.ledger);
}

/* Makes sure that a sender's out is its own. */
int nci_stream_send(struct nci_stream *stream) NCI_CHECKED;
/* Gives it back if nothing is under way. */
void nci_stream_rest(struct nci_stream *stream);
/* The bind is written, or answered. A text that waits for it is the stream's. */
void nci_stream_drop_ask(struct nci_stream *stream);

/* A new stream in state BINDING with its own copy of the name; extra: the owner's bytes behind it.
 * NULL: no memory. */
struct nci_stream *nci_stream_new(uint32_t id, int sends, const char *name, size_t name_length,
                                  size_t extra);
/* Frees it with whatever it holds; it is in no list and no table any more. */
void nci_stream_free(struct nci_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
