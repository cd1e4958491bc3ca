/* SPDX-License-Identifier: MIT */
/*
 * Threads that wait in a channel: what ends their waits, and what they have then.
 */
#include "local_rig.hpp"

#include <csignal>
#include <cstring>
#include <memory>
#include <mutex>
#include <pthread.h>
#include <set>

using namespace netchan_test;

namespace
{

class Token
{
  public:
    Token()
    {
        REQUIRE(nci_cancel_new(&cancel) == NCI_OK);
    }
    ~Token()
    {
        nci_cancel_unref(cancel);
    }
    nci_cancel *cancel = nullptr;
};

void nothing(int)
{
}

/* With a handler that restarts system calls: the wait must end all the same. */
class Signals
{
  public:
    Signals()
    {
        struct sigaction action;
        memset(&action, 0, sizeof action);
        action.sa_handler = nothing;
        action.sa_flags = SA_RESTART;
        sigaction(SIGUSR1, &action, &old);
    }
    ~Signals()
    {
        sigaction(SIGUSR1, &old, nullptr);
    }

  private:
    struct sigaction old;
};

} // namespace

TEST_CASE("a receiver waits for a value", "[local][S14.1]")
{
    for (size_t capacity : {0, 1, 5}) {
        Channel channel(capacity);
        Task receiver([&] { return channel.take(LONG); });
        REQUIRE(channel.receivers_wait());
        CHECK(channel.send(42) == NCI_OK);
        CHECK(receiver.join() == 42);
        CHECK(channel.length() == 0);
    }
}

TEST_CASE("a sender waits for room, and its value comes behind those before it", "[local][S14.1]")
{
    Channel channel(1);
    REQUIRE(channel.send(1) == NCI_OK);
    Task sender([&] { return channel.send(2, LONG); });
    REQUIRE(channel.senders_wait());
    CHECK(channel.length() == 1);
    CHECK(channel.take() == 1);
    CHECK(sender.join() == NCI_OK);
    CHECK(channel.take() == 2);
}

TEST_CASE("with capacity 0 a send returns when a receiver has the value", "[local][S16.1][S16.2]")
{
    Channel channel(0);
    Task sender([&] { return channel.send(7, LONG); });
    REQUIRE(channel.senders_wait());
    CHECK_FALSE(sender.done());
    CHECK(channel.length() == 0); /* nobody has it yet */
    CHECK(channel.take() == 7);
    CHECK(sender.join() == NCI_OK);
}

TEST_CASE("waiting threads are served in the order they came", "[local]")
{
    Channel channel(0);
    std::vector<std::unique_ptr<Task>> tasks;
    for (int64_t i = 0; i < 5; i++) {
        tasks.push_back(std::make_unique<Task>([&channel, i] { return channel.send(i, LONG); }));
        REQUIRE(channel.senders_wait((size_t)i + 1));
    }
    CHECK(channel.rest() == Numbers{0, 1, 2, 3, 4});
    for (auto &task : tasks)
        CHECK(task->join() == NCI_OK);
    tasks.clear();
    for (size_t i = 0; i < 5; i++) {
        tasks.push_back(std::make_unique<Task>([&channel] { return channel.take(LONG); }));
        REQUIRE(channel.receivers_wait(i + 1));
    }
    CHECK(channel.send_many({10, 11, 12, 13, 14}) == 5);
    for (int64_t i = 0; i < 5; i++)
        CHECK(tasks[(size_t)i]->join() == 10 + i);
}

TEST_CASE("a batch receive takes what blocked senders hold as well", "[local][S14.9]")
{
    Channel channel(2);
    REQUIRE(channel.send_many({1, 2}) == 2);
    Task sender([&] { return channel.send(3, LONG); });
    REQUIRE(channel.senders_wait());
    Numbers numbers;
    CHECK(channel.take_many(10, numbers) == 3);
    CHECK(numbers == Numbers{1, 2, 3});
    CHECK(sender.join() == NCI_OK);
}

TEST_CASE("a batch call waits for one value only", "[local][S14.9]")
{
    Channel channel(0);
    Numbers numbers;
    Task receiver([&] { return channel.take_many(10, numbers, LONG); });
    REQUIRE(channel.receivers_wait());
    CHECK(channel.send(5) == NCI_OK);
    CHECK(receiver.join() == 1);
    CHECK(numbers == Numbers{5});

    Task sender([&] { return channel.send_many({6, 7, 8}, LONG); });
    REQUIRE(channel.senders_wait());
    CHECK(channel.take() == 6);
    CHECK(sender.join() == 1);
    CHECK(channel.take() == NCI_TIMEOUT);
}

TEST_CASE("a wait ends with timeout at its time, not before, and leaves nothing",
          "[local][S14.1][S14.3]")
{
    for (size_t capacity : {0, 1}) {
        Channel channel(capacity);
        int64_t begun = nci_clock_now();
        CHECK(channel.take(50) == NCI_TIMEOUT);
        CHECK(nci_clock_now() - begun >= 50 * NCI_MS);
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        begun = nci_clock_now();
        CHECK(channel.send(2, 50) == NCI_TIMEOUT);
        CHECK(nci_clock_now() - begun >= 50 * NCI_MS);
        CHECK(channel.waiting(true) == 0);
        CHECK(channel.waiting(false) == 0);
        CHECK(channel.rest() == (capacity ? Numbers{1} : Numbers{}));
    }
}

