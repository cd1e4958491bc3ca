/* SPDX-License-Identifier: MIT */
/*
 * The monotonic clock.
 */
#include "base/clock.h"

#include <time.h>

int64_t nci_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * INT64_C(1000000000) + now.tv_nsec;
}

int64_t nci_clock_deadline_of(int64_t ms)
{
    if (ms == 0)
        return 0;
    int64_t now = nci_clock_now();
    if (ms > (NCI_FOREVER - now) / NCI_MS)
        return NCI_FOREVER;
    return now + ms * NCI_MS;
}
