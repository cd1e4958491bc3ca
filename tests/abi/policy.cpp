/* SPDX-License-Identifier: MIT */
/*
 * Rights: the policy as a matrix of peers, channels and directions. Whoever has no right gets
 * nothing, learns nothing, and is written down; whoever has one has all that it says and no more.
 */
#include "catch_shim.hpp"

#include "owners.hpp"

using namespace abi;
using netchan_test::has_text;

namespace
{

std::string mine()
{
    return "\"uid:" + std::to_string(getuid()) + "\"";
}

std::string rule(const std::string &who, const std::string &channel, const std::string &rest)
{
    return "{\"who\":" + who + ",\"channel\":\"" + channel + "\"," + rest + "}";
}

Settings policy(const std::vector<std::string> &rules)
{
    std::string all;
    for (const std::string &one : rules)
        all += (all.empty() ? "" : ",") + one;
    return {{"policy.text", "{\"rules\":[" + all + "]}"}};
}

/* The names in an errors entry or in stats. */
std::string names(const Node &list)
{
    std::string all;
    for (int64_t i = 0; i < list.size(); i++)
        all += list.at(i).string() + " ";
    return all;
}

Value entry(Channel &errors)
{
    Value told;
    demand(netchan_channel_recv(errors, told.out(), PLENTY, nullptr), "an errors entry");
    return told;
}

} // namespace

TEST_CASE("a bind that no rule allows is denied, whether the channel is there or not",
          "[abi][policy][S18.1][S18.2][S18.3][S18.4][row:T4]")
{
    Exporter exporter(policy(
        {rule(mine(), "in", "\"allow\":\"send\""), rule(mine(), "out", "\"allow\":\"recv\"")}));
    Channel in(1), out(1), secret(1), got(0), errors = exporter.errors();
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("secret", secret, NETCHAN_SEND) == "ok");
    REQUIRE(out.send(1) == "ok");
    REQUIRE(secret.send(2) == "ok");
    Importer known = exporter.meet(Way::unix_socket), unknown = exporter.meet(Way::tcp);
    struct Cell {
        const char *channel;
        int direction;
        const char *known;
    };
    const std::vector<Cell> cells = {
        {"in", NETCHAN_RECV, "denied"},      {"out", NETCHAN_SEND, "denied"},
        {"secret", NETCHAN_RECV, "denied"},  {"secret", NETCHAN_SEND, "denied"},
        {"nowhere", NETCHAN_RECV, "denied"}, {"nowhere", NETCHAN_SEND, "denied"},
        {"in", NETCHAN_SEND, "ok"},          {"out", NETCHAN_RECV, "ok"},
    };
    for (const Cell &cell : cells) {
        Channel tried(1);
        INFO(cell.channel << (cell.direction == NETCHAN_SEND ? " send" : " recv"));
        CHECK(unknown.import(cell.channel, tried, cell.direction) == "denied");
        std::string said = netchan_error_text();
        CHECK_THAT(said, has_text(cell.channel));
        Value told = entry(errors);
        CHECK(told["code"].string() == "denied");
        CHECK(told["channel"].string() == cell.channel);
        CHECK(told["text"].string() == "no rule of the policy allows it");
        CHECK(names(told["identity"]).empty());
        CHECK(tried.length() == 0);

        Channel other(1);
        CHECK(known.import(cell.channel, other, cell.direction) == cell.known);
        if (cell.known == std::string("denied"))
            CHECK_THAT(names(entry(errors)["identity"]),
                       has_text("uid:" + std::to_string(getuid())));
        else if (cell.direction == NETCHAN_RECV)
            CHECK(other.next() == "1");
    }
    /* A bind that waits for a name gives nothing away by waiting. */
    CHECK(unknown.import("nowhere", got, NETCHAN_RECV, 1, -1, {{"wait", "-1"}}) == "denied");
    CHECK(secret.length() == 1);
    CHECK(in.length() == 0);
    Value stats = exporter.stats();
    CHECK_THAT(names(stats["identities"].at(0)) + names(stats["identities"].at(1)),
               has_text("uid:" + std::to_string(getuid())));
}

TEST_CASE("a listing has only the names that the peer may bind", "[abi][policy][S18.5][row:T4]")
{
    Exporter exporter(policy({rule(mine(), "secret", "\"allow\":\"recv\""),
                              rule("\"*\"", "open", "\"allow\":\"recv\""),
                              rule("\"*\"", "other way", "\"allow\":\"send\"")}));
    Channel one(1);
    for (const char *name : {"secret", "open", "other way", "nobody's"})
        REQUIRE(exporter.publish(name, one, NETCHAN_SEND) == "ok");
    auto listed = [](const Importer &importer) {
        Value list;
        demand(netchan_importer_list(importer, nullptr, PLENTY, nullptr, list.out()), "list");
        std::string all;
        for (int64_t i = 0; i < list.root().size(); i++)
            all += list.root().at(i)["name"].string() + " ";
        return all;
    };
    CHECK(listed(exporter.meet(Way::unix_socket)) == "open secret ");
    CHECK(listed(exporter.meet(Way::tcp)) == "open ");
}

