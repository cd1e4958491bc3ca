/* SPDX-License-Identifier: MIT */
/*
 * Signals and clocks. The library raises no SIGPIPE; a timer that interrupts every wait again and
 * again, and a wall clock that jumps by a day with every look, move no deadline.
 *
 * The wall clock is this program's: its clock_gettime, gettimeofday and time stand before those of
 * the C library for the shared library too.
 */
#include "catch_shim.hpp"

#include "process.hpp"
#include "waits.hpp"

#include <atomic>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

using namespace abi;
using namespace waiting;

namespace
{

const int64_t DAY = 86400;
/* More would be late. A loaded machine and a sanitizer need something, a lost deadline takes for
 * ever; how late it really was is printed. */
const int64_t LATE = 2000;

std::atomic<int> jumping{0};
std::atomic<int64_t> wall_looks{0}, steady_looks{0};

/* Seconds that the wall clock is wrong by: every look finds it a day or two from the last. */
int64_t jump()
{
    int64_t look = ++wall_looks;
    return jumping ? (look % 2 ? DAY : -DAY) : 0;
}

/* The kernel's own, which nobody stands before. */
int64_t steady_ms()
{
    struct timespec now;
    syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

} // namespace

extern "C" int clock_gettime(clockid_t clock, struct timespec *now) noexcept
{
    int status = (int)syscall(SYS_clock_gettime, clock, now);
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        now->tv_sec += jump();
    else
        steady_looks++;
    return status;
}

extern "C" int gettimeofday(struct timeval *now, void *zone) noexcept
{
    int status = (int)syscall(SYS_gettimeofday, now, zone);
    now->tv_sec += jump();
    return status;
}

extern "C" time_t time(time_t *out) noexcept
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

namespace
{

/* A signal to the calling thread every millisecond, as long as this lives. */
class Storm
{
  public:
    Storm()
    {
        struct sigevent event = {};
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = SIGUSR1;
        event._sigev_un._tid = gettid();
        struct itimerspec often = {{0, 1000000}, {0, 1000000}};
        if (timer_create(CLOCK_MONOTONIC, &event, &timer) ||
            timer_settime(timer, 0, &often, nullptr))
            throw std::runtime_error("timer");
    }
    ~Storm()
    {
        timer_delete(timer);
    }
    Storm(const Storm &) = delete;
    Storm &operator=(const Storm &) = delete;

