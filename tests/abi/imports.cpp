/* SPDX-License-Identifier: MIT */
/*
 * Names, and what an import asks for: refusals and their texts, the options wait and async, limits,
 * names that become free again.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

using namespace abi;
using netchan_test::has_text;

TEST_CASE("names are 1 to 255 bytes of UTF-8", "[abi][S1.1][S1.2]")
{
    Pair pair;
    Channel sent(1), got(1);
    const std::string good[] = {"a", std::string(255, 'n'), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8c\x8d",
                                "with space / and \"quotes\"\n"};
    for (const std::string &name : good) {
        INFO(name);
        CHECK(pair.exporter.publish(name, sent, NETCHAN_SEND) == "ok");
        Channel other(0);
        CHECK(pair.importer.import(name, other, NETCHAN_RECV) == "ok");
        CHECK(pair.exporter.stream(name, "sent") == 0);
    }
    const std::string bad[] = {"",     std::string(256, 'n'), "\xff",
                               "\xc3", "a\xed\xa0\x80z",      "\xc0\xaf"};
    for (const std::string &name : bad) {
        INFO(name.size() << " bytes");
        CHECK(pair.exporter.publish(name, sent, NETCHAN_SEND) == "value");
        CHECK_THAT(netchan_error_text(), has_text("name"));
        CHECK(pair.importer.import(name, got, NETCHAN_RECV) == "value");
        CHECK_THAT(netchan_error_text(), has_text("name"));
    }
}

TEST_CASE("a name is unique in an exporter and free again after its hangup", "[abi][S1.3][S1.5]")
{
    Exporter exporter;
    Channel one(1), two(1);
    REQUIRE(exporter.publish("c", one, NETCHAN_SEND) == "ok");
    CHECK(exporter.publish("c", two, NETCHAN_SEND) == "exists");
    CHECK_THAT(netchan_error_text(), has_text("c"));
    CHECK(exporter.publish("c", two, NETCHAN_RECV) == "exists");
    REQUIRE(exporter.hangup("c") == "ok");
    CHECK(exporter.publish("c", two, NETCHAN_RECV) == "ok");
    CHECK(two.state() == "ok");
}

TEST_CASE("a name is unique in an importer and free again when its import has ended",
          "[abi][S1.4][S1.6][S8.39]")
{
    Pair pair;
    Channel sent(10), one(0), two(0), three(0);
    REQUIRE(pair.exporter.publish("c", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("c", one, NETCHAN_RECV, 10, 1) == "ok");
    CHECK(pair.importer.import("c", two, NETCHAN_RECV) == "exists");
    CHECK_THAT(netchan_error_text(), has_text("c"));
    REQUIRE(sent.send(1) == "ok");
    CHECK(one.rest() == "1 closed");
    CHECK(eventually([&] { return pair.importer.import("c", two, NETCHAN_RECV) == "ok"; }));
    REQUIRE(pair.importer.hangup("c") == "ok");
    CHECK(eventually([&] { return pair.importer.import("c", three, NETCHAN_RECV) == "ok"; }));
    CHECK(pair.importer.hangup("d") == "nochannel");
}

TEST_CASE("the name of an import that failed is free at once", "[abi][S1.6][S2.9]")
{
    Pair pair;
    Channel sent(10), got(0);
    for (int round = 0; round < 20; round++) {
        REQUIRE(pair.importer.import("c", got, NETCHAN_RECV) == "nochannel");
        REQUIRE(pair.importer.import("c", got, NETCHAN_RECV, 1, -1, {{"wait", "-1"}}, 0) ==
                "timeout");
    }
    REQUIRE(pair.exporter.publish("c", sent, NETCHAN_SEND) == "ok");
    CHECK(pair.importer.import("c", got, NETCHAN_RECV) == "ok");
}

TEST_CASE("an import asks for a direction, a size, a count and a window",
          "[abi][S2.1][S2.2][S2.3][S2.4]")
{
    RawExporter peer;
    Channel got(0), sent(0);
    auto ask = [&](int direction, int64_t size, int64_t count, const Settings &settings) {
        Settings all = settings;
        all.push_back({"async", "yes"});
        std::string name = "c" + std::to_string(size) + "," + std::to_string(count);
        std::string said = peer.importer.import(name, direction == NETCHAN_SEND ? sent : got,
                                                direction, size, count, all);
        if (said != "ok")
            return said;
        Frame bind = peer.raw.expect("bind");
        return bind.member("name") + " " + bind.member("direction") + " " +
               std::to_string(bind.number("size")) + " " + std::to_string(bind.number("count")) +
               " " + std::to_string(bind.number("window"));
    };
    CHECK(ask(NETCHAN_RECV, 1, 1, {}) == "c1,1 recv 1 1 4194304");
    CHECK(ask(NETCHAN_SEND, 65536, -1, {{"window", "1"}}) == "c65536,-1 send 65536 -1 1");
    CHECK(ask(NETCHAN_RECV, 0, 1000000, {}) == "c0,1000000 recv 8192 1000000 4194304");
    CHECK(ask(NETCHAN_RECV, -1, 1, {}) == "usage");
    CHECK_THAT(netchan_error_text(), has_text("size"));
    CHECK_THAT(netchan_error_text(), has_text("c-1,1"));
    CHECK(ask(NETCHAN_RECV, INT64_MIN, 1, {}) == "usage");
    CHECK(ask(NETCHAN_RECV, 1, 0, {}) == "usage");
    CHECK_THAT(netchan_error_text(), has_text("count"));
    CHECK(ask(NETCHAN_RECV, 1, -2, {}) == "usage");
    CHECK(ask(3, 1, 1, {}) == "usage");
    CHECK_THAT(netchan_error_text(), has_text("direction"));
    CHECK(ask(NETCHAN_RECV, 65537, 1, {}) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("65537"));
    CHECK(ask(NETCHAN_RECV, 1, 1, {{"window", "99999999999"}}) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("window"));
}

TEST_CASE("a refusal is the answer of the call, and names the channel",
          "[abi][S2.5][S2.6][S2.7][S2.9][S2.22]")
{
    Exporter exporter({{"limit.size", "50"}, {"limit.streams", "3"}});
    Importer importer = exporter.meet();
    Channel sent(1), got(1);
    REQUIRE(exporter.publish("give", sent, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("take", got, NETCHAN_RECV) == "ok");
    auto refused = [&](const std::string &name, int direction, int64_t size) {
        Channel local(0);
        std::string said = importer.import(name, local, direction, size);
        CHECK_THAT(netchan_error_text(), has_text(name));
        CHECK(local.state() == "ok");
        return said;
    };
    CHECK(refused("nowhere", NETCHAN_RECV, 1) == "nochannel");
    CHECK(refused("give", NETCHAN_SEND, 1) == "direction");
    CHECK(refused("take", NETCHAN_RECV, 1) == "direction");
    CHECK(refused("give", NETCHAN_RECV, 51) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("50"));
    CHECK_THAT(netchan_error_text(), has_text("51"));
    /* The fourth stream of a link that may have three; one place must be free again for it. */
    Channel local[4];
    for (int i = 0; i < 4; i++) {
        Channel more(1);
        std::string name = "more" + std::to_string(i);
        REQUIRE(exporter.publish(name, more, NETCHAN_SEND) == "ok");
        CHECK(importer.import(name, local[i], NETCHAN_RECV, 10) == (i < 3 ? "ok" : "limit"));
    }
    CHECK_THAT(netchan_error_text(), has_text("more3"));
    REQUIRE(importer.hangup("more0") == "ok");
    CHECK(eventually([&] { return importer.import("more3", local[3], NETCHAN_RECV, 10) == "ok"; }));
}

