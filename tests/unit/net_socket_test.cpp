/* SPDX-License-Identifier: MIT */
/*
 * Listening, connecting, accepting, adopting, and what a plain transport does with the bytes.
 * Loopback and files in a folder of the test's own only.
 */
#include "base/clock.h"
#include "catch_shim.hpp"
#include "net/resolve.h"
#include "net/socket.h"
#include "net/transport.h"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

using netchan_test::has_text;

namespace
{

/* A descriptor that closes itself. */
struct Fd {
    int fd = -1;
    ~Fd()
    {
        reset();
    }
    void reset()
    {
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
};

nci_address address_of(const std::string &url)
{
    nci_address address;
    REQUIRE(nci_address_parse(url.c_str(), &address) == NCI_OK);
    return address;
}

/* A folder that goes away with what is in it. */
class Folder
{
  public:
    Folder()
    {
        char name[] = "/tmp/netchan-test-XXXXXX";
        REQUIRE(mkdtemp(name));
        path = name;
    }
    ~Folder()
    {
        unlink(file().c_str());
        rmdir(path.c_str());
    }
    std::string file() const
    {
        return path + "/socket";
    }
    nci_address address() const
    {
        return address_of("unix:" + file());
    }
    std::string path;
};

int listen_on(const nci_address &address, Fd &fd, std::string *text = nullptr, int mode = 0600)
{
    char written[NCI_PEER_SIZE] = "";
    int status =
        nci_socket_listen(&address, mode, nci_clock_deadline(10000), nullptr, &fd.fd, written);
    if (text)
        *text = written;
    return status;
}

int connect_to(const nci_address &address, Fd &fd, int64_t ms = 10000)
{
    return nci_socket_connect(&address, nci_clock_deadline(ms), nullptr, &fd.fd);
}

/* Accepts when the connection has come. */
int accept_from(const Fd &listening, Fd &fd)
{
    struct pollfd one = {listening.fd, POLLIN, 0};
    (void)poll(&one, 1, 10000);
    return nci_socket_accept(listening.fd, &fd.fd);
}

bool prepared(int fd)
{
    return (fcntl(fd, F_GETFL) & O_NONBLOCK) && (fcntl(fd, F_GETFD) & FD_CLOEXEC);
}

mode_t mode_of(const std::string &path)
{
    struct stat info;
    return stat(path.c_str(), &info) ? 0 : info.st_mode & 0777;
}

} // namespace

TEST_CASE("a tcp listener picks a port, tells it, and can be connected to there", "[net]")
{
    for (const char *url : {"tcp://127.0.0.1:0", "tcp://localhost:0"}) {
        Fd listening, client, server;
        std::string text;
        REQUIRE(listen_on(address_of(url), listening, &text) == NCI_OK);
        CHECK_THAT(text, has_text("tcp://"));
        CHECK(text.substr(text.rfind(':')) != ":0");
        CHECK(prepared(listening.fd));
        CHECK(nci_socket_accept(listening.fd, &server.fd) == NCI_TIMEOUT);
        REQUIRE(connect_to(address_of(text), client) == NCI_OK);
        REQUIRE(accept_from(listening, server) == NCI_OK);
        CHECK(prepared(client.fd));
        CHECK(prepared(server.fd));
        char peer[NCI_PEER_SIZE];
        nci_socket_peer(client.fd, "tcp", peer, sizeof peer);
        CHECK(peer == text);
        nci_socket_peer(server.fd, "tcp", peer, sizeof peer);
        CHECK_THAT(peer, has_text("tcp://"));
        CHECK(std::string(peer) != text);
    }
}

TEST_CASE("an IPv6 listener is told in brackets", "[net]")
{
    Fd listening, client, probe;
    probe.fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any;
    memset(&any, 0, sizeof any);
    any.sin6_family = AF_INET6;
    any.sin6_addr = in6addr_loopback;
    if (probe.fd < 0 || bind(probe.fd, (struct sockaddr *)&any, sizeof any)) {
        /* No IPv6 here: then the call must say so instead. */
        CHECK(listen_on(address_of("tcp://[::1]:0"), listening) != NCI_OK);
        return;
    }
    std::string text;
    REQUIRE(listen_on(address_of("tcp://[::1]:0"), listening, &text) == NCI_OK);
    CHECK_THAT(text, has_text("tcp://[::1]:"));
    CHECK(connect_to(address_of(text), client) == NCI_OK);
}

TEST_CASE("a port that is taken is refused as taken", "[net]")
{
    Fd listening, second;
    std::string text;
    REQUIRE(listen_on(address_of("tcp://127.0.0.1:0"), listening, &text) == NCI_OK);
    CHECK(listen_on(address_of(text), second) == NCI_EXISTS);
    CHECK_THAT(nci_detail(), has_text(text));
    CHECK(second.fd == -1);
}

TEST_CASE("a port can be listened on again at once after its links were there", "[net]")
{
    Fd listening, client, server, again;
    std::string text;
    REQUIRE(listen_on(address_of("tcp://127.0.0.1:0"), listening, &text) == NCI_OK);
    REQUIRE(connect_to(address_of(text), client) == NCI_OK);
    REQUIRE(accept_from(listening, server) == NCI_OK);
    server.reset(); /* this side closes first and keeps the port in TIME_WAIT */
    client.reset();
    listening.reset();
    CHECK(listen_on(address_of(text), again) == NCI_OK);
}

TEST_CASE("connecting where nobody listens is refused, naming the address", "[net]")
{
    Fd listening, client;
    Folder folder;
    std::string text;
    REQUIRE(listen_on(address_of("tcp://127.0.0.1:0"), listening, &text) == NCI_OK);
    listening.reset();
    CHECK(connect_to(address_of(text), client) == NCI_REFUSED);
    CHECK_THAT(nci_detail(), has_text(text));
    CHECK(connect_to(folder.address(), client) == NCI_REFUSED);
    CHECK_THAT(nci_detail(), has_text(folder.file()));
    CHECK(client.fd == -1);
}

TEST_CASE("a unix socket carries a connection, and says who is at the other end", "[net]")
{
    Folder folder;
    Fd listening, client, server;
    std::string text;
    REQUIRE(listen_on(folder.address(), listening, &text) == NCI_OK);
    CHECK(text == "unix:" + folder.file());
    CHECK(prepared(listening.fd));
    REQUIRE(connect_to(address_of(text), client) == NCI_OK);
    REQUIRE(accept_from(listening, server) == NCI_OK);
    char peer[NCI_PEER_SIZE];
    nci_socket_peer(server.fd, "tcp", peer, sizeof peer);
    CHECK(std::string(peer) == "unix: pid " + std::to_string(getpid()) + " uid " +
                                   std::to_string(geteuid()) + " gid " + std::to_string(getegid()));
    nci_socket_tune(server.fd, 7000); /* does not apply and does no harm */
}

TEST_CASE("the file of a unix socket has the mode asked for, whatever the umask", "[net]")
{
    mode_t old = umask(0077);
    for (int mode : {0600, 0660, 0666, 0200}) {
        Folder folder;
        Fd listening;
        CHECK(listen_on(folder.address(), listening, nullptr, mode) == NCI_OK);
        CHECK(mode_of(folder.file()) == (mode_t)mode);
    }
    umask(old);
}

TEST_CASE("a stale unix socket is replaced, one in use is not", "[net]")
{
    Folder folder;
    Fd listening, second, client, server;
    REQUIRE(listen_on(folder.address(), listening) == NCI_OK);
    CHECK(listen_on(folder.address(), second) == NCI_EXISTS);
    CHECK_THAT(nci_detail(), has_text("in use"));
    REQUIRE(connect_to(folder.address(), client) == NCI_OK); /* it works on */
    listening.reset();                                       /* as a killed process leaves it */
    REQUIRE(mode_of(folder.file()) != 0);
    REQUIRE(listen_on(folder.address(), second) == NCI_OK);
    client.reset();
    REQUIRE(connect_to(folder.address(), client) == NCI_OK);
    CHECK(accept_from(second, server) == NCI_OK);
}

TEST_CASE("a file that is no socket is never replaced", "[net]")
{
    Folder folder;
    Fd listening, file;
    file.fd = open(folder.file().c_str(), O_CREAT | O_WRONLY, 0600);
    REQUIRE(file.fd >= 0);
    CHECK(listen_on(folder.address(), listening) == NCI_EXISTS);
    CHECK_THAT(nci_detail(), has_text("not a socket"));
    CHECK(mode_of(folder.file()) == 0600);
    unlink(folder.file().c_str());
    REQUIRE(symlink("/nowhere/at/all", folder.file().c_str()) == 0);
    CHECK(listen_on(folder.address(), listening) == NCI_EXISTS);
    CHECK(listen_on(address_of("unix:" + folder.path + "/none/socket"), listening) == NCI_IO);
    CHECK_THAT(nci_detail(), has_text("no such directory"));
}

TEST_CASE("a datagram socket's file is not taken for a stale one", "[net]")
{
    Folder folder;
    Fd datagrams, listening;
    struct sockaddr_un name;
    memset(&name, 0, sizeof name);
    name.sun_family = AF_UNIX;
    strcpy(name.sun_path, folder.file().c_str());
    datagrams.fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    REQUIRE(bind(datagrams.fd, (struct sockaddr *)&name, sizeof name) == 0);
    CHECK(listen_on(folder.address(), listening) == NCI_EXISTS);
}

TEST_CASE("the end of a listener removes its file, but not a later owner's", "[net]")
{
    Folder folder;
    nci_address address = folder.address();
    Fd first, second;
    REQUIRE(listen_on(address, first) == NCI_OK);
    nci_socket_unlink(&address, first.fd);
    CHECK(mode_of(folder.file()) == 0);
    first.reset();
    REQUIRE(listen_on(address, first) == NCI_OK);
    unlink(folder.file().c_str());
    REQUIRE(listen_on(address, second) == NCI_OK);
    nci_socket_unlink(&address, first.fd);
    CHECK(mode_of(folder.file()) == 0600);
    Fd client;
    CHECK(connect_to(address, client) == NCI_OK);
}

TEST_CASE("a listening descriptor from elsewhere is served, any other is a usage error",
          "[net][S15.3][S15.5]")
{
    Folder folder;
    Fd listening, client, server, adopted;
    std::string text;
    listening.fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any;
    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(listening.fd, (struct sockaddr *)&any, sizeof any) == 0);
    std::string url = "fd:" + std::to_string(listening.fd);
    CHECK(listen_on(address_of(url), adopted) == NCI_USAGE); /* it does not listen yet */
    CHECK_FALSE(prepared(listening.fd));
    REQUIRE(listen(listening.fd, 5) == 0);
    REQUIRE(listen_on(address_of(url), adopted, &text) == NCI_OK);
    CHECK(adopted.fd == listening.fd);
    listening.fd = -1;
    CHECK(prepared(adopted.fd));
    CHECK_THAT(text, has_text("tcp://127.0.0.1:"));
    REQUIRE(connect_to(address_of(text), client) == NCI_OK);
    CHECK(accept_from(adopted, server) == NCI_OK);
    Fd none;
    CHECK(listen_on(address_of("fd:" + std::to_string(client.fd)), none) == NCI_USAGE);
    CHECK(listen_on(address_of("fd:99999"), none) == NCI_USAGE);
    Fd path, again;
    REQUIRE(listen_on(folder.address(), path) == NCI_OK);
    REQUIRE(listen_on(address_of("fd:" + std::to_string(path.fd)), again, &text) == NCI_OK);
    again.fd = -1;
    CHECK(text == "unix:" + folder.file());
}

