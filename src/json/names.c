/* SPDX-License-Identifier: MIT */
/*
 * Duplicate names in objects with many members, or with long or escaped names.
 *
 * Every such object that is open has a hash table of its own; the tables are a stack, used again
 * by the next object at the same place. Hashes are keyed with a seed of this process, so that a
 * peer cannot choose names that meet; every name is hashed once, and compared only with names of
 * the same hash.
 *
 * No single name, and no closing brace, may pay for all the others, or a text that arrives in
 * pieces would make one call long: names are put in as they come. A table that has become too
 * small is copied into one of twice the size, a few slots per name, in order. A name whose slot in
 * the old table has been reached goes to the new one, all others still to the old one: so the new
 * one's memory is touched in order too, not at random all over pages that must come first.
 *
 * A large table lies outside the caches, so a few names wait until their slots have been fetched.
 * No answer may depend on that: before any fault is told, those that wait have their turn, since
 * theirs would be the earlier fault.
 */
#include "json/check_internal.h"

#include "base/blocks.h"

#include <pthread.h>
#include <sys/random.h>
#include <time.h>

#define FIRST_SLOTS 64u
#define KEEP_SLOTS  128u /* of a table whose object has closed */
#define MOVED_SLOTS 4u   /* copied per name; divides every size */

static uint64_t seed[2];
static pthread_once_t seed_once = PTHREAD_ONCE_INIT;

static void make_seed(void)
{
    struct timespec now;
    if (getrandom(seed, sizeof seed, GRND_NONBLOCK) == (ssize_t)sizeof seed)
        return;
    /* early boot or an old kernel: the clock and the address space's layout must do */
    (void)clock_gettime(CLOCK_REALTIME, &now);
    seed[0] ^= (uint64_t)now.tv_sec << 32 ^ (uint64_t)now.tv_nsec;
    seed[1] ^= (uint64_t)(uintptr_t)&now ^ (uint64_t)(uintptr_t)&seed << 24;
}

