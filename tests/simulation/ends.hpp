/* SPDX-License-Identifier: MIT */
/*
 * One end of a simulated link: a session of src/engine, the outlet where channels of src/local meet
 * it, and between them what src/run does, without threads, descriptors and a clock of its own.
 * Every event is told to the account before the library acts on it.
 */
#ifndef NETCHAN_TESTS_SIMULATION_ENDS_HPP
#define NETCHAN_TESTS_SIMULATION_ENDS_HPP

#include "base/atomic.h"
#include "base/room.h"
#include "engine/hand_over.hpp"
#include "local/queue_core.h" /* an outbox is seen by nobody else */
#include "local/waiter.h"
#include "simulation/books.hpp"
#include "simulation/wire.hpp"

#include <cstring>
#include <stdexcept>

namespace simulation
{

/* events.hpp */
inline const nci_session_events *joint_events();

struct Joint {
    struct Meeting {
        nci_outlet outlet;
        Joint *self;
    } meeting;
    Books &books;
    const bool exports;
    /* Channels give out more than credit, so that the session must count; what they gave out too
     * early must not take the room of others. */
    const bool generous;
    /* And it is told of the end while values wait in it. */
    const bool hasty;
    const int64_t room;
    nci_session *session = nullptr;
    std::vector<std::unique_ptr<End>> ends;
    std::string wire; /* framed, not yet written */
    size_t wire_values = 0;
    bool closes = false, rung = true, said_bye = false, peer_bye = false, ended = false;
    int64_t frozen_until = 0, last_input, heartbeat;
    std::string held;                   /* read, not a whole frame yet */
    std::map<uint64_t, uint64_t> asked; /* by stream: tell when taken reaches this */
    Judge judge;
    Reader written, delivered;
    std::function<Tale *(uint32_t)> tale_of;

    Joint(Books &of, bool is_exporter, bool gives, const nci_session_config &config,
          int64_t link_room)
        : books(of), exports(is_exporter), generous(gives), hasty(gives && of.account.clock % 3),
          room(gives ? INT64_C(1) << 40 : link_room), last_input(of.now),
          heartbeat(config.heartbeat)
    {
        nci_outlet_init(&meeting.outlet, room);
        meeting.self = this;
        meeting.outlet.ring = [](nci_outlet *outlet, nci_ringing) {
            of_outlet(outlet)->rung = true;
        };
        meeting.outlet.release = [](nci_outlet *) {};
        if (nci_session_new(&config, joint_events(), this, books.now, &session))
            throw std::runtime_error(nci_detail());
        judge.complain = [this](const char *kind, uint64_t id, const char *what) {
            books.account.want(false,
                               std::string(exports ? "exporter" : "importer") + " wrote " + kind +
                                   " " + std::to_string(id),
                               what);
        };
        judge.on_close = [this](uint64_t id) { judge_close(id); };
        judge.on_hangup = [this](uint64_t id) { judge_hangup(id); };
        written.heard = [this](const Heard &frame) { judge.wrote(frame); };
        delivered.heard = [this](const Heard &frame) {
            judge.was_told(frame);
            if (frame.kind == "sync")
                asked[frame.h[0]] = frame.h[1];
        };
    }
    ~Joint()
    {
        end(NCI_LOST, "the run is over");
        nci_session_free(session);
        nci_outlet_unref(&meeting.outlet);
        nci_outlet_fini(&meeting.outlet);
    }
    Joint(const Joint &) = delete;
    Joint &operator=(const Joint &) = delete;

    static Joint *of_outlet(nci_outlet *outlet)
    {
        return reinterpret_cast<Meeting *>(outlet)->self;
    }
    static Joint *self(void *ctx)
    {
        return static_cast<Joint *>(ctx);
    }
    static End *&place(const nci_stream *stream)
    {
        return *static_cast<End **>(nci_stream_extra(stream));
    }
    static End *end_of_drainer(nci_port *port)
    {
        return NCI_CONTAINER(port, End::Draining, drainer.port)->end;
    }
    static End *of(const nci_stream *stream)
    {
        return place(stream);
    }

