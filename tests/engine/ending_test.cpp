/* SPDX-License-Identifier: MIT */
/* How streams end: close, hangup, and the link's end. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

TEST_CASE("nothing comes behind close", "[engine][ending][P70][S13.1]")
{
    for (const std::string &frame :
         {spell("data", {1, 3}, "1"), spell("part", {1, 3}, "1"), spell("close", {1, 2})}) {
        Receiver receiver(2);
        REQUIRE(receiver.end.feed(spell("close", {1, 2})) == NCI_OK);
        REQUIRE(receiver.flow->closed == NCI_CLOSED);
        REQUIRE(receiver.end.feed(frame) == NCI_PROTOCOL);
        REQUIRE(receiver.refused("the stream is closed"));
    }
    Sender sender(2);
    sender.close();
    REQUIRE(summary(sender.end.produce_all()) == "close 1,2");
    sender.end.send(sender.flow, "3");
    sender.close();
    REQUIRE(sender.end.produce_all().empty());
}

TEST_CASE("close waits for the values that were pulled", "[engine][ending][P70][S8.12]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 1024, 64u << 20);
    for (int i = 0; i < 10; i++)
        raw.end.send(flow, value_of_length(60000));
    std::string bytes = raw.end.produce(100);
    REQUIRE(summary(bytes) == "data 1,1");
    REQUIRE(flow->outbox.empty()); /* pulled with the first */
    nci_session_close(raw.end.session, flow->stream, NCI_CLOSED);
    REQUIRE_THAT(summary(raw.end.produce_all()), has_text("data 1,10 close 1,10"));
}

TEST_CASE("close names the last value", "[engine][ending][P71][S13.1]")
{
    for (uint64_t number : {0, 1, 3}) {
        Receiver receiver(2);
        REQUIRE(receiver.end.feed(spell("close", {1, number})) == NCI_PROTOCOL);
        REQUIRE(receiver.refused("the last value was 2"));
        REQUIRE(receiver.flow->closed == 0);
    }
    Receiver half(2);
    REQUIRE(half.end.feed(spell("part", {1, 3}, "[") + spell("close", {1, 2})) == NCI_PROTOCOL);
    REQUIRE(half.refused("in the middle of a value"));
}

TEST_CASE("close says closed or lost", "[engine][ending][P72][S8.1][S8.6][S8.8]")
{
    for (const char *payload : {"", "{}", "{\"code\":\"closed\"}"}) {
        Receiver receiver(0);
        REQUIRE(receiver.end.feed(spell("close", {1, 0}, payload)) == NCI_OK);
        REQUIRE(receiver.flow->closed == NCI_CLOSED);
    }
    for (const char *payload : {"{\"code\":\"lost\"}", "{\"code\":\"io\",\"text\":\"the disk\"}",
                                "{\"code\":\"meteorite\"}"}) {
        Receiver receiver(0);
        REQUIRE(receiver.end.feed(spell("close", {1, 0}, payload)) == NCI_OK);
        REQUIRE(receiver.flow->closed == NCI_LOST);
        (void)receiver.end.produce_all();
        REQUIRE(receiver.end.feed(spell("hangup", {1, 0})) == NCI_OK);
        REQUIRE(receiver.flow->over == NCI_LOST);
    }
    Sender closing(1);
    closing.close();
    REQUIRE(closing.end.produce_all() == spell("close", {1, 1}));
    Sender sender(1);
    sender.close(NCI_LOST);
    REQUIRE(sender.end.produce_all() == spell("close", {1, 1}, lost));
    REQUIRE(sender.end.feed(spell("ack", {1, 1, 1}) + spell("hangup", {1, 1})) == NCI_OK);
    (void)sender.end.produce_all();
    REQUIRE(sender.flow->over == NCI_LOST);
}

TEST_CASE("acknowledgements and sync go on behind close", "[engine][ending][P73][S8.29][S8.30]")
{
    Pair pair;
    Flow *in = pair.bind("x", true), *out = pair.exporter.flow("x");
    for (int i = 0; i < 4; i++)
        pair.exporter.send(out, "1");
    pair.settle();
    nci_session_close(pair.exporter.session, out->stream, NCI_CLOSED);
    pair.settle();
    REQUIRE(in->closed == NCI_CLOSED);
    nci_session_sync(pair.exporter.session, out->stream, 3);
    pair.settle();
    REQUIRE(out->acked_received == 4);
    pair.importer.take(in, 3);
    pair.settle();
    REQUIRE(out->acked_taken == 3);
    REQUIRE(!out->over);
    pair.importer.take(in, 1);
    pair.settle();
    REQUIRE(out->over == NCI_CLOSED);
}

