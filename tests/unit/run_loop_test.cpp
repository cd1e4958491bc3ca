/* SPDX-License-Identifier: MIT */
/*
 * The I/O thread: posts, timers, descriptors, taking sources away, and its end. Sources count what
 * happens to them; a test waits until the count is there.
 */
#include "base/event.h"
#include "run_rig.hpp"
#include "sanitizer.hpp"

#include <csignal>
#include <dirent.h>
#include <memory>
#include <poll.h>
#include <pthread.h>
#include <sys/wait.h>
#include <thread>
#include <vector>

using namespace netchan_test;

namespace
{

int threads()
{
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

} // namespace

TEST_CASE("the process has one loop, and its thread ends with the last reference", "[run]")
{
    int before = threads();
    {
        Loop one, two;
        CHECK(one.loop == two.loop);
        CHECK(threads() == before + 1);
    }
    CHECK(threads() == before); /* joined: gone, not going */
    {
        Loop again;
        CHECK(threads() == before + 1);
    }
}

TEST_CASE("a loop that nobody joins takes itself away", "[run]")
{
    int before = threads();
    for (int i = 0; i < 20; i++) {
        nci_loop *loop = nullptr;
        REQUIRE(nci_loop_acquire(&loop) == NCI_OK);
        nci_loop_release(loop);
    }
    CHECK(soon([&] { return threads() == before; }));
}

TEST_CASE("of several that join the last one waits for the end", "[run]")
{
    int before = threads();
    nci_loop *loop = nullptr;
    for (int i = 0; i < 3; i++)
        REQUIRE(nci_loop_acquire(&loop) == NCI_OK);
    std::vector<std::thread> joining;
    std::atomic<int> begun{0};
    for (int i = 0; i < 3; i++) {
        joining.emplace_back([&] {
            nci_loop_join_begin(loop);
            begun++;
            while (begun < 3)
                sched_yield();
            nci_loop_release(loop);
            nci_loop_join_end(loop);
        });
    }
    for (std::thread &thread : joining)
        thread.join();
    CHECK(soon([&] { return threads() == before; }));
}

TEST_CASE("who joins while others still use the loop does not wait", "[run]")
{
    Loop staying;
    nci_loop *loop = nullptr;
    REQUIRE(nci_loop_acquire(&loop) == NCI_OK);
    nci_loop_join_begin(loop);
    nci_loop_release(loop);
    nci_loop_join_end(loop);
    CHECK(staying.run([] {}));
}

TEST_CASE("a post is handled once, several before it are one", "[run]")
{
    Loop loop;
    Source source;
    CHECK(loop.run([&] {
        for (int i = 0; i < 10; i++)
            loop.post(source);
    }));
    REQUIRE(soon([&] { return source.posts == 1; }));
    CHECK(loop.run([] {}));
    CHECK(source.posts == 1);
    loop.post(source);
    CHECK(soon([&] { return source.posts == 2; }));
    CHECK(loop.run([&] { nci_loop_remove(loop.loop, source.source()); }));
    loop.post(source);
    CHECK(loop.run([] {}));
    CHECK(source.posts == 2); /* it was removed */
}

TEST_CASE("no post is lost, however many threads post to a thread that falls asleep", "[run]")
{
    Loop loop;
    const int count = 4, rounds = 3000;
    std::vector<std::unique_ptr<Source>> sources;
    std::vector<std::thread> posting;
    std::atomic<int> lost{0};
    for (int i = 0; i < count; i++)
        sources.push_back(std::make_unique<Source>());
    for (int i = 0; i < count; i++) {
        posting.emplace_back([&, i] {
            for (int n = 1; n <= rounds; n++) {
                loop.post(*sources[(size_t)i]);
                lost += !soon([&] { return sources[(size_t)i]->posts >= n; });
            }
        });
    }
    for (std::thread &thread : posting)
        thread.join();
    CHECK(lost == 0);
}

TEST_CASE("a source that posts itself has its next turn after everybody else", "[run]")
{
    Loop loop;
    Source greedy, other;
    std::atomic<bool> stop{false};
    greedy.on_posted = [&] {
        if (!stop)
            loop.post(greedy);
    };
    Pair pair;
    other.on_ready = [&] { nci_loop_remove(loop.loop, other.source()); };
    loop.post(greedy);
    CHECK(loop.run([&] {
        if (nci_loop_watch(loop.loop, other.source(), pair.fds[0], NCI_WRITABLE))
            stop = true;
    }));
    CHECK(soon([&] { return other.readies == 1; }));
    CHECK(greedy.posts > 0);
    stop = true;
    int posts;
    do {
        posts = greedy.posts;
        CHECK(loop.run([] {}));
    } while (posts != greedy.posts);
}

TEST_CASE("a descriptor that is ready is told until it is not, in the directions asked for",
          "[run]")
{
    Loop loop;
    Pair pair;
    Source source;
    char bytes[2];
    int status = -1;
    source.on_ready = [&] {
        if (source.events & NCI_READABLE)
            (void)!read(pair.fds[0], bytes, 1); /* one byte a turn: the rest must be told again */
        else
            (void)!nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_READABLE);
    };
    CHECK(loop.run(
        [&] { status = nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_READABLE); }));
    REQUIRE(status == NCI_OK);
    CHECK(loop.run([] {}));
    CHECK(source.readies == 0);
    REQUIRE(write(pair.fds[1], "abcde", 5) == 5);
    CHECK(soon([&] { return source.readies == 5; }));
    CHECK(source.events == NCI_READABLE);
    CHECK(loop.run(
        [&] { status = nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_WRITABLE); }));
    REQUIRE(status == NCI_OK);
    CHECK(soon([&] { return source.readies == 6; }));
    CHECK(source.events == NCI_WRITABLE);
    CHECK(loop.run([&] { nci_loop_remove(loop.loop, source.source()); }));
    REQUIRE(write(pair.fds[1], "x", 1) == 1);
    CHECK(loop.run([] {}));
    CHECK(source.readies == 6);
    CHECK(source.source()->fd == -1);
}

