/* SPDX-License-Identifier: MIT */
/*
 * A program with a poll loop of its own, which watches its standard input and the channel "numbers"
 * at once. usage: event_loop URL
 */
#include <netchan.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

static int fail(void)
{
    fprintf(stderr, "event_loop: %s\n", netchan_error_text());
    return 1;
}

/* Takes out what is there, and never waits. */
static int read_channel(netchan_channel *numbers)
{
    netchan_value *values[16];
    int64_t count = netchan_channel_recv_many(numbers, values, 16, 0, NULL);
    for (int64_t i = 0; i < count; i++) {
        puts(netchan_value_text(values[i], NULL));
        netchan_value_unref(values[i]);
    }
    return count > 0 ? NETCHAN_OK : (int)count;
}

int main(int argc, char **argv)
{
    netchan_channel *numbers;
    netchan_importer *importer;
    const char *url = argc > 1 ? argv[1] : "tcp://127.0.0.1:7000";
    if (netchan_channel_new(100, &numbers) ||
        netchan_importer_connect(url, NULL, 5000, NULL, &importer) ||
        netchan_importer_import(importer, "numbers", numbers, NETCHAN_RECV, 100, -1, NULL, 5000,
                                NULL))
        return fail();
    int descriptor = netchan_channel_fd(numbers, NETCHAN_RECV);
    if (descriptor < 0)
        return fail();

    struct pollfd watched[2] = {{descriptor, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
    int status = NETCHAN_OK;
    while (status == NETCHAN_OK || status == NETCHAN_TIMEOUT) {
        if (poll(watched, 2, -1) < 0)
            continue;           /* a signal */
        if (watched[0].revents) /* a hint: another thread may have been faster (timeout) */
            status = read_channel(numbers);
        if (watched[1].revents) {
            char line[512];
            ssize_t length = read(STDIN_FILENO, line, sizeof line);
            if (length > 0)
                printf("%d bytes of input\n", (int)length);
            else
                watched[1].fd = -1; /* its end: do not look at it again */
        }
    }
    if (status != NETCHAN_CLOSED)
        return fail();
    netchan_channel_unref(numbers);
    status = netchan_importer_wait_closed(importer, 5000, NULL);
    netchan_importer_unref(importer);
    return status != NETCHAN_OK;
}
