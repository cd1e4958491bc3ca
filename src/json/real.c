/* SPDX-License-Identifier: MIT */
/*
 * Doubles in and out of text: correct to the last bit, and without ever letting the program's
 * locale say what a decimal point looks like.
 */
#include "json/value_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* Whether a result is rounded to a double at once. Where it carries hidden bits (x87), or when built
 * with 0, as tests/portability/run.sh does, the C library does the work; the answers are the same. */
#ifndef NCI_REAL_EXACT
#define NCI_REAL_EXACT (FLT_EVAL_METHOD == 0)
#endif

/* Powers of ten that a double holds exactly. */
static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
#define EXACT_POWER 22
#define EXACT_WHOLE (UINT64_C(1) << 53)

/* With 768 digits a decimal number is told from every half-way point between two doubles; of those
 * behind it only matters whether one is not 0. */
#define DIGITS_THAT_MATTER 768

/* No exponent beyond this can be outweighed by the digits of a text. */
#define EXPONENT_ENOUGH ((int64_t)1 << 40)

/* A number taken apart: digits times ten to the exponent. */
struct decimal {
    char digits[DIGITS_THAT_MATTER + 1]; /* without leading zeros; a sticky digit at the end */
    size_t count;
    int64_t exponent;
    int negative;
};

static void take_digits(struct decimal *decimal, const char **from, const char *end, int fraction)
{
    const char *p;
    for (p = *from; p < end && *p >= '0' && *p <= '9'; p++) {
        decimal->exponent -= fraction;
        if (decimal->count == 0 && *p == '0')
            continue;
        if (decimal->count < DIGITS_THAT_MATTER) {
            decimal->digits[decimal->count++] = *p;
            continue;
        }
        decimal->exponent++;
        if (*p != '0')
            decimal->digits[DIGITS_THAT_MATTER] = '1';
    }
    *from = p;
}

static void take_apart(struct decimal *decimal, const char *p, const char *end)
{
    int64_t exponent = 0;
    int negative;
    decimal->count = 0;
    decimal->exponent = 0;
    decimal->digits[DIGITS_THAT_MATTER] = '0';
    decimal->negative = *p == '-';
    p += decimal->negative;
    take_digits(decimal, &p, end, 0);
    if (p < end && *p == '.') {
        p++;
        take_digits(decimal, &p, end, 1);
    }
    if (p == end)
        return;
    p++; /* e */
    negative = *p == '-';
    for (p += *p == '-' || *p == '+'; p < end; p++)
        if (exponent < EXPONENT_ENOUGH)
            exponent = exponent * 10 + (*p - '0');
    decimal->exponent += negative ? -exponent : exponent;
}

/* By strtod, which is exact; a whole number and an exponent leave it no point to look for. */
static double convert(const struct decimal *decimal)
{
    char text[DIGITS_THAT_MATTER + 32];
    size_t length = decimal->count;
    int64_t exponent = decimal->exponent;
    memcpy(text, decimal->digits, length);
    if (length == DIGITS_THAT_MATTER) {
        text[length] = decimal->digits[length];
        length++;
        exponent--;
    }
    /* what the clamp cuts off is 0 either way; the check has refused what is infinite */
    if (exponent < -100000)
        exponent = -100000;
    (void)snprintf(text + length, sizeof text - length, "e%d", (int)exponent);
    return strtod(text, NULL);
}

double nci_real_read(const char *text, size_t length)
{
    struct decimal decimal;
    uint64_t whole = 0;
    double number = 0.0;
    size_t i;
    take_apart(&decimal, text, text + length);
    if (decimal.count > 19) {
        number = convert(&decimal);
    } else if (decimal.count > 0) {
        for (i = 0; i < decimal.count; i++)
            whole = whole * 10 + (uint64_t)(decimal.digits[i] - '0');
        /* two exact operands and one rounding */
        if (NCI_REAL_EXACT && whole <= EXACT_WHOLE && decimal.exponent >= -EXACT_POWER &&
            decimal.exponent <= EXACT_POWER)
            number = decimal.exponent < 0 ? (double)whole / powers[-decimal.exponent]
                                          : (double)whole * powers[decimal.exponent];
        else
            number = convert(&decimal);
    }
    return decimal.negative ? -number : number;
}

/* Writes digits with the point in front of the last fraction ones of them. */
static size_t write_fixed(char *out, uint64_t digits, int fraction)
{
    char reversed[24];
    int count = 0;
    char *p = out;
    do {
        reversed[count++] = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits || count <= fraction);
    while (count > fraction)
        *p++ = reversed[--count];
    *p++ = '.';
    if (count == 0)
        *p++ = '0';
    while (count > 0)
        *p++ = reversed[--count];
    return (size_t)(p - out);
}

/*
 * By printf: of the decimals with 15 digits at most one gives a number back, and this is it. The
 * zeros at its end are let go.
 */
static size_t write_short_printed(char *out, double number)
{
    char text[64];
    const char *p;
    uint64_t digits = 0;
    size_t length;
    int fraction;
    (void)snprintf(text, sizeof text, "%.14e", number);
    for (p = text; *p != 'e'; p++)
        if (*p >= '0' && *p <= '9')
            digits = digits * 10 + (uint64_t)(*p - '0');
    fraction = 14 - (int)strtol(p + 1, NULL, 10);
    for (; fraction > 0 && digits % 10 == 0; fraction--)
        digits /= 10;
    if (fraction < 0 || fraction > 15)
        return 0;
    length = write_fixed(out, digits, fraction);
    return nci_real_read(out, length) == number ? length : 0;
}

/*
 * The few digits that most reals have: the fewest behind the point that give the number back.
 * Below 15 digits the product is off by less than half a digit, and the quotient of two exact
 * numbers is what reading gives. 0 when there are more.
 */
static size_t write_short(char *out, double number)
{
    int fraction;
    if (!NCI_REAL_EXACT)
        return write_short_printed(out, number);
    for (fraction = 0; fraction <= 15; fraction++) {
        double scaled = number * powers[fraction];
        uint64_t digits;
        if (scaled >= 1e15)
            break;
        digits = (uint64_t)(scaled + 0.5);
        if ((double)digits / powers[fraction] == number)
            return write_fixed(out, digits, fraction);
    }
    return 0;
}

/* What printf makes of it, with a point instead of the locale's and never like an integer. */
static size_t write_printed(char *out, double number, int precision)
{
    char text[64];
    const char *p = text;
    size_t length = 0;
    int real = 0;
    (void)snprintf(text, sizeof text, "%.*g", precision, number);
    while (*p) {
        if ((*p >= '0' && *p <= '9') || *p == '-' || *p == '+' || *p == 'e') {
            real |= *p == 'e';
            out[length++] = *p++;
            continue;
        }
        real = 1;
        out[length++] = '.';
        do
            p++;
        while (*p && !(*p >= '0' && *p <= '9'));
    }
    if (!real) {
        out[length++] = '.';
        out[length++] = '0';
    }
    return length;
}

size_t nci_real_write(char *out, double number)
{
    size_t sign = signbit(number) ? 1 : 0, length;
    /* all but the smallest doubles tell 15 digits apart */
    int precision = fabs(number) < DBL_MIN ? 1 : 15;
    out[0] = '-';
    length = write_short(out + sign, fabs(number));
    if (length)
        return length + sign;
    for (; precision < 17; precision++) {
        length = write_printed(out, number, precision);
        if (nci_real_read(out, length) == number)
            return length;
    }
    return write_printed(out, number, 17);
}
