/* SPDX-License-Identifier: MIT */
/*
 * The builder: writes the bytes of one text and hands them to the checking pass.
 *
 * It keeps the punctuation right and the strings valid, since those it can name by their place in
 * the program; duplicate names and limits are the check's. It must never write a number that
 * depends on the locale. What it was given last is in the buffer, followed by the zero bytes that
 * scanning needs, so that a string is copied first and looked at once, in its place.
 */
#include "json/builder.h"

#include "json/value_internal.h"

#include "base/mem.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

/* A buffer larger than this is not kept for the next text. */
#define KEEP_BYTES ((size_t)64 << 10)

struct nci_builder {
    struct nci_buf text;
    unsigned depth;
    int status;
    int first;        /* nothing stands in the innermost container yet */
    int named;        /* a member's name stands there, its value not yet */
    char detail[160]; /* the words of status */
    char closers[NCI_JSON_DEPTH_MAX];
    struct nci_checker checker;
};

int nci_builder_new(struct nci_builder **out)
{
    struct nci_builder *builder = nci_alloc(sizeof *builder);
    *out = builder;
    if (!builder)
        return nci_fail_nomem();
    memset(&builder->text, 0, sizeof builder->text);
    nci_checker_init(&builder->checker);
    nci_builder_reset(builder);
    return NCI_OK;
}

void nci_builder_free(struct nci_builder *builder)
{
    if (!builder)
        return;
    nci_checker_fini(&builder->checker);
    nci_buf_fini(&builder->text);
    nci_free(builder);
}

void nci_builder_reset(struct nci_builder *builder)
{
    if (builder->text.size > KEEP_BYTES)
        nci_buf_fini(&builder->text);
    nci_buf_consume(&builder->text, nci_buf_length(&builder->text));
    nci_checker_settle(&builder->checker);
    builder->depth = 0;
    builder->status = NCI_OK;
    builder->first = 1;
    builder->named = 0;
}

static NCI_PRINTF(3, 4) int refuse(struct nci_builder *builder, int code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(builder->detail, sizeof builder->detail, format, arguments);
    va_end(arguments);
    builder->status = nci_fail(code, "%s", builder->detail);
    return builder->status;
}

/* Room for length bytes and the zero bytes behind the content; NULL: the error sticks. */
static inline char *make_room(struct nci_builder *builder, size_t length)
{
    struct nci_buf *text = &builder->text;
    uint8_t *room;
    if (nci_likely(length < text->size - text->write &&
                   text->size - text->write - length >= NCI_JSON_SLACK))
        return (char *)text->data + text->write;
    if (length > NCI_JSON_VALUE_MAX || nci_buf_length(text) > NCI_JSON_VALUE_MAX - length) {
        (void)refuse(builder, NCI_LIMIT, "the text is longer than %zu bytes", NCI_JSON_VALUE_MAX);
        return NULL;
    }
    room = nci_buf_reserve(text, length + NCI_JSON_SLACK);
    if (!room)
        (void)refuse(builder, NCI_NOMEM, "out of memory");
    return (char *)room;
}

/* Any length that make_room refuses is as good as another, and can be added to. */
static inline size_t no_longer(size_t length)
{
    return length < NCI_JSON_VALUE_MAX ? length : NCI_JSON_VALUE_MAX;
}

static inline void commit(struct nci_builder *builder, size_t length)
{
    builder->text.write += length; /* within what make_room gave */
}

/* A value of up to length bytes comes: makes room, writes the comma in front and returns where it
 * goes. NULL: it must not stand here, or an error before. */
NCI_INLINE char *begin_value(struct nci_builder *builder, size_t length)
{
    char *p;
    if (nci_unlikely(builder->status))
        return NULL;
    if (builder->depth == 0) {
        if (!builder->first) {
            (void)refuse(builder, NCI_USAGE, "a second value behind the first");
            return NULL;
        }
    } else if (builder->closers[builder->depth - 1] == '}' && !builder->named) {
        (void)refuse(builder, NCI_USAGE, "a value in an object without its name");
        return NULL;
    }
    p = make_room(builder, length + 1);
    if (nci_unlikely(!p))
        return NULL;
    if (!builder->first && !builder->named) {
        *p++ = ',';
        commit(builder, 1);
    }
    builder->first = 0;
    builder->named = 0;
    return p;
}

NCI_INLINE int write_word(struct nci_builder *builder, const char *word, size_t length)
{
    char *p = begin_value(builder, length);
    if (!p)
        return builder->status;
    memcpy(p, word, length);
    commit(builder, length);
    return NCI_OK;
}

