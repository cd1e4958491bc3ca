/* SPDX-License-Identifier: MIT */
/*
 * Names to addresses. Only names that need no network: numbers, localhost, and a name that no
 * name server can be asked for because its label is too long.
 */
#include "base/clock.h"
#include "catch_shim.hpp"
#include "net/resolve.h"

#include <netinet/in.h>

using netchan_test::has_text;

namespace
{

nci_address named(const std::string &host)
{
    nci_address address;
    REQUIRE(nci_address_parse(("tcp://" + host + ":80").c_str(), &address) == NCI_OK);
    return address;
}

const std::string impossible = std::string(64, 'x') + ".invalid";

} // namespace

TEST_CASE("a numeric host needs no look-up and no time", "[net]")
{
    nci_address four = named("127.0.0.1"), six = named("[::1]");
    struct addrinfo *list = nullptr;
    REQUIRE(nci_resolve(&four, 0, 0, nullptr, &list) == NCI_OK);
    CHECK(list->ai_family == AF_INET);
    CHECK(((struct sockaddr_in *)list->ai_addr)->sin_port == htons(80));
    freeaddrinfo(list);
    REQUIRE(nci_resolve(&six, 1, 0, nullptr, &list) == NCI_OK);
    CHECK(list->ai_family == AF_INET6);
    freeaddrinfo(list);
}

TEST_CASE("a name is looked up, and the call waits for it", "[net]")
{
    nci_address address = named("localhost");
    for (bool with_token : {false, true}) {
        nci_cancel *cancel = nullptr;
        if (with_token)
            REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
        struct addrinfo *list = nullptr;
        REQUIRE(nci_resolve(&address, 0, nci_clock_deadline(20000), cancel, &list) == NCI_OK);
        REQUIRE(list);
        freeaddrinfo(list);
        nci_cancel_unref(cancel);
    }
}

TEST_CASE("a name that does not exist is refused, and named", "[net]")
{
    nci_address address = named(impossible);
    struct addrinfo *list = nullptr;
    CHECK(nci_resolve(&address, 0, nci_clock_deadline(20000), nullptr, &list) == NCI_REFUSED);
    CHECK_THAT(nci_detail(), has_text(impossible));
    CHECK(list == nullptr);
}

TEST_CASE("a look-up that is not waited for ends by itself", "[net][S14.1][S14.5]")
{
    nci_address address = named(impossible);
    nci_cancel *cancel = nullptr;
    REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    nci_cancel_fire(cancel);
    for (int i = 0; i < 50; i++) {
        struct addrinfo *list = nullptr;
        /* The answer may be faster than the wait. */
        int status = nci_resolve(&address, 0, 0, nullptr, &list);
        CHECK((status == NCI_TIMEOUT || status == NCI_REFUSED));
        CHECK_THAT(nci_detail(), has_text(impossible));
        status = nci_resolve(&address, 0, NCI_FOREVER, cancel, &list);
        CHECK((status == NCI_INTERRUPTED || status == NCI_REFUSED));
        CHECK(list == nullptr);
    }
    nci_cancel_unref(cancel);
}
