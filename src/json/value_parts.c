/* SPDX-License-Identifier: MIT */
/*
 * Values that arrive in pieces.
 *
 * The text grows in the block that becomes the value, with what has really come, and the
 * checking pass follows it piece by piece. Finishing must not cost what the pieces were cut to
 * avoid: a large index is handed over in the block it grew in rather than copied.
 */
#include "json/value_internal.h"

#include "base/blocks.h"
#include "base/mem.h"

/* An index larger than this is not copied behind the text. */
#define COPY_BYTES ((size_t)64 << 10)

struct nci_value_parts {
    struct nci_value *value; /* only a block so far: header, text, zero bytes, room */
    size_t size;             /* of that block */
    size_t length;           /* of the text so far */
    size_t expected;         /* length of the whole text, 0: not known */
    struct nci_checker checker;
};

int nci_value_parts_begin(const struct nci_json_limits *limits, struct nci_value_parts **out)
{
    struct nci_value_parts *parts = nci_alloc(sizeof *parts);
    *out = parts;
    if (!parts)
        return nci_fail_nomem();
    parts->value = NULL;
    parts->size = parts->length = parts->expected = 0;
    nci_checker_init(&parts->checker);
    nci_check_begin(&parts->checker, limits);
    return NCI_OK;
}

void nci_value_parts_abandon(struct nci_value_parts *parts)
{
    if (!parts)
        return;
    nci_checker_fini(&parts->checker);
    nci_block_free(parts->value, parts->size);
    nci_free(parts);
}

size_t nci_value_parts_length(const struct nci_value_parts *parts)
{
    return parts->length;
}

void nci_value_parts_expect(struct nci_value_parts *parts, size_t length)
{
    parts->expected = length;
}

/* The size of a block for a text of which length bytes are there: for what is expected, and some of
 * the index, when a quarter of that has come; else for twice as much, or four times where such a
 * block lies there. */
static size_t size_for(const struct nci_value_parts *parts, size_t length)
{
    size_t around = sizeof(struct nci_value) + NCI_JSON_SLACK;
    size_t most = parts->checker.value_limit, wanted = parts->expected + parts->expected / 8;
    if (wanted > length && wanted < length * 4)
        return around + (wanted < most ? wanted : most);
    if (length * 2 >= most)
        return around + most;
    return nci_block_ready(around + length * 2, around + length * 4);
}

/* Makes the block hold a text of length bytes. */
static int make_room(struct nci_value_parts *parts, size_t length)
{
    struct nci_value *grown;
    size_t larger;
    if (sizeof(struct nci_value) + length + NCI_JSON_SLACK <= parts->size)
        return NCI_OK;
    larger = size_for(parts, length);
    grown = nci_block_resize(parts->value, parts->size, larger);
    if (!grown) {
        parts->checker.status = nci_fail_nomem();
        return NCI_NOMEM;
    }
    parts->value = grown;
    parts->size = larger;
    return NCI_OK;
}

int nci_value_parts_add(struct nci_value_parts *parts, const char *bytes, size_t length)
{
    struct nci_checker *checker = &parts->checker;
    char *text;
    if (checker->status)
        return checker->status;
    if (nci_check_length(checker,
                         length > SIZE_MAX - parts->length ? SIZE_MAX : parts->length + length) ||
        make_room(parts, parts->length + length))
        return checker->status;
    text = (char *)(parts->value + 1);
    if (length) /* an empty piece may come without an address */
        memcpy(text + parts->length, bytes, length);
    parts->length += length;
    memset(text + parts->length, 0, NCI_JSON_SLACK);
    return nci_check_feed(checker, text, parts->length);
}

/* Gives index and decoded strings blocks of their own. */
static int detach(struct nci_checker *checker, struct nci_value *value)
{
    value->decoded = NULL;
    if (checker->decoded_count) {
        value->decoded = nci_checker_take_decoded(checker);
        if (!value->decoded)
            return nci_fail_nomem();
    }
    value->index = nci_checker_take_tape(checker);
    if (!value->index) {
        nci_block_free((void *)value->decoded, value->decoded_bytes);
        return nci_fail_nomem();
    }
    value->detached = 1;
    return NCI_OK;
}

/* The text is checked: makes the value in the block, which takes the size that it will be freed
 * with. */
static int settle(struct nci_value_parts *parts)
{
    struct nci_checker *checker = &parts->checker;
    size_t extra = checker->tape_count * sizeof(struct nci_entry) + checker->decoded_count;
    size_t size = nci_value_index_at(parts->length);
    int inside = extra <= COPY_BYTES && size + extra <= parts->size;
    struct nci_value *exact;
    size += inside ? extra : 0;
    exact = nci_block_resize(parts->value, parts->size, size);
    if (!exact)
        return nci_fail_nomem();
    parts->value = exact;
    parts->size = size;
    if (inside) {
        nci_value_place(exact, checker, parts->length);
        return NCI_OK;
    }
    nci_value_head(exact, parts->length, checker->tape_count, checker->deepest);
    exact->decoded_bytes = checker->decoded_count;
    return detach(checker, exact);
}

int nci_value_parts_finish(struct nci_value_parts *parts, struct nci_value **out)
{
    struct nci_checker *checker = &parts->checker;
    int status = checker->status;
    *out = NULL;
    if (!status)
        status = nci_value_parts_add(parts, "", 0); /* perhaps nothing has come */
    if (!status)
        status = nci_check_end(checker, (const char *)(parts->value + 1), parts->length);
    if (!status)
        status = settle(parts);
    if (!status) {
        *out = parts->value;
        parts->value = NULL;
    }
    nci_value_parts_abandon(parts);
    return status;
}
