/* SPDX-License-Identifier: MIT */
/*
 * Spare blocks: one list for each size, chained through the blocks themselves, and a flag that is
 * tried and never waited for. Who does not get it goes to the heap.
 */
#include "base/spare.h"
#include "base/atomic.h"
#include "base/mem.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>

#ifndef __has_feature
#define __has_feature(feature) 0
#endif
#if defined __SANITIZE_ADDRESS__ || __has_feature(address_sanitizer)
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(block, size)   ((void)(block), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(block, size) ((void)(block), (void)(size))
#endif

#define STEPS 4  /* sizes for each power of two */
#define SIZES 20 /* from NCI_SPARE_FROM to below NCI_SPARE_TO */

struct spare {
    struct spare *next;
};

static uint32_t busy; /* atomic: a thread is in here */
static int keepers;
static struct spare *kept[SIZES];
static size_t kept_bytes;

static int enter(void)
{
    uint32_t idle = 0;
    return nci_cas_acq_rel(&busy, &idle, 1);
}

static void leave(void)
{
    nci_store_release(&busy, 0);
}

/* The place of the least size that is enough; the size goes to *size. -1: none of ours. */
static int place_of(size_t *size)
{
    size_t base = NCI_SPARE_FROM;
    int place = 0;
    if (*size < NCI_SPARE_FROM || *size > NCI_SPARE_TO - NCI_SPARE_TO / (2 * STEPS))
        return -1;
    while (*size > 2 * base - base / STEPS) {
        base *= 2;
        place += STEPS;
    }
    size_t step = base / STEPS;
    size_t over = *size > base ? (*size - base + step - 1) / step : 0;
    *size = base + over * step;
    return place + (int)over;
}

size_t nci_spare_size(size_t size)
{
    (void)place_of(&size);
    return size;
}

void *nci_spare_take(size_t size)
{
    int place = place_of(&size);
    if (place < 0 || !enter())
        return NULL;
    struct spare *spare = kept[place];
    if (spare) {
        kept[place] = spare->next;
        kept_bytes -= size;
        ASAN_UNPOISON_MEMORY_REGION(spare, size);
    }
    leave();
    return spare;
}

int nci_spare_put(void *block, size_t size)
{
    int place = place_of(&size);
    if (place < 0 || !enter())
        return 0;
    int room = keepers > 0 && kept_bytes + size <= NCI_SPARE_MOST;
    if (room) {
        struct spare *spare = (struct spare *)block;
        spare->next = kept[place];
        kept[place] = spare;
        kept_bytes += size;
        /* As good as freed: a use of it is still told. */
        ASAN_POISON_MEMORY_REGION(spare + 1, size - sizeof *spare);
    }
    leave();
    return room;
}

/* Entered. */
static int give_back(void)
{
    struct spare *all[SIZES];
    int any = kept_bytes > 0;
    memcpy(all, kept, sizeof all);
    memset(kept, 0, sizeof kept);
    kept_bytes = 0;
    leave();
    for (int i = 0; i < SIZES; i++) {
        for (struct spare *at = all[i], *next; at; at = next) {
            next = at->next;
            nci_free(at);
        }
    }
    return any;
}

int nci_spare_trim(void)
{
    return enter() ? give_back() : 0;
}

void nci_spare_keep(int on)
{
    while (!enter())
        sched_yield();
    keepers += on ? 1 : -1;
    if (keepers)
        leave();
    else
        (void)give_back();
}

void nci_spare_forget(void)
{
    memset(kept, 0, sizeof kept);
    kept_bytes = 0;
    keepers = 0;
    nci_store_relaxed(&busy, 0);
}
