/* SPDX-License-Identifier: MIT */
/*
 * Streams that bring values into a channel: inboxes, what is taken, when the link is told.
 */
#include "local_rig.hpp"

#include <algorithm>
#include <memory>

using namespace netchan_test;

TEST_CASE("a value delivered is taken when the channel has accepted it", "[local][S3.2][S5.3]")
{
    Link link;
    Channel channel(2);
    Feeder feeder(channel, link);
    feeder.deliver({1, 2, 3, 4});
    CHECK(nci_feeder_inbox(feeder.feeder) == 2);
    CHECK(feeder.tell() == 2);
    CHECK(channel.length() == 4); /* what a receiver could have now */
    CHECK(channel.figures().queued == 2);
    CHECK(channel.take() == 1);
    CHECK(feeder.tell() == 3);
    CHECK(channel.rest() == Numbers{2, 3, 4});
    CHECK(feeder.tell() == 4);
}

TEST_CASE("with capacity 0 a value is taken when a receiver has it", "[local][S3.2][S16.1]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link);
    feeder.deliver({1, 2});
    CHECK(feeder.tell() == 0);
    CHECK(channel.take() == 1);
    CHECK(feeder.tell() == 1);
    Task receiver([&] {
        int64_t first = channel.take(LONG), second = channel.take(LONG);
        return first * 10 + second;
    });
    REQUIRE(channel.receivers_wait());
    feeder.deliver({3});
    CHECK(receiver.join() == 23);
    CHECK(feeder.tell() == 3);
}

TEST_CASE("what is taken is told in values and in bytes", "[local]")
{
    Link link;
    Channel channel(10);
    Feeder feeder(channel, link);
    feeder.deliver({1, 22, 333});
    uint64_t taken = 0, bytes = 0;
    nci_feeder_tell(feeder.feeder, &taken, &bytes);
    CHECK(taken == 3);
    CHECK(bytes == 6);
}

TEST_CASE("streams into one channel take turns, and the order of each is kept",
          "[local][S7.4][S7.5]")
{
    Link link;
    Channel channel(0);
    Feeder one(channel, link), two(channel, link), three(channel, link);
    one.deliver({1, 2, 3, 4});
    two.deliver({11});
    three.deliver({21, 22});
    two.deliver({12, 13});
    CHECK(channel.rest() == Numbers{1, 11, 21, 2, 12, 22, 3, 13, 4});
}

TEST_CASE("where very many values wait, a stream gives a few in its turn", "[local][S7.4][S7.5]")
{
    const int64_t each = 2000;
    Link link;
    Channel channel(0);
    std::vector<std::unique_ptr<Feeder>> feeders;
    for (int64_t k = 0; k < 3; k++) {
        feeders.push_back(std::make_unique<Feeder>(channel, link, 10000));
        Numbers numbers;
        for (int64_t i = 0; i < each; i++)
            numbers.push_back(k * 10000 + i);
        feeders.back()->deliver(numbers);
    }
    Numbers got = channel.rest();
    REQUIRE(got.size() == 3 * (size_t)each);
    int64_t next[3] = {0, 10000, 20000}, run = 0, longest = 0, changes = 0;
    for (size_t i = 0; i < got.size(); i++) {
        int64_t k = got[i] / 10000;
        REQUIRE(got[i] == next[k]++); /* the order of each is kept */
        bool same = i > 0 && got[i - 1] / 10000 == k;
        run = same ? run + 1 : 1;
        changes += !same;
        longest = run > longest ? run : longest;
    }
    CHECK(longest == 64);
    CHECK(changes > 3 * each / 64);
}

TEST_CASE("a program and streams that send into one channel take turns", "[local][S7.4]")
{
    for (size_t capacity : {0, 1}) {
        Link link;
        Channel channel(capacity);
        Feeder feeder(channel, link);
        feeder.deliver({1, 2, 3, 4, 5, 6});
        Task sender([&] {
            for (int64_t i = 0; i < 2; i++) {
                if (channel.send(100 + i, LONG))
                    return (int64_t)-1;
            }
            return (int64_t)0;
        });
        Numbers got;
        for (int i = 0; i < 8; i++) {
            /* Until both are through, the sender is there when the next value is chosen. */
            if (i < 2)
                REQUIRE(soon([&] {
                    return channel.waiting(false) == 1 || sender.done() ||
                           std::count_if(got.begin(), got.end(), [](int64_t n) { return n > 99; });
                }));
            got.push_back(channel.take(LONG));
        }
        CHECK(sender.join() == 0);
        auto first = std::find(got.begin(), got.end(), 100) - got.begin();
        CHECK(first <= 3); /* not behind the whole inbox */
    }
}

