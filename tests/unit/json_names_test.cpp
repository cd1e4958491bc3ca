/* SPDX-License-Identifier: MIT */
/*
 * Duplicate member names: in small and crowded objects, short, long and escaped, at both ends, in
 * nested objects that are crowded at once, and the order in which faults are told.
 */
#include "json_rig.hpp"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>
#include <time.h>

using namespace json_rig;

namespace
{

/* An object of these names, each with a value; offsets[i] is where name i begins. */
std::string object_of(const std::vector<std::string> &names, std::vector<size_t> *offsets,
                      const std::string &value = "1")
{
    std::string text = "{";
    for (const std::string &name : names) {
        if (text.size() > 1)
            text += ',';
        if (offsets)
            offsets->push_back(text.size());
        text += '"' + name + "\":" + value;
    }
    return text + "}";
}

std::vector<std::string> numbered(size_t count, const std::string &prefix)
{
    std::vector<std::string> names;
    for (size_t i = 0; i < count; i++)
        names.push_back(prefix + std::to_string(i));
    return names;
}

/* The same name, every character written as an escape. */
std::string escaped(const std::string &name)
{
    std::string text;
    char digits[8];
    for (char byte : name) {
        snprintf(digits, sizeof digits, "\\u%04x", (unsigned char)byte);
        text += digits;
    }
    return text;
}

} // namespace

TEST_CASE("a duplicate is found wherever it stands among one to two hundred names",
          "[json][row:J5]")
{
    Checker checker = new_checker();
    for (size_t count = 1; count <= 200; count += count < 70 ? 1 : 13) {
        for (const char *prefix : {"", "member", "a name of more than eight bytes "}) {
            std::vector<std::string> names = numbered(count, prefix);
            INFO(count << " names like " << prefix);
            REQUIRE(check_whole(checker.get(), object_of(names, nullptr)).code == NCI_OK);
            for (size_t twin : {(size_t)0, count / 2, count - 1}) {
                std::vector<std::string> more = names;
                more.push_back(names[twin]);
                std::vector<size_t> offsets;
                std::string text = object_of(more, &offsets);
                Verdict verdict = check_whole(checker.get(), text);
                CHECK(verdict.code == NCI_VALUE);
                CHECK(verdict.offset == offsets.back());
                CHECK(verdict.reason == "member name \"" + names[twin] + "\" appears twice");
            }
        }
    }
}

TEST_CASE("names are compared as what they mean, not as they are written", "[json][row:J5]")
{
    Checker checker = new_checker();
    for (size_t before : {0u, 1u, 31u, 32u, 33u, 100u}) {
        for (const char *name : {"a", "abcdefgh",
                                 "a rather long name that is no longer short at "
                                 "all since it goes on and on and on"}) {
            std::vector<std::string> names = numbered(before, "other");
            INFO(before << " names before " << name);
            names.push_back(name);
            names.push_back(escaped(name));
            CHECK(check_whole(checker.get(), object_of(names, nullptr)).code == NCI_VALUE);
            std::swap(names[before], names[before + 1]);
            CHECK(check_whole(checker.get(), object_of(names, nullptr)).code == NCI_VALUE);
            names[before] = escaped(std::string(name) + "x");
            CHECK(check_whole(checker.get(), object_of(names, nullptr)).code == NCI_OK);
        }
    }
}

TEST_CASE("a thousand and a hundred thousand names are told apart", "[json]")
{
    Checker checker = new_checker();
    nci_json_limits limits = {16 << 20, 64};
    for (size_t count : {1000u, 100000u}) {
        std::vector<std::string> names = numbered(count, "m");
        INFO(count);
        CHECK(check_whole(checker.get(), object_of(names, nullptr), &limits).code == NCI_OK);
        for (size_t twin : {(size_t)0, count - 2}) {
            std::vector<std::string> more = names;
            more.back() = names[twin];
            std::vector<size_t> offsets;
            std::string text = object_of(more, &offsets);
            CHECK(check_whole(checker.get(), text, &limits).offset == offsets.back());
        }
        std::vector<std::string> more = names;
        more[1] = more[0];
        CHECK(check_whole(checker.get(), object_of(more, nullptr), &limits).code == NCI_VALUE);
    }
}

