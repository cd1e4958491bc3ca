/* SPDX-License-Identifier: MIT */
/*
 * Scenarios without links: channels inside one process, values, options.
 */
#include "scenarios.h"
#include "steps.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

/* ---- values ---- */

#define LARGE 700000 /* its parts are in pages */

static char large[LARGE + 1];

static const char *large_text(void)
{
    /* Many elements and escapes, so that every part of the checker grows. */
    size_t at = 0;
    large[at++] = '[';
    while (at < 300000) {
        memcpy(large + at, "{\"a\":1},", 8);
        at += 8;
    }
    large[at++] = '"';
    while (at < LARGE - 20) {
        memcpy(large + at, "\\u00e9x", 7);
        at += 7;
    }
    large[at++] = '"';
    large[at++] = ']';
    large[at] = 0;
    return large;
}

static void check_members(const netchan_value *value)
{
    int64_t number = 0, node = netchan_value_member(value, 0, "n", 1);
    double real = 0;
    const char *text = "";
    size_t length = 0;
    if (node < 0 || netchan_value_integer(value, node, &number) || number != -7)
        complain("n is not -7");
    node = netchan_value_member(value, 0, "r", 1);
    if (node < 0 || netchan_value_real(value, node, &real) || real != 0.1)
        complain("r is not 0.1");
    node = netchan_value_member(value, 0, "s", 1);
    if (node < 0 || netchan_value_string(value, node, &text, &length) || length != 3 ||
        memcmp(text, "a\"b", 3) != 0)
        complain("s is not a\"b");
    node = netchan_value_member(value, 0, "l", 1);
    if (netchan_value_size(value, node) != 40 || netchan_value_element(value, node, 39) < 0)
        complain("l has not 40 elements");
    if (netchan_value_key(value, 0, 0, &text, &length) < 0 || length != 1 || *text != 'n')
        complain("the first name is not n");
}

static void read_value(const char *text, size_t size)
{
    netchan_value *value = NULL;
    int64_t status;
    size_t length = 0;
    INSIST(status, CAN_MEMORY, netchan_value_new(text, size, &value));
    if (status == 0 && (strcmp(netchan_value_text(value, &length), text) != 0 || length != size))
        complain("a value's text has changed");
    netchan_value_unref(value);
}

void scenario_values(void)
{
    static const char text[] =
        "{\"n\":-7,\"r\":0.1,\"s\":\"a\\\"b\",\"l\":[0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,9,"
        "0,1,2,3,4,5,6,7,8,9,0,1,2,3,4,5,6,7,8,[[[[[[[[[[[[[[[[[[{\"x\":{}}]]]]]]]]]]]]]]]]]]]}";
    netchan_value *value = NULL;
    int64_t status;
    size_t length;
    char names[8000] = "{";
    INSIST(status, CAN_MEMORY, netchan_value_new(text, sizeof text - 1, &value));
    if (status == 0)
        check_members(value);
    netchan_value_unref(value);
    read_value("1", 1);
    const char *big = flow_text(FLOW_BIG, &length);
    read_value(big, length);
    big = large_text();
    read_value(big, strlen(big));
    for (int i = 0; i < 200; i++) /* names are looked up in a table */
        sprintf(names + strlen(names), "\"name-%d\":%d,", i, i);
    names[strlen(names) - 1] = '}';
    read_value(names, strlen(names));
    (void)REFUSED(NETCHAN_VALUE, CAN_MEMORY, netchan_value_new("{\"a\":1,\"a\":2}", 13, &value));
    (void)REFUSED(NETCHAN_VALUE, CAN_MEMORY, netchan_value_new("[1,", 3, &value));
    step_calm();
}

#define CAN_BUILD CAN_MEMORY

static int fill(netchan_builder *builder, const netchan_value *more)
{
    (void)netchan_builder_begin_object(builder);
    (void)netchan_builder_key(builder, "n", 1);
    (void)netchan_builder_integer(builder, -7);
    (void)netchan_builder_key(builder, "r", 1);
    (void)netchan_builder_real(builder, 0.1);
    (void)netchan_builder_key(builder, "s", 1);
    (void)netchan_builder_string(builder, "a\"b", 3);
    (void)netchan_builder_key(builder, "l", 1);
    (void)netchan_builder_begin_array(builder);
    for (int i = 0; i < 38; i++)
        (void)netchan_builder_boolean(builder, i & 1);
    (void)netchan_builder_null(builder);
    (void)netchan_builder_value(builder, more);
    (void)netchan_builder_end_array(builder);
    return netchan_builder_end_object(builder);
}

