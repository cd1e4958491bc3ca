/* SPDX-License-Identifier: MIT */
/*
 * TLS from the other side of the wire: peers that cut connections, offer too little, or ask for more
 * than they read; thousands that never finish their handshake; and bytes that come one at a time.
 */
#include "catch_shim.hpp"

#include "tls_peer.hpp"

#include <sys/resource.h>

using namespace abi;
using netchan_test::has_text;

namespace
{

bool without_tls()
{
    if (!netchan_feature("tls")) {
        SUCCEED("this build has no TLS");
        return true;
    }
    return false;
}

Settings server()
{
    return {{"tls.cert", certificate("server.pem")}, {"tls.key", certificate("server.key")}};
}

Settings client()
{
    return {{"tls.ca", certificate("ca.pem")}};
}

/* The next entry's code and text. */
std::string told(Channel &errors)
{
    Value entry;
    if (netchan_channel_recv(errors, entry.out(), PLENTY, nullptr))
        return "nothing";
    return entry["code"].string() + ": " + entry["text"].string();
}

std::string bind_text(const char *name, const char *direction)
{
    return std::string("{\"name\":\"") + name + "\",\"direction\":\"" + direction +
           "\",\"size\":10,\"window\":1000,\"count\":-1,\"wait\":0}";
}

/* The memory of this process in KiB. */
int64_t resident()
{
    std::ifstream status("/proc/self/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.compare(0, 6, "VmRSS:") == 0)
            return std::atoll(line.c_str() + 6);
    }
    return -1;
}

} // namespace

TEST_CASE("a stream cut without close_notify is lost, one with it and bye is closed",
          "[abi][tls][P115][S17.7][row:T3]")
{
    if (without_tls())
        return;
    bool orderly = GENERATE(false, true);
    Exporter exporter(server());
    Channel got(1), errors = exporter.errors();
    REQUIRE(exporter.publish("in", got, NETCHAN_RECV) == "ok");
    TlsPeer peer(exporter.listens_on(Way::tls));
    REQUIRE(peer.shake());
    peer.say("hello", {}, hello_text("importer"));
    peer.say("bind", {1}, bind_text("in", "send"));
    REQUIRE(peer.sees("[\"bound\",1,"));
    peer.say("data", {1, 1}, "7");
    CHECK(got.next() == "7");
    if (orderly) {
        peer.say("close", {1, 1});
        REQUIRE(peer.sees("[\"hangup\",1,1,"));
        peer.say("hangup", {1, 1});
        peer.say("bye", {});
        SSL_shutdown(peer.ssl);
        CHECK(peer.ending() == "close_notify");
        CHECK(got.next() == "closed");
        CHECK(errors.length() == 0);
    } else {
        peer.cut();
        CHECK(got.next() == "lost");
        CHECK_THAT(told(errors), has_text("lost: the stream ended without close_notify"));
    }
}

TEST_CASE("a client that offers too little is refused, and says why on both sides",
          "[abi][tls][P114][row:T2]")
{
    if (without_tls())
        return;
    Exporter exporter(server());
    Channel errors = exporter.errors();
    std::string url = exporter.listens_on(Way::tls);
    for (const char *protocol : {"", "http/1.1", "netchan/2"}) {
        TlsPeer peer(url);
        peer.offer(protocol);
        CHECK_FALSE(peer.shake());
        CHECK_THAT(peer.reason, has_text("no application protocol"));
        CHECK_THAT(told(errors), has_text("tls: the peer does not ask for \"netchan/1\" (ALPN)"));
    }
    for (int version : {TLS1_VERSION, TLS1_1_VERSION}) {
        TlsPeer peer(url);
        SSL_set_min_proto_version(peer.ssl, version);
        SSL_set_max_proto_version(peer.ssl, version);
        SSL_set_cipher_list(peer.ssl, "ALL:@SECLEVEL=0");
        CHECK_FALSE(peer.shake());
        CHECK_THAT(told(errors), has_text("tls: the peer offers no version of TLS from 1.2 on"));
    }
    {
        TlsPeer peer(url);
        SSL_set_max_proto_version(peer.ssl, TLS1_2_VERSION);
        SSL_set_cipher_list(peer.ssl, "ECDHE-RSA-AES128-GCM-SHA256");
        CHECK_FALSE(peer.shake());
        CHECK_THAT(told(errors), has_text("tls: no cipher in common with the peer"));
    }
    TlsPeer peer(url);
    SSL_set_max_proto_version(peer.ssl, TLS1_2_VERSION);
    REQUIRE(peer.shake());
    peer.say("hello", {}, hello_text("importer"));
    CHECK(peer.sees("\"role\":\"exporter\""));
    /* Another handshake on the same connection is no part of this. */
    SSL_renegotiate(peer.ssl);
    CHECK(SSL_do_handshake(peer.ssl) != 1);
}

