/* SPDX-License-Identifier: MIT */
/*
 * What comes back when a stream that took values ends, and what a channel's end means to it.
 */
#include "local_rig.hpp"

#include <algorithm>
#include <memory>
#include <random>

using namespace netchan_test;

TEST_CASE("values not acknowledged as received return, however their stream ends", "[local][S9.1]")
{
    for (int code : {NCI_CLOSED, NCI_LOST}) {
        Link link;
        Channel channel(10);
        Drainer drainer(channel, link);
        drainer.open(10);
        REQUIRE(channel.send_many({0, 1, 2, 3, 4, 5}) == 6);
        CHECK(drainer.collect(4) == Numbers{0, 1, 2, 3});
        drainer.acked(2, 1);
        nci_drainer_loss loss = drainer.die(code);
        CHECK(loss.returned == 2); /* those in the outbox were never sent */
        CHECK(loss.dropped == 0);
        CHECK(channel.state() == NCI_OK); /* importers that come and go end nothing */
        CHECK(channel.figures().returned == 4);
        CHECK(channel.rest() == Numbers{2, 3, 4, 5});
    }
}

TEST_CASE("returned values are kept in the order in which they first left", "[local][S9.3][S9.4]")
{
    for (bool other_way : {false, true}) {
        Link link;
        Channel channel(10);
        Drainer one(channel, link), two(channel, link);
        one.open(3);
        two.open(3);
        for (int64_t i = 1; i <= 8; i++)
            REQUIRE(channel.send(i) == NCI_OK);
        CHECK(one.collect() == Numbers{1, 3, 5});
        CHECK(two.collect(2) == Numbers{2, 4});
        one.acked(1, 0);
        (other_way ? two : one).die(NCI_LOST);
        (other_way ? one : two).die(NCI_LOST);
        CHECK(channel.rest() == Numbers{2, 3, 4, 5, 6, 7, 8});
    }
}

