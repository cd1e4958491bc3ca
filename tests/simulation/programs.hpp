/* SPDX-License-Identifier: MIT */
/*
 * What programs do in a simulation: an exporter's and two importers'. They make channels, send,
 * receive, close, hang up and ask, at whatever time the world says; here stands only how.
 */
#ifndef NETCHAN_TESTS_SIMULATION_PROGRAMS_HPP
#define NETCHAN_TESTS_SIMULATION_PROGRAMS_HPP

#include "local/watch.h"
#include "simulation/ends.hpp"

#include <random>

namespace simulation
{

/* How a run is: what its faults are, and how large things are. */
struct Profile {
    const char *name;
    bool tiny;    /* sizes and windows of 1 to 4 */
    int cuts;     /* of 1000 steps, about; the same for the others */
    int leaves;   /* links that end by will */
    int kills;    /* importers that are no more */
    int delays;   /* late or withheld bytes */
    int freezes;  /* and clocks that jump */
    int hangups;  /* by either side, names and imports */
    int counts;   /* imports with a count, of 10 */
    int refusals; /* of 10 */
    int drops;    /* imports and exports with return=no, of 10 */
};

/* A drain or sync that waits. */
struct Question {
    nci_wait wait;
    nci_watch watch;
    Channel *channel;
    bool taken, drain, done = false;
    std::vector<Datum *> covers;
};

/* A link with all that belongs to it. */
struct Line {
    std::unique_ptr<Joint> at[2]; /* the exporter's end, the importer's */
    Wire to[2];                   /* bytes for that end */
    std::map<uint32_t, Tale *> tales;
    int program;
    bool over() const
    {
        return at[0]->ended && at[1]->ended;
    }
};

class Programs
{
  public:
    Books books;
    std::vector<std::unique_ptr<Line>> lines;
    std::vector<std::unique_ptr<Question>> questions;
    uint64_t answers = 0, cuts = 0, deaths = 0, refusals = 0;

    Programs(uint32_t seed, const Profile &how) : profile(how), noise(seed)
    {
    }
    ~Programs()
    {
        for (auto &question : questions)
            forget(*question);
        lines.clear();
        for (auto &channel : account().channels)
            nci_queue_unref(channel->queue);
    }
    Programs(const Programs &) = delete;
    Programs &operator=(const Programs &) = delete;

    Account &account()
    {
        return books.account;
    }

    /* ---- chance ---- */

    /* 0 to below - 1. The engine's own distributions differ between libraries. */
    uint32_t pick(uint32_t below)
    {
        return below ? (uint32_t)noise() % below : 0;
    }
    bool one_in(uint32_t n)
    {
        return pick(n) == 0;
    }
    bool of_thousand(int n)
    {
        return (int)pick(1000) < n;
    }
    template <typename Condition> Channel *any_channel(Condition fits)
    {
        std::vector<Channel *> found;
        for (auto &channel : account().channels) {
            if (!channel->dead && fits(*channel))
                found.push_back(channel.get());
        }
        return found.empty() ? nullptr : found[pick((uint32_t)found.size())];
    }
    Line *any_line()
    {
        std::vector<Line *> found;
        for (auto &line : lines) {
            if (!line->over())
                found.push_back(line.get());
        }
        return found.empty() ? nullptr : found[pick((uint32_t)found.size())];
    }
    Line *line_of(int program)
    {
        for (auto &line : lines) {
            if (line->program == program && !line->over())
                return line.get();
        }
        return nullptr;
    }
    End *any_end(Joint &joint)
    {
        std::vector<End *> found;
        for (auto &end : joint.ends) {
            if (end->stream && !end->hung_up && !joint.ended)
                found.push_back(end.get());
        }
        return found.empty() ? nullptr : found[pick((uint32_t)found.size())];
    }

    /* ---- channels ---- */

    Channel *make_channel(int program, bool sends, bool plain = false)
    {
        account().channels.emplace_back(new Channel);
        Channel *channel = account().channels.back().get();
        const size_t capacities[] = {0, 1, 1 + pick(4), 20 + pick(200)};
        if (nci_queue_new(capacities[pick(profile.tiny ? 3 : 4)], &channel->queue))
            throw std::runtime_error(nci_detail());
        channel->name = std::to_string(account().channels.size());
        channel->program = program;
        channel->sends = sends;
        if (plain)
            return channel;
        channel->kept = one_in(5);
        if (channel->kept && program == 0)
            nci_queue_keep_open(channel->queue);
        if (one_in(8))
            channel->holds = nci_queue_hold(channel->queue) == NCI_OK;
        return channel;
    }

