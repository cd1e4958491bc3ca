/* SPDX-License-Identifier: MIT */
/* Values on a stream: their checks, pieces, turns, credit and count. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

namespace
{

std::string taken_ack(uint32_t id, uint64_t n)
{
    return spell("ack", {id, n, n});
}

} // namespace

TEST_CASE("a value that is no legal JSON ends the link", "[engine][value][P44][S13.1][S13.2]")
{
    for (const std::string &text : std::vector<std::string>{
             "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "\"\\ud800\"", "\"\xed\xa0\x80\"",
             "\"\xff\"", "9223372036854775808", "1e999", "01", "[1,]", "nul", "1 2", " ",
             "{\"a\":1", std::string("1\0", 2)}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        Flow *flow = raw.stream(false);
        INFO(text);
        REQUIRE(raw.end.feed(spell("data", {1, 1}, text)) == NCI_PROTOCOL);
        REQUIRE(raw.refused("data 1,1: "));
        REQUIRE(flow->received.empty());
        REQUIRE(summary(raw.end.produce_all()) == "bye");
    }
}

TEST_CASE("values arrive with the very text that was sent", "[engine][value][P46]")
{
    Pair pair;
    Flow *in = pair.bind("x", true);
    std::vector<std::string> texts = {"1",
                                      "-0",
                                      " [ 1 , 2 ]\n",
                                      "\"\\u0041\"",
                                      "{\"b\":1,\"a\":{\"c\":[]}}",
                                      "1.50",
                                      "\"\\u0000\"",
                                      "\"\xf0\x9f\x98\x80\"",
                                      "true",
                                      "\t\"line\\nfeed\"\r\n",
                                      "-9223372036854775808",
                                      "1E+2"};
    for (const std::string &text : texts)
        pair.exporter.send(pair.exporter.flow("x"), text);
    pair.settle();
    REQUIRE(in->received == texts);
}

TEST_CASE("a value deeper or longer than the limit ends the link", "[engine][value][P45]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_IMPORTER);
    config.limits.value = 20;
    config.limits.depth = 3;
    auto answer = [&](const std::string &text) {
        Raw raw(config);
        std::string hello = raw.hello();
        hello.replace(hello.find("4194304"), 7, "20     ");
        hello.replace(hello.find(":64,"), 4, ":3 ,");
        REQUIRE(raw.end.feed(hello) == NCI_OK);
        raw.stream(false);
        return raw.end.feed(spell("data", {1, 1}, text));
    };
    REQUIRE(answer("[[[]]]") == NCI_OK);
    REQUIRE(answer("[[[[]]]]") == NCI_LIMIT);
    REQUIRE(answer(value_of_length(20)) == NCI_OK);
    REQUIRE(answer(value_of_length(21)) == NCI_LIMIT);
}

TEST_CASE("values are numbered from 1 without a gap", "[engine][value][P47]")
{
    for (uint64_t seq :
         {(uint64_t)0, (uint64_t)2, (uint64_t)3, (uint64_t)5, NCI_FRAME_NUMBER_MAX}) {
        for (const char *kind : {"data", "part"}) {
            Raw raw(NCI_ROLE_EXPORTER);
            raw.greet();
            Flow *flow = raw.stream(false);
            REQUIRE(raw.end.feed(spell("data", {1, 1}, "1") + spell("data", {1, 2}, "2") +
                                 spell("data", {1, 3}, "3")) == NCI_OK);
            REQUIRE(raw.end.feed(spell(kind, {1, seq}, "1")) == NCI_PROTOCOL);
            REQUIRE(raw.refused("value 4 is next"));
            REQUIRE(flow->received.size() == 3);
        }
    }
    /* in the middle of a value, too */
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("part", {1, 1}, "[1,") + spell("part", {1, 2}, "2]")) ==
            NCI_PROTOCOL);
    REQUIRE(raw.refused("value 1 is next"));
}

