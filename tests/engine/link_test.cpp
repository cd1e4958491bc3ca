/* SPDX-License-Identifier: MIT */
/* What concerns the whole link: listings, life and time, budgets, and its end. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

using namespace netchan_test;

namespace
{

std::string repeat(const std::string &frame, size_t times)
{
    std::string bytes;
    bytes.reserve(frame.size() * times);
    for (size_t i = 0; i < times; i++)
        bytes += frame;
    return bytes;
}

int listing(End &end, uint64_t cursor, const std::string &page)
{
    struct nci_value *value;
    REQUIRE(nci_value_new(page.data(), page.size(), NULL, &value) == NCI_OK);
    int code = nci_session_listing(end.session, cursor, value);
    nci_value_unref(value);
    return code;
}

/* An end whose peer said this silence. */
struct Timed : Raw {
    explicit Timed(const std::string &silence = "7000") : Raw(NCI_ROLE_EXPORTER)
    {
        (void)end.feed(Raw::hello(NCI_ROLE_IMPORTER, ",\"silence\":" + silence));
        (void)end.produce_all();
    }

    /* Ticks on time until something is due or the span is over; what was written. */
    std::string pass(int64_t span)
    {
        std::string bytes;
        for (int64_t until = now + span; now < until && bytes.empty() && end.error() == NCI_OK;) {
            now = std::min(until, std::max(now + 1, nci_session_next(end.session)));
            (void)end.tick();
            bytes = end.produce_all();
        }
        return bytes;
    }
};

} // namespace

TEST_CASE("a list is answered page by page", "[engine][link][P91][P92][P93]")
{
    Pair pair;
    pair.settle();
    REQUIRE(nci_session_list(pair.importer.session, 0, "tick", 4) == NCI_OK);
    pair.settle();
    REQUIRE(pair.exporter.lists == decltype(pair.exporter.lists){{0, "tick"}});
    std::string page = "{\"channels\":[{\"name\":\"ticks\",\"direction\":\"send\",\"sent\":5}]}";
    REQUIRE(listing(pair.exporter, 17, page) == NCI_OK);
    pair.settle();
    REQUIRE(pair.importer.listings == decltype(pair.importer.listings){{17, page}});
    REQUIRE(nci_session_list(pair.importer.session, 17, "", 0) == NCI_OK);
    pair.settle();
    REQUIRE(pair.exporter.lists.back() == std::make_pair((uint64_t)17, std::string()));
    REQUIRE(listing(pair.exporter, 0, "{\"channels\":[]}") == NCI_OK);
    pair.settle();
    REQUIRE(pair.importer.listings.back().first == 0);
    REQUIRE(listing(pair.exporter, 0, "{}") == NCI_USAGE);
    REQUIRE(nci_session_list(pair.exporter.session, 0, "", 0) == NCI_USAGE);
    REQUIRE(nci_session_list(pair.importer.session, 0, std::string(256, 'x').data(), 256) ==
            NCI_USAGE);
}

TEST_CASE("a listing is an object with channels, and a filter a short string",
          "[engine][link][P93][P15][P17]")
{
    for (const char *page :
         {"[]", "{", "1", "{}", "{\"channels\":{}}", "{\"channels\":[1]}",
          "{\"channels\":[{\"name\":\"x\"}]}", "{\"channels\":[{\"direction\":\"send\"}]}",
          "{\"channels\":[{\"name\":1,\"direction\":\"send\"}]}",
          "{\"channels\":[{\"name\":\"x\",\"direction\":\"both\"}]}"}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        REQUIRE(nci_session_list(raw.end.session, 0, "", 0) == NCI_OK);
        (void)raw.end.produce_all();
        REQUIRE(raw.end.feed(spell("listing", {0}, page)) == NCI_PROTOCOL);
    }
    for (const std::string &filter : {std::string("{\"filter\":1}"), std::string("[]"),
                                      "{\"filter\":\"" + std::string(256, 'x') + "\"}"}) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        REQUIRE(raw.end.feed(spell("list", {0}, filter)) == NCI_PROTOCOL);
    }
}

