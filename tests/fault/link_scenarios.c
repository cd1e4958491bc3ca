/* SPDX-License-Identifier: MIT */
/*
 * Scenarios with links: two owners in this process, so that everything that is sent can be counted
 * where it arrives.
 */
#include "scenarios.h"
#include "steps.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

static int export_flow(struct pair *pair, netchan_channel *channel, const char *name, int direction)
{
    int64_t status;
    INSIST(status, CAN_EXPORT,
           netchan_exporter_export(pair->exporter, name, channel, direction, NULL));
    return status < 0;
}

static int import_flow(struct pair *pair, struct flow *flow, const char *name, int direction)
{
    netchan_channel *channel = direction == NETCHAN_RECV ? flow->to : flow->from;
    int64_t status;
    INSIST(status, CAN_IMPORT,
           netchan_importer_import(pair->importer, name, channel, direction, 0, -1, NULL, step_ms(),
                                   NULL));
    if (status == 0 && direction == NETCHAN_RECV)
        flow->bound = 1;
    return status < 0;
}

static void look_at_exporter(struct pair *pair)
{
    netchan_value *value = NULL;
    netchan_channel *errors = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_exporter_stats(pair->exporter, &value));
    if (status == 0)
        netchan_value_unref(value);
    if (STEP(0, netchan_exporter_errors(pair->exporter, &errors)))
        return;
    while (netchan_channel_recv(errors, &value, 0, NULL) == 0)
        netchan_value_unref(value);
    netchan_channel_unref(errors);
}

static void look_at_importer(struct pair *pair)
{
    netchan_value *value = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_importer_stats(pair->importer, &value));
    if (status == 0)
        netchan_value_unref(value);
    INSIST(status, CAN_LIST, netchan_importer_list(pair->importer, "x", step_ms(), NULL, &value));
    if (status)
        return;
    if (netchan_value_size(value, 0) != 1)
        complain("the list has not one name");
    netchan_value_unref(value);
}

/* An exporter sends. */
void scenario_export(void)
{
    struct pair pair;
    struct flow flow = {0};
    int64_t status;
    if (pair_open(&pair) == 0 && flow_open(&flow, 64) == 0) {
        int ready = export_flow(&pair, flow.from, "x", NETCHAN_SEND) == 0;
        ready = pair_meet(&pair) == 0 && ready;
        if (pair.importer)
            ready = import_flow(&pair, &flow, "x", NETCHAN_RECV) == 0 && ready;
        flow_send(&flow, 40);
        if (ready) {
            INSIST(status, CAN_DRAIN,
                   netchan_exporter_drain(pair.exporter, NETCHAN_TAKEN, step_ms(), NULL));
            if (status == 0)
                flow_told(&flow);
        }
        flow_recv(&flow, 10, NULL);
        flow_send(&flow, 11);
        INSIST(status, CAN_DRAIN,
               netchan_exporter_sync(pair.exporter, NETCHAN_RECEIVED, step_ms(), NULL));
        look_at_exporter(&pair);
        if (pair.importer)
            look_at_importer(&pair);
        (void)STEP(CAN_HANGUP, netchan_exporter_hangup(pair.exporter, "x"));
    }
    pair_close(&pair);
    flow_close(&flow);
}

/* An importer sends, over a unix socket. */
void scenario_import(void)
{
    struct pair pair;
    struct flow flow = {0};
    char url[96];
    int64_t status;
    if (pair_open(&pair) == 0 && flow_open(&flow, 64) == 0 &&
        pair_folder(&pair, url, sizeof url) == 0) {
        (void)export_flow(&pair, flow.to, "x", NETCHAN_RECV);
        if (pair_listen(&pair, url) == 0 && pair_connect(&pair, url) == 0) {
            int ready = import_flow(&pair, &flow, "x", NETCHAN_SEND) == 0;
            flow_send(&flow, FLOW_VALUES);
            INSIST(status, CAN_DRAIN,
                   netchan_importer_drain(pair.importer, NETCHAN_TAKEN, step_ms(), NULL));
            look_at_importer(&pair);
            flow_recv(&flow, 10, NULL);
            /* A drain covers live imports alone: one that can be hung up was live. */
            if (STEP(CAN_HANGUP, netchan_importer_hangup(pair.importer, "x")) == 0 && ready &&
                status == 0)
                flow_told(&flow);
        }
    }
    pair_close(&pair);
    flow_close(&flow);
}

/* ---- both ways over TCP, with a thread that receives and a token ---- */

struct receiving {
    struct flow *flow;
    netchan_cancel *cancel;
};

static void *receive_all(void *argument)
{
    struct receiving *receiving = (struct receiving *)argument;
    flow_recv(receiving->flow, FLOW_VALUES, receiving->cancel);
    return NULL;
}

