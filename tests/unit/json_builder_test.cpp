/* SPDX-License-Identifier: MIT */
/*
 * Building texts: what comes out, and what every misuse is answered with.
 */
#include "json_rig.hpp"

#include <cmath>
#include <functional>
#include <limits>

using namespace json_rig;

namespace
{

/* The text of what steps build, which must be fine. */
std::string built(const std::function<void(nci_builder *)> &steps)
{
    Builder builder = new_builder();
    steps(builder.get());
    nci_value *value = nullptr;
    int code = nci_builder_finish(builder.get(), nullptr, &value);
    INFO(nci_detail());
    REQUIRE(code == NCI_OK);
    std::string text = text_of(value);
    nci_value_unref(value);
    return text;
}

/* What finishing answers after steps, and that the builder is empty again. */
std::pair<int, std::string> refused(const std::function<void(nci_builder *)> &steps)
{
    Builder builder = new_builder();
    steps(builder.get());
    nci_value *value = nullptr;
    int code = nci_builder_finish(builder.get(), nullptr, &value);
    std::string detail = nci_detail();
    CHECK(value == nullptr);
    CHECK(nci_builder_null(builder.get()) == NCI_OK);
    CHECK(nci_builder_finish(builder.get(), nullptr, &value) == NCI_OK);
    CHECK(text_of(value) == "null");
    nci_value_unref(value);
    return {code, detail};
}

int string_step(nci_builder *builder, const std::string &text)
{
    return nci_builder_string(builder, text.data(), text.size());
}

int key_step(nci_builder *builder, const std::string &text)
{
    return nci_builder_key(builder, text.data(), text.size());
}

} // namespace

TEST_CASE("every kind of value can be built", "[json]")
{
    CHECK(built([](nci_builder *b) { nci_builder_null(b); }) == "null");
    CHECK(built([](nci_builder *b) { nci_builder_boolean(b, 1); }) == "true");
    CHECK(built([](nci_builder *b) { nci_builder_boolean(b, 0); }) == "false");
    CHECK(built([](nci_builder *b) { nci_builder_real(b, 1.5); }) == "1.5");
    CHECK(built([](nci_builder *b) { string_step(b, "text"); }) == "\"text\"");
    CHECK(built([](nci_builder *b) { nci_builder_string(b, nullptr, 0); }) == "\"\"");
    CHECK(built([](nci_builder *b) {
              nci_builder_begin_array(b);
              nci_builder_end_array(b);
          }) == "[]");
    CHECK(built([](nci_builder *b) {
              nci_builder_begin_object(b);
              nci_builder_end_object(b);
          }) == "{}");
    CHECK(built([](nci_builder *b) {
              nci_builder_begin_object(b);
              key_step(b, "i");
              nci_builder_integer(b, 123456);
              key_step(b, "source");
              string_step(b, "bench-producer");
              key_step(b, "list");
              nci_builder_begin_array(b);
              nci_builder_null(b);
              nci_builder_begin_array(b);
              nci_builder_end_array(b);
              nci_builder_begin_object(b);
              key_step(b, "");
              nci_builder_boolean(b, 0);
              nci_builder_end_object(b);
              nci_builder_end_array(b);
              nci_builder_end_object(b);
          }) == "{\"i\":123456,\"source\":\"bench-producer\",\"list\":[null,[],{\"\":false}]}");
}

TEST_CASE("integers of every length are written", "[json]")
{
    std::vector<int64_t> numbers = {0, INT64_MIN, INT64_MAX};
    for (int64_t power = 1;; power *= 10) {
        for (int64_t number : {power - 1, power, power + 1}) {
            numbers.push_back(number);
            numbers.push_back(-number);
        }
        if (power > INT64_MAX / 10)
            break;
    }
    for (int64_t number : numbers)
        CHECK(built([=](nci_builder *b) { nci_builder_integer(b, number); }) ==
              std::to_string(number));
}

