/* SPDX-License-Identifier: MIT */
/*
 * A seeded simulator of one link: two sessions, owners that do what programs do at random times,
 * two pipes that pass on any number of bytes, a clock, and now and then the link's death. One seed,
 * one run, the same on every machine. At the end every value is accounted for.
 */
#ifndef NETCHAN_TESTS_ENGINE_SIMULATION_HPP
#define NETCHAN_TESTS_ENGINE_SIMULATION_HPP

#include "engine/pair.hpp"

#include <random>

namespace netchan_test
{

class Simulation
{
  public:
    struct Options {
        int steps = 400;
        bool dies = false;     /* the link is cut at some step */
        bool hangs_up = true;  /* either side ends streams at will */
        size_t longest = 3000; /* bytes in a value, now and then ten times that */
    };

    Simulation(uint32_t number, const Options &how)
        : seed(number), options(how), noise(number),
          pair(config(NCI_ROLE_EXPORTER, number), config(NCI_ROLE_IMPORTER, number))
    {
        pair.exporter.accepts = false;
    }

    /* What was wrong; empty: nothing. */
    std::string run()
    {
        int death = options.dies ? (int)pick((uint32_t)options.steps) : -1;
        for (int step = 0; step < options.steps && step != death && fault.empty(); step++)
            act();
        if (death >= 0)
            cut();
        else
            finish();
        check();
        return fault.empty() ? "" : "seed " + std::to_string(seed) + ": " + fault;
    }

    uint64_t values = 0; /* that arrived */

  private:
    uint32_t seed;
    Options options;
    std::mt19937 noise;
    Pair pair;
    std::string wires[2]; /* to the exporter, to the importer */
    std::map<Flow *, std::vector<std::string>> histories;
    std::set<Flow *> closing, hung;
    std::string fault;
    int names = 0;

    static struct nci_session_config config(enum nci_role role, uint32_t number)
    {
        struct nci_session_config config = End::defaults(role);
        config.limits.frame = number % 3 ? 65536 : 4096;
        return config;
    }

    /* 0 to below - 1. The engine's own distributions differ between libraries. */
    uint32_t pick(uint32_t below)
    {
        return below ? (uint32_t)noise() % below : 0;
    }

    bool one_in(uint32_t n)
    {
        return pick(n) == 0;
    }

    End &end(int which)
    {
        return which ? pair.importer : pair.exporter;
    }

    Flow *any(int which, bool sends)
    {
        std::vector<Flow *> found;
        for (auto &flow : end(which).flows) {
            if (flow->stream && flow->sends == sends && flow->bound)
                found.push_back(flow.get());
        }
        return found.empty() ? nullptr : found[pick((uint32_t)found.size())];
    }

    void bind()
    {
        uint32_t sizes[] = {1, 2, 1 + pick(8), 1 + pick(200)};
        uint32_t windows[] = {1, 1 + pick(2000), 1 + pick(100000), 4u << 20};
        int64_t count = one_in(3) ? 1 + pick(40) : -1;
        if (nci_session_stream_count(pair.importer.session) < 6)
            (void)pair.importer.bind("n" + std::to_string(++names), pick(2), sizes[pick(4)],
                                     windows[pick(4)], count);
    }

    /* The exporter's owner answers a parked bind. */
    void answer()
    {
        for (auto &flow : pair.exporter.flows) {
            if (flow->bound || !flow->stream || flow->hungup || hung.count(flow.get()))
                continue;
            if (one_in(8)) {
                nci_session_refuse(pair.exporter.session, flow->stream, NCI_NOCHANNEL, "no");
                hung.insert(flow.get());
            } else {
                pair.exporter.grant_size = one_in(3) ? 1 + pick(10) : 0;
                pair.exporter.grant_window = one_in(3) ? 1 + pick(5000) : 0;
                pair.exporter.grant_count = one_in(5) ? 1 + pick(20) : 0;
                pair.exporter.accept(flow.get());
            }
            return;
        }
    }

    void send(int which)
    {
        Flow *flow = any(which, true);
        if (!flow || closing.count(flow))
            return;
        std::vector<std::string> &history = histories[flow];
        for (uint32_t n = 1 + pick(one_in(5) ? 150 : 5); n > 0; n--) {
            size_t length = one_in(4) ? pick((uint32_t)options.longest) : pick(40);
            if (one_in(40))
                length *= 10;
            std::string text = "\"" + std::to_string(flow->id) + "." +
                               std::to_string(history.size()) + std::string(length, '.') + "\"";
            history.push_back(text);
            end(which).send(flow, text);
        }
    }

    void take(int which)
    {
        Flow *flow = any(which, false);
        if (!flow || flow->taken == flow->received.size())
            return;
        uint64_t n = 1 + pick((uint32_t)(flow->received.size() - flow->taken));
        uint64_t untold = flow->taken + n - flow->stream->taken;
        bool half = untold >= std::max<uint32_t>(1, flow->stream->size / 2) ||
                    bytes_untold(flow, n) >= std::max<uint64_t>(1, flow->stream->window / 2);
        end(which).take(flow, n, half);
    }

    static uint64_t bytes_untold(const Flow *flow, uint64_t n)
    {
        uint64_t bytes = 0;
        for (uint64_t i = flow->stream->taken; i < flow->taken + n; i++)
            bytes += flow->received[i].size();
        return bytes;
    }

    /* The owner's channel is closed: close is for when nothing is left to pull. */
    void close(int which)
    {
        Flow *flow = any(which, true);
        if (flow)
            closing.insert(flow);
    }

