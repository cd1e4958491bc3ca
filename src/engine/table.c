/* SPDX-License-Identifier: MIT */
/*
 * Open addressing with the id itself as hash (ids count up, so neighbours spread evenly) and linear
 * probing; removal closes the gap, so no marks of the dead pile up over millions of short streams.
 */
#include "engine/table.h"
#include "base/mem.h"

#include <string.h>

#define SMALLEST 4

void nci_table_fini(struct nci_table *table)
{
    nci_free(table->slots);
    memset(table, 0, sizeof *table);
}

static void place(struct nci_stream **slots, uint32_t size, struct nci_stream *stream)
{
    uint32_t at = stream->id;
    while (slots[at & (size - 1)])
        at++;
    slots[at & (size - 1)] = stream;
}

static int resize(struct nci_table *table, uint32_t size)
{
    struct nci_stream **slots = (struct nci_stream **)nci_zalloc((size_t)size * sizeof *slots);
    if (!slots)
        return nci_fail_nomem();
    for (uint32_t i = 0; i < table->size; i++) {
        if (table->slots[i])
            place(slots, size, table->slots[i]);
    }
    nci_free(table->slots);
    table->slots = slots;
    table->size = size;
    return NCI_OK;
}

int nci_table_insert(struct nci_table *table, struct nci_stream *stream)
{
    if ((table->count + 1) * 4 > table->size * 3) {
        int code = resize(table, table->size ? table->size * 2 : SMALLEST);
        if (code)
            return code;
    }
    place(table->slots, table->size, stream);
    table->count++;
    return NCI_OK;
}

void nci_table_remove(struct nci_table *table, const struct nci_stream *stream)
{
    uint32_t mask = table->size - 1, hole = stream->id;
    while (table->slots[hole & mask] != stream)
        hole++;
    hole &= mask;
    for (uint32_t at = hole + 1; table->slots[at & mask]; at++) {
        /* What probed past the hole to reach its place moves into it. */
        uint32_t home = table->slots[at & mask]->id;
        if (((at - home) & mask) >= ((at - hole) & mask)) {
            table->slots[hole] = table->slots[at & mask];
            hole = at & mask;
        }
    }
    table->slots[hole] = NULL;
    table->count--;
    /* Shrinking is a kindness: without memory for it the larger table stays. */
    if (!table->count)
        nci_table_fini(table);
    else if (table->size > SMALLEST * 8 && table->count * 8 < table->size)
        (void)!resize(table, table->size / 2);
}

struct nci_stream *nci_table_next(const struct nci_table *table, uint32_t *at)
{
    while (*at < table->size) {
        struct nci_stream *stream = table->slots[(*at)++];
        if (stream)
            return stream;
    }
    return NULL;
}