TEST_CASE("an acknowledgement is due at once when half of the size was taken", "[local][S5.9]")
{
    for (uint32_t size : {1, 2, 3, 10}) {
        Link link;
        Channel channel(100);
        Feeder feeder(channel, link, size);
        uint32_t half = size / 2 ? size / 2 : 1;
        for (uint32_t i = 0; i < half; i++) {
            CHECK_FALSE(feeder.look().at_once);
            CHECK(feeder.look().untold == (i > 0));
            link.forget();
            feeder.deliver({1});
        }
        CHECK(feeder.look().at_once);
        CHECK(link.has(feeder.port()));
        CHECK(feeder.tell() == half);
        CHECK_FALSE(feeder.look().at_once);
        CHECK_FALSE(feeder.look().untold);
    }
}

TEST_CASE("an acknowledgement is due at once when half of the window was taken", "[local][S5.10]")
{
    Link link;
    Channel channel(100);
    Feeder feeder(channel, link, 1000, 9);
    feeder.deliver({123});
    CHECK_FALSE(feeder.look().at_once);
    CHECK(feeder.look().untold);
    feeder.deliver({4});
    CHECK(feeder.look().at_once);
    (void)feeder.tell();
    nci_feeder_granted(feeder.feeder, 1000, 2); /* the exporter granted less than asked */
    feeder.deliver({5});
    CHECK(feeder.look().at_once);
}

TEST_CASE("a take that finds the delay not running rings once, further takes do not",
          "[local][S5.15][S5.17]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link, 1000);
    Numbers many;
    for (int64_t i = 0; i < 400; i++)
        many.push_back(i);
    feeder.deliver(many); /* arms the delay: the link looks by itself */
    link.forget();
    int rings = link.rings;
    for (int i = 0; i < 100; i++)
        (void)channel.take();
    CHECK(link.rings == rings);
    CHECK(feeder.look().untold);
    CHECK(feeder.tell() == 100); /* the delay is over: it is told, and runs no more */
    (void)channel.take();
    CHECK(link.rings == rings + 1);
    CHECK(link.has(feeder.port()));
    for (int i = 0; i < 200; i++)
        (void)channel.take();
    CHECK(link.rings == rings + 1);
    CHECK(feeder.tell() == 301);
}

TEST_CASE("a delivery starts the delay, so that its takes do not ring", "[local][S5.16]")
{
    Link link;
    Channel channel(100);
    Feeder feeder(channel, link, 1000);
    feeder.deliver({1, 2, 3});
    CHECK(link.rings == 0);
    CHECK(feeder.look().untold);
    CHECK_FALSE(feeder.look().at_once);
}

TEST_CASE("the number that the sender asked for is told when taken reaches it", "[local][S5.20]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link, 1000);
    feeder.deliver({1, 2, 3, 4, 5});
    nci_feeder_asked(feeder.feeder, 3);
    CHECK_FALSE(link.has(feeder.port()));
    (void)channel.take();
    (void)channel.take();
    CHECK_FALSE(link.has(feeder.port()));
    CHECK_FALSE(feeder.look().at_once);
    int rings = link.rings;
    (void)channel.take();
    CHECK(link.rings == rings + 1);
    CHECK(link.has(feeder.port()));
    CHECK(feeder.look().at_once);
    CHECK(feeder.tell() == 3);
    (void)channel.take(); /* the answer was given: back to the delay */
    CHECK_FALSE(feeder.look().at_once);
}

TEST_CASE("a number asked for that is taken already is told at once, unless it was told",
          "[local][S5.18][S5.19]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link, 1000);
    feeder.deliver({1, 2, 3, 4});
    (void)channel.take();
    (void)channel.take();
    link.forget();
    nci_feeder_asked(feeder.feeder, 2);
    CHECK(link.has(feeder.port()));
    CHECK(feeder.look().at_once);
    CHECK(feeder.tell() == 2);
    nci_feeder_asked(feeder.feeder, 2);
    CHECK_FALSE(link.has(feeder.port()));
    CHECK_FALSE(feeder.look().at_once);
    (void)channel.take();
    CHECK_FALSE(feeder.look().at_once); /* 2 was answered long ago */
}

TEST_CASE("the end of a stream comes behind its values", "[local][S8.12]")
{
    Link link;
    Channel channel(1);
    Feeder feeder(channel, link);
    feeder.deliver({1, 2, 3});
    feeder.end(NCI_CLOSED);
    CHECK(channel.state() == NCI_OK);
    CHECK(channel.take() == 1);
    CHECK(channel.take() == 2);
    CHECK(channel.state() == NCI_CLOSED); /* the last one is the channel's own now */
    CHECK(channel.take() == 3);
    CHECK(channel.take() == NCI_CLOSED);
}

