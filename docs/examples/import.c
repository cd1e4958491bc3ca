/* SPDX-License-Identifier: MIT */
/* Prints the values of the channel "numbers" that an exporter publishes. usage: import URL */
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "import: %s\n", netchan_error_text());
    return 1;
}

int main(int argc, char **argv)
{
    netchan_channel *numbers;
    netchan_importer *importer;
    netchan_value *value;
    const char *url = argc > 1 ? argv[1] : "tcp://127.0.0.1:7000";
    if (netchan_channel_new(100, &numbers) ||
        netchan_importer_connect(url, NULL, 5000, NULL, &importer) ||
        netchan_importer_import(importer, "numbers", numbers, NETCHAN_RECV, 100, -1, NULL, 5000,
                                NULL))
        return fail();
    int status;
    while ((status = netchan_channel_recv(numbers, &value, 30000, NULL)) == NETCHAN_OK) {
        puts(netchan_value_text(value, NULL));
        netchan_value_unref(value);
    }
    if (status != NETCHAN_CLOSED) /* closed: that was all; lost: something may be missing */
        return fail();
    netchan_channel_unref(numbers);
    status = netchan_importer_wait_closed(importer, 5000, NULL);
    netchan_importer_unref(importer);
    return status != NETCHAN_OK;
}
