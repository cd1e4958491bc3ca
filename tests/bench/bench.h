/* SPDX-License-Identifier: MIT */
/*
 * What the drivers of the benchmark share: one command line, one set of payloads, one way to count
 * and to report, so that a difference between two of them is a difference between what they drive.
 *
 * A driver is a program of one peer with these roles; tests/bench/run.py starts them in pairs:
 *
 *   recv, pong, hold   listen, say the address on standard output, and then
 *                      take values; send each back; hold what stays connected
 *   send, ping, stay   connect to --at ADDRESS, and
 *                      send values; take round trips; stay until standard input ends
 *   local              both ends in one process, two threads
 *   about              say which version of what is driven
 *
 * Each prints one JSON object a line. What goes wrong is said on standard error and ends the driver
 * with status 1; a driver that hangs is ended by its own alarm.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define BENCH_SMALL       38 /* {"i":123456,"source":"bench-producer"} */
#define BENCH_SOURCE      "bench-producer"
#define BENCH_MOST_BATCH  64
#define BENCH_DIGITS      6
#define BENCH_QUEUE       1000 /* what the peers with queues of their own hold at each end */
#define BENCH_MOST_WRITE  60000
#define BENCH_ADDRESS_MAX 128

/* What two threads use is so many bytes apart: where it shared a line of the cache, which the place
 * of the stack decides anew in each run, a run was a third slower. */
#define BENCH_APART 128

struct bench_options {
    const char *role;
    const char *at; /* where the other side listens; NULL for the side that does */
    size_t size;    /* bytes of a value, a JSON string; 0: the small object */
    long count;     /* values, or round trips */
    long window;    /* credit; 0: the default */
    long capacity;  /* of local channels */
    long batch;     /* values a call, 1 to BENCH_MOST_BATCH */
    long links;     /* connections */
    long streams;   /* on each of them */
    long busy;      /* streams that carry values; 0: all */
    int tree;       /* build and read values member by member */
    int tls;        /* over TLS, with the certificates that the tests make */
    int sends;      /* hold: the side that listens is the one that would send */
    int cores[2];   /* local: where the two threads run; -1: anywhere */
};

/* Reads the command line, sets the alarm, and lets the process have as many descriptors as it may.
 * What makes no sense ends the program. */
void bench_read_options(struct bench_options *options, int count, char **words);
int bench_is_role(const struct bench_options *options, const char *role);

/* Says what failed and why, and ends the program. */
void bench_fail(const char *what, const char *why) __attribute__((noreturn));
/* The same with errno's text. */
void bench_fail_errno(const char *what) __attribute__((noreturn));
/* Never NULL. */
void *bench_alloc(size_t size);

/* The side that listens: tells run.py that it is there. address is what --at will be given. */
void bench_tell_address(const char *address);
/* about: a name and a version. */
void bench_tell_about(const char *name, const char *version);
/* hold and stay: tells that everything is connected and waits for the end of standard input. */
void bench_stay(void);
/* The same in two steps: it is ready, and now it waits. */
void bench_stay_begin(void);
void bench_stay_end(void);
/* Ties the calling thread to a core; -1: no. */
void bench_pin(int core);

/* ---- Payloads ------------------------------------------------------------------------------ */

static inline size_t bench_length(const struct bench_options *options)
{
    return options->size ? options->size : BENCH_SMALL;
}

/* The number that value i carries: always of six digits, so that all values are equally long. */
static inline unsigned bench_number(long i)
{
    return 100000u + (unsigned)(i % 900000);
}

/* Fills text, bench_length() bytes, with everything but the number. */
void bench_prepare(const struct bench_options *options, char *text);

/* Makes a prepared text value i. */
static inline void bench_write_number(const struct bench_options *options, char *text, long i)
{
    unsigned number = bench_number(i);
    char *digit = text + (options->size ? 1 : 5) + BENCH_DIGITS;
    for (int k = 0; k < BENCH_DIGITS; k++) {
        *--digit = (char)('0' + number % 10);
        number /= 10;
    }
}

/* ---- Counting ------------------------------------------------------------------------------ */

static inline uint64_t bench_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* User and system time of the process so far, in seconds. */
double bench_cpu(void);

/* What came, from value number warm (by then everything is connected and in its stride) on. */
struct bench_meter {
    long count, warm, seen;
    uint64_t began, ended; /* ns */
    double cpu_began, cpu_ended;
    uint64_t bytes, sum;
};

void bench_meter_begin(struct bench_meter *meter, const struct bench_options *options);
/* Reads the clocks; called by bench_took at its two marks. */
void bench_meter_mark(struct bench_meter *meter);

/* A value came, with this number in it. */
static inline void bench_took(struct bench_meter *meter, size_t length, unsigned number)
{
    meter->bytes += length;
    meter->sum += number;
    meter->seen++;
    if (meter->seen == meter->warm || meter->seen == meter->count)
        bench_meter_mark(meter);
}

/* The same, with the number still in the text. */
static inline void bench_took_text(struct bench_meter *meter, const struct bench_options *options,
                                   const char *text, size_t length)
{
    const char *digit = text + (options->size ? 1 : 5);
    unsigned number = 0;
    if (length != bench_length(options))
        bench_fail("recv", "a value has another length");
    for (int k = 0; k < BENCH_DIGITS; k++)
        number = number * 10 + (unsigned)(digit[k] - '0');
    bench_took(meter, length, number);
}

static inline int bench_is_whole(const struct bench_meter *meter)
{
    return meter->seen >= meter->count;
}

/* Prints rate and CPU time, having made sure that every value came once. */
void bench_report_meter(const struct bench_meter *meter);
/* A sender's figure: the CPU time since the bench_cpu() that is given, for so many values. */
void bench_report_sender(double cpu_began, long count);

/* Times of round trips, in ns. */
struct bench_trips {
    uint32_t *times;
    long count, warm;
    double cpu_began;
};

void bench_trips_begin(struct bench_trips *trips, const struct bench_options *options);
/* Trip i, from -warm to count - 1, took this long. */
static inline void bench_trips_add(struct bench_trips *trips, long i, uint64_t began)
{
    if (i >= 0)
        trips->times[i] = (uint32_t)(bench_now() - began);
}
/* The path of one of the tests' certificates or keys, such as "server.pem". text holds
 * BENCH_PATH_MAX bytes. */
#define BENCH_PATH_MAX 1024
const char *bench_certificate(char *text, const char *name);
/* Prints the percentiles, and frees. */
void bench_report_trips(struct bench_trips *trips);

#endif
