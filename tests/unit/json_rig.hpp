/* SPDX-License-Identifier: MIT */
/*
 * What the tests of values share: checking a text in every way there is, and values that free
 * themselves.
 *
 * Texts are always checked in blocks of exactly their length and the zero bytes behind, so that a
 * build with the address sanitizer sees any read beyond them.
 */
#ifndef NETCHAN_TESTS_JSON_RIG_HPP
#define NETCHAN_TESTS_JSON_RIG_HPP

#include "catch_shim.hpp"
#include "json/builder.h"
#include "json/check.h"
#include "json/value.h"

#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

namespace json_rig
{

struct ValueGone {
    void operator()(nci_value *value) const
    {
        nci_value_unref(value);
    }
};
using Value = std::unique_ptr<nci_value, ValueGone>;

struct CheckerGone {
    void operator()(nci_checker *checker) const
    {
        nci_checker_free(checker);
    }
};
using Checker = std::unique_ptr<nci_checker, CheckerGone>;

struct BuilderGone {
    void operator()(nci_builder *builder) const
    {
        nci_builder_free(builder);
    }
};
using Builder = std::unique_ptr<nci_builder, BuilderGone>;

struct PartsGone {
    void operator()(nci_value_parts *parts) const
    {
        nci_value_parts_abandon(parts);
    }
};
using Parts = std::unique_ptr<nci_value_parts, PartsGone>;

inline Checker new_checker()
{
    nci_checker *checker;
    REQUIRE(nci_checker_new(&checker) == NCI_OK);
    return Checker(checker);
}

inline Builder new_builder()
{
    nci_builder *builder;
    REQUIRE(nci_builder_new(&builder) == NCI_OK);
    return Builder(builder);
}

inline Parts new_parts(const nci_json_limits *limits = nullptr)
{
    nci_value_parts *parts;
    REQUIRE(nci_value_parts_begin(limits, &parts) == NCI_OK);
    return Parts(parts);
}

/* What the pass says of a text. */
struct Verdict {
    int code = NCI_OK;
    size_t offset = 0, line = 0, column = 0;
    std::string reason;

    bool operator==(const Verdict &other) const
    {
        return code == other.code && offset == other.offset && line == other.line &&
               column == other.column && reason == other.reason;
    }
};

inline std::ostream &operator<<(std::ostream &out, const Verdict &verdict)
{
    return out << verdict.code << " at byte " << verdict.offset << " (" << verdict.line << ":"
               << verdict.column << ") " << verdict.reason;
}

inline Verdict verdict_of(const nci_checker *checker, int code)
{
    Verdict verdict;
    verdict.code = code;
    if (const nci_check_fault *error = nci_check_error(checker)) {
        verdict.offset = error->offset;
        verdict.line = error->line;
        verdict.column = error->column;
        verdict.reason = error->reason;
    }
    return verdict;
}

/* The first length bytes of a text with the zero bytes behind them, in a block of their own. */
inline std::unique_ptr<char[]> block_of(const std::string &text, size_t length)
{
    std::unique_ptr<char[]> block(new char[length + NCI_JSON_SLACK]);
    std::memcpy(block.get(), text.data(), length);
    std::memset(block.get() + length, 0, NCI_JSON_SLACK);
    return block;
}

inline Verdict check_whole(nci_checker *checker, const std::string &text,
                           const nci_json_limits *limits = nullptr)
{
    auto block = block_of(text, text.size());
    return verdict_of(checker, nci_check_text(checker, block.get(), text.size(), limits));
}

/* The bytes come up to each of these lengths in turn, in another block each time. */
inline Verdict check_cut(nci_checker *checker, const std::string &text,
                         const std::vector<size_t> &lengths,
                         const nci_json_limits *limits = nullptr)
{
    nci_check_begin(checker, limits);
    for (size_t length : lengths) {
        auto block = block_of(text, length);
        int code = nci_check_feed(checker, block.get(), length);
        if (code != NCI_OK)
            return verdict_of(checker, code);
    }
    auto block = block_of(text, text.size());
    return verdict_of(checker, nci_check_end(checker, block.get(), text.size()));
}

inline Value make_value(const std::string &text, const nci_json_limits *limits = nullptr)
{
    nci_value *value = nullptr;
    INFO(text.substr(0, 200));
    int code = nci_value_new(text.data(), text.size(), limits, &value);
    INFO(nci_detail());
    REQUIRE(code == NCI_OK);
    return Value(value);
}

inline std::string text_of(const nci_value *value)
{
    size_t length;
    const char *text = nci_value_text(value, &length);
    return std::string(text, length);
}

inline std::string string_of(const nci_value *value, int64_t node)
{
    const char *text;
    size_t length;
    REQUIRE(nci_value_string(value, node, &text, &length) == NCI_OK);
    return std::string(text, length);
}

inline std::string name_of(const nci_value *value, int64_t node)
{
    const char *text;
    size_t length;
    REQUIRE(nci_value_name(value, node, &text, &length) == NCI_OK);
    return std::string(text, length);
}

inline int64_t integer_of(const nci_value *value, int64_t node)
{
    int64_t number;
    REQUIRE(nci_value_integer(value, node, &number) == NCI_OK);
    return number;
}

inline double real_of(const nci_value *value, int64_t node)
{
    double number;
    REQUIRE(nci_value_real(value, node, &number) == NCI_OK);
    return number;
}

inline int64_t member(const nci_value *value, int64_t node, const std::string &name)
{
    return nci_value_member(value, node, name.data(), name.size());
}

/* A string literal with the NUL bytes inside it. */
template <size_t N> std::string raw(const char (&text)[N])
{
    return std::string(text, N - 1);
}

inline std::string repeat(const std::string &piece, size_t times)
{
    std::string text;
    text.reserve(piece.size() * times);
    for (size_t i = 0; i < times; i++)
        text += piece;
    return text;
}

} // namespace json_rig

#endif
