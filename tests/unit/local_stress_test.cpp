/* SPDX-License-Identifier: MIT */
/*
 * Everything at once: threads that send, receive, select, cancel and sync on two channels, and
 * links that are not there but behave like some: tiny credit, tiny room, values that are received
 * late, streams that die at any moment and are replaced. A link's thread sleeps until it is rung,
 * so a ring that is lost shows as a round that does not end.
 *
 * Each value sent must be received exactly once, by a program or by a peer, or be dropped by a
 * stream with return=no, or lie in its channel at the end. Where no stream gives values back each
 * receiver must see the values of each source in order.
 *
 * NETCHAN_STRESS_SECONDS says for how long (2), NETCHAN_STRESS_SEED with which seed (1).
 */
#include "base/atomic.h"
#include "local/select.h"
#include "local/watch.h"
#include "local_stress.hpp"

#include <algorithm>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <random>

using namespace netchan_test;

namespace
{

/* ---- programs ---- */

class Program
{
  public:
    explicit Program(Round &of) : round(of), random(of.any()), seen(of)
    {
        if (nci_cancel_new(&cancel))
            throw std::runtime_error(nci_detail());
    }
    ~Program()
    {
        nci_cancel_unref(cancel);
    }
    Program(const Program &) = delete;
    Program &operator=(const Program &) = delete;

    int64_t send_for_a_while()
    {
        int64_t next[2] = {round.new_source(), round.new_source()};
        const int64_t end[2] = {next[0] + EACH, next[1] + EACH};
        while (!round.stop && next[0] < end[0] && next[1] < end[1]) {
            int status = random() % 3 ? send_once(next) : select_send(next);
            if (status == NCI_CLOSED)
                break;
            expect(status);
        }
        return 0;
    }
    int64_t receive_until_closed()
    {
        bool open[2] = {true, true};
        while (open[0] || open[1]) {
            int status = open[0] && open[1] ? select_recv(open) : recv_once(open);
            if (status != NCI_CLOSED)
                expect(status);
        }
        return 0;
    }
    /* Syncs must end while the values move; a drain may time out. */
    int64_t wait_for_acks()
    {
        while (!round.stop) {
            nci_wait wait;
            nci_watch watches[2];
            int drain = random() % 3 == 0;
            nci_level level = random() % 2 ? NCI_LEVEL_TAKEN : NCI_LEVEL_RECEIVED;
            if (nci_wait_init(&wait, nullptr))
                break;
            for (int i = 0; i < 2; i++)
                nci_watch_start(&watches[i], round.channels[i]->queue, &wait, level, drain);
            nci_wait_ready(&wait);
            int status = nci_wait_for(&wait, nci_clock_deadline(drain ? 2 : LONG), nullptr);
            if (status == NCI_TIMEOUT && !drain)
                round.stuck++;
            for (nci_watch &watch : watches)
                nci_watch_stop(&watch);
            nci_wait_fini(&wait);
        }
        return 0;
    }

    nci_cancel *cancel = nullptr;

