/* SPDX-License-Identifier: MIT */
/*
 * What a mutex of one word does when it is not free: the third of Ulrich Drepper's in "Futexes Are
 * Tricky" (2011), which looks for a while before it sleeps.
 */
#include "base/mutex.h"

#if NCI_FUTEX

/* A mutex is mostly held for less time than going to sleep takes: to look again first made a local
 * channel between two cores almost twice as fast, and cost nothing on one. Each look comes after
 * twice the time, since it also takes the word's cache line from who is in. */
#define LOOKS 7

static inline void pause_for(unsigned turns)
{
    while (turns--) {
#if defined __x86_64__ || defined __i386__
        __builtin_ia32_pause();
#elif defined __aarch64__
        __asm__ volatile("yield");
#else
        __asm__ volatile("");
#endif
    }
}

/* Who has slept cannot know whether others do, and so says that they may. */
void nci_mutex_wait(struct nci_mutex *mutex)
{
    for (unsigned look = 0; look < LOOKS; look++) {
        pause_for(1u << look);
        if (!nci_load_relaxed(&mutex->word) && nci_mutex_try(mutex))
            return;
    }
    while (nci_exchange_acquire(&mutex->word, 2))
        (void)nci_futex_wait(&mutex->word, 2, NULL);
}

void nci_mutex_wake(struct nci_mutex *mutex)
{
    nci_futex_wake(&mutex->word);
}

#else
typedef int nci_mutex_is_elsewhere; /* ISO C wants something in a file */
#endif