TEST_CASE("a connected stream socket is adopted", "[net][S15.3]")
{
    Fd ends[2], from;
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    ends[0].fd = pair[0];
    ends[1].fd = pair[1];
    CHECK(nci_socket_adopt(ends[0].fd) == NCI_OK);
    CHECK(prepared(ends[0].fd));
    CHECK_FALSE(prepared(ends[1].fd));
    /* It is connected already, so it is adopted and not connected. */
    nci_address address = address_of("fd:" + std::to_string(ends[1].fd));
    CHECK(nci_socket_connect(&address, 0, nullptr, &from.fd) == NCI_URL);
    CHECK_FALSE(prepared(ends[1].fd));
    char peer[NCI_PEER_SIZE];
    nci_socket_peer(ends[0].fd, "tcp", peer, sizeof peer);
    CHECK_THAT(peer, has_text("unix: pid "));
}

TEST_CASE("what is no connected stream socket is not adopted and not changed", "[net][S15.5]")
{
    Fd unconnected, datagrams[2], pipes[2], file;
    int pair[2];
    unconnected.fd = socket(AF_INET, SOCK_STREAM, 0);
    REQUIRE(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair) == 0);
    datagrams[0].fd = pair[0];
    datagrams[1].fd = pair[1];
    REQUIRE(pipe(pair) == 0);
    pipes[0].fd = pair[0];
    pipes[1].fd = pair[1];
    file.fd = open("/dev/null", O_RDWR);
    for (int fd : {unconnected.fd, datagrams[0].fd, pipes[0].fd, file.fd}) {
        CHECK(nci_socket_adopt(fd) == NCI_USAGE);
        CHECK_THAT(nci_detail(), has_text("descriptor " + std::to_string(fd)));
        CHECK_FALSE((fcntl(fd, F_GETFL) & O_NONBLOCK));
        CHECK_FALSE((fcntl(fd, F_GETFD) & FD_CLOEXEC));
    }
    CHECK(nci_socket_adopt(-1) == NCI_USAGE);
    CHECK(nci_socket_adopt(99999) == NCI_USAGE);
    char peer[NCI_PEER_SIZE];
    nci_socket_peer(unconnected.fd, "tcp", peer, sizeof peer);
    CHECK(std::string(peer) == "unknown");
}

