/* SPDX-License-Identifier: MIT */
/*
 * netchan, driven through netchan.h alone and as its users do: a text a send, a value a receive,
 * default sizes, and everything drained until it was taken at the end. --batch is for users who
 * have many values at a time. Here stand the roles in which values travel.
 */
#include "roles.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FOREVER (-1)

int64_t bench_check(int64_t result, const char *what)
{
    if (result < 0) {
        const char *text = netchan_error_text();
        bench_fail(what, *text ? text : netchan_strerror((int)result));
    }
    return result;
}

netchan_channel *bench_new_channel(const struct bench_options *options)
{
    netchan_channel *channel;
    bench_check(netchan_channel_new((size_t)options->capacity, &channel), "netchan_channel_new");
    return channel;
}

/* Room for as many streams as are asked for, where the default is not enough. */
static netchan_options *new_limits(const struct bench_options *options)
{
    const long least = 1024;
    char text[24];
    netchan_options *limits;
    long streams = options->streams < least ? least : options->streams;
    (void)snprintf(text, sizeof text, "%ld", streams);
    bench_check(netchan_options_new(&limits), "netchan_options_new");
    bench_check(netchan_options_set(limits, "limit.streams", text), "limit.streams");
    return limits;
}

static void set_file(netchan_options *options, const char *key, const char *name)
{
    char path[BENCH_PATH_MAX];
    bench_check(netchan_options_set(options, key, bench_certificate(path, name)), key);
}

netchan_exporter *bench_new_exporter(const struct bench_options *options)
{
    netchan_exporter *exporter;
    netchan_options *limits = new_limits(options);
    if (options->tls) {
        set_file(limits, "tls.cert", "server.pem");
        set_file(limits, "tls.key", "server.key");
    }
    bench_check(netchan_exporter_new(limits, &exporter), "netchan_exporter_new");
    netchan_options_unref(limits);
    return exporter;
}

netchan_importer *bench_new_importer(const struct bench_options *options)
{
    netchan_importer *importer;
    netchan_options *limits = new_limits(options);
    if (options->tls)
        set_file(limits, "tls.ca", "ca.pem");
    bench_check(netchan_importer_connect(options->at, limits, FOREVER, NULL, &importer),
                "netchan_importer_connect");
    netchan_options_unref(limits);
    return importer;
}

void bench_listen(netchan_exporter *exporter, const struct bench_options *options)
{
    const char *url = options->tls ? "tls://127.0.0.1:0" : "tcp://127.0.0.1:0";
    bench_check(netchan_exporter_listen(exporter, url, FOREVER, NULL), "netchan_exporter_listen");
    bench_tell_address(netchan_exporter_address(exporter, 0));
}

const char *bench_name(char *text, long k)
{
    (void)snprintf(text, BENCH_NAME, "bench/%ld", k);
    return text;
}

void bench_end_exporter(netchan_exporter *exporter)
{
    bench_check(netchan_exporter_wait_closed(exporter, FOREVER, NULL),
                "netchan_exporter_wait_closed");
    netchan_exporter_unref(exporter);
}

void bench_end_importer(netchan_importer *importer)
{
    bench_check(netchan_importer_wait_closed(importer, FOREVER, NULL),
                "netchan_importer_wait_closed");
    netchan_importer_unref(importer);
}

/* ---- Receiving ------------------------------------------------------------------------------ */

static void take_tree(struct bench_meter *meter, const netchan_value *value)
{
    int64_t number = 0;
    const char *source = "";
    size_t length = 0;
    size_t bytes;
    int64_t i = bench_check(netchan_value_member(value, 0, "i", 1), "member i");
    int64_t from = bench_check(netchan_value_member(value, 0, "source", 6), "member source");
    bench_check(netchan_value_integer(value, i, &number), "member i");
    bench_check(netchan_value_string(value, from, &source, &length), "member source");
    if (length != sizeof BENCH_SOURCE - 1 || memcmp(source, BENCH_SOURCE, length) != 0)
        bench_fail("recv", "a value is not what was sent");
    (void)netchan_value_text(value, &bytes);
    bench_took(meter, bytes, (unsigned)number);
}

static void take(struct bench_meter *meter, const struct bench_options *options,
                 netchan_value *value)
{
    if (options->tree) {
        take_tree(meter, value);
    } else {
        size_t length;
        const char *text = netchan_value_text(value, &length);
        bench_took_text(meter, options, text, length);
    }
    netchan_value_unref(value);
}

static void take_one_by_one(struct bench_meter *meter, const struct bench_options *options,
                            netchan_channel *channel)
{
    while (!bench_is_whole(meter)) {
        netchan_value *value;
        bench_check(netchan_channel_recv(channel, &value, FOREVER, NULL), "netchan_channel_recv");
        take(meter, options, value);
    }
}

