/* SPDX-License-Identifier: MIT */
/*
 * A mutex for memory of this process. It is not recursive, and not fair.
 *
 * Where there are futexes it is one word, entered and left with one atomic operation each, which the
 * compiler sees. A value on its way takes four of each and more; with pthread's mutex, forty bytes
 * and calls, 1,000 busy streams are a tenth slower and one stream a twenty-fifth. Elsewhere it is
 * pthread's.
 */
#ifndef NCI_BASE_MUTEX_H
#define NCI_BASE_MUTEX_H

#include "base/atomic.h"
#include "base/futex.h"

#if !NCI_FUTEX
#include <pthread.h>
#endif

#ifdef __cplusplus
extern "C" {
#endif

#if NCI_FUTEX
struct nci_mutex {
    uint32_t word; /* atomic: 0 free, 1 held, 2 held and somebody may sleep */
};

static inline void nci_mutex_init(struct nci_mutex *mutex)
{
    mutex->word = 0;
}

static inline void nci_mutex_fini(struct nci_mutex *mutex)
{
    (void)mutex;
}

/* 1: entered, 0: somebody else is in. */
static inline int nci_mutex_try(struct nci_mutex *mutex)
{
    uint32_t open = 0;
    return nci_cas_acquire(&mutex->word, &open, 1);
}

/* What is rare: somebody else is in; somebody may sleep. */
void nci_mutex_wait(struct nci_mutex *mutex);
void nci_mutex_wake(struct nci_mutex *mutex);

static inline void nci_mutex_enter(struct nci_mutex *mutex)
{
    if (__builtin_expect(!nci_mutex_try(mutex), 0))
        nci_mutex_wait(mutex);
}

/* Who is in has done with the mutex and what it guards when the word is 0: whoever enters then may
 * free both. The wake behind that looks at neither. */
static inline void nci_mutex_leave(struct nci_mutex *mutex)
{
    if (__builtin_expect(nci_exchange_release(&mutex->word, 0) == 2, 0))
        nci_mutex_wake(mutex);
}
#else
struct nci_mutex {
    pthread_mutex_t mutex;
};

static inline void nci_mutex_init(struct nci_mutex *mutex)
{
    pthread_mutex_init(&mutex->mutex, NULL); /* of this kind it never fails */
}

static inline void nci_mutex_fini(struct nci_mutex *mutex)
{
    pthread_mutex_destroy(&mutex->mutex);
}

static inline int nci_mutex_try(struct nci_mutex *mutex)
{
    return pthread_mutex_trylock(&mutex->mutex) == 0;
}

static inline void nci_mutex_enter(struct nci_mutex *mutex)
{
    pthread_mutex_lock(&mutex->mutex);
}

static inline void nci_mutex_leave(struct nci_mutex *mutex)
{
    pthread_mutex_unlock(&mutex->mutex);
}
#endif

#ifdef __cplusplus
}
#endif
#endif
