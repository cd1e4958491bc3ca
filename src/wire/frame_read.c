/* SPDX-License-Identifier: MIT */
/*
 * The header reader. A header has one spelling only (canonical JSON, no white space, plain
 * decimals), so that it can be read byte by byte at the cost of a binary one, and so that two
 * readers can never understand one frame differently.
 *
 * Two paths: the quick one knows data and ack headers of frames that lie whole in the input, and gives
 * up on anything else; the careful one reads every header again from its beginning, names the first bad
 * byte, and asks for more input only while all that is there is right. It must never look behind
 * the input's length, never believe a length before comparing it with the limit, and never
 * allocate.
 */
#include "wire/frame.h"

#define NUMBER_DIGITS 16 /* of 2^53 - 1 */
#define QUICK_BYTES   64 /* a data header and its line feed fit in here */
#define QUICK_LEAST   16 /* and nothing that is shorter is worth it */

#define RULE(text, numbers, from, load)                                                            \
    {                                                                                              \
        text, sizeof text - 1, numbers, from, load                                                 \
    }

const struct nci_frame_rule nci_frame_rules[NCI_FRAME_KINDS] = {
    RULE("unknown", 0, NCI_FROM_BOTH, NCI_LOAD_ANY),
    RULE("hello", 0, NCI_FROM_BOTH, NCI_LOAD_OBJECT),
    RULE("bind", 1, NCI_FROM_IMPORTER, NCI_LOAD_OBJECT),
    RULE("bound", 1, NCI_FROM_EXPORTER, NCI_LOAD_OBJECT),
    RULE("data", 2, NCI_FROM_SENDER, NCI_LOAD_BYTES),
    RULE("part", 2, NCI_FROM_SENDER, NCI_LOAD_BYTES),
    RULE("ack", 3, NCI_FROM_RECEIVER, NCI_LOAD_NONE),
    RULE("sync", 2, NCI_FROM_SENDER, NCI_LOAD_NONE),
    RULE("close", 2, NCI_FROM_SENDER, NCI_LOAD_OPTIONAL),
    RULE("hangup", 2, NCI_FROM_BOTH, NCI_LOAD_OPTIONAL),
    RULE("list", 1, NCI_FROM_IMPORTER, NCI_LOAD_OPTIONAL),
    RULE("listing", 1, NCI_FROM_EXPORTER, NCI_LOAD_OBJECT),
    RULE("ping", 1, NCI_FROM_BOTH, NCI_LOAD_NONE),
    RULE("pong", 1, NCI_FROM_BOTH, NCI_LOAD_NONE),
    RULE("bye", 0, NCI_FROM_BOTH, NCI_LOAD_OPTIONAL),
};

/* One number of the quick path: digits without a leading zero, then the byte that ends it. NULL
 * when it is anything else. The caller knows that enough bytes are there. */
static inline const uint8_t *quick_number(const uint8_t *at, uint8_t ending, uint64_t *out)
{
    uint64_t number = (uint8_t)(*at - '0');
    if (number > 9 || (number == 0 && at[1] != ending))
        return NULL;
    const uint8_t *first = at++;
    for (unsigned digit; (digit = (uint8_t)(*at - '0')) <= 9; at++) {
        if (at - first == NUMBER_DIGITS)
            return NULL;
        number = number * 10 + digit;
    }
    *out = number;
    return *at == ending ? at + 1 : NULL;
}

int nci_frame_end(const struct nci_frame *frame, uint8_t last)
{
    if (last == '\n')
        return NCI_OK;
    return nci_fail(NCI_PROTOCOL, "%s: byte 0x%02x where the line feed behind the payload belongs",
                    nci_frame_rules[frame->kind].name, last);
}

/* Behind the header: is the whole payload there, and the line feed? */
static int finish(const uint8_t *bytes, size_t length, size_t header, struct nci_frame *frame)
{
    frame->payload = bytes + header;
    frame->size = header + frame->length + 1;
    if (length < frame->size)
        return 0;
    int code = nci_frame_end(frame, bytes[frame->size - 1]);
    return code ? code : 1;
}

