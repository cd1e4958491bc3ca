/* SPDX-License-Identifier: MIT */
/*
 * Standard input into a channel.
 *
 * Three steps in turn: cut and check values until there is no whole one left, put them into the
 * channel, read on. Whatever ends the reading, the end of input, a bad text, a count or a signal,
 * what was read before it is still sent, and the end is the same: close the channel and wait until
 * the other side has taken everything. Only then was it delivered.
 */
#include "cli/transfer.h"

#include "cli/input.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PROGRESS_MS 250
/* Losses that a drain tells one by one; a bound, should they never end. */
#define MOST_LOSSES 1000

/* Why no more is read. */
enum stop { NOT_YET, INPUT_ENDED, COUNT_REACHED, INPUT_BAD, SIGNALLED, CHANNEL_ENDED, GIVEN_UP };

struct sender {
    struct cli_peer *peer;
    struct cli_input input;
    netchan_value *values[CLI_BATCH];
    const char *places[CLI_BATCH]; /* of their texts, in the input's bytes */
    size_t count;                  /* of them in use */
    uint64_t sent, bytes;          /* put into the channel */
    enum stop stop;
};

/* ---- Reading ----------------------------------------------------------------------------------
 */

static void stop(struct sender *sender, enum stop why)
{
    sender->stop = why;
}

/* A place in a text, both from 1, as the library's check tells it. */
struct place {
    uint64_t line, column;
};

/* Takes the place off the front of a reason. Without one it is the beginning. */
static const char *split_reason(const char *reason, struct place *place)
{
    unsigned long long line, column;
    int used = 0;
    const char *at = strstr(reason, "line ");
    place->line = place->column = 1;
    if (!at || sscanf(at, "line %llu, column %llu: %n", &line, &column, &used) != 2 || !used)
        return reason;
    place->line = line;
    place->column = column;
    return at + used;
}

/* Says what is wrong with a text, and where in the input. */
static void say_fault(struct sender *sender, const struct cli_piece *piece, const char *reason)
{
    struct place place;
    uint64_t line, column;
    reason = split_reason(reason, &place);
    cli_input_where(&sender->input, piece->text, &line, &column);
    column = place.line == 1 ? column + place.column - 1 : place.column;
    line += place.line - 1;
    (void)cli_say("standard input: line %llu, column %llu: %s", (unsigned long long)line,
                  (unsigned long long)column, reason);
    stop(sender, INPUT_BAD);
}

static void add_value(struct sender *sender, const struct cli_piece *piece)
{
    netchan_value **value = &sender->values[sender->count];
    int status = netchan_value_new(piece->text, piece->length, value);
    if (status == NETCHAN_OK) {
        sender->places[sender->count++] = piece->text;
    } else if (status == NETCHAN_VALUE || status == NETCHAN_LIMIT) {
        say_fault(sender, piece, cli_reason(status));
    } else {
        (void)cli_say_status("standard input", status);
        stop(sender, GIVEN_UP);
    }
}

/* Is a fault only that the text was cut off? Then it lies where the text ends, or in a word that
 * begins shortly before. */
static int is_at_end(struct sender *sender, const struct cli_piece *piece, const char *reason)
{
    const uint64_t word = 32;
    struct place fault;
    struct place begin, end;
    (void)split_reason(reason, &fault);
    cli_input_where(&sender->input, piece->text, &begin.line, &begin.column);
    cli_input_where(&sender->input, piece->text + piece->length, &end.line, &end.column);
    if (fault.line != end.line - begin.line + 1)
        return 0;
    if (end.line == begin.line)
        fault.column += begin.column - 1;
    return fault.column + word >= end.column;
}

/* More bytes than a value may have: said of the whole value, unless its first bytes are wrong
 * already, as they are behind a bracket that was never closed. */
static void add_long(struct sender *sender, const struct cli_piece *piece)
{
    char reason[128];
    netchan_value *value = NULL;
    int status = netchan_value_new(piece->text, piece->length, &value);
    netchan_value_unref(value);
    if (status == NETCHAN_VALUE && !is_at_end(sender, piece, netchan_error_text())) {
        say_fault(sender, piece, netchan_error_text());
        return;
    }
    (void)snprintf(reason, sizeof reason,
                   "the value that begins here is longer than %zu bytes (option limit.value)",
                   sender->input.limit);
    say_fault(sender, piece, reason);
}

