/* SPDX-License-Identifier: MIT */
/*
 * A channel without streams, seen by one thread: capacity, order, ends, limits, posting.
 */
#include "local_rig.hpp"

using namespace netchan_test;

TEST_CASE("values leave a channel in the order they came", "[local]")
{
    Channel channel(3);
    CHECK(nci_queue_capacity(channel.queue) == 3);
    CHECK(channel.length() == 0);
    for (int i = 0; i < 3; i++)
        CHECK(channel.send(i) == NCI_OK);
    CHECK(channel.length() == 3);
    CHECK(channel.take() == 0);
    CHECK(channel.send(3) == NCI_OK);
    CHECK(channel.rest() == Numbers{1, 2, 3});
    CHECK(channel.length() == 0);
}

TEST_CASE("a full channel takes no more and an empty one gives nothing", "[local]")
{
    Channel channel(2);
    CHECK(channel.take() == NCI_TIMEOUT);
    CHECK_THAT(nci_detail(), has_text("empty"));
    CHECK(channel.send(1) == NCI_OK);
    CHECK(channel.send(2) == NCI_OK);
    CHECK(channel.send(3) == NCI_TIMEOUT);
    CHECK_THAT(nci_detail(), has_text("full"));
    CHECK(channel.rest() == Numbers{1, 2});
}

TEST_CASE("a channel of capacity 0 holds nothing by itself", "[local][S16.1]")
{
    Channel channel(0);
    CHECK(channel.send(1) == NCI_TIMEOUT);
    CHECK(channel.take() == NCI_TIMEOUT);
    CHECK(channel.length() == 0);
}

TEST_CASE("a capacity beyond the greatest is refused", "[local]")
{
    nci_queue *queue = nullptr;
    CHECK(nci_queue_new(NCI_QUEUE_CAPACITY_MAX + 1, &queue) == NCI_LIMIT);
    CHECK(queue == nullptr);
    CHECK_THAT(nci_detail(), has_text("16777217"));
    Channel channel(NCI_QUEUE_CAPACITY_MAX);
    CHECK(nci_queue_capacity(channel.queue) == NCI_QUEUE_CAPACITY_MAX);
}

TEST_CASE("sending takes a reference of its own and receiving gives one", "[local]")
{
    Channel channel(1);
    nci_value *value = value_of("\"a text\""), *got = nullptr;
    REQUIRE(nci_queue_send(channel.queue, value, 0, nullptr) == NCI_OK);
    REQUIRE(nci_queue_recv(channel.queue, &got, 0, nullptr) == NCI_OK);
    CHECK(got == value);
    nci_value_unref(value);
    size_t length = 0;
    const char *text = nci_value_text(got, &length);
    CHECK(std::string(text, length) == "\"a text\"");
    nci_value_unref(got);
}

TEST_CASE("values left in a channel go with it", "[local]")
{
    Channel channel(10);
    CHECK(channel.send_many({1, 2, 3}) == 3);
}

TEST_CASE("a batch is sent as far as there is room, and says how far", "[local][S14.9]")
{
    Channel channel(3);
    CHECK(channel.send_many({1, 2, 3, 4, 5}) == 3);
    CHECK(channel.send_many({4}) == NCI_TIMEOUT);
    CHECK(channel.send_many({}) == 0);
    Numbers numbers;
    CHECK(channel.take_many(2, numbers) == 2);
    CHECK(channel.take_many(9, numbers) == 1);
    CHECK(channel.take_many(9, numbers) == NCI_TIMEOUT);
    CHECK(channel.take_many(0, numbers) == 0);
    CHECK(numbers == Numbers{1, 2, 3});
}

TEST_CASE("an error behind the first value of a batch is told by the next call", "[local][S14.10]")
{
    Channel channel(10);
    REQUIRE(nci_queue_limit(channel.queue, 3, 10, 1) == NCI_OK);
    CHECK(channel.send_many({1, 2, 12345, 3}) == 2);
    CHECK(channel.send_many({12345, 3}) == NCI_LIMIT);
    CHECK(channel.close() == NCI_OK);
    Numbers numbers;
    CHECK(channel.take_many(5, numbers) == 2);
    CHECK(channel.take_many(5, numbers) == NCI_CLOSED);
}

