/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: the input is a program of builder calls, in any order. A model that knows only which
 * call may stand where says what each must return; what finish makes must hold exactly what was
 * written, and the check must accept its text. One byte is one call:
 *   n t f   null, true, false           { } [ ]  begin and end
 *   d X     the integer X - '0'         D X      X arrays begun, one in the other
 *   i 8     an integer of 8 bytes       r 8      a real of 8 bytes
 *   s L ..  a string of L bytes         k L ..   a member's name
 *   S L X   a string of 256 * L X       v L ..   a value of that text, if it is one
 *   L       limits small or large       .        finish
 *   !       reset
 * other bytes do nothing.
 */
#include "json/builder.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EVENTS 1500

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum what { WORD, INTEGER, REAL, STRING, VALUE, KEY, BEGIN, END };

/* A call that succeeded. */
struct event {
    enum what what;
    int kind; /* of words and containers */
    int64_t integer;
    double real;
    char *text;
    size_t length;
    struct nci_value *value;
    size_t parent; /* of keys: where its object was begun */
};

struct owner {
    const uint8_t *data;
    size_t size, at;
    struct nci_builder *builder;
    struct nci_json_limits limits;
    /* the model */
    struct event events[EVENTS];
    size_t count;
    size_t open[NCI_JSON_DEPTH_MAX]; /* the begins of open containers */
    unsigned depth, deepest;
    int status, first, named;
};

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_builder: %s\n", what);
    abort();
}

static void forget(struct owner *owner)
{
    for (size_t i = 0; i < owner->count; i++) {
        free(owner->events[i].text);
        nci_value_unref(owner->events[i].value);
    }
    owner->count = 0;
    owner->depth = owner->deepest = 0;
    owner->status = NCI_OK;
    owner->first = 1;
    owner->named = 0;
}

static int in_object(const struct owner *owner)
{
    return owner->depth && owner->events[owner->open[owner->depth - 1]].kind == NCI_KIND_OBJECT;
}

/* What a call that writes a value must return, but for what it writes. */
static int judge_place(const struct owner *owner)
{
    if (owner->status)
        return owner->status;
    if (owner->depth == 0)
        return owner->first ? NCI_OK : NCI_USAGE;
    return in_object(owner) && !owner->named ? NCI_USAGE : NCI_OK;
}

/* The call has been made: it must have returned that. NULL: it failed. */
static struct event *expect(struct owner *owner, int code, int wanted, enum what what)
{
    must(code == wanted, "a call returns what it should not");
    owner->status = wanted;
    if (wanted)
        return NULL;
    struct event *event = &owner->events[owner->count++];
    memset(event, 0, sizeof *event);
    event->what = what;
    owner->first = 0;
    owner->named = what == KEY;
    return event;
}

/* UTF-8 by the table of RFC 3629, byte by byte. */
static int is_utf8(const uint8_t *p, size_t length)
{
    for (const uint8_t *end = p + length; p < end;) {
        uint8_t byte = *p++;
        int more = byte < 0x80 ? 0 : byte < 0xC2 ? -1 : byte < 0xE0 ? 1 : byte < 0xF0 ? 2 : 3;
        uint8_t low = byte == 0xE0 ? 0xA0 : byte == 0xF0 ? 0x90 : 0x80;
        uint8_t high = byte == 0xED ? 0x9F : byte == 0xF4 ? 0x8F : 0xBF;
        if (more < 0 || byte > 0xF4 || end - p < more)
            return 0;
        for (; more > 0; more--, low = 0x80, high = 0xBF, p++)
            if (*p < low || *p > high)
                return 0;
    }
    return 1;
}

/* -- the calls -- */

static void word(struct owner *owner, int kind)
{
    int wanted = judge_place(owner);
    int code = kind == NCI_KIND_NULL
                   ? nci_builder_null(owner->builder)
                   : nci_builder_boolean(owner->builder, kind == NCI_KIND_TRUE ? 7 : 0);
    struct event *event = expect(owner, code, wanted, WORD);
    if (event)
        event->kind = kind;
}

static void integer(struct owner *owner, int64_t number)
{
    int wanted = judge_place(owner);
    struct event *event =
        expect(owner, nci_builder_integer(owner->builder, number), wanted, INTEGER);
    if (event)
        event->integer = number;
}

static void real(struct owner *owner, double number)
{
    int wanted = judge_place(owner);
    if (!owner->status && !isfinite(number))
        wanted = NCI_VALUE;
    struct event *event = expect(owner, nci_builder_real(owner->builder, number), wanted, REAL);
    if (event)
        event->real = number;
}

static void string(struct owner *owner, const uint8_t *bytes, size_t length)
{
    char *copy = (char *)malloc(length + !length);
    int wanted = judge_place(owner);
    if (!copy)
        abort();
    if (length)
        memcpy(copy, bytes, length);
    if (!wanted && !is_utf8(bytes, length))
        wanted = NCI_VALUE;
    struct event *event =
        expect(owner, nci_builder_string(owner->builder, copy, length), wanted, STRING);
    if (!event) {
        free(copy);
        return;
    }
    event->text = copy;
    event->length = length;
}

