/* SPDX-License-Identifier: MIT */
/*
 * The hand: values that one receive fetches for those that follow. Nobody but the clock may notice.
 */
#include "local/select.h"
#include "local/watch.h"
#include "local_rig.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>

using namespace netchan_test;

namespace
{

const int64_t MANY = 400; /* more than a hand holds */

uint32_t in_hand(Channel &channel)
{
    nci_lock_enter(&channel.queue->lock);
    uint32_t count = nci_core_in_hand(channel.queue);
    nci_lock_leave(&channel.queue->lock);
    return count;
}

/* Seen without entering the queue, which would put what is in hand back. */
bool sender_waits(Channel &channel)
{
    return soon([&] {
        nci_lock_enter(&channel.queue->lock);
        bool waits = !nci_list_empty(&channel.queue->senders);
        nci_lock_leave(&channel.queue->lock);
        return waits;
    });
}

Numbers from_to(int64_t from, int64_t to)
{
    Numbers numbers((size_t)(to - from));
    std::iota(numbers.begin(), numbers.end(), from);
    return numbers;
}

/* Holds 2 up to MANY, of which some are in hand. */
class Filled : public Channel
{
  public:
    explicit Filled(size_t capacity) : Channel(capacity)
    {
        REQUIRE(send_many(from_to(0, MANY)) == MANY);
        REQUIRE(rest() == from_to(0, MANY)); /* that it ran empty decides it */
        REQUIRE(send_many(from_to(0, MANY)) == MANY);
        REQUIRE(take() == 0);
        REQUIRE(take() == 1);
        REQUIRE(in_hand(*this) > 0);
    }
};

} // namespace

TEST_CASE("values in hand leave in their order, before those behind them", "[local]")
{
    Filled channel(500);
    uint32_t before = in_hand(channel);
    REQUIRE(channel.send(MANY) == NCI_OK);
    CHECK(in_hand(channel) == before);
    CHECK(channel.rest() == from_to(2, MANY + 1));
    CHECK(in_hand(channel) == 0);
    CHECK(channel.take() == NCI_TIMEOUT);
}

TEST_CASE("a hand takes all there is, or as much as it holds", "[local]")
{
    Filled channel(500);
    CHECK(in_hand(channel) == NCI_HAND - 2);
    CHECK(channel.rest() == from_to(2, MANY));
    /* The hand's ring and the queue's change places where all fits. */
    for (int64_t count : {1, 200, 3, 256, 257, 30, 400, 256}) {
        REQUIRE(channel.send_many(from_to(0, count)) == count);
        CHECK(channel.take() == 0);
        CHECK(in_hand(channel) == std::min((uint32_t)count, NCI_HAND) - 1);
        REQUIRE(channel.send(count) == NCI_OK);
        if (count % 2) {
            CHECK(channel.length() == (size_t)count);
            CHECK(in_hand(channel) == 0);
        }
        CHECK(channel.rest() == from_to(1, count + 1));
    }
}

TEST_CASE("values in hand count for the capacity", "[local]")
{
    Filled channel(MANY);
    REQUIRE(channel.send(MANY) == NCI_OK);
    REQUIRE(channel.send(MANY + 1) == NCI_OK);
    CHECK(channel.send(MANY + 2) == NCI_TIMEOUT);
    CHECK(in_hand(channel) > 0); /* a sender that does not wait leaves them there */
    CHECK(channel.take() == 2);
    REQUIRE(channel.send(MANY + 2) == NCI_OK);
    CHECK(channel.send(MANY + 3) == NCI_TIMEOUT);
    CHECK(channel.length() == (size_t)MANY);
    CHECK(channel.rest() == from_to(3, MANY + 3));
}

TEST_CASE("places of values that have left the hand are there for everybody", "[local]")
{
    Filled channel(MANY);
    int64_t number = 2;
    for (; in_hand(channel) > 0; number++)
        REQUIRE(channel.take() == number);
    SECTION("a send of many")
    {
        CHECK(channel.send_many(from_to(MANY, 2 * MANY)) == number);
    }
    SECTION("sends of one")
    {
        for (int64_t i = 0; i < number; i++)
            REQUIRE(channel.send(MANY + i) == NCI_OK);
    }
    SECTION("a channel that is looked at by a descriptor from then on")
    {
        CHECK(channel.ready(false));
        CHECK(channel.send_many(from_to(MANY, 2 * MANY)) == number);
        CHECK_FALSE(channel.ready(false));
    }
    CHECK(channel.send(0) == NCI_TIMEOUT);
    CHECK(channel.rest() == from_to(number, MANY + number));
}