static inline uint64_t rotate(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

static inline void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotate(v[1], 13) ^ v[0];
    v[3] = rotate(v[3], 16) ^ v[2];
    v[0] = rotate(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotate(v[1], 17) ^ v[2];
    v[3] = rotate(v[3], 21) ^ v[0];
    v[2] = rotate(v[2], 32);
}

/* SipHash-1-3. The eight bytes behind the name must be readable. */
static uint32_t hash_name(const uint8_t *name, uint32_t length)
{
    uint64_t v[4] = {seed[0] ^ UINT64_C(0x736f6d6570736575), seed[1] ^ UINT64_C(0x646f72616e646f6d),
                     seed[0] ^ UINT64_C(0x6c7967656e657261),
                     seed[1] ^ UINT64_C(0x7465646279746573)};
    uint32_t left = length;
    uint64_t word;
    for (; left >= 8; left -= 8, name += 8) {
        word = nci_load8(name);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = nci_head_bytes(nci_load8(name), left) ^ (uint64_t)length << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xFF;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(word ^ word >> 32);
}

/* The name at the index entry key, decoded. */
static const uint8_t *name_bytes(const struct nci_checker *checker, const uint8_t *text,
                                 uint32_t key, uint32_t *length)
{
    const struct nci_entry *entry = &checker->tape[key];
    if (nci_entry_code(entry) == NCI_ENTRY_NAME_ESCAPED) {
        *length = nci_entry_length(&entry[1]);
        return checker->decoded + entry[1].offset;
    }
    *length = nci_entry_length(entry);
    return text + entry->offset;
}

static uint32_t newest_name(const struct nci_checker *checker)
{
    uint32_t last = checker->tape_count - 1;
    return nci_entry_code(&checker->tape[last]) == NCI_ENTRY_SECOND ? last - 1 : last;
}

/* Refuses the name at key. */
static int refuse(struct nci_checker *checker, const uint8_t *text, uint32_t key)
{
    const struct nci_entry *entry = &checker->tape[key];
    const uint8_t *name = text + entry->offset;
    int length = (int)nci_entry_length(entry), shown = length;
    if (shown > 60)
        for (shown = 60; (name[shown] & 0xC0) == 0x80; shown--)
            ;
    return nci_check_refuse_here(checker, NCI_VALUE, text, entry->offset - 1,
                                 "member name \"%.*s\"%s appears twice", shown, (const char *)name,
                                 shown < length ? "..." : "");
}

/* Whether these slots have this name. */
static int has(const struct nci_checker *checker, const struct nci_name_slot *slots, uint32_t mask,
               const uint8_t *text, uint32_t hash, uint32_t key)
{
    uint32_t length, other_length, at;
    const uint8_t *name, *other;
    for (at = hash & mask; slots[at].key; at = (at + 1) & mask) {
        if (slots[at].hash != hash)
            continue;
        name = name_bytes(checker, text, key, &length);
        other = name_bytes(checker, text, slots[at].key, &other_length);
        if (length == other_length && !memcmp(name, other, length))
            return 1;
    }
    return 0;
}

/* Puts a name into a free slot, which it returns. */
static uint32_t put(struct nci_name_slot *slots, uint32_t mask, struct nci_name_slot name)
{
    uint32_t at = name.hash & mask;
    while (slots[at].key)
        at = (at + 1) & mask;
    slots[at] = name;
    return at;
}

/* The slots are half full: more take their place, into which they are copied step by step. */
static int begin_moving(struct nci_checker *checker, struct nci_name_table *table)
{
    size_t count = ((size_t)table->mask + 1) * 2;
    struct nci_name_slot *slots = nci_block_zeroed(count * sizeof *slots);
    if (!slots) {
        checker->status = nci_fail_nomem();
        return NCI_NOMEM;
    }
    checker->heap += count * sizeof *slots;
    table->old = table->slots;
    table->old_mask = table->mask;
    table->moved = 0;
    table->slots = slots;
    table->mask = (uint32_t)count - 1;
    return NCI_OK;
}

static void free_old(struct nci_checker *checker, struct nci_name_table *table)
{
    size_t bytes = ((size_t)table->old_mask + 1) * sizeof *table->old;
    if (!table->old)
        return;
    nci_block_free(table->old, bytes);
    table->old = NULL;
    checker->heap -= bytes;
}

static void move_some(struct nci_checker *checker, struct nci_name_table *table)
{
    uint32_t i;
    for (i = 0; i < MOVED_SLOTS; i++, table->moved++)
        if (table->old[table->moved].key)
            (void)put(table->slots, table->mask, table->old[table->moved]);
    if (table->moved > table->old_mask)
        free_old(checker, table);
}

/* Whether the old slots are still those where a name of this hash goes. */
static inline int goes_to_old(const struct nci_name_table *table, uint32_t hash)
{
    return table->old && (hash & table->old_mask) >= table->moved;
}

/* Puts a name into the table; *twice when it is there already. What was copied from the old slots
 * is still in them, so they tell of every name but those that went straight to the new. */
static int insert(struct nci_checker *checker, struct nci_name_table *table, const uint8_t *text,
                  struct nci_name_slot name, int *twice)
{
    int to_old = goes_to_old(table, name.hash);
    if ((table->old && has(checker, table->old, table->old_mask, text, name.hash, name.key)) ||
        (!to_old && has(checker, table->slots, table->mask, text, name.hash, name.key))) {
        *twice = 1;
        return NCI_OK;
    }
    /* round the end of the old slots it may come to one that has been copied without it */
    if (!to_old || put(table->old, table->old_mask, name) < table->moved)
        (void)put(table->slots, table->mask, name);
    table->count++;
    if (table->old)
        move_some(checker, table);
    else if (table->count > table->mask / 2)
        return begin_moving(checker, table);
    return NCI_OK;
}

/* Those that wait get their turn; *twice is the first that is there already, or 0. */
static int insert_waiting(struct nci_checker *checker, struct nci_name_table *table,
                          const uint8_t *text, uint32_t *twice)
{
    unsigned i, waiting = table->waiting;
    int found = 0;
    *twice = 0;
    table->waiting = 0;
    for (i = 0; i < waiting && !found; i++) {
        if (insert(checker, table, text, table->queue[i], &found))
            return checker->status;
        if (found)
            *twice = table->queue[i].key;
    }
    return NCI_OK;
}

/* Gives all those their turn that wait in the first count tables, and refuses the first duplicate.
 * An outer object's names that wait stand before all names of an inner one. */
static int settle(struct nci_checker *checker, const uint8_t *text, uint32_t count)
{
    uint32_t i, twice;
    for (i = 0; i < count; i++) {
        if (insert_waiting(checker, &checker->tables[i], text, &twice))
            return checker->status;
        if (twice)
            return refuse(checker, text, twice);
    }
    return NCI_OK;
}

/* Those of the innermost table get their turn, the others only if it makes a difference. */
static int settle_innermost(struct nci_checker *checker, const uint8_t *text)
{
    uint32_t innermost = checker->tables_open - 1, twice;
    if (insert_waiting(checker, &checker->tables[innermost], text, &twice))
        return checker->status;
    if (!twice)
        return NCI_OK;
    return settle(checker, text, innermost) ? checker->status : refuse(checker, text, twice);
}

/* The name at key joins those that wait in the innermost table. */
static int add(struct nci_checker *checker, const uint8_t *text, uint32_t key)
{
    struct nci_name_table *table = &checker->tables[checker->tables_open - 1];
    struct nci_name_slot *name = &table->queue[table->waiting++];
    uint32_t length;
    const uint8_t *bytes = name_bytes(checker, text, key, &length);
    name->hash = hash_name(bytes, length);
    name->key = key;
    if (table->old)
        __builtin_prefetch(&table->old[name->hash & table->old_mask]);
    if (!goes_to_old(table, name->hash))
        __builtin_prefetch(&table->slots[name->hash & table->mask]);
    return table->waiting == NCI_NAMES_WAITING ? settle_innermost(checker, text) : NCI_OK;
}

/* An empty table for an object: on top of the stack. */
static int push_table(struct nci_checker *checker)
{
    struct nci_name_table *table;
    if (checker->tables_open == checker->tables_size) {
        uint32_t before = checker->tables_size;
        table = nci_check_grow(checker, checker->tables, NULL, &checker->tables_size, before, 1,
                               sizeof *table);
        if (!table)
            return NCI_NOMEM;
        memset(table + before, 0, (checker->tables_size - before) * sizeof *table);
        checker->tables = table;
    }
    table = &checker->tables[checker->tables_open];
    if (!table->slots) {
        table->slots = nci_block_zeroed(FIRST_SLOTS * sizeof *table->slots);
        if (!table->slots) {
            checker->status = nci_fail_nomem();
            return NCI_NOMEM;
        }
        checker->heap += FIRST_SLOTS * sizeof *table->slots;
        table->mask = FIRST_SLOTS - 1;
    }
    memset(table->slots, 0, ((size_t)table->mask + 1) * sizeof *table->slots);
    table->count = 0;
    table->waiting = 0;
    checker->tables_open++;
    return NCI_OK;
}

static void pop_table(struct nci_checker *checker)
{
    struct nci_name_table *table = &checker->tables[--checker->tables_open];
    size_t bytes = ((size_t)table->mask + 1) * sizeof *table->slots;
    free_old(checker, table);
    if (table->mask < KEEP_SLOTS)
        return; /* the next object clears it */
    nci_block_free(table->slots, bytes);
    table->slots = NULL;
    checker->heap -= bytes;
}

/* The names the object has so far go into a table. */
static int move_names(struct nci_checker *checker, struct nci_frame *object, const uint8_t *text,
                      uint32_t newest)
{
    uint32_t key = object->entry + 2;
    (void)pthread_once(&seed_once, make_seed);
    if (push_table(checker))
        return checker->status;
    object->tabled = 1;
    checker->names_count = object->names;
    while (key < newest) {
        if (add(checker, text, key))
            return checker->status;
        key += nci_entry_span(&checker->tape[key]);
        key += nci_entry_span(&checker->tape[key]);
    }
    return NCI_OK;
}

int nci_names_add(struct nci_checker *checker, struct nci_frame *object, const uint8_t *text)
{
    uint32_t key = newest_name(checker);
    if (!object->tabled && move_names(checker, object, text, key))
        return checker->status;
    return add(checker, text, key);
}

int nci_names_close(struct nci_checker *checker, const uint8_t *text)
{
    if (settle_innermost(checker, text))
        return checker->status;
    pop_table(checker);
    return NCI_OK;
}

int nci_names_settle(struct nci_checker *checker, const uint8_t *text)
{
    return settle(checker, text, checker->tables_open);
}

int nci_names_refuse(struct nci_checker *checker, const uint8_t *text)
{
    return nci_names_settle(checker, text) ? checker->status
                                           : refuse(checker, text, newest_name(checker));
}

void nci_names_reset(struct nci_checker *checker)
{
    while (checker->tables_open)
        pop_table(checker);
}

void nci_names_free(struct nci_checker *checker)
{
    uint32_t i;
    nci_names_reset(checker);
    for (i = 0; i < checker->tables_size; i++) {
        struct nci_name_table *table = &checker->tables[i];
        nci_block_free(table->slots, ((size_t)table->mask + 1) * sizeof *table->slots);
    }
    nci_block_free(checker->tables, checker->tables_size * sizeof *checker->tables);
}
