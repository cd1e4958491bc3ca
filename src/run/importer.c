/* SPDX-License-Identifier: MIT */
/*
 * What only an importer does: greet an exporter, bind its channels, ask for its names. Calls that
 * wait for the peer's answer leave a call record at the link; whoever has the answer fills it in
 * under the link's lock, and a call that gives up takes it away under the same lock.
 */
#include "run/importer.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "json/builder.h"
#include "net/socket.h"
#include "run/link.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* With the default window, 512 bytes a value. Between two cores 4,096 is a twentieth slower, and 1,024
 * was a quarter slower than that: both ends sleep where one window ends. */
#define DEFAULT_SIZE 8192

/* ---- calls ---- */

static int call_init(struct nci_import_call *call, struct nci_cancel *cancel)
{
    memset(call, 0, sizeof *call);
    return nci_bell_init(&call->bell, cancel);
}

void nci_call_finish(struct nci_import_call *call, int status, const char *text)
{
    call->status = status;
    /* A peer need not say why, or may lack the memory for it. */
    snprintf(call->text, sizeof call->text, "%s", text && *text ? text : nci_status_text(status));
    call->done = 1;
    nci_bell_ring(&call->bell);
}

/* Waits for the call's end. *gave_up: it had none, and *place no longer leads to it. */
static int call_wait(struct nci_link *link, struct nci_import_call *call, int64_t deadline,
                     struct nci_cancel *cancel, int *gave_up)
{
    int status = deadline ? nci_bell_wait(&call->bell, deadline, cancel)
                          : nci_fail(NCI_TIMEOUT, "the peer has not answered yet");
    nci_lock_enter(&link->lock);
    *gave_up = status != NCI_OK && !call->done;
    /* The lock is kept: the caller takes the call away before anybody can finish it. */
    if (*gave_up)
        return status;
    nci_lock_leave(&link->lock);
    nci_bell_finish(&call->bell);
    return call->status ? nci_fail(call->status, "%s", call->text) : NCI_OK;
}

/* ---- connecting ---- */

/* The one link of an importer, with a reference; NULL when it has gone. With the registry lock. */
static struct nci_link *only_link(struct nci_owner *owner)
{
    if (nci_list_empty(&owner->links))
        return NULL;
    struct nci_link *link = NCI_CONTAINER(owner->links.next, struct nci_link, in_owner);
    nci_outlet_ref(&link->outlet);
    return link;
}

static int greet(struct nci_owner *owner, int fd, int64_t deadline, struct nci_cancel *cancel,
                 int *owned)
{
    struct nci_import_call call;
    struct nci_link *link;
    int gave_up;
    int status = call_init(&call, cancel);
    if (status)
        return status;
    nci_socket_tune(fd, owner->settings.heartbeat / NCI_MS);
    status = nci_link_new(owner, fd, owner->tls != NULL, &call, &link);
    if (status == NCI_OK) {
        *owned = 1;
        status = call_wait(link, &call, deadline, cancel, &gave_up);
        if (gave_up) {
            link->connecting = NULL;
            nci_lock_leave(&link->lock);
            status = nci_fail_context(status, "waiting for the greeting of %s", link->peer);
        }
        nci_link_unref(link);
    }
    nci_bell_fini(&call.bell);
    return status;
}

/* On success the importer owns fd and tls, on failure they are gone. */
static int import_over(int fd, struct nci_tls *tls, const struct nci_options *options,
                       int64_t deadline, struct nci_cancel *cancel, struct nci_owner **out)
{
    struct nci_owner *owner;
    int owned = 0;
    int status = nci_owner_new(0, options, &owner);
    if (status) {
        nci_tls_free(tls);
        close(fd);
        return status;
    }
    owner->tls = tls;
    status = greet(owner, fd, deadline, cancel, &owned);
    if (status == NCI_OK) {
        *out = owner;
        return NCI_OK;
    }
    if (!owned)
        close(fd);
    char text[512];
    snprintf(text, sizeof text, "%s", nci_detail());
    nci_owner_close(owner);
    nci_owner_unref(owner);
    return nci_fail(status, "%s", text);
}

