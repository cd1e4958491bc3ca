/* SPDX-License-Identifier: MIT */
/* How streams begin: binds, answers, refusals. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

using namespace netchan_test;

namespace
{

std::string bind_with(const std::string &members)
{
    return spell("bind", {1}, "{" + members + "}");
}

std::string refusal_of(const std::string &bytes)
{
    std::vector<Frame> frames = frames_of(bytes);
    return frames.size() == 1 && frames[0].kind == "hangup" ? frames[0].payload : bytes;
}

} // namespace

TEST_CASE("binds are numbered 1, 2, 3; any other id ends the link", "[engine][bind][P30]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    REQUIRE(raw.end.bind("a", true)->id == 1);
    REQUIRE(raw.end.bind("b", false)->id == 2);
    REQUIRE(raw.end.bind("a", true)->id == 3);
    REQUIRE(summary(raw.end.produce_all()) == "bind 1 bind 2 bind 3");

    for (uint32_t id : {0u, 2u, 3u, 2147483648u, 4294967295u}) {
        Raw exporter(NCI_ROLE_EXPORTER);
        exporter.greet();
        size_t before = nci_session_memory(exporter.end.session);
        REQUIRE(exporter.end.feed(Raw::ask(id, "x", true)) == NCI_PROTOCOL);
        REQUIRE(exporter.refused("the next id is 1"));
        REQUIRE(nci_session_memory(exporter.end.session) < before + 1024);
    }
    Raw again(NCI_ROLE_EXPORTER);
    again.greet();
    REQUIRE(again.end.feed(Raw::ask(1, "x", true)) == NCI_OK);
    REQUIRE(again.end.feed(Raw::ask(1, "y", true)) == NCI_PROTOCOL);
    REQUIRE(again.refused("the next id is 2"));
    Raw wide(NCI_ROLE_EXPORTER);
    wide.greet();
    REQUIRE(wide.end.feed(spell("bind", {4294967297u}, "{}")) == NCI_PROTOCOL);
}

TEST_CASE("direction is the importer's own", "[engine][bind][P31]")
{
    Pair pair;
    pair.bind("down", true);
    pair.bind("up", false);
    REQUIRE(pair.exporter.flow("down")->sends);
    REQUIRE(!pair.importer.flow("down")->sends);
    REQUIRE(!pair.exporter.flow("up")->sends);
    REQUIRE(pair.importer.flow("up")->sends);
    REQUIRE(pair.exporter.flow("down")->stream->sends);
}

TEST_CASE("the exporter answers binds in any order, and a refusal leaves the link alive",
          "[engine][bind][P32][S2.9][S2.15]")
{
    Pair pair;
    pair.exporter.accepts = false;
    Flow *one = pair.bind("one", true), *two = pair.bind("two", true),
         *three = pair.bind("three", false);
    REQUIRE(!one->bound);
    pair.exporter.accept(pair.exporter.flow("three"));
    nci_session_refuse(pair.exporter.session, pair.exporter.flow("two")->stream, NCI_NOCHANNEL,
                       "no channel \"two\"");
    pair.settle();
    REQUIRE(three->bound);
    REQUIRE(two->hungup == NCI_NOCHANNEL);
    REQUIRE(two->hungup_text == "no channel \"two\"");
    REQUIRE(two->over);
    REQUIRE(pair.exporter.flow("two")->over);
    pair.exporter.accept(pair.exporter.flow("one"));
    pair.settle();
    REQUIRE(one->bound);
    REQUIRE(pair.exporter.error() == NCI_OK);
    REQUIRE(pair.exporter.sent.find("[\"hangup\",2,0,") != std::string::npos);
}

TEST_CASE("a bind that waits holds its place until it is answered or withdrawn",
          "[engine][bind][P33][P41]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.streams = 1;
    Pair pair(config, End::defaults(NCI_ROLE_IMPORTER));
    pair.exporter.accepts = false;
    Flow *flow = pair.importer.bind("later", true, 1, 1, -1, -1);
    pair.settle();
    REQUIRE(pair.exporter.flow("later")->wait_ms == -1);
    REQUIRE(nci_session_stream_count(pair.exporter.session) == 1);
    REQUIRE(pair.importer.bind("second", true) == nullptr);
    pair.pass(3600 * second);
    REQUIRE(!flow->over);

    /* The exporter accepts at the moment when the importer gives up: both are right. */
    pair.exporter.accept(pair.exporter.flow("later"));
    nci_session_hangup(pair.importer.session, flow->stream, NCI_CLOSED, "withdrawn");
    std::string accepted = pair.exporter.produce(), withdrawn = pair.importer.produce();
    REQUIRE(summary(accepted) == "bound 1");
    REQUIRE(summary(withdrawn) == "hangup 1,0");
    REQUIRE(pair.importer.feed(accepted) == NCI_OK);
    REQUIRE(pair.exporter.feed(withdrawn) == NCI_OK);
    pair.settle();
    REQUIRE(!flow->bound);
    REQUIRE(flow->over == NCI_CLOSED);
    REQUIRE(pair.exporter.flow("later")->over == NCI_CLOSED);
    REQUIRE(nci_session_stream_count(pair.exporter.session) == 0);
    REQUIRE(pair.bind("second", true)->id == 2);
}

