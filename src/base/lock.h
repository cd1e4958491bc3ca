/* SPDX-License-Identifier: MIT */
/*
 * Mutexes with a rank. Locks are taken only upward in rank and never two of one rank, except that
 * select takes its queues in the order of their creation numbers (nci_lock_ordered says so). With
 * --enable-debug every thread's held ranks are checked and a violation stops the program: it is a
 * defect of this library, whatever the input.
 */
#ifndef NCI_BASE_LOCK_H
#define NCI_BASE_LOCK_H

#include "base/mutex.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nci_rank {
    NCI_RANK_REGISTRY = 1, /* an owner's names, links and waits */
    NCI_RANK_LINK = 2,     /* one link: its session and streams */
    NCI_RANK_HAND = 3,     /* what a receiver has fetched from one channel's queue */
    NCI_RANK_QUEUE = 4,    /* one channel's queue */
    NCI_RANK_WAITS = 5,    /* an owner's waits and losses */
    NCI_RANK_LEAF = 6      /* bells, ready lists, the loop's inbox */
};

struct nci_lock {
    struct nci_mutex mutex;
    enum nci_rank rank;
};

void nci_lock_init(struct nci_lock *lock, enum nci_rank rank);
void nci_lock_fini(struct nci_lock *lock);

#ifdef NCI_DEBUG
void nci_lock_enter(struct nci_lock *lock);
int nci_lock_try(struct nci_lock *lock);
void nci_lock_ordered(struct nci_lock *lock);
void nci_lock_leave(struct nci_lock *lock);
#else
static inline void nci_lock_enter(struct nci_lock *lock)
{
    nci_mutex_enter(&lock->mutex);
}

/* 1: entered, 0: somebody else is in. */
static inline int nci_lock_try(struct nci_lock *lock)
{
    return nci_mutex_try(&lock->mutex);
}

/* As enter, where the caller keeps another order among locks of this rank. */
static inline void nci_lock_ordered(struct nci_lock *lock)
{
    nci_mutex_enter(&lock->mutex);
}

static inline void nci_lock_leave(struct nci_lock *lock)
{
    nci_mutex_leave(&lock->mutex);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
