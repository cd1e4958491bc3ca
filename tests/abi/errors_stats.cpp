/* SPDX-License-Identifier: MIT */
/*
 * What an exporter or importer tells of itself: the errors channel, figures, and the list of names.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

#include <set>

using namespace abi;
using netchan_test::has_text;

namespace
{

/* A peer that breaks the protocol and goes: one entry. */
void make_error(Exporter &exporter)
{
    RawPeer raw = raw_importer(exporter);
    raw.say("ack", {9, 0, 0});
    if (raw.expect("bye").kind != "bye")
        throw std::runtime_error("no bye");
}

} // namespace

TEST_CASE("the errors channel keeps the newest 256 and says how many it dropped",
          "[abi][S12.1][S12.2][S12.5][S12.6][S12.7][S12.8][S12.9]")
{
    Exporter exporter;
    Channel sent(1), got(0), errors = exporter.errors();
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
    for (int i = 0; i < 300; i++)
        make_error(exporter);
    REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 1; }));
    /* Nobody has read one of them, and nothing has come to a halt. */
    REQUIRE(sent.send(1) == "ok");
    CHECK(got.next() == "1");
    CHECK(errors.length() == 256);
    int64_t dropped = 0;
    for (int i = 0; i < 256; i++) {
        Value entry;
        REQUIRE(netchan_channel_recv(errors, entry.out(), 0, nullptr) == 0);
        CHECK(entry["code"].string() == "protocol");
        CHECK_THAT(entry["text"].string(), has_text("ack 9,0,0"));
        CHECK_THAT(entry["peer"].string(), has_text("unix"));
        if (entry["dropped"].there())
            dropped = entry["dropped"].integer();
    }
    CHECK(dropped == 44);
    CHECK(errors.next(0) == "timeout");
    CHECK(errors.state() == "ok");
}

TEST_CASE("a program can only receive from an errors channel", "[abi][S12.4]")
{
    Exporter exporter;
    Channel errors = exporter.errors();
    CHECK(errors.send(1) == "usage");
    CHECK_THAT(netchan_error_text(), has_text("errors"));
    Value value("1");
    netchan_value *values[] = {value};
    CHECK(netchan_channel_send_many(errors, values, 1, 0, nullptr) == NETCHAN_USAGE);
    CHECK(errors.close() == "usage");
    CHECK(errors.state() == "ok");
    netchan_select *made;
    REQUIRE(netchan_select_new(&made) == 0);
    Handle<netchan_select, netchan_select_unref> select(made);
    int64_t number = netchan_select_add_send(select, errors, value);
    int64_t chosen = -1;
    netchan_value *out;
    CHECK((number == NETCHAN_USAGE ||
           netchan_select_wait(select, &chosen, &out, 0, nullptr) == NETCHAN_USAGE));
    CHECK(errors.length() == 0);
}

TEST_CASE("errors are received, selected, polled, and outlive their owner",
          "[abi][S12.3][S12.10][S12.11][S12.12][S12.13]")
{
    Channel errors;
    {
        Exporter exporter;
        errors = exporter.errors();
        int fd = netchan_channel_fd(errors, NETCHAN_RECV);
        REQUIRE(fd >= 0);
        struct pollfd ready = {fd, POLLIN, 0};
        CHECK(poll(&ready, 1, 0) == 0);
        auto waiting = background([&] {
            Value entry;
            int code = netchan_channel_recv(errors, entry.out(), PLENTY, nullptr);
            return code ? word(code) : entry["code"].string();
        });
        REQUIRE(waiting.waits());
        make_error(exporter);
        CHECK(waiting.result() == "protocol");

        netchan_select *made;
        REQUIRE(netchan_select_new(&made) == 0);
        Handle<netchan_select, netchan_select_unref> select(made);
        REQUIRE(netchan_select_add_recv(select, errors) == 0);
        make_error(exporter);
        int64_t number = -1;
        Value entry;
        REQUIRE(netchan_select_wait(select, &number, entry.out(), PLENTY, nullptr) == 0);
        CHECK(entry["code"].string() == "protocol");

        make_error(exporter);
        CHECK(poll(&ready, 1, (int)PLENTY) == 1);
        CHECK(errors.length() == 1);
    }
    Value entry;
    REQUIRE(netchan_channel_recv(errors, entry.out(), 0, nullptr) == 0);
    CHECK(entry["code"].string() == "protocol");
    CHECK(errors.next(0) == "closed");
    struct pollfd ready = {netchan_channel_fd(errors, NETCHAN_RECV), POLLIN, 0};
    CHECK(poll(&ready, 1, 0) == 1); /* its end is something to be received too */

    RawExporter peer;
    Channel more = peer.importer.errors();
    peer.raw.put("nonsense\n");
    REQUIRE(netchan_channel_recv(more, entry.out(), PLENTY, nullptr) == 0);
    CHECK(entry["code"].string() == "protocol");
}