TEST_CASE("a wait that is missing is none", "[engine][bind][P33]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    REQUIRE(raw.end.feed(Raw::ask(1, "x", true)) == NCI_OK);
    REQUIRE(raw.end.flow("x")->wait_ms == 0);
}

TEST_CASE("numbers and names out of range are refused as usage", "[engine][bind][P34]")
{
    const std::string rest = ",\"direction\":\"recv\",\"size\":1,\"window\":1,\"count\":1";
    for (const std::string &members : std::vector<std::string>{
             "\"name\":\"\"" + rest, "\"name\":\"" + std::string(256, 'n') + "\"" + rest,
             "\"name\":\"x\",\"direction\":\"recv\",\"size\":0,\"window\":1,\"count\":1",
             "\"name\":\"x\",\"direction\":\"recv\",\"size\":-5,\"window\":1,\"count\":1",
             "\"name\":\"x\",\"direction\":\"recv\",\"size\":1,\"window\":0,\"count\":1",
             "\"name\":\"x\",\"direction\":\"recv\",\"size\":1,\"window\":1,\"count\":0",
             "\"name\":\"x\",\"direction\":\"recv\",\"size\":1,\"window\":1,\"count\":-2",
             "\"name\":\"x\"" + rest + ",\"wait\":-2"}) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        INFO(members);
        REQUIRE_THAT(refusal_of(raw.answer(bind_with(members))), has_text("\"code\":\"usage\""));
        REQUIRE(raw.end.flows.empty());
        REQUIRE(raw.end.feed(spell("hangup", {1, 0})) == NCI_OK);
        REQUIRE(raw.end.log == "ready");
    }
    Raw longest(NCI_ROLE_EXPORTER);
    longest.greet();
    REQUIRE(summary(longest.answer(Raw::ask(1, std::string(255, 'n'), true, 1, 1, 1))) ==
            "bound 1");
    REQUIRE(longest.end.flow(std::string(255, 'n')));
}

TEST_CASE("the bind call itself refuses what no exporter would take", "[engine][bind][P34]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    REQUIRE(!raw.end.bind("", true));
    REQUIRE(!raw.end.bind(std::string(256, 'n'), true));
    REQUIRE(!raw.end.bind("x", true, 0));
    REQUIRE(!raw.end.bind("x", true, 1, 0));
    REQUIRE(!raw.end.bind("x", true, 1, 1, 0));
    REQUIRE(!raw.end.bind("x", true, 1, 1, -2));
    Raw exporter(NCI_ROLE_EXPORTER);
    REQUIRE(!exporter.end.bind("x", true));
}

TEST_CASE("a bind's members are there and of their types, or the link ends",
          "[engine][bind][P15][P17]")
{
    const std::string name = "\"name\":\"x\"", direction = ",\"direction\":\"recv\"",
                      rest = ",\"size\":1,\"window\":1,\"count\":1";
    for (const std::string &members :
         {direction.substr(1) + rest, name + rest, name + direction + ",\"window\":1,\"count\":1",
          name + direction + ",\"size\":1,\"count\":1",
          name + direction + ",\"size\":1,\"window\":1", "\"name\":1" + direction + rest,
          name + ",\"direction\":\"both\"" + rest, name + ",\"direction\":1" + rest,
          name + direction + ",\"size\":1.0,\"window\":1,\"count\":1",
          name + direction + ",\"size\":\"1\",\"window\":1,\"count\":1",
          name + direction + rest + ",\"wait\":\"long\"",
          name + "," + name + direction + rest /* twice */, std::string("\"name\"")}) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        INFO(members);
        REQUIRE(raw.end.feed(bind_with(members)) == NCI_PROTOCOL);
        REQUIRE(raw.refused("bind"));
    }
    for (const char *payload : {"[]", "1", "null", "{", "{}x", "{\"a\":1,}", "\xff"}) {
        Raw raw(NCI_ROLE_EXPORTER);
        raw.greet();
        REQUIRE(raw.end.feed(spell("bind", {1}, payload)) == NCI_PROTOCOL);
        REQUIRE(raw.refused("bind"));
    }
}

