/* SPDX-License-Identifier: MIT */
/*
 * Byte scanning that the checking pass and the builder share: eight bytes a step over the plain
 * part of a string, and UTF-8 sequences by the table of RFC 3629. Everything here may read up to
 * eight bytes behind the text: the caller keeps NCI_JSON_SLACK zero bytes there, which also end
 * every scan.
 */
#ifndef NCI_JSON_SCAN_H
#define NCI_JSON_SCAN_H

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which byte of a word raised the flag can be told exactly only when the lowest byte comes first
 * in memory: borrows run upwards. Elsewhere (or when built with 0, as tests/portability/run.sh
 * does) a flagged word is looked through byte by byte; that there is no flag is exact on every
 * machine. */
#ifndef NCI_SCAN_LOWEST_FIRST
#define NCI_SCAN_LOWEST_FIRST (__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__)
#endif

#define NCI_EACH_BYTE(b) (UINT64_C(0x0101010101010101) * (b))

#define nci_likely(condition)   __builtin_expect(!!(condition), 1)
#define nci_unlikely(condition) __builtin_expect(!!(condition), 0)

#define NCI_INLINE static inline __attribute__((always_inline))

static inline uint64_t nci_load8(const uint8_t *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

/* Whether two names are the same; most are so short that a call would cost more. */
static inline int nci_same_short(const void *one, const void *other, size_t length)
{
    const char *a = (const char *)one, *b = (const char *)other;
    size_t i;
    if (nci_unlikely(length > 16))
        return !memcmp(a, b, length);
    if (length >= 8) {
        uint64_t words[4];
        memcpy(&words[0], a, 8);
        memcpy(&words[1], b, 8);
        memcpy(&words[2], a + length - 8, 8);
        memcpy(&words[3], b + length - 8, 8);
        return words[0] == words[1] && words[2] == words[3];
    }
    if (length >= 4) {
        uint32_t words[4];
        memcpy(&words[0], a, 4);
        memcpy(&words[1], b, 4);
        memcpy(&words[2], a + length - 4, 4);
        memcpy(&words[3], b + length - 4, 4);
        return words[0] == words[1] && words[2] == words[3];
    }
    for (i = 0; i < length; i++)
        if (a[i] != b[i])
            return 0;
    return 1;
}

/* Only the first length (1 to 7, or 0) bytes in memory of a loaded word, the others 0. */
static inline uint64_t nci_head_bytes(uint64_t word, unsigned length)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return word & ((UINT64_C(1) << (8 * length)) - 1);
#else
    return word & ~(UINT64_MAX >> (8 * length));
#endif
}

/* A byte that may stand in a string as it is and that is ASCII. */
static inline int nci_byte_is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* Flags, in the top bits of their bytes, those bytes of a word that are a quote, a backslash, a
 * control byte or not ASCII. Above the lowest flagged byte plain ones may be flagged too. */
static inline uint64_t nci_special_bytes(uint64_t word)
{
    uint64_t quote = word ^ NCI_EACH_BYTE('"');
    uint64_t backslash = word ^ NCI_EACH_BYTE('\\');
    return ((quote - NCI_EACH_BYTE(1)) | (backslash - NCI_EACH_BYTE(1)) |
            (word - NCI_EACH_BYTE(0x20)) | word) &
           NCI_EACH_BYTE(0x80);
}

/* For what is longer than most strings: p, or in front of end and of the first byte that is not
 * plain by at most 31 bytes. */
const uint8_t *nci_skip_plain_far(const uint8_t *p, const uint8_t *end);
#define NCI_FAR_WORDS 4 /* strings longer than these are worth a call */

/* The first byte from p on that is not plain; end: of the bytes that are there. */
NCI_INLINE const uint8_t *nci_skip_plain(const uint8_t *p, const uint8_t *end)
{
    for (unsigned words = 1;; words++) {
        uint64_t special = nci_special_bytes(nci_load8(p));
        if (special) {
#if NCI_SCAN_LOWEST_FIRST
            return p + (__builtin_ctzll(special) >> 3);
#else
            while (nci_byte_is_plain(*p))
                p++;
            return p;
#endif
        }
        p += 8;
        if (nci_unlikely(words == NCI_FAR_WORDS))
            p = nci_skip_plain_far(p, end);
    }
}

/* Copies length bytes, and up to 8 more of no meaning, if all are plain; 0 if not. Reads nothing
 * behind them, and nothing that it has just written: such a read waits for the writes. */
static inline int nci_copy_plain(char *to, const char *from, size_t length)
{
    uint64_t word;
    size_t i;
#if NCI_SCAN_LOWEST_FIRST
    if (length < 8) {
        word = 0;
        if (length >= 4) {
            uint32_t first, last;
            memcpy(&first, from, 4);
            memcpy(&last, from + length - 4, 4);
            word = first | (uint64_t)last << (8 * (length - 4));
        } else {
            for (i = 0; i < length; i++)
                word |= (uint64_t)(uint8_t)from[i] << (8 * i);
        }
        memcpy(to, &word, 8);
        return !nci_head_bytes(nci_special_bytes(word), (unsigned)length);
    }
#else
    if (length < 8) {
        for (i = 0; i < length && nci_byte_is_plain((uint8_t)from[i]); i++)
            to[i] = from[i];
        return i == length;
    }
#endif
    for (i = 0; i < length; i += 8) {
        size_t at = i <= length - 8 ? i : length - 8; /* the last two may overlap */
        memcpy(&word, from + at, 8);
        if (nci_special_bytes(word))
            return 0;
        memcpy(to + at, &word, 8);
    }
    return 1;
}

/* The length of the UTF-8 sequence of two to four bytes at p, 0 when there is no valid one. */
static inline unsigned nci_utf8_sequence(const uint8_t *p)
{
    uint8_t lead = p[0], second = p[1];
    if (lead < 0xE0)
        return lead >= 0xC2 && (second & 0xC0) == 0x80 ? 2 : 0;
    if ((second & 0xC0) != 0x80 || (p[2] & 0xC0) != 0x80)
        return 0;
    if (lead < 0xF0) {
        /* no overlong forms, no surrogates */
        if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second >= 0xA0))
            return 0;
        return 3;
    }
    if (lead > 0xF4 || (p[3] & 0xC0) != 0x80 || (lead == 0xF0 && second < 0x90) ||
        (lead == 0xF4 && second >= 0x90))
        return 0;
    return 4;
}

/* How long a sequence its first byte announces; 1 when no sequence begins so. */
static inline unsigned nci_utf8_wanted(uint8_t lead)
{
    if (lead < 0xC2 || lead > 0xF4)
        return 1;
    return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

#ifdef __cplusplus
}
#endif
#endif