TEST_CASE("a long run of values ends where a number, a stream or a byte is not the expected one",
          "[engine][value][P47]")
{
    const std::string run = data(1, 1, 200);
    struct Case {
        std::string frame;
        int code;
        const char *text;
    };
    for (const Case &one : {Case{data(1, 202, 202), NCI_PROTOCOL, "value 201 is next"},
                            Case{data(1, 200, 200), NCI_PROTOCOL, "value 201 is next"},
                            Case{data(3, 1, 1), NCI_PROTOCOL, "no stream has this id"},
                            Case{spell("data", {1, 201}, "[1,"), NCI_PROTOCOL, "data 1,201: "},
                            Case{data(1, 201, 201).substr(0, 16) + "x\n", NCI_PROTOCOL, ""},
                            Case{data(2, 1, 80) + data(1, 201, 300), NCI_OK, ""},
                            Case{data(2, 1, 1) + data(1, 201, 201) + data(2, 2, 2), NCI_OK, ""},
                            Case{spell("part", {1, 201}, "[1,") + data(2, 1, 2) +
                                     spell("data", {1, 201}, "2]") + data(1, 202, 300),
                                 NCI_OK, ""}}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        Flow *flow = raw.stream(false, 1000), *other = raw.stream(false, 1000);
        REQUIRE(raw.end.feed(run + one.frame + spell("ping", {1}) + spell("ping", {2})) ==
                one.code);
        REQUIRE((one.code == NCI_OK || raw.refused(one.text)));
        REQUIRE(flow->received.size() == flow->stream->received);
        REQUIRE(flow->received.size() >= 200);
        REQUIRE(other->received.size() == other->stream->received);
    }
}

TEST_CASE("a value may come in any pieces", "[engine][value][P48][P59]")
{
    const std::string text = "{\"key \\u00e9\":[1,-2.5e3,\"\xc3\xa9\\n\",true]}";
    for (size_t first = 1; first < text.size() - 1; first++) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        Flow *flow = raw.stream(false);
        size_t second = first + (text.size() - first) / 2;
        REQUIRE(raw.end.feed(spell("part", {1, 1}, text.substr(0, first))) == NCI_OK);
        REQUIRE(raw.end.feed(spell("part", {1, 1}, text.substr(first, second - first))) == NCI_OK);
        raw.now += second;
        (void)raw.end.tick();
        REQUIRE(raw.end.produce_all().empty()); /* nothing is received yet */
        REQUIRE(flow->received.empty());
        REQUIRE(raw.end.feed(spell("data", {1, 1}, text.substr(second)) +
                             spell("data", {1, 2}, "2")) == NCI_OK);
        REQUIRE(flow->received == std::vector<std::string>{text, "2"});
    }
}

TEST_CASE("pieces that make no value end the link", "[engine][value][P44][P48]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("part", {1, 1}, "{\"a\":1,\"a") + spell("data", {1, 1}, "\":2}")) ==
            NCI_PROTOCOL);
    REQUIRE(raw.refused("1,1: "));
    Raw cut(NCI_ROLE_IMPORTER);
    cut.greet();
    cut.stream(false);
    REQUIRE(cut.end.feed(spell("part", {1, 1}, "[1,") + spell("data", {1, 1}, "2")) ==
            NCI_PROTOCOL);
}

TEST_CASE("other streams' frames come between the pieces of a value", "[engine][value][P49]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *one = raw.stream(false), *two = raw.stream(false), *three = raw.stream(true);
    raw.end.send(three, "3");
    (void)raw.end.produce_all();
    REQUIRE(raw.end.feed(spell("part", {1, 1}, "[1,") + spell("part", {2, 1}, "[10") +
                         spell("ack", {3, 1, 0}) + spell("part", {1, 1}, "2,") +
                         spell("data", {2, 1}, ",20]") + spell("ping", {1}) +
                         spell("data", {2, 2}, "7") + spell("data", {1, 1}, "3]")) == NCI_OK);
    REQUIRE(one->received == std::vector<std::string>{"[1,2,3]"});
    REQUIRE(two->received == std::vector<std::string>{"[10,20]", "7"});
}