TEST_CASE("a size or window above the exporter's limit is refused, naming both",
          "[engine][bind][row:F6][P35][S2.7]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    std::string said = refusal_of(raw.answer(Raw::ask(1, "x", true, 65537)));
    REQUIRE_THAT(said, has_text("\"code\":\"limit\""));
    REQUIRE_THAT(said, has_text("x: size 65537, the exporter allows 65536"));
    said = refusal_of(raw.answer(Raw::ask(2, "x", true, 1, (64u << 20) + 1)));
    REQUIRE_THAT(said, has_text("window 67108865, the exporter allows 67108864"));
    said = refusal_of(raw.answer(Raw::ask(3, "x", true, 9007199254740991u)));
    REQUIRE_THAT(said, has_text("\"code\":\"limit\""));

    Raw importer(NCI_ROLE_IMPORTER);
    importer.greet();
    REQUIRE(!importer.end.bind("x", true, 65537));
    REQUIRE_THAT(nci_detail(), has_text("x: size 65537, the exporter allows 65536"));
    REQUIRE(!importer.end.bind("x", true, 1, (64u << 20) + 1));
    REQUIRE_THAT(nci_detail(), has_text("window 67108865, the exporter allows 67108864"));
    REQUIRE(importer.end.bind("x", true, 65536, 64u << 20)->id == 1);
}

TEST_CASE("a bind is refused when its sender allows larger values than its receiver",
          "[engine][bind][P36]")
{
    struct nci_session_config large = End::defaults(NCI_ROLE_EXPORTER),
                              small = End::defaults(NCI_ROLE_IMPORTER);
    small.limits.value = 1u << 20;
    {
        /* The importer's binds go out before hello is there: the exporter has to say it. */
        Pair pair(large, small);
        Flow *in = pair.importer.bind("down", true), *out = pair.importer.bind("up", false);
        pair.settle();
        REQUIRE(in->hungup == NCI_LIMIT);
        REQUIRE_THAT(in->hungup_text, has_text("down: the sender allows values of 4194304 bytes, "
                                               "the receiver of 1048576"));
        REQUIRE(out->bound);
        /* Now it knows by itself. */
        REQUIRE(!pair.importer.bind("again", true));
        REQUIRE_THAT(nci_detail(), has_text("4194304"));
        REQUIRE_THAT(nci_detail(), has_text("1048576"));
        REQUIRE(pair.importer.bind("more", false));
    }
    small.limits.value = 4u << 20;
    small.limits.depth = 65;
    Pair deep(large, small);
    Flow *in = deep.importer.bind("down", true), *out = deep.importer.bind("up", false);
    deep.settle();
    REQUIRE(in->bound);
    REQUIRE(out->hungup == NCI_LIMIT);
    REQUIRE_THAT(out->hungup_text, has_text("depth 65, the receiver of 64"));
}

TEST_CASE("a link has as many open streams as the exporter's limit", "[engine][bind][row:F6][P37]")
{
    struct nci_session_config config = End::defaults(NCI_ROLE_EXPORTER);
    config.limits.streams = 3;
    Raw raw(config);
    raw.greet();
    for (uint32_t id = 1; id <= 3; id++)
        REQUIRE(summary(raw.answer(Raw::ask(id, "x", true))) == "bound " + std::to_string(id));
    std::string said = refusal_of(raw.answer(Raw::ask(4, "x", true)));
    REQUIRE_THAT(said, has_text("\"code\":\"limit\""));
    REQUIRE_THAT(said, has_text("3 streams are open on this link, the exporter allows 3"));
    REQUIRE(summary(raw.answer(spell("hangup", {2, 0}))) == "hangup 2,0");
    REQUIRE(summary(raw.answer(Raw::ask(5, "x", true))) == "bound 5");

    struct nci_session_config own = End::defaults(NCI_ROLE_IMPORTER);
    own.limits.streams = 1;
    Raw narrow(own);
    REQUIRE(narrow.end.bind("a", true));
    REQUIRE(!narrow.end.bind("b", true));
    REQUIRE_THAT(nci_detail(), has_text("b: 1 streams are open on this link, limit.streams is 1"));

    Raw importer(NCI_ROLE_IMPORTER);
    std::string hello = importer.hello();
    hello.replace(hello.find("\"streams\":1024"), 14, "\"streams\":0002");
    hello.replace(hello.find("0002"), 4, "2   ");
    REQUIRE(importer.end.feed(hello) == NCI_OK);
    REQUIRE(importer.end.bind("a", true));
    REQUIRE(importer.end.bind("b", true));
    REQUIRE(!importer.end.bind("c", true));
    REQUIRE_THAT(nci_detail(), has_text("the exporter allows 2"));
}

