/* SPDX-License-Identifier: MIT */
/*
 * The ends of streams as a peer sees them on the wire: close and its code, one hangup from each
 * side, what still counts after one's own hangup, and when a stream is over. The peer is written by
 * hand.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

#include <map>

using namespace abi;

namespace
{

/* An exporter with a send channel "out" and a recv channel "in", and a raw importer. */
struct Scene {
    Scene()
    {
        demand(exporter.publish("out", out, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(exporter.publish("in", in, NETCHAN_RECV) == "ok" ? 0 : -1, "export");
    }
    Exporter exporter{{{"link.ack-delay", "1000"}}};
    Channel out{10}, in{0};
    RawPeer raw = raw_importer(exporter);
};

} // namespace

TEST_CASE("a close carries the last number, and a code only when it is lost",
          "[abi][S8.1][S8.8][S9.7][S9.8]")
{
    Scene scene;
    scene.raw.bind(1, "out", "recv", 10);
    CHECK(heads(scene.raw.settle()) == "bound 1"); /* empty, but open */
    REQUIRE(scene.out.send_range(1, 3) == "ok");
    Frames before = scene.raw.settle();
    CHECK(count_of(before, "data") == 3);
    CHECK(count_of(before, "close") == 0);
    scene.raw.say("ack", {1, 3, 3});
    REQUIRE(scene.out.close() == "ok");
    Frame close = scene.raw.expect("close");
    CHECK(close.head() == "close 1 3");
    CHECK(close.payload == "");
}

TEST_CASE("a close for a channel that was lost says so", "[abi][S8.6][S8.8]")
{
    Scene scene;
    Channel passing(0);
    RawExporter source;
    REQUIRE(source.import("numbers", passing, NETCHAN_RECV, 10) == "ok");
    REQUIRE(scene.exporter.publish("relayed", passing, NETCHAN_SEND) == "ok");
    scene.raw.bind(1, "relayed", "recv", 10);
    source.raw.data(1, 1, 1);
    REQUIRE(scene.raw.expect("data").head() == "data 1 1");
    scene.raw.say("ack", {1, 1, 1});
    source.raw.stop_writing();
    Frame close = scene.raw.expect("close");
    CHECK(close.head() == "close 1 1");
    CHECK(close.member("code") == "lost");
}

TEST_CASE(
    "a count is a limit that the sender keeps, and its close goes right behind the last value",
    "[abi][S8.2][S8.9][S8.11][S9.11]")
{
    Scene scene;
    REQUIRE(scene.out.send_range(1, 9) == "ok");
    scene.raw.bind(1, "out", "recv", 10, 3);
    /* Nothing is acknowledged, and the channel is open and not empty. */
    Frames frames = scene.raw.settle();
    CHECK(heads(frames) == "bound 1, data 1 1, data 1 2, data 1 3, close 1 3");
    CHECK(frames.back().payload == ""); /* closed, not lost */
    /* As a receiver the library ends such a stream when the last value is taken. */
    scene.raw.bind(2, "in", "send", 10, 2);
    REQUIRE(scene.raw.expect("bound").n.at(0) == 2);
    scene.raw.data(2, 1, 2);
    scene.raw.say("close", {2, 2});
    CHECK(scene.in.rest() == "1 2 closed");
    CHECK(scene.raw.expect("hangup").head() == "hangup 2 2");
}

TEST_CASE("a close waits until every value is received, and asks for the acknowledgement",
          "[abi][S9.9][S9.10]")
{
    Scene scene;
    scene.raw.bind(1, "out", "recv", 10);
    REQUIRE(scene.out.send_range(1, 3) == "ok");
    REQUIRE(scene.out.close() == "ok");
    Frames frames = scene.raw.settle();
    CHECK(heads(frames, "data") == "data 1 1, data 1 2, data 1 3");
    CHECK(count_of(frames, "close") == 0);
    CHECK(count_of(frames, "sync") == 1); /* the sender asks */
    scene.raw.say("ack", {1, 2, 0});
    CHECK(count_of(scene.raw.settle(), "close") == 0);
    scene.raw.say("ack", {1, 3, 0}); /* received is enough */
    CHECK(scene.raw.expect("close").head() == "close 1 3");
}

TEST_CASE("a close ends the sending, not the stream", "[abi][S5.5][S6.4][S8.29][S8.30][S8.37]")
{
    Scene scene;
    scene.raw.bind(1, "out", "recv", 10);
    REQUIRE(scene.out.send_range(1, 4) == "ok");
    REQUIRE(scene.out.close() == "ok");
    Frames frames;
    while (count_of(frames, "data") < 4)
        frames.push_back(scene.raw.read());
    scene.raw.say("ack", {1, 4, 1});
    while (count_of(frames, "close") < 1)
        frames.push_back(scene.raw.read());
    REQUIRE(frames.back().head() == "close 1 4");
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED) == "ok");
    CHECK(scene.exporter.drain(NETCHAN_TAKEN, MOMENT) == "timeout");
    /* One sync is open: asked by the channel's end already, or by the drain now. */
    for (const Frame &frame : scene.raw.settle())
        frames.push_back(frame);
    CHECK(count_of(frames, "sync") >= 1);
    auto draining = background([&] { return scene.exporter.drain(NETCHAN_TAKEN); });
    scene.raw.say("ack", {1, 4, 4});
    CHECK(draining.result() == "ok");
    /* It is over when both have hung up. */
    CHECK(scene.exporter.stream("out", "taken") == 4);
    scene.raw.say("hangup", {1, 4});
    CHECK(scene.raw.expect("hangup").head() == "hangup 1 4");
    CHECK(scene.exporter.stream("out", "taken") == -1);
    CHECK(scene.raw.settle().empty()); /* one hangup, no more */
}

