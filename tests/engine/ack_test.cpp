/* SPDX-License-Identifier: MIT */
/* Acknowledgements and sync: what is told, when, and what may not be told. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

TEST_CASE("an ack is two cumulative figures, each a fact of its own",
          "[engine][ack][P58][S5.1][S5.2][S5.3][S5.4][S5.5]")
{
    Sender sender(10);
    REQUIRE(sender.end.feed(spell("ack", {1, 4, 0})) == NCI_OK);
    REQUIRE((sender.flow->acked_received == 4 && sender.flow->acked_taken == 0));
    REQUIRE(sender.end.feed(spell("ack", {1, 4, 3})) == NCI_OK);
    REQUIRE((sender.flow->acked_received == 4 && sender.flow->acked_taken == 3));
    REQUIRE(sender.flow->acked_taken_bytes == 3);
    REQUIRE(sender.end.feed(spell("ack", {1, 10, 10})) == NCI_OK);
    REQUIRE((sender.flow->acked_received == 10 && sender.flow->acked_taken == 10));
    REQUIRE(sender.flow->acked_taken_bytes == 11);
    REQUIRE(nci_stream_ledger(sender.flow->stream)->count == 0);
    REQUIRE((sender.flow->stream->received == 10 && sender.flow->stream->taken == 10));
}

TEST_CASE("a value is received when all of it is there, checked and stored, not before",
          "[engine][ack][P59][S5.6]")
{
    Receiver receiver(2);
    REQUIRE(receiver.end.feed(spell("part", {1, 3}, "[1,")) == NCI_OK);
    receiver.now += 10 * ms;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,2,0");
    REQUIRE(receiver.end.feed(spell("data", {1, 3}, "2]")) == NCI_OK);
    receiver.now += 10 * ms;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,3,0");
}

TEST_CASE("an acknowledgement is state: one frame tells all there is", "[engine][ack][P60][S5.7]")
{
    Receiver receiver(50);
    for (int i = 0; i < 10; i++)
        receiver.end.take(receiver.flow, 5, true);
    receiver.now += 10 * ms;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,50,50");
    REQUIRE(receiver.end.produce_all().empty());
    receiver.now += second;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(receiver.end.produce_all().empty());
}

TEST_CASE("untold facts ride on whatever is written next", "[engine][ack][P61][S5.8]")
{
    Receiver receiver(3);
    Flow *other = receiver.stream(false);
    Flow *out = receiver.stream(true);
    (void)receiver.end.produce_all();
    REQUIRE(receiver.end.feed(data(1, 4, 5) + data(2, 1, 2)) == NCI_OK);
    receiver.end.take(receiver.flow, 2);
    receiver.end.take(other, 1);
    REQUIRE(receiver.end.produce_all().empty()); /* nothing to ride on: they wait */
    SECTION("a value")
    {
        receiver.end.send(out, "1");
        REQUIRE(summary(receiver.end.produce_all()) == "data 3,1 ack 1,5,2 ack 2,2,1");
    }
    SECTION("a pong")
    {
        REQUIRE(summary(receiver.answer(spell("ping", {5}))) == "pong 5 ack 1,5,2 ack 2,2,1");
    }
    SECTION("another stream's acknowledgement")
    {
        nci_session_taken(receiver.end.session, other->stream, 1, receiver.now);
        REQUIRE(summary(receiver.end.produce_all()) == "ack 2,2,1 ack 1,5,2");
    }
    SECTION("another stream's hangup")
    {
        nci_session_hangup(receiver.end.session, out->stream, NCI_CLOSED, NULL);
        REQUIRE(summary(receiver.end.produce_all()) == "hangup 3,0 ack 1,5,2 ack 2,2,1");
    }
    REQUIRE(receiver.end.produce_all().empty());
}

