/* SPDX-License-Identifier: MIT */
/*
 * Acknowledgements as a peer sees them on the wire: two facts, cumulative, never one per read or
 * per take. link.ack-delay is at its largest, so that an acknowledgement that comes sooner was not
 * sent by the clock: such a check compares with the time before the values were written, and cannot
 * pass by accident.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

using namespace abi;

namespace
{

const int64_t DELAY = 1000;
const Settings SLOW = {{"link.ack-delay", "1000"}};

/* The library receives on stream 1, as an importer from a raw exporter or the other way round. */
struct Receiver {
    Receiver(bool imports, size_t capacity, int64_t size, int64_t window = 4194304,
             const Settings &settings = SLOW)
        : got(capacity)
    {
        if (imports) {
            source.reset(new RawExporter(settings));
            demand(source->import("c", got, NETCHAN_RECV, size, -1,
                                  {{"window", std::to_string(window)}}) == "ok"
                       ? 0
                       : -1,
                   "import");
        } else {
            exporter.reset(new Exporter(settings));
            demand(exporter->publish("c", got, NETCHAN_RECV) == "ok" ? 0 : -1, "export");
            sender.reset(new RawPeer(raw_importer(*exporter)));
            sender->bind(1, "c", "send", size, -1, window);
            if (sender->read().kind != "bound")
                throw std::runtime_error("not bound");
        }
    }
    RawPeer &raw()
    {
        return source ? source->raw : *sender;
    }
    bool has_received(int64_t count)
    {
        return source ? source->importer.stream_reaches("c", "received", count)
                      : exporter->stream_reaches("c", "received", count);
    }
    Channel got;
    std::unique_ptr<RawExporter> source;
    std::unique_ptr<Exporter> exporter;
    std::unique_ptr<RawPeer> sender;
};

} // namespace

TEST_CASE("received and taken are acknowledged as two facts, alike in both directions",
          "[abi][S5.1][S5.2][S5.3][S5.5][S5.13][S5.16]")
{
    bool imports = GENERATE(true, false);
    Receiver end(imports, 0, 100, 4194304, {});
    end.raw().data(1, 1, 3);
    /* Nobody receives; within the delay it is told that three are here, without being asked. */
    CHECK(end.raw().read().head() == "ack 1 3 0");
    CHECK(end.got.take(2) == "1 2 ");
    Frame ack = end.raw().read();
    if (ack.head() == "ack 1 3 1")
        ack = end.raw().read();
    CHECK(ack.head() == "ack 1 3 2");
    CHECK(end.got.next() == "3");
    CHECK(end.raw().read().head() == "ack 1 3 3");
}

TEST_CASE("one acknowledgement covers all numbers below its own", "[abi][S5.4]")
{
    Exporter exporter;
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 50) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 100);
    while (raw.expect("data").n.at(1) < 50)
        continue;
    raw.say("ack", {1, 49, 48});
    REQUIRE(exporter.stream_reaches("out", "received", 49));
    CHECK(exporter.stream("out", "taken") == 48);
    CHECK(exporter.stream("out", "unacknowledged") == 1);
    raw.say("ack", {1, 50, 50});
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("no value is acknowledged before it is complete and checked", "[abi][S5.6]")
{
    Receiver end(GENERATE(true, false), 100, 100, 4194304, {{"link.ack-delay", "0"}});
    end.raw().say("part", {1, 1}, "[1,");
    CHECK(end.raw().settle().empty());
    end.raw().say("part", {1, 1}, "2,");
    CHECK(end.raw().settle().empty());
    end.raw().say("data", {1, 1}, "3]");
    CHECK(end.raw().read().n.at(1) == 1);
    CHECK(end.got.next() == "[1,2,3]");
    end.raw().say("part", {1, 2}, "[1,");
    end.raw().say("data", {1, 2}, "2");
    /* Whole but not legal: the link ends, and never said that it was received. */
    Frames rest = end.raw().read_all();
    CHECK(heads(rest).find("ack 1 2") == std::string::npos);
    CHECK(count_of(rest, "bye") == 1);
}

TEST_CASE("an acknowledgement rides on what is written next", "[abi][S5.8]")
{
    Receiver end(GENERATE(true, false), 100, 100);
    int64_t begun = now_ms();
    end.raw().data(1, 1, 1);
    Frames frames = end.raw().settle();
    REQUIRE(now_ms() - begun < DELAY);
    CHECK(heads(frames) == "ack 1 1 1");
}

TEST_CASE("half of the size or of the window is acknowledged at once", "[abi][S5.9][S5.10]")
{
    bool imports = GENERATE(true, false);
    SECTION("half of the size")
    {
        Receiver end(imports, 0, 7);
        int64_t begun = now_ms();
        end.raw().data(1, 1, 7);
        CHECK(end.got.take(3) == "1 2 3 ");
        CHECK(end.raw().read().head() == "ack 1 7 3");
        CHECK(now_ms() - begun < DELAY);
    }
    SECTION("of a size of 1: every value")
    {
        Receiver end(imports, 0, 1);
        int64_t begun = now_ms();
        for (int64_t seq = 1; seq <= 3; seq++) {
            end.raw().data(1, seq, seq);
            CHECK(end.got.next() == std::to_string(seq));
            CHECK(end.raw().read().n == std::vector<int64_t>{1, seq, seq});
        }
        CHECK(now_ms() - begun < DELAY);
    }
    SECTION("half of the window")
    {
        Receiver end(imports, 0, 1000, 1000);
        int64_t begun = now_ms();
        std::string text = "\"" + std::string(248, 'x') + "\"";
        std::string all;
        for (int64_t seq = 1; seq <= 4; seq++)
            all += RawPeer::frame("data", {1, seq}, text);
        end.raw().put(all);
        CHECK(end.got.next() == text);
        CHECK(end.got.next() == text);
        CHECK(end.raw().read().head() == "ack 1 4 2");
        CHECK(now_ms() - begun < DELAY);
    }
}