void scenario_builder(void)
{
    netchan_builder *builder = NULL;
    netchan_value *more = NULL, *made = NULL;
    int64_t status;
    size_t length;
    const char *text = flow_text(FLOW_BIG, &length);
    INSIST(status, CAN_MEMORY, netchan_value_new(text, length, &more));
    if (status == 0)
        INSIST(status, CAN_MEMORY, netchan_builder_new(&builder));
    for (int turn = 0; status == 0 && turn < 2; turn++) {
        /* The first error sticks; the builder is empty afterwards and is used again. */
        int filled = STEP(CAN_BUILD, fill(builder, more)) < 0;
        int finished = STEP(CAN_BUILD, netchan_builder_finish(builder, &made)) < 0;
        if (filled && !finished)
            complain("a builder has forgotten its error");
        if (finished)
            continue;
        check_members(made);
        netchan_value_unref(made);
    }
    netchan_builder_unref(builder);
    netchan_value_unref(more);
    step_calm();
}

/* ---- options ---- */

void scenario_options(void)
{
    netchan_options *options = NULL;
    netchan_exporter *exporter = NULL;
    netchan_importer *importer = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_options_new(&options));
    if (status)
        return;
    INSIST(status, CAN_MEMORY, netchan_options_set(options, "link.agent", "a program"));
    INSIST(status, CAN_MEMORY, netchan_options_set(options, "limit.value", "1000000"));
    INSIST(status, CAN_MEMORY, netchan_options_set(options, "limit.value", "2000000"));
    (void)REFUSED(NETCHAN_OPTION, CAN_MEMORY, netchan_options_set(options, "limit.value", "-1"));
    (void)REFUSED(NETCHAN_OPTION, CAN_MEMORY, netchan_options_set(options, "no.such", "1"));
    INSIST(status, CAN_EXPORTER, netchan_exporter_new(options, &exporter));
    (void)REFUSED(NETCHAN_URL, CAN_MEMORY,
                  netchan_importer_connect("nowhere", options, step_ms(), NULL, &importer));
    (void)REFUSED(
        NETCHAN_REFUSED, CAN_CONNECT,
        netchan_importer_connect("unix:/nowhere/at/all", options, step_ms(), NULL, &importer));
    netchan_exporter_unref(exporter);
    netchan_options_unref(options);
    step_calm();
}

/* ---- channels ---- */

static void send_two(struct flow *flow)
{
    netchan_value *values[2] = {NULL, NULL};
    int64_t status = 0, sent = 0;
    for (int i = 0; i < 2 && status == 0; i++) {
        size_t length;
        const char *text = flow_text(flow->count + i, &length);
        INSIST(status, CAN_MEMORY, netchan_value_new(text, length, &values[i]));
    }
    if (status == 0)
        INSIST(sent, CAN_SEND, netchan_channel_send_many(flow->from, values, 2, step_ms(), NULL));
    for (int i = 0; i < 2; i++) {
        flow->sent[flow->count++] = i < sent;
        netchan_value_unref(values[i]);
    }
}

static void recv_many(struct flow *flow)
{
    netchan_value *values[4];
    int64_t got;
    INSIST(got, CAN_RECV, netchan_channel_recv_many(flow->to, values, 4, step_ms(), NULL));
    for (int64_t i = 0; i < got; i++)
        flow_note(flow, values[i]);
}

void scenario_queue(void)
{
    struct flow flow = {0};
    netchan_cancel *cancel = NULL;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_channel_new(8, &flow.from));
    INSIST(status, CAN_FILES, netchan_cancel_new(&cancel));
    flow.to = flow.from;
    if (flow.from && flow_open(&flow, 8) == 0) {
        (void)REFUSED(NETCHAN_TIMEOUT, CAN_RECV,
                      netchan_channel_recv(flow.to, &(netchan_value *){NULL}, 2, cancel));
        flow_send(&flow, 3);
        flow_recv(&flow, 1, cancel);
        INSIST(status, CAN_FILES, netchan_channel_fd(flow.to, NETCHAN_RECV));
        INSIST(status, CAN_FILES, netchan_channel_fd(flow.to, NETCHAN_SEND));
        flow_recv(&flow, 1, NULL);
        send_two(&flow);
        recv_many(&flow);
        flow_send(&flow, 20 - flow.count < 8 ? 20 - flow.count : 8);
        (void)STEP(0, netchan_channel_close(flow.from));
        flow_recv(&flow, (int)netchan_channel_length(flow.to), cancel);
        (void)REFUSED(NETCHAN_CLOSED, CAN_SEND,
                      netchan_channel_send_text(flow.from, "1", 1, step_ms(), cancel));
        step_begin("values are left");
        if (netchan_channel_state(flow.from) != NETCHAN_CLOSED)
            complain("a closed channel does not say so");
    }
    step_calm();
    netchan_cancel_unref(cancel);
    flow_close(&flow);
}

