/* SPDX-License-Identifier: MIT */
/*
 * TLS: who may talk to whom. One case for each way a certificate or a handshake can be bad: not one
 * value passes, and each side is told what is wrong in words of its own. (Values over good links are
 * in the scenarios.)
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

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

/* Certificate and key by that name; "" is none. */
Settings shows(const std::string &name)
{
    if (name.empty())
        return {};
    return {{"tls.cert", certificate(name + ".pem")}, {"tls.key", certificate(name + ".key")}};
}

Settings trusts(const std::string &name)
{
    return name.empty() ? Settings{} : Settings{{"tls.ca", certificate(name + ".pem")}};
}

/* What both sides said about a connection that came to nothing. */
struct Refusal {
    std::string code, text;               /* the importer's */
    std::string server_code, server_text; /* the exporter's errors entry */
    int64_t took;
};

void read_entry(Channel &errors, Refusal &refusal)
{
    netchan_value *given = nullptr;
    if (netchan_channel_recv(errors, &given, PLENTY, nullptr))
        return;
    Value told(given);
    refusal.server_code = told["code"].string();
    refusal.server_text = told["text"].string();
}

/* An exporter with one value to give, and a try to get it. */
struct Scene {
    Scene(const Settings &server) : exporter(server)
    {
        demand(exporter.publish("out", out, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(out.send(1) == "ok" ? 0 : -1, "send");
        errors = exporter.errors();
    }
    Refusal refused(const Settings &client, const std::string &url)
    {
        Options options(client);
        Importer importer;
        int64_t begun = now_ms();
        int code = netchan_importer_connect(url.c_str(), options, PLENTY, nullptr, importer.out());
        Refusal refusal = {word(code), netchan_error_text(), "", "", now_ms() - begun};
        read_entry(errors, refusal);
        return refusal;
    }
    bool nothing_passed() const
    {
        return out.length() == 1 && exporter.stats()["streams"].size() == 0;
    }
    Exporter exporter;
    Channel out{1};
    Channel errors;
};

struct Bad {
    const char *name;        /* of the certificate */
    const char *client_says; /* in the importer's error */
    const char *server_says; /* in the exporter's errors entry */
    Settings client;         /* of the importer, besides */
};

void none_passes(Scene &scene, const Bad &bad, const Settings &client)
{
    INFO(bad.name);
    Refusal refusal = scene.refused(client, scene.exporter.listens_on(Way::tls));
    INFO("importer: " << refusal.code << ": " << refusal.text);
    INFO("exporter: " << refusal.server_code << ": " << refusal.server_text);
    CHECK(refusal.code == "tls");
    CHECK_THAT(refusal.text, has_text(bad.client_says));
    CHECK(refusal.server_code == "tls");
    CHECK_THAT(refusal.server_text, has_text(bad.server_says));
    CHECK(scene.nothing_passed());
}

} // namespace

TEST_CASE("a server's certificate that breaks a rule is refused with that rule",
          "[abi][tls][S17.1][S17.6][row:T1]")
{
    if (without_tls())
        return;
    const char *expected = "expected was ip:127.0.0.1";
    const char *not_trusted = "not among those the peer trusts";
    const char *not_good = "it is not acceptable (wrong name, not valid yet, or not in order)";
    std::vector<Bad> all = {
        {"expired", "\"CN=expired\" has expired: it was valid until", "has expired", {}},
        {"not-yet", "is not valid before Jan  1 00:00:00 2099", "not valid yet", {}},
        {"wrong-name", "is for dns:other.example; expected was ip:127.0.0.1", not_good, {}},
        {"server", "expected was dns:elsewhere", not_good, {{"tls.name", "elsewhere"}}},
        {"only-dns", expected, not_good, {}},
        {"dns-address", "is for dns:127.0.0.1; expected was ip:127.0.0.1", not_good, {}},
        {"only-cn",
         "is for no host; expected was dns:localhost",
         not_good,
         {{"tls.name", "localhost"}}},
        {"wild", "expected was dns:a.b.wild.example", not_good, {{"tls.name", "a.b.wild.example"}}},
        {"wild", "expected was dns:wild.example", not_good, {{"tls.name", "wild.example"}}},
        {"partial",
         "expected was dns:foo.wild.example",
         not_good,
         {{"tls.name", "foo.wild.example"}}},
        {"wrong-use", "may not be used by a server (extended key usage)", "may not be used", {}},
        {"stranger",
         "was issued by \"CN=other-ca,O=netchan tests\", which is not among those",
         not_trusted,
         {}},
        {"self-signed", "is its own issuer", not_trusted, {}},
        {"lone", "was issued by \"CN=middle", not_trusted, {}},
        {"no-issuer", "\"CN=server\" is refused: invalid CA certificate", not_trusted, {}},
        {"too-deep", "path length constraint exceeded", not_trusted, {}},
        {"old-issuer", "\"CN=expired-ca,O=netchan tests\" has expired", "has expired",
         trusts("expired-ca")},
        {"narrow", "permitted subtree violation", "it is not acceptable", trusts("narrow-ca")},
    };
    for (const Bad &bad : all) {
        Scene scene(shows(bad.name));
        Settings client = bad.client;
        bool trust = false;
        for (const Setting &one : client)
            trust |= one.key == "tls.ca";
        none_passes(scene, bad, trust ? client : with(client, trusts("ca")));
    }
}

TEST_CASE("a client's certificate that breaks a rule is refused with that rule",
          "[abi][tls][S17.2][S17.3][S17.6][row:T1]")
{
    if (without_tls())
        return;
    const char *not_trusted = "its issuer is not among those the peer trusts";
    const std::vector<Bad> all = {
        {"", "the peer demands a certificate; set tls.cert", "the peer shows no certificate", {}},
        {"client-expired", "it has expired or is not valid yet", "has expired: it was valid", {}},
        {"client-stranger", not_trusted, "was issued by \"CN=other-ca", {}},
        {"client-use", "it may not be used for this", "may not be used by a client", {}},
        {"self-signed", not_trusted, "is its own issuer", {}},
        {"lone", not_trusted, "was issued by \"CN=middle", {}},
        {"not-yet", "not valid yet", "is not valid before Jan  1 00:00:00 2099", {}},
    };
    Scene scene(tls_settings("server"));
    for (const Bad &bad : all)
        none_passes(scene, bad, with(shows(bad.name), trusts("ca")));
    /* And one that breaks none. */
    CHECK(scene.exporter.meet(Way::tls).stats()["links"].integer() == 1);
}

TEST_CASE("good certificates of every kind are taken", "[abi][tls][row:T1]")
{
    if (without_tls())
        return;
    struct Good {
        const char *name;
        const char *host; /* tls.name; "" is that of the address */
    };
    const std::vector<Good> all = {{"server", ""},
                                   {"server", "localhost"},
                                   {"server", "LOCALHOST"},
                                   {"server", "localhost."},
                                   {"server", "::1"},
                                   {"chain", ""},
                                   {"wild", "a.wild.example"}};
    for (const Good &good : all) {
        INFO(good.name << " as " << good.host);
        Exporter exporter(shows(good.name));
        Settings client = trusts("ca");
        if (*good.host)
            client.push_back({"tls.name", good.host});
        Importer importer = connect(exporter.listens_on(Way::tls), client);
        CHECK(importer.stats()["identities"].at(0).size() > 1);
        CHECK(exporter.stats()["identities"].at(0).size() == 0);
    }
    Exporter exporter(tls_settings("server"));
    Importer importer = connect(exporter.listens_on(Way::tls),
                                with(shows("client"), {{"tls.ca", certificate("hashed")}}));
    CHECK(importer.stats()["links"].integer() == 1);
}

TEST_CASE("settings that cannot protect are the caller's error", "[abi][tls][S17.4]")
{
    if (without_tls())
        return;
    struct Wrong {
        Settings settings;
        const char *code, *text;
    };
    const Settings server = shows("server");
    const std::vector<Wrong> of_exporter = {
        {trusts("ca"), "option", "set tls.cert"},
        {{{"tls.key", certificate("server.key")}}, "option", "without tls.cert"},
        {{{"tls.cert", ""}}, "option", "tls.cert is empty"},
        {{{"tls.cert", certificate("none.pem")}}, "refused", "tls.cert"},
        {{{"tls.cert", certificate("garbage.pem")}}, "tls", "has no certificate in PEM form"},
        {{{"tls.cert", certificate("server.pem")}}, "tls", "has no private key in PEM form"},
        {{{"tls.cert", certificate("server.pem")}, {"tls.key", certificate("client.key")}},
         "tls",
         "does not belong to the certificate"},
        {{{"tls.cert", certificate("server.pem")}, {"tls.key", certificate("locked.key")}},
         "tls",
         "is encrypted; set tls.passphrase"},
        {{{"tls.cert", certificate("server.pem")},
          {"tls.key", certificate("locked.key")},
          {"tls.passphrase", "guess"}},
         "tls",
         "tls.passphrase does not open it"},
        {shows("weak"), "tls", "key too small"},
        {with(server, {{"tls.ca", certificate("none.pem")}}), "refused", "tls.ca"},
        {with(server, {{"tls.ca", certificate("empty.pem")}}), "tls", "has no certificate"},
        {with(server, {{"tls.ciphers", "NONE-OF-THESE"}}), "option", "names no cipher"},
        {with(server, {{"tls.ciphers", ":"}}), "option", "names no cipher"},
    };
    for (const Wrong &wrong : of_exporter) {
        Options options(wrong.settings);
        netchan_exporter *exporter = nullptr;
        std::string code = word(netchan_exporter_new(options, &exporter));
        INFO(netchan_error_text());
        CHECK(code == wrong.code);
        CHECK_THAT(std::string(netchan_error_text()), has_text(wrong.text));
    }
    const std::vector<Wrong> of_importer = {
        {{{"tls.name", ""}}, "option", "tls.name is empty"},
        {{{"tls.name", "*"}}, "option", "not the name of one host"},
        {{{"tls.name", ".example"}}, "option", "not the name of one host"},
        {{{"tls.name", "*.example"}}, "option", "not the name of one host"},
    };
    for (const Wrong &wrong : of_importer) {
        Options options(with(wrong.settings, trusts("ca")));
        Importer importer;
        CHECK(word(netchan_importer_connect("tls://127.0.0.1:1", options, PLENTY, nullptr,
                                            importer.out())) == wrong.code);
        CHECK_THAT(std::string(netchan_error_text()), has_text(wrong.text));
    }
    Options options(trusts("ca"));
    Importer importer;
    CHECK(netchan_importer_connect("tcp://127.0.0.1:1", options, PLENTY, nullptr, importer.out()) ==
          NETCHAN_OPTION);
    CHECK_THAT(std::string(netchan_error_text()), has_text("tls.ca is for tls:// addresses only"));
    CHECK(Exporter().listen("tls://127.0.0.1:0") == "option");
    Exporter open({{"tls.cert", certificate("server.pem")},
                   {"tls.key", certificate("locked.key")},
                   {"tls.passphrase", "secret"},
                   {"tls.ciphers", "TLS_AES_256_GCM_SHA384:ECDHE-ECDSA-AES256-GCM-SHA384"}});
    CHECK(connect(open.listens_on(Way::tls), trusts("ca")).stats()["links"].integer() == 1);
}

TEST_CASE("plain bytes and TLS at the wrong port end at once, and say so",
          "[abi][tls][P113][S17.5][row:T2]")
{
    if (without_tls())
        return;
    SECTION("a plain importer at a TLS port")
    {
        Scene scene(shows("server"));
        std::string tls = scene.exporter.listens_on(Way::tls);
        Refusal refusal = scene.refused({}, "tcp" + tls.substr(3));
        INFO(refusal.code << ": " << refusal.text);
        CHECK(refusal.code == "protocol");
        CHECK_THAT(refusal.text, has_text("TLS"));
        CHECK(refusal.server_code == "tls");
        CHECK_THAT(refusal.server_text, has_text("does not speak TLS"));
        CHECK(refusal.took < 1000);
        CHECK(scene.nothing_passed());
    }
    SECTION("a TLS importer at a plain port")
    {
        Scene scene({});
        std::string tcp = scene.exporter.listens_on(Way::tcp);
        Refusal refusal = scene.refused(trusts("ca"), "tls" + tcp.substr(3));
        INFO(refusal.code << ": " << refusal.text);
        CHECK(refusal.code == "tls");
        CHECK_THAT(refusal.text, has_text("does not speak TLS"));
        CHECK(refusal.server_code == "protocol");
        CHECK(refusal.took < 1000);
        CHECK(scene.nothing_passed());
    }
    SECTION("bytes of anything at a TLS port")
    {
        Scene scene(shows("server"));
        std::string tls = scene.exporter.listens_on(Way::tls);
        const std::vector<std::string> greetings = {
            "GET / HTTP/1.1\r\n\r\n", std::string(5000, '\0'),
            std::string("\x16\x03\x01\xff\xff", 5),
            std::string("\x80\x2e\x01\x00\x02", 5) + std::string(50, 'x'), "\n"};
        for (const std::string &greeting : greetings) {
            RawPeer peer(plain_connect("tcp" + tls.substr(3)));
            CHECK(peer.put(greeting));
            peer.stop_writing();
            Refusal refusal;
            read_entry(scene.errors, refusal);
            CHECK(refusal.server_code == "tls");
        }
        CHECK(scene.nothing_passed());
    }
}

TEST_CASE("an exporter with options of TLS speaks nothing else over a network",
          "[abi][tls][S17.5][row:T2]")
{
    if (without_tls())
        return;
    Exporter exporter(tls_settings("server"));
    CHECK(exporter.listen("tcp://127.0.0.1:0") == "option");
    CHECK_THAT(std::string(netchan_error_text()), has_text("use tls://"));
    /* Sockets that were inherited or brought along are TLS too, those of this machine are not. */
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listen(listening, 5) == 0);
    REQUIRE(exporter.listen("fd:" + std::to_string(listening)) == "ok");
    std::string port = exporter.address().substr(exporter.address().rfind(':'));
    Importer one = connect("tls://127.0.0.1" + port, tls_settings("client"));
    Channel errors = exporter.errors();
    Options none{{{"link.linger", "1000"}}};
    Importer two;
    CHECK(netchan_importer_connect(("tcp://127.0.0.1" + port).c_str(), none, PLENTY, nullptr,
                                   two.out()) == NETCHAN_PROTOCOL);
    Options with_name(with(tls_settings("client"), {{"tls.name", "localhost"}}));
    int fd = plain_connect("tcp://127.0.0.1" + port);
    REQUIRE(netchan_importer_from_fd(fd, with_name, PLENTY, nullptr, two.out()) == NETCHAN_OK);
    CHECK(exporter.meet(Way::pair).stats()["links"].integer() == 1);
    CHECK(exporter.meet(Way::unix_socket).stats()["links"].integer() == 1);
    auto fds = socket_pair();
    CHECK(netchan_importer_from_fd(fds.first, Options(tls_settings("client")), 0, nullptr,
                                   two.out()) == NETCHAN_OPTION);
    CHECK_THAT(std::string(netchan_error_text()), has_text("needs option tls.name"));
    close(fds.first);
    close(fds.second);
}

