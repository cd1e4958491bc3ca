/* SPDX-License-Identifier: MIT */
/*
 * What an owner's options say about TLS. A setting that protects is never passed over: where it has
 * no meaning it is an error.
 */
#ifndef NCI_RUN_SECURE_H
#define NCI_RUN_SECURE_H

#include "net/address.h"
#include "net/tls.h"
#include "run/options.h"

#ifdef __cplusplus
extern "C" {
#endif

/* *out is NULL when no option asks for TLS. Errors as nci_tls_new's, and NCI_OPTION. */
int nci_secure_exporter(const struct nci_options *options, struct nci_tls **out) NCI_CHECKED;

/* With or without TLS? Without for tcp:// and unix: addresses, where options of TLS are NCI_OPTION;
 * over a descriptor (address NULL) with TLS when there are such options, and then tls.name is one.
 * *out is NULL: without. */
int nci_secure_importer(const struct nci_options *options, const struct nci_address *address,
                        struct nci_tls **out) NCI_CHECKED;

/* An exporter that has options of TLS speaks nothing else over a network: 1 for its TCP sockets, 0
 * for unix sockets, and for all of an exporter without. */
int nci_secure_socket(const struct nci_tls *tls, int fd);
/* May an exporter listen there? NCI_OPTION, NCI_NOTSUP. */
int nci_secure_listen(const struct nci_tls *tls, const struct nci_address *address) NCI_CHECKED;

/* 1: this build has TLS. */
int nci_secure_built(void);

#ifdef __cplusplus
}
#endif
#endif
