/* SPDX-License-Identifier: MIT */
/*
 * Values that a stream's receiver never acknowledged as received: they return to their channel
 * whatever ended the stream, in the order in which they left, and go to whoever comes next. Every
 * value is counted.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "raw_peer.hpp"

#include <atomic>
#include <future>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <thread>
#include <unistd.h>

using namespace abi;

namespace
{

/* A thread that waits behind each of its writes, until it may go on. */
thread_local bool writes_slowly;
std::atomic<bool> has_written, may_go_on;

/* However a test ends, the thread goes on. */
struct SlowWrites {
    SlowWrites()
    {
        has_written = may_go_on = false;
    }
    ~SlowWrites()
    {
        may_go_on = true;
    }
};

RawPeer bound(Exporter &exporter, int64_t size)
{
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", size);
    if (raw.read().kind != "bound")
        throw std::runtime_error("not bound");
    return raw;
}

std::string payloads(RawPeer &raw, int count)
{
    std::string all;
    while (count-- > 0)
        all += raw.expect("data").payload;
    return all;
}

bool no_links(Exporter &exporter)
{
    return eventually([&] { return exporter.stats()["links"].integer() == 0; });
}

bool no_streams(Exporter &exporter)
{
    return eventually([&] { return exporter.stats()["streams"].size() == 0; });
}

} // namespace

/* The library's, in this program. */
extern "C" ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    ssize_t sent = syscall(SYS_sendto, fd, bytes, length, flags, nullptr, 0);
    if (writes_slowly) {
        int error = errno;
        has_written = true;
        while (!may_go_on)
            std::this_thread::yield();
        errno = error;
    }
    return sent;
}

TEST_CASE("values never received return, whatever ended the stream",
          "[abi][S2.16][S8.4][S8.38][S8.40][S9.1][S9.4][S9.5]")
{
    Exporter exporter;
    Channel sent(3);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = bound(exporter, 4);
    REQUIRE(sent.send_range(1, 7) == "ok"); /* four on the link, three fill the channel */
    REQUIRE(sent.send(8, 0) == "timeout");
    while (raw.expect("data").n.at(1) < 4)
        continue;
    int64_t received = 1;
    SECTION("a connection that breaks")
    {
        raw.say("ack", {1, 1, 0});
        REQUIRE(exporter.stream_reaches("out", "received", 1));
        raw.close();
        REQUIRE(no_links(exporter));
    }
    SECTION("a peer that breaks the protocol")
    {
        raw.say("ack", {1, 1, 0});
        raw.put("nonsense\n");
        REQUIRE(no_streams(exporter));
    }
    SECTION("a peer that says bye")
    {
        raw.say("ack", {1, 1, 0});
        raw.say("bye", {}, "{\"code\":\"ok\"}");
        raw.stop_writing();
        REQUIRE(no_streams(exporter));
    }
    SECTION("a hangup, whose number is the received figure")
    {
        raw.say("hangup", {1, 1});
        REQUIRE(raw.expect("hangup").kind == "hangup");
        REQUIRE(no_streams(exporter));
    }
    SECTION("an import that was withdrawn")
    {
        raw.say("hangup", {1, 0}, "{\"code\":\"timeout\",\"text\":\"withdrawn\"}");
        received = 0;
        REQUIRE(no_streams(exporter));
    }
    CHECK(sent.length() == (size_t)(7 - received));
    CHECK(exporter.channel("out", "returned") == 4 - received);
    CHECK(sent.send(8, 0) == "timeout"); /* they take no place, and make none */
    CHECK(sent.take(4) == range(received + 1, received + 4));
    CHECK(sent.rest(0) == (received ? range(6, 7) : range(5, 7)) + "timeout");
}

TEST_CASE("returned values are kept in the order in which they first left, before all queued",
          "[abi][S7.1][S7.3][S9.3][S9.4][S9.5]")
{
    Exporter exporter;
    Channel sent(2);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer one = bound(exporter, 3), two = bound(exporter, 3);
    REQUIRE(sent.send_range(1, 8) == "ok");
    /* They take turns: one has 1, 3, 5 and two has 2, 4, 6. */
    CHECK(payloads(one, 3) == "135");
    CHECK(payloads(two, 3) == "246");
    bool first = GENERATE(true, false);
    (first ? one : two).close();
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 1; }));
    (first ? two : one).close();
    REQUIRE(no_links(exporter));
    CHECK(sent.length() == 8);
    CHECK(exporter.channel("out", "returned") == 6);
    CHECK(sent.rest(0) == range(1, 8) + "timeout");
}

