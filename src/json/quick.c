/* SPDX-License-Identifier: MIT */
/*
 * First all bytes are copied and looked at sixteen at a time: where are quotes, where are digits,
 * is there anything that the quick way leaves alone? What is judged is what was in the registers
 * when it was copied: the caller may change its text meanwhile. Then comes the grammar of
 * json/check.c without a memory of where it stands: everything is local, and strings and numbers
 * end where a bit says so, so that no step waits for a scan.
 *
 * Two names of one object with the same first eight and last eight bytes are left to the checking
 * pass, which tells whether they are the same.
 */
#include "json/quick.h"

/* Words of eight bytes do the same elsewhere, and where it is built with 0, as a test does. */
#ifndef NCI_QUICK_VECTORS
#ifdef __SSE2__
#define NCI_QUICK_VECTORS 1
#else
#define NCI_QUICK_VECTORS 0
#endif
#endif

#if NCI_QUICK_VECTORS
#include <emmintrin.h>
#endif

#define DEPTH_MOST 8
#define NAMES_MOST 32 /* in all open objects */

/* Sixty-four bytes of the text, a bit for each. The byte behind the text counts as a quote. */
struct marks {
    uint64_t quotes, digits;
};

#define MARKS (NCI_QUICK_MOST / 64 + 2) /* a run of digits is looked up in two of them */

/* Sixteen bytes. */
struct sixteen {
    unsigned quotes, digits;
    unsigned known; /* not all of 16 bits: one of them is left to the checking pass */
};

#if NCI_QUICK_VECTORS
NCI_INLINE struct sixteen copy_sixteen(uint8_t *to, const void *from)
{
    __m128i bytes = _mm_loadu_si128((const __m128i *)from);
    _mm_storeu_si128((__m128i *)(void *)to, bytes);
    __m128i number = _mm_sub_epi8(bytes, _mm_set1_epi8('0'));
    __m128i digits = _mm_cmpeq_epi8(_mm_min_epu8(number, _mm_set1_epi8(9)), number);
    /* signed: what is not ASCII is below 0 */
    __m128i known = _mm_andnot_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')),
                                     _mm_cmpgt_epi8(bytes, _mm_set1_epi8(0x1F)));
    return (struct sixteen){(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"'))),
                            (unsigned)_mm_movemask_epi8(digits),
                            (unsigned)_mm_movemask_epi8(known)};
}
#else
#define TOPS NCI_EACH_BYTE(0x80)

/* The top bits of those bytes of a word without top bits that are at least so much. */
NCI_INLINE uint64_t at_least(uint64_t word, uint8_t least)
{
    return (word + NCI_EACH_BYTE(0x80 - least)) & TOPS;
}

/* The top bits of the bytes, in the order of memory. */
NCI_INLINE unsigned gather(uint64_t tops)
{
    return (unsigned)((tops >> 7) * UINT64_C(0x0102040810204080) >> 56);
}

NCI_INLINE struct sixteen look_at_eight(const uint8_t *from)
{
    uint64_t word = nci_load8(from);
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    uint64_t ascii = ~word & TOPS, low = word & ~TOPS;
    uint64_t digits = at_least(low, '0') & ~at_least(low, '9' + 1) & ascii;
    uint64_t quotes = ~at_least(low ^ NCI_EACH_BYTE('"'), 1) & ascii;
    uint64_t known = at_least(low, 0x20) & at_least(low ^ NCI_EACH_BYTE('\\'), 1) & ascii;
    return (struct sixteen){gather(quotes), gather(digits), gather(known)};
}

NCI_INLINE struct sixteen copy_sixteen(uint8_t *to, const void *from)
{
    uint8_t bytes[16];
    memcpy(bytes, from, 16);
    memcpy(to, bytes, 16);
    struct sixteen one = look_at_eight(bytes), other = look_at_eight(bytes + 8);
    return (struct sixteen){one.quotes | other.quotes << 8, one.digits | other.digits << 8,
                            one.known | other.known << 8};
}
#endif

