/* SPDX-License-Identifier: MIT */
/*
 * Sockets: listening, connecting, adopting, and saying who is at the other end. Every descriptor
 * made here is non-blocking and close-on-exec.
 */
#ifndef NCI_NET_SOCKET_H
#define NCI_NET_SOCKET_H

#include "base/bell.h"
#include "net/address.h"
#include "net/identity.h"

#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_PEER_SIZE 192

/* Listens. text receives the address that importers use, with the port that was picked (at least
 * NCI_PEER_SIZE bytes). Waits only for a name to be looked up.
 * A unix socket file whose owner is gone is replaced; mode is the file's. NCI_EXISTS, NCI_DENIED,
 * NCI_REFUSED (no such host), NCI_IO, NCI_TIMEOUT, NCI_INTERRUPTED, NCI_USAGE (fd: not
 * listening). */
int nci_socket_listen(const struct nci_address *address, int mode, int64_t deadline,
                      struct nci_cancel *cancel, int *fd, char *text) NCI_CHECKED;
/* Removes a unix socket file that listen made, if it is still ours. */
void nci_socket_unlink(const struct nci_address *address, int fd);

/* The next connection. NCI_TIMEOUT: none is waiting; NCI_NODESCRIPTOR, NCI_NOMEM, NCI_IO. */
int nci_socket_accept(int listening, int *fd) NCI_CHECKED;

/* Connects; tries every address of the name in turn. NCI_REFUSED, NCI_TIMEOUT,
 * NCI_INTERRUPTED... */
int nci_socket_connect(const struct nci_address *address, int64_t deadline,
                       struct nci_cancel *cancel, int *fd) NCI_CHECKED;

/* Makes a caller's connected stream socket usable. NCI_USAGE: it is not one; nothing was
 * changed. */
int nci_socket_adopt(int fd) NCI_CHECKED;

/* No delay, keepalive, user timeout: what a link's socket needs. Best effort. */
void nci_socket_tune(int fd, int64_t heartbeat_ms);

/* Little may lie unsent in the system from now on. What lies there can be overtaken by nothing: on a
 * slow line it would be megabytes of one long value, and every other stream would wait behind them.
 * Links without long values are better off without: where both ends share a core a bound costs them
 * a fourteenth of the rate (measured). Best effort. */
void nci_socket_keep_short(int fd);

/* Who is at the other end: "SCHEME://ADDRESS:PORT", or "unix: pid P uid U gid G". Never fails. */
void nci_socket_peer(int fd, const char *scheme, char *text, size_t size);
/* 1: a unix socket; what passes it does not leave this machine. */
int nci_socket_is_local(int fd);
/* Adds uid, gid and pid of a unix socket's peer, as the system vouches for them. */
int nci_socket_identify(int fd, struct nci_identity *identity) NCI_CHECKED;

/* Non-blocking; results as a transport's. */
ssize_t nci_socket_read(int fd, void *bytes, size_t length);
ssize_t nci_socket_write(int fd, const void *bytes, size_t length);
ssize_t nci_socket_gather(int fd, const struct iovec *parts, int count);
void nci_socket_finish(int fd);
/* Neither reads nor writes any more: whoever watches it is told. */
void nci_socket_abandon(int fd);
long nci_socket_unsent(int fd);

#ifdef __cplusplus
}
#endif
#endif
