/* SPDX-License-Identifier: MIT */
/*
 * The command's own end of the transfer: an exporter or an importer with one channel, under one
 * set of verbs.
 */
#ifndef CLI_PEER_H
#define CLI_PEER_H

#include "cli/clock.h"
#include "cli/options.h"
#include "cli/signals.h"

#include "netchan.h"

struct cli_peer {
    const struct cli_options *options;
    netchan_exporter *exporter; /* one of these two */
    netchan_importer *importer;
    netchan_channel *channel;
    netchan_channel *errors; /* read with -v only; NULL when it has ended */
    struct cli_patience patience;
    uint64_t figures;       /* of the last look, once watching */
    int watching;           /* movement shows in the figures alone */
    int wrote_address_file; /* ours to remove */
};

/* What the user is told about a channel: "channel "NAME"". */
#define CLI_CHANNEL "channel \"%s\""

/* Exports or imports the channel of the command line, waiting for the other side as -w says. Errors
 * are said. Returns an exit status; close the peer in any case. */
int cli_peer_open(struct cli_peer *peer, const struct cli_options *options);

/* Connects to options->url. Tries again until -w is over while nobody listens there. */
int cli_peer_connect(const struct cli_options *options, int64_t deadline, netchan_importer **out);

/* A wait ran out of time: CLI_DONE to go on (it was cut short, or something moved that the caller
 * cannot see), else what is wrong is said and CLI_FAILED returned. */
int cli_peer_judge(struct cli_peer *peer);

/* From now on the caller does not see what moves: cli_peer_judge looks at the figures. */
void cli_peer_watch(struct cli_peer *peer);

/* netchan_exporter_drain or netchan_importer_drain until everything is taken. */
int cli_peer_drain(struct cli_peer *peer, int64_t ms);

/* Waits for the first importer of an exported channel, with -w. */
int cli_peer_await_importer(struct cli_peer *peer);

/* -v: says what went wrong in the background since the last call. */
void cli_peer_tell_notes(struct cli_peer *peer);
/* The same for one entry. */
void cli_peer_tell_note(const netchan_value *entry);

/* Ends the links in order and frees everything. */
void cli_peer_close(struct cli_peer *peer);

#endif