  private:
    int64_t deadline()
    {
        static const int64_t some[] = {0, 1, 3, 7};
        return nci_clock_deadline(some[random() % 4]);
    }
    nci_cancel *token()
    {
        return random() % 2 ? cancel : nullptr;
    }
    void expect(int status)
    {
        if (status == NCI_INTERRUPTED)
            nci_cancel_reset(cancel);
        else if (status && status != NCI_TIMEOUT)
            round.strange++;
    }
    int send_once(int64_t *next)
    {
        int at = random() % 2;
        nci_value *values[4];
        size_t count = 1 + random() % 4;
        count = std::min(count, (size_t)(EACH - next[at] % EACH));
        for (size_t i = 0; i < count; i++) {
            values[i] = value_of(next[at] + (int64_t)i);
            round.sent_one(next[at] + (int64_t)i); /* before anybody can have it */
        }
        int64_t went =
            nci_queue_send_many(round.channels[at]->queue, values, count, deadline(), token());
        for (size_t i = 0; i < count; i++) {
            nci_value_unref(values[i]);
            if ((int64_t)i >= went)
                round.sent[(size_t)next[at] + i] = 0;
        }
        next[at] += went > 0 ? went : 0;
        return went < 0 ? (int)went : NCI_OK;
    }
    int select_send(int64_t *next)
    {
        nci_select *select = nullptr;
        int64_t chosen = -1;
        nci_value *none = nullptr;
        if (nci_select_new(&select))
            return NCI_NOMEM;
        for (int i = 0; i < 2; i++) {
            nci_value *value = value_of(next[i]);
            round.sent_one(next[i]);
            if (nci_select_add_send(select, round.channels[i]->queue, value) != i)
                round.strange++;
            nci_value_unref(value);
        }
        int status = nci_select_wait(select, &chosen, &none, deadline(), token());
        nci_select_free(select);
        for (int i = 0; i < 2; i++) {
            if (status == NCI_OK && chosen == i)
                next[i]++;
            else
                round.sent[(size_t)next[i]] = 0;
        }
        return status;
    }
    void take(nci_value *value)
    {
        int64_t number = number_of(value);
        seen.add(number);
        round.got_one(number);
    }
    int select_recv(bool *open)
    {
        nci_select *select = nullptr;
        int64_t chosen = -1;
        nci_value *value = nullptr;
        if (nci_select_new(&select))
            return NCI_NOMEM;
        for (int i = 0; i < 2; i++) {
            if (nci_select_add_recv(select, round.channels[i]->queue) != i)
                round.strange++;
        }
        int status = nci_select_wait(select, &chosen, &value,
                                     random() % 2 ? NCI_FOREVER : deadline(), token());
        nci_select_free(select);
        if (status == NCI_OK)
            take(value);
        else if (status == NCI_CLOSED)
            open[chosen] = false;
        return status;
    }
    int recv_once(bool *open)
    {
        int at = open[0] ? 0 : 1;
        nci_value *values[3];
        int64_t count = nci_queue_recv_many(round.channels[at]->queue, values, 1 + random() % 3,
                                            random() % 2 ? NCI_FOREVER : deadline(), token());
        for (int64_t i = 0; i < count; i++)
            take(values[i]);
        if (count == NCI_CLOSED)
            open[at] = false;
        return count < 0 ? (int)count : NCI_OK;
    }

    Round &round;
    Random random;
    Seen seen;
};

/* ---- links ---- */

/* The outlet of a link; it lives until the last thread that is about to ring it has. */
struct Line {
    nci_outlet outlet;
    std::mutex mutex;
    std::condition_variable rung;
    bool ringing = false;

    explicit Line(int64_t room)
    {
        nci_outlet_init(&outlet, room);
        outlet.ring = [](nci_outlet *each, nci_ringing) {
            Line *line = NCI_CONTAINER(each, Line, outlet);
            std::lock_guard<std::mutex> guard(line->mutex);
            line->ringing = true;
            line->rung.notify_one();
        };
        outlet.release = [](nci_outlet *each) {
            Line *line = NCI_CONTAINER(each, Line, outlet);
            nci_outlet_fini(each);
            delete line;
        };
    }
    void sleep_until_rung()
    {
        std::unique_lock<std::mutex> guard(mutex);
        rung.wait(guard, [this] { return ringing; });
        ringing = false;
    }
};

struct Outgoing;

struct Draining {
    nci_drainer drainer;
    Outgoing *out;
};

struct Outgoing {
    Outgoing(Round &round, int which) : channel(which), seen(round)
    {
        part.out = this;
    }
    static Outgoing *of(nci_port *port)
    {
        return NCI_CONTAINER(port, Draining, drainer.port)->out;
    }
    Draining part;
    int channel;
    Seen seen;
    nci_drainer *drainer = nullptr;
    bool returns = true, marked = true, finished = false;
    int64_t count = -1, collected = 0;
    std::deque<nci_item> wire;     /* collected, not yet received */
    std::deque<nci_item> received; /* not yet taken; values are gone */
    std::deque<int64_t> lengths;   /* of wire and received */
};

struct Incoming {
    int channel = 0;
    nci_feeder *feeder = nullptr;
    int64_t next = -1, end = 0;
    uint64_t size = 1, delivered = 0, told = 0;
    bool marked = true, ended = false;
};

class Peer
{
  public:
    explicit Peer(Round &of) : round(of), random(of.any())
    {
    }
    int64_t run()
    {
        connect();
        while (!all_over()) {
            bool busy = step();
            if (round.deaths && random() % 400 == 0 && !round.stop) {
                disconnect();
                connect();
            } else if (!busy && !all_over()) {
                line->sleep_until_rung();
            }
        }
        disconnect();
        return 0;
    }

