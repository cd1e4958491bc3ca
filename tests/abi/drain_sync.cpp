/* SPDX-License-Identifier: MIT */
/*
 * Drain and sync: what they cover, what they answer, how a loss is told, and that they wait on
 * conditions. The peer that withholds or gives acknowledgements is written by hand.
 */
#include "catch_shim.hpp"

#include "process.hpp"
#include "raw_peer.hpp"

using namespace abi;
using netchan_test::has_text;

namespace
{

/* An exporter with a send channel, values in it, and a raw importer that has read them. */
struct Scene {
    explicit Scene(int values, size_t capacity = 100, const Settings &settings = {}) : out(capacity)
    {
        demand(exporter.publish("out", out, NETCHAN_SEND, settings) == "ok" ? 0 : -1, "export");
        demand(out.send_range(1, values) == "ok" ? 0 : -1, "send");
    }
    RawPeer importer(int64_t size, int64_t last)
    {
        RawPeer raw = raw_importer(exporter);
        raw.bind(1, "out", "recv", size);
        while (last && raw.expect("data").n.at(1) < last)
            continue;
        return raw;
    }
    bool no_links()
    {
        return eventually([&] { return exporter.stats()["links"].integer() == 0; });
    }
    Exporter exporter;
    Channel out;
};

} // namespace

TEST_CASE("a sync covers what was written or taken over by a link, and nothing else",
          "[abi][S6.5][S6.6][S6.7]")
{
    Scene scene(5);
    CHECK(scene.exporter.sync(NETCHAN_RECEIVED, 0) == "ok"); /* nothing was taken over */
    RawPeer raw = scene.importer(2, 2);
    CHECK(scene.exporter.sync(NETCHAN_RECEIVED, MOMENT) == "timeout");
    auto syncing = background([&] { return scene.exporter.sync(); });
    raw.say("ack", {1, 2, 0});
    CHECK(syncing.result() == "ok"); /* three are still queued */
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED, MOMENT) == "timeout");

    /* With capacity 0 a send returns when the link has the value: a sync right behind it covers it,
     * written or not. */
    Channel direct(0);
    REQUIRE(scene.exporter.publish("direct", direct, NETCHAN_SEND) == "ok");
    raw.bind(2, "direct", "recv", 100);
    REQUIRE(raw.expect("bound").n.at(0) == 2);
    raw.say("ack", {1, 2, 2});
    while (raw.expect("data").n.at(1) < 4)
        continue;
    raw.say("ack", {1, 4, 4});
    while (raw.expect("data").n.at(1) < 5)
        continue;
    raw.say("ack", {1, 5, 5});
    REQUIRE(scene.exporter.drain() == "ok");
    for (int round = 1; round <= 30; round++) {
        REQUIRE(direct.send(round) == "ok");
        CHECK(scene.exporter.sync(NETCHAN_RECEIVED, 1) == "timeout");
        REQUIRE(raw.expect("data").n.at(1) == round);
        raw.say("ack", {2, round, 0});
        CHECK(scene.exporter.sync() == "ok");
    }
}

TEST_CASE("a sync follows values that return and go to another importer", "[abi][S6.8][S9.1]")
{
    Scene scene(3);
    RawPeer first = scene.importer(10, 3);
    auto syncing = background([&] { return scene.exporter.sync(); });
    REQUIRE(first.expect("sync").kind == "sync");
    first.close();
    REQUIRE(scene.no_links());
    CHECK_FALSE(syncing.done());
    RawPeer second = scene.importer(10, 3);
    CHECK_FALSE(syncing.done());
    second.say("ack", {1, 3, 0});
    CHECK(syncing.result() == "ok");
}

TEST_CASE("a sync does not count later values that another importer acknowledges",
          "[abi][S6.5][S6.10]")
{
    int level = GENERATE(NETCHAN_RECEIVED, NETCHAN_TAKEN);
    Scene scene(1);
    RawPeer slow = scene.importer(1, 1);
    REQUIRE(scene.out.send_range(2, 3) == "ok");
    RawPeer quick = scene.importer(10, 2);
    quick.say("ack", {1, 2, level == NETCHAN_TAKEN ? 2 : 0}); /* values 2 and 3 */
    (void)quick.settle();
    auto syncing = background([&] { return scene.exporter.sync(level); });
    REQUIRE(slow.expect("sync").kind == "sync");
    REQUIRE(scene.out.send(4) == "ok");
    REQUIRE(quick.expect("data").n.at(1) == 3);
    quick.say("ack", {1, 3, level == NETCHAN_TAKEN ? 3 : 0});
    (void)quick.settle();
    CHECK_FALSE(syncing.done());
    slow.say("ack", {1, 1, 1});
    CHECK(syncing.result() == "ok");
}