TEST_CASE("an import without the right is denied", "[abi][S2.8][S2.9]")
{
    RawExporter peer;
    Channel got(0);
    auto importing = background([&] {
        std::string said = peer.importer.import("secret", got, NETCHAN_RECV);
        return said + ": " + netchan_error_text();
    });
    REQUIRE(peer.raw.expect("bind").n.at(0) == 1);
    peer.raw.say("hangup", {1, 0}, "{\"code\":\"denied\",\"text\":\"secret is not for you\"}");
    CHECK(importing.result() == "denied: secret is not for you");
}

TEST_CASE("option wait parks an import until the name is exported", "[abi][S2.10][S2.11]")
{
    Pair pair;
    Channel sent(1), got(0), other(0);
    auto importing = background([&] {
        return pair.importer.import("later", got, NETCHAN_RECV, 10, -1, {{"wait", "-1"}}, -1);
    });
    REQUIRE(importing.waits());
    CHECK_FALSE(importing.done());
    /* Another name is not what it waits for, and the link is not held up. */
    REQUIRE(pair.exporter.publish("other", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("other", other, NETCHAN_RECV) == "ok");
    CHECK_FALSE(importing.done());
    Channel late(1);
    REQUIRE(pair.exporter.publish("later", late, NETCHAN_SEND) == "ok");
    CHECK(importing.result() == "ok");
    REQUIRE(late.send(1) == "ok");
    CHECK(got.next() == "1");

    int64_t begun = now_ms();
    Channel never(0);
    CHECK(pair.importer.import("never", never, NETCHAN_RECV, 1, -1, {{"wait", "40"}}) ==
          "nochannel");
    CHECK_THAT(netchan_error_text(), has_text("never"));
    CHECK(now_ms() - begun >= 40);
    /* The deadline of the call itself is another one. */
    CHECK(pair.importer.import("never", never, NETCHAN_RECV, 1, -1, {{"wait", "-1"}}, MOMENT) ==
          "timeout");
    /* A parked import that was withdrawn is not served any more. */
    Channel too_late(1);
    REQUIRE(pair.exporter.publish("never", too_late, NETCHAN_SEND) == "ok");
    REQUIRE(too_late.send(1) == "ok");
    CHECK(pair.importer.drain() == "ok");
    /* It may have left before the withdrawal arrived; then it comes back. */
    CHECK(eventually([&] { return too_late.length() == 1; }));
    /* Nor one whose exporter was closed. */
    auto parked = background([&] {
        return pair.importer.import("ever", never, NETCHAN_RECV, 1, -1, {{"wait", "-1"}}, -1);
    });
    REQUIRE(parked.waits());
    REQUIRE(netchan_exporter_close(pair.exporter) == 0);
    std::string said = parked.result();
    CHECK((said == "closed" || said == "nochannel" || said == "lost"));
}

TEST_CASE("option async returns before the exporter has answered",
          "[abi][S2.12][S2.13][S2.14][S2.15]")
{
    RawExporter peer;
    Channel one(0), two(0), three(0);
    const Settings async = {{"async", "yes"}};
    CHECK(peer.importer.import("a", one, NETCHAN_RECV, 1, -1, async, 0) == "ok");
    CHECK(peer.importer.import("b", two, NETCHAN_RECV, 1, -1, async, 0) == "ok");
    CHECK(peer.importer.import("c", three, NETCHAN_SEND, 1, -1, async, 0) == "ok");
    /* Three binds on the wire, none of them answered. */
    CHECK(peer.raw.expect("bind").n.at(0) == 1);
    CHECK(peer.raw.expect("bind").n.at(0) == 2);
    CHECK(peer.raw.expect("bind").n.at(0) == 3);
    CHECK(three.send(1, MOMENT) == "timeout"); /* no credit yet */
    peer.raw.bound(2, 1);
    peer.raw.data(2, 1, 1);
    CHECK(two.next() == "1");
    peer.raw.bound(3, 1);
    CHECK(three.send(1) == "ok");
    CHECK(one.state() == "ok");
    peer.raw.say("hangup", {1, 0}, "{\"code\":\"denied\",\"text\":\"a is not for you\"}");
    CHECK(one.next() == "denied");
    CHECK_THAT(netchan_error_text(), has_text("a is not for you"));
    Value entry;
    REQUIRE(netchan_channel_recv(peer.importer.errors(), entry.out(), PLENTY, nullptr) == 0);
    CHECK(entry["code"].string() == "denied");
    CHECK(entry["channel"].string() == "a");
}

TEST_CASE("an import whose call gave up hangs its stream up", "[abi][S2.16][S2.17]")
{
    RawExporter peer;
    Channel got(0);
    CHECK(peer.importer.import("a", got, NETCHAN_RECV, 1, -1, {}, MOMENT) == "timeout");
    CHECK_THAT(netchan_error_text(), has_text("a"));
    CHECK(peer.raw.expect("bind").n.at(0) == 1);
    CHECK(peer.raw.expect("hangup").n.at(0) == 1);
    Cancel cancel;
    auto importing = background(
        [&] { return peer.importer.import("b", got, NETCHAN_RECV, 1, -1, {}, -1, cancel); });
    CHECK(peer.raw.expect("bind").n.at(0) == 2);
    cancel.fire();
    CHECK(importing.result() == "interrupted");
    CHECK(peer.raw.expect("hangup").n.at(0) == 2);
    CHECK(got.state() == "ok");
}

TEST_CASE("values over a limit of what a channel is bound to are refused where they are sent",
          "[abi][S2.18][S2.19][S2.20][S2.21]")
{
    const Settings tight = {{"limit.value", "100"}, {"limit.depth", "3"}};
    const std::string fits(100, '1'), longer = "\"" + std::string(99, 'x') + "\"",
                                      deep = "[[[[1]]]]", flat = "[[[1]]]";
    Exporter exporter(tight);
    Channel sent(10);
    CHECK(sent.send(longer) == "ok"); /* a local channel has no such limit */
    CHECK(exporter.publish("out", sent, NETCHAN_SEND) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("101"));
    CHECK(sent.take(1) == longer + " ");
    CHECK(sent.send(deep) == "ok");
    CHECK(exporter.publish("out", sent, NETCHAN_SEND) == "limit");
    CHECK(sent.take(1) == deep + " ");
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    CHECK(sent.send(fits) == "value"); /* no such integer */
    CHECK(sent.send("\"" + std::string(98, 'x') + "\"") == "ok");
    CHECK(sent.send(longer) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("limit.value"));
    CHECK(sent.send(flat) == "ok");
    CHECK(sent.send(deep) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("limit.depth"));

    /* An importer that allows more than its exporter may not send there, and is told so by the
     * import: no honest sender looks hostile. */
    Channel in(0), mine(10);
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    Importer wide = exporter.meet(), narrow = exporter.meet(Way::pair, tight);
    CHECK(wide.import("in", mine, NETCHAN_SEND) == "limit");
    CHECK_THAT(netchan_error_text(), has_text("100"));
    CHECK_THAT(netchan_error_text(), has_text("4194304"));
    CHECK(mine.send(longer) == "ok");
    CHECK(narrow.import("in", mine, NETCHAN_SEND) == "limit");
    CHECK(mine.take(1) == longer + " ");
    REQUIRE(narrow.import("in", mine, NETCHAN_SEND) == "ok");
    CHECK(mine.send(longer) == "limit");
    CHECK(mine.send(deep) == "limit");
    CHECK(mine.send(flat) == "ok");
    CHECK(in.next() == flat);
}

TEST_CASE("more binds at once than the budget allows are refused as busy, and the link lives",
          "[abi][row:F5][S2.15][S13.1]")
{
    Exporter exporter({{"limit.streams", "10"}});
    Channel sent(1);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    int busy = 0, bound = 0;
    for (int id = 1; id <= 60; id++) {
        raw.bind(id, "out", "recv", 1);
        Frame answer = raw.read();
        if (answer.kind == "bound")
            bound++;
        else if (answer.member("code") == "busy")
            busy++;
        raw.say("hangup", {id, 0});
        if (answer.kind == "bound")
            CHECK(raw.expect("hangup").n.at(0) == id);
    }
    CHECK(bound >= 20); /* twice the streams at once */
    CHECK(busy > 10);
    CHECK(raw.settle().empty());
}