TEST_CASE("a closed channel refuses values, gives what is left, and then says closed", "[local]")
{
    Channel channel(3);
    CHECK(channel.state() == NCI_OK);
    CHECK(channel.send_many({1, 2}) == 2);
    CHECK(channel.close() == NCI_OK);
    CHECK(channel.close() == NCI_OK);
    CHECK(channel.state() == NCI_CLOSED);
    CHECK(channel.send(3) == NCI_CLOSED);
    CHECK(channel.send_many({3, 4}) == NCI_CLOSED);
    CHECK(channel.take() == 1);
    CHECK(channel.take(-1) == 2);
    CHECK(channel.take(-1) == NCI_CLOSED);
    CHECK_THAT(nci_detail(), has_text("by this program"));
    CHECK(channel.state() == NCI_CLOSED);
}

TEST_CASE("the first end of a channel sticks, with its cause", "[local]")
{
    Channel channel(3);
    CHECK(channel.send(1) == NCI_OK);
    nci_queue_end(channel.queue, NCI_LOST, "tcp://192.0.2.1:5: silent for 14 s");
    nci_queue_end(channel.queue, NCI_CLOSED, "later");
    CHECK(channel.close() == NCI_OK);
    CHECK(channel.state() == NCI_LOST);
    CHECK_THAT(nci_detail(), has_text("lost: tcp://192.0.2.1:5: silent for 14 s"));
    CHECK(channel.send(2) == NCI_LOST);
    CHECK(channel.take() == 1);
    CHECK(channel.take() == NCI_LOST);
    CHECK_THAT(nci_detail(), has_text("silent for 14 s"));
}

TEST_CASE("a channel can end with the code of a refusal, and without a cause", "[local][S2.13]")
{
    Channel refused(1), bare(1);
    nci_queue_end(refused.queue, NCI_NOCHANNEL, "no channel \"x\" is exported here");
    CHECK(refused.take(-1) == NCI_NOCHANNEL);
    CHECK_THAT(nci_detail(), has_text("no channel \"x\""));
    CHECK(refused.send(1, -1) == NCI_NOCHANNEL);
    nci_queue_end(bare.queue, NCI_LOST, nullptr);
    CHECK(bare.state() == NCI_LOST);
    CHECK(std::string(nci_detail()) == "the channel is lost");
}

TEST_CASE("a longer or deeper value than the limits is refused when it is sent",
          "[local][S2.18][S2.19]")
{
    Channel channel(10);
    REQUIRE(nci_queue_limit(channel.queue, 8, 2, 1) == NCI_OK);
    CHECK(channel.send_text("\"123456\"") == NCI_OK);
    CHECK(channel.send_text("\"1234567\"") == NCI_LIMIT);
    CHECK_THAT(nci_detail(), has_text("9 bytes long") && has_text("is 8"));
    CHECK(channel.send_text("[[1]]") == NCI_OK);
    CHECK(channel.send_text("[[[1]]]") == NCI_LIMIT);
    CHECK_THAT(nci_detail(), has_text("3 levels deep") && has_text("is 2"));
    CHECK(channel.length() == 2);
}

TEST_CASE("of several limits on a channel the smallest counts", "[local][S2.18][S2.19]")
{
    Channel channel(10);
    REQUIRE(nci_queue_limit(channel.queue, 8, 1, 1) == NCI_OK);
    REQUIRE(nci_queue_limit(channel.queue, 100, 2, 1) == NCI_OK);
    CHECK(channel.send_text("\"1234567\"") == NCI_LIMIT);
    CHECK(channel.send_text("[[1]]") == NCI_LIMIT);
    REQUIRE(nci_queue_limit(channel.queue, 4, 100, 1) == NCI_OK);
    CHECK(channel.send_text("[12]") == NCI_OK);
    CHECK(channel.send_text("[123]") == NCI_LIMIT);
}

TEST_CASE("limits are refused by a channel that holds a value over them", "[local][S2.20][S2.21]")
{
    Channel channel(10);
    CHECK(channel.send_text("[[12345]]") == NCI_OK);
    CHECK(nci_queue_limit(channel.queue, 8, 10, 1) == NCI_LIMIT);
    CHECK_THAT(nci_detail(), has_text("9 bytes") && has_text("8"));
    CHECK(nci_queue_limit(channel.queue, 9, 1, 1) == NCI_LIMIT);
    CHECK(channel.send_text("[[[1234567]]]") == NCI_OK); /* a refused limit is none */
    CHECK(nci_queue_limit(channel.queue, 13, 3, 1) == NCI_OK);
    CHECK(channel.send_text("[[[12345678]]]") == NCI_LIMIT);
}

