/* SPDX-License-Identifier: MIT */
/*
 * Catch2, whichever version the system has: 3 where its header is, else 2. Tests include this and
 * nothing of Catch2 itself, and use only what both spell alike, plus what is defined below.
 */
#ifndef NETCHAN_TESTS_CATCH_SHIM_HPP
#define NETCHAN_TESTS_CATCH_SHIM_HPP

#include <string>

#if __has_include(<catch2/catch_all.hpp>)
#define NETCHAN_CATCH 3
#include <catch2/catch_all.hpp>
#else
#define NETCHAN_CATCH 2
#include <catch2/catch.hpp>
#endif

namespace netchan_test
{

/* A matcher for "the text holds this piece". */
inline auto has_text(const std::string &piece)
{
#if NETCHAN_CATCH == 3
    return Catch::Matchers::ContainsSubstring(piece);
#else
    return Catch::Matchers::Contains(piece);
#endif
}

} // namespace netchan_test

#if NETCHAN_CATCH == 3
using Catch::Approx;
#endif

#endif
