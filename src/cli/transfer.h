/* SPDX-License-Identifier: MIT */
/* The two ways values go. Both return an exit status, having said why it is not CLI_DONE. */
#ifndef CLI_TRANSFER_H
#define CLI_TRANSFER_H

#include "cli/peer.h"

/* Values looked at together: enough to pay for a lock, little enough to stay in the cache. */
#define CLI_BATCH 256

/* Standard input into the channel, to the last acknowledgement. */
int cli_send(struct cli_peer *peer);

/* The channel to standard output, until the channel ends. */
int cli_recv(struct cli_peer *peer);

#endif
