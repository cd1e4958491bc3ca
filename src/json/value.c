/* SPDX-License-Identifier: MIT */
/*
 * Making values and counting their references.
 *
 * A value is one block: header, text, zero bytes, index, decoded strings. The text is copied
 * before it is checked, never after: a caller, or another thread of it, that changes its buffer
 * meanwhile must not get bytes past the check. A length is held against the limit before anything
 * is allocated for it.
 */
#include "json/value_internal.h"

#include "base/blocks.h"
#include "json/quick.h"

void nci_value_place(struct nci_value *value, const struct nci_checker *checker, size_t length)
{
    char *index = (char *)value + nci_value_index_at(length);
    size_t bytes = checker->tape_count * sizeof(struct nci_entry);
    nci_value_head(value, length, checker->tape_count, checker->deepest);
    memcpy(index, checker->tape, bytes);
    value->index = (const struct nci_entry *)(void *)index;
    if (nci_unlikely(checker->decoded_count)) {
        value->decoded_bytes = checker->decoded_count;
        memcpy(index + bytes, checker->decoded, checker->decoded_count);
        value->decoded = (const uint8_t *)index + bytes;
    }
}

static size_t size_needed(const struct nci_checker *checker, size_t length)
{
    return nci_value_index_at(length) + checker->tape_count * sizeof(struct nci_entry) +
           checker->decoded_count;
}

int nci_value_from_checked(struct nci_checker *checker, const char *text, size_t length,
                           struct nci_value **out)
{
    size_t size = size_needed(checker, length);
    uint16_t place = 0;
    struct nci_value *value = size <= NCI_SLAB_MOST ? nci_slab_take(&checker->maker, size, &place)
                                                    : nci_block_resize(NULL, 0, size);
    *out = value;
    if (!value)
        return nci_fail_nomem();
    memcpy(value + 1, text, length + NCI_JSON_SLACK);
    nci_value_place(value, checker, length);
    value->place = place;
    return NCI_OK;
}

/* A copy of a text that the quick way has left to the checking pass lies in the slab where value
 * would have been. Where the index does not fit behind it, the value becomes a block of its own. */
static int check_small(struct nci_checker *checker, struct nci_value *value, size_t length,
                       const struct nci_json_limits *limits, struct nci_value **out)
{
    const char *copy = (const char *)(value + 1);
    uint16_t place = 0;
    nci_check_start(checker, limits);
    if (nci_check_whole(checker, copy, length))
        return checker->status;
    size_t size = size_needed(checker, length);
    if (nci_unlikely(size > nci_slab_left(&checker->maker))) {
        value = nci_block_resize(NULL, 0, size);
        if (!value)
            return nci_fail_nomem();
        memcpy(value + 1, copy, length + NCI_JSON_SLACK);
        nci_slab_leave(&checker->maker); /* it is full */
    } else {
        (void)nci_slab_take(&checker->maker, size, &place);
    }
    nci_value_place(value, checker, length);
    value->place = place;
    *out = value;
    return NCI_OK;
}

/* Copied to where it will lie in the slab, and indexed right behind. */
static int new_small(struct nci_checker *checker, const char *text, size_t length,
                     const struct nci_json_limits *limits, struct nci_value **out)
{
    struct nci_slab_maker *maker = &checker->maker;
    size_t index_at = nci_value_index_at(length);
    /* most indexes are not longer than twice the text */
    struct nci_value *value = nci_slab_room(maker, index_at + 2 * length + 16);
    unsigned depth = limits ? limits->depth : NCI_JSON_DEPTH_DEFAULT;
    size_t most = limits ? limits->value : NCI_JSON_VALUE_DEFAULT;
    if (nci_unlikely(!value))
        return nci_fail_nomem();
    struct nci_entry *index = (struct nci_entry *)(void *)((char *)value + index_at);
    uint32_t entries = nci_quick_copy((uint8_t *)(value + 1), text, length, index,
                                      (nci_slab_left(maker) - index_at) / sizeof *index, &depth);
    if (nci_unlikely(!entries || length > most))
        return check_small(checker, value, length, limits, out);
    uint16_t place = 0;
    (void)nci_slab_take(maker, index_at + entries * sizeof *index, &place);
    nci_value_head(value, length, entries, depth);
    value->index = index;
    value->place = place;
    *out = value;
    return NCI_OK;
}

/* A larger one: copied to its place at once; the block grows by the index when that is known. */
static int new_large(struct nci_checker *checker, const char *text, size_t length,
                     struct nci_value **out)
{
    size_t size = nci_value_index_at(length);
    struct nci_value *value, *grown;
    char *copy;
    int status = nci_check_length(checker, length);
    if (status)
        return status;
    value = nci_block_resize(NULL, 0, size);
    if (!value)
        return nci_fail_nomem();
    copy = (char *)(value + 1);
    if (length)
        memcpy(copy, text, length);
    memset(copy + length, 0, NCI_JSON_SLACK);
    status = nci_check_end(checker, copy, length);
    if (status)
        goto fail;
    grown = nci_block_resize(value, size, size_needed(checker, length));
    if (!grown) {
        status = nci_fail_nomem();
        goto fail;
    }
    nci_value_place(grown, checker, length);
    *out = grown;
    return NCI_OK;
fail:
    nci_block_free(value, size);
    return status;
}

int nci_value_new_with(struct nci_checker *checker, const char *text, size_t length,
                       const struct nci_json_limits *limits, struct nci_value **out)
{
    int status;
    *out = NULL;
    if (nci_likely(length <= NCI_QUICK_MOST)) {
        status = new_small(checker, text, length, limits, out);
    } else {
        nci_check_start(checker, limits);
        status = new_large(checker, text, length, out);
    }
    nci_checker_settle(checker);
    return status;
}

/* Without memory for a checker of this thread's own. */
static __attribute__((cold, noinline)) int new_aside(const char *text, size_t length,
                                                     const struct nci_json_limits *limits,
                                                     struct nci_value **out)
{
    struct nci_checker aside;
    int status;
    nci_checker_init(&aside);
    status = nci_value_new_with(&aside, text, length, limits, out);
    nci_checker_fini(&aside);
    return status;
}

int nci_value_new(const char *text, size_t length, const struct nci_json_limits *limits,
                  struct nci_value **out)
{
    struct nci_checker *mine = nci_checker_mine();
    return nci_likely(mine) ? nci_value_new_with(mine, text, length, limits, out)
                            : new_aside(text, length, limits, out);
}

void nci_value_free(struct nci_value *value)
{
    if (nci_likely(value->place)) {
        nci_slab_drop(value, value->place);
        return;
    }
    if (value->detached) {
        nci_block_free((void *)value->index, value->entries * sizeof *value->index);
        nci_block_free((void *)value->decoded, value->decoded_bytes);
    }
    nci_block_free(value, nci_value_block_size(value));
}

size_t nci_value_memory(const struct nci_value *value)
{
    return nci_value_index_at(value->length) + value->entries * sizeof(struct nci_entry) +
           value->decoded_bytes;
}
