/* SPDX-License-Identifier: MIT */
/*
 * Descriptors: those that a program brings along, those that a channel has for event loops, socket
 * files, and too few of them.
 */
#include "catch_shim.hpp"

#include "process.hpp"
#include "raw_peer.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

using namespace abi;
using netchan_test::has_text;

namespace
{

bool readable(int fd, int64_t ms = 0)
{
    struct pollfd ready = {fd, POLLIN, 0};
    return poll(&ready, 1, (int)ms) == 1 && (ready.revents & POLLIN);
}

bool values_pass(Exporter &exporter, Importer &importer)
{
    Channel sent(3), got(0);
    return exporter.publish("c", sent, NETCHAN_SEND) == "ok" &&
           importer.import("c", got, NETCHAN_RECV) == "ok" && sent.send_range(1, 3) == "ok" &&
           got.take(3) == "1 2 3 " && exporter.hangup("c") == "ok";
}

int plain_listener(int backlog)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || ::bind(fd, (struct sockaddr *)&name, sizeof name) || listen(fd, backlog))
        throw std::runtime_error("listen");
    return fd;
}

} // namespace

TEST_CASE("connected descriptors are served and imported over, and belong to the library then",
          "[abi][S15.1][S15.2][S15.3][S15.4]")
{
    int fds[2];
    SECTION("of a socketpair")
    {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
    }
    SECTION("accepted by somebody else, as from inetd")
    {
        int listening = plain_listener(1);
        struct sockaddr_in name;
        socklen_t length = sizeof name;
        REQUIRE(getsockname(listening, (struct sockaddr *)&name, &length) == 0);
        fds[1] = plain_connect("tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port)));
        fds[0] = accept(listening, nullptr, nullptr);
        ::close(listening);
    }
    {
        Exporter exporter;
        REQUIRE(netchan_exporter_serve_fd(exporter, fds[0]) == 0);
        netchan_importer *made = nullptr;
        REQUIRE(netchan_importer_from_fd(fds[1], nullptr, PLENTY, nullptr, &made) == 0);
        Importer importer(made);
        CHECK((fcntl(fds[0], F_GETFD) & FD_CLOEXEC) != 0);
        CHECK((fcntl(fds[0], F_GETFL) & O_NONBLOCK) != 0);
        CHECK(values_pass(exporter, importer));
    }
    CHECK(fcntl(fds[0], F_GETFD) < 0); /* the library closed them */
    CHECK(fcntl(fds[1], F_GETFD) < 0);
}

TEST_CASE("an inherited listening socket is an address, as from systemd", "[abi][S15.3][S15.4]")
{
    int listening = plain_listener(10);
    {
        Exporter exporter;
        REQUIRE(exporter.listen("fd:" + std::to_string(listening)) == "ok");
        CHECK(exporter.address().compare(0, 16, "tcp://127.0.0.1:") == 0);
        Importer importer = connect(exporter.address());
        CHECK(values_pass(exporter, importer));
        /* A connected socket is no listening one. */
        auto fds = socket_pair();
        CHECK(exporter.listen("fd:" + std::to_string(fds.first)) == "usage");
        CHECK(::close(fds.first) == 0);
        ::close(fds.second);
    }
    CHECK(fcntl(listening, F_GETFD) < 0);
}

TEST_CASE("an importer connects over a descriptor by its address", "[abi][S15.2]")
{
    auto fds = socket_pair();
    Exporter exporter;
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    Importer importer = connect("fd:" + std::to_string(fds.second));
    CHECK(values_pass(exporter, importer));
}

TEST_CASE("a channel's descriptors are readable exactly while it is ready", "[abi]")
{
    Channel channel(2);
    int to_recv = netchan_channel_fd(channel, NETCHAN_RECV),
        to_send = netchan_channel_fd(channel, NETCHAN_SEND);
    REQUIRE(to_recv >= 0);
    REQUIRE(to_send >= 0);
    CHECK(netchan_channel_fd(channel, NETCHAN_RECV) == to_recv);
    CHECK_FALSE(readable(to_recv));
    CHECK(readable(to_send));
    REQUIRE(channel.send(1) == "ok");
    CHECK(readable(to_recv));
    CHECK(readable(to_recv)); /* level, not edge */
    REQUIRE(channel.send(2) == "ok");
    CHECK_FALSE(readable(to_send));
    CHECK(channel.next() == "1");
    CHECK(readable(to_send));
    CHECK(readable(to_recv));
    CHECK(channel.next() == "2");
    CHECK_FALSE(readable(to_recv));
    channel.close();
    CHECK(readable(to_recv)); /* its end is to be told, by either call */
    CHECK(readable(to_send));
    CHECK(channel.next(0) == "closed");
    CHECK(readable(to_recv));

    Channel direct(0);
    to_recv = netchan_channel_fd(direct, NETCHAN_RECV);
    to_send = netchan_channel_fd(direct, NETCHAN_SEND);
    CHECK_FALSE(readable(to_send));
    auto receiving = background([&] { return direct.next(); });
    CHECK(readable(to_send, PLENTY)); /* a receiver waits */
    CHECK_FALSE(readable(to_recv));
    CHECK(direct.send(1, 0) == "ok");
    CHECK(receiving.result() == "1");
    CHECK_FALSE(readable(to_send));
    auto sending = background([&] { return direct.send(2); });
    CHECK(readable(to_recv, PLENTY)); /* a sender waits */
    CHECK(direct.next(0) == "2");
    CHECK(sending.result() == "ok");
}

/* One thread, one poll, both ends of two channels: nothing ever waits but the poll. */
TEST_CASE("a poll loop sends and receives over links with calls that do not wait",
          "[abi][S4.1][S16.3]")
{
    Pair pair(GENERATE(Way::pair, Way::tcp));
    const int64_t count = 2000;
    Channel out(0), in(3), got(0), sent(2);
    REQUIRE(pair.exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(pair.exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 10) == "ok");
    REQUIRE(pair.importer.import("in", sent, NETCHAN_SEND, 10) == "ok");
    Channel *senders[] = {&out, &sent}, *receivers[] = {&got, &in};
    struct pollfd fds[4];
    for (int i = 0; i < 2; i++) {
        fds[i] = {netchan_channel_fd(*senders[i], NETCHAN_SEND), POLLIN, 0};
        fds[2 + i] = {netchan_channel_fd(*receivers[i], NETCHAN_RECV), POLLIN, 0};
    }
    int64_t next[2] = {1, 1}, last[2] = {0, 0};
    int ended = 0, idle = 0;
    while (ended < 2) {
        REQUIRE(poll(fds, 4, (int)PLENTY) > 0);
        bool moved = false;
        for (int i = 0; i < 2; i++) {
            if (fds[i].revents && next[i] <= count && senders[i]->send(next[i], 0) == "ok") {
                moved = true;
                if (next[i]++ == count) {
                    senders[i]->close();
                    fds[i].fd = -1;
                }
            }
            if (!fds[2 + i].revents)
                continue;
            std::string text = receivers[i]->next(0);
            moved |= text != "timeout";
            if (text == "closed") {
                fds[2 + i].fd = -1;
                ended++;
            } else if (text != "timeout") {
                REQUIRE(std::stoll(text) == ++last[i]);
            }
        }
        idle += !moved;
    }
    CHECK(last[0] == count);
    CHECK(last[1] == count);
    CHECK(idle < count); /* ready was seldom said in vain */
}

TEST_CASE("a stale socket file is replaced, one in use and one of another kind are not", "[abi]")
{
    Folder folder;
    std::string path = folder.file("socket"), url = "unix:" + path;
    /* Left behind by a process that was killed. */
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un name = {};
    name.sun_family = AF_UNIX;
    std::strcpy(name.sun_path, path.c_str());
    REQUIRE(::bind(fd, (struct sockaddr *)&name, sizeof name) == 0);
    ::close(fd);
    {
        Exporter exporter, other;
        REQUIRE(exporter.listen(url) == "ok");
        CHECK(exporter.address() == url);
        CHECK(other.listen(url) == "exists");
        Importer importer = connect(url);
        CHECK(values_pass(exporter, importer));
    }
    CHECK(access(path.c_str(), F_OK) != 0); /* gone with its exporter */
    FILE *file = fopen(path.c_str(), "w");
    REQUIRE(file);
    fclose(file);
    Exporter exporter;
    CHECK(exporter.listen(url) == "exists");
    CHECK_THAT(netchan_error_text(), has_text(path));
    CHECK(access(path.c_str(), F_OK) == 0);
}

TEST_CASE("a socket file has the mode that was asked for", "[abi]")
{
    Folder folder;
    std::string path = folder.file("socket");
    struct stat info;
    mode_t before = umask(0);
    {
        Exporter exporter;
        REQUIRE(exporter.listen("unix:" + path) == "ok");
        REQUIRE(stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 07777) == 0600);
    }
    umask(077);
    {
        Exporter exporter({{"unix.mode", "0666"}});
        REQUIRE(exporter.listen("unix:" + path) == "ok");
        REQUIRE(stat(path.c_str(), &info) == 0);
        CHECK((info.st_mode & 07777) == 0666);
    }
    umask(before);
}

