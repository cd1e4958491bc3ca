/* SPDX-License-Identifier: MIT */
/*
 * The set of descriptors that a loop watches, level-triggered. Each has a place in a table, and the
 * kernel is told the place and which use of it this is, not where something lies: what it tells
 * about a descriptor that was taken out, in the same round or later, is known as such and dropped.
 *
 * It may tell of one later: closing takes a descriptor out of the kernel's set only when no other
 * process or number has the same socket, and taking it out may have failed.
 *
 * For one thread at a time.
 */
#ifndef NCI_RUN_POLLER_H
#define NCI_RUN_POLLER_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct epoll_event;

enum { NCI_READABLE = 1, NCI_WRITABLE = 2 };

struct nci_poll_place {
    void *what;   /* NULL: free */
    uint32_t use; /* counts up with each that had this place */
    uint32_t next_free;
    int fd, events;
};

struct nci_poller {
    int epoll; /* -1: not open */
    struct nci_poll_place *places;
    uint32_t size, first_free; /* first_free == size: all are taken */
    struct epoll_event *told;  /* in this round */
    int count, next;           /* of told */
};

/* NCI_NOMEM, NCI_NODESCRIPTOR, NCI_IO. To be closed also when it failed. */
int nci_poller_open(struct nci_poller *poller) NCI_CHECKED;
/* Leaves the descriptors alone. */
void nci_poller_close(struct nci_poller *poller);

/* Watches fd for what, which is told when it is ready. NCI_NOMEM, NCI_IO: it is not watched. */
int nci_poller_add(struct nci_poller *poller, int fd, int events, void *what,
                   uint32_t *place) NCI_CHECKED;
/* NCI_NOMEM, NCI_IO: it is watched as before. */
int nci_poller_change(struct nci_poller *poller, uint32_t place, int events) NCI_CHECKED;
/* From now on nothing is told about it. Before the descriptor is closed. */
void nci_poller_remove(struct nci_poller *poller, uint32_t place);

/* Sleeps for at most ms (-1: no end) until something is ready; then a new round begins. */
void nci_poller_wait(struct nci_poller *poller, int ms);
/* The next one of the round; errors and hang-ups count as readable. NULL: it is over. */
void *nci_poller_next(struct nci_poller *poller, int *events);
/* 1: the round tells of nothing but what, or of nothing at all. */
int nci_poller_tells_only(const struct nci_poller *poller, const void *what);

#ifdef __cplusplus
}
#endif
#endif