static inline int quick(const uint8_t *bytes, size_t length, size_t limit, struct nci_frame *frame)
{
    uint64_t first, second, third, last = 0;
    const uint8_t *at;
    if (!memcmp(bytes, "[\"data\",", 8)) {
        frame->kind = NCI_FRAME_DATA;
        at = bytes + 8;
    } else if (!memcmp(bytes, "[\"ack\",", 7)) {
        frame->kind = NCI_FRAME_ACK;
        at = bytes + 7;
    } else {
        return 0;
    }
    if (!(at = quick_number(at, ',', &first)) || !(at = quick_number(at, ',', &second)))
        return 0;
    if (frame->kind == NCI_FRAME_DATA) {
        if (!(at = quick_number(at, ']', &last)) || last == 0 || last > limit)
            return 0;
        frame->n = 2;
        third = 0;
    } else {
        if (!(at = quick_number(at, ',', &third)) || at[0] != '0' || at[1] != ']')
            return 0;
        at += 2;
        frame->n = 3;
    }
    if (*at++ != '\n' || (first | second | third) > NCI_FRAME_NUMBER_MAX)
        return 0;
    frame->h[0] = first;
    frame->h[1] = second;
    frame->h[2] = third;
    frame->length = (size_t)last;
    return finish(bytes, length, (size_t)(at - bytes), frame);
}

/* The careful path's place in the header. */
struct cursor {
    const uint8_t *bytes;
    size_t at, end; /* end: of the input, or of the longest legal header and its line feed */
    size_t input;
};

static int out_of_header(const struct cursor *cursor)
{
    if (cursor->input > NCI_FRAME_HEADER_MAX)
        return nci_fail(NCI_PROTOCOL, "header is longer than %u bytes", NCI_FRAME_HEADER_MAX);
    return 0;
}

static int unexpected(const struct cursor *cursor)
{
    uint8_t byte = cursor->bytes[cursor->at];
    if (byte == ' ')
        return nci_fail(NCI_PROTOCOL, "header is not canonical: space at byte %zu", cursor->at);
    if (byte == '\n')
        return nci_fail(NCI_PROTOCOL, "header is not canonical: line feed at byte %zu", cursor->at);
    if (byte > ' ' && byte < 0x7f)
        return nci_fail(NCI_PROTOCOL, "header is not canonical: '%c' at byte %zu", byte,
                        cursor->at);
    /* What a record of TLS begins with: the one mistake of addresses that can be told here. */
    return nci_fail(NCI_PROTOCOL, "header is not canonical: 0x%02x at byte %zu%s", byte, cursor->at,
                    cursor->at == 0 && byte >= 0x14 && byte <= 0x17
                        ? "; that looks like TLS: is it a tls:// address?"
                        : "");
}

/* The next byte must be this one. 1: it is. 0: more input is needed. Negative: it is not. */
static int expect(struct cursor *cursor, uint8_t byte)
{
    if (cursor->at == cursor->end)
        return out_of_header(cursor);
    if (cursor->bytes[cursor->at] != byte)
        return unexpected(cursor);
    cursor->at++;
    return 1;
}

static int read_kind(struct cursor *cursor, struct nci_frame *frame)
{
    int result;
    if ((result = expect(cursor, '[')) <= 0 || (result = expect(cursor, '"')) <= 0)
        return result;
    size_t first = cursor->at;
    while (cursor->at < cursor->end && cursor->bytes[cursor->at] >= 'a' &&
           cursor->bytes[cursor->at] <= 'z')
        cursor->at++;
    size_t length = cursor->at - first;
    if (cursor->at < cursor->end && length == 0)
        return unexpected(cursor);
    if ((result = expect(cursor, '"')) <= 0)
        return result;
    frame->kind = NCI_FRAME_UNKNOWN;
    for (int kind = NCI_FRAME_HELLO; kind < NCI_FRAME_KINDS; kind++) {
        if (nci_frame_rules[kind].name_length == length &&
            !memcmp(nci_frame_rules[kind].name, cursor->bytes + first, length))
            frame->kind = (enum nci_frame_kind)kind;
    }
    return 1;
}

