/* SPDX-License-Identifier: MIT */
/*
 * The ring. Growing unrolls it, so that slots stay first + i modulo a power of two.
 */
#include "local/ring.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define SMALLEST   2u
#define RUN        256u /* items that are merged at a time, going through those in order each time */
#define RUNS_MOST  16u  /* of more it is cheaper to sort all */
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

static int by_stamp(const void *one, const void *other)
{
    uint64_t first = ((const struct nci_item *)one)->stamp;
    uint64_t second = ((const struct nci_item *)other)->stamp;
    return (first > second) - (first < second);
}

/* The first `from` items and the run are in order; behind those is room for the run. */
static void merge(struct nci_ring *ring, uint32_t from, const struct nci_item *run, uint32_t left)
{
    uint32_t to = from + left;
    while (left) {
        int older = !from || nci_ring_at(ring, from - 1)->stamp <= run[left - 1].stamp;
        *nci_ring_at(ring, --to) = older ? run[--left] : *nci_ring_at(ring, --from);
    }
}

static void sort_all(struct nci_ring *ring)
{
    uint32_t upper = ring->size - ring->first;
    if (upper < ring->count) { /* the others lie at the beginning of the array */
        memmove(&ring->items[ring->count - upper], &ring->items[ring->first],
                upper * sizeof *ring->items);
        ring->first = 0;
    }
    qsort(&ring->items[ring->first], ring->count, sizeof *ring->items, by_stamp);
}

void nci_ring_order(struct nci_ring *ring, uint32_t behind)
{
    if (behind > RUNS_MOST * RUN) {
        sort_all(ring);
        return;
    }
    while (behind) {
        struct nci_item run[RUN];
        uint32_t ordered = ring->count - behind, count = behind < RUN ? behind : RUN;
        for (uint32_t i = 0; i < count; i++)
            run[i] = *nci_ring_at(ring, ordered + i);
        qsort(run, count, sizeof *run, by_stamp);
        merge(ring, ordered, run, count);
        behind -= count;
    }
}

void nci_ring_trim(struct nci_ring *ring)
{
    if (!ring->count)
        nci_ring_fini(ring);
}