TEST_CASE("a receiver that waits learns the end of the last stream", "[local][S8.13]")
{
    for (int code : {NCI_CLOSED, NCI_LOST}) {
        Link link;
        Channel channel(0);
        Feeder feeder(channel, link);
        Task receiver([&] { return channel.take(-1); });
        REQUIRE(channel.receivers_wait());
        feeder.end(code);
        CHECK(receiver.join() == code);
    }
}

TEST_CASE("of an ended stream the last take is told at once", "[local][S5.12][S8.33]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link, 1000);
    feeder.deliver({1, 2});
    feeder.end(NCI_CLOSED);
    CHECK(link.has(feeder.port()));
    CHECK_FALSE(feeder.look().at_once); /* two are to be taken still */
    (void)channel.take();
    CHECK_FALSE(feeder.look().at_once);
    link.forget();
    (void)channel.take();
    CHECK(link.has(feeder.port()));
    CHECK(feeder.look().at_once);
    CHECK(feeder.tell() == 2);
}

TEST_CASE("a channel with several streams ends with the last, lost if one was lost",
          "[local][S8.13][S8.14][S8.15][S8.28]")
{
    for (int lost = -1; lost < 3; lost++) {
        Link link;
        Channel channel(0);
        Feeder feeders[3] = {{channel, link}, {channel, link}, {channel, link}};
        for (int i = 0; i < 3; i++) {
            CHECK(channel.state() == NCI_OK);
            feeders[i].deliver({i});
            feeders[i].end(i == lost ? NCI_LOST : NCI_CLOSED);
        }
        CHECK(channel.state() == NCI_OK);
        CHECK(channel.rest() == Numbers{0, 1, 2});
        CHECK(channel.state() == (lost < 0 ? NCI_CLOSED : NCI_LOST));
        if (lost >= 0)
            CHECK_THAT(nci_detail(), has_text("the peer said so"));
    }
}

TEST_CASE("a hold keeps a channel open between its streams", "[local][S8.16][S8.17][S8.18]")
{
    Link link;
    Channel channel(1);
    REQUIRE(nci_queue_hold(channel.queue) == NCI_OK);
    auto one = std::make_unique<Feeder>(channel, link);
    one->end(NCI_CLOSED);
    CHECK(channel.state() == NCI_OK);
    Feeder two(channel, link);
    REQUIRE(two.status == NCI_OK);
    two.deliver({1});
    CHECK(nci_queue_release(channel.queue) == NCI_OK);
    CHECK(channel.state() == NCI_OK);
    two.end(NCI_CLOSED);
    CHECK(channel.state() == NCI_CLOSED);
    CHECK(channel.take() == 1);
}

TEST_CASE("a release after the last stream ends the channel", "[local][S8.13][S8.16]")
{
    Link link;
    Channel channel(1);
    REQUIRE(nci_queue_hold(channel.queue) == NCI_OK);
    Feeder feeder(channel, link);
    feeder.end(NCI_LOST);
    Task receiver([&] { return channel.take(-1); });
    REQUIRE(channel.receivers_wait());
    CHECK(nci_queue_release(channel.queue) == NCI_OK);
    CHECK(receiver.join() == NCI_LOST);
}

TEST_CASE("a stream cannot be bound to a channel that has ended", "[local][S8.26]")
{
    Link link;
    Channel closed(1), lost(1), refused(1);
    REQUIRE(closed.close() == NCI_OK);
    nci_queue_end(lost.queue, NCI_LOST, "gone");
    nci_queue_end(refused.queue, NCI_DENIED, "no");
    CHECK(Feeder(closed, link).status == NCI_CLOSED);
    CHECK(Feeder(lost, link).status == NCI_LOST);
    CHECK(Feeder(refused, link).status == NCI_LOST);
}

TEST_CASE("a program's close has the streams that feed hung up, values stay readable",
          "[local][S8.24][S8.25]")
{
    Link link;
    Channel channel(1);
    Feeder one(channel, link), two(channel, link), ended(channel, link);
    ended.end(NCI_CLOSED);
    one.deliver({1, 2, 3});
    link.forget();
    CHECK_FALSE(one.look().hangup);
    REQUIRE(channel.close() == NCI_OK);
    std::vector<nci_port *> ports = link.ports();
    CHECK(ports == std::vector<nci_port *>{one.port(), two.port()});
    CHECK(one.look().hangup);
    CHECK(two.look().hangup);
    CHECK_FALSE(ended.look().hangup);
    one.end(NCI_CLOSED);
    CHECK_FALSE(one.look().hangup);
    CHECK(channel.rest() == Numbers{1, 2, 3});
    CHECK(channel.take() == NCI_CLOSED);
    CHECK(one.tell() == 3);
}

