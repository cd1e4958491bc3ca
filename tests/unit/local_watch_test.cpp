/* SPDX-License-Identifier: MIT */
/*
 * Waiting for acknowledgements: what a drain and a sync cover, and when they are over. The state of
 * a wait is looked at after each step, so that one that ends early is seen without a clock.
 */
#include "local_rig.hpp"
#include "local/watch.h"

#include <memory>

using namespace netchan_test;

namespace
{

const nci_level RECEIVED = NCI_LEVEL_RECEIVED, TAKEN = NCI_LEVEL_TAKEN;

enum Kind { SYNC = 0, DRAIN = 1 };

class Wait
{
  public:
    explicit Wait(nci_cancel *on = nullptr) : cancel(on)
    {
        REQUIRE(nci_wait_init(&wait, cancel) == NCI_OK);
    }
    Wait(Channel &channel, Kind kind, nci_level level) : Wait()
    {
        watch(channel, kind, level);
        nci_wait_ready(&wait);
    }
    ~Wait()
    {
        for (auto &each : watches)
            nci_watch_stop(each.get());
        nci_wait_fini(&wait);
    }
    Wait(const Wait &) = delete;
    Wait &operator=(const Wait &) = delete;

    void watch(Channel &channel, Kind kind, nci_level level)
    {
        watches.push_back(std::make_unique<nci_watch>());
        nci_watch_start(watches.back().get(), channel.queue, &wait, level, kind);
    }
    bool over()
    {
        nci_lock_enter(&wait.lock);
        bool is = wait.over != 0;
        nci_lock_leave(&wait.lock);
        return is;
    }
    uint64_t missing(size_t i = 0)
    {
        return nci_watch_missing(watches[i].get());
    }
    int result(int64_t ms = 0)
    {
        return nci_wait_for(&wait, nci_clock_deadline(ms), cancel);
    }

    nci_wait wait;

  private:
    nci_cancel *cancel;
    std::vector<std::unique_ptr<nci_watch>> watches;
};

} // namespace

TEST_CASE("a drain of a channel with nothing in it is over at once", "[local]")
{
    for (Kind kind : {SYNC, DRAIN}) {
        for (nci_level level : {RECEIVED, TAKEN}) {
            Channel channel(3);
            Wait wait(channel, kind, level);
            CHECK(wait.missing() == 0);
            CHECK(wait.result() == NCI_OK);
        }
    }
}

TEST_CASE("a drain waits until everything sent was received", "[local][S6.1][S6.2][S6.11][S6.13]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(3);
    REQUIRE(channel.send_many({1, 2, 3, 4}) == 4);
    Wait wait(channel, DRAIN, RECEIVED);
    CHECK(wait.missing() == 4);
    CHECK(drainer.collect(2).size() == 2);
    drainer.acked(2, 2);
    CHECK_FALSE(wait.over());
    CHECK(drainer.collect().size() == 1);
    drainer.acked(1, 0);
    CHECK_FALSE(wait.over()); /* one is queued */
    drainer.grant(1, 0);
    CHECK_FALSE(wait.over());
    CHECK(drainer.collect() == Numbers{4});
    CHECK(wait.missing() == 1);
    drainer.acked(1, 0);
    CHECK(wait.over());
    CHECK(wait.missing() == 0);
    CHECK(wait.result() == NCI_OK);
}

TEST_CASE("a drain for taken waits until everything sent was taken", "[local][S6.12]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(3);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    (void)drainer.collect();
    Wait wait(channel, DRAIN, TAKEN), received(channel, DRAIN, RECEIVED);
    drainer.acked(3, 2);
    CHECK(received.over());
    CHECK_FALSE(wait.over());
    CHECK(wait.missing() == 1);
    drainer.acked(0, 1);
    CHECK(wait.over());
    CHECK(wait.result() == NCI_OK);
}

TEST_CASE("a drain waits while there is no importer", "[local][S6.3]")
{
    Link link;
    Channel channel(10);
    REQUIRE(channel.send_many({1, 2, 3, 4, 5}) == 5);
    Wait early(channel, DRAIN, RECEIVED);
    CHECK(early.result(40) == NCI_TIMEOUT);
    Wait wait(channel, DRAIN, RECEIVED);
    Task waiting([&] { return wait.result(LONG); });
    Drainer drainer(channel, link);
    drainer.open(10);
    CHECK(drainer.collect().size() == 5);
    CHECK_FALSE(wait.over());
    drainer.acked_all();
    CHECK(waiting.join() == NCI_OK);
}

