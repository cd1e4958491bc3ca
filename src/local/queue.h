/* SPDX-License-Identifier: MIT */
/*
 * A channel: a bounded queue of values with many senders and receivers, threads and links alike.
 * This header is what a program's thread does with one; streams.h is what a link does.
 *
 * Values leave in this order: returned ones (by the stamp of their first pop), queued ones, then in
 * turn those that streams delivered and those that blocked senders hold. Any thread may call
 * anything; every function takes and leaves the queue's locks itself.
 */
#ifndef NCI_LOCAL_QUEUE_H
#define NCI_LOCAL_QUEUE_H

#include "base/bell.h"
#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_queue;

#define NCI_QUEUE_CAPACITY_MAX ((size_t)1 << 24)

int nci_queue_new(size_t capacity, struct nci_queue **out) NCI_CHECKED;
struct nci_queue *nci_queue_ref(struct nci_queue *queue);
void nci_queue_unref(struct nci_queue *queue); /* NULL is allowed */

/* The fork generation the queue was made in. */
unsigned nci_queue_generation(const struct nci_queue *queue);

/* Sending keeps the caller's reference and takes one of its own. deadline 0: do not wait.
 * NCI_CLOSED, NCI_LOST, NCI_TIMEOUT, NCI_INTERRUPTED, NCI_LIMIT, NCI_USAGE (receive only),
 * NCI_NOMEM, NCI_NODESCRIPTOR. */
int nci_queue_send(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                   struct nci_cancel *cancel) NCI_CHECKED;
int64_t nci_queue_send_many(struct nci_queue *queue, struct nci_value *const *values, size_t count,
                            int64_t deadline, struct nci_cancel *cancel);

/* The same; the caller's reference passes, whatever the result. */
int nci_queue_pass(struct nci_queue *queue, struct nci_value *value, int64_t deadline,
                   struct nci_cancel *cancel) NCI_CHECKED;

/* Receiving gives the caller a reference. */
int nci_queue_recv(struct nci_queue *queue, struct nci_value **value, int64_t deadline,
                   struct nci_cancel *cancel) NCI_CHECKED;
int64_t nci_queue_recv_many(struct nci_queue *queue, struct nci_value **values, size_t count,
                            int64_t deadline, struct nci_cancel *cancel);

/* The program's close. NCI_USAGE: a receive-only channel. */
int nci_queue_close(struct nci_queue *queue) NCI_CHECKED;
/* Ends the channel with NCI_CLOSED or NCI_LOST and a cause. The first end sticks. */
void nci_queue_end(struct nci_queue *queue, int code, const char *cause);

int nci_queue_hold(struct nci_queue *queue) NCI_CHECKED;
int nci_queue_release(struct nci_queue *queue) NCI_CHECKED;
/* A hold that is never released. One that has ended already needs none. */
void nci_queue_keep_open(struct nci_queue *queue);

size_t nci_queue_length(struct nci_queue *queue);
size_t nci_queue_capacity(const struct nci_queue *queue);
/* NCI_OK while open, else how it ended, with the cause as detail text. */
int nci_queue_state(struct nci_queue *queue);
int nci_queue_descriptor(struct nci_queue *queue, int receive, int *fd) NCI_CHECKED;

struct nci_queue_limits {
    size_t value;
    unsigned depth;
};

/* The queue is to be bound, for streams that send its values (sends), or that bring some: it
 * refuses longer or deeper values from now on; the smallest limit counts.
 * NCI_LIMIT: it holds such a value already, or what streams may bring could be more than others
 * may send: the link would have to end there. */
int nci_queue_limit(struct nci_queue *queue, size_t value, unsigned depth, int sends) NCI_CHECKED;

/* Receive only for the program; the library posts, letting the oldest go when it is full. */
void nci_queue_set_receive_only(struct nci_queue *queue);
int nci_queue_is_receive_only(const struct nci_queue *queue);
/* Takes over the reference. Returns how many values were let go: the oldest one when the queue was
 * full; this one when the queue has ended or there is no memory. */
int nci_queue_post(struct nci_queue *queue, struct nci_value *value);
/* Would a post let an old value go? */
int nci_queue_full(struct nci_queue *queue);

struct nci_queue_figures {
    size_t length, capacity, queued, returned;
    uint64_t dropped; /* values counted as dropped instead of returned */
    unsigned drainers, feeders;
};
void nci_queue_figures(struct nci_queue *queue, struct nci_queue_figures *figures);

#ifdef __cplusplus
}
#endif
#endif
