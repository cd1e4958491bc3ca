/* SPDX-License-Identifier: MIT */
/*
 * A seeded world: programs, links between them, one clock, and faults. A run has three parts: at
 * each step something happens at random; now and then everything is left alone until nothing moves,
 * and what ought to have happened by then must have; in the end faults stop, programs come to their
 * ends, and everything must be over, with every value accounted for. One seed, one run, the same on
 * every machine.
 */
#ifndef NETCHAN_TESTS_SIMULATION_WORLD_HPP
#define NETCHAN_TESTS_SIMULATION_WORLD_HPP

#include "simulation/programs.hpp"

namespace simulation
{

const Profile profiles[] = {
    /* name          tiny   cut leave kill delay freeze hangup count refuse drop */
    {"tiny, quiet", true, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {"tiny, faults", true, 8, 3, 2, 20, 8, 6, 2, 1, 0},
    {"quiet", false, 0, 0, 0, 0, 0, 0, 1, 0, 0},
    {"hangups", false, 0, 4, 0, 10, 0, 20, 4, 2, 1},
    {"cuts", false, 20, 0, 0, 20, 0, 2, 1, 0, 0},
    {"freezes", false, 3, 2, 0, 30, 20, 4, 1, 0, 0},
    {"kills", false, 5, 3, 10, 10, 4, 4, 2, 1, 1},
    {"tiny, cuts", true, 25, 5, 4, 10, 2, 3, 1, 1, 0},
};
const size_t PROFILES = sizeof profiles / sizeof *profiles;

class World : public Programs
{
  public:
    explicit World(uint32_t number)
        : Programs(number * 2654435761u + 1, profiles[number % PROFILES]), seed(number)
    {
    }

    /* What was wrong; empty: nothing. */
    std::string run()
    {
        for (uint32_t i = 2 + pick(3); i > 0; i--)
            make_channel(0, !one_in(3));
        for (int program : {1, 2}) {
            if (!one_in(4))
                connect(program);
            for (uint32_t i = pick(4); i > 0; i--)
                import_something(program);
        }
        int steps = 400 + (int)pick(1200);
        for (int step = 0; step < steps && fine(); step++) {
            act();
            look();
            if (one_in(150) && fine())
                come_to_rest();
        }
        if (fine())
            finish();
        if (fine())
            check_ends();
        if (fine())
            account().settle();
        return fine()
                   ? ""
                   : "seed " + std::to_string(seed) + " (" + profile.name + "): " + account().fault;
    }

  private:
    uint32_t seed;

    bool fine() const
    {
        return books.account.fault.empty();
    }

    /* ---- steps ---- */

    void act()
    {
        int program = (int)pick(3);
        switch (pick(20)) {
        case 0:
            if (program && !line_of(program))
                connect(program);
            break;
        case 1:
            if (program && one_in(2))
                import_something(program);
            break;
        case 2:
            answer_some();
            break;
        case 3:
        case 4:
        case 5:
            send_some();
            break;
        case 6:
        case 7:
        case 8:
            read_some();
            break;
        case 9:
            if (one_in(4))
                change_channels();
            break;
        case 10:
            ask_something();
            break;
        case 11:
            books.now += pick(15) * ms;
            break;
        case 12:
            disturb();
            break;
        default:
            move_something();
        }
    }

    void look()
    {
        for (auto &line : lines)
            mind(*line);
        hear_answers();
    }

    void import_something(int program)
    {
        Line *line = line_of(program);
        if (!line || line->at[1]->ended || line->at[1]->said_bye)
            return;
        Channel *exported = any_channel([](const Channel &each) { return each.program == 0; });
        bool sends = !exported || (one_in(30) ? exported->sends : !exported->sends);
        Channel *own = nullptr;
        if (!one_in(3))
            own = any_channel([&](const Channel &each) {
                return each.program == program && each.sends == sends && is_open(each);
            });
        if (!own)
            own = make_channel(program, sends);
        import(line, exported && !one_in(40) ? exported->name : "nothing", own);
    }

    void answer_some(bool whole = false)
    {
        for (auto &line : lines) {
            Joint &joint = *line->at[0];
            for (size_t i = 0; i < joint.ends.size(); i++) {
                if (joint.ends[i]->waits && !joint.ended && !joint.frozen() &&
                    (whole || !one_in(3)))
                    answer(joint, joint.ends[i].get(), whole);
            }
        }
    }

    void send_some()
    {
        Channel *channel =
            any_channel([&](const Channel &each) { return each.sends && is_open(each); });
        for (uint32_t n = 1 + pick(one_in(5) ? 60 : 6); channel && n > 0 && send(channel);)
            n--;
    }

    void read_some()
    {
        Channel *channel = any_channel([](const Channel &each) { return !each.sends; });
        for (uint32_t n = 1 + pick(one_in(4) ? 60 : 4); channel && n > 0 && read(channel);)
            n--;
        if (!one_in(30))
            return;
        channel = any_channel([](const Channel &each) { return each.sends; });
        if (channel)
            (void)read(channel);
    }

    void change_channels()
    {
        Channel *channel = any_channel([&](const Channel &each) { return is_open(each); });
        if (one_in(5) && account().channels.size() < 30)
            make_channel(0, !one_in(3));
        else if (channel && channel->holds && one_in(2))
            release(channel);
        else if (channel && channel->sends && one_in(3))
            close(channel);
        else if (channel && one_in(12))
            close(channel);
    }

    void release(Channel *channel)
    {
        channel->holds = 0;
        (void)!nci_queue_release(channel->queue);
        /* A hold was all that kept it open: the program ends it. */
        if (!channel->had_stream || (channel->sends && channel->program == 0))
            channel->closed |= !is_open(*channel);
        look_at(books, channel);
    }

    void ask_something()
    {
        Channel *channel = any_channel([](const Channel &each) { return each.sends; });
        if (channel && questions.size() < 6)
            ask(channel, one_in(2), one_in(2));
    }

    /* ---- faults ---- */

    void disturb()
    {
        Line *line = any_line();
        if (of_thousand(20 * profile.hangups))
            hang_something_up();
        if (!line)
            return;
        if (of_thousand(20 * profile.cuts))
            cut(*line);
        Wire &wire = line->to[pick(2)];
        if (of_thousand(20 * profile.cuts))
            wire.cut_at = std::min(wire.cut_at, wire.passed + pick(3000));
        if (of_thousand(20 * profile.leaves))
            leave(*line);
        if (of_thousand(20 * profile.kills))
            kill(*line);
        if (of_thousand(20 * profile.delays))
            wire.delay = pick(200) * ms;
        if (of_thousand(20 * profile.delays))
            wire.withheld_until = books.now + pick(one_in(4) ? 4000 : 300) * ms;
        if (of_thousand(20 * profile.freezes))
            line->at[pick(2)]->frozen_until = books.now + 1 + pick(one_in(4) ? 5000 : 300) * ms;
        if (of_thousand(10 * profile.freezes))
            jump();
    }

    void hang_something_up()
    {
        Line *line = any_line();
        if (one_in(3)) {
            Channel *channel =
                any_channel([](const Channel &each) { return each.program == 0 && !each.hung; });
            if (channel)
                hang_up(channel);
        } else if (line) {
            End *end = any_end(*line->at[1]);
            if (end)
                hang_up(end);
        }
    }

    /* Nothing passes any more but, of what is under way, the beginning. */
    void cut(Line &line)
    {
        for (Wire &wire : line.to) {
            size_t under_way = 0;
            for (auto &piece : wire.pieces)
                under_way += piece.bytes.size();
            wire.cut_at = std::min(wire.cut_at, wire.passed + pick((uint32_t)under_way + 1));
        }
        cuts++;
    }

    /* The importer ends its link by will. */
    void leave(Line &line)
    {
        Joint &joint = *line.at[1];
        if (joint.ended || joint.said_bye)
            return;
        for (auto &channel : account().channels) {
            if (channel->program != line.program || channel->dead || !channel->had_stream)
                continue;
            channel->closed |= is_open(*channel);
            nci_queue_end(channel->queue, NCI_CLOSED, "the importer was closed");
            look_at(books, channel.get());
        }
        joint.stop_drainers(nullptr);
        joint.hang_up_all(nullptr);
        joint.bye();
        joint.rung = true;
    }

    /* The importer is no more, nor are its channels. */
    void kill(Line &line)
    {
        if (line.at[1]->ended)
            return;
        for (auto &question : questions) {
            if (question->channel->program == line.program)
                forget(*question);
        }
        line.at[1]->end(NCI_LOST, "killed");
        for (auto &channel : account().channels) {
            if (channel->program == line.program && !channel->dead)
                account().died(channel.get());
        }
        deaths++;
    }

    void jump()
    {
        books.now += pick(30000) * ms;
        for (auto &line : lines) {
            line->at[0]->wake_up();
            line->at[1]->wake_up();
        }
    }

    /* ---- machinery ---- */

    void work(Line &line, int which, size_t limit, size_t most)
    {
        line.to[!which].put(line.at[which]->work(limit, most), books.now);
    }

    void deliver(Line &line, int which, size_t most)
    {
        bool is_cut = false;
        Joint &joint = *line.at[which];
        if (joint.ended || joint.frozen())
            return;
        if (joint.frozen_until)
            joint.wake_up();
        joint.feed(line.to[which].get(most, books.now, &is_cut));
        if (is_cut)
            joint.end(NCI_LOST, "the link is gone");
    }

    /* Links end: by bye on both sides, or because the other end has gone. */
    void mind(Line &line)
    {
        for (int which : {0, 1}) {
            Joint &joint = *line.at[which];
            if (joint.peer_bye && !joint.ended && !joint.said_bye) {
                joint.bye();
                joint.rung = true;
            }
            if (joint.peer_bye && joint.said_bye && joint.wire.empty() &&
                !nci_session_wants_output(joint.session))
                joint.end(NCI_CLOSED, "the peer said bye");
            if (joint.ended && line.to[!which].cut_at == UINT64_MAX) {
                size_t under_way = 0;
                for (auto &piece : line.to[!which].pieces)
                    under_way += piece.bytes.size();
                /* By will: everything said before arrives. */
                bool orderly = joint.peer_bye && joint.said_bye;
                line.to[!which].cut_at =
                    line.to[!which].passed + (orderly ? under_way : pick((uint32_t)under_way + 1));
            }
        }
    }

    void move_something()
    {
        const size_t limits[] = {1, 200, 3000, 45000};
        Line *line = any_line();
        if (!line)
            return;
        for (int n = 1 + (int)pick(4); n > 0; n--) {
            int which = (int)pick(2);
            if (one_in(2))
                work(*line, which, limits[pick(4)], one_in(3) ? 1 + pick(300) : SIZE_MAX);
            else
                deliver(*line, which, one_in(3) ? 1 + pick(60) : 1 + pick(100000));
            mind(*line);
        }
    }

    /* Whoever wants to, works; whatever is due, arrives. false: nothing did. */
    bool move_all()
    {
        bool moved = false;
        for (size_t i = 0; i < lines.size(); i++) {
            Line &line = *lines[i];
            for (int which : {0, 1}) {
                bool wants = line.at[which]->wants_work();
                if (wants)
                    work(line, which, 45000, SIZE_MAX);
                moved |= wants || (!line.to[which].empty() && !line.at[which]->ended);
                deliver(line, which, SIZE_MAX);
            }
            mind(line);
        }
        hear_answers();
        return moved;
    }

    void calm_down()
    {
        for (auto &line : lines) {
            for (int which : {0, 1}) {
                line->to[which].delay = 0;
                line->to[which].withheld_until = 0;
                for (auto &piece : line->to[which].pieces)
                    piece.due = books.now;
                if (line->at[which]->frozen_until)
                    line->at[which]->wake_up();
            }
        }
    }

    /* Nothing is in the way: what can move on its own has moved when nothing moves any more. */
    void come_to_rest()
    {
        calm_down();
        int still = 0;
        for (int round = 0; round < 3000 && still < 4 && fine(); round++) {
            still = move_all() ? 0 : still + 1;
            books.now += 4 * ms;
        }
        if (!account().want(still >= 4, "all", "never comes to rest"))
            return;
        for (auto &line : lines) {
            for (auto &end : line->at[0]->ends)
                rests(*line, *end);
            for (auto &end : line->at[1]->ends)
                rests(*line, *end);
        }
    }

    /* S5.13, S3.1, S3.2, S8.33: at rest everything is told, and no value waits that could go. */
    void rests(const Line &line, const End &end)
    {
        Tale *tale = end.tale;
        if (line.at[0]->ended || line.at[1]->ended || !end.stream || !tale->bound[0] ||
            !tale->bound[1] || tale->hung[0] || tale->hung[1] || tale->over[0] || tale->over[1])
            return;
        account().want(tale->acked_received == tale->arrived, tale,
                       "at rest received values are not acknowledged");
        account().want(tale->acked_taken == tale->taken, tale,
                       "at rest taken values are not acknowledged");
        if (end.feeder)
            account().want(nci_feeder_taken(end.feeder) == tale->taken, tale,
                           "at rest taken values are not told");
        if (!end.drainer || (end.joint->hasty && end.close_asked))
            return;
        size_t waiting = nci_stream_ledger(end.stream)->waiting,
               begun = tale->pulled.size() - waiting;
        account().want(tale->arrived == begun, tale, "at rest values are under way");
        uint64_t bytes = 0, values = begun - tale->acked_taken;
        for (size_t i = tale->acked_taken; i < begun; i++)
            bytes += tale->pulled[i]->text.size();
        bool credit = values < tale->size && bytes < tale->window && !tale->used_up(begun);
        struct nci_queue_figures figures;
        nci_queue_figures(end.channel->queue, &figures);
        account().want(!credit || figures.queued + figures.returned + waiting == 0, tale,
                       "at rest values wait, and there is credit");
        account().want(!credit || nci_drainer_outbox(end.drainer) == 0, tale,
                       "at rest values are not sent");
        struct nci_drainer_look look;
        nci_drainer_look(end.drainer, &look);
        account().want(!look.finished || values, tale, "at rest a finished stream goes on");
    }

    /* ---- the end ---- */

    bool all_over()
    {
        for (auto &line : lines) {
            if (line->at[0]->has_streams() || line->at[1]->has_streams())
                return false;
        }
        for (auto &channel : account().channels) {
            if (channel->dead)
                continue;
            if (nci_queue_length(channel->queue) || (channel->had_stream && !channel->ended))
                return false;
        }
        return questions.empty();
    }

    /* Values that wait for an importer get one: S9.13. */
    void fetch(Channel *channel)
    {
        bool drained = false;
        for (const Tale *tale : channel->tales)
            drained |= tale->bound[0] && !tale->over[0];
        for (auto &line : lines) {
            for (auto &end : line->at[1]->ends)
                drained |= end->stream && !end->hung_up && channel->name == end->name;
        }
        if (drained || !nci_queue_length(channel->queue))
            return;
        Line *line = line_of(1);
        if (line && (line->at[0]->ended || line->at[1]->ended || line->at[1]->said_bye))
            return; /* it is on its way out */
        if (!line)
            line = connect(1);
        Channel *own = make_channel(1, false, true);
        import(line, channel->name, own);
    }

    void wind_up(Channel *channel)
    {
        if (channel->holds)
            release(channel);
        bool over = true;
        for (const Tale *tale : channel->tales)
            over &= (channel->sends ? tale->over[0] : tale->over[1]) != 0 ||
                    !tale->bound[!channel->sends];
        if (channel->sends || (over && channel->kept && channel->had_stream))
            close(channel);
        if (!channel->sends) {
            while (read(channel))
                ;
        } else if (channel->hung || (over && channel->program != 0)) {
            while (read(channel)) /* what is in doubt, or was left */
                ;
        } else if (channel->program == 0) {
            fetch(channel);
        }
    }

    void finish()
    {
        profile.cuts = profile.counts = profile.refusals = 0;
        for (int round = 0; round < 6000 && fine(); round++) {
            calm_down();
            answer_some(true);
            for (size_t i = 0; i < account().channels.size(); i++) {
                if (!account().channels[i]->dead)
                    wind_up(account().channels[i].get());
            }
            bool moved = move_all();
            books.now += 4 * ms;
            if (!moved && all_over())
                return;
        }
        account().want(false, "all", stuck().c_str());
    }

    /* What has not come to its end, for the fault's text. */
    std::string stuck()
    {
        std::string text = "something never comes to its end:";
        for (auto &line : lines) {
            for (int which : {0, 1}) {
                for (auto &end : line->at[which]->ends) {
                    if (end->stream)
                        text += " " + end->tale->name + " at " + (which ? "importer" : "exporter");
                }
            }
        }
        for (auto &channel : account().channels) {
            if (channel->dead)
                continue;
            if (nci_queue_length(channel->queue))
                text += " channel " + channel->name + " holds values";
            if (channel->had_stream && !channel->ended)
                text += " channel " + channel->name + " is open";
        }
        if (!questions.empty())
            text += " " + std::to_string(questions.size()) + " drains or syncs wait";
        return text;
    }

    /* S8.13 to S8.23: every channel has ended exactly when it had to. */
    void check_ends()
    {
        for (auto &channel : account().channels) {
            if (channel->dead)
                continue;
            look_at(books, channel.get());
            account().want(channel->ended || !channel->had_stream, channel.get(), "never ends");
        }
    }
};

} // namespace simulation

#endif
