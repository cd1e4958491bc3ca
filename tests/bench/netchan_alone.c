/* SPDX-License-Identifier: MIT */
/*
 * The roles of the netchan driver in which nothing travels: a channel between two threads of one
 * process, and links and streams that only stand there. run.py reads the memory of a process that
 * holds them from outside.
 */
#include "roles.h"

#include <pthread.h>
#include <stdlib.h>

#define FOREVER (-1)

/* ---- A channel inside a process ------------------------------------------------------------- */

struct local_sender {
    const struct bench_options *options;
    netchan_channel *channel;
    netchan_value **values;
};

/* A batch never reaches over the end of the values that are sent round and round. */
static size_t batch_at(const struct bench_options *options, long i)
{
    long room = BENCH_MOST_BATCH - i % BENCH_MOST_BATCH;
    long left = options->count - i;
    long count = options->batch;
    count = room < count ? room : count;
    return (size_t)(left < count ? left : count);
}

static void *send_all(void *argument)
{
    struct local_sender *sender = (struct local_sender *)argument;
    const struct bench_options *options = sender->options;
    bench_pin(options->cores[1]);
    for (long i = 0; i < options->count;) {
        netchan_value **next = &sender->values[i % BENCH_MOST_BATCH];
        if (options->batch > 1) {
            i += (long)bench_check(netchan_channel_send_many(sender->channel, next,
                                                             batch_at(options, i), FOREVER, NULL),
                                   "netchan_channel_send_many");
        } else {
            bench_check(netchan_channel_send(sender->channel, *next, FOREVER, NULL),
                        "netchan_channel_send");
            i++;
        }
    }
    bench_check(netchan_channel_close(sender->channel), "netchan_channel_close");
    return NULL;
}

static void took_local(struct bench_meter *meter, const struct bench_options *options,
                       netchan_value *const *values, netchan_value *value)
{
    if (value != values[meter->seen % BENCH_MOST_BATCH])
        bench_fail("local", "a value is out of order");
    bench_took(meter, bench_length(options), bench_number(meter->seen));
    netchan_value_unref(value);
}

static void take_local(struct bench_meter *meter, const struct local_sender *sender)
{
    const struct bench_options *options = sender->options;
    while (!bench_is_whole(meter)) {
        netchan_value *got[BENCH_MOST_BATCH];
        int64_t count = 1;
        if (options->batch > 1)
            count = bench_check(netchan_channel_recv_many(sender->channel, got,
                                                          (size_t)options->batch, FOREVER, NULL),
                                "netchan_channel_recv_many");
        else
            bench_check(netchan_channel_recv(sender->channel, &got[0], FOREVER, NULL),
                        "netchan_channel_recv");
        for (int64_t i = 0; i < count; i++)
            took_local(meter, options, sender->values, got[i]);
    }
}

void bench_run_local(const struct bench_options *options)
{
    _Alignas(BENCH_APART) struct bench_meter meter;
    pthread_t thread;
    _Alignas(BENCH_APART) netchan_value *values[BENCH_MOST_BATCH];
    _Alignas(BENCH_APART) struct local_sender sender = {options, bench_new_channel(options),
                                                        values};
    char *text = (char *)bench_alloc(bench_length(options));
    bench_prepare(options, text);
    for (long i = 0; i < BENCH_MOST_BATCH; i++) {
        bench_write_number(options, text, i);
        bench_check(netchan_value_new(text, bench_length(options), &values[i]),
                    "netchan_value_new");
    }
    bench_pin(options->cores[0]);
    bench_meter_begin(&meter, options);
    if (pthread_create(&thread, NULL, send_all, &sender))
        bench_fail("pthread_create", "no thread");
    take_local(&meter, &sender);
    (void)pthread_join(thread, NULL);
    bench_report_meter(&meter);
    for (long i = 0; i < BENCH_MOST_BATCH; i++)
        netchan_value_unref(values[i]);
    netchan_channel_unref(sender.channel);
    free(text);
}

/* ---- Links and streams that stand there ----------------------------------------------------- */

/* A channel for each name: what is measured is the difference that an importer makes. */
void bench_run_hold(const struct bench_options *options)
{
    char name[BENCH_NAME];
    int direction = options->sends ? NETCHAN_SEND : NETCHAN_RECV;
    netchan_exporter *exporter = bench_new_exporter(options);
    for (long k = 0; k < options->streams; k++) {
        netchan_channel *channel = bench_new_channel(options);
        bench_check(
            netchan_exporter_export(exporter, bench_name(name, k), channel, direction, NULL),
            "netchan_exporter_export");
        netchan_channel_unref(channel);
    }
    bench_listen(exporter, options);
    bench_stay();
    bench_end_exporter(exporter);
}

void bench_run_stay(const struct bench_options *options)
{
    char name[BENCH_NAME];
    int direction = options->sends ? NETCHAN_RECV : NETCHAN_SEND;
    netchan_importer **importers =
        (netchan_importer **)bench_alloc((size_t)options->links * sizeof *importers);
    for (long link = 0; link < options->links; link++) {
        importers[link] = bench_new_importer(options);
        for (long k = 0; k < options->streams; k++) {
            netchan_channel *channel = bench_new_channel(options);
            bench_check(netchan_importer_import(importers[link], bench_name(name, k), channel,
                                                direction, 0, -1, NULL, FOREVER, NULL),
                        "netchan_importer_import");
            netchan_channel_unref(channel);
        }
    }
    bench_stay();
    for (long link = 0; link < options->links; link++)
        bench_check(netchan_importer_close(importers[link]), "netchan_importer_close");
    for (long link = 0; link < options->links; link++)
        bench_end_importer(importers[link]);
    free(importers);
}
