/* SPDX-License-Identifier: MIT */
/*
 * The value itself, for the files of this folder that make and read it.
 *
 * The text lies right behind the header. Index and decoded strings are found by pointers: usually
 * they follow in the same block; large values that were assembled keep the blocks these grew in.
 * All are blocks of base/blocks.h, but small values lie in slabs (json/slab.h).
 */
#ifndef NCI_JSON_VALUE_INTERNAL_H
#define NCI_JSON_VALUE_INTERNAL_H

#include "json/check_internal.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline const char *nci_value_bytes(const struct nci_value *value)
{
    return nci_value_text(value, NULL);
}

/* Where the index lies in a block that begins with the header and a text of this length. */
static inline size_t nci_value_index_at(size_t length)
{
    return (sizeof(struct nci_value) + length + NCI_JSON_SLACK + 7) & ~(size_t)7;
}

/* The size of the block that the header is in. */
static inline size_t nci_value_block_size(const struct nci_value *value)
{
    size_t size = nci_value_index_at(value->length);
    if (value->detached)
        return size;
    return size + value->entries * sizeof(struct nci_entry) + value->decoded_bytes;
}

/*
 * Makes a value of a block that begins with room for the header, the text and its zero bytes, and
 * has room for the checker's index and decoded strings at nci_value_index_at.
 */
void nci_value_place(struct nci_value *value, const struct nci_checker *checker, size_t length);

/* Sets all of the header but where the index is, for a value without decoded strings. */
static inline void nci_value_head(struct nci_value *value, size_t length, uint32_t entries,
                                  unsigned depth)
{
    value->refs = 1;
    value->length = (uint32_t)length;
    value->entries = entries;
    value->decoded_bytes = 0;
    value->decoded = NULL;
    value->depth = (uint16_t)depth;
    value->detached = 0;
    value->place = 0;
}

/* The double nearest to a number in JSON's notation, in every locale. */
double nci_real_read(const char *text, size_t length);

#define NCI_REAL_TEXT 32
/* Writes a finite double with the fewest digits that read back as the same one, always with a
 * point or an exponent; into a buffer of NCI_REAL_TEXT bytes. Returns the length. */
size_t nci_real_write(char *out, double number);

#ifdef __cplusplus
}
#endif
#endif