    /* ---- what the link's owner does ---- */

    End *bind(Channel *channel, const nci_bind &ask)
    {
        ends.emplace_back(new End);
        End *end = ends.back().get();
        end->joint = this;
        end->channel = channel;
        end->name.assign(ask.name, ask.name_length);
        if (nci_session_bind(session, &ask, &end->stream)) {
            ends.pop_back();
            return nullptr;
        }
        place(end->stream) = end;
        return end;
    }

    void refuse(End *end, int code)
    {
        end->waits = false;
        end->hung_up = true;
        nci_session_refuse(session, end->stream, code, "no");
    }

    void accept(End *end, Channel *channel, bool returns, uint32_t size, uint64_t window,
                int64_t count)
    {
        nci_stream *stream = end->stream;
        size = std::min(size, stream->size);
        window = std::min(window, stream->window);
        int status = attach(end, channel, returns, size, window);
        if (status) {
            refuse(end, status);
            return;
        }
        end->waits = false;
        nci_session_accept(session, stream, size, window, count);
        bind_tale(end);
        open(end);
    }

    void open(End *end)
    {
        const nci_stream *stream = end->stream;
        if (end->drainer)
            nci_drainer_open(end->drainer, stream->size + (generous ? 20 : 0),
                             stream->window + (generous ? 3000 : 0), stream->count);
    }

    /* Gives nothing out any more; what its outbox holds goes back to the channel. */
    void stop(End *end)
    {
        note_outbox(end);
        nci_drainer_stop(end->drainer);
    }
    void note_outbox(End *end)
    {
        const nci_outbox *out = end->drainer->out;
        for (uint32_t i = 0; out && i < out->ring.count; i++)
            books.account.never_left(books.sent.at(nci_ring_at(&out->ring, i)->value));
    }

    /* nci_link_hang_up: by this side's will. */
    void hang_up(End *end, int code)
    {
        if (!end->stream || end->hung_up)
            return;
        end->hung_up = true;
        end->waits = false;
        end->tale->hung[!end->stream->sends] = true;
        end->tale->may_be_lost |= code == NCI_LOST || nci_stream_ledger(end->stream)->waiting > 0;
        if (end->drainer)
            stop(end);
        nci_session_hangup(session, end->stream, code, "enough");
        if (end->feeder)
            feed_end(end, code, false);
    }

    void stop_drainers(const Channel *channel)
    {
        for (auto &end : ends) {
            if (end->drainer && (!channel || end->channel == channel))
                stop(end.get());
        }
    }
    void hang_up_all(const Channel *channel)
    {
        for (auto &end : ends) {
            if (channel && end->channel != channel)
                continue;
            struct nci_queue_figures figures = {};
            if (end->drainer)
                nci_queue_figures(end->channel->queue, &figures);
            hang_up(end.get(), figures.queued + figures.returned ? NCI_LOST : NCI_CLOSED);
        }
    }

    void bye()
    {
        if (!said_bye)
            nci_session_bye(session, NCI_OK, NULL);
        said_bye = true;
    }

    /* The link has gone. */
    void end(int code, const char *text)
    {
        if (ended)
            return;
        ended = true;
        nci_session_end(session, code, text);
    }

    /* nci_owner's ask_peers. */
    void ask(const Channel *channel, bool taken)
    {
        for (auto &end : ends) {
            if (!end->drainer || !end->stream || end->channel != channel)
                continue;
            uint64_t last = last_of(end.get(), nci_drainer_outbox(end->drainer));
            if (last == (taken ? end->stream->taken : end->stream->received))
                continue;
            nci_session_sync(session, end->stream, taken ? last : 0);
            rung = true;
        }
    }

