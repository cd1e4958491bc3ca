/* SPDX-License-Identifier: MIT */
/*
 * Doors: values and builders. They hold no lock and no thread, so a forked child may go on using
 * those it has.
 */
#include "doors.h"

int netchan_value_new(const char *text, size_t length, netchan_value **value)
{
    struct nci_value *made;
    if (!text || !value)
        return nci_door_null(__func__, text ? "value" : "text");
    int status = nci_door_value(text, length, &made);
    if (status == NCI_OK)
        *value = (netchan_value *)(void *)made;
    return status;
}

netchan_value *netchan_value_ref(netchan_value *value)
{
    if (value)
        nci_value_ref(inner_value(value));
    return value;
}

void netchan_value_unref(netchan_value *value)
{
    nci_value_unref(inner_value(value));
}

const char *netchan_value_text(const netchan_value *value, size_t *length)
{
    size_t own;
    if (value)
        return nci_value_text(inner_value(value), length ? length : &own);
    if (length)
        *length = 0;
    return "";
}

int netchan_value_kind(const netchan_value *value, int64_t node)
{
    return value ? nci_value_kind(inner_value(value), node) : nci_door_null(__func__, "value");
}

int netchan_value_integer(const netchan_value *value, int64_t node, int64_t *number)
{
    if (!value || !number)
        return nci_door_null(__func__, value ? "number" : "value");
    return nci_value_integer(inner_value(value), node, number);
}

int netchan_value_real(const netchan_value *value, int64_t node, double *number)
{
    if (!value || !number)
        return nci_door_null(__func__, value ? "number" : "value");
    return nci_value_real(inner_value(value), node, number);
}

int netchan_value_string(const netchan_value *value, int64_t node, const char **text,
                         size_t *length)
{
    if (!value || !text || !length)
        return nci_door_null(__func__, !value ? "value" : !text ? "text" : "length");
    return nci_value_string(inner_value(value), node, text, length);
}

int64_t netchan_value_size(const netchan_value *value, int64_t node)
{
    return value ? nci_value_size(inner_value(value), node) : nci_door_null(__func__, "value");
}

int64_t netchan_value_member(const netchan_value *value, int64_t node, const char *name,
                             size_t length)
{
    if (!value || !name)
        return nci_door_null(__func__, value ? "name" : "value");
    return nci_value_member(inner_value(value), node, name, length);
}

int64_t netchan_value_element(const netchan_value *value, int64_t node, int64_t index)
{
    return value ? nci_value_element(inner_value(value), node, index)
                 : nci_door_null(__func__, "value");
}

int64_t netchan_value_key(const netchan_value *value, int64_t node, int64_t index,
                          const char **name, size_t *length)
{
    if (!value || !name || !length)
        return nci_door_null(__func__, !value ? "value" : !name ? "name" : "length");
    return nci_value_key(inner_value(value), node, index, name, length);
}

int64_t netchan_value_next(const netchan_value *value, int64_t node, const char **name,
                           size_t *length)
{
    if (!value)
        return nci_door_null(__func__, "value");
    int64_t next = nci_value_next(inner_value(value), node);
    if (next >= 0 && name && length && nci_value_name(inner_value(value), next, name, length)) {
        *name = NULL; /* an array's element */
        *length = 0;
    }
    return next;
}

/* ---- builders ---- */

static struct nci_builder *inner(netchan_builder *builder)
{
    return (struct nci_builder *)(void *)builder;
}

int netchan_builder_new(netchan_builder **builder)
{
    struct nci_builder *made;
    if (!builder)
        return nci_door_null(__func__, "builder");
    int status = nci_builder_new(&made);
    if (status == NCI_OK)
        *builder = (netchan_builder *)(void *)made;
    return status;
}

int netchan_builder_null(netchan_builder *builder)
{
    return builder ? nci_builder_null(inner(builder)) : nci_door_null(__func__, "builder");
}

int netchan_builder_boolean(netchan_builder *builder, int truth)
{
    return builder ? nci_builder_boolean(inner(builder), truth)
                   : nci_door_null(__func__, "builder");
}

int netchan_builder_integer(netchan_builder *builder, int64_t number)
{
    return builder ? nci_builder_integer(inner(builder), number)
                   : nci_door_null(__func__, "builder");
}

int netchan_builder_real(netchan_builder *builder, double number)
{
    return builder ? nci_builder_real(inner(builder), number) : nci_door_null(__func__, "builder");
}

int netchan_builder_string(netchan_builder *builder, const char *text, size_t length)
{
    if (!builder || !text)
        return nci_door_null(__func__, builder ? "text" : "builder");
    return nci_builder_string(inner(builder), text, length);
}

int netchan_builder_value(netchan_builder *builder, const netchan_value *value)
{
    if (!builder || !value)
        return nci_door_null(__func__, builder ? "value" : "builder");
    return nci_builder_value(inner(builder), inner_value(value));
}

int netchan_builder_begin_object(netchan_builder *builder)
{
    return builder ? nci_builder_begin_object(inner(builder)) : nci_door_null(__func__, "builder");
}

int netchan_builder_key(netchan_builder *builder, const char *name, size_t length)
{
    if (!builder || !name)
        return nci_door_null(__func__, builder ? "name" : "builder");
    return nci_builder_key(inner(builder), name, length);
}

int netchan_builder_end_object(netchan_builder *builder)
{
    return builder ? nci_builder_end_object(inner(builder)) : nci_door_null(__func__, "builder");
}

int netchan_builder_begin_array(netchan_builder *builder)
{
    return builder ? nci_builder_begin_array(inner(builder)) : nci_door_null(__func__, "builder");
}

int netchan_builder_end_array(netchan_builder *builder)
{
    return builder ? nci_builder_end_array(inner(builder)) : nci_door_null(__func__, "builder");
}

int netchan_builder_finish(netchan_builder *builder, netchan_value **value)
{
    struct nci_value *made;
    if (!builder || !value)
        return nci_door_null(__func__, builder ? "value" : "builder");
    int status = nci_builder_finish(inner(builder), &nci_door_most, &made);
    if (status == NCI_OK)
        *value = (netchan_value *)(void *)made;
    return status;
}

void netchan_builder_reset(netchan_builder *builder)
{
    if (builder)
        nci_builder_reset(inner(builder));
}

void netchan_builder_unref(netchan_builder *builder)
{
    nci_builder_free(inner(builder));
}
