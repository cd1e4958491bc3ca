/* SPDX-License-Identifier: MIT */
/*
 * A heap of the loop's timers, one per source at most. The place of a source is reserved when it is
 * first watched, so that setting a timer cannot fail.
 */
#ifndef NCI_RUN_TIMERS_H
#define NCI_RUN_TIMERS_H

#include "run/loop.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_timers {
    struct nci_source **heap; /* from slot 1 */
    uint32_t count, size, reserved;
};

void nci_timers_fini(struct nci_timers *timers);
/* One source more, or less, that may set a timer. */
int nci_timers_reserve(struct nci_timers *timers) NCI_CHECKED;
void nci_timers_unreserve(struct nci_timers *timers);
void nci_timers_set(struct nci_timers *timers, struct nci_source *source, int64_t due);
int64_t nci_timers_next(const struct nci_timers *timers);
/* Takes out a source that is due, NULL: none. */
struct nci_source *nci_timers_pop(struct nci_timers *timers, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