TEST_CASE("a value that a blocked sender holds counts for the limits", "[local][S2.20]")
{
    for (size_t capacity : {0, 1}) {
        Channel channel(capacity);
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        Task sender([&] { return channel.send_text("\"a long value\"", LONG); });
        REQUIRE(channel.senders_wait());
        CHECK(nci_queue_limit(channel.queue, 8, 8, 1) == NCI_LIMIT);
        if (capacity)
            CHECK(channel.take() == 1);
        CHECK(channel.take() == 14);
        CHECK(sender.join() == NCI_OK);
        CHECK(nci_queue_limit(channel.queue, 8, 8, 1) == NCI_OK);
    }
}

TEST_CASE("a program can only receive from an errors channel", "[local][S12.4][S12.11]")
{
    Channel channel(2);
    nci_queue_set_receive_only(channel.queue);
    CHECK(nci_queue_is_receive_only(channel.queue));
    CHECK(channel.send(1) == NCI_USAGE);
    CHECK(channel.close() == NCI_USAGE);
    CHECK(channel.state() == NCI_OK);
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)7)) == 0);
    CHECK(channel.take() == 7);
}

TEST_CASE("a post to a full channel lets the oldest value go and never waits",
          "[local][S12.7][S12.8][S12.9]")
{
    Channel channel(3);
    nci_queue_set_receive_only(channel.queue);
    for (int64_t i = 0; i < 3; i++) {
        CHECK_FALSE(nci_queue_full(channel.queue));
        CHECK(nci_queue_post(channel.queue, value_of(i)) == 0);
    }
    CHECK(nci_queue_full(channel.queue));
    for (int64_t i = 3; i < 10; i++)
        CHECK(nci_queue_post(channel.queue, value_of(i)) == 1);
    CHECK(channel.rest() == Numbers{7, 8, 9});
    CHECK_FALSE(nci_queue_full(channel.queue));
}

TEST_CASE("a post to a channel that has ended lets itself go, not what is there", "[local][S12.10]")
{
    Channel channel(2);
    nci_queue_set_receive_only(channel.queue);
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)1)) == 0);
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)2)) == 0);
    nci_queue_end(channel.queue, NCI_CLOSED, "its owner was closed");
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)3)) == 1);
    CHECK(channel.rest() == Numbers{1, 2});
    CHECK(nci_queue_post(channel.queue, value_of((int64_t)4)) == 1);
    CHECK(channel.take(-1) == NCI_CLOSED);
}

TEST_CASE("release without a hold is a usage error, and a hold on an ended channel tells its end",
          "[local][S8.16]")
{
    Channel channel(1);
    CHECK(nci_queue_release(channel.queue) == NCI_USAGE);
    CHECK(channel.state() == NCI_OK);
    CHECK(nci_queue_hold(channel.queue) == NCI_OK);
    CHECK(nci_queue_hold(channel.queue) == NCI_OK);
    CHECK(nci_queue_release(channel.queue) == NCI_OK);
    CHECK(channel.state() == NCI_OK);
    CHECK(nci_queue_release(channel.queue) == NCI_OK); /* no stream is left: the channel ends */
    CHECK(channel.state() == NCI_CLOSED);
    CHECK(nci_queue_release(channel.queue) == NCI_USAGE);
    CHECK(nci_queue_hold(channel.queue) == NCI_CLOSED);
}

TEST_CASE("the figures of a channel are those of the moment", "[local]")
{
    Channel channel(5);
    CHECK(channel.send_many({1, 2, 3}) == 3);
    struct nci_queue_figures figures = channel.figures();
    CHECK(figures.length == 3);
    CHECK(figures.queued == 3);
    CHECK(figures.capacity == 5);
    CHECK(figures.returned == 0);
    CHECK(figures.dropped == 0);
    CHECK(figures.drainers == 0);
    CHECK(figures.feeders == 0);
}
