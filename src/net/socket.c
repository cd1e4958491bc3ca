/* SPDX-License-Identifier: MIT */
/*
 * Sockets. Everything that differs between TCP and unix sockets is here.
 */
#include "net/socket.h"
#include "base/clock.h"
#include "net/resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG     1024
#define UNSENT_MOST (64 * 1024) /* bytes */

static int make_socket(int family, int *fd)
{
    int made = socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (made < 0)
        return nci_fail_errno(errno, "cannot make a socket");
    *fd = made;
    return NCI_OK;
}

static void unix_name(const char *path, struct sockaddr_un *name)
{
    memset(name, 0, sizeof *name);
    name->sun_family = AF_UNIX;
    memcpy(name->sun_path, path, strlen(path));
}

static const char *scheme_of(const struct nci_address *address)
{
    return address->kind == NCI_ADDRESS_TLS ? "tls" : "tcp";
}

/* "tcp://ADDRESS:PORT" of a socket address. */
static void write_inet(const char *scheme, const struct sockaddr *name, socklen_t length,
                       char *text, size_t size)
{
    char host[64], port[8];
    if (getnameinfo(name, length, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        snprintf(text, size, "%s://unknown", scheme);
    else
        snprintf(text, size, name->sa_family == AF_INET6 ? "%s://[%s]:%s" : "%s://%s:%s", scheme,
                 host, port);
}

/* ---- listening ---- */

static int listen_one(const struct addrinfo *info, const struct nci_address *address, int *out,
                      char *text)
{
    int fd = -1, one = 1;
    int status = make_socket(info->ai_family, &fd);
    if (status)
        return status;
    (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, info->ai_addr, info->ai_addrlen) || listen(fd, BACKLOG)) {
        status = nci_fail_errno(errno, "cannot listen on %s://%s:%s", scheme_of(address),
                                address->host, address->port);
        close(fd);
        return status;
    }
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length)) {
        status = nci_fail_errno(errno, "cannot read the address of a socket");
        close(fd);
        return status;
    }
    write_inet(scheme_of(address), (struct sockaddr *)&name, length, text, NCI_PEER_SIZE);
    *out = fd;
    return NCI_OK;
}

static int listen_tcp(const struct nci_address *address, int64_t deadline,
                      struct nci_cancel *cancel, int *fd, char *text)
{
    struct addrinfo *list;
    int status = nci_resolve(address, 1, deadline, cancel, &list);
    if (status)
        return status;
    for (struct addrinfo *info = list; info; info = info->ai_next) {
        status = listen_one(info, address, fd, text);
        if (status == NCI_OK)
            break;
    }
    freeaddrinfo(list);
    return status;
}

/* Whether somebody accepts connections on the file; fails when that cannot be found out. */
static int unix_in_use(const struct sockaddr_un *name, int *in_use)
{
    int fd = -1;
    int status = make_socket(AF_UNIX, &fd);
    if (status)
        return status;
    *in_use = connect(fd, (const struct sockaddr *)name, sizeof *name) == 0 ||
              (errno != ECONNREFUSED && errno != ENOENT);
    close(fd);
    return NCI_OK;
}

static int bind_unix(int fd, const struct sockaddr_un *name, int mode)
{
    /* The mode is given before anybody can connect: the kernel checks it against the umask. */
    if (fchmod(fd, (mode_t)mode))
        return -1;
    if (bind(fd, (const struct sockaddr *)name, sizeof *name))
        return -1;
    if (chmod(name->sun_path, (mode_t)mode) == 0 && listen(fd, BACKLOG) == 0)
        return 0;
    int saved = errno;
    (void)unlink(name->sun_path);
    errno = saved;
    return -1;
}

static int listen_unix(const struct nci_address *address, int mode, int *out, char *text)
{
    struct sockaddr_un name;
    struct stat info;
    int in_use = 0, status = NCI_OK;
    unix_name(address->path, &name);
    if (lstat(address->path, &info) == 0) {
        if (!S_ISSOCK(info.st_mode))
            return nci_fail(NCI_EXISTS, "unix:%s exists and is not a socket", address->path);
        status = unix_in_use(&name, &in_use);
        if (status)
            return status;
        if (in_use)
            return nci_fail(NCI_EXISTS, "unix:%s is in use by another process", address->path);
        if (unlink(address->path) && errno != ENOENT)
            return nci_fail_errno(errno, "cannot replace the stale socket %s", address->path);
    }
    int fd = -1;
    status = make_socket(AF_UNIX, &fd);
    if (status)
        return status;
    if (bind_unix(fd, &name, mode)) {
        status = errno == ENOENT ? nci_fail(NCI_IO, "cannot listen on unix:%s: no such directory",
                                            address->path)
                                 : nci_fail_errno(errno, "cannot listen on unix:%s", address->path);
        close(fd);
        return status;
    }
    snprintf(text, NCI_PEER_SIZE, "unix:%s", address->path);
    *out = fd;
    return NCI_OK;
}