TEST_CASE("returned values wake receivers and go to other importers", "[abi][S9.1][S9.6]")
{
    Exporter exporter;
    Channel sent(0);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = bound(exporter, 10);
    REQUIRE(sent.send_range(1, 3) == "ok");
    REQUIRE(raw.expect("data").kind == "data");
    SECTION("a program that waits in its own channel")
    {
        auto waiting = background([&] { return sent.next(); });
        REQUIRE(waiting.waits());
        raw.close();
        CHECK(waiting.result() == "1");
        CHECK(sent.take(2) == "2 3 ");
    }
    SECTION("an importer that waits")
    {
        Importer importer = exporter.meet();
        Channel got(0);
        REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
        auto waiting = background([&] { return got.take(3); });
        REQUIRE(waiting.waits());
        raw.close();
        CHECK(waiting.result() == "1 2 3 ");
        CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
    }
    SECTION("an importer that comes later")
    {
        raw.close();
        REQUIRE(no_links(exporter));
        Importer importer = exporter.meet();
        Channel got(0);
        REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
        CHECK(got.take(3) == "1 2 3 ");
        CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
    }
}

/* Of the two importers of a closed channel one holds values that it never acknowledged. The other
 * must not be told closed before it is known whether they come back. */
TEST_CASE("a channel closed while one importer holds values and dies loses none of them",
          "[abi][S9.1][S9.9][S9.13][S6.4]")
{
    Exporter exporter;
    Channel sent(10), got(0);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = bound(exporter, 2);
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV, 2) == "ok");
    REQUIRE(sent.send_range(1, 4) == "ok");
    sent.close();
    Checker checker;
    checker.got(got.take(2));
    CHECK(got.next(MOMENT) == "timeout"); /* not closed: two values may still come back */
    auto draining = background([&] { return exporter.drain(NETCHAN_TAKEN); });
    REQUIRE(draining.waits());
    CHECK_FALSE(draining.done());
    raw.close();
    std::string rest = got.rest();
    checker.got(rest);
    CHECK(rest.substr(rest.size() - 6) == "closed");
    CHECK(checker.verdict(1, 4) == "");
    CHECK(draining.result() == "ok");
}

TEST_CASE("a closed channel can be bound until its name is hung up", "[abi][S9.12][S9.13][S1.5]")
{
    Exporter exporter;
    Channel sent(10), again(10);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    sent.close();
    Importer importer = exporter.meet();
    Channel first(0), second(0), third(0), fourth(0);
    REQUIRE(importer.import("out", first, NETCHAN_RECV, 10, 2) == "ok");
    CHECK(first.rest() == "1 2 closed");
    REQUIRE(
        eventually([&] { return importer.import("out", second, NETCHAN_RECV, 10, 100) == "ok"; }));
    CHECK(second.rest() == "3 4 5 closed");
    REQUIRE(eventually([&] { return importer.import("out", third, NETCHAN_RECV, 10, 1) == "ok"; }));
    CHECK(third.rest() == "closed");
    REQUIRE(exporter.hangup("out") == "ok");
    CHECK(exporter.hangup("out") == "nochannel");
    REQUIRE(eventually(
        [&] { return importer.import("out", fourth, NETCHAN_RECV, 10, 1) == "nochannel"; }));
    REQUIRE(exporter.publish("out", again, NETCHAN_SEND) == "ok");
    CHECK(importer.import("out", fourth, NETCHAN_RECV, 10, 1) == "ok");
}

TEST_CASE("an import that times out as it is bound loses no value under way",
          "[abi][S2.16][S8.34][S8.36][S9.1]")
{
    /* On the wire: bound and values cross the hangup of the importer that gave up. */
    RawExporter peer;
    Channel got(0), other(0);
    auto importing = background(
        [&] { return peer.importer.import("c", got, NETCHAN_RECV, 10, -1, {}, MOMENT); });
    REQUIRE(peer.raw.expect("bind").n.at(0) == 1);
    Frame hangup = peer.raw.expect("hangup");
    CHECK(hangup.head() == "hangup 1 0"); /* nothing was received: all of it may return */
    peer.raw.bound(1, 10);
    peer.raw.data(1, 1, 3);
    peer.raw.say("hangup", {1, 3});
    CHECK(importing.result() == "timeout");
    CHECK(got.length() == 0);
    REQUIRE(peer.import("d", other, NETCHAN_RECV, 10) == "ok");
    peer.raw.data(2, 1, 1);
    CHECK(other.next() == "1");
}

/* The same with both ends of the library, again and again, so that the time runs out at every
 * possible moment. */