TEST_CASE("a sync is answered at once with what is untold, and again when its number is taken",
          "[abi][S5.11][S5.18][S5.19][S5.20]")
{
    Receiver end(GENERATE(true, false), 0, 100);
    int64_t begun = now_ms();
    end.raw().data(1, 1, 5);
    end.raw().say("sync", {1, 3});
    CHECK(end.raw().read().head() == "ack 1 5 0");
    end.raw().say("sync", {1, 3});
    CHECK(end.raw().settle().empty()); /* nothing is untold */
    CHECK(end.got.take(3) == "1 2 3 ");
    Frame ack = end.raw().read();
    CHECK(ack.n.at(2) == 3);
    CHECK(now_ms() - begun < DELAY);
}

TEST_CASE("acknowledgements are never sent one per read", "[abi][S5.7][S5.14]")
{
    Receiver end(GENERATE(true, false), 0, 1000);
    int64_t begun = now_ms();
    for (int64_t seq = 1; seq <= 100; seq++) {
        end.raw().data(1, seq, seq);
        REQUIRE(end.has_received(seq)); /* so each was a read of its own */
    }
    size_t acks = count_of(end.raw().settle(), "ack");
    CHECK(acks >= 1);
    CHECK(acks <= 2 + (size_t)((now_ms() - begun) / DELAY));
}

TEST_CASE("acknowledgements are never sent one per take", "[abi][S5.7][S5.15][S5.17]")
{
    Receiver end(GENERATE(true, false), 0, 1000, 4194304, {{"link.ack-delay", "300"}});
    end.raw().data(1, 1, 200);
    end.raw().say("sync", {1, 1});
    REQUIRE(end.raw().read().head() == "ack 1 200 0");
    REQUIRE(end.got.next() == "1");
    REQUIRE(end.raw().read().head() == "ack 1 200 1");
    /* The delay is not running. A take starts it; those after it add nothing. */
    int64_t begun = now_ms();
    CHECK(end.got.take(100) == range(2, 101));
    Frame ack = end.raw().read();
    CHECK(ack.head() == "ack 1 200 101");
    CHECK(now_ms() - begun >= 250); /* the delay, not the take, sent it */
    CHECK(end.raw().settle().empty());
}

TEST_CASE("a pending acknowledgement is one, however long the link cannot write", "[abi][S5.7]")
{
    Exporter exporter(SLOW);
    Channel in(0), out(10000);
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "in", "send", 200);
    raw.bind(2, "out", "recv", 60000);
    REQUIRE(raw.expect("bound").n.at(0) == 1);
    REQUIRE(raw.expect("bound").n.at(0) == 2);
    raw.data(1, 1, 200);
    REQUIRE(exporter.stream_reaches("in", "received", 200));
    /* The peer reads nothing any more: values pile up until the socket takes no more. */
    std::string text = "\"" + std::string(10000, 'x') + "\"";
    int sent = 0;
    while (out.length() < 10 && sent < 5000 && out.send(text, 0) == "ok")
        sent++;
    REQUIRE(out.length() >= 10);
    /* Two hundred takes, of which every hundredth would be worth an acknowledgement of its own. */
    CHECK(in.take(200) == range(1, 200));
    Frames frames;
    while (count_of(frames, "data") < (size_t)sent)
        frames.push_back(raw.read());
    for (const Frame &frame : raw.settle())
        frames.push_back(frame);
    CHECK(count_of(frames, "ack") <= 4);
    CHECK(heads(frames, "ack").find("ack 1 200 200") != std::string::npos);
}

TEST_CASE("a sender has one sync open per stream, for the lowest number anybody waits for",
          "[abi][S5.21]")
{
    Exporter exporter;
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 3) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 100);
    while (raw.expect("data").n.at(1) < 3)
        continue;
    raw.say("ack", {1, 3, 0});
    REQUIRE(exporter.stream_reaches("out", "received", 3));
    auto first = background([&] { return exporter.sync(NETCHAN_TAKEN); });
    REQUIRE(raw.expect("sync").head() == "sync 1 3");
    REQUIRE(sent.send_range(4, 6) == "ok");
    while (raw.expect("data").n.at(1) < 6)
        continue;
    auto second = background([&] { return exporter.sync(NETCHAN_TAKEN); });
    raw.say("ack", {1, 6, 0});
    REQUIRE(exporter.stream_reaches("out", "received", 6));
    REQUIRE(second.waits());
    /* The one that is open asks for less. It stays, and the second waits for its answer. */
    CHECK(heads(raw.settle()) == "");
    raw.say("ack", {1, 6, 3});
    CHECK(first.result() == "ok");
    CHECK(raw.expect("sync", 2000).head() == "sync 1 6");
    raw.say("ack", {1, 6, 6});
    CHECK(second.result() == "ok");
}

TEST_CASE("syncs for a value not yet taken are never pointless", "[abi][S5.22][S5.23]")
{
    Receiver end(GENERATE(true, false), 0, 100);
    end.raw().data(1, 1, 2);
    std::string syncs;
    for (int i = 0; i < 20000; i++)
        syncs += RawPeer::frame("sync", {1, 2});
    REQUIRE(end.raw().put(syncs + RawPeer::frame("ping", {7})));
    REQUIRE(end.raw().expect("pong").kind == "pong"); /* all were read while nothing was taken */
    CHECK(end.got.take(2) == "1 2 ");
    CHECK(end.raw().expect("ack").kind == "ack");
    CHECK(count_of(end.raw().settle(), "bye") == 0);
}
