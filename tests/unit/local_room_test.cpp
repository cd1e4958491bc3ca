/* SPDX-License-Identifier: MIT */
/*
 * Room on a link: who may give values to it, how it is counted, and what those do that find none.
 */
#include "local_rig.hpp"

using namespace netchan_test;

TEST_CASE("a value leaves its channel only while its link has room", "[local][S3.7]")
{
    Link link(10);
    Channel channel(100);
    Drainer drainer(channel, link);
    drainer.open(100);
    for (int i = 0; i < 6; i++)
        REQUIRE(channel.send_text(string_of(4)) == NCI_OK);
    CHECK(link.room() == -2);
    CHECK(drainer.collect().size() == 3);
    CHECK(channel.length() == 3);
    CHECK(drainer.outbox() == 0);
    link.wrote(2);
    CHECK(drainer.outbox() == 0); /* room of 0 is none */
    link.wrote(1);
    CHECK(drainer.outbox() == 1);
    link.wrote(3 + 4 + 1);
    CHECK(drainer.outbox() == 3);
    CHECK(channel.length() == 0);
}

TEST_CASE("a stream takes the room of several small values in one step", "[local]")
{
    Link link(10000);
    Channel first(100), second(100);
    Drainer one(first, link);
    one.open(100);
    for (int i = 0; i < 3; i++)
        REQUIRE(first.send_text(string_of(60)) == NCI_OK);
    CHECK(link.room() == 10000);
    SECTION("the link fetches them")
    {
        CHECK(one.collect(1).size() == 1);
        CHECK(link.room() == 10000 - 3 * 60);
        CHECK(one.collect().size() == 2);
        CHECK(link.room() == 10000 - 3 * 60);
    }
    SECTION("they are many")
    {
        REQUIRE(first.send_text(string_of(60)) == NCI_OK);
        CHECK(link.room() == 10000);
        REQUIRE(first.send_text(string_of(60)) == NCI_OK);
        CHECK(link.room() == 10000 - 5 * 60);
        REQUIRE(first.send_text(string_of(60)) == NCI_OK);
        CHECK(link.room() == 10000 - 5 * 60);
    }
    SECTION("one is long")
    {
        REQUIRE(first.send_text(string_of(600)) == NCI_OK);
        CHECK(link.room() == 10000 - 3 * 60 - 600);
    }
    SECTION("they take all of it")
    {
        link.wrote(-9800);
        REQUIRE(first.send_text(string_of(20)) == NCI_OK);
        CHECK(link.room() == 0);
        REQUIRE(first.send_text(string_of(2)) == NCI_OK);
        CHECK(first.length() == 1);
    }
    SECTION("they go back")
    {
        nci_drainer_stop(one.drainer);
        CHECK(link.room() == 10000);
    }
    SECTION("they go back with the stream")
    {
        one.die(NCI_CLOSED);
        CHECK(link.room() == 10000);
    }
    SECTION("so does another")
    {
        Drainer two(second, link);
        two.open(100);
        REQUIRE(second.send_text(string_of(60)) == NCI_OK);
        CHECK(link.room() == 10000);
        CHECK(two.collect().size() == 1);
        CHECK(link.room() == 10000 - 60);
        CHECK(one.collect().size() == 3);
        CHECK(link.room() == 10000 - 4 * 60);
    }
}

TEST_CASE("a long value takes room for one piece of it, and gives the same back", "[local]")
{
    Link link(20000);
    Channel channel(10);
    Drainer one(channel, link), two(channel, link);
    one.open(10);
    REQUIRE(channel.send_text(string_of(300000)) == NCI_OK);
    CHECK(link.room() == 20000 - 16384);
    REQUIRE(channel.send_text(string_of(16384)) == NCI_OK); /* there is room for others beside it */
    CHECK(link.room() == 20000 - 2 * 16384);
    REQUIRE(channel.send_text(string_of(10)) == NCI_OK);
    CHECK(one.outbox() == 2);
    nci_drainer_stop(one.drainer);
    CHECK(link.room() == 20000);
    CHECK(channel.length() == 3);
}

