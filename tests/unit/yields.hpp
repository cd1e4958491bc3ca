/* SPDX-License-Identifier: MIT */
/*
 * This program's sched_yield, which what looks before it sleeps calls between two looks. It counts
 * the calls of threads that are not a test's, and does what a test wants done in its thread's next
 * call. base_spin_test.cpp has it.
 */
#ifndef NETCHAN_TESTS_YIELDS_HPP
#define NETCHAN_TESTS_YIELDS_HPP

#include <atomic>
#include <functional>

namespace netchan_test
{

extern std::atomic<long> yields;
extern thread_local bool is_test;
extern thread_local std::function<void()> on_yield; /* done once */

} // namespace netchan_test

#endif