  private:
    void connect()
    {
        line = new Line(1 + random() % 20);
        unwritten = 0;
        for (int i = 0; i < 2; i++) {
            outgoing.push_back(std::make_unique<Outgoing>(round, i));
            open(*outgoing.back());
            if (random() % 2)
                bind(i);
        }
    }
    void open(Outgoing &out)
    {
        out.collected = 0;
        out.returns = random() % 4 != 0;
        out.count = random() % 4 ? -1 : 1 + random() % 9;
        nci_drainer_terms terms = {(int)(random() % 2), out.returns};
        out.drainer = &out.part.drainer;
        nci_drainer_attach(out.drainer, round.channels[out.channel]->queue, &line->outlet, &terms);
        nci_drainer_open(out.drainer, 1 + random() % 4, 1 + random() % 12, out.count);
    }
    void bind(int channel)
    {
        auto in = std::make_unique<Incoming>();
        in->next = round.new_source();
        if (in->next < 0)
            return;
        in->end = in->next + EACH;
        in->channel = channel;
        in->size = 1 + random() % 4;
        nci_feeder_terms terms = {(uint32_t)in->size, 1 << 20, in.get(), 0};
        if (nci_feeder_attach(round.channels[channel]->queue, &line->outlet, &terms, &in->feeder))
            return; /* it was closed meanwhile */
        incoming.push_back(std::move(in));
    }
    void disconnect()
    {
        for (auto &out : outgoing)
            end(*out, NCI_LOST);
        outgoing.clear();
        for (auto &in : incoming) {
            if (!in->ended)
                nci_feeder_end(in->feeder, NCI_CLOSED, "gone");
            nci_feeder_detach(in->feeder);
        }
        incoming.clear();
        nci_outlet_unref(&line->outlet);
    }
    void end(Outgoing &out, int code)
    {
        nci_drainer_loss loss = {0, 0, 0};
        std::vector<nci_item> items(out.wire.begin(), out.wire.end());
        std::vector<uint64_t> stamps;
        for (const nci_item &item : out.received)
            stamps.push_back(item.stamp);
        if (!out.returns) {
            for (const nci_item &item : items)
                round.got_one(number_of(nci_value_ref(item.value)));
        }
        nci_drainer_give_back(out.drainer, items.data(), items.size(), &loss);
        nci_drainer_untaken(out.drainer, stamps.data(), stamps.size());
        nci_drainer_detach(out.drainer, code, "gone", &loss);
        if (loss.returned + loss.dropped != items.size())
            round.strange++;
        out.drainer = nullptr;
        out.wire.clear();
        out.received.clear();
        out.lengths.clear();
    }

