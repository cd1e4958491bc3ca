/* SPDX-License-Identifier: MIT */
/*
 * netchan list: a table for people that a script can cut too. A line is a channel and has five
 * words; a name that is no plain word is shown as a JSON string, so that no name can spoil the
 * table or the terminal.
 */
#include "cli/list.h"

#include "cli/peer.h"
#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A name has at most 255 bytes, of which each becomes 6 at worst, in quotes. */
#define NAME_BYTES 255
#define SHOWN_SIZE (NAME_BYTES * 6 + 3)

static const char *const figures[] = {"length", "capacity", "streams"};
#define FIGURES (sizeof figures / sizeof *figures)

/* The code of a control character that begins here, in one byte or two, else -1. */
static int control_at(const char *text, size_t length)
{
    unsigned char first = (unsigned char)text[0];
    if (first < ' ' || first == 0x7f)
        return first;
    unsigned char second = length > 1 ? (unsigned char)text[1] : 0;
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? second : -1;
}

static int is_plain(const char *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (name[i] == ' ' || name[i] == '"' || control_at(name + i, length - i) >= 0)
            return 0;
    }
    return length > 0;
}

static void show_string(char *shown, const char *name, size_t length)
{
    char *end = shown;
    *end++ = '"';
    for (size_t i = 0; i < length; i++) {
        int code = control_at(name + i, length - i);
        if (code >= 0) {
            end += snprintf(end, 7, "\\u%04x", (unsigned)code);
            i += code >= 0x80;
            continue;
        }
        if (name[i] == '"' || name[i] == '\\')
            *end++ = '\\';
        *end++ = name[i];
    }
    *end++ = '"';
    *end = 0;
}

/* The name as it is shown. Names come from a peer: longer ones than there can be are cut. */
static void show_name(char *shown, const char *name, size_t length)
{
    if (length > NAME_BYTES)
        length = NAME_BYTES;
    if (is_plain(name, length)) {
        memcpy(shown, name, length);
        shown[length] = 0;
    } else {
        show_string(shown, name, length);
    }
}

static int width_of(const char *text)
{
    int width = 0;
    for (; *text; text++)
        width += ((unsigned char)*text & 0xc0) != 0x80;
    return width;
}

static int64_t member_of(const netchan_value *list, int64_t node, const char *name)
{
    return netchan_value_member(list, node, name, strlen(name));
}

static const char *text_of(const netchan_value *list, int64_t node, const char *name,
                           size_t *length)
{
    const char *text = "";
    *length = 0;
    node = member_of(list, node, name);
    if (node >= 0)
        (void)netchan_value_string(list, node, &text, length);
    return text;
}

static void print_row(const netchan_value *list, int64_t node, int widest)
{
    char shown[SHOWN_SIZE];
    size_t length;
    const char *name = text_of(list, node, "name", &length);
    show_name(shown, name, length);
    const char *direction = text_of(list, node, "direction", &length);
    printf("%s%*s  %-9.*s", shown, widest - width_of(shown), "", (int)length, direction);
    for (size_t i = 0; i < FIGURES; i++) {
        int64_t number = 0;
        int64_t member = member_of(list, node, figures[i]);
        int known = member >= 0 && netchan_value_integer(list, member, &number) == NETCHAN_OK;
        if (known)
            printf("  %8lld", (long long)number);
        else
            printf("  %8s", "-");
    }
    printf("\n");
}

static int print_list(const netchan_value *list)
{
    int widest = width_of("NAME");
    int64_t first = netchan_value_size(list, 0) > 0 ? netchan_value_element(list, 0, 0) : -1;
    for (int64_t node = first; node >= 0; node = netchan_value_next(list, node, NULL, NULL)) {
        char shown[SHOWN_SIZE];
        size_t length;
        const char *name = text_of(list, node, "name", &length);
        show_name(shown, name, length);
        if (width_of(shown) > widest)
            widest = width_of(shown);
    }
    printf("%-*s  %-9s  %8s  %8s  %8s\n", widest, "NAME", "DIRECTION", "LENGTH", "CAPACITY",
           "STREAMS");
    for (int64_t node = first; node >= 0; node = netchan_value_next(list, node, NULL, NULL))
        print_row(list, node, widest);
    return fflush(stdout) ? cli_say("standard output: %s", strerror(errno)) : CLI_DONE;
}

/* -v: whom the exporter proved to be. */
static void tell_identity(netchan_importer *importer)
{
    netchan_value *stats;
    char text[1024];
    size_t at = 0;
    if (netchan_importer_stats(importer, &stats))
        return;
    int64_t names = netchan_value_element(stats, member_of(stats, 0, "identities"), 0);
    int64_t count = names < 0 ? 0 : netchan_value_size(stats, names);
    for (int64_t i = 0; i < count && at < sizeof text; i++) {
        const char *name = "";
        size_t length = 0;
        (void)netchan_value_string(stats, netchan_value_element(stats, names, i), &name, &length);
        int put = snprintf(text + at, sizeof text - at, "%s%.*s", i ? ", " : "", (int)length, name);
        at += put > 0 ? (size_t)put : 0;
    }
    cli_note("the exporter %s%s", count > 0 ? "is " : "proves no name", count > 0 ? text : "");
    netchan_value_unref(stats);
}

int cli_list(const struct cli_options *options)
{
    netchan_importer *importer = NULL;
    netchan_value *list = NULL;
    int64_t deadline = options->wait < 0 ? -1 : cli_clock_ms() + options->wait;
    int status = cli_peer_connect(options, deadline, &importer);
    if (status)
        return status;
    cli_say_setup(options->verbose, 0);
    tell_identity(importer);
    int answer =
        netchan_importer_list(importer, NULL, options->idle, cli_signals_token(CLI_RUNNING), &list);
    status = answer ? cli_say_status(options->url, answer) : print_list(list);
    netchan_value_unref(list);
    (void)netchan_importer_wait_closed(importer, -1, cli_signals_token(CLI_RUNNING));
    netchan_importer_unref(importer);
    return status;
}
