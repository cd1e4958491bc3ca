/* SPDX-License-Identifier: MIT */
/*
 * A transport: one connected byte stream under a link. One table per kind, with these contracts:
 *
 *   read      never blocks. > 0: bytes; 0: end of file; NCI_TRANSPORT_AGAIN: nothing there now;
 *             NCI_TLS: the stream has failed and says so to the peer: go on reading, what comes is
 *             dropped, until the end; another negative code: the stream has failed for good. The
 *             detail text is set for both.
 *   write     never blocks, never raises SIGPIPE, writes at most length bytes. > 0: bytes written;
 *             NCI_TRANSPORT_AGAIN: no room now; NCI_TRANSPORT_LATER: not before something was read;
 *             after either the next call must begin with the same bytes. Another negative code:
 *             writing has failed, reading may still bring what the peer sent before.
 *   gather    as write, of some parts in their order. NULL: this kind copies what it
 *             writes anyway.
 *   finish    no more will be written (half close). NCI_TRANSPORT_AGAIN: no room for that now, call
 *             again; else NCI_OK, also when it was done before.
 *   unsent    bytes written and not yet acknowledged by the peer's system, 0 if unknown.
 *   identify  adds who the peer proved to be; meaningful once the first bytes were read. NCI_NOMEM.
 *   close     frees the transport and closes its descriptor, unless that was set to -1. Called once,
 *             when no other call is running.
 *
 * write and gather belong to whoever has the link's write role, the others to the I/O thread; one thread at a
 * time each, and the two may overlap. finish comes when nothing is left to write.
 */
#ifndef NCI_NET_TRANSPORT_H
#define NCI_NET_TRANSPORT_H

#include "base/status.h"
#include "net/identity.h"

#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_TRANSPORT_AGAIN (-1000)
#define NCI_TRANSPORT_LATER (-1001)

struct nci_transport;

struct nci_transport_ops {
    ssize_t (*read)(struct nci_transport *transport, void *bytes, size_t length);
    ssize_t (*write)(struct nci_transport *transport, const void *bytes, size_t length);
    ssize_t (*gather)(struct nci_transport *transport, const struct iovec *parts, int count);
    int (*finish)(struct nci_transport *transport);
    long (*unsent)(struct nci_transport *transport);
    int (*identify)(struct nci_transport *transport, struct nci_identity *identity);
    void (*close)(struct nci_transport *transport);
};

struct nci_transport {
    const struct nci_transport_ops *ops;
    int fd;
    int more; /* set by read: it holds more than the descriptor tells, read again */
};

/* A plain stream socket: tcp, unix, or adopted. Takes the descriptor over on success. */
int nci_plain_new(int fd, struct nci_transport **out) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