void scenario_select(void)
{
    struct flow flow = {0};
    netchan_select *select = NULL;
    netchan_cancel *cancel = NULL;
    netchan_value *value = NULL;
    int64_t status, in = -1, out = -1, number = -1;
    INSIST(status, CAN_MEMORY, netchan_channel_new(3, &flow.from));
    flow.to = flow.from;
    INSIST(status, CAN_MEMORY, netchan_select_new(&select));
    INSIST(status, CAN_FILES, netchan_cancel_new(&cancel));
    if (flow.from && select && flow_open(&flow, 3) == 0) {
        INSIST(in, CAN_MEMORY, netchan_select_add_recv(select, flow.to));
        INSIST(out, CAN_MEMORY, netchan_select_add_send(select, flow.from, NULL));
        (void)REFUSED(NETCHAN_TIMEOUT, CAN_SELECT,
                      netchan_select_wait(select, &number, &value, 2, cancel));
        for (int i = 0; i < 6 && in >= 0 && out >= 0; i++) {
            size_t length;
            const char *text = flow_text(i, &length);
            INSIST(status, CAN_MEMORY, netchan_value_new(text, length, &value));
            if (status)
                break;
            (void)STEP(0, netchan_select_set(select, out, value));
            (void)STEP(0, netchan_select_enable(select, in, 0));
            netchan_value_unref(value);
            INSIST(status, CAN_SELECT,
                   netchan_select_wait(select, &number, &value, step_ms(), NULL));
            flow.sent[flow.count++] = status == 0;
            (void)STEP(0, netchan_select_set(select, out, NULL));
            (void)STEP(0, netchan_select_enable(select, in, 1));
            if (status)
                break;
            INSIST(status, CAN_SELECT,
                   netchan_select_wait(select, &number, &value, step_ms(), NULL));
            if (status == 0)
                flow_note(&flow, value);
        }
        if (in >= 0)
            (void)STEP(0, netchan_select_remove(select, in));
        (void)STEP(0, netchan_channel_close(flow.from));
    }
    step_calm();
    netchan_select_unref(select);
    netchan_cancel_unref(cancel);
    flow_close(&flow);
}

/* ---- two threads ---- */

struct receiving {
    struct flow *flow;
    netchan_cancel *cancel;
};

static void *receive_all(void *argument)
{
    struct receiving *receiving = (struct receiving *)argument;
    struct flow *flow = receiving->flow;
    for (int tries = 0; tries < 20;) {
        netchan_value *value = NULL;
        step_begin("netchan_channel_recv in a thread");
        int status = netchan_channel_recv(flow->to, &value, step_ms(), receiving->cancel);
        if (status == NETCHAN_CLOSED)
            break;
        if (step_judge(status, CAN_RECV) == 0)
            flow_note(flow, value);
        else
            tries++;
    }
    return NULL;
}

/* A channel without places, so that both sides wait. */
void scenario_threads(void)
{
    struct flow flow = {0};
    struct receiving receiving = {&flow, NULL};
    pthread_t thread;
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_channel_new(0, &flow.from));
    flow.to = flow.from;
    INSIST(status, CAN_FILES, netchan_cancel_new(&receiving.cancel));
    if (flow.from && flow_open(&flow, 0) == 0) {
        faults->spare(1);
        int started = pthread_create(&thread, NULL, receive_all, &receiving) == 0;
        faults->spare(0);
        flow_send(&flow, 10);
        (void)STEP(0, netchan_channel_close(flow.from));
        if (started)
            pthread_join(thread, NULL);
    }
    step_calm();
    netchan_cancel_unref(receiving.cancel);
    flow_close(&flow);
}
