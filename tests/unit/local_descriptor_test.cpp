/* SPDX-License-Identifier: MIT */
/*
 * The pollable descriptors of a channel: readable exactly while a call in that direction would
 * not wait, whatever made it so.
 */
#include "local_rig.hpp"

using namespace netchan_test;

namespace
{

/* Are the descriptors as given? */
bool ready(Channel &channel, bool receive, bool send)
{
    return channel.ready(true) == receive && channel.ready(false) == send;
}

} // namespace

TEST_CASE("the descriptors follow what a channel holds", "[local][S12.13]")
{
    Channel channel(2);
    int first = -1, again = -1;
    REQUIRE(nci_queue_descriptor(channel.queue, 1, &first) == NCI_OK);
    REQUIRE(nci_queue_descriptor(channel.queue, 1, &again) == NCI_OK);
    CHECK(first == again);
    CHECK(ready(channel, false, true));
    REQUIRE(channel.send(1) == NCI_OK);
    CHECK(ready(channel, true, true));
    REQUIRE(channel.send(2) == NCI_OK);
    CHECK(ready(channel, true, false));
    CHECK(channel.send(3) == NCI_TIMEOUT);
    CHECK(ready(channel, true, false));
    CHECK(channel.take() == 1);
    CHECK(ready(channel, true, true));
    CHECK(channel.take() == 2);
    CHECK(ready(channel, false, true));
    CHECK(channel.take() == NCI_TIMEOUT);
    CHECK(ready(channel, false, true));
    CHECK(channel.send_many({1, 2, 3}) == 2);
    CHECK(ready(channel, true, false));
    Numbers numbers;
    CHECK(channel.take_many(9, numbers) == 2);
    CHECK(ready(channel, false, true));
}

TEST_CASE("a descriptor asked for late shows what is there already", "[local]")
{
    Channel channel(1);
    REQUIRE(channel.send(1) == NCI_OK);
    CHECK(channel.ready(true));
    CHECK_FALSE(channel.ready(false));
    Channel ended(1);
    REQUIRE(ended.close() == NCI_OK);
    CHECK(ready(ended, true, true));
}

TEST_CASE("an ended channel is ready in both directions for good", "[local]")
{
    for (size_t capacity : {0, 1}) {
        Channel channel(capacity);
        CHECK(ready(channel, false, capacity > 0));
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        REQUIRE(channel.close() == NCI_OK);
        CHECK(ready(channel, true, true));
        if (capacity)
            CHECK(channel.take() == 1);
        CHECK(channel.take() == NCI_CLOSED);
        CHECK(ready(channel, true, true));
    }
}

TEST_CASE("with capacity 0 a waiting receiver makes the channel ready for a send", "[local]")
{
    Channel channel(0);
    CHECK(ready(channel, false, false));
    Task receiver([&] { return channel.take(LONG); });
    REQUIRE(channel.receivers_wait());
    CHECK(ready(channel, false, true));
    CHECK(channel.send(1) == NCI_OK);
    CHECK(ready(channel, false, false));
    CHECK(receiver.join() == 1);
    Task leaving([&] { return channel.take(30); });
    CHECK(leaving.join() == NCI_TIMEOUT);
    CHECK(ready(channel, false, false));
}

TEST_CASE("a waiting sender makes the channel ready for a receive", "[local]")
{
    for (size_t capacity : {0, 1}) {
        Channel channel(capacity);
        CHECK(ready(channel, false, capacity > 0));
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        Task sender([&] { return channel.send(2, LONG); });
        REQUIRE(channel.senders_wait());
        CHECK(ready(channel, true, false));
        if (capacity)
            CHECK(channel.take() == 1);
        CHECK(ready(channel, true, false));
        CHECK(channel.take() == 2);
        CHECK(ready(channel, false, capacity > 0));
        CHECK(sender.join() == NCI_OK);
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        Task leaving([&] { return channel.send(3, 30); });
        CHECK(leaving.join() == NCI_TIMEOUT);
        CHECK(ready(channel, capacity > 0, false));
    }
}

