/* SPDX-License-Identifier: MIT */
/*
 * Where a link meets the queues. An outlet belongs to one link: it counts the bytes that the link
 * can take now, lists the ports that have something for the link to do, and the ports that were
 * passed over because there was no room. A port is one stream's end at a queue: a drainer (takes
 * values out) or a feeder (puts values in).
 *
 * The queue side marks ports under its lock and has the link rung afterwards; the link side takes
 * ports one by one and looks under the queue's lock what there is to do.
 */
#ifndef NCI_LOCAL_OUTLET_H
#define NCI_LOCAL_OUTLET_H

#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_queue;
struct nci_wakes;

/* How much of a link's work whoever rings it may do. */
enum nci_ringing {
    NCI_RING_POST,   /* none: locks up to rank link may be held */
    NCI_RING_DIRECT, /* no lock at all is held: write at once if the link is idle */
    NCI_RING_CROWDED /* nor here: let it work before more comes, since several streams want room */
};

struct nci_outlet {
    struct nci_lock lock;    /* leaf: the lists, chained, crowded, next */
    struct nci_list ready;   /* ports to look at */
    struct nci_list want;    /* drainers that wait for room */
    int64_t room;            /* atomic: payload bytes */
    uint32_t refs;           /* atomic */
    int chained;             /* some thread is about to ring, */
    int crowded;             /* for the sake of room */
    struct nci_outlet *next; /* that thread's chain */
    /* The list of ready ports has become interesting, or that of those that want room. */
    void (*ring)(struct nci_outlet *outlet, enum nci_ringing how);
    /* Called when the last reference has gone. */
    void (*release)(struct nci_outlet *outlet);
};

/* There may be many idle ones, so a byte here counts. */
struct nci_port {
    struct nci_queue *queue;   /* a reference, NULL once detached */
    struct nci_outlet *outlet; /* NULL once the link has let go; queue lock */
    struct nci_list in_queue;  /* in the one list of the queue that fits its state; queue lock */
    struct nci_list in_ready;  /* outlet lock */
    uint16_t drains;           /* 1: a drainer, 0: a feeder; fixed */
    uint16_t look;             /* ready for more than that values are there; outlet lock */
    union {                    /* queue lock */
        int32_t credit;        /* drainer: values that may be begun */
        uint32_t size;         /* feeder: the stream's */
    };
};

/* A drainer's port may want room. */
struct nci_drain_port {
    struct nci_port port;
    struct nci_list in_want; /* outlet lock */
};

void nci_outlet_init(struct nci_outlet *outlet, int64_t room);
void nci_outlet_fini(struct nci_outlet *outlet);
void nci_outlet_ref(struct nci_outlet *outlet);
void nci_outlet_unref(struct nci_outlet *outlet);

/* drains: it is a nci_drain_port. */
void nci_port_init(struct nci_port *port, struct nci_outlet *outlet, int drains);

/* Queue side, under the queue's lock: have the link look at the port. */
void nci_port_mark(struct nci_port *port, struct nci_wakes *wakes);
/* The same for a drainer with values in its outbox, where there is nothing else to look at. */
void nci_port_fill(struct nci_port *port, struct nci_wakes *wakes);
/* Queue side: the drainer's port goes to the want list (0), unless room was made just now (1). From
 * the second one there each has the link rung and the sender wait its turn: a program that spreads
 * its values over many channels would run far ahead of a link that is not written to, and each value
 * would lie cold in memory when its turn comes. */
int nci_port_want(struct nci_port *port, struct nci_wakes *wakes);
/* Queue side: 1 if the link has room; else the drainer's port was put on its want list (0). */
static inline int nci_port_has_room(struct nci_port *port, struct nci_wakes *wakes)
{
    return nci_load_seq(&port->outlet->room) > 0 ? 1 : nci_port_want(port, wakes);
}

/* A port that the link is to look at, or (look 0) that only has values for it. */
struct nci_ready {
    struct nci_port *port;
    int look;
};
/* Link side: takes up to max ports off the ready list, and says how many. */
size_t nci_outlet_take_ready(struct nci_outlet *outlet, struct nci_ready *found, size_t max);
/* No port is ready. */
int nci_outlet_quiet(struct nci_outlet *outlet);
/* Room was made; the next port that waited for it, NULL: none. */
static inline void nci_outlet_add_room(struct nci_outlet *outlet, int64_t bytes)
{
    nci_add_seq(&outlet->room, bytes);
}
struct nci_port *nci_outlet_next_wanting(struct nci_outlet *outlet);
/* Takes the port off both lists; under the queue's lock, so that nobody puts it back. */
void nci_port_leave(struct nci_port *port);

/* Takes the outlet off the chain. ready: are there ports to look at? crowded: do several want
 * room? */
struct nci_outlet *nci_outlet_unchain(struct nci_outlet *outlet, int *ready, int *crowded);

#ifdef __cplusplus
}
#endif
#endif
