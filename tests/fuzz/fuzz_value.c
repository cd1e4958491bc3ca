/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any text through the check, and what it accepts through every reader. The first byte
 * chooses: its low three bits how many pieces are cut off in front, bit 3 small limits, bit 6 pieces
 * of one byte; a byte for each piece's length follows, and then the text. Whole and in pieces it
 * must get one answer, one position and the same words; jansson must say the same of it; and what
 * the builder makes of the nodes must be the same value again.
 */
#include "json/builder.h"
#include "json/check_internal.h"
#include "json/value.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PIECES 7
#define MOST   ((size_t)1 << 16)
#define WALK   200 /* children of one node that are looked up by number and name */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct verdict {
    int code;
    struct nci_check_fault fault;
};

struct input {
    const char *text;
    size_t length;
    size_t ends[PIECES]; /* where the pieces end, but the last */
    size_t cuts;
    int bytewise;
    struct nci_json_limits limits;
};

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_value: %s\n", what);
    abort();
}

/* The first bytes of a text in a block of exactly that length and slack zero bytes, so that a look
 * behind them is seen. */
static char *block_of(const char *text, size_t length, size_t slack)
{
    char *block = (char *)calloc(1, length + slack + !(length + slack));
    if (!block)
        abort();
    if (length)
        memcpy(block, text, length);
    return block;
}

static size_t next_end(const struct input *input, size_t i, size_t from)
{
    if (input->bytewise)
        return from + 1 < input->length ? from + 1 : input->length;
    return i < input->cuts ? input->ends[i] : input->length;
}

/* -- one answer, whole and in pieces -- */

static struct verdict verdict_of(const struct nci_checker *checker, int code)
{
    struct verdict verdict;
    const struct nci_check_fault *fault = nci_check_error(checker);
    memset(&verdict, 0, sizeof verdict);
    verdict.code = code;
    if (fault) {
        verdict.fault.offset = fault->offset;
        verdict.fault.line = fault->line;
        verdict.fault.column = fault->column;
        strcpy(verdict.fault.reason, fault->reason);
    }
    return verdict;
}

static struct verdict check_whole(struct nci_checker *checker, const struct input *input)
{
    char *block = block_of(input->text, input->length, NCI_JSON_SLACK);
    struct verdict verdict =
        verdict_of(checker, nci_check_text(checker, block, input->length, &input->limits));
    free(block);
    must(verdict.fault.offset <= input->length, "a fault behind the text");
    return verdict;
}

static struct verdict check_cut(struct nci_checker *checker, const struct input *input)
{
    int code = NCI_OK;
    nci_check_begin(checker, &input->limits);
    for (size_t i = 0, end = 0; !code; i++) {
        int last = end == input->length && i >= input->cuts;
        end = next_end(input, i, end);
        char *block = block_of(input->text, end, NCI_JSON_SLACK);
        code = last ? nci_check_end(checker, block, end) : nci_check_feed(checker, block, end);
        free(block);
        if (last)
            break;
    }
    return verdict_of(checker, code);
}

static void one_answer(const struct input *input)
{
    struct nci_checker *checker = NULL;
    if (nci_checker_new(&checker))
        abort();
    struct verdict whole = check_whole(checker, input), cut = check_cut(checker, input);
    /* A text that is too long is refused for that before it is looked at; in pieces perhaps for
     * what stands in its first ones. */
    if (input->length <= input->limits.value)
        must(whole.code == cut.code && whole.fault.offset == cut.fault.offset &&
                 whole.fault.line == cut.fault.line && whole.fault.column == cut.fault.column &&
                 !strcmp(whole.fault.reason, cut.fault.reason),
             "another answer when cut");
    else
        must(whole.code == NCI_LIMIT && cut.code != NCI_OK, "longer than its limit");
    nci_checker_free(checker);
}

/* The text of pieces as a value; the words of a refusal stay in the thread's detail text. */
static int assemble(const struct input *input, struct nci_value **out)
{
    struct nci_value_parts *parts;
    if (nci_value_parts_begin(&input->limits, &parts))
        abort();
    for (size_t i = 0, at = 0, end; at < input->length || i < input->cuts; i++, at = end) {
        end = next_end(input, i, at);
        char *block = block_of(input->text + at, end - at, 0);
        int code = nci_value_parts_add(parts, block, end - at);
        free(block);
        if (code) {
            nci_value_parts_abandon(parts);
            return code;
        }
        must(nci_value_parts_length(parts) == end, "a wrong length of pieces");
    }
    return nci_value_parts_finish(parts, out);
}

/* -- the readers -- */

struct bytes {
    const char *text;
    size_t length;
};

static int same_bytes(struct bytes one, struct bytes other)
{
    return one.length == other.length && (!one.length || !memcmp(one.text, other.text, one.length));
}

