/* SPDX-License-Identifier: MIT */
/*
 * The one place that knows jansson.
 *
 * It reads texts that the checking pass has accepted, so that two parsers can never disagree about
 * what a peer said: jansson by itself lets a NUL byte pass behind a number and nests deeper. It
 * cannot hold a member name with U+0000 at all; such a payload is refused here, which no control
 * payload of ours minds. jansson's allocator is process-wide and is left alone.
 */
#include "json/tree.h"

#include <jansson.h>

#include <string.h>

/* A tree is a jansson object under another name. */
static json_t *root_of(const struct nci_tree *tree)
{
    return (json_t *)(uintptr_t)tree;
}

int nci_tree_load(const struct nci_value *value, struct nci_tree **out)
{
    size_t length;
    const char *text = nci_value_text(value, &length);
    json_error_t error;
    json_t *root;
    *out = NULL;
    if (nci_value_kind(value, 0) != NCI_KIND_OBJECT)
        return nci_fail(NCI_VALUE, "the payload is not an object");
    root =
        json_loadb(text, length, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (!root && json_error_code(&error) == json_error_out_of_memory)
        return nci_fail_nomem();
    if (!root)
        return nci_fail(NCI_VALUE, "the payload cannot be read: %s", error.text);
    *out = (struct nci_tree *)(void *)root;
    return NCI_OK;
}

void nci_tree_free(struct nci_tree *tree)
{
    json_decref(root_of(tree));
}

static const char *kind_name(const json_t *member)
{
    switch (json_typeof(member)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "an array";
    case JSON_STRING:
        return "a string";
    case JSON_INTEGER:
        return "an integer";
    case JSON_REAL:
        return "a real";
    case JSON_NULL:
        return "null";
    default:
        return "true or false";
    }
}

static int wrong_kind(const char *path, const json_t *member, const char *wanted)
{
    return nci_fail(NCI_VALUE, "member \"%s\" is %s, not %s", path, kind_name(member), wanted);
}

/* The member at the path, NULL in *out when it is missing. A path that leads through something
 * that is no object is an error, not a missing member. */
static int find(const struct nci_tree *tree, const char *path, json_t **out)
{
    const char *rest = path;
    json_t *member = root_of(tree);
    for (;;) {
        size_t length = strcspn(rest, ".");
        char name[64];
        if (!json_is_object(member))
            return nci_fail(NCI_VALUE, "member \"%.*s\" is %s, not an object",
                            (int)(rest - path - 1), path, kind_name(member));
        if (length >= sizeof name)
            return nci_fail(NCI_USAGE, "member name \"%s\" is too long", path);
        memcpy(name, rest, length);
        name[length] = '\0';
        member = json_object_get(member, name);
        *out = member;
        if (!member || !rest[length])
            return NCI_OK;
        rest += length + 1;
    }
}

int nci_tree_has(const struct nci_tree *tree, const char *path)
{
    json_t *member;
    return find(tree, path, &member) == NCI_OK && member;
}

int nci_tree_require(const struct nci_tree *tree, const char *path)
{
    json_t *member;
    int status = find(tree, path, &member);
    if (status == NCI_OK && !member)
        status = nci_fail(NCI_VALUE, "member \"%s\" is missing", path);
    return status;
}

static int get_integer(const char *path, const json_t *member, int64_t min, int64_t max,
                       int64_t *out)
{
    if (!json_is_integer(member))
        return wrong_kind(path, member, "an integer");
    *out = json_integer_value(member);
    if (*out < min || *out > max)
        return nci_fail(NCI_VALUE, "member \"%s\" is %lld, not within %lld to %lld", path,
                        (long long)*out, (long long)min, (long long)max);
    return NCI_OK;
}

static int get_string(const char *path, const json_t *member, size_t max, const char **out,
                      size_t *length)
{
    size_t bytes;
    if (!json_is_string(member))
        return wrong_kind(path, member, "a string");
    bytes = json_string_length(member);
    if (bytes > max)
        return nci_fail(NCI_VALUE, "member \"%s\" has %zu bytes, more than %zu", path, bytes, max);
    *out = json_string_value(member);
    if (!length && strlen(*out) != bytes)
        return nci_fail(NCI_VALUE, "member \"%s\" holds U+0000", path);
    if (length)
        *length = bytes;
    return NCI_OK;
}

int nci_tree_integer(const struct nci_tree *tree, const char *path, int64_t fallback, int64_t min,
                     int64_t max, int64_t *out)
{
    json_t *member;
    int status = find(tree, path, &member);
    *out = fallback;
    if (status || !member)
        return status;
    return get_integer(path, member, min, max, out);
}

int nci_tree_boolean(const struct nci_tree *tree, const char *path, int fallback, int *out)
{
    json_t *member;
    int status = find(tree, path, &member);
    *out = fallback;
    if (status || !member)
        return status;
    if (!json_is_boolean(member))
        return wrong_kind(path, member, "true or false");
    *out = json_is_true(member);
    return NCI_OK;
}

int nci_tree_string(const struct nci_tree *tree, const char *path, const char *fallback, size_t max,
                    const char **out, size_t *length)
{
    json_t *member;
    int status = find(tree, path, &member);
    *out = fallback;
    if (length)
        *length = fallback ? strlen(fallback) : 0;
    if (status || !member)
        return status;
    return get_string(path, member, max, out, length);
}

int nci_tree_count(const struct nci_tree *tree, const char *path, size_t max, size_t *out)
{
    json_t *member;
    int status = find(tree, path, &member);
    *out = 0;
    if (status || !member)
        return status;
    if (!json_is_array(member))
        return wrong_kind(path, member, "an array");
    if (json_array_size(member) > max)
        return nci_fail(NCI_VALUE, "member \"%s\" has %zu elements, more than %zu", path,
                        json_array_size(member), max);
    *out = json_array_size(member);
    return NCI_OK;
}

/* An element of the array at the path; it is there unless the caller did not ask how many are. */
static int find_element(const struct nci_tree *tree, const char *path, size_t index,
                        const json_t **out)
{
    json_t *member;
    int status = find(tree, path, &member);
    if (status)
        return status;
    *out = json_array_get(member, index);
    if (!*out)
        return nci_fail(NCI_USAGE, "member \"%s\" has no element %zu", path, index);
    return NCI_OK;
}

int nci_tree_integer_at(const struct nci_tree *tree, const char *path, size_t index, int64_t min,
                        int64_t max, int64_t *out)
{
    const json_t *element;
    int status = find_element(tree, path, index, &element);
    return status ? status : get_integer(path, element, min, max, out);
}

int nci_tree_string_at(const struct nci_tree *tree, const char *path, size_t index, size_t max,
                       const char **out, size_t *length)
{
    const json_t *element;
    int status = find_element(tree, path, index, &element);
    return status ? status : get_string(path, element, max, out, length);
}
