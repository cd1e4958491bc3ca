/* SPDX-License-Identifier: MIT */
/*
 * A growing byte buffer with a read and a write cursor: bytes between them are its content.
 * No parser or writer does pointer arithmetic on anything else.
 */
#ifndef NCI_BASE_BUF_H
#define NCI_BASE_BUF_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_buf {
    uint8_t *data;
    size_t size;  /* bytes allocated */
    size_t read;  /* first byte of the content */
    size_t write; /* first byte behind the content */
};

/* A zeroed buffer is empty and valid; fini frees it and leaves it so. */
void nci_buf_fini(struct nci_buf *buf);

static inline size_t nci_buf_length(const struct nci_buf *buf)
{
    return buf->write - buf->read;
}

static inline const uint8_t *nci_buf_head(const struct nci_buf *buf)
{
    return buf->data + buf->read;
}

/* Makes room for length more bytes behind the content and returns where they go (NULL: no
 * memory). What the caller filled in becomes content with nci_buf_commit. */
uint8_t *nci_buf_reserve(struct nci_buf *buf, size_t length);
void nci_buf_commit(struct nci_buf *buf, size_t length);

/* Takes length bytes off the front. An emptied buffer starts again at its beginning. */
void nci_buf_consume(struct nci_buf *buf, size_t length);

int nci_buf_append(struct nci_buf *buf, const void *bytes, size_t length) NCI_CHECKED;
int nci_buf_append_text(struct nci_buf *buf, const char *text) NCI_CHECKED;
int nci_buf_append_byte(struct nci_buf *buf, uint8_t byte) NCI_CHECKED;
/* printf for cold paths only: measured at ten times the cost of the hand-written writers. */
int nci_buf_printf(struct nci_buf *buf, const char *format, ...) NCI_CHECKED NCI_PRINTF(2, 3);

#ifdef __cplusplus
}
#endif
#endif
