/* SPDX-License-Identifier: MIT */
/*
 * An append-only writer of one JSON text. The first error sticks: later calls return it, and
 * finish does too; so a caller may check once, at the end. Not thread safe.
 */
#ifndef NCI_JSON_BUILDER_H
#define NCI_JSON_BUILDER_H

#include "base/buf.h"
#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_builder;

int nci_builder_new(struct nci_builder **out) NCI_CHECKED;
void nci_builder_free(struct nci_builder *builder); /* NULL is allowed */
void nci_builder_reset(struct nci_builder *builder);

int nci_builder_null(struct nci_builder *builder);
int nci_builder_boolean(struct nci_builder *builder, int truth);
int nci_builder_integer(struct nci_builder *builder, int64_t number);
int nci_builder_real(struct nci_builder *builder, double number); /* NCI_VALUE: not finite */
int nci_builder_string(struct nci_builder *builder, const char *text, size_t length);
int nci_builder_value(struct nci_builder *builder,
                      const struct nci_value *value); /* a whole value */
int nci_builder_begin_object(struct nci_builder *builder);
int nci_builder_key(struct nci_builder *builder, const char *name, size_t length);
int nci_builder_end_object(struct nci_builder *builder);
int nci_builder_begin_array(struct nci_builder *builder);
int nci_builder_end_array(struct nci_builder *builder);

/* Ends the text, checks it and makes the value; the builder is empty again afterwards, also on
 * failure. NCI_USAGE: open containers, nothing written, or a misplaced call before. */
int nci_builder_finish(struct nci_builder *builder, const struct nci_json_limits *limits,
                       struct nci_value **out) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
