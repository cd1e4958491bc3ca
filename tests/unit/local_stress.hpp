/* SPDX-License-Identifier: MIT */
/*
 * One round of the channels' stress: what it is made of, and the account of every value.
 */
#ifndef NETCHAN_TESTS_LOCAL_STRESS_HPP
#define NETCHAN_TESTS_LOCAL_STRESS_HPP

#include "local_rig.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <vector>

namespace netchan_test
{

const int64_t SOURCES = 512, EACH = 4000;

typedef std::mt19937 Random;
typedef std::vector<std::atomic<uint8_t>> Marks;

/* What one round is made of. */
struct Round {
    explicit Round(unsigned seed) : random(seed)
    {
        for (auto &channel : channels) {
            channel = std::make_unique<Channel>(random() % 5);
            if (nci_queue_hold(channel->queue))
                throw std::runtime_error(nci_detail());
        }
        links = random() % 4;
        receivers = links ? random() % 3 : 1 + random() % 3;
        senders = 1 + random() % 3;
        deaths = random() % 2;
        abrupt = random() % 2;
        span = 10 + random() % 60;
        if (random() % 2) {
            for (auto &channel : channels)
                (void)channel->ready(random() % 2);
        }
    }
    unsigned any()
    {
        std::lock_guard<std::mutex> guard(mutex);
        return (unsigned)random();
    }
    /* A number no value had before, of a new source; -1: none is left. */
    int64_t new_source()
    {
        int64_t source = sources++;
        return source < SOURCES ? source * EACH : -1;
    }
    void sent_one(int64_t number)
    {
        sent[(size_t)number] = 1;
    }
    void got_one(int64_t number)
    {
        if (++got[(size_t)number] > 1)
            doubled++;
    }

    Random random;
    std::mutex mutex;
    std::unique_ptr<Channel> channels[2];
    unsigned links, receivers, senders;
    bool deaths, abrupt;
    int64_t span;
    std::atomic<bool> stop{false};
    std::atomic<int64_t> sources{0};
    Marks sent = Marks(SOURCES * EACH), got = Marks(SOURCES * EACH);
    std::atomic<int> doubled{0}, disorder{0}, stuck{0}, strange{0};
};

/* Counts what one receiver sees, and that each source's values come in order. */
class Seen
{
  public:
    explicit Seen(Round &of) : round(of)
    {
    }
    void add(int64_t number)
    {
        int64_t &last = newest.emplace(number / EACH, -1).first->second;
        if (!round.deaths && number <= last)
            round.disorder++;
        last = number;
    }

  private:
    Round &round;
    std::map<int64_t, int64_t> newest;
};

} // namespace netchan_test

#endif