TEST_CASE("a drain does not cover a value whose send has not returned", "[local][S6.1]")
{
    Link link;
    Channel channel(0);
    Task sender([&] { return channel.send(1, LONG); });
    REQUIRE(channel.senders_wait());
    Wait wait(channel, DRAIN, RECEIVED);
    CHECK(wait.over());
    CHECK(channel.take() == 1);
    CHECK(sender.join() == NCI_OK);
}

TEST_CASE("a drain covers values that are sent while it waits", "[local][S6.1]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(10);
    REQUIRE(channel.send(1) == NCI_OK);
    Wait wait(channel, DRAIN, RECEIVED);
    REQUIRE(channel.send(2) == NCI_OK);
    (void)drainer.collect();
    drainer.acked(1, 0);
    CHECK_FALSE(wait.over());
    drainer.acked(1, 0);
    CHECK(wait.over());
}

TEST_CASE("a drain ends when a program takes the values instead", "[local][S6.13]")
{
    Link link;
    Channel channel(10);
    auto drainer = std::make_unique<Drainer>(channel, link);
    drainer->open(1);
    REQUIRE(channel.send_many({1, 2}) == 2);
    Wait wait(channel, DRAIN, TAKEN);
    (void)drainer->collect();
    drainer->die(NCI_LOST);
    CHECK_FALSE(wait.over()); /* it returned */
    CHECK(channel.take() == 1);
    CHECK_FALSE(wait.over());
    CHECK(channel.take() == 2);
    CHECK(wait.over());
}

TEST_CASE("on a closed channel a drain waits for the close frames", "[local][S6.4]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link), two(channel, link), stopped(channel, link);
    one.open(10);
    two.open(0);
    stopped.open(0);
    REQUIRE(channel.send(1) == NCI_OK);
    Wait before(channel, DRAIN, RECEIVED);
    REQUIRE(channel.close() == NCI_OK);
    Wait after(channel, DRAIN, TAKEN);
    (void)one.collect();
    one.acked(1, 1);
    CHECK_FALSE(before.over());
    nci_drainer_close_written(one.drainer);
    nci_drainer_stop(stopped.drainer); /* hung up: no close is owed */
    CHECK_FALSE(before.over());
    CHECK_FALSE(after.over());
    nci_drainer_close_written(two.drainer);
    CHECK(before.result() == NCI_OK);
    CHECK(after.result() == NCI_OK);
}

TEST_CASE("on a closed channel a drain does not wait for a stream that ended meanwhile",
          "[local][S6.4]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link);
    one.open(10);
    REQUIRE(channel.close() == NCI_OK);
    Wait wait(channel, DRAIN, RECEIVED);
    CHECK_FALSE(wait.over());
    one.die(NCI_LOST);
    CHECK(wait.over());
}

TEST_CASE("a sync covers what is in outboxes and on the wire, and nothing else",
          "[local][S6.5][S6.6][S6.7]")
{
    for (nci_level level : {RECEIVED, TAKEN}) {
        Link link;
        Channel channel(10);
        Drainer drainer(channel, link);
        drainer.open(3);
        REQUIRE(channel.send_many({1, 2, 3, 4, 5}) == 5);
        CHECK(drainer.collect(2).size() == 2);
        Wait wait(channel, SYNC, level);
        CHECK(wait.missing() == 3);
        drainer.grant(1, 0); /* value 4 leaves after it began */
        (void)drainer.collect();
        drainer.acked(2, level == TAKEN ? 2 : 0);
        CHECK(wait.missing() == 1);
        CHECK_FALSE(wait.over());
        drainer.acked(1, level == TAKEN ? 1 : 0);
        CHECK(wait.over());
        CHECK(wait.result() == NCI_OK);
    }
}

TEST_CASE("a sync for taken does not end with received", "[local][S6.12]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link);
    drainer.open(3);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    (void)drainer.collect();
    drainer.acked(1, 0);
    Wait taken(channel, SYNC, TAKEN), received(channel, SYNC, RECEIVED);
    CHECK(taken.missing() == 3);
    CHECK(received.missing() == 2);
    drainer.acked(2, 1);
    CHECK(received.over());
    CHECK_FALSE(taken.over());
    drainer.acked(0, 2);
    CHECK(taken.over());
}

