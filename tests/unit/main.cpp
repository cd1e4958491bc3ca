/* SPDX-License-Identifier: MIT */
/*
 * The main function of every Catch2 program of the tree.
 *
 * Besides running the cases it does three things that Catch2 does not:
 *   - it writes the beginning and the end of each case to the file that NETCHAN_TEST_RESULTS names,
 *     so that tests/catch-driver can count cases, and can name the one a crash happened in;
 *   - it counts open descriptors and threads before and after each case: a case that leaves any
 *     behind has failed, and so has one that checked nothing;
 *   - under the driver it lets no case run for longer than NETCHAN_CASE_TIMEOUT seconds (120): a
 *     test of a wait that never ends is killed by SIGALRM, and reported by its name.
 */
#if !defined(CATCH_CONFIG_RUNNER)
#define CATCH_CONFIG_RUNNER
#endif
/* A crash is told by the driver, and a sanitizer's report shows the place it happened at. */
#define CATCH_CONFIG_NO_POSIX_SIGNALS
#include "catch_shim.hpp"

#include <cstdlib>
#include <dirent.h>
#include <fcntl.h>
#include <iostream>
#include <thread>
#include <time.h>
#include <unistd.h>

/* Sizes that no memory has are asked for on purpose, and NULL is the answer wanted. */
extern "C" const char *__asan_default_options()
{
    return "allocator_may_return_null=1";
}
extern "C" const char *__tsan_default_options()
{
    return "allocator_may_return_null=1:second_deadlock_stack=1:die_after_fork=0";
}

namespace
{

int results = -1; /* the results file, or -1 when nobody asked for one */
bool faulty;      /* some case was failed here, not by Catch2 */

void tell(const std::string &word, const std::string &name)
{
    if (results < 0)
        return;
    std::string line = word + " " + name;
    for (char &byte : line) {
        if (byte == '\n')
            byte = ' ';
    }
    line += '\n';
    if (write(results, line.data(), line.size()) != (ssize_t)line.size())
        std::cerr << "the results file cannot be written\n";
}

/* Entries of a folder of /proc; -1 where there is no such thing. */
int count_entries(const char *path)
{
    DIR *folder = opendir(path);
    if (!folder)
        return -1;
    int count = 0;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

int count_descriptors()
{
    return count_entries("/proc/self/fd");
}

/* A thread that was joined may stand in /proc for a moment longer: give the kernel two seconds. */
int count_threads(int expected)
{
    int count = count_entries("/proc/self/task");
    for (int i = 0; count > expected && i < 2000; i++) {
        struct timespec moment = {0, 1000000};
        nanosleep(&moment, nullptr);
        count = count_entries("/proc/self/task");
    }
    return count;
}

#if NETCHAN_CATCH == 3
using Base = Catch::EventListenerBase;
#else
using Base = Catch::TestEventListenerBase;
#endif

const std::string &name_of(const Catch::TestCaseStats &stats)
{
#if NETCHAN_CATCH == 3
    return stats.testInfo->name;
#else
    return stats.testInfo.name;
#endif
}

class Listener : public Base
{
  public:
    using Base::Base;

    void testCaseStarting(const Catch::TestCaseInfo &info) override
    {
        tell("START", info.name);
        threads = count_entries("/proc/self/task");
        descriptors = count_descriptors();
        if (results >= 0) {
            const char *limit = std::getenv("NETCHAN_CASE_TIMEOUT");
            alarm(limit ? (unsigned)std::atoi(limit) : 120);
        }
    }

    void testCaseEnded(const Catch::TestCaseStats &stats) override
    {
        alarm(0);
        const std::string &name = name_of(stats);
        bool failed = stats.totals.testCases.failed > 0;
        if (!failed && stats.totals.assertions.total() == 0) {
            failed = true;
            faulty = true;
            std::cout << "\nFAILED: \"" << name << "\" checked nothing\n";
        }
        int more_threads = count_threads(threads) - threads;
        int more_descriptors = count_descriptors() - descriptors;
        /* One thread less: one of the case before was still on its way out when this one began. */
        if (!failed && (more_threads > 0 || more_descriptors)) {
            failed = true;
            faulty = true;
            std::cout << "\nFAILED: \"" << name << "\" left behind " << more_descriptors
                      << " descriptors and " << more_threads << " threads\n";
        }
        tell(failed ? "FAIL" : "PASS", name);
    }

  private:
    int threads = 0;
    int descriptors = 0;
};

CATCH_REGISTER_LISTENER(Listener)

} // namespace

int main(int argc, char **argv)
{
    const char *path = std::getenv("NETCHAN_TEST_RESULTS");
    if (path) {
        results = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (results < 0) {
            std::cerr << "cannot open " << path << "\n";
            return 99;
        }
        unsetenv("NETCHAN_TEST_RESULTS");
        tell("RUN", argv[0]);
    }
    /* A thread sanitizer starts a thread of its own with the program's first: not in a case. */
    std::thread([] {}).join();
    int status = Catch::Session().run(argc, argv);
    tell("END", argv[0]);
    return status == 0 && faulty ? 1 : status;
}