    bool is_open(const Channel &channel) const
    {
        return nci_queue_state(channel.queue) == NCI_OK;
    }

    size_t length()
    {
        if (one_in(60) && !profile.tiny)
            return 20000 + pick(60000);
        return one_in(5) ? pick(1500) : pick(30);
    }

    bool send(Channel *channel)
    {
        nci_value *value;
        std::unique_ptr<Datum> datum(new Datum{channel, channel->sent.size(), ""});
        datum->text = "\"" + channel->name + "." + std::to_string(datum->index) +
                      std::string(length(), '.') + "\"";
        if (profile.tiny && one_in(2))
            datum->text = std::to_string(pick(10));
        if (nci_value_new(datum->text.data(), datum->text.size(), NULL, &value))
            throw std::runtime_error(nci_detail());
        int status = nci_queue_send(channel->queue, value, 0, NULL);
        if (status == NCI_OK) {
            books.keep(value);
            books.sent[value] = datum.get();
            channel->sent.push_back(std::move(datum));
        } else if (status != NCI_TIMEOUT) {
            account().want(!is_open(*channel), channel, "an open channel takes no values");
        }
        nci_value_unref(value);
        return status == NCI_OK;
    }

    /* The next value of a channel, whoever sent it; false: there is none. */
    bool read(Channel *channel)
    {
        nci_value *value = nullptr;
        int status = nci_queue_recv(channel->queue, &value, 0, NULL);
        if (status == NCI_CLOSED || status == NCI_LOST)
            account().told_end(channel, status);
        if (status)
            return false;
        if (channel->sends) {
            account().read_home(channel, books.sent.at(value));
        } else {
            Books::Coming coming = books.came.at(value);
            account().want(coming.tale->to == channel, channel, "a value of another channel");
            account().read(coming.tale, coming.at);
        }
        nci_value_unref(value);
        look_at(books, channel);
        return true;
    }

    void close(Channel *channel)
    {
        channel->closed |= is_open(*channel);
        (void)!nci_queue_close(channel->queue);
        look_at(books, channel);
    }

    /* nci_owner_hangup of an export. */
    void hang_up(Channel *channel)
    {
        channel->closed |= is_open(*channel);
        channel->hung = true;
        nci_queue_end(channel->queue, NCI_CLOSED, "hung up");
        look_at(books, channel);
        for (auto &line : lines)
            line->at[0]->stop_drainers(channel);
        for (auto &line : lines)
            line->at[0]->hang_up_all(channel);
    }

    /* The same of an import. */
    void hang_up(End *end)
    {
        struct nci_queue_figures figures = {};
        end->channel->closed |= is_open(*end->channel);
        nci_queue_end(end->channel->queue, NCI_CLOSED, "hung up");
        look_at(books, end->channel);
        if (end->drainer) {
            end->joint->stop(end);
            nci_queue_figures(end->channel->queue, &figures);
        }
        end->joint->hang_up(end, figures.queued + figures.returned ? NCI_LOST : NCI_CLOSED);
    }

    /* ---- links ---- */

    nci_session_config config(nci_role role)
    {
        nci_session_config config;
        memset(&config, 0, sizeof config);
        config.role = role;
        config.limits = {4u << 20, 64, one_in(3) ? 4096u : 65536u, 1024, 65536, 64u << 20};
        config.heartbeat = second;
        config.handshake = 10 * second;
        config.ack_delay = 10 * ms;
        config.silence = 1000;
        config.agent = "simulated";
        config.lends = 20;
        config.extra[0] = config.extra[1] = sizeof(End *);
        snprintf(config.session_id, sizeof config.session_id, "%08x%08x%016x", pick(~0u), pick(~0u),
                 role);
        return config;
    }

    Line *connect(int program)
    {
        lines.emplace_back(new Line);
        Line *line = lines.back().get();
        line->program = program;
        for (int which : {0, 1}) {
            const int64_t rooms[] = {1, 100, 5000, 128 * 1024};
            nci_role role = which ? NCI_ROLE_IMPORTER : NCI_ROLE_EXPORTER;
            line->at[which].reset(
                new Joint(books, which == 0, one_in(3), config(role), rooms[pick(4)]));
            line->at[which]->tale_of = [line](uint32_t id) { return line->tales.at(id); };
        }
        return line;
    }

