/* SPDX-License-Identifier: MIT */
/*
 * Blocks that may become long and grow while somebody waits. Short ones are the heap's. Above a
 * size they are pages of their own, which the system moves to a larger place without copying them,
 * and hands out zeroed without clearing them: the heap does both only sometimes, and a copy of
 * sixteen megabytes in the middle of a value keeps all other links waiting.
 *
 * Long values come and go by the thousand, made by one thread and freed by another, and heap and
 * system would give up such memory and fetch it anew all the time: a third and more of a receiver's
 * processor time. It is the same with the slabs that small values lie in. So such blocks are kept for
 * the next when they are freed, while somebody asks for that, which is while an I/O thread runs; its
 * links give them back when they have rested.
 *
 * The size says what a block is, so callers always give the one that they asked for. Any thread may
 * call anything; making and freeing never wait for each other.
 */
#ifndef NCI_BASE_BLOCKS_H
#define NCI_BASE_BLOCKS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_BLOCK_KEPT_FROM  ((size_t)8 << 10)   /* bytes: shorter ones are not kept, */
#define NCI_BLOCK_KEPT_TO    ((size_t)3 << 20)   /* nor longer ones, */
#define NCI_BLOCK_KEPT_MOST  ((size_t)6 << 20)   /* nor more in all */
#define NCI_BLOCK_PAGES_FROM ((size_t)512 << 10) /* from here on copying costs more than a call */

/* Makes a block of old bytes (NULL: none) one of size bytes, not 0. NULL: no memory, the old block
 * is kept. */
void *nci_block_resize(void *block, size_t old, size_t size);
/* A block of zero bytes, or NULL. */
void *nci_block_zeroed(size_t size);
void nci_block_free(void *block, size_t size); /* NULL is allowed */
/* Where a block is to grow: the least size from least to most of which one lies there; least, if
 * none does. */
size_t nci_block_ready(size_t least, size_t most);

/* Blocks are kept from the first call with 1 until each was undone by one with 0. */
void nci_blocks_keep(int on);
/* Gives back what is kept. 1: there was something. */
int nci_blocks_trim(void);
/* In a child of fork, whose other threads may have been in here: begins anew. */
void nci_blocks_forget(void);

#ifdef __cplusplus
}
#endif
#endif