/* Takes whole values out of the bytes held, up to a batch or the count of -n. */
static void gather(struct sender *sender)
{
    int64_t wanted = sender->peer->options->count;
    while (sender->stop == NOT_YET && sender->count < CLI_BATCH) {
        if (wanted >= 0 && sender->sent + sender->count == (uint64_t)wanted) {
            stop(sender, COUNT_REACHED);
            return;
        }
        struct cli_piece piece;
        switch (cli_input_next(&sender->input, &piece)) {
        case CLI_PIECE:
            add_value(sender, &piece);
            break;
        case CLI_UNFINISHED: /* the library says what is missing */
            add_value(sender, &piece);
            break;
        case CLI_TOO_LONG:
            add_long(sender, &piece);
            break;
        default:
            if (sender->input.ended)
                stop(sender, INPUT_ENDED);
            return;
        }
    }
}

/* Waits for input, or for the end of the channel: an importer's channel is empty for receivers, so
 * that one that could receive has ended. 1: there is input; 0: look again. */
static int await_input(struct sender *sender)
{
    struct cli_peer *peer = sender->peer;
    struct pollfd fds[3] = {{STDIN_FILENO, POLLIN, 0}, {-1, POLLIN, 0}, {-1, POLLIN, 0}};
    if (peer->importer)
        fds[1].fd = netchan_channel_fd(peer->channel, NETCHAN_RECV);
    if (peer->errors)
        fds[2].fd = netchan_channel_fd(peer->errors, NETCHAN_RECV);

    int ready = cli_signals_poll(fds, 3, cli_patience_left(&peer->patience), CLI_RUNNING);
    if (cli_signals_came(CLI_RUNNING))
        stop(sender, SIGNALLED);
    else if (ready < 0 && errno != EINTR) {
        (void)cli_say("standard input: %s", strerror(errno));
        stop(sender, GIVEN_UP);
    } else if (ready == 0 && cli_peer_judge(peer))
        stop(sender, GIVEN_UP);
    if (ready <= 0 || sender->stop != NOT_YET)
        return 0;
    if (fds[1].revents && netchan_channel_state(peer->channel) != NETCHAN_OK) {
        (void)cli_say(CLI_CHANNEL ": %s", peer->options->name,
                      cli_reason(netchan_channel_state(peer->channel)));
        stop(sender, CHANNEL_ENDED);
        return 0;
    }
    cli_peer_tell_notes(peer);
    return fds[0].revents != 0;
}

static void read_on(struct sender *sender)
{
    char *where;
    size_t room;
    if (cli_input_room(&sender->input, &where, &room) != CLI_NOTHING) {
        (void)cli_say("standard input: out of memory");
        stop(sender, GIVEN_UP);
        return;
    }
    if (!await_input(sender))
        return;
    ssize_t count = read(STDIN_FILENO, where, room);
    if (count > 0) {
        cli_input_added(&sender->input, (size_t)count);
        cli_patience_moved(&sender->peer->patience, 0);
    } else if (count == 0) {
        cli_input_end(&sender->input);
    } else if (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK) {
        /* What was read before is whole and goes its way; what is missing is told. */
        (void)cli_say("standard input: %s", strerror(errno));
        stop(sender, INPUT_BAD);
    }
}

/* ---- Sending ----------------------------------------------------------------------------------
 */

static void sent_some(struct sender *sender, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++) {
        size_t length;
        (void)netchan_value_text(sender->values[i], &length);
        sender->bytes += length;
        netchan_value_unref(sender->values[i]);
    }
    sender->sent += count;
    cli_patience_moved(&sender->peer->patience, 1);
    cli_progress("sent", sender->sent, sender->bytes);
}

/* The value at index was refused, and nothing behind it is sent. */
static void say_refused(struct sender *sender, size_t index, int status)
{
    const char *reason = cli_reason(status);
    uint64_t line, column;
    cli_input_where(&sender->input, sender->places[index], &line, &column);
    (void)cli_say("standard input: line %llu: value %llu was not sent: %s",
                  (unsigned long long)line, (unsigned long long)sender->sent + 1, reason);
    stop(sender, status == NETCHAN_LIMIT                              ? INPUT_BAD
                 : status == NETCHAN_CLOSED || status == NETCHAN_LOST ? CHANNEL_ENDED
                                                                      : GIVEN_UP);
}

/* Puts the batch into the channel. What was read is sent also after the first signal. */
static void flush(struct sender *sender)
{
    struct cli_peer *peer = sender->peer;
    size_t first = 0;
    while (first < sender->count) {
        int64_t count = netchan_channel_send_many(
            peer->channel, sender->values + first, sender->count - first,
            cli_patience_left(&peer->patience), cli_signals_token(CLI_ENDING));
        if (count > 0) {
            sent_some(sender, first, (size_t)count);
            first += (size_t)count;
        } else if (count == NETCHAN_TIMEOUT) {
            if (cli_peer_judge(peer)) {
                stop(sender, GIVEN_UP);
                break;
            }
        } else if (count != NETCHAN_INTERRUPTED) {
            say_refused(sender, first, (int)count);
            break;
        } else if (cli_signals_came(CLI_ENDING)) {
            (void)cli_say("stopped: value %llu and what follows were not sent",
                          (unsigned long long)sender->sent + 1);
            stop(sender, GIVEN_UP);
            break;
        }
    }
    for (; first < sender->count; first++)
        netchan_value_unref(sender->values[first]);
    sender->count = 0;
}