TEST_CASE("a count that is used up closes right behind its last value",
          "[engine][ending][P74][S8.2][S8.9][S8.11]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 10, 1000, 3);
    Flow *other = raw.stream(true);
    for (int i = 0; i < 5; i++)
        raw.end.send(flow, "1");
    raw.end.send(other, "1");
    REQUIRE(summary(raw.end.produce_all()) == "data 1,1 data 1,2 data 1,3 close 1,3 data 2,1");
    REQUIRE(flow->outbox.size() == 2);
    REQUIRE(flow->close_written);

    /* Credit of 1: the count is reached over many turns. */
    Raw slow(NCI_ROLE_EXPORTER);
    slow.greet();
    flow = slow.stream(true, 1, 1000, 2);
    for (int i = 0; i < 5; i++)
        slow.end.send(flow, "1");
    REQUIRE(summary(slow.end.produce_all()) == "data 1,1");
    REQUIRE(summary(slow.answer(spell("ack", {1, 1, 1}))) == "data 1,2 close 1,2");
}

TEST_CASE("the owner hears when its close was handed over", "[engine][ending][P74]")
{
    Sender sender(0);
    sender.close();
    struct nci_session *session = sender.end.session;
    REQUIRE(nci_session_produce(session, 60000, sender.now) == NCI_OK);
    struct nci_buf *out = nci_session_output(session);
    nci_session_handed(session, nci_buf_length(out) - 1);
    REQUIRE(!sender.flow->close_written);
    nci_buf_consume(out, 3);
    nci_session_handed(session, nci_buf_length(out));
    REQUIRE(sender.flow->close_written);
}

TEST_CASE("the receiver of a close hangs up when the last value is taken and told",
          "[engine][ending][P75][S8.33]")
{
    Receiver receiver(3);
    REQUIRE(receiver.answer(spell("close", {1, 3})).empty());
    receiver.end.take(receiver.flow, 2);
    REQUIRE(receiver.end.produce_all().empty());
    receiver.end.take(receiver.flow, 1);
    REQUIRE(receiver.end.produce_all() == spell("ack", {1, 3, 3}) + spell("hangup", {1, 3}));
    REQUIRE(!receiver.flow->over);
    REQUIRE(receiver.answer(spell("hangup", {1, 3})).empty());
    REQUIRE(receiver.flow->over == NCI_CLOSED);
    REQUIRE(receiver.flow->hungup == 0);

    SECTION("also when all was taken before the close came")
    {
        Receiver early(2);
        early.end.take(early.flow, 2, true);
        REQUIRE(summary(early.end.produce_all()) == "ack 1,2,2");
        REQUIRE(summary(early.answer(spell("close", {1, 2}))) == "hangup 1,2");
    }
    SECTION("also on an empty stream")
    {
        Receiver empty(0);
        REQUIRE(summary(empty.answer(spell("close", {1, 0}))) == "hangup 1,0");
    }
}

TEST_CASE("a hangup is answered by one, at once and once", "[engine][ending][P76][S8.31]")
{
    for (enum nci_role role : {NCI_ROLE_EXPORTER, NCI_ROLE_IMPORTER}) {
        Receiver receiver(2, role);
        REQUIRE(summary(receiver.answer(spell("hangup", {1, 2}))) == "ack 1,2,0 hangup 1,2");
        REQUIRE(receiver.flow->hungup == NCI_CLOSED);
        REQUIRE(receiver.flow->over == NCI_CLOSED);
        Sender sender(2, role);
        REQUIRE(summary(sender.answer(spell("hangup", {1, 1}))) == "hangup 1,2");
        REQUIRE(sender.flow->over == NCI_CLOSED);
    }
    /* Called twice, it is sent once. */
    Sender twice(1);
    twice.hangup();
    twice.hangup(NCI_LOST);
    REQUIRE(twice.end.produce_all() == spell("hangup", {1, 1}));
    twice.hangup();
    REQUIRE(twice.end.produce_all().empty());
}

