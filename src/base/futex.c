/* SPDX-License-Identifier: MIT */
/*
 * The system call, for which glibc has no function (futex(2)).
 */
#include "base/futex.h"

#if NCI_FUTEX
#include <errno.h>
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

/* On 32-bit machines the call of old takes seconds of 32 bits, whatever the program's time_t. */
static long number(void)
{
#ifdef SYS_futex_time64
    if (sizeof(time_t) > sizeof(long))
        return SYS_futex_time64;
#endif
    return SYS_futex;
}

int nci_futex_wait(uint32_t *word, uint32_t value, const struct timespec *until)
{
    int before = errno, error = 0;
    if (syscall(number(), word, FUTEX_WAIT_BITSET_PRIVATE, value, until, NULL,
                FUTEX_BITSET_MATCH_ANY) < 0)
        error = errno;
    errno = before;
    return error;
}

void nci_futex_wake(uint32_t *word)
{
    int before = errno;
    (void)syscall(number(), word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
    errno = before;
}
#else
typedef int nci_futex_is_elsewhere; /* ISO C wants something in a file */
#endif