TEST_CASE("a drain of a closed channel returns after the close frames are written", "[abi][S6.4]")
{
    Scene scene;
    scene.raw.bind(1, "out", "recv", 10);
    REQUIRE(scene.out.send_range(1, 2) == "ok");
    while (scene.raw.expect("data").n.at(1) < 2)
        continue;
    scene.raw.say("ack", {1, 2, 2});
    REQUIRE(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
    REQUIRE(scene.out.close() == "ok");
    REQUIRE(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
    CHECK(scene.raw.expect("close", 0).head() == "close 1 2"); /* it is in the socket already */
}

TEST_CASE("the receiver of a close hangs up when the last value is taken, and tells that before",
          "[abi][S5.12][S8.12][S8.31][S8.33]")
{
    Scene scene;
    scene.raw.bind(1, "in", "send", 10);
    REQUIRE(scene.raw.expect("bound").kind == "bound");
    scene.raw.data(1, 1, 3);
    scene.raw.say("close", {1, 3});
    CHECK(count_of(scene.raw.settle(), "hangup") == 0);
    CHECK(scene.in.take(2) == "1 2 ");
    CHECK(count_of(scene.raw.settle(), "hangup") == 0);
    CHECK(scene.in.rest() == "3 closed");
    Frame frame = scene.raw.read();
    while (frame.kind == "ack" && frame.n.at(2) < 3)
        frame = scene.raw.read();
    CHECK(frame.head() == "ack 1 3 3");
    CHECK(scene.raw.read().head() == "hangup 1 3");
    /* The answer is not answered. */
    scene.raw.say("hangup", {1, 3});
    CHECK(scene.raw.settle().empty());
}

TEST_CASE("each side sends one hangup, and one that answers is not answered",
          "[abi][S8.31][S8.32][S8.37][S8.39][S10.1]")
{
    Scene scene;
    /* The peer hangs up first. */
    scene.raw.bind(1, "out", "recv", 10);
    REQUIRE(scene.raw.expect("bound").kind == "bound");
    scene.raw.say("hangup", {1, 0});
    CHECK(heads(scene.raw.settle()) == "hangup 1 0");
    CHECK(scene.exporter.stream("out", "sent") == -1);
    /* The library hangs up first. */
    scene.raw.bind(2, "out", "recv", 10);
    REQUIRE(scene.raw.expect("bound").n.at(0) == 2);
    REQUIRE(scene.exporter.hangup("out") == "ok");
    CHECK(heads(scene.raw.settle(), "hangup") == "hangup 2 0");
    scene.raw.say("hangup", {2, 0});
    CHECK(scene.raw.settle().empty());
    /* Both at once: each takes the other's as the answer. */
    Channel again(10);
    REQUIRE(scene.exporter.publish("out", again, NETCHAN_SEND) == "ok");
    scene.raw.bind(3, "out", "recv", 10);
    REQUIRE(scene.raw.expect("bound").n.at(0) == 3);
    scene.raw.say("hangup", {3, 0});
    REQUIRE(scene.exporter.hangup("out") == "ok");
    CHECK(heads(scene.raw.settle(), "hangup") == "hangup 3 0");
    CHECK(eventually([&] { return scene.exporter.stats()["streams"].size() == 0; }));
}

TEST_CASE("a hangup with values left carries lost, one without carries nothing",
          "[abi][S8.3][S8.7][S8.8]")
{
    Scene scene;
    REQUIRE(scene.out.send_range(1, 3) == "ok");
    scene.raw.bind(1, "out", "recv", 2);
    REQUIRE(scene.raw.expect("data").head() == "data 1 1");
    REQUIRE(scene.exporter.hangup("out") == "ok");
    Frame hangup = scene.raw.expect("hangup");
    CHECK(hangup.head() == "hangup 1 2");
    CHECK(hangup.member("code") == "lost");

    Channel empty(10);
    REQUIRE(scene.exporter.publish("empty", empty, NETCHAN_SEND) == "ok");
    scene.raw.bind(2, "empty", "recv", 2);
    REQUIRE(empty.send(1) == "ok");
    REQUIRE(scene.raw.expect("data").head() == "data 2 1");
    REQUIRE(scene.exporter.hangup("empty") == "ok");
    hangup = scene.raw.expect("hangup");
    CHECK(hangup.head() == "hangup 2 1");
    CHECK((hangup.payload == "" || hangup.member("code") == "closed"));
}

TEST_CASE("after its own hangup a receiver drops data, free of charge, until the peer's",
          "[abi][S4.2][S4.3][S8.34][S10.2][S10.3]")
{
    RawExporter peer;
    Channel got(0), other(0);
    REQUIRE(peer.import("c", got, NETCHAN_RECV, 60000) == "ok");
    REQUIRE(peer.import("d", other, NETCHAN_RECV, 10) == "ok");
    peer.raw.data(1, 1, 2);
    REQUIRE(peer.importer.stream_reaches("c", "received", 2));
    REQUIRE(peer.importer.hangup("c") == "ok");
    REQUIRE(peer.raw.expect("hangup").head() == "hangup 1 2");
    /* More than the budget for pointless frames; part of a value at the end. */
    peer.raw.data(1, 3, 20002);
    peer.raw.say("part", {1, 20003}, "[1,2");
    peer.raw.say("close", {1, 20002});
    CHECK(got.rest() == "1 2 closed");
    /* The link is in step. */
    peer.raw.data(2, 1, 1);
    CHECK(other.next() == "1");
    /* The name is free when the peer has hung up too. */
    Channel again(0);
    CHECK(peer.importer.import("c", again, NETCHAN_RECV, 1, -1, {{"async", "yes"}}) == "exists");
    peer.raw.say("hangup", {1, 20002});
    CHECK(eventually([&] {
        return peer.importer.import("c", again, NETCHAN_RECV, 1, -1, {{"async", "yes"}}) == "ok";
    }));
    CHECK(peer.raw.expect("bind").n.at(0) == 3); /* ids are never reused */
}

TEST_CASE("a frame on a stream that is over is illegal", "[abi][S8.41]")
{
    RawExporter peer;
    Channel got(0);
    REQUIRE(peer.import("c", got, NETCHAN_RECV, 10) == "ok");
    REQUIRE(peer.importer.hangup("c") == "ok");
    REQUIRE(peer.raw.expect("hangup").kind == "hangup");
    peer.raw.say("hangup", {1, 0});
    peer.raw.data(1, 1, 1);
    CHECK(peer.raw.expect("bye").member("code") == "protocol");
}

TEST_CASE("acknowledgements count after the sender's own hangup, and so does the peer's figure",
          "[abi][S6.18][S8.35][S8.36][S8.40]")
{
    Scene scene;
    scene.raw.bind(1, "out", "recv", 10);
    REQUIRE(scene.out.send_range(1, 6) == "ok");
    while (scene.raw.expect("data").n.at(1) < 6)
        continue;
    REQUIRE(scene.exporter.hangup("out") == "ok");
    REQUIRE(scene.raw.expect("hangup").head() == "hangup 1 6");
    scene.raw.say("ack", {1, 2, 1});
    scene.raw.say("hangup", {1, 4});
    REQUIRE(eventually([&] { return scene.exporter.stats()["streams"].size() == 0; }));
    /* 1 to 4 were received; 5 and 6 never, so they are back. */
    CHECK(scene.out.rest() == "5 6 closed");
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED) == "lost");
    CHECK(scene.exporter.drain(NETCHAN_RECEIVED) == "ok");
}

TEST_CASE("a refused bind is told by a hangup with a code", "[abi][S2.5][S2.6][S2.7][S8.31]")
{
    Scene scene;
    scene.raw.bind(1, "nowhere", "recv", 10);
    scene.raw.bind(2, "out", "send", 10);
    scene.raw.bind(3, "out", "recv", 70000);
    std::map<std::string, std::string> codes;
    for (const Frame &frame : scene.raw.settle())
        codes[frame.head()] = frame.member("code");
    CHECK(codes["hangup 1 0"] == "nochannel");
    CHECK(codes["hangup 2 0"] == "direction");
    CHECK(codes["hangup 3 0"] == "limit");
}
