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
    pthread_mutexattr_t *how = NULL;
#ifdef PTHREAD_ADAPTIVE_MUTEX_INITIALIZER_NP
    /* Held for less time than going to sleep takes: looking again a few times first made a local
     * channel between two cores almost twice as fast, and cost nothing on one. */
    pthread_mutexattr_t adaptive;
    if (!pthread_mutexattr_init(&adaptive) &&
        !pthread_mutexattr_settype(&adaptive, PTHREAD_MUTEX_ADAPTIVE_NP))
        how = &adaptive;
#endif
    pthread_mutex_init(&lock->mutex, how);
    if (how)
        pthread_mutexattr_destroy(how);
    lock->rank = rank;
}

void nci_lock_fini(struct nci_lock *lock)
{
    pthread_mutex_destroy(&lock->mutex);
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
    pthread_mutex_lock(&lock->mutex);
    held[lock->rank]++;
}

int nci_lock_try(struct nci_lock *lock)
{
    check(lock->rank, 0);
    if (pthread_mutex_trylock(&lock->mutex))
        return 0;
    held[lock->rank]++;
    return 1;
}

void nci_lock_ordered(struct nci_lock *lock)
{
    check(lock->rank, 1);
    pthread_mutex_lock(&lock->mutex);
    held[lock->rank]++;
}

void nci_lock_leave(struct nci_lock *lock)
{
    held[lock->rank]--;
    pthread_mutex_unlock(&lock->mutex);
}
#endif
