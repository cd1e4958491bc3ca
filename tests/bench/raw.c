/* SPDX-License-Identifier: MIT */
/*
 * The bare TCP socket: what the system gives to a program that does everything right and nothing
 * else. Streams are those of bare.h; round trips are one blocking write and one blocking read at each
 * end.
 */
#include "bare.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t get_some(struct bare *bare, void *bytes, size_t length)
{
    ssize_t count = read(bare->fd, bytes, length);
    if (count < 0)
        bench_fail_errno("read");
    return count;
}

static void put(struct bare *bare, const void *bytes, size_t length)
{
    /* A write of 65,540 bytes leaves a tiny segment behind loopback's 65,483 and is four times
     * slower than two of half the length. */
    for (const char *at = (const char *)bytes; length > 0;) {
        size_t some = length < BENCH_MOST_WRITE ? length : BENCH_MOST_WRITE;
        ssize_t written = write(bare->fd, at, some);
        if (written <= 0)
            bench_fail_errno("write");
        at += written;
        length -= (size_t)written;
    }
}

static void end(struct bare *bare)
{
    (void)close(bare->fd);
}

/* All of the length; 0 at the end of the stream. */
static int get(struct bare *bare, char *bytes, size_t length)
{
    for (size_t have = 0; have < length;) {
        ssize_t count = get_some(bare, bytes + have, length - have);
        if (count == 0)
            return 0;
        have += (size_t)count;
    }
    return 1;
}

static struct bare over(int fd)
{
    struct bare bare = {fd, NULL, get_some, put, end};
    return bare;
}

static struct bare take_one(void)
{
    int listener = bare_listen();
    struct bare bare = over(bare_accept(listener));
    (void)close(listener);
    return bare;
}

static void run_recv(const struct bench_options *options)
{
    struct bare bare = take_one();
    bare_recv(&bare, options);
}

static void run_send(const struct bench_options *options)
{
    struct bare bare = over(bare_dial(options->at));
    bare_send(&bare, options);
}

/* ---- Round trips ---------------------------------------------------------------------------- */

static void run_pong(const struct bench_options *options)
{
    size_t size = BARE_PREFIX + bench_length(options);
    char *bytes = (char *)bench_alloc(size);
    struct bare bare = take_one();
    double began = bench_cpu();
    while (get(&bare, bytes, size))
        put(&bare, bytes, size);
    bench_report_sender(began, options->count);
    end(&bare);
    free(bytes);
}

static void run_ping(const struct bench_options *options)
{
    struct bench_trips trips;
    size_t size = BARE_PREFIX + bench_length(options);
    char *bytes = (char *)bench_alloc(size);
    uint32_t prefix = htonl((uint32_t)bench_length(options));
    memcpy(bytes, &prefix, BARE_PREFIX);
    bench_prepare(options, bytes + BARE_PREFIX);
    struct bare bare = over(bare_dial(options->at));
    bench_trips_begin(&trips, options);
    for (long i = -trips.warm; i < trips.count; i++) {
        uint64_t began = bench_now();
        bench_write_number(options, bytes + BARE_PREFIX, i + trips.warm);
        put(&bare, bytes, size);
        if (!get(&bare, bytes, size))
            bench_fail("read", "the other side went away");
        bench_trips_add(&trips, i, began);
    }
    bench_report_trips(&trips);
    end(&bare);
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
