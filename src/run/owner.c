/* SPDX-License-Identifier: MIT */
/*
 * Owners: their birth, their references, losses, the errors channel, hangup and close. Nothing here
 * waits; the waits are in waits.c.
 *
 * An owner has finished when it was closed and the last of its links and listeners has gone. Only
 * then does it let go of the I/O loop, so that the loop outlives every source.
 */
#include "run/owner.h"
#include "base/atomic.h"
#include "base/fork.h"
#include "base/mem.h"
#include "run/link.h"
#include "run/listener.h"

#include <string.h>

#define ERRORS_KEPT  256
#define LEAST_WINDOW ((uint64_t)64 * 1024)

int nci_owner_new(int exports, const struct nci_options *options, struct nci_owner **out)
{
    int status = nci_options_check_scope(options, exports ? NCI_SCOPE_EXPORTER : NCI_SCOPE_IMPORTER,
                                         exports ? "an exporter" : "an importer");
    if (status)
        return status;
    struct nci_owner *owner = (struct nci_owner *)nci_zalloc(sizeof *owner);
    if (!owner)
        return nci_fail_nomem();
    owner->refs = 1;
    owner->exports = exports;
    nci_lock_init(&owner->lock, NCI_RANK_REGISTRY);
    nci_lock_init(&owner->waits_lock, NCI_RANK_WAITS);
    nci_list_init(&owner->links);
    nci_list_init(&owner->listeners);
    nci_list_init(&owner->waits);
    nci_list_init(&owner->closers);
    nci_settings_read(&owner->settings, options);
    if (exports)
        status = nci_secure_exporter(options, &owner->tls);
    if (status == NCI_OK && exports)
        status = nci_policy_of(options, &owner->policy);
    if (status == NCI_OK)
        status = nci_queue_new(ERRORS_KEPT, &owner->errors);
    if (status == NCI_OK) {
        nci_queue_set_receive_only(owner->errors);
        owner->generation = nci_fork_generation();
        status = nci_loop_acquire(&owner->loop);
    }
    if (status) {
        owner->finished = 1;
        nci_owner_unref(owner);
        return status;
    }
    nci_loop_hold(owner->loop);
    if (!owner->settings.spin)
        nci_loop_refuse_spin(owner->loop);
    *out = owner;
    return NCI_OK;
}

struct nci_owner *nci_owner_ref(struct nci_owner *owner)
{
    nci_add_relaxed(&owner->refs, 1);
    return owner;
}

void nci_owner_unref(struct nci_owner *owner)
{
    if (!owner || nci_sub_acq_rel(&owner->refs, 1) != 1)
        return;
    for (size_t i = 0; i < owner->names.count; i++)
        nci_binding_unref(NCI_CONTAINER(owner->names.entries[i], struct nci_binding, entry));
    nci_map_fini(&owner->names);
    for (int i = 0; i < owner->address_count; i++)
        nci_free(owner->addresses[i]);
    nci_free(owner->addresses);
    nci_free(owner->gone_text);
    nci_tls_free(owner->tls);
    nci_policy_free(owner->policy);
    nci_queue_unref(owner->errors);
    nci_lock_fini(&owner->lock);
    nci_lock_fini(&owner->waits_lock);
    if (owner->loop)
        nci_loop_drop(owner->loop);
    nci_free(owner);
}

void nci_owner_check_finished(struct nci_owner *owner)
{
    nci_lock_enter(&owner->lock);
    int last = owner->closed && !owner->link_count && !owner->listener_count && !owner->finished;
    if (last)
        owner->finished = 1;
    nci_lock_leave(&owner->lock);
    if (!last)
        return;
    nci_queue_end(owner->errors, NCI_CLOSED, "its owner was closed");
    struct nci_loop *loop = owner->loop;
    nci_loop_hold(loop);
    if (!owner->settings.spin)
        nci_loop_allow_spin(loop);
    nci_loop_release(loop);
    nci_lock_enter(&owner->waits_lock);
    owner->released = 1;
    for (struct nci_list *at = owner->closers.next; at != &owner->closers; at = at->next)
        nci_wait_end(&NCI_CONTAINER(at, struct nci_owner_wait, link)->wait, NCI_OK);
    nci_lock_leave(&owner->waits_lock);
    nci_loop_drop(loop);
}

/* ---- losses and errors ---- */

void nci_owner_tell_lost(struct nci_owner *owner)
{
    nci_lock_enter(&owner->waits_lock);
    for (struct nci_list *at = owner->waits.next; at != &owner->waits; at = at->next)
        nci_wait_tell(&NCI_CONTAINER(at, struct nci_owner_wait, link)->wait);
    nci_lock_leave(&owner->waits_lock);
}

void nci_owner_lose(struct nci_owner *owner, uint64_t count, int taken_only)
{
    nci_owner_mark_lost(owner, count, taken_only);
    nci_owner_tell_lost(owner);
}

void nci_owner_mark_lost(struct nci_owner *owner, uint64_t count, int taken_only)
{
    int told = 0;
    if (!count)
        return;
    nci_lock_enter(&owner->waits_lock);
    owner->lost_total += count;
    for (struct nci_list *at = owner->waits.next; at != &owner->waits; at = at->next) {
        struct nci_owner_wait *waiting = NCI_CONTAINER(at, struct nci_owner_wait, link);
        if (taken_only && waiting->level != NCI_LEVEL_TAKEN)
            continue;
        told |= nci_wait_mark(&waiting->wait, NCI_LOST);
    }
    if (!told && taken_only)
        owner->untold_taken += count;
    else if (!told)
        owner->untold += count;
    nci_lock_leave(&owner->waits_lock);
}

