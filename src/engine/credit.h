/* SPDX-License-Identifier: MIT */
/*
 * The one rule of credit, for both ends: a value may be begun while values outstanding are fewer
 * than size and payload bytes outstanding are fewer than window. So the window may be overrun by
 * one value, and a value larger than the window travels alone. Sender and receiver compute it from
 * the same figures; the receiver's are never behind what it has told.
 */
#ifndef NCI_ENGINE_CREDIT_H
#define NCI_ENGINE_CREDIT_H

#include "engine/stream.h"

#ifdef __cplusplus
extern "C" {
#endif

static inline int nci_credit_allows(const struct nci_stream *stream, uint64_t values,
                                    uint64_t bytes)
{
    return values < stream->size && bytes < stream->window;
}

/* How many more values the count allows behind the first n. */
static inline uint64_t nci_credit_count_left(const struct nci_stream *stream, uint64_t n)
{
    if (stream->count < 0)
        return UINT64_MAX;
    return (uint64_t)stream->count > n ? (uint64_t)stream->count - n : 0;
}

#ifdef __cplusplus
}
#endif
#endif