static struct bytes node_text(const struct nci_value *value, int64_t node)
{
    struct bytes bytes;
    must(nci_value_node_text(value, node, &bytes.text, &bytes.length) == NCI_OK, "no text");
    return bytes;
}

/* Every scalar reader, of the right kind or not. */
static void read_scalar(const struct nci_value *value, int64_t node, int kind)
{
    int64_t number = 0;
    double real = 0;
    struct bytes string = {NULL, 0};
    must(nci_value_integer(value, node, &number) == (kind == NCI_KIND_INTEGER ? NCI_OK : NCI_TYPE),
         "an integer that is none");
    int is_number = kind == NCI_KIND_INTEGER || kind == NCI_KIND_REAL;
    must(nci_value_real(value, node, &real) == (is_number ? NCI_OK : NCI_TYPE),
         "a real that is none");
    volatile double rounded = (double)number; /* in memory: registers may be wider than a double */
    must(isfinite(real) && (kind != NCI_KIND_INTEGER || real == rounded), "another number");
    must(nci_value_string(value, node, &string.text, &string.length) ==
             (kind == NCI_KIND_STRING ? NCI_OK : NCI_TYPE),
         "a string that is none");
    must(string.length <= nci_value_length(value), "a string longer than its text");
}

/* Steps, numbers and names lead to the same children. */
static void read_children(const struct nci_value *value, int64_t node, int kind)
{
    int64_t size = nci_value_size(value, node), child = nci_value_first(value, node), count = 0;
    must(size >= 0, "a container without a size");
    for (; child >= 0; child = nci_value_next(value, child), count++) {
        struct bytes key, name;
        must(child > node, "a child before its container");
        if (count >= WALK)
            continue;
        if (kind == NCI_KIND_ARRAY) {
            must(nci_value_element(value, node, count) == child, "another element");
            must(nci_value_name(value, child, &name.text, &name.length) == NCI_TYPE,
                 "an element with a name");
            continue;
        }
        must(nci_value_key(value, node, count, &key.text, &key.length) == child, "another key");
        must(nci_value_name(value, child, &name.text, &name.length) == NCI_OK, "no name");
        must(same_bytes(key, name), "another name");
        must(nci_value_member(value, node, name.text, name.length) == child, "another member");
    }
    must(child == NCI_VALUE && count == size, "another size");
    must(nci_value_element(value, node, size) == (kind == NCI_KIND_ARRAY ? NCI_VALUE : NCI_TYPE),
         "an element behind the last");
    must(nci_value_element(value, node, -1) < 0, "an element before the first");
}

/* A node that perhaps is none: all readers agree on that. */
static void read_node(const struct nci_value *value, int64_t node)
{
    int kind = nci_value_kind(value, node);
    struct bytes bytes;
    int64_t number;
    double real;
    if (kind >= 0) {
        read_scalar(value, node, kind);
        if (kind >= NCI_KIND_ARRAY)
            read_children(value, node, kind);
        else
            must(nci_value_size(value, node) == NCI_TYPE && nci_value_first(value, node) < 0 &&
                     nci_value_member(value, node, "a", 1) == NCI_TYPE,
                 "a scalar with children");
        return;
    }
    must(kind == NCI_USAGE && nci_value_integer(value, node, &number) == NCI_USAGE &&
             nci_value_real(value, node, &real) == NCI_USAGE &&
             nci_value_string(value, node, &bytes.text, &bytes.length) == NCI_USAGE &&
             nci_value_size(value, node) == NCI_USAGE && nci_value_first(value, node) < 0 &&
             nci_value_next(value, node) == NCI_USAGE &&
             nci_value_member(value, node, "", 0) == NCI_USAGE &&
             nci_value_element(value, node, 0) == NCI_USAGE &&
             nci_value_key(value, node, 0, &bytes.text, &bytes.length) == NCI_USAGE &&
             nci_value_name(value, node, &bytes.text, &bytes.length) == NCI_USAGE &&
             nci_value_node_text(value, node, &bytes.text, &bytes.length) == NCI_USAGE,
         "a node for one reader and none for another");
}

static void read_all(const struct nci_value *value)
{
    static const int64_t wrong[] = {-1, INT64_MIN, INT64_MAX, INT64_C(1) << 32};
    for (int64_t node = 0; node < (int64_t)value->entries + 2; node++)
        read_node(value, node);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        must(nci_value_kind(value, wrong[i]) == NCI_USAGE, "a node far away");
    must(nci_value_memory(value) >= nci_value_length(value), "less memory than its text");
}

/* -- the same value twice: a and b may be written differently -- */

