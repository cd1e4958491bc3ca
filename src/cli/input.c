/* SPDX-License-Identifier: MIT */
/*
 * The scanner.
 *
 * A value is sent as soon as its last byte has come: an array, object or string ends with its
 * closing character, a number or word only where white space or the end of the input follows. The
 * scanner must not decide what is legal: brackets are counted without asking for their kind, and
 * anything else that is no white space is a word, so that every wrong byte reaches the library's
 * check in the text it spoils, and its place can be told. Memory stays below twice the longest
 * value allowed and one read, whatever comes in.
 */
#include "cli/input.h"

#include <stdlib.h>
#include <string.h>

#define READ_BYTES ((size_t)64 << 10)

enum state { GAP, WORD, STRING, NEST, NEST_STRING };

void cli_input_begin(struct cli_input *input, size_t limit)
{
    memset(input, 0, sizeof *input);
    input->limit = limit;
    input->line = input->column = 1;
}

void cli_input_free(struct cli_input *input)
{
    free(input->bytes);
    input->bytes = NULL;
}

static int is_space(char byte)
{
    return byte == ' ' || byte == '\n' || byte == '\t' || byte == '\r';
}

/* Counts lines and, in the last line, characters of length bytes behind a known place. */
static void advance(const char *bytes, size_t length, uint64_t *line, uint64_t *column)
{
    const char *stop = bytes + length;
    const char *found;
    while ((found = (const char *)memchr(bytes, '\n', (size_t)(stop - bytes)))) {
        bytes = found + 1;
        ++*line;
        *column = 1;
    }
    for (; bytes < stop; bytes++)
        *column += ((unsigned char)*bytes & 0xc0) != 0x80;
}

void cli_input_where(const struct cli_input *input, const char *byte, uint64_t *line,
                     uint64_t *column)
{
    size_t offset = (size_t)(byte - input->bytes);
    *line = input->line;
    *column = input->column;
    advance(input->bytes + input->known, offset - input->known, line, column);
}

/* Lets go of the bytes that were handed out, so that the value under way begins the buffer. */
static void compact(struct cli_input *input)
{
    size_t keep = input->state == GAP ? input->cursor : input->token;
    advance(input->bytes + input->known, keep - input->known, &input->line, &input->column);
    memmove(input->bytes, input->bytes + keep, input->end - keep);
    input->end -= keep;
    input->cursor -= keep;
    input->token = 0;
    input->known = 0;
}

enum cli_found cli_input_room(struct cli_input *input, char **where, size_t *room)
{
    if (input->bytes)
        compact(input);
    if (input->capacity - input->end < READ_BYTES) {
        size_t larger = input->capacity ? input->capacity * 2 : 2 * READ_BYTES;
        char *bytes = (char *)realloc(input->bytes, larger);
        if (!bytes)
            return CLI_NO_MEMORY;
        input->bytes = bytes;
        input->capacity = larger;
    }
    *where = input->bytes + input->end;
    *room = READ_BYTES;
    return CLI_NOTHING;
}

void cli_input_added(struct cli_input *input, size_t length)
{
    input->end += length;
}

void cli_input_end(struct cli_input *input)
{
    input->ended = 1;
}

/* Moves at behind the end of the string it stands in. 0 when that has not come yet; then at stays
 * before a backslash whose partner is missing. */
static int pass_string(const struct cli_input *input, size_t *at)
{
    const char *bytes = input->bytes;
    size_t i = *at;
    while (i < input->end) {
        if (bytes[i] == '"') {
            *at = i + 1;
            return 1;
        }
        if (bytes[i] == '\\') {
            if (i + 1 == input->end)
                break;
            i++;
        }
        i++;
    }
    *at = i;
    return 0;
}

/* The same for the value of brackets it stands in; strings inside are a state of their own. */
static int pass_nest(struct cli_input *input, size_t *at)
{
    size_t i = *at;
    int whole = 0;
    while (!whole && i < input->end) {
        if (input->state == NEST_STRING) {
            if (!pass_string(input, &i))
                break;
            input->state = NEST;
            continue;
        }
        switch (input->bytes[i++]) {
        case '"':
            input->state = NEST_STRING;
            break;
        case '[':
        case '{':
            input->depth++;
            break;
        case ']':
        case '}':
            whole = --input->depth == 0;
            break;
        default:
            break;
        }
    }
    *at = i;
    return whole;
}

static int pass_word(const struct cli_input *input, size_t *at)
{
    size_t i = *at;
    while (i < input->end && !is_space(input->bytes[i]))
        i++;
    *at = i;
    return i < input->end || input->ended;
}

/* White space, and the first byte of a value. 0 when there is none. */
static int begin_value(struct cli_input *input)
{
    size_t i = input->cursor;
    while (i < input->end && is_space(input->bytes[i]))
        i++;
    input->cursor = i;
    if (i == input->end)
        return 0;
    input->token = i;
    switch (input->bytes[i]) {
    case '[':
    case '{':
        input->state = NEST;
        input->depth = 1;
        break;
    case '"':
        input->state = STRING;
        break;
    default:
        input->state = WORD;
        break;
    }
    input->cursor++;
    return 1;
}

enum cli_found cli_input_next(struct cli_input *input, struct cli_piece *piece)
{
    if (input->state == GAP && !begin_value(input))
        return CLI_NOTHING;
    int whole;
    if (input->state == WORD)
        whole = pass_word(input, &input->cursor);
    else if (input->state == STRING)
        whole = pass_string(input, &input->cursor);
    else
        whole = pass_nest(input, &input->cursor);

    piece->text = input->bytes + input->token;
    piece->length = (whole ? input->cursor : input->end) - input->token;
    if (piece->length > input->limit)
        return CLI_TOO_LONG;
    if (!whole)
        return input->ended ? CLI_UNFINISHED : CLI_NOTHING;
    input->state = GAP;
    return CLI_PIECE;
}