static void pass_both_ways(struct pair *pair, struct flow *there, struct flow *back,
                           netchan_cancel *cancel)
{
    struct receiving receiving = {there, cancel};
    pthread_t thread;
    int64_t status;
    faults->spare(1);
    int started = pthread_create(&thread, NULL, receive_all, &receiving) == 0;
    faults->spare(0);
    flow_send(there, FLOW_VALUES);
    flow_send(back, 20);
    INSIST(status, CAN_DRAIN,
           netchan_importer_drain(pair->importer, NETCHAN_TAKEN, step_ms(), cancel));
    if (STEP(CAN_HANGUP, netchan_importer_hangup(pair->importer, "back")) == 0 && status == 0)
        flow_told(back);
    (void)STEP(0, netchan_channel_close(there->from));
    INSIST(status, CAN_DRAIN,
           netchan_exporter_drain(pair->exporter, NETCHAN_RECEIVED, step_ms(), cancel));
    if (started)
        pthread_join(thread, NULL);
    flow_recv(back, 20, cancel);
}

/* Values both ways over an address of that kind. */
static void over_network(int (*open)(struct pair *pair), const char *url)
{
    struct pair pair;
    struct flow there = {0}, back = {0};
    netchan_cancel *cancel = NULL;
    int64_t status;
    INSIST(status, CAN_FILES, netchan_cancel_new(&cancel));
    if (open(&pair) == 0 && flow_open(&there, 0) == 0 && flow_open(&back, 64) == 0) {
        (void)export_flow(&pair, there.from, "there", NETCHAN_SEND);
        (void)export_flow(&pair, back.to, "back", NETCHAN_RECV);
        if (pair_listen(&pair, url) == 0 &&
            pair_connect(&pair, netchan_exporter_address(pair.exporter, 0)) == 0) {
            int ready = import_flow(&pair, &there, "there", NETCHAN_RECV) == 0;
            ready = import_flow(&pair, &back, "back", NETCHAN_SEND) == 0 && ready;
            if (ready)
                pass_both_ways(&pair, &there, &back, cancel);
        }
    }
    pair_close(&pair);
    netchan_cancel_unref(cancel);
    flow_close(&there);
    flow_close(&back);
}

void scenario_tcp(void)
{
    over_network(pair_open, "tcp://127.0.0.1:0");
}

void scenario_tls(void)
{
    over_network(pair_open_secure, "tls://127.0.0.1:0");
    /* A thread's queue of errors keeps its memory for the next error, until the thread ends. */
    void *found = dlsym(RTLD_DEFAULT, "OPENSSL_thread_stop");
    void (*stop)(void);
    memcpy(&stop, &found, sizeof stop);
    if (stop)
        stop();
}

/* ---- refusals ---- */

static void ask_wrongly(struct pair *pair, netchan_channel *channel)
{
    netchan_options *options = NULL;
    netchan_value *value = NULL;
    int64_t status;
    (void)REFUSED(NETCHAN_NOCHANNEL, CAN_IMPORT,
                  netchan_importer_import(pair->importer, "nothing", channel, NETCHAN_RECV, 0, -1,
                                          NULL, step_ms(), NULL));
    (void)REFUSED(NETCHAN_DIRECTION, CAN_IMPORT | CAN(NOCHANNEL),
                  netchan_importer_import(pair->importer, "x", channel, NETCHAN_SEND, 0, -1, NULL,
                                          step_ms(), NULL));
    INSIST(status, CAN_MEMORY, netchan_options_new(&options));
    if (status == 0)
        INSIST(status, CAN_MEMORY, netchan_options_set(options, "async", "yes"));
    if (status == 0)
        INSIST(status, CAN_IMPORT,
               netchan_importer_import(pair->importer, "nothing", channel, NETCHAN_RECV, 0, -1,
                                       options, step_ms(), NULL));
    if (status == 0) {
        (void)REFUSED(NETCHAN_NOCHANNEL, CAN_RECV,
                      netchan_channel_recv(channel, &value, step_ms(), NULL));
        pair->begun = channel;
    }
    netchan_options_unref(options);
}

/* An asynchronous import that is good, too. */
static void ask_later(struct pair *pair, struct flow *flow)
{
    netchan_options *options = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_options_new(&options));
    if (status == 0)
        INSIST(status, CAN_MEMORY, netchan_options_set(options, "async", "yes"));
    if (status == 0)
        INSIST(status, CAN_IMPORT,
               netchan_importer_import(pair->importer, "x", flow->to, NETCHAN_RECV, 0, -1, options,
                                       step_ms(), NULL));
    netchan_options_unref(options);
    if (status)
        return;
    flow->bound = 1;
    (void)REFUSED(NETCHAN_EXISTS, CAN_IMPORT,
                  netchan_importer_import(pair->importer, "x", flow->to, NETCHAN_RECV, 0, -1, NULL,
                                          step_ms(), NULL));
    flow_send(flow, 5);
    flow_recv(flow, 5, NULL);
}