static void same(const struct nci_value *a, int64_t m, const struct nci_value *b, int64_t n)
{
    int kind = nci_value_kind(a, m);
    must(kind >= 0 && nci_value_kind(b, n) == kind, "another kind");
    if (kind == NCI_KIND_INTEGER) {
        int64_t x = 0, y = 1;
        must(!nci_value_integer(a, m, &x) && !nci_value_integer(b, n, &y) && x == y,
             "another integer");
    } else if (kind == NCI_KIND_REAL) {
        double x = 0, y = 1;
        must(!nci_value_real(a, m, &x) && !nci_value_real(b, n, &y) && !memcmp(&x, &y, sizeof x),
             "another real");
    } else if (kind == NCI_KIND_STRING) {
        struct bytes x, y;
        must(!nci_value_string(a, m, &x.text, &x.length) &&
                 !nci_value_string(b, n, &y.text, &y.length) && same_bytes(x, y),
             "another string");
    }
    if (kind < NCI_KIND_ARRAY)
        return;
    int64_t child = nci_value_first(a, m), other = nci_value_first(b, n);
    for (; child >= 0 && other >= 0;
         child = nci_value_next(a, child), other = nci_value_next(b, other)) {
        struct bytes x, y;
        if (kind == NCI_KIND_OBJECT)
            must(!nci_value_name(a, child, &x.text, &x.length) &&
                     !nci_value_name(b, other, &y.text, &y.length) && same_bytes(x, y),
                 "another name");
        same(a, child, b, other);
    }
    must(child < 0 && other < 0, "another number of children");
}

/* -- the builder -- */

static void build(struct nci_builder *builder, const struct nci_value *value, int64_t node)
{
    int64_t number = 0, child;
    double real = 0;
    struct bytes string;
    switch (nci_value_kind(value, node)) {
    case NCI_KIND_NULL:
        (void)nci_builder_null(builder);
        return;
    case NCI_KIND_FALSE:
    case NCI_KIND_TRUE:
        (void)nci_builder_boolean(builder, nci_value_kind(value, node) == NCI_KIND_TRUE);
        return;
    case NCI_KIND_INTEGER:
        (void)!nci_value_integer(value, node, &number);
        (void)nci_builder_integer(builder, number);
        return;
    case NCI_KIND_REAL:
        (void)!nci_value_real(value, node, &real);
        (void)nci_builder_real(builder, real);
        return;
    case NCI_KIND_STRING:
        must(!nci_value_string(value, node, &string.text, &string.length), "no string");
        (void)nci_builder_string(builder, string.text, string.length);
        return;
    case NCI_KIND_ARRAY:
        (void)nci_builder_begin_array(builder);
        for (child = nci_value_first(value, node); child >= 0; child = nci_value_next(value, child))
            build(builder, value, child);
        (void)nci_builder_end_array(builder);
        return;
    default:
        (void)nci_builder_begin_object(builder);
        for (child = nci_value_first(value, node); child >= 0;
             child = nci_value_next(value, child)) {
            must(!nci_value_name(value, child, &string.text, &string.length), "no name");
            (void)nci_builder_key(builder, string.text, string.length);
            build(builder, value, child);
        }
        (void)nci_builder_end_object(builder);
    }
}

static void build_again(const struct nci_value *value)
{
    struct nci_json_limits most = {NCI_JSON_VALUE_MAX, NCI_JSON_DEPTH_MAX};
    struct nci_builder *builder;
    struct nci_value *again = NULL, *copy = NULL;
    struct bytes text, other;
    if (nci_builder_new(&builder))
        abort();
    build(builder, value, 0);
    must(nci_builder_finish(builder, &most, &again) == NCI_OK, "the builder refuses its nodes");
    same(value, 0, again, 0);
    must(nci_value_depth(value) == nci_value_depth(again), "another depth");
    (void)nci_builder_value(builder, value);
    must(nci_builder_finish(builder, &most, &copy) == NCI_OK, "the builder refuses a value");
    text.text = nci_value_text(value, &text.length);
    other.text = nci_value_text(copy, &other.length);
    must(same_bytes(text, other), "a value is not copied as it was");
    nci_value_unref(again);
    nci_value_unref(copy);
    nci_builder_free(builder);
}

/* -- jansson -- */

