/* SPDX-License-Identifier: MIT */
/*
 * What the doors share: opaque public types to inner ones, and the checks every call makes first.
 */
#ifndef NCI_ABI_DOORS_H
#define NCI_ABI_DOORS_H

#include "base/bell.h"
#include "base/clock.h"
#include "base/fork.h"
#include "base/status.h"
#include "json/builder.h"
#include "json/value.h"
#include "local/queue.h"
#include "local/select.h"
#include "netchan.h"
#include "run/owner.h"

static inline struct nci_value *inner_value(const netchan_value *value)
{
    return (struct nci_value *)(void *)value;
}

static inline struct nci_queue *inner_channel(const netchan_channel *channel)
{
    return (struct nci_queue *)(void *)channel;
}

static inline struct nci_owner *inner_exporter(netchan_exporter *exporter)
{
    return (struct nci_owner *)(void *)exporter;
}

static inline struct nci_owner *inner_importer(netchan_importer *importer)
{
    return (struct nci_owner *)(void *)importer;
}

static inline struct nci_options *inner_options(const netchan_options *options)
{
    return (struct nci_options *)(void *)options;
}

static inline struct nci_cancel *inner_cancel(const netchan_cancel *cancel)
{
    return (struct nci_cancel *)(void *)cancel;
}

/* A required argument is missing. */
static inline int nci_door_null(const char *function, const char *what)
{
    return nci_fail(NCI_USAGE, "%s: %s is NULL", function, what);
}

/* What a link accepts is the link's business; here only what values can be at all. */
static const struct nci_json_limits nci_door_most = {NCI_JSON_VALUE_MAX, NCI_JSON_DEPTH_MAX};

/* A value of the caller's text. */
static inline int nci_door_value(const char *text, size_t length, struct nci_value **value)
{
    return nci_value_new(text, length, &nci_door_most, value);
}

/* The object was made before a fork, in the parent. */
static inline int nci_door_forked(const char *function)
{
    return nci_fail(NCI_FORK, "%s: the object belongs to the parent process", function);
}

static inline int nci_door_generation(unsigned generation, const char *function)
{
    return generation == nci_fork_generation() ? NCI_OK : nci_door_forked(function);
}

static inline int nci_door_channel(const netchan_channel *channel, const char *function)
{
    if (!channel)
        return nci_door_null(function, "channel");
    return nci_door_generation(nci_queue_generation(inner_channel(channel)), function);
}

static inline int nci_door_owner(const struct nci_owner *owner, const char *function)
{
    if (!owner)
        return nci_door_null(function, "the object");
    return nci_door_generation(owner->generation, function);
}

#endif