/* ---- The end ----------------------------------------------------------------------------------
 */

/* A loss is told once, and an exporter's other values may still reach other importers. */
static int goes_on(struct cli_peer *peer, int status, int *losses)
{
    if (status != NETCHAN_LOST)
        return 0;
    (void)cli_say_status(NULL, status);
    return peer->exporter && ++*losses < MOST_LOSSES;
}

static int drain(struct sender *sender)
{
    struct cli_peer *peer = sender->peer;
    int losses = 0;
    cli_peer_watch(peer);
    for (;;) {
        int64_t ms = cli_patience_left(&peer->patience);
        if (cli_progress_is_on() && (ms < 0 || ms > PROGRESS_MS))
            ms = PROGRESS_MS;
        cli_peer_tell_notes(peer);
        int status = cli_peer_drain(peer, ms);
        if (status == NETCHAN_OK)
            return losses ? CLI_FAILED : CLI_DONE;
        if (status == NETCHAN_TIMEOUT) {
            if (cli_peer_judge(peer))
                return CLI_FAILED;
            cli_progress("sent, waiting for the last", sender->sent, sender->bytes);
        } else if (status != NETCHAN_INTERRUPTED) {
            if (goes_on(peer, status, &losses))
                continue;
            return status == NETCHAN_LOST ? CLI_FAILED : cli_say_status(NULL, status);
        } else if (cli_signals_came(CLI_ENDING)) {
            return cli_say("stopped before every value was acknowledged");
        }
    }
}

/* After the channel of an import has ended, what was never acknowledged lies in it again. */
static uint64_t count_doubtful(struct cli_peer *peer)
{
    uint64_t count = 0;
    netchan_value *value;
    while (peer->importer && netchan_channel_recv(peer->channel, &value, 0, NULL) == NETCHAN_OK) {
        netchan_value_unref(value);
        count++;
    }
    return count;
}

static int say_count(const struct sender *sender)
{
    int64_t wanted = sender->peer->options->count;
    if (wanted < 0 || sender->sent == (uint64_t)wanted)
        return CLI_DONE;
    return cli_say("%llu of %lld values were sent", (unsigned long long)sender->sent,
                   (long long)wanted);
}

static int finish(struct sender *sender)
{
    struct cli_peer *peer = sender->peer;
    if (sender->stop == GIVEN_UP && sender->sent > 0)
        (void)cli_say("%llu values were sent, and perhaps not all of them delivered",
                      (unsigned long long)sender->sent);
    if (sender->stop == GIVEN_UP)
        return CLI_FAILED;
    if (sender->stop == SIGNALLED && cli_say_is_chatty())
        (void)cli_say("interrupted: what was read is delivered, another signal stops that");
    /* Nobody there to see an empty channel close: -w says to wait for somebody. */
    if (sender->stop == INPUT_ENDED && sender->sent == 0 && peer->exporter &&
        peer->options->wait >= 0 && cli_peer_await_importer(peer))
        return CLI_FAILED;
    (void)netchan_channel_close(peer->channel);
    int status = drain(sender);
    uint64_t doubtful = status == CLI_DONE ? 0 : count_doubtful(peer);
    if (doubtful)
        (void)cli_say("values %llu to %llu were not acknowledged",
                      (unsigned long long)(sender->sent - doubtful + 1),
                      (unsigned long long)sender->sent);
    else if (status == CLI_DONE && (cli_say_is_chatty() || sender->stop == INPUT_BAD))
        (void)cli_say("%llu values were delivered", (unsigned long long)sender->sent);
    if (say_count(sender) || sender->stop == INPUT_BAD || sender->stop == CHANNEL_ENDED)
        status = CLI_FAILED;
    return status;
}

int cli_send(struct cli_peer *peer)
{
    struct sender sender = {0};
    sender.peer = peer;
    cli_input_begin(&sender.input, peer->options->value_limit);
    while (sender.stop == NOT_YET) {
        gather(&sender);
        if (sender.count > 0)
            flush(&sender);
        else if (sender.stop == NOT_YET)
            read_on(&sender);
    }
    int status = finish(&sender);
    cli_input_free(&sender.input);
    return status;
}
