/* SPDX-License-Identifier: MIT */
/*
 * Making values and reading them.
 */
#include "json_rig.hpp"

#include <thread>

using namespace json_rig;

TEST_CASE("a value keeps its text as it was, white space and all", "[json]")
{
    std::string text = " {\"a\" : [1, 2.50 , \"\\u0041\"]}\n";
    Value value = make_value(text);
    CHECK(text_of(value.get()) == text);
    CHECK(nci_value_length(value.get()) == text.size());
    CHECK(nci_value_depth(value.get()) == 2);
    CHECK(nci_value_text(value.get(), nullptr) == nci_value_text(value.get(), nullptr));
}

TEST_CASE("a value is a copy: the caller may change its own text at once", "[json]")
{
    std::string text = "[1,2,3]";
    Value value = make_value(text);
    text.assign("xxxxxxx");
    CHECK(text_of(value.get()) == "[1,2,3]");
}

TEST_CASE("a value lives as long as its last reference", "[json]")
{
    Value value = make_value("\"kept\"");
    nci_value *second = nci_value_ref(value.get());
    CHECK(second == value.get());
    value.reset();
    CHECK(string_of(second, 0) == "kept");
    nci_value_unref(second);
    nci_value_unref(nullptr);
}

TEST_CASE("references are counted right by threads that share a value", "[json]")
{
    Value value = make_value("{\"a\":[1,2,3],\"b\":\"\\n\"}");
    std::vector<std::thread> threads;
    std::vector<int> wrong(4, 0);
    for (int t = 0; t < 4; t++)
        threads.emplace_back([&, t] {
            for (int i = 0; i < 20000; i++) {
                nci_value *mine = nci_value_ref(value.get());
                int64_t number = 0;
                int64_t array = nci_value_member(mine, 0, "a", 1);
                if (nci_value_integer(mine, nci_value_element(mine, array, i % 3), &number) ||
                    number != i % 3 + 1)
                    wrong[(size_t)t]++;
                nci_value_unref(mine);
            }
        });
    for (std::thread &thread : threads)
        thread.join();
    for (int count : wrong)
        CHECK(count == 0);
}

TEST_CASE("every kind is told apart", "[json]")
{
    Value value = make_value("[null,false,true,0,0.0,\"\",\"\\n\",[],{}]");
    std::vector<int> kinds;
    for (int64_t node = nci_value_first(value.get(), 0); node >= 0;
         node = nci_value_next(value.get(), node))
        kinds.push_back(nci_value_kind(value.get(), node));
    CHECK(kinds == std::vector<int>{NCI_KIND_NULL, NCI_KIND_FALSE, NCI_KIND_TRUE, NCI_KIND_INTEGER,
                                    NCI_KIND_REAL, NCI_KIND_STRING, NCI_KIND_STRING, NCI_KIND_ARRAY,
                                    NCI_KIND_OBJECT});
    CHECK(nci_value_kind(value.get(), 0) == NCI_KIND_ARRAY);
}

TEST_CASE("integers are exact to both ends of 64 bits", "[json]")
{
    for (int64_t number : {INT64_MIN, INT64_MIN + 1, (int64_t)-10, (int64_t)-1, (int64_t)0,
                           (int64_t)9, (int64_t)1234567890123456789, INT64_MAX - 1, INT64_MAX})
        CHECK(integer_of(make_value(std::to_string(number)).get(), 0) == number);
    CHECK(integer_of(make_value("-0").get(), 0) == 0);
}

TEST_CASE("strings are handed out decoded, with their length", "[json]")
{
    struct {
        const char *text;
        std::string decoded;
    } rows[] = {
        {"\"\"", ""},
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"a\\u0000b\"", raw("a\0b")},
        {"\"\\u0041\\u00e9\\u20ac\\ud83d\\ude00\\u007f\\u0080\\u07ff\\u0800\\uffff\"",
         "A\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\x7f\xc2\x80\xdf\xbf\xe0\xa0\x80\xef\xbf\xbf"},
        {"\"\\uD800\\uDC00\\udbff\\udfff\"", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
        {"\"before \\n\xd0\xb6 behind and on for more than sixteen plain bytes \\t.\"",
         "before \n\xd0\xb6 behind and on for more than sixteen plain bytes \t."},
        {"\"\xd0\xb6\xe4\xb8\xad\xf0\x9f\x98\x80\"", "\xd0\xb6\xe4\xb8\xad\xf0\x9f\x98\x80"},
    };
    for (const auto &row : rows) {
        INFO(row.text);
        CHECK(string_of(make_value(row.text).get(), 0) == row.decoded);
    }
    /* several in one value, and names among them */
    Value value = make_value("{\"\\u0061\":\"\\n\",\"b\":\"x\",\"\\u0063\\t\":\"\\u0064\"}");
    CHECK(string_of(value.get(), member(value.get(), 0, "a")) == "\n");
    CHECK(string_of(value.get(), member(value.get(), 0, "b")) == "x");
    CHECK(string_of(value.get(), member(value.get(), 0, "c\t")) == "d");
    CHECK(member(value.get(), 0, "c") == NCI_VALUE);
}

