/* SPDX-License-Identifier: MIT */
/* What is left of streams when they, or their link, have ended. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

TEST_CASE("values never received come back in order, with their stamps",
          "[engine][ending][P87][S9.1][S8.40]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 5);
    for (int i = 1; i <= 9; i++)
        raw.end.send(flow, std::to_string(i));
    (void)raw.end.produce_all();
    (void)raw.end.feed(spell("ack", {1, 3, 1}));
    REQUIRE(summary(raw.end.produce_all()) == "data 1,6");
    SECTION("hung up by the receiver")
    {
        (void)raw.answer(spell("hangup", {1, 3}));
        REQUIRE(flow->over == NCI_CLOSED);
    }
    SECTION("hung up by this side")
    {
        nci_session_hangup(raw.end.session, flow->stream, NCI_CLOSED, NULL);
        (void)raw.answer(spell("hangup", {1, 3}));
        REQUIRE(flow->over == NCI_CLOSED);
    }
    SECTION("the link's end")
    {
        raw.end.end();
        REQUIRE(flow->over == NCI_LOST);
    }
    SECTION("a protocol error")
    {
        REQUIRE(raw.end.feed("nonsense") == NCI_PROTOCOL);
        raw.end.end();
        REQUIRE(flow->over == NCI_LOST);
    }
    std::vector<std::pair<std::string, uint64_t>> left = {{"4", 4}, {"5", 5}, {"6", 6}};
    REQUIRE(flow->returned == left);
    REQUIRE(flow->outbox.size() == 3);
}

TEST_CASE("the link's end for a receiver: what was decided before counts",
          "[engine][ending][P88][P112][S8.4][S8.12][S8.38][S11.10]")
{
    Receiver open(2);
    SECTION("nothing was")
    {
        open.end.end(NCI_OK); /* also when the link ended cleanly */
        REQUIRE(open.flow->over == NCI_LOST);
    }
    SECTION("close had come")
    {
        REQUIRE(open.end.feed(spell("close", {1, 2})) == NCI_OK);
        open.end.end();
        REQUIRE(open.flow->over == NCI_CLOSED);
    }
    SECTION("close had come and said lost")
    {
        REQUIRE(open.end.feed(spell("close", {1, 2}, lost)) == NCI_OK);
        open.end.end();
        REQUIRE(open.flow->over == NCI_LOST);
    }
    SECTION("the sender had hung up")
    {
        REQUIRE(open.end.feed(spell("hangup", {1, 2})) == NCI_OK);
        open.end.end();
        REQUIRE(open.flow->over == NCI_CLOSED);
    }
    SECTION("the sender had hung up with values left")
    {
        REQUIRE(open.end.feed(spell("hangup", {1, 2}, lost)) == NCI_OK);
        open.end.end();
        REQUIRE(open.flow->over == NCI_LOST);
    }
    SECTION("this side had hung up")
    {
        nci_session_hangup(open.end.session, open.flow->stream, NCI_CLOSED, NULL);
        open.end.end();
        REQUIRE(open.flow->over == NCI_CLOSED);
    }
    SECTION("half a value had come")
    {
        REQUIRE(open.end.feed(spell("part", {1, 3}, "[")) == NCI_OK);
        open.end.end();
        REQUIRE(open.flow->over == NCI_LOST);
        REQUIRE(open.flow->received.size() == 2);
    }
    Raw binding(NCI_ROLE_IMPORTER);
    binding.greet();
    Flow *flow = binding.end.bind("x", true);
    binding.end.end();
    REQUIRE(flow->over == NCI_LOST);
}

TEST_CASE("the link's end for a sender: what was decided and accounted for counts",
          "[engine][ending][P89][P112][S8.4][S8.38]")
{
    Sender sender(2);
    SECTION("nothing was decided, though all was taken")
    {
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 2})) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_LOST);
    }
    SECTION("closed, and all taken")
    {
        sender.close();
        (void)sender.end.produce_all();
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 2})) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_CLOSED);
    }
    SECTION("closed as lost, and all taken")
    {
        sender.close(NCI_LOST);
        (void)sender.end.produce_all();
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 2})) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_LOST);
    }
    SECTION("closed, and one value not taken")
    {
        sender.close();
        (void)sender.end.produce_all();
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 1})) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_LOST);
    }
    SECTION("closed, but not handed over")
    {
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 2})) == NCI_OK);
        sender.close();
        REQUIRE(nci_session_produce(sender.end.session, 60000, sender.now) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_LOST);
    }
    SECTION("hung up, and all taken")
    {
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 2})) == NCI_OK);
        sender.hangup();
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_CLOSED);
    }
    SECTION("hung up, and nothing told")
    {
        sender.hangup();
        (void)sender.end.produce_all();
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_LOST);
        REQUIRE(sender.flow->returned.size() == 2);
    }
    SECTION("the receiver had hung up")
    {
        REQUIRE(sender.end.feed(spell("hangup", {1, 1})) == NCI_OK);
        sender.end.end();
        REQUIRE(sender.flow->over == NCI_CLOSED);
        REQUIRE(sender.flow->returned.size() == 1);
    }
}

TEST_CASE("a closed stream is bindable again on the same link", "[engine][ending][P85]")
{
    Pair pair;
    Flow *first = pair.bind("x", true);
    nci_session_close(pair.exporter.session, pair.exporter.flow("x")->stream, NCI_CLOSED);
    pair.settle();
    REQUIRE(first->over == NCI_CLOSED);
    Flow *second = pair.bind("x", true);
    REQUIRE(second->bound);
    REQUIRE(second->id == 2);
}

TEST_CASE("the session's end makes each stream's over event once", "[engine][ending][S8.38]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    for (int i = 0; i < 100; i++)
        raw.stream(i % 2);
    raw.end.log.clear();
    raw.end.end();
    raw.end.end();
    size_t overs = 0;
    for (size_t at = 0; (at = raw.end.log.find("over:", at)) != std::string::npos; at++)
        overs++;
    REQUIRE(overs == 100);
    REQUIRE(raw.end.feed("anything") == NCI_LOST);
    REQUIRE(raw.end.produce_all().empty());
    REQUIRE(nci_session_stream_count(raw.end.session) == 0);
}
