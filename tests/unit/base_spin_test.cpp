/* SPDX-License-Identifier: MIT */
/*
 * Whether a thread looks before it sleeps: the rule, with times of a test's.
 */
#include "base/spin.h"
#include "base/clock.h"
#include "catch_shim.hpp"
#include "yields.hpp"

#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

using namespace netchan_test;

namespace
{

const int64_t US = 1000, MS = 1000 * US;

/* Waits one after the other, at a time of the test's. */
class Waits
{
  public:
    explicit Waits(int64_t begin = 0) : now(begin)
    {
    }
    bool looks() const
    {
        return nci_spin_time(&spin) > 0;
    }
    void wait(int64_t ns, int times = 1)
    {
        for (int i = 0; i < times; i++) {
            nci_spin_waited(&spin, now, now + ns);
            now += ns;
        }
    }
    /* How many such waits until it looks no more; many: it goes on. */
    int looks_for(int64_t ns)
    {
        int count = 0;
        for (; looks() && count < 10000; count++)
            wait(ns);
        return count;
    }
    nci_spin spin = NCI_SPIN(100);
    int64_t now;
};

/* Something that is there after so many looks. */
struct Awaited {
    explicit Awaited(int count) : left(count)
    {
    }
    static int is_there(void *what)
    {
        Awaited *self = (Awaited *)what;
        self->looks++;
        return self->left-- == 0;
    }
    int left, looks = 0;
};

nci_spin looking()
{
    Waits waits;
    waits.wait(80 * US);
    return waits.spin;
}

} // namespace

std::atomic<long> netchan_test::yields{0};
thread_local bool netchan_test::is_test = false;
thread_local std::function<void()> netchan_test::on_yield;

extern "C" int sched_yield(void) noexcept
{
    if (!is_test)
        yields++;
    if (on_yield)
        std::exchange(on_yield, nullptr)();
    return (int)syscall(SYS_sched_yield);
}

TEST_CASE("a thread that was idle sleeps, after a short wait it looks", "[base]")
{
    Waits waits;
    CHECK_FALSE(waits.looks());
    waits.wait(1000 * MS, 100);
    CHECK_FALSE(waits.looks());
    waits.wait(100 * US);
    CHECK(waits.looks());
    CHECK(nci_spin_time(&waits.spin) == 100 * US);
}

TEST_CASE("where events come quickly it goes on looking, with a long wait now and then", "[base]")
{
    Waits waits;
    waits.wait(80 * US);
    for (int i = 0; i < 1000; i++) {
        waits.wait(30 * US, 4);
        REQUIRE(waits.looks());
        waits.wait(200 * MS);
        REQUIRE(waits.looks());
    }
}

TEST_CASE("where events come late it soon stops, and tries again later", "[base]")
{
    Waits waits;
    int64_t late = GENERATE(31 * US, 60 * US, 100 * US);
    waits.wait(late);
    int64_t looked = 0;
    for (int i = 0; i < 100; i++) {
        int count = waits.looks_for(late);
        REQUIRE(count > 0);
        REQUIRE(count <= 8);
        looked += count * late;
        while (!waits.looks())
            waits.wait(late);
    }
    CHECK(looked < waits.now / 20);
    CHECK(waits.now > 99 * 20 * MS);
}

TEST_CASE("where events come much later it stops at once, and does not try again", "[base]")
{
    Waits waits;
    waits.wait(80 * US);
    CHECK(waits.looks_for(101 * US) <= 2);
    for (int i = 0; i < 1000; i++) {
        waits.wait(101 * US);
        REQUIRE_FALSE(waits.looks());
    }
}

TEST_CASE("a long time of quick events is forgotten as soon as a short one", "[base]")
{
    Waits waits;
    waits.wait(80 * US);
    waits.wait(10 * US, 100000);
    CHECK(waits.looks_for(50 * US) <= 16);
    waits.wait(20 * MS);
    waits.wait(50 * US);
    waits.wait(10 * US, 100000);
    CHECK(waits.looks_for(500 * US) <= 4);
}

/* One that looks alone finds its events late: only when both look they come quickly. */
TEST_CASE("two that wait for each other try at the same time", "[base]")
{
    Waits one(3 * MS + 7 * US), other(11 * MS + 40 * US);
    for (Waits *waits : {&one, &other}) {
        waits->wait(80 * US);
        waits->looks_for(80 * US);
        while (!waits->looks())
            waits->wait(1 * US);
    }
    CHECK(one.now / US == other.now / US);
    CHECK(one.now / MS == 20);
}

TEST_CASE("it looks until what it waits for is there, and its time is over", "[base]")
{
    nci_spin spin = looking(), asleep = NCI_SPIN(100);
    Awaited there(0), soon(3), never(-1), unasked(0);
    CHECK(nci_spin_look(&spin, nci_clock_now(), NCI_FOREVER, Awaited::is_there, &there) == 1);
    CHECK(there.looks == 1);
    on_yield = [] {};
    CHECK(nci_spin_look(&asleep, nci_clock_now(), NCI_FOREVER, Awaited::is_there, &unasked) == 0);
    CHECK(unasked.looks == 0);
    CHECK(on_yield);
    int64_t begin = nci_clock_now();
    CHECK(nci_spin_look(&spin, begin, NCI_FOREVER, Awaited::is_there, &never) == 0);
    CHECK(nci_clock_now() >= begin + 100 * US);
    CHECK_FALSE(on_yield);
    /* An end that is over is none to look for. */
    CHECK(nci_spin_look(&spin, begin, begin, Awaited::is_there, &soon) == 0);
    CHECK(soon.looks == 0);
}

/* Who looks runs when those are done, who is woken may go before them. */
TEST_CASE("it looks no more when others had the processor for long", "[base]")
{
    nci_spin spin = looking();
    Awaited awaited(1);
    on_yield = [] {
        int64_t end = nci_clock_now() + 101 * US;
        while (nci_clock_now() < end)
            continue;
    };
    CHECK(nci_spin_look(&spin, nci_clock_now(), NCI_FOREVER, Awaited::is_there, &awaited) == 0);
    CHECK(awaited.looks == 1);
}
