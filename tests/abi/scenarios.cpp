/* SPDX-License-Identifier: MIT */
/*
 * The scenarios of the original package, by their names, through the public header and over every
 * transport: values both ways, ends, refusals, hangups, independent channels, select. Those about
 * acknowledgements and flow control are in scenarios_flow.cpp.
 *
 * Where the original slept, these wait for figures; where it showed little, they show more.
 */
#include "catch_shim.hpp"

#include "owners.hpp"

using namespace abi;

namespace
{

const int COUNT = 10;      /* values in most scenarios */
const int CLOSE_COUNT = 5; /* values when the sender closes early */
const int BASE = 23;

Way any_way()
{
    return GENERATE(from_range(all_ways()));
}

/* Sends BASE, BASE + 1, ... and closes. */
Background<std::string> sender(Channel &channel, int count)
{
    return background([&channel, count] {
        std::string said = channel.send_range(BASE, BASE + count - 1);
        channel.close();
        return said;
    });
}

std::string values(int count)
{
    return range(BASE, BASE + count - 1);
}

} // namespace

TEST_CASE("export send, import receive", "[abi][S1.1][S2.1][S8.2][S16.1][S16.3]")
{
    Pair pair(any_way());
    Channel sent(0), got(0);
    REQUIRE(pair.exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    auto sending = sender(sent, COUNT);
    REQUIRE(pair.importer.import("exportedSend", got, NETCHAN_RECV, 3, COUNT) == "ok");
    CHECK(got.rest() == values(COUNT) + "closed");
    CHECK(sending.result() == "ok");
}

TEST_CASE("export receive, import send", "[abi][S2.1][S8.1][S8.27]")
{
    Pair pair(any_way());
    Channel got(0), sent(0);
    REQUIRE(pair.exporter.publish("exportedRecv", got, NETCHAN_RECV) == "ok");
    auto receiving = background([&got] {
        std::string all;
        for (int i = 0; i < COUNT; i++)
            all += got.next() + ' ';
        return all;
    });
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 3, -1) == "ok");
    auto sending = sender(sent, COUNT);
    CHECK(receiving.result() == values(COUNT));
    CHECK(sending.result() == "ok");
    CHECK(got.next() == "closed");
}

TEST_CASE("closing export send, import receive", "[abi][S8.1][S9.12][S9.13]")
{
    Way way = any_way();
    bool before = GENERATE(false, true); /* closed before anybody binds */
    Pair pair(way);
    Channel sent(before ? CLOSE_COUNT : 0), got(0);
    REQUIRE(pair.exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    auto sending = sender(sent, CLOSE_COUNT);
    if (before)
        REQUIRE(sending.result() == "ok");
    REQUIRE(pair.importer.import("exportedSend", got, NETCHAN_RECV, 3, COUNT) == "ok");
    CHECK(got.rest() == values(CLOSE_COUNT) + "closed");
    CHECK(sending.result() == "ok");
}

TEST_CASE("closing import send, export receive", "[abi][S8.1][S8.27]")
{
    Pair pair(any_way());
    Channel got(0), sent(0);
    REQUIRE(pair.exporter.publish("exportedRecv", got, NETCHAN_RECV) == "ok");
    auto receiving = background([&got] { return got.rest(); });
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 3, -1) == "ok");
    auto sending = sender(sent, CLOSE_COUNT);
    CHECK(receiving.result() == values(CLOSE_COUNT) + "closed");
    CHECK(sending.result() == "ok");
}

TEST_CASE("error for illegal channel", "[abi][S2.5][S2.9][S2.13][S2.14][S2.22][S12.14]")
{
    Pair pair(any_way());
    Channel sent(1), got(0);
    REQUIRE(pair.exporter.publish("aChannel", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send(1) == "ok");
    REQUIRE(sent.close() == "ok");
    Channel errors = pair.importer.errors();

    /* As the call's own answer, which is not told a second time. */
    REQUIRE(pair.importer.import("notAChannel", got, NETCHAN_RECV, 1, -1) == "nochannel");
    CHECK_THAT(netchan_error_text(), netchan_test::has_text("notAChannel"));
    CHECK(errors.next(0) == "timeout");
    CHECK(got.state() == "ok");

    /* As the original told it: on the errors channel, which a select waits for. */
    REQUIRE(pair.importer.import("notAChannel", got, NETCHAN_RECV, 1, -1, {{"async", "yes"}}) ==
            "ok");
    netchan_select *select;
    REQUIRE(netchan_select_new(&select) == 0);
    Handle<netchan_select, netchan_select_unref> owner(select);
    REQUIRE(netchan_select_add_recv(select, errors) == 0);
    int64_t number = -1;
    Value entry;
    REQUIRE(netchan_select_wait(select, &number, entry.out(), PLENTY, nullptr) == 0);
    CHECK(number == 0);
    CHECK(entry["code"].string() == "nochannel");
    CHECK(entry["channel"].string() == "notAChannel");
    CHECK_THAT(entry["text"].string(), netchan_test::has_text("notAChannel"));
    CHECK(got.next() == "nochannel");
}

TEST_CASE("export hangup", "[abi][S8.3][S10.1][S10.5]")
{
    Pair pair(any_way());
    Channel sent(0), got(0);
    REQUIRE(pair.exporter.publish("exportedSend", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("exportedSend", got, NETCHAN_RECV, 1, 2) == "ok");
    REQUIRE(sent.send(1) == "ok");
    CHECK(got.next() == "1");
    auto waiting = background([&got] { return got.next(); });
    REQUIRE(waiting.waits());
    REQUIRE(pair.exporter.hangup("exportedSend") == "ok");
    CHECK(waiting.result() == "closed");
    CHECK(sent.state() == "closed");
    CHECK(sent.send(2) == "closed");
}

TEST_CASE("import hangup", "[abi][S8.3][S8.15][S10.1][S10.5]")
{
    Pair pair(any_way());
    Channel got(0), sent(0);
    REQUIRE(pair.exporter.publish("exportedRecv", got, NETCHAN_RECV) == "ok");
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 1, 2) == "ok");
    REQUIRE(sent.send(1) == "ok");
    CHECK(got.next() == "1");
    auto waiting = background([&got] { return got.next(); });
    REQUIRE(waiting.waits());
    REQUIRE(pair.importer.hangup("exportedRecv") == "ok");
    CHECK(waiting.result() == "closed");
    CHECK(sent.state() == "closed");
    CHECK(sent.send(2) == "closed");
}

