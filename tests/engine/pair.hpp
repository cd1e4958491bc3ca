/* SPDX-License-Identifier: MIT */
/*
 * The bench of the engine's tests: sessions in memory under a clock that the test moves.
 *
 * End is one session with an owner that behaves: it accepts binds, feeds streams from outboxes,
 * stores what arrives, and takes values when told to. Pair joins two Ends by two byte pipes, whole
 * or in pieces. Raw joins one End to frames that the test spells itself. Everything an End sees is
 * kept in public members, so a test or a simulator looks at it and needs no hooks.
 */
#ifndef NETCHAN_TESTS_ENGINE_PAIR_HPP
#define NETCHAN_TESTS_ENGINE_PAIR_HPP

#include "engine/frames.hpp"
#include "engine/hand_over.hpp"
#include "engine/session.h"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace netchan_test
{

struct End;

/* What one end's owner knows of one stream. */
struct Flow {
    End *end = nullptr;
    struct nci_stream *stream = nullptr; /* NULL once it is over */
    uint32_t id = 0;
    bool sends = false;
    std::string name;

    /* sender */
    std::deque<std::pair<std::string, uint64_t>> outbox; /* text, stamp */
    uint64_t acked_received = 0, acked_taken = 0, acked_taken_bytes = 0;
    uint64_t pulled = 0;
    std::vector<std::pair<std::string, uint64_t>> returned; /* left in the ledger at over */
    size_t unreceived = 0; /* of those whose last frame was written */
    bool close_written = false;

    /* receiver */
    std::vector<std::string> received;
    int64_t wait_ms = 0;                 /* asked for */
    uint64_t taken = 0, taken_bytes = 0; /* the bytes since the last acknowledgement */
    std::vector<uint64_t> asked;
    bool greedy = false; /* takes every value as it arrives */
    uint64_t wanted = 0; /* a taken figure the peer asked for */
    int value_error = 0; /* what the value event answers */

    /* both */
    bool bound = false;
    int closed = 0, hungup = 0, over = 0; /* codes, 0: not yet */
    std::string closed_text, hungup_text;
};

/* One session and its owner. */
struct End {
    struct nci_session *session = nullptr;
    struct nci_session_config config;
    int64_t *now;
    std::vector<std::unique_ptr<Flow>> flows;
    std::map<std::string, Flow *> by_name;

    bool ready = false;
    bool accepts = true;     /* answers binds at once */
    bool greedy = false;     /* for flows to come */
    uint32_t grant_size = 0; /* 0: what was asked */
    uint64_t grant_window = 0;
    int64_t grant_count = 0;
    bool ready_events = true;
    std::vector<std::pair<uint64_t, std::string>> lists;
    std::vector<std::pair<uint64_t, std::string>> listings;
    int bye_code = 1; /* 1: none came */
    std::string bye_text;
    std::string log;  /* events in order, a word each */
    std::string sent; /* all bytes that were ever handed over */
    std::string held; /* input that the session has not consumed */
    uint64_t stamps = 0;
    size_t value_bytes = 0; /* as reported by value_bytes_handed */

    static struct nci_session_config defaults(enum nci_role role)
    {
        struct nci_session_config config;
        memset(&config, 0, sizeof config);
        config.role = role;
        config.limits.value = 4u << 20;
        config.limits.depth = 64;
        config.limits.frame = 65536;
        config.limits.streams = 1024;
        config.limits.size = 65536;
        config.limits.window = 64u << 20;
        config.heartbeat = 7 * second;
        config.handshake = 10 * second;
        config.ack_delay = 10 * ms;
        config.silence = 7000;
        config.agent = "test";
        config.lends = 1;
        config.extra[0] = config.extra[1] = sizeof(Flow *);
        strcpy(config.session_id, role == NCI_ROLE_EXPORTER ? "00112233445566778899aabbccddeeff"
                                                            : "ffeeddccbbaa99887766554433221100");
        return config;
    }

    End(const struct nci_session_config &how, int64_t *clock) : config(how), now(clock)
    {
        if (nci_session_new(&config, events(), this, *now, &session))
            throw std::runtime_error(nci_detail());
    }

    ~End()
    {
        nci_session_end(session, NCI_OK, NULL);
        nci_session_free(session);
    }

    End(const End &) = delete;
    End &operator=(const End &) = delete;

    /* -- what a test does -- */

    /* NULL: refused at once, the detail text says why. */
    Flow *bind(const std::string &name, bool receives, uint32_t size = 1024,
               uint64_t window = 4u << 20, int64_t count = -1, int64_t wait_ms = 0)
    {
        struct nci_bind ask;
        memset(&ask, 0, sizeof ask);
        ask.name = name.data();
        ask.name_length = name.size();
        ask.receives = receives;
        ask.size = size;
        ask.window = window;
        ask.count = count;
        ask.wait_ms = wait_ms;
        Flow *flow = add_flow(name, !receives);
        if (nci_session_bind(session, &ask, &flow->stream)) {
            forget(flow);
            return nullptr;
        }
        place(flow->stream) = flow;
        flow->id = flow->stream->id;
        return flow;
    }

    Flow *flow(const std::string &name) const
    {
        auto found = by_name.find(name);
        return found == by_name.end() ? nullptr : found->second;
    }

    void send(Flow *flow, const std::string &text)
    {
        flow->outbox.emplace_back(text, ++stamps);
        if (ready_events && flow->stream)
            nci_session_ready(session, flow->stream);
    }

    /* The owner's channel gave n more values to a receiver. */
    void take(Flow *flow, uint64_t n, bool at_once = false)
    {
        for (uint64_t i = 0; i < n; i++)
            flow->taken_bytes += flow->received.at(flow->taken++).size();
        if (flow->wanted && flow->taken >= flow->wanted) {
            at_once = true;
            flow->wanted = 0;
        }
        if (flow->stream)
            nci_session_taken(session, flow->stream, at_once, *now);
    }

    void take_all(Flow *flow, bool at_once = false)
    {
        take(flow, flow->received.size() - flow->taken, at_once);
    }

    /* Frames what is pending, hands it over, and returns it. */
    std::string produce(size_t limit = 60000)
    {
        (void)!nci_session_produce(session, limit, *now);
        std::string bytes = hand_over(session);
        value_bytes += nci_session_value_bytes_handed(session);
        sent += bytes;
        return bytes;
    }

    std::string produce_all()
    {
        std::string all;
        do {
            all += produce();
        } while (nci_session_wants_output(session));
        return all;
    }

    int feed(const std::string &bytes)
    {
        held += bytes;
        size_t consumed = 0;
        int code = nci_session_feed(session, reinterpret_cast<const uint8_t *>(held.data()),
                                    held.size(), *now, &consumed);
        held.erase(0, consumed);
        return code;
    }

    int tick()
    {
        int64_t next;
        return nci_session_tick(session, *now, &next);
    }

    int error() const
    {
        return nci_session_error(session, NULL);
    }

    std::string error_text() const
    {
        const char *text;
        nci_session_error(session, &text);
        return text;
    }

    void end(int code = NCI_LOST)
    {
        nci_session_end(session, code, "the link is gone");
    }

    /* -- the owner's side of the contract -- */

    Flow *add_flow(const std::string &name, bool sends)
    {
        flows.emplace_back(new Flow);
        Flow *flow = flows.back().get();
        flow->end = this;
        flow->name = name;
        flow->sends = sends;
        flow->greedy = greedy;
        by_name[name] = flow;
        return flow;
    }

    void forget(Flow *flow)
    {
        by_name.erase(flow->name);
        flows.pop_back();
    }

    void note(const std::string &what, const struct nci_stream *stream = nullptr)
    {
        log += (log.empty() ? "" : " ") + what;
        if (stream)
            log += ":" + std::to_string(stream->id);
    }

    static End *self(void *ctx)
    {
        return static_cast<End *>(ctx);
    }

    static Flow *&place(const struct nci_stream *stream)
    {
        return *static_cast<Flow **>(nci_stream_extra(stream));
    }
    static Flow *of(const struct nci_stream *stream)
    {
        return place(stream);
    }

    static void on_ready(void *ctx)
    {
        self(ctx)->ready = true;
        self(ctx)->note("ready");
    }

    static void on_bind(void *ctx, struct nci_stream *stream)
    {
        End *end = self(ctx);
        Flow *flow =
            end->add_flow(std::string(stream->ask->name, stream->ask->name_length), stream->sends);
        flow->wait_ms = stream->ask->wait_ms;
        flow->stream = stream;
        flow->id = stream->id;
        place(stream) = flow;
        end->note("bind", stream);
        if (end->accepts)
            end->accept(flow);
    }

    void accept(Flow *flow)
    {
        struct nci_stream *stream = flow->stream;
        flow->bound = true;
        nci_session_accept(session, stream, grant_size ? grant_size : stream->size,
                           grant_window ? grant_window : stream->window,
                           grant_count ? grant_count : stream->count);
        if (!flow->outbox.empty())
            nci_session_ready(session, stream);
    }

    static void on_bound(void *ctx, struct nci_stream *stream)
    {
        of(stream)->bound = true;
        self(ctx)->note("bound", stream);
    }

    static size_t on_pull(void *, struct nci_stream *stream, struct nci_outgoing *items, size_t max)
    {
        Flow *flow = of(stream);
        size_t n = 0;
        for (; n < max && !flow->outbox.empty(); n++) {
            const std::string &text = flow->outbox.front().first;
            if (nci_value_new(text.data(), text.size(), NULL, &items[n].value))
                break;
            items[n].stamp = flow->outbox.front().second;
            flow->outbox.pop_front();
            flow->pulled++;
        }
        return n;
    }

    static int on_value(void *ctx, struct nci_stream *stream, struct nci_value *value)
    {
        Flow *flow = of(stream);
        if (flow->value_error)
            nci_value_unref(value);
        if (flow->value_error == NCI_NOMEM)
            return nci_fail_nomem();
        if (flow->value_error)
            return nci_fail(flow->value_error, "the owner refuses");
        size_t length;
        const char *text = nci_value_text(value, &length);
        flow->received.emplace_back(text, length);
        nci_value_unref(value);
        if (flow->greedy)
            self(ctx)->take(flow, 1, flow->received.size() % 2 == 0);
        return NCI_OK;
    }

    static void on_figures(void *, struct nci_stream *stream, uint64_t *taken, uint64_t *bytes)
    {
        *taken = of(stream)->taken;
        *bytes = of(stream)->taken_bytes;
        of(stream)->taken_bytes = 0;
    }

    static void on_asked(void *ctx, struct nci_stream *stream, uint64_t seq)
    {
        Flow *flow = of(stream);
        flow->asked.push_back(seq);
        if (flow->taken < seq)
            flow->wanted = seq;
        self(ctx)->note("asked", stream);
    }

    static void on_acked(void *, struct nci_stream *stream, uint64_t received_new,
                         uint64_t taken_new, uint64_t taken_bytes)
    {
        Flow *flow = of(stream);
        flow->acked_received += received_new;
        flow->acked_taken += taken_new;
        flow->acked_taken_bytes += taken_bytes;
    }

    static void on_closed(void *ctx, struct nci_stream *stream, int code, const char *text)
    {
        of(stream)->closed = code;
        of(stream)->closed_text = text;
        self(ctx)->note("closed", stream);
    }

    static void on_hungup(void *ctx, struct nci_stream *stream, int code, const char *text)
    {
        of(stream)->hungup = code;
        of(stream)->hungup_text = text;
        self(ctx)->note("hungup", stream);
    }

    static void on_close_written(void *ctx, struct nci_stream *stream)
    {
        of(stream)->close_written = true;
        self(ctx)->note("close_written", stream);
    }

    static void on_over(void *ctx, struct nci_stream *stream, int code)
    {
        Flow *flow = of(stream);
        struct nci_ledger *ledger = nci_stream_ledger(stream);
        for (uint32_t i = 0; i < ledger->count; i++) {
            struct nci_ledger_entry *entry = nci_ledger_at(ledger, i);
            if (!entry->value)
                continue;
            size_t length;
            const char *text = nci_value_text(entry->value, &length);
            flow->returned.emplace_back(std::string(text, length), entry->stamp);
            flow->unreceived += entry->end != UINT64_MAX;
            nci_value_unref(entry->value);
            entry->value = NULL;
        }
        flow->over = code;
        flow->stream = nullptr;
        self(ctx)->note("over", stream);
    }

    static void on_list(void *ctx, uint64_t cursor, const char *filter, size_t length)
    {
        self(ctx)->lists.emplace_back(cursor, std::string(filter, length));
    }

    static void on_listing(void *ctx, uint64_t cursor, struct nci_value *payload)
    {
        size_t length;
        const char *text = nci_value_text(payload, &length);
        self(ctx)->listings.emplace_back(cursor, std::string(text, length));
    }

    static void on_bye(void *ctx, int code, const char *text)
    {
        self(ctx)->bye_code = code;
        self(ctx)->bye_text = text;
        self(ctx)->note("bye");
    }

    static const struct nci_session_events *events()
    {
        static const struct nci_session_events table = {
            on_ready,         on_bind,  on_bound, on_pull,    on_value,
            on_figures,       on_asked, on_acked, on_closed,  on_hungup,
            on_close_written, on_over,  on_list,  on_listing, on_bye,
        };
        return &table;
    }
};

/* Two sessions and the pipes between them. */
struct Pair {
    int64_t now = 1000 * second;
    End exporter, importer;

    Pair()
        : exporter(End::defaults(NCI_ROLE_EXPORTER), &now),
          importer(End::defaults(NCI_ROLE_IMPORTER), &now)
    {
    }

    Pair(const struct nci_session_config &exporting, const struct nci_session_config &importing)
        : exporter(exporting, &now), importer(importing, &now)
    {
    }

    /* Moves bytes both ways until nothing is pending. No time passes. */
    void settle()
    {
        for (int round = 0; round < 100000; round++) {
            std::string out = exporter.produce(), in = importer.produce();
            if (out.empty() && in.empty())
                return;
            (void)importer.feed(out);
            (void)exporter.feed(in);
        }
        throw std::runtime_error("the pair never comes to rest");
    }

    /* Lets time pass in steps short enough for every delay. */
    void pass(int64_t span)
    {
        for (int64_t end = now + span; now < end;) {
            now = std::min(end, std::min(next(exporter), next(importer)));
            (void)exporter.tick();
            (void)importer.tick();
            settle();
        }
    }

    Flow *bind(const std::string &name, bool receives, uint32_t size = 1024,
               uint64_t window = 4u << 20, int64_t count = -1)
    {
        Flow *flow = importer.bind(name, receives, size, window, count);
        settle();
        return flow;
    }

  private:
    int64_t next(const End &end) const
    {
        return std::max(now + 1, nci_session_next(end.session));
    }
};

/* One session against frames that the test spells. */
struct Raw {
    int64_t now = 1000 * second;
    End end;

    explicit Raw(enum nci_role role) : end(End::defaults(role), &now)
    {
    }

    explicit Raw(const struct nci_session_config &how) : end(how, &now)
    {
    }

    static std::string hello(enum nci_role role, const std::string &more = "")
    {
        return spell("hello", {},
                     std::string("{\"netchan\":[1,1],\"role\":\"") +
                         (role == NCI_ROLE_EXPORTER ? "exporter" : "importer") +
                         "\",\"limits\":{\"value\":4194304,\"depth\":64,\"frame\":65536,"
                         "\"streams\":1024,\"size\":65536,\"window\":67108864}" +
                         more + "}");
    }

    /* The peer's hello for this end. */
    std::string hello() const
    {
        return hello(end.config.role == NCI_ROLE_EXPORTER ? NCI_ROLE_IMPORTER : NCI_ROLE_EXPORTER);
    }

    /* Both hellos have passed. */
    void greet()
    {
        (void)end.feed(hello());
        (void)end.produce_all();
    }

    static std::string ask(uint32_t id, const std::string &name, bool receives,
                           uint64_t size = 1024, uint64_t window = 4u << 20, int64_t count = -1)
    {
        return spell("bind", {id},
                     "{\"name\":\"" + name + "\",\"direction\":\"" + (receives ? "recv" : "send") +
                         "\",\"size\":" + std::to_string(size) + ",\"window\":" +
                         std::to_string(window) + ",\"count\":" + std::to_string(count) + "}");
    }

    static std::string grant(uint32_t id, uint64_t size = 1024, uint64_t window = 4u << 20,
                             int64_t count = -1)
    {
        return spell("bound", {id},
                     "{\"size\":" + std::to_string(size) + ",\"window\":" + std::to_string(window) +
                         ",\"count\":" + std::to_string(count) + "}");
    }

    /* A bound stream on this end, with the next id: it receives, or it sends. The role decides who
     * asks. Everything written so far is taken out of the way. */
    Flow *stream(bool sends, uint32_t size = 1024, uint64_t window = 4u << 20, int64_t count = -1)
    {
        std::string name = "s" + std::to_string(++streams);
        if (end.config.role == NCI_ROLE_IMPORTER) {
            (void)end.bind(name, !sends, size, window, count);
            (void)end.produce_all();
            (void)end.feed(grant(streams, size, window, count));
        } else {
            (void)end.feed(ask(streams, name, sends, size, window, count));
        }
        (void)end.produce_all();
        return end.flow(name);
    }

    uint32_t streams = 0;

    /* Feeds and returns what the session answers. */
    std::string answer(const std::string &bytes)
    {
        (void)end.feed(bytes);
        return end.produce_all();
    }

    /* The link has ended with a text that holds this piece. */
    bool refused(const std::string &piece, int code = NCI_PROTOCOL) const
    {
        return end.error() == code && end.error_text().find(piece) != std::string::npos;
    }
};

} // namespace netchan_test

#endif