static void key(struct owner *owner, const uint8_t *bytes, size_t length)
{
    char *copy = (char *)malloc(length + !length);
    int wanted = owner->status;
    if (!copy)
        abort();
    if (length)
        memcpy(copy, bytes, length);
    if (!wanted && (!in_object(owner) || owner->named))
        wanted = NCI_USAGE;
    if (!wanted && !is_utf8(bytes, length))
        wanted = NCI_VALUE;
    struct event *event = expect(owner, nci_builder_key(owner->builder, copy, length), wanted, KEY);
    if (!event) {
        free(copy);
        return;
    }
    event->text = copy;
    event->length = length;
    event->parent = owner->open[owner->depth - 1];
}

static void value(struct owner *owner, const char *text, size_t length)
{
    struct nci_value *made = NULL;
    if (nci_value_new(text, length, NULL, &made))
        return;
    int wanted = judge_place(owner);
    struct event *event = expect(owner, nci_builder_value(owner->builder, made), wanted, VALUE);
    if (!event) {
        nci_value_unref(made);
        return;
    }
    event->value = made;
    if (owner->depth + nci_value_depth(made) > owner->deepest)
        owner->deepest = owner->depth + nci_value_depth(made);
}

static void begin(struct owner *owner, int kind)
{
    int wanted = judge_place(owner);
    if (!wanted && owner->depth == NCI_JSON_DEPTH_MAX)
        wanted = NCI_LIMIT;
    int code = kind == NCI_KIND_ARRAY ? nci_builder_begin_array(owner->builder)
                                      : nci_builder_begin_object(owner->builder);
    struct event *event = expect(owner, code, wanted, BEGIN);
    if (!event)
        return;
    event->kind = kind;
    owner->open[owner->depth++] = owner->count - 1;
    if (owner->depth > owner->deepest)
        owner->deepest = owner->depth;
    owner->first = 1;
}

static void end(struct owner *owner, int kind)
{
    int wanted = owner->status;
    if (!wanted &&
        (owner->depth == 0 || in_object(owner) != (kind == NCI_KIND_OBJECT) || owner->named))
        wanted = NCI_USAGE;
    int code = kind == NCI_KIND_ARRAY ? nci_builder_end_array(owner->builder)
                                      : nci_builder_end_object(owner->builder);
    if (expect(owner, code, wanted, END))
        owner->depth--;
}

/* -- what was made -- */

static void same_text(const struct event *event, const char *text, size_t length)
{
    must(event->length == length && (!length || !memcmp(event->text, text, length)),
         "another text");
}

/* Compares a node with the calls from *at on. */
static void compare(const struct owner *owner, const struct nci_value *made, int64_t node,
                    size_t *at)
{
    const struct event *event = &owner->events[(*at)++];
    const char *text, *other;
    size_t length, other_length;
    int64_t number = 0;
    double real_number = 0;
    switch (event->what) {
    case WORD:
        must(nci_value_kind(made, node) == event->kind, "another word");
        return;
    case INTEGER:
        must(!nci_value_integer(made, node, &number) && number == event->integer,
             "another integer");
        return;
    case REAL:
        must(nci_value_kind(made, node) == NCI_KIND_REAL &&
                 !nci_value_real(made, node, &real_number) &&
                 !memcmp(&real_number, &event->real, sizeof real_number),
             "another real");
        return;
    case STRING:
        must(!nci_value_string(made, node, &text, &length), "no string");
        same_text(event, text, length);
        return;
    case VALUE:
        must(!nci_value_node_text(made, node, &text, &length) &&
                 !nci_value_node_text(event->value, 0, &other, &other_length) &&
                 length == other_length && !memcmp(text, other, length),
             "another value");
        return;
    default:
        break;
    }
    must(event->what == BEGIN && nci_value_kind(made, node) == event->kind, "another container");
    for (node = nci_value_first(made, node); node >= 0; node = nci_value_next(made, node)) {
        if (event->kind == NCI_KIND_OBJECT) {
            must(owner->events[*at].what == KEY, "a member that was not written");
            must(!nci_value_name(made, node, &text, &length), "no name");
            same_text(&owner->events[(*at)++], text, length);
        }
        compare(owner, made, node, at);
    }
    must(owner->events[(*at)++].what == END, "something written is missing");
}

static int has_twins(const struct owner *owner)
{
    for (size_t i = 0; i < owner->count; i++) {
        const struct event *one = &owner->events[i];
        for (size_t j = 0; one->what == KEY && j < i; j++) {
            const struct event *other = &owner->events[j];
            if (other->what == KEY && other->parent == one->parent &&
                other->length == one->length &&
                (!one->length || !memcmp(other->text, one->text, one->length)))
                return 1;
        }
    }
    return 0;
}

