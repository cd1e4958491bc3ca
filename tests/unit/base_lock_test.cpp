/* SPDX-License-Identifier: MIT */
/*
 * Locks, and in debug builds the check of their ranks: a child process breaks the order and must
 * be stopped.
 */
#include "base/lock.h"
#include "catch_shim.hpp"
#include "soon.hpp"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <vector>

TEST_CASE("a lock that is held cannot be entered by another thread, and can afterwards", "[base]")
{
    nci_lock lock;
    nci_lock_init(&lock, NCI_RANK_QUEUE);
    int during = -1, afterwards = -1;
    nci_lock_enter(&lock);
    std::thread([&] { during = nci_lock_try(&lock); }).join();
    nci_lock_leave(&lock);
    std::thread([&] {
        afterwards = nci_lock_try(&lock);
        if (afterwards)
            nci_lock_leave(&lock);
    }).join();
    nci_lock_fini(&lock);
    CHECK(during == 0);
    CHECK(afterwards == 1);
}

TEST_CASE("threads that want one lock have it one after the other", "[base]")
{
    const int THREADS = 4, EACH = 20000;
    nci_lock lock;
    nci_lock_init(&lock, NCI_RANK_QUEUE);
    int inside = 0, together = 0, entered = 0;
    auto work = [&] {
        for (int i = 0; i < EACH; i++) {
            if (i % 5 || !nci_lock_try(&lock))
                nci_lock_enter(&lock);
            together += inside++;
            entered++;
            if (i % 1000 == 0)
                sched_yield(); /* so that others go to sleep */
            inside--;
            nci_lock_leave(&lock);
        }
    };
    std::vector<std::thread> threads;
    for (int t = 0; t < THREADS; t++)
        threads.emplace_back(work);
    for (std::thread &thread : threads)
        thread.join();
    nci_lock_fini(&lock);
    CHECK(together == 0);
    CHECK(entered == THREADS * EACH);
}

#if NCI_FUTEX

TEST_CASE("all who sleep until a lock is free get it, one wake for each", "[base]")
{
    nci_lock lock;
    nci_lock_init(&lock, NCI_RANK_QUEUE);
    int entered = 0;
    nci_lock_enter(&lock);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; t++)
        threads.emplace_back([&] {
            nci_lock_enter(&lock);
            entered++;
            nci_lock_leave(&lock);
        });
    CHECK(netchan_test::soon([&] { return nci_load_relaxed(&lock.mutex.word) == 2; }));
    nci_lock_leave(&lock);
    for (std::thread &thread : threads)
        thread.join();
    CHECK(entered == 3);
    CHECK(nci_lock_try(&lock));
    nci_lock_leave(&lock);
    nci_lock_fini(&lock);
}

TEST_CASE("a wait for a word says why it ended, and neither it nor a wake changes errno", "[base]")
{
    uint32_t word = 7;
    struct timespec long_ago = {0, 1};
    errno = EDOM;
    CHECK(nci_futex_wait(&word, 8, NULL) == EAGAIN);
    CHECK(nci_futex_wait(&word, 7, &long_ago) == ETIMEDOUT);
    nci_futex_wake(&word);
    CHECK(errno == EDOM);
}

#endif

#ifdef NCI_DEBUG

namespace
{

nci_lock locks[NCI_RANK_LEAF + 1][2];

template <typename Steps> bool child_is_stopped(Steps steps)
{
    pid_t child = fork();
    if (child == 0) {
        struct rlimit none = {0, 0};
        setrlimit(RLIMIT_CORE, &none);
        int nothing = open("/dev/null", O_WRONLY);
        dup2(nothing, 2);
        signal(SIGABRT, SIG_DFL);
        steps();
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return false;
    return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

} // namespace

TEST_CASE("a debug build stops a thread that takes locks out of order", "[base]")
{
    for (int rank = 1; rank <= NCI_RANK_LEAF; rank++) {
        nci_lock_init(&locks[rank][0], (nci_rank)rank);
        nci_lock_init(&locks[rank][1], (nci_rank)rank);
    }
    for (int held = 1; held <= NCI_RANK_LEAF; held++) {
        for (int wanted = 1; wanted <= NCI_RANK_LEAF; wanted++) {
            INFO("holding " << held << ", taking " << wanted);
            bool stopped = child_is_stopped([&] {
                nci_lock_enter(&locks[held][0]);
                nci_lock_enter(&locks[wanted][1]);
            });
            CHECK(stopped == (wanted <= held));
            stopped = child_is_stopped([&] {
                nci_lock_enter(&locks[held][0]);
                (void)nci_lock_try(&locks[wanted][1]);
            });
            CHECK(stopped == (wanted <= held));
        }
    }
    CHECK_FALSE(child_is_stopped([&] {
        nci_lock_ordered(&locks[NCI_RANK_QUEUE][0]);
        nci_lock_ordered(&locks[NCI_RANK_QUEUE][1]);
        nci_lock_enter(&locks[NCI_RANK_LEAF][0]);
    }));
    CHECK(child_is_stopped([&] {
        nci_lock_enter(&locks[NCI_RANK_LEAF][0]);
        nci_lock_ordered(&locks[NCI_RANK_QUEUE][1]);
    }));
    CHECK_FALSE(child_is_stopped([&] {
        nci_lock_enter(&locks[NCI_RANK_LEAF][0]);
        nci_lock_leave(&locks[NCI_RANK_LEAF][0]);
        nci_lock_enter(&locks[NCI_RANK_REGISTRY][0]);
    }));
    for (int rank = 1; rank <= NCI_RANK_LEAF; rank++) {
        nci_lock_fini(&locks[rank][0]);
        nci_lock_fini(&locks[rank][1]);
    }
}

#endif
