/* SPDX-License-Identifier: MIT */
/*
 * The bare TCP socket: what the system gives to a program that does everything right and nothing
 * else. Values behind a 4-byte length, many to a write; with --window the sender spends credit, and
 * the receiver gives back what it took whenever that is half of the window. No thread, no queue, no
 * check of the values. Round trips are one blocking write and one blocking read at each end.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX     4
#define READ_BYTES 65536

static void put(int fd, const char *bytes, size_t length)
{
    /* A write of 65,540 bytes leaves a tiny segment behind loopback's 65,483 and is four times
     * slower than two of half the length. */
    while (length > 0) {
        size_t some = length < BENCH_MOST_WRITE ? length : BENCH_MOST_WRITE;
        ssize_t written = write(fd, bytes, some);
        if (written <= 0)
            bench_fail_errno("write");
        bytes += written;
        length -= (size_t)written;
    }
}

/* 0 at the end of the stream. */
static int get(int fd, char *bytes, size_t length)
{
    size_t have = 0;
    while (have < length) {
        ssize_t count = read(fd, bytes + have, length - have);
        if (count < 0)
            bench_fail_errno("read");
        if (count == 0)
            return 0;
        have += (size_t)count;
    }
    return 1;
}

static int serve_one(void)
{
    int one = 1;
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    char address[BENCH_ADDRESS_MAX];
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, sizeof name) ||
        listen(listener, 1) || getsockname(listener, (struct sockaddr *)&name, &length))
        bench_fail_errno("listen");
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(name.sin_port));
    bench_tell_address(address);
    int fd = accept(listener, NULL, NULL);
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one))
        bench_fail_errno("accept");
    (void)close(listener);
    return fd;
}

static int dial(const char *at)
{
    int one = 1;
    struct sockaddr_in name;
    const char *port = strchr(at, ':');
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons((uint16_t)(port ? strtol(port + 1, NULL, 10) : 0));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name) ||
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one))
        bench_fail_errno(at);
    return fd;
}

/* ---- Streams -------------------------------------------------------------------------------- */

struct receiver {
    const struct bench_options *options;
    struct bench_meter meter;
    int fd;
    uint32_t owed, grant; /* credit not given back yet; given back at so much */
};

/* Takes the whole values that begin at bytes; returns how many bytes that were. */
static size_t take(struct receiver *receiver, const char *bytes, size_t length)
{
    size_t at = 0;
    while (length - at >= PREFIX) {
        uint32_t size;
        memcpy(&size, bytes + at, PREFIX);
        size = ntohl(size);
        if (length - at - PREFIX < size)
            break;
        bench_took_text(&receiver->meter, receiver->options, bytes + at + PREFIX, size);
        at += PREFIX + size;
        receiver->owed++;
        if (receiver->grant && receiver->owed >= receiver->grant) {
            put(receiver->fd, (const char *)&receiver->owed, sizeof receiver->owed);
            receiver->owed = 0;
        }
    }
    return at;
}

static void run_recv(const struct bench_options *options)
{
    struct receiver receiver;
    size_t capacity = READ_BYTES + PREFIX + bench_length(options);
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    memset(&receiver, 0, sizeof receiver);
    receiver.options = options;
    receiver.grant =
        options->window > 1 ? (uint32_t)options->window / 2 : (uint32_t)options->window;
    receiver.fd = serve_one();
    bench_meter_begin(&receiver.meter, options);
    while (!bench_is_whole(&receiver.meter)) {
        ssize_t count = read(receiver.fd, bytes + length, capacity - length);
        if (count <= 0)
            bench_fail("read", "the sender went away");
        length += (size_t)count;
        size_t taken = take(&receiver, bytes, length);
        length -= taken;
        memmove(bytes, bytes + taken, length);
    }
    bench_report_meter(&receiver.meter);
    (void)close(receiver.fd);
    free(bytes);
}

static long read_credit(int fd)
{
    uint32_t grants[1024];
    ssize_t count = read(fd, grants, sizeof grants);
    long credit = 0;
    if (count <= 0 || count % (ssize_t)sizeof *grants)
        bench_fail("read", "the receiver went away");
    for (size_t i = 0; i < (size_t)count / sizeof *grants; i++)
        credit += grants[i];
    return credit;
}

static void run_send(const struct bench_options *options)
{
    size_t size = bench_length(options);
    size_t capacity = size + PREFIX > BENCH_MOST_WRITE ? size + PREFIX : BENCH_MOST_WRITE;
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    char *value = (char *)bench_alloc(size);
    uint32_t prefix = htonl((uint32_t)size);
    long credit = options->window;
    bench_prepare(options, value);
    int fd = dial(options->at);
    double began = bench_cpu();
    for (long i = 0; i < options->count; i++) {
        int stopped = options->window && credit == 0;
        if (stopped || length + PREFIX + size > capacity) {
            put(fd, bytes, length);
            length = 0;
        }
        if (stopped)
            credit = read_credit(fd);
        bench_write_number(options, value, i);
        memcpy(bytes + length, &prefix, PREFIX);
        memcpy(bytes + length + PREFIX, value, size);
        length += PREFIX + size;
        credit--;
    }
    put(fd, bytes, length);
    (void)shutdown(fd, SHUT_WR);
    while (read(fd, bytes, capacity) > 0)
        continue;
    bench_report_sender(began, options->count);
    (void)close(fd);
    free(value);
    free(bytes);
}

/* ---- Round trips ---------------------------------------------------------------------------- */

static void run_pong(const struct bench_options *options)
{
    size_t size = PREFIX + bench_length(options);
    char *bytes = (char *)bench_alloc(size);
    int fd = serve_one();
    double began = bench_cpu();
    while (get(fd, bytes, size))
        put(fd, bytes, size);
    bench_report_sender(began, options->count);
    (void)close(fd);
    free(bytes);
}

static void run_ping(const struct bench_options *options)
{
    struct bench_trips trips;
    size_t size = PREFIX + bench_length(options);
    char *bytes = (char *)bench_alloc(size);
    uint32_t prefix = htonl((uint32_t)bench_length(options));
    memcpy(bytes, &prefix, PREFIX);
    bench_prepare(options, bytes + PREFIX);
    int fd = dial(options->at);
    bench_trips_begin(&trips, options);
    for (long i = -trips.warm; i < trips.count; i++) {
        uint64_t began = bench_now();
        bench_write_number(options, bytes + PREFIX, i + trips.warm);
        put(fd, bytes, size);
        if (!get(fd, bytes, size))
            bench_fail("read", "the other side went away");
        bench_trips_add(&trips, i, began);
    }
    bench_report_trips(&trips);
    (void)close(fd);
    free(bytes);
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    (void)signal(SIGPIPE, SIG_IGN);
    if (bench_is_role(&options, "recv"))
        run_recv(&options);
    else if (bench_is_role(&options, "send"))
        run_send(&options);
    else if (bench_is_role(&options, "pong"))
        run_pong(&options);
    else if (bench_is_role(&options, "ping"))
        run_ping(&options);
    else
        bench_fail(options.role, "not a role of this driver");
    return 0;
}