TEST_CASE("sixteen lists may be unanswered", "[engine][link][P94]")
{
    Pair pair;
    pair.settle();
    for (int i = 0; i < 16; i++)
        REQUIRE(nci_session_list(pair.importer.session, 0, "", 0) == NCI_OK);
    REQUIRE(nci_session_list(pair.importer.session, 0, "", 0) == NCI_BUSY);
    pair.settle();
    REQUIRE(pair.exporter.lists.size() == 16);
    REQUIRE(nci_session_list(pair.importer.session, 0, "", 0) == NCI_BUSY);
    REQUIRE(listing(pair.exporter, 0, "{\"channels\":[]}") == NCI_OK);
    pair.settle();
    REQUIRE(nci_session_list(pair.importer.session, 0, "", 0) == NCI_OK);
    pair.settle();
    REQUIRE(pair.exporter.error() == NCI_OK);

    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    REQUIRE(raw.end.feed(repeat(spell("list", {0}), 16)) == NCI_OK);
    /* Answered, but not written: the peer does not read. */
    for (int i = 0; i < 16; i++)
        REQUIRE(listing(raw.end, 0, "{}") == NCI_OK);
    REQUIRE(raw.end.feed(spell("list", {0})) == NCI_LIMIT);
    REQUIRE(raw.refused("16 lists are not answered yet", NCI_LIMIT));
}

TEST_CASE("a page fits the importer's frame limit", "[engine][link][P94]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    std::string hello = raw.hello();
    hello.replace(hello.find("\"frame\":65536"), 13, "\"frame\": 4096");
    REQUIRE(raw.end.feed(hello + spell("list", {0})) == NCI_OK);
    REQUIRE(listing(raw.end, 0, "{\"a\":" + value_of_length(4091) + "}") == NCI_LIMIT);
    REQUIRE(listing(raw.end, 0, "{\"a\":" + value_of_length(4090) + "}") == NCI_OK);
}

TEST_CASE("a listing that nobody asked for ends the link", "[engine][link][P95]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    REQUIRE(raw.end.feed(spell("listing", {0}, "{}")) == NCI_PROTOCOL);
    REQUIRE(raw.refused("nobody asked for it"));
    /* Asked, but the question was not written yet. */
    Raw early(NCI_ROLE_IMPORTER);
    early.greet();
    REQUIRE(nci_session_list(early.end.session, 0, "", 0) == NCI_OK);
    REQUIRE(early.end.feed(spell("listing", {0}, "{}")) == NCI_PROTOCOL);
}

TEST_CASE("after an interval without input a ping goes out", "[engine][link][P97]")
{
    Timed timed;
    int64_t begun = timed.now;
    REQUIRE(summary(timed.pass(60 * second)) == "ping 1");
    REQUIRE(timed.now - begun <= 7 * second);
    REQUIRE(timed.now - begun > 7 * second - 7 * second / 8);

    /* Links that begin together do not ping together. */
    std::set<int64_t> times;
    for (char last = 'a'; last <= 'z'; last++) {
        struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
        config.session_id[31] = last;
        Raw raw(config);
        (void)raw.end.feed(Raw::hello(NCI_ROLE_IMPORTER, ",\"silence\":1"));
        (void)raw.end.produce_all();
        (void)raw.end.tick();
        raw.now += 2 * second;
        (void)raw.end.tick();
        times.insert(nci_session_next(raw.end.session));
    }
    REQUIRE(times.size() > 15);
}

TEST_CASE("any byte that arrives is life", "[engine][link][P96]")
{
    Timed timed;
    std::string frame = spell("telegram", {}, std::string(100, 'x'));
    for (char byte : frame) {
        timed.now += 6 * second;
        REQUIRE(timed.end.tick() == NCI_OK);
        REQUIRE(timed.end.produce_all().empty());
        REQUIRE(timed.end.feed(std::string(1, byte)) == NCI_OK);
    }
    /* A late ping is withdrawn when something comes before it was written. */
    timed.now += 7 * second;
    REQUIRE(timed.end.tick() == NCI_OK);
    REQUIRE(nci_session_wants_output(timed.end.session));
    REQUIRE(timed.end.feed("[") == NCI_OK);
    REQUIRE(timed.end.produce_all().empty());
}

