/* SPDX-License-Identifier: MIT */
/* The first frame of each side, and how a link begins. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

using namespace netchan_test;

namespace
{

std::string with_limits(const std::string &limits)
{
    return spell("hello", {},
                 "{\"netchan\":[1,1],\"role\":\"exporter\",\"limits\":{" + limits + "}}");
}

std::string with_versions(const std::string &versions)
{
    return spell("hello", {},
                 "{\"netchan\":" + versions +
                     ",\"role\":\"exporter\",\"limits\":{\"value\":1,\"depth\":0,\"frame\":4096,"
                     "\"streams\":1,\"size\":1,\"window\":1}}");
}

const char *const all_limits =
    "\"value\":1,\"depth\":0,\"frame\":4096,\"streams\":1,\"size\":1,\"window\":1";

} // namespace

TEST_CASE("each side says hello first and at once", "[engine][hello][P20]")
{
    Pair pair;
    std::string out = pair.exporter.produce(), in = pair.importer.produce();
    REQUIRE(summary(out) == "hello");
    REQUIRE(summary(in) == "hello");
    REQUIRE(!pair.exporter.ready);
    REQUIRE(pair.exporter.feed(in) == NCI_OK);
    REQUIRE(pair.importer.feed(out) == NCI_OK);
    REQUIRE(pair.exporter.ready);
    REQUIRE(nci_session_is_ready(pair.importer.session));
    REQUIRE(std::string(nci_session_peer_agent(pair.importer.session)) == "test");
    REQUIRE(nci_session_peer_limits(pair.importer.session)->window == 64u << 20);
}

TEST_CASE("hello is first also when it is asked for by a call", "[engine][hello][P20]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    REQUIRE(raw.end.bind("early", true));
    REQUIRE(nci_session_list(raw.end.session, 0, "", 0) == NCI_OK);
    REQUIRE(summary(raw.end.produce_all()) == "hello list 0 bind 1");
}

TEST_CASE("any other first frame ends the link", "[engine][hello][P21]")
{
    for (const std::string &first :
         {spell("ping", {1}), spell("telegram", {}), spell("bye"), spell("ack", {1, 0, 0}),
          spell("data", {1, 1}, "1"), Raw::ask(1, "x", true), spell("list", {0})}) {
        Raw raw(NCI_ROLE_EXPORTER);
        REQUIRE(raw.end.feed(first) == NCI_PROTOCOL);
        REQUIRE(raw.refused("the first frame must be hello"));
        REQUIRE(raw.end.log.empty());
        /* Also who fails says hello first. */
        REQUIRE(summary(raw.end.produce_all()) == "hello bye");
    }
}

TEST_CASE("a second hello ends the link", "[engine][hello][P22]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    REQUIRE(raw.end.feed(raw.hello()) == NCI_PROTOCOL);
    REQUIRE(raw.refused("hello: a second one"));
}

TEST_CASE("versions are a range, and the highest common one is spoken", "[engine][hello][P23]")
{
    for (const char *versions : {"[1,1]", "[1,2]", "[1,9007199254740993]"}) {
        Raw raw(NCI_ROLE_IMPORTER);
        REQUIRE(raw.end.feed(with_versions(versions)) == NCI_OK);
        REQUIRE(raw.end.ready);
    }
    Raw raw(NCI_ROLE_IMPORTER);
    REQUIRE(raw.end.feed(with_versions("[2,7]")) == NCI_PROTOCOL);
    REQUIRE(raw.refused("no common version: this side speaks 1 to 1, the peer 2 to 7"));
    std::vector<Frame> said = frames_of(raw.end.produce_all());
    REQUIRE(said.back().kind == "bye");
    REQUIRE_THAT(said.back().payload, has_text("the peer 2 to 7"));
    for (const char *versions : {"1", "[]", "[1]", "[1,1,1]", "[2,1]", "[0,1]", "[1.0,1]",
                                 "[\"1\",1]", "{}", "[-1,1]", "null"}) {
        Raw other(NCI_ROLE_IMPORTER);
        INFO(versions);
        REQUIRE(other.end.feed(with_versions(versions)) == NCI_PROTOCOL);
        REQUIRE(other.refused("netchan"));
    }
}

