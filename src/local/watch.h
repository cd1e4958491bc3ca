/* SPDX-License-Identifier: MIT */
/*
 * Waiting for acknowledgements. A wait covers several queues: each gets a watch, and the wait is
 * over when every watch is satisfied, or sooner when its owner says how (loss, close).
 */
#ifndef NCI_LOCAL_WATCH_H
#define NCI_LOCAL_WATCH_H

#include "base/bell.h"
#include "base/list.h"
#include "base/lock.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_queue;

enum nci_level { NCI_LEVEL_RECEIVED = 1, NCI_LEVEL_TAKEN = 2 };

/* Lives on the waiting thread's stack. */
struct nci_wait {
    struct nci_bell bell;
    struct nci_lock lock; /* leaf: pending, over, status */
    size_t pending;       /* watches not yet satisfied, plus one while being set up */
    int over;             /* the bell was rung, or is about to be */
    int marked;           /* it is still to be rung */
    int status;
};

int nci_wait_init(struct nci_wait *wait, const struct nci_cancel *cancel) NCI_CHECKED;
void nci_wait_fini(struct nci_wait *wait);
/* Ends the wait with a status, unless it is over already. 0: it has another answer. */
int nci_wait_end(struct nci_wait *wait, int status);
/* The same, but the bell is left to nci_wait_tell, which must follow. */
int nci_wait_mark(struct nci_wait *wait, int status);
void nci_wait_tell(struct nci_wait *wait);
/* Set-up is done: take the extra pending one back. */
void nci_wait_ready(struct nci_wait *wait);
/* Waits. The caller must take every watch away before the wait goes out of scope. */
int nci_wait_for(struct nci_wait *wait, int64_t deadline, const struct nci_cancel *cancel);

struct nci_watch {
    struct nci_list link;    /* queue lock */
    struct nci_queue *queue; /* a reference; NULL: stopped */
    struct nci_wait *wait;
    enum nci_level level;
    int drain; /* 1: until the queue is quiet, 0: until `remaining` is 0 */
    int done;
    uint64_t bound;     /* sync: covers stamps below */
    uint64_t remaining; /* sync: covered values not yet acknowledged */
};

/* Begins to watch. drain: every value sent on the queue; else those on their way now. */
void nci_watch_start(struct nci_watch *watch, struct nci_queue *queue, struct nci_wait *wait,
                     enum nci_level level, int drain);
void nci_watch_stop(struct nci_watch *watch);
/* Values of the watch not yet acknowledged, for error texts. */
uint64_t nci_watch_missing(struct nci_watch *watch);

#ifdef __cplusplus
}
#endif
#endif