TEST_CASE("a tls address is a TCP one with another name", "[net]")
{
    Fd listening, client;
    nci_address address = address_of("tls://127.0.0.1:0");
    char text[NCI_PEER_SIZE];
    REQUIRE(nci_socket_listen(&address, 0, NCI_FOREVER, nullptr, &listening.fd, text) == NCI_OK);
    CHECK_THAT(text, has_text("tls://127.0.0.1:"));
    CHECK_FALSE(nci_socket_is_local(listening.fd));
    address = address_of(text);
    REQUIRE(nci_socket_connect(&address, NCI_FOREVER, nullptr, &client.fd) == NCI_OK);
    char peer[NCI_PEER_SIZE];
    nci_socket_peer(client.fd, "tls", peer, sizeof peer);
    CHECK(std::string(peer) == text);
}

TEST_CASE("a connection has no delay and is kept alive", "[net]")
{
    Fd listening, client;
    std::string text;
    REQUIRE(listen_on(address_of("tcp://127.0.0.1:0"), listening, &text) == NCI_OK);
    REQUIRE(connect_to(address_of(text), client) == NCI_OK);
    nci_socket_tune(client.fd, 500);
    int set = 0;
    socklen_t length = sizeof set;
    REQUIRE(getsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &set, &length) == 0);
    CHECK(set != 0);
    REQUIRE(getsockopt(client.fd, SOL_SOCKET, SO_KEEPALIVE, &set, &length) == 0);
    CHECK(set != 0);
    REQUIRE(getsockopt(client.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &set, &length) == 0);
    CHECK(set == 1000);
}