TEST_CASE("a sync follows values that return and go to another importer", "[local][S6.8]")
{
    for (nci_level level : {RECEIVED, TAKEN}) {
        Link link;
        Channel channel(10);
        Drainer one(channel, link), two(channel, link);
        one.open(3);
        REQUIRE(channel.send_many({1, 2, 3, 4}) == 4);
        CHECK(one.collect(2) == Numbers{1, 2});
        Wait wait(channel, SYNC, level);
        one.acked(1, 1);
        one.die(NCI_LOST); /* 2 was sent, 3 was not */
        CHECK_FALSE(wait.over());
        CHECK(wait.missing() == 2);
        two.open(10);
        CHECK(two.collect() == Numbers{2, 3, 4});
        CHECK_FALSE(wait.over());
        two.acked(1, 1);
        CHECK_FALSE(wait.over());
        two.acked(1, 1);
        CHECK(wait.over()); /* 4 was not on its way when the sync began */
    }
}

TEST_CASE("a sync that begins while values are back covers them", "[local][S6.8]")
{
    Link link;
    Channel channel(10);
    Drainer one(channel, link), two(channel, link);
    one.open(2);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    (void)one.collect();
    one.die(NCI_LOST);
    Wait wait(channel, SYNC, RECEIVED);
    CHECK(wait.missing() == 2);
    two.open(10);
    (void)two.collect();
    two.acked(1, 0);
    CHECK_FALSE(wait.over());
    two.acked(1, 0);
    CHECK(wait.over());
}

TEST_CASE("a program that takes a returned value ends its part of a sync", "[local][S6.8]")
{
    for (nci_level level : {RECEIVED, TAKEN}) {
        for (bool waits : {false, true}) {
            Link link;
            Channel channel(10);
            Drainer drainer(channel, link);
            drainer.open(2);
            REQUIRE(channel.send(1) == NCI_OK);
            REQUIRE(channel.send(2) == NCI_OK);
            (void)drainer.collect();
            Wait wait(channel, SYNC, level);
            drainer.acked(1, 1);
            if (waits) {
                Task receiver([&] { return channel.take(LONG); });
                REQUIRE(channel.receivers_wait());
                drainer.die(NCI_LOST);
                CHECK(receiver.join() == 2);
            } else {
                drainer.die(NCI_LOST);
                CHECK_FALSE(wait.over());
                CHECK(channel.take() == 2);
            }
            CHECK(wait.over());
        }
    }
}

TEST_CASE("values that were dropped, or will never be known as taken, hold up nobody",
          "[local][S6.16][S6.17]")
{
    Link link;
    Channel channel(10);
    Drainer drainer(channel, link, false, false);
    drainer.open(3);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    (void)drainer.collect();
    Wait taken(channel, SYNC, TAKEN), received(channel, SYNC, RECEIVED);
    Wait drain(channel, DRAIN, TAKEN);
    drainer.acked(1, 0);
    CHECK_FALSE(received.over());
    CHECK_FALSE(drain.over());
    drainer.die(
        NCI_LOST); /* the owner ends the waits as lost before; here only the count is seen */
    CHECK(received.over());
    CHECK(taken.over());
    CHECK(drain.over());
}

TEST_CASE("an acknowledgement needs stamps only while somebody waits at the channel",
          "[local][S6.10]")
{
    for (nci_level level : {RECEIVED, TAKEN}) {
        Link link;
        Channel channel(10);
        Drainer drainer(channel, link);
        drainer.open(5);
        REQUIRE(channel.send_many({1, 2, 3, 4}) == 4);
        (void)drainer.collect();
        drainer.acked(2, 1);
        CHECK_FALSE(drainer.asked_stamps);
        {
            Wait wait(channel, SYNC, level);
            CHECK(wait.missing() == (level == TAKEN ? 3 : 2));
            REQUIRE(channel.send(5) == NCI_OK);
            (void)drainer.collect();
            drainer.grant(1, 1); /* permits alone are no values */
            CHECK_FALSE(drainer.asked_stamps);
            drainer.acked(1, 2);
            CHECK(drainer.asked_stamps);
            CHECK_FALSE(wait.over());
            drainer.acked(1, 1);
            CHECK(wait.over());
        }
        drainer.acked(1, 1);
        CHECK_FALSE(drainer.asked_stamps);
    }
}