TEST_CASE("a value that returns twice keeps its first place", "[local][S9.3]")
{
    Link link;
    Channel channel(10);
    auto one = std::make_unique<Drainer>(channel, link);
    one->open(4);
    REQUIRE(channel.send_many({1, 2, 3, 4, 5}) == 5);
    CHECK(one->collect() == Numbers{1, 2, 3, 4});
    one->die(NCI_LOST);
    Drainer two(channel, link), three(channel, link);
    two.open(2);
    CHECK(two.collect() == Numbers{1, 2});
    three.open(3);
    CHECK(three.collect() == Numbers{3, 4, 5});
    three.die(NCI_LOST);
    two.die(NCI_LOST);
    CHECK(channel.rest() == Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("returned values come before queued ones and do not count against the capacity",
          "[local][S9.4][S9.5]")
{
    Link link;
    Channel channel(2);
    Drainer drainer(channel, link);
    drainer.open(3);
    for (int64_t i = 1; i <= 5; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    (void)drainer.collect();
    CHECK(channel.send(6) == NCI_TIMEOUT);
    drainer.die(NCI_LOST);
    CHECK(channel.length() == 5);
    CHECK(channel.figures().queued == 2);
    CHECK(channel.send(6) == NCI_TIMEOUT);
    CHECK(channel.take() == 1);
    CHECK(channel.send(6) == NCI_TIMEOUT);
    CHECK(channel.rest() == Numbers{2, 3, 4, 5});
    CHECK(channel.send(6) == NCI_OK);

    Channel other(2);
    Drainer second(other, link);
    second.open(3);
    REQUIRE(other.send_many({1, 2, 3}) == 3);
    second.die(NCI_LOST);
    CHECK(other.send_many({4, 5, 6}) == 2); /* behind three that returned both places are free */
    CHECK(other.rest() == Numbers{1, 2, 3, 4, 5});
}

TEST_CASE("values that return wake receivers as new ones do", "[local][S9.6]")
{
    for (size_t capacity : {0, 4}) {
        Link link;
        Channel channel(capacity);
        Drainer drainer(channel, link);
        drainer.open(4);
        for (int64_t i = 1; i <= 4; i++)
            REQUIRE(channel.send(i) == NCI_OK);
        (void)drainer.collect(2);
        Task one([&] { return channel.take(LONG); });
        REQUIRE(channel.receivers_wait(1));
        Task two([&] { return channel.take(LONG); });
        REQUIRE(channel.receivers_wait(2));
        drainer.die(NCI_LOST);
        CHECK(one.join() == 1);
        CHECK(two.join() == 2);
        CHECK(channel.rest() == Numbers{3, 4});
    }
}

TEST_CASE("values that return go to the next stream", "[local][S9.1]")
{
    Link link;
    Channel channel(0);
    Drainer one(channel, link), two(channel, link);
    one.open(4);
    for (int64_t i = 1; i <= 4; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    (void)one.collect(1);
    two.open(3);
    one.die(NCI_CLOSED);
    CHECK(two.collect() == Numbers{1, 2, 3});
    CHECK(channel.take() == 4);
}

TEST_CASE("with return=no such values are dropped and counted", "[local][S9.14]")
{
    Link link;
    Channel channel(0);
    Drainer drainer(channel, link, false, false);
    drainer.open(5);
    for (int64_t i = 1; i <= 5; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    CHECK(drainer.collect(3) == Numbers{1, 2, 3});
    drainer.acked(1, 1);
    nci_drainer_loss loss = drainer.die(NCI_LOST);
    CHECK(loss.dropped == 2);
    CHECK(loss.returned == 0);
    CHECK(channel.figures().dropped == 2);
    CHECK(channel.rest() == Numbers{4, 5}); /* never sent: they were the channel's still */
}

TEST_CASE("a stream is finished only when the channel is closed, empty and all is received",
          "[local][S9.7][S9.8][S9.9]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link), two(channel, link);
    one.open(2);
    REQUIRE(channel.send_many({1, 2, 3, 4, 5}) == 5);
    CHECK(one.collect() == Numbers{1, 2});
    CHECK(one.finished() == NCI_OK);
    REQUIRE(channel.close() == NCI_OK);
    CHECK(one.finished() == NCI_OK); /* it is not empty */
    two.open(2);
    CHECK(two.collect(1) == Numbers{3});
    one.acked_all();
    CHECK(one.collect() == Numbers{5});
    link.forget();
    one.acked(1, 0);
    CHECK(one.finished() == NCI_OK); /* the other stream has two that nobody received */
    two.acked(1, 1);
    CHECK(two.finished() == NCI_OK);
    CHECK(two.collect() == Numbers{4});
    CHECK(link.ports().empty());
    int rings = link.rings;
    two.acked(1, 0);
    CHECK(link.rings == rings + 1);
    CHECK(link.ports().size() == 2); /* both are told */
    CHECK(one.finished() == NCI_CLOSED);
    CHECK(two.finished() == NCI_CLOSED);
}

TEST_CASE("a closed channel's stream is not finished while it waits for credit", "[local][S9.8]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(2);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    CHECK(drainer.collect() == Numbers{1, 2});
    REQUIRE(channel.close() == NCI_OK);
    drainer.acked(2, 0); /* all that has left is received, but one has not left */
    CHECK(drainer.finished() == NCI_OK);
    drainer.grant(2, 2);
    CHECK(drainer.collect() == Numbers{3});
    drainer.acked(1, 0);
    CHECK(drainer.finished() == NCI_CLOSED);
}

TEST_CASE("a lost channel finishes its streams as lost", "[local][S8.6]")
{
    Link link;
    Channel lost(1), refused(1);
    Drainer one(lost, link), two(refused, link);
    one.open(1);
    two.open(1);
    link.forget();
    nci_queue_end(lost.queue, NCI_LOST, "its link is gone");
    nci_queue_end(refused.queue, NCI_NOCHANNEL, "no such channel");
    CHECK(link.ports().size() == 2);
    CHECK(one.finished() == NCI_LOST);
    CHECK(two.finished() == NCI_LOST);
}

TEST_CASE("an idle channel's close is told to its streams at once", "[local][S9.7]")
{
    Link link;
    Channel channel(1);
    Drainer drainer(channel, link);
    drainer.open(1);
    CHECK(drainer.finished() == NCI_OK); /* open and empty */
    REQUIRE(channel.send(1) == NCI_OK);
    CHECK(drainer.collect() == Numbers{1});
    drainer.acked(1, 1);
    CHECK(drainer.finished() == NCI_OK); /* and still, with everything received */
    link.forget();
    int rings = link.rings;
    REQUIRE(channel.close() == NCI_OK);
    CHECK(link.rings == rings + 1);
    CHECK(link.has(drainer.port()));
    CHECK(drainer.finished() == NCI_CLOSED);
}

TEST_CASE("an ended, empty channel has its streams ask for what holds back the close",
          "[local][S9.10]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link), two(channel, link), idle(channel, link);
    one.open(2);
    idle.open(0);
    REQUIRE(channel.send_many({1, 2, 3, 4}) == 4);
    CHECK(one.collect() == Numbers{1, 2});
    CHECK_FALSE(one.look().asks); /* it is open */
    REQUIRE(channel.close() == NCI_OK);
    CHECK_FALSE(one.look().asks); /* it is not empty */
    link.forget();
    two.open(2);
    CHECK(link.ports().size() == 3);
    CHECK(one.look().asks);
    CHECK(two.look().asks);
    CHECK_FALSE(idle.look().asks); /* nothing is missing there */
    CHECK(two.collect() == Numbers{3, 4});
    two.acked(2, 0);
    CHECK_FALSE(two.look().asks);
    CHECK(one.look().asks);
    CHECK(link.ports().empty());
    one.die(NCI_LOST); /* its values come back: to be sent before anything is asked */
    CHECK_FALSE(two.look().asks);
    CHECK(link.ports().empty());
    two.grant(2, 2);
    CHECK(link.has(two.port()));
    CHECK(two.look().asks);
    CHECK(two.collect() == Numbers{1, 2});
    two.acked(2, 0);
    CHECK_FALSE(two.look().asks);
    CHECK(two.finished() == NCI_CLOSED);
}

TEST_CASE("a new importer of a closed channel gets what is left, then closed",
          "[local][S9.12][S9.13]")
{
    Link link;
    Channel channel(3);
    auto one = std::make_unique<Drainer>(channel, link);
    one->open(2);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    CHECK(one->collect() == Numbers{1, 2});
    REQUIRE(channel.close() == NCI_OK);
    one->die(NCI_LOST);
    Drainer two(channel, link);
    two.open(10);
    CHECK(two.collect() == Numbers{1, 2, 3});
    CHECK(two.finished() == NCI_OK);
    link.forget();
    two.acked_all();
    CHECK(link.has(two.port()));
    CHECK(two.finished() == NCI_CLOSED);
    Drainer three(channel, link);
    three.open(10);
    CHECK(link.has(three.port())); /* it is told at once */
    CHECK(three.finished() == NCI_CLOSED);
}

TEST_CASE("a value that comes behind a channel's end is told to a stream that takes it",
          "[local][S9.8]")
{
    Link link;
    Channel channel(3);
    Feeder feeder(channel, link);
    Drainer one(channel, link);
    one.open(10);
    REQUIRE(channel.close() == NCI_OK);
    CHECK(one.finished() == NCI_CLOSED);
    one.die(NCI_CLOSED);
    feeder.deliver({5}); /* it was on its way before the hangup */
    Drainer two(channel, link);
    two.open(10);
    link.forget();
    CHECK(two.finished() == NCI_OK);
    CHECK(two.collect() == Numbers{5});
    two.acked(1, 0);
    CHECK(link.has(two.port()));
    CHECK(two.finished() == NCI_CLOSED);
}

TEST_CASE("a channel ends for senders when its last import has ended", "[local][S8.20][S8.21]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link, true), two(channel, link, true);
    one.open(1, 100, 1);
    two.open(1, 100, 1);
    REQUIRE(channel.send_many({1, 2, 3, 4, 5}) == 5);
    (void)one.collect();
    (void)two.collect();
    one.acked(1, 1);
    CHECK(one.die(NCI_CLOSED).stranded == 0);
    CHECK(channel.state() == NCI_OK);
    two.acked(1, 1);
    CHECK(two.die(NCI_CLOSED).stranded == 3);
    CHECK(channel.state() == NCI_CLOSED);
    CHECK(channel.send(6) == NCI_CLOSED);
    CHECK(channel.rest() == Numbers{3, 4, 5});
}

TEST_CASE("a lost import makes the end of its channel lost, and shows what is in doubt",
          "[local][S8.21][S9.2]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link, true), two(channel, link, true);
    one.open(2);
    two.open(2);
    for (int64_t i = 1; i <= 6; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    CHECK(one.collect() == Numbers{1, 3});
    CHECK(two.collect() == Numbers{2, 4});
    Task sender([&] { return channel.send_many({7, 8, 9, 10, 11, 12, 13, 14, 15}, LONG); });
    CHECK(sender.join() == 8);
    Task blocked([&] { return channel.send(15, -1); });
    REQUIRE(channel.senders_wait());
    one.acked(1, 0);
    CHECK(one.die(NCI_LOST).returned == 1);
    CHECK(channel.state() == NCI_OK);
    two.acked(2, 2);
    nci_drainer_loss loss = two.die(NCI_CLOSED);
    CHECK(loss.returned == 0);
    CHECK(loss.stranded == 10);
    CHECK(blocked.join() == NCI_LOST);
    CHECK(channel.state() == NCI_LOST);
    CHECK_THAT(nci_detail(), has_text("the link is gone"));
    CHECK(channel.take() == 3); /* sent, and nobody said that it was received */
    CHECK(channel.rest() == Numbers{5, 6, 7, 8, 9, 10, 11, 12, 13, 14});
    CHECK(channel.take() == NCI_LOST);
}

TEST_CASE("importers that come and go never end an exported channel", "[local][S8.23]")
{
    Link link;
    Channel channel(1);
    for (int i = 0; i < 5; i++) {
        Drainer drainer(channel, link);
        drainer.open(10);
        drainer.die(i % 2 ? NCI_LOST : NCI_CLOSED);
    }
    CHECK(channel.state() == NCI_OK);
    CHECK(channel.send(1) == NCI_OK);
}

TEST_CASE("a hold keeps a channel open after its last import", "[local][S8.13][S8.19]")
{
    Link link;
    Channel channel(1);
    REQUIRE(nci_queue_hold(channel.queue) == NCI_OK);
    auto one = std::make_unique<Drainer>(channel, link, true);
    one->die(NCI_LOST);
    CHECK(channel.state() == NCI_OK);
    auto two = std::make_unique<Drainer>(channel, link, true);
    CHECK(nci_queue_release(channel.queue) == NCI_OK);
    CHECK(channel.state() == NCI_OK); /* an import is there */
    two->die(NCI_CLOSED);
    CHECK(channel.state() == NCI_LOST); /* one of them was lost */
}

TEST_CASE("whatever dies in whatever order, values are there once and sorted by first pop",
          "[local][S9.1][S9.3]")
{
    std::mt19937 random(5);
    for (int round = 0; round < 300; round++) {
        Channel channel(random() % 4);
        Link link(random() % 3 ? 1 << 20 : 5);
        std::vector<std::unique_ptr<Drainer>> drainers;
        std::vector<bool> received(200);
        int64_t sent = 0;
        for (int step = 0; step < 100; step++) {
            size_t at = drainers.empty() ? 0 : random() % drainers.size();
            switch (random() % 5) {
            case 0:
                drainers.push_back(std::make_unique<Drainer>(channel, link));
                drainers.back()->open(random() % 5, random() % 30);
                break;
            case 1:
                sent += channel.send(sent) == NCI_OK;
                break;
            case 2:
                for (auto &drainer : drainers)
                    drainer->grant(random() % 3, random() % 3);
                link.wrote(random() % 4);
                break;
            case 3:
                if (drainers.empty())
                    break;
                (void)drainers[at]->collect(random() % 3);
                for (int64_t number : drainers[at]->receive(random() % 2))
                    received[(size_t)number] = true;
                break;
            default:
                if (drainers.empty() || random() % 3)
                    break;
                drainers[at]->die(random() % 2 ? NCI_CLOSED : NCI_LOST);
                drainers.erase(drainers.begin() + (long)at);
            }
        }
        std::shuffle(drainers.begin(), drainers.end(), random);
        drainers.clear();
        Numbers expected;
        for (int64_t i = 0; i < sent; i++) {
            if (!received[(size_t)i])
                expected.push_back(i);
        }
        CHECK(channel.rest() == expected);
    }
}