TEST_CASE("only streams that were passed over are on the list of those that want room",
          "[local][S3.7]")
{
    Link link(0);
    Channel busy(10), idle(10), stopped(10);
    Drainer one(busy, link), two(idle, link), three(stopped, link);
    one.open(10);
    two.open(10);
    three.open(10);
    REQUIRE(busy.send(1) == NCI_OK);
    REQUIRE(stopped.send(2) == NCI_OK);
    CHECK(nci_outlet_next_wanting(link.outlet()) == nullptr); /* no room yet */
    nci_outlet_add_room(link.outlet(), 1000);
    CHECK(nci_outlet_next_wanting(link.outlet()) == one.port());
    nci_drainer_resume(one.drainer);
    CHECK(one.collect() == Numbers{1});
    nci_drainer_stop(three.drainer);
    CHECK(nci_outlet_next_wanting(link.outlet()) == three.port());
    nci_drainer_resume(three.drainer);
    CHECK(three.outbox() == 0);
    CHECK(nci_outlet_next_wanting(link.outlet()) == nullptr);
    CHECK(idle.send(3) == NCI_OK);
    CHECK(two.outbox() == 1);
}

TEST_CASE("the second stream that wants a link's room has who sends let the link work", "[local]")
{
    Link link(1);
    Channel first(8), second(8);
    Drainer one(first, link), two(second, link);
    one.open(8);
    two.open(8);
    REQUIRE(first.send(1) == NCI_OK);
    link.forget();
    int rings = link.rings;
    REQUIRE(first.send(2) == NCI_OK); /* one stream may run ahead of its link */
    CHECK(link.rings == rings);
    REQUIRE(second.send(3) == NCI_OK);
    CHECK(link.rings == rings + 1);
    CHECK(link.how == NCI_RING_CROWDED);
    REQUIRE(second.send(4) == NCI_OK); /* said once for each stream */
    CHECK(link.rings == rings + 1);
    link.wrote(100);
    CHECK(one.collect() == Numbers{1, 2});
    CHECK(two.collect() == Numbers{3, 4});
}

TEST_CASE("no thread that holds a lock waits for room that several streams want", "[local]")
{
    Link link(1);
    Channel first(8), second(8), fed(8);
    Drainer one(first, link), two(second, link), three(fed, link);
    Feeder feeder(fed, link);
    one.open(8);
    two.open(8);
    three.open(8);
    REQUIRE(first.send(1) == NCI_OK);
    REQUIRE(first.send(2) == NCI_OK);
    link.forget();
    int rings = link.rings;
    feeder.deliver({3}); /* another link's work, which finds no room */
    CHECK(link.rings == rings);
    REQUIRE(second.send(4) == NCI_OK);
    CHECK(link.how == NCI_RING_CROWDED);
}

TEST_CASE("a stream that waits for room can end", "[local]")
{
    Link link(0), other;
    Channel channel(10);
    Drainer wanting(channel, link);
    wanting.open(10);
    REQUIRE(channel.send(1) == NCI_OK);
    wanting.die(NCI_LOST);
    nci_outlet_add_room(link.outlet(), 10);
    CHECK(nci_outlet_next_wanting(link.outlet()) == nullptr);
    Drainer next(channel, other);
    next.open(10);
    CHECK(next.collect() == Numbers{1});
}

TEST_CASE("a blocked sender moves on when its stream's link has room again", "[local][S16.3]")
{
    Link link(0);
    Channel channel(0);
    Drainer drainer(channel, link);
    drainer.open(10);
    Task sender([&] { return channel.send(1, LONG); });
    REQUIRE(channel.senders_wait());
    link.wrote(1);
    CHECK(sender.join() == NCI_OK);
    CHECK(drainer.collect() == Numbers{1});
}