TEST_CASE("the value limit holds for pieces as they arrive", "[engine][value][P50]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_IMPORTER);
    config.limits.value = 100000;
    Raw raw(config);
    std::string hello = raw.hello();
    hello.replace(hello.find("4194304"), 7, "100000 ");
    REQUIRE(raw.end.feed(hello) == NCI_OK);
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("part", {1, 1}, "\"" + std::string(50000, 'x'))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("part", {1, 1}, std::string(49999, 'x'))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("part", {1, 1}, "x")) == NCI_LIMIT);
    REQUIRE(raw.refused("part 1,1: ", NCI_LIMIT));
}

TEST_CASE("a long value is cut at 64 KiB alone and at 16 KiB beside other streams",
          "[engine][value][P51]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 100, 64u << 20);
    raw.end.send(flow, value_of_length(200000));
    raw.end.send(flow, value_of_length(65536));
    std::string bytes = raw.end.produce_all();
    REQUIRE(lengths(bytes) == std::vector<size_t>{65536, 65536, 65536, 200000 - 3 * 65536, 65536});
    REQUIRE(summary(bytes) == "part 1,1 part 1,1 part 1,1 data 1,1 data 1,2");
    std::string text;
    for (const Frame &frame : frames_of(bytes))
        text += frame.numbers[1] == 1 ? frame.payload : "";
    REQUIRE(text == value_of_length(200000));

    raw.stream(true);
    raw.end.send(flow, value_of_length(40000));
    raw.end.send(flow, value_of_length(16384));
    REQUIRE(lengths(raw.end.produce_all()) == std::vector<size_t>{16384, 16384, 7232, 16384});
}

TEST_CASE("no payload is longer than the peer's frame limit", "[engine][value][P51]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    std::string hello = raw.hello();
    hello.replace(hello.find("\"frame\":65536"), 13, "\"frame\": 5000");
    REQUIRE(raw.end.feed(hello) == NCI_OK);
    Flow *flow = raw.stream(true);
    raw.end.send(flow, value_of_length(12000));
    REQUIRE(lengths(raw.end.produce_all()) == std::vector<size_t>{5000, 5000, 2000});
}

TEST_CASE("a receiver takes pieces of any length up to its frame limit", "[engine][value][P52]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *one = raw.stream(false);
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, value_of_length(65536))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("part", {1, 2}, "\"" + std::string(65535, 'x'))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("data", {1, 2}, "\"")) == NCI_OK);
    REQUIRE(one->received.at(1).size() == 65537);
    REQUIRE(raw.end.feed(spell("data", {1, 3}, value_of_length(65537))) == NCI_LIMIT);
    REQUIRE(
        raw.refused("data: payload of 65537 bytes, this side's frame limit is 65536", NCI_LIMIT));
}

TEST_CASE("streams take turns of at most 128 values or 16 KiB", "[engine][value][P53]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *many = raw.stream(true, 4096), *large = raw.stream(true, 1024, 64u << 20),
         *few = raw.stream(true);
    for (int i = 0; i < 3000; i++)
        raw.end.send(many, "1");
    for (int i = 0; i < 40; i++)
        raw.end.send(large, value_of_length(10000));
    for (int i = 0; i < 2; i++)
        raw.end.send(few, "3");
    /* The turns: runs of one stream's frames. */
    std::vector<std::pair<uint64_t, size_t>> runs;
    for (const Frame &frame : frames_of(raw.end.produce_all())) {
        if (runs.empty() || runs.back().first != frame.numbers[0])
            runs.emplace_back(frame.numbers[0], 0);
        runs.back().second++;
    }
    runs.pop_back(); /* when the others have nothing left, turn follows turn */
    REQUIRE(runs.size() > 40);
    for (auto &run : runs)
        REQUIRE(run.second <= (run.first == 2 ? 2 : 128));
    REQUIRE(runs.at(0).first == 1);
    REQUIRE(runs.at(1) == std::make_pair((uint64_t)2, (size_t)2)); /* 20,000 bytes */
    REQUIRE(runs.at(2) == std::make_pair((uint64_t)3, (size_t)2));
    REQUIRE(runs.at(3).first == 1);
}

