/* SPDX-License-Identifier: MIT */
/*
 * The quick way for short texts that are there whole: most values are plain, and for them copying,
 * checking and indexing can be one step that runs in registers.
 *
 * It only ever says yes. What it does not know (escapes, letters beyond ASCII, line ends, exponents,
 * long numbers, much nesting, many names, names that look alike) and all that is wrong it leaves to
 * the checking pass of json/check.h, which alone refuses; and where it says yes, that pass would
 * have left the same index.
 */
#ifndef NCI_JSON_QUICK_H
#define NCI_JSON_QUICK_H

#include "json/check_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_QUICK_MOST 512 /* bytes of a text; a multiple of 64 */

/*
 * Copies a text of up to NCI_QUICK_MOST bytes and NCI_JSON_SLACK zero bytes to copy, always; there is
 * room for at least 16 bytes. Its index goes to index, which has room for so many entries. *depth is
 * the deepest nesting that is allowed, and becomes the text's. Returns the number of entries, or 0:
 * ask the checking pass.
 */
uint32_t nci_quick_copy(uint8_t *copy, const char *text, size_t length, struct nci_entry *index,
                        size_t room, unsigned *depth);

#ifdef __cplusplus
}
#endif
#endif
