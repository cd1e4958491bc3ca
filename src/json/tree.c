/* SPDX-License-Identifier: MIT */
/*
 * The one place that knows jansson.
 *
 * It is given values that the checking pass has accepted, and their texts are not read a second
 * time: two parsers can never disagree about what a peer said, and jansson's own parser writes
 * outside its memory when an allocation fails in a string (2.14: the text it collects is cut, and
 * the end of the string is looked for behind it). It cannot hold a member name with U+0000; such a
 * payload is refused here, which no control payload of ours minds. jansson's allocator is
 * process-wide and is left alone.
 */
#include "json/tree.h"

#include "base/mem.h"

#include <jansson.h>

#include <string.h>

/* A tree is a jansson object under another name. */
static json_t *root_of(const struct nci_tree *tree)
{
    return (json_t *)(uintptr_t)tree;
}

static json_t *convert(const struct nci_value *value, int64_t node);

static int add_member(json_t *object, const struct nci_value *value, int64_t node)
{
    const char *name;
    size_t length;
    int status = nci_value_name(value, node, &name, &length);
    if (status)
        return status;
    char *key = nci_strndup(name, length);
    if (!key)
        return -1;
    status = json_object_set_new_nocheck(object, key, convert(value, node));
    nci_free(key);
    return status;
}

/* An array or object with its elements or members. */
static json_t *convert_container(const struct nci_value *value, int64_t node, int is_object)
{
    json_t *made = is_object ? json_object() : json_array();
    int status = made ? 0 : -1;
    for (int64_t at = nci_value_first(value, node); at >= 0 && status == 0;
         at = nci_value_next(value, at))
        status = is_object ? add_member(made, value, at)
                           : json_array_append_new(made, convert(value, at));
    if (status == 0)
        return made;
    json_decref(made);
    return NULL;
}

/* NULL: out of memory. As deep as the value is, which the check has bounded. */
static json_t *convert(const struct nci_value *value, int64_t node)
{
    const char *text = "";
    size_t length = 0;
    int64_t integer = 0;
    double real = 0;
    int kind = nci_value_kind(value, node), status = NCI_OK;
    switch (kind) {
    case NCI_KIND_NULL:
        return json_null();
    case NCI_KIND_FALSE:
        return json_false();
    case NCI_KIND_TRUE:
        return json_true();
    case NCI_KIND_INTEGER:
        status = nci_value_integer(value, node, &integer);
        return status ? NULL : json_integer(integer);
    case NCI_KIND_REAL:
        status = nci_value_real(value, node, &real);
        return status ? NULL : json_real(real);
    case NCI_KIND_STRING:
        status = nci_value_string(value, node, &text, &length);
        return status ? NULL : json_stringn_nocheck(text, length);
    default:
        return convert_container(value, node, kind == NCI_KIND_OBJECT);
    }
}

/* Does a name hold U+0000, in this object or in one inside it? */
static int has_odd_name(const struct nci_value *value, int64_t node)
{
    const char *name;
    size_t length;
    int kind = nci_value_kind(value, node);
    if (kind != NCI_KIND_OBJECT && kind != NCI_KIND_ARRAY)
        return 0;
    for (int64_t at = nci_value_first(value, node); at >= 0; at = nci_value_next(value, at)) {
        if (kind == NCI_KIND_OBJECT && nci_value_name(value, at, &name, &length) == NCI_OK &&
            memchr(name, 0, length))
            return 1;
        if (has_odd_name(value, at))
            return 1;
    }
    return 0;
}

int nci_tree_load(const struct nci_value *value, struct nci_tree **out)
{
    *out = NULL;
    if (nci_value_kind(value, 0) != NCI_KIND_OBJECT)
        return nci_fail(NCI_VALUE, "the payload is not an object");
    if (has_odd_name(value, 0))
        return nci_fail(NCI_VALUE, "the payload cannot be read: a name holds U+0000");
    json_t *root = convert(value, 0);
    if (!root)
        return nci_fail_nomem();
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