TEST_CASE("hangups that cross are each other's answer", "[engine][ending][P76][P85][S8.31][S8.32]")
{
    Pair pair;
    Flow *in = pair.bind("x", true), *out = pair.exporter.flow("x");
    pair.exporter.send(out, "1");
    nci_session_hangup(pair.importer.session, in->stream, NCI_CLOSED, NULL);
    std::string up = pair.importer.produce_all();
    nci_session_hangup(pair.exporter.session, out->stream, NCI_LOST, "left");
    std::string down = pair.exporter.produce_all();
    REQUIRE(summary(up) == "hangup 1,0");
    REQUIRE(summary(down) == "hangup 1,0");
    REQUIRE(pair.exporter.feed(up) == NCI_OK);
    REQUIRE(pair.importer.feed(down) == NCI_OK);
    REQUIRE(in->over == NCI_LOST);
    REQUIRE(out->over == NCI_LOST);
    REQUIRE(in->hungup == 0);
    REQUIRE(pair.exporter.produce_all().empty());
    REQUIRE(pair.importer.produce_all().empty());

    /* The peer's arrives while this side's is noted and not written: one goes out, none is heard.
     */
    for (bool sends : {false, true}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        Flow *flow = raw.stream(sends);
        nci_session_hangup(raw.end.session, flow->stream, NCI_CLOSED, "done");
        REQUIRE(raw.end.feed(spell("hangup", {1, 0})) == NCI_OK);
        REQUIRE(raw.end.produce_all() ==
                spell("hangup", {1, 0}, "{\"code\":\"closed\",\"text\":\"done\"}"));
        REQUIRE(flow->hungup == 0);
        REQUIRE(flow->over == NCI_CLOSED);
    }
}

