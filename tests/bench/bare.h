/* SPDX-License-Identifier: MIT */
/*
 * Values over a bare stream of bytes, whatever carries it: raw.c has the socket, tls.c OpenSSL over
 * one. Values stand behind a 4-byte length, many to a write; with --window the sender spends credit,
 * and the receiver gives back what it took whenever that is half of the window. No thread, no queue,
 * no check of the values.
 */
#ifndef BENCH_BARE_H
#define BENCH_BARE_H

#include "bench.h"

#include <sys/types.h>

#define BARE_PREFIX 4

/* One end of a stream. What fails ends the program. */
struct bare {
    int fd;
    void *secure; /* the carrier's own */
    /* As read(2): some bytes, and 0 at the end. */
    ssize_t (*read)(struct bare *bare, void *bytes, size_t length);
    /* All of them. */
    void (*write)(struct bare *bare, const void *bytes, size_t length);
    void (*end)(struct bare *bare);
};

/* A listening socket on a free port, which run.py is told. */
int bare_listen(void);
int bare_accept(int listener);
int bare_dial(const char *at);

/* The roles; they end the stream. */
void bare_recv(struct bare *bare, const struct bench_options *options);
void bare_send(struct bare *bare, const struct bench_options *options);

#endif
