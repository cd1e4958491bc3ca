/* SPDX-License-Identifier: MIT */
/*
 * Locks, and in debug builds the check of their ranks: a child process breaks the order and must
 * be stopped.
 */
#include "base/lock.h"
#include "catch_shim.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

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
