/* SPDX-License-Identifier: MIT */
/*
 * Drain, sync and wait_closed: a wait is entered into its owner first, so that a loss or a close
 * finds it, then one watch is set on each channel; whichever comes first ends it.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "run/link.h"

#include <string.h>

/* 1: a loss that nobody was told of is told now. */
static int take_untold(struct nci_owner *owner, int level, uint64_t *count)
{
    *count = owner->untold + (level == NCI_LEVEL_TAKEN ? owner->untold_taken : 0);
    owner->untold = 0;
    if (level == NCI_LEVEL_TAKEN)
        owner->untold_taken = 0;
    return *count > 0;
}

/* Enters the wait. */
static int begin(struct nci_owner *owner, struct nci_owner_wait *waiting)
{
    uint64_t count;
    int status = NCI_OK;
    nci_lock_enter(&owner->waits_lock);
    if (owner->ending)
        status = nci_fail(NCI_CLOSED, "the %s is closed", owner->exports ? "exporter" : "importer");
    else if (take_untold(owner, (int)waiting->level, &count))
        status = nci_fail(NCI_LOST, "%llu values were lost since the last drain or sync",
                          (unsigned long long)count);
    else
        nci_list_append(&owner->waits, &waiting->link);
    nci_lock_leave(&owner->waits_lock);
    return status;
}

static void leave(struct nci_owner *owner, struct nci_owner_wait *waiting)
{
    nci_lock_enter(&owner->waits_lock);
    nci_list_remove(&waiting->link);
    nci_lock_leave(&owner->waits_lock);
}

/* With the registry lock: watches on every channel this owner sends on. */
static int start_watches(struct nci_owner *owner, struct nci_owner_wait *waiting, int drain,
                         struct nci_watch **out, size_t *count)
{
    struct nci_watch *watches =
        (struct nci_watch *)nci_realloc_array(NULL, owner->names.count + 1, sizeof *watches);
    if (!watches)
        return nci_fail_nomem();
    size_t made = 0;
    for (size_t i = 0; i < owner->names.count; i++) {
        struct nci_binding *binding =
            NCI_CONTAINER(owner->names.entries[i], struct nci_binding, entry);
        if (binding->sends && (owner->exports || nci_load_relaxed(&binding->live)))
            nci_watch_start(&watches[made++], binding->queue, &waiting->wait, waiting->level,
                            drain);
    }
    *out = watches;
    *count = made;
    return NCI_OK;
}

/* With the registry lock: has every peer tell what it knows now. */
static void ask_peers(struct nci_owner *owner, enum nci_level level)
{
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        int asked = 0;
        nci_lock_enter(&link->lock);
        uint32_t each = 0;
        for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &each));) {
            struct nci_end *end = nci_end_of(stream);
            if (!nci_end_drainer(end))
                continue;
            /* Asking about what is known already would be pointless, and there is a budget. */
            uint64_t last = nci_end_last(end);
            if (last == (level == NCI_LEVEL_TAKEN ? stream->taken : stream->received))
                continue;
            nci_session_sync(link->session, stream, level == NCI_LEVEL_TAKEN ? last : 0);
            asked = 1;
        }
        nci_lock_leave(&link->lock);
        if (asked)
            nci_link_ring(link);
    }
}

static int explain(struct nci_owner *owner, int status, int level, const char *what,
                   struct nci_watch *watches, size_t count)
{
    uint64_t missing = 0;
    for (size_t i = 0; i < count; i++)
        missing += nci_watch_missing(&watches[i]);
    const char *word = level == NCI_LEVEL_TAKEN ? "taken" : "received";
    switch (status) {
    case NCI_LOST:
        nci_lock_enter(&owner->waits_lock);
        unsigned long long lost = owner->lost_total;
        nci_lock_leave(&owner->waits_lock);
        return nci_fail(NCI_LOST, "%s: values were lost, %llu in all so far; %llu more are not %s",
                        what, lost, (unsigned long long)missing, word);
    case NCI_TIMEOUT:
        return nci_fail(NCI_TIMEOUT, "%s: %llu values are not %s yet", what,
                        (unsigned long long)missing, word);
    case NCI_INTERRUPTED:
        return nci_fail(NCI_INTERRUPTED, "%s: interrupted, %llu values are not %s yet", what,
                        (unsigned long long)missing, word);
    case NCI_CLOSED:
        return nci_fail(NCI_CLOSED, "%s: the %s was closed", what,
                        owner->exports ? "exporter" : "importer");
    default:
        return status;
    }
}

int nci_owner_drain(struct nci_owner *owner, int level, int drain, int64_t deadline,
                    struct nci_cancel *cancel)
{
    struct nci_owner_wait waiting;
    struct nci_watch *watches = NULL;
    size_t count = 0;
    const char *what = drain ? "drain" : "sync";
    if (level != NCI_LEVEL_RECEIVED && level != NCI_LEVEL_TAKEN)
        return nci_fail(NCI_USAGE, "%s waits for received or taken, not for %d", what, level);
    int status = nci_wait_init(&waiting.wait, cancel);
    if (status)
        return status;
    waiting.level = (enum nci_level)level;
    nci_list_init(&waiting.link);
    status = begin(owner, &waiting);
    if (status == NCI_OK) {
        nci_lock_enter(&owner->lock);
        status = start_watches(owner, &waiting, drain, &watches, &count);
        if (status == NCI_OK)
            ask_peers(owner, waiting.level);
        nci_lock_leave(&owner->lock);
        if (status == NCI_OK) {
            nci_wait_ready(&waiting.wait);
            status = nci_wait_for(&waiting.wait, deadline, cancel);
            status = explain(owner, status, level, what, watches, count);
        }
        leave(owner, &waiting);
    }
    for (size_t i = 0; i < count; i++)
        nci_watch_stop(&watches[i]);
    nci_free(watches);
    nci_wait_fini(&waiting.wait);
    return status;
}

int nci_owner_wait_closed(struct nci_owner *owner, int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_owner_wait waiting;
    int status = nci_wait_init(&waiting.wait, cancel);
    if (status)
        return status;
    nci_list_init(&waiting.link);
    nci_loop_join_begin(owner->loop);
    nci_owner_close(owner);
    nci_lock_enter(&owner->waits_lock);
    nci_list_append(&owner->closers, &waiting.link);
    if (owner->released)
        nci_wait_end(&waiting.wait, NCI_OK);
    nci_lock_leave(&owner->waits_lock);
    status = nci_wait_for(&waiting.wait, deadline, cancel);
    leave(owner, &waiting);
    nci_loop_join_end(owner->loop);
    nci_wait_fini(&waiting.wait);
    if (status == NCI_TIMEOUT)
        return nci_fail(NCI_TIMEOUT, "links have not ended yet");
    return status;
}
