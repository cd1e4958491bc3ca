/* SPDX-License-Identifier: MIT */
/*
 * Reads the channel "numbers" of several exporters, whichever has a value, until all have ended.
 * usage: select URL...
 */
#include <netchan.h>
#include <stdio.h>

#define MOST 16

static int fail(void)
{
    fprintf(stderr, "select: %s\n", netchan_error_text());
    return 1;
}

/* Imports from one more exporter; the case's number is its place among the importers. */
static int add(netchan_select *select, const char *url, netchan_importer **importer)
{
    netchan_channel *numbers;
    if (netchan_channel_new(10, &numbers) ||
        netchan_importer_connect(url, NULL, 5000, NULL, importer) ||
        netchan_importer_import(*importer, "numbers", numbers, NETCHAN_RECV, 100, -1, NULL, 5000,
                                NULL) ||
        netchan_select_add_recv(select, numbers) < 0)
        return fail();
    netchan_channel_unref(numbers); /* the select and the importer hold it */
    return 0;
}

int main(int argc, char **argv)
{
    netchan_importer *importers[MOST];
    netchan_select *select;
    int count = argc - 1 < MOST ? argc - 1 : MOST;
    if (netchan_select_new(&select))
        return fail();
    for (int i = 0; i < count; i++) {
        if (add(select, argv[i + 1], &importers[i]))
            return 1;
    }
    for (int open = count; open > 0;) {
        int64_t number;
        netchan_value *value;
        int status = netchan_select_wait(select, &number, &value, 30000, NULL);
        if (status == NETCHAN_OK) {
            printf("%s %s\n", argv[number + 1], netchan_value_text(value, NULL));
            netchan_value_unref(value);
        } else if (status == NETCHAN_CLOSED) {
            netchan_select_remove(select, number);
            open--;
        } else {
            return fail();
        }
    }
    netchan_select_unref(select);
    int result = 0;
    for (int i = 0; i < count; i++) {
        if (netchan_importer_wait_closed(importers[i], 5000, NULL))
            result = fail();
        netchan_importer_unref(importers[i]);
    }
    return result;
}
