/* SPDX-License-Identifier: MIT */
/*
 * Control payloads: typed getters by path.
 */
#include "json_rig.hpp"
#include "json/tree.h"

using namespace json_rig;

namespace
{

struct TreeGone {
    void operator()(nci_tree *tree) const
    {
        nci_tree_free(tree);
    }
};
using Tree = std::unique_ptr<nci_tree, TreeGone>;

Tree load(const std::string &text)
{
    Value value = make_value(text);
    nci_tree *tree = nullptr;
    REQUIRE(nci_tree_load(value.get(), &tree) == NCI_OK);
    return Tree(tree);
}

} // namespace

TEST_CASE("members of a payload are read by path", "[json]")
{
    Tree tree =
        load("{\"name\":\"numbers\",\"size\":1024,\"wait\":-1,\"open\":true,\"none\":null,"
             "\"limits\":{\"value\":4194304,\"deep\":{\"er\":\"x\"}},"
             "\"versions\":[1,3],\"features\":[\"a\",\"b\\u0000c\"],\"nul\":\"a\\u0000b\"}");
    int64_t number;
    int truth;
    const char *text;
    size_t length, count;
    CHECK(nci_tree_integer(tree.get(), "size", 0, 1, 65536, &number) == NCI_OK);
    CHECK(number == 1024);
    CHECK(nci_tree_integer(tree.get(), "wait", 0, -1, INT64_MAX, &number) == NCI_OK);
    CHECK(number == -1);
    CHECK(nci_tree_integer(tree.get(), "limits.value", 0, 0, INT64_MAX, &number) == NCI_OK);
    CHECK(number == 4194304);
    CHECK(nci_tree_string(tree.get(), "limits.deep.er", nullptr, 10, &text, nullptr) == NCI_OK);
    CHECK(std::string(text) == "x");
    CHECK(nci_tree_string(tree.get(), "name", nullptr, 255, &text, &length) == NCI_OK);
    CHECK(std::string(text, length) == "numbers");
    CHECK(nci_tree_string(tree.get(), "nul", nullptr, 255, &text, &length) == NCI_OK);
    CHECK(std::string(text, length) == raw("a\0b"));
    CHECK(nci_tree_boolean(tree.get(), "open", 0, &truth) == NCI_OK);
    CHECK(truth == 1);
    CHECK(nci_tree_count(tree.get(), "versions", 2, &count) == NCI_OK);
    CHECK(count == 2);
    CHECK(nci_tree_integer_at(tree.get(), "versions", 1, 1, 9, &number) == NCI_OK);
    CHECK(number == 3);
    CHECK(nci_tree_string_at(tree.get(), "features", 0, 10, &text, nullptr) == NCI_OK);
    CHECK(std::string(text) == "a");
    CHECK(nci_tree_string_at(tree.get(), "features", 1, 10, &text, &length) == NCI_OK);
    CHECK(std::string(text, length) == raw("b\0c"));
    CHECK(nci_tree_has(tree.get(), "none"));
    CHECK(nci_tree_has(tree.get(), "limits.deep"));
    CHECK(nci_tree_require(tree.get(), "limits.value") == NCI_OK);
}

TEST_CASE("what is missing falls back, what must be there is asked for", "[json]")
{
    Tree tree = load("{\"limits\":{}}");
    int64_t number;
    int truth;
    const char *text;
    size_t length, count;
    CHECK(nci_tree_integer(tree.get(), "size", 7, 1, 9, &number) == NCI_OK);
    CHECK(number == 7);
    CHECK(nci_tree_integer(tree.get(), "limits.value", 8, 1, 9, &number) == NCI_OK);
    CHECK(number == 8);
    CHECK(nci_tree_integer(tree.get(), "gone.value", 9, 1, 9, &number) == NCI_OK);
    CHECK(number == 9);
    CHECK(nci_tree_boolean(tree.get(), "open", 1, &truth) == NCI_OK);
    CHECK(truth == 1);
    CHECK(nci_tree_string(tree.get(), "name", "fall", 9, &text, &length) == NCI_OK);
    CHECK(std::string(text, length) == "fall");
    CHECK(nci_tree_string(tree.get(), "name", nullptr, 9, &text, &length) == NCI_OK);
    CHECK(text == nullptr);
    CHECK(length == 0);
    CHECK(nci_tree_count(tree.get(), "list", 9, &count) == NCI_OK);
    CHECK(count == 0);
    CHECK(!nci_tree_has(tree.get(), "name"));
    CHECK(!nci_tree_has(tree.get(), "limits.name"));
    CHECK(nci_tree_require(tree.get(), "limits.name") == NCI_VALUE);
    CHECK(std::string(nci_detail()) == "member \"limits.name\" is missing");
}

