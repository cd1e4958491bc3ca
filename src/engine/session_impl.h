/* SPDX-License-Identifier: MIT */
/*
 * The inside of a session, shared by the files session*.c and nobody else.
 */
#ifndef NCI_ENGINE_SESSION_IMPL_H
#define NCI_ENGINE_SESSION_IMPL_H

#include "base/clock.h"
#include "engine/budget.h"
#include "engine/session.h"
#include "engine/table.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_PAGES_MAX       16u /* list requests, and listings, that may wait */
#define NCI_POINTLESS_BURST 10000u
#define NCI_POINTLESS_RATE  330u
#define NCI_BIND_RATE       33u
#define NCI_UNFINISHED      4u     /* times the streams limit: streams of all states on a link */
#define NCI_CUT_SHARED      16384u /* longest data payload while several streams are open */
#define NCI_CUT_ALONE       65536u
#define NCI_PIECES_FROM     8192u /* a payload of this length is taken as it comes */
#define NCI_TURN_VALUES     128u
#define NCI_TURN_BYTES      16384u
#define NCI_TRIM_AFTER      (1000 * NCI_MS) /* how long memory may lie unused */

enum nci_session_flags {
    NCI_SESSION_HELLO_SENT = 1 << 0,
    NCI_SESSION_HELLO_READ = 1 << 1,
    NCI_SESSION_PING_DUE = 1 << 2,
    NCI_SESSION_PINGED = 1 << 3, /* a ping is out and nothing has come since */
    NCI_SESSION_PONG_DUE = 1 << 4,
    NCI_SESSION_BYE_DUE = 1 << 5,
    NCI_SESSION_BYE_SENT = 1 << 6, /* nothing may be written any more */
    NCI_SESSION_BYE_READ = 1 << 7,
    NCI_SESSION_FAILED = 1 << 8, /* code and text say why */
    NCI_SESSION_ENDED = 1 << 9,
    NCI_SESSION_CUTS = 1 << 10 /* a value was written in parts */
};

/* A list or listing frame that waits to be written; its filter or payload lies behind it. */
struct nci_page {
    struct nci_list link;
    uint64_t cursor;
    size_t length;
};

struct nci_session {
    const struct nci_session_events *events;
    void *ctx;
    struct nci_session_config config; /* agent is a copy of its own */
    struct nci_session_limits peer;
    char *peer_agent;
    uint32_t flags;
    int code; /* why it failed, or the code of the bye that is due */
    char *text;

    struct nci_table streams;
    struct nci_stream *recent; /* the stream of the last value frame */
    uint32_t last_id;          /* of the newest bind */
    uint32_t open;             /* streams in state BINDING or OPEN */
    struct nci_list work;      /* streams on which something is due */
    struct nci_list turns;     /* senders that can frame a value */
    struct nci_list closing;   /* senders whose close is framed and not handed */
    struct nci_list untold;    /* receivers with untold facts, the oldest first */
    struct nci_list pages;     /* list or listing frames to write */
    uint32_t pages_due;        /* how many stand in pages */
    uint32_t pages_open;       /* lists sent or received, and not answered yet */
    uint32_t stored;           /* values that came since nothing was untold */

    struct nci_frame begun_frame; /* a data or part frame of which the header has come */
    size_t begun_left;            /* of its payload and line feed, what has not; 0: there is none */

    struct nci_buf output;
    struct nci_lent lent;
    uint64_t framed; /* bytes ever put into output, as of the last call */
    uint64_t gone;   /* bytes that had left output when the running call began */
    uint64_t handed; /* of these, given to a write call */
    uint64_t mark;   /* output offset at which marked bytes are handed */
    size_t marked;   /* value bytes whose last frames end at or before mark */
    size_t unmarked; /* value bytes framed since mark was set */
    size_t reported; /* value bytes handed and not reported yet */

    struct nci_budget pointless;
    struct nci_budget binds;

    int64_t begun;      /* when the session was made */
    int64_t last_input; /* when bytes came last */
    int64_t interval;   /* of the heartbeat, as the peer's silence allows; 0: none */
    int64_t pinged_at;
    int64_t trim_at;
    int64_t now;    /* of the call to feed that is running */
    uint64_t pings; /* number of the newest ping */
    uint64_t pongs; /* number of the newest ping that was answered */
    uint64_t pong;  /* number of the pong that is due */
};

/* session.c */

/* The session fails with this code and the thread's detail text: the first failure sticks, bye
 * says why. Returns the code that stuck. */