TEST_CASE("an error that a call returned is not repeated in the errors channel", "[abi][S12.14]")
{
    Pair pair;
    Channel got(0), errors = pair.importer.errors(), theirs = pair.exporter.errors();
    CHECK(pair.importer.import("nowhere", got, NETCHAN_RECV) == "nochannel");
    CHECK(pair.importer.hangup("nowhere") == "nochannel");
    CHECK(pair.importer.import("nowhere", got, NETCHAN_RECV, 1, -1, {{"wait", "-1"}}, 1) ==
          "timeout");
    CHECK(pair.exporter.publish("", got, NETCHAN_SEND) == "value");
    CHECK(pair.importer.drain() == "ok");
    CHECK(pair.importer.end() == "ok");
    CHECK(pair.exporter.end() == "ok");
    CHECK(errors.next(0) == "closed");
    CHECK(theirs.next(0) == "closed");
}

TEST_CASE("stats name every figure", "[abi]")
{
    Pair pair(Way::unix_socket, {{"link.agent", "the exporter"}}, {{"link.agent", "the importer"}});
    Channel sent(10), got(0), in(5), mine(0);
    REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 3, -1, {{"window", "1000"}}) == "ok");
    REQUIRE(sent.send_range(1, 8) == "ok");
    REQUIRE(pair.exporter.stream_reaches("out", "received", 3));
    CHECK(got.next() == "1");
    REQUIRE(pair.exporter.stream_reaches("out", "taken", 1));
    REQUIRE(pair.exporter.stream_reaches("out", "received", 4));

    Value stats = pair.exporter.stats();
    CHECK(stats["role"].string() == "exporter");
    CHECK(stats["links"].integer() == 1);
    CHECK(stats["addresses"].at(0).string() == pair.exporter.address());
    CHECK(stats["lost"].integer() == 0);
    CHECK(stats["promised"].integer() >= 0);
    CHECK(stats["channels"].size() == 2);
    CHECK(stats["streams"].size() == 1);
    for (int64_t i = 0; i < 2; i++) {
        Node channel = stats["channels"].at(i);
        bool sends = channel["name"].string() == "out";
        CHECK(channel["direction"].string() == (sends ? "send" : "recv"));
        CHECK(channel["length"].integer() == (sends ? 4 : 0));
        CHECK(channel["capacity"].integer() == (sends ? 10 : 5));
        CHECK(channel["returned"].integer() == 0);
        CHECK(channel["dropped"].integer() == 0);
        CHECK(channel["streams"].integer() == (sends ? 1 : 0));
    }
    Node stream = stats["streams"].at(0);
    CHECK(stream["name"].string() == "out");
    CHECK(stream["direction"].string() == "send");
    /* Who is on the other end of a unix socket. */
    CHECK_THAT(stream["peer"].string(), has_text("pid " + std::to_string(getpid())));
    CHECK_THAT(stream["peer"].string(), has_text("uid " + std::to_string(getuid())));
    CHECK(stream["size"].integer() == 3);
    CHECK(stream["window"].integer() == 1000);
    CHECK(stream["sent"].integer() == 4);
    CHECK(stream["received"].integer() == 4);
    CHECK(stream["taken"].integer() == 1);
    CHECK(stream["queued"].integer() == 0);
    CHECK(stream["unacknowledged"].integer() == 0);
    CHECK(stream["stalled_ms"].integer() >= 0);

    Value theirs = pair.importer.stats();
    CHECK(theirs["role"].string() == "importer");
    CHECK(theirs["links"].integer() == 1);
    CHECK(theirs["streams"].at(0)["direction"].string() == "recv");
    CHECK(theirs["streams"].at(0)["received"].integer() == 4);
    CHECK(theirs["streams"].at(0)["taken"].integer() == 1);
    CHECK(theirs["streams"].at(0)["queued"].integer() == 3);
}

