/* SPDX-License-Identifier: MIT */
/*
 * The ring. Growing unrolls it, so that slots stay first + i modulo a power of two.
 */
#include "local/ring.h"
#include "base/mem.h"

#include <string.h>

#define SMALLEST   2u
#define MOST_ITEMS ((size_t)1 << 30)

void nci_ring_fini(struct nci_ring *ring)
{
    for (uint32_t i = 0; i < ring->count; i++)
        nci_value_unref(nci_ring_at(ring, i)->value);
    nci_free(ring->items);
    memset(ring, 0, sizeof *ring);
}

int nci_ring_grow(struct nci_ring *ring, size_t total)
{
    if (total > MOST_ITEMS)
        return NCI_NOMEM;
    uint32_t size = ring->size ? ring->size : SMALLEST;
    while (size < total)
        size *= 2;
    struct nci_item *items = (struct nci_item *)nci_realloc_array(NULL, size, sizeof *items);
    if (!items)
        return NCI_NOMEM;
    for (uint32_t i = 0; i < ring->count; i++)
        items[i] = *nci_ring_at(ring, i);
    nci_free(ring->items);
    ring->items = items;
    ring->size = size;
    ring->first = 0;
    return NCI_OK;
}

size_t nci_ring_move(struct nci_ring *from, struct nci_ring *to, uint32_t count)
{
    size_t bytes = 0;
    for (uint32_t left = count; left > 0;) {
        const struct nci_item *source = &from->items[from->first];
        struct nci_item *target = nci_ring_at(to, to->count);
        uint32_t part = from->size - from->first, room = to->size - (uint32_t)(target - to->items);
        part = part < left ? part : left;
        part = part < room ? part : room;
        for (uint32_t i = 0; i < part; i++) {
            target[i] = source[i];
            bytes += nci_value_length(source[i].value);
        }
        from->first = (from->first + part) & (from->size - 1);
        from->count -= part;
        to->count += part;
        left -= part;
    }
    if (!from->count)
        from->first = 0;
    return bytes;
}

/* The run's items are in order. */
static void merge(struct nci_ring *ring, const struct nci_item *run, uint32_t left)
{
    uint32_t from = ring->count, to = from + left;
    ring->count = to;
    while (left) {
        int older = !from || nci_ring_at(ring, from - 1)->stamp <= run[left - 1].stamp;
        *nci_ring_at(ring, --to) = older ? run[--left] : *nci_ring_at(ring, --from);
    }
}

void nci_ring_insert_by_stamp(struct nci_ring *ring, const struct nci_item *items, size_t count)
{
    /* A stream may have been given a value that had come back behind younger ones. */
    for (size_t begin = 0, end = 1; begin < count; begin = end++) {
        while (end < count && items[end - 1].stamp <= items[end].stamp)
            end++;
        merge(ring, &items[begin], (uint32_t)(end - begin));
    }
}

void nci_ring_trim(struct nci_ring *ring)
{
    if (!ring->count)
        nci_ring_fini(ring);
}
