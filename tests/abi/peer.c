/* SPDX-License-Identifier: MIT */
/*
 * A program that the black-box tests start, stop and kill: one importer or exporter that does what
 * it reads on its standard input, a command a line, and answers each with lines of which the last
 * begins with "ok" or "error". It ends at the end of its input.
 *
 *   connect URL [KEY=VALUE...]                              become an importer
 *   listen URL [KEY=VALUE...]                               become an exporter; ok ADDRESS
 *   import NAME send|recv SIZE COUNT CAPACITY [KEY=VALUE...]
 *   export NAME send|recv CAPACITY [KEY=VALUE...]
 *   send FIRST LAST          numbers, into the channel
 *   recv COUNT               "got VALUE" for each
 *   all                      "got VALUE" up to the channel's end; ok closed, ok lost
 *   drain received|taken MS
 *   close                    the channel
 *   links COUNT URL          that many importers that do nothing; ok COUNT
 *   fan COUNT URL NAME EACH  that many importers, which send EACH numbers each, and close
 *   streams COUNT PREFIX SIZE
 *                            imports PREFIX0, PREFIX1, ... into one channel, all binds at once
 *   hoard NAME SIZE          imports a channel that is never received from
 *   take COUNT               receives, and says nothing of the values
 *   clear COUNT              the same from the channel of hoard
 *   empty                    takes what is there
 *   bye                      waits for the end of its links
 */
#include <netchan.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONG_WAIT 60000
#define WORDS     16

static netchan_importer *importer;
static netchan_exporter *exporter;
static netchan_channel *channel, *hoarded;
static netchan_importer **links;
static long link_count;

static int fail(int code)
{
    printf("error %s %s\n", netchan_error_name(code), netchan_error_text());
    return code;
}

static int done(int code)
{
    if (code < 0)
        return fail(code);
    printf("ok\n");
    return 0;
}

static int read_options(char **words, int count, netchan_options **options)
{
    int code = netchan_options_new(options);
    for (int i = 0; i < count && !code; i++) {
        char *equals = strchr(words[i], '=');
        if (!equals)
            return NETCHAN_OPTION;
        *equals = 0;
        code = netchan_options_set(*options, words[i], equals + 1);
    }
    return code;
}

static int new_channel(const char *capacity)
{
    netchan_channel_unref(channel);
    channel = NULL;
    return netchan_channel_new((size_t)atol(capacity), &channel);
}

static int direction(const char *word)
{
    return strcmp(word, "send") == 0 ? NETCHAN_SEND : NETCHAN_RECV;
}

static int do_connect(char **words, int count)
{
    netchan_options *options = NULL;
    int code = read_options(words + 2, count - 2, &options);
    if (!code)
        code = netchan_importer_connect(words[1], options, LONG_WAIT, NULL, &importer);
    netchan_options_unref(options);
    return done(code);
}

static int do_listen(char **words, int count)
{
    netchan_options *options = NULL;
    int code = read_options(words + 2, count - 2, &options);
    if (!code)
        code = netchan_exporter_new(options, &exporter);
    netchan_options_unref(options);
    if (!code)
        code = netchan_exporter_listen(exporter, words[1], LONG_WAIT, NULL);
    if (code)
        return fail(code);
    printf("ok %s\n", netchan_exporter_address(exporter, 0));
    return 0;
}

static int do_import(char **words, int count)
{
    netchan_options *options = NULL;
    int code = read_options(words + 6, count - 6, &options);
    if (!code)
        code = new_channel(words[5]);
    if (!code)
        code = netchan_importer_import(importer, words[1], channel, direction(words[2]),
                                       atoll(words[3]), atoll(words[4]), options, LONG_WAIT, NULL);
    netchan_options_unref(options);
    return done(code);
}

static int do_export(char **words, int count)
{
    netchan_options *options = NULL;
    int code = read_options(words + 4, count - 4, &options);
    if (!code)
        code = new_channel(words[3]);
    if (!code)
        code = netchan_exporter_export(exporter, words[1], channel, direction(words[2]), options);
    netchan_options_unref(options);
    return done(code);
}

