/* SPDX-License-Identifier: MIT */
/*
 * Many streams, in two processes: as many as a link may have, opened at once, and a hundred
 * importers that send into one channel.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "owners.hpp"
#include "process.hpp"

using namespace abi;

TEST_CASE("1,024 streams are opened at once on one link", "[abi][S1.1][S2.15]")
{
    const int count = 1024;
    Exporter exporter;
    std::string url = exporter.listens_on(Way::tcp);
    std::vector<Channel> channels;
    for (int i = 0; i < count; i++) {
        channels.emplace_back(2);
        REQUIRE(exporter.publish("c" + std::to_string(i), channels.back(), NETCHAN_SEND) == "ok");
    }
    Process peer;
    REQUIRE(peer.ask("connect " + url) == "ok");
    REQUIRE(peer.ask("streams 1024 c 3") == "ok");
    REQUIRE(eventually([&] { return exporter.stats()["streams"].size() == count; }));
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < count; i++)
            REQUIRE(channels[(size_t)i].send(round * count + i + 1) == "ok");
    }
    std::vector<int64_t> got;
    CHECK(peer.ask("recv " + std::to_string(5 * count), &got) == "ok");
    Checker checker;
    checker.got(got);
    CHECK(checker.verdict(1, 5 * count) == "");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
    CHECK(peer.ask("bye") == "ok");
}

TEST_CASE("100 importers fan into one channel", "[abi][S7.4][S8.13][S8.28]")
{
    const int64_t importers = 100, each = 300;
    Exporter exporter;
    std::string url = exporter.listens_on(Way::unix_socket);
    Channel got(100);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    /* Some may be through before others have come: the hold keeps the channel for those. */
    REQUIRE(netchan_channel_hold(got) == 0);
    Process peer;
    peer.tell("fan " + std::to_string(importers) + " " + url + " in " + std::to_string(each));
    Checker checker;
    std::map<int64_t, int64_t> last;
    for (int64_t i = 0; i < importers * each; i++) {
        std::string text = got.next();
        REQUIRE(text != "timeout");
        int64_t number = std::stoll(text), importer = (number - 1) / each;
        CHECK(number > last[importer]); /* the order of each stream */
        last[importer] = number;
        checker.got(number);
    }
    CHECK(checker.verdict(1, importers * each) == "");
    CHECK(peer.answer() == "ok");
    REQUIRE(netchan_channel_release(got) == 0);
    CHECK(got.next() == "closed");
    CHECK(peer.ask("bye") == "ok");
}
