/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any bytes through the header reader. The input is read as it grows, as on a link, so
 * that every prefix is judged: once malformed it stays malformed, and a frame that is whole is the
 * same with anything behind it. Every whole data frame is written again and compared.
 */
#include "base/mem.h"
#include "wire/frame.h"

#include <stdio.h>
#include <stdlib.h>

#define LIMIT 5000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_frame: %s\n", what);
    abort();
}

/* From a copy of exactly that length, so that a look behind it is seen. */
static int read_prefix(const uint8_t *data, size_t length, struct nci_frame *frame)
{
    uint8_t *copy = (uint8_t *)malloc(length ? length : 1);
    if (!copy)
        abort();
    if (length)
        memcpy(copy, data, length);
    int result = nci_frame_read(copy, length, LIMIT, frame);
    if (result == 1)
        frame->payload = data + (frame->payload - copy);
    free(copy);
    return result;
}

static void write_again(const uint8_t *data, const struct nci_frame *frame)
{
    uint8_t again[LIMIT + NCI_DATA_HEADER_MAX];
    struct nci_data_head head;
    if ((frame->kind != NCI_FRAME_DATA && frame->kind != NCI_FRAME_PART) || frame->n != 2 ||
        frame->h[0] > UINT32_MAX)
        return;
    nci_data_head_init(&head, (uint32_t)frame->h[0], 0);
    uint8_t *end = nci_frame_put_number((uint8_t *)head.text + head.first, frame->h[1]);
    head.length = (uint8_t)(end - (uint8_t *)head.text);
    head.last = end[-1];
    end = nci_frame_put_value(again, &head, frame->kind == NCI_FRAME_PART,
                              (const char *)frame->payload, frame->length);
    must((size_t)(end - again) == frame->size && !memcmp(again, data, frame->size),
         "a frame is not written as it was read");
}

/* Read by who knows a header: the frame that is read in any case, or left alone (0). */
static int read_next(const struct nci_data_head *head, const uint8_t *data, size_t size,
                     const struct nci_frame *frame, int whole)
{
    struct nci_frame next;
    uint8_t *copy = (uint8_t *)malloc(size ? size : 1);
    if (!copy)
        abort();
    if (size)
        memcpy(copy, data, size);
    int result = nci_frame_read_next(copy, size, LIMIT, head, &next);
    must(!result || (whole == 1 && frame->kind == NCI_FRAME_DATA && frame->n == 2 &&
                     frame->length == next.length && frame->size == next.size &&
                     frame->payload - data == next.payload - copy),
         "another frame than the one that is read");
    free(copy);
    return result;
}

/* By the header of the last input's frame, and by its own. */
static void read_known(const uint8_t *data, size_t size, const struct nci_frame *frame, int whole)
{
    static struct nci_data_head head;
    if (head.length)
        (void)read_next(&head, data, size, frame, whole);
    if (whole != 1 || frame->kind != NCI_FRAME_DATA || frame->n != 2 || frame->h[0] > UINT32_MAX)
        return;
    nci_data_head_init(&head, (uint32_t)frame->h[0], frame->h[1]);
    must(read_next(&head, data, size, frame, whole) || size < NCI_DATA_HEADER_MAX,
         "a frame is not known by its own header");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nci_frame frame, longer;
    if (size > 2 * LIMIT)
        return 0;
    int whole = read_prefix(data, size, &longer);
    for (size_t length = 0; length <= size; length += length < 400 ? 1 : 97) {
        int result = read_prefix(data, length, &frame);
        if (result < 0)
            must(whole < 0, "malformed at first, and not in the end");
        if (result != 1)
            continue;
        must(whole == 1 && frame.size == longer.size && frame.kind == longer.kind,
             "whole at first, and another in the end");
        must(frame.size <= length && frame.length <= LIMIT, "longer than it is");
        write_again(data, &frame);
        break;
    }
    read_known(data, size, &longer, whole);
    return 0;
}
