/* SPDX-License-Identifier: MIT */
/* Writes values to standard output, one a line, many at a time. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "netchan.h"

#include <stddef.h>
#include <stdint.h>

struct cli_output {
    char *bytes;
    size_t capacity, length;
    uint64_t values;    /* put in */
    uint64_t delivered; /* of them, written to the last byte */
    uint64_t total;     /* bytes written */
    int error;          /* errno of the write that failed, 0: none. Sticks */
};

/* Returns an exit status. */
int cli_output_begin(struct cli_output *output);
void cli_output_free(struct cli_output *output);

/* One value and a line feed. White space that holds a line break is left out, so that a line is a
 * value. 0, or -1 when the output has failed. */
int cli_output_value(struct cli_output *output, const netchan_value *value);
/* Writes what is held: before every wait. 0, or -1 when the output has failed. */
int cli_output_flush(struct cli_output *output);
int cli_output_is_empty(const struct cli_output *output);
/* Flushes and closes standard output: some errors are told by close(2) only. */
int cli_output_close(struct cli_output *output);

#endif
