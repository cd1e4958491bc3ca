/* SPDX-License-Identifier: MIT */
/*
 * Cuts a stream of bytes into JSON values, as they arrive. It finds where values end and nothing
 * more: whether one is legal, the library says.
 */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <stddef.h>
#include <stdint.h>

struct cli_input {
    char *bytes;
    size_t capacity;
    size_t end;    /* bytes held */
    size_t cursor; /* bytes looked at */
    size_t token;  /* where the value under way begins, when there is one */
    size_t limit;  /* most bytes of one value */
    size_t depth;  /* open brackets */
    int state;     /* what the cursor stands in; see input.c */
    int ended;     /* no more bytes will come */
    /* Where in the stream a byte held stands, from which places behind it are counted. */
    size_t known;
    uint64_t line, column;
};

enum cli_found {
    CLI_NOTHING,    /* more bytes are needed, or after cli_input_end: that was all */
    CLI_PIECE,      /* a whole value */
    CLI_UNFINISHED, /* the stream ended inside a value */
    CLI_TOO_LONG,   /* a value is longer than limit, whole or not */
    CLI_NO_MEMORY
};

/* Part of the bytes held: valid until the next cli_input_room. */
struct cli_piece {
    const char *text;
    size_t length;
};

void cli_input_begin(struct cli_input *input, size_t limit);
void cli_input_free(struct cli_input *input);

/* Where to put more bytes; CLI_NO_MEMORY or CLI_NOTHING. cli_input_next has said CLI_NOTHING
 * before. Then say how many it were. */
enum cli_found cli_input_room(struct cli_input *input, char **where, size_t *room);
void cli_input_added(struct cli_input *input, size_t length);
void cli_input_end(struct cli_input *input);

/* The next value. piece is what there is of it, for all answers but CLI_NOTHING. */
enum cli_found cli_input_next(struct cli_input *input, struct cli_piece *piece);

/* Line and column, both from 1, of a byte of the latest pieces. Columns count characters. */
void cli_input_where(const struct cli_input *input, const char *byte, uint64_t *line,
                     uint64_t *column);

#endif