static void take_batches(struct bench_meter *meter, const struct bench_options *options,
                         netchan_channel *channel)
{
    while (!bench_is_whole(meter)) {
        netchan_value *values[BENCH_MOST_BATCH];
        int64_t count = bench_check(
            netchan_channel_recv_many(channel, values, (size_t)options->batch, FOREVER, NULL),
            "netchan_channel_recv_many");
        for (int64_t i = 0; i < count; i++)
            take(meter, options, values[i]);
    }
}

/* Every stream feeds the same channel. */
static void run_recv(const struct bench_options *options)
{
    struct bench_meter meter;
    netchan_value *value;
    char name[BENCH_NAME];
    netchan_channel *channel = bench_new_channel(options);
    netchan_exporter *exporter = bench_new_exporter(options);
    for (long k = 0; k < options->streams; k++)
        bench_check(
            netchan_exporter_export(exporter, bench_name(name, k), channel, NETCHAN_RECV, NULL),
            "netchan_exporter_export");
    bench_listen(exporter, options);
    bench_meter_begin(&meter, options);
    if (options->batch > 1)
        take_batches(&meter, options, channel);
    else
        take_one_by_one(&meter, options, channel);
    if (netchan_channel_recv(channel, &value, FOREVER, NULL) != NETCHAN_CLOSED)
        bench_fail("recv", "behind the last value stands no end");
    bench_report_meter(&meter);
    bench_end_exporter(exporter);
    netchan_channel_unref(channel);
}

/* ---- Sending -------------------------------------------------------------------------------- */

struct sender {
    const struct bench_options *options;
    netchan_importer **importers;
    netchan_channel **channels; /* of all links */
    long open, busy;            /* of them; the first busy ones are used in turn */
    netchan_builder *builder;   /* --tree */
    char *text;
};

static void open_sender(struct sender *sender, const struct bench_options *options)
{
    char name[BENCH_NAME];
    memset(sender, 0, sizeof *sender);
    sender->options = options;
    sender->busy = options->links * options->busy;
    sender->importers =
        (netchan_importer **)bench_alloc((size_t)options->links * sizeof *sender->importers);
    sender->channels = (netchan_channel **)bench_alloc((size_t)(options->links * options->streams) *
                                                       sizeof *sender->channels);
    for (long link = 0; link < options->links; link++) {
        sender->importers[link] = bench_new_importer(options);
        for (long k = 0; k < options->streams; k++) {
            netchan_channel *channel = bench_new_channel(options);
            bench_check(netchan_importer_import(sender->importers[link], bench_name(name, k),
                                                channel, NETCHAN_SEND, options->window, -1, NULL,
                                                FOREVER, NULL),
                        "netchan_importer_import");
            sender->channels[sender->open++] = channel;
        }
    }
    sender->text = (char *)bench_alloc(bench_length(options));
    bench_prepare(options, sender->text);
    bench_check(netchan_builder_new(&sender->builder), "netchan_builder_new");
}

static void close_sender(struct sender *sender)
{
    for (long i = 0; i < sender->open; i++)
        netchan_channel_unref(sender->channels[i]);
    for (long link = 0; link < sender->options->links; link++)
        bench_end_importer(sender->importers[link]);
    netchan_builder_unref(sender->builder);
    free(sender->importers);
    free(sender->channels);
    free(sender->text);
}

static void send_texts(struct sender *sender)
{
    const struct bench_options *options = sender->options;
    size_t length = bench_length(options);
    for (long i = 0; i < options->count; i++) {
        bench_write_number(options, sender->text, i);
        bench_check(netchan_channel_send_text(sender->channels[i % sender->busy], sender->text,
                                              length, FOREVER, NULL),
                    "netchan_channel_send_text");
    }
}

static netchan_value *build(netchan_builder *builder, long i)
{
    netchan_value *value;
    (void)netchan_builder_begin_object(builder);
    (void)netchan_builder_key(builder, "i", 1);
    (void)netchan_builder_integer(builder, bench_number(i));
    (void)netchan_builder_key(builder, "source", 6);
    (void)netchan_builder_string(builder, BENCH_SOURCE, sizeof BENCH_SOURCE - 1);
    (void)netchan_builder_end_object(builder);
    bench_check(netchan_builder_finish(builder, &value), "netchan_builder_finish");
    return value;
}

static void send_trees(struct sender *sender)
{
    for (long i = 0; i < sender->options->count; i++) {
        netchan_value *value = build(sender->builder, i);
        bench_check(netchan_channel_send(sender->channels[i % sender->busy], value, FOREVER, NULL),
                    "netchan_channel_send");
        netchan_value_unref(value);
    }
}

static void send_batch(netchan_channel *channel, netchan_value **values, size_t count)
{
    for (size_t sent = 0; sent < count;)
        sent += (size_t)bench_check(
            netchan_channel_send_many(channel, values + sent, count - sent, FOREVER, NULL),
            "netchan_channel_send_many");
    for (size_t i = 0; i < count; i++)
        netchan_value_unref(values[i]);
}

