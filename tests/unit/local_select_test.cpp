/* SPDX-License-Identifier: MIT */
/*
 * Select over channels, alone and between threads.
 */
#include "local/select.h"
#include "local_rig.hpp"
#include "sanitizer.hpp"

#include <memory>

using namespace netchan_test;

namespace
{

class Select
{
  public:
    Select()
    {
        if (nci_select_new(&select)) /* also made in threads, where nothing may be checked */
            throw std::runtime_error(nci_detail());
    }
    ~Select()
    {
        nci_select_free(select);
    }
    Select(const Select &) = delete;
    Select &operator=(const Select &) = delete;

    int64_t recv(Channel &channel)
    {
        return nci_select_add_recv(select, channel.queue);
    }
    int64_t send(Channel &channel, int64_t number)
    {
        nci_value *value = value_of(number);
        int64_t added = nci_select_add_send(select, channel.queue, value);
        nci_value_unref(value);
        return added;
    }
    int set(int64_t at, int64_t number)
    {
        nci_value *value = value_of(number);
        int status = nci_select_set(select, at, value);
        nci_value_unref(value);
        return status;
    }
    /* The status; `chosen` and `got` say the case and what it received (-1: nothing). */
    int wait(int64_t ms = 0, nci_cancel *cancel = nullptr)
    {
        nci_value *value = nullptr;
        int status = nci_select_wait(select, &chosen, &value, nci_clock_deadline(ms), cancel);
        got = value ? number_of(value) : -1;
        return status;
    }

    nci_select *select = nullptr;
    int64_t chosen = -2, got = -2;
};

} // namespace

TEST_CASE("select takes the case that can go ahead", "[local]")
{
    Channel empty(1), full(1), other(1);
    REQUIRE(full.send(5) == NCI_OK);
    Select select;
    CHECK(select.recv(empty) == 0);
    CHECK(select.send(full, 1) == 1);
    CHECK(select.recv(full) == 2);
    CHECK(select.wait() == NCI_OK);
    CHECK(select.chosen == 2);
    CHECK(select.got == 5);
    CHECK(select.wait() == NCI_OK);
    CHECK(select.chosen == 1);
    CHECK(select.got == -1);
    CHECK(full.take() == 1);
    CHECK(select.wait() == NCI_TIMEOUT);
    CHECK(select.chosen == -1);
    CHECK(select.send(other, 9) == 3);
    CHECK(select.wait(-1) == NCI_OK);
    CHECK(select.chosen == 3);
    CHECK(other.take() == 9);
}

TEST_CASE("a send case is off once it was chosen, until it is set again", "[local]")
{
    Channel channel(5);
    Select select;
    int64_t at = select.send(channel, 1);
    CHECK(select.wait() == NCI_OK);
    CHECK(select.wait() == NCI_TIMEOUT);
    CHECK(select.set(at, 2) == NCI_OK);
    CHECK(select.set(at, 3) == NCI_OK);
    CHECK(select.wait() == NCI_OK);
    CHECK(select.set(at, 4) == NCI_OK);
    CHECK(nci_select_set(select.select, at, nullptr) == NCI_OK);
    CHECK(select.wait() == NCI_TIMEOUT);
    CHECK(channel.rest() == Numbers{1, 3});
}

TEST_CASE("cases can be disabled and removed, and wrong numbers are usage errors", "[local]")
{
    Channel one(1), two(1);
    REQUIRE(one.send(1) == NCI_OK);
    Select select;
    int64_t receives = select.recv(one), sends = select.send(two, 2);
    CHECK(nci_select_enable(select.select, receives, 0) == NCI_OK);
    CHECK(nci_select_remove(select.select, sends) == NCI_OK);
    CHECK(select.wait() == NCI_TIMEOUT);
    CHECK(nci_select_enable(select.select, receives, 1) == NCI_OK);
    CHECK(select.wait() == NCI_OK);
    CHECK(select.chosen == receives);
    CHECK(two.length() == 0);
    CHECK(nci_select_remove(select.select, sends) == NCI_USAGE);
    CHECK(nci_select_enable(select.select, sends, 1) == NCI_USAGE);
    CHECK(select.set(receives, 1) == NCI_USAGE);
    for (int64_t wrong : {(int64_t)-1, (int64_t)2, INT64_MAX, INT64_MIN}) {
        CHECK(nci_select_remove(select.select, wrong) == NCI_USAGE);
        CHECK(nci_select_enable(select.select, wrong, 1) == NCI_USAGE);
        CHECK(select.set(wrong, 1) == NCI_USAGE);
    }
    CHECK(select.recv(two) == 2); /* numbers are never given again */
}