TEST_CASE("facts are told within the delay from the oldest, arrived or taken",
          "[engine][ack][P62][S5.13][S5.16]")
{
    Receiver receiver(1);
    REQUIRE(receiver.due() == receiver.now + 10 * ms);
    receiver.now += 9 * ms;
    REQUIRE(receiver.end.feed(data(1, 2, 2)) == NCI_OK); /* younger: the clock runs on */
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(receiver.end.produce_all().empty());
    receiver.now += 1 * ms;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,2,0");

    receiver.now += second;
    REQUIRE(receiver.end.tick() == NCI_OK);
    receiver.end.take(receiver.flow, 1);
    REQUIRE(receiver.due() == receiver.now + 10 * ms);
    receiver.now += 10 * ms - 1;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(receiver.end.produce_all().empty());
    receiver.now += 1;
    REQUIRE(receiver.end.tick() == NCI_OK);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,2,1");
}

TEST_CASE("many streams' facts are due in the order in which they came", "[engine][ack][P62]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    for (int i = 0; i < 5; i++)
        raw.stream(false);
    for (uint32_t id : {3u, 1u, 5u, 2u, 4u}) {
        REQUIRE(raw.end.feed(data(id, 1, 1)) == NCI_OK);
        raw.now += ms;
    }
    raw.now += 5 * ms; /* 10 ms after the first */
    REQUIRE(raw.end.tick() == NCI_OK);
    /* One is due; the others ride on it. */
    REQUIRE(summary(raw.end.produce_all()) == "ack 3,1,0 ack 1,1,0 ack 5,1,0 ack 2,1,0 ack 4,1,0");
}

TEST_CASE("where many values of a link are untold, all are told without delay",
          "[engine][ack][P62]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    for (int i = 0; i < 5; i++)
        raw.stream(false);
    for (uint32_t id : {1u, 2u, 3u, 4u})
        REQUIRE(raw.end.feed(data(id, 1, 1000)) == NCI_OK);
    REQUIRE(raw.end.feed(data(5, 1, 95)) == NCI_OK);
    REQUIRE(raw.end.produce_all().empty());
    REQUIRE(raw.end.feed(data(5, 96, 96)) == NCI_OK);
    REQUIRE(summary(raw.end.produce_all()) ==
            "ack 1,1000,0 ack 2,1000,0 ack 3,1000,0 ack 4,1000,0 ack 5,96,0");
    REQUIRE(raw.end.feed(data(5, 97, 1000)) == NCI_OK); /* counted from then on */
    REQUIRE(raw.end.produce_all().empty());
}

TEST_CASE("what must be told at once is told with the next output", "[engine][ack][P63]")
{
    Receiver receiver(10);
    receiver.end.take(receiver.flow, 5, true);
    REQUIRE(nci_session_wants_output(receiver.end.session));
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,10,5");
}

TEST_CASE("an ack of what was not handed to a write call ends the link",
          "[engine][ack][P64][S13.1]")
{
    Sender sender(3);
    REQUIRE(sender.end.feed(spell("ack", {1, 4, 0})) == NCI_PROTOCOL);
    REQUIRE(sender.refused("ack 1,4,0: a value was acknowledged before it was sent"));

    /* Framed, but still in the output: not sent. */
    Sender slow(0);
    slow.end.send(slow.flow, "1");
    slow.end.send(slow.flow, "22");
    struct nci_session *session = slow.end.session;
    REQUIRE(nci_session_produce(session, 60000, slow.now) == NCI_OK);
    size_t first = spell("data", {1, 1}, "1").size();
    nci_session_handed(session, first);
    REQUIRE(slow.end.feed(spell("ack", {1, 1, 1})) == NCI_OK);
    nci_lent_consume(nci_session_output(session), nci_session_lent(session), first);
    nci_session_handed(session, nci_session_pending(session) - 1);
    REQUIRE(slow.end.feed(spell("ack", {1, 2, 1})) == NCI_PROTOCOL);
    REQUIRE(slow.refused("before it was sent"));
    REQUIRE(nci_stream_ledger(slow.flow->stream)->count == 1);

    /* Handed is enough: the answer may be there before the write call returns. */
    Sender quick(0);
    quick.end.send(quick.flow, "1");
    REQUIRE(nci_session_produce(quick.end.session, 60000, quick.now) == NCI_OK);
    nci_session_handed(quick.end.session, nci_session_pending(quick.end.session));
    REQUIRE(quick.end.feed(spell("ack", {1, 1, 1})) == NCI_OK);
}

