/* SPDX-License-Identifier: MIT */
/*
 * Strings that are not plain ASCII: escapes, UTF-8, and strings that the bytes end in.
 *
 * A string with escapes leaves its decoded form behind, so that a reader can always hand out a
 * borrowed pointer and so that names are compared as what they mean. A sequence that is cut by the
 * end of the bytes is judged when the rest has come, from its first byte on: it must never be
 * judged by the zero bytes behind the text while more may come.
 */
#include "json/check_internal.h"

#define STRING_ENDS "the text ends inside a string"

/* Bytes looked at one by one behind an escape or a letter that is not ASCII before trying eight at
 * a time again: such things come in company. */
#define COMPANY 16

static int hex_digit(uint8_t byte)
{
    if ((uint8_t)(byte - '0') <= 9)
        return byte - '0';
    byte |= 0x20;
    if ((uint8_t)(byte - 'a') <= 5)
        return byte - 'a' + 10;
    return -1;
}

/* The number of four hexadecimal digits at p, or -1. */
static int32_t hex_number(const uint8_t *p)
{
    int32_t a = hex_digit(p[0]), b, c, d;
    if (a < 0 || (b = hex_digit(p[1])) < 0 || (c = hex_digit(p[2])) < 0 ||
        (d = hex_digit(p[3])) < 0)
        return -1;
    return a << 12 | b << 8 | c << 4 | d;
}

static size_t encode(uint8_t *out, uint32_t point)
{
    if (point < 0x80) {
        out[0] = (uint8_t)point;
        return 1;
    }
    if (point < 0x800) {
        out[0] = (uint8_t)(0xC0 | point >> 6);
        out[1] = (uint8_t)(0x80 | (point & 0x3F));
        return 2;
    }
    if (point < 0x10000) {
        out[0] = (uint8_t)(0xE0 | point >> 12);
        out[1] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
        out[2] = (uint8_t)(0x80 | (point & 0x3F));
        return 3;
    }
    out[0] = (uint8_t)(0xF0 | point >> 18);
    out[1] = (uint8_t)(0x80 | (point >> 12 & 0x3F));
    out[2] = (uint8_t)(0x80 | (point >> 6 & 0x3F));
    out[3] = (uint8_t)(0x80 | (point & 0x3F));
    return 4;
}

/* The sequence at p is wrong unless the bytes end in it: then it is left for later. */
static const uint8_t *wait_or_refuse(struct nci_checker *checker, const uint8_t *text,
                                     const uint8_t *end, const uint8_t *p, size_t needed,
                                     const char *reason, unsigned detail)
{
    if ((size_t)(end - p) < needed) {
        checker->position = (uint32_t)(p - text);
        if (!checker->final)
            return NULL;
        if (p == end)
            reason = STRING_ENDS;
    }
    (void)nci_check_refuse(checker, NCI_VALUE, text, (size_t)(p - text), reason, detail, detail);
    return NULL;
}

/* A \u escape at p, and its second half if it has one: the code point goes to *point. */
static const uint8_t *unicode_escape(struct nci_checker *checker, const uint8_t *text,
                                     const uint8_t *end, const uint8_t *p, uint32_t *point)
{
    int32_t first, second;
    if (end - p < 6 || (first = hex_number(p + 2)) < 0)
        return wait_or_refuse(checker, text, end, p, 6,
                              "\\u is not followed by four hexadecimal digits", 0);
    if ((first & 0xF800) != 0xD800) {
        *point = (uint32_t)first;
        return p + 6;
    }
    if (first >= 0xDC00)
        return wait_or_refuse(checker, text, end, p, 6, "\\u%04X is half of a surrogate pair",
                              (unsigned)first);
    if (end - p < 12 || p[6] != '\\' || p[7] != 'u' || (second = hex_number(p + 8)) < 0xDC00 ||
        second > 0xDFFF)
        return wait_or_refuse(checker, text, end, p, 12, "\\u%04X is half of a surrogate pair",
                              (unsigned)first);
    *point = 0x10000 + ((uint32_t)(first & 0x3FF) << 10 | (uint32_t)(second & 0x3FF));
    return p + 12;
}