TEST_CASE("a select without an active case only waits", "[local][S14.1]")
{
    Select select;
    CHECK(select.wait() == NCI_TIMEOUT);
    int64_t begun = nci_clock_now();
    CHECK(select.wait(40) == NCI_TIMEOUT);
    CHECK(nci_clock_now() - begun >= 40 * NCI_MS);
}

TEST_CASE("a case of an ended channel is chosen with the channel's end", "[local]")
{
    Channel closed(2), lost(1), open(0);
    REQUIRE(closed.send(1) == NCI_OK);
    REQUIRE(closed.close() == NCI_OK);
    nci_queue_end(lost.queue, NCI_LOST, "gone");
    Select select;
    int64_t receives = select.recv(closed);
    (void)select.recv(open);
    CHECK(select.wait(-1) == NCI_OK); /* what is left comes first */
    CHECK(select.got == 1);
    CHECK(select.wait(-1) == NCI_CLOSED);
    CHECK(select.chosen == receives);
    CHECK(select.got == -1);
    CHECK(nci_select_remove(select.select, receives) == NCI_OK);
    int64_t sends = select.send(closed, 2);
    CHECK(select.wait(-1) == NCI_CLOSED);
    CHECK(select.chosen == sends);
    CHECK(nci_select_remove(select.select, sends) == NCI_OK);
    sends = select.send(lost, 3);
    CHECK(select.wait(-1) == NCI_LOST);
    CHECK(select.chosen == sends);
    CHECK_THAT(nci_detail(), has_text("gone"));
}

TEST_CASE("a send case with a refused value is chosen with the refusal", "[local][S2.18]")
{
    Channel channel(1), errors(1);
    REQUIRE(nci_queue_limit(channel.queue, 3, 10, 1) == NCI_OK);
    nci_queue_set_receive_only(errors.queue);
    Select select;
    int64_t at = select.send(channel, 12345);
    CHECK(select.wait(-1) == NCI_LIMIT);
    CHECK(select.chosen == at);
    CHECK(select.set(at, 1) == NCI_OK);
    CHECK(select.wait(-1) == NCI_OK);
    at = select.send(errors, 1);
    CHECK(select.wait(-1) == NCI_USAGE);
    CHECK(select.chosen == at);
}

TEST_CASE("an errors channel works in a select", "[local][S12.12]")
{
    Channel errors(4), other(0);
    nci_queue_set_receive_only(errors.queue);
    Select select;
    (void)select.recv(other);
    int64_t at = select.recv(errors);
    Task waiting([&] { return select.wait(LONG); });
    REQUIRE(errors.receivers_wait());
    CHECK(nci_queue_post(errors.queue, value_of((int64_t)3)) == 0);
    CHECK(waiting.join() == NCI_OK);
    CHECK(select.chosen == at);
    CHECK(select.got == 3);
}

TEST_CASE("select waits for whichever channel moves first", "[local][S14.1]")
{
    Channel one(0), two(0), three(0);
    for (int which = 0; which < 4; which++) {
        Select select;
        (void)select.recv(one);
        (void)select.recv(two);
        (void)select.send(three, 30);
        Task waiting([&] { return select.wait(LONG); });
        REQUIRE(three.senders_wait());
        REQUIRE(one.receivers_wait());
        REQUIRE(two.receivers_wait());
        if (which == 0)
            CHECK(one.send(10) == NCI_OK);
        if (which == 1)
            CHECK(two.send(20) == NCI_OK);
        if (which == 2)
            CHECK(three.take() == 30);
        if (which == 3)
            CHECK(two.close() == NCI_OK);
        CHECK(waiting.join() == (which == 3 ? NCI_CLOSED : NCI_OK));
        CHECK(select.chosen == (which == 3 ? 1 : which));
        CHECK(select.got == (which == 0 ? 10 : which == 1 ? 20 : -1));
        for (Channel *each : {&one, &two, &three}) {
            CHECK(each->waiting(true) == 0);
            CHECK(each->waiting(false) == 0);
            CHECK(each->take() != 30);
        }
    }
}

