/* SPDX-License-Identifier: MIT */
/*
 * Numbers that are not short integers: reals, numbers at the edge of 64 bits, wrong ones, and
 * numbers that the bytes end in.
 *
 * The answer to "does it fit" is exact and needs no conversion: an integer is compared with the
 * limit's digits; a real with the digits of the least number that rounds to infinity. No digit is
 * counted by a product that could wrap, and no locale is asked.
 */
#include "json/check_internal.h"

enum phase {
    SIGN,
    INTEGER_FIRST,
    INTEGER,
    FRACTION_FIRST,
    FRACTION,
    EXPONENT_SIGN,
    EXPONENT_FIRST,
    EXPONENT
};

/* 2^1024 - 2^970: half way from the largest double to the next step, which rounds to infinity. */
static const char infinite[] =
    "17976931348623158079372897140530341507993413271003782693617377898044496829276475094664901797"
    "75872070963302864166928879109465555478519404026306574886715058206819089020007083836762738548"
    "45817711531764475730270069855571366959622842914819860834936475292719074168444365510704342711"
    "559699508093042880177904174497792";
#define INFINITE_DIGITS   309
#define INFINITE_EXPONENT 308 /* of its first digit */

/* No exponent beyond this can be outweighed by the digits of a text. */
#define EXPONENT_ENOUGH ((int64_t)1 << 40)

static int is_digit(uint8_t byte)
{
    return (uint8_t)(byte - '0') <= 9;
}

void nci_check_number_begin(struct nci_checker *checker, size_t start)
{
    struct nci_number_state *number = &checker->number;
    memset(number, 0, sizeof *number);
    number->start = (uint32_t)start;
    number->phase = SIGN;
}

/* The bytes end at p, and the number perhaps with them. */
static int must_wait(struct nci_checker *checker, const uint8_t *text, const uint8_t *end,
                     const uint8_t *p)
{
    if (p != end || checker->final)
        return 0;
    checker->position = (uint32_t)(p - text);
    return 1;
}

/* No digit at p. */
static const uint8_t *digit_missing(struct nci_checker *checker, const uint8_t *text,
                                    const uint8_t *end, const uint8_t *p, const char *behind)
{
    if (!must_wait(checker, text, end, p))
        (void)nci_check_refuse(checker, NCI_VALUE, text, (size_t)(p - text),
                               "a digit was expected behind the %s", behind);
    return NULL;
}

static const uint8_t *read_integers(struct nci_checker *checker, const uint8_t *text,
                                    const uint8_t *end, const uint8_t *p)
{
    struct nci_number_state *number = &checker->number;
    if (number->phase == SIGN) {
        number->negative = *p == '-';
        p += number->negative;
        number->phase = INTEGER_FIRST;
    }
    if (number->phase == INTEGER_FIRST) {
        if (!is_digit(*p))
            return digit_missing(checker, text, end, p, "minus sign");
        number->integers = (uint32_t)(p - text);
        number->first = number->integers;
        number->significant = *p++ != '0';
        number->phase = INTEGER;
    }
    if (!number->significant && is_digit(*p)) {
        (void)nci_check_refuse(checker, NCI_VALUE, text, number->integers,
                               "a number must not have a leading zero");
        return NULL;
    }
    while (is_digit(*p))
        p++;
    number->point = (uint32_t)(p - text);
    return must_wait(checker, text, end, p) ? NULL : p;
}

static const uint8_t *read_fraction(struct nci_checker *checker, const uint8_t *text,
                                    const uint8_t *end, const uint8_t *p)
{
    struct nci_number_state *number = &checker->number;
    if (number->phase == FRACTION_FIRST) {
        if (!is_digit(*p))
            return digit_missing(checker, text, end, p, "decimal point");
        number->phase = FRACTION;
    }
    if (!number->significant) {
        while (*p == '0')
            p++;
        number->significant = is_digit(*p);
        number->first = (uint32_t)(p - text);
    }
    while (is_digit(*p))
        p++;
    return must_wait(checker, text, end, p) ? NULL : p;
}

static const uint8_t *read_exponent(struct nci_checker *checker, const uint8_t *text,
                                    const uint8_t *end, const uint8_t *p)
{
    struct nci_number_state *number = &checker->number;
    if (number->phase == EXPONENT_SIGN) {
        if (must_wait(checker, text, end, p))
            return NULL;
        number->exponent_negative = *p == '-';
        p += *p == '-' || *p == '+';
        number->phase = EXPONENT_FIRST;
    }
    if (number->phase == EXPONENT_FIRST) {
        if (!is_digit(*p))
            return digit_missing(checker, text, end, p, "exponent sign");
        number->phase = EXPONENT;
    }
    for (; is_digit(*p); p++)
        if (number->exponent < EXPONENT_ENOUGH)
            number->exponent = number->exponent * 10 + (*p - '0');
    return must_wait(checker, text, end, p) ? NULL : p;
}

static int fits_integer(const struct nci_number_state *number, const uint8_t *text)
{
    size_t digits = number->point - number->integers;
    const char *limit = number->negative ? "9223372036854775808" : "9223372036854775807";
    return digits < 19 || (digits == 19 && memcmp(text + number->integers, limit, 19) <= 0);
}

/* Whether the digits from the first significant one on, read as a number of 309 digits, stay below
 * the least one that is infinite. */
static int below_infinite(const uint8_t *p)
{
    size_t i;
    for (i = 0; i < INFINITE_DIGITS; i++) {
        int digit;
        p += *p == '.';
        digit = is_digit(*p) ? *p++ : '0';
        if (digit != infinite[i])
            return digit < infinite[i];
    }
    return 0;
}

static int fits_real(const struct nci_number_state *number, const uint8_t *text)
{
    int64_t exponent = number->exponent_negative ? -number->exponent : number->exponent;
    if (!number->significant)
        return 1;
    /* of the first significant digit */
    if (number->first < number->point)
        exponent += (int64_t)number->point - number->first - 1;
    else
        exponent -= (int64_t)number->first - number->point;
    if (exponent != INFINITE_EXPONENT)
        return exponent < INFINITE_EXPONENT;
    return below_infinite(text + number->first);
}

const uint8_t *nci_check_number(struct nci_checker *checker, const uint8_t *text,
                                const uint8_t *end, const uint8_t *p)
{
    struct nci_number_state *number = &checker->number;
    if (number->phase <= INTEGER) {
        p = read_integers(checker, text, end, p);
        if (!p)
            return NULL;
        if (*p == '.') {
            p++;
            number->phase = FRACTION_FIRST;
        }
    }
    if (number->phase == FRACTION_FIRST || number->phase == FRACTION) {
        number->real = 1;
        p = read_fraction(checker, text, end, p);
        if (!p)
            return NULL;
    }
    if (number->phase <= FRACTION && (*p == 'e' || *p == 'E')) {
        p++;
        number->phase = EXPONENT_SIGN;
    }
    if (number->phase >= EXPONENT_SIGN) {
        number->real = 1;
        p = read_exponent(checker, text, end, p);
        if (!p)
            return NULL;
    }
    if (!(number->real ? fits_real(number, text) : fits_integer(number, text))) {
        (void)nci_check_refuse(checker, NCI_VALUE, text, number->start,
                               number->real ? "the number is too large for a double"
                                            : "the integer does not fit 64 bits: -2^63 to 2^63-1");
        return NULL;
    }
    if (nci_check_tape_room(checker))
        return NULL;
    nci_check_push(checker, number->real ? NCI_KIND_REAL : NCI_KIND_INTEGER, number->start,
                   (size_t)(p - text) - number->start);
    return p;
}
