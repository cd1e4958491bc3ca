/* SPDX-License-Identifier: MIT */
/*
 * Lists of names. What goes in comes from peers: it is looked at byte by byte.
 */
#include "net/identity.h"
#include "base/mem.h"

#include <string.h>

#define NAMES_MOST 64
#define NAME_MOST  255

/* Length of the UTF-8 sequence at text, 0 if it is none. */
static size_t sequence(const unsigned char *text, size_t left)
{
    size_t length = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 : text[0] < 0xf0 ? 3 : 4;
    if (length == 1)
        return text[0] >= 0x20 && text[0] != 0x7f;
    if (text[0] < 0xc2 || text[0] > 0xf4 || left < length)
        return 0;
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
    }
    /* Overlong forms, surrogates, and what is above U+10FFFF. */
    if ((text[0] == 0xe0 && text[1] < 0xa0) || (text[0] == 0xed && text[1] > 0x9f) ||
        (text[0] == 0xf0 && text[1] < 0x90) || (text[0] == 0xf4 && text[1] > 0x8f))
        return 0;
    return length;
}

static int showable(const char *value, size_t length, int utf8)
{
    const unsigned char *text = (const unsigned char *)value;
    if (length == 0 || length > NAME_MOST)
        return 0;
    for (size_t at = 0; at < length;) {
        size_t step = sequence(text + at, length - at);
        if (step == 0 || (step > 1 && !utf8))
            return 0;
        at += step;
    }
    return 1;
}

int nci_identity_add(struct nci_identity *identity, const char *kind, const char *value,
                     size_t length, int utf8)
{
    size_t prefix = strlen(kind);
    if (identity->count >= NAMES_MOST || !showable(value, length, utf8))
        return NCI_OK;
    char *name = (char *)nci_alloc(prefix + length + 2);
    char **names = (char **)nci_realloc_array(identity->names, identity->count + 1, sizeof *names);
    if (names)
        identity->names = names;
    if (!name || !names) {
        nci_free(name);
        return nci_fail_nomem();
    }
    memcpy(name, kind, prefix);
    name[prefix] = ':';
    memcpy(name + prefix + 1, value, length);
    name[prefix + 1 + length] = 0;
    names[identity->count++] = name;
    return NCI_OK;
}

void nci_identity_fini(struct nci_identity *identity)
{
    for (size_t i = 0; i < identity->count; i++)
        nci_free(identity->names[i]);
    nci_free(identity->names);
    identity->names = NULL;
    identity->count = 0;
}
