/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait in queues, and who is to be woken once the queue's lock is left.
 *
 * A waiter stands in one queue (send, recv) or several (select) through nodes. Whoever can serve it
 * claims it under the lock of the queue at hand: the claim is one compare-and-swap, so that of two
 * queues' holders exactly one wins. The claimer fills in the result, takes the node off its list
 * and rings the bell after leaving the lock. A node whose waiter was claimed elsewhere is dropped
 * by whoever finds it.
 */
#ifndef NCI_LOCAL_WAITER_H
#define NCI_LOCAL_WAITER_H

#include "base/bell.h"
#include "base/list.h"
#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_outlet;

struct nci_waiter {
    struct nci_bell bell;
    uint32_t claimed; /* atomic: 0 waiting, 1 claimed or given up */
    struct nci_waiter *next_wake;
    /* Written by the claimer before the bell rings. */
    int status;              /* NCI_OK, NCI_CLOSED or NCI_LOST */
    size_t index;            /* the node's */
    struct nci_value *value; /* received; a reference */
};

struct nci_node {
    struct nci_list link; /* guarded by the queue's lock */
    struct nci_waiter *waiter;
    struct nci_value *value; /* to send: borrowed from the waiting call */
    size_t index;
};

int nci_waiter_init(struct nci_waiter *waiter, const struct nci_cancel *cancel) NCI_CHECKED;
void nci_waiter_fini(struct nci_waiter *waiter);
/* 1: the caller has it now. */
int nci_waiter_claim(struct nci_waiter *waiter);

/* What a queue operation has to do after it has left the queue's lock. */
struct nci_wakes {
    struct nci_waiter *waiters;
    struct nci_outlet *outlets;
    int direct; /* no lock at all is held: a link may be written to at once */
};

static inline void nci_wakes_init(struct nci_wakes *wakes)
{
    wakes->waiters = NULL;
    wakes->outlets = NULL;
    wakes->direct = 0;
}

static inline void nci_wakes_add(struct nci_wakes *wakes, struct nci_waiter *waiter)
{
    waiter->next_wake = wakes->waiters;
    wakes->waiters = waiter;
}

/* Rings everything; no lock may be held above rank link. */
void nci_wakes_ring(struct nci_wakes *wakes);

#ifdef __cplusplus
}
#endif
#endif