static void send_batches(struct sender *sender)
{
    const struct bench_options *options = sender->options;
    netchan_value *values[BENCH_MOST_BATCH];
    size_t length = bench_length(options);
    size_t count = 0;
    for (long i = 0; i < options->count; i++) {
        bench_write_number(options, sender->text, i);
        bench_check(netchan_value_new(sender->text, length, &values[count++]), "netchan_value_new");
        if (count == (size_t)options->batch || i == options->count - 1) {
            send_batch(sender->channels[i / options->batch % sender->busy], values, count);
            count = 0;
        }
    }
}

static void run_send(const struct bench_options *options)
{
    struct sender sender;
    open_sender(&sender, options);
    double began = bench_cpu();
    if (options->tree)
        send_trees(&sender);
    else if (options->batch > 1)
        send_batches(&sender);
    else
        send_texts(&sender);
    for (long i = 0; i < sender.open; i++)
        bench_check(netchan_channel_close(sender.channels[i]), "netchan_channel_close");
    for (long link = 0; link < options->links; link++)
        bench_check(netchan_importer_drain(sender.importers[link], NETCHAN_TAKEN, FOREVER, NULL),
                    "netchan_importer_drain");
    bench_report_sender(began, options->count);
    close_sender(&sender);
}

/* ---- Round trips ---------------------------------------------------------------------------- */

#define THERE "bench/there"
#define BACK  "bench/back"

static void run_pong(const struct bench_options *options)
{
    netchan_channel *there = bench_new_channel(options);
    netchan_channel *back = bench_new_channel(options);
    netchan_exporter *exporter = bench_new_exporter(options);
    bench_check(netchan_exporter_export(exporter, THERE, there, NETCHAN_RECV, NULL), THERE);
    bench_check(netchan_exporter_export(exporter, BACK, back, NETCHAN_SEND, NULL), BACK);
    bench_listen(exporter, options);
    double began = bench_cpu();
    for (;;) {
        netchan_value *value;
        int status = netchan_channel_recv(there, &value, FOREVER, NULL);
        if (status == NETCHAN_CLOSED)
            break;
        bench_check(status, "netchan_channel_recv");
        bench_check(netchan_channel_send(back, value, FOREVER, NULL), "netchan_channel_send");
        netchan_value_unref(value);
    }
    bench_report_sender(began, options->count);
    bench_end_exporter(exporter);
    netchan_channel_unref(there);
    netchan_channel_unref(back);
}

static void run_ping(const struct bench_options *options)
{
    struct bench_trips trips;
    size_t length = bench_length(options);
    char *text = (char *)bench_alloc(length);
    netchan_channel *there = bench_new_channel(options);
    netchan_channel *back = bench_new_channel(options);
    netchan_importer *importer = bench_new_importer(options);
    bench_check(netchan_importer_import(importer, THERE, there, NETCHAN_SEND, options->window, -1,
                                        NULL, FOREVER, NULL),
                THERE);
    bench_check(netchan_importer_import(importer, BACK, back, NETCHAN_RECV, options->window, -1,
                                        NULL, FOREVER, NULL),
                BACK);
    bench_prepare(options, text);
    bench_trips_begin(&trips, options);
    for (long i = -trips.warm; i < trips.count; i++) {
        netchan_value *value;
        uint64_t began = bench_now();
        bench_write_number(options, text, i + trips.warm);
        bench_check(netchan_channel_send_text(there, text, length, FOREVER, NULL),
                    "netchan_channel_send_text");
        bench_check(netchan_channel_recv(back, &value, FOREVER, NULL), "netchan_channel_recv");
        bench_trips_add(&trips, i, began);
        netchan_value_unref(value);
    }
    bench_report_trips(&trips);
    bench_check(netchan_channel_close(there), "netchan_channel_close");
    bench_check(netchan_importer_drain(importer, NETCHAN_TAKEN, FOREVER, NULL),
                "netchan_importer_drain");
    bench_end_importer(importer);
    netchan_channel_unref(there);
    netchan_channel_unref(back);
    free(text);
}

static void run_about(const struct bench_options *options)
{
    (void)options;
    bench_tell_about("netchan", netchan_version());
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const struct bench_options *options);
    } roles[] = {
        {"recv", run_recv},         {"send", run_send},       {"pong", run_pong},
        {"ping", run_ping},         {"hold", bench_run_hold}, {"stay", bench_run_stay},
        {"local", bench_run_local}, {"about", run_about},
    };
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++) {
        if (bench_is_role(&options, roles[i].name)) {
            roles[i].run(&options);
            return 0;
        }
    }
    bench_fail(options.role, "not a role of this driver");
}
