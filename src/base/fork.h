/* SPDX-License-Identifier: MIT */
/*
 * Which process an object belongs to. A child of fork has none of the library's threads and may
 * have copies of locked locks, so every object remembers the generation it was made in and every
 * public call compares before it touches a lock. Reading it costs one load, getpid a system call.
 */
#ifndef NCI_BASE_FORK_H
#define NCI_BASE_FORK_H

#include "base/atomic.h"

#ifdef __cplusplus
extern "C" {
#endif

extern unsigned nci_fork_count;

static inline unsigned nci_fork_generation(void)
{
    return nci_load_relaxed(&nci_fork_count);
}

/* Installs the fork handler once; every object's constructor calls it first. in_child, if not NULL,
 * is called in the child (one function for the whole library: the runtime's). */
int nci_fork_watch(void);
void nci_fork_on_child(void (*in_child)(void));

#ifdef __cplusplus
}
#endif
#endif