TEST_CASE("a waiting receiver leaves a channel with room as it was", "[local]")
{
    Channel channel(1);
    CHECK(ready(channel, false, true));
    Task receiver([&] { return channel.take(LONG); });
    REQUIRE(channel.receivers_wait());
    CHECK(ready(channel, false, true));
    CHECK(channel.send(1) == NCI_OK);
    CHECK(receiver.join() == 1);
    CHECK(ready(channel, false, true));
}

TEST_CASE("a permit of a stream makes a channel ready for a send", "[local]")
{
    for (size_t capacity : {0, 1}) {
        Link link;
        Channel channel(capacity);
        Drainer drainer(channel, link);
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        CHECK(ready(channel, capacity > 0, false));
        drainer.open(1 + capacity);
        CHECK(ready(channel, false, true));
        CHECK(channel.send(2) == NCI_OK);
        CHECK(ready(channel, false, capacity > 0));
        drainer.grant(1, 0);
        CHECK(ready(channel, false, true));
        nci_drainer_stop(drainer.drainer);
        CHECK(ready(channel, true, capacity > 0)); /* its outbox came back */
        (void)drainer.collect();
        CHECK(channel.rest().size() == 1 + capacity);
        CHECK(ready(channel, false, capacity > 0));
    }
}

TEST_CASE("a permit of a stream whose link has no room is no readiness to spin on", "[local]")
{
    Link link(0);
    Channel channel(0);
    Drainer drainer(channel, link);
    drainer.open(10);
    CHECK(channel.send(1) == NCI_TIMEOUT);
    CHECK_FALSE(channel.ready(false));
    CHECK(channel.send(1) == NCI_TIMEOUT);
    CHECK_FALSE(channel.ready(false));
    link.wrote(1);
    CHECK(channel.ready(false));
    CHECK(channel.send(1) == NCI_OK);
    /* The link is full again; the first call that finds it so takes the readiness back. */
    CHECK(channel.ready(false));
    CHECK(channel.send(2) == NCI_TIMEOUT);
    CHECK_FALSE(channel.ready(false));
    link.wrote(1);
    CHECK(channel.ready(false));
}

TEST_CASE("a stream's inbox makes a channel ready for a receive", "[local]")
{
    for (size_t capacity : {0, 1}) {
        Link link;
        Channel channel(capacity);
        Feeder feeder(channel, link);
        CHECK(ready(channel, false, capacity > 0));
        feeder.deliver({1, 2});
        CHECK(ready(channel, true, false));
        CHECK(channel.take() == 1);
        CHECK(ready(channel, true, false));
        CHECK(channel.take() == 2);
        CHECK(ready(channel, false, capacity > 0));
        feeder.end();
        CHECK(ready(channel, true, true)); /* it was the last feeder: the channel has ended */
    }
}

TEST_CASE("values that return make a channel ready for a receive", "[local][S9.6]")
{
    Link link;
    Channel channel(0);
    Drainer drainer(channel, link);
    drainer.open(5);
    REQUIRE(channel.send(1) == NCI_OK);
    REQUIRE(channel.send(2) == NCI_OK);
    (void)drainer.collect(1);
    CHECK(ready(channel, false, true));
    drainer.die(NCI_LOST);
    CHECK(ready(channel, true, false));
    CHECK(channel.rest() == Numbers{1, 2});
    CHECK(ready(channel, false, false));
}

TEST_CASE("posting makes an errors channel ready for a receive", "[local][S12.13]")
{
    Channel channel(1);
    nci_queue_set_receive_only(channel.queue);
    CHECK_FALSE(channel.ready(true));
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)1)) == 0);
    CHECK(channel.ready(true));
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)2)) == 1);
    CHECK(channel.ready(true));
    CHECK(channel.take() == 2);
    CHECK_FALSE(channel.ready(true));
}

TEST_CASE("a thread that waits on the descriptor is woken by the other side", "[local]")
{
    Channel channel(1);
    int fd = -1;
    REQUIRE(nci_queue_descriptor(channel.queue, 1, &fd) == NCI_OK);
    Task poller([&] {
        struct pollfd one = {fd, POLLIN, 0};
        return (int64_t)poll(&one, 1, (int)LONG);
    });
    CHECK(channel.send(1) == NCI_OK);
    CHECK(poller.join() == 1);
    CHECK(channel.take() == 1);
}
