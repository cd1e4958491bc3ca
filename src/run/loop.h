/* SPDX-License-Identifier: MIT */
/*
 * The I/O thread: one loop over epoll, a timer heap and an inbox of sources that other threads want
 * looked at. It blocks all signals and never calls user code.
 *
 * One runs while the process has an open exporter or importer. Everything about a source belongs to
 * the I/O thread, except nci_loop_post, which any thread may call.
 */
#ifndef NCI_RUN_LOOP_H
#define NCI_RUN_LOOP_H

#include "base/list.h"
#include "base/status.h"
#include "run/poller.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_loop;

/* Something the loop calls. The functions may remove the source, or any other. */
struct nci_source {
    /* The descriptor is ready (level-triggered). Errors and hang-ups arrive as readable. */
    void (*ready)(struct nci_source *source, int events);
    /* The timer is due. late: the loop itself slept far longer than it was asked to. */
    void (*timer)(struct nci_source *source, int64_t now, int late);
    /* Somebody posted the source. */
    void (*posted)(struct nci_source *source);
    int fd; /* -1: not watched */
    int events;
    uint32_t place;           /* in the poller, while it is watched */
    int64_t due;              /* NCI_FOREVER: no timer */
    uint32_t heap_slot;       /* 0: not in the heap */
    struct nci_list in_inbox; /* inbox lock */
    int removed;              /* inbox lock: posts are passed over */
};

void nci_source_init(struct nci_source *source);

/* The process's loop, one reference more; starts it if it is not running. NCI_NOMEM,
 * NCI_NODESCRIPTOR, NCI_IO. */
int nci_loop_acquire(struct nci_loop **out) NCI_CHECKED;
/* One reference less; with the last one the thread ends by itself. Any thread, never blocks. */
void nci_loop_release(struct nci_loop *loop);
/* Waits until a loop that has lost its last reference has ended: its joiner calls begin before the
 * last release can happen and end afterwards. */
void nci_loop_join_begin(struct nci_loop *loop);
void nci_loop_join_end(struct nci_loop *loop);

/* Keeps the loop's memory, so that a late post finds it; the thread ends without regard to this. */
void nci_loop_hold(struct nci_loop *loop);
void nci_loop_drop(struct nci_loop *loop);

/* Have posted() called soon; a source that was removed is left alone. Any thread, any lock below
 * leaf. Repeated posts are one. */
void nci_loop_post(struct nci_loop *loop, struct nci_source *source);

/* While anybody refuses, the thread sleeps at once and does not look for events before (spin.h).
 * Allowing takes one refusal back. Any thread. */
void nci_loop_refuse_spin(struct nci_loop *loop);
void nci_loop_allow_spin(struct nci_loop *loop);

/* When any link of the loop was last written to, and how much. Any thread. */
void nci_loop_note_write(struct nci_loop *loop, int64_t now, size_t length);
int64_t nci_loop_last_write(const struct nci_loop *loop);
size_t nci_loop_last_length(const struct nci_loop *loop);
#define NCI_LOOP_SMALL 8192 /* bytes: less was a short burst */

/* I/O thread only. */
int nci_loop_watch(struct nci_loop *loop, struct nci_source *source, int fd,
                   int events) NCI_CHECKED; /* NCI_NOMEM, NCI_IO */
void nci_loop_set_timer(struct nci_loop *loop, struct nci_source *source, int64_t due);
/* Stops watching, timing and posting. The source may be freed when the call returns. */
void nci_loop_remove(struct nci_loop *loop, struct nci_source *source);
/* A block of bytes to read into, shared by all sources of the loop. */
void *nci_loop_scratch(struct nci_loop *loop, size_t *size);

#ifdef __cplusplus
}
#endif
#endif