TEST_CASE("members are found by their decoded name", "[json]")
{
    Value value =
        make_value("{\"\":0,\"a\":1,\"ab\":2,\"abcdefgh\":3,\"abcdefghi\":4,"
                   "\"n\\u0000ul\":5,\"\xd0\xb6\":6,\"a long name, longer than sixteen\":7,"
                   "\"o\":{\"a\":8}}");
    std::vector<std::string> names = {
        "",          "a",          "ab",       "abcdefgh",
        "abcdefghi", raw("n\0ul"), "\xd0\xb6", "a long name, longer than sixteen"};
    for (size_t i = 0; i < names.size(); i++) {
        INFO(names[i]);
        int64_t node = member(value.get(), 0, names[i]);
        REQUIRE(node > 0);
        CHECK(integer_of(value.get(), node) == (int64_t)i);
        CHECK(name_of(value.get(), node) == names[i]);
    }
    CHECK(integer_of(value.get(), member(value.get(), member(value.get(), 0, "o"), "a")) == 8);
    for (const char *absent :
         {"b", "A", "abcdefg", "abcdefghj", "n", "a long name, longer than sixteem"})
        CHECK(member(value.get(), 0, absent) == NCI_VALUE);
    CHECK_THAT(nci_detail(), netchan_test::has_text("there is no member \"a long name"));
}

TEST_CASE("elements and members are found by number and one after the other", "[json]")
{
    Value value = make_value("{\"x\":[[],{\"in\":[1]},\"s\\n\",7],\"\\u0079\":{},\"z\":\"end\"}");
    const char *name;
    size_t length;
    CHECK(nci_value_size(value.get(), 0) == 3);
    int64_t x = nci_value_key(value.get(), 0, 0, &name, &length);
    CHECK(std::string(name, length) == "x");
    int64_t y = nci_value_key(value.get(), 0, 1, &name, &length);
    CHECK(std::string(name, length) == "y");
    int64_t z = nci_value_key(value.get(), 0, 2, &name, &length);
    CHECK(std::string(name, length) == "z");
    CHECK(nci_value_size(value.get(), x) == 4);
    CHECK(nci_value_size(value.get(), y) == 0);
    CHECK(string_of(value.get(), z) == "end");

    CHECK(nci_value_first(value.get(), 0) == x);
    CHECK(nci_value_next(value.get(), x) == y);
    CHECK(nci_value_next(value.get(), y) == z);
    CHECK(nci_value_next(value.get(), z) == NCI_VALUE);
    CHECK(nci_value_next(value.get(), 0) == NCI_VALUE);

    int64_t node = nci_value_first(value.get(), x);
    for (int64_t i = 0; i < 4; i++) {
        CHECK(nci_value_element(value.get(), x, i) == node);
        CHECK(nci_value_name(value.get(), node, &name, &length) == NCI_TYPE);
        node = nci_value_next(value.get(), node);
    }
    CHECK(node == NCI_VALUE);
    CHECK(integer_of(value.get(), nci_value_element(value.get(), x, 3)) == 7);

    for (int64_t wrong : {(int64_t)-1, (int64_t)4, INT64_MAX, INT64_MIN}) {
        CHECK(nci_value_element(value.get(), x, wrong) == NCI_VALUE);
        CHECK(nci_value_key(value.get(), 0, wrong, &name, &length) == NCI_VALUE);
    }
    CHECK(nci_value_key(value.get(), 0, 3, &name, &length) == NCI_VALUE);
    CHECK(nci_value_first(value.get(), y) == NCI_VALUE);
    CHECK(nci_value_first(value.get(), nci_value_element(value.get(), x, 0)) == NCI_VALUE);
}

