/* SPDX-License-Identifier: MIT */
/*
 * The readers: walks over the index.
 *
 * A node number is an index entry, but it comes from a program or a binding and may be anything:
 * every reader first makes sure that it is an entry that begins a value, so that none can read
 * outside the value. Nothing is cached in the value, which other threads read at the same time.
 */
#include "json/value_internal.h"

static inline int is_value(unsigned code)
{
    return code <= NCI_KIND_OBJECT || code == NCI_ENTRY_STRING_ESCAPED;
}

static __attribute__((cold, noinline)) int no_node(int64_t node)
{
    return nci_fail(NCI_USAGE, "the value has no node %lld", (long long)node);
}

/* The entry of a node, or NULL. */
NCI_INLINE const struct nci_entry *find(const struct nci_value *value, int64_t node)
{
    if (nci_likely((uint64_t)node < value->entries)) {
        const struct nci_entry *entry = &value->index[node];
        if (nci_likely(is_value(nci_entry_code(entry))))
            return entry;
    }
    return NULL;
}

static inline int kind_of(const struct nci_entry *entry)
{
    unsigned code = nci_entry_code(entry);
    return code == NCI_ENTRY_STRING_ESCAPED ? NCI_KIND_STRING : (int)code;
}

/* Why a node was not what a reader wants: an error to return. */
static __attribute__((cold, noinline)) int mismatch(const struct nci_value *value, int64_t node,
                                                    const char *wanted)
{
    static const char *const names[] = {"null",   "false",    "true",     "an integer",
                                        "a real", "a string", "an array", "an object"};
    const struct nci_entry *entry = find(value, node);
    if (!entry)
        return no_node(node);
    return nci_fail(NCI_TYPE, "node %lld is %s, not %s", (long long)node, names[kind_of(entry)],
                    wanted);
}

/* The entry of a node of one kind (a container's or number's), or NULL. */
NCI_INLINE const struct nci_entry *find_kind(const struct nci_value *value, int64_t node,
                                             unsigned kind)
{
    if (nci_likely((uint64_t)node < value->entries && nci_entry_code(&value->index[node]) == kind))
        return &value->index[node];
    return NULL;
}

/* The entry of a node that is an array or an object, or NULL. */
static const struct nci_entry *find_container(const struct nci_value *value, int64_t node)
{
    const struct nci_entry *array = find_kind(value, node, NCI_KIND_ARRAY);
    return array ? array : find_kind(value, node, NCI_KIND_OBJECT);
}

/* The decoded bytes of a string or name. */
static inline const char *decoded(const struct nci_value *value, const struct nci_entry *entry,
                                  size_t *length)
{
    unsigned code = nci_entry_code(entry);
    if (nci_unlikely(code == NCI_ENTRY_NAME_ESCAPED || code == NCI_ENTRY_STRING_ESCAPED)) {
        *length = nci_entry_length(&entry[1]);
        return (const char *)value->decoded + entry[1].offset;
    }
    *length = nci_entry_length(entry);
    return nci_value_bytes(value) + entry->offset;
}

int nci_value_kind(const struct nci_value *value, int64_t node)
{
    const struct nci_entry *entry = find(value, node);
    return entry ? kind_of(entry) : no_node(node);
}

/* The checking pass has made sure that it fits. */
static int64_t parse_integer(const char *p, size_t length)
{
    const char *end = p + length;
    int negative = *p == '-';
    uint64_t number = 0;
    p += negative;
    do
        number = number * 10 + (uint8_t)(*p - '0');
    while (++p < end);
    return (int64_t)(negative ? 0 - number : number);
}

int nci_value_integer(const struct nci_value *value, int64_t node, int64_t *out)
{
    const struct nci_entry *entry = find_kind(value, node, NCI_KIND_INTEGER);
    if (nci_unlikely(!entry))
        return mismatch(value, node, "an integer");
    *out = parse_integer(nci_value_bytes(value) + entry->offset, nci_entry_length(entry));
    return NCI_OK;
}

int nci_value_real(const struct nci_value *value, int64_t node, double *out)
{
    const struct nci_entry *entry = find_kind(value, node, NCI_KIND_REAL);
    if (entry) {
        *out = nci_real_read(nci_value_bytes(value) + entry->offset, nci_entry_length(entry));
        return NCI_OK;
    }
    entry = find_kind(value, node, NCI_KIND_INTEGER);
    if (!entry)
        return mismatch(value, node, "a number");
    *out = (double)parse_integer(nci_value_bytes(value) + entry->offset, nci_entry_length(entry));
    return NCI_OK;
}

