/* SPDX-License-Identifier: MIT */
/*
 * Links: their birth, answers to binds, hang-ups and the ways to end. What the I/O thread does is
 * in link_io.c, what the session tells in link_events.c.
 */
#include "run/link.h"
#include "base/atomic.h"
#include "base/clock.h"
#include "base/mem.h"
#include "net/socket.h"
#include "run/report.h"

#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#define LEND_FROM 32768 /* bytes: shorter pieces are as soon copied */

_Static_assert(sizeof(struct nci_stream) % _Alignof(struct nci_out_end) == 0,
               "an end lies right behind its stream");

static void ring(struct nci_outlet *outlet, enum nci_ringing how)
{
    struct nci_link *link = NCI_CONTAINER(outlet, struct nci_link, outlet);
    if (how == NCI_RING_DIRECT)
        nci_link_kick(link);
    else
        nci_link_ring(link);
    if (how == NCI_RING_CROWDED)
        sched_yield(); /* the I/O thread may wait for this core */
}

static void release(struct nci_outlet *outlet)
{
    struct nci_link *link = NCI_CONTAINER(outlet, struct nci_link, outlet);
    nci_session_free(link->session);
    nci_buf_fini(&link->in);
    nci_buf_fini(&link->wire);
    nci_value_unref(link->lent.value);
    nci_free(link->text);
    nci_free(link->peer_text);
    nci_free(link->read_text);
    nci_identity_fini(&link->identity);
    while (!nci_list_empty(&link->asks)) {
        struct nci_list_ask *ask = NCI_CONTAINER(link->asks.next, struct nci_list_ask, link);
        nci_list_remove(&ask->link);
        nci_free(ask);
    }
    nci_outlet_fini(&link->outlet);
    nci_lock_fini(&link->lock);
    nci_loop_drop(link->loop);
    nci_owner_unref(link->owner);
    nci_free(link);
}

void nci_link_unref(struct nci_link *link)
{
    nci_outlet_unref(&link->outlet);
}

void nci_link_ring(struct nci_link *link)
{
    nci_loop_post(link->loop, &link->source);
}

/* 128 random bits in hex. They tell sessions apart and spread heartbeats; nothing secret. */
static void make_id(char *text)
{
    unsigned char bits[16];
    memset(bits, 0, sizeof bits);
    if (getrandom(bits, sizeof bits, GRND_NONBLOCK) != (ssize_t)sizeof bits) {
        int64_t now = nci_clock_now();
        memcpy(bits, &now, sizeof now);
    }
    for (int i = 0; i < 16; i++)
        snprintf(text + 2 * i, 3, "%02x", bits[i]);
}

static int make_session(struct nci_link *link)
{
    const struct nci_settings *settings = &link->owner->settings;
    struct nci_session_config config;
    memset(&config, 0, sizeof config);
    config.role = link->owner->exports ? NCI_ROLE_EXPORTER : NCI_ROLE_IMPORTER;
    config.limits = settings->limits;
    config.heartbeat = settings->heartbeat;
    config.handshake = settings->handshake;
    config.ack_delay = settings->ack_delay;
    config.silence = settings->silence;
    config.agent = settings->agent;
    config.lends = link->transport->ops->gather ? LEND_FROM : 0;
    config.extra[0] = sizeof(struct nci_end);
    config.extra[1] = sizeof(struct nci_out_end);
    make_id(config.session_id);
    return nci_session_new(&config, &nci_link_events, link, nci_clock_now(), &link->session);
}

static struct nci_link *allocate(struct nci_owner *owner)
{
    struct nci_link *link = (struct nci_link *)nci_zalloc(sizeof *link);
    if (!link)
        return NULL;
    nci_outlet_init(&link->outlet, NCI_LINK_ROOM);
    link->outlet.ring = ring;
    link->outlet.release = release;
    nci_link_source_init(link);
    nci_list_init(&link->in_owner);
    nci_lock_init(&link->lock, NCI_RANK_LINK);
    nci_list_init(&link->over);
    nci_list_init(&link->binds);
    nci_list_init(&link->parked);
    nci_list_init(&link->asks);
    nci_wakes_init(&link->receivers);
    nci_wakes_init(&link->senders);
    link->owner = nci_owner_ref(owner);
    link->loop = owner->loop;
    nci_loop_hold(link->loop);
    return link;
}