TEST_CASE("among ready cases select takes turns", "[local]")
{
    Channel channels[3] = {Channel(400), Channel(400), Channel(400)};
    Select select;
    int counts[3] = {0, 0, 0};
    for (Channel &channel : channels) {
        for (int64_t i = 0; i < 300; i++)
            REQUIRE(channel.send(i) == NCI_OK);
        (void)select.recv(channel);
    }
    for (int i = 0; i < 300; i++) {
        REQUIRE(select.wait() == NCI_OK);
        counts[select.chosen]++;
    }
    for (int count : counts)
        CHECK(count == 100);
}

TEST_CASE("two selects with capacity 0 meet", "[local][S16.1]")
{
    const int rounds = 3000;
    Channel there(0), back(0);
    Task other([&] {
        Select select;
        int64_t receives = select.recv(there), sends = select.send(back, 0);
        int good = 0;
        for (int i = 0; i < 2 * rounds; i++) {
            if (select.wait(LONG))
                break;
            good += select.chosen == receives || select.chosen == sends;
            if (select.chosen == sends)
                (void)select.set(sends, i);
        }
        return (int64_t)good;
    });
    Select select;
    int64_t sends = select.send(there, 0), receives = select.recv(back);
    int good = 0;
    for (int i = 0; i < 2 * rounds; i++) {
        if (select.wait(LONG))
            break;
        good += select.chosen == receives || select.chosen == sends;
        if (select.chosen == sends)
            (void)select.set(sends, i);
    }
    CHECK(good == 2 * rounds);
    CHECK(other.join() == 2 * rounds);
}

TEST_CASE("a select does not meet itself", "[local]")
{
    Channel channel(0);
    Select select;
    int64_t sends = select.send(channel, 1), receives = select.recv(channel);
    CHECK(select.wait(30) == NCI_TIMEOUT);
    Task waiting([&] { return select.wait(LONG); });
    REQUIRE(channel.senders_wait());
    REQUIRE(channel.receivers_wait());
    CHECK(channel.take() == 1);
    CHECK(waiting.join() == NCI_OK);
    CHECK(select.chosen == sends);
    Task again([&] { return select.wait(LONG); });
    REQUIRE(channel.receivers_wait());
    CHECK(channel.send(2) == NCI_OK);
    CHECK(again.join() == NCI_OK);
    CHECK(select.chosen == receives);
    CHECK(select.got == 2);
}

TEST_CASE("many cases of one channel are one place in it each, and one is served", "[local]")
{
    Channel channel(0), other(0);
    Select select;
    for (int i = 0; i < 200; i++) {
        (void)select.recv(channel);
        (void)select.send(other, i);
    }
    for (int round = 0; round < 20; round++) {
        Task waiting([&] { return select.wait(LONG); });
        REQUIRE(channel.receivers_wait(200));
        if (round % 2) {
            CHECK(other.take() >= 0);
            CHECK(waiting.join() == NCI_OK);
            CHECK(select.set(select.chosen, round) == NCI_OK);
        } else {
            CHECK(channel.send(round) == NCI_OK);
            CHECK(waiting.join() == NCI_OK);
            CHECK(select.got == round);
        }
        CHECK(channel.waiting(true) == 0);
        CHECK(other.waiting(false) == 0);
    }
}

TEST_CASE("a select over thousands of channels costs their number, not its square", "[local]")
{
    const size_t count = UNDER_TSAN ? 60 : 4000;
    std::vector<std::unique_ptr<Channel>> channels;
    Select select;
    for (size_t i = 0; i < count; i++) {
        channels.push_back(std::make_unique<Channel>(0));
        REQUIRE(select.recv(*channels.back()) == (int64_t)i);
    }
    CHECK(select.wait(1) == NCI_TIMEOUT);
    Task waiting([&] { return select.wait(LONG); });
    REQUIRE(channels[count / 2]->receivers_wait());
    CHECK(channels[count / 2]->send(5) == NCI_OK);
    CHECK(waiting.join() == NCI_OK);
    CHECK(select.chosen == (int64_t)(count / 2));
    CHECK(channels[0]->waiting(true) == 0);
    CHECK(channels[count - 1]->waiting(true) == 0);
}

