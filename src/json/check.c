/* SPDX-License-Identifier: MIT */
/*
 * The checking pass: the grammar of JSON as one state machine over the bytes.
 *
 * It is the judge of a text, at the sending call and for everything a peer sends; what the quick way
 * (json/quick.h) lets pass is what it would let pass. It must never recurse, never read past the zero
 * bytes behind the text, never look at a byte an unbounded number of times, and never give two
 * answers for one text cut in two ways: so wherever the bytes end before the text does, it stops at
 * the beginning of the step it could not finish and repeats only that. Strings and numbers, which
 * have no bound, keep their own place.
 *
 * Plain tokens are handled here, in line, because that is what nearly all of every text is made
 * of; escapes, UTF-8, long numbers and crowded objects have files of their own.
 */
#include "json/check_internal.h"

#include <stdarg.h>
#include <stdio.h>

/* The bytes that may stand behind a number. */
static int ends_number(uint8_t byte)
{
    return byte == ',' || byte == '}' || byte == ']' || byte == ' ' || byte == '\n' ||
           byte == '\t' || byte == '\r';
}

NCI_INLINE const uint8_t *skip_space(const uint8_t *p)
{
    while (nci_unlikely(*p <= ' ') && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
        p++;
    return p;
}

static inline const uint8_t *skip_digits(const uint8_t *p)
{
    while ((uint8_t)(*p - '0') <= 9)
        p++;
    return p;
}

static int suspend(struct nci_checker *checker, const uint8_t *text, const uint8_t *p,
                   unsigned state)
{
    checker->position = (uint32_t)(p - text);
    checker->state = state;
    return NCI_OK;
}

static const char *expectation(const struct nci_checker *checker, unsigned state)
{
    const struct nci_frame *top = &checker->frames[checker->depth];
    switch (state) {
    case NCI_AT_VALUE:
        return top->closer == ']' && !top->commas ? "a value or ']'" : "a value";
    case NCI_AT_NAME:
        return top->commas ? "a member name in double quotes"
                           : "a member name in double quotes or '}'";
    case NCI_AT_COLON:
        return "':' behind the member name";
    default:
        if (checker->depth == 0)
            return "nothing more behind the value";
        return top->closer == '}' ? "',' or '}'" : "',' or ']'";
    }
}

/* The byte at p does not fit: the bytes end here, or the text is wrong here. */
static __attribute__((cold, noinline)) int unexpected(struct nci_checker *checker,
                                                      const uint8_t *text, const uint8_t *end,
                                                      const uint8_t *p, unsigned state)
{
    const char *wanted = expectation(checker, state);
    size_t offset = (size_t)(p - text);
    if (p == end && !checker->final)
        return suspend(checker, text, p, state);
    if (p == end)
        return nci_check_refuse(checker, NCI_VALUE, text, offset,
                                "%s was expected, but the text ends here", wanted);
    if (*p >= 0x21 && *p < 0x7F)
        return nci_check_refuse(checker, NCI_VALUE, text, offset, "%s was expected, not '%c'",
                                wanted, *p);
    return nci_check_refuse(checker, NCI_VALUE, text, offset, "%s was expected, not byte 0x%02X%s",
                            wanted, *p,
                            offset == 0 && *p >= 0xEF ? " (a byte order mark is not allowed)" : "");
}

static __attribute__((cold, noinline)) int too_deep(struct nci_checker *checker,
                                                    const uint8_t *text, const uint8_t *p)
{
    return nci_check_refuse(checker, NCI_LIMIT, text, (size_t)(p - text),
                            "nested deeper than limit.depth, %u", checker->depth_limit);
}

static int grow_frames(struct nci_checker *checker)
{
    struct nci_frame *frames =
        nci_check_grow(checker, checker->frames, checker->frames_inline, &checker->frames_size,
                       checker->frames_size, 1, sizeof *frames);
    if (!frames)
        return NCI_NOMEM;
    checker->frames = frames;
    return NCI_OK;
}

static int grow_names(struct nci_checker *checker)
{
    struct nci_name *names =
        nci_check_grow(checker, checker->names, checker->names_inline, &checker->names_size,
                       checker->names_count, NCI_NAMES_FEW, sizeof *names);
    if (!names)
        return NCI_NOMEM;
    checker->names = names;
    return NCI_OK;
}

int nci_check_grow_tape(struct nci_checker *checker)
{
    struct nci_entry *tape =
        nci_check_grow(checker, checker->tape, checker->tape_inline, &checker->tape_size,
                       checker->tape_count, 2, sizeof *tape);
    if (!tape)
        return NCI_NOMEM;
    checker->tape = tape;
    return NCI_OK;
}

/* The bracket or brace at p opens a container; room in the index has been made. */
NCI_INLINE int open_container(struct nci_checker *checker, const uint8_t *text, const uint8_t *p)
{
    struct nci_frame *frame;
    if (nci_unlikely(checker->depth == checker->depth_limit))
        return too_deep(checker, text, p);
    if (nci_unlikely(checker->depth + 1 == checker->frames_size) && grow_frames(checker))
        return NCI_NOMEM;
    if (nci_unlikely(checker->names_size - checker->names_count < NCI_NAMES_FEW) &&
        grow_names(checker))
        return NCI_NOMEM;
    frame = &checker->frames[checker->depth];
    frame->last = checker->tape_count;
    frame++;
    checker->depth++;
    if (checker->depth > checker->deepest)
        checker->deepest = checker->depth;
    frame->entry = checker->tape_count;
    frame->last = checker->tape_count; /* itself: none yet */
    frame->commas = 0;
    frame->names = checker->names_count;
    frame->tabled = 0;
    frame->closer = *p + 2; /* in ASCII, of both kinds */
    nci_check_push(checker, *p == '{' ? NCI_KIND_OBJECT : NCI_KIND_ARRAY, (size_t)(p - text), 0);
    nci_check_push(checker, NCI_ENTRY_SECOND, 0, 0);
    return NCI_OK;
}

/* The bracket or brace in front of behind closes the innermost container. */
NCI_INLINE int close_container(struct nci_checker *checker, const uint8_t *text,
                               const uint8_t *behind)
{
    struct nci_frame *frame = &checker->frames[checker->depth];
    struct nci_entry *entry = &checker->tape[frame->entry];
    int empty = frame->last == frame->entry;
    entry[0].info |= checker->tape_count - frame->entry;
    entry[1].offset = empty ? 0 : frame->commas + 1;
    entry[1].info |= (uint32_t)(behind - text);
    if (!empty)
        checker->tape[frame->last].info |= NCI_ENTRY_LAST;
    checker->names_count = frame->names;
    checker->depth--;
    return nci_unlikely(frame->tabled) ? nci_names_close(checker, text) : NCI_OK;
}

/* Compares a plain name, whose entry is the newest, with the others of its object. */
NCI_INLINE int add_plain_name(struct nci_checker *checker, struct nci_frame *object,
                              const uint8_t *text, const uint8_t *bytes, size_t length)
{
    struct nci_name *name = checker->names + checker->names_count;
    struct nci_name *other = checker->names + object->names;
    uint64_t head = nci_load8(bytes);
    if (nci_unlikely(object->tabled || length > NCI_NAMES_SHORT || name - other == NCI_NAMES_FEW))
        return nci_names_add(checker, object, text);
    if (length < 8)
        head = nci_head_bytes(head, (unsigned)length);
    for (; other < name; other++)
        if (nci_unlikely(other->head == head && other->length == length) &&
            (length <= 8 || !memcmp(text + other->offset + 8, bytes + 8, length - 8)))
            return nci_names_refuse(checker, text);
    name->head = head;
    name->offset = (uint32_t)(bytes - text);
    name->length = (uint32_t)length;
    checker->names_count++;
    return NCI_OK;
}

/* The same for any name; as with all tokens that the slow ways have read. */
static int add_name(struct nci_checker *checker, const uint8_t *text)
{
    struct nci_frame *object = &checker->frames[checker->depth];
    const struct nci_entry *entry = &checker->tape[checker->tape_count - 1];
    if (nci_entry_code(entry) == NCI_ENTRY_NAME)
        return add_plain_name(checker, object, text, text + entry->offset, nci_entry_length(entry));
    return nci_names_add(checker, object, text);
}

/* A string whose opening quote is in front of p; NULL as for nci_check_string. */
NCI_INLINE const uint8_t *read_string(struct nci_checker *checker, const uint8_t *text,
                                      const uint8_t *end, const uint8_t *p)
{
    const uint8_t *q = nci_skip_plain(p, end);
    if (nci_unlikely(*q != '"')) {
        checker->state = NCI_IN_STRING;
        nci_check_string_begin(checker, (size_t)(p - text));
        return nci_check_string(checker, text, end, q, 0);
    }
    nci_check_push(checker, NCI_KIND_STRING, (size_t)(p - text), (size_t)(q - p));
    return q + 1;
}

/* A name in the same way; it becomes known to its object. */
NCI_INLINE const uint8_t *read_name(struct nci_checker *checker, struct nci_frame *object,
                                    const uint8_t *text, const uint8_t *end, const uint8_t *p)
{
    const uint8_t *q = nci_skip_plain(p, end);
    if (nci_unlikely(*q != '"')) {
        checker->state = NCI_IN_NAME;
        nci_check_string_begin(checker, (size_t)(p - text));
        q = nci_check_string(checker, text, end, q, 1);
        return q && !add_name(checker, text) ? q : NULL;
    }
    nci_check_push(checker, NCI_ENTRY_NAME, (size_t)(p - text), (size_t)(q - p));
    return nci_likely(!add_plain_name(checker, object, text, p, (size_t)(q - p))) ? q + 1 : NULL;
}

/* A number that begins at p; NULL as for nci_check_number. */
NCI_INLINE const uint8_t *read_number(struct nci_checker *checker, const uint8_t *text,
                                      const uint8_t *end, const uint8_t *p)
{
    const uint8_t *digits = p + (*p == '-');
    const uint8_t *q = *digits == '0' ? digits + 1 : skip_digits(digits);
    /* 18 digits always fit 64 bits; a number that the bytes end in is not known to end there */
    if (nci_unlikely((size_t)(q - digits) - 1 >= 18 || !ends_number(*q))) {
        checker->state = NCI_IN_NUMBER;
        nci_check_number_begin(checker, (size_t)(p - text));
        return nci_check_number(checker, text, end, p);
    }
    nci_check_push(checker, NCI_KIND_INTEGER, (size_t)(p - text), (size_t)(q - p));
    return q;
}

/* true, false or null at p. NULL: it is none of them, or the bytes end inside it. */
NCI_INLINE const uint8_t *read_word(struct nci_checker *checker, const uint8_t *text,
                                    const uint8_t *end, const uint8_t *p)
{
    static const char words[3][6] = {"null", "false", "true"};
    unsigned kind = *p == 'n' ? NCI_KIND_NULL : *p == 'f' ? NCI_KIND_FALSE : NCI_KIND_TRUE;
    size_t length = kind == NCI_KIND_FALSE ? 5 : 4;
    if (nci_likely(!memcmp(p, words[kind], length))) {
        nci_check_push(checker, kind, (size_t)(p - text), length);
        return p + length;
    }
    if ((size_t)(end - p) < length && !checker->final)
        (void)suspend(checker, text, p, NCI_AT_VALUE);
    else
        (void)nci_check_refuse(checker, NCI_VALUE, text, (size_t)(p - text),
                               "a value was expected; the only words are true, false and null");
    return NULL;
}

/* A value at p that is no container; NULL: wrong, or the bytes end inside it. */
NCI_INLINE const uint8_t *read_scalar(struct nci_checker *checker, const uint8_t *text,
                                      const uint8_t *end, const uint8_t *p)
{
    switch (*p) {
    case '"':
        return read_string(checker, text, end, p + 1);
    case '-':
    case '0' ... '9':
        return read_number(checker, text, end, p);
    case 't':
    case 'f':
    case 'n':
        return read_word(checker, text, end, p);
    default:
        (void)unexpected(checker, text, end, p, NCI_AT_VALUE);
        return NULL;
    }
}

/* Goes on with a string or number that the bytes ended in. */
static const uint8_t *resume_token(struct nci_checker *checker, const uint8_t *text,
                                   const uint8_t *end)
{
    const uint8_t *p = text + checker->position;
    uint32_t entry = checker->tape_count;
    switch (checker->state) {
    case NCI_IN_NAME:
        p = nci_check_string(checker, text, end, p, 1);
        if (!p || add_name(checker, text))
            return NULL;
        checker->state = NCI_AT_COLON;
        return p;
    case NCI_IN_STRING:
        p = nci_check_string(checker, text, end, p, 0);
        break;
    case NCI_IN_NUMBER:
        p = nci_check_number(checker, text, end, p);
        break;
    default:
        return p;
    }
    if (!p)
        return NULL;
    checker->frames[checker->depth].last = entry;
    checker->state = NCI_AT_NEXT;
    return p;
}

int nci_check_run(struct nci_checker *checker, const uint8_t *text, const uint8_t *end)
{
    const uint8_t *p = resume_token(checker, text, end);
    struct nci_frame *top = &checker->frames[checker->depth];
    uint32_t entry;
    if (!p)
        return checker->status;
    switch (checker->state) {
    case NCI_AT_NAME:
        goto name;
    case NCI_AT_COLON:
        goto colon;
    case NCI_AT_NEXT:
        goto next;
    default:
        break;
    }
value:
    p = skip_space(p);
    if (nci_unlikely(nci_check_tape_room(checker)))
        return checker->status;
    if (*p == '{' || *p == '[') {
        if (open_container(checker, text, p))
            return checker->status;
        top = &checker->frames[checker->depth];
        if (*p++ == '[')
            goto value;
    name:
        p = skip_space(p);
        if (nci_unlikely(*p != '"')) {
            if (*p == '}' && top->last == top->entry)
                goto close;
            return unexpected(checker, text, end, p, NCI_AT_NAME);
        }
        if (nci_unlikely(nci_check_tape_room(checker)))
            return checker->status;
        p = read_name(checker, top, text, end, p + 1);
        if (nci_unlikely(!p))
            return checker->status;
    colon:
        p = skip_space(p);
        if (nci_unlikely(*p != ':'))
            return unexpected(checker, text, end, p, NCI_AT_COLON);
        p++;
        goto value;
    }
    if (nci_unlikely(*p == ']') && top->closer == ']' && top->last == top->entry)
        goto close;
    entry = checker->tape_count;
    p = read_scalar(checker, text, end, p);
    if (nci_unlikely(!p))
        return checker->status;
    top->last = entry;
next:
    p = skip_space(p);
    if (nci_unlikely(checker->depth == 0)) {
        if (p == end && checker->final)
            return suspend(checker, text, p, NCI_AT_NEXT);
        return unexpected(checker, text, end, p, NCI_AT_NEXT);
    }
    if (*p == ',') {
        top->commas++;
        p++;
        if (top->closer == '}')
            goto name;
        goto value;
    }
    if (nci_unlikely(*p != top->closer))
        return unexpected(checker, text, end, p, NCI_AT_NEXT);
close:
    p++;
    if (nci_unlikely(close_container(checker, text, p)))
        return checker->status;
    top = &checker->frames[checker->depth];
    goto next;
}

static int refuse(struct nci_checker *checker, int code, const uint8_t *text, size_t offset,
                  const char *format, va_list arguments)
{
    struct nci_check_fault *error = &checker->error;
    const uint8_t *line = text, *p;
    error->offset = offset;
    error->line = 1;
    error->column = 1;
    for (p = text; p < text + offset; p++)
        if (*p == '\n') {
            error->line++;
            line = p + 1;
        }
    for (p = line; p < text + offset; p++)
        error->column += (*p & 0xC0) != 0x80;
    (void)vsnprintf(error->reason, sizeof error->reason, format, arguments);
    checker->has_error = 1;
    checker->status =
        nci_fail(code, "line %zu, column %zu: %s", error->line, error->column, error->reason);
    return checker->status;
}

int nci_check_refuse_here(struct nci_checker *checker, int code, const uint8_t *text, size_t offset,
                          const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)refuse(checker, code, text, offset, format, arguments);
    va_end(arguments);
    return checker->status;
}

