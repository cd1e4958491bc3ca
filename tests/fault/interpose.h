/* SPDX-License-Identifier: MIT */
/*
 * Faults from outside: interpose.c stands in front of the C library by LD_PRELOAD, counts the calls
 * that a plan names and makes some of them fail. It also keeps a table of the blocks of memory that
 * are in use. The program under test finds fault_control with dlsym.
 */
#ifndef NETCHAN_TESTS_FAULT_INTERPOSE_H
#define NETCHAN_TESTS_FAULT_INTERPOSE_H

#include <stddef.h>

/* name of a call; those of memory fail together as "alloc" */
#define FAULT_CALLS(X)                                                                             \
    X(alloc)                                                                                       \
    X(recv)                                                                                        \
    X(send)                                                                                        \
    X(read)                                                                                        \
    X(write)                                                                                       \
    X(epoll_wait)                                                                                  \
    X(ppoll)                                                                                       \
    X(poll)                                                                                        \
    X(futex)                                                                                       \
    X(socket)                                                                                      \
    X(accept4)                                                                                     \
    X(connect)                                                                                     \
    X(eventfd)                                                                                     \
    X(epoll_create1)                                                                               \
    X(epoll_ctl)                                                                                   \
    X(dupfd)                                                                                       \
    X(fcntl)                                                                                       \
    X(pthread_create)                                                                              \
    X(getrandom)                                                                                   \
    X(bind)                                                                                        \
    X(listen)                                                                                      \
    X(getsockname)                                                                                 \
    X(getpeername)                                                                                 \
    X(getsockopt)                                                                                  \
    X(setsockopt)                                                                                  \
    X(shutdown)                                                                                    \
    X(ioctl)                                                                                       \
    X(fchmod)                                                                                      \
    X(chmod)                                                                                       \
    X(lstat)                                                                                       \
    X(fstat)                                                                                       \
    X(unlink)

enum fault_call {
#define X(name) FAULT_##name,
    FAULT_CALLS(X)
#undef X
        FAULT_COUNT
};

enum fault_mode {
    FAULT_ONCE, /* the at-th call alone */
    FAULT_EVER, /* from the at-th on */
    FAULT_OTHER /* from the at-th on every second one */
};

struct fault_plan {
    unsigned long calls; /* bits 1 << enum fault_call */
    int error;           /* 0: a read or write moves one byte only */
    enum fault_mode mode;
    long at; /* counted from 1; 0: only counts */
};

struct fault_control {
    void (*arm)(const struct fault_plan *plan);
    void (*disarm)(void);
    long (*counted)(void); /* calls of the plan since arm */
    long (*fired)(void);   /* of these were made to fail */
    void (*spare)(int on); /* 1: this thread's calls are neither counted nor failed */
    long (*blocks)(void);  /* in use, but those of the dynamic loader */
    unsigned long (*serial)(void);
    /* Writes to standard error where blocks come from that are younger than serial. */
    void (*list_blocks)(unsigned long serial);
    void (*list_strike)(void); /* and where the first failed call was made */
};

#endif
