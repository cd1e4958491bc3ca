/* SPDX-License-Identifier: MIT */
/*
 * Who a peer proved to be: a list of names, each "kind:value". Kinds: dns, ip, email, uri (subject
 * alternative names of its certificate), cn (common name), sha256 (the certificate's fingerprint,
 * lower-case hex), uid, gid, pid (of the process at the other end of a unix socket). A peer of which
 * nothing is known has none.
 */
#ifndef NCI_NET_IDENTITY_H
#define NCI_NET_IDENTITY_H

#include "base/status.h"

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Zeroed: nobody. */
struct nci_identity {
    char **names;
    size_t count;
};

/* A value that is empty, has control characters or is not ASCII or UTF-8 as utf8 says adds nothing:
 * a name that cannot be shown must not be matched either. More than 64 names, or one over 255 bytes,
 * add nothing either. NCI_NOMEM. */
int nci_identity_add(struct nci_identity *identity, const char *kind, const char *value,
                     size_t length, int utf8) NCI_CHECKED;
void nci_identity_fini(struct nci_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