TEST_CASE("a string in front of an element is not taken for its name", "[json]")
{
    const char *name;
    size_t length;
    Value value = make_value("[\"a\",1,[\"b\"],2,[\"c\\n\"],3,{\"\\n\":4},5]");
    for (int64_t node = nci_value_first(value.get(), 0); node >= 0;
         node = nci_value_next(value.get(), node))
        CHECK(nci_value_name(value.get(), node, &name, &length) == NCI_TYPE);
    int64_t object = nci_value_element(value.get(), 0, 6);
    CHECK(name_of(value.get(), nci_value_first(value.get(), object)) == "\n");
    CHECK(nci_value_name(value.get(), 0, &name, &length) == NCI_TYPE);
}

TEST_CASE("the text of a node is the piece it was read from", "[json]")
{
    Value value = make_value("{ \"a\" : [ 1 , \"\\n\" ] , \"b\":-1.50e3,\"c\":null }");
    auto piece = [&](int64_t node) {
        const char *text;
        size_t length;
        REQUIRE(nci_value_node_text(value.get(), node, &text, &length) == NCI_OK);
        return std::string(text, length);
    };
    int64_t a = member(value.get(), 0, "a");
    CHECK(piece(0) == "{ \"a\" : [ 1 , \"\\n\" ] , \"b\":-1.50e3,\"c\":null }");
    CHECK(piece(a) == "[ 1 , \"\\n\" ]");
    CHECK(piece(nci_value_element(value.get(), a, 1)) == "\"\\n\"");
    CHECK(piece(member(value.get(), 0, "b")) == "-1.50e3");
    CHECK(piece(member(value.get(), 0, "c")) == "null");
}

TEST_CASE("a reader of the wrong kind says what the node is", "[json]")
{
    Value value = make_value("[null,1,1.5,\"s\",[],{}]");
    int64_t number;
    double real;
    const char *text;
    size_t length;
    auto node = [&](int64_t i) { return nci_value_element(value.get(), 0, i); };
    for (int64_t i = 0; i < 6; i++) {
        INFO(i);
        CHECK((nci_value_integer(value.get(), node(i), &number) == NCI_OK) == (i == 1));
        CHECK((nci_value_real(value.get(), node(i), &real) == NCI_OK) == (i == 1 || i == 2));
        CHECK((nci_value_string(value.get(), node(i), &text, &length) == NCI_OK) == (i == 3));
        CHECK((nci_value_size(value.get(), node(i)) == 0) == (i >= 4));
        if (i < 4) {
            CHECK(nci_value_size(value.get(), node(i)) == NCI_TYPE);
            CHECK(nci_value_first(value.get(), node(i)) == NCI_TYPE);
        }
        if (i != 4)
            CHECK(nci_value_element(value.get(), node(i), 0) == NCI_TYPE);
        if (i != 5) {
            CHECK(nci_value_member(value.get(), node(i), "a", 1) == NCI_TYPE);
            CHECK(nci_value_key(value.get(), node(i), 0, &text, &length) == NCI_TYPE);
        }
    }
    CHECK(nci_value_integer(value.get(), node(2), &number) == NCI_TYPE);
    CHECK_THAT(nci_detail(), netchan_test::has_text("is a real, not an integer"));
    CHECK(nci_value_string(value.get(), node(0), &text, &length) == NCI_TYPE);
    CHECK_THAT(nci_detail(), netchan_test::has_text("is null, not a string"));
}

