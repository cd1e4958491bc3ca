/* SPDX-License-Identifier: MIT */
/*
 * Attackers that write and never read: each kind has what it says first on a connection, and what it
 * says again and again, as fast as it is told to. When its connection ends it makes a new one.
 */
#ifndef NETCHAN_TESTS_ABI_FLOODS_HPP
#define NETCHAN_TESTS_ABI_FLOODS_HPP

#include "raw_peer.hpp"

#include <netinet/tcp.h>

namespace floods
{

using namespace abi;

struct Flood {
    const char *name, *row;
    bool greets;
    int64_t rate;  /* units a second: ten times and more what the budgets allow */
    int64_t fresh; /* a new connection after so many units; 0: never */
    int64_t kept;  /* connections that are kept open beside the newest */
    int64_t kib;   /* resident memory that it may cost */
    std::string (*unit)(int64_t number); /* counted from 1 on each connection */
};

inline std::string bind_text(const std::string &name)
{
    return "{\"name\":\"" + name +
           "\",\"direction\":\"send\",\"size\":1,\"window\":100,\"count\":-1,\"wait\":0}";
}

/* A byte of an endless row of frames that the library skips. */
inline std::string one_byte(int64_t number)
{
    static const std::string frame = RawPeer::frame("nonsense", {1}, "xxxxxxxxxxxxxxxxxxxxxxxx");
    return frame.substr((size_t)(number - 1) % frame.size(), 1);
}

inline std::string junk(int64_t number)
{
    std::string bytes;
    for (uint64_t i = 0, x = (uint64_t)number * 2654435761u + 1; i < 64; i++) {
        x ^= x << 13, x ^= x >> 7, x ^= x << 17;
        bytes += (char)x;
    }
    return bytes;
}

const Flood all[] = {
    {"pings", "F4", true, 10000, 0, 0, 512,
     [](int64_t number) { return RawPeer::frame("ping", {number}); }},
    {"lists", "F4", true, 2000, 0, 0, 512, [](int64_t) { return RawPeer::frame("list", {0}); }},
    {"binds and hangups", "F5", true, 1000, 0, 0, 2048,
     [](int64_t number) {
         return RawPeer::frame("bind", {number}, bind_text("in")) +
                RawPeer::frame("hangup", {number, 0});
     }},
    {"binds", "F6", true, 1000, 0, 0, 3072,
     [](int64_t number) { return RawPeer::frame("bind", {number}, bind_text("in")); }},
    {"frames without effect", "F7", true, 10000, 0, 0, 512,
     [](int64_t number) { return RawPeer::frame("pong", {number}); }},
    {"unknown frames", "F7", true, 10000, 0, 0, 512,
     [](int64_t number) { return RawPeer::frame("nonsense", {number}, "x"); }},
    {"one byte at a time", "F3", true, 5000, 0, 0, 512, one_byte},
    {"values without credit", "F1", true, 300, 1, 0, 3072,
     [](int64_t) {
         return RawPeer::frame("bind", {1}, bind_text("in")) + RawPeer::frame("data", {1, 1}, "1") +
                RawPeer::frame("data", {1, 2}, "2");
     }},
    {"junk", "F9", false, 300, 1, 0, 3072, junk},
    {"connections that say nothing", "F8", false, 300, 1, 1500, 8192,
     [](int64_t) { return std::string(); }},
    {"greetings that never end", "F8", false, 300, 1, 1500, 8192,
     [](int64_t) { return std::string("[\"hello\",6"); }},
};

class Attacker
{
  public:
    Attacker(const std::string &address, const Flood &what) : url(address), flood(what)
    {
    }
    ~Attacker()
    {
        leave();
        for (int one : kept)
            ::close(one);
    }
    Attacker(const Attacker &) = delete;
    Attacker &operator=(const Attacker &) = delete;

    void units(int64_t count)
    {
        for (; count > 0; count--) {
            if (fd < 0)
                begin();
            said++;
            if (!put(flood.unit(++number)) || number == flood.fresh)
                leave();
        }
    }
    int64_t said = 0, connections = 0, passed_over = 0;

  private:
    void begin()
    {
        int on = 1, small = 4096;
        fd = plain_connect(url);
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small,
                   sizeof small); /* what it is told stays there */
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        connections++;
        number = 0;
        if (flood.greets)
            (void)put(RawPeer::frame("hello", {}, hello_text("importer")));
    }
    /* False: the connection has ended. What it does not take now is dropped, with the connection:
     * half a frame is no flood of frames. */
    bool put(const std::string &bytes)
    {
        if (bytes.empty())
            return true;
        ssize_t sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        passed_over += sent >= 0 && (size_t)sent < bytes.size();
        if (sent < 0 && (errno == EAGAIN || errno == EINTR)) {
            struct pollfd ready = {fd, POLLOUT, 0};
            passed_over++;
            return poll(&ready, 1, 1000) == 1 && put(bytes);
        }
        return sent == (ssize_t)bytes.size();
    }
    void leave()
    {
        if (fd < 0)
            return;
        if (flood.kept) {
            kept.push_back(fd);
            if ((int64_t)kept.size() > flood.kept) {
                ::close(kept.front());
                kept.erase(kept.begin());
            }
        } else {
            ::close(fd);
        }
        fd = -1;
    }
    const std::string url;
    const Flood &flood;
    int fd = -1;
    int64_t number = 0;
    std::vector<int> kept;
};

} // namespace floods

#endif
