/* SPDX-License-Identifier: MIT */
/*
 * Addresses as programs write them: tcp://HOST:PORT, unix:/PATH, tls://HOST:PORT, fd:N.
 */
#ifndef NCI_NET_ADDRESS_H
#define NCI_NET_ADDRESS_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

enum nci_address_kind { NCI_ADDRESS_TCP, NCI_ADDRESS_UNIX, NCI_ADDRESS_TLS, NCI_ADDRESS_FD };

struct nci_address {
    enum nci_address_kind kind;
    char host[256]; /* tcp, tls: without brackets */
    char port[6];
    char path[108]; /* unix */
    int fd;
};

/* NCI_URL names the part that cannot be understood. */
int nci_address_parse(const char *url, struct nci_address *address) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
