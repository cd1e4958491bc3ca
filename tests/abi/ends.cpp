/* SPDX-License-Identifier: MIT */
/*
 * How channels end when several streams meet in them: pipes with several writers, holds, counts,
 * relays, hangups with and without values left. Every value is counted.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "raw_peer.hpp"

using namespace abi;
using netchan_test::has_text;

TEST_CASE("the close of one of several importers ends only its own stream",
          "[abi][S7.4][S8.1][S8.13][S8.15][S8.28]")
{
    Exporter exporter;
    Channel got(0), one(10), two(10), three(10);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    Importer first = exporter.meet(), second = exporter.meet(), third = exporter.meet();
    REQUIRE(first.import("in", one, NETCHAN_SEND) == "ok");
    REQUIRE(second.import("in", two, NETCHAN_SEND) == "ok");
    REQUIRE(third.import("in", three, NETCHAN_SEND) == "ok");
    Checker checker;
    REQUIRE(one.send_range(1, 5) == "ok");
    one.close();
    checker.got(got.take(5));
    REQUIRE(first.drain(NETCHAN_TAKEN) == "ok");
    REQUIRE(first.end() == "ok");
    CHECK(got.next(MOMENT) == "timeout");
    REQUIRE(two.send_range(6, 10) == "ok");
    checker.got(got.take(5));
    two.close();
    CHECK(got.next(MOMENT) == "timeout");
    CHECK(got.state() == "ok");
    REQUIRE(three.send_range(11, 15) == "ok");
    three.close();
    std::string rest = got.rest();
    checker.got(rest);
    CHECK(rest == range(11, 15) + "closed");
    CHECK(checker.verdict(1, 15) == "");
}

TEST_CASE("the loss of one of several importers is told when the last one has ended",
          "[abi][S8.4][S8.13][S8.14][S11.2][S11.10][S13.6]")
{
    Exporter exporter;
    Channel got(0), one(10), errors = exporter.errors();
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    Importer honest = exporter.meet();
    REQUIRE(honest.import("in", one, NETCHAN_SEND) == "ok");
    {
        RawPeer raw = raw_tcp_importer(exporter);
        raw.bind(1, "in", "send", 10);
        REQUIRE(raw.expect("bound").kind == "bound");
        raw.data(1, 1, 2);
        CHECK(got.take(2) == "1 2 ");
        raw.reset();
    }
    Value entry;
    REQUIRE(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr) == 0);
    CHECK(entry["code"].string() == "lost");
    CHECK_THAT(entry["peer"].string(), has_text("tcp://127.0.0.1"));
    /* The others go on. */
    CHECK(got.state() == "ok");
    REQUIRE(one.send_range(3, 6) == "ok");
    CHECK(got.take(4) == "3 4 5 6 ");
    one.close();
    CHECK(got.next() == "lost");
    CHECK(got.state() == "lost");
}

TEST_CASE("an importer that goes away without a close ends a channel that it alone feeds with lost",
          "[abi][S8.4][S8.12][S11.10]")
{
    Exporter exporter;
    Channel got(0);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "in", "send", 10);
    REQUIRE(raw.expect("bound").kind == "bound");
    raw.data(1, 1, 3);
    REQUIRE(exporter.stream_reaches("in", "received", 3));
    raw.close(); /* a clean end of file, but no close on the stream */
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
    /* The end stands behind the values. */
    CHECK(got.rest() == "1 2 3 lost");
}

TEST_CASE("an export with keep-open outlives its importers", "[abi][S8.18][S13.6]")
{
    Exporter exporter;
    Channel got(0);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV, {{"keep-open", "yes"}}) == "ok");
    for (int round = 0; round < 3; round++) {
        Importer importer = exporter.meet();
        Channel sent(10);
        REQUIRE(importer.import("in", sent, NETCHAN_SEND) == "ok");
        REQUIRE(sent.send(round) == "ok");
        sent.close();
        CHECK(got.next() == std::to_string(round));
    }
    {
        RawPeer raw = raw_importer(exporter);
        raw.bind(1, "in", "send", 10);
        REQUIRE(raw.expect("bound").kind == "bound");
    }
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
    CHECK(got.next(MOMENT) == "timeout");
    CHECK(got.state() == "ok");
}

TEST_CASE("a program's release does not take the hold of keep-open", "[abi][S8.18][S8.16]")
{
    Exporter exporter;
    Channel got(0);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV, {{"keep-open", "yes"}}) == "ok");
    CHECK(netchan_channel_release(got) == NETCHAN_USAGE);
    REQUIRE(netchan_channel_hold(got) == NETCHAN_OK);
    Importer importer = exporter.meet();
    Channel sent(10);
    REQUIRE(importer.import("in", sent, NETCHAN_SEND) == "ok");
    REQUIRE(netchan_channel_release(got) == NETCHAN_OK);
    CHECK(netchan_channel_release(got) == NETCHAN_USAGE);
    sent.close();
    REQUIRE(importer.end() == "ok");
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
    CHECK(got.state() == "ok");
}

