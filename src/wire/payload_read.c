/* SPDX-License-Identifier: MIT */
/*
 * Control payloads as they arrive. The strict checking pass runs first, over the whole payload and
 * by its length, so that a member given twice or a byte behind the object can never mean one thing
 * here and another to the peer's author. Types are judged here, numbers by the engine: a member of
 * the wrong type is a broken peer and ends the link, a number out of range only refuses a bind.
 */
#include "wire/payload.h"

#define CONTROL_DEPTH 64

/* A payload that is not as it must be is the peer's breach; lack of memory is ours. */
static int breach(const char *kind, int code)
{
    return code && code != NCI_NOMEM ? nci_fail_context(NCI_PROTOCOL, "%s", kind) : code;
}

static const char *kind_of(const struct nci_frame *frame)
{
    return nci_frame_rules[frame->kind].name;
}

int nci_payload_value(const struct nci_frame *frame, struct nci_value **out)
{
    struct nci_json_limits limits = {frame->length, CONTROL_DEPTH};
    struct nci_value *value = NULL;
    int code = nci_value_new((const char *)frame->payload, frame->length, &limits, &value);
    if (code)
        return breach(kind_of(frame), code);
    if (nci_value_kind(value, 0) != NCI_KIND_OBJECT) {
        nci_value_unref(value);
        return nci_fail(NCI_PROTOCOL, "%s: the payload is not an object", kind_of(frame));
    }
    *out = value;
    return NCI_OK;
}

int nci_payload_tree(const struct nci_frame *frame, struct nci_tree **out)
{
    struct nci_value *value = NULL;
    *out = NULL;
    if (!frame->length)
        return NCI_OK;
    int code = nci_payload_value(frame, &value);
    if (!code)
        code = breach(kind_of(frame), nci_tree_load(value, out));
    nci_value_unref(value);
    return code;
}

/* An integer that must be there. */
static int integer(const struct nci_tree *tree, const char *path, int64_t least, int64_t *out)
{
    int code = nci_tree_require(tree, path);
    return code ? code : nci_tree_integer(tree, path, 0, least, INT64_MAX, out);
}

/* One of two words, the second said by 1. */
static int choice(const struct nci_tree *tree, const char *path, const char *zero, const char *one,
                  int *out)
{
    const char *word;
    int code = nci_tree_string(tree, path, "", NCI_SAYING_MAX, &word, NULL);
    if (code)
        return code;
    *out = !strcmp(word, one);
    if (!*out && strcmp(word, zero))
        return nci_fail(NCI_VALUE, "%s is neither \"%s\" nor \"%s\"", path, zero, one);
    return NCI_OK;
}

static int read_limits(const struct nci_tree *tree, struct nci_session_limits *out)
{
    int64_t value, depth, frame, streams, size, window;
    int code;
    if ((code = integer(tree, "limits.value", 1, &value)) ||
        (code = integer(tree, "limits.depth", 0, &depth)) ||
        (code = integer(tree, "limits.frame", NCI_FRAME_LIMIT_LEAST, &frame)) ||
        (code = integer(tree, "limits.streams", 1, &streams)) ||
        (code = integer(tree, "limits.size", 1, &size)) ||
        (code = integer(tree, "limits.window", 1, &window)))
        return code;
    /* Larger than this side can count: as large as it can count. */
    out->value = (uint64_t)value > SIZE_MAX ? SIZE_MAX : (size_t)value;
    out->depth = depth > INT32_MAX ? INT32_MAX : (unsigned)depth;
    out->frame = (uint64_t)frame > SIZE_MAX ? SIZE_MAX : (size_t)frame;
    out->streams = streams > UINT32_MAX ? UINT32_MAX : (uint32_t)streams;
    out->size = size > UINT32_MAX ? UINT32_MAX : (uint32_t)size;
    out->window = (uint64_t)window;
    return NCI_OK;
}

static int read_versions(const struct nci_tree *tree, struct nci_hello *out)
{
    int64_t low = 0, high = 0;
    size_t count;
    int code = nci_tree_count(tree, "netchan", 2, &count);
    if (!code && count != 2)
        code = nci_fail(NCI_VALUE, "netchan is not a range of versions [low,high]");
    if (!code)
        code = nci_tree_integer_at(tree, "netchan", 0, 1, INT64_MAX, &low);
    if (!code)
        code = nci_tree_integer_at(tree, "netchan", 1, low, INT64_MAX, &high);
    out->low = (uint64_t)low;
    out->high = (uint64_t)high;
    return code;
}

