/* SPDX-License-Identifier: MIT */
/*
 * The inside of a queue, shared by the files of this room only. Functions named nci_core_ are
 * called with the queue's lock held and put what is to be rung into wakes.
 */
#ifndef NCI_LOCAL_QUEUE_CORE_H
#define NCI_LOCAL_QUEUE_CORE_H

#include "base/atomic.h"
#include "local/outlet.h"
#include "local/queue.h"
#include "local/ring.h"
#include "local/streams.h"
#include "local/waiter.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_HAND 256u /* values; with 128 a channel between two processors is an eighth slower */

/* Values that one receive has fetched for those that follow, the oldest of the queue: while there are
 * some, receivers do not want the lock that senders want, and the two do not wait for each other. What
 * is in hand is still the queue's; see hand.c. */
struct nci_hand {
    struct nci_lock lock;
    uint32_t count; /* of ring, atomic: falls under the lock, rises under it and the queue's */
    struct nci_ring ring; /* the lock */
};

struct nci_queue {
    /* What receives look at that find a value in hand lies here, where senders write nothing. */
    unsigned generation;            /* fixed */
    int receive_only;               /* fixed before the first use */
    struct nci_hand *hand;          /* atomic, set under the lock; NULL: none */
    size_t capacity;                /* fixed */
    uint64_t number;                /* fixed: creation order, in which select takes locks */
    char *cause, *lost_cause;       /* the lock: of the end, of the first lost stream; or NULL */
    struct nci_queue_limits limits; /* the lock: of values that a program sends */
    struct nci_lock lock;
    uint32_t refs; /* atomic */
    /* Everything below: the lock. */
    uint32_t in_hand;           /* as many values as there were when it was last looked at */
    int handless;               /* it has no hand any more */
    struct nci_hand *made_hand; /* to be freed with the queue */
    struct nci_ring queued;
    struct nci_ring returned; /* by stamp; room for every value on its way is kept reserved */
    uint32_t misplaced;       /* of returned: the last, which are not in that order yet */
    uint64_t next_stamp;
    struct nci_list receivers, senders; /* nodes of waiting threads */
    /* A port stands in one of its kind's lists. Drainers: */
    struct nci_list eligible; /* those with permits, and room as far as known */
    struct nci_list drainers; /* the others */
    struct nci_list filled;   /* feeders with values in their inbox, in turn */
    struct nci_list over;     /* feeders that have ended and were just emptied */
    struct nci_list feeders;  /* the others */
    struct nci_list watches;
    size_t eligible_count;
    size_t inbox_total;  /* values in all feeders' inboxes */
    uint32_t turn_left;  /* of the first filled feeder: values it may give before the next one */
    uint64_t unreceived; /* values in outboxes or on the wire, not acknowledged as received */
    uint64_t untaken;    /* the same, not acknowledged as taken */
    uint64_t dropped;
    unsigned feeder_count;   /* feeders that have not ended, but for guests */
    unsigned guest_count;    /* guests that have not ended */
    unsigned imported_count; /* imported drainers */
    unsigned drainer_count;
    unsigned holds;
    int kept; /* option keep-open: a hold that nobody can release */
    int had_feeder, had_import;
    int senders_turn;                 /* blocked senders and inboxes take turns */
    int any_lost;                     /* a stream that fed or drained it was lost */
    int finished_told;                /* drainers were marked for their close */
    int asking_told;                  /* drainers were marked to ask for acknowledgements */
    int ended;                        /* NCI_OK, NCI_CLOSED or NCI_LOST */
    struct nci_queue_limits outgoing; /* the smallest of what it is bound to for sending */
    struct nci_queue_limits incoming; /* the largest of what it is bound to for receiving */
    struct nci_queue_limits away;     /* the largest of what is in outboxes or on the wire */
    int receive_fd, send_fd;          /* -1: nobody asked */
    int receive_set, send_set;
};

/* What a feeder has that is not told: made by the first delivery, and given back when the link rests
 * and everything is taken and told. */
struct nci_inbox {
    struct nci_ring ring;
    uint64_t told;  /* taken figure as last told; without an inbox it is taken */
    uint64_t bytes; /* payload taken since */
    uint64_t asked; /* 0: nobody asks */
};

struct nci_feeder {
    struct nci_port port;
    void *owner;
    uint64_t taken;
    uint64_t window : 53;
    int64_t ended : 8;    /* NCI_OK, NCI_CLOSED or NCI_LOST: nothing comes behind the inbox */
    uint64_t armed : 1;   /* the link's acknowledgement clock runs, or it will look soon */
    uint64_t counted : 1; /* still in feeder_count or guest_count */
    uint64_t guest : 1;   /* fixed */
    struct nci_inbox *in; /* NULL: all is taken and told */
};

static inline uint32_t nci_core_outbox(const struct nci_drainer *drainer)
{
    return drainer->out ? drainer->out->ring.count : 0;
}

static inline uint32_t nci_core_inbox(const struct nci_feeder *feeder)
{
    return feeder->in ? feeder->in->ring.count : 0;
}

