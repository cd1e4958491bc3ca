/* SPDX-License-Identifier: MIT */
/*
 * Result codes, their names and the detail text.
 */
#include "base/status.h"
#include "catch_shim.hpp"

#include <cerrno>
#include <cstring>
#include <set>
#include <thread>

using netchan_test::has_text;

TEST_CASE("every code has a name and a meaning of its own, and the name leads back", "[base]")
{
    std::set<std::string> names, texts;
    for (int code = 0; code >= NCI_STATUS_LAST; code--) {
        std::string name = nci_status_name(code);
        INFO(name);
        CHECK(names.insert(name).second);
        CHECK(texts.insert(nci_status_text(code)).second);
        CHECK(nci_status_by_name(name.data(), name.size()) == code);
    }
    CHECK(names.size() == 24);
}

TEST_CASE("the names that travel on the wire are the frozen ones", "[base]")
{
    static const char *const frozen[] = {
        "ok",        "timeout",      "closed", "lost",    "interrupted", "denied",
        "nochannel", "direction",    "exists", "busy",    "limit",       "value",
        "type",      "option",       "url",    "refused", "protocol",    "notsup",
        "nomem",     "nodescriptor", "fork",   "usage",   "io",          "tls"};
    for (int i = 0; i < 24; i++)
        CHECK(std::string(nci_status_name(-i)) == frozen[i]);
}

TEST_CASE("a code or name of a later version is answered, not a crash", "[base]")
{
    CHECK(std::string(nci_status_name(1)) == "unknown");
    CHECK(std::string(nci_status_name(NCI_STATUS_LAST - 1)) == "unknown");
    CHECK_THAT(nci_status_text(-1000), has_text("does not know"));
    CHECK(nci_status_by_name("close", 5) == NCI_PROTOCOL);
    CHECK(nci_status_by_name("closed", 5) == NCI_PROTOCOL);
    CHECK(nci_status_by_name("", 0) == NCI_PROTOCOL);
}

TEST_CASE("a failure records its text and gives its code back", "[base]")
{
    CHECK(nci_fail(NCI_LIMIT, "channel \"%s\" holds %d", "a", 3) == NCI_LIMIT);
    CHECK(std::string(nci_detail()) == "channel \"a\" holds 3");
    nci_detail_clear();
    CHECK(std::string(nci_detail()) == "");
    CHECK(nci_fail_nomem() == NCI_NOMEM);
    CHECK_THAT(nci_detail(), has_text("memory"));
}

TEST_CASE("context goes before the text that is there, also when it holds that text", "[base]")
{
    nci_fail(NCI_IO, "no such file");
    CHECK(nci_fail_context(NCI_IO, "reading %s", "x") == NCI_IO);
    CHECK(std::string(nci_detail()) == "reading x: no such file");
    nci_fail(NCI_IO, "%s again", nci_detail());
    CHECK(std::string(nci_detail()) == "reading x: no such file again");
    nci_fail_context(NCI_IO, "%s", nci_detail());
    CHECK(std::string(nci_detail()) ==
          "reading x: no such file again: reading x: no such file again");
}

TEST_CASE("long texts and long contexts are cut, never written past the end", "[base]")
{
    std::string text(2000, 't');
    nci_fail(NCI_IO, "%s", text.c_str());
    CHECK(strlen(nci_detail()) == 767);
    nci_fail_context(NCI_IO, "here");
    CHECK(strlen(nci_detail()) == 767);
    CHECK_THAT(nci_detail(), has_text("here: ttt"));
    for (size_t length = 760; length < 775; length++) {
        nci_fail(NCI_IO, "old");
        nci_fail_context(NCI_IO, "%s", std::string(length, 'c').c_str());
        CHECK(strlen(nci_detail()) <= 767);
        CHECK(std::string(nci_detail()).substr(0, 760) == std::string(760, 'c'));
    }
}

TEST_CASE("errors of the system become codes, with the system's reason behind the text", "[base]")
{
    static const struct {
        int error, code;
    } rows[] = {{ENOMEM, NCI_NOMEM},        {EMFILE, NCI_NODESCRIPTOR},
                {ENFILE, NCI_NODESCRIPTOR}, {EADDRINUSE, NCI_EXISTS},
                {EEXIST, NCI_EXISTS},       {EACCES, NCI_DENIED},
                {EPERM, NCI_DENIED},        {ECONNREFUSED, NCI_REFUSED},
                {ENOENT, NCI_REFUSED},      {ECONNRESET, NCI_LOST},
                {EPIPE, NCI_LOST},          {ETIMEDOUT, NCI_LOST},
                {EINVAL, NCI_IO},           {99999, NCI_IO}};
    for (auto &row : rows) {
        INFO(row.error);
        CHECK(nci_fail_errno(row.error, "opening %s", "thing") == row.code);
        CHECK_THAT(nci_detail(), has_text("opening thing: "));
        CHECK_THAT(nci_detail(), has_text(strerror(row.error)));
    }
}

TEST_CASE("each thread has a detail text of its own", "[base]")
{
    nci_fail(NCI_IO, "mine");
    std::string before, after;
    std::thread other([&] {
        before = nci_detail();
        nci_fail(NCI_IO, "theirs");
        after = nci_detail();
    });
    other.join();
    CHECK(before == "");
    CHECK(after == "theirs");
    CHECK(std::string(nci_detail()) == "mine");
}