TEST_CASE("a large value does not hold up small ones beside it", "[engine][value][P49][P53]")
{
    Pair pair;
    Flow *big = pair.bind("big", true, 10, 64u << 20);
    Flow *small = pair.bind("small", true);
    pair.exporter.send(pair.exporter.flow("big"), value_of_length(4u << 20));
    std::string first = pair.exporter.produce(60000);
    REQUIRE(first.size() <= 60000 + 16384 + 64);
    pair.exporter.send(pair.exporter.flow("small"), "1");
    REQUIRE(pair.importer.feed(first) == NCI_OK);
    REQUIRE(pair.importer.feed(pair.exporter.produce(60000)) == NCI_OK);
    REQUIRE(small->received.size() == 1);
    REQUIRE(big->received.empty());
    pair.settle();
    REQUIRE(big->received.at(0).size() == 4u << 20);
}

TEST_CASE("output stops at its limit, exceeded by one frame at most", "[engine][value]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 65536, 64u << 20);
    for (int i = 0; i < 10000; i++)
        raw.end.send(flow, "12345");
    size_t values = 0;
    while (nci_session_wants_output(raw.end.session)) {
        std::string bytes = raw.end.produce(1000);
        REQUIRE(bytes.size() < 1000 + 64);
        values += frames_of(bytes).size();
    }
    REQUIRE(values == 10000);
}

TEST_CASE("a sender stops when size values are outstanding, and goes on as they are taken",
          "[engine][value][P54][S3.1][S3.2][S3.3]")
{
    for (uint32_t size : {1u, 2u, 3u, 20u, 200u}) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        Flow *flow = raw.stream(true, size);
        for (uint32_t i = 0; i < 3 * size; i++)
            raw.end.send(flow, "1");
        REQUIRE(lengths(raw.end.produce_all()).size() == size);
        /* Received is not taken: no credit comes of it. */
        REQUIRE(raw.answer(spell("ack", {1, size, 0})).empty());
        REQUIRE(lengths(raw.answer(spell("ack", {1, size, 1}))).size() == 1);
        REQUIRE(lengths(raw.answer(taken_ack(1, size))).size() == size - 1);
        REQUIRE(flow->stream->sent == 2 * size);
    }
}

TEST_CASE("the window counts payload bytes, and one value may overrun it",
          "[engine][value][P54][P55][S3.4]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 100, 100);
    for (int i = 0; i < 4; i++)
        raw.end.send(flow, value_of_length(60));
    REQUIRE(lengths(raw.end.produce_all()).size() == 2); /* 60 < 100: a second may begin */
    REQUIRE(lengths(raw.answer(taken_ack(1, 1))).size() == 1);
    REQUIRE(lengths(raw.answer(taken_ack(1, 2))).size() == 1);
    REQUIRE(raw.answer(taken_ack(1, 4)).empty());
    raw.end.send(flow, value_of_length(100));
    raw.end.send(flow, "1");
    REQUIRE(lengths(raw.end.produce_all()).size() == 1); /* 100 is not below 100 */
    REQUIRE(lengths(raw.answer(taken_ack(1, 5))).size() == 1);
}

TEST_CASE("a value larger than the window travels alone", "[engine][value][P55][S3.5][S3.6]")
{
    Pair pair;
    Flow *in = pair.bind("x", true, 1000, 10);
    Flow *out = pair.exporter.flow("x");
    pair.exporter.send(out, value_of_length(100000));
    pair.exporter.send(out, value_of_length(100000));
    pair.exporter.send(out, "1");
    pair.settle();
    REQUIRE(in->received.size() == 1);
    pair.importer.take_all(in, true);
    pair.settle();
    REQUIRE(in->received.size() == 2);
    pair.importer.take_all(in, true);
    pair.settle();
    REQUIRE(in->received.size() == 3);
    REQUIRE(pair.importer.error() == NCI_OK);
}