int nci_builder_null(struct nci_builder *builder)
{
    return write_word(builder, "null", 4);
}

int nci_builder_boolean(struct nci_builder *builder, int truth)
{
    return truth ? write_word(builder, "true", 4) : write_word(builder, "false", 5);
}

/* How many decimal digits a number has. */
static unsigned count_digits(uint64_t number)
{
    unsigned count = 1;
    for (; number >= 10000; number /= 10000)
        count += 4;
    return count + (number >= 10) + (number >= 100) + (number >= 1000);
}

int nci_builder_integer(struct nci_builder *builder, int64_t number)
{
    static const char pairs[] = "00010203040506070809101112131415161718192021222324"
                                "25262728293031323334353637383940414243444546474849"
                                "50515253545556575859606162636465666768697071727374"
                                "75767778798081828384858687888990919293949596979899";
    uint64_t rest = number < 0 ? 0 - (uint64_t)number : (uint64_t)number;
    size_t length = count_digits(rest) + (number < 0);
    char *p = begin_value(builder, length), *end;
    if (nci_unlikely(!p))
        return builder->status;
    *p = '-';
    for (end = p + length; rest >= 100; rest /= 100)
        memcpy(end -= 2, pairs + rest % 100 * 2, 2);
    if (rest >= 10)
        memcpy(end - 2, pairs + rest * 2, 2);
    else
        end[-1] = (char)('0' + rest);
    commit(builder, length);
    return NCI_OK;
}

int nci_builder_real(struct nci_builder *builder, double number)
{
    char text[NCI_REAL_TEXT];
    if (builder->status)
        return builder->status;
    if (!isfinite(number))
        return refuse(builder, NCI_VALUE, "%s is not a number that JSON can hold",
                      isnan(number) ? "NaN" : "infinity");
    return write_word(builder, text, nci_real_write(text, number));
}

int nci_builder_value(struct nci_builder *builder, const struct nci_value *value)
{
    return write_word(builder, nci_value_bytes(value), value->length);
}

/* How many bytes more than itself a byte takes in a string. */
static unsigned escape_cost(uint8_t byte)
{
    if (byte >= 0x20)
        return byte == '"' || byte == '\\';
    return byte == '\n' || byte == '\t' || byte == '\r' || byte == '\b' || byte == '\f' ? 1 : 5;
}

/* Goes through length bytes, followed by zero bytes, that are to stand in a string: what they take
 * more for escapes, or -1 with the place of a byte that is not UTF-8. */
static int64_t measure(const uint8_t *bytes, size_t length, size_t *wrong)
{
    const uint8_t *p = bytes, *end = bytes + length;
    int64_t more = 0;
    for (;;) {
        p = nci_skip_plain(p, end);
        if (p == end)
            return more;
        while (*p >= 0x80) {
            unsigned sequence = nci_utf8_sequence(p);
            if (!sequence) {
                *wrong = (size_t)(p - bytes);
                return -1;
            }
            p += sequence;
        }
        if (p < end && !nci_byte_is_plain(*p))
            more += escape_cost(*p++);
    }
}

/* Spreads length bytes out over more bytes behind them, escaping from the last to the first. */
static void escape_in_place(uint8_t *bytes, size_t length, size_t more)
{
    static const char hex[] = "0123456789abcdef";
    static const char named[] = "btnvfr"; /* of 8 to 13; 11 has no name */
    uint8_t *from = bytes + length, *to = from + more;
    while (to != from) {
        uint8_t byte = *--from;
        unsigned cost = escape_cost(byte);
        if (cost == 0) {
            *--to = byte;
        } else if (cost == 1) {
            *--to = byte < 0x20 ? (uint8_t)named[byte - 8] : byte;
            *--to = '\\';
        } else {
            *--to = (uint8_t)hex[byte & 15];
            *--to = (uint8_t)hex[byte >> 4];
            to -= 4;
            memcpy(to, "\\u00", 4);
        }
    }
}

/* Writes a string that is not plain behind the quote at p, where room for it as it is was made. */
static int write_special(struct nci_builder *builder, uint8_t *p, const char *text, size_t length,
                         const char *what)
{
    size_t wrong = 0;
    int64_t more;
    memcpy(p + 1, text, length);
    memset(p + 1 + length, 0, NCI_JSON_SLACK);
    more = measure(p + 1, length, &wrong);
    if (more < 0)
        return refuse(builder, NCI_VALUE, "byte %zu of the %s, 0x%02X, is not valid UTF-8", wrong,
                      what, p[1 + wrong]);
    if (more > 0) {
        /* what was written is kept: it moves with the content */
        commit(builder, length + 1);
        if (!make_room(builder, (size_t)more + 2))
            return builder->status;
        builder->text.write -= length + 1;
        p = builder->text.data + builder->text.write;
        escape_in_place(p + 1, length, (size_t)more);
        length += (size_t)more;
    }
    p[1 + length] = '"';
    commit(builder, length + 2);
    return NCI_OK;
}

