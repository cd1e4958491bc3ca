/* SPDX-License-Identifier: MIT */
/*
 * Accepting. One bad client must never stop the next one: a connection that cannot be served is
 * closed, out of descriptors the listener rests and tries again, and of links that have not
 * finished their greeting the oldest gives way when there are too many.
 */
#include "run/listener.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/socket.h"
#include "run/link.h"
#include "run/report.h"

#include <string.h>
#include <unistd.h>

#define ACCEPTS_A_TURN 64
#define REST           (INT64_C(100) * NCI_MS)

struct nci_listener {
    struct nci_source source;
    struct nci_list in_owner; /* registry lock */
    struct nci_owner *owner;  /* a reference */
    struct nci_address address;
    char text[NCI_PEER_SIZE];
    int fd;
    int reported; /* I/O thread: the shortage at hand was told */
};

static struct nci_listener *of(struct nci_source *source)
{
    return NCI_CONTAINER(source, struct nci_listener, source);
}

static void report(struct nci_listener *listener, int code)
{
    struct nci_report entry = {code, nci_detail(), listener->text, NULL, NULL, 0, 0, 0};
    nci_owner_report(listener->owner, &entry);
}

/* Room for one more link? A full house of unfinished greetings loses its oldest. */
static int make_room(struct nci_owner *owner)
{
    struct nci_link *oldest = NULL;
    int status = NCI_OK;
    nci_lock_enter(&owner->lock);
    if (owner->link_count >= (unsigned)owner->settings.links)
        status = nci_fail(NCI_LIMIT, "refused a connection: limit.links is %lld",
                          (long long)owner->settings.links);
    for (struct nci_list *at = owner->links.next;
         at != &owner->links && !oldest &&
         owner->handshakes >= (unsigned)owner->settings.handshakes;
         at = at->next) {
        struct nci_link *link = NCI_CONTAINER(at, struct nci_link, in_owner);
        nci_lock_enter(&link->lock);
        if (!link->greeted && link->state == NCI_LINK_OPEN) {
            oldest = link;
            nci_link_fail(link, NCI_BUSY, "too many unfinished greetings");
        }
        nci_lock_leave(&link->lock);
    }
    if (oldest)
        nci_link_ring(oldest);
    nci_lock_leave(&owner->lock);
    return status;
}

static void serve(struct nci_listener *listener, int fd)
{
    struct nci_owner *owner = listener->owner;
    struct nci_link *link;
    int secure = nci_secure_socket(owner->tls, listener->fd);
    if (secure) {
        int changed = nci_tls_refresh(owner->tls, nci_clock_now());
        if (changed)
            report(listener, changed);
    }
    int status = make_room(owner);
    if (status == NCI_OK) {
        nci_socket_tune(fd, owner->settings.heartbeat / NCI_MS);
        status = nci_link_new(owner, fd, secure, NULL, &link);
    }
    if (status) {
        close(fd);
        if (status != NCI_CLOSED)
            report(listener, status);
        return;
    }
    nci_link_unref(link);
}

/* Out of descriptors or memory: the connection stays in the backlog and is taken later. */
static void rest(struct nci_listener *listener, int status)
{
    if (!listener->reported)
        report(listener, status);
    listener->reported = 1;
    if (nci_loop_watch(listener->owner->loop, &listener->source, listener->fd, 0))
        return; /* still watched: it is called again at once, which is worse but works */
    nci_loop_set_timer(listener->owner->loop, &listener->source, nci_clock_now() + REST);
}

static void on_ready(struct nci_source *source, int events)
{
    struct nci_listener *listener = of(source);
    (void)events;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd;
        int status = nci_socket_accept(listener->fd, &fd);
        if (status == NCI_TIMEOUT)
            return;
        if (status) {
            rest(listener, status);
            return;
        }
        listener->reported = 0;
        serve(listener, fd);
    }
}

static void on_timer(struct nci_source *source, int64_t now, int late)
{
    struct nci_listener *listener = of(source);
    (void)late;
    if (nci_loop_watch(listener->owner->loop, source, listener->fd, NCI_READABLE))
        nci_loop_set_timer(listener->owner->loop, source, now + REST);
}

static void free_listener(struct nci_listener *listener)
{
    struct nci_owner *owner = listener->owner;
    if (listener->fd >= 0) {
        nci_socket_unlink(&listener->address, listener->fd);
        close(listener->fd);
    }
    nci_free(listener);
    nci_owner_unref(owner);
}

static void end_listener(struct nci_listener *listener)
{
    struct nci_owner *owner = nci_owner_ref(listener->owner);
    nci_loop_remove(owner->loop, &listener->source);
    nci_lock_enter(&owner->lock);
    nci_list_remove(&listener->in_owner);
    owner->listener_count--;
    nci_lock_leave(&owner->lock);
    free_listener(listener);
    nci_owner_check_finished(owner);
    nci_owner_unref(owner);
}

static void on_posted(struct nci_source *source)
{
    struct nci_listener *listener = of(source);
    nci_lock_enter(&listener->owner->lock);
    int closed = listener->owner->closed;
    nci_lock_leave(&listener->owner->lock);
    if (closed) {
        end_listener(listener);
        return;
    }
    int status = nci_loop_watch(listener->owner->loop, source, listener->fd, NCI_READABLE);
    if (status) {
        report(listener, status);
        end_listener(listener);
    }
}

/* With the registry lock. */
static int add_address(struct nci_owner *owner, const char *text)
{
    char *copy = nci_strdup(text);
    char **addresses = (char **)nci_realloc_array(
        owner->addresses, (size_t)owner->address_count + 1, sizeof *addresses);
    if (addresses)
        owner->addresses = addresses;
    if (!copy || !addresses) {
        nci_free(copy);
        return nci_fail_nomem();
    }
    addresses[owner->address_count++] = copy;
    return NCI_OK;
}

static int enlist(struct nci_listener *listener)
{
    struct nci_owner *owner = listener->owner;
    nci_lock_enter(&owner->lock);
    int status = owner->closed ? nci_fail(NCI_CLOSED, "the exporter is closed")
                               : add_address(owner, listener->text);
    if (status == NCI_OK) {
        nci_list_append(&owner->listeners, &listener->in_owner);
        owner->listener_count++;
        nci_loop_post(owner->loop, &listener->source);
    }
    nci_lock_leave(&owner->lock);
    return status;
}

int nci_listener_new(struct nci_owner *owner, const char *url, int64_t deadline,
                     struct nci_cancel *cancel)
{
    struct nci_listener *listener = (struct nci_listener *)nci_zalloc(sizeof *listener);
    if (!listener)
        return nci_fail_nomem();
    listener->fd = -1;
    listener->owner = nci_owner_ref(owner);
    nci_source_init(&listener->source);
    nci_list_init(&listener->in_owner);
    listener->source.ready = on_ready;
    listener->source.timer = on_timer;
    listener->source.posted = on_posted;
    int fd = -1;
    int status = nci_address_parse(url, &listener->address);
    if (status == NCI_OK)
        status = nci_secure_listen(owner->tls, &listener->address);
    if (status == NCI_OK)
        status = nci_socket_listen(&listener->address, owner->settings.unix_mode, deadline, cancel,
                                   &fd, listener->text);
    listener->fd = fd;
    if (status == NCI_OK)
        status = enlist(listener);
    if (status)
        free_listener(listener);
    return status;
}

void nci_listeners_close(struct nci_owner *owner)
{
    for (struct nci_list *at = owner->listeners.next; at != &owner->listeners; at = at->next)
        nci_loop_post(owner->loop, &NCI_CONTAINER(at, struct nci_listener, in_owner)->source);
}
