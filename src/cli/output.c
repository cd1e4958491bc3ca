/* SPDX-License-Identifier: MIT */
/*
 * Standard output.
 *
 * A value that the library handed over counts as taken for its sender, so that every value must
 * either be written or be told as not delivered: the first failed write sticks, and how many values
 * were written before it is counted by their line ends, since each value holds exactly one.
 */
#include "cli/output.h"

#include "cli/say.h"
#include "cli/signals.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HELD_BYTES ((size_t)64 << 10)

int cli_output_begin(struct cli_output *output)
{
    memset(output, 0, sizeof *output);
    output->bytes = (char *)malloc(HELD_BYTES);
    output->capacity = HELD_BYTES;
    return output->bytes ? CLI_DONE : cli_say("out of memory");
}

void cli_output_free(struct cli_output *output)
{
    free(output->bytes);
    output->bytes = NULL;
}

int cli_output_is_empty(const struct cli_output *output)
{
    return output->length == 0;
}

static void count_written(struct cli_output *output, const char *bytes, size_t length)
{
    output->total += length;
    const char *stop = bytes + length;
    while (bytes < stop && (bytes = (const char *)memchr(bytes, '\n', (size_t)(stop - bytes)))) {
        output->delivered++;
        bytes++;
    }
}

/* A reader that is slow is waited for, also by the first signal: what was taken is delivered. */
static int put(struct cli_output *output, const char *bytes, size_t length)
{
    while (length > 0 && !output->error) {
        ssize_t written = write(STDOUT_FILENO, bytes, length);
        if (written >= 0) {
            count_written(output, bytes, (size_t)written);
            bytes += written;
            length -= (size_t)written;
            continue;
        }
        int error = errno;
        if (error == EAGAIN || error == EWOULDBLOCK) {
            struct pollfd ready = {STDOUT_FILENO, POLLOUT, 0};
            error = cli_signals_poll(&ready, 1, -1, CLI_ENDING) < 0 ? errno : EINTR;
        }
        if (error != EINTR || cli_signals_came(CLI_ENDING))
            output->error = error;
    }
    return output->error ? -1 : 0;
}

int cli_output_flush(struct cli_output *output)
{
    size_t length = output->length;
    output->length = 0;
    return put(output, output->bytes, length);
}

static int add(struct cli_output *output, const char *bytes, size_t length)
{
    if (length > output->capacity - output->length) {
        if (cli_output_flush(output))
            return -1;
        if (length > output->capacity)
            return put(output, bytes, length);
    }
    memcpy(output->bytes + output->length, bytes, length);
    output->length += length;
    return 0;
}

static int is_break(char byte)
{
    return byte == '\n' || byte == '\r';
}

static int is_space(char byte)
{
    return byte == ' ' || byte == '\t' || is_break(byte);
}

/* A legal value has raw line breaks between tokens only, never inside one. */
static int add_without_breaks(struct cli_output *output, const char *text, size_t length)
{
    size_t begin = 0;
    size_t i = 0;
    while (i < length) {
        if (!is_break(text[i])) {
            i++;
            continue;
        }
        size_t keep = i;
        while (keep > begin && is_space(text[keep - 1]))
            keep--;
        if (add(output, text + begin, keep - begin))
            return -1;
        while (i < length && is_space(text[i]))
            i++;
        begin = i;
    }
    return add(output, text + begin, length - begin);
}

int cli_output_value(struct cli_output *output, const netchan_value *value)
{
    size_t length;
    const char *text = netchan_value_text(value, &length);
    output->values++;
    if (output->error)
        return -1;
    if (!memchr(text, '\n', length) && !memchr(text, '\r', length)) {
        if (add(output, text, length))
            return -1;
    } else if (add_without_breaks(output, text, length)) {
        return -1;
    }
    return add(output, "\n", 1);
}

int cli_output_close(struct cli_output *output)
{
    int status = cli_output_flush(output);
    if (close(STDOUT_FILENO) && !output->error && errno != EINTR) {
        output->error = errno;
        status = -1;
    }
    return status;
}
