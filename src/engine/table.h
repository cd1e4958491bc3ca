/* SPDX-License-Identifier: MIT */
/*
 * The streams of one link by id. Ids only grow and are never reused, so the table holds the living
 * ones alone: its memory follows how many there are, not how many there have been, and an id that
 * a peer names is only looked up, never made room for.
 */
#ifndef NCI_ENGINE_TABLE_H
#define NCI_ENGINE_TABLE_H

#include "engine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Open addressing; a zeroed table is empty and valid. */
struct nci_table {
    struct nci_stream **slots;
    uint32_t size; /* a power of two or 0; at least a quarter of the slots are free */
    uint32_t count;
};

void nci_table_fini(struct nci_table *table); /* frees the slots, not the streams */
int nci_table_insert(struct nci_table *table, struct nci_stream *stream) NCI_CHECKED;
void nci_table_remove(struct nci_table *table, const struct nci_stream *stream);

static inline struct nci_stream *nci_table_find(const struct nci_table *table, uint64_t id)
{
    if (!table->size)
        return NULL;
    for (uint32_t at = (uint32_t)id;; at++) {
        struct nci_stream *stream = table->slots[at & (table->size - 1)];
        if (!stream || stream->id == id)
            return stream;
    }
}

/* Walks all: the first living stream at slot *at or behind it, NULL at the end; *at is moved on.
 * Inserting and removing end a walk. */
struct nci_stream *nci_table_next(const struct nci_table *table, uint32_t *at);

#ifdef __cplusplus
}
#endif
#endif