TEST_CASE("what is wrong names the member and what it is", "[json]")
{
    Tree tree = load("{\"n\":5,\"s\":\"text\",\"a\":[1,\"x\",2.5],\"o\":{},\"t\":true,\"z\":null,"
                     "\"r\":1.0,\"nul\":\"a\\u0000b\"}");
    int64_t number;
    int truth;
    const char *text;
    size_t length, count;
    auto detail = [] { return std::string(nci_detail()); };
    CHECK(nci_tree_integer(tree.get(), "n", 0, 6, 9, &number) == NCI_VALUE);
    CHECK(detail() == "member \"n\" is 5, not within 6 to 9");
    CHECK(nci_tree_integer(tree.get(), "n", 0, 0, 4, &number) == NCI_VALUE);
    CHECK(nci_tree_integer(tree.get(), "n", 0, 5, 5, &number) == NCI_OK);
    CHECK(nci_tree_integer(tree.get(), "s", 0, 0, 9, &number) == NCI_VALUE);
    CHECK(detail() == "member \"s\" is a string, not an integer");
    CHECK(nci_tree_integer(tree.get(), "r", 0, 0, 9, &number) == NCI_VALUE);
    CHECK(detail() == "member \"r\" is a real, not an integer");
    CHECK(nci_tree_boolean(tree.get(), "z", 0, &truth) == NCI_VALUE);
    CHECK(detail() == "member \"z\" is null, not true or false");
    CHECK(nci_tree_string(tree.get(), "t", nullptr, 9, &text, &length) == NCI_VALUE);
    CHECK(detail() == "member \"t\" is true or false, not a string");
    CHECK(nci_tree_string(tree.get(), "s", nullptr, 3, &text, &length) == NCI_VALUE);
    CHECK(detail() == "member \"s\" has 4 bytes, more than 3");
    CHECK(nci_tree_string(tree.get(), "s", nullptr, 4, &text, &length) == NCI_OK);
    CHECK(nci_tree_string(tree.get(), "nul", nullptr, 9, &text, nullptr) == NCI_VALUE);
    CHECK(detail() == "member \"nul\" holds U+0000");
    CHECK(nci_tree_count(tree.get(), "o", 9, &count) == NCI_VALUE);
    CHECK(detail() == "member \"o\" is an object, not an array");
    CHECK(nci_tree_count(tree.get(), "a", 2, &count) == NCI_VALUE);
    CHECK(detail() == "member \"a\" has 3 elements, more than 2");
    CHECK(nci_tree_integer_at(tree.get(), "a", 1, 0, 9, &number) == NCI_VALUE);
    CHECK(detail() == "member \"a\" is a string, not an integer");
    CHECK(nci_tree_string_at(tree.get(), "a", 0, 9, &text, &length) == NCI_VALUE);
    CHECK(nci_tree_string_at(tree.get(), "a", 3, 9, &text, &length) == NCI_USAGE);
    CHECK(nci_tree_string_at(tree.get(), "gone", 0, 9, &text, &length) == NCI_USAGE);
    CHECK(nci_tree_integer(tree.get(), "n.deeper", 0, 0, 9, &number) == NCI_VALUE);
    CHECK(detail() == "member \"n\" is an integer, not an object");
    CHECK(nci_tree_require(tree.get(), "a.b") == NCI_VALUE);
    CHECK(!nci_tree_has(tree.get(), "a.b"));
    CHECK(nci_tree_require(tree.get(), std::string(70, 'x').c_str()) == NCI_USAGE);
}

TEST_CASE("a payload that is no object, or has a name with U+0000, is refused", "[json]")
{
    nci_tree *tree = nullptr;
    for (const char *text : {"[]", "1", "\"x\"", "null"}) {
        CHECK(nci_tree_load(make_value(text).get(), &tree) == NCI_VALUE);
        CHECK(tree == nullptr);
        CHECK(std::string(nci_detail()) == "the payload is not an object");
    }
    CHECK(nci_tree_load(make_value("{\"a\\u0000b\":1}").get(), &tree) == NCI_VALUE);
    CHECK(tree == nullptr);
    nci_tree_free(nullptr);
}