TEST_CASE("strings are escaped where they must be and nowhere else", "[json]")
{
    for (int byte = 0; byte < 128; byte++)
        for (size_t before : {0u, 3u, 7u, 8u, 20u}) {
            std::string text = std::string(before, 'x') + (char)byte + "tail";
            Value value = make_value(built([&](nci_builder *b) { string_step(b, text); }));
            CHECK(string_of(value.get(), 0) == text);
            size_t more = byte == '"' || byte == '\\' || (byte >= 8 && byte <= 13 && byte != 11) ? 1
                          : byte < 32                                                            ? 5
                                      : 0;
            CHECK(nci_value_length(value.get()) == text.size() + 2 + more);
        }
    CHECK(built([](nci_builder *b) { string_step(b, raw("\0\x1f\x0b\b\t\n\f\r\"\\/")); }) ==
          "\"\\u0000\\u001f\\u000b\\b\\t\\n\\f\\r\\\"\\\\/\"");
    CHECK(built([](nci_builder *b) {
              string_step(b, "\xd0\xb6 \xe4\xb8\xad \xf0\x9f\x98\x80\x7f");
          }) == "\"\xd0\xb6 \xe4\xb8\xad \xf0\x9f\x98\x80\x7f\"");
}

TEST_CASE("names and strings of every length round the word size are carried", "[json]")
{
    for (size_t length = 0; length < 70; length++)
        for (const char *last : {"", "\n", "\xd0\xb6", "\""}) {
            std::string text = std::string(length, 'a') + last;
            Value value = make_value(built([&](nci_builder *b) {
                nci_builder_begin_object(b);
                key_step(b, text);
                string_step(b, text);
                nci_builder_end_object(b);
            }));
            int64_t node = member(value.get(), 0, text);
            REQUIRE(node > 0);
            CHECK(string_of(value.get(), node) == text);
        }
}

TEST_CASE("a string that is not UTF-8 is refused, and the byte named", "[json]")
{
    struct {
        std::string text;
        const char *detail;
    } rows[] = {
        {"\xff", "byte 0 of the string, 0xFF, is not valid UTF-8"},
        {"abc\x80", "byte 3 of the string, 0x80, is not valid UTF-8"},
        {"0123456789\xc0\xaf", "byte 10 of the string, 0xC0, is not valid UTF-8"},
        {"\xd0\xb6\xd0", "byte 2 of the string, 0xD0, is not valid UTF-8"},
        {"\xed\xa0\x80", "byte 0 of the string, 0xED, is not valid UTF-8"},
        {"\n\xf4\x90\x80\x80", "byte 1 of the string, 0xF4, is not valid UTF-8"},
        {std::string("\xe2\x82") + '\0', "byte 0 of the string, 0xE2, is not valid UTF-8"},
    };
    for (const auto &row : rows) {
        auto answer = refused([&](nci_builder *b) {
            CHECK(string_step(b, row.text) == NCI_VALUE);
            CHECK(nci_builder_null(b) == NCI_VALUE);
        });
        CHECK(answer.first == NCI_VALUE);
        CHECK(answer.second == row.detail);
    }
    auto answer = refused([](nci_builder *b) {
        nci_builder_begin_object(b);
        key_step(b, "a\xff");
    });
    CHECK(answer.second == "byte 1 of the member name, 0xFF, is not valid UTF-8");
}

TEST_CASE("a real that is not finite is refused", "[json]")
{
    using limits = std::numeric_limits<double>;
    for (double number : {limits::infinity(), -limits::infinity(), limits::quiet_NaN()})
        CHECK(refused([=](nci_builder *b) { nci_builder_real(b, number); }).first == NCI_VALUE);
}

