/* SPDX-License-Identifier: MIT */
/*
 * Bytes through a connected stream socket, for every transport that has one.
 */
#include "net/socket.h"
#include "net/transport.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#ifdef __linux__
#include <linux/sockios.h>
#endif

ssize_t nci_socket_read(int fd, void *bytes, size_t length)
{
    for (;;) {
        ssize_t got = recv(fd, bytes, length, 0);
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

ssize_t nci_socket_write(int fd, const void *bytes, size_t length)
{
    struct iovec whole = {(void *)bytes, length};
    return nci_socket_gather(fd, &whole, 1);
}

ssize_t nci_socket_gather(int fd, const struct iovec *parts, int count)
{
    struct msghdr message;
    memset(&message, 0, sizeof message);
    message.msg_iov = (struct iovec *)parts;
    message.msg_iovlen = (size_t)count;
    for (;;) {
        ssize_t put = count == 1 ? send(fd, parts->iov_base, parts->iov_len, MSG_NOSIGNAL)
                                 : sendmsg(fd, &message, MSG_NOSIGNAL);
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

void nci_socket_finish(int fd)
{
    /* Fails only when the peer has gone already, which reading will tell. */
    (void)shutdown(fd, SHUT_WR);
}

void nci_socket_abandon(int fd)
{
    (void)shutdown(fd, SHUT_RDWR);
}

long nci_socket_unsent(int fd)
{
#ifdef SIOCOUTQ
    int bytes = 0;
    return ioctl(fd, SIOCOUTQ, &bytes) == 0 ? bytes : 0;
#else
    (void)fd;
    return 0;
#endif
}