TEST_CASE("a ping is answered by a pong, of many the newest", "[engine][link][P98]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    REQUIRE(raw.answer(spell("ping", {77})) == spell("pong", {77}));
    REQUIRE(raw.answer(spell("ping", {1}) + spell("ping", {9}) + spell("ping", {5})) ==
            spell("pong", {5}));
    REQUIRE(raw.end.produce_all().empty());
}

TEST_CASE("a peer that is silent for two intervals, a ping included, is lost",
          "[engine][link][P99]")
{
    Timed timed;
    int64_t begun = timed.now;
    REQUIRE(summary(timed.pass(60 * second)) == "ping 1");
    std::string bytes = timed.pass(60 * second);
    REQUIRE(timed.now - begun == 14 * second);
    REQUIRE(summary(bytes) == "bye");
    REQUIRE(timed.refused("the peer was silent for 14000 ms", NCI_LOST));

    Timed answered;
    for (int i = 1; i <= 5; i++) {
        REQUIRE(summary(answered.pass(60 * second)) == "ping " + std::to_string(i));
        answered.now += 5 * second;
        REQUIRE(answered.end.feed(spell("pong", {(uint64_t)i})) == NCI_OK);
    }
    REQUIRE(answered.end.error() == NCI_OK);
}

TEST_CASE("two idle ends keep each other alive for a day", "[engine][link][P97][P98]")
{
    Pair pair;
    Flow *flow = pair.bind("x", true);
    pair.pass(24 * 3600 * second);
    REQUIRE(pair.exporter.error() == NCI_OK);
    REQUIRE(pair.importer.error() == NCI_OK);
    REQUIRE(flow->bound);
    /* About one ping an interval in all, since the peer's ping is life too. */
    REQUIRE(pair.exporter.sent.size() + pair.importer.sent.size() < 24 * 3600 / 6 * 60);
}

TEST_CASE("a longer silence stretches the interval, a shorter one does not", "[engine][link][P100]")
{
    Timed slow("120000");
    int64_t begun = slow.now;
    REQUIRE(summary(slow.pass(1000 * second)) == "ping 1");
    REQUIRE(slow.now - begun > 100 * second);
    (void)slow.pass(1000 * second);
    REQUIRE(slow.now - begun == 240 * second);
    REQUIRE(slow.end.error() == NCI_LOST);

    Timed quick("10");
    begun = quick.now;
    REQUIRE(summary(quick.pass(1000 * second)) == "ping 1");
    REQUIRE(quick.now - begun > 6 * second);

    Timed odd("9223372036854775807");
    REQUIRE(odd.pass(3600 * second).empty());
    REQUIRE(odd.end.error() == NCI_OK);
}

TEST_CASE("a side that says silence 0 is not pinged and not judged", "[engine][link][P101]")
{
    Timed timed("0");
    REQUIRE(timed.pass(7 * 24 * 3600 * second).empty());
    REQUIRE(timed.end.error() == NCI_OK);
    REQUIRE(timed.answer(spell("ping", {1})) == spell("pong", {1}));
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.silence = 0;
    Raw raw(config);
    REQUIRE_THAT(raw.end.produce_all(), has_text("\"silence\":0"));
}

TEST_CASE("who slept late judges nobody before a ping could be answered", "[engine][link][P102]")
{
    Timed timed;
    timed.now += 3600 * second; /* frozen for an hour */
    REQUIRE(timed.end.tick() == NCI_OK);
    REQUIRE(summary(timed.end.produce_all()) == "ping 1");
    timed.now += 7 * second - 1;
    REQUIRE(timed.end.tick() == NCI_OK);
    REQUIRE(timed.end.feed(spell("pong", {1})) == NCI_OK);

    /* A caller that knows how late it is begins anew. */
    Timed pinged;
    REQUIRE(summary(pinged.pass(60 * second)) == "ping 1");
    pinged.now += 3600 * second;
    nci_session_forgive(pinged.end.session, pinged.now);
    REQUIRE(pinged.end.tick() == NCI_OK);
    int64_t begun = pinged.now;
    REQUIRE(summary(pinged.pass(60 * second)) == "ping 2");
    REQUIRE(pinged.now - begun > 6 * second);
}

