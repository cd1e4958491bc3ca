/* SPDX-License-Identifier: MIT */
/* Small values share slabs: what is kept stays whole, whoever made it and whoever drops it. */
#include "catch_shim.hpp"
#include "json/value_internal.h"

#include <cstring>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace
{

nci_value *make(const std::string &text)
{
    nci_value *value = nullptr;
    REQUIRE(nci_value_new(text.data(), text.size(), nullptr, &value) == NCI_OK);
    return value;
}

std::string text_of(const nci_value *value)
{
    size_t length;
    const char *text = nci_value_text(value, &length);
    return std::string(text, length);
}

/* Where the slab of a small value begins. */
const char *slab_of(const nci_value *value)
{
    return (const char *)value - (size_t)value->place * 8;
}

} // namespace

TEST_CASE("small values lie side by side, larger ones on their own", "[json][slab]")
{
    nci_value *first = make("{\"i\":1}"), *second = make("[1,2,3]");
    CHECK(first->place != 0);
    CHECK(second->place != 0);
    CHECK((slab_of(first) == slab_of(second) || second->place == sizeof(struct nci_slab) / 8));
    nci_value *large = make("\"" + std::string(NCI_SLAB_MOST, 'x') + "\"");
    CHECK(large->place == 0);
    CHECK(text_of(large).size() == NCI_SLAB_MOST + 2);
    CHECK(text_of(first) == "{\"i\":1}");
    nci_value_unref(first);
    nci_value_unref(large);
    CHECK(text_of(second) == "[1,2,3]");
    nci_value_unref(second);
}

TEST_CASE("of many values any may be kept for long", "[json][slab]")
{
    std::vector<nci_value *> kept;
    for (int i = 0; i < 10000; i++) {
        nci_value *value =
            make("[" + std::to_string(i) + ",\"" + std::string(i % 700, 'y') + "\"]");
        if (i % 97 == 0)
            kept.push_back(nci_value_ref(value));
        nci_value_unref(value);
    }
    for (size_t i = 0; i < kept.size(); i++) {
        int64_t number = 0;
        REQUIRE(nci_value_integer(kept[i], nci_value_first(kept[i], 0), &number) == NCI_OK);
        REQUIRE(number == (int64_t)i * 97);
        nci_value_unref(kept[i]);
    }
}

TEST_CASE("a value outlives the thread that made it", "[json][slab]")
{
    std::vector<nci_value *> values;
    std::thread maker([&values] {
        for (int i = 0; i < 100; i++)
            values.push_back(make(std::to_string(i)));
    });
    maker.join();
    /* Dropped by two threads at once: the last one frees the slab. */
    std::thread other([&values] {
        for (size_t i = 0; i < values.size(); i += 2) {
            bool same = text_of(values[i]) == std::to_string(i);
            nci_value_unref(values[i]);
            if (!same)
                throw std::runtime_error("a value has changed");
        }
    });
    for (size_t i = 1; i < values.size(); i += 2) {
        CHECK(text_of(values[i]) == std::to_string(i));
        nci_value_unref(values[i]);
    }
    other.join();
}

TEST_CASE("references that are dropped one behind the other free what nobody else has",
          "[json][slab]")
{
    struct nci_value_drops drops = {};
    std::vector<nci_value *> kept;
    for (int i = 0; i < 5000; i++) {
        nci_value *value = i % 50 ? make("[" + std::to_string(i) + "]")
                                  : make("\"" + std::string(NCI_SLAB_MOST, 'x') + "\"");
        if (i % 7 == 0)
            kept.push_back(nci_value_ref(value));
        nci_value_drop(i % 11 ? value : nullptr, &drops);
        if (i % 11 == 0)
            nci_value_unref(value);
        if (i % 90 == 0)
            nci_value_drops_flush(&drops);
    }
    nci_value_drops_flush(&drops);
    nci_value_drops_flush(&drops); /* nothing is left */
    for (size_t i = 0; i < kept.size(); i++) {
        if (i * 7 % 50)
            CHECK(text_of(kept[i]) == "[" + std::to_string(i * 7) + "]");
        nci_value_unref(kept[i]); /* what leaks or is freed twice the address sanitizer tells */
    }
}

TEST_CASE("a slab that its maker has left goes with the last block", "[json][slab]")
{
    struct nci_slab_maker maker = {};
    uint16_t places[3];
    void *blocks[3];
    for (int i = 0; i < 3; i++)
        REQUIRE((blocks[i] = nci_slab_take(&maker, 100, &places[i])));
    struct nci_slab *slab = maker.slab;
    nci_slab_drop(blocks[1], places[1]);
    nci_slab_leave(&maker);
    CHECK(maker.slab == nullptr);
    CHECK(slab->count == 2);
    nci_slab_drop(blocks[0], places[0]);
    CHECK(slab->count == 1);
    nci_slab_drop(blocks[2], places[2]); /* freed: the address sanitizer would tell */
    nci_slab_leave(&maker);

    /* A full one is left for the next; each block lies inside its slab. */
    for (int i = 0; i < 100; i++) {
        uint16_t place;
        char *block = (char *)nci_slab_take(&maker, NCI_SLAB_MOST, &place);
        REQUIRE(block);
        REQUIRE(block - (char *)maker.slab == place * 8);
        REQUIRE((size_t)place * 8 + NCI_SLAB_MOST <= NCI_SLAB_SIZE);
        memset(block, 0xff, NCI_SLAB_MOST);
        nci_slab_drop(block, place);
    }
    nci_slab_leave(&maker);
}
