/* SPDX-License-Identifier: MIT */
/*
 * A bad network in a thread: a TCP proxy in front of an exporter that delays, slices, throttles,
 * swallows, half closes, closes and resets, at a byte or at a word. It understands nothing of what
 * it passes on. Each way of a connection has its own rules; new connections begin with those that
 * were set last.
 */
#ifndef NETCHAN_TESTS_ABI_PROXY_HPP
#define NETCHAN_TESTS_ABI_PROXY_HPP

#include "raw_peer.hpp"

#include <algorithm>
#include <deque>
#include <mutex>

#include <netinet/tcp.h>
#include <sys/eventfd.h>

namespace abi
{

class Proxy
{
  public:
    /* The way of the bytes: from the importer to the exporter, or back. */
    enum Way { up = 0, down = 1 };
    enum End { close_both, reset_both };

    struct Rules {
        int64_t delay = 0;            /* ms */
        size_t slice = 65536;         /* bytes in one write */
        int64_t rate = 0;             /* bytes a second, 0: any */
        bool swallows = false;        /* bytes are taken and go nowhere */
        bool holds = false;           /* bytes are taken and wait */
        uint64_t cut_at = UINT64_MAX; /* so many bytes pass, then the connection ends */
        End end = close_both;         /* in this way */
    };

    explicit Proxy(const std::string &target) : Proxy(target, Rules())
    {
    }
    Proxy(const std::string &target, const Rules &first) : to_url(target)
    {
        rules[up] = rules[down] = first;
        struct sockaddr_in name = {};
        socklen_t length = sizeof name;
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        bell = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (listener < 0 || bell < 0 || bind(listener, (struct sockaddr *)&name, sizeof name) ||
            listen(listener, 64) || getsockname(listener, (struct sockaddr *)&name, &length))
            throw std::runtime_error("the proxy cannot listen");
        port = ntohs(name.sin_port);
        thread = std::thread([this] { run(); });
    }
    ~Proxy()
    {
        change([this] { stopping = true; });
        thread.join();
        for (auto &link : links)
            drop(*link, close_both);
        ::close(listener);
        ::close(bell);
    }
    Proxy(const Proxy &) = delete;
    Proxy &operator=(const Proxy &) = delete;

    std::string url() const
    {
        return "tcp://127.0.0.1:" + std::to_string(port);
    }
    /* For connections that are there, and those to come. */
    void set(const Rules &ways_up, const Rules &ways_down)
    {
        change([&] {
            rules[up] = ways_up;
            rules[down] = ways_down;
            for (auto &link : links) {
                for (int way : {up, down})
                    link->pipes[way].rules = rules[way];
            }
        });
    }
    void set(const Rules &both)
    {
        set(both, both);
    }
    /* Ends every connection. */
    void cut(End end)
    {
        change([&] {
            for (auto &link : links)
                drop(*link, end);
        });
    }
    /* No more bytes that way; what is under way arrives, then the end. */
    void half_close(Way way)
    {
        change([&] {
            for (auto &link : links)
                link->pipes[way].ended = true;
        });
    }
    uint64_t accepted()
    {
        std::lock_guard<std::mutex> hold(mutex);
        return count;
    }
    /* Connections that were ended by cut_at. */
    uint64_t ended()
    {
        std::lock_guard<std::mutex> hold(mutex);
        return cuts;
    }

  private:
    struct Chunk {
        int64_t due; /* us */
        std::string bytes;
    };
    struct Pipe {
        int from = -1, to = -1;
        Rules rules;
        std::deque<Chunk> chunks;
        size_t queued = 0;
        uint64_t passed = 0;
        int64_t free_at = 0;  /* us; the rate */
        bool ended = false;   /* nothing comes any more */
        bool shut = false;    /* and that was passed on */
        bool blocked = false; /* the other side takes nothing now */
    };
    struct Link {
        Pipe pipes[2];
        int fds[2] = {-1, -1}; /* the importer's, the exporter's */
        bool over = false;
    };
    /* Bytes that may wait in one way; on a narrow line a twentieth of a second's. */
    static size_t most(const Rules &rules)
    {
        return rules.rate ? (size_t)std::max<int64_t>(rules.rate / 20, 4096) : 4u << 20;
    }

    const std::string to_url;
    int listener = -1, bell = -1, port = 0;
    std::mutex mutex; /* everything below */
    Rules rules[2];
    std::vector<std::unique_ptr<Link>> links;
    uint64_t count = 0, cuts = 0;
    bool stopping = false;
    std::thread thread;

    static int64_t now_us()
    {
        auto now = std::chrono::steady_clock::now().time_since_epoch();
        return std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    }
    template <typename Change> void change(Change how)
    {
        {
            std::lock_guard<std::mutex> hold(mutex);
            how();
        }
        uint64_t one = 1;
        if (write(bell, &one, sizeof one) < 0)
            throw std::runtime_error("the proxy does not hear");
    }

    static void drop(Link &link, End end)
    {
        struct linger hard = {1, 0};
        for (int &fd : link.fds) {
            if (fd >= 0 && end == reset_both)
                setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
            if (fd >= 0)
                ::close(std::exchange(fd, -1));
        }
        link.over = true;
    }