TEST_CASE("what a link delivered stays readable after it has let go", "[local][S8.12]")
{
    Link link;
    Channel channel(0);
    {
        Feeder feeder(channel, link);
        feeder.deliver({1, 2, 3});
        feeder.end(NCI_LOST);
        feeder.detach();
    }
    CHECK(channel.state() == NCI_OK);
    CHECK(channel.figures().feeders == 1);
    CHECK(channel.take() == 1);
    CHECK(channel.take() == 2);
    CHECK(channel.state() == NCI_OK);
    CHECK(channel.take() == 3);
    CHECK(channel.state() == NCI_LOST);
    CHECK(channel.figures().feeders == 0);
    CHECK(link.ports().empty());
}

TEST_CASE("values of a link that has let go are freed with the channel", "[local]")
{
    Link link;
    Channel channel(1);
    Feeder one(channel, link), two(channel, link);
    one.deliver({1, 2, 3});
    two.deliver({4, 5});
    one.end(NCI_LOST);
    one.detach();
    two.end(NCI_LOST);
    two.detach();
    CHECK(channel.length() == 5);
}

TEST_CASE("a link that lets go of a stream that had not ended ends it", "[local]")
{
    Link link;
    Channel channel(1);
    Feeder feeder(channel, link);
    feeder.deliver({1});
    feeder.detach();
    CHECK(channel.state() == NCI_CLOSED);
    CHECK(channel.take() == 1);
}

TEST_CASE("values go from one stream to another, and are taken when the other has them",
          "[local][S16.3]")
{
    Link from, to;
    Channel channel(0);
    Feeder feeder(channel, from, 4);
    Drainer drainer(channel, to);
    drainer.open(2);
    feeder.deliver({1, 2, 3});
    CHECK(drainer.collect() == Numbers{1, 2});
    CHECK(feeder.tell() == 2);
    from.forget();
    drainer.grant(1, 0);
    CHECK(drainer.collect() == Numbers{3});
    CHECK(from.has(feeder.port())); /* the delay ran no more when the third was taken */
    feeder.end(NCI_LOST);
    CHECK(channel.state() == NCI_LOST);
    CHECK(drainer.finished() == NCI_OK);
    drainer.acked(3, 3);
    CHECK(drainer.finished() == NCI_LOST); /* passed on as lost */
}

TEST_CASE("what streams bring to a channel must be able to leave it again", "[local][S2.23]")
{
    for (int sends : {0, 1}) {
        Channel channel(10);
        REQUIRE(nci_queue_limit(channel.queue, 100, 10, 1) == NCI_OK);
        REQUIRE(nci_queue_limit(channel.queue, 90, 9, 0) == NCI_OK);
        CHECK(nci_queue_limit(channel.queue, sends ? 89 : 101, 10, sends) == NCI_LIMIT);
        CHECK_THAT(nci_detail(), has_text("must be able to go out"));
        CHECK(nci_queue_limit(channel.queue, 95, sends ? 8 : 11, sends) == NCI_LIMIT);
        CHECK(nci_queue_limit(channel.queue, 95, 9, sends) == NCI_OK);
    }
}

TEST_CASE("a value that may come back counts for the limits", "[local][S2.20]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    REQUIRE(channel.send_text("\"123456789\"") == NCI_OK);
    drainer.open(10);
    CHECK(drainer.collect().size() == 1);
    CHECK(nci_queue_limit(channel.queue, 10, 8, 1) == NCI_LIMIT);
    CHECK_THAT(nci_detail(), has_text("up to 11 bytes") && has_text("come back"));
    drainer.acked(1, 1);
    CHECK(nci_queue_limit(channel.queue, 10, 8, 1) == NCI_OK);
}

TEST_CASE("a value in a stream's inbox counts for the limits", "[local][S2.20]")
{
    Link link;
    Channel channel(0);
    Feeder feeder(channel, link);
    feeder.deliver({123456789});
    CHECK(nci_queue_limit(channel.queue, 8, 8, 1) == NCI_LIMIT);
    CHECK(channel.take() == 123456789);
    CHECK(nci_queue_limit(channel.queue, 8, 8, 1) == NCI_OK);
}