static int do_send(long first, long last)
{
    int code = 0;
    for (long number = first; number <= last && !code; number++) {
        char text[32];
        int length = snprintf(text, sizeof text, "%ld", number);
        code = netchan_channel_send_text(channel, text, (size_t)length, LONG_WAIT, NULL);
    }
    return done(code);
}

/* count -1: up to the end. */
static int do_recv(long count)
{
    for (long i = 0; i != count; i++) {
        netchan_value *value;
        int code = netchan_channel_recv(channel, &value, LONG_WAIT, NULL);
        if (code && count < 0 && (code == NETCHAN_CLOSED || code == NETCHAN_LOST)) {
            printf("ok %s\n", netchan_error_name(code));
            return 0;
        }
        if (code)
            return fail(code);
        printf("got %s\n", netchan_value_text(value, NULL));
        netchan_value_unref(value);
    }
    return done(0);
}

static int do_drain(const char *level, int64_t ms)
{
    int word = strcmp(level, "taken") == 0 ? NETCHAN_TAKEN : NETCHAN_RECEIVED;
    return done(importer ? netchan_importer_drain(importer, word, ms, NULL)
                         : netchan_exporter_drain(exporter, word, ms, NULL));
}

static int do_links(long count, const char *url)
{
    int code = 0;
    links = (netchan_importer **)calloc((size_t)count, sizeof *links);
    if (!links)
        return fail(NETCHAN_NOMEM);
    for (; link_count < count && !code; link_count += !code)
        code = netchan_importer_connect(url, NULL, LONG_WAIT, NULL, &links[link_count]);
    if (code)
        return fail(code);
    printf("ok %ld\n", link_count);
    return 0;
}

/* Its importers are links that do something. */
static int do_fan(long count, const char *url, const char *name, long each)
{
    int code = 0;
    long number = 0;
    netchan_channel **channels = (netchan_channel **)calloc((size_t)count, sizeof *channels);
    links = (netchan_importer **)calloc((size_t)count, sizeof *links);
    if (!links || !channels)
        return fail(NETCHAN_NOMEM);
    for (; link_count < count && !code; link_count++) {
        code = netchan_importer_connect(url, NULL, LONG_WAIT, NULL, &links[link_count]);
        if (!code)
            code = netchan_channel_new((size_t)each, &channels[link_count]);
        if (!code)
            code = netchan_importer_import(links[link_count], name, channels[link_count],
                                           NETCHAN_SEND, 100, -1, NULL, LONG_WAIT, NULL);
    }
    for (long i = 0; i < count && !code; i++) {
        for (long j = 0; j < each && !code; j++) {
            char text[32];
            int length = snprintf(text, sizeof text, "%ld", ++number);
            code = netchan_channel_send_text(channels[i], text, (size_t)length, LONG_WAIT, NULL);
        }
        if (!code)
            code = netchan_channel_close(channels[i]);
    }
    for (long i = 0; i < count && !code; i++)
        code = netchan_importer_drain(links[i], NETCHAN_TAKEN, LONG_WAIT, NULL);
    for (long i = 0; i < count; i++)
        netchan_channel_unref(channels[i]);
    free(channels);
    return done(code);
}

static int do_streams(long count, const char *prefix, const char *size)
{
    netchan_options *options = NULL;
    int code = netchan_options_new(&options);
    if (!code)
        code = netchan_options_set(options, "async", "yes");
    if (!code)
        code = new_channel("10000");
    if (!code)
        code = netchan_channel_hold(channel);
    for (long i = 0; i < count && !code; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%ld", prefix, i);
        code = netchan_importer_import(importer, name, channel, NETCHAN_RECV, atoll(size), -1,
                                       options, LONG_WAIT, NULL);
    }
    netchan_options_unref(options);
    return done(code);
}

