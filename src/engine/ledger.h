/* SPDX-License-Identifier: MIT */
/*
 * The sender's account of one stream: every value pulled and not yet taken, oldest first. One
 * ledger, the same in both directions; credit (values and bytes outstanding) is read off it.
 *
 * The youngest entries may be values that were pulled from their channel and not begun on the wire
 * yet, and one that is half written; what a stream's end leaves here goes back to the channel.
 */
#ifndef NCI_ENGINE_LEDGER_H
#define NCI_ENGINE_LEDGER_H

#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_ledger_entry {
    struct nci_value *value; /* NULL once acknowledged as received */
    uint64_t stamp;
    uint64_t end;    /* output offset behind the value's last frame; UINT64_MAX while incomplete */
    uint32_t length; /* payload bytes, for the window */
};

/* A ring that grows by doubling and is given back when empty. */
struct nci_ledger {
    struct nci_ledger_entry *ring;
    uint32_t size;     /* entries allocated, a power of two or 0 */
    uint32_t first;    /* ring slot of the oldest entry */
    uint32_t count;    /* entries held: values outstanding, and those waiting */
    uint32_t waiting;  /* of these, the youngest: last frame not written yet */
    uint64_t taken;    /* sequence number of the last value taken; the oldest entry is taken + 1 */
    uint64_t received; /* sequence number of the last value received */
    uint64_t bytes;    /* payload bytes of values begun and not taken */
};

void nci_ledger_fini(struct nci_ledger *ledger); /* drops what is held */
/* Makes room so that pushes cannot fail: returns for how many, at most wanted; 0 only when there
 * is no memory. Grows by doubling, once a call, so one value never costs room for a thousand. */
uint32_t nci_ledger_reserve(struct nci_ledger *ledger, uint32_t wanted);
/* Lets go the values acknowledged as received, and the entries acknowledged as taken, bytes in
 * all. The caller has checked the figures: taken <= received <= last value written, nothing goes
 * back. */
void nci_ledger_settle(struct nci_ledger *ledger, uint64_t received, uint64_t taken,
                       uint64_t bytes);
/* Payload bytes of the n oldest entries; n <= count. */
uint64_t nci_ledger_bytes(const struct nci_ledger *ledger, uint64_t n);
/* Gives memory back when nothing is held. */
void nci_ledger_trim(struct nci_ledger *ledger);

/* The i-th entry from the oldest; i < count. */
static inline struct nci_ledger_entry *nci_ledger_at(const struct nci_ledger *ledger, uint32_t i)
{
    return &ledger->ring[(ledger->first + i) & (ledger->size - 1)];
}

/* There must be room. */
static inline void nci_ledger_push(struct nci_ledger *ledger, struct nci_value *value,
                                   uint64_t stamp)
{
    struct nci_ledger_entry *entry = nci_ledger_at(ledger, ledger->count);
    entry->value = value;
    entry->stamp = stamp;
    entry->end = UINT64_MAX;
    entry->length = (uint32_t)nci_value_length(value);
    ledger->count++;
    ledger->waiting++;
}

#ifdef __cplusplus
}
#endif
#endif
