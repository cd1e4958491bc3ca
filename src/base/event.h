/* SPDX-License-Identifier: MIT */
/*
 * A descriptor that is readable while it is set: what bells, tokens, the loop's wake-up and
 * pollable channels are made of. Level-triggered; setting and clearing never block and may be
 * repeated.
 */
#ifndef NCI_BASE_EVENT_H
#define NCI_BASE_EVENT_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

int nci_event_open(int *fd) NCI_CHECKED; /* NCI_NODESCRIPTOR, NCI_IO */
void nci_event_close(int fd);
void nci_event_set(int fd); /* async-signal-safe, keeps errno */
void nci_event_clear(int fd);

#ifdef __cplusplus
}
#endif
#endif
