/* SPDX-License-Identifier: MIT */
/*
 * Hangups and the ends of links: everybody is woken, what was written arrives, and an orderly end
 * says bye, reads on and takes no longer than it must.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace abi;
using netchan_test::has_text;

TEST_CASE("a hangup reaches every link, also with values in flight, and the links stay in step",
          "[abi][S10.1][S10.2][S10.3][S10.4][S10.5]")
{
    Exporter exporter;
    Channel sent(0), other(10);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("other", other, NETCHAN_SEND) == "ok");
    Importer one = exporter.meet(), two = exporter.meet(Way::tcp);
    Channel first(0), second(0), third(0);
    REQUIRE(one.import("out", first, NETCHAN_RECV, 5) == "ok");
    REQUIRE(two.import("out", second, NETCHAN_RECV, 5) == "ok");
    REQUIRE(two.import("other", third, NETCHAN_RECV, 5) == "ok");
    auto sending = background([&] {
        int64_t number = 0;
        while (sent.send(++number) == "ok")
            continue;
        return sent.state();
    });
    /* Ten are in flight or received, the eleventh send is blocked. */
    REQUIRE(eventually([&] { return exporter.stream("out", "sent") == 10; }));
    REQUIRE(sending.waits());
    REQUIRE(exporter.hangup("out") == "ok");
    CHECK(sending.result() == "closed");
    std::string rest = first.rest();
    CHECK(rest.substr(rest.size() - 6) == "closed");
    rest = second.rest();
    CHECK(rest.substr(rest.size() - 6) == "closed");
    REQUIRE(other.send(1) == "ok");
    CHECK(third.next() == "1");
    CHECK(exporter.stats()["links"].integer() == 2);
}

TEST_CASE("a clean end of a link wakes everybody who waits for it", "[abi][S11.1][S11.10][S11.11]")
{
    Exporter exporter;
    Channel out(0), in(0), got(0), sent(0);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    Importer importer = exporter.meet();
    REQUIRE(importer.import("out", got, NETCHAN_RECV, 1) == "ok");
    REQUIRE(importer.import("in", sent, NETCHAN_SEND, 1) == "ok");
    REQUIRE(sent.send(1) == "ok");
    REQUIRE(exporter.stream_reaches("in", "received", 1));
    auto receiving = background([&] { return got.next(); });
    auto blocked = background([&] { return sent.send(2); });
    auto draining = background([&] { return importer.drain(NETCHAN_TAKEN); });
    auto importing = background([&] {
        return importer.import("later", Channel(0), NETCHAN_RECV, 1, -1, {{"wait", "-1"}});
    });
    auto theirs = background([&] { return exporter.drain(NETCHAN_TAKEN, -1); });
    CHECK(theirs.result() == "ok");
    REQUIRE(receiving.waits());
    REQUIRE(blocked.waits());
    REQUIRE(draining.waits());
    REQUIRE(importing.waits());
    REQUIRE(netchan_exporter_close(exporter) == 0);
    CHECK(receiving.result() == "closed"); /* the name was hung up first: nothing is missing */
    CHECK(blocked.result() == "closed");
    CHECK(draining.result() == "lost"); /* value 1 was received, and nobody will take it */
    std::string said = importing.result();
    CHECK((said == "closed" || said == "nochannel" || said == "lost"));
    CHECK(importer.import("out", Channel(0), NETCHAN_RECV) != "ok");
}

TEST_CASE("an end of file, behind bye or without, wakes everybody who waits, with lost",
          "[abi][S8.4][S11.1][S11.2][S11.10]")
{
    bool clean = GENERATE(false, true); /* either way no stream was closed or hung up */
    RawExporter peer;
    Channel got(0), sent(0);
    REQUIRE(peer.import("out", got, NETCHAN_RECV, 1) == "ok");
    REQUIRE(peer.import("in", sent, NETCHAN_SEND, 1) == "ok");
    REQUIRE(sent.send(1) == "ok");
    auto receiving = background([&] { return got.next(); });
    auto blocked = background([&] { return sent.send(2); });
    auto draining = background([&] { return peer.importer.drain(); });
    auto listing = background([&] {
        Value names;
        return word(netchan_importer_list(peer.importer, "", -1, nullptr, names.out()));
    });
    REQUIRE(receiving.waits());
    REQUIRE(blocked.waits());
    REQUIRE(draining.waits());
    REQUIRE(listing.waits());
    if (clean)
        REQUIRE(peer.raw.say("bye", {}));
    peer.raw.stop_writing();
    CHECK(receiving.result() == "lost");
    CHECK(blocked.result() == "lost");
    CHECK(draining.result() == "lost");
    CHECK(listing.result() == "lost");
    CHECK_THAT(peer.importer.stats()["role"].string(), has_text("importer"));
}