uint64_t nci_owner_promise(struct nci_owner *owner, uint64_t asked)
{
    uint64_t promised = nci_add_relaxed(&owner->promised, asked);
    uint64_t left = promised < owner->settings.memory ? owner->settings.memory - promised : 0;
    uint64_t granted = asked < left ? asked : left;
    if (granted < LEAST_WINDOW)
        granted = asked < LEAST_WINDOW ? asked : LEAST_WINDOW;
    nci_owner_unpromise(owner, asked - granted);
    return granted;
}

void nci_owner_unpromise(struct nci_owner *owner, uint64_t granted)
{
    nci_sub_relaxed(&owner->promised, granted);
}

/* ---- hangup and close ---- */

/* With the link's lock: this side's drainers of the binding (NULL: all) give nothing out any more,
 * and what they had not sent goes back, so that it can be seen what is left. */
static void stop_drainers(struct nci_link *link, const struct nci_binding *binding)
{
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &at));) {
        struct nci_end *end = nci_end_of(stream);
        if (nci_end_drainer(end) && end->binding && (!binding || end->binding == binding))
            nci_drainer_stop(nci_end_drainer(end));
    }
}

static int values_left(const struct nci_end *end)
{
    struct nci_queue_figures figures;
    if (!nci_end_drainer(end))
        return 0;
    nci_queue_figures(end->binding->queue, &figures);
    return figures.queued + figures.returned > 0;
}

static void hang_up_ends(struct nci_link *link, const struct nci_binding *binding)
{
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &at));) {
        struct nci_end *end = nci_end_of(stream);
        if (binding && end->binding != binding)
            continue;
        int left = end->binding ? values_left(end) : 0;
        nci_link_hang_up(link, end, left ? NCI_LOST : NCI_CLOSED,
                         left ? "hung up with values left" : "hung up");
    }
}

/* With the registry lock. Every link of the owner does this for the binding, or for all. */
static void on_all_links(struct nci_owner *owner, const struct nci_binding *binding,
                         void (*act)(struct nci_link *, const struct nci_binding *))
{
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        nci_lock_enter(&link->lock);
        act(link, binding);
        nci_lock_leave(&link->lock);
    }
}

static void ring_links(struct nci_owner *owner)
{
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next)
        nci_link_ring(NCI_CONTAINER(at, struct nci_link, in_owner));
}

/* Values that the hangup leaves in a channel that this side sends on. */
static void count_left(struct nci_owner *owner, const struct nci_binding *binding)
{
    struct nci_queue_figures figures;
    if (!binding->sends)
        return;
    nci_queue_figures(binding->queue, &figures);
    nci_owner_lose(owner, figures.queued + figures.returned, 0);
}

int nci_owner_hangup(struct nci_owner *owner, const char *name)
{
    nci_lock_enter(&owner->lock);
    int status = NCI_OK;
    struct nci_map_entry *entry = nci_map_find(&owner->names, name, strlen(name));
    if (owner->closed)
        status = nci_fail(NCI_CLOSED, "the %s is closed", owner->exports ? "exporter" : "importer");
    else if (!entry)
        status = nci_fail(NCI_NOCHANNEL, "there is no channel \"%.255s\" to hang up", name);
    if (status) {
        nci_lock_leave(&owner->lock);
        return status;
    }
    struct nci_binding *binding = NCI_CONTAINER(entry, struct nci_binding, entry);
    nci_binding_ref(binding);
    if (owner->exports) {
        /* An import's name is free when its stream is over, an export's at once. */
        nci_map_remove(&owner->names, entry);
        nci_binding_unref(binding);
    }
    nci_queue_end(binding->queue, NCI_CLOSED, "hung up");
    on_all_links(owner, binding, stop_drainers);
    on_all_links(owner, binding, hang_up_ends);
    count_left(owner, binding);
    ring_links(owner);
    nci_lock_leave(&owner->lock);
    nci_binding_unref(binding);
    return NCI_OK;
}

static void say_bye(struct nci_link *link, const struct nci_binding *binding)
{
    (void)binding;
    nci_link_say_bye(link, NCI_OK, "");
}

static void end_waits(struct nci_owner *owner)
{
    nci_lock_enter(&owner->waits_lock);
    owner->ending = 1;
    for (struct nci_list *at = owner->waits.next; at != &owner->waits; at = at->next)
        nci_wait_end(&NCI_CONTAINER(at, struct nci_owner_wait, link)->wait, NCI_CLOSED);
    nci_lock_leave(&owner->waits_lock);
}

void nci_owner_close(struct nci_owner *owner)
{
    nci_lock_enter(&owner->lock);
    int first = !owner->closed;
    if (first) {
        owner->closed = 1;
        for (size_t i = 0; i < owner->names.count; i++)
            nci_queue_end(NCI_CONTAINER(owner->names.entries[i], struct nci_binding, entry)->queue,
                          NCI_CLOSED,
                          owner->exports ? "the exporter was closed" : "the importer was closed");
        on_all_links(owner, NULL, stop_drainers);
        on_all_links(owner, NULL, hang_up_ends);
        on_all_links(owner, NULL, say_bye);
        for (size_t i = 0; i < owner->names.count; i++)
            count_left(owner, NCI_CONTAINER(owner->names.entries[i], struct nci_binding, entry));
        ring_links(owner);
        nci_listeners_close(owner);
    }
    nci_lock_leave(&owner->lock);
    if (!first)
        return;
    end_waits(owner);
    nci_owner_check_finished(owner);
}