TEST_CASE("pointless frames have a budget of 10,000 and 330 a second",
          "[engine][link][row:F7][P103][P104][S13.1]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *out = raw.stream(true);
    raw.stream(false);
    raw.end.send(out, "1");
    (void)raw.end.produce_all();
    REQUIRE(raw.end.feed(spell("ack", {1, 1, 1})) == NCI_OK);
    std::string frame;
    SECTION("acks that say nothing new")
    {
        frame = spell("ack", {1, 1, 1});
    }
    SECTION("syncs for what is known")
    {
        frame = spell("sync", {2, 0});
    }
    SECTION("pings")
    {
        frame = spell("ping", {3});
    }
    SECTION("pongs that nobody asked for")
    {
        frame = spell("pong", {3});
    }
    SECTION("frames of unknown kinds")
    {
        frame = spell("telegram", {1, 2, 3}, "{}");
    }
    REQUIRE(raw.end.feed(repeat(frame, 10000)) == NCI_OK);
    raw.now += 2 * second;
    REQUIRE(raw.end.feed(repeat(frame, 660)) == NCI_OK);
    REQUIRE(raw.end.feed(frame) == NCI_LIMIT);
    REQUIRE(raw.refused("more than 10000 frames without effect, and 330 a second", NCI_LIMIT));
}

TEST_CASE("lists are pointless, answered or not", "[engine][link][P104]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    for (int i = 0; i < 10000; i++) {
        REQUIRE(raw.end.feed(spell("list", {0})) == NCI_OK);
        REQUIRE(listing(raw.end, 0, "{}") == NCI_OK);
        (void)raw.end.produce_all();
    }
    REQUIRE(raw.end.feed(spell("list", {0})) == NCI_LIMIT);
}

TEST_CASE("a pong counts once", "[engine][link][P104]")
{
    Timed timed;
    REQUIRE(summary(timed.pass(60 * second)) == "ping 1");
    REQUIRE(timed.end.feed(repeat(spell("pong", {1}), 10001)) == NCI_OK);
    REQUIRE(timed.end.feed(spell("pong", {1})) == NCI_LIMIT);
}

TEST_CASE("syncs for values not told as taken, and their answers, are never pointless",
          "[engine][link][P105][S5.22][S5.23]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, "1")) == NCI_OK);
    for (int i = 0; i < 30; i++) {
        REQUIRE(raw.end.feed(repeat(spell("sync", {1, 1}), 1000)) == NCI_OK);
        (void)raw.end.produce_all();
    }
    Pair pair;
    Flow *in = pair.bind("x", true), *out = pair.exporter.flow("x");
    in->greedy = true;
    for (int i = 0; i < 15000; i++) {
        pair.exporter.send(out, "1");
        nci_session_sync(pair.exporter.session, out->stream, out->stream->sent + 1);
        pair.settle();
        REQUIRE(out->acked_taken == (uint64_t)i + 1);
    }
    REQUIRE(pair.exporter.error() == NCI_OK);
    REQUIRE(pair.importer.error() == NCI_OK);
}

