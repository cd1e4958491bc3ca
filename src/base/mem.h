/* SPDX-License-Identifier: MIT */
/*
 * Memory. The only room that calls the allocator; everything else goes through these, so that
 * tests can look at one place. All may return NULL (never abort), and none records a detail text:
 * the caller returns nci_fail_nomem().
 */
#ifndef NCI_BASE_MEM_H
#define NCI_BASE_MEM_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

void *nci_alloc(size_t size);
void *nci_zalloc(size_t size);
/* Grows or shrinks an array of count elements; NULL (and the old block kept) on overflow too. */
void *nci_realloc_array(void *old, size_t count, size_t size);
void nci_free(void *block);
/* A NUL-terminated copy of length bytes. */
char *nci_strndup(const char *text, size_t length);
char *nci_strdup(const char *text);

#ifdef __cplusplus
}
#endif
#endif
