/* SPDX-License-Identifier: MIT */
/*
 * A value: one JSON text, immutable and reference counted, with the index that its check left
 * behind it. Readers walk the index; nothing builds a tree. Any thread may use a value;
 * reading needs no lock.
 *
 * Nodes are small integers, the root is 0. Strings are borrowed and live as long as the value.
 * They are NOT followed by a NUL byte: only the length says where they end, and they may hold
 * U+0000. A plain string is handed out from inside the text, so that reading copies nothing.
 */
#ifndef NCI_JSON_VALUE_H
#define NCI_JSON_VALUE_H

#include "base/atomic.h"
#include "base/status.h"
#include "json/check.h"
#include "json/slab.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Private to json; it stands here so that what is done to every value on every hop is inline. */
struct nci_value {
    uint32_t refs;          /* atomic */
    uint32_t length;        /* of the text, which NCI_JSON_SLACK zero bytes follow */
    uint32_t entries;       /* of the index */
    uint32_t decoded_bytes; /* all strings and names that have escapes */
    const struct nci_entry *index;
    const uint8_t *decoded;
    uint16_t depth;
    uint8_t detached; /* index and decoded strings are blocks of their own */
    uint16_t place;   /* in a slab; 0: the value is a block of its own */
};

enum nci_kind {
    NCI_KIND_NULL = 0,
    NCI_KIND_FALSE = 1,
    NCI_KIND_TRUE = 2,
    NCI_KIND_INTEGER = 3,
    NCI_KIND_REAL = 4,
    NCI_KIND_STRING = 5,
    NCI_KIND_ARRAY = 6,
    NCI_KIND_OBJECT = 7
};

/*
 * Copies and checks a text; the caller may change or free its own at once. Without limits (NULL)
 * the defaults hold. NCI_VALUE with line, column and reason; NCI_LIMIT; NCI_NOMEM.
 */
int nci_value_new(const char *text, size_t length, const struct nci_json_limits *limits,
                  struct nci_value **out) NCI_CHECKED;

/* The same with a checker that the caller keeps, instead of the thread's. */
int nci_value_new_with(struct nci_checker *checker, const char *text, size_t length,
                       const struct nci_json_limits *limits, struct nci_value **out) NCI_CHECKED;

/* The value of a text that the checker has just passed, which lies there unchanged; copies it. */
int nci_value_from_checked(struct nci_checker *checker, const char *text, size_t length,
                           struct nci_value **out) NCI_CHECKED;

/*
 * A value that arrives in pieces, checked piece by piece as it comes, in time that the piece
 * bounds. Memory stays within a small multiple of the bytes that have arrived, whatever length was
 * announced. One thread at a time.
 */
struct nci_value_parts;

int nci_value_parts_begin(const struct nci_json_limits *limits,
                          struct nci_value_parts **out) NCI_CHECKED;
/* Somebody says how long the text will be. Room is made in fewer steps then, still for no more than
 * a small multiple of what has come. */
void nci_value_parts_expect(struct nci_value_parts *parts, size_t length);
/* Takes a copy of the piece. NCI_VALUE, NCI_LIMIT, NCI_NOMEM: later calls give the same. */
int nci_value_parts_add(struct nci_value_parts *parts, const char *bytes,
                        size_t length) NCI_CHECKED;
size_t nci_value_parts_length(const struct nci_value_parts *parts); /* bytes so far */
/* All pieces are there: makes the value. The parts are freed, also on failure. */
int nci_value_parts_finish(struct nci_value_parts *parts, struct nci_value **out) NCI_CHECKED;
void nci_value_parts_abandon(struct nci_value_parts *parts); /* NULL is allowed */

/* Any thread; a value may be shared by any number of them. Unref of the last reference frees. */
static inline struct nci_value *nci_value_ref(struct nci_value *value)
{
    nci_add_relaxed(&value->refs, 1);
    return value;
}

void nci_value_free(struct nci_value *value); /* nobody has a reference any more */