TEST_CASE("imports that give up at any moment lose and double nothing", "[abi][S2.16][S9.1][S9.3]")
{
    Exporter exporter;
    Channel sent(1000);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 400) == "ok");
    Importer importer = exporter.meet();
    Checker checker;
    int bound_rounds = 0;
    for (int round = 0; round < 150; round++) {
        Channel got(0);
        std::string said;
        /* The name is free again when the peer has hung up the stream that was withdrawn. */
        REQUIRE(eventually([&] {
            said = importer.import("out", got, NETCHAN_RECV, 3, -1, {}, round % 3 ? 0 : 1);
            return said != "exists";
        }));
        if (said == "ok") {
            bound_rounds++;
            checker.got(got.next(0));
            REQUIRE(importer.hangup("out") == "ok");
            checker.got(got.rest());
        } else {
            REQUIRE(said == "timeout");
        }
    }
    INFO(bound_rounds << " rounds were bound in time");
    sent.close();
    Channel got(0);
    REQUIRE(eventually([&] { return importer.import("out", got, NETCHAN_RECV) == "ok"; }));
    std::string rest = got.rest();
    checker.got(rest);
    CHECK(rest.substr(rest.size() - 6) == "closed");
    CHECK(checker.verdict(1, 400) == "");
}

TEST_CASE("an imported send channel gets its values back too, and with return=no it does not",
          "[abi][S9.2][S9.14][S6.16]")
{
    bool returns = GENERATE(true, false);
    RawExporter peer;
    Channel sent(10), errors = peer.importer.errors();
    REQUIRE(peer.import("in", sent, NETCHAN_SEND, 3, -1, {{"return", returns ? "yes" : "no"}}) ==
            "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    while (peer.raw.expect("data").n.at(1) < 3)
        continue;
    peer.raw.say("ack", {1, 1, 0});
    REQUIRE(peer.importer.stream_reaches("in", "received", 1));
    peer.raw.stop_writing();
    REQUIRE(eventually([&] { return sent.state() == "lost"; }));
    CHECK(sent.rest() == (returns ? "2 3 4 5 lost" : "4 5 lost"));
    CHECK(peer.importer.drain() == "lost");
    Value entry;
    REQUIRE(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr) == 0);
    CHECK(entry["code"].string() == "lost");
    CHECK(entry["channel"].string() == "in");
    CHECK(entry["returned"].integer() == (returns ? 2 : 0));
    CHECK(entry["lost"].integer() == (returns ? 0 : 2));
    CHECK(entry["untaken"].integer() == 1);
}

/* With keep-open a program goes on with the same channel over a new link, from what is in doubt. */
TEST_CASE("an importer can go on from the values in doubt over a new link", "[abi][S9.2][S8.19]")
{
    Exporter exporter;
    Channel in(0), sent(10);
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV, {{"keep-open", "yes"}}) == "ok");
    {
        RawExporter broken;
        REQUIRE(broken.import("in", sent, NETCHAN_SEND, 10, -1, {{"keep-open", "yes"}}) == "ok");
        REQUIRE(sent.send_range(1, 4) == "ok");
        while (broken.raw.expect("data").n.at(1) < 4)
            continue;
        broken.raw.stop_writing();
        REQUIRE(eventually([&] { return sent.length() == 4; }));
    }
    CHECK(sent.state() == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("in", sent, NETCHAN_SEND) == "ok");
    CHECK(in.take(4) == "1 2 3 4 ");
    CHECK(importer.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("values return at once while a program's thread still writes to the lost link",
          "[abi][S9.1]")
{
    Exporter exporter;
    Channel sent(3);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = bound(exporter, 1);
    std::future<std::string> sender;
    SlowWrites slow;
    int64_t number = 0;
    auto is_sent = [&] {
        return sender.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
    };
    /* A thread writes itself where the link is idle: mostly when a small value was acknowledged. */
    while (!has_written && number < 1000) {
        number++;
        sender = std::async(std::launch::async, [&sent, number] {
            writes_slowly = true;
            return sent.send(number);
        });
        CHECK(raw.expect("data").payload == std::to_string(number));
        REQUIRE(eventually([&] { return has_written || is_sent(); }));
        if (has_written)
            break;
        raw.say("ack", {1, number, number});
        REQUIRE(exporter.stream_reaches("out", "taken", number));
    }
    REQUIRE(has_written);
    raw.close();
    RawPeer next = bound(exporter, 1);
    CHECK(next.expect("data").payload == std::to_string(number));
    CHECK(!is_sent());
    may_go_on = true;
    CHECK(sender.get() == "ok");
    next.say("ack", {1, 1, 1});
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}
