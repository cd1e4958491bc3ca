/* SPDX-License-Identifier: MIT */
/*
 * What exporter and importer have in common: names, links, an errors channel, waits, and one way to
 * end. An owner lives until the program's reference and all links' references have gone.
 */
#ifndef NCI_RUN_OWNER_H
#define NCI_RUN_OWNER_H

#include "base/list.h"
#include "base/lock.h"
#include "base/map.h"
#include "local/queue.h"
#include "local/watch.h"
#include "run/binding.h"
#include "run/loop.h"
#include "run/policy.h"
#include "run/secure.h"
#include "run/settings.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_owner {
    uint32_t refs;       /* atomic */
    unsigned generation; /* fixed */
    int exports;         /* 1: exporter, 0: importer; fixed */
    struct nci_loop *loop;
    struct nci_settings settings;
    struct nci_tls *tls;       /* NULL: no address of its may be tls:// */
    struct nci_policy *policy; /* exporter; NULL: everybody may do everything */
    struct nci_queue *errors;

    struct nci_lock lock; /* registry */
    struct nci_map names; /* bindings */
    struct nci_list links, listeners;
    unsigned link_count, listener_count, handshakes;
    int closed;   /* close was called */
    int finished; /* closed, and every link and listener has gone */
    int gone;     /* importer: why the link is gone, NCI_OK while it is there */
    char *gone_text;
    int address_count;
    char **addresses; /* never change once there */

    struct nci_lock waits_lock;
    struct nci_list waits;   /* struct nci_owner_wait: drains and syncs */
    struct nci_list closers; /* the same: waiting for the end of everything */
    int ending;              /* closed: no wait may begin */
    int released;            /* finished, and the I/O loop was let go */
    uint64_t lost_total;     /* values told or to be told as lost */
    uint64_t untold;         /* of these, not told to anybody yet */
    uint64_t untold_taken;   /* told only to waits for taken */
    uint64_t dropped_errors;

    uint64_t promised; /* atomic: window bytes granted */
};

struct nci_owner_wait {
    struct nci_wait wait;
    struct nci_list link;
    enum nci_level level;
};

int nci_owner_new(int exports, const struct nci_options *options,
                  struct nci_owner **out) NCI_CHECKED;
struct nci_owner *nci_owner_ref(struct nci_owner *owner);
void nci_owner_unref(struct nci_owner *owner);

/* A link or listener has gone, or the owner was closed: was that the last of it? No lock held. */
void nci_owner_check_finished(struct nci_owner *owner);

/* Losses. taken_only: values received whose taking nobody can tell any more, after an orderly end.
 * Any lock up to rank queue may be held. */
void nci_owner_lose(struct nci_owner *owner, uint64_t count, int taken_only);
/* The same in two steps, while values are put back: what waits is lost from the first on, and
 * returns with the second, which must follow. */
void nci_owner_mark_lost(struct nci_owner *owner, uint64_t count, int taken_only);
void nci_owner_tell_lost(struct nci_owner *owner);

/* waits.c: the public waits. */
int nci_owner_drain(struct nci_owner *owner, int level, int drain, int64_t deadline,
                    struct nci_cancel *cancel) NCI_CHECKED;
int nci_owner_wait_closed(struct nci_owner *owner, int64_t deadline,
                          struct nci_cancel *cancel) NCI_CHECKED;

/* Ends everything; idempotent, never blocks. */
void nci_owner_close(struct nci_owner *owner);
/* Forgets a name, ends its streams, closes its channel. */
int nci_owner_hangup(struct nci_owner *owner, const char *name) NCI_CHECKED;

/* stats.c */
int nci_owner_stats(struct nci_owner *owner, struct nci_value **out) NCI_CHECKED;

/* Window bytes that may still be promised, cut to what was asked; at least 64 KiB of it. */
uint64_t nci_owner_promise(struct nci_owner *owner, uint64_t asked);
void nci_owner_unpromise(struct nci_owner *owner, uint64_t granted);

#ifdef __cplusplus
}
#endif
#endif
