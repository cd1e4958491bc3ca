/* SPDX-License-Identifier: MIT */
/*
 * Waiting. A bell is what one thread sleeps on and another rings, once; a cancel token ends waits.
 *
 * Where rings have come quickly lately the thread looks for them before it sleeps (spin.h). Without a
 * token the sleeper uses a futex where there is one; with a token it polls two event descriptors. All
 * these return when a signal handler ran. A sleeper whose wait ended otherwise must
 * first find out, under the lock of whatever it waits for, whether somebody has committed to ring
 * it; if so it calls nci_bell_finish before the bell goes away.
 */
#ifndef NCI_BASE_BELL_H
#define NCI_BASE_BELL_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_cancel;

int nci_cancel_new(struct nci_cancel **out) NCI_CHECKED;
struct nci_cancel *nci_cancel_ref(struct nci_cancel *cancel);
void nci_cancel_unref(struct nci_cancel *cancel);
void nci_cancel_fire(struct nci_cancel *cancel); /* async-signal-safe */
void nci_cancel_reset(struct nci_cancel *cancel);
int nci_cancel_fired(const struct nci_cancel *cancel); /* NULL is never fired */
/* Readable while fired, for waits that poll; -1 for NULL. */
int nci_cancel_descriptor(const struct nci_cancel *cancel);

struct nci_bell {
    uint32_t word;
    int fd; /* -1: futex */
};

/* NCI_NODESCRIPTOR when the wait has a token and no descriptor is left. */
int nci_bell_init(struct nci_bell *bell, const struct nci_cancel *cancel) NCI_CHECKED;
void nci_bell_fini(struct nci_bell *bell);

/* Wakes the sleeper, now or at its next wait. The bell may be gone when this returns. */
void nci_bell_ring(struct nci_bell *bell);

/* NCI_OK: rung; NCI_TIMEOUT; NCI_INTERRUPTED: a signal handler ran or the token is fired. */
int nci_bell_wait(struct nci_bell *bell, int64_t deadline, const struct nci_cancel *cancel);

/* Looks for a moment for what the thread would otherwise begin to wait for, and only where its waits
 * were short lately. 1: is_there said so. 0: wait. NCI_INTERRUPTED: a signal handler ran. */
int nci_bell_glance(int64_t deadline, int (*is_there)(void *what), void *what);

/* Waits for a ring that is certain to come at once. */
void nci_bell_finish(struct nci_bell *bell);

/* Makes a rung bell usable for another wait. */
void nci_bell_again(struct nci_bell *bell);

#ifdef __cplusplus
}
#endif
#endif
