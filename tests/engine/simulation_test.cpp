/* SPDX-License-Identifier: MIT */
/* Random exchanges; every value is accounted for. */
#include "catch_shim.hpp"
#include "engine/simulation.hpp"

using namespace netchan_test;

namespace
{

uint64_t run(uint32_t first, uint32_t count, const Simulation::Options &options)
{
    uint64_t values = 0;
    for (uint32_t seed = first; seed < first + count; seed++) {
        Simulation simulation(seed, options);
        std::string fault = simulation.run();
        if (!fault.empty())
            FAIL(fault);
        values += simulation.values;
    }
    return values;
}

} // namespace

TEST_CASE("in random exchanges no value is lost, doubled or out of order",
          "[engine][simulation][S3.6][S9.1]")
{
    Simulation::Options options;
    REQUIRE(run(1, 200, options) > 5000);
    options.hangs_up = false;
    options.steps = 800;
    REQUIRE(run(1000, 60, options) > 5000);
}

TEST_CASE("when the link dies every value is at the receiver, or back, or both",
          "[engine][simulation][P87][S9.1][S8.40]")
{
    Simulation::Options options;
    options.dies = true;
    REQUIRE(run(2000, 200, options) > 2000);
}

TEST_CASE("one seed is one run", "[engine][simulation]")
{
    Simulation::Options options;
    Simulation one(42, options), two(42, options);
    REQUIRE(one.run().empty());
    REQUIRE(two.run().empty());
    REQUIRE(one.values == two.values);
}
