/* SPDX-License-Identifier: MIT */
/* The commands list and check. Both return an exit status, having said why it is not CLI_DONE. */
#ifndef CLI_LIST_H
#define CLI_LIST_H

#include "cli/options.h"

/* Shows the channels that an exporter lets us see. */
int cli_list(const struct cli_options *options);

/* Says whether a file is one legal value, and where not. */
int cli_check(const struct cli_options *options);

#endif
