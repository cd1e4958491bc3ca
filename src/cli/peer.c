/* SPDX-License-Identifier: MIT */
/*
 * Exporter or importer, one channel, and the waits around them.
 *
 * The channel has capacity 0 unless an export's -s says else: what is sent is with a link at once
 * and what is received is with the command, so that no value lies between where a failure would
 * count it as delivered, and memory is bounded by the window of the stream. Everything here may
 * wait for the other side; each such wait ends with -w or -t, and by a signal.
 */
#include "cli/peer.h"

#include "cli/address.h"
#include "cli/listen.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define FIRST_PAUSE_MS 10
#define MOST_PAUSE_MS  500
/* -w is the time to appear in: who is there gets this much more to answer. */
#define ANSWER_MS 2000

static int64_t deadline_of(const struct cli_options *options)
{
    return options->wait < 0 ? -1 : cli_clock_ms() + options->wait;
}

static int64_t left_until(int64_t deadline)
{
    if (deadline < 0)
        return -1;
    int64_t now = cli_clock_ms();
    return deadline > now ? deadline - now : 0;
}

/* A wait for time alone, ended by a signal too. */
static int pause_for(int64_t ms)
{
    netchan_select *nothing = NULL;
    int64_t number;
    netchan_value *value;
    int status = netchan_select_new(&nothing);
    if (status == NETCHAN_OK)
        status = netchan_select_wait(nothing, &number, &value, ms, cli_signals_token(CLI_RUNNING));
    netchan_select_unref(nothing);
    if (status == NETCHAN_INTERRUPTED && !cli_signals_came(CLI_RUNNING))
        status = NETCHAN_TIMEOUT; /* some other signal: a shorter pause does no harm */
    return status;
}

/* Looking again for what has not come yet: soon at first, then ever less often. */
static int64_t longer(int64_t pause)
{
    return pause * 2 < MOST_PAUSE_MS ? pause * 2 : MOST_PAUSE_MS;
}

/* Nobody there yet, or the one that was there is going. */
static int may_come(int status)
{
    return status == NETCHAN_REFUSED || status == NETCHAN_LOST;
}

int cli_peer_connect(const struct cli_options *options, int64_t deadline, netchan_importer **out)
{
    int64_t pause = FIRST_PAUSE_MS;
    for (;;) {
        int64_t ms = deadline >= 0 ? left_until(deadline) + ANSWER_MS : options->idle;
        int status = netchan_importer_connect(options->url, options->owner, ms,
                                              cli_signals_token(CLI_RUNNING), out);
        int64_t left = left_until(deadline);
        if (status == NETCHAN_INTERRUPTED && !cli_signals_came(CLI_RUNNING))
            continue;
        if (!may_come(status) || left <= 0)
            return status == NETCHAN_OK ? CLI_DONE : cli_say_status(NULL, status);
        if (pause == FIRST_PAUSE_MS)
            cli_note("%s; waiting", cli_reason(status));
        status = pause_for(pause < left ? pause : left);
        if (status != NETCHAN_TIMEOUT)
            return cli_say_status(options->url, status);
        pause = longer(pause);
    }
}

/* One try to import the channel over a link that stands. */
static int import(struct cli_peer *peer, int64_t deadline)
{
    const struct cli_options *options = peer->options;
    int64_t ms = options->idle;
    if (deadline >= 0) {
        char text[24];
        int64_t left = left_until(deadline);
        (void)snprintf(text, sizeof text, "%lld", (long long)left);
        int status = netchan_options_set(options->bind, "wait", text);
        if (status)
            return status;
        ms = left + ANSWER_MS;
    }
    int status;
    do {
        status = netchan_importer_import(peer->importer, options->name, peer->channel,
                                         options->direction, options->size, options->count,
                                         options->bind, ms, cli_signals_token(CLI_RUNNING));
    } while (status == NETCHAN_INTERRUPTED && !cli_signals_came(CLI_RUNNING));
    return status;
}

/* An exporter that goes while the channel is being imported is waited for like one that has not
 * come yet. */