TEST_CASE("binds have a budget of twice the streams and 33 a second",
          "[engine][link][row:F5][P106][S13.1]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.streams = 10;
    Raw raw(config);
    raw.greet();
    uint32_t id = 0;
    auto churn = [&] {
        id++;
        std::string said = raw.answer(Raw::ask(id, "x", true));
        std::string kind = frames_of(said).at(0).kind;
        (void)raw.answer(spell("hangup", {id, 0}));
        REQUIRE(raw.end.error() == NCI_OK);
        if (kind == "hangup")
            REQUIRE_THAT(said, has_text("\"code\":\"busy\""));
        return kind == "bound";
    };
    for (int i = 0; i < 20; i++)
        REQUIRE(churn());
    REQUIRE(!churn());
    REQUIRE(!churn());
    raw.now += second;
    for (int i = 0; i < 20; i++)
        REQUIRE(churn());
    REQUIRE(!churn());
    raw.now += second / 2;
    for (int i = 0; i < 16; i++)
        REQUIRE(churn());
    REQUIRE(!churn());
}

TEST_CASE("a program that imports as many channels as a link has streams is not refused",
          "[engine][link][P106]")
{
    Pair pair;
    for (int i = 0; i < 1024; i++)
        REQUIRE(pair.importer.bind("x" + std::to_string(i), i % 2));
    pair.settle();
    for (auto &flow : pair.importer.flows)
        REQUIRE(flow->bound);
}

TEST_CASE("binds over the budget are pointless too", "[engine][link][P104][P106]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.streams = 1;
    Raw raw(config);
    raw.greet();
    uint32_t id = 0;
    int code = NCI_OK;
    while (code == NCI_OK && id < 20000) {
        id++;
        code = raw.end.feed(Raw::ask(id, "x", true) + spell("hangup", {id, 0}));
        (void)raw.end.produce_all();
    }
    REQUIRE(code == NCI_LIMIT);
    REQUIRE(id == 10003); /* 2 accepted, 10,000 busy */
}

TEST_CASE("streams that are not over are bounded, the refused ones too",
          "[engine][link][P107][P108][S13.1]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.streams = 10;
    Raw raw(config);
    raw.greet();
    std::string binds;
    for (uint32_t id = 1; id <= 40; id++)
        binds += Raw::ask(id, "x", true);
    REQUIRE(raw.end.feed(binds) == NCI_OK);
    (void)raw.end.produce_all();
    REQUIRE(raw.end.feed(Raw::ask(41, "x", true)) == NCI_LIMIT);
    REQUIRE(raw.refused("bind 41: 40 streams are not finished yet", NCI_LIMIT));
}

TEST_CASE("what waits for a peer that does not read stays small",
          "[engine][link][P108][S5.7][S13.1]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *in = raw.stream(false, 1000);
    size_t before = nci_session_memory(raw.end.session);
    std::string flood = repeat(spell("ping", {1}), 1000) + repeat(spell("telegram"), 1000);
    for (uint64_t seq = 1; seq <= 1000; seq++)
        flood += spell("data", {1, seq}, "1") + spell("sync", {1, seq});
    REQUIRE(raw.end.feed(flood) == NCI_OK);
    raw.end.take_all(in, true);
    REQUIRE(nci_session_memory(raw.end.session) <= before + 256);
    REQUIRE(summary(raw.end.produce_all()) == "pong 1 ack 1,1000,1000");
}

TEST_CASE("bye is the last frame", "[engine][link][P109]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false);
    REQUIRE(raw.end.feed(spell("bye") + spell("data", {1, 1}, "1") + "what ever") == NCI_OK);
    REQUIRE(raw.end.bye_code == NCI_OK);
    REQUIRE(nci_session_peer_said_bye(raw.end.session));
    REQUIRE(raw.end.held.empty());
    REQUIRE(raw.end.feed("more") == NCI_OK);
    REQUIRE(flow->received.empty());
    REQUIRE(raw.end.error() == NCI_OK);

    /* This side's, behind whatever else was due. */
    Raw leaving(NCI_ROLE_EXPORTER);
    leaving.greet();
    flow = leaving.stream(true);
    leaving.end.send(flow, "1");
    nci_session_hangup(leaving.end.session, flow->stream, NCI_LOST, NULL);
    nci_session_bye(leaving.end.session, NCI_OK, NULL);
    REQUIRE(summary(leaving.end.produce_all()) == "hangup 1,0 bye");
    nci_session_bye(leaving.end.session, NCI_OK, NULL);
    REQUIRE(leaving.answer(spell("ping", {1})).empty());
    REQUIRE(!nci_session_wants_output(leaving.end.session));
    /* It reads on: what arrives still counts. */
    REQUIRE(leaving.end.feed(spell("hangup", {1, 0})) == NCI_OK);
    REQUIRE(flow->over == NCI_LOST);
}

