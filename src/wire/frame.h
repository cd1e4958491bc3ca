/* SPDX-License-Identifier: MIT */
/*
 * Frames: a header line, a payload, a line feed. The one struct every incoming frame is read into,
 * the table of kinds, the reader, and one writer per kind. docs/PROTOCOL.md is the standard; the
 * table below is its table.
 *
 * Nothing here keeps state between calls and nothing allocates but the output buffer's growth and
 * the builder of control payloads. Not thread safe per buffer; different buffers are independent.
 */
#ifndef NCI_WIRE_FRAME_H
#define NCI_WIRE_FRAME_H

#include "base/buf.h"
#include "base/status.h"

#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nci_frame_kind {
    NCI_FRAME_UNKNOWN, /* a kind this version does not know: skipped */
    NCI_FRAME_HELLO,
    NCI_FRAME_BIND,
    NCI_FRAME_BOUND,
    NCI_FRAME_DATA,
    NCI_FRAME_PART,
    NCI_FRAME_ACK,
    NCI_FRAME_SYNC,
    NCI_FRAME_CLOSE,
    NCI_FRAME_HANGUP,
    NCI_FRAME_LIST,
    NCI_FRAME_LISTING,
    NCI_FRAME_PING,
    NCI_FRAME_PONG,
    NCI_FRAME_BYE,
    NCI_FRAME_KINDS
};

enum nci_frame_from {
    NCI_FROM_BOTH,
    NCI_FROM_IMPORTER,
    NCI_FROM_EXPORTER,
    NCI_FROM_SENDER,  /* the end of the stream where values come from */
    NCI_FROM_RECEIVER /* the end where they arrive */
};

enum nci_frame_load {
    NCI_LOAD_ANY,      /* unknown kinds */
    NCI_LOAD_NONE,     /* length 0 */
    NCI_LOAD_OBJECT,   /* a JSON object */
    NCI_LOAD_OPTIONAL, /* a JSON object, or nothing */
    NCI_LOAD_BYTES     /* a value or a piece of one: at least a byte */
};

struct nci_frame_rule {
    const char *name;
    uint8_t name_length;
    uint8_t numbers; /* header elements between the kind and the length */
    uint8_t from;    /* enum nci_frame_from */
    uint8_t load;    /* enum nci_frame_load */
};

extern const struct nci_frame_rule nci_frame_rules[NCI_FRAME_KINDS];

#define NCI_FRAME_HEADER_MAX    255u /* bytes before the line feed */
#define NCI_FRAME_NUMBER_MAX    UINT64_C(9007199254740991)
#define NCI_FRAME_LIMIT_LEAST   4096u /* a frame limit lower than this is not legal */
#define NCI_FRAME_LIMIT_DEFAULT 65536u
#define NCI_FRAME_NUMBERS       3u /* the most that any kind has */

struct nci_frame {
    enum nci_frame_kind kind;
    uint32_t n;                    /* numbers before the length, growth elements included */
    uint64_t h[NCI_FRAME_NUMBERS]; /* the first of them; 0 where there is none */
    const uint8_t *payload;        /* borrowed from the input */
    size_t length;                 /* of the payload */
    size_t size;                   /* of the whole frame, its last line feed included */
};

/*
 * Reads the frame at the beginning of the input. 1: complete, *frame is filled. 0: more input is
 * needed (at most a header, limit bytes and two line feeds in all); when the header is there,
 * *frame is filled and its size is not 0, else it is. Negative: malformed, with a
 * detail text that names what and where; NCI_LIMIT when the payload is longer than limit, noticed
 * as soon as the header is there. Checks the header, the number of elements, the payload's length
 * against the kind's rule, and the last line feed; never looks into the payload.
 */
int nci_frame_read(const uint8_t *bytes, size_t length, size_t limit,
                   struct nci_frame *frame) NCI_CHECKED;

/* NCI_PROTOCOL when the byte behind the payload is no line feed. For a frame that is read in pieces;
 * nci_frame_read looks itself. */
int nci_frame_end(const struct nci_frame *frame, uint8_t last) NCI_CHECKED;

/* The sequence of a stream's data headers: the text up to the sequence number, whose decimal
 * digits are counted up in place (formatting numbers costs ten times as much). */
