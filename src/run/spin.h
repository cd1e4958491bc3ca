/* SPDX-License-Identifier: MIT */
/*
 * Whether the I/O thread looks for events for a while before it sleeps.
 *
 * To wake a thread whose processor has gone idle takes tens of microseconds, in a virtual machine
 * most, and as much of a processor's time: a round trip between two cores was made of little else.
 * So where the next event has mostly come within the time of a sleep and a wake, the thread looks
 * for it, again and again, and lets any other thread run between two looks. Where events come later
 * than that, it sleeps at once, and only now and then tries whether looking makes them come sooner,
 * as it does where two wait for each other. So it costs little where it does not pay, and who is
 * idle costs nothing. Linux does much the same for virtual processors
 * (Documentation/virt/kvm/halt-polling.rst).
 *
 * For one thread, but for refusing.
 */
#ifndef NCI_RUN_SPIN_H
#define NCI_RUN_SPIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_spin {
    int score;         /* 0: sleep at once */
    int64_t rest;      /* with score 0: until when it stays so */
    uint32_t refusals; /* atomic: how many owners want none of this */
};

void nci_spin_init(struct nci_spin *spin);

/* Any thread. While anybody refuses, the thread sleeps at once. */
void nci_spin_refuse(struct nci_spin *spin);
void nci_spin_allow(struct nci_spin *spin); /* takes one refusal back */

/* How many nanoseconds to look before the next sleep; 0: sleep. */
int64_t nci_spin_time(const struct nci_spin *spin);
/* A wait that began then is over now, with or without sleep. */
void nci_spin_waited(struct nci_spin *spin, int64_t then, int64_t now);
/* Other threads ran from then until now, between two looks. 1: too long to look again: who looks runs
 * when those are done, who is woken may go before them. */
int nci_spin_is_crowded(int64_t then, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