TEST_CASE("a half-written value cannot be acknowledged", "[engine][ack][P64]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 10, 64u << 20);
    raw.end.send(flow, value_of_length(200000));
    REQUIRE(summary(raw.end.produce(1)) == "part 1,1");
    REQUIRE(raw.end.feed(spell("ack", {1, 1, 0})) == NCI_PROTOCOL);
    REQUIRE(raw.refused("before it was sent"));
}

TEST_CASE("taken above received ends the link", "[engine][ack][P65][S13.1]")
{
    Sender sender(3);
    REQUIRE(sender.end.feed(spell("ack", {1, 2, 3})) == NCI_PROTOCOL);
    REQUIRE(sender.refused("taken is above received"));
}

TEST_CASE("figures that go back end the link", "[engine][ack][P66][S13.1]")
{
    for (const std::string &ack : {spell("ack", {1, 1, 1}), spell("ack", {1, 2, 0}),
                                   spell("ack", {1, 0, 0}), spell("ack", {1, 3, 0})}) {
        Sender sender(3);
        REQUIRE(sender.end.feed(spell("ack", {1, 2, 1})) == NCI_OK);
        REQUIRE(sender.end.feed(ack) == NCI_PROTOCOL);
        REQUIRE(sender.refused("goes back from 2,1"));
    }
}

TEST_CASE("sync makes the receiver tell now what is untold",
          "[engine][ack][P67][S5.11][S5.18][S5.19]")
{
    Receiver receiver(3);
    receiver.end.take(receiver.flow, 1);
    REQUIRE(summary(receiver.answer(spell("sync", {1, 0}))) == "ack 1,3,1");
    REQUIRE(receiver.answer(spell("sync", {1, 0})).empty());
    REQUIRE(receiver.answer(spell("sync", {1, 1})).empty());
    REQUIRE(receiver.flow->asked.empty());
    REQUIRE(receiver.answer(spell("sync", {1, 3})).empty()); /* asked, but nothing is untold */
    REQUIRE(receiver.flow->asked == std::vector<uint64_t>{3});
}

TEST_CASE("a receiver that was asked for a number tells when taken reaches it",
          "[engine][ack][P68][S5.20]")
{
    Receiver receiver(10);
    REQUIRE(summary(receiver.answer(spell("sync", {1, 5}))) == "ack 1,10,0");
    REQUIRE(receiver.flow->asked == std::vector<uint64_t>{5});
    receiver.end.take(receiver.flow, 4);
    REQUIRE(receiver.end.produce_all().empty());
    receiver.end.take(receiver.flow, 1);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,10,5");
    /* A newer number in place of the older. */
    REQUIRE(receiver.answer(spell("sync", {1, 9}) + spell("sync", {1, 7})).empty());
    receiver.end.take(receiver.flow, 2);
    REQUIRE(summary(receiver.end.produce_all()) == "ack 1,10,7");
}

TEST_CASE("sync for a value that was not sent yet ends the link", "[engine][ack][P69][S13.1]")
{
    Receiver receiver(3);
    REQUIRE(receiver.end.feed(spell("sync", {1, 4})) == NCI_PROTOCOL);
    REQUIRE(receiver.refused("sync 1,4: the last value was 3"));
}

