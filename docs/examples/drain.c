/* SPDX-License-Identifier: MIT */
/*
 * What became of the values: received by the other side's library, taken by its channel. Both sides
 * stand in one program here. usage: drain
 */
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "drain: %s\n", netchan_error_text());
    return 1;
}

/* An exporter and an importer of it, joined by the channel "jobs". */
static int join(netchan_exporter **exporter, netchan_channel *out, netchan_importer **importer,
                netchan_channel *in)
{
    return netchan_exporter_new(NULL, exporter) ||
           netchan_exporter_listen(*exporter, "tcp://127.0.0.1:0", 5000, NULL) ||
           netchan_exporter_export(*exporter, "jobs", out, NETCHAN_SEND, NULL) ||
           netchan_importer_connect(netchan_exporter_address(*exporter, 0), NULL, 5000, NULL,
                                    importer) ||
           netchan_importer_import(*importer, "jobs", in, NETCHAN_RECV, 100, -1, NULL, 5000, NULL);
}

static void tell(const char *level, int status)
{
    printf("drain for %s: %s\n", level, netchan_error_name(status));
    if (status != NETCHAN_OK)
        printf("  %s\n", netchan_error_text());
}

int main(void)
{
    netchan_channel *out, *in;
    netchan_exporter *exporter;
    netchan_importer *importer;
    if (netchan_channel_new(10, &out) || netchan_channel_new(0, &in) ||
        join(&exporter, out, &importer, in))
        return fail();
    for (int i = 0; i < 5; i++) {
        if (netchan_channel_send_text(out, "\"job\"", 5, 5000, NULL))
            return fail();
    }
    tell("received", netchan_exporter_drain(exporter, NETCHAN_RECEIVED, 5000, NULL));
    tell("taken", netchan_exporter_drain(exporter, NETCHAN_TAKEN, 100, NULL));

    for (int i = 0; i < 5; i++) {
        netchan_value *value;
        if (netchan_channel_recv(in, &value, 5000, NULL))
            return fail();
        netchan_value_unref(value);
    }
    puts("the other side took all five");
    tell("taken", netchan_exporter_drain(exporter, NETCHAN_TAKEN, 5000, NULL));

    netchan_channel_unref(out);
    netchan_channel_unref(in);
    if (netchan_importer_wait_closed(importer, 5000, NULL) ||
        netchan_exporter_wait_closed(exporter, 5000, NULL))
        return fail();
    netchan_importer_unref(importer);
    netchan_exporter_unref(exporter);
    return 0;
}