TEST_CASE("a hang-up arrives as readable", "[run]")
{
    Loop loop;
    Pair pair;
    Source source;
    source.on_ready = [&] { nci_loop_remove(loop.loop, source.source()); };
    CHECK(loop.run(
        [&] { (void)!nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_READABLE); }));
    pair.shut(1);
    CHECK(soon([&] { return source.readies == 1; }));
    CHECK((source.events & NCI_READABLE));
}

TEST_CASE("a descriptor that cannot be watched is refused and nothing is left", "[run]")
{
    Loop loop;
    Source source;
    int status = 0;
    CHECK(loop.run([&] {
        status = nci_loop_watch(loop.loop, source.source(), 99999, NCI_READABLE);
        nci_loop_remove(loop.loop, source.source());
    }));
    CHECK(status == NCI_IO);
    CHECK(source.source()->fd == -1);
}

TEST_CASE("a timer comes once, at its time and not before", "[run]")
{
    Loop loop;
    Pair pair;
    Source source;
    int64_t due = nci_clock_deadline(30);
    CHECK(loop.run([&] {
        (void)!nci_loop_watch(loop.loop, source.source(), pair.fds[0], 0);
        nci_loop_set_timer(loop.loop, source.source(), due);
    }));
    CHECK(soon([&] { return source.timers == 1; }));
    CHECK(source.timed_at >= due);
    CHECK(source.source()->due == NCI_FOREVER);
    CHECK(loop.run([&] {
        nci_loop_set_timer(loop.loop, source.source(), nci_clock_deadline(20));
        nci_loop_set_timer(loop.loop, source.source(), NCI_FOREVER);
    }));
    Source later;
    CHECK(loop.run([&] {
        (void)!nci_loop_watch(loop.loop, later.source(), pair.fds[1], 0);
        nci_loop_set_timer(loop.loop, later.source(), nci_clock_deadline(60));
    }));
    CHECK(soon([&] { return later.timers == 1; }));
    CHECK(source.timers == 1); /* it was taken back */
    CHECK(loop.run([&] {
        nci_loop_remove(loop.loop, source.source());
        nci_loop_remove(loop.loop, later.source());
    }));
}