TEST_CASE("nothing is bound on a link that ends", "[engine][link][P109]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    nci_session_bye(raw.end.session, NCI_OK, NULL);
    REQUIRE(!raw.end.bind("x", true));
    Raw told(NCI_ROLE_IMPORTER);
    told.greet();
    (void)told.end.feed(spell("bye"));
    REQUIRE(!told.end.bind("x", true));
}

TEST_CASE("bye says ok, or what ended the link", "[engine][link][P110]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    nci_session_bye(raw.end.session, NCI_OK, NULL);
    REQUIRE(raw.end.produce_all() == spell("bye", {}, "{\"code\":\"ok\"}"));
    for (auto &said : std::map<std::string, int>{{"", NCI_OK},
                                                 {"{}", NCI_OK},
                                                 {"{\"code\":\"ok\"}", NCI_OK},
                                                 {"{\"code\":\"limit\"}", NCI_LIMIT},
                                                 {"{\"code\":\"strange\"}", NCI_PROTOCOL}}) {
        Raw peer(NCI_ROLE_EXPORTER);
        peer.greet();
        REQUIRE(peer.end.feed(spell("bye", {}, said.first)) == NCI_OK);
        REQUIRE(peer.end.bye_code == said.second);
    }
    Raw full(NCI_ROLE_EXPORTER);
    full.greet();
    nci_session_bye(full.end.session, NCI_BUSY, "too many");
    REQUIRE(full.end.produce_all() ==
            spell("bye", {}, "{\"code\":\"busy\",\"text\":\"too many\"}"));
}

TEST_CASE("who ends the link for a frame names the frame", "[engine][link][P111][P10][S13.2]")
{
    struct {
        std::string bytes, code, text;
    } cases[] = {
        {"[\"ping\", 1, 0]\n\n", "protocol", "header is not canonical: space at byte 8"},
        {spell("data", {7, 9}, "1"), "protocol", "data 7,9: no stream has this id yet"},
        {"[\"telegram\",65537]\n", "limit", "unknown: payload of 65537 bytes"},
        {spell("bind", {1}, "[]"), "protocol", "bind: the payload is not an object"},
    };
    for (auto &one : cases) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        REQUIRE(raw.end.feed(one.bytes) == nci_status_by_name(one.code.data(), one.code.size()));
        std::vector<Frame> frames = frames_of(raw.end.produce_all());
        REQUIRE(frames.size() == 1);
        REQUIRE(frames[0].kind == "bye");
        REQUIRE_THAT(frames[0].payload, has_text("{\"code\":\"" + one.code + "\",\"text\":\""));
        REQUIRE_THAT(frames[0].payload, has_text(one.text));
        /* The first reason sticks; the detail text is the same. */
        REQUIRE(raw.end.feed("again") != NCI_OK);
        REQUIRE_THAT(raw.end.error_text(), has_text(one.text));
        REQUIRE(raw.end.produce_all().empty());
    }
}

TEST_CASE("an idle session is small and gives its buffers back", "[engine][link]")
{
    Pair pair;
    pair.settle();
    Flow *flow = pair.bind("x", true, 1024, 64u << 20);
    for (int i = 0; i < 1000; i++)
        pair.exporter.send(pair.exporter.flow("x"), value_of_length(1000));
    pair.settle();
    REQUIRE(nci_session_memory(pair.exporter.session) > 10000);
    pair.importer.take_all(flow, true);
    pair.pass(3 * second);
    REQUIRE(nci_session_memory(pair.exporter.session) < 1024 + 256 + 64);
    REQUIRE(nci_session_memory(pair.importer.session) < 1024 + 256 + 64);
    REQUIRE(sizeof(struct nci_stream) <= 256);
}
