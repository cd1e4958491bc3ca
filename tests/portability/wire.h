/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the program "wire" share. It goes through a fixed scenario and prints every
 * byte that comes out; the same text must come out on every machine, whatever its byte order and
 * the width of its numbers (wire.txt).
 */
#ifndef NETCHAN_TESTS_PORTABILITY_WIRE_H
#define NETCHAN_TESTS_PORTABILITY_WIRE_H

#include "base/buf.h"

/* One line: the label, and the bytes. Printable ASCII stands for itself, any other byte and the
 * backslash as \xNN; of a long text the length, its ends and a sum of all its bytes are told. */
void show(const char *label, const void *bytes, size_t length);
/* The same for the buffer's content, a line for each frame, and empties it. */
void show_frames(const char *label, struct nci_buf *buf);
/* A result code, with the detail text of a failure. */
void show_code(const char *label, int code);
/* Ends the program, telling what, when truth is 0. */
void must(int truth, const char *what);

void frames(void);   /* wire_frames.c: the writers and the readers of frames */
void values(void);   /* wire_values.c: the value builder and the readers of values */
void sessions(void); /* wire_sessions.c: two sessions that talk to each other */

#endif
