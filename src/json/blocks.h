/* SPDX-License-Identifier: MIT */
/*
 * Blocks that may become large and grow while somebody waits: above a size they are pages of their
 * own, which the system moves to a larger place without copying them, and hands out zeroed without
 * clearing them. The heap does both only sometimes, and a copy of sixteen megabytes in the middle
 * of a value keeps all other links waiting. Those of tens of kilobytes are kept for the next one
 * (base/spare.h).
 *
 * The size says what a block is, so callers always give it. Sizes are exact: the caller's capacity.
 */
#ifndef NCI_JSON_BLOCKS_H
#define NCI_JSON_BLOCKS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Makes a block of old bytes (NULL: none) one of size bytes, not 0. NULL: no memory, the old block
 * is kept. */
void *nci_block_resize(void *block, size_t old, size_t size);
/* A block of zero bytes, or NULL. */
void *nci_block_zeroed(size_t size);
void nci_block_free(void *block, size_t size); /* NULL is allowed */

#ifdef __cplusplus
}
#endif
#endif