int nci_importer_from_fd(int fd, const struct nci_options *options, int64_t deadline,
                         struct nci_cancel *cancel, struct nci_owner **out)
{
    struct nci_tls *tls = NULL;
    int status = nci_socket_adopt(fd);
    if (status == NCI_OK)
        status = nci_options_check_scope(options, NCI_SCOPE_IMPORTER, "an importer");
    if (status == NCI_OK)
        status = nci_secure_importer(options, NULL, &tls);
    if (status)
        return status;
    /* The link closes its descriptor when it ends, but on failure the caller keeps the one given:
     * so the link gets a copy. */
    int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    if (copy < 0) {
        status = nci_fail_errno(errno, "cannot copy descriptor %d", fd);
        nci_tls_free(tls);
        return status;
    }
    status = import_over(copy, tls, options, deadline, cancel, out);
    if (status == NCI_OK)
        close(fd);
    return status;
}

int nci_importer_connect(const char *url, const struct nci_options *options, int64_t deadline,
                         struct nci_cancel *cancel, struct nci_owner **out)
{
    struct nci_address address;
    struct nci_tls *tls = NULL;
    int fd = -1;
    int status = nci_address_parse(url, &address);
    if (status == NCI_OK)
        status = nci_options_check_scope(options, NCI_SCOPE_IMPORTER, "an importer");
    if (status)
        return status;
    if (address.kind == NCI_ADDRESS_FD)
        return nci_importer_from_fd(address.fd, options, deadline, cancel, out);
    status = nci_secure_importer(options, &address, &tls);
    if (status == NCI_OK)
        status = nci_socket_connect(&address, deadline, cancel, &fd);
    if (status) {
        nci_tls_free(tls);
        return status;
    }
    return import_over(fd, tls, options, deadline, cancel, out);
}

/* ---- importing ---- */

static int check_request(const struct nci_owner *owner, const struct nci_import_request *request,
                         uint32_t *size, uint64_t *window)
{
    const struct nci_session_limits *limits = &owner->settings.limits;
    int64_t bytes = nci_options_number(request->options, NCI_OPTION_WINDOW);
    if (request->size < 0)
        return nci_fail(NCI_USAGE,
                        "channel \"%.255s\": size is 1 and up, or 0 for the default, not "
                        "%lld",
                        request->name, (long long)request->size);
    if (request->count != -1 && request->count < 1)
        return nci_fail(NCI_USAGE, "channel \"%.255s\": count is -1, or 1 and up, not %lld",
                        request->name, (long long)request->count);
    if (request->size > (int64_t)limits->size)
        return nci_fail(NCI_LIMIT, "channel \"%.255s\": size %lld is over limit.size %lu",
                        request->name, (long long)request->size, (unsigned long)limits->size);
    if ((uint64_t)bytes > limits->window)
        return nci_fail(NCI_LIMIT, "channel \"%.255s\": window %lld is over limit.window %llu",
                        request->name, (long long)bytes, (unsigned long long)limits->window);
    *size = request->size ? (uint32_t)request->size : DEFAULT_SIZE;
    if (*size > limits->size)
        *size = limits->size;
    *window = (uint64_t)bytes;
    return NCI_OK;
}

/* With the registry lock: the name is taken, and there is a link to ask on. */
static int claim_name(struct nci_owner *owner, struct nci_binding *binding, struct nci_link **link)
{
    if (owner->closed)
        return nci_fail(NCI_CLOSED, "the importer is closed");
    *link = owner->gone ? NULL : only_link(owner);
    if (!*link)
        return nci_fail(owner->gone ? owner->gone : NCI_LOST, "the link has ended: %s",
                        owner->gone_text ? owner->gone_text : "");
    nci_lock_enter(&(*link)->lock);
    int open = (*link)->state == NCI_LINK_OPEN && !(*link)->peer_bye;
    nci_lock_leave(&(*link)->lock);
    /* Said before the name is looked at: those of a link that has ended are freed a little
     * later. */
    int status = open ? nci_map_insert(&owner->names, &binding->entry)
                      : nci_fail(NCI_LOST, "the link to %s has ended", (*link)->peer);
    if (status) {
        nci_link_unref(*link);
        return status == NCI_EXISTS
                   ? nci_fail(NCI_EXISTS, "channel \"%s\" is imported already", binding->name)
                   : status;
    }
    nci_binding_ref(binding);
    return NCI_OK;
}

