/* SPDX-License-Identifier: MIT */
/*
 * A peer that speaks the protocol by hand over a plain socket: it says only what a test writes, and
 * reads what the library said frame by frame. So a test can withhold an acknowledgement, break a
 * rule, or look at what stands on the wire.
 */
#ifndef NETCHAN_TESTS_ABI_RAW_PEER_HPP
#define NETCHAN_TESTS_ABI_RAW_PEER_HPP

#include "owners.hpp"

#include <cstring>

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/un.h>

namespace abi
{

struct Frame {
    std::string kind; /* "eof", "reset" or "nothing" when there was no frame */
    std::vector<int64_t> n;
    std::string payload;

    /* Kind and numbers without the length: "ack 1 3 2". */
    std::string head() const
    {
        std::string text = kind;
        for (int64_t number : n)
            text += " " + std::to_string(number);
        return text;
    }
    /* A string member of the payload. */
    std::string member(const std::string &name) const
    {
        netchan_value *value = nullptr;
        if (netchan_value_new(payload.data(), payload.size(), &value))
            return "(no value)";
        return Value(value)[name].string();
    }
    int64_t number(const std::string &name) const
    {
        netchan_value *value = nullptr;
        if (netchan_value_new(payload.data(), payload.size(), &value))
            return INT64_MIN;
        return Value(value)[name].integer();
    }
};

using Frames = std::vector<Frame>;

inline std::string heads(const Frames &frames, const std::string &kind = "")
{
    std::string all;
    for (const Frame &frame : frames) {
        if (kind.empty() || frame.kind == kind)
            all += (all.empty() ? "" : ", ") + frame.head();
    }
    return all;
}

inline size_t count_of(const Frames &frames, const std::string &kind)
{
    size_t count = 0;
    for (const Frame &frame : frames)
        count += frame.kind == kind;
    return count;
}

/* The limits of a peer that has no reason to refuse anything; silence 0: it answers no pings. */
inline std::string hello_text(const std::string &role, int64_t value = 4194304, int64_t silence = 0)
{
    return "{\"netchan\":[1,1],\"role\":\"" + role +
           "\",\"limits\":{\"value\":" + std::to_string(value) +
           ",\"depth\":64,\"frame\":65536,\"streams\":1024,\"size\":65536,"
           "\"window\":67108864},\"silence\":" +
           std::to_string(silence) + ",\"features\":[],\"agent\":\"raw\",\"session\":\"\"}";
}

class RawPeer
{
  public:
    explicit RawPeer(int descriptor) : fd(descriptor)
    {
    }
    RawPeer(RawPeer &&other) noexcept
        : fd(std::exchange(other.fd, -1)), input(std::move(other.input)), at(other.at),
          pings(other.pings)
    {
    }
    ~RawPeer()
    {
        close();
    }
    void close()
    {
        if (fd >= 0)
            ::close(std::exchange(fd, -1));
    }
    /* The connection is reset instead of ended. */
    void reset()
    {
        struct linger hard = {1, 0};
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
        close();
    }
    void stop_writing()
    {
        shutdown(fd, SHUT_WR);
    }
    int descriptor() const
    {
        return fd;
    }

    /* ---- out ---- */

    /* False: the other side is gone, or takes nothing for that long. */
    bool put(const std::string &bytes, int64_t ms = PLENTY)
    {
        size_t sent = 0;
        while (sent < bytes.size()) {
            struct pollfd ready = {fd, POLLOUT, 0};
            if (poll(&ready, 1, (int)ms) <= 0)
                return false;
            ssize_t now =
                ::send(fd, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL | MSG_DONTWAIT);
            if (now < 0 && errno != EAGAIN && errno != EINTR)
                return false;
            if (now > 0)
                sent += (size_t)now;
        }
        return true;
    }
    static std::string frame(const std::string &kind, const std::vector<int64_t> &numbers,
                             const std::string &payload = "")
    {
        std::string text = "[\"" + kind + "\"";
        for (int64_t number : numbers)
            text += "," + std::to_string(number);
        return text + "," + std::to_string(payload.size()) + "]\n" + payload + "\n";
    }
    bool say(const std::string &kind, const std::vector<int64_t> &numbers,
             const std::string &payload = "")
    {
        return put(frame(kind, numbers, payload));
    }
    void bind(int64_t id, const std::string &name, const std::string &direction, int64_t size,
              int64_t count = -1, int64_t window = 4194304)
    {
        say("bind", {id},
            "{\"name\":\"" + name + "\",\"direction\":\"" + direction +
                "\",\"size\":" + std::to_string(size) + ",\"window\":" + std::to_string(window) +
                ",\"count\":" + std::to_string(count) + ",\"wait\":0}");
    }
    void bound(int64_t id, int64_t size, int64_t count = -1, int64_t window = 4194304)
    {
        say("bound", {id},
            "{\"size\":" + std::to_string(size) + ",\"window\":" + std::to_string(window) +
                ",\"count\":" + std::to_string(count) + "}");
    }
    /* Values first to last, which are their own numbers in the stream. */
    void data(int64_t id, int64_t first, int64_t last)
    {
        std::string all;
        for (int64_t seq = first; seq <= last; seq++)
            all += frame("data", {id, seq}, std::to_string(seq));
        put(all);
    }

    /* ---- in ---- */

