/* SPDX-License-Identifier: MIT */
/*
 * Control payloads on their way out, spelled by the builder, which checks its own text: a payload
 * that this side writes passes the check that this side would make.
 *
 * Texts come from anywhere (a peer, a system call, a program), so a text that is not UTF-8 is
 * written with its odd bytes replaced, and long ones are cut: an explanation must never be what
 * makes a frame illegal.
 */
#include "json/builder.h"
#include "wire/payload.h"

static int put_key(struct nci_builder *builder, const char *name)
{
    return nci_builder_key(builder, name, strlen(name));
}

/* The builder's first error sticks, so that only finish's result needs a look. */
static void put_integer(struct nci_builder *builder, const char *name, int64_t number)
{
    put_key(builder, name);
    nci_builder_integer(builder, number);
}

static void put_string(struct nci_builder *builder, const char *name, const char *text,
                       size_t length)
{
    put_key(builder, name);
    nci_builder_string(builder, text, length);
}

static int continues(uint8_t byte)
{
    return (byte & 0xc0) == 0x80;
}

/* How many bytes the UTF-8 character at the beginning has; 0: it is none. */
static size_t character(const uint8_t *at, size_t left)
{
    if (at[0] < 0x80)
        return 1;
    if (at[0] >= 0xc2 && at[0] < 0xe0)
        return left >= 2 && continues(at[1]) ? 2 : 0;
    if (at[0] >= 0xe0 && at[0] < 0xf0) {
        if (left < 3 || !continues(at[1]) || !continues(at[2]))
            return 0;
        if ((at[0] == 0xe0 && at[1] < 0xa0) || (at[0] == 0xed && at[1] >= 0xa0))
            return 0;
        return 3;
    }
    if (at[0] >= 0xf0 && at[0] < 0xf5) {
        if (left < 4 || !continues(at[1]) || !continues(at[2]) || !continues(at[3]))
            return 0;
        if ((at[0] == 0xf0 && at[1] < 0x90) || (at[0] == 0xf4 && at[1] >= 0x90))
            return 0;
        return 4;
    }
    return 0;
}

/* A text for a person: at most NCI_SAYING_MAX bytes, whole characters, '?' for odd bytes. */
static void put_text(struct nci_builder *builder, const char *name, const char *text)
{
    char clean[NCI_SAYING_MAX];
    size_t length = strlen(text), at = 0, to = 0;
    while (at < length) {
        size_t bytes = character((const uint8_t *)text + at, length - at);
        if (to + (bytes ? bytes : 1) > sizeof clean)
            break;
        if (bytes) {
            memcpy(clean + to, text + at, bytes);
            to += bytes;
            at += bytes;
        } else {
            clean[to++] = '?';
            at++;
        }
    }
    put_string(builder, name, clean, to);
}

static int begin(struct nci_builder **out)
{
    int code = nci_builder_new(out);
    if (!code)
        code = nci_builder_begin_object(*out);
    return code;
}

/* Ends the object, writes the frame, frees the builder. */
static int finish(struct nci_builder *builder, int code, struct nci_buf *out,
                  enum nci_frame_kind kind, const uint64_t *numbers)
{
    struct nci_json_limits limits = {NCI_FRAME_LIMIT_LEAST, NCI_JSON_DEPTH_DEFAULT};
    struct nci_value *value = NULL;
    if (!code)
        code = nci_builder_end_object(builder);
    if (!code)
        code = nci_builder_finish(builder, &limits, &value);
    if (!code) {
        size_t length;
        const char *text = nci_value_text(value, &length);
        code = nci_frame_write(out, kind, numbers, text, length);
    }
    nci_value_unref(value);
    nci_builder_free(builder);
    return code;
}

int nci_write_hello(struct nci_buf *out, const struct nci_hello *hello)
{
    struct nci_builder *builder = NULL;
    int code = begin(&builder);
    if (!code) {
        put_key(builder, "netchan");
        nci_builder_begin_array(builder);
        nci_builder_integer(builder, (int64_t)hello->low);
        nci_builder_integer(builder, (int64_t)hello->high);
        nci_builder_end_array(builder);
        put_text(builder, "role", hello->role == NCI_ROLE_EXPORTER ? "exporter" : "importer");
        put_key(builder, "limits");
        nci_builder_begin_object(builder);
        put_integer(builder, "value", (int64_t)hello->limits.value);
        put_integer(builder, "depth", (int64_t)hello->limits.depth);
        put_integer(builder, "frame", (int64_t)hello->limits.frame);
        put_integer(builder, "streams", (int64_t)hello->limits.streams);
        put_integer(builder, "size", (int64_t)hello->limits.size);
        put_integer(builder, "window", (int64_t)hello->limits.window);
        nci_builder_end_object(builder);
        put_integer(builder, "silence", hello->silence);
        put_key(builder, "features");
        nci_builder_begin_array(builder);
        nci_builder_end_array(builder);
        put_text(builder, "agent", hello->agent);
        put_text(builder, "session", hello->session);
    }
    return finish(builder, code, out, NCI_FRAME_HELLO, NULL);
}

int nci_write_bind(struct nci_buf *out, uint32_t id, const struct nci_bind_ask *ask)
{
    struct nci_builder *builder = NULL;
    uint64_t numbers[] = {id};
    int code = begin(&builder);
    if (!code) {
        put_string(builder, "name", ask->name, ask->name_length);
        put_text(builder, "direction", ask->receives ? "recv" : "send");
        put_integer(builder, "size", ask->size);
        put_integer(builder, "window", ask->window);
        put_integer(builder, "count", ask->count);
        put_integer(builder, "wait", ask->wait);
    }
    return finish(builder, code, out, NCI_FRAME_BIND, numbers);
}

int nci_write_bound(struct nci_buf *out, uint32_t id, const struct nci_bound *bound)
{
    struct nci_builder *builder = NULL;
    uint64_t numbers[] = {id};
    int code = begin(&builder);
    if (!code) {
        put_integer(builder, "size", bound->size);
        put_integer(builder, "window", bound->window);
        put_integer(builder, "count", bound->count);
    }
    return finish(builder, code, out, NCI_FRAME_BOUND, numbers);
}

static int write_saying(struct nci_buf *out, enum nci_frame_kind kind, const uint64_t *numbers,
                        int code, const char *text)
{
    struct nci_builder *builder = NULL;
    int result = begin(&builder);
    if (!result) {
        put_text(builder, "code", nci_status_name(code));
        if (text && *text)
            put_text(builder, "text", text);
    }
    return finish(builder, result, out, kind, numbers);
}

int nci_write_ending(struct nci_buf *out, enum nci_frame_kind kind, uint32_t id, uint64_t number,
                     int code, const char *text)
{
    uint64_t numbers[] = {id, number};
    if (code == NCI_CLOSED && !(text && *text))
        return nci_frame_write(out, kind, numbers, NULL, 0);
    return write_saying(out, kind, numbers, code, text);
}

int nci_write_bye(struct nci_buf *out, int code, const char *text)
{
    return write_saying(out, NCI_FRAME_BYE, NULL, code, text);
}

int nci_write_list(struct nci_buf *out, uint64_t cursor, const char *filter, size_t length)
{
    uint64_t numbers[] = {cursor};
    if (!length)
        return nci_frame_write(out, NCI_FRAME_LIST, numbers, NULL, 0);
    struct nci_builder *builder = NULL;
    int code = begin(&builder);
    if (!code)
        put_string(builder, "filter", filter, length);
    return finish(builder, code, out, NCI_FRAME_LIST, numbers);
}
