/* SPDX-License-Identifier: MIT */
/* Where an exporter of the command listens: an address, or the sockets of a service manager. */
#ifndef CLI_LISTEN_H
#define CLI_LISTEN_H

#include "netchan.h"

#include <stdint.h>

/* Whether the URL names sockets that a service manager passes: systemd: or systemd:NAME. */
int cli_listen_is_passed(const char *url);

/* Listens on the URL, or on all sockets that it stands for. Waits at most ms for a host's name. What
 * is wrong is said. Returns an exit status. */
int cli_listen(netchan_exporter *exporter, const char *url, int64_t ms);

#endif
