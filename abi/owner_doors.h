/* SPDX-License-Identifier: MIT */
/*
 * The calls that exporters and importers have in common, behind the checks of a door. function is
 * the public name, for error texts.
 */
#ifndef NCI_ABI_OWNER_DOORS_H
#define NCI_ABI_OWNER_DOORS_H

#include "doors.h"

int nci_door_hangup(struct nci_owner *owner, const char *function, const char *name);
int nci_door_drain(struct nci_owner *owner, const char *function, int level, int drain, int64_t ms,
                   netchan_cancel *cancel);
int nci_door_errors(struct nci_owner *owner, const char *function, netchan_channel **errors);
int nci_door_stats(struct nci_owner *owner, const char *function, netchan_value **stats);
int nci_door_close(struct nci_owner *owner, const char *function);
int nci_door_wait_closed(struct nci_owner *owner, const char *function, int64_t ms,
                         netchan_cancel *cancel);
void nci_door_unref(struct nci_owner *owner);

#endif