TEST_CASE("two sides of one role end the link", "[engine][hello][P24]")
{
    Raw exporter(NCI_ROLE_EXPORTER), importer(NCI_ROLE_IMPORTER), neither(NCI_ROLE_IMPORTER);
    REQUIRE(exporter.end.feed(Raw::hello(NCI_ROLE_EXPORTER)) == NCI_PROTOCOL);
    REQUIRE(exporter.refused("both sides are exporters"));
    REQUIRE(importer.end.feed(Raw::hello(NCI_ROLE_IMPORTER)) == NCI_PROTOCOL);
    REQUIRE(importer.refused("both sides are importers"));
    std::string odd = Raw::hello(NCI_ROLE_EXPORTER);
    odd.replace(odd.find("exporter"), 8, "reporter");
    REQUIRE(neither.end.feed(odd) == NCI_PROTOCOL);
    REQUIRE(neither.refused("role"));
}

TEST_CASE("hello holds all six limits, none below its least", "[engine][hello][P25][P17]")
{
    Raw least(NCI_ROLE_IMPORTER);
    REQUIRE(least.end.feed(with_limits(all_limits)) == NCI_OK);
    const struct nci_session_limits *limits = nci_session_peer_limits(least.end.session);
    REQUIRE((limits->value == 1 && limits->depth == 0 && limits->frame == 4096));
    REQUIRE((limits->streams == 1 && limits->size == 1 && limits->window == 1));

    Raw huge(NCI_ROLE_IMPORTER);
    std::string nines = "9223372036854775807";
    REQUIRE(huge.end.feed(with_limits("\"value\":" + nines + ",\"depth\":" + nines +
                                      ",\"frame\":" + nines + ",\"streams\":" + nines +
                                      ",\"size\":" + nines + ",\"window\":" + nines)) == NCI_OK);
    limits = nci_session_peer_limits(huge.end.session);
    REQUIRE(limits->size == UINT32_MAX);
    REQUIRE(limits->depth == INT32_MAX);

    const char *names[] = {"value", "depth", "frame", "streams", "size", "window"};
    for (const char *name : names) {
        std::string key = std::string("\"") + name + "\":";
        size_t at = std::string(all_limits).find(key) + key.size();
        for (const char *number : {"-1", "\"1\"", "1.5", "null", "true"}) {
            std::string changed = all_limits;
            size_t end = changed.find_first_of(",", at);
            changed.replace(at, end == std::string::npos ? end : end - at, number);
            Raw raw(NCI_ROLE_IMPORTER);
            INFO(changed);
            REQUIRE(raw.end.feed(with_limits(changed)) == NCI_PROTOCOL);
            REQUIRE(raw.refused(name));
        }
        std::string missing = all_limits;
        missing.replace(missing.find(key), key.size(), std::string("\"un") + name + "\":");
        Raw raw(NCI_ROLE_IMPORTER);
        REQUIRE(raw.end.feed(with_limits(missing)) == NCI_PROTOCOL);
        REQUIRE(raw.refused(name));
    }
    Raw low(NCI_ROLE_IMPORTER);
    REQUIRE(low.end.feed(with_limits("\"value\":1,\"depth\":0,\"frame\":4095,\"streams\":1,"
                                     "\"size\":1,\"window\":1")) == NCI_PROTOCOL);
    REQUIRE(low.refused("frame"));
}