TEST_CASE("a flood of key updates hurts nobody else", "[abi][tls][row:T5]")
{
    if (without_tls())
        return;
    Exporter exporter(server());
    Channel out(1), got(1);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    std::string url = exporter.listens_on(Way::tls);
    Importer honest = connect(url, client());
    REQUIRE(honest.import("out", got, NETCHAN_RECV) == "ok");
    TlsPeer peer(url);
    REQUIRE(peer.shake());
    peer.say("hello", {}, hello_text("importer", 4194304, 0));
    /* Each asks for an answer, and none is read. */
    bool more = true;
    for (int i = 0; i < 20000 && more; i++) {
        more = SSL_key_update(peer.ssl, SSL_KEY_UPDATE_REQUESTED) == 1 &&
               SSL_do_handshake(peer.ssl) == 1;
        if (i % 1000 == 0) {
            REQUIRE(out.send(i) == "ok");
            CHECK(got.next() == std::to_string(i));
        }
    }
    REQUIRE(out.send(1) == "ok");
    CHECK(got.next() == "1");
    CHECK(exporter.stats()["links"].integer() >= 1);
}

TEST_CASE("two thousand stuck handshakes keep nobody out, and are gone at their deadline",
          "[abi][tls][row:F8]")
{
    if (without_tls())
        return;
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max < 8192 ? limit.rlim_max : 8192;
    setrlimit(RLIMIT_NOFILE, &limit);
    const int stuck = limit.rlim_cur >= 8192 ? 2000 : 200;
    Settings settings = server();
    settings.push_back({"link.handshake", "8000"});
    Exporter exporter(settings);
    Channel out(1), got(1), errors = exporter.errors();
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    std::string url = exporter.listens_on(Way::tls);
    int64_t before = resident();
    std::vector<RawPeer> peers;
    for (int i = 0; i < stuck; i++) {
        peers.emplace_back(plain_connect(url));
        /* The head of a record with a hello of 512 bytes, of which little comes. */
        peers.back().put(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) +
                         std::string((size_t)(i % 100), 'x'));
    }
    REQUIRE(eventually(
        [&] { return exporter.stats()["greeting"].integer() >= (stuck < 1024 ? stuck : 1000); }));
    int64_t begun = now_ms();
    Importer honest = connect(url, client());
    int64_t took = now_ms() - begun;
    REQUIRE(honest.import("out", got, NETCHAN_RECV) == "ok");
    REQUIRE(out.send(1) == "ok");
    CHECK(got.next() == "1");
    INFO("an honest client took " << took << " ms");
#ifndef ABI_SANITIZED
    CHECK(took < 1000);
    CHECK(resident() - before < 1024 * 100);
#else
    (void)before;
#endif
    CHECK(eventually([&] { return exporter.stats()["greeting"].integer() == 0; }));
    CHECK(exporter.stats()["links"].integer() == 1);
    CHECK(errors.length() == 256);
}

TEST_CASE("handshake and values come through in any pieces", "[abi][tls]")
{
    if (without_tls())
        return;
    /* Between the two stands a pair of sockets whose bytes are passed on a few at a time. */
    size_t piece = GENERATE(1, 7, 1000);
    Exporter exporter(server());
    Channel out(5), got(5);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    std::string url = exporter.listens_on(Way::tls);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listen(listening, 1) == 0);
    struct sockaddr_in name = {};
    socklen_t length = sizeof name;
    REQUIRE(getsockname(listening, (struct sockaddr *)&name, &length) == 0);
    auto passing = background([&]() -> std::string {
        int ends[2] = {accept4(listening, nullptr, nullptr, SOCK_CLOEXEC), plain_connect(url)};
        std::vector<char> bytes(piece);
        for (int open = 2; open > 0;) {
            struct pollfd ready[2] = {{ends[0], POLLIN, 0}, {ends[1], POLLIN, 0}};
            if (poll(ready, 2, PLENTY) <= 0)
                break;
            for (int i = 0; i < 2; i++) {
                if (!ready[i].revents)
                    continue;
                ssize_t got_now = recv(ends[i], bytes.data(), piece, 0);
                if (got_now > 0 &&
                    send(ends[1 - i], bytes.data(), (size_t)got_now, MSG_NOSIGNAL) > 0)
                    continue;
                shutdown(ends[1 - i], SHUT_WR);
                shutdown(ends[i], SHUT_RD);
                open = got_now == 0 ? open - 1 : 0;
            }
        }
        close(ends[0]);
        close(ends[1]);
        return "done";
    });
    {
        Importer importer =
            connect("tls://127.0.0.1:" + std::to_string(ntohs(name.sin_port)), client());
        REQUIRE(importer.import("out", got, NETCHAN_RECV) == "ok");
        std::string large = "\"" + std::string(3000, 'x') + "\"";
        auto sending = background([&] {
            std::string said;
            for (int i = 0; i < 20; i++)
                said = word(
                    netchan_channel_send_text(out, large.data(), large.size(), PLENTY, nullptr));
            out.close();
            return said;
        });
        for (int i = 0; i < 20; i++)
            CHECK(got.next() == large);
        CHECK(sending.result() == "ok");
        CHECK(got.next() == "closed");
    }
    close(listening);
    CHECK(passing.result() == "done");
}
