/* SPDX-License-Identifier: MIT */
/*
 * Linux's futex: to sleep on a word of memory, and to wake who sleeps there. Elsewhere NCI_FUTEX is
 * 0, and locks and bells are made of what POSIX has; tests/portability builds that too.
 */
#ifndef NCI_BASE_FUTEX_H
#define NCI_BASE_FUTEX_H

#ifndef NCI_FUTEX
#ifdef __linux__
#define NCI_FUTEX 1
#else
#define NCI_FUTEX 0
#endif
#endif

#if NCI_FUTEX
#include <stdint.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Sleeps while the word has this value, until the monotonic clock says so (NULL: for ever). 0:
 * woken, perhaps by nobody. EAGAIN: the word is another. EINTR, ETIMEDOUT. errno stays as it was. */
int nci_futex_wait(uint32_t *word, uint32_t value, const struct timespec *until);
/* Wakes one thread. The word is not looked at, and may be gone. errno stays as it was. */
void nci_futex_wake(uint32_t *word);

#ifdef __cplusplus
}
#endif
#endif
#endif
