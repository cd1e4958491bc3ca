/* SPDX-License-Identifier: MIT */
/*
 * Credit by values and by bytes, links that cannot write, channels that do not hold each other up,
 * and how importers share.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "raw_peer.hpp"

#include <random>

using namespace abi;

namespace
{

std::string text_of(size_t bytes)
{
    return "\"" + std::string(bytes - 2, 'x') + "\"";
}

} // namespace

TEST_CASE("a sender sends only with credit, which comes back when a value is taken",
          "[abi][S3.1][S3.2][S3.3]")
{
    Exporter exporter;
    Channel sent(20);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send_range(1, 12) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 3);
    CHECK(heads(raw.settle(), "data") == "data 1 1, data 1 2, data 1 3");
    raw.say("ack", {1, 3, 0}); /* received is not credit */
    CHECK(heads(raw.settle(), "data") == "");
    raw.say("ack", {1, 3, 2});
    CHECK(heads(raw.settle(), "data") == "data 1 4, data 1 5");
    raw.say("ack", {1, 5, 5});
    CHECK(heads(raw.settle(), "data") == "data 1 6, data 1 7, data 1 8");
}

TEST_CASE("a value is begun while fewer bytes than the window are outstanding", "[abi][S3.4][S3.5]")
{
    Exporter exporter;
    Channel sent(20);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(sent.send(text_of(60)) == "ok");
    REQUIRE(sent.send(text_of(39)) == "ok");
    REQUIRE(sent.send(text_of(50)) == "ok"); /* begun with 99 of 100 outstanding */
    REQUIRE(sent.send(text_of(2)) == "ok");
    REQUIRE(sent.send(text_of(40000)) == "ok"); /* larger than the window */
    REQUIRE(sent.send(text_of(2)) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 10, -1, 100);
    CHECK(heads(raw.settle(), "data") == "data 1 1, data 1 2, data 1 3");
    raw.say("ack", {1, 3, 1}); /* 89 bytes are outstanding */
    /* The fourth (91), then, with less than 100 outstanding, the large one. */
    CHECK(heads(raw.settle(), "data") == "data 1 4, data 1 5");
    raw.say("ack", {1, 5, 4});
    CHECK(heads(raw.settle(), "data") == ""); /* it travels alone: the sixth waits for it */
    raw.say("ack", {1, 5, 5});
    CHECK(heads(raw.settle(), "data") == "data 1 6");
}

/* Both ends of the library with every small size and window: all come, and no link is taken for a
 * hostile one. */
TEST_CASE("sender and receiver compute credit alike", "[abi][S3.5][S3.6]")
{
    Exporter exporter;
    Importer importer = exporter.meet();
    Channel errors = exporter.errors(), more = importer.errors();
    std::mt19937 random(20261122);
    for (int size = 1; size <= 4; size++) {
        for (int window : {1, 2, 7, 64, 300}) {
            INFO("size " << size << ", window " << window);
            Channel out(3), got(size - 1), in(size - 1), sent(3);
            REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
            REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
            Settings settings = {{"window", std::to_string(window)}};
            REQUIRE(importer.import("out", got, NETCHAN_RECV, size, -1, settings) == "ok");
            REQUIRE(importer.import("in", sent, NETCHAN_SEND, size, -1, settings) == "ok");
            std::vector<std::string> values;
            std::string all;
            for (int i = 0; i < 60; i++) {
                values.push_back(text_of(2 + random() % 100));
                all += values.back() + ' ';
            }
            auto send_all = [&values](Channel &channel) {
                for (const std::string &value : values) {
                    std::string said = channel.send(value);
                    if (said != "ok")
                        return said;
                }
                return channel.close();
            };
            auto there = background([&] { return send_all(out); });
            auto back = background([&] { return send_all(sent); });
            auto receiving = background([&] { return in.rest(); });
            CHECK(got.rest() == all + "closed");
            CHECK(receiving.result() == all + "closed");
            CHECK(there.result() == "ok");
            CHECK(back.result() == "ok");
            REQUIRE(exporter.hangup("out") == "ok");
            REQUIRE(exporter.hangup("in") == "ok");
            REQUIRE(eventually([&] { return importer.stats()["channels"].size() == 0; }));
        }
    }
    CHECK(errors.length() == 0);
    CHECK(more.length() == 0);
}

