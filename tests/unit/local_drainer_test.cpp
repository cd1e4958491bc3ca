/* SPDX-License-Identifier: MIT */
/*
 * Streams that take values out of a channel: permits, counts, ports, fair turns.
 */
#include "local_rig.hpp"

#include <memory>

using namespace netchan_test;

TEST_CASE("a stream without credit takes nothing", "[local][S3.1]")
{
    Link link;
    Channel channel(2);
    Drainer drainer(channel, link);
    CHECK(channel.send_many({1, 2, 3}) == 2);
    CHECK(drainer.outbox() == 0);
    drainer.open(0);
    CHECK(drainer.outbox() == 0);
    CHECK(channel.length() == 2);
}

TEST_CASE("credit that comes later takes what waits, in order", "[local][S3.1]")
{
    Link link;
    Channel channel(2);
    Drainer drainer(channel, link);
    REQUIRE(channel.send_many({1, 2}) == 2);
    Task sender([&] { return channel.send(3, LONG); });
    REQUIRE(channel.senders_wait());
    drainer.open(1);
    CHECK(drainer.collect() == Numbers{1});
    CHECK(sender.join() == NCI_OK); /* its value moved up */
    drainer.grant(5, 0);
    CHECK(drainer.collect() == Numbers{2, 3});
    CHECK(channel.length() == 0);
}

TEST_CASE("a send that finds credit puts its value on the stream and rings the link once a burst",
          "[local][S16.3]")
{
    Link link;
    Channel channel(0);
    Drainer drainer(channel, link);
    drainer.open(10);
    CHECK(link.has(drainer.port())); /* to look whether the channel is at its end */
    int rings = link.rings;
    for (int64_t i = 0; i < 5; i++)
        CHECK(channel.send(i) == NCI_OK);
    CHECK(link.rings == rings + 1);
    CHECK(link.has(drainer.port()));
    CHECK(drainer.outbox() == 5);
    CHECK(drainer.collect(3) == Numbers{0, 1, 2});
    CHECK(drainer.collect() == Numbers{3, 4});
    CHECK(channel.send(5) == NCI_OK);
    CHECK(link.rings == rings + 2);
    CHECK(channel.send_many({6, 7, 8, 9, 10, 11}) == 4);
    CHECK(channel.send(10) == NCI_TIMEOUT);
}

