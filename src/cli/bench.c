/* SPDX-License-Identifier: MIT */
/*
 * netchan bench: what this link, between these two hosts, can do with values as programs send them.
 *
 * A rate counts from the first send until the other side has taken the last value, so that nothing
 * is counted that only lies in a buffer. The CPU time is that of this process, sending included.
 * The figures say something about the two hosts and the way between them; they are no comparison
 * with other libraries.
 */
#include "cli/bench.h"

#include "cli/peer.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define MEASURE_NS   UINT64_C(1000000000) /* each workload takes so long, unless -n says else */
#define LOOK_EVERY   32                   /* values between two looks at the clock */
#define MOST_TRIPS   100000
#define WARM_TRIPS   10    /* not counted */
#define ANSWER_MS    10000 /* longest wait for a round trip, unless -t says else */
#define LARGEST      65536
#define SMALL_FORMAT "{\"i\":%06u,\"source\":\"bench-producer\"}"
#define SMALL_LENGTH 38

static const struct workload {
    const char *name;
    size_t length; /* of each value */
} workloads[] = {{"small", SMALL_LENGTH}, {"1KiB", 1024}, {"64KiB", LARGEST}};

struct bench {
    const struct cli_options *options;
    netchan_importer *importer;
    netchan_channel *sink, *there, *back;
    uint32_t *trips; /* ns */
    char *text;      /* LARGEST bytes and a NUL */
};

/* ---- Clocks ---------------------------------------------------------------------------------- */

