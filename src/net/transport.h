/* SPDX-License-Identifier: MIT */
/*
 * A transport: one connected byte stream under a link. One table per kind, with these contracts:
 *
 *   read      never blocks. > 0: bytes; 0: end of file; NCI_TRANSPORT_AGAIN: nothing there now;
 *             another negative code: the stream has failed (detail text set).
 *   write     never blocks, never raises SIGPIPE, writes at most length bytes. > 0: bytes written;
 *             NCI_TRANSPORT_AGAIN: no room now; another negative code: writing has failed, reading
 *             may still bring what the peer sent before.
 *   finish    no more will be written (half close). Idempotent.
 *   unsent    bytes written and not yet acknowledged by the peer's system, 0 if unknown.
 *   close     frees the transport and its descriptor. Called once, when no other call is running.
 *
 * read belongs to the I/O thread, write to whoever has the link's write role; one thread at a time
 * each, and the two may overlap.
 */
#ifndef NCI_NET_TRANSPORT_H
#define NCI_NET_TRANSPORT_H

#include "base/status.h"

#include <stdint.h>
#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_TRANSPORT_AGAIN (-1000)

struct nci_transport;

struct nci_transport_ops {
    ssize_t (*read)(struct nci_transport *transport, void *bytes, size_t length);
    ssize_t (*write)(struct nci_transport *transport, const void *bytes, size_t length);
    void (*finish)(struct nci_transport *transport);
    long (*unsent)(struct nci_transport *transport);
    void (*close)(struct nci_transport *transport);
};

struct nci_transport {
    const struct nci_transport_ops *ops;
    int fd;
};

/* A plain stream socket: tcp, unix, or adopted. Takes the descriptor over on success. */
int nci_plain_new(int fd, struct nci_transport **out) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