/* The escape at p: its code point to *point, the byte behind it as the result. */
static const uint8_t *read_escape(struct nci_checker *checker, const uint8_t *text,
                                  const uint8_t *end, const uint8_t *p, uint32_t *point)
{
    switch (p[1]) {
    case '"':
    case '\\':
    case '/':
        *point = p[1];
        break;
    case 'b':
        *point = '\b';
        break;
    case 'f':
        *point = '\f';
        break;
    case 'n':
        *point = '\n';
        break;
    case 'r':
        *point = '\r';
        break;
    case 't':
        *point = '\t';
        break;
    case 'u':
        return unicode_escape(checker, text, end, p, point);
    default:
        return wait_or_refuse(checker, text, end, p, 2,
                              "a backslash stands only before one of \"\\/bfnrtu", 0);
    }
    return p + 2;
}

/* Appends the plain bytes of the string from where decoding stands up to p, and leaves room for
 * one character more, and for reading on behind. */
static int decode_run(struct nci_checker *checker, const uint8_t *text, const uint8_t *p)
{
    struct nci_string_state *string = &checker->string;
    const uint8_t *from = text + string->copied;
    size_t length = (size_t)(p - from);
    if (checker->decoded_size - checker->decoded_count < length + NCI_JSON_SLACK) {
        uint8_t *decoded =
            nci_check_grow(checker, checker->decoded, NULL, &checker->decoded_size,
                           checker->decoded_count, length + NCI_JSON_SLACK, sizeof *decoded);
        if (!decoded)
            return NCI_NOMEM;
        checker->decoded = decoded;
    }
    memcpy(checker->decoded + checker->decoded_count, from, length);
    checker->decoded_count += (uint32_t)length;
    string->copied = (uint32_t)(p - text);
    return NCI_OK;
}

/* Decodes the escape at p; NULL as for nci_check_string. */
static const uint8_t *take_escape(struct nci_checker *checker, const uint8_t *text,
                                  const uint8_t *end, const uint8_t *p)
{
    struct nci_string_state *string = &checker->string;
    const uint8_t *behind;
    uint32_t point = 0;
    if (!string->escaped) {
        string->escaped = 1;
        string->copied = string->start;
        string->decoded = checker->decoded_count;
    }
    if (decode_run(checker, text, p))
        return NULL;
    behind = read_escape(checker, text, end, p, &point);
    if (!behind)
        return NULL;
    checker->decoded_count += (uint32_t)encode(checker->decoded + checker->decoded_count, point);
    string->copied = (uint32_t)(behind - text);
    return behind;
}

/* The closing quote is at p. */
static const uint8_t *finish(struct nci_checker *checker, const uint8_t *text, const uint8_t *p,
                             int as_name)
{
    struct nci_string_state *string = &checker->string;
    size_t length = (size_t)(p - text) - string->start;
    if (nci_check_tape_room(checker))
        return NULL;
    if (!string->escaped) {
        nci_check_push(checker, as_name ? NCI_ENTRY_NAME : NCI_KIND_STRING, string->start, length);
        return p + 1;
    }
    if (decode_run(checker, text, p))
        return NULL;
    nci_check_push(checker, as_name ? NCI_ENTRY_NAME_ESCAPED : NCI_ENTRY_STRING_ESCAPED,
                   string->start, length);
    nci_check_push(checker, NCI_ENTRY_SECOND, string->decoded,
                   checker->decoded_count - string->decoded);
    return p + 1;
}

const uint8_t *nci_check_string(struct nci_checker *checker, const uint8_t *text,
                                const uint8_t *end, const uint8_t *p, int as_name)
{
    unsigned length, plain = 0;
    for (;;) {
        if (nci_byte_is_plain(*p)) {
            p++;
            if (++plain < COMPANY)
                continue;
            p = nci_skip_plain(p, end);
        }
        plain = 0;
        if (*p == '"')
            return finish(checker, text, p, as_name);
        if (*p == '\\') {
            p = take_escape(checker, text, end, p);
            if (!p)
                return NULL;
        } else if (*p >= 0x80) {
            length = nci_utf8_sequence(p);
            if (nci_unlikely(!length))
                return wait_or_refuse(checker, text, end, p, nci_utf8_wanted(*p),
                                      "byte 0x%02X is not the start of valid UTF-8", *p);
            p += length;
        } else {
            if (p == end && !checker->final && checker->string.escaped &&
                decode_run(checker, text, p))
                return NULL;
            return wait_or_refuse(checker, text, end, p, 1,
                                  "byte 0x%02X in a string must be written \\u%04X", *p);
        }
    }
}
