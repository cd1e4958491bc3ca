/* SPDX-License-Identifier: MIT */
/*
 * What the files of TLS share. No other file may include this.
 */
#ifndef NCI_NET_TLS_INTERNAL_H
#define NCI_NET_TLS_INTERNAL_H

#include "base/buf.h"
#include "base/lock.h"
#include "net/tls.h"

#include <openssl/ssl.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_TLS_PROTOCOL "\x09netchan/1" /* as ALPN writes it */
#define NCI_TLS_SUBJECT  160             /* bytes of a subject in an error text */

enum nci_tls_file { NCI_TLS_CERT, NCI_TLS_KEY, NCI_TLS_CA, NCI_TLS_FILES };

/* What tells one state of a file from another. */
struct nci_tls_stamp {
    int64_t seconds, nanoseconds, size, inode;
};

struct nci_tls {
    struct nci_lock lock; /* context, which is replaced while others make transports of it */
    SSL_CTX *context;
    int server;
    int address; /* name is an IP address */
    char *name;
    char *files[NCI_TLS_FILES]; /* NULL: not set; KEY may be the same text as CERT */
    char *passphrase, *ciphers;
    struct nci_tls_stamp stamps[NCI_TLS_FILES];
    int64_t looked_at;
};

enum nci_tls_state {
    NCI_TLS_WHOLE,
    NCI_TLS_BROKEN,  /* failed; read tells it next */
    NCI_TLS_DROPPING /* and has told it: what comes is dropped */
};

struct nci_tls_link {
    struct nci_transport transport; /* first */
    struct nci_tls *tls;
    struct nci_lock lock; /* an SSL object takes one call at a time; held over calls that never
                             block */
    SSL *ssl;
    struct nci_buf out; /* records that the socket has not taken yet */
    size_t owed;        /* bytes whose records are in out, not told as written yet */
    int secure;         /* the handshake is over */
    int closing;        /* our close_notify was made */
    int mute;           /* the handshake may not look at input now */
    enum nci_tls_state state;
    int ended;       /* read's last answer is known: 1 end of file, or a negative code */
    int write_error; /* the socket takes nothing any more */
    int drained;     /* the socket gave less than it was asked for: it is empty for now */
    int eof;         /* the socket's end of file was seen */
    int read_error;  /* the socket failed */
    char *why;       /* what is wrong with the peer's certificate, or the text of ended */
};

/* Starts OpenSSL, without its atexit handler, and makes method; NULL: no memory. */
const BIO_METHOD *nci_tls_method(void);

/* Empties the thread's error queue of OpenSSL, which others may have left full. */
void nci_tls_forget(void);
/* The newest error of the thread's queue in words, NCI_NOMEM when that is one of memory, else
 * NCI_TLS. Empties the queue. */
int nci_tls_reason(char *text, size_t size);

/* tls_context.c */
/* A connection object of the context in use; NULL: no memory. */
SSL *nci_tls_open(struct nci_tls *tls);
/* The name that ssl checks the server's certificate for. */
int nci_tls_expect(const struct nci_tls *tls, SSL *ssl) NCI_CHECKED;

/* tls_verify.c */
/* "CN=...,O=..." in printable ASCII, cut to size. */
void nci_tls_subject(const X509 *certificate, char *text, size_t size);
/* OpenSSL's verify callback: keeps the first fault's text at the link. */
int nci_tls_verified(int ok, X509_STORE_CTX *store);
/* Why the handshake or the stream failed, from OpenSSL's queue and what verification left. Sets the
 * detail text; returns NCI_TLS or NCI_NOMEM. */
int nci_tls_explain(struct nci_tls_link *link);
/* Adds the names of the peer's certificate. */
int nci_tls_identify(SSL *ssl, struct nci_identity *identity) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
