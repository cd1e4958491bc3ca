/* SPDX-License-Identifier: MIT */
/*
 * The ring of unacknowledged values. Entries leave in one order only, so the ring needs no links
 * and an acknowledgement of a thousand values is one walk over memory that lies together.
 *
 * It must never lose a reference: a value leaves it by an acknowledgement, or stays until its
 * stream is over, when the owner takes what is left.
 */
#include "engine/ledger.h"
#include "base/mem.h"

#include <string.h>

#define SMALLEST 16
#define AHEAD    8
#define KEPT     64 /* a ring larger than this is given back as soon as it is empty */

static void drop_ring(struct nci_ledger *ledger)
{
    nci_free(ledger->ring);
    ledger->ring = NULL;
    ledger->size = ledger->first = 0;
}

void nci_ledger_fini(struct nci_ledger *ledger)
{
    for (uint32_t i = 0; i < ledger->count; i++)
        nci_value_unref(nci_ledger_at(ledger, i)->value);
    ledger->count = ledger->waiting = 0;
    ledger->bytes = 0;
    drop_ring(ledger);
}

static int grow(struct nci_ledger *ledger)
{
    if (ledger->size > UINT32_MAX / 2)
        return -1;
    uint32_t size = ledger->size ? ledger->size * 2 : SMALLEST;
    struct nci_ledger_entry *ring =
        (struct nci_ledger_entry *)nci_realloc_array(NULL, size, sizeof *ring);
    if (!ring)
        return -1;
    for (uint32_t i = 0; i < ledger->count; i++)
        ring[i] = *nci_ledger_at(ledger, i);
    nci_free(ledger->ring);
    ledger->ring = ring;
    ledger->size = size;
    ledger->first = 0;
    return 0;
}

uint32_t nci_ledger_reserve(struct nci_ledger *ledger, uint32_t wanted)
{
    uint32_t room = ledger->size - ledger->count;
    if (room < wanted && ledger->count * 2 >= ledger->size && !grow(ledger))
        room = ledger->size - ledger->count;
    return room < wanted ? room : wanted;
}

void nci_ledger_settle(struct nci_ledger *ledger, uint64_t received, uint64_t taken, uint64_t bytes)
{
    struct nci_value_drops drops = {NULL, 0};
    uint32_t at = (uint32_t)(ledger->received - ledger->taken);
    uint32_t behind = (uint32_t)(received - ledger->taken);
    for (; at < behind; at++) {
        struct nci_ledger_entry *entry = nci_ledger_at(ledger, at);
        if (at + AHEAD < behind) /* they were sent long ago and are in no cache any more */
            nci_prefetch_to_change(nci_ledger_at(ledger, at + AHEAD)->value);
        nci_value_drop(entry->value, &drops);
        entry->value = NULL;
    }
    nci_value_drops_flush(&drops);
    ledger->received = received;
    uint32_t leaving = (uint32_t)(taken - ledger->taken);
    if (!leaving)
        return;
    ledger->bytes -= bytes;
    ledger->first = (ledger->first + leaving) & (ledger->size - 1);
    ledger->count -= leaving;
    ledger->taken = taken;
    if (!ledger->count && ledger->size > KEPT)
        drop_ring(ledger);
}

uint64_t nci_ledger_bytes(const struct nci_ledger *ledger, uint64_t n)
{
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < n; i++)
        bytes += nci_ledger_at(ledger, i)->length;
    return bytes;
}

void nci_ledger_trim(struct nci_ledger *ledger)
{
    if (!ledger->count)
        drop_ring(ledger);
}
