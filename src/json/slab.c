/* SPDX-License-Identifier: MIT */
/*
 * The count of a slab starts high and is lowered, when the maker leaves it, to the blocks that are
 * out: so giving a block out touches nothing that other threads look at.
 */
#include "json/slab.h"

#include "base/atomic.h"
#include "base/blocks.h"

#define BIAS ((uint32_t)1 << 30)

void nci_slab_lower(struct nci_slab *slab, uint32_t by)
{
    if (nci_sub_acq_rel(&slab->count, by) == by)
        nci_block_free(slab, NCI_SLAB_SIZE);
}

int nci_slab_begin(struct nci_slab_maker *maker)
{
    nci_slab_leave(maker);
    struct nci_slab *slab = nci_block_resize(NULL, 0, NCI_SLAB_SIZE);
    if (!slab)
        return 0;
    slab->count = BIAS;
    maker->slab = slab;
    maker->used = sizeof *slab;
    maker->taken = 0;
    return 1;
}

void nci_slab_leave(struct nci_slab_maker *maker)
{
    if (maker->slab)
        nci_slab_lower(maker->slab, BIAS - maker->taken);
    maker->slab = NULL;
}