TEST_CASE("another thread's use of a select that waits is answered busy", "[local]")
{
    Channel channel(0);
    Select select;
    int64_t at = select.recv(channel);
    Task waiting([&] { return select.wait(LONG); });
    REQUIRE(channel.receivers_wait());
    int64_t chosen = 0;
    nci_value *value = nullptr;
    CHECK(nci_select_wait(select.select, &chosen, &value, 0, nullptr) == NCI_BUSY);
    CHECK(chosen == -1);
    CHECK(nci_select_add_recv(select.select, channel.queue) == NCI_BUSY);
    CHECK(nci_select_enable(select.select, at, 0) == NCI_BUSY);
    CHECK(nci_select_remove(select.select, at) == NCI_BUSY);
    CHECK(channel.send(1) == NCI_OK);
    CHECK(waiting.join() == NCI_OK);
    CHECK(nci_select_remove(select.select, at) == NCI_OK);
}

TEST_CASE("a token ends a select and nothing is taken out", "[local][S14.2][S14.5][S14.6][S14.8]")
{
    nci_cancel *cancel = nullptr;
    REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    {
        Channel one(0), two(1);
        Select select;
        (void)select.recv(one);
        int64_t sends = select.send(two, 7);
        nci_cancel_fire(cancel);
        CHECK(select.wait(-1, cancel) == NCI_OK); /* room that is there wins */
        CHECK(select.chosen == sends);
        CHECK(select.set(sends, 8) == NCI_OK);
        CHECK(select.wait(-1, cancel) == NCI_INTERRUPTED);
        CHECK(select.chosen == -1);
        nci_cancel_reset(cancel);
        Task waiting([&] { return select.wait(-1, cancel); });
        REQUIRE(two.senders_wait());
        nci_cancel_fire(cancel);
        CHECK(waiting.join() == NCI_INTERRUPTED);
        CHECK(select.chosen == -1);
        CHECK(two.rest() == Numbers{7});
        CHECK(one.waiting(true) == 0);
        CHECK(two.waiting(false) == 0);
    }
    nci_cancel_unref(cancel);
}

TEST_CASE("a select makes its channels ready for the other side", "[local]")
{
    Channel receives(0), sends(0);
    CHECK_FALSE(receives.ready(false));
    CHECK_FALSE(sends.ready(true));
    Select select;
    (void)select.recv(receives);
    (void)select.send(sends, 1);
    Task waiting([&] { return select.wait(LONG); });
    REQUIRE(sends.senders_wait());
    CHECK(receives.ready(false));
    CHECK(sends.ready(true));
    CHECK(receives.send(2) == NCI_OK);
    CHECK(waiting.join() == NCI_OK);
    CHECK_FALSE(receives.ready(false));
    CHECK_FALSE(sends.ready(true));
}

TEST_CASE("a stream's credit and a stream's values end a select", "[local][S16.3]")
{
    Link link;
    Channel out(0), in(0);
    Drainer drainer(out, link);
    Feeder feeder(in, link);
    Select select;
    int64_t sends = select.send(out, 4), receives = select.recv(in);
    drainer.open(0);
    Task first([&] { return select.wait(LONG); });
    REQUIRE(out.senders_wait());
    REQUIRE(in.receivers_wait());
    drainer.grant(1, 0);
    CHECK(first.join() == NCI_OK);
    CHECK(select.chosen == sends);
    CHECK(drainer.collect() == Numbers{4});
    Task second([&] { return select.wait(LONG); });
    REQUIRE(in.receivers_wait());
    feeder.deliver({6});
    CHECK(second.join() == NCI_OK);
    CHECK(select.chosen == receives);
    CHECK(select.got == 6);
    CHECK(feeder.tell() == 1);
}