/* Copies a text of less than 64 bytes. 0: it is left to the checking pass. */
NCI_INLINE int copy_short(struct marks *marks, uint8_t *copy, const char *text, size_t length)
{
    struct sixteen part;
    size_t last = length - 16;
    uint64_t quotes = (uint64_t)1 << length, digits;
    unsigned known;
    if (nci_unlikely(length < 16)) {
        char bytes[16];
        memset(bytes, ' ', sizeof bytes);
        if (length) /* none may come without an address */
            memcpy(bytes, text, length);
        part = copy_sixteen(copy, bytes);
        quotes |= part.quotes;
        digits = part.digits;
        known = part.known;
    } else {
        part = copy_sixteen(copy + last, text + last);
        quotes |= (uint64_t)part.quotes << last;
        digits = (uint64_t)part.digits << last;
        known = part.known;
        for (size_t at = 0; at < last; at += 16) {
            part = copy_sixteen(copy + at, text + at);
            quotes |= (uint64_t)part.quotes << at;
            digits |= (uint64_t)part.digits << at;
            known &= part.known;
        }
    }
    memset(copy + length, 0, NCI_JSON_SLACK);
    marks->quotes = quotes;
    marks->digits = digits;
    return known == 0xFFFF;
}

/* The same for a longer one. */
NCI_INLINE int copy_long(struct marks *marks, uint8_t *copy, const char *text, size_t length)
{
    struct sixteen part;
    size_t last = length - 16, shift = last % 64;
    unsigned known = 0xFFFF;
    memset(marks, 0, MARKS * sizeof *marks);
    for (size_t at = 0; at < last; at += 16) {
        part = copy_sixteen(copy + at, text + at);
        marks[at / 64].quotes |= (uint64_t)part.quotes << at % 64;
        marks[at / 64].digits |= (uint64_t)part.digits << at % 64;
        known &= part.known;
    }
    part = copy_sixteen(copy + last, text + last);
    marks[last / 64].quotes |= (uint64_t)part.quotes << shift;
    marks[last / 64].digits |= (uint64_t)part.digits << shift;
    marks[last / 64 + 1].quotes |= (uint64_t)part.quotes >> 1 >> (63 - shift);
    marks[last / 64 + 1].digits |= (uint64_t)part.digits >> 1 >> (63 - shift);
    marks[length / 64].quotes |= (uint64_t)1 << length % 64;
    memset(copy + length, 0, NCI_JSON_SLACK);
    return (known & part.known) == 0xFFFF;
}

/* An open container. */
struct level {
    struct nci_entry *entry;
    uint64_t *names; /* where those of an object begin; NULL: it is an array */
    uint32_t count;  /* elements of an array that have ended */
};

/* The pass; all of it in registers or on the stack. Of a text of less than 64 bytes there is a single
 * word of marks; what follows is compiled for it apart. */
struct pass {
    const uint8_t *text; /* the copy */
    size_t length;
    size_t p; /* everything before it is checked */
    const struct marks *marks;
    uint64_t quotes; /* of the marks in turn, those that were not asked for */
    size_t base;     /* where the marks in turn begin in the text */
    struct nci_entry *index, *at;
    const struct nci_entry *limit; /* no step begins behind it */
    struct nci_entry *last;        /* the newest child of the open container, or that itself */
    struct level open;
    uint64_t *names, *name; /* keys of all open objects; behind the newest */
    unsigned depth, deepest;
};

/* The place of the next quote; the text's length: there is none. */
NCI_INLINE size_t next_quote(struct pass *pass, int single)
{
    while (!single && nci_unlikely(!pass->quotes)) {
        pass->base += 64;
        pass->quotes = pass->marks[pass->base / 64].quotes;
    }
    size_t place = (single ? 0 : pass->base) + (unsigned)__builtin_ctzll(pass->quotes);
    pass->quotes &= pass->quotes - 1;
    return place;
}

#define DIGITS_MOST 63 /* more are not counted */

NCI_INLINE size_t count_digits(const struct pass *pass, size_t p, int single)
{
    const struct marks *marks = &pass->marks[single ? 0 : p / 64];
    uint64_t digits = marks[0].digits >> p % 64;
    if (!single)
        digits = (digits | marks[1].digits << 1 << (63 - p % 64)) & ~((uint64_t)1 << DIGITS_MOST);
    return (unsigned)__builtin_ctzll(~digits);
}