int nci_value_string(const struct nci_value *value, int64_t node, const char **text, size_t *length)
{
    const struct nci_entry *entry = find(value, node);
    if (nci_unlikely(!entry || kind_of(entry) != NCI_KIND_STRING))
        return mismatch(value, node, "a string");
    *text = decoded(value, entry, length);
    return NCI_OK;
}

int64_t nci_value_size(const struct nci_value *value, int64_t node)
{
    const struct nci_entry *entry = find_container(value, node);
    return entry ? (int64_t)entry[1].offset : mismatch(value, node, "an array or object");
}

static __attribute__((cold, noinline)) int no_member(const char *name, size_t length)
{
    return nci_fail(NCI_VALUE, "there is no member \"%.*s\"", (int)(length < 100 ? length : 100),
                    name);
}

int64_t nci_value_member(const struct nci_value *value, int64_t node, const char *name,
                         size_t length)
{
    const struct nci_entry *entry = find_kind(value, node, NCI_KIND_OBJECT), *end;
    if (nci_unlikely(!entry))
        return mismatch(value, node, "an object");
    end = entry + nci_entry_length(entry);
    for (entry += 2; entry < end; entry += nci_entry_span(entry)) {
        size_t other_length;
        const char *other = decoded(value, entry, &other_length);
        entry += nci_entry_span(entry);
        if (other_length == length && nci_same_short(other, name, length))
            return entry - value->index;
    }
    return no_member(name, length);
}

static __attribute__((cold, noinline)) int no_child(int64_t size, int64_t index)
{
    return nci_fail(NCI_VALUE, "there is no element or member %lld: there are %lld",
                    (long long)index, (long long)size);
}

int64_t nci_value_element(const struct nci_value *value, int64_t node, int64_t index)
{
    const struct nci_entry *entry = find_kind(value, node, NCI_KIND_ARRAY);
    if (!entry)
        return mismatch(value, node, "an array");
    if ((uint64_t)index >= entry[1].offset)
        return no_child(entry[1].offset, index);
    for (entry += 2; index > 0; index--)
        entry += nci_entry_span(entry);
    return entry - value->index;
}

int64_t nci_value_key(const struct nci_value *value, int64_t node, int64_t index, const char **name,
                      size_t *length)
{
    const struct nci_entry *entry = find_kind(value, node, NCI_KIND_OBJECT);
    if (!entry)
        return mismatch(value, node, "an object");
    if ((uint64_t)index >= entry[1].offset)
        return no_child(entry[1].offset, index);
    for (entry += 2; index > 0; index--) {
        entry += nci_entry_span(entry);
        entry += nci_entry_span(entry);
    }
    *name = decoded(value, entry, length);
    return entry + nci_entry_span(entry) - value->index;
}

int64_t nci_value_first(const struct nci_value *value, int64_t node)
{
    const struct nci_entry *entry = find_container(value, node);
    if (!entry)
        return mismatch(value, node, "an array or object");
    if (entry[1].offset == 0)
        return no_child(0, 0);
    if (nci_entry_code(entry) == NCI_KIND_ARRAY)
        return node + 2;
    return node + 2 + nci_entry_span(entry + 2);
}

int64_t nci_value_next(const struct nci_value *value, int64_t node)
{
    const struct nci_entry *entry = find(value, node), *next;
    if (!entry)
        return no_node(node);
    if (entry->info & NCI_ENTRY_LAST)
        return nci_fail(NCI_VALUE, "nothing follows node %lld in its container", (long long)node);
    next = entry + nci_entry_span(entry);
    if (!is_value(nci_entry_code(next)))
        next += nci_entry_span(next); /* a member's name */
    return next - value->index;
}

int nci_value_name(const struct nci_value *value, int64_t node, const char **name, size_t *length)
{
    const struct nci_entry *entry = find(value, node);
    if (!entry)
        return no_node(node);
    if (node > 0 && nci_entry_code(&entry[-1]) == NCI_ENTRY_NAME)
        entry -= 1;
    else if (node > 1 && nci_entry_code(&entry[-2]) == NCI_ENTRY_NAME_ESCAPED)
        entry -= 2;
    else
        return nci_fail(NCI_TYPE, "node %lld is not a member of an object", (long long)node);
    *name = decoded(value, entry, length);
    return NCI_OK;
}

int nci_value_node_text(const struct nci_value *value, int64_t node, const char **text,
                        size_t *length)
{
    const struct nci_entry *entry = find(value, node);
    int kind;
    if (!entry)
        return no_node(node);
    kind = kind_of(entry);
    *text = nci_value_bytes(value) + entry->offset;
    *length = nci_entry_length(entry);
    if (kind == NCI_KIND_STRING) {
        *text -= 1;
        *length += 2;
    } else if (kind >= NCI_KIND_ARRAY) {
        *length = nci_entry_length(&entry[1]) - entry->offset;
    }
    return NCI_OK;
}
