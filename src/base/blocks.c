/* SPDX-License-Identifier: MIT */
/*
 * Blocks on the heap and in pages. Those of a size that may be kept are made as large as the next
 * of a few steps, so that one fits many sizes. Kept ones are chained through themselves, one list
 * for each step, under a flag that is tried and never waited for: who does not get it goes to the
 * heap or the system.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap; without it large blocks are copied */
#endif

#include "base/blocks.h"
#include "base/atomic.h"
#include "base/mem.h"

#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
#define SIZES 35 /* from NCI_BLOCK_KEPT_FROM to NCI_BLOCK_KEPT_TO */

struct kept {
    struct kept *next;
};

static uint32_t busy; /* atomic: a thread is in the lists */
static int keepers;
static struct kept *lists[SIZES];
static size_t kept_bytes;

/* ---- sizes ---- */

static size_t size_of(int step)
{
    size_t base = NCI_BLOCK_KEPT_FROM << step / STEPS;
    return base + base / STEPS * (size_t)(step % STEPS);
}

/* The least step that is enough; -1: the size is none of those. */
static int step_of(size_t size)
{
    int step = 0;
    if (size < NCI_BLOCK_KEPT_FROM || size > NCI_BLOCK_KEPT_TO)
        return -1;
    while (size_of(step + STEPS) < size)
        step += STEPS;
    while (size_of(step) < size)
        step++;
    return step;
}

/* What a block for size bytes really has. */
static size_t whole(size_t size)
{
    int step = step_of(size);
    if (step >= 0)
        return size_of(step);
    if (size < NCI_BLOCK_PAGES_FROM)
        return size;
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static int is_pages(size_t whole_size)
{
    return whole_size >= NCI_BLOCK_PAGES_FROM;
}

/* ---- heap and system, with whole sizes ---- */

static void *map_pages(size_t size)
{
    void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

static void *fetch(size_t size)
{
    return is_pages(size) ? map_pages(size) : nci_alloc(size);
}

static void give_up(void *block, size_t size)
{
    if (is_pages(size))
        (void)munmap(block, size);
    else
        nci_free(block);
}

/* ---- what is kept ---- */

static int enter(void)
{
    uint32_t idle = 0;
    return nci_cas_acq_rel(&busy, &idle, 1);
}

static void leave(void)
{
    nci_store_release(&busy, 0);
}

static void *take(size_t size)
{
    int step = step_of(size);
    if (step < 0 || !enter())
        return NULL;
    struct kept *block = lists[step];
    if (block) {
        lists[step] = block->next;
        kept_bytes -= size;
        ASAN_UNPOISON_MEMORY_REGION(block, size);
    }
    leave();
    return block;
}

/* 1: the block is kept. */
static int keep(void *block, size_t size)
{
    int step = step_of(size);
    if (step < 0 || !enter())
        return 0;
    int room = keepers > 0 && kept_bytes + size <= NCI_BLOCK_KEPT_MOST;
    if (room) {
        struct kept *mine = (struct kept *)block;
        mine->next = lists[step];
        lists[step] = mine;
        kept_bytes += size;
        /* As good as freed: a use of it is still told. */
        ASAN_POISON_MEMORY_REGION(mine + 1, size - sizeof *mine);
    }
    leave();
    return room;
}

/* Entered; leaves. */
static int give_back(void)
{
    struct kept *all[SIZES];
    int any = kept_bytes > 0;
    memcpy(all, lists, sizeof all);
    memset(lists, 0, sizeof lists);
    kept_bytes = 0;
    leave();
    for (int step = 0; step < SIZES; step++) {
        for (struct kept *at = all[step], *next; at; at = next) {
            next = at->next;
            ASAN_UNPOISON_MEMORY_REGION(at, size_of(step));
            give_up(at, size_of(step));
        }
    }
    return any;
}

int nci_blocks_trim(void)
{
    return enter() ? give_back() : 0;
}

void nci_blocks_keep(int on)
{
    while (!enter())
        sched_yield();
    keepers += on ? 1 : -1;
    if (keepers)
        leave();
    else
        (void)give_back();
}

void nci_blocks_forget(void)
{
    memset(lists, 0, sizeof lists);
    kept_bytes = 0;
    keepers = 0;
    nci_store_relaxed(&busy, 0);
}

size_t nci_block_ready(size_t least, size_t most)
{
    size_t found = least;
    int step = step_of(least);
    if (step < 0 || !enter())
        return least;
    for (; step < SIZES && size_of(step) <= most; step++) {
        if (lists[step]) {
            found = size_of(step);
            break;
        }
    }
    leave();
    return found;
}

/* ---- blocks ---- */

static void *make(size_t size)
{
    void *block = take(size);
    if (!block)
        block = fetch(size);
    if (!block && nci_blocks_trim())
        block = fetch(size);
    return block;
}

void *nci_block_zeroed(size_t size)
{
    size = whole(size);
    return is_pages(size) ? map_pages(size) : nci_zalloc(size);
}

void nci_block_free(void *block, size_t size)
{
    size = whole(size);
    if (block && !keep(block, size))
        give_up(block, size);
}

/* With whole sizes, which differ. NULL: not in this way. */
static void *resize_in_place(void *block, size_t old, size_t size)
{
#ifdef MREMAP_MAYMOVE
    if (is_pages(old) && is_pages(size)) {
        void *moved = mremap(block, old, size, MREMAP_MAYMOVE);
        return moved == MAP_FAILED ? NULL : moved;
    }
#endif
    return is_pages(old) || is_pages(size) ? NULL : nci_realloc_array(block, size, 1);
}

void *nci_block_resize(void *block, size_t old, size_t size)
{
    size_t before = whole(old), after = whole(size);
    if (!block)
        return make(after);
    if (before == after)
        return block;
    void *other = after > before ? take(after) : NULL;
    if (!other) {
        other = resize_in_place(block, before, after);
        if (other)
            return other;
        other = make(after);
    }
    if (other) {
        memcpy(other, block, old < size ? old : size);
        nci_block_free(block, old);
    }
    return other;
}
