/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses, with a deadline: getaddrinfo has none, so it runs on a short-lived thread of
 * ours. Numeric hosts need no thread.
 */
#ifndef NCI_NET_RESOLVE_H
#define NCI_NET_RESOLVE_H

#include "base/bell.h"
#include "net/address.h"

#include <netdb.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The result is freed with freeaddrinfo. NCI_REFUSED: no such host; NCI_TIMEOUT, NCI_INTERRUPTED
 * (the look-up ends on its own later), NCI_NOMEM, NCI_IO. */
int nci_resolve(const struct nci_address *address, int listening, int64_t deadline,
                struct nci_cancel *cancel, struct addrinfo **out) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