/* Gives a reference up; 1: it was the last. Who holds the only one is alone with the value: nobody has
 * to be told. */
static inline int nci_value_leave(struct nci_value *value)
{
    nci_prefetch_to_change(&value->refs);
    return nci_load_acquire(&value->refs) == 1 || nci_sub_acq_rel(&value->refs, 1) == 1;
}

static inline void nci_value_unref(struct nci_value *value) /* NULL is allowed */
{
    if (value && nci_value_leave(value))
        nci_value_free(value);
}

/* References that are given up one behind the other: values of one slab are counted down together.
 * Zeroed begins; flush ends. */
struct nci_value_drops {
    struct nci_slab *slab;
    uint32_t count; /* of its blocks that are not given back yet */
};

static inline void nci_value_drops_flush(struct nci_value_drops *drops)
{
    if (drops->count)
        nci_slab_lower(drops->slab, drops->count);
    drops->count = 0;
}

static inline void nci_value_drop(struct nci_value *value, struct nci_value_drops *drops)
{
    if (!value || !nci_value_leave(value))
        return;
    if (!value->place) {
        nci_value_free(value);
        return;
    }
    struct nci_slab *slab = nci_slab_of(value, value->place);
    if (slab != drops->slab)
        nci_value_drops_flush(drops);
    drops->slab = slab;
    drops->count++;
}

static inline const char *nci_value_text(const struct nci_value *value, size_t *length)
{
    if (length)
        *length = value->length;
    return (const char *)(value + 1);
}

static inline size_t nci_value_length(const struct nci_value *value)
{
    return value->length;
}

/* Nesting depth of the text: 0 for a scalar, 1 for [] (what limit.depth is compared with). */
static inline unsigned nci_value_depth(const struct nci_value *value)
{
    return value->depth;
}

/* The bytes of memory the value takes: what a limit on memory should count. */
size_t nci_value_memory(const struct nci_value *value);

/*
 * Readers. Errors: NCI_TYPE (the node is of another kind), NCI_USAGE (no such node), NCI_VALUE (no
 * such member or element, or no further one). None blocks or allocates, and no node number,
 * however wrong, makes one read outside the value.
 */
int nci_value_kind(const struct nci_value *value, int64_t node); /* a kind, or an error */
int nci_value_integer(const struct nci_value *value, int64_t node, int64_t *out) NCI_CHECKED;
/* Correct to the last bit in every locale; integers too, rounded to the nearest double. */
int nci_value_real(const struct nci_value *value, int64_t node, double *out) NCI_CHECKED;
int nci_value_string(const struct nci_value *value, int64_t node, const char **text,
                     size_t *length) NCI_CHECKED;
int64_t nci_value_size(const struct nci_value *value, int64_t node); /* members or elements */

/* The value of the member with this name. The cost grows with the members before it. */
int64_t nci_value_member(const struct nci_value *value, int64_t node, const char *name,
                         size_t length);
/* The index-th element of an array. The cost grows with index: for all of them use first, next. */
int64_t nci_value_element(const struct nci_value *value, int64_t node, int64_t index);
/* The i-th member of an object: its name, and as the result its value's node. Cost as above. */
int64_t nci_value_key(const struct nci_value *value, int64_t node, int64_t index, const char **name,
                      size_t *length);

/*
 * Going through a container at a constant cost per step, however large the values in it:
 *   for (n = nci_value_first(v, container); n >= 0; n = nci_value_next(v, n))
 * first gives the first element or member's value, next the one behind node in the same container,
 * name the name of the member whose value node is (NCI_TYPE when it is none).
 */
int64_t nci_value_first(const struct nci_value *value, int64_t node);
int64_t nci_value_next(const struct nci_value *value, int64_t node);
int nci_value_name(const struct nci_value *value, int64_t node, const char **name,
                   size_t *length) NCI_CHECKED;

/* The piece of the text that is this node, borrowed: a string with its quotes and escapes. */
int nci_value_node_text(const struct nci_value *value, int64_t node, const char **text,
                        size_t *length) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
