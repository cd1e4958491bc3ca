/* SPDX-License-Identifier: MIT */
/*
 * [row:F2] One stalled stream among a hundred leaves the others their speed. On one link, between the same
 * two processes, the hundredth stream is idle and full in turns. The answer is the median over
 * pairs, and the best of three tries: single rates vary by much more than is asked for, while a
 * stream that does hold the others up does so in every pair.
 */
#include "owners.hpp"
#include "process.hpp"

#include <algorithm>

using namespace abi;

namespace
{

const int STREAMS = 99; /* and one more */
const int PAIRS = 11;
#ifdef ABI_SANITIZED
const int VALUES = 20; /* for each stream and run: only that it works is looked at */
#else
const int VALUES = 4000; /* long enough for what begins and ends a run not to count */
#endif

struct Scene {
    Scene()
    {
        for (int i = 0; i < STREAMS; i++) {
            channels.emplace_back(100);
            need(exporter.publish("c" + std::to_string(i), channels.back(), NETCHAN_SEND));
        }
        need(exporter.publish("last", last, NETCHAN_SEND));
        need(peer.ask("connect " + exporter.listens_on(Way::unix_socket)));
        need(peer.ask("streams " + std::to_string(STREAMS) + " c 100"));
        need(peer.ask("hoard last 50"));
    }
    static void need(const std::string &said)
    {
        if (said != "ok")
            throw std::runtime_error(said);
    }
    /* Full: what the stream may hold, and what the channel may. */
    void stall()
    {
        need(last.send_range(1, 100));
        if (last.send(101, 20) != "timeout")
            throw std::runtime_error("the stream is not stalled");
    }
    void clear()
    {
        need(peer.ask("clear 100"));
        need(exporter.drain(NETCHAN_TAKEN));
    }
    /* Values per millisecond on the hundred less one. */
    double rate()
    {
        int64_t total = (int64_t)STREAMS * VALUES;
        auto begun = std::chrono::steady_clock::now();
        peer.tell("take " + std::to_string(total));
        for (int round = 0; round < VALUES; round += 20) {
            for (Channel &channel : channels) {
                for (int sent = 0; sent < 20;) {
                    int64_t now = netchan_channel_send_many(channel, batch, (size_t)(20 - sent),
                                                            PLENTY, nullptr);
                    demand(now, "send_many");
                    sent += (int)now;
                }
            }
        }
        need(peer.answer());
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
        return (double)total / took.count();
    }
    double stalled_rate()
    {
        stall();
        double result = rate();
        stalled_ms = exporter.stream("last", "stalled_ms");
        clear();
        return result;
    }
    Exporter exporter;
    std::vector<Channel> channels;
    Channel last{50};
    Process peer;
    int64_t stalled_ms = 0;
    Value value{"{\"i\":123456,\"source\":\"bench-producer\"}"};
    netchan_value *batch[20] = {value, value, value, value, value, value, value,
                                value, value, value, value, value, value, value,
                                value, value, value, value, value, value};
};

double median(std::vector<double> numbers)
{
    std::sort(numbers.begin(), numbers.end());
    return numbers[numbers.size() / 2];
}

bool one_try(Scene &scene)
{
    std::vector<double> ratios, with, without;
    for (int pair = 0; pair < PAIRS; pair++) {
        /* Which comes first changes, so that a trend of the machine cancels out. */
        double first = pair % 2 ? scene.stalled_rate() : scene.rate();
        double second = pair % 2 ? scene.rate() : scene.stalled_rate();
        with.push_back(pair % 2 ? first : second);
        without.push_back(pair % 2 ? second : first);
        ratios.push_back(with.back() / without.back());
    }
    std::printf("values per ms, medians of %d pairs: %.0f with a stalled stream, %.0f without; "
                "ratio %.3f; stalled for %lld ms\n",
                PAIRS, median(with), median(without), median(ratios), (long long)scene.stalled_ms);
#ifdef ABI_SANITIZED
    return scene.stalled_ms > 0;
#else
    return scene.stalled_ms > 0 && median(ratios) >= 0.95;
#endif
}

int run()
{
    Scene scene;
    scene.rate(); /* warm */
    for (int i = 0; i < 3; i++) {
        if (one_try(scene))
            return 0;
    }
    return 1;
}

} // namespace

int main()
{
    try {
        return run();
    } catch (const std::exception &error) {
        std::printf("%s\n", error.what());
        return 1;
    }
}