TEST_CASE("an importer binds no more streams than may be not over", "[engine][bind][P107]")
{
    struct nci_session_config small = End::defaults(NCI_ROLE_EXPORTER);
    small.limits.streams = 3;
    Pair pair(small, End::defaults(NCI_ROLE_IMPORTER));
    pair.settle();
    for (int i = 1; i <= 12; i++) {
        Flow *flow = pair.importer.bind("n" + std::to_string(i), true);
        REQUIRE(flow);
        nci_session_hangup(pair.importer.session, flow->stream, NCI_CLOSED, NULL);
    }
    REQUIRE(!pair.importer.bind("more", true));
    REQUIRE_THAT(nci_detail(), has_text("more: 12 streams are not over on this link, the exporter "
                                        "allows 12"));
    pair.settle();
    REQUIRE(pair.exporter.error() == NCI_OK);
    REQUIRE(pair.importer.error() == NCI_OK);
    REQUIRE(pair.importer.bind("again", true));
    pair.settle();
    REQUIRE(pair.exporter.error() == NCI_OK);
}

TEST_CASE("bound grants no more than was asked", "[engine][bind][P38]")
{
    Pair pair;
    pair.exporter.grant_size = 5;
    pair.exporter.grant_window = 70000;
    pair.exporter.grant_count = 9;
    Flow *less = pair.bind("less", true, 10, 100000, 20);
    REQUIRE((less->stream->size == 5 && less->stream->window == 70000 && less->stream->count == 9));
    Flow *cut = pair.bind("cut", true, 2, 100, 3);
    REQUIRE((cut->stream->size == 2 && cut->stream->window == 100 && cut->stream->count == 3));
    Flow *limited = pair.bind("limited", true, 2, 100, -1);
    REQUIRE(limited->stream->count == 9);

    for (const std::string &bound :
         {Raw::grant(1, 11, 100, 5), Raw::grant(1, 0, 100, 5), Raw::grant(1, 10, 101, 5),
          Raw::grant(1, 10, 0, 5), Raw::grant(1, 10, 100, 6), Raw::grant(1, 10, 100, -1),
          Raw::grant(1, 10, 100, 0), Raw::grant(1, 10, 100, -2)}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        REQUIRE(raw.end.bind("x", true, 10, 100, 5));
        (void)raw.end.produce_all();
        INFO(bound);
        REQUIRE(raw.end.feed(bound) == NCI_PROTOCOL);
        REQUIRE(raw.refused("asked"));
    }
}

TEST_CASE("a bound or hangup with members of the wrong type ends the link", "[engine][bind][P17]")
{
    for (const std::string &frame :
         {spell("bound", {1}, "{\"size\":1,\"window\":1}"),
          spell("bound", {1}, "{\"size\":\"1\",\"window\":1,\"count\":1}"),
          spell("bound", {1}, "{\"size\":1,\"window\":1.5,\"count\":1}"), spell("bound", {1}, "[]"),
          spell("hangup", {1, 0}, "{\"code\":5}"), spell("hangup", {1, 0}, "{\"text\":[]}"),
          spell("hangup", {1, 0}, "lost")}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        REQUIRE(raw.end.bind("x", true));
        (void)raw.end.produce_all();
        INFO(frame);
        REQUIRE(raw.end.feed(frame) == NCI_PROTOCOL);
    }
}

TEST_CASE("a second bound ends the link", "[engine][bind][P39]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    raw.stream(false);
    REQUIRE(raw.end.feed(Raw::grant(1)) == NCI_PROTOCOL);
    REQUIRE(raw.refused("bound 1: the stream is bound already"));
}

