/* SPDX-License-Identifier: MIT */
/*
 * Requests and replies. Clients send into the channel "requests", which their streams share. A
 * request names the channel where its reply is wanted; the server exports that channel, and the
 * client's import waits until it is there. So every client gets its own replies.
 * usage: request_reply serve COUNT [URL] | request_reply ask URL NUMBER
 */
#include <netchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int fail(void)
{
    fprintf(stderr, "request_reply: %s\n", netchan_error_text());
    return 1;
}

/* Takes {"reply":NAME,"number":N} apart. The name is cut to size. */
static int read_request(const netchan_value *request, char *name, size_t size, int *number)
{
    const char *text;
    size_t length;
    int64_t wide;
    if (netchan_value_integer(request, netchan_value_member(request, 0, "number", 6), &wide) ||
        netchan_value_string(request, netchan_value_member(request, 0, "reply", 5), &text, &length))
        return fail();
    if (wide < -1000000 || wide > 1000000) {
        fprintf(stderr, "request_reply: a number that is too large\n");
        return 1;
    }
    snprintf(name, size, "%.*s", (int)(length < size ? length : size - 1), text);
    *number = (int)wide;
    return 0;
}

/* Publishes a channel with the one reply in it, and takes it back when the client has it. */
static int answer(netchan_exporter *exporter, const char *name, int number)
{
    netchan_channel *reply;
    char text[64];
    int length = snprintf(text, sizeof text, "{\"square\":%lld}", (long long)number * number);
    int result = 0;
    if (netchan_channel_new(1, &reply))
        return fail();
    if (netchan_channel_send_text(reply, text, (size_t)length, 0, NULL) ||
        netchan_exporter_export(exporter, name, reply, NETCHAN_SEND, NULL)) {
        result = fail();
    } else {
        netchan_channel_close(reply);
        if (netchan_exporter_drain(exporter, NETCHAN_TAKEN, 5000, NULL))
            result = fail();
        netchan_exporter_hangup(exporter, name);
    }
    netchan_channel_unref(reply);
    return result;
}

static int serve(int count, const char *url)
{
    netchan_channel *requests;
    netchan_exporter *exporter;
    netchan_options *options;
    if (netchan_channel_new(100, &requests) || netchan_exporter_new(NULL, &exporter) ||
        netchan_options_new(&options) || netchan_options_set(options, "keep-open", "yes") ||
        netchan_exporter_export(exporter, "requests", requests, NETCHAN_RECV, options) ||
        netchan_exporter_listen(exporter, url, 5000, NULL))
        return fail();
    netchan_options_unref(options);
    puts(netchan_exporter_address(exporter, 0));
    fflush(stdout);
    while (count-- > 0) {
        netchan_value *request;
        char name[256];
        int number = 0;
        if (netchan_channel_recv(requests, &request, 30000, NULL))
            return fail();
        if (read_request(request, name, sizeof name, &number) == 0)
            answer(exporter, name, number); /* a failure is that client's; the others go on */
        netchan_value_unref(request);
    }
    netchan_channel_unref(requests);
    int status = netchan_exporter_wait_closed(exporter, 5000, NULL);
    netchan_exporter_unref(exporter);
    return status != NETCHAN_OK;
}

static int ask(const char *url, const char *number)
{
    netchan_channel *requests, *replies;
    netchan_importer *importer;
    netchan_options *options;
    netchan_value *reply;
    char name[64], text[160];
    snprintf(name, sizeof name, "reply.%ld", (long)getpid());
    int length = snprintf(text, sizeof text, "{\"reply\":\"%s\",\"number\":%.20s}", name, number);
    if (netchan_channel_new(1, &requests) || netchan_channel_new(1, &replies) ||
        netchan_options_new(&options) || netchan_options_set(options, "wait", "10000") ||
        netchan_importer_connect(url, NULL, 5000, NULL, &importer) ||
        netchan_importer_import(importer, "requests", requests, NETCHAN_SEND, 1, -1, NULL, 5000,
                                NULL) ||
        netchan_channel_send_text(requests, text, (size_t)length, 5000, NULL) ||
        netchan_importer_import(importer, name, replies, NETCHAN_RECV, 1, -1, options, 10000,
                                NULL) ||
        netchan_channel_recv(replies, &reply, 10000, NULL))
        return fail();
    puts(netchan_value_text(reply, NULL));
    netchan_value_unref(reply);
    netchan_options_unref(options);
    netchan_channel_close(requests);
    netchan_channel_unref(requests);
    netchan_channel_unref(replies);
    int status = netchan_importer_wait_closed(importer, 5000, NULL);
    netchan_importer_unref(importer);
    return status != NETCHAN_OK;
}

int main(int argc, char **argv)
{
    if (argc > 2 && strcmp(argv[1], "serve") == 0)
        return serve(atoi(argv[2]), argc > 3 ? argv[3] : "tcp://127.0.0.1:0");
    if (argc > 3 && strcmp(argv[1], "ask") == 0)
        return ask(argv[2], argv[3]);
    fprintf(stderr, "usage: request_reply serve COUNT [URL] | request_reply ask URL NUMBER\n");
    return 2;
}
