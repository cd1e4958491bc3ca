/* SPDX-License-Identifier: MIT */
/*
 * The running I/O thread, sources whose functions a test gives, and sockets for them.
 */
#ifndef NETCHAN_TESTS_RUN_RIG_HPP
#define NETCHAN_TESTS_RUN_RIG_HPP

#include "catch_shim.hpp"
#include "run/loop.h"
#include "soon.hpp"

#include <atomic>
#include <functional>
#include <sys/socket.h>
#include <unistd.h>

namespace netchan_test
{

/* A source with functions of the test's. */
class Source
{
  public:
    Source()
    {
        nci_source_init(&part.source);
        part.self = this;
        part.source.ready = [](nci_source *source, int events) {
            Source *self = of(source);
            self->events = events;
            if (self->on_ready)
                self->on_ready();
            self->readies++;
        };
        part.source.timer = [](nci_source *source, int64_t now, int late) {
            Source *self = of(source);
            self->timed_at = now;
            self->lates += late;
            if (self->on_timer)
                self->on_timer();
            self->timers++;
        };
        part.source.posted = [](nci_source *source) {
            Source *self = of(source);
            std::function<void()> work;
            std::swap(work, self->once);
            if (work)
                work();
            if (self->on_posted)
                self->on_posted();
            self->posts++;
        };
    }
    nci_source *source()
    {
        return &part.source;
    }

    std::function<void()> on_ready, on_timer, on_posted;
    std::function<void()> once; /* run by the next post only */
    std::atomic<int> readies{0}, timers{0}, posts{0}, events{0}, lates{0};
    std::atomic<int64_t> timed_at{0};

  private:
    struct Part {
        nci_source source;
        Source *self;
    } part;
    static Source *of(nci_source *source)
    {
        return NCI_CONTAINER(source, Part, source)->self;
    }
};

/* The running loop; its end waits until the thread has gone. */
class Loop
{
  public:
    Loop()
    {
        REQUIRE(nci_loop_acquire(&loop) == NCI_OK);
        nci_loop_join_begin(loop);
    }
    ~Loop()
    {
        nci_loop_release(loop);
        nci_loop_join_end(loop);
    }
    void post(Source &source)
    {
        nci_loop_post(loop, source.source());
    }
    /* Has work done on the I/O thread and waits for it. */
    bool run(std::function<void()> work)
    {
        Source source;
        source.once = work;
        source.on_posted = [&] { nci_loop_remove(loop, source.source()); };
        post(source);
        return soon([&] { return source.posts == 1; });
    }

    nci_loop *loop = nullptr;
};

struct Pair {
    Pair()
    {
        REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    }
    ~Pair()
    {
        shut(0);
        shut(1);
    }
    void shut(int which)
    {
        if (fds[which] >= 0)
            close(fds[which]);
        fds[which] = -1;
    }
    int fds[2];
};

} // namespace netchan_test

#endif
