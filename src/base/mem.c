/* SPDX-License-Identifier: MIT */
/*
 * The allocator's only callers.
 */
#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void *nci_alloc(size_t size)
{
    return malloc(size ? size : 1);
}

void *nci_zalloc(size_t size)
{
    return calloc(1, size ? size : 1);
}

void *nci_realloc_array(void *old, size_t count, size_t size)
{
    if (size && count > SIZE_MAX / size)
        return NULL;
    size_t bytes = count * size;
    return realloc(old, bytes ? bytes : 1);
}

void nci_free(void *block)
{
    free(block);
}

char *nci_strndup(const char *text, size_t length)
{
    char *copy = (char *)malloc(length + 1);
    if (!copy)
        return NULL;
    if (length)
        memcpy(copy, text, length);
    copy[length] = 0;
    return copy;
}

char *nci_strdup(const char *text)
{
    return nci_strndup(text, strlen(text));
}