TEST_CASE("a timer that is always due lets descriptors and posts through", "[run]")
{
    Loop loop;
    Pair pair;
    Source busy;
    busy.on_timer = [&] { nci_loop_set_timer(loop.loop, busy.source(), 1); };
    CHECK(loop.run([&] {
        (void)!nci_loop_watch(loop.loop, busy.source(), pair.fds[0], NCI_READABLE);
        nci_loop_set_timer(loop.loop, busy.source(), 1);
    }));
    CHECK(soon([&] { return busy.timers > 10; }));
    REQUIRE(write(pair.fds[1], "x", 1) == 1);
    CHECK(soon([&] { return busy.readies > 0; }));
    CHECK(loop.run([&] { nci_loop_remove(loop.loop, busy.source()); }));
}

TEST_CASE("timers learn that the loop itself was held up far beyond their time", "[run]")
{
    Loop loop;
    Pair pair;
    Source source;
    for (bool held : {false, true}) {
        int64_t due = 0;
        CHECK(loop.run([&] {
            (void)!nci_loop_watch(loop.loop, source.source(), pair.fds[0], 0);
            due = nci_clock_deadline(held ? 100 : 10);
            nci_loop_set_timer(loop.loop, source.source(), due);
        }));
        /* In a later round: this thread knows by then that the timer is set. */
        if (held)
            CHECK(loop.run([&] {
                while (nci_clock_now() < due + 1100 * NCI_MS)
                    sched_yield();
            }));
        CHECK(soon([&] { return source.timers == 1 + held; }));
        CHECK(source.lates == held);
    }
    CHECK(loop.run([&] { nci_loop_remove(loop.loop, source.source()); }));
}

TEST_CASE("a source may take away any other, also one that is ready in the same round", "[run]")
{
    for (int round = 0; round < 20; round++) {
        Loop loop;
        Pair pairs[2];
        auto one = std::make_unique<Source>(), two = std::make_unique<Source>();
        std::atomic<int> calls{0};
        auto kill = [&](std::unique_ptr<Source> &other) {
            if (!other)
                return;
            calls++;
            nci_loop_remove(loop.loop, other->source());
            other.reset();
        };
        one->on_ready = [&] { kill(two); };
        two->on_ready = [&] { kill(one); };
        CHECK(loop.run([&] {
            (void)!write(pairs[0].fds[1], "x", 1);
            (void)!write(pairs[1].fds[1], "x", 1);
            (void)!nci_loop_watch(loop.loop, one->source(), pairs[0].fds[0], NCI_READABLE);
            (void)!nci_loop_watch(loop.loop, two->source(), pairs[1].fds[0], NCI_READABLE);
            loop.post(*one);
            loop.post(*two);
            nci_loop_set_timer(loop.loop, one->source(), nci_clock_deadline(1));
            nci_loop_set_timer(loop.loop, two->source(), nci_clock_deadline(1));
        }));
        REQUIRE(soon([&] { return calls >= 1; }));
        CHECK(loop.run([&] {
            if (one)
                nci_loop_remove(loop.loop, one->source());
            if (two)
                nci_loop_remove(loop.loop, two->source());
        }));
        CHECK((!one || !two));
    }
}

