/* SPDX-License-Identifier: MIT */
/*
 * Buffer and lent piece as one row of bytes.
 */
#include "engine/lent.h"

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

int nci_lent_parts(const struct nci_buf *buf, const struct nci_lent *lent, size_t most,
                   struct iovec parts[NCI_LENT_PARTS])
{
    if (!nci_lent_total(buf, lent))
        return 0; /* the buffer may have no memory */
    uint8_t *head = buf->data + buf->read;
    size_t before = lent->length ? lent->at : 0;
    const struct iovec all[NCI_LENT_PARTS] = {
        {head, before},
        {(void *)lent->bytes, lent->length},
        {head + before, nci_buf_length(buf) - before},
    };
    int count = 0;
    for (int i = 0; i < NCI_LENT_PARTS && most; i++) {
        if (!all[i].iov_len)
            continue;
        parts[count] = all[i];
        parts[count].iov_len = least(all[i].iov_len, most);
        most -= parts[count++].iov_len;
    }
    return count;
}

void nci_lent_consume(struct nci_buf *buf, struct nci_lent *lent, size_t length)
{
    if (lent->length) {
        size_t before = least(length, lent->at);
        nci_buf_consume(buf, before);
        lent->at -= before;
        length -= before;
        size_t piece = least(length, lent->length);
        lent->bytes += piece;
        lent->length -= piece;
        length -= piece;
        if (!lent->length) {
            nci_value_unref(lent->value);
            lent->value = NULL;
        }
    }
    if (length)
        nci_buf_consume(buf, length);
}
