/* SPDX-License-Identifier: MIT */
/*
 * Seeded runs of programs, links and faults. SIMULATION_SEED=N replays one run; SIMULATION_SEEDS=N
 * makes N of them, instead of a sample or (in check-long, LONG_TESTS) 10,000.
 */
#include "catch_shim.hpp"
#include "simulation/world.hpp"

#include <csignal>
#include <cstdlib>
#include <unistd.h>

using namespace simulation;

namespace
{

uint32_t number_of(const char *name, uint32_t otherwise)
{
    const char *text = std::getenv(name);
    return text ? (uint32_t)std::strtoul(text, nullptr, 10) : otherwise;
}

/* A crash has no verdict, so its seed is told on the way out. */
char running[64];

void tell_seed(int signal)
{
    if (write(STDERR_FILENO, running, strlen(running)) < 0)
        _exit(99);
    std::signal(signal, SIG_DFL);
    raise(signal);
}

} // namespace

TEST_CASE("in seeded worlds of faults every value is accounted for and nobody is stuck",
          "[simulation][row:C3][P87][S3.6][S8.40][S9.1]")
{
    uint32_t one = number_of("SIMULATION_SEED", 0),
             count = number_of("SIMULATION_SEEDS", std::getenv("LONG_TESTS") ? 10000 : 1000);
    uint32_t first = one ? one : 1, last = one ? one : count, bad = 0;
    uint64_t values = 0, returned = 0, doubled = 0, untaken = 0, cuts = 0, deaths = 0, answers = 0,
             read_back = 0, streams = 0;
    std::signal(SIGSEGV, tell_seed);
    std::signal(SIGABRT, tell_seed);
    std::signal(SIGALRM, tell_seed); /* the driver's limit for a case */
    for (uint32_t seed = first; seed <= last; seed++) {
        snprintf(running, sizeof running, "crashed with SIMULATION_SEED=%u\n", seed);
        World world(seed);
        std::string fault = world.run();
        if (!fault.empty()) {
            bad++;
            std::printf("%s\n  again with SIMULATION_SEED=%u\n", fault.c_str(), seed);
        }
        values += world.account().values;
        returned += world.account().returned;
        doubled += world.account().doubled;
        untaken += world.account().untaken;
        read_back += world.account().read_back;
        streams += world.account().tales.size();
        cuts += world.cuts;
        deaths += world.deaths;
        answers += world.answers;
    }
    for (int signal : {SIGSEGV, SIGABRT, SIGALRM})
        std::signal(signal, SIG_DFL);
    std::printf("%u seeds: %llu streams, %llu values, %llu returned, %llu came twice, %llu told as "
                "untaken, %llu read back, %llu cuts, %llu kills, %llu drains and syncs; %u bad\n",
                last - first + 1, (unsigned long long)streams, (unsigned long long)values,
                (unsigned long long)returned, (unsigned long long)doubled,
                (unsigned long long)untaken, (unsigned long long)read_back,
                (unsigned long long)cuts, (unsigned long long)deaths, (unsigned long long)answers,
                bad);
    REQUIRE(bad == 0);
    /* A world in which nothing happens shows nothing. */
    if (!one) {
        REQUIRE(values > 50 * (uint64_t)count);
        REQUIRE(returned > count);
        REQUIRE(doubled > 0);
        REQUIRE(untaken > 0);
        REQUIRE(answers > count);
    }
}

TEST_CASE("one seed is one run", "[simulation]")
{
    World one(42), two(42);
    REQUIRE(one.run() == two.run());
    REQUIRE(one.account().values == two.account().values);
    REQUIRE(one.account().clock == two.account().clock);
    REQUIRE(one.books.now == two.books.now);
}