    bool all_over()
    {
        bool over = true;
        for (auto &out : outgoing)
            over = over && out->finished;
        return over;
    }
    /* Does some of what there is to do; false: nothing to do until the next ring. */
    bool step()
    {
        nci_ready ready;
        while (nci_outlet_take_ready(&line->outlet, &ready, 1)) {
            if (ready.port->drains)
                Outgoing::of(ready.port)->marked = true;
            else
                ((Incoming *)nci_feeder_owner(ready.port))->marked = true;
        }
        bool busy = write();
        for (auto &out : outgoing)
            busy = send(*out) || busy;
        for (auto &in : incoming)
            busy = receive(*in) || busy;
        return busy;
    }
    bool write()
    {
        if (!unwritten)
            return false;
        int64_t wrote = std::min(unwritten, (int64_t)(1 + random() % 16));
        unwritten -= wrote;
        nci_outlet_add_room(&line->outlet, wrote);
        while (nci_port *port = nci_outlet_next_wanting(&line->outlet))
            nci_drainer_resume(Outgoing::of(port)->drainer);
        return true;
    }
    bool send(Outgoing &out)
    {
        if (out.marked && random() % 2) {
            nci_item items[3];
            size_t count = nci_drainer_collect(out.drainer, items, 3);
            for (size_t i = 0; i < count; i++) {
                out.wire.push_back(items[i]);
                out.lengths.push_back((int64_t)nci_value_length(items[i].value));
                unwritten += out.lengths.back();
            }
            out.collected += (int64_t)count;
            out.marked = count > 0;
            if (!count && finished(out.drainer)) {
                out.finished = true;
                nci_drainer_close_written(out.drainer);
            }
        }
        if (random() % 2)
            acknowledge(out);
        if (random() % 50 == 0)
            nci_drainer_rest(out.drainer);
        if (out.collected == out.count && out.wire.empty() && out.received.empty()) {
            end(out, NCI_CLOSED);
            open(out);
        }
        return out.marked || !out.wire.empty() || !out.received.empty();
    }
    void acknowledge(Outgoing &out)
    {
        std::vector<uint64_t> received, taken;
        uint64_t bytes = 0;
        for (size_t n = random() % (out.wire.size() + 1); n > 0; n--) {
            nci_item item = out.wire.front();
            int64_t number = number_of(item.value);
            out.seen.add(number);
            round.got_one(number);
            received.push_back(item.stamp);
            out.received.push_back(item);
            out.wire.pop_front();
        }
        for (size_t n = random() % (out.received.size() + 1); n > 0; n--) {
            bytes += (uint64_t)out.lengths.front();
            taken.push_back(out.received.front().stamp);
            out.lengths.pop_front();
            out.received.pop_front();
        }
        nci_drainer_acks acks = {received.size(), taken.size(), NULL, NULL, taken.size(), bytes};
        if (tell(out.drainer, acks))
            return;
        acks.received_stamps = received.data();
        acks.taken_stamps = taken.data();
        if (!tell(out.drainer, acks))
            std::abort();
    }
    static int finished(nci_drainer *drainer)
    {
        struct nci_drainer_look look;
        nci_drainer_look(drainer, &look);
        return look.finished;
    }
    static bool tell(nci_drainer *drainer, const nci_drainer_acks &acks)
    {
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        int told = nci_drainer_acked(drainer, &acks, &wakes);
        nci_wakes_ring(&wakes);
        return told != 0;
    }
    bool receive(Incoming &in)
    {
        if (in.marked) {
            struct nci_feeder_look look;
            nci_feeder_look(in.feeder, &look);
            if (look.hangup && !in.ended) {
                in.ended = true;
                nci_feeder_end(in.feeder, NCI_CLOSED, "hung up");
            }
            uint64_t taken, bytes;
            nci_feeder_tell(in.feeder, &taken, &bytes);
            if (taken < in.told || taken > in.delivered)
                round.strange++;
            in.told = taken;
            in.marked = false;
            if (random() % 50 == 0)
                nci_feeder_rest(in.feeder);
        }
        if (in.ended || in.next == in.end || round.stop)
            return false;
        size_t count = random() % (in.size - (in.delivered - in.told) + 1);
        count = std::min(count, (size_t)(in.end - in.next));
        nci_value *values[4];
        for (size_t i = 0; i < count; i++) {
            round.sent_one(in.next);
            values[i] = value_of(in.next++);
        }
        in.delivered += count;
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        if (count && nci_feeder_deliver(in.feeder, values, count, &wakes))
            round.strange++;
        nci_wakes_ring(&wakes);
        in.marked = true; /* the delay is over */
        return in.delivered - in.told < in.size;
    }