TEST_CASE("answers other than success have the counts in the error text", "[abi][S6.14][S6.15]")
{
    Scene scene(7);
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED, 0) == "timeout");
    CHECK_THAT(netchan_error_text(), has_text("7"));
    RawPeer raw = scene.importer(10, 7);
    raw.say("ack", {1, 4, 2});
    REQUIRE(scene.exporter.stream_reaches("out", "received", 4));
    CHECK(scene.exporter.sync(NETCHAN_RECEIVED, MOMENT) == "timeout");
    CHECK_THAT(netchan_error_text(), has_text("3"));
    Cancel cancel;
    cancel.fire();
    CHECK(scene.exporter.sync(NETCHAN_TAKEN, PLENTY, cancel) == "interrupted");
    CHECK_THAT(netchan_error_text(), has_text("5"));
    raw.close();
    REQUIRE(scene.no_links());
    /* 3 and 4 were received and never taken. */
    CHECK(scene.exporter.drain() == "lost");
    CHECK_THAT(netchan_error_text(), has_text("2"));
}

TEST_CASE("values received and not known to be taken when the link is lost are a loss for all",
          "[abi][S6.17][S6.21][S6.22][S6.23]")
{
    int level = GENERATE(NETCHAN_RECEIVED, NETCHAN_TAKEN);
    Scene scene(4);
    RawPeer raw = scene.importer(10, 4);
    raw.say("ack", {1, 4, 1});
    REQUIRE(scene.exporter.stream_reaches("out", "taken", 1));
    SECTION("told by the next one, once")
    {
        raw.close();
        REQUIRE(scene.no_links());
        CHECK(scene.exporter.drain(level) == "lost");
        CHECK(scene.exporter.drain(level) == "ok");
        CHECK(scene.exporter.sync(level) == "ok");
    }
    SECTION("told to everyone who waits, once")
    {
        REQUIRE(scene.out.send_range(5, 6) == "ok"); /* not acknowledged: both have to wait */
        while (raw.expect("data").n.at(1) < 6)
            continue;
        auto draining = background([&] { return scene.exporter.drain(level); });
        auto syncing = background([&] { return scene.exporter.sync(level); });
        REQUIRE(draining.waits());
        REQUIRE(syncing.waits());
        raw.close();
        CHECK(draining.result() == "lost");
        CHECK(syncing.result() == "lost");
        REQUIRE(scene.no_links());
        CHECK(scene.out.take(2) == "5 6 ");
        CHECK(scene.exporter.drain(level) == "ok");
    }
}

TEST_CASE("a drain for taken that waits for nothing else is told the loss, not success",
          "[abi][S6.13][S6.17][S6.21]")
{
    for (int round = 0; round < 20; round++) {
        Scene scene(4);
        RawPeer raw = scene.importer(10, 4);
        raw.say("ack", {1, 4, 1});
        REQUIRE(scene.exporter.stream_reaches("out", "taken", 1));
        auto draining = background([&] { return scene.exporter.drain(NETCHAN_TAKEN); });
        REQUIRE(raw.expect("sync").kind == "sync");
        raw.close();
        CHECK(draining.result() == "lost");
    }
}

TEST_CASE("values received and not taken when the stream ends in order are a loss for taken only",
          "[abi][S6.18][S8.36]")
{
    Scene scene(4);
    RawPeer raw = scene.importer(10, 4);
    raw.say("ack", {1, 4, 1});
    raw.say("hangup", {1, 4});
    REQUIRE(raw.expect("hangup").kind == "hangup");
    REQUIRE(eventually([&] { return scene.exporter.stream("out", "sent") == -1; }));
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED) == "ok");
    CHECK(scene.exporter.sync(NETCHAN_RECEIVED) == "ok");
    CHECK(scene.exporter.drain(NETCHAN_TAKEN) == "lost");
    CHECK(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("a dropped value is a loss", "[abi][S6.16][S9.14]")
{
    Scene scene(4, 100, {{"return", "no"}});
    RawPeer raw = scene.importer(10, 4);
    raw.say("ack", {1, 1, 1});
    REQUIRE(scene.exporter.stream_reaches("out", "received", 1));
    Channel errors = scene.exporter.errors();
    raw.close();
    REQUIRE(scene.no_links());
    CHECK(scene.exporter.drain() == "lost");
    CHECK_THAT(netchan_error_text(), has_text("3"));
    CHECK(scene.exporter.drain() == "ok");
    CHECK(scene.exporter.channel("out", "dropped") == 3);
    CHECK(scene.out.length() == 0);
    CHECK(scene.out.state() == "ok");
}

TEST_CASE("a value left in its channel by a hangup is a loss", "[abi][S6.19][S6.22][S6.23]")
{
    Scene scene(4);
    REQUIRE(scene.exporter.hangup("out") == "ok");
    CHECK(scene.exporter.sync(NETCHAN_RECEIVED, 0) == "lost");
    CHECK_THAT(netchan_error_text(), has_text("4"));
    CHECK(scene.exporter.drain() == "ok");
    CHECK(scene.out.rest() == "1 2 3 4 closed");
}

TEST_CASE("a value in doubt on an import that has ended is a loss",
          "[abi][S6.20][S6.2][S8.4][S8.21][S9.2]")
{
    RawExporter peer;
    Channel sent(10);
    REQUIRE(peer.import("in", sent, NETCHAN_SEND, 3) == "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    while (peer.raw.expect("data").n.at(1) < 3)
        continue;
    peer.raw.say("ack", {1, 1, 1});
    while (peer.raw.expect("data").n.at(1) < 4)
        continue;
    auto draining = background([&] { return peer.importer.drain(); });
    REQUIRE(peer.raw.expect("sync").kind == "sync");
    peer.raw.stop_writing();
    CHECK(draining.result() == "lost");
    /* The program can read which values are in doubt, then those that were never sent. */
    CHECK(sent.rest() == "2 3 4 5 lost");
}

TEST_CASE("drains ask the peer, and asking again and again harms no link", "[abi][S5.11][S5.22]")
{
    Pair pair;
    Channel sent(10), got(0);
    REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 10) == "ok");
    REQUIRE(sent.send(1) == "ok");
    REQUIRE(pair.exporter.drain() == "ok");
    for (int i = 0; i < 30000; i++) {
        REQUIRE(pair.exporter.drain(NETCHAN_RECEIVED, 0) == "ok");
        REQUIRE(pair.exporter.sync(NETCHAN_TAKEN, 0) == "timeout");
    }
    CHECK(got.next() == "1");
    CHECK(pair.exporter.drain(NETCHAN_TAKEN) == "ok");
    CHECK(pair.exporter.stats()["links"].integer() == 1);
}