static int enlist(struct nci_link *link)
{
    struct nci_owner *owner = link->owner;
    int status = NCI_OK;
    nci_lock_enter(&owner->lock);
    if (owner->closed) {
        status = nci_fail(NCI_CLOSED, "the %s is closed", owner->exports ? "exporter" : "importer");
    } else {
        nci_list_append(&owner->links, &link->in_owner);
        owner->link_count++;
        owner->handshakes++;
        nci_outlet_ref(&link->outlet); /* the I/O thread's */
    }
    nci_lock_leave(&owner->lock);
    return status;
}

int nci_link_new(struct nci_owner *owner, int fd, int secure, struct nci_import_call *call,
                 struct nci_link **out)
{
    struct nci_link *link = allocate(owner);
    if (!link)
        return nci_fail_nomem();
    nci_socket_peer(fd, secure ? "tls" : "tcp", link->peer, sizeof link->peer);
    link->secure = secure;
    link->connecting = call;
    int status = secure ? nci_tls_transport(owner->tls, fd, &link->transport)
                        : nci_plain_new(fd, &link->transport);
    if (status == NCI_OK)
        status = make_session(link);
    if (status == NCI_OK)
        status = enlist(link);
    if (status) {
        if (link->transport) {
            link->transport->fd = -1; /* the descriptor stays the caller's */
            link->transport->ops->close(link->transport);
        }
        nci_link_unref(link);
        return status;
    }
    nci_link_ring(link);
    *out = link;
    return NCI_OK;
}

/* ---- answers to binds ---- */

void nci_end_unlist(struct nci_end *end)
{
    struct nci_stream_ask *ask = nci_stream_ask_of(nci_end_stream(end));
    if (ask)
        nci_list_remove(&ask->in_owner);
}

static void refuse(struct nci_link *link, struct nci_end *end, int status)
{
    nci_end_unlist(end);
    nci_session_refuse(link->session, nci_end_stream(end), status, nci_detail());
}

void nci_end_drain(struct nci_link *link, struct nci_end *end, const struct nci_binding *binding,
                   int imported)
{
    struct nci_drainer_terms terms = {imported, binding->returns};
    nci_drainer_attach(&((struct nci_out_end *)end)->drainer, binding->queue, &link->outlet,
                       &terms);
    end->drains = 1;
}

static int attach_feeder(struct nci_link *link, struct nci_end *end, struct nci_binding *binding,
                         uint64_t window)
{
    struct nci_feeder_terms terms = {nci_end_stream(end)->size, window, end, end->guest};
    int status = nci_feeder_attach(binding->queue, &link->outlet, &terms, &end->feeder);
    return status ? nci_fail_context(status, "channel \"%s\"", binding->name) : NCI_OK;
}

/* The exporter's yes to a bind: the channel gets the stream, the importer its credit. */
static void accept_bind(struct nci_link *link, struct nci_end *end, struct nci_binding *binding)
{
    struct nci_stream *stream = nci_end_stream(end);
    uint64_t window = stream->window;
    int status = NCI_OK;
    if (stream->sends) {
        nci_end_drain(link, end, binding, 0);
    } else {
        window = nci_owner_promise(link->owner, window);
        status = attach_feeder(link, end, binding, window);
        if (status)
            nci_owner_unpromise(link->owner, window);
    }
    if (status) {
        refuse(link, end, status);
        return;
    }
    nci_end_unlist(end);
    end->binding = nci_binding_ref(binding);
    nci_session_accept(link->session, stream, stream->size, window, stream->count);
    end->promised = !stream->sends;
    if (stream->sends)
        nci_drainer_open(nci_end_drainer(end), stream->size, stream->window, stream->count);
}

/* The peer's right to it, before the name is looked up: who has none learns nothing about it. */
static int check_right(struct nci_link *link, struct nci_end *end, struct nci_verdict *verdict)
{
    const struct nci_stream *stream = nci_end_stream(end);
    struct nci_question question = {&link->identity, stream->ask->name, stream->ask->name_length,
                                    !stream->sends};
    nci_policy_decide(link->owner->policy, &question, verdict);
    if (verdict->allowed)
        return NCI_OK;
    struct nci_report report = {
        NCI_DENIED, verdict->text, link->peer, stream->ask->name, &link->identity, 0, 0, 0};
    nci_owner_report(link->owner, &report);
    return nci_fail(NCI_DENIED, "no right to %s channel \"%s\"",
                    stream->sends ? "receive from" : "send to", stream->ask->name);
}