TEST_CASE("every one of some hundred names is known behind the last", "[json]")
{
    /* where a name lies in the table is chance: all of them, in tables at all stages of growing */
    Checker checker = new_checker();
    for (size_t count = 100; count < 420; count += 3) {
        std::vector<std::string> names = numbered(count, "");
        std::string text = object_of(names, nullptr);
        text.pop_back();
        for (size_t twin = count % 2; twin < count; twin += 2) {
            Verdict verdict = check_whole(checker.get(), text + ",\"" + names[twin] + "\":1}");
            if (verdict.code != NCI_VALUE || verdict.offset != text.size() + 1)
                FAIL_CHECK(names[twin] << " among " << count << " names: " << verdict);
        }
    }
    SUCCEED();
}

TEST_CASE("names may appear again in other objects, also in crowded ones", "[json]")
{
    Checker checker = new_checker();
    nci_json_limits limits = {16 << 20, 512};
    std::string crowd = object_of(numbered(40, "n"), nullptr);
    std::vector<std::string> texts = {crowd};
    CHECK(check_whole(checker.get(), "[" + crowd + "," + crowd + "]").code == NCI_OK);
    /* every member of a crowded object a crowded object, three deep */
    std::string nested = object_of(numbered(40, "n"), nullptr, crowd);
    nested = object_of(numbered(40, "n"), nullptr, nested);
    CHECK(check_whole(checker.get(), nested, &limits).code == NCI_OK);
    /* and the outer one's names are still known behind the inner ones */
    std::string text = nested;
    text.replace(text.rfind('}'), 1, ",\"n7\":1}");
    Verdict verdict = check_whole(checker.get(), text, &limits);
    CHECK(verdict.code == NCI_VALUE);
    CHECK(verdict.reason == "member name \"n7\" appears twice");
    /* crowded at every level down to the limit */
    std::string deep = "1";
    for (int i = 0; i < 500; i++) {
        std::vector<std::string> names = numbered(34, "k");
        std::string object = object_of(names, nullptr);
        object.replace(object.rfind('}'), 1, ",\"inner\":" + deep + "}");
        deep = object;
        if (deep.size() > 400000)
            break;
    }
    CHECK(check_whole(checker.get(), deep, &limits).code == NCI_OK);
    text = deep;
    text.replace(text.rfind('}'), 1, ",\"k3\":1}");
    CHECK(check_whole(checker.get(), text, &limits).reason == "member name \"k3\" appears twice");
}

TEST_CASE("the first fault is told, whatever waits or follows", "[json]")
{
    Checker checker = new_checker();
    for (size_t count = 30; count < 60; count++) {
        INFO(count);
        /* a duplicate, then bad syntax */
        std::vector<std::string> names = numbered(count, "n");
        names.push_back("n3");
        std::vector<size_t> offsets;
        std::string text = object_of(names, &offsets);
        text.pop_back();
        CHECK(check_whole(checker.get(), text + ",x}").offset == offsets.back());
        CHECK(check_whole(checker.get(), text).offset == offsets.back());
        CHECK(check_whole(checker.get(), text + ",\"m\":01}").offset == offsets.back());
        CHECK(check_whole(checker.get(), text + ",\"m\":\"\\x\"}").offset == offsets.back());
        CHECK(check_whole(checker.get(), text + ",\"m\":" + repeat("[", 100)).offset ==
              offsets.back());
        /* a duplicate in the outer object, then one in an inner object of either kind */
        CHECK(check_whole(checker.get(), text + ",\"m\":{\"a\":1,\"a\":1}}").offset ==
              offsets.back());
        std::vector<std::string> inner = numbered(50, "i");
        inner.push_back("i0");
        CHECK(
            check_whole(checker.get(), text + ",\"m\":" + object_of(inner, nullptr) + "}").offset ==
            offsets.back());
        /* the duplicate inside first, the outer one behind it */
        names.pop_back();
        text = object_of(names, nullptr);
        text.pop_back();
        size_t at = text.size();
        text += ",\"m\":{\"a\":1,\"a\":1},\"n3\":1}";
        CHECK(check_whole(checker.get(), text).offset == at + 12);
    }
}

