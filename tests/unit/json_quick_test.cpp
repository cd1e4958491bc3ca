/* SPDX-License-Identifier: MIT */
/*
 * The quick way beside the checking pass: whatever it accepts the pass accepts with the same index,
 * and it accepts what most values look like. Both forms of it, with vectors and with words.
 */
#include "json_quick_words.h"
#include "json_rig.hpp"

using namespace json_rig;

namespace
{

using Way = uint32_t (*)(uint8_t *, const char *, size_t, nci_entry *, size_t, unsigned *);

const Way ways[] = {nci_quick_copy, quick_copy_words};

constexpr size_t room_enough = 2 * NCI_QUICK_MOST + 16;

struct Outcome {
    std::vector<nci_entry> index; /* empty: left to the pass */
    unsigned depth = 0;
    std::string copy;
};

/* All blocks have exactly the size that is promised, so that a sanitizer sees what goes beyond. */
Outcome go(Way way, const std::string &text, size_t room = room_enough,
           unsigned depth = NCI_JSON_DEPTH_DEFAULT)
{
    std::unique_ptr<char[]> from(new char[text.size()]);
    std::memcpy(from.get(), text.data(), text.size());
    size_t size = std::max(text.size() + NCI_JSON_SLACK, (size_t)16);
    std::unique_ptr<uint8_t[]> copy(new uint8_t[size]);
    std::memset(copy.get(), 'x', size);
    std::unique_ptr<nci_entry[]> index(new nci_entry[room]);
    Outcome outcome;
    outcome.depth = depth;
    uint32_t entries = way(copy.get(), from.get(), text.size(), index.get(), room, &outcome.depth);
    REQUIRE(entries <= room);
    outcome.index.assign(index.get(), index.get() + entries);
    outcome.copy.assign((const char *)copy.get(), text.size() + NCI_JSON_SLACK);
    return outcome;
}

bool same(const nci_entry &one, const nci_entry &other)
{
    return one.offset == other.offset && one.info == other.info;
}

/* Whether the quick way accepts the text; it must be right. */
bool accepts(Way way, nci_checker *checker, const std::string &text)
{
    Outcome outcome = go(way, text);
    if (outcome.copy != text + std::string(NCI_JSON_SLACK, '\0'))
        FAIL("copied wrong: " << text);
    if (outcome.index.empty())
        return false;
    Verdict verdict = check_whole(checker, text);
    if (verdict.code != NCI_OK)
        FAIL("accepted, but " << verdict << ": " << text);
    bool equal = outcome.depth == checker->deepest && outcome.index.size() == checker->tape_count &&
                 !checker->decoded_count;
    for (size_t i = 0; equal && i < outcome.index.size(); i++)
        equal = same(outcome.index[i], checker->tape[i]);
    if (!equal)
        FAIL("another index than the pass's: " << text);
    return true;
}

const char *const plain[] = {
    "0",
    "-0",
    "7",
    "123456789012345678",
    "-123456789012345678",
    "0.5",
    "-12.250",
    "true",
    "false",
    "null",
    "\"\"",
    "\"a\"",
    "{}",
    "[]",
    " [ ] ",
    " { } ",
    "[0,-1,2.5,\"x\",true,false,null,{},[]]",
    "{\"i\":123456,\"source\":\"bench-producer\"}",
    "{\"id\": 7, \"name\": \"a b\", \"tags\": [\"x\", \"y\"], \"at\": {\"x\": 1.5, \"y\": -2}}",
    "{\"\":1,\"a\":2,\"aa\":3,\"12345678\":4,\"123456789\":5,\"023456789\":6}",
    "{\"a\":{\"a\":{\"a\":[[1,2],[3]]},\"b\":1},\"b\":{\"a\":1}}",
    "[[[[[[[[1]]]]]]]]",
    "[[],[],[[],{}],{\"a\":[]}]",
};

} // namespace

TEST_CASE("the quick way accepts plain texts of every length, wherever their tokens lie",
          "[json][quick]")
{
    Checker checker = new_checker();
    for (Way way : ways) {
        for (const char *text : plain) {
            INFO(text);
            REQUIRE(accepts(way, checker.get(), text));
        }
        for (size_t before = 0; before < 140; before++) {
            std::string space(before, ' '), filled(before, 'f');
            for (const char *text : plain) {
                INFO(text << " behind " << before);
                REQUIRE(accepts(way, checker.get(), space + text));
                REQUIRE(accepts(way, checker.get(), "[\"" + filled + "\"," + text + "]") ==
                        (std::string(text) != "[[[[[[[[1]]]]]]]]"));
            }
        }
        for (size_t length = 0; length <= NCI_QUICK_MOST - 2; length++)
            REQUIRE(accepts(way, checker.get(), '"' + std::string(length, 's') + '"'));
        for (size_t digits = 1; digits <= 62; digits++)
            for (size_t before = 0; before < 70; before++)
                REQUIRE(accepts(way, checker.get(),
                                std::string(before, ' ') + "1." + std::string(digits, '7')));
    }
}