static uint64_t clock_ns(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static double cpu_us(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return 1e6 * (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

/* With -n exactly so many, else as many as the time lets through. */
static int is_enough(const struct bench *bench, int64_t done, int64_t every, uint64_t began)
{
    if (bench->options->count >= 0)
        return done >= bench->options->count;
    return done % every == 0 && clock_ns() - began >= MEASURE_NS;
}

/* ---- Waits ----------------------------------------------------------------------------------- */

/* Some other signal than ours ended a wait: it is begun again. */
static int is_disturbed(int status)
{
    return status == NETCHAN_INTERRUPTED && !cli_signals_came(CLI_RUNNING);
}

static int say_failed(const struct bench *bench, int status)
{
    if (status == NETCHAN_INTERRUPTED)
        return cli_say("stopped before everything was measured");
    if (status == NETCHAN_TIMEOUT)
        return cli_say("%s: nothing moved for %.3g seconds", bench->options->url,
                       (double)bench->options->idle / 1000);
    return cli_say_status(bench->options->url, status);
}

static int put(const struct bench *bench, netchan_channel *channel, size_t length)
{
    int status;
    do {
        status = netchan_channel_send_text(channel, bench->text, length, bench->options->idle,
                                           cli_signals_token(CLI_RUNNING));
    } while (is_disturbed(status));
    return status ? say_failed(bench, status) : CLI_DONE;
}

static int drain(const struct bench *bench)
{
    int status;
    do {
        status = netchan_importer_drain(bench->importer, NETCHAN_TAKEN, bench->options->idle,
                                        cli_signals_token(CLI_RUNNING));
    } while (is_disturbed(status));
    return status ? say_failed(bench, status) : CLI_DONE;
}

/* Takes the answer to what is in bench->text. One that somebody else did not wait for is skipped.
 */
static int get_back(const struct bench *bench)
{
    int64_t ms = bench->options->idle < 0 ? ANSWER_MS : bench->options->idle;
    for (;;) {
        netchan_value *value;
        size_t length;
        int status = netchan_channel_recv(bench->back, &value, ms, cli_signals_token(CLI_RUNNING));
        if (is_disturbed(status))
            continue;
        if (status == NETCHAN_TIMEOUT)
            return cli_say("%s: no answer came within %.3g seconds; only one can measure at a time",
                           bench->options->url, (double)ms / 1000);
        if (status)
            return say_failed(bench, status);
        const char *text = netchan_value_text(value, &length);
        int same = length == SMALL_LENGTH && memcmp(text, bench->text, length) == 0;
        netchan_value_unref(value);
        if (same)
            return CLI_DONE;
    }
}

/* ---- Workloads ------------------------------------------------------------------------------- */

static int print_head(void)
{
    printf("%-10s  %9s  %10s  %8s  %8s  %8s  %8s\n", "WORKLOAD", "VALUES", "VALUES/S", "MB/S",
           "CPU-US", "P50-US", "P99-US");
    return fflush(stdout) ? cli_say("standard output: %s", strerror(errno)) : CLI_DONE;
}

static int print_row(const char *name, int64_t values, double seconds, double bytes, double cpu,
                     const char *trips)
{
    double count = values > 0 ? (double)values : 1;
    printf("%-10s  %9lld  %10.0f  %8.1f  %8.2f  %s\n", name, (long long)values, count / seconds,
           bytes / seconds / 1e6, cpu / count, trips);
    return fflush(stdout) ? cli_say("standard output: %s", strerror(errno)) : CLI_DONE;
}

static void write_small(char *text, int64_t i)
{
    (void)snprintf(text, SMALL_LENGTH + 1, SMALL_FORMAT, 100000u + (unsigned)(i % 900000));
}

static int measure_flow(const struct bench *bench, const struct workload *workload)
{
    size_t length = workload->length;
    int small = length == SMALL_LENGTH;
    int64_t sent = 0;
    memset(bench->text, 'x', length);
    bench->text[0] = bench->text[length - 1] = '"';
    double cpu = cpu_us();
    uint64_t began = clock_ns();
    do {
        if (small)
            write_small(bench->text, sent);
        int status = put(bench, bench->sink, length);
        if (status)
            return status;
        sent++;
    } while (!is_enough(bench, sent, LOOK_EVERY, began));
    int status = drain(bench);
    if (status)
        return status;
    double seconds = (double)(clock_ns() - began) / 1e9;
    return print_row(workload->name, sent, seconds, (double)sent * (double)length, cpu_us() - cpu,
                     "       -         -");
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

static int print_trips(const struct bench *bench, int64_t count, double seconds, double cpu)
{
    char text[64];
    qsort(bench->trips, (size_t)count, sizeof *bench->trips, compare);
    (void)snprintf(text, sizeof text, "%8.1f  %8.1f", bench->trips[count / 2] / 1e3,
                   bench->trips[count * 99 / 100] / 1e3);
    return print_row("round-trip", count, seconds, (double)count * SMALL_LENGTH, cpu, text);
}

static int measure_trips(const struct bench *bench)
{
    int64_t done = -WARM_TRIPS;
    double cpu = cpu_us();
    uint64_t began = clock_ns();
    do {
        if (done == 0) {
            cpu = cpu_us();
            began = clock_ns();
        }
        write_small(bench->text, done + WARM_TRIPS);
        uint64_t left = clock_ns();
        int status = put(bench, bench->there, SMALL_LENGTH);
        if (status == CLI_DONE)
            status = get_back(bench);
        if (status)
            return status;
        if (done >= 0)
            bench->trips[done] = (uint32_t)(clock_ns() - left);
        done++;
    } while (done <= 0 || (done < MOST_TRIPS && !is_enough(bench, done, 1, began)));
    double seconds = (double)(clock_ns() - began) / 1e9;
    return print_trips(bench, done, seconds, cpu_us() - cpu);
}

/* ---- The whole ------------------------------------------------------------------------------- */

static int import(struct bench *bench, const char *name, int direction, netchan_channel **channel)
{
    const struct cli_options *options = bench->options;
    int status = netchan_channel_new(CLI_BENCH_CAPACITY, channel);
    if (status)
        return cli_say_status(NULL, status);
    do {
        status =
            netchan_importer_import(bench->importer, name, *channel, direction, options->size, -1,
                                    options->bind, options->idle, cli_signals_token(CLI_RUNNING));
    } while (is_disturbed(status));
    return status ? cli_say_status(options->url, status) : CLI_DONE;
}

static int open_bench(struct bench *bench)
{
    const struct cli_options *options = bench->options;
    int64_t deadline = options->wait < 0 ? -1 : cli_clock_ms() + options->wait;
    bench->text = (char *)malloc(LARGEST + 1);
    bench->trips = (uint32_t *)malloc(MOST_TRIPS * sizeof *bench->trips);
    if (!bench->text || !bench->trips)
        return cli_say("out of memory");
    int status = cli_peer_connect(options, deadline, &bench->importer);
    if (status == CLI_DONE)
        status = import(bench, CLI_BENCH_SINK, NETCHAN_SEND, &bench->sink);
    if (status == CLI_DONE)
        status = import(bench, CLI_BENCH_THERE, NETCHAN_SEND, &bench->there);
    if (status == CLI_DONE)
        status = import(bench, CLI_BENCH_BACK, NETCHAN_RECV, &bench->back);
    return status;
}

static void close_bench(struct bench *bench)
{
    if (bench->importer)
        (void)netchan_importer_wait_closed(bench->importer, -1, cli_signals_token(CLI_RUNNING));
    netchan_channel_unref(bench->sink);
    netchan_channel_unref(bench->there);
    netchan_channel_unref(bench->back);
    netchan_importer_unref(bench->importer);
    free(bench->text);
    free(bench->trips);
}

int cli_bench(const struct cli_options *options)
{
    struct bench bench = {0};
    bench.options = options;
    cli_say_setup(options->verbose, 0);
    int status = open_bench(&bench);
    if (status == CLI_DONE)
        status = print_head();
    for (size_t i = 0; status == CLI_DONE && i < sizeof workloads / sizeof *workloads; i++)
        status = measure_flow(&bench, &workloads[i]);
    if (status == CLI_DONE)
        status = measure_trips(&bench);
    close_bench(&bench);
    return status;
}
