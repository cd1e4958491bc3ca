/* SPDX-License-Identifier: MIT */
/*
 * Frames on their way out. Headers are spelled by hand: printf was measured at ten times the cost
 * of the digits themselves, and there is one header per value. Values go through the inline writer
 * in frame.h; everything that is not a value comes through nci_frame_write.
 *
 * A frame is appended whole or not at all: a failure leaves the buffer's content as it was.
 */
#include "wire/frame.h"

static const char pairs[] = "0001020304050607080910111213141516171819"
                            "2021222324252627282930313233343536373839"
                            "4041424344454647484950515253545556575859"
                            "6061626364656667686970717273747576777879"
                            "8081828384858687888990919293949596979899";

uint8_t *nci_frame_put_number(uint8_t *to, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;
    while (number >= 100) {
        at -= 2;
        memcpy(digits + at, pairs + number % 100 * 2, 2);
        number /= 100;
    }
    if (number >= 10) {
        at -= 2;
        memcpy(digits + at, pairs + number * 2, 2);
    } else {
        digits[--at] = (char)('0' + number);
    }
    memcpy(to, digits + at, sizeof digits - at);
    return to + (sizeof digits - at);
}

void nci_data_head_init(struct nci_data_head *head, uint32_t id, uint64_t seq)
{
    memset(head->text, 0, sizeof head->text);
    memcpy(head->text, "[\"data\",", 8);
    uint8_t *to = nci_frame_put_number((uint8_t *)head->text + 8, id);
    *to++ = ',';
    head->first = (uint8_t)(to - (uint8_t *)head->text);
    to = nci_frame_put_number(to, seq);
    head->length = (uint8_t)(to - (uint8_t *)head->text);
    head->last = to[-1];
}

int nci_frame_write(struct nci_buf *out, enum nci_frame_kind kind, const uint64_t *numbers,
                    const void *payload, size_t length)
{
    const struct nci_frame_rule *rule = &nci_frame_rules[kind];
    uint8_t *start = nci_buf_reserve(out, NCI_FRAME_HEADER_MAX + length + 2);
    if (!start)
        return nci_fail_nomem();
    uint8_t *to = start;
    *to++ = '[';
    *to++ = '"';
    memcpy(to, rule->name, rule->name_length);
    to += rule->name_length;
    *to++ = '"';
    for (unsigned i = 0; i < rule->numbers; i++) {
        *to++ = ',';
        to = nci_frame_put_number(to, numbers[i]);
    }
    *to++ = ',';
    to = nci_frame_put_number(to, length);
    *to++ = ']';
    *to++ = '\n';
    if (length)
        memcpy(to, payload, length);
    to += length;
    *to++ = '\n';
    nci_buf_commit(out, (size_t)(to - start));
    return NCI_OK;
}
