/* SPDX-License-Identifier: MIT */
/*
 * Bells, on futex and on descriptors, and cancel tokens.
 */
#include "base/bell.h"
#include "base/clock.h"
#include "base/futex.h"
#include "catch_shim.hpp"
#include "sanitizer.hpp"
#include "soon.hpp"
#include "yields.hpp"

#include <atomic>
#include <csignal>
#include <cstring>
#include <fstream>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

using namespace netchan_test;

namespace
{

std::atomic<int> handled;

void handler(int)
{
    handled++;
}

nci_cancel *signalled;

void firing_handler(int)
{
    nci_cancel_fire(signalled);
}

class Handler
{
  public:
    Handler(void (*function)(int), int flags)
    {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = function;
        action.sa_flags = flags;
        sigaction(SIGUSR1, &action, &old);
    }
    ~Handler()
    {
        sigaction(SIGUSR1, &old, nullptr);
    }

  private:
    struct sigaction old;
};

/* A token, or none: then the bell is a futex. */
class Token
{
  public:
    explicit Token(bool wanted)
    {
        if (wanted)
            REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    }
    ~Token()
    {
        nci_cancel_unref(cancel);
    }
    nci_cancel *cancel = nullptr;
};

/* The thread sanitizer may leave a thread with all signals blocked when one comes before it sleeps. */
bool may_be_signalled(int thread)
{
    if (!UNDER_TSAN)
        return true;
    std::ifstream stat("/proc/self/task/" + std::to_string(thread) + "/stat");
    std::string text;
    std::getline(stat, text);
    return text.find(") S ") != std::string::npos;
}

/* Waits on a new bell and sends signals to the waiting thread until it has come back. */
int wait_under_signals(const nci_cancel *cancel, int64_t deadline)
{
    std::atomic<int> status{1}, id{0};
    std::thread waiting([&] {
        nci_bell bell;
        id = gettid();
        int got = nci_bell_init(&bell, cancel);
        if (got == NCI_OK) {
            got = nci_bell_wait(&bell, deadline, cancel);
            nci_bell_fini(&bell);
        }
        status = got;
    });
    while (status == 1) {
        if (may_be_signalled(id))
            pthread_kill(waiting.native_handle(), SIGUSR1);
        sched_yield();
    }
    waiting.join();
    return status;
}

/* Has the thread look before it sleeps, as after a short wait. */
void learn_to_look(nci_bell *bell, nci_cancel *cancel)
{
    prctl(PR_SET_TIMERSLACK, 1); /* so that a short wait is short */
    on_yield = [] {};
    while (on_yield)
        (void)nci_bell_wait(bell, nci_clock_now() + 1000, cancel);
}

/* A wait of a new thread that looks before it sleeps, and does this when it looks for the first
 * time. */
int wait_that_looks(nci_cancel *cancel, int64_t ms, std::function<void(nci_bell *)> work)
{
    int status = 1;
    std::thread waiting([&] {
        nci_bell bell;
        if (nci_bell_init(&bell, cancel))
            return;
        learn_to_look(&bell, cancel);
        on_yield = [&] { work(&bell); };
        status = nci_bell_wait(&bell, nci_clock_deadline(ms), cancel);
        nci_bell_fini(&bell);
    });
    waiting.join();
    return status;
}

struct Glance {
    bool there = false;
    int looks = 0, result = 2;

    /* A new thread's, which does this when it looks for the first time. */
    explicit Glance(bool looking, std::function<void(Glance *)> work)
    {
        std::thread([=] {
            nci_bell bell;
            if (nci_bell_init(&bell, nullptr))
                return;
            if (looking)
                learn_to_look(&bell, nullptr);
            on_yield = [=] { work(this); };
            result = nci_bell_glance(NCI_FOREVER, is_there, this);
            nci_bell_fini(&bell);
        }).join();
    }
    static int is_there(void *what)
    {
        Glance *glance = static_cast<Glance *>(what);
        glance->looks++;
        return glance->there;
    }
};

} // namespace

TEST_CASE("a bell rung before the wait ends it at once, also when its time is over", "[base]")
{
    for (bool with_token : {false, true}) {
        Token token(with_token);
        nci_bell bell;
        REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
        CHECK((bell.fd >= 0) == (with_token || !NCI_FUTEX));
        nci_bell_ring(&bell);
        CHECK(nci_bell_wait(&bell, NCI_FOREVER, token.cancel) == NCI_OK);
        CHECK(nci_bell_wait(&bell, 1, token.cancel) == NCI_OK);
        nci_bell_finish(&bell);
        nci_bell_again(&bell);
        CHECK(nci_bell_wait(&bell, 1, token.cancel) == NCI_TIMEOUT);
        nci_bell_ring(&bell);
        CHECK(nci_bell_wait(&bell, NCI_FOREVER, token.cancel) == NCI_OK);
        nci_bell_fini(&bell);
    }
}

