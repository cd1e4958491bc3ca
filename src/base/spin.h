/* SPDX-License-Identifier: MIT */
/*
 * Whether a thread looks for what it waits for, for a while, before it sleeps.
 *
 * To wake a thread whose processor has gone idle takes tens of microseconds, in a virtual machine
 * most, and as much of a processor's time: a round trip between two cores was made of little else.
 * So where what a thread waits for has mostly come within the time of a sleep and a wake, it looks,
 * again and again, and lets any other thread run between two looks. Where that comes later, it
 * sleeps at once, and only now and then tries whether looking makes it come sooner, as it does
 * where two wait for each other. So it costs little where it does not pay, and who is idle costs
 * nothing. Linux does much the same for virtual processors
 * (Documentation/virt/kvm/halt-polling.rst).
 *
 * For one thread.
 */
#ifndef NCI_BASE_SPIN_H
#define NCI_BASE_SPIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What the last waits of one kind were like. */
struct nci_spin {
    int64_t look; /* ns, fixed: the longest look; it pays where waits are three tenths of it */
    int score;    /* 0: sleep at once */
    int64_t rest; /* with score 0: until when it stays so */
};
#define NCI_SPIN(us)                                                                               \
    {                                                                                              \
        (us) * INT64_C(1000), 0, 0                                                                 \
    }

/* How many nanoseconds to look before the next sleep; 0: sleep. */
int64_t nci_spin_time(const struct nci_spin *spin);
/* Looks that long from now on, and not beyond end. 1: is_there said so. 0: sleep. */
int nci_spin_look(const struct nci_spin *spin, int64_t now, int64_t end,
                  int (*is_there)(void *what), void *what);
/* A wait that began then is over now, with or without sleep. */
void nci_spin_waited(struct nci_spin *spin, int64_t then, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
