/* SPDX-License-Identifier: MIT */
/*
 * Values that arrive in pieces: whatever the pieces, the value, its index and the refusal are those
 * of the whole text, and memory follows what has arrived.
 */
#include "json_rig.hpp"

#include <algorithm>

using namespace json_rig;

namespace
{

/* Everything a value says about itself, in one string. */
void describe(const nci_value *value, int64_t node, std::string &out)
{
    int kind = nci_value_kind(value, node);
    const char *text;
    size_t length;
    REQUIRE(nci_value_node_text(value, node, &text, &length) == NCI_OK);
    out += std::to_string(kind) + "@" + std::to_string(node) + "=" + std::string(text, length);
    if (kind == NCI_KIND_STRING)
        out += "~" + string_of(value, node);
    if (kind < NCI_KIND_ARRAY)
        return;
    out += "[" + std::to_string(nci_value_size(value, node));
    for (int64_t child = nci_value_first(value, node); child >= 0;
         child = nci_value_next(value, child)) {
        if (kind == NCI_KIND_OBJECT)
            out += "/" + name_of(value, child);
        describe(value, child, out);
    }
    out += "]";
}

std::string description(const nci_value *value)
{
    std::string out = text_of(value) + "|" + std::to_string(nci_value_depth(value)) + "|";
    describe(value, 0, out);
    return out;
}

/* Assembles a text from pieces of these sizes; the code of the first refusal, if any. */
int assemble(const std::string &text, const std::vector<size_t> &sizes, Value &out,
             const nci_json_limits *limits = nullptr)
{
    Parts parts = new_parts(limits);
    size_t at = 0;
    for (size_t size : sizes) {
        std::vector<char> piece(text.begin() + (long)at, text.begin() + (long)(at + size));
        int code = nci_value_parts_add(parts.get(), piece.data(), size);
        if (code != NCI_OK)
            return code;
        at += size;
        CHECK(nci_value_parts_length(parts.get()) == at);
    }
    nci_value *value = nullptr;
    int code = nci_value_parts_finish(parts.release(), &value);
    out.reset(value);
    return code;
}

std::vector<size_t> even(size_t length, size_t size)
{
    std::vector<size_t> sizes(length / size, size);
    if (length % size)
        sizes.push_back(length % size);
    return sizes;
}

const char *const samples[] = {
    "{\"i\":123456,\"source\":\"bench-producer\"}",
    ("[1,-2.5e-3,\"a\\n\\u00e9\\ud83d\\ude00b\",true,false,null,{},[],"
     "\"\xd0\xb6\xe4\xb8\xad\xf0\x9f\x98\x80\"]"),
    " { \"k\\u0065y\" : [ { \"\" : \"\" } , 0 ] , \"other\" : \"x\\\\\" } ",
    "123456789",
    "-0.5",
    "\"\\u0000\"",
    "null",
};

} // namespace

TEST_CASE("a value of pieces is the value of the whole text, cut in two anywhere", "[json]")
{
    for (std::string text : samples) {
        std::string whole = description(make_value(text).get());
        for (size_t cut = 0; cut <= text.size(); cut++) {
            Value value;
            INFO(text << " cut at " << cut);
            REQUIRE(assemble(text, {cut, text.size() - cut}, value) == NCI_OK);
            CHECK(description(value.get()) == whole);
        }
        for (size_t size = 1; size < 9; size++) {
            Value value;
            INFO(text << " in pieces of " << size);
            REQUIRE(assemble(text, even(text.size(), size), value) == NCI_OK);
            CHECK(description(value.get()) == whole);
        }
    }
}

TEST_CASE("large values of pieces are those of the whole text", "[json]")
{
    std::string numbers = "[";
    std::string names = "{";
    for (int i = 0; i < 30000; i++) {
        numbers += std::to_string(i * 7919) + ",[],";
        names += "\"n\\u0061me" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    }
    numbers += "0]";
    names += "\"z\":0}";
    std::string text = "\"" + repeat("plain \\n \xd0\xb6 ", 40000) + "\"";
    std::string plain = "\"" + std::string(1500000, 'p') + "\"";
    for (const std::string &sample : {numbers, names, text, plain}) {
        std::string whole = description(make_value(sample).get());
        for (size_t size : {(size_t)4001, (size_t)16384, (size_t)65536, sample.size()}) {
            Value value;
            INFO(sample.substr(0, 40) << " in pieces of " << size);
            REQUIRE(assemble(sample, even(sample.size(), size), value) == NCI_OK);
            CHECK((description(value.get()) == whole));
            CHECK(nci_value_memory(value.get()) >= sample.size());
        }
    }
}