TEST_CASE("every misplaced call is refused, and finish tells the first", "[json]")
{
    using Steps = std::function<void(nci_builder *)>;
    struct {
        Steps steps;
        const char *detail;
    } rows[] = {
        {[](nci_builder *) {}, "nothing was written"},
        {[](nci_builder *b) {
             nci_builder_null(b);
             nci_builder_null(b);
         },
         "a second value behind the first"},
        {[](nci_builder *b) {
             nci_builder_begin_array(b);
             nci_builder_end_array(b);
             nci_builder_begin_array(b);
         },
         "a second value behind the first"},
        {[](nci_builder *b) { nci_builder_begin_array(b); }, "1 arrays or objects are still open"},
        {[](nci_builder *b) { nci_builder_end_array(b); }, "no array is open here to be ended"},
        {[](nci_builder *b) { nci_builder_end_object(b); }, "no object is open here to be ended"},
        {[](nci_builder *b) {
             nci_builder_begin_array(b);
             nci_builder_end_object(b);
         },
         "no object is open here to be ended"},
        {[](nci_builder *b) {
             nci_builder_begin_object(b);
             nci_builder_end_array(b);
         },
         "no array is open here to be ended"},
        {[](nci_builder *b) { key_step(b, "a"); }, "a member name outside an object"},
        {[](nci_builder *b) {
             nci_builder_begin_array(b);
             key_step(b, "a");
         },
         "a member name outside an object"},
        {[](nci_builder *b) {
             nci_builder_begin_object(b);
             nci_builder_integer(b, 1);
         },
         "a value in an object without its name"},
        {[](nci_builder *b) {
             nci_builder_begin_object(b);
             key_step(b, "a");
             key_step(b, "b");
         },
         "a member name behind a member name"},
        {[](nci_builder *b) {
             nci_builder_begin_object(b);
             key_step(b, "a");
             nci_builder_end_object(b);
         },
         "an object ended behind a member name"},
        {[](nci_builder *b) {
             nci_builder_begin_object(b);
             key_step(b, "a");
             nci_builder_null(b);
             nci_builder_begin_array(b);
         },
         "a value in an object without its name"},
    };
    for (const auto &row : rows) {
        auto answer = refused(row.steps);
        CHECK(answer.first == NCI_USAGE);
        CHECK(answer.second == row.detail);
    }
}

TEST_CASE("the first error sticks, also behind other calls of the thread", "[json]")
{
    auto answer = refused([](nci_builder *b) {
        CHECK(nci_builder_end_array(b) == NCI_USAGE);
        CHECK(string_step(b, "\xff") == NCI_USAGE);
        CHECK(nci_builder_real(b, NAN) == NCI_USAGE);
        CHECK(nci_builder_integer(b, 1) == NCI_USAGE);
        CHECK(nci_builder_boolean(b, 1) == NCI_USAGE);
        CHECK(key_step(b, "a") == NCI_USAGE);
        CHECK(nci_builder_begin_object(b) == NCI_USAGE);
        CHECK(nci_builder_end_object(b) == NCI_USAGE);
        nci_fail(NCI_IO, "something else");
    });
    CHECK(answer.first == NCI_USAGE);
    CHECK(answer.second == "no array is open here to be ended");
}

TEST_CASE("a reset makes a builder as good as new", "[json]")
{
    Builder builder = new_builder();
    nci_builder_begin_array(builder.get());
    nci_builder_end_object(builder.get());
    nci_builder_reset(builder.get());
    CHECK(nci_builder_integer(builder.get(), 5) == NCI_OK);
    nci_value *value = nullptr;
    REQUIRE(nci_builder_finish(builder.get(), nullptr, &value) == NCI_OK);
    CHECK(integer_of(value, 0) == 5);
    nci_value_unref(value);
    nci_builder_free(nullptr);
}

