/* SPDX-License-Identifier: MIT */
/*
 * What the command tells its user: diagnostics and progress, on standard error, one line each.
 * Control characters never reach the terminal, since texts may quote what a peer sent.
 */
#ifndef CLI_SAY_H
#define CLI_SAY_H

#include <stdint.h>

#define CLI_PRINTF(text, first) __attribute__((format(printf, text, first)))

/* Exit statuses. */
#define CLI_DONE   0 /* everything was delivered */
#define CLI_FAILED 1 /* something was not; standard error says what and why */
#define CLI_MISUSE 2 /* the command line makes no sense; nothing was tried */

/* verbose: -v was given. progress: show a line of figures while it runs (only on a terminal). */
void cli_say_setup(int verbose, int progress);
int cli_say_is_chatty(void); /* notes are shown, or the user sits there and watches */

/* "netchan: " and the text. Returns CLI_FAILED, so that callers can return it. */
int cli_say(const char *format, ...) CLI_PRINTF(1, 2);
/* The same with -v only. */
void cli_note(const char *format, ...) CLI_PRINTF(1, 2);
/* The calling thread's last netchan call failed with status: what (may be NULL), and why. Returns
 * CLI_FAILED. */
int cli_say_status(const char *what, int status);
/* Why that call failed, never "". Valid until the thread's next netchan call. */
const char *cli_reason(int status);

/* New figures. Shown a few times a second at most. */
int cli_progress_is_on(void);
void cli_progress(const char *verb, uint64_t values, uint64_t bytes);

#endif