    uint32_t a_size()
    {
        const uint32_t sizes[] = {1 + pick(4), 1 + pick(30), 4096};
        return sizes[profile.tiny ? 0 : pick(3)];
    }
    uint64_t a_window()
    {
        const uint64_t windows[] = {1 + pick(4), 1 + pick(2000), 1 + pick(100000), 4u << 20};
        return windows[profile.tiny ? pick(2) : pick(4)];
    }
    int64_t a_count()
    {
        return (int)pick(10) < profile.counts ? 1 + (int64_t)pick(one_in(2) ? 4 : 30) : -1;
    }

    /* The import of an exported channel into (or from) one of the program's own. */
    void import(Line *line, const std::string &name, Channel *channel)
    {
        nci_bind ask;
        memset(&ask, 0, sizeof ask);
        ask.name = name.data();
        ask.name_length = name.size();
        ask.receives = !channel->sends;
        ask.size = a_size();
        ask.window = a_window();
        ask.count = a_count();
        End *end = line->at[1]->bind(channel, ask);
        if (!end)
            return;
        account().tales.emplace_back(new Tale);
        Tale *tale = end->tale = account().tales.back().get();
        tale->name = "stream " + std::to_string(end->stream->id) + " of link " +
                     std::to_string(index_of(line)) + ", " + name +
                     (channel->sends ? " from " : " to ") + channel->name;
        tale->returns = (int)pick(10) >= profile.drops;
        line->tales[end->stream->id] = tale;
        line->at[1]->rung = true;
    }

    void answer(Joint &joint, End *end, bool whole)
    {
        std::string name(end->stream->ask->name, end->stream->ask->name_length);
        Channel *channel = nullptr;
        for (auto &each : account().channels) {
            if (each->program == 0 && each->name == name && !each->hung)
                channel = each.get();
        }
        joint.rung = true;
        if (!channel || channel->sends != (end->stream->sends != 0) ||
            (!whole && (int)pick(10) < profile.refusals)) {
            joint.refuse(end, channel ? NCI_DIRECTION : NCI_NOCHANNEL);
            refusals++;
            return;
        }
        joint.accept(end, channel, (int)pick(10) >= profile.drops,
                     one_in(4) ? a_size() : end->stream->size,
                     one_in(4) ? a_window() : end->stream->window, one_in(4) ? a_count() : -1);
    }

    /* ---- questions ---- */

    static bool known(const Datum &datum, bool taken)
    {
        return datum.home_reads || datum.drops ||
               (taken ? datum.taken || datum.untaken : datum.received);
    }

    void ask(Channel *channel, bool taken, bool drain)
    {
        questions.emplace_back(new Question);
        Question *question = questions.back().get();
        question->channel = channel;
        question->taken = taken;
        question->drain = drain;
        for (auto &datum : channel->sent) {
            if (!drain && datum->pulls && !known(*datum, taken))
                question->covers.push_back(datum.get());
        }
        if (nci_wait_init(&question->wait, NULL))
            throw std::runtime_error(nci_detail());
        nci_watch_start(&question->watch, channel->queue, &question->wait,
                        taken ? NCI_LEVEL_TAKEN : NCI_LEVEL_RECEIVED, drain);
        nci_wait_ready(&question->wait);
        for (auto &line : lines) {
            if (!line->at[channel->program != 0]->ended)
                line->at[channel->program != 0]->ask(channel, taken);
        }
    }

    void forget(Question &question)
    {
        if (question.done)
            return;
        question.done = true;
        nci_watch_stop(&question.watch);
        nci_wait_fini(&question.wait);
    }

    /* S6.1, S6.5, S6.8, S6.13: an answer means what it says. */
    void hear_answers()
    {
        for (auto &question : questions) {
            if (question->done || !question->wait.over)
                continue;
            answers++;
            if (question->drain) {
                for (auto &datum : question->channel->sent)
                    question->covers.push_back(datum.get());
            }
            for (const Datum *datum : question->covers)
                account().want(known(*datum, question->taken), question->channel,
                               question->drain ? "a drain ends before its time"
                                               : "a sync ends before its time");
            forget(*question);
        }
        questions.erase(std::remove_if(questions.begin(), questions.end(),
                                       [](const std::unique_ptr<Question> &question) {
                                           return question->done;
                                       }),
                        questions.end());
    }

  protected:
    Profile profile;
    std::mt19937 noise;

    size_t index_of(const Line *line) const
    {
        size_t at = 0;
        while (lines[at].get() != line)
            at++;
        return at;
    }
};

} // namespace simulation

#endif
