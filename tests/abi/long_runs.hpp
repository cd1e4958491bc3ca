/* SPDX-License-Identifier: MIT */
/*
 * make check runs a sample, make check-long (NETCHAN_LONG) everything.
 */
#ifndef NETCHAN_TESTS_ABI_LONG_RUNS_HPP
#define NETCHAN_TESTS_ABI_LONG_RUNS_HPP

#include <cstdlib>

namespace abi
{

inline bool long_run()
{
    return std::getenv("NETCHAN_LONG") != nullptr;
}

} // namespace abi

#endif
