/* SPDX-License-Identifier: MIT */
/*
 * Values: what the builder writes for numbers at the edges and for strings of every kind, what the
 * readers make of texts, and a long value that arrives in pieces. A double is told by its bits, so
 * that a register that is wider than a double cannot hide.
 */
#include "wire.h"
#include "json/builder.h"

#include <float.h>
#include <stdio.h>
#include <string.h>

static const int64_t integers[] = {
    0,
    1,
    -1,
    127,
    -128,
    255,
    32767,
    -32768,
    65535,
    INT32_MAX,
    INT32_MIN,
    INT32_MAX + INT64_C(1),
    UINT32_MAX,
    UINT32_MAX + INT64_C(1),
    INT32_MIN - INT64_C(1),
    -(UINT32_MAX + INT64_C(1)),
    (INT64_C(1) << 53) - 1,
    INT64_C(1) << 53,
    INT64_MAX,
    INT64_MIN,
};

static const double reals[] = {
    0.0,
    -0.0,
    0.1,
    -0.1,
    1.0 / 3,
    2.0 / 3,
    1e15,
    1e16,
    1e17,
    1e21,
    1e22,
    1e23,
    1e-5,
    1e-7,
    1e300,
    1e-300,
    4.5,
    1.5e9,
    DBL_MAX,
    DBL_MIN,
    DBL_EPSILON,
    5e-324,
    3.5e-310,
    123456.789,
    8.41e21,
    9007199254740991.0,
    9007199254740993.0,
    2147483648.0,
    4294967296.0,
    18446744073709551616.0,
    0.30000000000000004,
    2.2250738585072011e-308,
};

/* U+0000 to U+001F, the quote, the backslash, the edges of one to four bytes of UTF-8. */
static const char strings[][40] = {
    "",
    "plain",
    "\"\\/\b\f\n\r\t",
    "\x01\x02\x03\x0b\x0e\x1f\x20\x7e\x7f",
    "\xc2\x80 \xdf\xbf \xe0\xa0\x80 \xef\xbf\xbf",
    "\xed\x9f\xbf \xee\x80\x80 \xf0\x90\x80\x80 \xf4\x8f\xbf\xbf",
    "t\xc3\xa4glich \xe2\x98\x83 \xf0\x9d\x84\x9e",
};

static void show_value(const char *label, struct nci_value *value)
{
    size_t length;
    const char *text = nci_value_text(value, &length);
    show(label, text, length);
}

static struct nci_value *finish(struct nci_builder *builder)
{
    struct nci_value *value;
    must(!nci_builder_finish(builder, NULL, &value), "a value that is built");
    return value;
}

/* Everything that the readers say of a node and those below it. */
static void walk(const struct nci_value *value, int64_t node, unsigned depth)
{
    int64_t integer;
    double real;
    uint64_t bits;
    const char *text;
    size_t length;
    printf("%*snode %lld kind %d size %lld", (int)depth, "", (long long)node,
           nci_value_kind(value, node), (long long)nci_value_size(value, node));
    if (!nci_value_integer(value, node, &integer))
        printf(" integer %lld", (long long)integer);
    if (!nci_value_real(value, node, &real)) {
        memcpy(&bits, &real, sizeof bits);
        printf(" real %016llx", (unsigned long long)bits);
    }
    putchar('\n');
    if (!nci_value_name(value, node, &text, &length))
        show(" name", text, length);
    if (!nci_value_string(value, node, &text, &length))
        show(" string", text, length);
    for (int64_t n = nci_value_first(value, node); n >= 0; n = nci_value_next(value, n))
        walk(value, n, depth + 1);
}

static void scalars(struct nci_builder *builder)
{
    for (size_t i = 0; i < sizeof integers / sizeof integers[0]; i++) {
        nci_builder_integer(builder, integers[i]);
        struct nci_value *value = finish(builder);
        show_value("integer", value);
        walk(value, 0, 0);
        nci_value_unref(value);
    }
    for (size_t i = 0; i < sizeof reals / sizeof reals[0]; i++) {
        nci_builder_real(builder, reals[i]);
        struct nci_value *value = finish(builder);
        show_value("real", value);
        walk(value, 0, 0);
        nci_value_unref(value);
    }
}

