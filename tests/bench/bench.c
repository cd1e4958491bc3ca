/* SPDX-License-Identifier: MIT */
/*
 * The part of the drivers that is not measured: command line, clocks that are read twice a run, and
 * reports. It must never do anything for one driver that it does not do for the others.
 */
#include "bench.h"

#include <errno.h>
#include <getopt.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define ALARM_SECONDS 300
/* Of the values, and of the round trips, the first few are not counted. */
#define WARM_SHARE 20

static const struct option long_options[] = {
    {"at", required_argument, NULL, 'a'},     {"batch", required_argument, NULL, 'b'},
    {"busy", required_argument, NULL, 'y'},   {"capacity", required_argument, NULL, 'c'},
    {"cores", required_argument, NULL, 'o'},  {"count", required_argument, NULL, 'n'},
    {"links", required_argument, NULL, 'l'},  {"sends", no_argument, NULL, 'd'},
    {"size", required_argument, NULL, 's'},   {"streams", required_argument, NULL, 'm'},
    {"tls", no_argument, NULL, 'x'},          {"tree", no_argument, NULL, 't'},
    {"window", required_argument, NULL, 'w'}, {NULL, 0, NULL, 0},
};

void bench_fail(const char *what, const char *why)
{
    (void)fprintf(stderr, "%s: %s\n", what, why);
    exit(1);
}

void bench_fail_errno(const char *what)
{
    bench_fail(what, strerror(errno));
}

void *bench_alloc(size_t size)
{
    void *memory = calloc(1, size ? size : 1);
    if (!memory)
        bench_fail("memory", "there is none left");
    return memory;
}

static long read_number(const char *text, long least, long most)
{
    char *end;
    long number = strtol(text, &end, 10);
    if (end == text || *end || number < least || number > most)
        bench_fail(text, "not a number that makes sense here");
    return number;
}

static void read_cores(struct bench_options *options, const char *text)
{
    if (sscanf(text, "%d,%d", &options->cores[0], &options->cores[1]) != 2)
        bench_fail(text, "--cores takes two numbers, such as 0,1");
}

static void apply(struct bench_options *options, int option, const char *text)
{
    const long many = 1000000000;
    switch (option) {
    case 'a':
        options->at = text;
        return;
    case 'b':
        options->batch = read_number(text, 1, BENCH_MOST_BATCH);
        return;
    case 'y':
        options->busy = read_number(text, 1, many);
        return;
    case 'c':
        options->capacity = read_number(text, 0, many);
        return;
    case 'o':
        read_cores(options, text);
        return;
    case 'n':
        options->count = read_number(text, WARM_SHARE, many);
        return;
    case 'l':
        options->links = read_number(text, 1, many);
        return;
    case 'd':
        options->sends = 1;
        return;
    case 's':
        options->size = (size_t)read_number(text, BENCH_DIGITS + 2, many);
        return;
    case 'm':
        options->streams = read_number(text, 0, many);
        return;
    case 't':
        options->tree = 1;
        return;
    case 'x':
        options->tls = 1;
        return;
    case 'w':
        options->window = read_number(text, 1, many);
        return;
    default:
        exit(2); /* getopt has said what is wrong */
    }
}

static void raise_descriptors(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
    }
}

void bench_read_options(struct bench_options *options, int count, char **words)
{
    int option;
    memset(options, 0, sizeof *options);
    options->count = 100000;
    options->capacity = 1024;
    options->batch = options->links = options->streams = 1;
    options->cores[0] = options->cores[1] = -1;
    while ((option = getopt_long(count, words, "", long_options, NULL)) != -1)
        apply(options, option, optarg);
    if (optind + 1 != count)
        bench_fail(words[0], "takes one role: recv, send, pong, ping, hold, stay or local");
    options->role = words[optind];
    if (options->busy < 1 || options->busy > options->streams)
        options->busy = options->streams;
    int connects = bench_is_role(options, "send") || bench_is_role(options, "ping") ||
                   bench_is_role(options, "stay");
    if (connects != (options->at != NULL))
        bench_fail(options->role, "--at goes with send, ping and stay");
    raise_descriptors();
    (void)alarm(ALARM_SECONDS);
}

int bench_is_role(const struct bench_options *options, const char *role)
{
    return strcmp(options->role, role) == 0;
}