/* Is an acknowledgement of what was taken due at once? */
static inline int nci_core_at_once(const struct nci_feeder *feeder)
{
    const struct nci_inbox *in = feeder->in;
    if (feeder->ended && nci_core_inbox(feeder) == 0)
        return 1;
    if (!in || feeder->taken == in->told)
        return 0;
    uint64_t half_size = feeder->port.size / 2, half_window = feeder->window / 2;
    return feeder->taken - in->told >= (half_size ? half_size : 1) ||
           in->bytes >= (half_window ? half_window : 1) ||
           (in->asked && feeder->taken >= in->asked);
}
void nci_core_free_feeder(struct nci_feeder *feeder);

/* Accepts the value (its reference passes) or says 0: no room. -1: no memory. What the caller keeps
 * a reference for is given one under the same lock. */
int nci_core_offer(struct nci_queue *queue, struct nci_value *value, struct nci_wakes *wakes);
/* Takes the next value out; 0: there is none. */
int nci_core_poll(struct nci_queue *queue, struct nci_value **value, struct nci_wakes *wakes);
/* Moves values on as far as permits, receivers and room go. Called after anything that may have
 * made a move possible. */
void nci_core_pump(struct nci_queue *queue, struct nci_wakes *wakes);
size_t nci_core_stored(const struct nci_queue *queue);
/* Can this value enter at all: ended, receive only, limits. */
int nci_core_judge(struct nci_queue *queue, const struct nci_value *value);
static inline int nci_core_admit(struct nci_queue *queue, const struct nci_value *value)
{
    int fits = nci_value_length(value) <= queue->limits.value &&
               nci_value_depth(value) <= queue->limits.depth;
    return fits && !queue->ended && !queue->receive_only ? NCI_OK : nci_core_judge(queue, value);
}
/* The error of an ended, empty queue, with its detail text. */
int nci_core_ended(struct nci_queue *queue);
void nci_core_end(struct nci_queue *queue, int code, const char *cause, struct nci_wakes *wakes);
/* After values have left: is the queue finished for its drainers, quiet for its watches? And the
 * pollable descriptors. Every locked section that changed something ends with it. */
void nci_core_settle_what(struct nci_queue *queue, struct nci_wakes *wakes);
static inline void nci_core_settle(struct nci_queue *queue, struct nci_wakes *wakes)
{
    if (queue->ended || !nci_list_empty(&queue->over) || !nci_list_empty(&queue->watches) ||
        queue->receive_fd >= 0 || queue->send_fd >= 0)
        nci_core_settle_what(queue, wakes);
}
/* Feeders on the over list are no longer counted; those whose link has let go are freed. */
void nci_core_feeders_over(struct nci_queue *queue, struct nci_wakes *wakes);
/* May the channel end, now that a feeder, import or hold has gone? */
void nci_core_may_end(struct nci_queue *queue, struct nci_wakes *wakes);
int nci_core_finished(const struct nci_queue *queue);
static inline int nci_core_drainer_able(const struct nci_drainer *drainer)
{
    return !drainer->stopped && drainer->port.credit > 0 && drainer->window > 0 &&
           drainer->count != 0 && drainer->port.outlet;
}
/* The link is told what of its room values in the outbox take. */
static inline void nci_core_tell_spent(struct nci_drainer *drainer)
{
    if (drainer->out->spent)
        nci_outlet_add_room(drainer->port.outlet, -drainer->out->spent);
    drainer->out->spent = 0;
}
/* Puts the drainer on the eligible list or takes it off, as its permits say. */
void nci_core_drainer_update(struct nci_drainer *drainer);

/* Watches (watch.c). */
void nci_core_watch_quiet(struct nci_queue *queue);
void nci_core_watch_stamps(struct nci_queue *queue, const uint64_t *stamps, size_t count,
                           int level_mask);

/* ---- the hand (hand.c) ---- */

static inline uint32_t nci_core_in_hand(const struct nci_queue *queue)
{
    return queue->hand ? nci_load_acquire(&queue->hand->count) : 0;
}
/* Puts what is in hand back. The lock is left meanwhile. */
void nci_core_recall(struct nci_queue *queue);
/* The queue is full or empty: is it one that should have a hand? Without memory there is none. */
void nci_core_make_hand(struct nci_queue *queue);
/* The queue has no hand from now on, and is entered: for what would have to look into it. */
void nci_core_drop_hand(struct nci_queue *queue);
/* The queue seemed full, but values were in hand. Counts them anew, and looks for room for several
 * values if the caller may wait; the lock is left meanwhile. NCI_INTERRUPTED. */
int nci_core_look_for_room(struct nci_queue *queue, int64_t deadline);
void nci_core_free_hand(struct nci_queue *queue);
/* Without any lock. 1: took a value. 0: enter the queue. NCI_INTERRUPTED. */
int nci_hand_recv(struct nci_queue *queue, struct nci_value **value, int64_t deadline);

/* Where somebody waits, or the queue is looked at, nothing is in hand: so everybody enters here but
 * those who only take a value or put one in. */
static inline void nci_queue_enter(struct nci_queue *queue, struct nci_wakes *wakes)
{
    nci_wakes_init(wakes);
    nci_lock_enter(&queue->lock);
    if (queue->in_hand)
        nci_core_recall(queue);
}

static inline void nci_queue_leave(struct nci_queue *queue, struct nci_wakes *wakes)
{
    nci_lock_leave(&queue->lock);
    if (wakes->waiters || wakes->outlets)
        nci_wakes_ring(wakes);
}

#ifdef __cplusplus
}
#endif
#endif
