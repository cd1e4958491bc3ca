/* SPDX-License-Identifier: MIT */
/*
 * Passes the channel "numbers" of another exporter on. One channel is bound at both ends, so values
 * go from link to link without this program touching them: a slow reader slows the far sender down,
 * and an end is passed on as what it was, closed or lost. usage: relay FROM-URL [LISTEN-URL]
 */
#include <netchan.h>
#include <signal.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "relay: %s\n", netchan_error_text());
    return 1;
}

int main(int argc, char **argv)
{
    netchan_channel *numbers;
    netchan_importer *importer;
    netchan_exporter *exporter;
    const char *from = argc > 1 ? argv[1] : "tcp://127.0.0.1:7000";
    const char *url = argc > 2 ? argv[2] : "tcp://127.0.0.1:0";
    sigset_t stop;
    sigemptyset(&stop);
    sigaddset(&stop, SIGINT);
    sigaddset(&stop, SIGTERM);
    sigprocmask(SIG_BLOCK, &stop, NULL);

    if (netchan_channel_new(0, &numbers) ||
        netchan_importer_connect(from, NULL, 5000, NULL, &importer) ||
        netchan_importer_import(importer, "numbers", numbers, NETCHAN_RECV, 100, -1, NULL, 5000,
                                NULL) ||
        netchan_exporter_new(NULL, &exporter) ||
        netchan_exporter_export(exporter, "numbers", numbers, NETCHAN_SEND, NULL) ||
        netchan_exporter_listen(exporter, url, 5000, NULL))
        return fail();
    puts(netchan_exporter_address(exporter, 0));
    fflush(stdout);

    int signal_number;
    sigwait(&stop, &signal_number); /* the library's own thread does the work */

    netchan_channel_unref(numbers);
    int status = netchan_importer_wait_closed(importer, 5000, NULL);
    if (status == NETCHAN_OK)
        status = netchan_exporter_wait_closed(exporter, 5000, NULL);
    if (status != NETCHAN_OK)
        fail();
    netchan_importer_unref(importer);
    netchan_exporter_unref(exporter);
    return status != NETCHAN_OK;
}
