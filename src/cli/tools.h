/* SPDX-License-Identifier: MIT */
/*
 * The commands around rights and TLS. Each returns an exit status, having said why it is not
 * CLI_DONE.
 */
#ifndef CLI_TOOLS_H
#define CLI_TOOLS_H

#include "cli/options.h"

/* Which rule of a policy decides about a peer, a channel and a direction. */
int cli_check_policy(const struct cli_options *options);

/* Makes a folder with a small authority of its own and certificates of a server and a client. */
int cli_keygen(const struct cli_options *options);

/* Walks the steps of a connection one by one, and says which one fails. */
int cli_doctor(const struct cli_options *options);

/* The steps that belong to TLS, over a connected descriptor: handshake, agreement, certificates.
 * Prints a line for each. CLI_FAILED: one is wrong. */
int cli_doctor_tls(const struct cli_options *options, const char *host, int fd);
/* One line of the doctor's: what was looked at, and what was found. */
void cli_doctor_line(int good, const char *what, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
