/* SPDX-License-Identifier: MIT */
/*
 * The plain transport: bytes go straight to the socket.
 */
#include "base/mem.h"
#include "net/socket.h"
#include "net/transport.h"

#include <unistd.h>

static ssize_t plain_read(struct nci_transport *transport, void *bytes, size_t length)
{
    return nci_socket_read(transport->fd, bytes, length);
}

static ssize_t plain_write(struct nci_transport *transport, const void *bytes, size_t length)
{
    return nci_socket_write(transport->fd, bytes, length);
}

static ssize_t plain_gather(struct nci_transport *transport, const struct iovec *parts, int count)
{
    return nci_socket_gather(transport->fd, parts, count);
}

static int plain_finish(struct nci_transport *transport)
{
    nci_socket_finish(transport->fd);
    return NCI_OK;
}

static long plain_unsent(struct nci_transport *transport)
{
    return nci_socket_unsent(transport->fd);
}

static int plain_identify(struct nci_transport *transport, struct nci_identity *identity)
{
    return nci_socket_identify(transport->fd, identity);
}

static void plain_close(struct nci_transport *transport)
{
    if (transport->fd >= 0)
        close(transport->fd);
    nci_free(transport);
}

static const struct nci_transport_ops plain_ops = {
    plain_read, plain_write, plain_gather, plain_finish, plain_unsent, plain_identify, plain_close};

int nci_plain_new(int fd, struct nci_transport **out)
{
    struct nci_transport *transport = (struct nci_transport *)nci_zalloc(sizeof *transport);
    if (!transport)
        return nci_fail_nomem();
    transport->ops = &plain_ops;
    transport->fd = fd;
    *out = transport;
    return NCI_OK;
}