/* The next byte that is no space; p is its place. */
NCI_INLINE uint8_t token(struct pass *pass)
{
    uint8_t byte = pass->text[pass->p];
    while (nci_unlikely(byte == ' '))
        byte = pass->text[++pass->p];
    return byte;
}

#define CODE(code) ((uint32_t)(code) << NCI_ENTRY_CODE_SHIFT)

NCI_INLINE void put(struct pass *pass, uint32_t code, size_t offset, size_t length)
{
    pass->at->offset = (uint32_t)offset;
    pass->at->info = code | (uint32_t)length;
    pass->at++;
}

/* A string or name, whose opening quote is at p. 0: it does not end. */
NCI_INLINE int read_string(struct pass *pass, int single)
{
    size_t start = next_quote(pass, single) + 1, end = next_quote(pass, single);
    if (nci_unlikely(end == pass->length))
        return 0;
    put(pass, CODE(NCI_KIND_STRING), start, end - start);
    pass->p = end + 1;
    return 1;
}

/* 0: it is not a simple number. */
NCI_INLINE int read_number(struct pass *pass, int single)
{
    size_t start = pass->p, digits = start + (pass->text[start] == '-');
    size_t count = count_digits(pass, digits, single);
    uint32_t kind = CODE(NCI_KIND_INTEGER);
    pass->p = digits + count;
    /* 18 digits always fit 64 bits */
    if (nci_unlikely(count - 1 >= 18 || (pass->text[digits] == '0' && count > 1)))
        return 0;
    if (nci_unlikely(pass->text[pass->p] == '.')) {
        count = count_digits(pass, pass->p + 1, single);
        if (nci_unlikely(count - 1 >= DIGITS_MOST - 1))
            return 0;
        pass->p += count + 1;
        kind = CODE(NCI_KIND_REAL);
    }
    put(pass, kind, start, pass->p - start);
    return 1;
}

/* true, false or null. 0: it is none of them. */
NCI_INLINE int read_word(struct pass *pass)
{
    const uint8_t *word = pass->text + pass->p;
    unsigned kind = *word == 't' ? NCI_KIND_TRUE : *word == 'n' ? NCI_KIND_NULL : NCI_KIND_FALSE;
    size_t length = kind == NCI_KIND_FALSE ? 5 : 4;
    if (memcmp(word, "true", 4) && memcmp(word, "null", 4) && memcmp(word, "false", 5))
        return 0;
    put(pass, CODE(kind), pass->p, length);
    pass->p += length;
    return 1;
}

/* Tells most names apart: the first and the last eight bytes. */
NCI_INLINE uint64_t name_key(const uint8_t *name, size_t length)
{
    uint64_t head = nci_load8(name);
    if (length < 8)
        return nci_head_bytes(head, (unsigned)length);
    return head + nci_load8(name + length - 8) * UINT64_C(0x9E3779B97F4A7C15) + length;
}

/* A name, whose opening quote is at p, and the colon. 0: something is wrong or too much. */
NCI_INLINE int read_name(struct pass *pass, int single)
{
    /* a short text has no place for so many */
    if (!single && nci_unlikely(pass->name == pass->names + NAMES_MOST))
        return 0;
    size_t start = next_quote(pass, single) + 1, end = next_quote(pass, single);
    if (nci_unlikely(end == pass->length))
        return 0;
    put(pass, CODE(NCI_ENTRY_NAME), start, end - start);
    pass->p = end + 1;
    uint64_t key = name_key(pass->text + start, end - start);
    for (const uint64_t *other = pass->open.names; other < pass->name; other++)
        if (nci_unlikely(*other == key))
            return 0;
    *pass->name++ = key;
    if (nci_unlikely(token(pass) != ':'))
        return 0;
    pass->p++;
    return 1;
}

/* The bracket or brace at p opens a container. */
NCI_INLINE void open_container(struct pass *pass, int object)
{
    pass->last = pass->open.entry = pass->at;
    pass->open.names = object ? pass->name : NULL;
    pass->open.count = 0;
    put(pass, CODE(object ? NCI_KIND_OBJECT : NCI_KIND_ARRAY), pass->p, 0);
    put(pass, CODE(NCI_ENTRY_SECOND), 0, 0);
    pass->depth++;
    if (pass->depth > pass->deepest)
        pass->deepest = pass->depth;
    pass->p++;
}