static void answer_one(struct nci_link *link, struct nci_end *end)
{
    struct nci_stream *stream = nci_end_stream(end);
    struct nci_verdict verdict;
    int status = check_right(link, end, &verdict);
    if (status) {
        refuse(link, end, status);
        return;
    }
    end->guest = verdict.closes == 0;
    struct nci_map_entry *entry =
        nci_map_find(&link->owner->names, stream->ask->name, stream->ask->name_length);
    if (entry) {
        struct nci_binding *binding = NCI_CONTAINER(entry, struct nci_binding, entry);
        if (binding->sends == stream->sends)
            accept_bind(link, end, binding);
        else
            refuse(link, end,
                   nci_fail(NCI_DIRECTION, "channel \"%s\" is exported for %s", binding->name,
                            binding->sends ? "sending; import it for receiving"
                                           : "receiving; import it for sending"));
        return;
    }
    if (link->owner->closed || stream->ask->wait_ms == 0) {
        refuse(link, end,
               nci_fail(NCI_NOCHANNEL, "no channel \"%s\" is exported here", stream->ask->name));
        return;
    }
    if (stream->ask->until == NCI_FOREVER)
        stream->ask->until = nci_clock_deadline(stream->ask->wait_ms);
    nci_list_remove(&stream->ask->in_owner);
    nci_list_append(&link->parked, &stream->ask->in_owner);
}

void nci_link_answer(struct nci_link *link, struct nci_list *list, const char *name)
{
    struct nci_list waiting;
    nci_list_init(&waiting);
    nci_list_splice(&waiting, list);
    while (!nci_list_empty(&waiting)) {
        struct nci_stream_ask *ask = NCI_CONTAINER(waiting.next, struct nci_stream_ask, in_owner);
        nci_list_remove(&ask->in_owner);
        if (name && strcmp(ask->name, name) != 0)
            nci_list_append(list, &ask->in_owner);
        else
            answer_one(link, nci_end_of(ask->stream));
    }
}

/* ---- endings ---- */

void nci_link_hang_up(struct nci_link *link, struct nci_end *end, int code, const char *text)
{
    struct nci_stream *stream = nci_end_stream(end);
    if (end->hung_up)
        return;
    if (link->owner->exports && !end->binding) {
        refuse(link, end, nci_fail(NCI_CLOSED, "%s", text));
        return;
    }
    end->hung_up = 1;
    nci_end_unlist(end);
    if (nci_end_drainer(end))
        nci_drainer_stop(nci_end_drainer(end));
    nci_session_hangup(link->session, stream, code, text);
    if (nci_end_feeder(end))
        nci_feeder_end(end->feeder, code, text);
    if (end->call) {
        nci_call_finish(end->call, code, text);
        end->call = NULL;
    }
}

static void set_reason(struct nci_link *link, int code, const char *text)
{
    if (link->text)
        return;
    link->code = code;
    link->text = nci_strdup(text ? text : "");
}

/* Closed is how a link ended that nothing was wrong with: orderly. */
static void say_bye(struct nci_link *link, int code, const char *text)
{
    int orderly = code == NCI_CLOSED;
    nci_session_bye(link->session, orderly ? NCI_OK : code, orderly ? NULL : text);
}

void nci_link_say_bye(struct nci_link *link, int code, const char *text)
{
    if (link->state != NCI_LINK_OPEN)
        return;
    set_reason(link, code, text);
    say_bye(link, code, text);
    link->state = NCI_LINK_CLOSING;
}

void nci_link_tell_callers(struct nci_link *link)
{
    if (link->connecting) {
        nci_call_finish(link->connecting, link->code ? link->code : NCI_LOST,
                        link->text ? link->text : "the link ended during the greeting");
        link->connecting = NULL;
    }
    if (link->listing) {
        nci_call_finish(&link->listing->call, NCI_LOST,
                        link->text ? link->text : "the link has ended");
        link->listing = NULL;
    }
}

static void report_failure(struct nci_link *link)
{
    if (link->code == NCI_CLOSED || !link->text)
        return;
    struct nci_report report = {link->code, link->text, link->peer, NULL, &link->identity, 0, 0, 0};
    nci_owner_report(link->owner, &report);
}

void nci_link_fail(struct nci_link *link, int code, const char *text)
{
    if (link->state != NCI_LINK_OPEN)
        return;
    set_reason(link, code, text);
    link->state = NCI_LINK_CLOSING;
    /* Bye goes into the output before the session ends, which writes nothing any more. A session
     * that failed by itself has put it there already. */
    say_bye(link, code, text);
    int status = nci_session_produce(link->session, SIZE_MAX, nci_clock_now());
    if (status)
        nci_detail_clear(); /* without bye the peer learns it from the end of file */
    nci_session_end(link->session, code, text);
    /* Told now: until the descriptor is closed link.linger may pass. */
    nci_link_tell_callers(link);
    report_failure(link);
}