    void take_in()
    {
        int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK), other = -1;
        if (fd < 0)
            return;
        try {
            other = plain_connect(to_url);
        } catch (const std::exception &) {
            ::close(fd); /* nobody is there */
            return;
        }
        links.emplace_back(new Link);
        Link &link = *links.back();
        int on = 1, least = 32768; /* a slow line must not hide in the system's buffers */
        link.fds[0] = fd;
        link.fds[1] = other;
        for (int one : link.fds) {
            fcntl(one, F_SETFL, fcntl(one, F_GETFL) | O_NONBLOCK);
            setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
            if (rules[up].rate || rules[down].rate)
                setsockopt(one, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
        }
        for (int way : {up, down}) {
            link.pipes[way].from = link.fds[way];
            link.pipes[way].to = link.fds[!way];
            link.pipes[way].rules = rules[way];
        }
        count++;
    }

    /* false: the connection is over. */
    bool read_some(Pipe &pipe, int64_t now)
    {
        char bytes[65536];
        ssize_t got = recv(pipe.from, bytes, sizeof bytes, 0);
        if (got < 0)
            return errno == EAGAIN || errno == EINTR;
        if (got == 0) {
            pipe.ended = true;
        } else if (!pipe.rules.swallows) {
            pipe.chunks.push_back({now + pipe.rules.delay * 1000, std::string(bytes, (size_t)got)});
            pipe.queued += (size_t)got;
        }
        return true;
    }

    static bool may_write(const Pipe &pipe, int64_t now)
    {
        return !pipe.chunks.empty() && !pipe.blocked && !pipe.rules.holds &&
               pipe.chunks.front().due <= now && pipe.free_at <= now;
    }

    /* false: the connection is over. */
    bool write_some(Pipe &pipe, int64_t now)
    {
        while (may_write(pipe, now)) {
            std::string &front = pipe.chunks.front().bytes;
            size_t most = std::min(front.size(), pipe.rules.slice);
            most = (size_t)std::min<uint64_t>(most, pipe.rules.cut_at - pipe.passed);
            ssize_t put = most ? ::send(pipe.to, front.data(), most, MSG_NOSIGNAL) : 0;
            if (put < 0 && errno != EAGAIN && errno != EINTR)
                return false;
            pipe.blocked = put < 0;
            if (put < 0)
                break;
            front.erase(0, (size_t)put);
            pipe.queued -= (size_t)put;
            pipe.passed += (uint64_t)put;
            if (front.empty())
                pipe.chunks.pop_front();
            if (pipe.rules.rate)
                pipe.free_at =
                    std::max(pipe.free_at, now - 20000) + (int64_t)put * 1000000 / pipe.rules.rate;
            if (pipe.passed >= pipe.rules.cut_at)
                return false;
        }
        if (pipe.ended && pipe.chunks.empty() && !pipe.shut) {
            shutdown(pipe.to, SHUT_WR);
            pipe.shut = true;
        }
        return true;
    }

    void serve(Link &link, int64_t now)
    {
        for (int way : {up, down}) {
            Pipe &pipe = link.pipes[way];
            bool goes_on = write_some(pipe, now);
            if (goes_on)
                continue;
            cuts += pipe.passed >= pipe.rules.cut_at;
            drop(link, pipe.rules.end);
            return;
        }
        if (link.pipes[up].shut && link.pipes[down].shut)
            drop(link, close_both);
    }

    /* When something is due that no descriptor tells; ms, -1: nothing. */
    int patience(int64_t now) const
    {
        int64_t next = INT64_MAX;
        for (auto &link : links) {
            for (const Pipe &pipe : link->pipes) {
                if (!pipe.chunks.empty() && !pipe.blocked && !pipe.rules.holds)
                    next = std::min(next, std::max(pipe.chunks.front().due, pipe.free_at));
            }
        }
        if (next == INT64_MAX)
            return -1;
        return next <= now ? 0 : (int)((next - now + 999) / 1000);
    }

    void run()
    {
        std::unique_lock<std::mutex> hold(mutex);
        while (!stopping) {
            std::vector<struct pollfd> fds = {{listener, POLLIN, 0}, {bell, POLLIN, 0}};
            for (auto &link : links) {
                for (int way : {up, down}) {
                    const Pipe &in = link->pipes[way], &out = link->pipes[!way];
                    short wants = !in.ended && in.queued < most(in.rules) ? POLLIN : 0;
                    fds.push_back(
                        {link->fds[way], (short)(wants | (out.blocked ? POLLOUT : 0)), 0});
                }
            }
            int wait = patience(now_us());
            hold.unlock();
            poll(fds.data(), fds.size(), wait);
            hold.lock();
            uint64_t rings;
            if (fds[1].revents && read(bell, &rings, sizeof rings) < 0)
                break;
            handle(fds);
        }
    }

    void handle(const std::vector<struct pollfd> &fds)
    {
        int64_t now = now_us();
        for (size_t i = 0; 2 * i + 2 < fds.size(); i++) {
            Link &link = *links[i];
            for (int way : {up, down}) {
                short said = fds[2 * i + 2 + (size_t)way].revents;
                Pipe &in = link.pipes[way], &out = link.pipes[!way];
                if (link.over)
                    break;
                if (said & (POLLOUT | POLLERR | POLLHUP))
                    out.blocked = false;
                if ((said & (POLLIN | POLLERR | POLLHUP)) && !in.ended && !read_some(in, now))
                    drop(link, reset_both); /* a reset is passed on */
            }
            if (!link.over)
                serve(link, now);
        }
        links.erase(std::remove_if(links.begin(), links.end(),
                                   [](const std::unique_ptr<Link> &link) { return link->over; }),
                    links.end());
        if (fds[0].revents)
            take_in();
    }
};

} // namespace abi

#endif