TEST_CASE("a sender's sync goes out once its value has", "[engine][ack][P69]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 2);
    for (int i = 0; i < 3; i++)
        raw.end.send(flow, "1");
    nci_session_sync(raw.end.session, flow->stream, 3);
    REQUIRE(summary(raw.end.produce_all()) == "data 1,1 data 1,2");
    REQUIRE(summary(raw.answer(spell("ack", {1, 2, 1}))) == "data 1,3 sync 1,3");
    REQUIRE(raw.end.produce_all().empty());
}

TEST_CASE("a sender has one sync open, for the lowest number", "[engine][ack][P68][S5.21]")
{
    Sender sender(9);
    auto ask = [&](uint64_t seq) {
        nci_session_sync(sender.end.session, sender.flow->stream, seq);
    };
    for (uint64_t seq : {5, 0, 7, 3, 0, 4})
        ask(seq);
    REQUIRE(summary(sender.end.produce_all()) == "sync 1,3");
    ask(8); /* higher than the open one: it waits for the answer */
    ask(3);
    REQUIRE(sender.end.produce_all().empty());
    ask(0); /* the figures alone are asked for at any time */
    REQUIRE(summary(sender.end.produce_all()) == "sync 1,0");
    REQUIRE(sender.answer(spell("ack", {1, 9, 2})).empty());
    REQUIRE(summary(sender.answer(spell("ack", {1, 9, 3}))) == "sync 1,4");
    ask(8);
    REQUIRE(summary(sender.answer(spell("ack", {1, 9, 4}))) == "sync 1,8");
    ask(6); /* lower: it takes the place, and the higher waits again */
    REQUIRE(summary(sender.end.produce_all()) == "sync 1,6");
    REQUIRE(summary(sender.answer(spell("ack", {1, 9, 6}))) == "sync 1,8");
    ask(5); /* told already */
    REQUIRE(sender.answer(spell("ack", {1, 9, 8})).empty());
}

TEST_CASE("a waiting sender learns at once what it waits for",
          "[engine][ack][P67][P68][S5.18][S5.20]")
{
    Pair pair;
    Flow *in = pair.bind("x", true);
    Flow *out = pair.exporter.flow("x");
    for (int i = 0; i < 10; i++)
        pair.exporter.send(out, "1");
    pair.settle();
    REQUIRE(out->acked_received == 0); /* nobody asked, no time passed */
    nci_session_sync(pair.exporter.session, out->stream, 6);
    pair.settle();
    REQUIRE(out->acked_received == 10);
    REQUIRE(out->acked_taken == 0);
    pair.importer.take(in, 5);
    pair.settle();
    REQUIRE(out->acked_taken == 0);
    pair.importer.take(in, 1);
    pair.settle();
    REQUIRE(out->acked_taken == 6);
}

TEST_CASE("value bytes are reported once when all of them are handed", "[engine][ack]")
{
    Raw raw(NCI_ROLE_EXPORTER);
    raw.greet();
    Flow *flow = raw.stream(true, 1000, 64u << 20);
    struct nci_session *session = raw.end.session;
    size_t all = 0, reported = 0;
    uint32_t noise = 1;
    for (int i = 0; i < 400; i++) {
        noise = noise * 1103515245u + 12345u;
        size_t length = 2 + (noise >> 16) % 3000;
        all += length;
        raw.end.send(flow, value_of_length(length));
        if (noise >> 31)
            continue;
        REQUIRE(nci_session_produce(session, 20000, raw.now) == NCI_OK);
        size_t some = nci_session_pending(session) * ((noise >> 8) % 5) / 4;
        nci_session_handed(session, some);
        nci_lent_consume(nci_session_output(session), nci_session_lent(session), some);
        reported += nci_session_value_bytes_handed(session);
        REQUIRE(reported <= all);
    }
    while (nci_session_wants_output(session) || nci_session_pending(session)) {
        REQUIRE(nci_session_produce(session, 20000, raw.now) == NCI_OK);
        (void)hand_over(session);
        reported += nci_session_value_bytes_handed(session);
    }
    REQUIRE(reported == all);
}