TEST_CASE("an import with keep-open outlives its stream", "[abi][S8.19]")
{
    Exporter exporter;
    Channel sent(10), more(10), got(0);
    REQUIRE(exporter.publish("a", sent, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("b", more, NETCHAN_SEND) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("a", got, NETCHAN_RECV, 10, -1, {{"keep-open", "yes"}}) == "ok");
    REQUIRE(sent.send(1) == "ok");
    sent.close();
    CHECK(got.next() == "1");
    CHECK(got.next(MOMENT) == "timeout");
    REQUIRE(importer.import("b", got, NETCHAN_RECV) == "ok");
    REQUIRE(more.send(2) == "ok");
    more.close();
    CHECK(got.next() == "2");
    CHECK(got.next(MOMENT) == "timeout");
    CHECK(got.state() == "ok");
}

TEST_CASE("a program that merges imports holds the channel, binds them and releases it",
          "[abi][S8.13][S8.15][S8.16][S8.17]")
{
    Exporter one, two;
    Channel first(10), second(10), got(0);
    REQUIRE(one.publish("a", first, NETCHAN_SEND) == "ok");
    REQUIRE(two.publish("b", second, NETCHAN_SEND) == "ok");
    REQUIRE(first.send_range(1, 2) == "ok");
    REQUIRE(first.close() == "ok");
    Importer left = one.meet(), right = two.meet();
    REQUIRE(netchan_channel_hold(got) == 0);
    REQUIRE(left.import("a", got, NETCHAN_RECV) == "ok");
    CHECK(got.take(2) == "1 2 ");
    /* The only stream has ended, but for the hold the channel would have too. */
    REQUIRE(eventually([&] { return one.stream("a", "sent") == -1; }));
    CHECK(got.state() == "ok");
    REQUIRE(right.import("b", got, NETCHAN_RECV) == "ok");
    REQUIRE(netchan_channel_release(got) == 0);
    CHECK(got.state() == "ok");
    REQUIRE(second.send_range(3, 4) == "ok");
    second.close();
    CHECK(got.rest() == "3 4 closed");
    CHECK(netchan_channel_hold(got) == NETCHAN_CLOSED);
}

TEST_CASE("the release of the last hold ends a channel that no stream feeds", "[abi][S8.13][S8.16]")
{
    Channel channel(1);
    CHECK(netchan_channel_release(channel) == NETCHAN_USAGE);
    REQUIRE(netchan_channel_hold(channel) == 0);
    REQUIRE(netchan_channel_hold(channel) == 0);
    REQUIRE(netchan_channel_release(channel) == 0);
    CHECK(channel.state() == "ok");
    REQUIRE(netchan_channel_release(channel) == 0);
    CHECK(channel.state() == "closed");
}

TEST_CASE("counts end streams in both directions, and no value beyond them is sent",
          "[abi][S8.2][S8.9][S8.15][S8.20][S8.21][S8.22][S6.19]")
{
    Exporter exporter;
    Channel out(10), in(0), got(0), sent(10);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(out.send_range(1, 10) == "ok");
    REQUIRE(importer.import("out", got, NETCHAN_RECV, 100, 4) == "ok");
    CHECK(got.rest() == "1 2 3 4 closed");
    REQUIRE(eventually([&] { return exporter.stream("out", "sent") == -1; }));
    CHECK(out.length() == 6);
    CHECK(out.state() == "ok"); /* importers that come and go do not end it */

    REQUIRE(importer.import("in", sent, NETCHAN_SEND, 100, 4) == "ok");
    REQUIRE(sent.send_range(1, 7) == "ok");
    CHECK(in.rest() == "1 2 3 4 closed");
    /* Its last import has ended: no more can be sent, and three are left. */
    REQUIRE(eventually([&] { return sent.state() == "closed"; }));
    CHECK(sent.send(8) == "closed");
    CHECK(importer.drain() == "lost");
    CHECK_THAT(netchan_error_text(), has_text("3"));
    CHECK(importer.drain() == "ok");
    CHECK(sent.rest() == "5 6 7 closed");
}

TEST_CASE("a channel drained by several imports ends with the last of them",
          "[abi][S8.20][S8.21][S9.2]")
{
    Exporter one, two;
    Channel left(100), right(100), sent(100);
    REQUIRE(one.publish("in", left, NETCHAN_RECV) == "ok");
    REQUIRE(two.publish("in", right, NETCHAN_RECV) == "ok");
    Importer first = one.meet(), second = two.meet();
    REQUIRE(first.import("in", sent, NETCHAN_SEND, 10) == "ok");
    REQUIRE(second.import("in", sent, NETCHAN_SEND, 10) == "ok");
    Checker checker;
    REQUIRE(sent.send_range(1, 40) == "ok");
    REQUIRE(first.drain(NETCHAN_TAKEN) == "ok");
    REQUIRE(first.hangup("in") == "ok"); /* closes its channel: that is what a hangup does */
    CHECK(sent.state() == "closed");
    std::string rest = left.rest();
    checker.got(rest);
    CHECK(rest.substr(rest.size() - 6) == "closed");
    rest = right.rest();
    checker.got(rest);
    CHECK(rest.substr(rest.size() - 6) == "closed");
    CHECK(checker.verdict(1, 40) == "");
}

TEST_CASE("importers that come and go never end an exported send channel", "[abi][S8.23]")
{
    Exporter exporter;
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    Checker checker;
    for (int round = 0; round < 3; round++) {
        Importer importer = exporter.meet();
        Channel got(0);
        REQUIRE(importer.import("out", got, NETCHAN_RECV, 2, 2) == "ok");
        REQUIRE(sent.send_range(2 * round + 1, 2 * round + 2) == "ok");
        checker.got(got.rest());
        CHECK(sent.state() == "ok");
    }
    {
        RawPeer raw = raw_importer(exporter);
        raw.bind(1, "out", "recv", 10);
        REQUIRE(raw.expect("bound").kind == "bound");
    }
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
    CHECK(sent.state() == "ok");
    CHECK(checker.verdict(1, 6) == "");
}

TEST_CASE("a program that closes a channel which streams feed hangs them up, and keeps its values",
          "[abi][S8.24][S8.25][S10.4]")
{
    Exporter exporter;
    Channel in(0), out(100), sent(0), got(0);
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Importer importer = exporter.meet();

    /* The exporter closes what an importer sends on. */
    REQUIRE(importer.import("in", sent, NETCHAN_SEND, 3) == "ok");
    REQUIRE(sent.send_range(1, 3) == "ok");
    REQUIRE(exporter.stream_reaches("in", "received", 3));
    auto blocked = background([&] { return sent.send(4); });
    REQUIRE(blocked.waits());
    REQUIRE(in.close() == "ok");
    CHECK(blocked.result() == "closed");
    CHECK(in.rest() == "1 2 3 closed");
    REQUIRE(eventually([&] { return exporter.stream("in", "received") == -1; }));

    /* The importer closes what it receives. */
    REQUIRE(importer.import("out", got, NETCHAN_RECV, 3) == "ok");
    REQUIRE(out.send_range(1, 5) == "ok");
    REQUIRE(importer.stream_reaches("out", "received", 3));
    REQUIRE(got.close() == "ok");
    CHECK(got.rest() == "1 2 3 closed");
    REQUIRE(eventually([&] { return exporter.stream("out", "sent") == -1; }));
    CHECK(out.state() == "ok");
    CHECK(out.rest(0) == "4 5 timeout"); /* never sent: still the exporter's */
}

TEST_CASE("a bind to a recv channel that has ended is refused with closed", "[abi][S8.26][S2.22]")
{
    Exporter exporter;
    Channel in(0), sent(0);
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(in.close() == "ok");
    CHECK(importer.import("in", sent, NETCHAN_SEND) == "closed");
    CHECK_THAT(netchan_error_text(), has_text("in"));
    CHECK(sent.state() == "ok");
}

TEST_CASE("a relay passes an end on as what it was", "[abi][S8.1][S8.6][S8.12][S8.14][S8.15]")
{
    bool lost = GENERATE(false, true);
    Exporter relay;
    Channel passing(0), got(0);
    RawExporter source;
    REQUIRE(source.import("numbers", passing, NETCHAN_RECV, 10) == "ok");
    REQUIRE(relay.publish("numbers", passing, NETCHAN_SEND) == "ok");
    Importer importer = relay.meet();
    REQUIRE(importer.import("numbers", got, NETCHAN_RECV, 10) == "ok");
    source.raw.data(1, 1, 5);
    if (lost)
        source.raw.stop_writing();
    else
        source.raw.say("close", {1, 5});
    CHECK(got.rest() == range(1, 5) + (lost ? "lost" : "closed"));
    CHECK(passing.state() == (lost ? "lost" : "closed"));
    CHECK(relay.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("a hangup says closed when nothing is left in the channel, else lost",
          "[abi][S6.19][S8.3][S8.7][S8.12]")
{
    Exporter exporter;
    Channel all(10), some(10), got(0), less(0);
    REQUIRE(exporter.publish("all", all, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("some", some, NETCHAN_SEND) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("all", got, NETCHAN_RECV, 3) == "ok");
    REQUIRE(importer.import("some", less, NETCHAN_RECV, 3) == "ok");
    REQUIRE(all.send_range(1, 3) == "ok");
    REQUIRE(some.send_range(1, 5) == "ok"); /* two have no credit */
    REQUIRE(importer.stream_reaches("all", "received", 3));
    REQUIRE(importer.stream_reaches("some", "received", 3));
    REQUIRE(exporter.hangup("all") == "ok");
    REQUIRE(exporter.hangup("some") == "ok");
    CHECK(got.rest() == "1 2 3 closed");
    CHECK(less.rest() == "1 2 3 lost");
    CHECK(exporter.drain() == "lost");
    CHECK(some.rest() == "4 5 closed"); /* the program can still read them */
}