  private:
    timer_t timer;
};

struct Outcome {
    int64_t early = 0, late = 0, latest = 0, waits = 0, interrupted = 0, strange = 0;
};

/* One wait that is made again for what is left of its time as long as it is interrupted. */
void wait_through(Scene &scene, const Wait &wait, int64_t ms, netchan_cancel *cancel,
                  Outcome &outcome)
{
    int64_t begun = steady_ms(), left = ms;
    int64_t code;
    while ((code = wait.call(scene, left, cancel)) == NETCHAN_INTERRUPTED) {
        outcome.interrupted++;
        left = std::max<int64_t>(ms - (steady_ms() - begun), 0);
    }
    int64_t took = steady_ms() - begun;
    outcome.waits++;
    outcome.strange += code != NETCHAN_TIMEOUT;
    outcome.early += took < ms - 1; /* both ends of the measurement are cut to milliseconds */
    outcome.late += took > ms + LATE;
    outcome.latest = std::max(outcome.latest, took - ms);
}

/* A scene for each round: what a peer never answers piles up, and would be refused as busy at last. */
void wait_for_all(Outcome &outcome, bool stormy)
{
    for (int64_t round = 0; round < sample_or_all(2, 40); round++) {
        Scene scene;
        std::unique_ptr<Storm> storm(stormy ? new Storm : nullptr);
        for (const Wait &wait : waits) {
            Cancel cancel;
            wait_through(scene, wait, 5 + round % 7, round % 2 ? (netchan_cancel *)cancel : nullptr,
                         outcome);
        }
        storm.reset();
        check_untouched(scene);
    }
}

void tell(const char *what, const Outcome &outcome)
{
    std::printf("%s: %lld waits, interrupted %lld times; at most %lld ms late\n", what,
                (long long)outcome.waits, (long long)outcome.interrupted,
                (long long)outcome.latest);
}

} // namespace

TEST_CASE("under a storm of signals no wait ends before its time or long behind it",
          "[abi][row:P9][S14.1][S14.4]")
{
    Handler handler(GENERATE(0, SA_RESTART));
    Outcome outcome;
    wait_for_all(outcome, true);
    tell("storm", outcome);
    CHECK(outcome.interrupted > 0);
    CHECK(outcome.strange == 0);
    CHECK(outcome.early == 0);
    CHECK(outcome.late == 0);
}

TEST_CASE("a wall clock that jumps by days moves no deadline", "[abi][row:P9][S14.1]")
{
    Outcome outcome;
    int64_t looks = steady_looks;
    jumping = 1;
    wait_for_all(outcome, false);
    jumping = 0;
    tell("jumps", outcome);
    CHECK(steady_looks > looks); /* the library looks at this program's clock */
    CHECK(outcome.strange == 0);
    CHECK(outcome.early == 0);
    CHECK(outcome.late == 0);
}

TEST_CASE("a wall clock that jumps by days ends no link early and none late",
          "[abi][row:P9][S11.9]")
{
    jumping = 1;
    {
        const Settings beating = {{"link.heartbeat", "200"}, {"link.silence", "200"}};
        Pair pair(Way::tcp, beating, beating);
        Exporter other({{"link.handshake", "300"}});
        auto fds = socket_pair();
        int64_t begun = steady_ms();
        REQUIRE(netchan_exporter_serve_fd(other, fds.first) == 0);
        RawPeer silent(fds.second); /* never greets */
        while (silent.read(PLENTY).kind != "eof")
            continue;
        int64_t took = steady_ms() - begun;
        CHECK(took >= 299);
        CHECK(took < 300 + LATE);
        rest_a_little(700); /* several heartbeats */
        CHECK(pair.exporter.stats()["links"].integer() == 1);
        CHECK(pair.importer.errors().next(0) == "timeout");
        /* Acknowledgements on their own come in time as well. */
        Channel sent(1), got(1);
        REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
        REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 100) == "ok");
        REQUIRE(sent.send(1) == "ok");
        CHECK(pair.exporter.stream_reaches("out", "received", 1));
    }
    jumping = 0;
}

/* ---- SIGPIPE ---- */

namespace
{

std::atomic<int> pipes{0};

void count_pipe(int)
{
    pipes++;
}

} // namespace

TEST_CASE("peers that go while they are written to raise no SIGPIPE", "[abi][row:P9][S13.5]")
{
    struct sigaction action = {}, before;
    action.sa_handler = count_pipe;
    REQUIRE(sigaction(SIGPIPE, &action, &before) == 0);
    {
        Exporter exporter;
        std::string text = "\"" + std::string(20000, 'x') + "\"";
        for (int round = 0; round < 60; round++) {
            Channel sent(5);
            REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
            RawPeer raw = round % 2 ? raw_importer(exporter) : raw_tcp_importer(exporter);
            raw.bind(1, "out", "recv", 1000);
            REQUIRE(raw.expect("bound").kind == "bound");
            /* This thread writes, and so does the library's. */
            for (int i = 0; i < 40; i++) {
                if (i == round % 10 && round % 3)
                    raw.close();
                else if (i == round % 10)
                    raw.reset();
                (void)sent.send(text, i < 20 ? 0 : 1);
            }
            REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
            REQUIRE(exporter.hangup("out") == "ok");
        }
    }
    sigset_t pending;
    REQUIRE(sigpending(&pending) == 0);
    CHECK(sigismember(&pending, SIGPIPE) == 0);
    CHECK(pipes == 0);
    sigaction(SIGPIPE, &before, nullptr);
}
