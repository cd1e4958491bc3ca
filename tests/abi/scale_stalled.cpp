/* SPDX-License-Identifier: MIT */
/*
 * One stalled stream among a hundred leaves the others their speed. Two importer processes with a
 * hundred streams each take turns: in one the hundredth is idle, in the other it is full and never
 * read. The answer is the median over pairs, since single rates vary by much more than is asked
 * for.
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
const int VALUES = 400;
#endif

struct Group {
    Group(Exporter &exporter, const std::string &url, const std::string &prefix, bool stalled)
    {
        for (int i = 0; i < STREAMS; i++) {
            channels.emplace_back(100);
            demand(exporter.publish(prefix + std::to_string(i), channels.back(), NETCHAN_SEND) ==
                           "ok"
                       ? 0
                       : -1,
                   "export");
        }
        demand(exporter.publish(prefix + "last", last, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        if (peer.ask("connect " + url) != "ok" ||
            peer.ask("streams " + std::to_string(STREAMS) + " " + prefix + " 100") != "ok" ||
            peer.ask("hoard " + prefix + "last 50") != "ok")
            throw std::runtime_error("the helper does not import");
        /* Full: what the stream may hold, and what the channel may. */
        if (stalled)
            demand(last.send_range(1, 100) == "ok" && last.send(101, 50) == "timeout" ? 0 : -1,
                   "stall");
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
        if (peer.answer() != "ok")
            throw std::runtime_error("the helper does not take");
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
        return (double)total / took.count();
    }
    std::vector<Channel> channels;
    Channel last{50};
    Process peer;
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

int run()
{
    Exporter exporter;
    std::string url = exporter.listens_on(Way::unix_socket);
    Group idle(exporter, url, "idle", false), stalled(exporter, url, "stalled", true);
    idle.rate(); /* warm */
    stalled.rate();
    std::vector<double> ratios, with, without;
    for (int pair = 0; pair < PAIRS; pair++) {
        /* Which comes first changes, so that a trend of the machine cancels out. */
        double first = pair % 2 ? stalled.rate() : idle.rate();
        double second = pair % 2 ? idle.rate() : stalled.rate();
        with.push_back(pair % 2 ? first : second);
        without.push_back(pair % 2 ? second : first);
        ratios.push_back(with.back() / without.back());
    }
    int64_t stalled_ms = exporter.stream("stalledlast", "stalled_ms");
    std::printf("values per ms, medians of %d pairs: %.0f with a stalled stream, %.0f without; "
                "ratio %.3f; stalled for %lld ms\n",
                PAIRS, median(with), median(without), median(ratios), (long long)stalled_ms);
    bool good = stalled_ms > 0;
#ifndef ABI_SANITIZED
    good = good && median(ratios) >= 0.95;
#endif
    return good ? 0 : 1;
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
