/* SPDX-License-Identifier: MIT */
/*
 * A link: one connection between an exporter and an importer. It joins a session (what is said), a
 * transport (the bytes), an outlet (where the channels meet it) and an end for each stream.
 *
 * The link's lock guards session, ends and state. Reading belongs to the I/O thread; writing to
 * whoever has the write role, which is tried, never waited for. What a write points at is `wire`
 * and what was lent to it, which are filled under the lock and written without it.
 */
#ifndef NCI_RUN_LINK_H
#define NCI_RUN_LINK_H

#include "base/buf.h"
#include "engine/session.h"
#include "local/outlet.h"
#include "local/streams.h"
#include "local/waiter.h"
#include "net/transport.h"
#include "run/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_import_call;

/* One end of a stream here: the link's bytes behind the session's stream, gone with it. Guarded by
 * the link's lock. A bind that waits for an answer stands in link->binds or link->parked by its ask,
 * whose until says how long. */
struct nci_end {
    union {
        struct nci_feeder *feeder; /* receives: once bound */
        uint64_t
            asked_end; /* sends: the last value that the channel's end had the peer asked for */
    };
    struct nci_binding *binding;  /* a reference; NULL for a bind that was not answered */
    struct nci_import_call *call; /* importer: who waits for the answer */
    int end_code;                 /* importer: how the peer ended or refused it */
    unsigned drains : 1;          /* sends: bound, the drainer behind it is attached */
    unsigned promised : 1;        /* the stream's window is promised */
    unsigned close_asked : 1;
    unsigned close_handed : 1; /* its close stands in wire */
    unsigned hung_up : 1;      /* by this side's will */
    unsigned async : 1;
    unsigned guest : 1; /* its end does not end the channel: the policy says so */
};

/* The end of a stream that sends. */
struct nci_out_end {
    struct nci_end end;
    struct nci_drainer drainer;
};

static inline struct nci_stream *nci_end_stream(const struct nci_end *end)
{
    return (struct nci_stream *)end - 1;
}

static inline struct nci_end *nci_end_of(const struct nci_stream *stream)
{
    return (struct nci_end *)nci_stream_extra(stream);
}

/* One of the two, once bound. */
static inline struct nci_drainer *nci_end_drainer(const struct nci_end *end)
{
    return end->drains ? &((struct nci_out_end *)end)->drainer : NULL;
}

static inline struct nci_feeder *nci_end_feeder(const struct nci_end *end)
{
    return nci_end_stream(end)->sends ? NULL : end->feeder;
}

static inline struct nci_end *nci_end_of_drainer(struct nci_port *port)
{
    return &NCI_CONTAINER(port, struct nci_out_end, drainer.port)->end;
}

/* Small values of one read block: a channel's receiver is woken once for all of them (measured with
 * 128: a quarter slower where receiver and I/O thread share a core). */
#define NCI_LINK_BATCH 512

/* Values of one stream on their way from the session into its channel. */
struct nci_batch {
    struct nci_end *end;
    size_t count;
    int status;
    struct nci_value *values[NCI_LINK_BATCH];
};

/* A list frame that waits for its page. The engine bounds how many there are. */
struct nci_list_ask {
    struct nci_list link;
    uint64_t cursor;
    char filter[256]; /* NUL-terminated */
};

enum nci_link_state {
    NCI_LINK_OPEN,
    NCI_LINK_CLOSING, /* bye is to be said or said; reading on */
    NCI_LINK_GONE     /* the descriptor is closed */
};

enum nci_link_full {
    NCI_LINK_WRITABLE,
    NCI_LINK_UNTIL_ROOM, /* the descriptor will tell */
    NCI_LINK_UNTIL_READ  /* the transport's own greeting is under way */
};

/* Payload bytes that may wait for one link: about two writes, so that one is filled while another
 * is under way. Each of its streams has a little more (local/flow.c). */
#define NCI_LINK_ROOM (INT64_C(128) * 1024)

struct nci_link {
    struct nci_outlet outlet; /* first: its references are the link's */
    struct nci_source source;
    struct nci_list in_owner; /* registry lock */
    struct nci_owner *owner;  /* a reference */
    struct nci_loop *loop;    /* its memory is held */
    char peer[192];
    int secure; /* over TLS */

