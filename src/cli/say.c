/* SPDX-License-Identifier: MIT */
/*
 * Diagnostics and progress.
 *
 * Standard output belongs to the values, so that everything said goes to standard error: one write
 * a line, so that two commands on one terminal do not mix their lines. Nothing here
 * may fail: a standard error that is closed or full must not change what is delivered.
 */
#include "cli/say.h"

#include "cli/clock.h"

#include "netchan.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINE_MAX_BYTES    2048
#define PROGRESS_EVERY_MS 200

static int chatty; /* -v */
static int progress;
static int shown; /* a line of progress stands on the terminal */
static int64_t began_at, shown_at;

void cli_say_setup(int verbose, int with_progress)
{
    chatty = verbose;
    progress = with_progress;
    began_at = shown_at = cli_clock_ms();
}

int cli_say_is_chatty(void)
{
    return chatty || progress;
}

/* A closed standard error is no reason to stop: there is nobody left to tell. */
static void put(const char *bytes, size_t length)
{
    while (length > 0) {
        ssize_t written = write(STDERR_FILENO, bytes, length);
        if (written <= 0)
            return;
        bytes += written;
        length -= (size_t)written;
    }
}

/* C0, DEL, and C1 in its two-byte spelling. */
static void defuse(char *text)
{
    unsigned char *byte = (unsigned char *)text;
    for (; *byte; byte++) {
        if (*byte < 0x20 || *byte == 0x7f)
            *byte = '?';
        else if (*byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0)
            byte[0] = byte[1] = '?';
    }
}

CLI_PRINTF(1, 0) static void say(const char *format, va_list arguments)
{
    static const char erase[] = "\r\033[K";
    char line[LINE_MAX_BYTES];
    size_t used = (size_t)snprintf(line, sizeof line, "netchan: ");
    (void)vsnprintf(line + used, sizeof line - used - 1, format, arguments);
    defuse(line);
    used = strlen(line);
    line[used++] = '\n';
    if (shown)
        put(erase, sizeof erase - 1);
    shown = 0;
    put(line, used);
}

int cli_say(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
    return CLI_FAILED;
}

void cli_note(const char *format, ...)
{
    if (!chatty)
        return;
    va_list arguments;
    va_start(arguments, format);
    say(format, arguments);
    va_end(arguments);
}

const char *cli_reason(int status)
{
    const char *text = netchan_error_text();
    return *text ? text : netchan_strerror(status);
}

int cli_say_status(const char *what, int status)
{
    const char *reason = cli_reason(status);
    return what ? cli_say("%s: %s", what, reason) : cli_say("%s", reason);
}

int cli_progress_is_on(void)
{
    return progress;
}

void cli_progress(const char *verb, uint64_t values, uint64_t bytes)
{
    if (!progress)
        return;
    int64_t now = cli_clock_ms();
    if (now - shown_at < PROGRESS_EVERY_MS)
        return;
    shown_at = now;
    double seconds = (double)(now - began_at) / 1000.0;
    char line[160];
    int length = snprintf(line, sizeof line, "\r\033[K%llu values %s, %.1f MB, %.0f values/s",
                          (unsigned long long)values, verb, (double)bytes / 1e6,
                          seconds > 0 ? (double)values / seconds : 0.0);
    shown = 1;
    put(line, (size_t)length);
}