TEST_CASE("a number that is no node is refused by every reader", "[json]")
{
    std::string text = "{\"a\":[1,\"\\n\"],\"\\u0062\":2}";
    Value value = make_value(text);
    int64_t number;
    double real;
    const char *bytes;
    size_t length;
    int nodes = 0;
    for (int64_t node = -3; node < 40; node++) {
        INFO(node);
        if (nci_value_kind(value.get(), node) >= 0) {
            nodes++;
            continue;
        }
        CHECK(nci_value_kind(value.get(), node) == NCI_USAGE);
        CHECK(nci_value_integer(value.get(), node, &number) == NCI_USAGE);
        CHECK(nci_value_real(value.get(), node, &real) == NCI_USAGE);
        CHECK(nci_value_string(value.get(), node, &bytes, &length) == NCI_USAGE);
        CHECK(nci_value_size(value.get(), node) == NCI_USAGE);
        CHECK(nci_value_member(value.get(), node, "a", 1) == NCI_USAGE);
        CHECK(nci_value_element(value.get(), node, 0) == NCI_USAGE);
        CHECK(nci_value_key(value.get(), node, 0, &bytes, &length) == NCI_USAGE);
        CHECK(nci_value_first(value.get(), node) == NCI_USAGE);
        CHECK(nci_value_next(value.get(), node) == NCI_USAGE);
        CHECK(nci_value_name(value.get(), node, &bytes, &length) == NCI_USAGE);
        CHECK(nci_value_node_text(value.get(), node, &bytes, &length) == NCI_USAGE);
    }
    CHECK(nodes == 5); /* the object, the array, two elements, one more member */
    for (int64_t node : {INT64_MIN, INT64_MAX, (int64_t)1 << 32, ((int64_t)1 << 32) + 1}) {
        CHECK(nci_value_kind(value.get(), node) == NCI_USAGE);
        CHECK(nci_value_integer(value.get(), node, &number) == NCI_USAGE);
        CHECK(nci_value_member(value.get(), node, "a", 1) == NCI_USAGE);
    }
    CHECK_THAT(nci_detail(), netchan_test::has_text("the value has no node"));
}

TEST_CASE("going through a large container takes one step per value in it", "[json]")
{
    /* quadratic steps over these would take minutes */
    std::string text = "{";
    for (int i = 0; i < 200000; i++)
        text += "\"k" + std::to_string(i) + "\":[" + std::to_string(i) + "],";
    text.back() = '}';
    nci_json_limits limits = {16 << 20, 64};
    Value value = make_value(text, &limits);
    int64_t sum = 0, count = 0;
    for (int64_t node = nci_value_first(value.get(), 0); node >= 0;
         node = nci_value_next(value.get(), node)) {
        sum += integer_of(value.get(), nci_value_first(value.get(), node));
        count++;
    }
    CHECK(count == 200000);
    CHECK(sum == (int64_t)199999 * 200000 / 2);
}

TEST_CASE("a checker serves one text after the other, large and small, right and wrong", "[json]")
{
    Checker checker = new_checker();
    std::string large = "[" + repeat("[],\"\\n\",", 100000) + "0]";
    for (int round = 0; round < 3; round++) {
        nci_value *value = nullptr;
        REQUIRE(nci_value_new_with(checker.get(), "[1]", 3, nullptr, &value) == NCI_OK);
        nci_value_unref(value);
        REQUIRE(nci_value_new_with(checker.get(), large.data(), large.size(), nullptr, &value) ==
                NCI_OK);
        CHECK(nci_value_size(value, 0) == 200001);
        nci_value_unref(value);
        CHECK(nci_value_new_with(checker.get(), large.data(), large.size() - 1, nullptr, &value) ==
              NCI_VALUE);
        CHECK(value == nullptr);
        nci_checker_trim(checker.get());
    }
    nci_checker_free(nullptr);
}

TEST_CASE("a text that was checked in its place becomes a value", "[json]")
{
    Checker checker = new_checker();
    std::string text = "{\"a\":\"\\n\"}";
    auto block = block_of(text, text.size());
    REQUIRE(nci_check_text(checker.get(), block.get(), text.size(), nullptr) == NCI_OK);
    nci_value *value = nullptr;
    REQUIRE(nci_value_from_checked(checker.get(), block.get(), text.size(), &value) == NCI_OK);
    block.reset();
    CHECK(string_of(value, member(value, 0, "a")) == "\n");
    nci_value_unref(value);
}

TEST_CASE("texts of every length around the sizes that are handled apart become values", "[json]")
{
    for (size_t length :
         {2u, 3u, 9u, 10u, 11u, 1023u, 1024u, 1025u, 4096u, 524200u, 524288u, 600000u}) {
        std::string text = "\"" + std::string(length - 2, 'x') + "\"";
        INFO(length);
        Value value = make_value(text);
        CHECK((text_of(value.get()) == text));
        CHECK(string_of(value.get(), 0).size() == length - 2);
        std::string array = "[" + repeat("1,", length / 2) + "\"\\n\"]";
        value = make_value(array);
        CHECK(nci_value_size(value.get(), 0) == (int64_t)(length / 2 + 1));
        CHECK(string_of(value.get(), nci_value_element(value.get(), 0, (int64_t)(length / 2))) ==
              "\n");
    }
}
