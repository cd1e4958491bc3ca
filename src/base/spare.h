/* SPDX-License-Identifier: MIT */
/*
 * Long blocks that were let go, kept for whoever needs one next. Values of tens of kilobytes come
 * and go by the thousand, made by one thread and freed by another, and the heap gives such memory
 * back to the system and fetches it anew all the time: a third of a receiver's processor time.
 *
 * They are kept while somebody asks for it, which is while an I/O thread runs: its links give back
 * what lies here when they have rested. Any thread may call anything; nothing blocks.
 */
#ifndef NCI_BASE_SPARE_H
#define NCI_BASE_SPARE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_SPARE_FROM ((size_t)16 << 10)  /* bytes: shorter blocks are the heap's business */
#define NCI_SPARE_TO   ((size_t)512 << 10) /* and so are these, and longer ones */
#define NCI_SPARE_MOST ((size_t)4 << 20)   /* kept in all: a default window */

/* The size that a block for size bytes must have, so that it can be kept: at most a quarter more. */
size_t nci_spare_size(size_t size);
/* A kept block of exactly this size, with anything in it; NULL: there is none. */
void *nci_spare_take(size_t size);
/* 1: the block, from the heap and of this size, is kept; 0: it is still the caller's. */
int nci_spare_put(void *block, size_t size);
/* Gives back what is kept. 1: there was something. */
int nci_spare_trim(void);

/* Blocks are kept from the first call with 1 until each was undone by one with 0. */
void nci_spare_keep(int on);
/* In a child of fork, whose other threads may have been in here: begins anew. */
void nci_spare_forget(void);

#ifdef __cplusplus
}
#endif
#endif