    void push_closes()
    {
        for (Flow *flow : closing) {
            if (flow->stream && flow->outbox.empty())
                nci_session_close(flow->end->session, flow->stream, NCI_CLOSED);
        }
    }

    void hang_up(int which)
    {
        Flow *flow = any(which, pick(2));
        if (!flow || !options.hangs_up)
            return;
        hung.insert(flow);
        int code = flow->sends && !flow->outbox.empty() ? NCI_LOST : NCI_CLOSED;
        nci_session_hangup(flow->end->session, flow->stream, code, one_in(2) ? "enough" : NULL);
    }

    void sync(int which)
    {
        Flow *flow = any(which, true);
        if (flow)
            nci_session_sync(flow->end->session, flow->stream,
                             pick((uint32_t)flow->stream->sent + 3));
    }

    void write(int which, size_t limit)
    {
        wires[!which] += end(which).produce(limit);
    }

    void deliver(int which, size_t most)
    {
        std::string &wire = wires[which];
        size_t n = std::min(most, wire.size());
        if (end(which).feed(wire.substr(0, n)) && fault.empty())
            fault = end(which).error_text();
        wire.erase(0, n);
    }

    void act()
    {
        int which = (int)pick(2);
        switch (pick(16)) {
        case 0:
            bind();
            break;
        case 1:
            answer();
            break;
        case 2:
        case 3:
        case 4:
            send(which);
            break;
        case 5:
        case 6:
            take(which);
            break;
        case 7:
            if (one_in(8))
                close(which);
            break;
        case 8:
            if (one_in(10))
                hang_up(which);
            break;
        case 9:
            sync(which);
            break;
        case 10:
            pair.now += pick(20) * ms;
            (void)pair.exporter.tick();
            (void)pair.importer.tick();
            break;
        case 11:
        case 12:
            write(which, 1 + pick(70000));
            break;
        default:
            deliver(which, one_in(3) ? 1 + pick(50) : 1 + pick(30000));
        }
        push_closes();
    }

    void cut()
    {
        pair.exporter.end();
        pair.importer.end();
    }

    /* Programs come to their ends: everything is answered, taken, closed; then all must be over. */
    void finish()
    {
        for (int round = 0; round < 10000 && fault.empty(); round++) {
            answer();
            bool busy = false;
            for (int which : {0, 1}) {
                for (auto &flow : end(which).flows) {
                    busy |= flow->stream != nullptr;
                    if (!flow->stream || !flow->bound)
                        continue;
                    if (flow->sends)
                        closing.insert(flow.get());
                    else
                        end(which).take_all(flow.get(), true);
                }
                push_closes();
                write(which, 60000);
                deliver(!which, SIZE_MAX);
            }
            pair.now += 5 * ms;
            (void)pair.exporter.tick();
            (void)pair.importer.tick();
            if (!busy)
                return;
        }
        if (fault.empty())
            fault = "streams are left that never end";
    }

    void want(bool truth, const Flow *flow, const char *what)
    {
        if (!truth && fault.empty())
            fault = flow->name + (flow->sends ? " sender: " : " receiver: ") + what;
    }

    /* The sender's side of the account: acknowledged, returned, and never sent are all there is. */
    void check_sender(Flow *flow)
    {
        const std::vector<std::string> &history = histories[flow];
        want(flow->over != 0, flow, "is not over");
        want(flow->pulled + flow->outbox.size() == history.size(), flow, "lost before the link");
        want(flow->acked_received + flow->returned.size() == flow->pulled, flow,
             "a value is neither acknowledged nor returned");
        uint64_t stamp = 0;
        for (size_t i = 0; i < flow->returned.size() && fault.empty(); i++) {
            want(flow->returned[i].first == history[flow->acked_received + i], flow,
                 "another value returned");
            want(flow->returned[i].second > stamp, flow, "returned out of order");
            stamp = flow->returned[i].second;
        }
    }

    void check_both(Flow *sender, Flow *receiver)
    {
        const std::vector<std::string> &history = histories[sender];
        size_t arrived = receiver->received.size();
        values += arrived;
        want(arrived <= sender->pulled, receiver, "more values than were sent");
        for (size_t i = 0; i < arrived && fault.empty(); i++)
            want(receiver->received[i] == history[i], receiver, "another value arrived");
        want(sender->acked_received <= arrived, sender, "acknowledged but never received");
        want(sender->acked_taken <= receiver->taken, sender, "acknowledged but never taken");
        if (!options.dies) {
            want(sender->acked_received == arrived, sender, "received but not acknowledged");
            want(receiver->over == sender->over, receiver, "the ends name the end differently");
        }
        if (receiver->closed == NCI_CLOSED)
            want(arrived == sender->pulled, receiver, "closed, and a value is missing");
        if (sender->over == NCI_CLOSED && !hung.count(receiver) && !hung.count(sender))
            want(sender->returned.empty(), sender, "closed, and a value was not received");
    }

    void check()
    {
        for (auto &sending : {std::make_pair(0, 1), std::make_pair(1, 0)}) {
            for (auto &flow : end(sending.first).flows) {
                if (!flow->sends)
                    continue;
                check_sender(flow.get());
                Flow *other = end(sending.second).flow(flow->name);
                if (other)
                    check_both(flow.get(), other);
                else
                    want(flow->acked_received == 0, flow.get(), "acknowledged by nobody");
            }
        }
        for (int which : {0, 1}) {
            if (!options.dies && end(which).error() != NCI_OK && fault.empty())
                fault = end(which).error_text();
        }
    }
};

} // namespace netchan_test

#endif