static int set_flags(int fd)
{
    int flags = fcntl(fd, F_GETFL);
    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) || fcntl(fd, F_SETFD, FD_CLOEXEC))
        return nci_fail_errno(errno, "cannot prepare descriptor %d", fd);
    return NCI_OK;
}

static int is_stream_socket(int fd)
{
    int type = 0;
    socklen_t length = sizeof type;
    return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_STREAM;
}

static int listen_fd(int fd, int *out, char *text)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    if (!is_stream_socket(fd) || getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) ||
        !listening)
        return nci_fail(NCI_USAGE, "fd:%d is not a listening stream socket", fd);
    int status = set_flags(fd);
    if (status)
        return status;
    struct sockaddr_storage name; /* zeroed: a path that fills its place has no end mark */
    memset(&name, 0, sizeof name);
    length = sizeof name;
    if (getsockname(fd, (struct sockaddr *)&name, &length) == 0 && name.ss_family != AF_UNIX)
        write_inet("tcp", (struct sockaddr *)&name, length, text, NCI_PEER_SIZE);
    else if (name.ss_family == AF_UNIX)
        snprintf(text, NCI_PEER_SIZE, "unix:%s", ((struct sockaddr_un *)&name)->sun_path);
    else
        snprintf(text, NCI_PEER_SIZE, "fd:%d", fd);
    *out = fd;
    return NCI_OK;
}

int nci_socket_listen(const struct nci_address *address, int mode, int64_t deadline,
                      struct nci_cancel *cancel, int *fd, char *text)
{
    switch (address->kind) {
    case NCI_ADDRESS_UNIX:
        return listen_unix(address, mode, fd, text);
    case NCI_ADDRESS_FD:
        return listen_fd(address->fd, fd, text);
    case NCI_ADDRESS_TCP:
    case NCI_ADDRESS_TLS:
        break;
    }
    return listen_tcp(address, deadline, cancel, fd, text);
}

void nci_socket_unlink(const struct nci_address *address, int fd)
{
    struct stat ours, there;
    struct sockaddr_un name;
    int in_use = 1;
    if (address->kind != NCI_ADDRESS_UNIX || fstat(fd, &ours) || lstat(address->path, &there))
        return;
    /* The descriptor has an inode of its own; what tells whose file it is, is that nobody else
     * answers there once ours no longer listens. */
    unix_name(address->path, &name);
    (void)shutdown(fd, SHUT_RDWR);
    if (S_ISSOCK(there.st_mode) && unix_in_use(&name, &in_use) == NCI_OK && !in_use)
        (void)unlink(address->path);
}

int nci_socket_accept(int listening, int *fd)
{
    for (;;) {
        int got = accept4(listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (got >= 0) {
            *fd = got;
            return NCI_OK;
        }
        switch (errno) {
        case EINTR:
        case ECONNABORTED: /* gone again; the next one */
            continue;
        case EAGAIN:
            return NCI_TIMEOUT;
        default:
            return nci_fail_errno(errno, "cannot accept a connection");
        }
    }
}

/* ---- connecting ---- */

/* Waits until the connection attempt is over. */
static int wait_connected(int fd, int64_t deadline, struct nci_cancel *cancel)
{
    for (;;) {
        struct pollfd fds[2] = {{fd, POLLOUT, 0}, {nci_cancel_descriptor(cancel), POLLIN, 0}};
        int64_t left =
            deadline == NCI_FOREVER ? -1 : (deadline - nci_clock_now() + 999999) / NCI_MS;
        if (deadline != NCI_FOREVER && left < 0)
            left = 0;
        if (left > 3600000)
            left = 3600000;
        int ready = poll(fds, 2, (int)left);
        if (ready < 0)
            return errno == EINTR ? nci_fail(NCI_INTERRUPTED, "a signal ended the wait")
                                  : nci_fail_errno(errno, "cannot wait for a connection");
        if (fds[0].revents)
            break;
        if (fds[1].revents)
            return nci_fail(NCI_INTERRUPTED, "the wait was cancelled");
        if (ready == 0 && nci_clock_now() >= deadline)
            return nci_fail(NCI_TIMEOUT, "the time given has passed");
    }
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length))
        error = errno;
    return error ? nci_fail_errno(error, "no connection") : NCI_OK;
}