/* The exporter passes what it receives on, but not before something came on a third channel, whose
 * way must not be blocked by the values that wait. */
TEST_CASE("independent sends", "[abi][S4.1][S8.2]")
{
    Pair pair(any_way());
    Channel in(0), out(0), control(0);
    REQUIRE(pair.exporter.publish("exportedRecv", in, NETCHAN_RECV) == "ok");
    REQUIRE(pair.exporter.publish("exportedSend", out, NETCHAN_SEND) == "ok");
    REQUIRE(pair.exporter.publish("exportedCtl", control, NETCHAN_RECV) == "ok");
    auto loop = background([&] {
        std::string all = control.next() + ": ";
        for (int i = 0; i < COUNT; i++) {
            std::string one = in.next();
            all += one + ' ';
            if (out.send(one) != "ok")
                return all + "not sent";
        }
        return all;
    });

    Channel sent(0), got(0), go(0);
    REQUIRE(pair.importer.import("exportedRecv", sent, NETCHAN_SEND, 3, -1) == "ok");
    auto sending = sender(sent, COUNT);
    auto receiving = background([&] {
        std::string said = pair.importer.import("exportedSend", got, NETCHAN_RECV, 3, COUNT);
        return said == "ok" ? got.rest() : said;
    });
    /* Three values, as many as size, wait at the exporter. */
    REQUIRE(pair.exporter.stream_reaches("exportedRecv", "received", 3));
    REQUIRE(pair.importer.import("exportedCtl", go, NETCHAN_SEND, 1, 1) == "ok");
    REQUIRE(go.send(int64_t{0}) == "ok");
    CHECK(loop.result() == "0: " + values(COUNT));
    CHECK(receiving.result() == values(COUNT) + "closed");
    CHECK(sending.result() == "ok");
}

namespace
{

/* Sends {"I":n,"Source":name} and receives the same from the other side, in whatever order select
 * finds them possible, until ten have come. */
std::string cross_loop(const std::string &name, Channel &sent, Channel &got)
{
    Handle<netchan_select, netchan_select_unref> select;
    demand(netchan_select_new(select.out()), "select");
    int64_t send_case = netchan_select_add_send(select, sent, nullptr);
    int64_t recv_case = netchan_select_add_recv(select, got);
    int sent_count = 0, got_count = 0;
    while (got_count < COUNT) {
        Value next("{\"I\":" + std::to_string(sent_count) + ",\"Source\":\"" + name + "\"}");
        demand(netchan_select_set(select, send_case, next), "set");
        int64_t number = -1;
        Value value;
        int code = netchan_select_wait(select, &number, value.out(), PLENTY, nullptr);
        if (code)
            return word(code);
        if (number == send_case)
            sent_count++;
        else if (number == recv_case && value["I"].integer() == got_count &&
                 value["Source"].string() != name)
            got_count++;
        else
            return "a bad value: " + value.text();
    }
    /* The other side may still lack some of ours. */
    for (; sent_count < COUNT; sent_count++) {
        std::string said =
            sent.send("{\"I\":" + std::to_string(sent_count) + ",\"Source\":\"" + name + "\"}");
        if (said != "ok")
            return said;
    }
    return "ok";
}

} // namespace

/* Two exporters and two importers; each side sends and receives in one select loop. */
TEST_CASE("cross connect", "[abi][S14.3][S16.1][S16.3]")
{
    Way way = any_way();
    Pair one(way), two(way);
    Channel export_sent(0), export_got(0), import_sent(0), import_got(0);
    REQUIRE(one.exporter.publish("exportedSend", export_sent, NETCHAN_SEND) == "ok");
    REQUIRE(two.exporter.publish("exportedReceive", export_got, NETCHAN_RECV) == "ok");
    REQUIRE(two.importer.import("exportedReceive", import_sent, NETCHAN_SEND, 2, -1) == "ok");
    REQUIRE(one.importer.import("exportedSend", import_got, NETCHAN_RECV, 2, -1) == "ok");
    auto exports = background([&] { return cross_loop("export", export_sent, export_got); });
    CHECK(cross_loop("import", import_sent, import_got) == "ok");
    CHECK(exports.result() == "ok");
}