int nci_session_fail(struct nci_session *session, int code);
/* Adds a stream to the table, or to nothing. */
int nci_session_add(struct nci_session *session, struct nci_stream *stream) NCI_CHECKED;
/* Makes the over event (unless the owner never heard of the stream) and frees the stream. */
void nci_session_over(struct nci_session *session, struct nci_stream *stream, int code);
/* What the stream's end is called when both hangups have passed. */
int nci_session_end_code(const struct nci_stream *stream);
/* Leaves BINDING or OPEN for ENDING; from now on the stream is not counted as open. */
void nci_session_leave(struct nci_session *session, struct nci_stream *stream);
void nci_session_drop_pages(struct nci_session *session);
/* NCI_LIMIT, naming both numbers, when values that the sender allows could be more than the
 * receiver does. sends: this side is the sender. */
int nci_session_judge_limits(const struct nci_session *session, const char *name,
                             int sends) NCI_CHECKED;

/* Everything that appends to output stands between these two, which keep count of it. */
static inline void nci_session_open_output(struct nci_session *session)
{
    session->gone = session->framed - nci_session_pending(session);
}

static inline void nci_session_close_output(struct nci_session *session)
{
    session->framed = session->gone + nci_session_pending(session);
}

/* session_send.c */

/* Marks what is due on a stream; produce writes it. */
void nci_session_due(struct nci_session *session, struct nci_stream *stream, uint32_t what);
/* Takes the stream's place among the senders if it has something to frame and credit for it. */
void nci_session_enlist(struct nci_session *session, struct nci_stream *stream);
/* The stream has a fact that the peer was not told, as of now. */
void nci_session_untold(struct nci_session *session, struct nci_stream *stream, int64_t now);
/* Has the oldest untold fact told with the next output, and with it all others. */
void nci_session_tell(struct nci_session *session);
/* This side's hangup, whatever the code says about values left. */
void nci_session_mark_hangup(struct nci_session *session, struct nci_stream *stream, int code,
                             const char *text);

/* session_send_control.c: writes what is due, for the link and on one stream. */
int nci_session_write_link(struct nci_session *session, size_t limit) NCI_CHECKED;
int nci_session_write_stream(struct nci_session *session, struct nci_stream *stream) NCI_CHECKED;
int nci_session_write_ack(struct nci_session *session, struct nci_stream *stream) NCI_CHECKED;
int nci_session_write_hello(struct nci_session *session) NCI_CHECKED;

/* session_send_values.c: one turn of one sender. */
int nci_session_write_values(struct nci_session *session, struct nci_stream *stream,
                             size_t limit) NCI_CHECKED;

/* session_recv*.c: one handler per kind. An error is the link's end. */
typedef int nci_handler(struct nci_session *session, const struct nci_frame *frame);
nci_handler nci_recv_hello, nci_recv_ping, nci_recv_pong, nci_recv_list, nci_recv_listing,
    nci_recv_bye, nci_recv_unknown;
nci_handler nci_recv_bind, nci_recv_bound, nci_recv_close, nci_recv_hangup;
nci_handler nci_recv_data, nci_recv_part, nci_recv_ack, nci_recv_sync;

/* A data frame of which nothing but value and credit is left to be judged: it is the next of a
 * stream that takes values. Without a checker (NULL) the thread's own is looked up. */
int nci_recv_value(struct nci_session *session, struct nci_stream *stream,
                   const struct nci_frame *frame, struct nci_checker *checker) NCI_CHECKED;
/* The stream is open, and no value of it is here in part. */
static inline int nci_recv_takes_values(const struct nci_stream *stream)
{
    return stream->state == NCI_STREAM_OPEN && !(stream->flags & NCI_WAS_CLOSED) && !stream->parts;
}

/* A long data or part frame begins, of whose payload there bytes have come. */
int nci_recv_begun(struct nci_session *session, const struct nci_frame *frame,
                   size_t there) NCI_CHECKED;
/* It goes on; *used counts up by what belongs to it. */
int nci_recv_rest(struct nci_session *session, const uint8_t *bytes, size_t length,
                  size_t *used) NCI_CHECKED;

/* NCI_PROTOCOL with a detail text that names the frame and what is wrong with it. */
int nci_recv_illegal(const struct nci_frame *frame, const char *format, ...) NCI_PRINTF(2, 3);
/* Counts a frame without effect. Over budget it is the link's end. */
int nci_recv_pointless(struct nci_session *session, const struct nci_frame *frame) NCI_CHECKED;
/* The living stream that the frame names, sent by the side that may send it. */
int nci_recv_stream(struct nci_session *session, const struct nci_frame *frame,
                    struct nci_stream **out) NCI_CHECKED;

/* Judges figures of the receiver and settles the ledger by them. */
int nci_recv_figures(struct nci_session *session, const struct nci_frame *frame,
                     struct nci_stream *stream, uint64_t received, uint64_t taken) NCI_CHECKED;

/* session_time.c */
void nci_session_start_heartbeat(struct nci_session *session, int64_t silence_ms);
void nci_session_heard(struct nci_session *session, int64_t now);
void nci_session_will_trim(struct nci_session *session, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
