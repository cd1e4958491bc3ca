/* SPDX-License-Identifier: MIT */
/*
 * Entries of the errors channel. They are made under locks and in trouble, so nothing here waits and
 * nothing fails: an entry that cannot be made is counted.
 */
#include "run/report.h"
#include "json/builder.h"
#include "run/owner.h"

#include <string.h>

void nci_report_names(struct nci_builder *builder, const struct nci_identity *identity)
{
    (void)nci_builder_begin_array(builder);
    for (size_t i = 0; i < identity->count; i++)
        (void)nci_builder_string(builder, identity->names[i], strlen(identity->names[i]));
    (void)nci_builder_end_array(builder);
}

static void add_text(struct nci_builder *builder, const char *key, const char *text)
{
    if (!text)
        return;
    (void)nci_builder_key(builder, key, strlen(key));
    (void)nci_builder_string(builder, text, strlen(text));
}

static void add_number(struct nci_builder *builder, const char *key, uint64_t number)
{
    (void)nci_builder_key(builder, key, strlen(key));
    (void)nci_builder_integer(builder, (int64_t)number);
}

static void add_identity(struct nci_builder *builder, const struct nci_identity *identity)
{
    if (!identity || !identity->count)
        return;
    (void)nci_builder_key(builder, "identity", 8);
    nci_report_names(builder, identity);
}

/* The builder keeps its first error; finish tells it. */
static int build_report(const struct nci_report *report, uint64_t dropped, struct nci_value **out)
{
    struct nci_builder *builder;
    int status = nci_builder_new(&builder);
    if (status)
        return status;
    (void)nci_builder_begin_object(builder);
    add_text(builder, "code", nci_status_name(report->code));
    add_text(builder, "text", report->text);
    add_text(builder, "peer", report->peer);
    add_text(builder, "channel", report->channel);
    add_identity(builder, report->identity);
    if (report->returned || report->dropped || report->untaken) {
        add_number(builder, "returned", report->returned);
        add_number(builder, "lost", report->dropped);
        add_number(builder, "untaken", report->untaken);
    }
    if (dropped)
        add_number(builder, "dropped", dropped);
    (void)nci_builder_end_object(builder);
    status = nci_builder_finish(builder, NULL, out);
    nci_builder_free(builder);
    return status;
}

void nci_owner_report(struct nci_owner *owner, const struct nci_report *report)
{
    struct nci_value *value;
    nci_lock_enter(&owner->waits_lock);
    uint64_t dropped = owner->dropped_errors;
    nci_lock_leave(&owner->waits_lock);
    if (nci_queue_full(owner->errors))
        dropped++;
    /* Without memory for the entry it counts as one that was let go. */
    int let_go = build_report(report, dropped, &value) ? 1 : nci_queue_post(owner->errors, value);
    nci_lock_enter(&owner->waits_lock);
    owner->dropped_errors += (uint64_t)let_go;
    nci_lock_leave(&owner->waits_lock);
}
