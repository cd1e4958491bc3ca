/* SPDX-License-Identifier: MIT */
/*
 * Waiting for what another thread is about to make true.
 */
#ifndef NETCHAN_TESTS_SOON_HPP
#define NETCHAN_TESTS_SOON_HPP

#include "base/clock.h"

#include <sched.h>

namespace netchan_test
{

/* A wait that must not end by itself ends a test that is broken after so many milliseconds. */
const int64_t LONG = 20000;

template <typename Condition> bool soon(Condition condition)
{
    int64_t deadline = nci_clock_deadline(LONG);
    while (!condition()) {
        if (nci_clock_now() > deadline)
            return false;
        sched_yield();
    }
    return true;
}

} // namespace netchan_test

#endif
