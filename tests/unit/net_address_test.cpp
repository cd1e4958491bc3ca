/* SPDX-License-Identifier: MIT */
/*
 * Addresses as programs write them: a table of good and of bad ones.
 */
#include "catch_shim.hpp"
#include "net/address.h"

using netchan_test::has_text;

TEST_CASE("good addresses are taken apart", "[net]")
{
    static const struct {
        const char *url;
        nci_address_kind kind;
        const char *host, *port, *path;
        int fd;
    } rows[] = {
        {"tcp://localhost:7000", NCI_ADDRESS_TCP, "localhost", "7000", "", -1},
        {"tcp://127.0.0.1:0", NCI_ADDRESS_TCP, "127.0.0.1", "0", "", -1},
        {"tcp://[::1]:65535", NCI_ADDRESS_TCP, "::1", "65535", "", -1},
        {"tcp://[fe80::1%eth0]:1", NCI_ADDRESS_TCP, "fe80::1%eth0", "1", "", -1},
        {"tcp://a.example.org:007", NCI_ADDRESS_TCP, "a.example.org", "007", "", -1},
        {"tls://h:1", NCI_ADDRESS_TLS, "h", "1", "", -1},
        {"unix:/run/a.sock", NCI_ADDRESS_UNIX, "", "", "/run/a.sock", -1},
        {"unix:relative", NCI_ADDRESS_UNIX, "", "", "relative", -1},
        {"unix:/a:b/c d", NCI_ADDRESS_UNIX, "", "", "/a:b/c d", -1},
        {"fd:3", NCI_ADDRESS_FD, "", "", "", 3},
        {"fd:0", NCI_ADDRESS_FD, "", "", "", 0},
    };
    for (auto &row : rows) {
        INFO(row.url);
        nci_address address;
        REQUIRE(nci_address_parse(row.url, &address) == NCI_OK);
        CHECK(address.kind == row.kind);
        CHECK(std::string(address.host) == row.host);
        CHECK(std::string(address.port) == row.port);
        CHECK(std::string(address.path) == row.path);
        CHECK(address.fd == row.fd);
    }
}

TEST_CASE("bad addresses are refused with a text that quotes them and says what is wrong", "[net]")
{
    static const struct {
        const char *url, *text;
    } rows[] = {
        {"", "is not tcp://"},
        {"localhost:7000", "is not tcp://"},
        {"http://localhost:7000", "is not tcp://"},
        {"TCP://localhost:7000", "is not tcp://"},
        {"tcp:localhost:7000", "is not tcp://"},
        {" tcp://a:1", "is not tcp://"},
        {"tcp://", "has no port"},
        {"tcp://localhost", "has no port"},
        {"tcp://localhost:", "the port is a number"},
        {"tcp://localhost:http", "the port is a number"},
        {"tcp://localhost:65536", "the port is a number"},
        {"tcp://localhost:100000", "the port is a number"},
        {"tcp://localhost:-1", "the port is a number"},
        {"tcp://localhost:+1", "the port is a number"},
        {"tcp://localhost: 1", "the port is a number"},
        {"tcp://localhost:1/", "the port is a number"},
        {"tcp://localhost:99999999999999999999", "the port is a number"},
        {"tcp://:7000", "the host is missing"},
        {"tcp://a/b:7000", "the host is missing or not a name"},
        {"tcp://::1:7000", "[HOST]:PORT"},
        {"tcp://[::1]", "[HOST]:PORT"},
        {"tcp://[::1]7000", "[HOST]:PORT"},
        {"tcp://[::1:7000", "[HOST]:PORT"},
        {"tcp://[]:7000", "the host is missing"},
        {"tls://localhost", "has no port"},
        {"unix:", "has no path"},
        {"fd:", "followed by a number"},
        {"fd:x", "followed by a number"},
        {"fd:-1", "followed by a number"},
        {"fd:3x", "followed by a number"},
        {"fd:99999999999", "followed by a number"},
    };
    for (auto &row : rows) {
        INFO(row.url);
        nci_address address;
        CHECK(nci_address_parse(row.url, &address) == NCI_URL);
        CHECK_THAT(nci_detail(), has_text("address \"" + std::string(row.url) + "\""));
        CHECK_THAT(nci_detail(), has_text(row.text));
    }
}

TEST_CASE("names and paths of any length are taken or refused, never cut", "[net]")
{
    nci_address address;
    for (size_t length : {107, 108, 5000}) {
        int status = nci_address_parse(("unix:" + std::string(length, 'p')).c_str(), &address);
        CHECK(status == (length <= 107 ? NCI_OK : NCI_URL));
        if (status == NCI_OK)
            CHECK(std::string(address.path).size() == length);
    }
    CHECK_THAT(nci_detail(), has_text("at most 107 bytes"));
    for (size_t length : {255, 256, 5000}) {
        int status =
            nci_address_parse(("tcp://" + std::string(length, 'h') + ":1").c_str(), &address);
        CHECK(status == (length <= 255 ? NCI_OK : NCI_URL));
    }
}
