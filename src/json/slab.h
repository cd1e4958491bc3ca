/* SPDX-License-Identifier: MIT */
/*
 * Memory for small values, about sixty to a block: one allocation for all of them, and they lie
 * side by side. A slab goes back when the last value in it has, so one value that a program keeps
 * for long pins eight kilobytes and no more.
 *
 * A maker belongs to one thread at a time; values are dropped by any thread.
 */
#ifndef NCI_JSON_SLAB_H
#define NCI_JSON_SLAB_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A larger block gets memory of its own: else a slab would often be left half empty. */
#define NCI_SLAB_MOST ((size_t)1 << 10)

/* One that comes back is kept for the next (base/blocks.h): most are made by one thread and freed by
 * another, which heaps are slow at. */
#define NCI_SLAB_SIZE ((size_t)8192)

struct nci_slab {
    uint32_t count; /* atomic: blocks out, and more while a maker fills it */
    uint32_t unused;
};

/* Zeroed is ready. */
struct nci_slab_maker {
    struct nci_slab *slab;
    uint32_t used;  /* bytes, with the slab's header */
    uint32_t taken; /* blocks that were given out */
};

/* A new slab. 0: no memory. */
int nci_slab_begin(struct nci_slab_maker *maker);

/* Bytes left in the slab that room was just asked for. */
static inline size_t nci_slab_left(const struct nci_slab_maker *maker)
{
    return NCI_SLAB_SIZE - maker->used;
}

/* The memory that take would give out next, at least size bytes of it; it may be written to, and is
 * lost with the next room or take. NULL: no memory. */
static inline void *nci_slab_room(struct nci_slab_maker *maker, size_t size)
{
    if ((!maker->slab || size > nci_slab_left(maker)) && !nci_slab_begin(maker))
        return NULL;
    return (char *)maker->slab + maker->used;
}

/* A block of size bytes, at a multiple of 8: up to NCI_SLAB_MOST, or to what is left where room was
 * just asked for. place receives what drop needs, never 0. NULL: no memory. */
static inline void *nci_slab_take(struct nci_slab_maker *maker, size_t size, uint16_t *place)
{
    size = (size + 7) & ~(size_t)7;
    void *block = nci_slab_room(maker, size);
    if (!block)
        return NULL;
    *place = (uint16_t)(maker->used / 8);
    maker->used += (uint32_t)size;
    maker->taken++;
    return block;
}

/* So many blocks go back. */
void nci_slab_lower(struct nci_slab *slab, uint32_t by);

/* Where the block lies. */
static inline struct nci_slab *nci_slab_of(void *block, uint16_t place)
{
    return (struct nci_slab *)(void *)((char *)block - (size_t)place * 8);
}

/* The block goes back. */
static inline void nci_slab_drop(void *block, uint16_t place)
{
    nci_slab_lower(nci_slab_of(block, place), 1);
}

/* The maker lets go of its slab, which the blocks still out keep. */
void nci_slab_leave(struct nci_slab_maker *maker);

#ifdef __cplusplus
}
#endif
#endif
