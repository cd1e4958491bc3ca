/* SPDX-License-Identifier: MIT */
/*
 * UNDER_TSAN is 1 where the thread sanitizer watches: it follows at most 64 locks of a thread, and
 * a child of a process with several threads may start none.
 */
#ifndef NETCHAN_TESTS_SANITIZER_HPP
#define NETCHAN_TESTS_SANITIZER_HPP

#if defined(__SANITIZE_THREAD__)
#define UNDER_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define UNDER_TSAN 1
#endif
#endif
#ifndef UNDER_TSAN
#define UNDER_TSAN 0
#endif

#endif
