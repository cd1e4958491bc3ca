/* SPDX-License-Identifier: MIT */
/*
 * What links do with a queue. Credit is deposited here, so that locks go one way: a drainer holds
 * the permits of one stream and the values that were moved out for it; a feeder holds the values
 * that one stream delivered and how many of them were taken.
 *
 * All functions take and leave the queue's lock; they are called with the link's lock held or with
 * none. What they have to ring they ring themselves, after leaving it, but where they are given
 * wakes to add to.
 */
#ifndef NCI_LOCAL_STREAMS_H
#define NCI_LOCAL_STREAMS_H

#include "local/outlet.h"
#include "local/ring.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_feeder;
struct nci_watch;

struct nci_wakes;

/* ---- drainers: values leave the channel on a stream ---- */

/* What a drainer has under way: made when its first value leaves the channel, and given back when
 * the link rests and nothing is under way any more. */
struct nci_outbox {
    struct nci_ring ring;
    uint64_t unreceived, untaken; /* this stream's part, ring included */
    int64_t exhausted_at;         /* when a permit ran out; 0: it has not */
    int64_t spent;                /* of the link's room by values in the ring, and not told to it */
};

/* Lies in what the link has for the stream, from attach to detach; its fields are the queue's. */
struct nci_drainer {
    union {
        struct nci_port port;
        struct nci_drain_port wanting_port;
    };
    int64_t window;         /* bytes left; a value may be begun while above 0 */
    int64_t count : 56;     /* of the stream, -1 unlimited */
    uint64_t imported : 1;  /* fixed */
    uint64_t returns : 1;   /* fixed */
    uint64_t stopped : 1;   /* gives nothing out any more */
    uint64_t withdrawn : 1; /* stopped by an own hangup */
    uint64_t close_written : 1;
    uint64_t eligible : 1;  /* in that list */
    uint64_t wanting : 1;   /* on the outlet's want list, or just taken off it */
    uint64_t starved : 1;   /* there was no memory to give a value out; the link will look */
    struct nci_outbox *out; /* NULL: nothing is under way */
};

struct nci_drainer_terms {
    int imported; /* the channel ends for senders with its last imported drainer */
    int returns;  /* 0: unreceived values are dropped instead of returned */
};

/* Attaches without any permit. The queue may be closed already. */
void nci_drainer_attach(struct nci_drainer *drainer, struct nci_queue *queue,
                        struct nci_outlet *outlet, const struct nci_drainer_terms *terms);

/* Deposits permits; count is the rest of the stream's count, -1 unlimited. */
void nci_drainer_open(struct nci_drainer *drainer, uint64_t values, uint64_t bytes, int64_t count);
/* Room was made on the link: the port was taken off the want list. */
void nci_drainer_resume(struct nci_drainer *drainer);

/* Moves up to max values out of the outbox; the references pass to the caller. */
size_t nci_drainer_collect(struct nci_drainer *drainer, struct nci_item *items, size_t max);
size_t nci_drainer_outbox(struct nci_drainer *drainer);

struct nci_drainer_look {
    size_t outbox;
    int finished; /* how the stream is to be closed, NCI_OK: not yet. The channel has ended, is
                     empty and none of its values is unacknowledged. */
    int asks;     /* the channel's end waits for acknowledgements: ask the peer for them */
    int starved;  /* a value waits for which there was no memory, twice: the link cannot go on */
};
void nci_drainer_look(struct nci_drainer *drainer, struct nci_drainer_look *look);
/* The stream's close frame was written. */
void nci_drainer_close_written(struct nci_drainer *drainer);

/* What the peer acknowledged. */
struct nci_drainer_acks {
    uint64_t received, taken; /* values */
    /* The stamps of exactly those values, or NULL. */
    const uint64_t *received_stamps, *taken_stamps;
    uint64_t values, bytes; /* more permits: what was taken may be sent again */
};
/* 1: done. Who is to be woken goes to wakes: the link writes before it rings, since a sender that
 * wakes on the same core would run first. 0: somebody waits at the channel, and nothing was done;
 * it has to be told the stamps. */