TEST_CASE("a list shows names, directions and figures, in order and by a filter", "[abi]")
{
    Pair pair;
    Channel one(5), two(0), got(0);
    REQUIRE(pair.exporter.publish("b/one", one, NETCHAN_SEND) == "ok");
    REQUIRE(pair.exporter.publish("a/two", two, NETCHAN_RECV) == "ok");
    REQUIRE(pair.exporter.publish("a/\xc3\xa4", two, NETCHAN_RECV) == "ok");
    REQUIRE(one.send_range(1, 3) == "ok");
    auto list = [&](const char *filter) {
        Value names;
        demand(netchan_importer_list(pair.importer, filter, PLENTY, nullptr, names.out()), "list");
        return names;
    };
    Value names = list(nullptr);
    REQUIRE(names.root().size() == 3);
    CHECK(names.root().at(0)["name"].string() == "a/two");
    CHECK(names.root().at(0)["direction"].string() == "recv");
    CHECK(names.root().at(1)["name"].string() == "a/\xc3\xa4");
    CHECK(names.root().at(2)["name"].string() == "b/one");
    CHECK(names.root().at(2)["direction"].string() == "send");
    CHECK(names.root().at(2)["length"].integer() == 3);
    CHECK(names.root().at(2)["capacity"].integer() == 5);
    CHECK(names.root().at(2)["streams"].integer() == 0);
    REQUIRE(pair.importer.import("b/one", got, NETCHAN_RECV, 1) == "ok");
    CHECK(list("").root().at(2)["streams"].integer() == 1);
    CHECK(list("a/").root().size() == 2);
    CHECK(list("one").root().size() == 1);
    CHECK(list("nothing").root().size() == 0);
    netchan_value *none = nullptr;
    CHECK(netchan_importer_list(pair.importer, "\xff", 0, nullptr, &none) == NETCHAN_VALUE);
    std::string long_filter(256, 'f');
    CHECK(netchan_importer_list(pair.importer, long_filter.c_str(), 0, nullptr, &none) ==
          NETCHAN_VALUE);
}

TEST_CASE("a list of more names than one page holds is whole", "[abi]")
{
    Pair pair(Way::pair, {}, {{"limit.frame", "4096"}});
    Channel channel(0);
    std::set<std::string> all;
    for (int i = 0; i < 700; i++) {
        std::string number = std::to_string(1000 + i);
        std::string name = number + std::string(250 - number.size(), i % 7 ? 'x' : '"');
        all.insert(name);
        REQUIRE(pair.exporter.publish(name, channel, NETCHAN_SEND) == "ok");
    }
    Value names;
    REQUIRE(netchan_importer_list(pair.importer, "", PLENTY, nullptr, names.out()) == 0);
    REQUIRE(names.root().size() == 700);
    std::string before;
    for (int64_t i = 0; i < 700; i++) {
        std::string name = names.root().at(i)["name"].string();
        CHECK(name > before);
        CHECK(all.count(name) == 1);
        before = name;
    }
    REQUIRE(netchan_importer_list(pair.importer, "16", PLENTY, nullptr, names.out()) == 0);
    CHECK(names.root().size() >= 100);
}

TEST_CASE("a list is asked for page by page, and one that has no channels ends the link",
          "[abi][S13.1][P17]")
{
    RawExporter peer;
    auto channel = [](const std::string &name) {
        return "{\"name\":\"" + name + "\",\"direction\":\"send\"}";
    };
    auto list = [&](int64_t ms) {
        Value names;
        int code = netchan_importer_list(peer.importer, "", ms, nullptr, names.out());
        return code ? word(code) : names.text();
    };
    auto listing = background([&] { return list(PLENTY); });
    REQUIRE(peer.raw.expect("list").n.at(0) == 0);
    CHECK(list(0) == "busy"); /* another thread lists */
    peer.raw.say("listing", {1}, "{\"channels\":[" + channel("a") + "]}");
    REQUIRE(peer.raw.expect("list").n.at(0) == 1);
    peer.raw.say("listing", {0}, "{\"channels\":[" + channel("b") + "," + channel("c") + "]}");
    CHECK(listing.result() == "[" + channel("a") + "," + channel("b") + "," + channel("c") + "]");
    /* One that never ends is ended by the time of the call. */
    auto endless = background([&] { return list(MOMENT); });
    while (!endless.done()) {
        if (peer.raw.expect("list", 1).kind == "list")
            peer.raw.say("listing", {1}, "{\"channels\":[]}");
    }
    CHECK(endless.result() == "timeout");
    auto again = background([&] { return list(PLENTY); });
    while (!again.done()) {
        if (peer.raw.expect("list", MOMENT).kind == "list")
            peer.raw.say("listing", {0}, "{}");
    }
    CHECK(again.result() == "lost");
    CHECK(list(PLENTY) == "lost");
}
