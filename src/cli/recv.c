/* SPDX-License-Identifier: MIT */
/*
 * A channel to standard output.
 *
 * What is there is taken in batches and written in blocks; before every wait the block is written
 * out, so that a slow stream shows each value at once and a fast one costs few system calls. Every
 * value taken out of the channel is either written or told as not delivered.
 */
#include "cli/transfer.h"

#include "cli/output.h"
#include "cli/say.h"

#include <errno.h>
#include <string.h>

struct receiver {
    struct cli_peer *peer;
    struct cli_output output;
    netchan_select *select; /* case 0: the channel; with -v case 1: the errors */
    enum cli_phase phase;
    int status; /* the exit status */
    int over;   /* nothing more is to be received */
};

static int64_t wanted(const struct receiver *receiver)
{
    int64_t count = receiver->peer->options->count;
    return count < 0 ? CLI_BATCH : count - (int64_t)receiver->output.values;
}

/* No more values are taken from peers; those that are here already stay readable. */
static void close_channel(struct receiver *receiver)
{
    receiver->phase = CLI_ENDING;
    (void)netchan_channel_close(receiver->peer->channel);
}

static void take(struct receiver *receiver, netchan_value *value)
{
    (void)cli_output_value(&receiver->output, value);
    netchan_value_unref(value);
}

/* The channel has ended, or the wait has. */
static void handle(struct receiver *receiver, int status)
{
    struct cli_peer *peer = receiver->peer;
    const char *name = peer->options->name;
    if (status == NETCHAN_CLOSED) {
        receiver->over = 1;
    } else if (status == NETCHAN_TIMEOUT) {
        receiver->over = cli_peer_judge(peer) != CLI_DONE;
        receiver->status = receiver->over ? CLI_FAILED : receiver->status;
    } else if (status != NETCHAN_INTERRUPTED) {
        receiver->status = cli_say(CLI_CHANNEL ": %s", name, cli_reason(status));
        receiver->over = 1;
    } else if (cli_signals_came(CLI_ENDING)) {
        receiver->status = cli_say("stopped");
        receiver->over = 1;
    } else if (cli_signals_came(CLI_RUNNING) && receiver->phase == CLI_RUNNING) {
        close_channel(receiver);
    }
}

/* Takes what is there without waiting. 0: there was something. */
static int take_batch(struct receiver *receiver)
{
    netchan_value *values[CLI_BATCH];
    int64_t most = wanted(receiver);
    int64_t count = netchan_channel_recv_many(receiver->peer->channel, values,
                                              (size_t)(most < CLI_BATCH ? most : CLI_BATCH), 0,
                                              cli_signals_token(receiver->phase));
    if (count < 0)
        return (int)count;
    for (int64_t i = 0; i < count; i++)
        take(receiver, values[i]);
    cli_patience_moved(&receiver->peer->patience, 1);
    cli_progress("received", receiver->output.values, receiver->output.total);
    return NETCHAN_OK;
}

/* Waits for the next value and takes it. With -v errors are told as they come. */
static void await_value(struct receiver *receiver)
{
    struct cli_peer *peer = receiver->peer;
    int64_t number = -1;
    netchan_value *value = NULL;
    int status =
        netchan_select_wait(receiver->select, &number, &value, cli_patience_left(&peer->patience),
                            cli_signals_token(receiver->phase));
    if (status == NETCHAN_OK && number == 0) {
        take(receiver, value);
        cli_patience_moved(&peer->patience, 1);
    } else if (number > 0) {
        if (status == NETCHAN_OK)
            cli_peer_tell_note(value);
        else
            (void)netchan_select_enable(receiver->select, number, 0);
        netchan_value_unref(value);
    } else {
        handle(receiver, status);
    }
}

static int make_select(struct receiver *receiver)
{
    int64_t number = netchan_select_new(&receiver->select);
    if (number == NETCHAN_OK)
        number = netchan_select_add_recv(receiver->select, receiver->peer->channel);
    if (number >= 0 && receiver->peer->errors)
        number = netchan_select_add_recv(receiver->select, receiver->peer->errors);
    return number < 0 ? cli_say_status(NULL, (int)number) : CLI_DONE;
}

static void receive(struct receiver *receiver)
{
    while (!receiver->over && wanted(receiver) > 0 && !receiver->output.error) {
        int status = take_batch(receiver);
        if (status == NETCHAN_OK)
            continue;
        if (status != NETCHAN_TIMEOUT) {
            handle(receiver, status);
        } else if (!cli_output_is_empty(&receiver->output)) {
            (void)cli_output_flush(&receiver->output);
        } else {
            await_value(receiver);
        }
    }
}

/* Values that were taken, or lie here for nobody else to take, and cannot be written. */
static int say_undelivered(struct receiver *receiver)
{
    struct cli_output *output = &receiver->output;
    netchan_value *value;
    (void)netchan_channel_close(receiver->peer->channel);
    while (netchan_channel_recv(receiver->peer->channel, &value, 0, NULL) == NETCHAN_OK) {
        output->values++;
        netchan_value_unref(value);
    }
    unsigned long long first = output->delivered + 1;
    unsigned long long last = output->values;
    const char *reason = strerror(output->error);
    if (first > last)
        return cli_say("standard output: %s", reason);
    if (first == last)
        return cli_say("standard output: %s: value %llu was not delivered", reason, first);
    return cli_say("standard output: %s: value %llu and the %llu received after it were not "
                   "delivered",
                   reason, first, last - first);
}

static int finish(struct receiver *receiver)
{
    const struct cli_options *options = receiver->peer->options;
    struct cli_output *output = &receiver->output;
    if (cli_output_close(output))
        return say_undelivered(receiver);
    if (options->count >= 0 && output->values != (uint64_t)options->count)
        return cli_say(CLI_CHANNEL ": %llu of %lld values were received", options->name,
                       (unsigned long long)output->values, (long long)options->count);
    if (cli_say_is_chatty())
        (void)cli_say("%llu values were received", (unsigned long long)output->values);
    return receiver->status;
}

int cli_recv(struct cli_peer *peer)
{
    struct receiver receiver = {0};
    receiver.peer = peer;
    receiver.phase = CLI_RUNNING;
    int status = make_select(&receiver);
    if (status == CLI_DONE)
        status = cli_output_begin(&receiver.output);
    if (status == CLI_DONE) {
        receive(&receiver);
        status = finish(&receiver);
    }
    cli_output_free(&receiver.output);
    netchan_select_unref(receiver.select);
    return status;
}