/* Digits up to the comma or bracket behind them, which stays unread. */
static int read_number(struct cursor *cursor, uint64_t *out)
{
    size_t first = cursor->at;
    uint64_t number = 0;
    for (;; cursor->at++) {
        if (cursor->at == cursor->end)
            return out_of_header(cursor);
        uint8_t byte = cursor->bytes[cursor->at];
        if (byte < '0' || byte > '9')
            break;
        if (cursor->at > first && cursor->bytes[first] == '0')
            return nci_fail(NCI_PROTOCOL, "header is not canonical: leading zero at byte %zu",
                            first);
        number = number * 10 + (byte - '0');
        if (number > NCI_FRAME_NUMBER_MAX)
            return nci_fail(NCI_PROTOCOL, "header: the number at byte %zu is above %llu", first,
                            (unsigned long long)NCI_FRAME_NUMBER_MAX);
    }
    if (cursor->at == first)
        return unexpected(cursor);
    *out = number;
    return 1;
}

/* Everything behind the kind, the line feed included; the last number is the length, which a size_t
 * need not hold before it is judged. */
static int read_numbers(struct cursor *cursor, struct nci_frame *frame, uint64_t *payload)
{
    uint64_t number = 0;
    uint32_t count = 0;
    int result;
    for (;; count++) {
        if (cursor->at < cursor->end && cursor->bytes[cursor->at] == ']' && count > 0)
            break;
        if (count > 0 && count <= NCI_FRAME_NUMBERS)
            frame->h[count - 1] = number;
        if ((result = expect(cursor, ',')) <= 0 || (result = read_number(cursor, &number)) <= 0)
            return result;
    }
    cursor->at++;
    if ((result = expect(cursor, '\n')) <= 0)
        return result;
    frame->n = count - 1;
    *payload = number;
    const struct nci_frame_rule *rule = &nci_frame_rules[frame->kind];
    if (frame->n < rule->numbers)
        return nci_fail(NCI_PROTOCOL, "%s: %u numbers before the length, %u belong there",
                        rule->name, (unsigned)frame->n, (unsigned)rule->numbers);
    return 1;
}

static int judge_length(struct nci_frame *frame, uint64_t payload, size_t limit)
{
    const struct nci_frame_rule *rule = &nci_frame_rules[frame->kind];
    if (payload > limit)
        return nci_fail(NCI_LIMIT, "%s: payload of %llu bytes, this side's frame limit is %zu",
                        rule->name, (unsigned long long)payload, limit);
    frame->length = (size_t)payload;
    if (rule->load == NCI_LOAD_NONE && frame->length > 0)
        return nci_fail(NCI_PROTOCOL, "%s: payload of %zu bytes, none belongs there", rule->name,
                        frame->length);
    if ((rule->load == NCI_LOAD_OBJECT || rule->load == NCI_LOAD_BYTES) && frame->length == 0)
        return nci_fail(NCI_PROTOCOL, "%s: the payload is missing", rule->name);
    return 1;
}

static int careful(const uint8_t *bytes, size_t length, size_t limit, struct nci_frame *frame)
{
    struct cursor cursor = {bytes, 0, length, length};
    if (cursor.end > NCI_FRAME_HEADER_MAX + 1)
        cursor.end = NCI_FRAME_HEADER_MAX + 1;
    memset(frame, 0, sizeof *frame);
    uint64_t payload = 0;
    int result;
    if ((result = read_kind(&cursor, frame)) <= 0 ||
        (result = read_numbers(&cursor, frame, &payload)) <= 0 ||
        (result = judge_length(frame, payload, limit)) <= 0)
        return result;
    return finish(bytes, length, cursor.at, frame);
}

/* The quick path for a short input: what is alone on a link comes so. Zero bytes end every number. */
static int quick_short(const uint8_t *bytes, size_t length, size_t limit, struct nci_frame *frame)
{
    uint8_t copy[QUICK_BYTES];
    memcpy(copy, bytes, length);
    memset(copy + length, 0, sizeof copy - length);
    int result = quick(copy, length, limit, frame);
    if (result > 0)
        frame->payload = bytes + (frame->payload - copy);
    return result;
}

int nci_frame_read(const uint8_t *bytes, size_t length, size_t limit, struct nci_frame *frame)
{
    int result = length >= QUICK_BYTES   ? quick(bytes, length, limit, frame)
                 : length >= QUICK_LEAST ? quick_short(bytes, length, limit, frame)
                                         : 0;
    return result ? result : careful(bytes, length, limit, frame);
}