/* The import has failed: a program that tries again at once finds its name free, although the
 * peer's hangup may still be on its way. */
static void free_name(struct nci_owner *owner, struct nci_binding *binding)
{
    nci_lock_enter(&owner->lock);
    int there =
        nci_map_find(&owner->names, binding->entry.name, binding->entry.length) == &binding->entry;
    if (there)
        nci_map_remove(&owner->names, &binding->entry);
    nci_lock_leave(&owner->lock);
    if (there)
        nci_binding_unref(binding);
}

struct asking {
    struct nci_link *link;
    struct nci_binding *binding;
    struct nci_import_call *call; /* NULL: asynchronous */
    struct nci_bind bind;
};

/* Queues the bind frame. */
static int ask(struct asking *asking)
{
    struct nci_link *link = asking->link;
    nci_lock_enter(&link->lock);
    int status = NCI_OK;
    struct nci_stream *stream;
    if (link->state != NCI_LINK_OPEN || link->peer_bye)
        status = nci_fail(NCI_LOST, "the link to %s has ended: %s", link->peer,
                          link->text ? link->text : "the peer said bye");
    else
        status = nci_session_bind(link->session, &asking->bind, &stream);
    if (status == NCI_OK) {
        struct nci_end *end = nci_end_of(stream);
        end->binding = nci_binding_ref(asking->binding);
        end->call = asking->call;
        end->async = !asking->call;
    }
    nci_lock_leave(&link->lock);
    if (status == NCI_OK)
        nci_link_ring(link);
    return status;
}

/* With the link's lock: the call gave up. Its stream is withdrawn, values return. */
static void withdraw(struct nci_link *link, struct nci_import_call *call)
{
    uint32_t at = 0;
    for (struct nci_stream *stream; (stream = nci_session_next_stream(link->session, &at));) {
        struct nci_end *end = nci_end_of(stream);
        if (end->call != call)
            continue;
        end->call = NULL;
        nci_link_hang_up(link, end, NCI_CLOSED, "the import was withdrawn");
        return;
    }
}

static int ask_and_wait(struct asking *asking, int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_import_call call;
    int gave_up;
    int status = call_init(&call, cancel);
    if (status)
        return status;
    asking->call = &call;
    status = ask(asking);
    if (status == NCI_OK) {
        status = call_wait(asking->link, &call, deadline, cancel, &gave_up);
        if (gave_up) {
            withdraw(asking->link, &call);
            nci_lock_leave(&asking->link->lock);
            nci_link_ring(asking->link);
            status = nci_fail_context(status, "import of \"%s\"", asking->binding->name);
        }
    }
    if (status)
        free_name(asking->link->owner, asking->binding);
    nci_bell_fini(&call.bell);
    return status;
}

int nci_importer_import(struct nci_owner *owner, const struct nci_import_request *request,
                        int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_binding_request naming = {request->name,
                                         request->queue,
                                         request->sends,
                                         owner->settings.limits.value,
                                         owner->settings.limits.depth,
                                         request->options,
                                         NCI_SCOPE_IMPORT,
                                         "an import"};
    struct asking asking;
    uint32_t size = 0;
    uint64_t window = 0;
    memset(&asking, 0, sizeof asking);
    int status = nci_binding_new(&naming, &asking.binding);
    if (status)
        return status;
    status = check_request(owner, request, &size, &window);
    if (status == NCI_OK) {
        nci_lock_enter(&owner->lock);
        status = claim_name(owner, asking.binding, &asking.link);
        nci_lock_leave(&owner->lock);
    }
    if (status == NCI_OK) {
        asking.bind.name = asking.binding->name;
        asking.bind.name_length = asking.binding->entry.length;
        asking.bind.receives = !request->sends;
        asking.bind.size = size;
        asking.bind.window = window;
        asking.bind.count = request->count;
        asking.bind.wait_ms = nci_options_number(request->options, NCI_OPTION_WAIT);
        if (nci_options_number(request->options, NCI_OPTION_ASYNC)) {
            status = ask(&asking);
            if (status)
                free_name(owner, asking.binding);
        } else {
            status = ask_and_wait(&asking, deadline, cancel);
        }
        nci_link_unref(asking.link);
    }
    nci_binding_unref(asking.binding);
    return status;
}