TEST_CASE("the hangup's number is the side's own last figure", "[engine][ending][P77]")
{
    Receiver receiver(5);
    receiver.end.take(receiver.flow, 2);
    nci_session_hangup(receiver.end.session, receiver.flow->stream, NCI_CLOSED, NULL);
    /* What comes between the call and the frame is not received. */
    REQUIRE(receiver.end.feed(spell("data", {1, 6}, "1")) == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,5,2 hangup 1,5");
    REQUIRE(receiver.flow->received.size() == 5);

    Sender sender(4);
    sender.hangup();
    REQUIRE(summary(sender.end.produce_all()) == "hangup 1,4");
}

TEST_CASE("a sender's hangup names the last whole value", "[engine][ending][P79][S13.1]")
{
    for (uint64_t number : {0, 1, 3}) {
        Receiver receiver(2);
        REQUIRE(receiver.end.feed(spell("hangup", {1, number})) == NCI_PROTOCOL);
        REQUIRE(receiver.refused("the last value was 2"));
    }
    /* A receiver that has hung up has not counted on. */
    Receiver ahead(2);
    nci_session_hangup(ahead.end.session, ahead.flow->stream, NCI_CLOSED, NULL);
    (void)ahead.end.produce_all();
    REQUIRE(ahead.end.feed(spell("data", {1, 3}, "1") + spell("hangup", {1, 3})) == NCI_OK);
    REQUIRE(ahead.flow->over == NCI_CLOSED);
    Receiver behind(2);
    nci_session_hangup(behind.end.session, behind.flow->stream, NCI_CLOSED, NULL);
    REQUIRE(behind.end.feed(spell("hangup", {1, 1})) == NCI_PROTOCOL);
}

TEST_CASE("a receiver's hangup counts and is judged like an ack", "[engine][ending][P78][S9.1]")
{
    Sender sender(5);
    REQUIRE(sender.end.feed(spell("ack", {1, 2, 1})) == NCI_OK);
    REQUIRE(sender.end.feed(spell("hangup", {1, 4})) == NCI_OK);
    REQUIRE(sender.flow->acked_received == 4);
    REQUIRE(sender.flow->acked_taken == 1);
    REQUIRE(sender.flow->hungup == NCI_CLOSED);
    (void)sender.end.produce_all();
    REQUIRE(sender.flow->returned.size() == 1);
    REQUIRE(sender.flow->returned[0].first == "5");

    for (uint64_t number : {1, 6}) {
        Sender strict(5);
        REQUIRE(strict.end.feed(spell("ack", {1, 2, 1})) == NCI_OK);
        REQUIRE(strict.end.feed(spell("hangup", {1, number})) == NCI_PROTOCOL);
        REQUIRE(strict.refused("hangup 1,"));
    }
}

TEST_CASE("a sender may hang up in the middle of a value",
          "[engine][ending][P80][P77][S10.2][S10.3]")
{
    Pair pair;
    Flow *in = pair.bind("x", true, 10, 64u << 20), *out = pair.exporter.flow("x");
    pair.exporter.send(out, "1");
    pair.exporter.send(out, value_of_length(200000));
    std::string first = pair.exporter.produce(1000);
    REQUIRE(summary(first) == "data 1,1 part 1,2");
    nci_session_hangup(pair.exporter.session, out->stream, NCI_CLOSED, NULL);
    std::string second = pair.exporter.produce_all();
    /* A value was left, so the hangup says so. */
    REQUIRE(second == spell("hangup", {1, 1}, lost));
    REQUIRE(pair.importer.feed(first + second) == NCI_OK);
    pair.settle();
    REQUIRE(in->received.size() == 1);
    REQUIRE(in->hungup == NCI_LOST);
    REQUIRE(in->over == NCI_LOST);
    REQUIRE(out->returned.size() == 1); /* the half one; the first was acknowledged */
    REQUIRE(out->returned[0].first == value_of_length(200000));
    REQUIRE(out->unreceived == 0);
    /* The link is in step. */
    Flow *next = pair.bind("y", true);
    pair.exporter.send(pair.exporter.flow("y"), "2");
    pair.settle();
    REQUIRE(next->received.size() == 1);
}

TEST_CASE("a receiver may hang up in the middle of a value", "[engine][ending][P83][S10.2]")
{
    Receiver receiver(1);
    REQUIRE(receiver.end.feed(spell("part", {1, 2}, "[1,")) == NCI_OK);
    nci_session_hangup(receiver.end.session, receiver.flow->stream, NCI_CLOSED, NULL);
    REQUIRE(receiver.end.feed(spell("part", {1, 2}, "2,") + spell("data", {1, 2}, "3]")) == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,1,0 hangup 1,1");
    REQUIRE(receiver.flow->received.size() == 1);
}

TEST_CASE("a receiver that hangs up tells its untold facts before", "[engine][ending][P81][S5.12]")
{
    Receiver receiver(3);
    receiver.end.take(receiver.flow, 3);
    nci_session_hangup(receiver.end.session, receiver.flow->stream, NCI_CLOSED, NULL);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,3,3 hangup 1,3");
    Receiver told(3);
    told.end.take(told.flow, 3, true);
    REQUIRE(summary(told.end.produce_all()) == "ack 1,3,3");
    nci_session_hangup(told.end.session, told.flow->stream, NCI_CLOSED, NULL);
    REQUIRE(summary(told.end.produce_all()) == "hangup 1,3");
}

TEST_CASE("a hangup's code says whether something is missing",
          "[engine][ending][P82][S8.3][S8.7][S8.8]")
{
    for (const char *payload : {"", "{\"code\":\"closed\"}", "{\"text\":\"done\"}"}) {
        Receiver receiver(0);
        (void)receiver.answer(spell("hangup", {1, 0}, payload));
        REQUIRE(receiver.flow->hungup == NCI_CLOSED);
        REQUIRE(receiver.flow->over == NCI_CLOSED);
    }
    for (const char *payload : {"{\"code\":\"lost\"}", "{\"code\":\"io\"}", "{\"code\":\"new\"}"}) {
        Receiver receiver(0);
        (void)receiver.answer(spell("hangup", {1, 0}, payload));
        REQUIRE(receiver.flow->hungup == NCI_LOST);
        REQUIRE(receiver.flow->over == NCI_LOST);
    }
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.end.bind("x", true);
    (void)raw.end.produce_all();
    (void)raw.answer(spell("hangup", {1, 0}, "{\"code\":\"denied\",\"text\":\"no, you\"}"));
    REQUIRE(flow->hungup == NCI_DENIED);
    REQUIRE(flow->hungup_text == "no, you");
    REQUIRE(flow->over == NCI_CLOSED);

    Sender sender(0);
    sender.hangup(NCI_LOST, "the channel was lost");
    REQUIRE(sender.end.produce_all() ==
            spell("hangup", {1, 0}, "{\"code\":\"lost\",\"text\":\"the channel was lost\"}"));
}

TEST_CASE("texts are cut and cleaned, never a reason to fail", "[engine][ending][P82]")
{
    Sender sender(0);
    std::string text = "odd \xff byte, " + std::string(300, 'x');
    sender.hangup(NCI_LOST, text.c_str());
    Frame said = frames_of(sender.end.produce_all()).at(0);
    REQUIRE_THAT(said.payload, has_text("odd ? byte, xxx"));
    REQUIRE(said.payload.size() < 300);
    Sender other(0);
    text = std::string(254, 'x') + "\xc3\xa9";
    other.hangup(NCI_LOST, text.c_str());
    said = frames_of(other.end.produce_all()).at(0);
    REQUIRE_THAT(said.payload, has_text(std::string(254, 'x') + "\""));

    Receiver receiver(0);
    REQUIRE(receiver.end.feed(spell("hangup", {1, 0},
                                    "{\"code\":\"lost\",\"text\":\"" + std::string(2000, 'y') +
                                        "\"}")) == NCI_OK);
    REQUIRE(receiver.flow->hungup_text.size() == 255);
}

TEST_CASE("behind its own hangup a receiver drops everything, free of charge",
          "[engine][ending][P83][S4.2][S4.3][S8.34]")
{
    Receiver receiver(2);
    nci_session_hangup(receiver.end.session, receiver.flow->stream, NCI_CLOSED, NULL);
    (void)receiver.end.produce_all();
    std::string flood;
    for (uint64_t seq = 3; seq < 30000; seq++)
        flood += spell("data", {1, seq}, "no json");
    flood += spell("part", {1, 77}, "x") + spell("sync", {1, 999999}) +
             spell("close", {1, 12345}, "neither");
    REQUIRE(receiver.end.feed(flood) == NCI_OK);
    REQUIRE(receiver.flow->received.size() == 2);
    REQUIRE(receiver.flow->asked.empty());
    REQUIRE(receiver.end.produce_all().empty());
    REQUIRE(receiver.end.feed(spell("hangup", {1, 30000})) == NCI_OK);
    REQUIRE(receiver.flow->over == NCI_CLOSED);
}

TEST_CASE("behind its own hangup a sender still honours acknowledgements",
          "[engine][ending][P84][S8.35][S8.36]")
{
    Sender sender(6);
    sender.hangup();
    REQUIRE(summary(sender.end.produce_all()) == "hangup 1,6");
    REQUIRE(sender.end.feed(spell("ack", {1, 3, 2})) == NCI_OK);
    REQUIRE((sender.flow->acked_received == 3 && sender.flow->acked_taken == 2));
    REQUIRE(sender.end.feed(spell("hangup", {1, 5})) == NCI_OK);
    REQUIRE(sender.flow->acked_received == 5);
    REQUIRE(sender.flow->over == NCI_CLOSED);
    REQUIRE(sender.flow->returned.size() == 1);
    REQUIRE(sender.flow->returned[0].first == "6");
}

TEST_CASE("a stream is over when both hangups have passed", "[engine][ending][P85][S8.37][S8.39]")
{
    Receiver receiver(1);
    REQUIRE(nci_session_stream_count(receiver.end.session) == 1);
    nci_session_hangup(receiver.end.session, receiver.flow->stream, NCI_CLOSED, NULL);
    REQUIRE(nci_session_stream_count(receiver.end.session) == 0);
    (void)receiver.end.produce_all();
    REQUIRE(!receiver.flow->over);
    (void)receiver.end.feed(spell("hangup", {1, 1}));
    REQUIRE(receiver.flow->over);

    /* The peer's has arrived; this side's is noted, and not written yet. */
    Receiver answering(1);
    (void)answering.end.feed(spell("hangup", {1, 1}));
    REQUIRE(!answering.flow->over);
    (void)answering.end.produce_all();
    REQUIRE(answering.flow->over);
}

TEST_CASE("a side that has hung up and goes on sending ends the link", "[engine][ending][P86]")
{
    for (const std::string &frame :
         {spell("data", {1, 2}, "1"), spell("part", {1, 2}, "1"), spell("sync", {1, 0}),
          spell("close", {1, 1}), spell("hangup", {1, 1})}) {
        Receiver receiver(1);
        REQUIRE(receiver.end.feed(spell("hangup", {1, 1})) == NCI_OK);
        REQUIRE(receiver.end.feed(frame) == NCI_PROTOCOL);
        REQUIRE(receiver.refused("the peer has hung this stream up"));
    }
    Sender sender(1);
    REQUIRE(sender.end.feed(spell("hangup", {1, 0})) == NCI_OK);
    REQUIRE(sender.end.feed(spell("ack", {1, 1, 0})) == NCI_PROTOCOL);
    REQUIRE(sender.refused("the peer has hung this stream up"));
}