TEST_CASE("one exporter listens on several addresses at once", "[abi][S1.1]")
{
    Folder folder;
    Exporter exporter;
    REQUIRE(exporter.listen("tcp://127.0.0.1:0") == "ok");
    REQUIRE(exporter.listen("tcp://127.0.0.1:0") == "ok");
    REQUIRE(exporter.listen("unix:" + folder.file("socket")) == "ok");
    CHECK(exporter.address(0) != exporter.address(1));
    CHECK(exporter.address(3) == "(none)");
    for (size_t i = 0; i < 3; i++) {
        Importer importer = connect(exporter.address(i));
        CHECK(values_pass(exporter, importer));
    }
    if (exporter.listen("tcp://[::1]:0") == "ok") { /* where there is IPv6 */
        CHECK(exporter.address(3).compare(0, 12, "tcp://[::1]:") == 0);
        Importer importer = connect(exporter.address(3));
        CHECK(values_pass(exporter, importer));
    }
}

TEST_CASE("too few descriptors end no process, and are told", "[abi][row:M3][S13.5]")
{
    Exporter exporter;
    std::string url = exporter.listens_on(Way::tcp);
    Channel sent(10), got(0), errors = exporter.errors();
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
    struct rlimit before, tight;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    /* A descriptor for the test's own connection, and then none for the one that is accepted. */
    std::vector<int> fillers;
    int raw = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    tight = before;
    tight.rlim_cur = (rlim_t)raw + 1;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    for (int fd; (fd = dup(raw)) >= 0;)
        fillers.push_back(fd);
    struct sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = htons((uint16_t)std::atoi(url.c_str() + url.rfind(':') + 1));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int connected = ::connect(raw, (struct sockaddr *)&name, sizeof name);

    netchan_exporter *none = nullptr;
    netchan_cancel *token = nullptr;
    Channel local(1);
    int made = netchan_exporter_new(nullptr, &none);
    int cancel = netchan_cancel_new(&token);
    int fd = netchan_channel_fd(local, NETCHAN_RECV);
    int copied = netchan_importer_connect(url.c_str(), nullptr, 200, nullptr, nullptr);
    netchan_importer *gone = nullptr;
    int refused = netchan_importer_connect(url.c_str(), nullptr, 200, nullptr, &gone);
    std::string passes = sent.send(1) + " ";
    passes += got.next();
    Value entry;
    int told = netchan_channel_recv(errors, entry.out(), PLENTY, nullptr);
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);
    for (int filler : fillers)
        ::close(filler);
    netchan_exporter_unref(none);

    CHECK(connected == 0);
    CHECK((made == NETCHAN_OK || made == NETCHAN_NODESCRIPTOR)); /* the I/O thread runs already */
    CHECK(cancel == NETCHAN_NODESCRIPTOR);
    CHECK(fd == NETCHAN_NODESCRIPTOR);
    CHECK(copied == NETCHAN_USAGE);
    CHECK(refused == NETCHAN_NODESCRIPTOR);
    CHECK(passes == "ok 1"); /* the links that are there go on */
    REQUIRE(told == 0);
    CHECK(entry["code"].string() == "nodescriptor");
    /* With descriptors again the one that waited is served. */
    RawPeer peer(raw);
    peer.say("hello", {}, hello_text("importer"));
    CHECK(peer.expect("hello").kind == "hello");
    Importer later = connect(url);
    CHECK(values_pass(exporter, later));
}