TEST_CASE("a connection attempt that nobody answers ends at its deadline, or with its token",
          "[net][S14.1][S14.5]")
{
    /* A listener whose backlog is full lets further attempts hang. */
    Fd listening, fill[8], last;
    listening.fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in any;
    memset(&any, 0, sizeof any);
    any.sin_family = AF_INET;
    any.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof any;
    REQUIRE(bind(listening.fd, (struct sockaddr *)&any, sizeof any) == 0);
    REQUIRE(listen(listening.fd, 0) == 0);
    REQUIRE(getsockname(listening.fd, (struct sockaddr *)&any, &length) == 0);
    nci_address address = address_of("tcp://127.0.0.1:" + std::to_string(ntohs(any.sin_port)));
    int filled = 0;
    while (filled < 8 && connect_to(address, fill[filled], 300) == NCI_OK)
        filled++;
    REQUIRE(filled < 8);
    int64_t begun = nci_clock_now();
    CHECK(connect_to(address, last, 60) == NCI_TIMEOUT);
    CHECK(nci_clock_now() - begun >= 60 * NCI_MS);
    CHECK_THAT(nci_detail(), has_text("tcp://127.0.0.1"));
    CHECK(connect_to(address, last, 0) == NCI_TIMEOUT);
    nci_cancel *cancel = nullptr;
    REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    std::atomic<int> status{1};
    std::thread waiting([&] {
        int fd = -1;
        status = nci_socket_connect(&address, NCI_FOREVER, cancel, &fd);
    });
    nci_cancel_fire(cancel);
    waiting.join();
    CHECK(status == NCI_INTERRUPTED);
    nci_cancel_unref(cancel);
    CHECK(last.fd == -1);
}

