/* SPDX-License-Identifier: MIT */
/* Tells people and scripts where an exporter listens. */
#ifndef CLI_ADDRESS_H
#define CLI_ADDRESS_H

#include "netchan.h"

/* Says every address the exporter listens on, if always is set or the system chose a port.
 * Writes them to file too, one a line, when that is not NULL: the file appears whole or not at all.
 * Returns an exit status. */
int cli_address_tell(netchan_exporter *exporter, const char *url, int always, const char *file);

#endif