TEST_CASE("a sender's end ends the channel only where its rule says so",
          "[abi][policy][S18.6][row:T4]")
{
    Exporter exporter(policy({rule("\"*\"", "mine", "\"allow\":\"send\",\"close\":true"),
                              rule("\"*\"", "ours", "\"allow\":\"send\"")}));
    Channel mine(0), ours(0), sent(0), more(0);
    REQUIRE(exporter.publish("mine", mine, NETCHAN_RECV) == "ok");
    REQUIRE(exporter.publish("ours", ours, NETCHAN_RECV) == "ok");
    Importer importer = exporter.meet(Way::tcp);
    REQUIRE(importer.import("mine", sent, NETCHAN_SEND) == "ok");
    REQUIRE(importer.import("ours", more, NETCHAN_SEND) == "ok");
    CHECK(exporter.channel("ours", "streams") == 1);
    REQUIRE(sent.close() == "ok");
    CHECK(mine.next() == "closed");
    auto sending = background([&more] { return more.send(1); });
    CHECK(ours.next() == "1");
    CHECK(sending.result() == "ok");
    REQUIRE(more.close() == "ok");
    CHECK(eventually([&] { return exporter.channel("ours", "streams") == 0; }));
    CHECK(ours.next(MOMENT) == "timeout");
    CHECK(ours.state() == "ok");
    /* And the next one finds it open, also when the one before is lost. */
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) == 0);
    {
        REQUIRE(netchan_exporter_serve_fd(exporter, fds[0]) == 0);
        int spare = dup(fds[1]);
        Importer second;
        REQUIRE(netchan_importer_from_fd(fds[1], nullptr, PLENTY, nullptr, second.out()) == 0);
        Channel third(1);
        REQUIRE(second.import("ours", third, NETCHAN_SEND) == "ok");
        shutdown(spare, SHUT_RDWR);
        close(spare);
        CHECK(eventually([&] { return exporter.channel("ours", "streams") == 0; }));
    }
    CHECK(ours.state() == "ok");
    Channel last(1);
    REQUIRE(importer.import("ours", last, NETCHAN_SEND) == "ok");
    REQUIRE(last.send(3) == "ok");
    CHECK(ours.next() == "3");
}

TEST_CASE("rights by the names of a certificate", "[abi][policy][tls][S18.1][S18.2][row:T4]")
{
    if (!netchan_feature("tls")) {
        SUCCEED("this build has no TLS");
        return;
    }
    struct Way {
        const char *who;
        bool first, second; /* may client, may client2 */
    };
    const std::vector<Way> ways = {
        {"\"cn:the client\"", true, false},
        {"\"dns:client.example\"", true, false},
        {"\"dns:*.example\"", true, true},
        {"\"dns:a.star.example\"", false, false},
        {"\"email:client@example.org\"", true, false},
        {"\"uri:urn:netchan:*\"", true, false},
        {"\"ip:192.0.2.7\"", true, false},
        {"\"ip:127.0.0.1\"", false, false},
        {"\"uid:*\"", false, false},
        {"\"sha256:*\"", true, true},
        {"\"*\"", true, true},
    };
    for (const Way &way : ways) {
        INFO(way.who);
        Exporter exporter(
            with(tls_settings("server"), policy({rule(way.who, "out", "\"allow\":\"recv\"")})));
        Channel out(2);
        REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
        REQUIRE(out.send(1) == "ok");
        std::string url = exporter.listens_on(abi::Way::tls);
        for (const char *name : {"client", "client2"}) {
            bool may = name == std::string("client") ? way.first : way.second;
            Importer importer = connect(url, tls_settings(name));
            Channel got(1);
            CHECK(importer.import("out", got, NETCHAN_RECV, 1, 1) == (may ? "ok" : "denied"));
            if (may && out.length() == 0)
                REQUIRE(out.send(1) == "ok");
        }
    }
}

TEST_CASE("a policy explains itself", "[abi][policy]")
{
    Options options(policy({rule("\"cn:a\"", "x", "\"allow\":\"send\",\"close\":true")}));
    auto ask = [&options](const std::string &question) {
        Value answer;
        int code = netchan_policy_explain(options, Value(question), answer.out());
        return code ? word(code) : answer.text();
    };
    CHECK(ask(R"({"identity":["cn:a","uid:1"],"channel":"x","direction":"send"})") ==
          R"({"allowed":true,"close":true,"rule":1,"text":"rule 1 of the policy allows it"})");
    CHECK(ask(R"({"identity":[],"channel":"x","direction":"send"})") ==
          R"({"allowed":false,"close":false,"rule":0,"text":"no rule of the policy allows it"})");
    for (const char *bad : {"1", "{}", R"({"identity":[],"channel":"x"})",
                            R"({"identity":[],"channel":"x","direction":"sent"})",
                            R"({"identity":"cn:a","channel":"x","direction":"send"})",
                            R"({"identity":["a"],"channel":"x","direction":"send"})",
                            R"({"identity":[1],"channel":"x","direction":"send"})",
                            R"({"identity":["cn:\n"],"channel":"x","direction":"send"})",
                            R"({"channel":"x","direction":"send"})"}) {
        INFO(bad);
        CHECK(ask(bad) == "value");
    }
    Value answer;
    CHECK(netchan_policy_explain(Options({{"link.linger", "1"}}), Value("1"), answer.out()) ==
          NETCHAN_OPTION);
    CHECK(netchan_policy_explain(Options({{"policy", "/nowhere/at/all"}}), Value("1"),
                                 answer.out()) == NETCHAN_REFUSED);
    CHECK(netchan_policy_explain(nullptr, Value("1"), answer.out()) == NETCHAN_USAGE);
    Folder folder;
    std::ofstream(folder.file("policy")) << "{\"rules\":[]}";
    CHECK(netchan_policy_explain(Options({{"policy", folder.file("policy")}}),
                                 Value(R"({"identity":[],"channel":"x","direction":"recv"})"),
                                 answer.out()) == NETCHAN_OK);
    netchan_exporter *exporter = nullptr;
    CHECK(netchan_exporter_new(Options({{"policy.text", "{}"}}), &exporter) == NETCHAN_OPTION);
    CHECK(netchan_exporter_new(Options({{"policy.text", "{}"}, {"policy", "x"}}), &exporter) ==
          NETCHAN_OPTION);
}