TEST_CASE("the rest of hello is optional", "[engine][hello][P26]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    REQUIRE(raw.end.feed(Raw::hello(NCI_ROLE_EXPORTER)) == NCI_OK);
    REQUIRE(raw.end.ready);
    REQUIRE(std::string(nci_session_peer_agent(raw.end.session)).empty());
    for (const char *more :
         {",\"silence\":-1", ",\"silence\":\"0\"", ",\"silence\":0.5", ",\"features\":{}",
          ",\"features\":\"x\"", ",\"agent\":1", ",\"session\":[]"}) {
        Raw other(NCI_ROLE_IMPORTER);
        INFO(more);
        REQUIRE(other.end.feed(Raw::hello(NCI_ROLE_EXPORTER, more)) == NCI_PROTOCOL);
    }
}

TEST_CASE("features that nobody knows and members that nobody knows are ignored",
          "[engine][hello][P16][P27]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    REQUIRE(raw.end.feed(Raw::hello(NCI_ROLE_EXPORTER,
                                    ",\"features\":[\"resume\",\"zip\"],\"mood\":{\"a\":[1]}")) ==
            NCI_OK);
    REQUIRE(raw.end.ready);
    Frame own = frames_of(raw.end.produce_all()).at(0);
    REQUIRE_THAT(own.payload, has_text("\"features\":[]"));
}

TEST_CASE("frames may follow hello without waiting for the other's", "[engine][hello][P28]")
{
    Pair pair;
    Flow *in = pair.importer.bind("ticks", true, 10);
    std::string first = pair.importer.produce_all();
    REQUIRE(summary(first) == "hello bind 1");
    REQUIRE(pair.exporter.feed(first) == NCI_OK);
    std::string answer = pair.exporter.produce_all();
    REQUIRE(summary(answer) == "hello bound 1");
    REQUIRE(pair.importer.feed(answer) == NCI_OK);
    REQUIRE(in->bound);
}

TEST_CASE("hello must be there in time, however its bytes trickle", "[engine][hello][P29]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    (void)raw.end.produce_all();
    std::string hello = raw.hello();
    int64_t begun = raw.now;
    REQUIRE(nci_session_next(raw.end.session) <= begun + 10 * second);
    for (size_t i = 0; i < hello.size() - 1; i++) {
        raw.now = begun + (int64_t)i * 9 * second / (int64_t)hello.size();
        REQUIRE(raw.end.feed(hello.substr(i, 1)) == NCI_OK);
        REQUIRE(raw.end.tick() == NCI_OK);
    }
    raw.now = begun + 10 * second - 1;
    REQUIRE(raw.end.tick() == NCI_OK);
    raw.now = begun + 10 * second;
    REQUIRE(raw.end.tick() == NCI_TIMEOUT);
    REQUIRE(raw.refused("no hello from the peer within 10000 ms", NCI_TIMEOUT));
    REQUIRE(summary(raw.end.produce_all()) == "bye");

    Raw punctual(NCI_ROLE_EXPORTER);
    punctual.now += 10 * second - 1;
    REQUIRE(punctual.end.feed(punctual.hello()) == NCI_OK);
    punctual.now += 100;
    REQUIRE(punctual.end.tick() == NCI_OK);
}

TEST_CASE("limits out of range make no session", "[engine][hello]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    struct nci_session *session = nullptr;
    auto refused = [&](struct nci_session_limits limits, const char *name) {
        config.limits = limits;
        CHECK(nci_session_new(&config, End::events(), nullptr, 0, &session) == NCI_OPTION);
        CHECK_THAT(nci_detail(), has_text(name));
    };
    struct nci_session_limits good = config.limits, bad = good;
    bad.frame = 4095;
    refused(bad, "limit.frame");
    bad = good;
    bad.value = 0;
    refused(bad, "limit.value");
    bad = good;
    bad.depth = NCI_JSON_DEPTH_MAX + 1;
    refused(bad, "limit.depth");
    bad = good;
    bad.streams = 0;
    refused(bad, "limit.streams");
    bad = good;
    bad.size = 0;
    refused(bad, "limit.size");
    bad = good;
    bad.window = 0;
    refused(bad, "limit.window");
}
