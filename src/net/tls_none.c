/* SPDX-License-Identifier: MIT */
/*
 * A build without TLS: nothing is passed over, everything is refused.
 */
#include "net/tls.h"

int nci_tls_new(const struct nci_tls_config *config, struct nci_tls **out)
{
    (void)config;
    (void)out;
    return nci_fail(NCI_NOTSUP, "this build has no TLS");
}

void nci_tls_free(struct nci_tls *tls)
{
    (void)tls; /* there is none */
}

int nci_tls_refresh(struct nci_tls *tls, int64_t now)
{
    (void)tls;
    (void)now;
    return NCI_OK;
}

int nci_tls_transport(struct nci_tls *tls, int fd, struct nci_transport **out)
{
    (void)tls;
    (void)fd;
    (void)out;
    return nci_fail(NCI_NOTSUP, "this build has no TLS");
}

int nci_tls_built(void)
{
    return 0;
}