TEST_CASE("whoever looks at a channel finds nothing in hand", "[local]")
{
    Filled channel(500);
    size_t left = (size_t)MANY - 2;
    SECTION("its length")
    {
        CHECK(channel.length() == left);
    }
    SECTION("its figures")
    {
        CHECK(channel.figures().queued == left);
    }
    SECTION("its state")
    {
        CHECK(channel.state() == NCI_OK);
    }
    SECTION("a close")
    {
        CHECK(channel.close() == NCI_OK);
        CHECK(channel.send(1) == NCI_CLOSED);
    }
    SECTION("a hold")
    {
        CHECK(nci_queue_hold(channel.queue) == NCI_OK);
    }
    SECTION("a limit that what is in hand is over")
    {
        CHECK(nci_queue_limit(channel.queue, 0, 1, 1) == NCI_LIMIT);
    }
    SECTION("a receive of many")
    {
        Numbers numbers;
        CHECK(channel.take_many(left, numbers) == (int64_t)left);
        CHECK(numbers == from_to(2, MANY));
        return;
    }
    SECTION("a send of many")
    {
        CHECK(channel.send_many({MANY, MANY + 1}) == 2);
        CHECK(in_hand(channel) == 0);
        CHECK(channel.rest() == from_to(2, MANY + 2));
        return;
    }
    CHECK(in_hand(channel) == 0);
    CHECK(channel.rest() == from_to(2, MANY));
}

TEST_CASE("a channel that more than sends and receives have to do with has no hand", "[local]")
{
    Filled channel(500);
    Link link;
    SECTION("a stream that takes values out")
    {
        Drainer drainer(channel, link);
        drainer.open(1000);
        CHECK(drainer.collect() == from_to(2, MANY));
        REQUIRE(channel.send_many(from_to(2, MANY)) == MANY - 2);
        CHECK(drainer.collect() == from_to(2, MANY));
        drainer.die(NCI_CLOSED);
    }
    SECTION("a stream that brings values")
    {
        Feeder feeder(channel, link);
        feeder.deliver({MANY});
        CHECK(channel.rest() == from_to(2, MANY + 1));
        REQUIRE(channel.send_many(from_to(2, MANY)) == MANY - 2);
    }
    SECTION("a select")
    {
        nci_select *select = nullptr;
        nci_value *got = nullptr;
        int64_t number = -1;
        REQUIRE(nci_select_new(&select) == NCI_OK);
        REQUIRE(nci_select_add_recv(select, channel.queue) == 0);
        REQUIRE(nci_select_wait(select, &number, &got, 0, nullptr) == NCI_OK);
        CHECK(number_of(got) == 2);
        nci_select_free(select);
        REQUIRE(channel.send(2) == NCI_OK);
        CHECK(channel.take() == 3);
        CHECK(in_hand(channel) == 0);
        CHECK(channel.rest().size() == (size_t)MANY - 3);
        REQUIRE(channel.send_many(from_to(2, MANY)) == MANY - 2);
    }
    SECTION("a pollable descriptor")
    {
        CHECK(channel.ready(true));
        CHECK(channel.take() == 2);
        CHECK(in_hand(channel) == 0);
        CHECK(channel.rest() == from_to(3, MANY));
        CHECK_FALSE(channel.ready(true));
        REQUIRE(channel.send_many(from_to(2, MANY)) == MANY - 2);
    }
    SECTION("a drain")
    {
        nci_wait wait;
        nci_watch watch = {};
        REQUIRE(nci_wait_init(&wait, nullptr) == NCI_OK);
        nci_watch_start(&watch, channel.queue, &wait, NCI_LEVEL_RECEIVED, 1);
        CHECK(nci_watch_missing(&watch) == (uint64_t)MANY - 2);
        CHECK(channel.rest() == from_to(2, MANY));
        nci_wait_ready(&wait);
        CHECK(nci_wait_for(&wait, 0, nullptr) == NCI_OK);
        nci_watch_stop(&watch);
        nci_wait_fini(&wait);
        REQUIRE(channel.send_many(from_to(2, MANY)) == MANY - 2);
    }
    CHECK(channel.queue->hand == nullptr);
    (void)channel.rest();
    CHECK(channel.queue->hand == nullptr);
}

