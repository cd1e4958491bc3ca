/* SPDX-License-Identifier: MIT */
/*
 * How the receiver limits the sender. Both sides stand in one program here; the import's size is 3,
 * and nobody takes values out at first. usage: credit
 */
#include <netchan.h>
#include <stdio.h>

static int fail(void)
{
    fprintf(stderr, "credit: %s\n", netchan_error_text());
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
           netchan_importer_import(*importer, "jobs", in, NETCHAN_RECV, 3, -1, NULL, 5000, NULL);
}

int main(void)
{
    netchan_channel *out, *in;
    netchan_exporter *exporter;
    netchan_importer *importer;
    netchan_value *value;
    if (netchan_channel_new(0, &out) || netchan_channel_new(0, &in) ||
        join(&exporter, out, &importer, in))
        return fail();
    int status = NETCHAN_OK;
    for (int i = 1; i <= 4; i++) { /* three are on their way, then there is no credit left */
        char text[20];
        int length = snprintf(text, sizeof text, "%d", i);
        status = netchan_channel_send_text(out, text, (size_t)length, 1000, NULL);
        printf("send %d: %s\n", i, netchan_error_name(status));
    }
    if (status != NETCHAN_TIMEOUT || netchan_channel_recv(in, &value, 5000, NULL))
        return fail();
    printf("the other side took %s\n", netchan_value_text(value, NULL)); /* which gives credit */
    netchan_value_unref(value);
    status = netchan_channel_send_text(out, "4", 1, 5000, NULL);
    printf("send 4: %s\n", netchan_error_name(status));

    netchan_channel_unref(out);
    netchan_channel_unref(in);
    if (netchan_importer_wait_closed(importer, 5000, NULL) ||
        netchan_exporter_wait_closed(exporter, 5000, NULL))
        return fail();
    netchan_importer_unref(importer);
    netchan_exporter_unref(exporter);
    return status != NETCHAN_OK;
}