TEST_CASE("values are begun while fewer than the size are outstanding", "[local][S3.3]")
{
    Link link;
    Channel channel(100);
    Drainer drainer(channel, link);
    drainer.open(3);
    CHECK(channel.send_many({0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) == 10);
    CHECK(drainer.collect() == Numbers{0, 1, 2});
    drainer.acked(3, 0);
    CHECK(drainer.outbox() == 0); /* received is not taken: no credit comes back */
    drainer.acked(0, 2);
    drainer.grant(2, 2);
    CHECK(drainer.collect() == Numbers{3, 4});
}

TEST_CASE("values are begun while fewer bytes than the window are outstanding",
          "[local][S3.4][S3.5][S3.6]")
{
    Link link;
    Channel channel(100);
    Drainer drainer(channel, link);
    drainer.open(100, 25);
    for (int i = 0; i < 4; i++)
        REQUIRE(channel.send_text(string_of(10)) == NCI_OK);
    CHECK(drainer.collect().size() == 3); /* 20 bytes outstanding let one more begin */
    drainer.acked(1, 1);
    drainer.grant(1, 5);
    CHECK(drainer.outbox() == 0); /* 30 - 5 outstanding of 25 */
    drainer.grant(0, 5);
    CHECK(drainer.collect().size() == 1);
}

TEST_CASE("a value larger than the window travels alone", "[local][S3.5]")
{
    Link link;
    Channel channel(100);
    Drainer drainer(channel, link);
    drainer.open(100, 8);
    REQUIRE(channel.send_text(string_of(1000)) == NCI_OK);
    REQUIRE(channel.send(1) == NCI_OK);
    REQUIRE(channel.send(2) == NCI_OK);
    CHECK(drainer.collect() == Numbers{1000});
    drainer.acked(1, 0);
    CHECK(drainer.outbox() == 0);
    drainer.acked(0, 1);
    drainer.grant(1, 1000);
    CHECK(drainer.collect() == Numbers{1, 2});
}

TEST_CASE("a stream never takes more values than its count", "[local][S8.9]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(100, 1000, 3);
    CHECK(channel.send_many({0, 1, 2, 3, 4}) == 5);
    CHECK(drainer.collect() == Numbers{0, 1, 2});
    drainer.acked_all();
    drainer.grant(100, 100);
    CHECK(drainer.outbox() == 0);
    CHECK(channel.rest() == Numbers{3, 4});
}

TEST_CASE("rings that grew give their memory back when the link rests", "[local]")
{
    Link link;
    Channel channel(1000);
    Drainer drainer(channel, link);
    Feeder feeder(channel, link);
    Numbers many(1000, 7);
    REQUIRE(channel.send_many(many) == 1000);
    drainer.open(1000);
    nci_drainer_rest(drainer.drainer); /* not while there are values in them */
    CHECK(drainer.outbox() == 1000);
    CHECK(drainer.collect().size() == 1000);
    feeder.deliver(many);
    CHECK(channel.rest().size() == 1000);
    nci_drainer_rest(drainer.drainer);
    CHECK(channel.queue->returned.size >= 1000); /* all could come back still */
    drainer.acked_all();
    nci_drainer_rest(drainer.drainer);
    nci_feeder_rest(feeder.feeder);
    CHECK(channel.queue->queued.size == 0);
    CHECK(channel.queue->returned.size == 0);
    CHECK_FALSE(drainer.drainer->out);
    CHECK(feeder.feeder->in); /* what was taken is not told yet */
    (void)feeder.tell();
    nci_feeder_rest(feeder.feeder);
    CHECK_FALSE(feeder.feeder->in);
    REQUIRE(channel.send_many(many) == 1000);
    CHECK(drainer.collect().size() == 1000);
}

TEST_CASE("a value for whose way out there is no memory stays, and the link tries once more",
          "[local]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    REQUIRE(channel.send(1) == NCI_OK);
    CHECK_FALSE(drainer.drainer->out); /* made with the first value */
    /* An outbox that cannot grow. */
    nci_outbox full = {};
    full.ring.count = 1u << 30;
    drainer.drainer->out = &full;
    drainer.open(9);
    link.forget();
    drainer.grant(1, 1);
    CHECK(link.has(drainer.port()));
    CHECK(drainer.look().starved); /* it fails again */
    CHECK(channel.length() == 1);
    drainer.drainer->out = nullptr;
    CHECK_FALSE(drainer.look().starved);
    CHECK(channel.send(2) == NCI_OK);
    CHECK(drainer.collect() == Numbers{1, 2});
    drainer.acked_all();
    /* With nothing waiting the sender is told. */
    std::swap(*drainer.drainer->out, full);
    CHECK(channel.send(3) == NCI_NOMEM);
    CHECK_FALSE(drainer.look().starved);
    std::swap(*drainer.drainer->out, full);
    CHECK(channel.send(4) == NCI_OK);
    CHECK(drainer.collect() == Numbers{4});
}

TEST_CASE("a port that only has values need not be looked at", "[local]")
{
    Link link;
    Channel channel(8);
    Drainer drainer(channel, link);
    auto look = [&] {
        std::vector<nci_ready> ready = link.ready();
        REQUIRE(ready.size() == 1);
        CHECK(ready[0].port == drainer.port());
        return ready[0].look;
    };
    drainer.open(8);
    CHECK(look() == 1);
    REQUIRE(channel.send(1) == NCI_OK);
    CHECK(look() == 0);
    REQUIRE(channel.send(2) == NCI_OK); /* the link has not fetched the first one */
    CHECK(link.ready().empty());
    CHECK(drainer.collect() == Numbers{1, 2});
    REQUIRE(channel.send(3) == NCI_OK);
    CHECK(channel.close() == NCI_OK); /* it is told of both together */
    CHECK(look() == 1);
    CHECK(drainer.collect() == Numbers{3});
    drainer.acked_all();
    CHECK(look() == 1);
}

TEST_CASE("ports to look at are taken in turn, some at a time", "[local]")
{
    Link link;
    Channel first(8), second(8), third(8);
    Drainer one(first, link), two(second, link), three(third, link);
    for (Drainer *each : {&one, &two, &three})
        each->open(8);
    nci_ready found[3];
    CHECK(nci_outlet_take_ready(link.outlet(), found, 2) == 2);
    CHECK(found[0].port == one.port());
    CHECK(found[1].port == two.port());
    REQUIRE(first.send(1) == NCI_OK); /* it is there again, and behind the third */
    CHECK(nci_outlet_take_ready(link.outlet(), found, 3) == 2);
    CHECK(found[0].port == three.port());
    CHECK(found[0].look == 1);
    CHECK(found[1].port == one.port());
    CHECK(found[1].look == 0);
    CHECK(nci_outlet_take_ready(link.outlet(), found, 3) == 0);
}

TEST_CASE("a blocked sender moves on when credit comes", "[local][S16.3]")
{
    Link link;
    Channel channel(0);
    Drainer drainer(channel, link);
    drainer.open(0);
    Task sender([&] { return channel.send(1, LONG); });
    REQUIRE(channel.senders_wait());
    CHECK_FALSE(sender.done());
    drainer.grant(1, 0);
    CHECK(sender.join() == NCI_OK);
    CHECK(drainer.collect() == Numbers{1});
}

TEST_CASE("a program that waits comes before a stream", "[local][S7.1]")
{
    Link link;
    Channel channel(0);
    Drainer drainer(channel, link);
    Task receiver([&] { return channel.take(LONG); });
    REQUIRE(channel.receivers_wait());
    drainer.open(10);
    REQUIRE(channel.send(1) == NCI_OK);
    REQUIRE(channel.send(2) == NCI_OK);
    CHECK(receiver.join() == 1);
    CHECK(drainer.collect() == Numbers{2});
}

TEST_CASE("three equal streams get at least a fifth of 30,000 values each", "[local][S7.1][S7.2]")
{
    const int64_t total = 30000;
    for (size_t capacity : {0, 1, 64, 1024}) {
        Link links[3];
        Channel channel(capacity);
        Drainer one(channel, links[0]), two(channel, links[1]), three(channel, links[2]);
        Drainer *drainers[3] = {&one, &two, &three};
        std::vector<bool> seen(total);
        size_t shares[3] = {0, 0, 0};
        int64_t sent = 0;
        bool good = true;
        for (Drainer *drainer : drainers)
            drainer->open(256, 1 << 20);
        /* All importers take as fast as they can; the program sends in bursts. */
        for (int round = 0; round < 100000 && shares[0] + shares[1] + shares[2] < total; round++) {
            Numbers burst;
            for (int64_t i = sent; i < sent + 500 && i < total; i++)
                burst.push_back(i);
            int64_t went = burst.empty() ? 0 : channel.send_many(burst);
            sent += went > 0 ? went : 0;
            for (int i = 0; i < 3; i++) {
                for (int64_t number : drainers[i]->collect()) {
                    good = good && !seen[(size_t)number];
                    seen[(size_t)number] = true;
                    shares[i]++;
                }
                drainers[i]->acked_all();
            }
        }
        CHECK(good);
        CHECK(shares[0] + shares[1] + shares[2] == total);
        for (size_t share : shares)
            CHECK(share >= total / 5);
    }
}

TEST_CASE("in one turn a stream takes its part of what is queued, or one value", "[local][S7.3]")
{
    Link link, dying;
    Channel channel(0);
    Drainer first(channel, dying);
    first.open(90);
    for (int64_t i = 0; i < 90; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    (void)first.collect(45);
    Drainer one(channel, link), two(channel, link), three(channel, link);
    for (Drainer *drainer : {&one, &two, &three})
        drainer->open(1000);
    first.die(NCI_LOST);
    /* 90 / 3, 60 / 3, 40 / 3, ... */
    Numbers ones = one.collect(), twos = two.collect(), threes = three.collect();
    CHECK(ones.size() + twos.size() + threes.size() == 90);
    REQUIRE(ones.size() > 30);
    REQUIRE(twos.size() > 19);
    REQUIRE(threes.size() > 12);
    CHECK(ones[29] == 29);
    CHECK(twos[0] == 30);
    CHECK(twos[19] == 49);
    CHECK(threes[0] == 50);
    CHECK(threes[12] == 62);
    CHECK(ones[30] == 63);
    for (const Numbers &each : {ones, twos, threes})
        CHECK(each.size() >= 18);
    /* One by one they take turns. */
    for (int64_t i = 0; i < 9; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    CHECK(one.outbox() == 3);
    CHECK(two.outbox() == 3);
    CHECK(three.outbox() == 3);
}

TEST_CASE("a stream stalls from its last permit while values wait for it", "[local]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(1);
    int64_t before = nci_clock_now();
    REQUIRE(channel.send(1) == NCI_OK);
    int64_t later = nci_clock_now() + 5000 * NCI_MS;
    CHECK(nci_drainer_stalled(drainer.drainer, later) == 0); /* nothing waits */
    REQUIRE(channel.send(2) == NCI_OK);
    int64_t stalled = nci_drainer_stalled(drainer.drainer, later);
    CHECK(stalled >= 5000);
    CHECK(stalled <= (later - before) / NCI_MS);
    drainer.grant(1, 0); /* used up at once by the waiting value */
    CHECK(nci_drainer_stalled(drainer.drainer, nci_clock_now() + 50 * NCI_MS) == 0);
    drainer.grant(1, 0);
    REQUIRE(channel.send(3) == NCI_OK);
    CHECK(drainer.collect() == Numbers{1, 2, 3});
}

TEST_CASE("own hangup takes permits and outbox back at once, what was sent stays out",
          "[local][S10.2]")
{
    Link link, other;
    Channel channel(0);
    Drainer stopping(channel, link);
    stopping.open(10);
    int64_t room = link.room();
    for (int64_t i = 0; i < 4; i++)
        REQUIRE(channel.send(i) == NCI_OK);
    CHECK(stopping.collect(2) == Numbers{0, 1});
    CHECK(link.room() == room - 4);
    nci_drainer_stop(stopping.drainer);
    CHECK(stopping.outbox() == 0);
    CHECK(link.room() == room - 2);
    CHECK(channel.length() == 2);
    CHECK(channel.figures().returned == 2);
    CHECK(channel.send(9) == NCI_TIMEOUT); /* no permit is left */
    stopping.grant(5, 5);
    CHECK(stopping.outbox() == 0);
    Drainer next(channel, other);
    next.open(10);
    CHECK(next.collect() == Numbers{2, 3});
    stopping.acked(1, 1);
    CHECK(stopping.die(NCI_CLOSED).returned == 1);
    CHECK(next.collect() == Numbers{1});
}

TEST_CASE("a ring says whether its caller holds no lock and may do the link's work", "[local]")
{
    Link link, other;
    Channel channel(0);
    Drainer one(channel, link), two(channel, other);
    Feeder feeder(channel, link, 1);
    one.open(1);
    CHECK(link.how == NCI_RING_POST); /* a link's call: it may hold its own lock */
    link.forget();
    CHECK(channel.send(1) == NCI_OK);
    CHECK(link.how == NCI_RING_DIRECT);
    link.forget();
    feeder.deliver({2});
    two.open(1); /* takes it from the feeder, whose link is rung by the other's call */
    CHECK(link.how == NCI_RING_POST);
    (void)feeder.tell();
    link.forget();
    feeder.deliver({3});
    CHECK(channel.take() == 3);
    CHECK(link.how == NCI_RING_DIRECT);
}

TEST_CASE("the figures count the streams of a channel", "[local]")
{
    Link link;
    Channel channel(3);
    auto one = std::make_unique<Drainer>(channel, link);
    Drainer two(channel, link);
    Feeder feeder(channel, link);
    CHECK(channel.figures().drainers == 2);
    CHECK(channel.figures().feeders == 1);
    one.reset();
    CHECK(channel.figures().drainers == 1);
}

TEST_CASE("the last reference to an outlet releases it", "[local]")
{
    Link link;
    nci_outlet_ref(link.outlet());
    nci_outlet_ref(link.outlet());
    nci_outlet_unref(link.outlet());
    CHECK(link.releases == 0);
    nci_outlet_unref(link.outlet());
    CHECK(link.releases == 0);
}