    Round &round;
    Random random;
    Line *line = nullptr;
    int64_t unwritten = 0;
    std::vector<std::unique_ptr<Outgoing>> outgoing;
    std::vector<std::unique_ptr<Incoming>> incoming;
};

/* ---- a round ---- */

void wait_for(Round &round, std::vector<std::unique_ptr<Program>> &programs)
{
    int64_t deadline = nci_clock_deadline(round.span);
    while (nci_clock_now() < deadline) {
        if (round.any() % 4 == 0)
            nci_cancel_fire(programs[round.any() % programs.size()]->cancel);
        sched_yield();
    }
}

void play(Round &round)
{
    std::vector<std::unique_ptr<Program>> programs;
    std::vector<std::unique_ptr<Peer>> peers;
    std::vector<std::unique_ptr<Task>> senders, others;
    for (unsigned i = 0; i < round.senders + round.receivers + 1; i++)
        programs.push_back(std::make_unique<Program>(round));
    for (unsigned i = 0; i < round.links; i++)
        peers.push_back(std::make_unique<Peer>(round));
    for (unsigned i = 0; i < programs.size(); i++) {
        Program *each = programs[i].get();
        if (i < round.senders)
            senders.push_back(std::make_unique<Task>([each] { return each->send_for_a_while(); }));
        else if (i + 1 < programs.size())
            others.push_back(
                std::make_unique<Task>([each] { return each->receive_until_closed(); }));
        else
            senders.push_back(std::make_unique<Task>([each] { return each->wait_for_acks(); }));
    }
    for (auto &peer : peers) {
        Peer *each = peer.get();
        others.push_back(std::make_unique<Task>([each] { return each->run(); }));
    }
    wait_for(round, programs);
    if (!round.abrupt) {
        round.stop = true;
        senders.clear();
    }
    for (auto &channel : round.channels) {
        if (channel->close())
            round.strange++;
    }
    round.stop = true;
    senders.clear();
    others.clear();
}

/* What lies in the channels still was neither lost nor received. */
void count_the_rest(Round &round)
{
    for (auto &channel : round.channels) {
        for (int64_t number : channel->rest())
            round.got_one(number);
        if (channel->length() || channel->state() != NCI_CLOSED || channel->waiting(true) ||
            channel->waiting(false) || !channel->ready(true) || !channel->ready(false) ||
            channel->figures().drainers || channel->figures().feeders)
            round.strange++;
    }
}

int64_t setting(const char *name, int64_t normal)
{
    const char *text = std::getenv(name);
    return text ? std::atoll(text) : normal;
}

} // namespace

TEST_CASE("under threads and dying links no value is missing, doubled or out of order",
          "[local][S7.1][S7.5][S9.1]")
{
    int64_t deadline = nci_clock_deadline(setting("NETCHAN_STRESS_SECONDS", 2) * 1000);
    unsigned seed = (unsigned)setting("NETCHAN_STRESS_SEED", 1);
    int64_t values = 0, missing = 0;
    for (; nci_clock_now() < deadline; seed++) {
        INFO("seed " << seed);
        Round round(seed);
        play(round);
        count_the_rest(round);
        for (size_t i = 0; i < round.sent.size(); i++) {
            values += round.sent[i];
            missing += round.sent[i] != round.got[i];
        }
        bool good = !missing && !round.doubled && !round.disorder && !round.stuck && !round.strange;
        INFO("missing " << missing << ", doubled " << round.doubled << ", disorder "
                        << round.disorder << ", stuck " << round.stuck << ", strange "
                        << round.strange);
        REQUIRE(good);
    }
    CHECK(values > 0);
}