/* The bracket or brace at p closes it. */
NCI_INLINE void close_container(struct pass *pass)
{
    struct nci_entry *entry = pass->open.entry;
    pass->p++;
    if (nci_likely(entry != pass->last))
        pass->last->info |= NCI_ENTRY_LAST;
    entry[0].info |= (uint32_t)(pass->at - entry);
    entry[1].offset = pass->open.count;
    entry[1].info |= (uint32_t)pass->p;
    pass->last = entry;
    pass->depth--;
}

/* The grammar; returns as nci_quick_copy. */
NCI_INLINE uint32_t walk(struct pass pass, int single, unsigned *depth)
{
    const unsigned depth_most = *depth < DEPTH_MOST ? *depth : DEPTH_MOST;
    struct level around[DEPTH_MOST];
    uint64_t names[NAMES_MOST];
    uint8_t byte;
    pass.names = pass.name = names;
value:
    byte = token(&pass);
    if (nci_unlikely(pass.at > pass.limit))
        return 0;
    pass.last = pass.at;
    if (byte == '"') {
        if (!read_string(&pass, single))
            return 0;
    } else if (byte == '-' || (uint8_t)(byte - '0') <= 9) {
        if (nci_unlikely(!read_number(&pass, single)))
            return 0;
    } else if (byte == '{' || byte == '[') {
        if (nci_unlikely(pass.depth == depth_most))
            return 0;
        if (nci_unlikely(pass.depth))
            around[pass.depth] = pass.open;
        open_container(&pass, byte == '{');
        byte = token(&pass);
        if (pass.open.names) {
            if (nci_likely(byte == '"'))
                goto name;
            if (byte == '}')
                goto close;
            return 0;
        }
        if (byte == ']')
            goto close;
        goto value;
    } else if (!read_word(&pass)) {
        return 0;
    }
next:
    byte = token(&pass);
    if (pass.open.names) {
        if (byte == ',') {
            pass.p++;
            if (nci_unlikely(token(&pass) != '"'))
                return 0;
        name:
            if (nci_unlikely(!read_name(&pass, single)))
                return 0;
            goto value;
        }
        if (nci_unlikely(byte != '}'))
            return 0;
        pass.open.count = (uint32_t)(pass.name - pass.open.names);
        pass.name = pass.open.names;
    } else if (pass.depth) {
        pass.open.count++;
        if (byte == ',') {
            pass.p++;
            goto value;
        }
        if (nci_unlikely(byte != ']'))
            return 0;
    } else {
        goto end;
    }
close:
    close_container(&pass);
    if (nci_unlikely(pass.depth)) {
        pass.open = around[pass.depth];
        goto next;
    }
    (void)token(&pass);
end:
    if (nci_unlikely(pass.p != pass.length))
        return 0;
    pass.last->info |= NCI_ENTRY_LAST;
    *depth = pass.deepest;
    return (uint32_t)(pass.at - pass.index);
}

static __attribute__((noinline)) uint32_t walk_long(struct pass pass, uint8_t *copy,
                                                    const char *text, unsigned *depth)
{
    struct marks marks[MARKS];
    if (!copy_long(marks, copy, text, pass.length))
        return 0;
    pass.marks = marks;
    pass.quotes = marks[0].quotes;
    return walk(pass, 0, depth);
}

uint32_t nci_quick_copy(uint8_t *copy, const char *text, size_t length, struct nci_entry *index,
                        size_t room, unsigned *depth)
{
    struct marks marks;
    struct pass pass = {0};
    pass.text = copy;
    pass.length = length;
    pass.index = pass.at = index;
    pass.limit = index + room - 4; /* what begins a value, and a name */
    if (length >= 64)
        return walk_long(pass, copy, text, depth);
    if (nci_unlikely(!copy_short(&marks, copy, text, length)))
        return 0;
    pass.marks = &marks;
    pass.quotes = marks.quotes;
    return walk(pass, 1, depth);
}