    /* ---- work ---- */

    bool frozen() const
    {
        return frozen_until > books.now;
    }
    /* A process that did not run for a while finds out before it judges anybody. */
    void wake_up()
    {
        frozen_until = 0;
        nci_session_forgive(session, books.now);
    }
    bool wants_work() const
    {
        return !ended && !frozen() &&
               (rung || !wire.empty() || nci_session_wants_output(session) ||
                nci_session_next(session) <= books.now);
    }

    /* Timers, ports, frames; then up to most bytes of them are written. */
    std::string work(size_t limit, size_t most)
    {
        int64_t next;
        if (ended || frozen())
            return "";
        if (frozen_until)
            wake_up();
        if (failed(nci_session_tick(session, books.now, &next)))
            return "";
        if (wire.empty())
            fill(limit);
        std::string bytes = wire.substr(0, most);
        wire.erase(0, bytes.size());
        if (wire.empty())
            wrote_all();
        return bytes;
    }

    void feed(const std::string &bytes)
    {
        if (ended || bytes.empty())
            return;
        last_input = books.now;
        delivered.read(bytes);
        held += bytes;
        size_t consumed = 0;
        int code = nci_session_feed(session, reinterpret_cast<const uint8_t *>(held.data()),
                                    held.size(), books.now, &consumed);
        held.erase(0, consumed);
        rung = true;
        (void)failed(code);
    }

    bool has_streams() const
    {
        for (auto &end : ends) {
            if (end->stream)
                return true;
        }
        return false;
    }

    /* ---- inside ---- */

    /* The session gave up: only a silent peer is a reason. */
    bool failed(int code)
    {
        if (!code)
            return false;
        const char *text;
        nci_session_error(session, &text);
        std::string who = exports ? "exporter" : "importer";
        bool silent = books.now - last_input >= 2 * heartbeat;
        bool mute = !nci_session_is_ready(session) && code == NCI_TIMEOUT;
        books.account.want((code == NCI_LOST && silent) || mute, who,
                           (std::string("the link ended: ") + text).c_str());
        end(code, text);
        return true;
    }

    void fill(size_t limit)
    {
        rung = false;
        take_ports();
        if (failed(nci_session_produce(session, limit, books.now)))
            return;
        std::string bytes = netchan_test::hand_over(session);
        wire_values += nci_session_value_bytes_handed(session);
        written.read(bytes);
        wire += bytes;
        if (bytes.size() < limit)
            judge_answers();
    }

    void wrote_all()
    {
        nci_outlet_add_room(&meeting.outlet, (int64_t)wire_values);
        wire_values = 0;
        if (nci_load_seq(&meeting.outlet.room) > room / 2) {
            while (nci_port *port = nci_outlet_next_wanting(&meeting.outlet))
                nci_drainer_resume(end_of_drainer(port)->drainer);
        }
        if (!closes)
            return;
        closes = false;
        for (auto &end : ends) {
            if (end->close_handed && end->drainer)
                nci_drainer_close_written(end->drainer);
            end->close_handed = false;
        }
    }

    static uint64_t last_of(const End *end, size_t outbox)
    {
        return end->stream->taken + nci_stream_ledger(end->stream)->count + outbox;
    }

    void take_ports()
    {
        nci_ready ready;
        while (nci_outlet_take_ready(&meeting.outlet, &ready, 1)) {
            if (!ready.port->drains)
                look_at_feeder(static_cast<End *>(nci_feeder_owner(ready.port)));
            else if (ready.look)
                look_at_drainer(end_of_drainer(ready.port));
            else
                send_from(end_of_drainer(ready.port));
        }
    }

    void send_from(End *end)
    {
        if (end->stream && !end->hung_up)
            nci_session_ready(session, end->stream);
    }