TEST_CASE("an orderly end says bye last, after every name was hung up, and shuts writing down",
          "[abi][S11.3][S11.4][S11.11]")
{
    Exporter exporter;
    Channel sent(10);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 10);
    REQUIRE(raw.expect("bound").kind == "bound");
    REQUIRE(netchan_exporter_close(exporter) == 0);
    Frames frames = raw.read_all();
    REQUIRE(frames.size() >= 3);
    CHECK(frames[frames.size() - 1].kind == "eof");
    CHECK(frames[frames.size() - 2].kind == "bye");
    CHECK((frames[frames.size() - 2].payload == "" ||
           frames[frames.size() - 2].member("code") == "ok"));
    CHECK(frames[frames.size() - 3].head() == "hangup 1 0");
    /* It still reads: none of this breaks the connection. */
    for (int i = 0; i < 100; i++)
        REQUIRE(raw.say("ping", {i}, ""));
    raw.close();
    CHECK(exporter.end() == "ok");
}

TEST_CASE("an orderly bye is answered by an orderly bye", "[abi][P110][S11.3]")
{
    Exporter exporter;
    RawPeer raw = raw_importer(exporter);
    raw.say("bye", {}, "{\"code\":\"ok\"}");
    Frame answer = raw.expect("bye");
    REQUIRE(answer.kind == "bye");
    CHECK((answer.payload == "" || answer.member("code") == "ok"));
}

TEST_CASE("wait_closed returns when the peer's end of file was read", "[abi][S11.12]")
{
    Exporter exporter({{"link.linger", "60000"}});
    RawPeer raw = raw_importer(exporter);
    auto ending = background([&] { return exporter.end(); });
    REQUIRE(raw.expect("bye").kind == "bye");
    CHECK_FALSE(ending.done());
    raw.close();
    CHECK(ending.result() == "ok");

    /* Two ends of the library do not wait for any time to pass. */
    int64_t begun = now_ms();
    {
        Pair pair(Way::tcp, {{"link.linger", "60000"}}, {{"link.linger", "60000"}});
        CHECK(pair.importer.end() == "ok");
        CHECK(pair.exporter.end() == "ok");
    }
    CHECK(now_ms() - begun < 10000);
}

TEST_CASE("wait_closed returns when linger is over, counted from the last progress",
          "[abi][S11.5][S11.6][S11.13]")
{
    Exporter exporter({{"link.linger", "150"}});
    RawPeer raw = raw_importer(exporter);
    REQUIRE(netchan_exporter_close(exporter) == 0);
    REQUIRE(raw.expect("bye").kind == "bye");
    /* Input is progress: for three times as long the link reads on. */
    int64_t begun = now_ms();
    while (now_ms() - begun < 450) {
        REQUIRE(raw.say("ping", {1}));
        REQUIRE(exporter.end(30) == "timeout");
    }
    begun = now_ms();
    CHECK(exporter.end() == "ok");
    CHECK(now_ms() - begun >= 50);
    CHECK(now_ms() - begun < 2000);
}

TEST_CASE("a send queue that shrinks is progress, and all of it arrives",
          "[abi][S11.5][S11.7][S11.8]")
{
    Exporter exporter({{"link.linger", "150"}});
    exporter.listens_on(Way::tcp);
    Channel sent(1000);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_tcp_importer(exporter);
    raw.bind(1, "out", "recv", 60000);
    REQUIRE(raw.expect("bound").kind == "bound");
    std::string text = "\"" + std::string(9000, 'x') + "\"";
    for (int i = 0; i < 10; i++)
        REQUIRE(sent.send(text) == "ok");
    REQUIRE(raw.expect("data").n.at(1) == 1);
    REQUIRE(exporter.stream_reaches("out", "sent", 10));
    sent.close();
    /* All of it is written. Unread input at the exporter would make a plain close a
     * reset, which destroys it. */
    for (int i = 0; i < 1000; i++)
        raw.say("ping", {i});
    auto ending = background([&] { return exporter.end(); });
    int64_t begun = now_ms();
    Frame frame;
    int64_t last = 1;
    while ((frame = raw.read()).kind != "bye" && frame.kind != "reset" && frame.kind != "eof" &&
           frame.kind != "nothing") {
        if (frame.kind == "data") {
            last = frame.n.at(1);
            rest_a_little(40); /* a slow reader: all of it takes longer than linger */
        }
    }
    CHECK(frame.kind == "bye");
    CHECK(now_ms() - begun >= 200);
    CHECK(last == 10);
    CHECK(raw.read().kind == "eof");
    raw.close();
    CHECK(ending.result() == "ok");
}