TEST_CASE("a source that was taken out is left alone, though the kernel still watches its socket",
          "[run]")
{
    Loop loop;
    Pair gone, other;
    auto source = std::make_unique<Source>();
    Source still;
    std::atomic<int> strays{0};
    int dup_of_it = dup(gone.fds[0]), status = -1;
    REQUIRE(dup_of_it >= 0);
    source->on_ready = [&] { strays++; };
    still.on_ready = [&] {
        char byte;
        (void)!read(other.fds[0], &byte, 1);
    };
    CHECK(loop.run([&] {
        status = nci_loop_watch(loop.loop, source->source(), gone.fds[0], NCI_READABLE);
        if (status == NCI_OK)
            status = nci_loop_watch(loop.loop, still.source(), other.fds[0], NCI_READABLE);
    }));
    REQUIRE(status == NCI_OK);
    CHECK(loop.run([&] {
        gone.shut(0); /* the number has gone, so that it cannot be taken out; the socket has not */
        nci_loop_remove(loop.loop, source->source());
        (void)!write(gone.fds[1], "x", 1);
    }));
    for (int round = 1; round <= 3; round++) {
        REQUIRE(write(other.fds[1], "x", 1) == 1);
        REQUIRE(soon([&] { return still.readies == round; }));
        CHECK(loop.run([] {}));
    }
    CHECK(strays == 0);
    CHECK(loop.run([&] { nci_loop_remove(loop.loop, still.source()); }));
    close(dup_of_it);
}

TEST_CASE("what was posted before the last release is still handled", "[run]")
{
    for (int round = 0; round < 50; round++) {
        Source source;
        {
            Loop loop;
            loop.post(source);
        }
        CHECK(source.posts == 1);
    }
}

TEST_CASE("a late post finds the loop's memory, and touches no descriptor of others", "[run]")
{
    int stray = 0;
    for (int round = 0; round < 200; round++) {
        Source source;
        nci_loop *loop = nullptr;
        REQUIRE(nci_loop_acquire(&loop) == NCI_OK);
        nci_loop_hold(loop);
        nci_loop_join_begin(loop);
        std::atomic<bool> stop{false};
        std::thread posting([&] {
            while (!stop)
                nci_loop_post(loop, source.source());
        });
        nci_loop_release(loop);
        nci_loop_join_end(loop);
        int fds[4];
        for (int &fd : fds)
            fd = nci_event_open(&fd) ? -1 : fd;
        stop = true;
        posting.join();
        for (int fd : fds) {
            struct pollfd one = {fd, POLLIN, 0};
            stray += poll(&one, 1, 0) != 0;
            nci_event_close(fd);
        }
        nci_loop_drop(loop);
    }
    CHECK(stray == 0);
}

TEST_CASE("the thread blocks all signals", "[run]")
{
    Loop loop;
    sigset_t blocked;
    sigemptyset(&blocked);
    CHECK(loop.run([&] { pthread_sigmask(SIG_SETMASK, nullptr, &blocked); }));
    for (int number : {SIGINT, SIGTERM, SIGUSR1, SIGPIPE, SIGCHLD, SIGALRM})
        CHECK(sigismember(&blocked, number) == 1);
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    CHECK(sigismember(&mine, SIGINT) == 0);
}

TEST_CASE("the sources of a loop share a block to read into", "[run]")
{
    Loop loop;
    size_t size = 0;
    CHECK(nci_loop_scratch(loop.loop, &size) != nullptr);
    CHECK(size == 65536);
}

TEST_CASE("a child of fork starts a loop of its own, the parent's goes on", "[run]")
{
    std::unique_ptr<Loop> loop;
    if (!UNDER_TSAN)
        loop = std::make_unique<Loop>();
    pid_t child = fork();
    if (child == 0) {
        nci_loop *fresh = nullptr;
        if (nci_loop_acquire(&fresh) || (loop && fresh == loop->loop))
            _exit(1);
        nci_loop_join_begin(fresh);
        nci_loop_release(fresh);
        nci_loop_join_end(fresh);
        _exit(0);
    }
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    if (loop)
        CHECK(loop->run([] {}));
}