static int do_hoard(const char *name, const char *size)
{
    int code = netchan_channel_new(0, &hoarded);
    if (!code)
        code = netchan_importer_import(importer, name, hoarded, NETCHAN_RECV, atoll(size), -1, NULL,
                                       LONG_WAIT, NULL);
    return done(code);
}

static int do_take(netchan_channel *from, long count)
{
    netchan_value *values[256];
    while (count > 0) {
        int64_t got = netchan_channel_recv_many(from, values, count < 256 ? (size_t)count : 256,
                                                LONG_WAIT, NULL);
        if (got < 0)
            return fail((int)got);
        for (int64_t i = 0; i < got; i++)
            netchan_value_unref(values[i]);
        count -= (long)got;
    }
    return done(0);
}

static int do_empty(void)
{
    netchan_value *value;
    int code;
    while (!(code = netchan_channel_recv(channel, &value, 0, NULL)))
        netchan_value_unref(value);
    return done(code == NETCHAN_TIMEOUT ? 0 : code);
}

static int do_bye(void)
{
    int code = 0;
    for (long i = 0; i < link_count; i++)
        netchan_importer_close(links[i]);
    for (long i = 0; i < link_count && !code; i++)
        code = netchan_importer_wait_closed(links[i], LONG_WAIT, NULL);
    if (importer && !code)
        code = netchan_importer_wait_closed(importer, LONG_WAIT, NULL);
    if (exporter && !code)
        code = netchan_exporter_wait_closed(exporter, LONG_WAIT, NULL);
    return done(code);
}

static int obey(char **words, int count)
{
    const char *verb = words[0];
    if (!strcmp(verb, "connect") && count >= 2)
        return do_connect(words, count);
    if (!strcmp(verb, "listen") && count >= 2)
        return do_listen(words, count);
    if (!strcmp(verb, "import") && count >= 6)
        return do_import(words, count);
    if (!strcmp(verb, "export") && count >= 4)
        return do_export(words, count);
    if (!strcmp(verb, "send") && count == 3)
        return do_send(atol(words[1]), atol(words[2]));
    if (!strcmp(verb, "recv") && count == 2)
        return do_recv(atol(words[1]));
    if (!strcmp(verb, "all") && count == 1)
        return do_recv(-1);
    if (!strcmp(verb, "drain") && count == 3)
        return do_drain(words[1], atoll(words[2]));
    if (!strcmp(verb, "close") && count == 1)
        return done(netchan_channel_close(channel));
    if (!strcmp(verb, "links") && count == 3)
        return do_links(atol(words[1]), words[2]);
    if (!strcmp(verb, "fan") && count == 5)
        return do_fan(atol(words[1]), words[2], words[3], atol(words[4]));
    if (!strcmp(verb, "streams") && count == 4)
        return do_streams(atol(words[1]), words[2], words[3]);
    if (!strcmp(verb, "hoard") && count == 3)
        return do_hoard(words[1], words[2]);
    if (!strcmp(verb, "take") && count == 2)
        return do_take(channel, atol(words[1]));
    if (!strcmp(verb, "clear") && count == 2)
        return do_take(hoarded, atol(words[1]));
    if (!strcmp(verb, "empty") && count == 1)
        return do_empty();
    if (!strcmp(verb, "bye") && count == 1)
        return do_bye();
    printf("error usage what is \"%s\"?\n", verb);
    return NETCHAN_USAGE;
}

int main(void)
{
    char line[1024];
    setvbuf(stdout, NULL, _IOLBF, 0);
    while (fgets(line, sizeof line, stdin)) {
        char *words[WORDS];
        int count = 0;
        for (char *word = strtok(line, " \n"); word && count < WORDS; word = strtok(NULL, " \n"))
            words[count++] = word;
        if (count)
            obey(words, count);
    }
    netchan_channel_unref(channel);
    netchan_channel_unref(hoarded);
    netchan_importer_unref(importer);
    netchan_exporter_unref(exporter);
    for (long i = 0; i < link_count; i++)
        netchan_importer_unref(links[i]);
    free(links);
    return 0;
}