TEST_CASE("a certificate is replaced without dropping a link", "[abi][tls][S17.8][S17.9]")
{
    if (without_tls())
        return;
    Folder folder;
    auto install = [&folder](const std::string &name) {
        for (const char *kind : {".key", ".pem"}) {
            std::ifstream from(certificate(name + kind));
            std::ofstream(folder.file(std::string("own") + kind)) << from.rdbuf();
        }
    };
    auto common_name = [](const Importer &importer) {
        Value stats = importer.stats();
        Node names = stats["identities"].at(0);
        for (int64_t i = 0; i < names.size(); i++) {
            if (names.at(i).string().compare(0, 3, "cn:") == 0)
                return names.at(i).string();
        }
        return std::string("none");
    };
    install("server");
    Exporter exporter({{"tls.cert", folder.file("own.pem")}, {"tls.key", folder.file("own.key")}});
    Channel errors = exporter.errors();
    std::string url = exporter.listens_on(Way::tls);
    Importer first = connect(url, trusts("ca"));
    CHECK(common_name(first) == "cn:server");
    Channel out(0), in(0);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(first.import("out", in, NETCHAN_RECV, 1) == "ok");
    install("server2");
    /* Files are looked at once a second. */
    CHECK(eventually([&] { return common_name(connect(url, trusts("ca"))) == "cn:server2"; }));
    /* Half a change is told once, and nothing is lost by it. */
    std::ofstream(folder.file("own.key")) << "no key";
    CHECK(eventually([&] {
        connect(url, trusts("ca"));
        return errors.length() == 1;
    }));
    Refusal told;
    read_entry(errors, told);
    CHECK(told.server_code == "tls");
    CHECK_THAT(told.server_text, has_text("the old ones stay in use: tls.key"));
    CHECK(common_name(connect(url, trusts("ca"))) == "cn:server2");
    /* The link of before goes on, both ways. */
    CHECK(out.send(1) == "ok");
    CHECK(in.next() == "1");
    CHECK(first.drain(NETCHAN_TAKEN) == "ok");
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
    CHECK(first.stats()["links"].integer() == 1);
}