    struct nci_lock lock;
    struct nci_identity identity; /* whom the peer proved to be, once greeted */
    struct nci_session *session;
    struct nci_list binds, parked; /* struct nci_stream_ask */
    struct nci_list over;          /* importer: struct nci_binding, of streams that are over */
    enum nci_link_state state;
    int code; /* why it ends, NCI_OK: by will */
    char *text;
    struct nci_batch *batch; /* while feeding */
    int finished;            /* writing was shut down */
    int kept_short;          /* little may lie unsent in the socket */
    int started;             /* the I/O thread watches the descriptor */
    enum nci_link_full full; /* the socket takes no more */
    int read_since;          /* something was read since the last write, */
    int values_since;        /* values among it */
    int64_t progress;        /* when something last moved */
    int write_failed, read_ended;
    int read_error; /* why reading ended, NCI_OK: end of file */
    char *read_text;
    struct nci_import_call *connecting; /* importer: who waits for the greeting */
    struct nci_list_call *listing;
    int greeted;
    int peer_bye, peer_code; /* the peer said bye, with this */
    char *peer_text;
    struct nci_list asks; /* exporter: struct nci_list_ask, pages to be sent */

    /* I/O thread. */
    struct nci_transport *transport;
    struct nci_buf in;
    struct nci_wakes receivers, senders; /* whom the input woke; rung with no lock held: receivers
                                            behind what was there to read, senders behind the
                                            next write */
    int counted_greeting;                /* no longer one of the owner's unfinished handshakes */
    long unsent;
    int64_t idle_at; /* when buffers may be given back */

    /* The write role: filled under the lock, read without it by the holder. */
    uint32_t writing; /* atomic: the role is taken */
    struct nci_buf wire;
    struct nci_lent lent; /* what of wire lies in a value */
    size_t wire_values;   /* value bytes whose last frame is in wire */
    int closes;           /* some end's close_handed is set */
};

/* With the lock. */
static inline size_t nci_link_wire_length(const struct nci_link *link)
{
    return nci_lent_total(&link->wire, &link->lent);
}

/* Makes a link over a connected descriptor and adds it to its owner; the I/O thread starts it.
 * On success the descriptor is the link's. secure: over TLS, as the owner is set up for it. call:
 * who waits for the greeting, or NULL. */
int nci_link_new(struct nci_owner *owner, int fd, int secure, struct nci_import_call *call,
                 struct nci_link **out) NCI_CHECKED;
void nci_link_unref(struct nci_link *link);
/* Have the I/O thread look at the link. */
void nci_link_ring(struct nci_link *link);

/* With the link's lock. */
void nci_link_hang_up(struct nci_link *link, struct nci_end *end, int code, const char *text);
/* Exporter, with the registry lock too: answers binds that wait for an answer, or for this name. */
void nci_link_answer(struct nci_link *link, struct nci_list *list, const char *name);
/* Orderly end: bye after what is due. */
void nci_link_say_bye(struct nci_link *link, int code, const char *text);
/* The link fails: streams end lost, bye is tried. */
void nci_link_fail(struct nci_link *link, int code, const char *text);
/* Whoever waits for the greeting or for a list gets the link's end as the answer. */
void nci_link_tell_callers(struct nci_link *link);

/* link_events.c */
extern const struct nci_session_events nci_link_events;
void nci_link_flush_batch(struct nci_link *link);
/* Everything handed over is written: drains of closed channels may return. */
void nci_link_closes_written(struct nci_link *link);
/* Bindings of the over list: names become free. With the registry lock, without the link's. */
void nci_link_put_away(struct nci_link *link);
/* What the channels have for this link: ports to session marks. */
void nci_link_take_ports(struct nci_link *link, int64_t now);
/* The number that the last value popped for this stream has or will have. */
uint64_t nci_end_last(struct nci_end *end);
/* The end's stream is bound: the channel gives its values to it. */
void nci_end_drain(struct nci_link *link, struct nci_end *end, const struct nci_binding *binding,
                   int imported);
/* The bind waits for no answer any more. */
void nci_end_unlist(struct nci_end *end);

/* link_write.c. Any thread, no lock above registry held; the lock's holder may not call them. */
/* Writes what is due, if nobody else does. 1: there is more. */
int nci_link_flush(struct nci_link *link);
/* A sender has marked something: writes it at once if the link is idle, else rings the I/O
 * thread. */
void nci_link_kick(struct nci_link *link);
/* Takes the write role for ever. 0: somebody has it. */
int nci_link_seize_role(struct nci_link *link);

/* link_io.c: everything the I/O thread does with a link. */
void nci_link_source_init(struct nci_link *link);

/* importer.c: the greeting and answers of calls that wait. With the link's lock. */
struct nci_import_call {
    struct nci_bell bell;
    int done;
    int status;
    char text[512];
};
void nci_call_finish(struct nci_import_call *call, int status, const char *text);

struct nci_list_call {
    struct nci_import_call call;
    struct nci_builder *builder;
    const char *filter;
    size_t bytes; /* of pages so far */
};
void nci_importer_listing(struct nci_link *link, uint64_t next, struct nci_value *payload);
/* exporter.c */
/* Sends the pages that were asked for. With the registry lock and the link's. */
void nci_exporter_list(struct nci_link *link);

#ifdef __cplusplus
}
#endif
#endif
