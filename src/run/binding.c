/* SPDX-License-Identifier: MIT */
/*
 * Bindings: making them is where names, options and the channel's contents are checked.
 */
#include "run/binding.h"
#include "base/atomic.h"
#include "base/mem.h"

#include <string.h>

#define NAME_MAX_BYTES 255u

/* The length of the well-formed UTF-8 sequence at text, 0 if there is none (RFC 3629). */
static size_t sequence(const unsigned char *text, size_t left)
{
    static const struct {
        unsigned char first_low, first_high, second_low, second_high;
        size_t length;
    } forms[] = {
        {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
        {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
        {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (text[0] < forms[i].first_low || text[0] > forms[i].first_high)
            continue;
        size_t length = forms[i].length;
        if (length > left)
            return 0;
        if (length > 1 && (text[1] < forms[i].second_low || text[1] > forms[i].second_high))
            return 0;
        for (size_t at = 2; at < length; at++) {
            if ((text[at] & 0xc0) != 0x80)
                return 0;
        }
        return length;
    }
    return 0;
}

int nci_name_check(const char *name, size_t length)
{
    if (length == 0 || length > NAME_MAX_BYTES)
        return nci_fail(NCI_VALUE, "a channel's name has 1 to 255 bytes, not %zu", length);
    for (size_t at = 0; at < length;) {
        size_t bytes = sequence((const unsigned char *)name + at, length - at);
        if (!bytes)
            return nci_fail(NCI_VALUE, "a channel's name is UTF-8; byte %zu is not", at + 1);
        at += bytes;
    }
    return NCI_OK;
}

static int fill(struct nci_binding *binding, const struct nci_binding_request *request)
{
    int status =
        nci_queue_limit(request->queue, request->limit_value, request->limit_depth, request->sends);
    if (status)
        return nci_fail_context(status, "channel \"%s\"", request->name);
    binding->name = nci_strdup(request->name);
    if (!binding->name)
        return nci_fail_nomem();
    binding->entry.name = binding->name;
    binding->entry.length = strlen(binding->name);
    binding->queue = nci_queue_ref(request->queue);
    binding->sends = request->sends;
    binding->returns = nci_options_number(request->options, NCI_OPTION_RETURN) != 0;
    binding->keep_open = nci_options_number(request->options, NCI_OPTION_KEEP_OPEN) != 0;
    return NCI_OK;
}

int nci_binding_new(const struct nci_binding_request *request, struct nci_binding **out)
{
    int status = nci_options_check_scope(request->options, request->scope, request->where);
    if (status == NCI_OK)
        status = nci_name_check(request->name, strlen(request->name));
    if (status)
        return status;
    if (!request->sends && nci_queue_is_receive_only(request->queue))
        return nci_fail(NCI_USAGE,
                        "channel \"%s\" is an errors channel; nothing can be put into it",
                        request->name);
    struct nci_binding *binding = (struct nci_binding *)nci_zalloc(sizeof *binding);
    if (!binding)
        return nci_fail_nomem();
    binding->refs = 1;
    status = fill(binding, request);
    if (status) {
        nci_binding_unref(binding);
        return status;
    }
    *out = binding;
    return NCI_OK;
}

void nci_binding_keep_open(struct nci_binding *binding)
{
    if (binding->keep_open)
        nci_queue_keep_open(binding->queue);
}

struct nci_binding *nci_binding_ref(struct nci_binding *binding)
{
    nci_add_relaxed(&binding->refs, 1);
    return binding;
}

void nci_binding_unref(struct nci_binding *binding)
{
    if (!binding || nci_sub_acq_rel(&binding->refs, 1) != 1)
        return;
    nci_queue_unref(binding->queue);
    nci_free(binding->name);
    nci_free(binding);
}