static int open_importer(struct cli_peer *peer)
{
    int64_t deadline = deadline_of(peer->options);
    for (;;) {
        int status = cli_peer_connect(peer->options, deadline, &peer->importer);
        if (status)
            return status;
        status = import(peer, deadline);
        if (status == NETCHAN_OK) {
            peer->patience.appeared = 1;
            cli_note("connected to %s", peer->options->url);
            return CLI_DONE;
        }
        if (!may_come(status) || left_until(deadline) <= 0)
            return cli_say_status(NULL, status);
        netchan_importer_unref(peer->importer);
        peer->importer = NULL;
    }
}

static int open_exporter(struct cli_peer *peer)
{
    const struct cli_options *options = peer->options;
    int status = netchan_exporter_new(options->owner, &peer->exporter);
    /* The name first: nobody who connects finds the exporter without it. */
    if (status == NETCHAN_OK)
        status = netchan_exporter_export(peer->exporter, options->name, peer->channel,
                                         options->direction, options->bind);
    if (status)
        return cli_say_status(NULL, status);
    status = cli_listen(peer->exporter, options->url, options->idle);
    if (status)
        return status;
    status =
        cli_address_tell(peer->exporter, options->url, options->verbose, options->address_file);
    peer->wrote_address_file = status == CLI_DONE && options->address_file;
    return status;
}

static int open_errors(struct cli_peer *peer)
{
    if (!peer->options->verbose)
        return CLI_DONE;
    int status = peer->exporter ? netchan_exporter_errors(peer->exporter, &peer->errors)
                                : netchan_importer_errors(peer->importer, &peer->errors);
    return status ? cli_say_status(NULL, status) : CLI_DONE;
}

int cli_peer_open(struct cli_peer *peer, const struct cli_options *options)
{
    memset(peer, 0, sizeof *peer);
    peer->options = options;
    size_t capacity = options->command == CLI_EXPORT ? (size_t)options->size : 0;
    int status = netchan_channel_new(capacity, &peer->channel);
    if (status)
        return cli_say_status(NULL, status);
    cli_patience_begin(&peer->patience, options->wait, options->idle);
    status = options->command == CLI_EXPORT ? open_exporter(peer) : open_importer(peer);
    if (status == CLI_DONE)
        status = open_errors(peer);
    cli_patience_moved(&peer->patience, 0);
    return status;
}

/* ---- Figures ----------------------------------------------------------------------------------
 */

static int64_t member_of(const netchan_value *value, int64_t node, const char *name)
{
    return netchan_value_member(value, node, name, strlen(name));
}

static int64_t integer_of(const netchan_value *value, int64_t node, const char *name)
{
    int64_t number = 0;
    node = member_of(value, node, name);
    return node < 0 || netchan_value_integer(value, node, &number) ? 0 : number;
}

/* How many streams there are, and a sum that changes whenever a value moves. */
static int64_t read_figures(struct cli_peer *peer, uint64_t *sum)
{
    static const char *const moving[] = {"sent", "received", "taken"};
    netchan_value *stats = NULL;
    *sum = 0;
    int status = peer->exporter ? netchan_exporter_stats(peer->exporter, &stats)
                                : netchan_importer_stats(peer->importer, &stats);
    if (status)
        return 0;
    int64_t streams = member_of(stats, 0, "streams");
    int64_t count = streams < 0 ? 0 : netchan_value_size(stats, streams);
    int64_t node = count > 0 ? netchan_value_element(stats, streams, 0) : -1;
    *sum = (uint64_t)count;
    for (; node >= 0; node = netchan_value_next(stats, node, NULL, NULL)) {
        for (size_t i = 0; i < sizeof moving / sizeof *moving; i++)
            *sum += (uint64_t)integer_of(stats, node, moving[i]);
    }
    netchan_value_unref(stats);
    return count;
}

void cli_peer_watch(struct cli_peer *peer)
{
    peer->watching = 1;
    (void)read_figures(peer, &peer->figures);
    cli_patience_moved(&peer->patience, 0);
}

