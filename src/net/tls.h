/* SPDX-License-Identifier: MIT */
/*
 * TLS: what one owner's options say about it, and the transport made of that. The one place of the
 * library that knows OpenSSL, whose types stay in tls*.c. In a build without TLS nci_tls_new answers NCI_NOTSUP.
 *
 * What always holds: TLS 1.2 is the least, the system's policy may ask for more; no renegotiation,
 * no compression, no session tickets, so that every link proves itself anew; both ends agree on
 * "netchan/1" (ALPN, RFC 7301); a client checks the chain, the dates, the use and the name of the
 * server's certificate (RFC 9525: only subject alternative names count, never the common name); a
 * server that has tls.ca demands a certificate of its client and checks it the same way.
 */
#ifndef NCI_NET_TLS_H
#define NCI_NET_TLS_H

#include "net/transport.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Texts are copied; NULL is "not set". */
struct nci_tls_config {
    int server;
    const char *cert;       /* file: PEM chain, own certificate first; a server needs one */
    const char *key;        /* file: PEM; NULL: in the same file as cert */
    const char *passphrase; /* of key */
    const char *ca;         /* file, directory with hashed names, or "system" */
    const char *ciphers;
    const char *name; /* client: the server's name or address, not NULL, not empty */
};

struct nci_tls;

/* Reads the files. NCI_TLS: what they hold cannot be used; NCI_OPTION: a text is no name or cipher
 * list; NCI_REFUSED, NCI_DENIED, NCI_IO: a file cannot be read; NCI_NOMEM; NCI_NOTSUP. */
int nci_tls_new(const struct nci_tls_config *config, struct nci_tls **out) NCI_CHECKED;
void nci_tls_free(struct nci_tls *tls); /* NULL is allowed; transports made before live on */

/* Server, the I/O thread: has a file changed since it was read? Then new transports get what it
 * holds now. An error leaves what was there, and is told once for each change. Looks at the files
 * at most once a second. */
int nci_tls_refresh(struct nci_tls *tls, int64_t now) NCI_CHECKED;

/* A transport over a connected socket; tls must live as long. On success the descriptor is its. Any
 * thread. */
int nci_tls_transport(struct nci_tls *tls, int fd, struct nci_transport **out) NCI_CHECKED;

/* 1: this build has TLS. */
int nci_tls_built(void);

#ifdef __cplusplus
}
#endif
#endif