/* The connections wait in the kernel meanwhile: each attempt to take one fails. */
TEST_CASE("a listener without descriptors costs nothing, and goes on when there are some",
          "[abi][row:M3][S13.5]")
{
    Way way = GENERATE(Way::tcp, Way::unix_socket);
    Exporter exporter;
    std::string url = exporter.listens_on(way);
    Channel errors = exporter.errors();
    Process peer; /* with descriptors of its own */
    struct rlimit before, tight;
    REQUIRE(getrlimit(RLIMIT_NOFILE, &before) == 0);
    tight = before;
    tight.rlim_cur = 64;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &tight) == 0);
    std::vector<int> fillers;
    for (int fd; (fd = dup(0)) >= 0;)
        fillers.push_back(fd);
    peer.tell("links 5 " + url);
    Value entry;
    int told = netchan_channel_recv(errors, entry.out(), PLENTY, nullptr);
    int64_t used = cpu_ms();
    rest_a_little(2000);
    used = cpu_ms() - used;
    size_t entries = errors.length();
    netchan_importer *refused = nullptr;
    int connected = netchan_importer_connect(url.c_str(), nullptr, 200, nullptr, &refused);
    for (int filler : fillers)
        ::close(filler);
    int64_t relieved = now_ms();
    std::string said = peer.line();
    int64_t took = now_ms() - relieved;
    REQUIRE(setrlimit(RLIMIT_NOFILE, &before) == 0);

    REQUIRE(told == 0);
    CHECK(entry["code"].string() == "nodescriptor");
    CHECK(entries == 0); /* it is told once, not with each attempt */
    CHECK(connected == NETCHAN_NODESCRIPTOR);
    CHECK(said == "ok 5");
    std::printf("without descriptors: %lld ms of processor time in 2 s; with some again all were "
                "served after %lld ms\n",
                (long long)used, (long long)took);
    CHECK(used <= 100);
    CHECK(took <= 1000);
    CHECK(peer.ask("bye") == "ok");
}
