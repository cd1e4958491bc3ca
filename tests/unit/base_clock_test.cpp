/* SPDX-License-Identifier: MIT */
/*
 * Deadlines, event descriptors and the fork generation.
 */
#include "base/clock.h"
#include "base/event.h"
#include "base/fork.h"
#include "base/mem.h"
#include "catch_shim.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace
{

bool readable(int fd)
{
    struct pollfd one = {fd, POLLIN, 0};
    return poll(&one, 1, 0) == 1;
}

} // namespace

TEST_CASE("a deadline of 0 ms is no wait, a negative one never comes", "[base]")
{
    CHECK(nci_clock_deadline(0) == 0);
    CHECK(nci_clock_deadline(-1) == NCI_FOREVER);
    CHECK(nci_clock_deadline(INT64_MIN) == NCI_FOREVER);
}

TEST_CASE("a deadline lies the given time ahead, and one beyond all time never comes", "[base]")
{
    int64_t before = nci_clock_now();
    int64_t deadline = nci_clock_deadline(250);
    int64_t after = nci_clock_now();
    CHECK(deadline >= before + 250 * NCI_MS);
    CHECK(deadline <= after + 250 * NCI_MS);
    CHECK(before <= after);
    CHECK(nci_clock_deadline(INT64_MAX) == NCI_FOREVER);
    CHECK(nci_clock_deadline(INT64_MAX / NCI_MS) == NCI_FOREVER);
    CHECK(nci_clock_deadline(INT64_C(1) << 40) < NCI_FOREVER);
}

TEST_CASE("an event descriptor is readable from set to clear, however often either comes", "[base]")
{
    int fd;
    REQUIRE(nci_event_open(&fd) == NCI_OK);
    CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC));
    CHECK_FALSE(readable(fd));
    nci_event_clear(fd);
    errno = 77;
    nci_event_set(fd);
    nci_event_set(fd);
    CHECK(errno == 77);
    CHECK(readable(fd));
    CHECK(readable(fd));
    nci_event_clear(fd);
    CHECK_FALSE(readable(fd));
    nci_event_clear(fd);
    CHECK(errno == 77);
    nci_event_set(fd);
    CHECK(readable(fd));
    nci_event_close(fd);
    nci_event_close(-1);
}

TEST_CASE("a child of fork sees another generation, the parent the same", "[base]")
{
    REQUIRE(nci_fork_watch() == NCI_OK);
    unsigned before = nci_fork_generation();
    pid_t child = fork();
    if (child == 0)
        _exit(nci_fork_generation() == before + 1 ? 0 : 1);
    REQUIRE(child > 0);
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(status == 0);
    CHECK(nci_fork_generation() == before);
}

TEST_CASE("an array that no memory has is refused, and the old block kept", "[base]")
{
    char *block = (char *)nci_realloc_array(nullptr, 4, 1);
    REQUIRE(block);
    memcpy(block, "abc", 4);
    CHECK(nci_realloc_array(block, SIZE_MAX / 2, 4) == nullptr);
    CHECK(std::string(block) == "abc");
    nci_free(block);
    char *copy = nci_strndup("abcdef", 3);
    REQUIRE(copy);
    CHECK(std::string(copy) == "abc");
    nci_free(copy);
    void *empty = nci_alloc(0);
    CHECK(empty != nullptr);
    nci_free(empty);
}