    Frame read(int64_t ms = PLENTY)
    {
        int64_t deadline = now_ms() + ms;
        Frame frame;
        while (!cut(frame)) {
            int64_t left = deadline - now_ms();
            struct pollfd ready = {fd, POLLIN, 0};
            if (poll(&ready, 1, left < 0 ? 0 : (int)left) <= 0)
                return {"nothing", {}, ""};
            char bytes[65536];
            ssize_t now = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
            if (now == 0)
                return {"eof", {}, ""};
            if (now < 0 && errno != EAGAIN && errno != EINTR)
                return {"reset", {}, ""};
            if (now > 0)
                input.append(bytes, (size_t)now);
        }
        return frame;
    }
    /* The next frame of that kind; others are passed over. */
    Frame expect(const std::string &kind, int64_t ms = PLENTY)
    {
        for (;;) {
            Frame next = read(ms);
            if (next.kind == kind || next.kind == "eof" || next.kind == "reset" ||
                next.kind == "nothing")
                return next;
        }
    }
    /* Everything up to the end of the connection, the end included. */
    Frames read_all(int64_t ms = PLENTY)
    {
        Frames all;
        do
            all.push_back(read(ms));
        while (all.back().kind != "eof" && all.back().kind != "reset" &&
               all.back().kind != "nothing");
        return all;
    }
    /* Everything the library has to say now: it has answered three pings, and has had a turn to
     * write between them. */
    Frames settle()
    {
        Frames all;
        for (int round = 0; round < 3; round++) {
            say("ping", {++pings});
            for (;;) {
                Frame next = read();
                if (next.kind == "pong" && next.n == std::vector<int64_t>{pings})
                    break;
                all.push_back(next);
                if (next.kind == "eof" || next.kind == "reset" || next.kind == "nothing")
                    return all;
            }
        }
        return all;
    }

  private:
    bool cut(Frame &frame)
    {
        size_t end = input.find('\n', at);
        if (end == std::string::npos)
            return forget_read();
        std::string header = input.substr(at, end - at);
        size_t quote = header.find('"', 2);
        if (header.compare(0, 2, "[\"") != 0 || quote == std::string::npos || header.back() != ']')
            throw std::runtime_error("the library wrote a bad header: " + header);
        std::vector<int64_t> numbers;
        for (size_t comma = quote + 1; header[comma] == ',';
             comma = header.find_first_of(",]", comma + 1))
            numbers.push_back(std::strtoll(header.c_str() + comma + 1, nullptr, 10));
        size_t length = (size_t)numbers.back();
        if (input.size() < end + 1 + length + 1)
            return forget_read();
        numbers.pop_back();
        frame = {header.substr(2, quote - 2), numbers, input.substr(end + 1, length)};
        if (input[end + 1 + length] != '\n')
            throw std::runtime_error("the library wrote no line feed behind " + header);
        at = end + 1 + length + 1;
        return true;
    }
    bool forget_read()
    {
        input.erase(0, at);
        at = 0;
        return false;
    }

    int fd;
    std::string input;
    size_t at = 0;
    int64_t pings = 0;
};

/* ---- the two roles over a socketpair, greeted ---- */

/* A raw importer of an exporter of the library. */
inline RawPeer raw_importer(Exporter &exporter, const std::string &hello = hello_text("importer"))
{
    auto fds = socket_pair();
    demand(netchan_exporter_serve_fd(exporter, fds.first), "serve_fd");
    RawPeer peer(fds.second);
    peer.say("hello", {}, hello);
    if (peer.read().kind != "hello")
        throw std::runtime_error("the exporter did not greet");
    return peer;
}

/* A raw exporter, and the library's importer on the other end. */
struct RawExporter {
    explicit RawExporter(const Settings &settings = {}) : RawExporter(socket_pair(), settings)
    {
    }
    /* The end of input lets the importer's end be quick. */
    ~RawExporter()
    {
        raw.stop_writing();
    }
    /* Binds by a call that needs this side's answer, which is given here. */
    std::string import(const std::string &name, const Channel &channel, int direction,
                       int64_t size = 100, int64_t count = -1, const Settings &settings = {})
    {
        Settings all = settings;
        all.push_back({"async", "yes"});
        std::string said = importer.import(name, channel, direction, size, count, all);
        if (said != "ok")
            return said;
        Frame bind = raw.expect("bind");
        raw.bound(bind.n.at(0), size, count, bind.number("window"));
        return eventually([&] { return importer.stream(name, "size") == size; }) ? "ok" : "unbound";
    }
    RawPeer raw;
    Importer importer;

  private:
    RawExporter(std::pair<int, int> fds, const Settings &settings) : raw(fds.second)
    {
        Options options(settings);
        raw.say("hello", {}, hello_text("exporter"));
        demand(netchan_importer_from_fd(fds.first, options, PLENTY, nullptr, importer.out()),
               "from_fd");
        if (raw.read().kind != "hello")
            throw std::runtime_error("the importer did not greet");
    }
};

/* A plain TCP connection to tcp://127.0.0.1:PORT. */
inline int plain_connect(const std::string &url)
{
    size_t colon = url.rfind(':');
    struct sockaddr_in name = {};
    name.sin_family = AF_INET;
    name.sin_port = htons((uint16_t)std::atoi(url.c_str() + colon + 1));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || ::connect(fd, (struct sockaddr *)&name, sizeof name))
        throw std::runtime_error("cannot connect to " + url);
    return fd;
}

/* The same as raw_importer over TCP, which alone knows a reset. */
inline RawPeer raw_tcp_importer(Exporter &exporter)
{
    RawPeer peer(plain_connect(exporter.listens_on(Way::tcp)));
    peer.say("hello", {}, hello_text("importer"));
    if (peer.read().kind != "hello")
        throw std::runtime_error("the exporter did not greet");
    return peer;
}

} // namespace abi

#endif
