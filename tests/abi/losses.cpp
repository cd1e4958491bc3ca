/* SPDX-License-Identifier: MIT */
/*
 * Processes that are killed, stopped and cut off. The other side says lost, with the number of
 * values in doubt, and what was not received goes to somebody else. Every value is counted.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "process.hpp"
#include "raw_peer.hpp"

using namespace abi;
using netchan_test::has_text;

namespace
{

const int HEARTBEAT = 200; /* ms */
const Settings BEATING = {{"link.heartbeat", "200"}, {"link.silence", "200"}};

Process importing(const std::string &url, const std::string &what, const std::string &more = "")
{
    Process process;
    std::string said = process.ask("connect " + url + more);
    if (said == "ok")
        said = process.ask("import " + what);
    if (said != "ok")
        throw std::runtime_error("the helper: " + said);
    return process;
}

/* The first entry of that channel, or of the link itself (""). */
Value entry_for(Channel &errors, const std::string &channel)
{
    for (;;) {
        Value entry;
        demand(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr), "errors");
        if (channel.empty() ? !entry["channel"].there() : entry["channel"].string() == channel)
            return entry;
    }
}

} // namespace

TEST_CASE("a killed importer's values reach another importer, and what it held is told as lost",
          "[abi][S6.17][S7.1][S8.4][S8.23][S9.1][S11.2]")
{
    Way way = GENERATE(Way::unix_socket, Way::tcp);
    const int count = 3000;
    Exporter exporter;
    std::string url = exporter.listens_on(way);
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    /* Three compete. One takes nothing (capacity 0, nobody receives), so it holds 50. */
    Process killed = importing(url, "out recv 50 -1 0"),
            second = importing(url, "out recv 50 -1 0"), third = importing(url, "out recv 50 -1 0");
    Channel errors = exporter.errors();
    second.tell("all");
    third.tell("all");
    REQUIRE(sent.send_range(1, count / 2) == "ok");
    REQUIRE(eventually([&] { /* two have had theirs, the third is full */
                             return exporter.drain(NETCHAN_RECEIVED, 1000) == "ok" &&
                                    exporter.stream("out", "taken") == count / 2 - 50;
    }));
    killed.destroy();
    int64_t begun = now_ms();
    CHECK(exporter.drain(NETCHAN_TAKEN) == "lost");
    CHECK(now_ms() - begun < 1000);
    CHECK_THAT(netchan_error_text(), has_text("50"));
    Value entry = entry_for(errors, "out");
    CHECK(entry["code"].string() == "lost");
    CHECK(entry["untaken"].integer() == 50);

    REQUIRE(sent.send_range(count / 2 + 1, count) == "ok");
    sent.close();
    std::vector<int64_t> got;
    CHECK(second.answer(&got) == "ok closed");
    CHECK(third.answer(&got) == "ok closed");
    CHECK(got.size() == (size_t)count - 50);
    Checker checker;
    checker.got(got);
    /* Exactly the 50 that the killed one held are missing: no disk. */
    CHECK(checker.total() == (size_t)count - 50);
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("an importer killed at any moment loses only what it had received", "[abi][S9.1][S9.3]")
{
    Exporter exporter;
    std::string url = exporter.listens_on(Way::unix_socket);
    Channel sent(50);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    auto sending = background([&] {
        std::string said = sent.send_range(1, 20000);
        sent.close();
        return said;
    });
    Importer steady = exporter.meet();
    Channel got(0);
    REQUIRE(steady.import("out", got, NETCHAN_RECV, 2) == "ok");
    auto receiving = background([&] { return got.rest(); });
    Checker checker;
    int64_t untaken = 0;
    Channel errors = exporter.errors();
    for (int round = 0; round < 8; round++) {
        Process victim = importing(url, "out recv 100 -1 100");
        victim.tell("all");
        std::vector<int64_t> seen;
        for (int line = 0; line < 20 + 30 * round; line++) {
            std::string text = victim.line();
            if (text.compare(0, 4, "got ") != 0)
                break; /* everything has been sent before its turn came */
            seen.push_back(std::strtoll(text.c_str() + 4, nullptr, 10));
        }
        victim.kill(SIGKILL);
        for (std::string text; (text = victim.line()).compare(0, 4, "got ") == 0;)
            seen.push_back(std::strtoll(text.c_str() + 4, nullptr, 10));
        checker.got(seen);
    }
    CHECK(sending.result() == "ok");
    std::string rest = receiving.result();
    checker.got(rest);
    CHECK(rest.substr(rest.size() - 6) == "closed");
    for (Value entry; netchan_channel_recv(errors, entry.out(), 0, nullptr) == 0;) {
        if (entry["untaken"].integer() > 0)
            untaken += entry["untaken"].integer();
    }
    /* A value may come twice where the acknowledgement died with the victim, and one may be missing
     * that the victim held, in its channel (100) or not yet taken; nothing else may. */
    INFO(untaken << " were received and not known to be taken");
    CHECK(checker.verdict(1, 20000, 1).find("never sent") == std::string::npos);
    CHECK(20000 - (int64_t)checker.distinct() <= 8 * 100 + untaken);
    CHECK(checker.total() - checker.distinct() <= 8 * 100);
}

TEST_CASE("a killed exporter is told as lost to receivers and to those who wait",
          "[abi][S6.20][S8.4][S8.14][S8.21][S11.2][S14.3]")
{
    Process exporter;
    std::string said = exporter.ask("listen tcp://127.0.0.1:0");
    REQUIRE(said.compare(0, 3, "ok ") == 0);
    std::string url = said.substr(3);
    REQUIRE(exporter.ask("export out send 100") == "ok");
    Importer one = connect(url), two = connect(url);
    Channel got(0), errors = one.errors();
    REQUIRE(one.import("out", got, NETCHAN_RECV) == "ok");
    REQUIRE(exporter.ask("send 1 3") == "ok");
    REQUIRE(one.stream_reaches("out", "received", 3));

    REQUIRE(exporter.ask("export in recv 0") == "ok");
    Channel sent(10);
    REQUIRE(two.import("in", sent, NETCHAN_SEND, 5) == "ok");
    REQUIRE(sent.send_range(1, 7) == "ok");
    REQUIRE(two.stream_reaches("in", "received", 5));
    auto draining = background([&] { return two.drain(NETCHAN_TAKEN); });
    auto listing = background([&] {
        return one.import("later", Channel(0), NETCHAN_RECV, 1, -1, {{"wait", "-1"}});
    });
    REQUIRE(draining.waits());
    REQUIRE(listing.waits());

    int64_t begun = now_ms();
    exporter.kill(SIGKILL);
    CHECK(got.rest() == "1 2 3 lost");
    CHECK(draining.result() == "lost");
    CHECK(listing.result() == "lost");
    CHECK(now_ms() - begun < 1000);
    Value entry = entry_for(errors, "");
    CHECK(entry["code"].string() == "lost");
    CHECK(sent.rest() == "6 7 lost"); /* 1 to 5 were received there: nobody can say more */
    CHECK(one.import("out", Channel(0), NETCHAN_RECV) == "lost");
}

TEST_CASE("a stopped peer is lost within two heartbeats, and nobody else is disturbed",
          "[abi][S8.4][S9.1]")
{
    Exporter exporter(BEATING);
    std::string url = exporter.listens_on(Way::tcp);
    Channel sent(0), got(0);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    Process stopped = importing(url, "out recv 10 -1 0", " link.heartbeat=200 link.silence=200");
    Importer honest = exporter.meet(Way::tcp, BEATING);
    Channel errors = exporter.errors();
    REQUIRE(sent.send_range(1, 4) == "ok");
    REQUIRE(exporter.drain() == "ok");
    stopped.stop();
    int64_t begun = now_ms();
    REQUIRE(sent.send_range(5, 7) == "ok"); /* still with credit: into its socket */
    REQUIRE(honest.import("out", got, NETCHAN_RECV) == "ok");
    CHECK(got.take(3) == "5 6 7 "); /* never acknowledged by the stopped one */
    int64_t took = now_ms() - begun;
    CHECK(took <= 2 * HEARTBEAT + 300);
    CHECK(exporter.drain(NETCHAN_TAKEN) == "lost");
    CHECK_THAT(netchan_error_text(), has_text("4"));
    Value entry = entry_for(errors, "");
    CHECK(entry["code"].string() == "lost");
    CHECK_THAT(entry["text"].string(), has_text("silent"));
    /* Nothing was ever wrong with the other. */
    CHECK(eventually([&] { return exporter.stats()["links"].integer() == 1; }));
    REQUIRE(sent.send(8) == "ok");
    CHECK(got.next() == "8");
    stopped.kill(SIGCONT);
}

TEST_CASE("a peer stopped for less than a heartbeat is not lost", "[abi][S11.9]")
{
    Exporter exporter({{"link.heartbeat", "2000"}, {"link.silence", "2000"}});
    std::string url = exporter.listens_on(Way::tcp);
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    Process peer = importing(url, "out recv 10 -1 0", " link.heartbeat=2000 link.silence=2000");
    peer.stop();
    REQUIRE(sent.send_range(1, 10) == "ok");
    CHECK(exporter.drain(NETCHAN_RECEIVED, 400) == "timeout");
    peer.kill(SIGCONT);
    CHECK(exporter.drain(NETCHAN_RECEIVED) == "ok");
    CHECK(peer.ask("recv 10") == "ok");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("a reset connection is lost at once, and its values go on",
          "[abi][S8.4][S9.1][S11.2][S11.9]")
{
    Exporter exporter;
    Channel sent(0), got(0), errors = exporter.errors();
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_tcp_importer(exporter);
    raw.bind(1, "out", "recv", 10);
    REQUIRE(raw.expect("bound").kind == "bound");
    REQUIRE(sent.send_range(1, 6) == "ok");
    while (raw.expect("data").n.at(1) < 6)
        continue;
    raw.say("ack", {1, 2, 1});
    REQUIRE(exporter.stream_reaches("out", "received", 2));
    int64_t begun = now_ms();
    raw.reset();
    Value entry = entry_for(errors, "out");
    CHECK(now_ms() - begun < 1000);
    CHECK(entry["code"].string() == "lost");
    CHECK(entry["returned"].integer() == 4);
    CHECK(entry["untaken"].integer() == 1);
    CHECK(exporter.drain(NETCHAN_TAKEN, 0) == "lost");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
    CHECK(got.take(4) == "3 4 5 6 ");
}