static struct nci_value *whole(struct nci_builder *builder)
{
    nci_builder_begin_object(builder);
    nci_builder_key(builder, "null", 4);
    nci_builder_null(builder);
    nci_builder_key(builder, "\xe2\x98\x83\n", 4);
    nci_builder_begin_array(builder);
    nci_builder_boolean(builder, 1);
    nci_builder_boolean(builder, 0);
    nci_builder_string(builder, "with\0nothing", 12);
    nci_builder_begin_object(builder);
    nci_builder_end_object(builder);
    nci_builder_end_array(builder);
    nci_builder_key(builder, "strings", 7);
    nci_builder_begin_array(builder);
    for (size_t i = 0; i < sizeof strings / sizeof strings[0]; i++)
        nci_builder_string(builder, strings[i], strlen(strings[i]));
    nci_builder_end_array(builder);
    nci_builder_end_object(builder);
    return finish(builder);
}

static void texts(void)
{
    static const char *const given[] = {
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "-0",
        "1e0",
        "1E+2",
        "1e400",
        "0.1e-400",
        "123456789012345678901234567890e-10",
        "9007199254740992.5",
        "1.7976931348623157e308",
        "1.7976931348623159e308",
        "4.9e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "0.500000000000000166533453693773481063544750213623046875",
        "\"\\u0000\\u00e4\\ud834\\udd1e\\/\"",
        "\"\\ud834\"",
        "[1,2,",
        "{\"a\":1,\"\\u0061\":2}",
        " [ 4294967296 , { \"a\" : [ ] } ]\n",
        "\"\xc0\xaf\"",
    };
    for (size_t i = 0; i < sizeof given / sizeof given[0]; i++) {
        struct nci_value *value;
        int code = nci_value_new(given[i], strlen(given[i]), NULL, &value);
        show("text", given[i], strlen(given[i]));
        if (code)
            show_code(" refused", code);
        else
            walk(value, 0, 0);
        if (!code)
            nci_value_unref(value);
    }
}

/* Texts of up to 17 digits with a point or an exponent, and what the builder makes of the doubles that
 * they mean: the same digits, spelled in one way. */
static void reals_of_texts(struct nci_builder *builder)
{
    uint64_t noise = 1;
    char text[64];
    for (int i = 0; i < 300; i++) {
        struct nci_value *value;
        double number;
        noise = noise * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        unsigned long long whole = (unsigned long long)(noise >> 8);
        for (int digits = 17 - i % 17; digits < 17; digits++)
            whole /= 10;
        int length = sprintf(text, i % 3 ? "%llu.0e%d" : "%llu.5e%d", whole, i % 40 - 25);
        must(!nci_value_new(text, (size_t)length, NULL, &value), text);
        show("text", text, (size_t)length);
        must(!nci_value_real(value, 0, &number), text);
        nci_value_unref(value);
        nci_builder_real(builder, number);
        value = finish(builder);
        show(" built", nci_value_text(value, NULL), nci_value_length(value));
        walk(value, 0, 0);
        nci_value_unref(value);
    }
}

/* A hundred thousand bytes, in pieces that end anywhere. */
static void pieces(struct nci_builder *builder)
{
    struct nci_value_parts *parts;
    struct nci_value *arrived;
    size_t length, at = 0, step = 1;
    nci_builder_begin_array(builder);
    for (size_t i = 0; i < 4000; i++) {
        if (i % 3 == 0)
            nci_builder_integer(builder, (int64_t)i * INT64_C(1000000007));
        else if (i % 3 == 1)
            nci_builder_real(builder, (double)i / 64);
        else
            nci_builder_string(builder, strings[i % 7], strlen(strings[i % 7]));
    }
    nci_builder_end_array(builder);
    struct nci_value *value = finish(builder);
    const char *text = nci_value_text(value, &length);
    show_value("built", value);
    must(!nci_value_parts_begin(NULL, &parts), "parts");
    for (; at < length; at += step, step = step * 3 % 4093 + 1) {
        if (step > length - at)
            step = length - at;
        must(!nci_value_parts_add(parts, text + at, step), "a piece");
    }
    must(!nci_value_parts_finish(parts, &arrived), "all pieces");
    show_value("arrived", arrived);
    int64_t last = nci_value_element(arrived, 0, 3999);
    walk(arrived, last, 0);
    nci_value_unref(arrived);
    nci_value_unref(value);
}

void values(void)
{
    struct nci_builder *builder;
    must(!nci_builder_new(&builder), "a builder");
    scalars(builder);
    struct nci_value *value = whole(builder);
    show_value("whole", value);
    walk(value, 0, 0);
    nci_builder_begin_array(builder);
    nci_builder_value(builder, value);
    nci_builder_value(builder, value);
    nci_builder_end_array(builder);
    nci_value_unref(value);
    value = finish(builder);
    show_value("twice", value);
    nci_value_unref(value);
    texts();
    reals_of_texts(builder);
    pieces(builder);
    nci_builder_free(builder);
}
