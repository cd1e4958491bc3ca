/* SPDX-License-Identifier: MIT */
/*
 * A growing ring of values, each with the stamp of its first pop (0: never popped). What a queue,
 * an outbox, an inbox and a returned list are made of. The ring owns one reference per value.
 */
#ifndef NCI_LOCAL_RING_H
#define NCI_LOCAL_RING_H

#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_item {
    struct nci_value *value;
    uint64_t stamp;
};

/* Zeroed is empty and valid. */
struct nci_ring {
    struct nci_item *items;
    uint32_t size; /* a power of two, or 0 */
    uint32_t first, count;
};

void nci_ring_fini(struct nci_ring *ring);
int nci_ring_grow(struct nci_ring *ring, size_t total) NCI_CHECKED;
/* Room for total items without a later failure. No detail text. */
static inline int nci_ring_reserve(struct nci_ring *ring, size_t total)
{
    return total <= ring->size ? NCI_OK : nci_ring_grow(ring, total);
}

/* These run once per value and hop, so they are inline. There must be room for a push. */
static inline struct nci_item *nci_ring_at(const struct nci_ring *ring, uint32_t i)
{
    return &ring->items[(ring->first + i) & (ring->size - 1)];
}

static inline void nci_ring_push(struct nci_ring *ring, struct nci_item item)
{
    *nci_ring_at(ring, ring->count) = item;
    ring->count++;
}

/* The same at the other end. */
static inline void nci_ring_push_front(struct nci_ring *ring, struct nci_item item)
{
    ring->first = (ring->first - 1) & (ring->size - 1);
    ring->items[ring->first] = item;
    ring->count++;
}

static inline struct nci_item nci_ring_pop(struct nci_ring *ring) /* not empty */
{
    struct nci_item item = ring->items[ring->first];
    ring->count--;
    /* a ring that ran empty begins anew: what was used last is in the caches */
    ring->first = ring->count ? (ring->first + 1) & (ring->size - 1) : 0;
    return item;
}

static inline struct nci_item nci_ring_pop_back(struct nci_ring *ring) /* not empty */
{
    return *nci_ring_at(ring, --ring->count);
}

/* Has memory fetch the i-th value, which will be needed soon: where many are under way they have
 * fallen out of the caches, or are in another processor's, and waiting for them was a third of a
 * sender's or receiver's time. Always inline: gcc takes a function that only prefetches for one
 * without effect, and leaves out the call. */
static inline __attribute__((always_inline)) void nci_ring_prefetch(const struct nci_ring *ring,
                                                                    uint32_t i)
{
    if (i < ring->count) {
        const char *value = (const char *)nci_ring_at(ring, i)->value;
        __builtin_prefetch(value);
        __builtin_prefetch(value + 64);
    }
}

/* Moves the first count items to the end of another ring, where there is room. Returns the bytes of
 * their values. */
size_t nci_ring_move(struct nci_ring *from, struct nci_ring *to, uint32_t count);
/* Puts the last `behind` items to their places by stamp; the others are in that order. */
void nci_ring_order(struct nci_ring *ring, uint32_t behind);
/* Gives the memory of an empty ring back. */
void nci_ring_trim(struct nci_ring *ring);

#ifdef __cplusplus
}
#endif
#endif