static void same_tree(const struct nci_value *value, int64_t node, json_t *tree)
{
    int kind = nci_value_kind(value, node);
    struct bytes string = {NULL, 0};
    size_t count = 0;
    if (kind == NCI_KIND_INTEGER) {
        int64_t number = 0;
        must(!nci_value_integer(value, node, &number) && json_is_integer(tree) &&
                 json_integer_value(tree) == number,
             "jansson reads another integer");
    } else if (kind == NCI_KIND_REAL) {
        double real = 0, other = json_real_value(tree);
        must(!nci_value_real(value, node, &real) && json_is_real(tree) &&
                 !memcmp(&real, &other, sizeof real),
             "jansson reads another real");
    } else if (kind == NCI_KIND_STRING) {
        must(json_is_string(tree) && !nci_value_string(value, node, &string.text, &string.length),
             "jansson reads no string");
        struct bytes other = {json_string_value(tree), json_string_length(tree)};
        must(same_bytes(string, other), "jansson reads another string");
    } else if (kind < NCI_KIND_ARRAY) {
        must(kind == NCI_KIND_NULL   ? json_is_null(tree)
             : kind == NCI_KIND_TRUE ? json_is_true(tree)
                                     : json_is_false(tree),
             "jansson reads another word");
    } else {
        must(kind == NCI_KIND_ARRAY ? json_is_array(tree) : json_is_object(tree),
             "jansson reads another container");
        for (int64_t child = nci_value_first(value, node); child >= 0;
             child = nci_value_next(value, child), count++) {
            char name[256];
            if (kind == NCI_KIND_ARRAY) {
                same_tree(value, child, json_array_get(tree, count));
                continue;
            }
            must(!nci_value_name(value, child, &string.text, &string.length), "no name");
            if (string.length >= sizeof name)
                continue;
            memcpy(name, string.text, string.length);
            name[string.length] = 0;
            same_tree(value, child, json_object_get(tree, name));
        }
        must(count == (kind == NCI_KIND_ARRAY ? json_array_size(tree) : json_object_size(tree)),
             "jansson reads another size");
    }
}

/* Does a member name hold U+0000? jansson's objects cannot. */
static int has_nul_name(const struct nci_value *value)
{
    for (int64_t node = 1; node < (int64_t)value->entries; node++) {
        struct bytes name;
        if (!nci_value_name(value, node, &name.text, &name.length) && name.length &&
            memchr(name.text, 0, name.length))
            return 1;
    }
    return 0;
}

/* value is NULL when the text was refused. A NUL byte behind a number or word passes jansson. */
static void ask_jansson(const struct input *input, const struct nci_value *value)
{
    json_error_t error;
    if (memchr(input->text, 0, input->length))
        return;
    json_t *tree = json_loadb(input->text, input->length,
                              JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    must(value || !tree, "jansson accepts what is refused");
    must(!value || tree || has_nul_name(value), "jansson refuses what is accepted");
    if (tree)
        same_tree(value, 0, tree);
    json_decref(tree);
}

static int take_apart(const uint8_t *data, size_t size, struct input *input)
{
    size_t at = 0;
    memset(input, 0, sizeof *input);
    if (size < 1 || size - 1 < (size_t)(data[0] & 7) || size > MOST)
        return 0;
    input->cuts = data[0] & 7;
    input->text = (const char *)data + 1 + input->cuts;
    input->length = size - 1 - input->cuts;
    for (size_t i = 0; i < input->cuts; i++) {
        at += data[1 + i];
        input->ends[i] = at = at < input->length ? at : input->length;
    }
    input->bytewise = data[0] & 64 && input->length < 4096;
    input->limits.value = data[0] & 8 ? 100 : NCI_JSON_VALUE_DEFAULT;
    input->limits.depth = data[0] & 8 ? 4 : NCI_JSON_DEPTH_MAX;
    return 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input input;
    struct nci_value *whole = NULL, *pieces = NULL;
    char detail[1024];
    if (!take_apart(data, size, &input))
        return 0;
    one_answer(&input);
    char *block = block_of(input.text, input.length, 0);
    int code = nci_value_new(block, input.length, &input.limits, &whole);
    free(block);
    snprintf(detail, sizeof detail, "%s", code ? nci_detail() : "");
    int other = assemble(&input, &pieces);
    must(!code == !other, "a value whole, and none of pieces");
    if (code) {
        must(code == NCI_VALUE || code == NCI_LIMIT, "an odd refusal");
        must(!whole && !pieces, "a value of a text that is refused");
        if (input.length <= input.limits.value)
            must(code == other && !strcmp(detail, nci_detail()), "other words for pieces");
    } else {
        must(whole->entries == pieces->entries && whole->depth == pieces->depth &&
                 !memcmp(whole->index, pieces->index, whole->entries * sizeof *whole->index),
             "another index of pieces");
        read_all(whole);
        read_all(pieces);
        same(whole, 0, pieces, 0);
        for (int64_t node = 0; node < (int64_t)whole->entries; node++)
            if (nci_value_kind(whole, node) >= 0)
                must(same_bytes(node_text(whole, node), node_text(pieces, node)), "another text");
        build_again(whole);
    }
    if (code != NCI_LIMIT)
        ask_jansson(&input, whole);
    nci_value_unref(whole);
    nci_value_unref(pieces);
    return 0;
}