TEST_CASE("nothing but hangup may be sent before bound", "[engine][bind][P40]")
{
    for (const std::string &frame : {spell("data", {1, 1}, "1"), spell("part", {1, 1}, "1"),
                                     spell("sync", {1, 0}), spell("close", {1, 0})}) {
        Raw importer(NCI_ROLE_IMPORTER);
        importer.greet();
        REQUIRE(importer.end.bind("x", true));
        (void)importer.end.produce_all();
        REQUIRE(importer.end.feed(frame) == NCI_PROTOCOL);
        REQUIRE(importer.refused("the stream is not bound"));

        Raw parked(NCI_ROLE_EXPORTER);
        parked.end.accepts = false;
        parked.greet();
        REQUIRE(parked.end.feed(Raw::ask(1, "x", false) + frame) == NCI_PROTOCOL);
        REQUIRE(parked.refused("the stream is not bound"));

        Raw hasty(NCI_ROLE_EXPORTER);
        hasty.greet();
        REQUIRE(hasty.end.feed(Raw::ask(1, "x", false) + frame) == NCI_PROTOCOL);
        REQUIRE(hasty.refused("the stream is not bound"));
    }
    Raw importer(NCI_ROLE_IMPORTER);
    importer.greet();
    REQUIRE(importer.end.bind("x", false));
    (void)importer.end.produce_all();
    REQUIRE(importer.end.feed(spell("ack", {1, 0, 0})) == NCI_PROTOCOL);
    REQUIRE(importer.refused("ack 1,0,0: the stream is not bound"));
}

TEST_CASE("what is asked for before bound waits for it", "[engine][bind][P40]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.end.bind("x", false, 10);
    raw.end.send(flow, "1");
    nci_session_sync(raw.end.session, flow->stream, 0);
    REQUIRE(summary(raw.end.produce_all()) == "bind 1");
    REQUIRE(summary(raw.answer(Raw::grant(1, 10))) == "sync 1,0 data 1,1");

    Flow *empty = raw.end.bind("y", false, 10);
    nci_session_close(raw.end.session, empty->stream, NCI_CLOSED);
    REQUIRE(summary(raw.end.produce_all()) == "bind 2");
    REQUIRE(summary(raw.answer(Raw::grant(2, 10))) == "close 2,0");
}

TEST_CASE("a withdrawn bind is a bind and a hangup, also when neither was written yet",
          "[engine][bind][P41]")
{
    Pair pair;
    pair.exporter.accepts = false;
    Flow *flow = pair.importer.bind("x", true);
    nci_session_hangup(pair.importer.session, flow->stream, NCI_CLOSED, NULL);
    REQUIRE(summary(pair.importer.produce_all()) == "hello bind 1 hangup 1,0");
    (void)pair.exporter.feed(pair.importer.sent);
    REQUIRE(pair.exporter.flow("x")->hungup == NCI_CLOSED);
    pair.settle();
    REQUIRE(flow->over == NCI_CLOSED);
    REQUIRE(pair.exporter.flow("x")->over == NCI_CLOSED);
}

TEST_CASE("a bind that was withdrawn hands back the values that were under way",
          "[engine][bind][P41][P87][S9.1]")
{
    Pair pair;
    Flow *in = pair.importer.bind("x", true, 100);
    (void)pair.exporter.feed(pair.importer.produce_all());
    for (int i = 1; i <= 100; i++)
        pair.exporter.send(pair.exporter.flow("x"), std::to_string(i));
    std::string answered = pair.exporter.produce_all();
    nci_session_hangup(pair.importer.session, in->stream, NCI_CLOSED, "timeout");
    REQUIRE(pair.importer.feed(answered) == NCI_OK);
    REQUIRE(in->received.empty());
    pair.settle();
    Flow *out = pair.exporter.flow("x");
    REQUIRE(out->returned.size() == 100);
    for (uint64_t i = 0; i < 100; i++) {
        REQUIRE(out->returned[i].first == std::to_string(i + 1));
        REQUIRE(out->returned[i].second == i + 1);
    }
    REQUIRE(pair.exporter.error() == NCI_OK);
}