TEST_CASE("pieces may be empty, and no piece at all is no value", "[json]")
{
    Value value;
    REQUIRE(assemble("[1]", {0, 1, 0, 0, 2, 0}, value) == NCI_OK);
    CHECK(text_of(value.get()) == "[1]");
    CHECK(assemble("", {}, value) == NCI_VALUE);
    CHECK(value == nullptr);
    CHECK(std::string(nci_detail()) ==
          "line 1, column 1: a value was expected, but the text ends here");
    CHECK(assemble(" ", {1}, value) == NCI_VALUE);
}

TEST_CASE("a wrong piece is refused when it comes, and finish refuses too", "[json]")
{
    Parts parts = new_parts();
    CHECK(nci_value_parts_add(parts.get(), "[1,", 3) == NCI_OK);
    CHECK(nci_value_parts_add(parts.get(), "x", 1) == NCI_VALUE);
    CHECK(std::string(nci_detail()) == "line 1, column 4: a value was expected, not 'x'");
    CHECK(nci_value_parts_add(parts.get(), "]", 1) == NCI_VALUE);
    nci_value *value = nullptr;
    CHECK(nci_value_parts_finish(parts.release(), &value) == NCI_VALUE);
    CHECK(value == nullptr);
}

TEST_CASE("a value that is not finished is refused at its end", "[json]")
{
    Value value;
    CHECK(assemble("[1,2", {2, 2}, value) == NCI_VALUE);
    CHECK(std::string(nci_detail()) ==
          "line 1, column 5: ',' or ']' was expected, but the text ends here");
}

TEST_CASE("the value limit is held against what has come, one byte over is too much",
          "[json][row:J1]")
{
    nci_json_limits limits = {8, 64};
    Value value;
    CHECK(assemble("\"123456\"", {3, 5}, value, &limits) == NCI_OK);
    CHECK(assemble("\"1234567\"", {3, 5, 1}, value, &limits) == NCI_LIMIT);
    CHECK(assemble("\"1234567\"", {9}, value, &limits) == NCI_LIMIT);
    CHECK_THAT(nci_detail(), netchan_test::has_text("9 bytes"));
    limits.depth = 1;
    CHECK(assemble("[[", {1, 1}, value, &limits) == NCI_LIMIT);
}

TEST_CASE("an assembly may be abandoned at any point", "[json]")
{
    std::string text = "{\"key\":[\"\\u0041bc\",1.5,{}],\"other\":" + repeat("[", 30);
    for (size_t length = 0; length <= text.size(); length++) {
        Parts parts = new_parts();
        CHECK(nci_value_parts_add(parts.get(), text.data(), length) == NCI_OK);
    }
    nci_value_parts_abandon(nullptr);
}

TEST_CASE("an escape or letter cut by the end of all bytes is a fault, not a zero byte", "[json]")
{
    Value value;
    for (std::string text : {"\"\\", "\"\\u00", "\"\\ud800\\u", "\"\xe2\x82", "\"\xf0"}) {
        INFO(text);
        CHECK(assemble(text, even(text.size(), 1), value) == NCI_VALUE);
    }
}

TEST_CASE("bytes are looked at a bounded number of times, however small the pieces", "[json]")
{
    /* Each of these, byte by byte, would take minutes if a token began again with every piece. */
    std::string digits = "0." + std::string(300000, '7');
    std::string exponent = "1e-" + std::string(300000, '9');
    std::string letters = "\"" + std::string(300000, 'a') + "\"";
    std::string escapes = "\"" + repeat("\\n", 150000) + "\"";
    std::string spaces = "1" + std::string(300000, ' ');
    for (const std::string &text : {digits, exponent, letters, escapes, spaces}) {
        INFO(text.substr(0, 20));
        Parts parts = new_parts();
        for (char byte : text)
            if (nci_value_parts_add(parts.get(), &byte, 1) != NCI_OK)
                FAIL(nci_detail());
        nci_value *value = nullptr;
        REQUIRE(nci_value_parts_finish(parts.release(), &value) == NCI_OK);
        CHECK(nci_value_length(value) == text.size());
        nci_value_unref(value);
    }
}