void bench_tell_address(const char *address)
{
    if (printf("{\"address\":\"%s\"}\n", address) < 0 || fflush(stdout))
        bench_fail_errno("standard output");
}

void bench_tell_about(const char *name, const char *version)
{
    (void)printf("{\"about\":\"%s %s\"}\n", name, version);
}

void bench_stay_begin(void)
{
    if (printf("{\"ready\":true}\n") < 0 || fflush(stdout))
        bench_fail_errno("standard output");
}

void bench_stay_end(void)
{
    char line[64];
    while (read(STDIN_FILENO, line, sizeof line) > 0)
        continue;
}

void bench_stay(void)
{
    bench_stay_begin();
    bench_stay_end();
}

void bench_pin(int core)
{
    cpu_set_t set;
    if (core < 0)
        return;
    CPU_ZERO(&set);
    CPU_SET((size_t)core, &set);
    if (sched_setaffinity(0, sizeof set, &set))
        bench_fail_errno("sched_setaffinity");
}

void bench_prepare(const struct bench_options *options, char *text)
{
    if (options->size) {
        memset(text, 'x', options->size);
        text[0] = text[options->size - 1] = '"';
    } else {
        memcpy(text, "{\"i\":000000,\"source\":\"" BENCH_SOURCE "\"}", BENCH_SMALL);
    }
}

double bench_cpu(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_SELF, &used);
    return (double)(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void bench_meter_begin(struct bench_meter *meter, const struct bench_options *options)
{
    memset(meter, 0, sizeof *meter);
    meter->count = options->count;
    meter->warm = options->count / WARM_SHARE;
}

void bench_meter_mark(struct bench_meter *meter)
{
    if (meter->seen == meter->warm) {
        meter->began = bench_now();
        meter->cpu_began = bench_cpu();
    } else {
        meter->ended = bench_now();
        meter->cpu_ended = bench_cpu();
    }
}

void bench_report_meter(const struct bench_meter *meter)
{
    uint64_t sum = 0;
    for (long i = 0; i < meter->count; i++)
        sum += bench_number(i);
    if (meter->seen != meter->count || meter->sum != sum)
        bench_fail("recv", "what came is not what was sent");
    double counted = (double)(meter->count - meter->warm);
    double seconds = (double)(meter->ended - meter->began) / 1e9;
    double size = (double)meter->bytes / (double)meter->count;
    (void)printf("{\"values\":%ld,\"seconds\":%.6f,\"rate\":%.1f,\"mb\":%.3f,\"cpu\":%.4f}\n",
                 meter->count, seconds, counted / seconds, counted * size / seconds / 1e6,
                 (meter->cpu_ended - meter->cpu_began) / counted * 1e6);
}

void bench_report_sender(double cpu_began, long count)
{
    (void)printf("{\"cpu\":%.4f}\n", (bench_cpu() - cpu_began) / (double)count * 1e6);
}

void bench_trips_begin(struct bench_trips *trips, const struct bench_options *options)
{
    trips->count = options->count;
    trips->warm = options->count / WARM_SHARE;
    trips->times = (uint32_t *)bench_alloc((size_t)options->count * sizeof *trips->times);
    trips->cpu_began = bench_cpu();
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;
    return (a > b) - (a < b);
}

void bench_report_trips(struct bench_trips *trips)
{
    double cpu = (bench_cpu() - trips->cpu_began) / (double)(trips->count + trips->warm) * 1e6;
    qsort(trips->times, (size_t)trips->count, sizeof *trips->times, compare);
    (void)printf("{\"trips\":%ld,\"p50\":%.2f,\"p99\":%.2f,\"p999\":%.2f,\"cpu\":%.3f}\n",
                 trips->count, trips->times[trips->count / 2] / 1e3,
                 trips->times[trips->count * 99 / 100] / 1e3,
                 trips->times[trips->count * 999 / 1000] / 1e3, cpu);
    free(trips->times);
    trips->times = NULL;
}

const char *bench_certificate(char *text, const char *name)
{
    const char *folder = getenv("NETCHAN_TEST_CERTS");
    (void)snprintf(text, BENCH_PATH_MAX, "%s/%s", folder ? folder : "tests/tls/certs", name);
    return text;
}
