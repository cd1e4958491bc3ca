/* SPDX-License-Identifier: MIT */
/*
 * Monotonic time in nanoseconds, and deadlines. A deadline is an absolute time; NCI_FOREVER never
 * comes. Wall clock changes have no effect on either.
 */
#ifndef NCI_BASE_CLOCK_H
#define NCI_BASE_CLOCK_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_FOREVER INT64_MAX
#define NCI_MS      INT64_C(1000000)

int64_t nci_clock_now(void);

/* The deadline of a public wait of ms milliseconds from now: 0 = already over, negative = never. */
int64_t nci_clock_deadline_of(int64_t ms); /* not negative */
static inline int64_t nci_clock_deadline(int64_t ms)
{
    return ms < 0 ? NCI_FOREVER : nci_clock_deadline_of(ms);
}

#ifdef __cplusplus
}
#endif
#endif