    void look_at_drainer(End *end)
    {
        struct nci_drainer_look look;
        if (!end->stream || end->hung_up)
            return;
        nci_drainer_look(end->drainer, &look);
        if (look.outbox)
            nci_session_ready(session, end->stream);
        if (look.asks && last_of(end, look.outbox) > end->asked_end) {
            end->asked_end = last_of(end, look.outbox);
            nci_session_sync(session, end->stream, end->asked_end);
        }
        int state = nci_queue_state(end->channel->queue);
        if (hasty && state && !look.outbox && !nci_queue_length(end->channel->queue))
            look.finished = state;
        if (look.finished && !end->close_asked) {
            end->close_asked = true;
            end->tale->may_be_lost |= look.finished == NCI_LOST;
            nci_session_close(session, end->stream, look.finished);
        }
    }

    void look_at_feeder(End *end)
    {
        struct nci_feeder_look look;
        if (!end->stream || end->hung_up)
            return;
        nci_feeder_look(end->feeder, &look);
        if (look.hangup)
            hang_up(end, NCI_CLOSED);
        else if (look.at_once || look.untold)
            nci_session_taken(session, end->stream, look.at_once, books.now);
    }

    void judge_close(uint64_t id)
    {
        Tale *tale = tale_of((uint32_t)id);
        if (!hasty)
            books.account.close_written(tale, nci_queue_state(tale->from->queue) != NCI_OK);
    }

    /* S8.33: on its own a receiver hangs up when all is taken, and not before. */
    void judge_hangup(uint64_t id)
    {
        for (auto &end : ends) {
            if (!end->stream || end->stream->id != id || !end->feeder || end->hung_up ||
                end->peer_hung_up)
                continue;
            books.account.want(end->tale->fed_end && end->tale->taken == end->tale->arrived,
                               end->tale, "hung up before the last value is taken");
        }
    }

    /* S5.20: with nothing left to write, nobody waits for a taken figure that is reached. */
    void judge_answers()
    {
        for (auto &end : ends) {
            if (!end->stream || !end->feeder || end->hung_up || end->peer_hung_up)
                continue;
            auto found = asked.find(end->stream->id);
            if (found == asked.end() || found->second > nci_feeder_taken(end->feeder))
                continue;
            books.account.want(judge.streams[end->stream->id].told_taken >= found->second,
                               end->tale, "a taken figure was asked for, reached, and not told");
            asked.erase(found);
        }
    }

    int attach(End *end, Channel *channel, bool returns, uint32_t size, uint64_t window)
    {
        nci_stream *stream = end->stream;
        end->channel = channel;
        if (stream->sends) {
            nci_drainer_terms terms = {!exports, returns};
            end->tale->returns = returns;
            end->drainer = &end->part.drainer;
            end->part.end = end;
            nci_drainer_attach(end->drainer, channel->queue, &meeting.outlet, &terms);
            return NCI_OK;
        }
        nci_feeder_terms terms = {size, window, end, 0};
        return nci_feeder_attach(channel->queue, &meeting.outlet, &terms, &end->feeder);
    }

    /* The stream's figures are final; from here on it is in the account. */
    void bind_tale(End *end)
    {
        const nci_stream *stream = end->stream;
        Tale *tale = end->tale;
        Spoken &spoken = judge.streams[stream->id];
        spoken.bound = true;
        spoken.size = tale->size = stream->size;
        spoken.window = tale->window = stream->window;
        spoken.count = tale->count = stream->count;
        (stream->sends ? tale->from : tale->to) = end->channel;
        tale->bound[!stream->sends] = true;
        if (stream->sends)
            tale->attached_at = books.account.clock;
        end->channel->tales.push_back(tale);
        end->channel->had_stream = true;
    }

    void feed_end(End *end, int code, bool dead)
    {
        books.account.fed_end(end->tale, code, dead);
        nci_feeder_end(end->feeder, code, "the stream has ended");
        look_at(books, end->channel);
    }
};

} // namespace simulation

#include "simulation/events.hpp"

#endif