int nci_check_refuse(struct nci_checker *checker, int code, const uint8_t *text, size_t offset,
                     const char *format, ...)
{
    va_list arguments;
    if (nci_names_settle(checker, text))
        return checker->status;
    va_start(arguments, format);
    (void)refuse(checker, code, text, offset, format, arguments);
    va_end(arguments);
    return checker->status;
}

const struct nci_check_fault *nci_check_error(const struct nci_checker *checker)
{
    return checker->has_error ? &checker->error : NULL;
}

void nci_check_begin(struct nci_checker *checker, const struct nci_json_limits *limits)
{
    nci_check_start(checker, limits);
}

int nci_check_too_long(struct nci_checker *checker, size_t length)
{
    return checker->status =
               nci_fail(NCI_LIMIT, "a value of %zu bytes is longer than limit.value, %u", length,
                        checker->value_limit);
}

int nci_check_feed(struct nci_checker *checker, const char *text, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    if (checker->status || nci_check_length(checker, length))
        return checker->status;
    return nci_check_run(checker, bytes, bytes + length);
}

int nci_check_end(struct nci_checker *checker, const char *text, size_t length)
{
    return nci_check_whole(checker, text, length);
}

int nci_check_text(struct nci_checker *checker, const char *text, size_t length,
                   const struct nci_json_limits *limits)
{
    nci_check_begin(checker, limits);
    return nci_check_end(checker, text, length);
}
