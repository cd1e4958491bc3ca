/* SPDX-License-Identifier: MIT */
/*
 * SIGINT and SIGTERM. The first one asks for an orderly end (take no more in, deliver what was
 * taken in), the second one for an end at once; a third kills.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include "netchan.h"

#include <poll.h>
#include <stdint.h>

/* How far a wait may be disturbed: by the first signal, or by the second one only. */
enum cli_phase { CLI_RUNNING = 1, CLI_ENDING = 2 };

/* Makes the tokens and installs the handlers. Returns an exit status. */
int cli_signals_setup(void);

/* The token for a wait in this phase: stays fired once its signal came. */
netchan_cancel *cli_signals_token(enum cli_phase phase);
/* Has the signal that ends this phase come? */
int cli_signals_came(enum cli_phase phase);

/* poll, ended by the phase's signal: then -1 with errno EINTR, also when it came before. */
int cli_signals_poll(struct pollfd *fds, nfds_t count, int64_t ms, enum cli_phase phase);

/* The last thing a run does: after a second signal the process ends by that signal, so that the
 * shell that started it stops as well. Else returns status. */
int cli_signals_finish(int status);

#endif
