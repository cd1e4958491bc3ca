/* SPDX-License-Identifier: MIT */
/*
 * Whether the I/O thread looks before it sleeps: the rule with times of a test's, and the thread
 * itself, whose calls of sched_yield are counted, since it makes one between two looks.
 */
#include "run/spin.h"
#include "run/owner.h"
#include "run_rig.hpp"

#include <sys/syscall.h>
#include <thread>

using namespace netchan_test;

namespace
{

const int64_t US = 1000, MS = 1000 * US;

std::atomic<long> yields{0}; /* of threads other than the tests' */
thread_local bool is_test = false;

/* Waits one after the other, at a time of the test's. */
class Waits
{
  public:
    explicit Waits(int64_t begin = 0) : now(begin)
    {
        nci_spin_init(&spin);
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
    nci_spin spin;
    int64_t now;
};

} // namespace

extern "C" int sched_yield(void) noexcept
{
    if (!is_test)
        yields++;
    return (int)syscall(SYS_sched_yield);
}

TEST_CASE("a thread that was idle sleeps, after a short wait it looks", "[run]")
{
    Waits waits;
    CHECK_FALSE(waits.looks());
    waits.wait(1000 * MS, 100);
    CHECK_FALSE(waits.looks());
    waits.wait(100 * US);
    CHECK(waits.looks());
    CHECK(nci_spin_time(&waits.spin) == 100 * US);
}

TEST_CASE("where events come quickly it goes on looking, with a long wait now and then", "[run]")
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

TEST_CASE("where events come late it soon stops, and tries again later", "[run]")
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

TEST_CASE("where events come much later it stops at once, and does not try again", "[run]")
{
    Waits waits;
    waits.wait(80 * US);
    CHECK(waits.looks_for(101 * US) <= 2);
    for (int i = 0; i < 1000; i++) {
        waits.wait(101 * US);
        REQUIRE_FALSE(waits.looks());
    }
}

TEST_CASE("a long time of quick events is forgotten as soon as a short one", "[run]")
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
TEST_CASE("two that wait for each other try at the same time", "[run]")
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

TEST_CASE("it looks no more when others had the processor for long", "[run]")
{
    CHECK_FALSE(nci_spin_is_crowded(5 * MS, 5 * MS + 200 * US));
    CHECK(nci_spin_is_crowded(5 * MS, 5 * MS + 201 * US));
}

TEST_CASE("it does not look while anybody refuses", "[run]")
{
    Waits waits;
    waits.wait(80 * US);
    nci_spin_refuse(&waits.spin);
    nci_spin_refuse(&waits.spin);
    CHECK_FALSE(waits.looks());
    nci_spin_allow(&waits.spin);
    CHECK_FALSE(waits.looks());
    nci_spin_allow(&waits.spin);
    CHECK(waits.looks());
}

TEST_CASE("the thread looks for events that come quickly, and sleeps at once if it must not",
          "[run]")
{
    is_test = true;
    bool refused = GENERATE(false, true);
    Loop loop;
    Pair pair;
    Source source;
    int handled = 0;
    source.on_ready = [&] {
        char byte;
        (void)!read(pair.fds[0], &byte, 1);
    };
    REQUIRE(loop.run([&] {
        if (refused)
            nci_spin_refuse(nci_loop_spin(loop.loop));
        REQUIRE(nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_READABLE) == NCI_OK);
    }));
    auto event = [&] {
        handled++;
        return write(pair.fds[1], "x", 1) == 1 && soon([&] { return source.readies == handled; });
    };
    REQUIRE(event()); /* what the post was waited for with is over */
    long before = yields;
    if (refused) {
        for (int i = 0; i < 2000; i++)
            REQUIRE(event());
        CHECK(yields == before);
    } else {
        CHECK(soon([&] { return event() && yields > before; }));
    }
    REQUIRE(loop.run([&] { nci_loop_remove(loop.loop, source.source()); }));
    is_test = false;
}

TEST_CASE("an importer or exporter refuses for as long as it is open", "[run]")
{
    Loop loop;
    nci_spin *spin = nci_loop_spin(loop.loop);
    for (const char *setting : {"yes", "no"}) {
        nci_options *options = nullptr;
        nci_owner *owner = nullptr;
        REQUIRE(nci_options_new(&options) == NCI_OK);
        REQUIRE(nci_options_set(options, "io.spin", setting) == NCI_OK);
        REQUIRE(nci_owner_new(1, options, &owner) == NCI_OK);
        nci_options_free(options);
        CHECK(spin->refusals == (*setting == 'n'));
        nci_owner_close(owner);
        CHECK(spin->refusals == 0);
        nci_owner_unref(owner);
    }
}