TEST_CASE("a wait is over when every one of its channels is", "[local]")
{
    Link link;
    Channel one(5), two(5), three(5);
    REQUIRE(one.send(1) == NCI_OK);
    REQUIRE(two.send(2) == NCI_OK);
    Wait wait;
    wait.watch(three, DRAIN, RECEIVED);
    CHECK_FALSE(wait.over()); /* it is being set up still */
    wait.watch(one, DRAIN, RECEIVED);
    wait.watch(two, DRAIN, RECEIVED);
    nci_wait_ready(&wait.wait);
    CHECK_FALSE(wait.over());
    CHECK(two.take() == 2);
    CHECK_FALSE(wait.over());
    REQUIRE(two.send(3) == NCI_OK); /* two was quiet once: that is enough */
    CHECK(one.take() == 1);
    CHECK(wait.over());
    CHECK(wait.result() == NCI_OK);
}

TEST_CASE("a wait that is ended has that status, whatever comes later", "[local][S6.14][S6.21]")
{
    for (bool first : {true, false}) {
        Channel channel(5);
        REQUIRE(channel.send(1) == NCI_OK);
        Wait wait(channel, DRAIN, RECEIVED);
        if (first)
            nci_wait_end(&wait.wait, NCI_LOST);
        CHECK(channel.take() == 1);
        nci_wait_end(&wait.wait, NCI_CLOSED);
        nci_wait_end(&wait.wait, NCI_LOST);
        CHECK(wait.result() == (first ? NCI_LOST : NCI_OK));
        CHECK(wait.result(LONG) == (first ? NCI_LOST : NCI_OK));
    }
}

TEST_CASE("a wait ended from another thread ends there and then", "[local][S6.21]")
{
    Channel channel(5);
    REQUIRE(channel.send(1) == NCI_OK);
    Wait wait(channel, DRAIN, RECEIVED);
    Task waiting([&] { return wait.result(LONG); });
    nci_wait_end(&wait.wait, NCI_LOST);
    CHECK(waiting.join() == NCI_LOST);
}

TEST_CASE("a wait times out at its deadline, and says how much is missing", "[local][S6.14][S6.15]")
{
    Channel channel(5);
    REQUIRE(channel.send_many({1, 2, 3}) == 3);
    Wait wait(channel, DRAIN, RECEIVED);
    CHECK(wait.result(0) == NCI_TIMEOUT);
    CHECK(wait.missing() == 3);
    Wait longer(channel, DRAIN, RECEIVED);
    int64_t begun = nci_clock_now();
    CHECK(longer.result(50) == NCI_TIMEOUT);
    CHECK(nci_clock_now() - begun >= 50 * NCI_MS);
    CHECK(channel.rest().size() == 3); /* after its end a wait is rung no more */
}

TEST_CASE("a token ends a wait, unless it is over already", "[local][S6.14][S14.5][S14.8]")
{
    nci_cancel *cancel = nullptr;
    REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    {
        Channel channel(5);
        REQUIRE(channel.send(1) == NCI_OK);
        for (int64_t ms : {(int64_t)0, (int64_t)-1}) {
            Wait wait(cancel);
            wait.watch(channel, DRAIN, RECEIVED);
            nci_wait_ready(&wait.wait);
            nci_cancel_fire(cancel);
            CHECK(wait.result(ms) == NCI_INTERRUPTED);
            nci_cancel_reset(cancel);
        }
        Wait during(cancel), over(cancel);
        during.watch(channel, DRAIN, RECEIVED);
        nci_wait_ready(&during.wait);
        Task waiting([&] { return during.result(-1); });
        nci_cancel_fire(cancel);
        CHECK(waiting.join() == NCI_INTERRUPTED);
        CHECK(channel.take() == 1);
        over.watch(channel, DRAIN, RECEIVED);
        nci_wait_ready(&over.wait);
        CHECK(over.result(-1) == NCI_OK);
    }
    nci_cancel_unref(cancel);
}

TEST_CASE("waits that end while values move are never left hanging", "[local][S6.10]")
{
    Link link;
    Channel channel(4);
    Drainer drainer(channel, link);
    drainer.open(4);
    std::atomic<bool> stop{false};
    Task sender([&] {
        int64_t sent = 0;
        while (!stop)
            sent += channel.send(sent, 10) == NCI_OK;
        return sent;
    });
    std::atomic<int> rounds{0};
    Task peer([&] {
        while (rounds < 300 || !stop) {
            if (drainer.collect().empty())
                sched_yield();
            drainer.acked_all();
        }
        return (int64_t)0;
    });
    int good = 0;
    for (; rounds < 300; rounds++) {
        Wait wait(channel, SYNC, rounds % 2 ? TAKEN : RECEIVED);
        good += wait.result(LONG) == NCI_OK;
    }
    stop = true;
    CHECK(good == 300);
    CHECK(sender.join() >= 0);
    CHECK(peer.join() == 0);
}