TEST_CASE("a blocked sender goes on when the first value leaves, though others were in hand",
          "[local]")
{
    Filled channel(MANY);
    REQUIRE(channel.send_many({MANY, MANY + 1}) == 2);
    REQUIRE(channel.take() == 2);
    REQUIRE(channel.send(MANY + 2) == NCI_OK);
    REQUIRE(in_hand(channel) > 0);
    Task sender([&] { return channel.send(MANY + 3, LONG); });
    REQUIRE(sender_waits(channel));
    CHECK(in_hand(channel) == 0);
    CHECK(channel.take() == 3);
    CHECK(sender.join() == NCI_OK);
    CHECK(channel.rest() == from_to(4, MANY + 4));
}

TEST_CASE("a blocked receiver gets the next value of a channel that has a hand", "[local]")
{
    Filled channel(500);
    CHECK(channel.rest() == from_to(2, MANY));
    Task receiver([&] { return channel.take(LONG); });
    REQUIRE(channel.receivers_wait());
    REQUIRE(channel.send(7) == NCI_OK);
    CHECK(receiver.join() == 7);
}

TEST_CASE("values in hand go with their channel", "[local]")
{
    Filled channel(500);
    CHECK(in_hand(channel) > 0);
}

TEST_CASE("threads that send, receive and look at a channel with a hand lose and change nothing",
          "[local]")
{
    const int64_t EACH = 20000, SENDERS = 2, RECEIVERS = 3;
    size_t capacity = GENERATE(17, 64, 300);
    Channel channel(capacity);
    std::atomic<bool> over{false};
    std::atomic<size_t> longest{0};
    std::vector<Numbers> got(RECEIVERS);
    std::vector<std::unique_ptr<Task>> senders, receivers;
    for (int64_t s = 0; s < SENDERS; s++)
        senders.push_back(std::make_unique<Task>([&, s] {
            for (int64_t i = 0; i < EACH;) {
                int64_t first = s * EACH + i, end = s * EACH + EACH, sent = 1;
                if (s && i % 7 == 0)
                    sent = channel.send_many(from_to(first, std::min(first + 3, end)), LONG);
                else if (channel.send(first, LONG))
                    return -1;
                if (sent < 1)
                    return -1;
                i += sent;
            }
            return 0;
        }));
    for (int64_t r = 0; r < RECEIVERS; r++)
        receivers.push_back(std::make_unique<Task>([&, r]() -> int64_t {
            for (int64_t number = 0;;) {
                if (r == 0 && got[0].size() % 5 == 4)
                    number = channel.take_many(3, got[0], LONG);
                else if ((number = channel.take(LONG)) >= 0)
                    got[(size_t)r].push_back(number);
                if (number < 0)
                    return number;
            }
        }));
    Task looking([&] {
        while (!over) {
            size_t length = channel.length();
            if (length > longest)
                longest = length;
            sched_yield();
        }
        return 0;
    });
    for (auto &sender : senders)
        CHECK(sender->join() == 0);
    REQUIRE(channel.close() == NCI_OK);
    for (auto &receiver : receivers)
        CHECK(receiver->join() == NCI_CLOSED);
    over = true;
    (void)looking.join();
    CHECK(longest <= capacity);
    std::vector<int> seen((size_t)(SENDERS * EACH));
    for (const Numbers &numbers : got) {
        std::vector<int64_t> last(SENDERS, -1);
        for (int64_t number : numbers) {
            seen[(size_t)number]++;
            int64_t &before = last[(size_t)(number / EACH)];
            if (number <= before)
                FAIL("value " << number << " came behind " << before);
            before = number;
        }
    }
    CHECK(std::count(seen.begin(), seen.end(), 1) == SENDERS * EACH);
}