TEST_CASE("a bell nobody rings ends the wait at its deadline and not before", "[base][S14.1]")
{
    for (bool with_token : {false, true}) {
        Token token(with_token);
        nci_bell bell;
        REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
        int64_t deadline = nci_clock_deadline(60);
        CHECK(nci_bell_wait(&bell, deadline, token.cancel) == NCI_TIMEOUT);
        CHECK(nci_clock_now() >= deadline);
        nci_bell_fini(&bell);
    }
}

TEST_CASE("of two threads one rings and the other sleeps, and no ring is lost", "[base]")
{
    const int rounds = 20000;
    for (bool with_token : {false, true}) {
        Token token(with_token);
        std::atomic<nci_bell *> place{nullptr};
        std::thread ringer([&] {
            for (int i = 0; i < rounds; i++) {
                nci_bell *bell;
                while (!(bell = place.exchange(nullptr)))
                    sched_yield();
                nci_bell_ring(bell);
            }
        });
        int good = 0;
        for (int i = 0; i < rounds; i++) {
            nci_bell bell; /* gone at once after the wait: the ringer must not touch it any more */
            if (nci_bell_init(&bell, token.cancel))
                break;
            place = &bell;
            good += nci_bell_wait(&bell, nci_clock_deadline(20000), token.cancel) == NCI_OK;
            nci_bell_fini(&bell);
        }
        ringer.join();
        CHECK(good == rounds);
    }
}

TEST_CASE("finish waits for a ring that is under way", "[base]")
{
    for (bool with_token : {false, true}) {
        Token token(with_token);
        nci_bell bell;
        REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
        std::atomic<int> before{0};
        CHECK(nci_bell_wait(&bell, 1, token.cancel) == NCI_TIMEOUT);
        std::thread ringer([&] {
            before = 1;
            nci_bell_ring(&bell);
        });
        nci_bell_finish(&bell);
        CHECK(before == 1);
        ringer.join();
        nci_bell_fini(&bell);
    }
}

TEST_CASE("a signal whose handler runs ends the wait", "[base][S14.4]")
{
    Handler handling(handler, 0);
    handled = 0;
    CHECK(wait_under_signals(nullptr, NCI_FOREVER) == NCI_INTERRUPTED);
    CHECK(wait_under_signals(nullptr, nci_clock_deadline(60000)) == NCI_INTERRUPTED);
    Token token(true);
    CHECK(wait_under_signals(token.cancel, NCI_FOREVER) == NCI_INTERRUPTED);
    CHECK(handled > 0);
}

TEST_CASE("a signal ends the wait also when its handler restarts system calls", "[base][S14.4]")
{
    Handler handling(handler, SA_RESTART);
    CHECK(wait_under_signals(nullptr, NCI_FOREVER) == NCI_INTERRUPTED);
    Token token(true);
    CHECK(wait_under_signals(token.cancel, NCI_FOREVER) == NCI_INTERRUPTED);
}

TEST_CASE("a ring ends a wait that looks, and one that looked", "[base]")
{
    bool with_token = GENERATE(false, true);
    Token token(with_token);
    bool again = false;
    CHECK(wait_that_looks(token.cancel, LONG, [&](nci_bell *bell) {
              nci_bell_ring(bell);
              on_yield = [&] { again = true; };
          }) == NCI_OK);
    CHECK_FALSE(again);
    std::thread ringer;
    CHECK(wait_that_looks(token.cancel, LONG, [&](nci_bell *bell) {
              ringer = std::thread([=] {
                  usleep(1000); /* not to be right, but to come behind the look */
                  nci_bell_ring(bell);
              });
          }) == NCI_OK);
    ringer.join();
}

TEST_CASE("a token fired while a wait looks ends it", "[base][S14.5]")
{
    Token token(true);
    CHECK(wait_that_looks(token.cancel, LONG, [&](nci_bell *) { nci_cancel_fire(token.cancel); }) ==
          NCI_INTERRUPTED);
}

TEST_CASE("a signal that comes while a wait looks ends it", "[base][S14.4]")
{
    Handler handling(handler, GENERATE(0, SA_RESTART));
    Token token(GENERATE(false, true));
    handled = 0;
    CHECK(wait_that_looks(token.cancel, LONG, [](nci_bell *) { raise(SIGUSR1); }) ==
          NCI_INTERRUPTED);
    CHECK(handled == 1);
}

TEST_CASE("a signal without a handler, or one that is blocked, ends no wait that looks", "[base]")
{
    struct sigaction ignored = {}, old;
    ignored.sa_handler = GENERATE(SIG_IGN, SIG_DFL);
    sigaction(SIGURG, &ignored, &old); /* by default it is ignored too */
    CHECK(wait_that_looks(nullptr, 1, [](nci_bell *) { raise(SIGURG); }) == NCI_TIMEOUT);
    sigaction(SIGURG, &old, nullptr);

    Handler handling(handler, 0);
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &blocked, &before);
    handled = 0;
    CHECK(wait_that_looks(nullptr, 1, [](nci_bell *) { raise(SIGUSR1); }) == NCI_TIMEOUT);
    CHECK(handled == 0);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

