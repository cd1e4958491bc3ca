/* SPDX-License-Identifier: MIT */
/*
 * Peers that break the protocol, in each way a peer can: their own link ends with a bye and an
 * errors entry that name the frame, and an honest importer of the same exporter goes on. No call of
 * the library ends the process.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

using namespace abi;
using netchan_test::has_text;

namespace
{

std::string frame(const std::string &kind, const std::vector<int64_t> &numbers,
                  const std::string &payload = "")
{
    return RawPeer::frame(kind, numbers, payload);
}

std::string bind_payload(const std::string &name, const std::string &direction, int size)
{
    return "{\"name\":\"" + name + "\",\"direction\":\"" + direction +
           "\",\"size\":" + std::to_string(size) + ",\"window\":1000,\"count\":-1,\"wait\":0}";
}

struct Attack {
    const char *name;
    std::string bytes;
    const char *code;
    const char *text; /* stands in bye and in the errors entry */
};

/* An exporter under attack, with an honest importer beside it. Each attacker has stream 1, which
 * receives "out", and stream 2, which sends "in" with size 2. */
struct Scene {
    Scene()
        : exporter({{"limit.value", "1000"}}), honest(exporter.meet(Way::pair)),
          errors(exporter.errors())
    {
        demand(exporter.publish("out", out, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(exporter.publish("in", in, NETCHAN_RECV, {{"keep-open", "yes"}}) == "ok" ? 0 : -1,
               "export");
        demand(exporter.publish("good", sent, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(honest.import("good", got, NETCHAN_RECV, 1, -1) == "ok" ? 0 : -1, "import");
    }
    RawPeer attacker()
    {
        RawPeer raw = raw_importer(exporter, hello_text("importer", 1000));
        raw.say("bind", {1}, bind_payload("out", "recv", 10));
        raw.say("bind", {2}, bind_payload("in", "send", 2));
        raw.expect("bound");
        raw.expect("bound");
        return raw;
    }
    bool honest_goes_on()
    {
        return sent.send(++round) == "ok" && got.next() == std::to_string(round);
    }
    Exporter exporter;
    Channel out{10}, in{0}, sent{0}, got{0};
    Importer honest;
    Channel errors;
    int64_t round = 0;
};

std::string nested(int levels)
{
    return std::string((size_t)levels, '[') + std::string((size_t)levels, ']');
}

std::vector<Attack> attacks()
{
    std::vector<Attack> all = {
        {"another protocol", "GET / HTTP/1.1\r\n\r\n", "protocol", "at byte 0"},
        {"white space in a header", "[\"data\", 2,1,1]\n1\n", "protocol", "space at byte 8"},
        {"a header without an end", "[\"data\"," + std::string(300, '1'), "protocol", "header"},
        {"a number with a leading zero", "[\"ping\",01,0]\n\n", "protocol", "leading zero"},
        {"a negative number", "[\"ping\",-1,0]\n\n", "protocol", "byte 8"},
        {"a number above 2^53", "[\"ping\",9007199254740993,0]\n\n", "protocol", "above"},
        {"too few numbers", "[\"ack\",1,0]\n\n", "protocol", "ack"},
        {"no line feed behind a payload", "[\"data\",2,1,1]\n11", "protocol", "data"},
        {"a payload where none belongs", frame("ping", {1}, "x"), "protocol", "ping"},
        {"a payload of 2^53 bytes", "[\"data\",2,1,9007199254740991]\n", "limit", "data"},
        {"an unborn id", frame("ack", {99, 0, 0}), "protocol", "ack 99,0,0"},
        {"id 0", frame("ack", {0, 0, 0}), "protocol", "ack 0,0,0"},
        {"a bind that skips an id", frame("bind", {4}, bind_payload("out", "recv", 1)), "protocol",
         "bind 4"},
        {"a bind that goes back", frame("bind", {1}, bind_payload("out", "recv", 1)), "protocol",
         "bind 1"},
        {"a bind without its members", frame("bind", {3}, "{}"), "protocol", "bind"},
        {"a bind with a name twice", frame("bind", {3}, "{\"name\":\"a\",\"name\":\"b\"}"),
         "protocol", "bind"},
        {"a bind that is no object", frame("bind", {3}, "[]"), "protocol", "bind"},
        {"a second hello", frame("hello", {}, hello_text("importer")), "protocol", "hello"},
        {"an exporter's frame", frame("bound", {1}, "{\"size\":1,\"window\":1,\"count\":-1}"),
         "protocol", "bound 1"},
        {"an acknowledgement of what was not sent", frame("ack", {1, 1, 0}), "protocol",
         "ack 1,1,0"},
        {"taken above received", frame("ack", {1, 0, 1}), "protocol", "ack 1,0,1"},
        {"more than credit",
         frame("data", {2, 1}, "1") + frame("data", {2, 2}, "2") + frame("data", {2, 3}, "3"),
         "protocol", "data 2,3"},
        {"a gap in the sequence", frame("data", {2, 5}, "1"), "protocol", "data 2,5"},
        {"a value where the peer receives", frame("data", {1, 1}, "1"), "protocol", "data 1,1"},
        {"a value that is no JSON", frame("data", {2, 1}, "{\"a\":}"), "protocol", "data 2,1"},
        {"a value that is not UTF-8", frame("data", {2, 1}, "\"\xff\""), "protocol", "data 2,1"},
        {"a lone surrogate", frame("data", {2, 1}, "\"\\ud800\""), "protocol", "data 2,1"},
        {"a value with a name twice", frame("data", {2, 1}, "{\"a\":1,\"\\u0061\":2}"), "protocol",
         "data 2,1"},
        {"a value too deep", frame("data", {2, 1}, nested(65)), "limit", "data 2,1"},
        {"a value too long", frame("data", {2, 1}, "\"" + std::string(1000, 'x') + "\""), "limit",
         "data 2,1"},
        {"an empty value", "[\"data\",2,1,0]\n\n", "protocol", "data"},
        {"a close in the middle of a value", frame("part", {2, 1}, "[1,") + frame("close", {2, 0}),
         "protocol", "close 2,0"},
        {"a close with another number", frame("close", {2, 7}), "protocol", "close 2,7"},
        {"a value behind a close", frame("close", {2, 0}) + frame("data", {2, 1}, "1"), "protocol",
         "data 2,1"},
        {"a sync of what was not sent", frame("sync", {2, 1}), "protocol", "sync 2,1"},
        {"a hangup with a number too high", frame("hangup", {1, 100}), "protocol", "hangup 1,100"},
        {"a frame behind both hangups",
         frame("hangup", {1, 0}) + frame("ping", {1}) + frame("ack", {1, 0, 0}), "protocol",
         "ack 1,0,0"},
        {"two parts that are too long together",
         frame("part", {2, 1}, "\"" + std::string(900, 'x')) +
             frame("data", {2, 1}, std::string(900, 'x') + "\""),
         "limit", "2,1"},
    };
    std::string pings;
    for (int i = 0; i < 15000; i++)
        pings += frame("pong", {i});
    all.push_back({"frames without effect, without end", pings, "limit", "pong"});
    std::string lists;
    for (int i = 0; i < 15000; i++)
        lists += frame("nonsense", {i});
    all.push_back({"unknown frames without end", lists, "limit", "without effect"});
    return all;
}

} // namespace

TEST_CASE(
    "whatever an importer sends, at worst its own link closes with an error that names the frame",
    "[abi][row:F1][row:F6][row:F7][S3.6][S8.5][S8.10][S8.41][S13.1][S13.2][S13.3]")
{
    Scene scene;
    for (const Attack &attack : attacks()) {
        INFO(attack.name);
        RawPeer raw = scene.attacker();
        raw.put(attack.bytes);
        Frame bye = raw.expect("bye");
        REQUIRE(bye.kind == "bye");
        CHECK(bye.member("code") == attack.code);
        CHECK_THAT(bye.member("text"), has_text(attack.text));
        CHECK(raw.read().kind == "eof");
        raw.close();

        Value entry;
        REQUIRE(netchan_channel_recv(scene.errors, entry.out(), PLENTY, nullptr) == 0);
        CHECK(entry["code"].string() == attack.code);
        CHECK_THAT(entry["text"].string(), has_text(attack.text));
        CHECK_THAT(entry["peer"].string(), has_text("unix"));
        CHECK(scene.honest_goes_on());
        /* What the attacker had sent in good order before is there, and no more than that. */
        while (scene.in.next(0) != "timeout")
            continue;
    }
    CHECK(scene.in.state() == "ok");
    REQUIRE(eventually([&] { return scene.exporter.stats()["links"].integer() == 1; }));
}

TEST_CASE("a peer that does not greet properly is refused", "[abi][row:F9][S13.1][S13.2]")
{
    Scene scene;
    const Attack bad[] = {
        {"no hello", frame("ping", {1}), "protocol", "hello"},
        {"the same role", frame("hello", {}, hello_text("exporter")), "protocol", "exporters"},
        {"another version",
         frame("hello", {}, "{\"netchan\":[7,9]" + hello_text("importer").substr(16)), "protocol",
         "version"},
        {"hello without its members", frame("hello", {}, "{}"), "protocol", "hello"},
        {"hello that is no JSON", frame("hello", {}, "{"), "protocol", "hello"},
        {"bytes", std::string("\0\1\2\3\xff\xfe", 6), "protocol", "at byte 0"},
        {"a TLS greeting", std::string("\x16\x03\x01\x02\x00\x01\x00", 7), "protocol", "at byte 0"},
    };
    for (const Attack &attack : bad) {
        INFO(attack.name);
        auto fds = socket_pair();
        REQUIRE(netchan_exporter_serve_fd(scene.exporter, fds.first) == 0);
        RawPeer raw(fds.second);
        raw.put(attack.bytes);
        Frame bye = raw.expect("bye");
        CHECK(bye.member("code") == attack.code);
        CHECK_THAT(bye.member("text"), has_text(attack.text));
        CHECK(raw.read().kind == "eof");
        Value entry;
        REQUIRE(netchan_channel_recv(scene.errors, entry.out(), PLENTY, nullptr) == 0);
        CHECK_THAT(entry["text"].string(), has_text(attack.text));
        CHECK(scene.honest_goes_on());
    }
}

/* The same from the other side: an exporter that lies to an importer. */
TEST_CASE("whatever an exporter sends, at worst the importer's link closes",
          "[abi][S8.5][S8.10][S8.14][S13.1][S13.2]")
{
    const Attack bad[] = {
        {"more than the count",
         frame("data", {1, 1}, "1") + frame("data", {1, 2}, "2") + frame("data", {1, 3}, "3"),
         "protocol", "data 1,3"},
        {"a larger size than was asked",
         frame("bound", {2}, "{\"size\":11,\"window\":1,\"count\":-1}"), "protocol", "bound 2"},
        {"a second bound", frame("bound", {1}, "{\"size\":1,\"window\":1,\"count\":-1}"),
         "protocol", "bound 1"},
        {"a value before bound", frame("data", {2, 1}, "1"), "protocol", "data 2,1"},
        {"bound for nobody", frame("bound", {9}, "{\"size\":1,\"window\":1,\"count\":-1}"),
         "protocol", "bound 9"},
        {"an importer's frame", frame("bind", {1}, bind_payload("x", "recv", 1)), "protocol",
         "bind 1"},
        {"a listing that nobody asked for", frame("listing", {0}, "{}"), "protocol", "listing"},
        {"a half value", frame("part", {1, 1}, "[1,") + frame("part", {1, 2}, "2"), "protocol",
         "part 1,2"},
    };
    for (const Attack &attack : bad) {
        INFO(attack.name);
        RawExporter peer;
        Channel got(0), other(0);
        REQUIRE(peer.import("c", got, NETCHAN_RECV, 10, 2) == "ok");
        REQUIRE(peer.importer.import("d", other, NETCHAN_RECV, 10, -1, {{"async", "yes"}}) == "ok");
        REQUIRE(peer.raw.expect("bind").n.at(0) == 2);
        Channel errors = peer.importer.errors();
        peer.raw.put(attack.bytes);
        Frame bye = peer.raw.expect("bye");
        CHECK(bye.member("code") == attack.code);
        CHECK_THAT(bye.member("text"), has_text(attack.text));
        Value entry;
        REQUIRE(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr) == 0);
        CHECK(entry["code"].string() == attack.code);
        CHECK_THAT(entry["text"].string(), has_text(attack.text));
        /* What came in good order stays readable, then the channel is lost. */
        std::string rest = got.rest();
        CHECK(rest.substr(rest.size() - 4) == "lost");
        CHECK(other.next() == "lost");
        CHECK(peer.importer.import("e", got, NETCHAN_RECV, 1, -1) == "lost");
    }
}

TEST_CASE("an importer that meets something else than an exporter gets protocol, and keeps its "
          "descriptor",
          "[abi][S13.1][S15.5]")
{
    auto fds = socket_pair();
    RawPeer raw(fds.second);
    raw.put("220 mail.example.org ESMTP\r\n");
    netchan_importer *importer = nullptr;
    CHECK(netchan_importer_from_fd(fds.first, nullptr, PLENTY, nullptr, &importer) ==
          NETCHAN_PROTOCOL);
    CHECK_THAT(netchan_error_text(), has_text("at byte 0"));
    CHECK(importer == nullptr);
    CHECK(fcntl(fds.first, F_GETFD) >= 0);
    CHECK(::close(fds.first) == 0);
}

TEST_CASE("many attackers at once close no link but their own", "[abi][row:F1][S13.1][S13.3]")
{
    Scene scene;
    std::vector<RawPeer> attackers;
    std::vector<Attack> list = attacks();
    for (int i = 0; i < 60; i++) {
        attackers.push_back(scene.attacker());
        attackers.back().put(list[(size_t)i % list.size()].bytes.substr(0, 4000));
        if (i % 3 == 0)
            attackers.back().close();
    }
    CHECK(scene.honest_goes_on());
    attackers.clear();
    REQUIRE(eventually([&] { return scene.exporter.stats()["links"].integer() == 1; }));
    CHECK(scene.honest_goes_on());
}

TEST_CASE("who broke the protocol does not keep its link by writing on", "[abi][row:F7][S13.1]")
{
    Exporter exporter({{"link.linger", "200"}});
    RawPeer raw = raw_importer(exporter);
    raw.put("no frame\n");
    REQUIRE(raw.expect("bye").member("code") == "protocol");
    /* It reads on, so that its answer is not destroyed, but no longer than that needs. */
    int64_t begun = now_ms();
    while (exporter.stats()["links"].integer() == 1 && now_ms() - begun < 10000) {
        (void)raw.say("ping", {1});
        rest_a_little(10);
    }
    CHECK(exporter.stats()["links"].integer() == 0);
}
