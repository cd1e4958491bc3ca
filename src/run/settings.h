/* SPDX-License-Identifier: MIT */
/*
 * An owner's options, read once at its creation.
 */
#ifndef NCI_RUN_SETTINGS_H
#define NCI_RUN_SETTINGS_H

#include "engine/session.h"
#include "run/options.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_settings {
    struct nci_session_limits limits;
    int64_t heartbeat, handshake, linger, ack_delay; /* ns */
    int64_t silence;                                 /* ms */
    int64_t links, handshakes;
    uint64_t memory; /* bytes of windows that may be promised */
    int unix_mode;
    int spin; /* the I/O thread may look for events before it sleeps */
    char agent[65];
};

void nci_settings_read(struct nci_settings *settings, const struct nci_options *options);

#ifdef __cplusplus
}
#endif
#endif
