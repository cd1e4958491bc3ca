/* SPDX-License-Identifier: MIT */
/*
 * The silent engine: one end of one link. Bytes and calls go in, bytes and events come out; it
 * knows no socket, thread, lock or clock (time is an argument, nanoseconds of any monotonic clock).
 * Exporter and importer are the same engine; they differ in who binds and who answers.
 *
 * A session belongs to one caller at a time (in the library: whoever holds the link's lock).
 * Events are calls into the table given at creation, made from inside feed, produce, handed, tick
 * and end; an event handler may call the submit functions below (accept, refuse, hangup, ready
 * ...), which only mark work for the next produce, but not feed, produce, handed, tick, end or
 * free.
 *
 * Lack of memory anywhere ends this session with NCI_NOMEM and nothing else; no value is lost by
 * it: what the peer did not acknowledge is in the ledger when the stream's over event comes.
 */
#ifndef NCI_ENGINE_SESSION_H
#define NCI_ENGINE_SESSION_H

#include "base/buf.h"
#include "engine/lent.h"
#include "engine/stream.h"
#include "json/value.h"
#include "wire/payload.h" /* enum nci_role, struct nci_session_limits: hello carries them */

#ifdef __cplusplus
extern "C" {
#endif

struct nci_session_config {
    enum nci_role role;
    struct nci_session_limits limits;
    int64_t heartbeat;   /* ns without input until a ping; 0 = never */
    int64_t handshake;   /* ns until the peer's hello must be complete; absolute */
    int64_t ack_delay;   /* ns an untold fact may wait */
    int64_t silence;     /* ms this side may say nothing, as told in hello; 0 = any */
    const char *agent;   /* told in hello; copied */
    size_t lends;        /* pieces of so many bytes and more may be lent to the output; 0: none */
    size_t extra[2];     /* the caller's bytes behind a stream that receives, and that sends */
    char session_id[33]; /* 128 random bits in hex, told in hello */
};

/* One value on its way out: the reference passes to the session. stamp is the caller's, kept in
 * the ledger (the channel's order of first pops). */
struct nci_outgoing {
    struct nci_value *value;
    uint64_t stamp;
};

struct nci_session_events {
    /* The peer's hello is complete and acceptable. Binds may flow. */
    void (*ready)(void *ctx);
    /* Exporter: a bind arrived; the request is in stream->ask. Answer now or later (a parked bind)
     * with nci_session_accept or nci_session_refuse. */
    void (*bind)(void *ctx, struct nci_stream *stream);
    /* Importer: the exporter accepted; the granted figures are in the stream. */
    void (*bound)(void *ctx, struct nci_stream *stream);
    /* Sender: up to max values to frame now; returns how many were put in items. Fewer than max
     * says that there are no more until nci_session_ready. Values stand in the ledger from here on,
     * also those that credit or the turn's end keeps from being framed at once. */
    size_t (*pull)(void *ctx, struct nci_stream *stream, struct nci_outgoing *items, size_t max);
    /* Receiver: a complete, checked value; the reference passes to the callee, which has stored it
     * when it returns NCI_OK (it then counts as received). An error ends the link. */
    int (*value)(void *ctx, struct nci_stream *stream, struct nci_value *value);
    /* Receiver: for an acknowledgement about to be written, the taken figure of the moment, and the
     * payload bytes taken since the figures were last asked for. */
    void (*figures)(void *ctx, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes);
    /* Receiver: the peer asks to be told when taken reaches seq (frame sync). */
    void (*asked)(void *ctx, struct nci_stream *stream, uint64_t seq);
    /* Sender: the peer's figures advanced by so much. Called before the ledger lets the entries
     * go: the stream's ledger still holds them, the first received_new not-yet-received ones
     * and the first taken_new entries. */
    void (*acked)(void *ctx, struct nci_stream *stream, uint64_t received_new, uint64_t taken_new,
                  uint64_t taken_bytes);
    /* Receiver: the sender closed; nothing comes behind the values delivered so far. code is
     * NCI_CLOSED or NCI_LOST. */
    void (*closed)(void *ctx, struct nci_stream *stream, int code, const char *text);
    /* The peer hung up first. code: NCI_CLOSED, NCI_LOST, or of a stream that was never bound the
     * code of the refusal (any). The answer is due already. A hangup that only answers this side's
     * makes no event but over. */
    void (*hungup)(void *ctx, struct nci_stream *stream, int code, const char *text);
    /* Sender: the stream's close frame was handed to a write call. */
    void (*close_written)(void *ctx, struct nci_stream *stream);
    /* The stream is over (both hangups passed, or the link ended: code says NCI_CLOSED or
     * NCI_LOST). Entries left in its ledger are the callee's to take (set value to NULL):
     * values not acknowledged as received return to their channel. entry->end is UINT64_MAX for
     * those whose last frame was never written; value_bytes_handed never counts them. The stream is
     * freed after the call. */
    void (*over)(void *ctx, struct nci_stream *stream, int code);
    /* Exporter: the importer asks for a page of names, those that contain filter, from cursor on.
     * Answer with nci_session_listing. */
    void (*list)(void *ctx, uint64_t cursor, const char *filter, size_t length);
    /* Importer: one page, in the order of the requests. cursor is where the next page begins, 0
     * when this was the last. payload is the listing's whole checked value (borrowed). */
    void (*listing)(void *ctx, uint64_t cursor, struct nci_value *payload);
    /* The peer said bye; end of file is next. */
    void (*bye)(void *ctx, int code, const char *text);
};

struct nci_session;

/* NCI_OPTION: a limit is out of range. limits.frame is 4,096 at least. */
int nci_session_new(const struct nci_session_config *config,
                    const struct nci_session_events *events, void *ctx, int64_t now,
                    struct nci_session **out) NCI_CHECKED;
/* Frees at once. Call nci_session_end first, so that every stream's over event was made. */
void nci_session_free(struct nci_session *session);

/* Input. Handles every complete frame in bytes, and what has come of a long value's; *consumed says
 * how many bytes those were, the rest must be given again with more behind it (never more than a
 * header and limits.frame). An error is the link's end: it sticks, bye with its reason is in the
 * output, and later input is ignored. */
int nci_session_feed(struct nci_session *session, const uint8_t *bytes, size_t length, int64_t now,
                     size_t *consumed) NCI_CHECKED;

/* Output. Frames what is pending (hello, answers, acknowledgements, closes, values pulled from
 * ready streams in fair turns) until the output holds limit bytes or nothing is left. */
int nci_session_produce(struct nci_session *session, size_t limit, int64_t now) NCI_CHECKED;
struct nci_buf *nci_session_output(struct nci_session *session);
/* The long piece of a value that lies between bytes of the output (engine/lent.h); with config.lends.
 * Who takes the output takes this too, reference and all, and leaves it zeroed. */
struct nci_lent *nci_session_lent(struct nci_session *session);
/* How many bytes both are. */
size_t nci_session_pending(const struct nci_session *session);
/* Is there anything that produce would write now? */
int nci_session_wants_output(const struct nci_session *session);
/* Has a value been written in parts, between which others may go? */
int nci_session_cuts(const struct nci_session *session);
/* The next length bytes of the output are about to be handed to a write call: from now on the peer
 * may acknowledge the values in them. Call it before the write, then consume what was written.
 * Makes close_written events. */
void nci_session_handed(struct nci_session *session, size_t length);
/* Bytes of values whose last frame has been handed over since the last call (reset by it). Told in
 * bundles: a value may be told a little later, with what lay behind it in the output, but all is
 * told when all output is handed. */
size_t nci_session_value_bytes_handed(struct nci_session *session);

/* Time. Feed what has arrived first: a link is judged only by what was read. Does what is due
 * (heartbeat, handshake deadline, late acknowledgements); an error is the link's end as with feed.
 * next is when to call again (NCI_FOREVER: not needed). */
int nci_session_tick(struct nci_session *session, int64_t now, int64_t *next) NCI_CHECKED;
int64_t nci_session_next(const struct nci_session *session);
/* The caller itself slept far too long: begin a new heartbeat interval. */
void nci_session_forgive(struct nci_session *session, int64_t now);

/* The link is gone, or gives up: every stream gets its over event (NCI_LOST unless it had ended
 * before). Idempotent. */
void nci_session_end(struct nci_session *session, int code, const char *text);
/* The first error that ended this session (NCI_OK: none) and its text. */
int nci_session_error(const struct nci_session *session, const char **text);

/* State. */
int nci_session_is_ready(const struct nci_session *session);
int nci_session_peer_said_bye(const struct nci_session *session);
const struct nci_session_limits *nci_session_peer_limits(const struct nci_session *session);
const char *nci_session_peer_agent(const struct nci_session *session);
uint32_t nci_session_stream_count(const struct nci_session *session);
/* Walks the streams that events have told of, or that were bound here, and that are not over; at
 * begins with 0. NULL: that was all. Only calls that do not end a stream may come in between. */
struct nci_stream *nci_session_next_stream(const struct nci_session *session, uint32_t *at);
size_t nci_session_memory(const struct nci_session *session);

/* Submit: one call per kind this side may start. */
struct nci_bind {
    const char *name;
    size_t name_length;
    int receives; /* the importer's own direction: 1 = recv, 0 = send */
    uint32_t size;
    uint64_t window;
    int64_t count;   /* -1 or 1 and up */
    int64_t wait_ms; /* 0: refuse at once when the name is unknown; -1: park for ever */
};

/* Importer. The name is copied. NCI_LIMIT names both numbers when the peer's hello forbids it. */
int nci_session_bind(struct nci_session *session, const struct nci_bind *bind,
                     struct nci_stream **out) NCI_CHECKED;
/* Exporter. Granted figures are never more than asked (they are cut to it). */
void nci_session_accept(struct nci_session *session, struct nci_stream *stream, uint32_t size,
                        uint64_t window, int64_t count);
void nci_session_refuse(struct nci_session *session, struct nci_stream *stream, int code,
                        const char *text);
/* Sender: the stream has values to pull. */
void nci_session_ready(struct nci_session *session, struct nci_stream *stream);
/* Sender: nothing will come behind what was pulled: close (NCI_CLOSED or NCI_LOST). When a count is
 * used up the session closes by itself, right behind the last value. */
void nci_session_close(struct nci_session *session, struct nci_stream *stream, int code);
/* Sender: have the present figures told, and taken when it reaches seq (0: figures only). The frame
 * goes out once value seq has. One is due or open at a time, the lowest; the next higher one
 * follows when that is answered. A number that was told as taken already is not asked for. */
void nci_session_sync(struct nci_session *session, struct nci_stream *stream, uint64_t seq);
/* Receiver: taken advanced. now_ = 1: acknowledge with the next write (half of size or window was
 * taken, or an asked number was reached); 0: within ack_delay from now. */
void nci_session_taken(struct nci_session *session, struct nci_stream *stream, int at_once,
                       int64_t now);
/* Either side: end the stream by will (NCI_CLOSED: nothing missing; NCI_LOST: values were left). A
 * sender's NCI_CLOSED becomes NCI_LOST when a pulled value was not written whole. On a stream that
 * was never bound any code may be given: it withdraws the bind, or refuses it. */
void nci_session_hangup(struct nci_session *session, struct nci_stream *stream, int code,
                        const char *text);
/* Importer: at most 16 lists may be unanswered (NCI_BUSY). */
int nci_session_list(struct nci_session *session, uint64_t cursor, const char *filter,
                     size_t length) NCI_CHECKED;
/* Exporter: answers the oldest list; cursor is where the next page begins, 0 when this is the last.
 * NCI_LIMIT: the page is longer than the importer's frame limit. */
int nci_session_listing(struct nci_session *session, uint64_t cursor,
                        const struct nci_value *payload) NCI_CHECKED;
/* Last frame of this side, behind whatever else is due; values not framed yet stay behind. Nothing
 * is produced behind it. */
void nci_session_bye(struct nci_session *session, int code, const char *text);

#ifdef __cplusplus
}
#endif
#endif
