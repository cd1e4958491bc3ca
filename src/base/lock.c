/* SPDX-License-Identifier: MIT */
/*
 * Lock set-up, and the rank check of debug builds: one small count per rank and thread.
 */
#include "base/lock.h"

#ifdef NCI_DEBUG
#include <stdio.h>
#include <stdlib.h>
#endif

void nci_lock_init(struct nci_lock *lock, enum nci_rank rank)
{
    nci_mutex_init(&lock->mutex);
    lock->rank = rank;
}

void nci_lock_fini(struct nci_lock *lock)
{
    nci_mutex_fini(&lock->mutex);
}

#ifdef NCI_DEBUG
static _Thread_local unsigned held[NCI_RANK_LEAF + 1];

static void check(enum nci_rank rank, int same_allowed)
{
    for (int r = (int)rank + (same_allowed ? 1 : 0); r <= NCI_RANK_LEAF; r++) {
        if (held[r]) {
            fprintf(stderr, "netchan: lock rank %d taken while holding rank %d\n", (int)rank, r);
            abort();
        }
    }
}

void nci_lock_enter(struct nci_lock *lock)
{
    check(lock->rank, 0);
    nci_mutex_enter(&lock->mutex);
    held[lock->rank]++;
}

int nci_lock_try(struct nci_lock *lock)
{
    check(lock->rank, 0);
    if (!nci_mutex_try(&lock->mutex))
        return 0;
    held[lock->rank]++;
    return 1;
}

void nci_lock_ordered(struct nci_lock *lock)
{
    check(lock->rank, 1);
    nci_mutex_enter(&lock->mutex);
    held[lock->rank]++;
}

void nci_lock_leave(struct nci_lock *lock)
{
    held[lock->rank]--;
    nci_mutex_leave(&lock->mutex);
}
#endif
