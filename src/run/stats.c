/* SPDX-License-Identifier: MIT */
/*
 * Figures of the moment, as a value. Keys are part of the contract: added, never changed.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "json/builder.h"
#include "run/link.h"
#include "run/report.h"

#include <string.h>

static void text(struct nci_builder *builder, const char *key, const char *value)
{
    (void)nci_builder_key(builder, key, strlen(key));
    (void)nci_builder_string(builder, value, strlen(value));
}

static void number(struct nci_builder *builder, const char *key, uint64_t value)
{
    (void)nci_builder_key(builder, key, strlen(key));
    (void)nci_builder_integer(builder, (int64_t)value);
}

static void begin_list(struct nci_builder *builder, const char *key)
{
    (void)nci_builder_key(builder, key, strlen(key));
    (void)nci_builder_begin_array(builder);
}

static void add_channel(struct nci_builder *builder, const struct nci_binding *binding)
{
    struct nci_queue_figures figures;
    nci_queue_figures(binding->queue, &figures);
    (void)nci_builder_begin_object(builder);
    text(builder, "name", binding->name);
    text(builder, "direction", binding->sends ? "send" : "recv");
    number(builder, "length", figures.length);
    number(builder, "capacity", figures.capacity);
    number(builder, "returned", figures.returned);
    number(builder, "dropped", figures.dropped);
    number(builder, "streams", (uint64_t)figures.drainers + figures.feeders);
    (void)nci_builder_end_object(builder);
}

static void add_stream(struct nci_builder *builder, const struct nci_link *link,
                       const struct nci_end *end, int64_t now)
{
    const struct nci_stream *stream = nci_end_stream(end);
    uint64_t sent = stream->received, received = stream->received, taken = stream->taken;
    uint64_t queued = 0, stalled = 0;
    if (stream->sends) {
        queued = nci_drainer_outbox(nci_end_drainer(end));
        stalled = (uint64_t)nci_drainer_stalled(nci_end_drainer(end), now);
        sent = stream->sent;
    } else {
        taken = nci_feeder_taken(end->feeder);
        queued = nci_feeder_inbox(end->feeder);
    }
    (void)nci_builder_begin_object(builder);
    text(builder, "name", end->binding->name);
    text(builder, "direction", stream->sends ? "send" : "recv");
    text(builder, "peer", link->peer);
    number(builder, "size", stream->size);
    number(builder, "window", stream->window);
    number(builder, "sent", sent);
    number(builder, "received", received);
    number(builder, "taken", taken);
    number(builder, "queued", queued);
    number(builder, "unacknowledged", stream->sends ? sent - received : 0);
    number(builder, "stalled_ms", stalled);
    (void)nci_builder_end_object(builder);
}

static void add_streams(struct nci_builder *builder, struct nci_owner *owner)
{
    int64_t now = nci_clock_now();
    begin_list(builder, "streams");
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        nci_lock_enter(&link->lock);
        uint32_t each = 0;
        for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &each));) {
            const struct nci_end *end = nci_end_of(stream);
            if (nci_end_drainer(end) || nci_end_feeder(end))
                add_stream(builder, link, end, now);
        }
        nci_lock_leave(&link->lock);
    }
    (void)nci_builder_end_array(builder);
}

static void add_peers(struct nci_builder *builder, struct nci_owner *owner)
{
    begin_list(builder, "peers");
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        (void)nci_builder_string(builder, link->peer, strlen(link->peer));
    }
    (void)nci_builder_end_array(builder);
}

/* In the order of the peers. */
static void add_identities(struct nci_builder *builder, struct nci_owner *owner)
{
    begin_list(builder, "identities");
    for (struct nci_list *at = owner->links.next; at != &owner->links; at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        nci_lock_enter(&link->lock);
        nci_report_names(builder, &link->identity);
        nci_lock_leave(&link->lock);
    }
    (void)nci_builder_end_array(builder);
}

int nci_owner_stats(struct nci_owner *owner, struct nci_value **out)
{
    const struct nci_json_limits limits = {NCI_JSON_VALUE_MAX, NCI_JSON_DEPTH_DEFAULT};
    struct nci_builder *builder;
    int status = nci_builder_new(&builder);
    if (status)
        return status;
    (void)nci_builder_begin_object(builder);
    text(builder, "role", owner->exports ? "exporter" : "importer");
    nci_lock_enter(&owner->waits_lock);
    number(builder, "lost", owner->lost_total);
    number(builder, "errors_dropped", owner->dropped_errors);
    nci_lock_leave(&owner->waits_lock);
    number(builder, "promised", nci_load_relaxed(&owner->promised));
    nci_lock_enter(&owner->lock);
    number(builder, "links", owner->link_count);
    number(builder, "greeting", owner->handshakes);
    begin_list(builder, "addresses");
    for (int i = 0; i < owner->address_count; i++)
        (void)nci_builder_string(builder, owner->addresses[i], strlen(owner->addresses[i]));
    (void)nci_builder_end_array(builder);
    add_peers(builder, owner);
    add_identities(builder, owner);
    begin_list(builder, "channels");
    for (size_t i = 0; i < owner->names.count; i++)
        add_channel(builder, NCI_CONTAINER(owner->names.entries[i], struct nci_binding, entry));
    (void)nci_builder_end_array(builder);
    add_streams(builder, owner);
    nci_lock_leave(&owner->lock);
    (void)nci_builder_end_object(builder);
    status = nci_builder_finish(builder, &limits, out);
    nci_builder_free(builder);
    return status;
}
