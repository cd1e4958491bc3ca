/* SPDX-License-Identifier: MIT */
/* Publishes the channel "numbers" and sends ten values to whoever imports it. usage: export [URL]
 */
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "export: %s\n", netchan_error_text());
    return 1;
}

int main(int argc, char **argv)
{
    netchan_channel *numbers;
    netchan_exporter *exporter;
    const char *url = argc > 1 ? argv[1] : "tcp://127.0.0.1:0";
    if (netchan_channel_new(100, &numbers) || netchan_exporter_new(NULL, &exporter) ||
        netchan_exporter_listen(exporter, url, 5000, NULL) ||
        netchan_exporter_export(exporter, "numbers", numbers, NETCHAN_SEND, NULL))
        return fail();
    puts(netchan_exporter_address(exporter, 0)); /* with the port that was picked */
    fflush(stdout);
    for (int i = 1; i <= 10; i++) {
        char text[40];
        int length = snprintf(text, sizeof text, "{\"number\":%d}", i);
        if (netchan_channel_send_text(numbers, text, (size_t)length, 5000, NULL))
            return fail();
    }
    netchan_channel_close(numbers);
    if (netchan_exporter_drain(exporter, NETCHAN_TAKEN, 30000, NULL)) /* taken by the other side */
        return fail();
    netchan_channel_unref(numbers);
    int status = netchan_exporter_wait_closed(exporter, 5000, NULL);
    netchan_exporter_unref(exporter);
    return status != NETCHAN_OK;
}