TEST_CASE("a plain transport never blocks, and tells end of file from failure", "[net]")
{
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    nci_transport *one = nullptr, *two = nullptr;
    for (int fd : pair)
        REQUIRE(nci_socket_adopt(fd) == NCI_OK);
    REQUIRE(nci_plain_new(pair[0], &one) == NCI_OK);
    REQUIRE(nci_plain_new(pair[1], &two) == NCI_OK);
    std::string big(1 << 20, 'b'), got(1 << 20, 0);
    CHECK(two->ops->read(two, &got[0], got.size()) == NCI_TRANSPORT_AGAIN);
    CHECK(one->ops->write(one, "hello", 5) == 5);
    CHECK(two->ops->read(two, &got[0], got.size()) == 5);
    CHECK(got.substr(0, 5) == "hello");
    ssize_t put = one->ops->write(one, big.data(), big.size());
    CHECK(put > 0);
    CHECK(put < (ssize_t)big.size());
    while (one->ops->write(one, big.data(), big.size()) > 0)
        ;
    CHECK(one->ops->write(one, big.data(), big.size()) == NCI_TRANSPORT_AGAIN);
    CHECK(one->ops->unsent(one) > 0);
    while (two->ops->read(two, &got[0], got.size()) > 0)
        ;
    CHECK(one->ops->unsent(one) == 0);
    one->ops->finish(one);
    one->ops->finish(one);
    CHECK(two->ops->read(two, &got[0], got.size()) == 0);
    CHECK(two->ops->write(two, "still", 5) == 5); /* only the other half was closed */
    CHECK(one->ops->read(one, &got[0], got.size()) == 5);
    CHECK(one->ops->write(one, "no", 2) == NCI_LOST); /* and no SIGPIPE */
    CHECK_THAT(nci_detail(), has_text("writing failed"));
    two->ops->close(two);
    CHECK(one->ops->read(one, &got[0], got.size()) == 0);
    one->ops->close(one);
}

TEST_CASE("a plain transport gathers parts in their order", "[net]")
{
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    for (int fd : pair)
        REQUIRE(nci_socket_adopt(fd) == NCI_OK);
    nci_transport *one = nullptr;
    REQUIRE(nci_plain_new(pair[0], &one) == NCI_OK);
    std::string head = "head", big(1 << 20, 'b'), tail = "tail", got(1 << 20, 0);
    const iovec small[] = {{&head[0], 4}, {&tail[0], 4}};
    CHECK(one->ops->gather(one, small, 2) == 8);
    CHECK(recv(pair[1], &got[0], got.size(), 0) == 8);
    CHECK(got.substr(0, 8) == "headtail");
    const iovec large[] = {{&head[0], 4}, {&big[0], big.size()}, {&tail[0], 4}};
    ssize_t put = one->ops->gather(one, large, 3);
    CHECK(put > 4);
    CHECK(put < (ssize_t)big.size());
    while (one->ops->gather(one, large, 3) > 0)
        ;
    CHECK(one->ops->gather(one, large, 3) == NCI_TRANSPORT_AGAIN);
    CHECK(recv(pair[1], &got[0], 5, 0) == 5);
    CHECK(got.substr(0, 5) == "headb");
    close(pair[1]);
    CHECK(one->ops->gather(one, small, 2) == NCI_LOST); /* and no SIGPIPE */
    one->ops->close(one);
}

TEST_CASE("a failed write leaves what has arrived readable", "[net][S11.9]")
{
    int pair[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    REQUIRE(nci_socket_adopt(pair[0]) == NCI_OK);
    nci_transport *one = nullptr;
    REQUIRE(nci_plain_new(pair[0], &one) == NCI_OK);
    REQUIRE(send(pair[1], "last words", 10, 0) == 10);
    close(pair[1]);
    CHECK(one->ops->write(one, "x", 1) == NCI_LOST);
    char got[32];
    CHECK(one->ops->read(one, got, sizeof got) == 10);
    CHECK(one->ops->read(one, got, sizeof got) == 0);
    one->ops->close(one);
}
