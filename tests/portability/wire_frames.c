/* SPDX-License-Identifier: MIT */
/*
 * Frames by themselves: each kind with numbers at the edges of 32, 53 and 64 bits, the payloads of
 * the control frames, and what a reader makes of headers whose numbers do not fit a 32-bit size_t.
 */
#include "wire.h"
#include "wire/payload.h"

#include <limits.h>
#include <stdio.h>

static const uint64_t edges[] = {
    0,
    1,
    9,
    10,
    99,
    100,
    255,
    256,
    65535,
    65536,
    INT32_MAX,
    UINT64_C(1) << 31,
    UINT32_MAX,
    UINT64_C(1) << 32,
    (UINT64_C(1) << 32) + 5,
    NCI_FRAME_NUMBER_MAX - 1,
    NCI_FRAME_NUMBER_MAX,
};

#define EDGES (sizeof edges / sizeof edges[0])

static void numbers(void)
{
    static const uint64_t more[] = {INT64_MAX, (uint64_t)INT64_MAX + 1, UINT64_MAX};
    uint8_t text[24];
    for (size_t i = 0; i < EDGES; i++)
        show("number", text, (size_t)(nci_frame_put_number(text, edges[i]) - text));
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        show("number", text, (size_t)(nci_frame_put_number(text, more[i]) - text));
}

/* Every kind, with every edge in each place. */
static void kinds(struct nci_buf *out)
{
    for (int kind = NCI_FRAME_HELLO; kind < NCI_FRAME_KINDS; kind++) {
        const struct nci_frame_rule *rule = &nci_frame_rules[kind];
        const char *payload = rule->load == NCI_LOAD_NONE ? "" : "{}";
        for (size_t i = 0; i < (rule->numbers ? EDGES : 1); i++) {
            uint64_t given[NCI_FRAME_NUMBERS];
            for (size_t place = 0; place < NCI_FRAME_NUMBERS; place++)
                given[place] = edges[(i + 5 * place) % EDGES];
            must(!nci_frame_write(out, (enum nci_frame_kind)kind, rule->numbers ? given : NULL,
                                  payload, strlen(payload)),
                 rule->name);
            show_frames("frame", out);
        }
    }
}

/* The headers of values are counted up in place. */
static void heads(void)
{
    static const uint32_t ids[] = {1, 65536, UINT32_MAX};
    static const size_t lengths[] = {1, 9, 10, 99, 100, 255, 256, 999, 1000};
    static uint8_t room[NCI_DATA_HEADER_MAX + 1000];
    static char payload[1000];
    memset(payload, '7', sizeof payload);
    for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
        struct nci_data_head head;
        nci_data_head_init(&head, ids[i], 0);
        for (unsigned seq = 1; seq <= 1001; seq++) {
            nci_data_head_next(&head);
            size_t length = lengths[(seq + i) % (sizeof lengths / sizeof lengths[0])];
            uint8_t *end = nci_frame_put_value(room, &head, seq % 3 == 0, payload, length);
            if (seq < 12 || (seq > 97 && seq < 103) || seq > 997)
                show("value", room, (size_t)(end - room));
        }
    }
}

static void payloads(struct nci_buf *out)
{
    static const char odd[] = "t\xc3\xa4glich \xe2\x98\x83 \xf0\x9d\x84\x9e \"\\/ \x01\x7f";
    struct nci_hello hello = {1,
                              1,
                              NCI_ROLE_EXPORTER,
                              {UINT32_MAX, 512, UINT32_MAX, UINT32_MAX, UINT32_MAX, INT64_MAX},
                              INT64_MAX,
                              odd,
                              sizeof odd - 1,
                              "",
                              0};
    must(!nci_write_hello(out, &hello), "hello");
    memset(&hello.limits, 0, sizeof hello.limits);
    hello.role = NCI_ROLE_IMPORTER;
    hello.silence = 0;
    hello.session = "00112233445566778899aabbccddeeff";
    must(!nci_write_hello(out, &hello), "hello");
    struct nci_bind_ask ask = {odd, sizeof odd - 1, 1, UINT32_MAX, INT64_MAX, -1, INT64_MIN};
    must(!nci_write_bind(out, UINT32_MAX, &ask), "bind");
    struct nci_bound bound = {INT64_MAX, INT64_MIN, (INT64_C(1) << 53) - 1};
    must(!nci_write_bound(out, 1, &bound), "bound");
    for (int code = NCI_STATUS_LAST; code <= NCI_OK; code++) {
        must(!nci_write_ending(out, NCI_FRAME_HANGUP, 7, NCI_FRAME_NUMBER_MAX, code, odd),
             "ending");
        must(!nci_write_ending(out, NCI_FRAME_CLOSE, 7, 0, code, ""), "ending");
        must(!nci_write_bye(out, code, "\xff\xc0 cut \xf0\x9d"), "bye");
    }
    must(!nci_write_list(out, NCI_FRAME_NUMBER_MAX, odd, sizeof odd - 1), "list");
    must(!nci_write_list(out, 0, NULL, 0), "list");
    show_frames("control", out);
}

static void read_one(const char *text, size_t length, size_t limit)
{
    struct nci_frame frame;
    int result = nci_frame_read((const uint8_t *)text, length, limit, &frame);
    show("header", text, length);
    if (result < 0) {
        show_code(" refused", result);
        return;
    }
    printf(" %s: %s %lu:", result ? "whole" : "more", nci_frame_rules[frame.kind].name,
           (unsigned long)frame.n);
    for (size_t i = 0; i < NCI_FRAME_NUMBERS; i++)
        printf(" %llu", (unsigned long long)frame.h[i]);
    printf(", %lu bytes\n", (unsigned long)frame.length);
}

/* A reader that lets a number become narrower would take some of these for short ones. */
static void headers(void)
{
    static const char rest[] = "{\"x\":1}\n                                                       ";
    char text[200];
    for (size_t i = 0; i < EDGES; i++) {
        unsigned long long n = (unsigned long long)edges[i];
        for (size_t limit = 65536; limit; limit = limit == 65536 ? INT32_MAX : 0) {
            int length = sprintf(text, "[\"data\",1,2,%llu]\n%s", n, rest);
            read_one(text, (size_t)length, limit);
            length = sprintf(text, "[\"other\",%llu]\n%s", n, rest);
            read_one(text, (size_t)length, limit);
        }
        int length = sprintf(text, "[\"ping\",1,%llu]\n%s", n, rest);
        read_one(text, (size_t)length, 65536);
        length = sprintf(text, "[\"ack\",%llu,%llu,%llu,0]\n\n%s", n, n, n, rest);
        read_one(text, (size_t)length, 65536);
    }
    read_one("[\"ping\",9007199254740992,0]\n\n", 28, 65536);
    read_one("[\"ping\",18446744073709551621,0]\n\n", 32, 65536);
}

void frames(void)
{
    struct nci_buf out = {0};
    numbers();
    kinds(&out);
    heads();
    payloads(&out);
    headers();
    nci_buf_fini(&out);
}