int nci_payload_read_hello(const struct nci_tree *tree, struct nci_hello *out)
{
    size_t features;
    int code, importer = 0;
    memset(out, 0, sizeof *out);
    if ((code = read_versions(tree, out)) ||
        (code = choice(tree, "role", "exporter", "importer", &importer)) ||
        (code = read_limits(tree, &out->limits)) ||
        (code = nci_tree_integer(tree, "silence", 0, 0, INT64_MAX, &out->silence)) ||
        (code = nci_tree_count(tree, "features", SIZE_MAX, &features)) ||
        (code = nci_tree_string(tree, "agent", "", SIZE_MAX, &out->agent, &out->agent_length)) ||
        (code =
             nci_tree_string(tree, "session", "", SIZE_MAX, &out->session, &out->session_length)))
        return breach("hello", code);
    out->role = importer ? NCI_ROLE_IMPORTER : NCI_ROLE_EXPORTER;
    return NCI_OK;
}

int nci_payload_read_bind(const struct nci_tree *tree, struct nci_bind_ask *out)
{
    int code;
    memset(out, 0, sizeof *out);
    if ((code = nci_tree_require(tree, "name")) ||
        (code = nci_tree_string(tree, "name", "", SIZE_MAX, &out->name, &out->name_length)) ||
        (code = choice(tree, "direction", "send", "recv", &out->receives)) ||
        (code = integer(tree, "size", INT64_MIN, &out->size)) ||
        (code = integer(tree, "window", INT64_MIN, &out->window)) ||
        (code = integer(tree, "count", INT64_MIN, &out->count)) ||
        (code = nci_tree_integer(tree, "wait", 0, INT64_MIN, INT64_MAX, &out->wait)))
        return breach("bind", code);
    return NCI_OK;
}

int nci_payload_read_bound(const struct nci_tree *tree, struct nci_bound *out)
{
    int code;
    if ((code = integer(tree, "size", INT64_MIN, &out->size)) ||
        (code = integer(tree, "window", INT64_MIN, &out->window)) ||
        (code = integer(tree, "count", INT64_MIN, &out->count)))
        return breach("bound", code);
    return NCI_OK;
}

int nci_payload_read_saying(const struct nci_tree *tree, int fallback, struct nci_saying *out)
{
    const char *name, *text;
    size_t name_length, length;
    int code;
    out->code = fallback;
    out->text[0] = 0;
    if (!tree)
        return NCI_OK;
    if ((code = nci_tree_string(tree, "code", "", SIZE_MAX, &name, &name_length)) ||
        (code = nci_tree_string(tree, "text", "", SIZE_MAX, &text, &length)))
        return breach("an ending", code);
    if (name_length)
        out->code = nci_status_by_name(name, name_length);
    if (length > NCI_SAYING_MAX)
        length = NCI_SAYING_MAX;
    memcpy(out->text, text, length);
    out->text[length] = 0;
    return NCI_OK;
}

int nci_payload_read_filter(const struct nci_tree *tree, const char **filter, size_t *length)
{
    *filter = "";
    *length = 0;
    if (!tree)
        return NCI_OK;
    return breach("list", nci_tree_string(tree, "filter", "", NCI_NAME_MAX, filter, length));
}

static int is_channel(const struct nci_value *page, int64_t node)
{
    const char *text;
    size_t length;
    int64_t name = nci_value_member(page, node, "name", 4);
    int64_t direction = nci_value_member(page, node, "direction", 9);
    if (name < 0 || direction < 0 || nci_value_string(page, name, &text, &length) ||
        nci_value_string(page, direction, &text, &length))
        return 0;
    return length == 4 && (!memcmp(text, "send", 4) || !memcmp(text, "recv", 4));
}

int nci_payload_check_listing(const struct nci_value *page)
{
    int64_t channels = nci_value_member(page, 0, "channels", 8);
    if (channels < 0 || nci_value_kind(page, channels) != NCI_KIND_ARRAY)
        return nci_fail(NCI_PROTOCOL, "listing: channels is not an array");
    for (int64_t node = nci_value_first(page, channels); node >= 0;
         node = nci_value_next(page, node)) {
        if (!is_channel(page, node))
            return nci_fail(NCI_PROTOCOL,
                            "listing: a channel without a name, or its direction is neither "
                            "\"send\" nor \"recv\"");
    }
    return NCI_OK;
}
