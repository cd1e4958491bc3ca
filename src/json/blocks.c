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

void *nci_block_zeroed(size_t size)
{
    return size < PAGES_FROM ? nci_zalloc(size) : map_pages(size);
}

void nci_block_free(void *block, size_t size)
{
    if (!block)
        return;
    if (size < PAGES_FROM)
        nci_free(block);
    else
        (void)munmap(block, whole_pages(size));
}

void *nci_block_resize(void *block, size_t old, size_t size)
{
    void *other;
    if (size < PAGES_FROM && (!block || old < PAGES_FROM))
        return nci_realloc_array(block, size, 1);
#ifdef MREMAP_MAYMOVE
    if (block && size >= PAGES_FROM && old >= PAGES_FROM) {
        other = mremap(block, whole_pages(old), whole_pages(size), MREMAP_MAYMOVE);
        return other == MAP_FAILED ? NULL : other;
    }
#endif
    other = size < PAGES_FROM ? nci_alloc(size) : map_pages(size);
    if (other && block) {
        memcpy(other, block, old < size ? old : size);
        nci_block_free(block, old);
    }
    return other;
}