struct nci_data_head {
    char text[36]; /* ["data",<id>,<seq> */
    uint8_t first; /* of the digits of the sequence number */
    uint8_t length;
    uint8_t last; /* the last digit; the one in text may be an earlier one */
};

#define NCI_DATA_HEADER_MAX 64u /* room that a data or part header and the last line feed need */

void nci_data_head_init(struct nci_data_head *head, uint32_t id, uint64_t seq);

static inline void nci_data_head_next(struct nci_data_head *head)
{
    if (__builtin_expect(head->last < '9', 1)) {
        head->last++;
        return;
    }
    unsigned i = head->length - 1u;
    head->text[i] = '9';
    head->last = '0';
    while (i >= head->first && head->text[i] == '9')
        head->text[i--] = '0';
    if (i >= head->first) {
        head->text[i]++;
    } else {
        head->text[head->first] = '1';
        head->text[head->length++] = '0';
    }
}

/* Whether a header that begins at bytes, of which NCI_DATA_HEADER_MAX are there, begins so. */
static inline int nci_data_head_is(const struct nci_data_head *head, const uint8_t *bytes)
{
    const size_t digits = (size_t)head->length - 1; /* up to the last one; at least 10 */
    for (size_t at = 0; at + 8 < digits; at += 8)
        if (memcmp(bytes + at, head->text + at, 8) != 0)
            return 0;
    return memcmp(bytes + digits - 8, head->text + digits - 8, 8) == 0 &&
           bytes[digits] == head->last;
}

/* number in plain decimal; returns the byte behind it. At most 20 bytes. */
uint8_t *nci_frame_put_number(uint8_t *to, uint64_t number);

/* The header of a data frame, or of a part frame, where there is room for NCI_DATA_HEADER_MAX bytes;
 * payload and line feed are still to follow. Returns the byte behind it. */
static inline uint8_t *nci_frame_put_head(uint8_t *to, const struct nci_data_head *head, int part,
                                          size_t length)
{
    memcpy(to, head->text, sizeof head->text);
    if (part)
        memcpy(to + 2, "part", 4);
    to += head->length;
    to[-1] = head->last;
    *to++ = ',';
    if (length < 10)
        *to++ = (uint8_t)('0' + length);
    else if (length < 100) {
        unsigned tens = (unsigned)length * 205u >> 11;
        *to++ = (uint8_t)('0' + tens);
        *to++ = (uint8_t)('0' + (length - tens * 10));
    } else
        to = nci_frame_put_number(to, length);
    *to++ = ']';
    *to++ = '\n';
    return to;
}

/* A data frame, or a part frame, where there is room for NCI_DATA_HEADER_MAX + length bytes.
 * Returns the byte behind it. */
static inline uint8_t *nci_frame_put_value(uint8_t *to, const struct nci_data_head *head, int part,
                                           const char *payload, size_t length)
{
    to = nci_frame_put_head(to, head, part, length);
    memcpy(to, payload, length);
    to += length;
    *to++ = '\n';
    return to;
}

/*
 * As nci_frame_read, where the header of a data frame is known but for the payload's length: in a
 * run of values it is compared, not read. 1: it is that frame, whole. 0: perhaps something else;
 * nci_frame_read tells.
 */
static inline int nci_frame_read_next(const uint8_t *bytes, size_t length, size_t limit,
                                      const struct nci_data_head *head, struct nci_frame *frame)
{
    if (length < NCI_DATA_HEADER_MAX || !nci_data_head_is(head, bytes))
        return 0;
    const uint8_t *at = bytes + head->length;
    size_t payload = (uint8_t)(at[1] - '0');
    if (at[0] != ',' || payload - 1 > 8)
        return 0;
    unsigned digit, digits = 1;
    for (at += 2; (digit = (uint8_t)(*at - '0')) <= 9 && digits < 6; at++, digits++)
        payload = payload * 10 + digit;
    if (at[0] != ']' || at[1] != '\n' || payload > limit)
        return 0;
    size_t size = (size_t)(at + 2 - bytes) + payload + 1;
    if (length < size || bytes[size - 1] != '\n')
        return 0;
    frame->payload = at + 2;
    frame->length = payload;
    frame->size = size;
    return 1;
}

/* A frame of any kind, with as many numbers as its rule wants (NULL where it wants none). */
int nci_frame_write(struct nci_buf *out, enum nci_frame_kind kind, const uint64_t *numbers,
                    const void *payload, size_t length) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
