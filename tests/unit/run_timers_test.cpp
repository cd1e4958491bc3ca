/* SPDX-License-Identifier: MIT */
/*
 * The heap of timers against a sorted list.
 */
#include "base/clock.h"
#include "catch_shim.hpp"
#include "run/timers.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

TEST_CASE("an empty heap has nothing due", "[run]")
{
    nci_timers timers = {};
    CHECK(nci_timers_next(&timers) == NCI_FOREVER);
    CHECK(nci_timers_pop(&timers, NCI_FOREVER) == nullptr);
    nci_timers_fini(&timers);
}

TEST_CASE("timers come when they are due, in order, however they are set again", "[run]")
{
    std::mt19937 random(6);
    for (size_t count : {1, 2, 3, 10, 100}) {
        nci_timers timers = {};
        std::vector<std::unique_ptr<nci_source>> sources;
        for (size_t i = 0; i < count; i++) {
            sources.push_back(std::make_unique<nci_source>());
            nci_source_init(sources.back().get());
            REQUIRE(nci_timers_reserve(&timers) == NCI_OK);
        }
        std::vector<int64_t> due(count, NCI_FOREVER);
        bool same = true;
        for (int round = 0; round < 3000 && same; round++) {
            size_t at = random() % count;
            if (random() % 3) {
                int64_t when = random() % 5 ? (int64_t)(random() % 50) : NCI_FOREVER;
                nci_timers_set(&timers, sources[at].get(), when);
                due[at] = when;
            } else {
                int64_t now = random() % 50;
                nci_source *popped = nci_timers_pop(&timers, now);
                int64_t least = *std::min_element(due.begin(), due.end());
                same = (popped != nullptr) == (least <= now);
                if (popped) {
                    size_t which = 0;
                    while (sources[which].get() != popped)
                        which++;
                    same = same && due[which] == least && popped->due == NCI_FOREVER &&
                           popped->heap_slot == 0;
                    due[which] = NCI_FOREVER;
                }
            }
            same = same && nci_timers_next(&timers) == *std::min_element(due.begin(), due.end());
            same = same &&
                   timers.count == count - (size_t)std::count(due.begin(), due.end(), NCI_FOREVER);
        }
        CHECK(same);
        for (size_t i = 0; i < count; i++)
            nci_timers_unreserve(&timers);
        nci_timers_fini(&timers);
    }
}

TEST_CASE("a place is reserved for every source, so that setting cannot fail", "[run]")
{
    nci_timers timers = {};
    std::vector<nci_source> sources(300);
    for (size_t i = 0; i < sources.size(); i++) {
        nci_source_init(&sources[i]);
        REQUIRE(nci_timers_reserve(&timers) == NCI_OK);
        CHECK(timers.size > timers.reserved); /* slot 0 is not used */
    }
    for (size_t i = 0; i < sources.size(); i++)
        nci_timers_set(&timers, &sources[i], (int64_t)(1000 - i));
    CHECK(nci_timers_next(&timers) == 1000 - 299);
    for (size_t i = sources.size(); i-- > 0;)
        CHECK(nci_timers_pop(&timers, 5000) == &sources[i]);
    CHECK(nci_timers_pop(&timers, 5000) == nullptr);
    nci_timers_fini(&timers);
}
