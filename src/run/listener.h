/* SPDX-License-Identifier: MIT */
/*
 * A listener: one address of an exporter, accepting links on the I/O thread.
 */
#ifndef NCI_RUN_LISTENER_H
#define NCI_RUN_LISTENER_H

#include "run/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Listens and adds the address to the owner's. */
int nci_listener_new(struct nci_owner *owner, const char *url, int64_t deadline,
                     struct nci_cancel *cancel) NCI_CHECKED;
/* With the registry lock: have the I/O thread take every listener away. */
void nci_listeners_close(struct nci_owner *owner);

#ifdef __cplusplus
}
#endif
#endif
