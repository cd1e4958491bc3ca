/* SPDX-License-Identifier: MIT */
/*
 * The scenarios of the original package about acknowledgements and flow control, by their names.
 *
 * The original's sync never waited and its flow control was told by a sleep; here a peer that
 * withholds its acknowledgements shows the waiting, and exact numbers the flow control.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

using namespace abi;

namespace
{

const int BASE = 23;
const int FLOW_COUNT = 100;

Way any_way()
{
    return GENERATE(from_range(all_ways()));
}

} // namespace

TEST_CASE("export drain", "[abi][S6.1][S6.3][S6.12][S6.13][S6.14]")
{
    Way way = any_way();
    Exporter exporter(for_way(way, "server", {}));
    exporter.listens_on(way == Way::tls ? way : Way::tcp);
    Channel sent(5);
    REQUIRE(exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(BASE, BASE + 4) == "ok");
    /* Nobody is there yet. */
    CHECK(exporter.drain(NETCHAN_RECEIVED, MOMENT) == "timeout");

    Channel got(0);
    auto draining = background([&] { return exporter.drain(NETCHAN_RECEIVED); });
    REQUIRE(draining.waits());
    Importer importer = exporter.meet(way);
    REQUIRE(importer.import("exportedSend", got, NETCHAN_RECV, 5, -1) == "ok");
    CHECK(draining.result() == "ok");
    /* All five are at the importer, and none is taken. */
    CHECK(got.length() == 5);
    CHECK(importer.stream("exportedSend", "received") == 5);
    CHECK(exporter.drain(NETCHAN_TAKEN, MOMENT) == "timeout");
    CHECK(got.rest(0) == range(BASE, BASE + 4) + "timeout");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("import drain", "[abi][S6.2][S6.9][S6.11][S6.12]")
{
    Pair pair(any_way());
    Channel got(0), sent(5);
    REQUIRE(pair.exporter.publish("exportedRecv", got, NETCHAN_RECV) == "ok");
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 1, -1) == "ok");
    REQUIRE(sent.send_range(BASE, BASE + 4) == "ok");
    /* One value is at the exporter and not taken; four have no credit. */
    CHECK(pair.importer.drain(NETCHAN_RECEIVED, MOMENT) == "timeout");
    CHECK(got.next() == "23");
    CHECK(got.next() == "24");
    CHECK(got.next() == "25");
    CHECK(got.next() == "26");
    CHECK(pair.importer.drain(NETCHAN_RECEIVED) == "ok");
    CHECK(pair.importer.drain(NETCHAN_TAKEN, MOMENT) == "timeout");
    CHECK(got.next() == "27");
    CHECK(pair.importer.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("export sync", "[abi][S6.5][S6.7][S6.12][S6.13]")
{
    Way way = any_way();
    Exporter exporter(for_way(way, "server", {}));
    Channel sent(5);
    REQUIRE(exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    /* Nothing has been sent: nothing to wait for, although values are queued. */
    REQUIRE(sent.send_range(BASE, BASE + 4) == "ok");
    CHECK(exporter.sync(NETCHAN_TAKEN, 0) == "ok");
    Importer importer = exporter.meet(way);
    Channel got(0);
    REQUIRE(importer.import("exportedSend", got, NETCHAN_RECV, 3, -1) == "ok");
    REQUIRE(exporter.stream_reaches("exportedSend", "sent", 3));
    CHECK(exporter.sync(NETCHAN_RECEIVED) == "ok");
    CHECK(exporter.sync(NETCHAN_TAKEN, MOMENT) == "timeout");
    auto syncing = background([&] { return exporter.sync(NETCHAN_TAKEN); });
    CHECK(got.take(5) == range(BASE, BASE + 4));
    CHECK(syncing.result() == "ok");
}

/* The same with a peer that withholds the acknowledgement: this is what the original could not
 * show, because its sync compared a number with itself. */
TEST_CASE("export sync waits for an acknowledgement that is withheld", "[abi][S6.5][S6.11][S5.4]")
{
    Exporter exporter;
    Channel sent(5);
    REQUIRE(exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "exportedSend", "recv", 100);
    while (raw.expect("data").n.at(1) < 5)
        continue;
    int64_t begun = now_ms();
    CHECK(exporter.sync(NETCHAN_RECEIVED, MOMENT) == "timeout");
    CHECK(now_ms() - begun >= MOMENT);
    CHECK(exporter.drain(NETCHAN_RECEIVED, MOMENT) == "timeout");
    raw.say("ack", {1, 4, 0});
    CHECK(exporter.sync(NETCHAN_RECEIVED, MOMENT) == "timeout");
    auto syncing = background([&] { return exporter.sync(NETCHAN_RECEIVED); });
    raw.say("ack", {1, 5, 0});
    CHECK(syncing.result() == "ok");
    CHECK(exporter.sync(NETCHAN_TAKEN, MOMENT) == "timeout");
    raw.say("ack", {1, 5, 5});
    CHECK(exporter.sync(NETCHAN_TAKEN) == "ok");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("import sync and drain wait for an acknowledgement that is withheld",
          "[abi][S6.5][S6.9][S6.11]")
{
    RawExporter peer;
    Channel sent(5);
    REQUIRE(peer.import("in", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    while (peer.raw.expect("data").n.at(1) < 5)
        continue;
    CHECK(peer.importer.sync(NETCHAN_RECEIVED, MOMENT) == "timeout");
    CHECK(peer.importer.drain(NETCHAN_RECEIVED, MOMENT) == "timeout");
    peer.raw.say("ack", {1, 5, 0});
    CHECK(peer.importer.sync(NETCHAN_RECEIVED) == "ok");
    CHECK(peer.importer.drain(NETCHAN_RECEIVED) == "ok");
    CHECK(peer.importer.sync(NETCHAN_TAKEN, MOMENT) == "timeout");
    CHECK(peer.importer.drain(NETCHAN_TAKEN, MOMENT) == "timeout");
    peer.raw.say("ack", {1, 5, 5});
    CHECK(peer.importer.sync(NETCHAN_TAKEN) == "ok");
    CHECK(peer.importer.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("export flow control", "[abi][S3.1][S3.2][S3.3][S5.3][S16.1][S16.3]")
{
    Pair pair(any_way());
    Channel sent(0), got(0);
    REQUIRE(pair.exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("exportedSend", got, NETCHAN_RECV, 20, -1) == "ok");
    /* Nobody receives: exactly as many sends return as there is credit. */
    REQUIRE(sent.send_range(BASE, BASE + 19) == "ok");
    CHECK(sent.send(BASE + 20, MOMENT) == "timeout");
    REQUIRE(pair.exporter.stream_reaches("exportedSend", "received", 20));
    CHECK(pair.exporter.stream("exportedSend", "taken") == 0);
    CHECK(sent.send(BASE + 20, MOMENT) == "timeout");

    auto sending = background([&sent] {
        std::string said = sent.send_range(BASE + 20, BASE + FLOW_COUNT - 1);
        sent.close();
        return said;
    });
    CHECK(eventually([&] { return pair.exporter.stream("exportedSend", "stalled_ms") > 0; }));
    CHECK(got.rest() == range(BASE, BASE + FLOW_COUNT - 1) + "closed");
    CHECK(sending.result() == "ok");
}

TEST_CASE("import flow control", "[abi][S3.1][S3.2][S3.3][S5.5][S16.1][S16.3]")
{
    Pair pair(any_way());
    Channel got(0), sent(0);
    REQUIRE(pair.exporter.publish("exportedRecv", got, NETCHAN_RECV) == "ok");
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 3, -1) == "ok");
    CHECK(pair.importer.stream("exportedRecv", "size") == 3);
    REQUIRE(sent.send_range(BASE, BASE + 2) == "ok");
    CHECK(sent.send(BASE + 3, MOMENT) == "timeout");
    REQUIRE(pair.importer.stream_reaches("exportedRecv", "received", 3));
    CHECK(pair.importer.stream("exportedRecv", "taken") == 0);
    CHECK(sent.send(BASE + 3, MOMENT) == "timeout");

    auto sending = background([&sent] {
        std::string said = sent.send_range(BASE + 3, BASE + FLOW_COUNT - 1);
        sent.close();
        return said;
    });
    CHECK(got.rest() == range(BASE, BASE + FLOW_COUNT - 1) + "closed");
    CHECK(sending.result() == "ok");
}
