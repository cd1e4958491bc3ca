/* SPDX-License-Identifier: MIT */
/*
 * The cursor buffer. Its content never moves while it fits: reserve first slides it to the front
 * when half of the buffer is spent, then doubles, so that appending is linear over all.
 */
#include "base/buf.h"
#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SMALLEST 256

void nci_buf_fini(struct nci_buf *buf)
{
    nci_free(buf->data);
    memset(buf, 0, sizeof *buf);
}

static int grow(struct nci_buf *buf, size_t length)
{
    size_t content = nci_buf_length(buf);
    if (length > SIZE_MAX / 4 - content)
        return -1;
    size_t size = buf->size ? buf->size : SMALLEST;
    while (size < content + length)
        size *= 2;
    if (size == buf->size && buf->read < size / 2)
        size *= 2; /* sliding would cost more than what was consumed since the last time */
    if (size == buf->size || buf->read == 0) {
        if (size != buf->size) {
            uint8_t *data = (uint8_t *)nci_realloc_array(buf->data, size, 1);
            if (!data)
                return -1;
            buf->data = data;
            buf->size = size;
            return 0;
        }
        memmove(buf->data, buf->data + buf->read, content);
    } else {
        uint8_t *data = (uint8_t *)nci_alloc(size);
        if (!data)
            return -1;
        memcpy(data, buf->data + buf->read, content);
        nci_free(buf->data);
        buf->data = data;
        buf->size = size;
    }
    buf->read = 0;
    buf->write = content;
    return 0;
}

uint8_t *nci_buf_reserve(struct nci_buf *buf, size_t length)
{
    if (buf->size - buf->write < length || !buf->data) {
        if (grow(buf, length))
            return NULL;
    }
    return buf->data + buf->write;
}

void nci_buf_commit(struct nci_buf *buf, size_t length)
{
    buf->write += length;
}

void nci_buf_consume(struct nci_buf *buf, size_t length)
{
    buf->read += length;
    if (buf->read == buf->write)
        buf->read = buf->write = 0;
}

int nci_buf_append(struct nci_buf *buf, const void *bytes, size_t length)
{
    if (!length)
        return NCI_OK;
    uint8_t *where = nci_buf_reserve(buf, length);
    if (!where)
        return nci_fail_nomem();
    memcpy(where, bytes, length);
    buf->write += length;
    return NCI_OK;
}

int nci_buf_append_text(struct nci_buf *buf, const char *text)
{
    return nci_buf_append(buf, text, strlen(text));
}

int nci_buf_append_byte(struct nci_buf *buf, uint8_t byte)
{
    uint8_t *where = nci_buf_reserve(buf, 1);
    if (!where)
        return nci_fail_nomem();
    *where = byte;
    buf->write++;
    return NCI_OK;
}

int nci_buf_printf(struct nci_buf *buf, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0)
        return nci_fail(NCI_IO, "cannot format a text");
    uint8_t *where = nci_buf_reserve(buf, (size_t)length + 1);
    if (!where)
        return nci_fail_nomem();
    va_start(args, format);
    vsnprintf((char *)where, (size_t)length + 1, format, args);
    va_end(args);
    buf->write += (size_t)length;
    return NCI_OK;
}