TEST_CASE("closing wakes every thread that waits in the channel", "[local][S10.4][S10.5]")
{
    for (int code : {NCI_CLOSED, NCI_LOST}) {
        Channel senders(0), receivers(3);
        std::vector<std::unique_ptr<Task>> tasks;
        for (int i = 0; i < 4; i++) {
            tasks.push_back(std::make_unique<Task>([&] { return senders.send(1, -1); }));
            tasks.push_back(std::make_unique<Task>([&] { return receivers.take(-1); }));
        }
        REQUIRE(senders.senders_wait(4));
        REQUIRE(receivers.receivers_wait(4));
        nci_queue_end(senders.queue, code, "over");
        nci_queue_end(receivers.queue, code, "over");
        for (auto &task : tasks)
            CHECK(task->join() == code);
        CHECK(senders.take() == code); /* a blocked value was not sent */
    }
}

TEST_CASE("a token fired during a wait ends it and nothing is taken out",
          "[local][S14.2][S14.5][S14.6]")
{
    for (size_t capacity : {0, 1}) {
        Token token;
        Channel channel(capacity);
        Task receiver([&] { return channel.take(-1, token.cancel); });
        REQUIRE(channel.receivers_wait());
        nci_cancel_fire(token.cancel);
        CHECK(receiver.join() == NCI_INTERRUPTED);
        CHECK(channel.waiting(true) == 0);
        nci_cancel_reset(token.cancel);
        if (capacity)
            REQUIRE(channel.send(1) == NCI_OK);
        Task sender([&] { return channel.send(2, -1, token.cancel); });
        REQUIRE(channel.senders_wait());
        nci_cancel_fire(token.cancel);
        CHECK(sender.join() == NCI_INTERRUPTED);
        CHECK(channel.rest() == (capacity ? Numbers{1} : Numbers{}));
    }
}

TEST_CASE("a value or room that is there wins over a fired token", "[local][S14.7][S14.8]")
{
    Token token;
    Channel channel(1);
    nci_cancel_fire(token.cancel);
    CHECK(channel.take(-1, token.cancel) == NCI_INTERRUPTED);
    CHECK(channel.take(0, token.cancel) == NCI_INTERRUPTED);
    CHECK(channel.send(1, -1, token.cancel) == NCI_OK);
    CHECK(channel.send(2, -1, token.cancel) == NCI_INTERRUPTED);
    CHECK(channel.take(-1, token.cancel) == 1);
    CHECK(channel.take(-1, token.cancel) == NCI_INTERRUPTED);
    CHECK(channel.close() == NCI_OK);
    CHECK(channel.take(-1, token.cancel) == NCI_CLOSED);
}

TEST_CASE("a token ends the waits of several threads", "[local][S14.5]")
{
    Token token;
    Channel channel(0);
    std::vector<std::unique_ptr<Task>> tasks;
    for (int i = 0; i < 3; i++)
        tasks.push_back(std::make_unique<Task>([&] { return channel.take(-1, token.cancel); }));
    REQUIRE(channel.receivers_wait(3));
    nci_cancel_fire(token.cancel);
    for (auto &task : tasks)
        CHECK(task->join() == NCI_INTERRUPTED);
}

TEST_CASE("a signal whose handler runs ends a wait in a channel", "[local][S14.4][S14.6]")
{
    Signals signals;
    Channel channel(0);
    for (bool receive : {true, false}) {
        std::atomic<pthread_t> self{pthread_self()};
        std::atomic<bool> there{false};
        Task task([&] {
            self = pthread_self();
            there = true;
            return receive ? channel.take(-1) : channel.send(9, -1);
        });
        REQUIRE(soon([&] { return (bool)there; }));
        REQUIRE((receive ? channel.receivers_wait() : channel.senders_wait()));
        while (!task.done()) {
            pthread_kill(self, SIGUSR1);
            sched_yield();
        }
        CHECK(task.join() == NCI_INTERRUPTED);
        CHECK(channel.length() == 0);
        CHECK(channel.waiting(receive) == 0);
    }
}

TEST_CASE("among many senders and receivers nothing is missing, doubled or out of order",
          "[local][S7.1]")
{
    const int64_t senders = 3, receivers = 3, each = 6000;
    for (size_t capacity : {0, 1, 7}) {
        Channel channel(capacity);
        std::mutex mutex;
        std::multiset<int64_t> all;
        int disorder = 0;
        std::vector<std::unique_ptr<Task>> sending, receiving;
        for (int64_t s = 0; s < senders; s++) {
            sending.push_back(std::make_unique<Task>([&channel, s] {
                for (int64_t i = 0; i < each; i++) {
                    if (channel.send(s * 1000000 + i, LONG))
                        return i;
                }
                return each;
            }));
        }
        for (int64_t r = 0; r < receivers; r++) {
            receiving.push_back(std::make_unique<Task>([&] {
                std::vector<int64_t> last(senders, -1);
                Numbers numbers;
                int bad = 0;
                for (int64_t number; (number = channel.take(LONG)) >= 0;) {
                    numbers.push_back(number);
                    bad += number % 1000000 <= last[(size_t)(number / 1000000)];
                    last[(size_t)(number / 1000000)] = number % 1000000;
                }
                std::lock_guard<std::mutex> guard(mutex);
                all.insert(numbers.begin(), numbers.end());
                disorder += bad;
                return (int64_t)0;
            }));
        }
        for (auto &task : sending)
            CHECK(task->join() == each);
        CHECK(channel.close() == NCI_OK);
        receiving.clear();
        CHECK(disorder == 0);
        CHECK(all.size() == (size_t)(senders * each));
        CHECK(std::set<int64_t>(all.begin(), all.end()).size() == all.size());
    }
}