static int connect_one(int family, const struct sockaddr *name, socklen_t length, int64_t deadline,
                       struct nci_cancel *cancel, int *out)
{
    int fd = -1;
    int status = make_socket(family, &fd);
    if (status)
        return status;
    if (connect(fd, name, length)) {
        if (errno == EINPROGRESS)
            status = wait_connected(fd, deadline, cancel);
        else if (errno == EAGAIN && family == AF_UNIX) /* its backlog is full */
            status = nci_fail(NCI_BUSY, "too many connections wait there already");
        else
            status = nci_fail_errno(errno, "no connection");
    }
    if (status)
        close(fd);
    else
        *out = fd;
    return status;
}

static int connect_tcp(const struct nci_address *address, int64_t deadline,
                       struct nci_cancel *cancel, int *fd)
{
    struct addrinfo *list;
    int status = nci_resolve(address, 0, deadline, cancel, &list);
    if (status)
        return status;
    for (struct addrinfo *info = list; info; info = info->ai_next) {
        status =
            connect_one(info->ai_family, info->ai_addr, info->ai_addrlen, deadline, cancel, fd);
        if (status == NCI_OK || status == NCI_TIMEOUT || status == NCI_INTERRUPTED)
            break;
    }
    freeaddrinfo(list);
    return status ? nci_fail_context(status, "%s://%s:%s", scheme_of(address), address->host,
                                     address->port)
                  : NCI_OK;
}

int nci_socket_connect(const struct nci_address *address, int64_t deadline,
                       struct nci_cancel *cancel, int *fd)
{
    struct sockaddr_un name;
    int status;
    switch (address->kind) {
    case NCI_ADDRESS_UNIX:
        unix_name(address->path, &name);
        status = connect_one(AF_UNIX, (struct sockaddr *)&name, sizeof name, deadline, cancel, fd);
        return status ? nci_fail_context(status, "unix:%s", address->path) : NCI_OK;
    case NCI_ADDRESS_FD: /* connected already: adopted, not connected */
        return nci_fail(NCI_URL, "fd:%d cannot be connected", address->fd);
    case NCI_ADDRESS_TCP:
    case NCI_ADDRESS_TLS:
        break;
    }
    return connect_tcp(address, deadline, cancel, fd);
}

int nci_socket_adopt(int fd)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    int stream = is_stream_socket(fd);
    if (stream && getpeername(fd, (struct sockaddr *)&name, &length) == 0)
        return set_flags(fd);
    if (stream && errno != ENOTCONN)
        return nci_fail_errno(errno, "cannot read the peer of descriptor %d", fd);
    return nci_fail(NCI_USAGE, "descriptor %d is not a connected stream socket", fd);
}

void nci_socket_tune(int fd, int64_t heartbeat_ms)
{
    int one = 1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (heartbeat_ms > 0) {
#ifdef TCP_USER_TIMEOUT
        unsigned timeout = heartbeat_ms > 1000000 ? 2000000 : (unsigned)heartbeat_ms * 2;
        (void)setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
#endif
    }
}

void nci_socket_keep_short(int fd)
{
#ifdef TCP_NOTSENT_LOWAT
    int unsent = UNSENT_MOST;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
#else
    (void)fd;
#endif
}

void nci_socket_peer(int fd, const char *scheme, char *text, size_t size)
{
    struct sockaddr_storage name;
    socklen_t length = sizeof name;
    if (getpeername(fd, (struct sockaddr *)&name, &length)) {
        snprintf(text, size, "unknown");
        return;
    }
    if (name.ss_family != AF_UNIX) {
        write_inet(scheme, (struct sockaddr *)&name, length, text, size);
        return;
    }
    struct ucred peer;
    length = sizeof peer;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0)
        snprintf(text, size, "unix: pid %ld uid %ld gid %ld", (long)peer.pid, (long)peer.uid,
                 (long)peer.gid);
    else
        snprintf(text, size, "unix:");
}

int nci_socket_is_local(int fd)
{
    int domain = 0;
    socklen_t length = sizeof domain;
    return getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &domain, &length) == 0 && domain == AF_UNIX;
}

static int add_number(struct nci_identity *identity, const char *kind, unsigned long number)
{
    char text[24];
    int length = snprintf(text, sizeof text, "%lu", number);
    return nci_identity_add(identity, kind, text, (size_t)length, 0);
}

int nci_socket_identify(int fd, struct nci_identity *identity)
{
    struct ucred peer;
    socklen_t length = sizeof peer;
    /* TCP has none: no user. A process of another namespace has a user, but no number here. */
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) || peer.uid == (uid_t)-1)
        return NCI_OK;
    int status = add_number(identity, "uid", peer.uid);
    if (status == NCI_OK)
        status = add_number(identity, "gid", peer.gid);
    if (status == NCI_OK && peer.pid > 0)
        status = add_number(identity, "pid", (unsigned long)peer.pid);
    return status;
}