void scenario_refused(void)
{
    struct pair pair;
    struct flow flow = {0};
    netchan_channel *channel = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_channel_new(1, &channel));
    if (pair_open(&pair) == 0 && flow_open(&flow, 64) == 0 && channel) {
        if (export_flow(&pair, flow.from, "x", NETCHAN_SEND) == 0) {
            (void)REFUSED(NETCHAN_EXISTS, CAN_EXPORT,
                          netchan_exporter_export(pair.exporter, "x", channel, NETCHAN_SEND, NULL));
            if (pair_meet(&pair) == 0) {
                ask_wrongly(&pair, channel);
                ask_later(&pair, &flow);
            }
        }
        (void)REFUSED(NETCHAN_NOCHANNEL, 0, netchan_exporter_hangup(pair.exporter, "nothing"));
    }
    pair_close(&pair);
    /* An import that was begun ends its channel: nobody else would. */
    if (pair.begun && netchan_channel_state(pair.begun) == 0)
        complain("an asynchronous import has not ended its channel");
    netchan_channel_unref(channel);
    flow_close(&flow);
}

/* ---- a link that is cut while values are under way ---- */

void scenario_cut(void)
{
    struct pair pair;
    struct flow flow = {0};
    flow.again = 1;
    if (pair_open(&pair) == 0 && flow_open(&flow, 64) == 0 &&
        export_flow(&pair, flow.from, "x", NETCHAN_SEND) == 0) {
        if (pair_meet(&pair) == 0 && import_flow(&pair, &flow, "x", NETCHAN_RECV) == 0) {
            flow_send(&flow, 30);
            flow_recv(&flow, 10, NULL);
        }
        if (pair.spare_fd >= 0)
            (void)shutdown(pair.spare_fd, SHUT_RDWR);
        pair_leave(&pair);
        /* What came back goes to the next importer. */
        if (flow_renew(&flow, 64) == 0 && pair_meet(&pair) == 0 &&
            import_flow(&pair, &flow, "x", NETCHAN_RECV) == 0) {
            flow_send(&flow, 21);
            flow_recv(&flow, 10, NULL);
        }
    }
    pair_close(&pair);
    flow_close(&flow);
}

/* ---- names that are looked up, in a thread of their own ---- */

void scenario_lookup(void)
{
    struct pair pair;
    char url[64];
    if (pair_open(&pair) == 0 && pair_listen(&pair, "tcp://localhost:0") == 0) {
        /* The address that was found may be one of either family. */
        const char *found = netchan_exporter_address(pair.exporter, 0);
        snprintf(url, sizeof url, "tcp://localhost%s", strrchr(found, ':'));
        (void)pair_connect(&pair, url);
    }
    pair_close(&pair);
}

/* ---- select and descriptors on channels of a link ---- */

static void select_values(struct flow *flow, netchan_select *select, int64_t in, int64_t out)
{
    netchan_value *value = NULL;
    int64_t status, number = -1;
    for (int turn = 0; turn < 40 && flow->last < 9; turn++) {
        size_t length;
        const char *text = flow_text(flow->count, &length);
        int sending = flow->count < 10;
        if (sending) {
            INSIST(status, CAN_MEMORY, netchan_value_new(text, length, &value));
            if (status)
                return;
            (void)STEP(0, netchan_select_set(select, out, value));
            netchan_value_unref(value);
        }
        INSIST(status, CAN_SELECT, netchan_select_wait(select, &number, &value, step_ms(), NULL));
        if (status)
            return;
        if (number == in)
            flow_note(flow, value);
        else
            flow->sent[flow->count++] = 1;
    }
}

void scenario_events(void)
{
    struct pair pair;
    struct flow flow = {0};
    netchan_select *select = NULL;
    int64_t status, in = -1, out = -1;
    INSIST(status, CAN_MEMORY, netchan_select_new(&select));
    if (pair_open(&pair) == 0 && flow_open(&flow, 2) == 0 && select &&
        export_flow(&pair, flow.from, "x", NETCHAN_SEND) == 0 && pair_meet(&pair) == 0 &&
        import_flow(&pair, &flow, "x", NETCHAN_RECV) == 0) {
        INSIST(status, CAN_FILES, netchan_channel_fd(flow.to, NETCHAN_RECV));
        INSIST(status, CAN_FILES, netchan_channel_fd(flow.from, NETCHAN_SEND));
        INSIST(in, CAN_MEMORY, netchan_select_add_recv(select, flow.to));
        INSIST(out, CAN_MEMORY, netchan_select_add_send(select, flow.from, NULL));
        if (in >= 0 && out >= 0)
            select_values(&flow, select, in, out);
    }
    pair_close(&pair);
    netchan_select_unref(select);
    flow_close(&flow);
}