TEST_CASE("duplicate names and limits are found when a text is finished", "[json]")
{
    auto answer = refused([](nci_builder *b) {
        nci_builder_begin_object(b);
        key_step(b, "a");
        nci_builder_null(b);
        key_step(b, "a");
        nci_builder_null(b);
        nci_builder_end_object(b);
    });
    CHECK(answer.first == NCI_VALUE);
    CHECK_THAT(answer.second, netchan_test::has_text("member name \"a\" appears twice"));

    Builder builder = new_builder();
    nci_value *value = nullptr;
    nci_json_limits limits = {6, 1};
    string_step(builder.get(), "1234");
    CHECK(nci_builder_finish(builder.get(), &limits, &value) == NCI_OK);
    nci_value_unref(value);
    string_step(builder.get(), "12345");
    CHECK(nci_builder_finish(builder.get(), &limits, &value) == NCI_LIMIT);
    CHECK(value == nullptr);
    nci_builder_begin_array(builder.get());
    nci_builder_begin_array(builder.get());
    nci_builder_end_array(builder.get());
    nci_builder_end_array(builder.get());
    CHECK(nci_builder_finish(builder.get(), &limits, &value) == NCI_LIMIT);
}

TEST_CASE("a builder nests as deep as any limit and no deeper", "[json]")
{
    Builder builder = new_builder();
    nci_json_limits limits = {1 << 20, 512};
    nci_value *value = nullptr;
    for (int i = 0; i < 512; i++)
        REQUIRE(nci_builder_begin_array(builder.get()) == NCI_OK);
    for (int i = 0; i < 512; i++)
        REQUIRE(nci_builder_end_array(builder.get()) == NCI_OK);
    REQUIRE(nci_builder_finish(builder.get(), &limits, &value) == NCI_OK);
    CHECK(nci_value_depth(value) == 512);
    nci_value_unref(value);
    for (int i = 0; i < 512; i++)
        REQUIRE(nci_builder_begin_array(builder.get()) == NCI_OK);
    CHECK(nci_builder_begin_array(builder.get()) == NCI_LIMIT);
    CHECK(nci_builder_finish(builder.get(), &limits, &value) == NCI_LIMIT);
}

TEST_CASE("a whole value can be put into another", "[json]")
{
    Value inner = make_value(" {\"a\": [1, \"\\u0041\"]} ");
    CHECK(built([&](nci_builder *b) {
              nci_builder_begin_array(b);
              nci_builder_value(b, inner.get());
              nci_builder_value(b, inner.get());
              nci_builder_end_array(b);
          }) == "[ {\"a\": [1, \"\\u0041\"]} , {\"a\": [1, \"\\u0041\"]} ]");
    CHECK(built([&](nci_builder *b) { nci_builder_value(b, inner.get()); }) ==
          text_of(inner.get()));
}

TEST_CASE("large texts are built, one after the other", "[json]")
{
    Builder builder = new_builder();
    std::string line = repeat("0123456789\n", 1000), all;
    for (int round = 0; round < 2; round++) {
        nci_builder_begin_array(builder.get());
        for (int i = 0; i < 100; i++)
            REQUIRE(string_step(builder.get(), line) == NCI_OK);
        nci_builder_end_array(builder.get());
        nci_value *value = nullptr;
        REQUIRE(nci_builder_finish(builder.get(), nullptr, &value) == NCI_OK);
        CHECK(nci_value_size(value, 0) == 100);
        CHECK((string_of(value, nci_value_element(value, 0, 99)) == line));
        nci_value_unref(value);
    }
}

TEST_CASE("a string longer than any text is refused before it is looked at", "[json]")
{
    Builder builder = new_builder();
    CHECK(nci_builder_string(builder.get(), "x", SIZE_MAX) == NCI_LIMIT);
    nci_builder_reset(builder.get());
    CHECK(nci_builder_string(builder.get(), "x", NCI_JSON_VALUE_MAX + 1) == NCI_LIMIT);
    nci_builder_reset(builder.get());
    nci_builder_begin_object(builder.get());
    CHECK(nci_builder_key(builder.get(), "x", SIZE_MAX) == NCI_LIMIT);
}
