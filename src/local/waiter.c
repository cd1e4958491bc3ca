/* SPDX-License-Identifier: MIT */
/*
 * Claiming and waking. Bells are rung outside the queue's lock: the thread that wakes wants that
 * lock next.
 */
#include "local/waiter.h"
#include "base/atomic.h"
#include "local/outlet.h"

#include <string.h>

int nci_waiter_init(struct nci_waiter *waiter, const struct nci_cancel *cancel)
{
    memset(waiter, 0, sizeof *waiter);
    return nci_bell_init(&waiter->bell, cancel);
}

void nci_waiter_fini(struct nci_waiter *waiter)
{
    nci_bell_fini(&waiter->bell);
}

int nci_waiter_claim(struct nci_waiter *waiter)
{
    uint32_t waiting = 0;
    return nci_cas_acq_rel(&waiter->claimed, &waiting, 1);
}

void nci_wakes_ring(struct nci_wakes *wakes)
{
    struct nci_waiter *waiter = wakes->waiters;
    while (waiter) {
        struct nci_waiter *next = waiter->next_wake; /* the waiter is gone once rung */
        nci_bell_ring(&waiter->bell);
        waiter = next;
    }
    struct nci_outlet *outlet = wakes->outlets;
    int ready, crowded;
    while (outlet) {
        struct nci_outlet *next = nci_outlet_unchain(outlet, &ready, &crowded);
        if (crowded && wakes->direct)
            outlet->ring(outlet, NCI_RING_CROWDED);
        else if (ready) /* else somebody has looked at its ports since */
            outlet->ring(outlet, wakes->direct ? NCI_RING_DIRECT : NCI_RING_POST);
        nci_outlet_unref(outlet);
        outlet = next;
    }
    nci_wakes_init(wakes);
}