int cli_peer_judge(struct cli_peer *peer)
{
    const struct cli_options *options = peer->options;
    enum cli_verdict verdict = cli_patience_judge(&peer->patience);
    if (verdict == CLI_GO_ON)
        return CLI_DONE;
    uint64_t figures;
    int64_t streams = read_figures(peer, &figures);
    int moved = peer->watching && figures != peer->figures;
    peer->figures = figures;
    if (verdict == CLI_NOBODY_CAME && streams > 0) {
        cli_patience_moved(&peer->patience, 1);
        return CLI_DONE;
    }
    if (verdict == CLI_NOBODY_CAME)
        return cli_say(CLI_CHANNEL ": no importer came within %.3g seconds", options->name,
                       (double)options->wait / 1000);
    if (!moved)
        return cli_say(CLI_CHANNEL ": nothing moved for %.3g seconds", options->name,
                       (double)options->idle / 1000);
    cli_patience_moved(&peer->patience, 0);
    return CLI_DONE;
}

/* ---- Waits ------------------------------------------------------------------------------------
 */

int cli_peer_drain(struct cli_peer *peer, int64_t ms)
{
    netchan_cancel *token = cli_signals_token(CLI_ENDING);
    return peer->exporter ? netchan_exporter_drain(peer->exporter, NETCHAN_TAKEN, ms, token)
                          : netchan_importer_drain(peer->importer, NETCHAN_TAKEN, ms, token);
}

int cli_peer_await_importer(struct cli_peer *peer)
{
    int64_t pause = FIRST_PAUSE_MS;
    uint64_t figures;
    while (!peer->patience.appeared && read_figures(peer, &figures) == 0) {
        int64_t left = cli_patience_left(&peer->patience);
        int status = pause_for(pause < left ? pause : left);
        if (status == NETCHAN_INTERRUPTED)
            return CLI_DONE; /* whoever ends the command does not want to wait */
        if (status != NETCHAN_TIMEOUT)
            return cli_say_status(NULL, status);
        if (cli_peer_judge(peer))
            return CLI_FAILED;
        pause = longer(pause);
    }
    cli_patience_moved(&peer->patience, 1);
    return CLI_DONE;
}

/* Borrowed from the value; "" when there is no such member. */
static const char *text_of(const netchan_value *value, const char *name, int *length)
{
    const char *text = "";
    size_t bytes = 0;
    int64_t node = member_of(value, 0, name);
    if (node >= 0)
        (void)netchan_value_string(value, node, &text, &bytes);
    *length = (int)bytes;
    return text;
}

void cli_peer_tell_note(const netchan_value *entry)
{
    int whose, what;
    const char *who = text_of(entry, "peer", &whose);
    const char *text = text_of(entry, "text", &what);
    cli_note("%.*s%s%.*s", whose, who, whose ? ": " : "", what, text);
}

void cli_peer_tell_notes(struct cli_peer *peer)
{
    while (peer->errors) {
        netchan_value *value;
        int status = netchan_channel_recv(peer->errors, &value, 0, NULL);
        if (status == NETCHAN_TIMEOUT || status == NETCHAN_INTERRUPTED)
            return;
        if (status) {
            netchan_channel_unref(peer->errors);
            peer->errors = NULL;
            return;
        }
        cli_peer_tell_note(value);
        netchan_value_unref(value);
    }
}

static void wait_closed(struct cli_peer *peer)
{
    netchan_cancel *token = cli_signals_token(CLI_ENDING);
    int status;
    do {
        status = peer->exporter ? netchan_exporter_wait_closed(peer->exporter, -1, token)
                                : netchan_importer_wait_closed(peer->importer, -1, token);
    } while (status == NETCHAN_INTERRUPTED && !cli_signals_came(CLI_ENDING));
}

void cli_peer_close(struct cli_peer *peer)
{
    if (peer->exporter || peer->importer)
        wait_closed(peer);
    cli_peer_tell_notes(peer);
    if (peer->wrote_address_file)
        (void)unlink(peer->options->address_file);
    netchan_channel_unref(peer->errors);
    netchan_channel_unref(peer->channel);
    netchan_exporter_unref(peer->exporter);
    netchan_importer_unref(peer->importer);
}
