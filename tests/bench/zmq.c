/* SPDX-License-Identifier: MIT */
/*
 * libzmq: PUSH to PULL, and REQ to REP for round trips. With --tree a value is a jansson tree at
 * both ends, as a program has it that passes JSON over libzmq. Its high-water marks are local: it
 * neither gives credit nor acknowledges.
 */
#include "bench.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

/* Enough for the small object with a longer number. */
#define TREE_BYTES 128

static void *context;

static void fail(const char *what)
{
    bench_fail(what, zmq_strerror(zmq_errno()));
}

static void *open_socket(int kind)
{
    int queue = BENCH_QUEUE;
    int forever = -1;
    void *socket = zmq_socket(context, kind);
    if (!socket || zmq_setsockopt(socket, ZMQ_SNDHWM, &queue, sizeof queue) ||
        zmq_setsockopt(socket, ZMQ_RCVHWM, &queue, sizeof queue) ||
        zmq_setsockopt(socket, ZMQ_LINGER, &forever, sizeof forever))
        fail("zmq_socket");
    return socket;
}

static void *serve(int kind)
{
    char address[BENCH_ADDRESS_MAX];
    size_t length = sizeof address;
    void *socket = open_socket(kind);
    if (zmq_bind(socket, "tcp://127.0.0.1:*") ||
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, address, &length))
        fail("zmq_bind");
    bench_tell_address(address);
    return socket;
}

static void *dial(const struct bench_options *options, int kind)
{
    void *socket = open_socket(kind);
    if (zmq_connect(socket, options->at))
        fail(options->at);
    return socket;
}

static void close_socket(void *socket)
{
    if (zmq_close(socket))
        fail("zmq_close");
}

/* ---- Streams -------------------------------------------------------------------------------- */

static void take_tree(struct bench_meter *meter, const char *text, size_t length)
{
    json_error_t error;
    json_t *tree = json_loadb(text, length, 0, &error);
    if (!tree)
        bench_fail("json_loadb", error.text);
    const char *source = json_string_value(json_object_get(tree, "source"));
    if (!source || strcmp(source, BENCH_SOURCE) != 0)
        bench_fail("recv", "a value is not what was sent");
    bench_took(meter, length, (unsigned)json_integer_value(json_object_get(tree, "i")));
    json_decref(tree);
}

static size_t make_tree(char *text, long i)
{
    json_t *tree = json_object();
    if (!tree || json_object_set_new(tree, "i", json_integer(bench_number(i))) ||
        json_object_set_new(tree, "source", json_string(BENCH_SOURCE)))
        bench_fail("jansson", "no memory");
    size_t length = json_dumpb(tree, text, TREE_BYTES, JSON_COMPACT);
    json_decref(tree);
    return length;
}

static void run_recv(const struct bench_options *options)
{
    struct bench_meter meter;
    zmq_msg_t message;
    void *socket = serve(ZMQ_PULL);
    bench_meter_begin(&meter, options);
    (void)zmq_msg_init(&message);
    while (!bench_is_whole(&meter)) {
        if (zmq_msg_recv(&message, socket, 0) < 0)
            fail("zmq_msg_recv");
        const char *text = (const char *)zmq_msg_data(&message);
        if (options->tree)
            take_tree(&meter, text, zmq_msg_size(&message));
        else
            bench_took_text(&meter, options, text, zmq_msg_size(&message));
    }
    bench_report_meter(&meter);
    (void)zmq_msg_close(&message);
    close_socket(socket);
}

static void run_send(const struct bench_options *options)
{
    size_t size = bench_length(options);
    char *text = (char *)bench_alloc(size + TREE_BYTES);
    void **sockets = (void **)bench_alloc((size_t)options->links * sizeof *sockets);
    bench_prepare(options, text);
    for (long k = 0; k < options->links; k++)
        sockets[k] = dial(options, ZMQ_PUSH);
    double began = bench_cpu();
    for (long i = 0; i < options->count; i++) {
        if (options->tree)
            size = make_tree(text, i);
        else
            bench_write_number(options, text, i);
        if (zmq_send(sockets[i % options->links], text, size, 0) < 0)
            fail("zmq_send");
    }
    for (long k = 0; k < options->links; k++)
        close_socket(sockets[k]);
    if (zmq_ctx_term(context)) /* waits until everything was handed to the system */
        fail("zmq_ctx_term");
    context = NULL;
    bench_report_sender(began, options->count);
    free(sockets);
    free(text);
}

/* ---- Round trips ---------------------------------------------------------------------------- */

static void run_pong(const struct bench_options *options)
{
    size_t capacity = bench_length(options);
    char *text = (char *)bench_alloc(capacity);
    void *socket = serve(ZMQ_REP);
    double began = bench_cpu();
    int length;
    do {
        length = zmq_recv(socket, text, capacity, 0);
        if (length < 0 || zmq_send(socket, text, (size_t)length, 0) < 0)
            fail("pong");
    } while (length > 0); /* an empty message is the last */
    close_socket(socket);
    bench_report_sender(began, options->count);
    free(text);
}

static void run_ping(const struct bench_options *options)
{
    struct bench_trips trips;
    size_t size = bench_length(options);
    char *text = (char *)bench_alloc(size);
    void *socket = dial(options, ZMQ_REQ);
    bench_prepare(options, text);
    bench_trips_begin(&trips, options);
    for (long i = -trips.warm; i < trips.count; i++) {
        uint64_t began = bench_now();
        bench_write_number(options, text, i + trips.warm);
        if (zmq_send(socket, text, size, 0) < 0 || zmq_recv(socket, text, size, 0) < 0)
            fail("ping");
        bench_trips_add(&trips, i, began);
    }
    bench_report_trips(&trips);
    if (zmq_send(socket, text, 0, 0) < 0 || zmq_recv(socket, text, size, 0) < 0)
        fail("ping");
    close_socket(socket);
    free(text);
}

static void run_about(void)
{
    char text[BENCH_ADDRESS_MAX];
    int major, minor, patch;
    zmq_version(&major, &minor, &patch);
    (void)snprintf(text, sizeof text, "%d.%d.%d, jansson %s", major, minor, patch, JANSSON_VERSION);
    bench_tell_about("libzmq", text);
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    context = zmq_ctx_new();
    if (!context)
        fail("zmq_ctx_new");
    if (bench_is_role(&options, "recv"))
        run_recv(&options);
    else if (bench_is_role(&options, "send"))
        run_send(&options);
    else if (bench_is_role(&options, "pong"))
        run_pong(&options);
    else if (bench_is_role(&options, "ping"))
        run_ping(&options);
    else if (bench_is_role(&options, "about"))
        run_about();
    else
        bench_fail(options.role, "not a role of this driver");
    if (context && zmq_ctx_term(context))
        fail("zmq_ctx_term");
    return 0;
}