static void check_made(const struct owner *owner, const struct nci_value *made)
{
    struct nci_value *again = NULL;
    size_t at = 0, length;
    const char *text = nci_value_text(made, &length);
    must(length <= owner->limits.value && nci_value_depth(made) == owner->deepest &&
             owner->deepest <= owner->limits.depth,
         "a value beyond the limits");
    compare(owner, made, 0, &at);
    must(at == owner->count, "more was written");
    must(nci_value_new(text, length, &owner->limits, &again) == NCI_OK,
         "the check refuses what the builder made");
    nci_value_unref(again);
}

static void finish(struct owner *owner)
{
    struct nci_value *made = NULL;
    int code = nci_builder_finish(owner->builder, &owner->limits, &made);
    int wanted = owner->status;
    if (!wanted && (owner->depth || owner->first))
        wanted = NCI_USAGE;
    must(!code == !!made, "a value and an error");
    if (wanted)
        must(code == wanted, "finish returns what it should not");
    else if (code == NCI_LIMIT)
        must(owner->deepest > owner->limits.depth || !!strstr(nci_detail(), "limit.value"),
             "refused for a limit that holds");
    else if (code)
        must(code == NCI_VALUE && has_twins(owner), "the check refuses what was written");
    else
        check_made(owner, made);
    nci_value_unref(made);
    forget(owner);
}

/* -- the program -- */

/* The next length bytes of the input, as many as there are. */
static const uint8_t *bytes(struct owner *owner, size_t *length)
{
    const uint8_t *from = owner->data + owner->at;
    if (*length > owner->size - owner->at)
        *length = owner->size - owner->at;
    owner->at += *length;
    return from;
}

static uint8_t byte(struct owner *owner)
{
    return owner->at < owner->size ? owner->data[owner->at++] : 0;
}

static uint64_t word_of(struct owner *owner)
{
    uint64_t number = 0;
    for (int i = 0; i < 8; i++)
        number = number << 8 | byte(owner);
    return number;
}

static void long_string(struct owner *owner)
{
    size_t length = (size_t)byte(owner) * 256;
    uint8_t filler = byte(owner);
    uint8_t *text = (uint8_t *)malloc(length + 1);
    if (!text)
        abort();
    memset(text, filler, length);
    string(owner, text, length);
    free(text);
}

static void toggle_limits(struct owner *owner)
{
    int large = owner->limits.depth == 3;
    owner->limits.value = large ? NCI_JSON_VALUE_DEFAULT : 100;
    owner->limits.depth = large ? NCI_JSON_DEPTH_MAX : 3;
}

static void scalar(struct owner *owner, uint8_t call)
{
    union {
        uint64_t bits;
        double number;
    } both;
    size_t length;
    const uint8_t *from;
    switch (call) {
    case 'd':
        integer(owner, (int64_t)byte(owner) - '0');
        break;
    case 'i':
        integer(owner, (int64_t)word_of(owner));
        break;
    case 'r':
        both.bits = word_of(owner);
        real(owner, both.number);
        break;
    case 'S':
        long_string(owner);
        break;
    default:
        length = byte(owner);
        from = bytes(owner, &length);
        if (call == 's')
            string(owner, from, length);
        else if (call == 'k')
            key(owner, from, length);
        else
            value(owner, (const char *)from, length);
    }
}

static void one_call(struct owner *owner)
{
    uint8_t call = byte(owner);
    switch (call) {
    case 'n':
    case 't':
    case 'f':
        word(owner, call == 'n' ? NCI_KIND_NULL : call == 't' ? NCI_KIND_TRUE : NCI_KIND_FALSE);
        break;
    case '{':
    case '[':
        begin(owner, call == '[' ? NCI_KIND_ARRAY : NCI_KIND_OBJECT);
        break;
    case '}':
    case ']':
        end(owner, call == ']' ? NCI_KIND_ARRAY : NCI_KIND_OBJECT);
        break;
    case 'D':
        for (unsigned n = byte(owner); n > 0; n--)
            begin(owner, NCI_KIND_ARRAY);
        break;
    case 'L':
        toggle_limits(owner);
        break;
    case '.':
        finish(owner);
        break;
    case '!':
        nci_builder_reset(owner->builder);
        forget(owner);
        break;
    default:
        if (call && strchr("dirsSkv", call))
            scalar(owner, call);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct owner owner;
    owner.data = data;
    owner.size = size;
    owner.at = owner.count = 0;
    owner.limits.depth = 3;
    toggle_limits(&owner);
    forget(&owner);
    if (nci_builder_new(&owner.builder))
        abort();
    while (owner.at < owner.size && owner.count < EVENTS - 256)
        one_call(&owner);
    finish(&owner);
    nci_builder_free(owner.builder);
    return 0;
}