int nci_drainer_acked(struct nci_drainer *drainer, const struct nci_drainer_acks *acks,
                      struct nci_wakes *wakes) NCI_CHECKED;

struct nci_drainer_loss {
    uint64_t returned; /* values that went back into the channel (outbox ones not counted) */
    uint64_t dropped;  /* values that did not, by return=no */
    uint64_t stranded; /* values queued, or taken out of the outbox, that no import is left for */
};

/* The stream is over. First, as often as needed, what the ledger still holds is handed in, oldest
 * first: unreceived values (their references pass to the queue), and the stamps of values that were
 * received and are not known to be taken. Then detach takes the outbox back, lets the values move
 * on and lets go of the drainer. code is NCI_CLOSED or NCI_LOST: how the stream ended. */
void nci_drainer_give_back(struct nci_drainer *drainer, const struct nci_item *items, size_t count,
                           struct nci_drainer_loss *loss);
void nci_drainer_untaken(struct nci_drainer *drainer, const uint64_t *stamps, size_t count);
void nci_drainer_detach(struct nci_drainer *drainer, int code, const char *cause,
                        struct nci_drainer_loss *loss);
/* Own hangup: takes permits and outbox back at once; the stream goes on until it is over. */
void nci_drainer_stop(struct nci_drainer *drainer);
/* The link has been idle for a while: empty rings give their memory back. */
void nci_drainer_rest(struct nci_drainer *drainer);
void nci_feeder_rest(struct nci_feeder *feeder);
/* Milliseconds since the drainer ran out of permits while values waited; 0 if not. */
int64_t nci_drainer_stalled(struct nci_drainer *drainer, int64_t now);

/* ---- feeders: values enter the channel from a stream ---- */

struct nci_feeder_terms {
    uint32_t size;
    uint64_t window;
    void *owner;
    int guest; /* its end, of whatever kind, does not end the channel */
};

/* NCI_CLOSED or NCI_LOST: the channel has ended. */
int nci_feeder_attach(struct nci_queue *queue, struct nci_outlet *outlet,
                      const struct nci_feeder_terms *terms, struct nci_feeder **out) NCI_CHECKED;
struct nci_port *nci_feeder_port(struct nci_feeder *feeder);
void *nci_feeder_owner(const struct nci_port *port);
/* The exporter granted less than was asked. */
void nci_feeder_granted(struct nci_feeder *feeder, uint32_t size, uint64_t window);

/* Delivers values; the references pass on success. Who is to be woken goes to wakes.
 * NCI_NOMEM: none was delivered. */
int nci_feeder_deliver(struct nci_feeder *feeder, struct nci_value *const *values, size_t count,
                       struct nci_wakes *wakes) NCI_CHECKED;

struct nci_feeder_look {
    int at_once; /* acknowledge with the next write */
    int untold;  /* something was taken that was not told */
    int hangup;  /* the program closed the channel: hang the stream up */
};
void nci_feeder_look(struct nci_feeder *feeder, struct nci_feeder_look *look);
/* The figures for an acknowledgement that is about to be written: the taken figure, and the payload
 * bytes taken since it was last told. */
void nci_feeder_tell(struct nci_feeder *feeder, uint64_t *taken, uint64_t *bytes);
/* The peer wants to be told when taken reaches seq. */
void nci_feeder_asked(struct nci_feeder *feeder, uint64_t seq);
/* The stream ended; the end takes its place behind the values delivered. */
void nci_feeder_end(struct nci_feeder *feeder, int code, const char *cause);
/* The link lets go. Values delivered stay readable; the queue frees the feeder behind them. */
void nci_feeder_detach(struct nci_feeder *feeder);
size_t nci_feeder_inbox(struct nci_feeder *feeder);
uint64_t nci_feeder_taken(struct nci_feeder *feeder);

#ifdef __cplusplus
}
#endif
#endif
