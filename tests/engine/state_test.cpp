/* SPDX-License-Identifier: MIT */
/* The state table of PROTOCOL.md, cell by cell: every frame in every state at both ends. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

#include <functional>

using namespace netchan_test;

namespace
{

enum Effect { illegal, works, dropped };

/* One end in one state, on stream 1. */
struct State {
    const char *name;
    bool sends;
    std::function<void(Raw &)> reach;
    /* effects of: data, part, close, sync, ack, bound, hangup */
    Effect effects[7];
};

const char *const kinds[] = {"data", "part", "close", "sync", "ack", "bound", "hangup"};

/* The frame that would be right next, were its kind allowed. */
std::string frame_of(const char *kind, const Raw &raw)
{
    Flow *flow = raw.end.flow("s1");
    struct nci_stream *stream = flow ? flow->stream : nullptr;
    uint64_t received = flow && !flow->sends ? flow->received.size() : 0;
    std::string name = kind;
    if (name == "data" || name == "part")
        return spell(name, {1, received + 1}, "7");
    if (name == "bound")
        return Raw::grant(1);
    if (name == "ack")
        return spell(name, {1, stream && flow->sends ? stream->sent : 0, 0});
    if (name == "hangup" && flow && flow->sends)
        return spell(name, {1, 0});
    return spell(name, {1, received});
}

void ask_only(Raw &raw, bool sends)
{
    if (raw.end.config.role == NCI_ROLE_IMPORTER) {
        REQUIRE(raw.end.bind("s1", !sends));
        (void)raw.end.produce_all();
    } else {
        raw.end.accepts = false;
        REQUIRE(raw.end.feed(Raw::ask(1, "s1", sends)) == NCI_OK);
    }
}

void open(Raw &raw, bool sends)
{
    Flow *flow = raw.stream(sends);
    if (sends)
        raw.end.send(flow, "1");
    else
        REQUIRE(raw.end.feed(spell("data", {1, 1}, "1")) == NCI_OK);
    (void)raw.end.produce_all();
}

void close(Raw &raw, bool sends)
{
    open(raw, sends);
    if (sends)
        nci_session_close(raw.end.session, raw.end.flow("s1")->stream, NCI_CLOSED);
    else
        REQUIRE(raw.end.feed(spell("close", {1, 1})) == NCI_OK);
    (void)raw.end.produce_all();
}

void hang_up(Raw &raw, bool sends)
{
    open(raw, sends);
    nci_session_hangup(raw.end.session, raw.end.flow("s1")->stream, NCI_CLOSED, NULL);
    (void)raw.end.produce_all();
}

void withdraw(Raw &raw, bool sends)
{
    ask_only(raw, sends);
    nci_session_hangup(raw.end.session, raw.end.flow("s1")->stream, NCI_CLOSED, NULL);
    (void)raw.end.produce_all();
}

void finish(Raw &raw, bool sends)
{
    open(raw, sends);
    REQUIRE(raw.end.feed(spell("hangup", {1, sends ? 0u : 1u})) == NCI_OK);
    (void)raw.end.produce_all();
    REQUIRE(raw.end.flow("s1")->over);
}

void none(Raw &, bool)
{
}

std::vector<State> states()
{
    std::vector<State> all;
    auto add = [&](const char *name, void (*reach)(Raw &, bool), std::vector<Effect> receiver,
                   std::vector<Effect> sender) {
        for (bool sends : {false, true}) {
            State state = {name, sends, [=](Raw &raw) { reach(raw, sends); }, {}};
            std::vector<Effect> &effects = sends ? sender : receiver;
            std::copy(effects.begin(), effects.end(), state.effects);
            all.push_back(state);
        }
    };
    /* data part close sync ack bound hangup */
    add("unborn", none, {illegal, illegal, illegal, illegal, illegal, illegal, illegal},
        {illegal, illegal, illegal, illegal, illegal, illegal, illegal});
    add("binding", ask_only, {illegal, illegal, illegal, illegal, illegal, works, works},
        {illegal, illegal, illegal, illegal, illegal, works, works});
    add("open", open, {works, works, works, works, illegal, illegal, works},
        {illegal, illegal, illegal, illegal, works, illegal, works});
    add("closed", close, {illegal, illegal, illegal, works, illegal, illegal, works},
        {illegal, illegal, illegal, illegal, works, illegal, works});
    add("ending", hang_up, {dropped, dropped, dropped, dropped, illegal, illegal, works},
        {illegal, illegal, illegal, illegal, works, illegal, works});
    add("withdrawn", withdraw, {dropped, dropped, dropped, dropped, illegal, dropped, works},
        {illegal, illegal, illegal, illegal, works, dropped, works});
    add("over", finish, {illegal, illegal, illegal, illegal, illegal, illegal, illegal},
        {illegal, illegal, illegal, illegal, illegal, illegal, illegal});
    return all;
}

} // namespace

TEST_CASE("every frame has in every state the effect that the table says",
          "[engine][state][P90][P43][P86][S8.41][S13.1][S13.2]")
{
    for (const State &state : states()) {
        for (enum nci_role role : {NCI_ROLE_EXPORTER, NCI_ROLE_IMPORTER}) {
            for (int kind = 0; kind < 7; kind++) {
                Raw raw(role);
                raw.greet();
                state.reach(raw);
                Effect effect = state.effects[kind];
                /* Only an importer is ever sent bound. */
                if (kinds[kind] == std::string("bound") && role == NCI_ROLE_EXPORTER)
                    effect = illegal;
                std::string frame = frame_of(kinds[kind], raw);
                std::string log = raw.end.log;
                INFO(state.name << (state.sends ? " sender" : " receiver") << ", "
                                << (role == NCI_ROLE_EXPORTER ? "exporter" : "importer") << ": "
                                << frame);
                Flow *flow = raw.end.flow("s1");
                size_t held = flow ? flow->received.size() : 0;
                int code = raw.end.feed(frame);
                INFO(raw.end.error_text());
                REQUIRE(code == (effect == illegal ? NCI_PROTOCOL : NCI_OK));
                if (effect == illegal) {
                    /* The frame is named, nothing of it was believed. */
                    REQUIRE_THAT(raw.end.error_text(), has_text(kinds[kind]));
                    REQUIRE(raw.end.log == log);
                    REQUIRE(summary(raw.end.produce_all()) == "bye");
                } else if (effect == dropped) {
                    REQUIRE(raw.end.log == log);
                    REQUIRE(raw.end.produce_all().empty());
                }
                if (flow)
                    REQUIRE(flow->received.size() == held + (effect == works && kind == 0));
                raw.end.end();
            }
        }
    }
}

TEST_CASE("each legal frame moves the stream to the state that the table says",
          "[engine][state][P90]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    ask_only(raw, false);
    Flow *flow = raw.end.flow("s1");
    REQUIRE(flow->stream->state == NCI_STREAM_BINDING);
    REQUIRE(raw.end.feed(Raw::grant(1)) == NCI_OK);
    REQUIRE(flow->stream->state == NCI_STREAM_OPEN);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, "1") + spell("close", {1, 1})) == NCI_OK);
    (void)raw.end.produce_all();
    REQUIRE(flow->stream->state == NCI_STREAM_OPEN);
    raw.end.take_all(flow);
    (void)raw.end.produce_all();
    REQUIRE(flow->stream->state == NCI_STREAM_ENDING);
    REQUIRE(raw.end.feed(spell("hangup", {1, 1})) == NCI_OK);
    REQUIRE(flow->stream == nullptr);
}