TEST_CASE("the quick way never accepts what the pass refuses or indexes otherwise", "[json][quick]")
{
    Checker checker = new_checker();
    const std::string bytes("{}[]\",:\\ue019.-+tfn \n\x80\x7f\x01\x1f\0ab", 27);
    std::mt19937 random(20261122);
    for (Way way : ways) {
        size_t accepted = 0, left = 0;
        for (const char *text : plain) {
            for (size_t shift : {(size_t)0, (size_t)9, (size_t)50, (size_t)63, (size_t)120}) {
                const std::string whole = std::string(shift, ' ') + text;
                for (size_t at = shift; at <= whole.size(); at++) {
                    for (char byte : bytes) {
                        std::string with = whole, instead = whole;
                        with.insert(at, 1, byte);
                        (accepts(way, checker.get(), with) ? accepted : left)++;
                        if (at < whole.size()) {
                            instead[at] = byte;
                            (accepts(way, checker.get(), instead) ? accepted : left)++;
                        }
                    }
                    (accepts(way, checker.get(), whole.substr(0, at)) ? accepted : left)++;
                }
            }
        }
        for (int round = 0; round < 200000; round++) {
            std::string text;
            for (size_t n = random() % 24; n > 0; n--)
                text += bytes[random() % bytes.size()];
            (accepts(way, checker.get(), text) ? accepted : left)++;
        }
        CHECK(accepted > 5000);
        CHECK(left > 50000);
    }
}

TEST_CASE("the quick way leaves to the pass what it does not know", "[json][quick]")
{
    Checker checker = new_checker();
    std::string many = "{";
    for (int i = 0; i < 40; i++)
        many += (i ? ",\"n" : "\"n") + std::to_string(i) + "\":1";
    many += '}';
    const std::string texts[] = {"\"\\n\"",
                                 "\"\xd0\xb6\"",
                                 "[\n1]",
                                 "1e5",
                                 "1.5e5",
                                 "1234567890123456789",
                                 "[[[[[[[[[1]]]]]]]]]",
                                 "{\"abcdefgh_1_abcdefgh\":1,\"abcdefgh_2_abcdefgh\":2}",
                                 "1." + std::string(63, '0'),
                                 many};
    for (Way way : ways) {
        for (const std::string &text : texts) {
            INFO(text);
            CHECK(check_whole(checker.get(), text).code == NCI_OK);
            CHECK_FALSE(accepts(way, checker.get(), text));
        }
        CHECK_FALSE(accepts(way, checker.get(), "{\"a\":1,\"a\":2}"));
        CHECK_FALSE(accepts(way, checker.get(), "{\"a\":{},\"b\":[1],\"a\":2}"));
    }
}

TEST_CASE("the quick way keeps to the room and the depth that it is given", "[json][quick]")
{
    for (Way way : ways) {
        for (const char *text : plain) {
            INFO(text);
            size_t entries = go(way, text).index.size();
            unsigned depth = go(way, text).depth;
            for (size_t room = 4; room <= entries + 4; room++) {
                Outcome outcome = go(way, text, room); /* a block of just that size */
                CHECK((outcome.index.empty() || outcome.index.size() == entries));
            }
            CHECK(go(way, text, entries + 4).index.size() == entries);
            CHECK(go(way, text, room_enough, depth).index.size() == entries);
            if (depth > 0)
                CHECK(go(way, text, room_enough, depth - 1).index.empty());
        }
    }
}

TEST_CASE("a value says the same whether it was made in the quick way or not", "[json][quick]")
{
    for (const char *text : plain) {
        INFO(text);
        Value quick = make_value(text);
        Parts parts = new_parts();
        REQUIRE(nci_value_parts_add(parts.get(), text, std::strlen(text)) == NCI_OK);
        nci_value *made = nullptr;
        REQUIRE(nci_value_parts_finish(parts.release(), &made) == NCI_OK);
        Value slow(made);
        REQUIRE(text_of(quick.get()) == text_of(slow.get()));
        REQUIRE(quick->entries == slow->entries);
        REQUIRE(nci_value_depth(quick.get()) == nci_value_depth(slow.get()));
        for (uint32_t i = 0; i < slow->entries; i++)
            REQUIRE(same(quick->index[i], slow->index[i]));
    }
}
