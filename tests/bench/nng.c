/* SPDX-License-Identifier: MIT */
/*
 * nng: PAIR1 both for streams and for round trips, the fastest of its protocols for either. Its
 * buffers are local: it neither gives credit nor acknowledges.
 */
#include "bench.h"

#include <nng/nng.h>
#include <nng/protocol/pair1/pair.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int status, const char *what)
{
    if (status)
        bench_fail(what, nng_strerror(status));
}

static nng_socket open_socket(void)
{
    nng_socket socket;
    check(nng_pair1_open(&socket), "nng_pair1_open");
    check(nng_socket_set_int(socket, NNG_OPT_SENDBUF, BENCH_QUEUE), NNG_OPT_SENDBUF);
    check(nng_socket_set_int(socket, NNG_OPT_RECVBUF, BENCH_QUEUE), NNG_OPT_RECVBUF);
    return socket;
}

static nng_socket serve(void)
{
    char address[BENCH_ADDRESS_MAX];
    int port;
    nng_listener listener;
    nng_socket socket = open_socket();
    check(nng_listen(socket, "tcp://127.0.0.1:0", &listener, 0), "nng_listen");
    check(nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port), NNG_OPT_TCP_BOUND_PORT);
    (void)snprintf(address, sizeof address, "tcp://127.0.0.1:%d", port);
    bench_tell_address(address);
    return socket;
}

static nng_socket dial(const struct bench_options *options)
{
    nng_socket socket = open_socket();
    check(nng_dial(socket, options->at, NULL, 0), options->at);
    return socket;
}

static void send_bytes(nng_socket socket, const void *bytes, size_t length)
{
    nng_msg *message;
    check(nng_msg_alloc(&message, length), "nng_msg_alloc");
    if (length)
        memcpy(nng_msg_body(message), bytes, length);
    check(nng_sendmsg(socket, message, 0), "nng_sendmsg");
}

static void skip_message(nng_socket socket)
{
    nng_msg *message;
    check(nng_recvmsg(socket, &message, 0), "nng_recvmsg");
    nng_msg_free(message);
}

/* nng_close drops what is still in a buffer: at the end of a conversation stand an empty message
 * and an empty answer, and who answers closes when the other side has gone. */
static void end_asking(nng_socket socket)
{
    send_bytes(socket, NULL, 0);
    skip_message(socket);
    check(nng_close(socket), "nng_close");
}

static void note_gone(nng_pipe pipe, nng_pipe_ev event, void *gone)
{
    (void)pipe;
    (void)event;
    (void)sem_post((sem_t *)gone);
}

static void end_answering(nng_socket socket)
{
    sem_t gone;
    (void)sem_init(&gone, 0, 0);
    check(nng_pipe_notify(socket, NNG_PIPE_EV_REM_POST, note_gone, &gone), "nng_pipe_notify");
    send_bytes(socket, NULL, 0);
    while (sem_wait(&gone))
        continue;
    check(nng_close(socket), "nng_close");
    (void)sem_destroy(&gone);
}

/* ---- Streams -------------------------------------------------------------------------------- */

static void run_recv(const struct bench_options *options)
{
    struct bench_meter meter;
    nng_socket socket = serve();
    bench_meter_begin(&meter, options);
    while (!bench_is_whole(&meter)) {
        nng_msg *message;
        check(nng_recvmsg(socket, &message, 0), "nng_recvmsg");
        bench_took_text(&meter, options, (const char *)nng_msg_body(message), nng_msg_len(message));
        nng_msg_free(message);
    }
    bench_report_meter(&meter);
    skip_message(socket);
    end_answering(socket);
}

static void run_send(const struct bench_options *options)
{
    size_t size = bench_length(options);
    char *text = (char *)bench_alloc(size);
    nng_socket socket = dial(options);
    bench_prepare(options, text);
    double began = bench_cpu();
    for (long i = 0; i < options->count; i++) {
        bench_write_number(options, text, i);
        send_bytes(socket, text, size);
    }
    end_asking(socket);
    bench_report_sender(began, options->count);
    free(text);
}

/* ---- Round trips ---------------------------------------------------------------------------- */

static void run_pong(const struct bench_options *options)
{
    nng_socket socket = serve();
    double began = bench_cpu();
    for (;;) {
        nng_msg *message;
        check(nng_recvmsg(socket, &message, 0), "nng_recvmsg");
        if (nng_msg_len(message) == 0) {
            nng_msg_free(message);
            break;
        }
        check(nng_sendmsg(socket, message, 0), "nng_sendmsg");
    }
    bench_report_sender(began, options->count);
    end_answering(socket);
}

static void run_ping(const struct bench_options *options)
{
    struct bench_trips trips;
    size_t size = bench_length(options);
    char *text = (char *)bench_alloc(size);
    nng_socket socket = dial(options);
    bench_prepare(options, text);
    bench_trips_begin(&trips, options);
    for (long i = -trips.warm; i < trips.count; i++) {
        uint64_t began = bench_now();
        bench_write_number(options, text, i + trips.warm);
        send_bytes(socket, text, size);
        skip_message(socket);
        bench_trips_add(&trips, i, began);
    }
    bench_report_trips(&trips);
    end_asking(socket);
    free(text);
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    if (bench_is_role(&options, "recv"))
        run_recv(&options);
    else if (bench_is_role(&options, "send"))
        run_send(&options);
    else if (bench_is_role(&options, "pong"))
        run_pong(&options);
    else if (bench_is_role(&options, "ping"))
        run_ping(&options);
    else if (bench_is_role(&options, "about"))
        bench_tell_about("nng", nng_version());
    else
        bench_fail(options.role, "not a role of this driver");
    return 0;
}