TEST_CASE("a frame for an id that no bind had ends the link and asks for no memory",
          "[engine][bind][row:F6][P42]")
{
    for (uint64_t id : {(uint64_t)0, (uint64_t)1, (uint64_t)4294967296u, NCI_FRAME_NUMBER_MAX}) {
        for (const std::string &frame :
             {spell("data", {id, 1}, "1"), spell("part", {id, 1}, "1"), spell("ack", {id, 0, 0}),
              spell("sync", {id, 0}), spell("close", {id, 0}), spell("hangup", {id, 0})}) {
            Raw raw(NCI_ROLE_EXPORTER);
            raw.greet();
            INFO(frame);
            REQUIRE(raw.end.feed(frame) == NCI_PROTOCOL);
            REQUIRE(raw.refused("no stream has this id yet"));
        }
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        REQUIRE(raw.end.feed(Raw::grant((uint32_t)id)) == NCI_PROTOCOL);
    }
    /* A bind that is not written yet is not known to the peer either. */
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    REQUIRE(raw.end.bind("x", true));
    REQUIRE(raw.end.feed(Raw::grant(1)) == NCI_PROTOCOL);
    REQUIRE(raw.refused("no stream has this id yet"));
}

TEST_CASE("a frame for a stream that is over ends the link", "[engine][bind][P43]")
{
    for (const std::string &frame :
         {spell("data", {1, 1}, "1"), spell("part", {1, 1}, "1"), spell("sync", {1, 0}),
          spell("close", {1, 0}), spell("hangup", {1, 0}), Raw::grant(1)}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        raw.stream(false);
        REQUIRE(summary(raw.answer(spell("hangup", {1, 0}))) == "hangup 1,0");
        INFO(frame);
        REQUIRE(raw.end.feed(frame) == NCI_PROTOCOL);
        REQUIRE(raw.refused("the stream is over"));
    }
}

TEST_CASE("kinds sent by the wrong role end the link", "[engine][bind][P18]")
{
    Raw importer(NCI_ROLE_IMPORTER);
    importer.greet();
    REQUIRE(importer.end.feed(Raw::ask(1, "x", true)) == NCI_PROTOCOL);
    REQUIRE(importer.refused("bind 1: sent by an exporter"));
    Raw second(NCI_ROLE_IMPORTER);
    second.greet();
    REQUIRE(second.end.feed(spell("list", {0})) == NCI_PROTOCOL);
    Raw third(NCI_ROLE_EXPORTER);
    third.greet();
    REQUIRE(third.end.feed(Raw::grant(1)) == NCI_PROTOCOL);
    REQUIRE(third.refused("bound 1: sent by an importer"));
    Raw fourth(NCI_ROLE_EXPORTER);
    fourth.greet();
    REQUIRE(fourth.end.feed(spell("listing", {0}, "{}")) == NCI_PROTOCOL);
}

TEST_CASE("frames from the wrong end of a stream end the link", "[engine][bind][P19]")
{
    for (const std::string &frame : {spell("data", {1, 1}, "1"), spell("part", {1, 1}, "1"),
                                     spell("sync", {1, 0}), spell("close", {1, 0})}) {
        for (enum nci_role role : {NCI_ROLE_EXPORTER, NCI_ROLE_IMPORTER}) {
            Raw raw(role);
            raw.greet();
            raw.stream(true);
            REQUIRE(raw.end.feed(frame) == NCI_PROTOCOL);
            REQUIRE(raw.refused("sent by the receiver of the stream"));
        }
    }
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    raw.stream(false);
    REQUIRE(raw.end.feed(spell("ack", {1, 0, 0})) == NCI_PROTOCOL);
    REQUIRE(raw.refused("sent by the sender of the stream"));
}

TEST_CASE("millions of short streams leave no memory behind", "[engine][bind][P85]")
{
    Pair pair;
    Flow *stays = pair.bind("stays", true);
    size_t before = 0;
    for (int i = 0; i < 3000; i++) {
        pair.now += 100 * ms;
        Flow *flow = pair.bind("short", true);
        REQUIRE(flow);
        nci_session_hangup(pair.importer.session, flow->stream, NCI_CLOSED, NULL);
        pair.settle();
        REQUIRE(flow->over == NCI_CLOSED);
        if (i == 10)
            before = nci_session_memory(pair.exporter.session);
    }
    REQUIRE(nci_session_memory(pair.exporter.session) <= before);
    pair.exporter.send(pair.exporter.flow("stays"), "1");
    pair.settle();
    REQUIRE(stays->received.size() == 1);
}