TEST_CASE("links are made by other threads while a certificate is replaced", "[abi][tls][S17.8]")
{
    if (without_tls())
        return;
    Folder folder;
    auto install = [&folder](const char *name) {
        for (const char *kind : {".key", ".pem"}) {
            std::ifstream from(certificate(std::string(name) + kind));
            std::ofstream(folder.file(std::string("own") + kind)) << from.rdbuf();
        }
    };
    install("server");
    Exporter exporter({{"tls.cert", folder.file("own.pem")}, {"tls.key", folder.file("own.key")}});
    std::string url = exporter.listens_on(Way::tls);
    int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    REQUIRE(listen(listening, 5) == 0);
    struct sockaddr_in name = {};
    socklen_t length = sizeof name;
    REQUIRE(getsockname(listening, (struct sockaddr *)&name, &length) == 0);
    std::string port = ":" + std::to_string(ntohs(name.sin_port));
    int changes = 0;
    auto changing = background([&] {
        /* Each look at the files, once a second, finds other ones. */
        for (int64_t end = now_ms() + 2500; now_ms() < end; changes++) {
            install(changes % 2 ? "server" : "server2");
            connect(url, trusts("ca"));
        }
        return std::string("done");
    });
    int served = 0;
    while (!changing.done()) {
        int client = plain_connect(port);
        int fd = accept4(listening, nullptr, nullptr, SOCK_CLOEXEC);
        REQUIRE(fd >= 0);
        REQUIRE(netchan_exporter_serve_fd(exporter, fd) == NETCHAN_OK);
        Options options(with(trusts("ca"), {{"tls.name", "localhost"}}));
        Importer importer;
        REQUIRE(netchan_importer_from_fd(client, options, PLENTY, nullptr, importer.out()) ==
                NETCHAN_OK);
        served++;
    }
    CHECK(changing.result() == "done");
    CHECK(served > 5);
    close(listening);
}
