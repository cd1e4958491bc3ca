/* SPDX-License-Identifier: MIT */
/*
 * The quick way as machines without SSE2 have it, beside the one of this machine.
 */
#ifndef NETCHAN_TESTS_JSON_QUICK_WORDS_H
#define NETCHAN_TESTS_JSON_QUICK_WORDS_H

#include "json/quick.h"

#ifdef __cplusplus
extern "C" {
#endif

/* As nci_quick_copy. */
uint32_t quick_copy_words(uint8_t *copy, const char *text, size_t length, struct nci_entry *index,
                          size_t room, unsigned *depth);

#ifdef __cplusplus
}
#endif
#endif
