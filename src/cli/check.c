/* SPDX-License-Identifier: MIT */
/*
 * netchan check: the same judge that every sending call asks, over a file. A text that is legal
 * here may still be longer or deeper than a link allows; those are limits, not faults.
 */
#include "cli/list.h"

#include "cli/say.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No legal value is longer; what is longer is not read to its end. */
#define MOST_BYTES ((size_t)1 << 30)

struct text {
    char *bytes;
    size_t length, capacity;
};

/* 0, or -1 with errno. */
static int read_all(int fd, struct text *text)
{
    for (;;) {
        if (text->length == text->capacity) {
            size_t larger = text->capacity ? text->capacity * 2 : (size_t)64 << 10;
            char *bytes = (char *)realloc(text->bytes, larger);
            if (!bytes)
                return -1;
            text->bytes = bytes;
            text->capacity = larger;
        }
        ssize_t count = read(fd, text->bytes + text->length, text->capacity - text->length);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        text->length += (size_t)count;
        if (count == 0 || text->length > MOST_BYTES)
            return 0;
    }
}

static int read_file(const char *name, struct text *text)
{
    int is_input = strcmp(name, "-") == 0;
    int fd = is_input ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int status = read_all(fd, text);
    int error = errno;
    if (!is_input)
        (void)close(fd);
    errno = error;
    return status;
}

static int tell(const char *name, const netchan_value *value, size_t length)
{
    static const char *const kinds[] = {"null",   "a boolean", "a boolean", "an integer",
                                        "a real", "a string",  "an array",  "an object"};
    int kind = netchan_value_kind(value, 0);
    const char *what = kind >= 0 && kind <= NETCHAN_KIND_OBJECT ? kinds[kind] : "a value";
    printf("%s: legal: %s", name, what);
    if (kind >= NETCHAN_KIND_ARRAY) {
        int64_t size = netchan_value_size(value, 0);
        const char *part = kind == NETCHAN_KIND_OBJECT ? "member" : "element";
        printf(" of %lld %s%s", (long long)size, part, size == 1 ? "" : "s");
    }
    printf(", %zu byte%s\n", length, length == 1 ? "" : "s");
    return fflush(stdout) ? cli_say("standard output: %s", strerror(errno)) : CLI_DONE;
}

int cli_check(const struct cli_options *options)
{
    const char *name = strcmp(options->file, "-") == 0 ? "standard input" : options->file;
    struct text text = {0};
    netchan_value *value = NULL;
    int status;
    if (read_file(options->file, &text)) {
        status = cli_say("%s cannot be read: %s", name, strerror(errno));
    } else {
        int answer = netchan_value_new(text.bytes, text.length, &value);
        status = answer ? cli_say_status(name, answer) : tell(name, value, text.length);
    }
    netchan_value_unref(value);
    free(text.bytes);
    return status;
}
