/* SPDX-License-Identifier: MIT */
/*
 * Output that does not hold all of its bytes: a long piece of a value goes out from where it lies,
 * between bytes of the buffer. Copying 64 KiB once more was a seventh of what sending them cost.
 */
#ifndef NCI_ENGINE_LENT_H
#define NCI_ENGINE_LENT_H

#include "base/buf.h"
#include "json/value.h"

#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed: nothing is lent. */
struct nci_lent {
    struct nci_value *value; /* a reference */
    const uint8_t *bytes;
    size_t length;
    size_t at; /* how much of the buffer goes before */
};

#define NCI_LENT_PARTS 3

static inline size_t nci_lent_total(const struct nci_buf *buf, const struct nci_lent *lent)
{
    return nci_buf_length(buf) + lent->length;
}

/* What is to be written, in order and none of it empty, at most so many bytes. Returns the number
 * of parts. */
int nci_lent_parts(const struct nci_buf *buf, const struct nci_lent *lent, size_t most,
                   struct iovec parts[NCI_LENT_PARTS]);
/* Takes written bytes off the front; the reference is let go with the last lent byte. */
void nci_lent_consume(struct nci_buf *buf, struct nci_lent *lent, size_t length);

#ifdef __cplusplus
}
#endif
#endif
