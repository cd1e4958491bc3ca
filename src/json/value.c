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

#include "json/blocks.h"

#include "base/atomic.h"

void nci_value_head(struct nci_value *value, const struct nci_checker *checker, size_t length)
{
    value->refs = 1;
    value->length = (uint32_t)length;
    value->entries = checker->tape_count;
    value->decoded_bytes = checker->decoded_count;
    value->decoded = NULL;
    value->depth = (uint16_t)checker->deepest;
    value->detached = 0;
}

void nci_value_place(struct nci_value *value, const struct nci_checker *checker, size_t length)
{
    char *index = (char *)value + nci_value_index_at(length);
    size_t bytes = checker->tape_count * sizeof(struct nci_entry);
    nci_value_head(value, checker, length);
    memcpy(index, checker->tape, bytes);
    value->index = (const struct nci_entry *)(void *)index;
    if (nci_unlikely(checker->decoded_count)) {
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
    struct nci_value *value = nci_block_resize(NULL, 0, size_needed(checker, length));
    *out = value;
    if (!value)
        return nci_fail_nomem();
    memcpy(value + 1, text, length + NCI_JSON_SLACK);
    nci_value_place(value, checker, length);
    return NCI_OK;
}

/* A text that the checker has room for: checked there, so that the one block is exact. */
static int new_small(struct nci_checker *checker, const char *text, size_t length,
                     struct nci_value **out)
{
    char *copy = (char *)checker->text_inline;
    if (length)
        memcpy(copy, text, length);
    memset(copy + length, 0, NCI_JSON_SLACK);
    if (nci_check_end(checker, copy, length))
        return checker->status;
    return nci_value_from_checked(checker, copy, length, out);
}

/* A larger one: copied to its place at once; the block grows by the index when that is known. */
static int new_large(struct nci_checker *checker, const char *text, size_t length,
                     struct nci_value **out)
{
    size_t size = nci_value_index_at(length);
    struct nci_value *value = nci_block_resize(NULL, 0, size), *grown;
    char *copy;
    int status = NCI_OK;
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
    nci_check_begin(checker, limits);
    status = nci_check_length(checker, length);
    if (status)
        return status;
    status = length <= NCI_CHECK_TEXT ? new_small(checker, text, length, out)
                                      : new_large(checker, text, length, out);
    nci_checker_settle(checker);
    return status;
}

int nci_value_new(const char *text, size_t length, const struct nci_json_limits *limits,
                  struct nci_value **out)
{
    struct nci_checker checker;
    int status;
    nci_checker_init(&checker);
    status = nci_value_new_with(&checker, text, length, limits, out);
    nci_checker_fini(&checker);
    return status;
}

struct nci_value *nci_value_ref(struct nci_value *value)
{
    nci_add_relaxed(&value->refs, 1);
    return value;
}

void nci_value_unref(struct nci_value *value)
{
    if (!value || nci_sub_acq_rel(&value->refs, 1) != 1)
        return;
    if (nci_unlikely(value->detached)) {
        nci_block_free((void *)value->index, value->entries * sizeof *value->index);
        nci_block_free((void *)value->decoded, value->decoded_bytes);
    }
    nci_block_free(value, nci_value_block_size(value));
}

const char *nci_value_text(const struct nci_value *value, size_t *length)
{
    if (length)
        *length = value->length;
    return nci_value_bytes(value);
}

size_t nci_value_length(const struct nci_value *value)
{
    return value->length;
}

unsigned nci_value_depth(const struct nci_value *value)
{
    return value->depth;
}

size_t nci_value_memory(const struct nci_value *value)
{
    return nci_value_index_at(value->length) + value->entries * sizeof(struct nci_entry) +
           value->decoded_bytes;
}
