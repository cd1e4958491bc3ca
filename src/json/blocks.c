/* SPDX-License-Identifier: MIT */
/*
 * Memory in pages above a size, on the heap below it. Whoever frees or resizes a block must give
 * the size it has: nothing else tells the two apart.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* mremap; without it large blocks are copied */
#endif

#include "json/blocks.h"

#include "base/mem.h"
#include "base/spare.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* From here on copying takes longer than asking the system does. */
#define PAGES_FROM ((size_t)512 << 10)

static size_t whole_pages(size_t size)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    return (size + page - 1) / page * page;
}

static void *map_pages(size_t size)
{
    void *pages =
        mmap(NULL, whole_pages(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return pages == MAP_FAILED ? NULL : pages;
}

/* On the heap: as much as it takes to keep it afterwards. */
static void *heap_block(size_t size)
{
    size_t whole = nci_spare_size(size);
    void *block = nci_spare_take(whole);
    if (!block)
        block = nci_alloc(whole);
    if (!block && nci_spare_trim())
        block = nci_alloc(whole);
    return block;
}

static void *heap_resize(void *block, size_t old, size_t size)
{
    size_t before = nci_spare_size(old), whole = nci_spare_size(size);
    if (before == whole)
        return block;
    if (whole < NCI_SPARE_FROM)
        return nci_realloc_array(block, whole, 1);
    void *other = heap_block(size);
    if (other) {
        memcpy(other, block, old < size ? old : size);
        nci_block_free(block, old);
    }
    return other;
}

void *nci_block_zeroed(size_t size)
{
    return size < PAGES_FROM ? nci_zalloc(nci_spare_size(size)) : map_pages(size);
}

void nci_block_free(void *block, size_t size)
{
    if (!block)
        return;
    if (size >= PAGES_FROM)
        (void)munmap(block, whole_pages(size));
    else if (!nci_spare_put(block, nci_spare_size(size)))
        nci_free(block);
}

void *nci_block_resize(void *block, size_t old, size_t size)
{
    void *other;
    if (!block)
        return size < PAGES_FROM ? heap_block(size) : map_pages(size);
    if (size < PAGES_FROM && old < PAGES_FROM)
        return heap_resize(block, old, size);
#ifdef MREMAP_MAYMOVE
    if (size >= PAGES_FROM && old >= PAGES_FROM) {
        other = mremap(block, whole_pages(old), whole_pages(size), MREMAP_MAYMOVE);
        return other == MAP_FAILED ? NULL : other;
    }
#endif
    other = size < PAGES_FROM ? heap_block(size) : map_pages(size);
    if (other) {
        memcpy(other, block, old < size ? old : size);
        nci_block_free(block, old);
    }
    return other;
}
