/* SPDX-License-Identifier: MIT */
/*
 * The plain transport: bytes go straight to the socket.
 */
#include "base/mem.h"
#include "net/transport.h"

#include <errno.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

static ssize_t plain_read(struct nci_transport *transport, void *bytes, size_t length)
{
    for (;;) {
        ssize_t got = recv(transport->fd, bytes, length, 0);
        if (got >= 0)
            return got;
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return NCI_TRANSPORT_AGAIN;
        if (errno == EINTR)
            continue;
        /* Short of kernel memory for a moment is not the end of a stream. */
        if (errno == ENOBUFS || errno == ENOMEM)
            return NCI_TRANSPORT_AGAIN;
        nci_fail_errno(errno, "reading failed");
        return NCI_LOST;
    }
}

static ssize_t plain_write(struct nci_transport *transport, const void *bytes, size_t length)
{
    for (;;) {
        ssize_t put = send(transport->fd, bytes, length, MSG_NOSIGNAL);
        if (put >= 0)
            return put;
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS || errno == ENOMEM)
            return NCI_TRANSPORT_AGAIN;
        if (errno == EINTR)
            continue;
        nci_fail_errno(errno, "writing failed");
        return NCI_LOST;
    }
}

static void plain_finish(struct nci_transport *transport)
{
    /* Fails only when the peer has gone already, which reading will tell. */
    (void)shutdown(transport->fd, SHUT_WR);
}

static long plain_unsent(struct nci_transport *transport)
{
#ifdef SIOCOUTQ
    int bytes = 0;
    return ioctl(transport->fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
#else
    (void)transport;
    return 0;
#endif
}

static void plain_close(struct nci_transport *transport)
{
    close(transport->fd);
    nci_free(transport);
}

static const struct nci_transport_ops plain_ops = {plain_read, plain_write, plain_finish,
                                                   plain_unsent, plain_close};

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
