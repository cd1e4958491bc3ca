/* SPDX-License-Identifier: MIT */
/*
 * Prints the bytes that this build makes, for tests/portability/wire.sh to compare. Everything in
 * here is given: no clock, no address, no random number and no locale has a part in it.
 */
#include "wire.h"
#include "wire/frame.h"

#include <stdio.h>
#include <stdlib.h>

#define LONG_TEXT 2000 /* bytes; what is longer is told by its ends and its sum */
#define END_SHOWN 60

void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "wire: %s: %s\n", what, nci_detail());
    exit(1);
}

static void print_bytes(const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (bytes[i] >= ' ' && bytes[i] < 0x7f && bytes[i] != '\\')
            putchar(bytes[i]);
        else
            printf("\\x%02x", bytes[i]);
    }
}

/* FNV-1a: byte by byte, so that it is itself the same everywhere. */
static uint64_t sum_of(const uint8_t *bytes, size_t length)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++)
        sum = (sum ^ bytes[i]) * UINT64_C(1099511628211);
    return sum;
}

void show(const char *label, const void *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    printf("%s: ", label);
    if (length <= LONG_TEXT) {
        print_bytes(at, length);
    } else {
        print_bytes(at, END_SHOWN);
        printf(" ... ");
        print_bytes(at + length - END_SHOWN, END_SHOWN);
        printf(" (%lu bytes, sum %016llx)", (unsigned long)length,
               (unsigned long long)sum_of(at, length));
    }
    putchar('\n');
}

void show_frames(const char *label, struct nci_buf *buf)
{
    while (nci_buf_length(buf) > 0) {
        struct nci_frame frame;
        must(nci_frame_read(nci_buf_head(buf), nci_buf_length(buf), 1 << 20, &frame) == 1, label);
        show(label, nci_buf_head(buf), frame.size);
        nci_buf_consume(buf, frame.size);
    }
}

void show_code(const char *label, int code)
{
    printf("%s: %s%s%s\n", label, nci_status_name(code), code < 0 ? ": " : "",
           code < 0 ? nci_detail() : "");
}

int main(void)
{
    frames();
    values();
    sessions();
    return fflush(stdout) || ferror(stdout);
}