TEST_CASE("a value leaves its channel only when its link can write it", "[abi][S3.7][S7.1]")
{
    Exporter exporter;
    Channel sent(50), got(0);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 60000);
    REQUIRE(raw.expect("bound").kind == "bound");
    /* The peer reads nothing. The link takes what fits, and the rest stays in the channel although
     * there is credit for it. */
    std::string text = text_of(4000);
    int count = 0;
    while (count < 5000 && sent.send(text, 50) == "ok")
        count++;
    REQUIRE(count < 5000);
    CHECK(sent.length() == 50);
    CHECK(exporter.stream("out", "sent") + exporter.stream("out", "queued") <= count - 50);
    /* Another importer gets what the first could not be given. */
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
    for (int i = 0; i < 50; i++)
        CHECK(got.next() == text);
    CHECK(sent.length() == 0);
    /* And what the link had taken over comes back when it ends. */
    raw.close();
    for (int i = 0; i < count - 50; i++)
        REQUIRE(got.next() == text);
    CHECK(got.next(MOMENT) == "timeout");
}

TEST_CASE("a channel that nobody reads does not hold up the others of its link", "[abi][S4.1]")
{
    Pair pair(Way::tcp);
    Channel stuck(10), moving(10), stuck_here(0), moving_here(0);
    REQUIRE(pair.exporter.publish("stuck", stuck, NETCHAN_SEND) == "ok");
    REQUIRE(pair.exporter.publish("moving", moving, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("stuck", stuck_here, NETCHAN_RECV, 5) == "ok");
    REQUIRE(pair.importer.import("moving", moving_here, NETCHAN_RECV, 5) == "ok");
    REQUIRE(stuck.send_range(1, 15) == "ok"); /* five there, ten here, and that is all */
    CHECK(stuck.send(16, 0) == "timeout");
    auto sending = background([&] { return moving.send_range(1, 2000); });
    CHECK(moving_here.take(2000) == range(1, 2000));
    CHECK(sending.result() == "ok");
    CHECK(stuck_here.length() == 5);
    CHECK(stuck_here.take(15) == range(1, 15));
}

TEST_CASE("a value of 4 MiB does not hold up a small one of another stream", "[abi][S4.1]")
{
    Exporter exporter;
    Channel large(1), small(1);
    REQUIRE(exporter.publish("large", large, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("small", small, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "large", "recv", 10);
    raw.bind(2, "small", "recv", 10);
    REQUIRE(raw.expect("bound").kind == "bound");
    REQUIRE(raw.expect("bound").kind == "bound");
    REQUIRE(large.send(text_of(4194304)) == "ok");
    REQUIRE(raw.read().head() == "part 1 1"); /* it is on its way */
    REQUIRE(small.send(1) == "ok");
    int64_t parts = 0;
    Frame frame;
    while ((frame = raw.read()).head() == "part 1 1")
        parts++;
    CHECK(frame.head() == "data 2 1");
    CHECK(parts < 128); /* of 256: what was in the socket and in the link's buffers already */
    CHECK(raw.expect("data").head() == "data 1 1");
}

TEST_CASE("importers of one send channel compete fairly, and each value goes to exactly one",
          "[abi][S7.1][S7.2]")
{
    const int64_t count = 30000;
    Exporter exporter;
    Channel sent(1000);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    std::vector<Importer> importers;
    std::vector<Channel> channels(3);
    std::vector<Background<std::vector<int64_t>>> receiving;
    /* Equal also in this, that none waits for credit while its thread waits for a processor. */
    for (Channel &channel : channels) {
        importers.push_back(exporter.meet());
        REQUIRE(importers.back().import("out", channel, NETCHAN_RECV, count / 3) == "ok");
        receiving.push_back(background([&channel] {
            std::vector<int64_t> got;
            for (std::string text; (text = channel.next()) != "closed" && text != "timeout";)
                got.push_back(std::stoll(text));
            return got;
        }));
    }
    REQUIRE(sent.send_range(1, count) == "ok");
    sent.close();
    Checker checker;
    for (auto &one : receiving) {
        std::vector<int64_t> &got = one.result();
        CHECK(got.size() >= (size_t)count / 5);
        CHECK(std::is_sorted(got.begin(), got.end()));
        checker.got(got);
    }
    CHECK(checker.verdict(1, count) == "");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
}

TEST_CASE("streams into one recv channel are merged, and the order of each is kept",
          "[abi][S7.4][S7.5]")
{
    Exporter exporter;
    Channel got(10);
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    std::vector<Importer> importers;
    std::vector<Channel> channels;
    for (int i = 0; i < 3; i++) {
        importers.push_back(exporter.meet());
        channels.emplace_back(5);
        REQUIRE(importers.back().import("in", channels.back(), NETCHAN_SEND, 20) == "ok");
    }
    std::vector<Background<std::string>> sending;
    for (int i = 0; i < 3; i++)
        sending.push_back(background([&channels, i] {
            std::string said = channels[(size_t)i].send_range(i * 1000 + 1, i * 1000 + 1000);
            channels[(size_t)i].close();
            return said;
        }));
    int64_t last[3] = {0, 1000, 2000}, count = 0;
    std::string text;
    while ((text = got.next()) != "closed" && text != "timeout") {
        int64_t number = std::stoll(text);
        int64_t &before = last[(number - 1) / 1000];
        REQUIRE(number == before + 1);
        before = number;
        count++;
    }
    CHECK(text == "closed");
    CHECK(count == 3000);
    for (auto &one : sending)
        CHECK(one.result() == "ok");
}

TEST_CASE("of values that are there, each ready stream takes its share in a turn", "[abi][S7.3]")
{
    Exporter exporter;
    Channel sent(30);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    std::vector<RawPeer> peers;
    /* Full before the values come: credit of one each, taken up and given back later. */
    for (int i = 0; i < 3; i++) {
        peers.push_back(raw_importer(exporter));
        peers.back().bind(1, "out", "recv", 100);
        REQUIRE(peers.back().expect("bound").kind == "bound");
    }
    std::vector<Value> made;
    std::vector<netchan_value *> values;
    for (int i = 1; i <= 30; i++)
        made.emplace_back(std::to_string(i));
    for (Value &value : made)
        values.push_back(value);
    REQUIRE(netchan_channel_send_many(sent, values.data(), 30, PLENTY, nullptr) == 30);
    size_t total = 0;
    for (RawPeer &peer : peers) {
        size_t share = count_of(peer.settle(), "data");
        CHECK(share >= 1);
        CHECK(share <= 28);
        total += share;
    }
    CHECK(total == 30);
}

TEST_CASE("with capacity 0 a send returns when a receiver has the value",
          "[abi][S16.1][S16.2][S16.3]")
{
    Channel local(0);
    CHECK(local.send(1, MOMENT) == "timeout"); /* nobody receives */
    auto receiving = background([&] { return local.next(); });
    REQUIRE(receiving.waits());
    CHECK(local.send(2, 0) == "ok");
    CHECK(receiving.result() == "2");
    auto sending = background([&] { return local.send(3); });
    REQUIRE(sending.waits());
    CHECK(local.next(0) == "3");
    CHECK(sending.result() == "ok");
    CHECK(local.length() == 0);
    Pair pair;
    Channel got(0);
    REQUIRE(pair.exporter.publish("c", local, NETCHAN_SEND) == "ok");
    CHECK(local.send(4, MOMENT) == "timeout"); /* a name is no receiver yet */
    REQUIRE(pair.importer.import("c", got, NETCHAN_RECV, 1) == "ok");
    CHECK(local.send(4) == "ok"); /* a link with credit is one */
    CHECK(local.send(5, MOMENT) == "timeout");
    CHECK(got.next() == "4");
    CHECK(local.send(5) == "ok");
}
