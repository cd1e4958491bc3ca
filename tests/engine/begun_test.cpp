/* SPDX-License-Identifier: MIT */
/* Long values whose frames have not come whole. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

namespace
{

const size_t LONG = 20000;

/* A receiver at whose end bytes arrive cut. */
struct Receiving : Raw {
    Flow *flow;

    explicit Receiving(const struct nci_session_config &config = End::defaults(NCI_ROLE_IMPORTER))
        : Raw(config)
    {
        greet();
        flow = stream(false);
    }

    /* Cut before byte at, and then after every so many. */
    int feed(const std::string &bytes, size_t at, size_t every = SIZE_MAX)
    {
        int code = end.feed(bytes.substr(0, at));
        for (; !code && at < bytes.size(); at += every < bytes.size() ? every : bytes.size())
            code = end.feed(bytes.substr(at, every));
        return code;
    }
};

} // namespace

TEST_CASE("a long frame is the same value wherever it is cut", "[engine][begun][P14][P48]")
{
    const std::string one = value_of_length(LONG), head = one.substr(0, 9000),
                      rest = one.substr(9000);
    const std::string bytes = spell("data", {1, 1}, one) + spell("data", {1, 2}, "2") +
                              spell("part", {1, 3}, head) + spell("data", {1, 3}, rest) +
                              spell("data", {1, 4}, "4");
    const std::vector<std::string> values{one, "2", one, "4"};
    for (size_t at = 0; at < bytes.size(); at += at < 40 ? 1 : 37) {
        Receiving raw;
        REQUIRE(raw.feed(bytes, at) == NCI_OK);
        REQUIRE(raw.flow->received == values);
    }
    for (size_t every : {1, 2, 3, 1000, 8191, 8192, 8193, 19999}) {
        Receiving raw;
        REQUIRE(raw.feed(bytes, 0, every) == NCI_OK);
        REQUIRE(raw.flow->received == values);
    }
    /* around the ends of the payloads, byte by byte */
    for (size_t near : {bytes.find("[\"data\",1,2,"), bytes.find("[\"data\",1,3,")}) {
        for (size_t at = near - 4; at < near + 4; at++) {
            Receiving raw;
            REQUIRE(raw.feed(bytes, at) == NCI_OK);
            REQUIRE(raw.flow->received == values);
        }
    }
}

TEST_CASE("what has come of a long frame is not kept a second time", "[engine][begun]")
{
    const std::string bytes = spell("data", {1, 1}, value_of_length(LONG));
    Receiving raw;
    REQUIRE(raw.end.feed(bytes.substr(0, 100)) == NCI_OK);
    REQUIRE(raw.end.held.empty());
    REQUIRE(raw.end.feed(bytes.substr(100, 15000)) == NCI_OK);
    REQUIRE(raw.end.held.empty());
    REQUIRE(raw.flow->received.empty());
    REQUIRE(raw.end.feed(bytes.substr(15100)) == NCI_OK);
    REQUIRE(raw.flow->received.size() == 1);
}

TEST_CASE("a long frame is judged by its header before the rest has come",
          "[engine][begun][P47][P56]")
{
    for (const char *kind : {"data", "part"}) {
        const std::string bytes = spell(kind, {1, 2}, value_of_length(LONG));
        Receiving raw;
        REQUIRE(raw.end.feed(bytes.substr(0, 100)) == NCI_PROTOCOL);
        REQUIRE(raw.refused("value 1 is next"));
    }
    Receiving full;
    REQUIRE(full.end.feed(data(1, 1, full.flow->stream->size)) == NCI_OK);
    const uint64_t next = full.flow->stream->size + 1;
    REQUIRE(full.end.feed(spell("data", {1, next}, value_of_length(LONG)).substr(0, 100)) ==
            NCI_PROTOCOL);
    REQUIRE(full.refused("more than credit"));
}

TEST_CASE("a fault in a long frame ends the link as soon as it is there",
          "[engine][begun][P44][P12][P50]")
{
    std::string wrong = spell("data", {1, 1}, value_of_length(LONG));
    wrong[500] = '\x01';
    Receiving raw;
    REQUIRE(raw.end.feed(wrong.substr(0, 400)) == NCI_OK);
    REQUIRE(raw.end.feed(wrong.substr(400, 200)) == NCI_PROTOCOL);
    REQUIRE(raw.refused("data 1,1: "));

    std::string open = spell("data", {1, 1}, "[" + value_of_length(LONG));
    Receiving whole;
    REQUIRE(whole.feed(open, 300) == NCI_PROTOCOL); /* it is no value, and that is all of it */
    REQUIRE(whole.refused("data 1,1: "));

    for (const char *kind : {"data", "part"}) {
        std::string ending = spell(kind, {1, 1}, value_of_length(LONG));
        ending.back() = 'x';
        Receiving last;
        REQUIRE(last.feed(ending, 300) == NCI_PROTOCOL);
        REQUIRE(last.refused(std::string(kind) + ": byte 0x78 where the line feed"));
        REQUIRE(last.flow->received.empty());
    }
}

TEST_CASE("the value limit ends a link while a long frame is under way", "[engine][begun][P50]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_IMPORTER);
    config.limits.value = 10000;
    Raw raw(config);
    std::string hello = raw.hello();
    hello.replace(hello.find("4194304"), 7, "10000  ");
    REQUIRE(raw.end.feed(hello) == NCI_OK);
    raw.stream(false);
    const std::string bytes = spell("data", {1, 1}, value_of_length(LONG));
    REQUIRE(raw.end.feed(bytes.substr(0, 9000)) == NCI_OK);
    REQUIRE(raw.end.feed(bytes.substr(9000, 2000)) == NCI_LIMIT);
    REQUIRE(raw.refused("data 1,1: ", NCI_LIMIT));
}

TEST_CASE("of a stream that is hung up in the middle of a long frame the rest is dropped",
          "[engine][begun][S4.2]")
{
    for (bool before : {false, true}) {
        Receiving raw;
        Flow *other = raw.stream(false);
        const std::string bytes =
            spell("data", {1, 1}, value_of_length(LONG)) + spell("data", {2, 1}, "7");
        if (before)
            nci_session_hangup(raw.end.session, raw.flow->stream, NCI_CLOSED, NULL);
        REQUIRE(raw.end.feed(bytes.substr(0, 9000)) == NCI_OK);
        if (!before)
            nci_session_hangup(raw.end.session, raw.flow->stream, NCI_CLOSED, NULL);
        REQUIRE(raw.end.feed(bytes.substr(9000)) == NCI_OK);
        REQUIRE(raw.flow->received.empty());
        REQUIRE(other->received == std::vector<std::string>{"7"});
    }
}

TEST_CASE("a link may end in the middle of a long frame", "[engine][begun]")
{
    Receiving raw;
    const std::string bytes = spell("data", {1, 1}, value_of_length(LONG));
    REQUIRE(raw.end.feed(bytes.substr(0, 9000)) == NCI_OK);
    nci_session_end(raw.end.session, NCI_LOST, "cut");
    REQUIRE(raw.flow->over == NCI_LOST);
    REQUIRE(raw.flow->received.empty());
    REQUIRE(raw.end.feed(bytes.substr(9000)) == NCI_LOST);
    REQUIRE(raw.end.held.empty()); /* passed over */
}