/* ---- listing ---- */

static int add_page(struct nci_list_call *call, const struct nci_value *page)
{
    call->bytes += nci_value_length(page);
    if (call->bytes > NCI_JSON_VALUE_MAX)
        return nci_fail(NCI_LIMIT, "the exporter's listing does not end; ask with a filter");
    int64_t channels = nci_value_member(page, 0, "channels", 8);
    for (int64_t node = nci_value_first(page, channels); node >= 0;
         node = nci_value_next(page, node)) {
        struct nci_value *one;
        const char *text;
        size_t length;
        int status = nci_value_node_text(page, node, &text, &length);
        if (status == NCI_OK)
            status = nci_value_new(text, length, NULL, &one);
        if (status)
            return status;
        (void)nci_builder_value(call->builder, one);
        nci_value_unref(one);
    }
    return NCI_OK;
}

void nci_importer_listing(struct nci_link *link, uint64_t next, struct nci_value *payload)
{
    struct nci_list_call *call = link->listing;
    if (!call)
        return; /* the call gave up */
    int status = add_page(call, payload);
    if (status == NCI_OK && next) {
        status = nci_session_list(link->session, next, call->filter, strlen(call->filter));
        if (status == NCI_OK)
            return;
    }
    link->listing = NULL;
    nci_call_finish(&call->call, status, nci_detail());
}

static int begin_list(struct nci_link *link, struct nci_list_call *call)
{
    int status = NCI_OK;
    nci_lock_enter(&link->lock);
    if (link->state != NCI_LINK_OPEN || link->peer_bye)
        status = nci_fail(NCI_LOST, "the link to %s has ended", link->peer);
    else if (link->listing)
        status = nci_fail(NCI_BUSY, "another thread lists already");
    else
        status = nci_session_list(link->session, 0, call->filter, strlen(call->filter));
    if (status == NCI_OK)
        link->listing = call;
    nci_lock_leave(&link->lock);
    if (status == NCI_OK)
        nci_link_ring(link);
    return status;
}

static int list_on(struct nci_link *link, struct nci_list_call *call, int64_t deadline,
                   struct nci_cancel *cancel, struct nci_value **out)
{
    const struct nci_json_limits limits = {NCI_JSON_VALUE_MAX, NCI_JSON_DEPTH_DEFAULT};
    int gave_up;
    (void)nci_builder_begin_array(call->builder);
    int status = begin_list(link, call);
    if (status)
        return status;
    status = call_wait(link, &call->call, deadline, cancel, &gave_up);
    if (gave_up) {
        link->listing = NULL;
        nci_lock_leave(&link->lock);
    }
    if (status)
        return status;
    (void)nci_builder_end_array(call->builder);
    return nci_builder_finish(call->builder, &limits, out);
}

int nci_importer_list(struct nci_owner *owner, const char *filter, int64_t deadline,
                      struct nci_cancel *cancel, struct nci_value **out)
{
    struct nci_list_call call;
    struct nci_link *link = NULL;
    memset(&call, 0, sizeof call);
    call.filter = filter ? filter : "";
    if (*call.filter) {
        int bad = nci_name_check(call.filter, strlen(call.filter));
        if (bad)
            return bad;
    }
    nci_lock_enter(&owner->lock);
    int status = NCI_OK;
    if (owner->closed)
        status = nci_fail(NCI_CLOSED, "the importer is closed");
    else if (owner->gone || !(link = only_link(owner)))
        status = nci_fail(owner->gone ? owner->gone : NCI_LOST, "the link has ended: %s",
                          owner->gone_text ? owner->gone_text : "");
    nci_lock_leave(&owner->lock);
    if (status)
        return status;
    status = call_init(&call.call, cancel);
    if (status == NCI_OK) {
        status = nci_builder_new(&call.builder);
        if (status == NCI_OK)
            status = list_on(link, &call, deadline, cancel, out);
        nci_builder_free(call.builder);
        nci_bell_fini(&call.call.bell);
    }
    nci_link_unref(link);
    return status;
}
