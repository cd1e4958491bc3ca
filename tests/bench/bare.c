/* SPDX-License-Identifier: MIT */
/* Values over a bare stream: bare.h says how. */
#include "bare.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES 65536

/* ---- Sockets -------------------------------------------------------------------------------- */

static struct sockaddr_in loopback(uint16_t port)
{
    struct sockaddr_in name;
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons(port);
    return name;
}

static int without_delay(int fd, const char *what)
{
    int one = 1;
    if (fd < 0 || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one))
        bench_fail_errno(what);
    return fd;
}

int bare_listen(void)
{
    struct sockaddr_in name = loopback(0);
    socklen_t length = sizeof name;
    char address[BENCH_ADDRESS_MAX];
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, sizeof name) ||
        listen(listener, 1024) || getsockname(listener, (struct sockaddr *)&name, &length))
        bench_fail_errno("listen");
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(name.sin_port));
    bench_tell_address(address);
    return listener;
}

int bare_accept(int listener)
{
    return without_delay(accept(listener, NULL, NULL), "accept");
}

int bare_dial(const char *at)
{
    const char *port = strchr(at, ':');
    struct sockaddr_in name = loopback((uint16_t)(port ? strtol(port + 1, NULL, 10) : 0));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name))
        bench_fail_errno(at);
    return without_delay(fd, at);
}

/* ---- Receiving ------------------------------------------------------------------------------ */

struct receiver {
    const struct bench_options *options;
    struct bench_meter meter;
    struct bare *bare;
    uint32_t owed, grant; /* credit not given back yet; given back at so much */
};

/* Takes the whole values that begin at bytes; returns how many bytes that were. */
static size_t take(struct receiver *receiver, const char *bytes, size_t length)
{
    size_t at = 0;
    while (length - at >= BARE_PREFIX) {
        uint32_t size;
        memcpy(&size, bytes + at, BARE_PREFIX);
        size = ntohl(size);
        if (length - at - BARE_PREFIX < size)
            break;
        bench_took_text(&receiver->meter, receiver->options, bytes + at + BARE_PREFIX, size);
        at += BARE_PREFIX + size;
        receiver->owed++;
        if (receiver->grant && receiver->owed >= receiver->grant) {
            receiver->bare->write(receiver->bare, &receiver->owed, sizeof receiver->owed);
            receiver->owed = 0;
        }
    }
    return at;
}

void bare_recv(struct bare *bare, const struct bench_options *options)
{
    struct receiver receiver;
    size_t capacity = READ_BYTES + BARE_PREFIX + bench_length(options);
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    memset(&receiver, 0, sizeof receiver);
    receiver.options = options;
    receiver.grant =
        options->window > 1 ? (uint32_t)options->window / 2 : (uint32_t)options->window;
    receiver.bare = bare;
    bench_meter_begin(&receiver.meter, options);
    while (!bench_is_whole(&receiver.meter)) {
        ssize_t count = bare->read(bare, bytes + length, capacity - length);
        if (count <= 0)
            bench_fail("read", "the sender went away");
        length += (size_t)count;
        size_t taken = take(&receiver, bytes, length);
        length -= taken;
        memmove(bytes, bytes + taken, length);
    }
    bench_report_meter(&receiver.meter);
    bare->end(bare);
    free(bytes);
}

/* ---- Sending -------------------------------------------------------------------------------- */

static long read_credit(struct bare *bare)
{
    uint32_t grants[1024];
    ssize_t count = bare->read(bare, grants, sizeof grants);
    long credit = 0;
    if (count <= 0 || count % (ssize_t)sizeof *grants)
        bench_fail("read", "the receiver went away");
    for (size_t i = 0; i < (size_t)count / sizeof *grants; i++)
        credit += grants[i];
    return credit;
}

void bare_send(struct bare *bare, const struct bench_options *options)
{
    size_t size = bench_length(options);
    size_t capacity = size + BARE_PREFIX > BENCH_MOST_WRITE ? size + BARE_PREFIX : BENCH_MOST_WRITE;
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    char *value = (char *)bench_alloc(size);
    uint32_t prefix = htonl((uint32_t)size);
    long credit = options->window;
    bench_prepare(options, value);
    double began = bench_cpu();
    for (long i = 0; i < options->count; i++) {
        int stopped = options->window && credit == 0;
        if (stopped || length + BARE_PREFIX + size > capacity) {
            bare->write(bare, bytes, length);
            length = 0;
        }
        if (stopped)
            credit = read_credit(bare);
        bench_write_number(options, value, i);
        memcpy(bytes + length, &prefix, BARE_PREFIX);
        memcpy(bytes + length + BARE_PREFIX, value, size);
        length += BARE_PREFIX + size;
        credit--;
    }
    bare->write(bare, bytes, length);
    /* Up to the receiver's end: it has everything then. */
    while (bare->read(bare, bytes, capacity) > 0)
        continue;
    bench_report_sender(began, options->count);
    bare->end(bare);
    free(value);
    free(bytes);
}