TEST_CASE("a ring wins over a signal that comes while a wait looks", "[base][S14.8]")
{
    Handler handling(handler, 0);
    handled = 0;
    CHECK(wait_that_looks(nullptr, LONG, [](nci_bell *bell) {
              raise(SIGUSR1);
              nci_bell_ring(bell);
          }) == NCI_OK);
    CHECK(handled == 1);
}

TEST_CASE("a glance finds what comes while it looks, and ends soon without", "[base]")
{
    Glance found(true, [](Glance *glance) { glance->there = true; });
    CHECK(found.result == 1);
    CHECK(found.looks == 2);
    Glance none(true, [](Glance *) {});
    CHECK(none.result == 0);
    CHECK(none.looks >= 2);
}

TEST_CASE("a thread whose waits were not short does not glance", "[base]")
{
    Glance none(false, [](Glance *glance) { glance->there = true; });
    CHECK(none.result == 0);
    CHECK(none.looks == 0);
}

TEST_CASE("a signal that comes during a glance ends it, unless the thing came too",
          "[base][S14.4][S14.8]")
{
    Handler handling(handler, GENERATE(0, SA_RESTART));
    handled = 0;
    Glance interrupted(true, [](Glance *) { raise(SIGUSR1); });
    CHECK(interrupted.result == NCI_INTERRUPTED);
    Glance found(true, [](Glance *glance) {
        raise(SIGUSR1);
        glance->there = true;
    });
    CHECK(found.result == 1);
    CHECK(handled == 2);
}

TEST_CASE("a token fired before the wait ends it, and stays fired until reset",
          "[base][S14.5][S14.7]")
{
    Token token(true);
    nci_bell bell;
    REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
    CHECK_FALSE(nci_cancel_fired(token.cancel));
    nci_cancel_fire(token.cancel);
    nci_cancel_fire(token.cancel);
    for (int i = 0; i < 3; i++)
        CHECK(nci_bell_wait(&bell, NCI_FOREVER, token.cancel) == NCI_INTERRUPTED);
    CHECK(nci_cancel_fired(token.cancel));
    nci_cancel_reset(token.cancel);
    CHECK_FALSE(nci_cancel_fired(token.cancel));
    CHECK(nci_bell_wait(&bell, nci_clock_deadline(5), token.cancel) == NCI_TIMEOUT);
    nci_bell_fini(&bell);
}

TEST_CASE("a token fired during the wait ends it", "[base][S14.5]")
{
    Token token(true);
    std::atomic<int> status{1};
    std::thread waiting([&] {
        nci_bell bell;
        if (nci_bell_init(&bell, token.cancel) == NCI_OK) {
            status = nci_bell_wait(&bell, NCI_FOREVER, token.cancel);
            nci_bell_fini(&bell);
        }
    });
    nci_cancel_fire(token.cancel);
    waiting.join();
    CHECK(status == NCI_INTERRUPTED);
}

TEST_CASE("a ring that is there wins over a fired token", "[base][S14.8]")
{
    Token token(true);
    nci_bell bell;
    REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
    nci_cancel_fire(token.cancel);
    nci_bell_ring(&bell);
    CHECK(nci_bell_wait(&bell, NCI_FOREVER, token.cancel) == NCI_OK);
    nci_bell_fini(&bell);
}

TEST_CASE("a token can be fired from a signal handler", "[base][S14.5]")
{
    Token token(true);
    Handler handling(firing_handler, SA_RESTART);
    signalled = token.cancel;
    REQUIRE(raise(SIGUSR1) == 0);
    CHECK(nci_cancel_fired(token.cancel));
    nci_bell bell;
    REQUIRE(nci_bell_init(&bell, token.cancel) == NCI_OK);
    CHECK(nci_bell_wait(&bell, NCI_FOREVER, token.cancel) == NCI_INTERRUPTED);
    nci_bell_fini(&bell);
}

TEST_CASE("a reset and a fire that meet leave a token fired or not, never half", "[base][S14.7]")
{
    Token token(true);
    const int rounds = 30000;
    std::atomic<int> round{0}, resets{0};
    std::thread resetting([&] {
        for (int i = 1; i <= rounds; i++) {
            while (round < i)
                sched_yield();
            nci_cancel_reset(token.cancel);
            resets = i;
        }
    });
    int halves = 0;
    for (int i = 1; i <= rounds; i++) {
        round = i;
        nci_cancel_fire(token.cancel);
        while (resets < i)
            sched_yield();
        struct pollfd one = {nci_cancel_descriptor(token.cancel), POLLIN, 0};
        halves += (poll(&one, 1, 0) == 1) != (nci_cancel_fired(token.cancel) != 0);
        nci_cancel_reset(token.cancel);
    }
    resetting.join();
    CHECK(halves == 0);
}

TEST_CASE("no token is never fired", "[base]")
{
    CHECK_FALSE(nci_cancel_fired(nullptr));
    CHECK(nci_cancel_descriptor(nullptr) == -1);
    CHECK(nci_cancel_ref(nullptr) == nullptr);
    nci_cancel_unref(nullptr);
}