namespace
{

/* Voluntary switches of all threads: how often any of them went to sleep. */
int64_t sleeps()
{
    int64_t sum = 0;
    DIR *folder = opendir("/proc/self/task");
    while (dirent *entry = readdir(folder)) {
        if (entry->d_name[0] != '.')
            sum += process_figure(std::atoi(entry->d_name), "voluntary_ctxt_switches");
    }
    closedir(folder);
    return sum;
}

} // namespace

TEST_CASE("drain and sync wait without polling", "[abi][S6.10]")
{
    Scene scene(3);
    RawPeer raw = scene.importer(10, 3);
    for (int round = 0; round < 2; round++) {
        int64_t before = sleeps();
        if (round == 0)
            CHECK(scene.exporter.drain(NETCHAN_RECEIVED, 500) == "timeout");
        else
            CHECK(scene.exporter.sync(NETCHAN_TAKEN, 500) == "timeout");
        /* The caller sleeps once, the I/O thread a few times; one that looked every 100 ms, as the
         * original did, or oftener would show ten and more between the two. */
        CHECK(sleeps() - before < 9);
    }
}

TEST_CASE("an importer's hangup with values in doubt returns them and tells the loss",
          "[abi][S6.19][S8.35][S9.1][S9.2]")
{
    RawExporter peer;
    Channel sent(10);
    REQUIRE(peer.import("in", sent, NETCHAN_SEND, 10) == "ok");
    REQUIRE(sent.send_range(1, 4) == "ok");
    while (peer.raw.expect("data").n.at(1) < 4)
        continue;
    REQUIRE(peer.importer.hangup("in") == "ok");
    REQUIRE(peer.raw.expect("hangup").head() == "hangup 1 4");
    peer.raw.say("ack", {1, 1, 1});
    peer.raw.say("hangup", {1, 2});
    REQUIRE(eventually([&] { return peer.importer.stats()["streams"].size() == 0; }));
    CHECK(sent.rest() == "3 4 closed");
    CHECK(peer.importer.drain(NETCHAN_TAKEN) == "lost");
    CHECK(peer.importer.drain(NETCHAN_TAKEN) == "ok");
}

/* Its last import has gone: what a link had taken over and not begun, or what waits in a channel
 * that its program has closed, goes nowhere any more. */
TEST_CASE("values that nobody will send when the last import ends are a loss",
          "[abi][S6.20][S6.21][S6.23]")
{
    bool closed = GENERATE(false, true), hangup = GENERATE(false, true);
    INFO((closed ? "closed by the program, " : "") << (hangup ? "hangup" : "bye"));
    RawExporter peer;
    Channel sent(10);
    REQUIRE(peer.import("in", sent, NETCHAN_SEND, 1) == "ok");
    REQUIRE(sent.send_range(1, closed ? 3 : 2) == "ok");
    REQUIRE(peer.raw.expect("data").head() == "data 1 1");
    if (closed)
        REQUIRE(sent.close() == "ok");
    auto draining = background([&] { return peer.importer.drain(NETCHAN_TAKEN, 10000); });
    REQUIRE(peer.raw.expect("sync").kind == "sync");
    /* The credit comes with the end, so the link takes the second value over and cannot send it. */
    std::string end = hangup
                          ? RawPeer::frame("hangup", {1, 1}, "{\"code\":\"closed\",\"text\":\"\"}")
                          : RawPeer::frame("bye", {}, "{\"code\":\"ok\",\"text\":\"\"}");
    peer.raw.put(RawPeer::frame("ack", {1, 1, 1}) + end);
    CHECK(draining.result() == "lost");
    CHECK(peer.importer.drain(NETCHAN_TAKEN) == "ok");
    CHECK(sent.next() == "2");
}
