/* SPDX-License-Identifier: MIT */
/* Calls that fail, and what they say: a code to decide by, and a text for people. usage: errors */
#include <netchan.h>
#include <stdio.h>
#include <string.h>

static void tell(int status)
{
    printf("%s: %s\n", netchan_error_name(status), netchan_error_text());
}

/* What went wrong behind the program's back waits in a channel of its own. */
static void tell_background(netchan_importer *importer)
{
    netchan_channel *errors;
    netchan_value *entry;
    if (netchan_importer_errors(importer, &errors) == NETCHAN_OK) {
        if (netchan_channel_recv(errors, &entry, 5000, NULL) == NETCHAN_OK) {
            printf("in the background: %s\n", netchan_value_text(entry, NULL));
            netchan_value_unref(entry);
        }
        netchan_channel_unref(errors);
    }
}

int main(void)
{
    const char *wrong = "{\"number\": 1,\n \"number\": 2}";
    netchan_value *value;
    netchan_channel *channel;
    netchan_exporter *exporter;
    netchan_importer *importer;
    netchan_options *options;
    if (netchan_channel_new(1, &channel) || netchan_options_new(&options) ||
        netchan_exporter_new(NULL, &exporter) ||
        netchan_exporter_listen(exporter, "tcp://127.0.0.1:0", 5000, NULL) ||
        netchan_importer_connect(netchan_exporter_address(exporter, 0), NULL, 5000, NULL,
                                 &importer))
        return 1;
    tell(netchan_value_new(wrong, strlen(wrong), &value));
    tell(netchan_options_set(options, "limit.depth", "1000"));
    tell(netchan_importer_import(importer, "nobody", channel, NETCHAN_RECV, 1, -1, NULL, 5000,
                                 NULL));

    netchan_options_set(options, "async", "yes"); /* the call returns before the answer is there */
    netchan_importer_import(importer, "nobody", channel, NETCHAN_RECV, 1, -1, options, 5000, NULL);
    tell(netchan_channel_recv(channel, &value, 5000, NULL)); /* so the channel ends with it */
    tell_background(importer);

    netchan_options_unref(options);
    netchan_channel_unref(channel);
    netchan_importer_wait_closed(importer, 5000, NULL);
    netchan_importer_unref(importer);
    netchan_exporter_wait_closed(exporter, 5000, NULL);
    netchan_exporter_unref(exporter);
    return 0;
}
