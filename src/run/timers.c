/* SPDX-License-Identifier: MIT */
/*
 * A binary heap with each source's slot kept in the source, so that moving a timer is O(log n).
 */
#include "run/timers.h"
#include "base/clock.h"
#include "base/mem.h"

void nci_timers_fini(struct nci_timers *timers)
{
    nci_free(timers->heap);
}

static void place(struct nci_timers *timers, uint32_t slot, struct nci_source *source)
{
    timers->heap[slot] = source;
    source->heap_slot = slot;
}

static void sift_up(struct nci_timers *timers, uint32_t slot, struct nci_source *source)
{
    while (slot > 1 && timers->heap[slot / 2]->due > source->due) {
        place(timers, slot, timers->heap[slot / 2]);
        slot /= 2;
    }
    place(timers, slot, source);
}

static void sift_down(struct nci_timers *timers, uint32_t slot, struct nci_source *source)
{
    for (;;) {
        uint32_t child = slot * 2;
        if (child > timers->count)
            break;
        if (child < timers->count && timers->heap[child + 1]->due < timers->heap[child]->due)
            child++;
        if (timers->heap[child]->due >= source->due)
            break;
        place(timers, slot, timers->heap[child]);
        slot = child;
    }
    place(timers, slot, source);
}

static void take_out(struct nci_timers *timers, struct nci_source *source)
{
    uint32_t slot = source->heap_slot;
    struct nci_source *last = timers->heap[timers->count--];
    source->heap_slot = 0;
    if (last == source)
        return;
    if (slot > 1 && timers->heap[slot / 2]->due > last->due)
        sift_up(timers, slot, last);
    else
        sift_down(timers, slot, last);
}

int nci_timers_reserve(struct nci_timers *timers)
{
    if (timers->reserved + 1 >= timers->size) {
        uint32_t size = timers->size ? timers->size * 2 : 16;
        struct nci_source **heap =
            (struct nci_source **)nci_realloc_array(timers->heap, size, sizeof *heap);
        if (!heap)
            return nci_fail_nomem();
        timers->heap = heap;
        timers->size = size;
    }
    timers->reserved++;
    return NCI_OK;
}

void nci_timers_unreserve(struct nci_timers *timers)
{
    timers->reserved--;
}

void nci_timers_set(struct nci_timers *timers, struct nci_source *source, int64_t due)
{
    if (source->heap_slot && source->due == due)
        return;
    if (source->heap_slot)
        take_out(timers, source);
    source->due = due;
    if (due == NCI_FOREVER)
        return;
    timers->count++;
    sift_up(timers, timers->count, source);
}

int64_t nci_timers_next(const struct nci_timers *timers)
{
    return timers->count ? timers->heap[1]->due : NCI_FOREVER;
}

struct nci_source *nci_timers_pop(struct nci_timers *timers, int64_t now)
{
    if (!timers->count || timers->heap[1]->due > now)
        return NULL;
    struct nci_source *source = timers->heap[1];
    take_out(timers, source);
    source->due = NCI_FOREVER;
    return source;
}
