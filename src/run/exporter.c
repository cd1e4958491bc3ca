/* SPDX-License-Identifier: MIT */
/*
 * What only an exporter does: publish names, answer binds that waited for one, list what it has.
 */
#include "run/exporter.h"
#include "base/mem.h"
#include "json/builder.h"
#include "net/socket.h"
#include "run/link.h"

#include <stdio.h>
#include <string.h>

/* A page of names stays well below the smallest frame a peer may allow. */
#define PAGE_BYTES 600u

int nci_exporter_serve(struct nci_owner *owner, int fd)
{
    struct nci_link *link;
    int status = nci_socket_adopt(fd);
    if (status)
        return status;
    nci_lock_enter(&owner->lock);
    if (owner->link_count >= (unsigned)owner->settings.links)
        status = nci_fail(NCI_LIMIT, "the exporter has %u links; limit.links is %lld",
                          owner->link_count, (long long)owner->settings.links);
    nci_lock_leave(&owner->lock);
    if (status == NCI_OK)
        status = nci_link_new(owner, fd, nci_secure_socket(owner->tls, fd), NULL, &link);
    if (status == NCI_OK)
        nci_link_unref(link);
    return status;
}

static void answer_parked(struct nci_owner *owner, const char *name)
{
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        nci_lock_enter(&link->lock);
        int parked = !nci_list_empty(&link->parked);
        if (parked)
            nci_link_answer(link, &link->parked, name);
        nci_lock_leave(&link->lock);
        if (parked)
            nci_link_ring(link);
    }
}

int nci_exporter_export(struct nci_owner *owner, const char *name, struct nci_queue *queue,
                        int sends, const struct nci_options *options)
{
    struct nci_binding_request request = {name,
                                          queue,
                                          sends,
                                          owner->settings.limits.value,
                                          owner->settings.limits.depth,
                                          options,
                                          NCI_SCOPE_EXPORT,
                                          "an export"};
    struct nci_binding *binding;
    int status = nci_binding_new(&request, &binding);
    if (status)
        return status;
    nci_lock_enter(&owner->lock);
    if (owner->closed)
        status = nci_fail(NCI_CLOSED, "the exporter is closed");
    else
        status = nci_map_insert(&owner->names, &binding->entry);
    if (status == NCI_EXISTS)
        status = nci_fail(NCI_EXISTS, "channel \"%s\" is exported already", name);
    if (status == NCI_OK) {
        nci_binding_keep_open(binding);
        answer_parked(owner, name);
    }
    nci_lock_leave(&owner->lock);
    if (status)
        nci_binding_unref(binding);
    return status;
}

/* ---- listing ---- */

static int contains(const char *text, const char *part)
{
    return !*part || strstr(text, part) != NULL;
}

/* A name is listed to those who may bind it. */
static int may_see(const struct nci_link *link, const struct nci_binding *binding)
{
    struct nci_question question = {&link->identity, binding->name, binding->entry.length,
                                    !binding->sends};
    struct nci_verdict verdict;
    nci_policy_decide(link->owner->policy, &question, &verdict);
    return verdict.allowed;
}

static void add_name(struct nci_builder *builder, const struct nci_binding *binding)
{
    struct nci_queue_figures figures;
    nci_queue_figures(binding->queue, &figures);
    (void)nci_builder_begin_object(builder);
    (void)nci_builder_key(builder, "name", 4);
    (void)nci_builder_string(builder, binding->name, binding->entry.length);
    (void)nci_builder_key(builder, "direction", 9);
    (void)nci_builder_string(builder, binding->sends ? "send" : "recv", 4);
    (void)nci_builder_key(builder, "length", 6);
    (void)nci_builder_integer(builder, (int64_t)figures.length);
    (void)nci_builder_key(builder, "capacity", 8);
    (void)nci_builder_integer(builder, (int64_t)figures.capacity);
    (void)nci_builder_key(builder, "streams", 7);
    (void)nci_builder_integer(builder, (int64_t)figures.drainers + figures.feeders);
    (void)nci_builder_end_object(builder);
}

/* One page, and the cursor of the next (0: it is the last). A cursor is the number of names that
 * were passed, so that a list is at worst out of date, never endless. */
static int build_page(struct nci_link *link, const struct nci_list_ask *ask,
                      struct nci_builder *builder, struct nci_value **page, uint64_t *next)
{
    const struct nci_map *names = &link->owner->names;
    size_t bytes = 0, most = nci_session_peer_limits(link->session)->frame;
    most = most > 4 * PAGE_BYTES ? most - 3 * PAGE_BYTES : PAGE_BYTES;
    size_t at = ask->cursor < names->count ? (size_t)ask->cursor : names->count;
    (void)nci_builder_begin_object(builder);
    (void)nci_builder_key(builder, "channels", 8);
    (void)nci_builder_begin_array(builder);
    for (; at < names->count && bytes < most; at++) {
        const struct nci_binding *binding =
            NCI_CONTAINER(names->entries[at], const struct nci_binding, entry);
        if (!contains(binding->name, ask->filter) || !may_see(link, binding))
            continue;
        add_name(builder, binding);
        bytes += 140 + 6 * binding->entry.length; /* every byte of a name escaped, at worst */
    }
    (void)nci_builder_end_array(builder);
    (void)nci_builder_end_object(builder);
    *next = at < names->count ? at : 0;
    return nci_builder_finish(builder, NULL, page);
}

static int send_page(struct nci_link *link, const struct nci_list_ask *ask)
{
    struct nci_builder *builder = NULL;
    struct nci_value *page = NULL;
    uint64_t next;
    int status = nci_builder_new(&builder);
    if (status == NCI_OK)
        status = build_page(link, ask, builder, &page, &next);
    if (status == NCI_OK)
        status = nci_session_listing(link->session, next, page);
    nci_builder_free(builder);
    nci_value_unref(page);
    return status;
}

void nci_exporter_list(struct nci_link *link)
{
    while (!nci_list_empty(&link->asks) && link->state == NCI_LINK_OPEN) {
        struct nci_list_ask *ask = NCI_CONTAINER(link->asks.next, struct nci_list_ask, link);
        nci_list_remove(&ask->link);
        int status = send_page(link, ask);
        nci_free(ask);
        if (status)
            nci_link_fail(link, status, nci_detail());
    }
}
