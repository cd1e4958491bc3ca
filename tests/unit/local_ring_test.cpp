/* SPDX-License-Identifier: MIT */
/*
 * The ring of values against a deque that does the same.
 */
#include "local_rig.hpp"

#include <algorithm>
#include <random>

using namespace netchan_test;

namespace
{

nci_item item_of(uint64_t stamp)
{
    return {value_of((int64_t)stamp), stamp};
}

} // namespace

TEST_CASE("a ring keeps its order while it grows, empties and is trimmed", "[local]")
{
    std::mt19937 random(3);
    nci_ring ring = {};
    std::deque<uint64_t> model;
    bool same = true;
    for (uint64_t stamp = 1; stamp < 20000 && same; stamp++) {
        if (random() % 100 < (stamp / 2000 % 2 ? 40u : 60u)) {
            same = nci_ring_reserve(&ring, (size_t)ring.count + 1) == NCI_OK;
            nci_ring_push(&ring, item_of(stamp));
            model.push_back(stamp);
        } else if (!model.empty()) {
            nci_item item = nci_ring_pop(&ring);
            same = item.stamp == model.front();
            nci_value_unref(item.value);
            model.pop_front();
            nci_ring_trim(&ring);
        }
        same = same && ring.count == model.size();
        for (size_t probe = random() % 7; probe < model.size() && same; probe += 97)
            same = nci_ring_at(&ring, (uint32_t)probe)->stamp == model[probe];
    }
    CHECK(same);
    nci_ring_fini(&ring);
    CHECK(ring.count == 0);
}

TEST_CASE("an item goes back to the front of a ring", "[local]")
{
    nci_ring ring = {};
    REQUIRE(nci_ring_reserve(&ring, 4) == NCI_OK);
    nci_ring_push_front(&ring, item_of(3));
    nci_ring_push(&ring, item_of(4));
    nci_ring_push_front(&ring, item_of(2));
    nci_ring_push_front(&ring, item_of(1));
    for (uint64_t stamp = 1; stamp <= 4; stamp++) {
        nci_item item = nci_ring_pop(&ring);
        CHECK(item.stamp == stamp);
        nci_value_unref(item.value);
    }
    nci_ring_fini(&ring);
}

TEST_CASE("a ring hands any number of items on to another", "[local]")
{
    std::mt19937 random(5);
    nci_ring from = {}, to = {};
    uint64_t pushed = 0, popped = 0;
    bool same = true;
    REQUIRE(nci_ring_reserve(&from, 64) == NCI_OK);
    REQUIRE(nci_ring_reserve(&to, 64) == NCI_OK);
    for (int round = 0; round < 5000 && same; round++) {
        for (uint32_t n = random() % 65; n > 0 && from.count < 64; n--)
            nci_ring_push(&from, item_of(++pushed));
        uint32_t most = std::min(from.count, 64 - to.count),
                 count = (uint32_t)random() % (most + 1);
        size_t bytes = 0;
        for (uint32_t i = 0; i < count; i++)
            bytes += nci_value_length(nci_ring_at(&from, i)->value);
        uint32_t had = from.count, has = to.count;
        same = nci_ring_move(&from, &to, count) == bytes && from.count == had - count &&
               to.count == has + count;
        for (uint32_t n = random() % 65; n > 0 && to.count && same; n--) {
            nci_item item = nci_ring_pop(&to);
            same = item.stamp == ++popped;
            nci_value_unref(item.value);
        }
    }
    CHECK(same);
    CHECK(popped > 50000);
    nci_ring_fini(&from);
    nci_ring_fini(&to);
}

TEST_CASE("items behind those of a ring that are in order are put to their places", "[local]")
{
    std::mt19937 random(4);
    for (uint32_t most : {40u, 40u, 700u, 9000u}) {
        for (int round = 0; round < 40; round++) {
            nci_ring ring = {};
            std::vector<uint64_t> stamps(random() % most);
            for (size_t i = 0; i < stamps.size(); i++)
                stamps[i] = i + 1;
            std::shuffle(stamps.begin(), stamps.end(), random);
            REQUIRE(nci_ring_reserve(&ring, most) == NCI_OK);
            /* Away from slot 0, so that the order goes round the end of the array. */
            ring.first = (uint32_t)random() % ring.size;
            for (size_t done = 0, many; done < stamps.size(); done += many) {
                many = std::min<size_t>(1 + random() % most, stamps.size() - done);
                for (size_t i = done; i < done + many; i++)
                    nci_ring_push(&ring, item_of(stamps[i]));
                nci_ring_order(&ring, (uint32_t)many);
            }
            bool sorted = ring.count == stamps.size();
            for (uint32_t i = 0; i < ring.count; i++)
                sorted = sorted && nci_ring_at(&ring, i)->stamp == i + 1;
            CHECK(sorted);
            nci_ring_fini(&ring);
        }
    }
}

TEST_CASE("an empty ring gives its array back", "[local]")
{
    nci_ring ring = {};
    REQUIRE(nci_ring_reserve(&ring, 1000) == NCI_OK);
    CHECK(ring.size == 1024);
    nci_ring_push(&ring, item_of(1));
    nci_ring_trim(&ring);
    CHECK(ring.size == 1024);
    nci_value_unref(nci_ring_pop(&ring).value);
    nci_ring_trim(&ring);
    CHECK(ring.size == 0);
    REQUIRE(nci_ring_reserve(&ring, 1) == NCI_OK);
    nci_ring_trim(&ring);
    CHECK(ring.size == 0);
    CHECK(nci_ring_reserve(&ring, SIZE_MAX) == NCI_NOMEM);
    nci_ring_fini(&ring);
}