TEST_CASE("more values than credit end the link", "[engine][value][P56][S3.6][S13.1]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false, 2);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, "1") + spell("data", {1, 2}, "2")) == NCI_OK);
    /* Taken, but not told: the sender cannot know. */
    raw.end.take(flow, 1);
    REQUIRE(raw.end.feed(spell("data", {1, 3}, "3")) == NCI_PROTOCOL);
    REQUIRE(raw.refused("data 1,3: more than credit: 2 of 2 values"));

    Raw told(NCI_ROLE_IMPORTER);
    told.greet();
    flow = told.stream(false, 2);
    REQUIRE(told.end.feed(spell("data", {1, 1}, "1") + spell("data", {1, 2}, "2")) == NCI_OK);
    told.end.take(flow, 1, true);
    REQUIRE(summary(told.end.produce_all()) == "ack 1,2,1");
    REQUIRE(told.end.feed(spell("data", {1, 3}, "3")) == NCI_OK);
    REQUIRE(told.end.feed(spell("part", {1, 4}, "4")) == NCI_PROTOCOL);
}

TEST_CASE("more bytes than credit end the link, judged at a value's first frame",
          "[engine][value][P56][S3.6][S13.1]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false, 100, 100);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, value_of_length(99))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("part", {1, 2}, "\"" + std::string(200, 'x'))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("part", {1, 2}, std::string(200, 'x'))) == NCI_OK);
    REQUIRE(raw.end.feed(spell("data", {1, 2}, "\"")) == NCI_OK);
    REQUIRE(flow->received.size() == 2);
    REQUIRE(raw.end.feed(spell("data", {1, 3}, "3")) == NCI_PROTOCOL);
    REQUIRE(raw.refused("501 of 100 bytes are outstanding"));
}

TEST_CASE("one value more than the count ends the link", "[engine][value][P57][S8.10]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    raw.stream(false, 10, 1000, 2);
    REQUIRE(raw.end.feed(spell("data", {1, 1}, "1") + spell("data", {1, 2}, "2")) == NCI_OK);
    REQUIRE(raw.end.feed(spell("data", {1, 3}, "3")) == NCI_PROTOCOL);
    REQUIRE(raw.refused("more than count, which is 2"));
}

TEST_CASE("a value is pulled only when its link may begin it now", "[engine][value][S3.7]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 3);
    for (int i = 0; i < 10; i++)
        raw.end.send(flow, "1");
    (void)raw.end.produce_all();
    REQUIRE(flow->pulled == 3);
    REQUIRE(flow->outbox.size() == 7);
    (void)raw.answer(spell("hangup", {1, 0}));
    REQUIRE(flow->over == NCI_CLOSED);
    REQUIRE(flow->outbox.size() == 7);
    REQUIRE(flow->returned.size() == 3);
}

TEST_CASE("a value longer than the peer allows ends its own stream", "[engine][value]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true);
    raw.end.send(flow, "1");
    raw.end.send(flow, value_of_length((4u << 20) - 1));
    (void)raw.answer(taken_ack(1, 0));
    REQUIRE(raw.end.error() == NCI_OK);
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.value = 10;
    Raw small(config);
    std::string hello = small.hello();
    hello.replace(hello.find("4194304"), 7, "10     ");
    (void)small.end.feed(hello);
    flow = small.stream(true);
    Flow *other = small.stream(true);
    small.end.send(flow, "1");
    small.end.send(flow, value_of_length(11));
    std::string bytes = small.end.produce_all();
    REQUIRE(summary(bytes) == "data 1,1 hangup 1,1");
    REQUIRE_THAT(bytes, has_text("a value of 11 bytes; the peer allows 10"));
    (void)small.answer(spell("hangup", {1, 1}));
    REQUIRE(flow->over == NCI_LOST);
    REQUIRE(flow->returned.size() == 1);
    small.end.send(other, "2");
    REQUIRE(summary(small.end.produce_all()) == "data 2,1");
}

TEST_CASE("an owner that cannot store a value ends the link", "[engine][value][S13.4]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false);
    flow->value_error = NCI_NOMEM;
    REQUIRE(raw.end.feed(spell("data", {1, 1}, "1")) == NCI_NOMEM);
    REQUIRE(raw.refused("out of memory", NCI_NOMEM));
    /* What was not stored is not acknowledged. */
    REQUIRE(summary(raw.end.produce_all()) == "bye");
}