/* Writes a string at the end of the content, where room for it and two quotes has been made. */
NCI_INLINE int write_string(struct nci_builder *builder, const char *text, size_t length,
                            const char *what)
{
    char *p = (char *)builder->text.data + builder->text.write;
    *p = '"';
    if (nci_unlikely(!nci_copy_plain(p + 1, text, length)))
        return write_special(builder, (uint8_t *)p, text, length, what);
    p[1 + length] = '"';
    commit(builder, length + 2);
    return NCI_OK;
}

int nci_builder_string(struct nci_builder *builder, const char *text, size_t length)
{
    if (!begin_value(builder, no_longer(length) + 2))
        return builder->status;
    return write_string(builder, text, length, "string");
}

int nci_builder_key(struct nci_builder *builder, const char *name, size_t length)
{
    char *p;
    int status;
    if (nci_unlikely(builder->status))
        return builder->status;
    if (builder->depth == 0 || builder->closers[builder->depth - 1] != '}')
        return refuse(builder, NCI_USAGE, "a member name outside an object");
    if (builder->named)
        return refuse(builder, NCI_USAGE, "a member name behind a member name");
    p = make_room(builder, no_longer(length) + 4);
    if (nci_unlikely(!p))
        return builder->status;
    if (!builder->first) {
        *p = ',';
        commit(builder, 1);
    }
    status = write_string(builder, name, length, "member name");
    if (status)
        return status;
    builder->text.data[builder->text.write] = ':';
    commit(builder, 1);
    builder->first = 0;
    builder->named = 1;
    return NCI_OK;
}

static int begin_container(struct nci_builder *builder, char opener, char closer)
{
    char *p = begin_value(builder, 1);
    if (!p)
        return builder->status;
    if (builder->depth == NCI_JSON_DEPTH_MAX)
        return refuse(builder, NCI_LIMIT, "nested deeper than %u", NCI_JSON_DEPTH_MAX);
    *p = opener;
    commit(builder, 1);
    builder->closers[builder->depth++] = closer;
    builder->first = 1;
    return NCI_OK;
}

static int end_container(struct nci_builder *builder, char closer)
{
    char *p;
    if (builder->status)
        return builder->status;
    if (builder->depth == 0 || builder->closers[builder->depth - 1] != closer)
        return refuse(builder, NCI_USAGE, "no %s is open here to be ended",
                      closer == '}' ? "object" : "array");
    if (builder->named)
        return refuse(builder, NCI_USAGE, "an object ended behind a member name");
    p = make_room(builder, 1);
    if (!p)
        return builder->status;
    *p = closer;
    commit(builder, 1);
    builder->depth--;
    builder->first = 0;
    return NCI_OK;
}

int nci_builder_begin_object(struct nci_builder *builder)
{
    return begin_container(builder, '{', '}');
}

int nci_builder_end_object(struct nci_builder *builder)
{
    return end_container(builder, '}');
}

int nci_builder_begin_array(struct nci_builder *builder)
{
    return begin_container(builder, '[', ']');
}

int nci_builder_end_array(struct nci_builder *builder)
{
    return end_container(builder, ']');
}

/* Checks the finished text where it lies: nobody else can reach it. */
static int finish(struct nci_builder *builder, const struct nci_json_limits *limits,
                  struct nci_value **out)
{
    const char *text;
    size_t length = nci_buf_length(&builder->text);
    char *p;
    int status;
    if (builder->status)
        return nci_fail(builder->status, "%s", builder->detail);
    if (builder->depth)
        return nci_fail(NCI_USAGE, "%u arrays or objects are still open", builder->depth);
    if (builder->first)
        return nci_fail(NCI_USAGE, "nothing was written");
    p = make_room(builder, 0);
    if (!p)
        return builder->status;
    memset(p, 0, NCI_JSON_SLACK);
    text = (const char *)nci_buf_head(&builder->text);
    status = nci_check_text(&builder->checker, text, length, limits);
    if (status)
        return status;
    return nci_value_from_checked(&builder->checker, text, length, out);
}

int nci_builder_finish(struct nci_builder *builder, const struct nci_json_limits *limits,
                       struct nci_value **out)
{
    int status;
    *out = NULL;
    status = finish(builder, limits, out);
    nci_builder_reset(builder);
    return status;
}