TEST_CASE("while the send queue shrinks wait_closed goes on, however long it takes",
          "[abi][S11.5][S11.7]")
{
    const int64_t linger = 500;
    Exporter exporter({{"link.linger", std::to_string(linger)}});
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    auto fds = socket_pair();
    int size = 200000;
    setsockopt(fds.first, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    RawPeer raw(fds.second);
    raw.say("hello", {}, hello_text("importer"));
    raw.bind(1, "out", "recv", 60000);
    REQUIRE(raw.expect("bound").kind == "bound");
    std::string text = "\"" + std::string(10000, 'x') + "\"";
    for (int i = 0; i < 15; i++)
        REQUIRE(sent.send(text) == "ok");
    REQUIRE(exporter.stream_reaches("out", "sent", 15));
    auto ending = background([&] { return exporter.end(); });
    /* All of it fits into the socket, so that soon nothing but the queue moves. */
    int64_t begun = now_ms();
    char bytes[4096];
    while (::recv(raw.descriptor(), bytes, sizeof bytes, 0) > 0) {
        rest_a_little(30);
        REQUIRE_FALSE(ending.done());
    }
    CHECK(now_ms() - begun > 3 * linger / 2);
    CHECK_FALSE(ending.done());
    raw.close();
    CHECK(ending.result() == "ok");
}

TEST_CASE("what the peer had said before a failed write is read and counts", "[abi][S11.9]")
{
    for (int round = 0; round < 50; round++) {
        Exporter exporter;
        Channel sent(100);
        REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
        {
            RawPeer raw = raw_importer(exporter);
            raw.bind(1, "out", "recv", 1000);
            REQUIRE(raw.expect("bound").kind == "bound");
            REQUIRE(sent.send_range(1, 20) == "ok");
            while (raw.expect("data").n.at(1) < 20)
                continue;
            raw.say("ack", {1, 20, 20});
        } /* gone, with its acknowledgement unread, while the exporter goes on writing */
        while (sent.send(0, 0) == "ok" && sent.length() < 10)
            continue;
        REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
        CHECK(exporter.stats()["lost"].integer() == 0);
        CHECK(sent.next(0) == "0"); /* none of 1 to 20 came back */
    }
}

TEST_CASE("an exporter that ends tells its importers everything that is on its way",
          "[abi][S11.8][S11.12][S11.14]")
{
    Way way = GENERATE(Way::pair, Way::unix_socket, Way::tcp);
    for (int round = 0; round < 20; round++) {
        Channel sent(1000), got(0);
        Importer importer;
        {
            Exporter exporter;
            importer = exporter.meet(way);
            REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
            REQUIRE(importer.import("out", got, NETCHAN_RECV, 1000) == "ok");
            REQUIRE(sent.send_range(1, 200) == "ok");
            sent.close();
            REQUIRE(exporter.drain() == "ok");
            CHECK(exporter.end() == "ok");
        }
        CHECK(got.rest() == range(1, 200) + "closed");
    }
}

TEST_CASE("every example ends what it made with wait_closed, behind which it only lets go",
          "[abi][S11.14]")
{
    const char *top = std::getenv("top_srcdir");
    for (const char *name :
         {"event_loop", "export", "import", "relay", "request_reply", "select"}) {
        std::string path = std::string(top ? top : ".") + "/docs/examples/" + name + ".c";
        INFO(path);
        std::ifstream file(path);
        REQUIRE(file.good());
        std::stringstream whole;
        whole << file.rdbuf();
        std::string text = whole.str();
        auto calls = [&](const char *call) {
            size_t count = 0;
            for (size_t at = 0; (at = text.find(call, at)) != std::string::npos; at++)
                count++;
            return count;
        };
        CHECK(calls("_wait_closed(") > 0);
        CHECK(calls("_exporter_wait_closed(") == calls("_exporter_new("));
        CHECK(calls("_importer_wait_closed(") == calls("_importer_connect("));
        /* From each to the end of its function. */
        for (size_t at = 0; (at = text.find("_wait_closed(", at)) != std::string::npos; at++) {
            std::string rest = text.substr(at, text.find("\n}\n", at) - at);
            for (size_t call = 0; (call = rest.find(" netchan_", call)) != std::string::npos;) {
                std::string word = rest.substr(call + 1, rest.find('(', call) - call - 1);
                call++;
                bool lets_go = word.find("_unref") != std::string::npos;
                CHECK((lets_go || word.find("_wait_closed") != std::string::npos));
            }
        }
    }
}

TEST_CASE("a greeting that does not come ends the link at its deadline", "[abi][row:F8][S13.1]")
{
    Exporter exporter({{"link.handshake", "80"}});
    Channel errors = exporter.errors();
    auto fds = socket_pair();
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    RawPeer raw(fds.second);
    /* A byte now and then does not prolong it. */
    int64_t begun = now_ms();
    std::string hello = RawPeer::frame("hello", {}, hello_text("importer"));
    for (size_t at = 0; at < 30 && raw.put(hello.substr(at, 1)); at++) {
        if (raw.expect("bye", 10).kind == "bye")
            break;
    }
    Value entry;
    REQUIRE(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr) == 0);
    CHECK(entry["code"].string() == "timeout");
    CHECK(now_ms() - begun >= 79);
    CHECK(now_ms() - begun < 3000);
}