TEST_CASE("a long name in a refusal is cut between characters", "[json]")
{
    Checker checker = new_checker();
    std::string name = "x" + repeat("\xd0\xb6", 60);
    Verdict verdict = check_whole(checker.get(), object_of({name, name}, nullptr));
    CHECK(verdict.reason == "member name \"" + name.substr(0, 59) + "\"... appears twice");
}

TEST_CASE("random sets of names agree with std::set", "[json]")
{
    Checker checker = new_checker();
    std::mt19937 random(20240607);
    const std::string letters = "abAB01";
    for (int round = 0; round < 3000; round++) {
        size_t count = random() % 80;
        size_t longest = random() % 3 == 0 ? 12 : 3;
        std::vector<std::string> names;
        std::set<std::string> seen;
        size_t twin = SIZE_MAX;
        for (size_t i = 0; i < count; i++) {
            std::string name;
            for (size_t n = random() % (longest + 1); n > 0; n--)
                name += letters[random() % letters.size()];
            if (!seen.insert(name).second && twin == SIZE_MAX)
                twin = i;
            names.push_back(random() % 8 == 0 ? escaped(name) : name);
        }
        std::vector<size_t> offsets;
        std::string text = object_of(names, &offsets);
        Verdict verdict = check_whole(checker.get(), text);
        INFO(text);
        REQUIRE(verdict.code == (twin == SIZE_MAX ? NCI_OK : NCI_VALUE));
        if (twin != SIZE_MAX)
            REQUIRE(verdict.offset == offsets[twin]);
    }
}

namespace
{

uint64_t turn(uint64_t word, unsigned bits)
{
    return word << bits | word >> (64 - bits);
}

void mix(uint64_t v[4])
{
    v[0] += v[1], v[1] = turn(v[1], 13) ^ v[0], v[0] = turn(v[0], 32);
    v[2] += v[3], v[3] = turn(v[3], 16) ^ v[2];
    v[0] += v[3], v[3] = turn(v[3], 21) ^ v[0];
    v[2] += v[1], v[1] = turn(v[1], 17) ^ v[2], v[2] = turn(v[2], 32);
}

/* The checker's hash of a name of eight bytes, with the key that somebody who only reads the source
 * could guess. */
uint32_t guessed_hash(uint64_t name)
{
    uint64_t v[4] = {UINT64_C(0x736f6d6570736575), UINT64_C(0x646f72616e646f6d),
                     UINT64_C(0x6c7967656e657261), UINT64_C(0x7465646279746573)};
    for (uint64_t word : {name, UINT64_C(8) << 56}) {
        v[3] ^= word;
        mix(v);
        v[0] ^= word;
    }
    v[2] ^= 0xFF;
    mix(v), mix(v), mix(v);
    uint64_t word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (uint32_t)(word ^ word >> 32);
}

/* Names of eight letters; crafted ones all begin their search at a thousandth of the slots. */
std::vector<std::string> eight_letters(size_t count, bool crafted)
{
    std::vector<std::string> names;
    for (uint64_t number = 0; names.size() < count; number++) {
        char name[9];
        for (int i = 0; i < 8; i++)
            name[i] = (char)('a' + (number >> (4 * i) & 15));
        uint64_t word;
        memcpy(&word, name, 8);
        if (!crafted || (guessed_hash(word) & 1023) == 0)
            names.emplace_back(name, 8);
    }
    return names;
}

double cpu_seconds()
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

} // namespace

TEST_CASE("names crafted to meet take no longer than others", "[json][row:J7]")
{
    const size_t count = 16000;
    Checker checker = new_checker();
    std::string crafted = object_of(eight_letters(count, true), nullptr);
    std::string others = object_of(eight_letters(count, false), nullptr);
    std::vector<double> ratios;
    for (int pair = 0; pair < 9; pair++) {
        double spent[2];
        for (int which : {pair % 2, 1 - pair % 2}) {
            double begun = cpu_seconds();
            for (int i = 0; i < 5; i++)
                REQUIRE(check_whole(checker.get(), which ? crafted : others).code == NCI_OK);
            spent[which] = cpu_seconds() - begun;
        }
        ratios.push_back(spent[1] / spent[0]);
    }
    std::sort(ratios.begin(), ratios.end());
    std::printf("crafted names: %.2f times the time of others\n", ratios[4]);
    CHECK(ratios[4] <= 2);
}
