/* SPDX-License-Identifier: MIT */
/*
 * Bad input to the functions of the header: addresses, options, arguments that make no sense. Every
 * answer is a code and a text that names the thing.
 */
#include "catch_shim.hpp"

#include "raw_peer.hpp"

#include <sys/stat.h>
#include <sys/un.h>

using namespace abi;
using netchan_test::has_text;

TEST_CASE("addresses that cannot be understood are named", "[abi]")
{
    Exporter exporter;
    const char *bad[] = {"",
                         "tcp",
                         "tcp:",
                         "tcp://",
                         "tcp://127.0.0.1",
                         "tcp://127.0.0.1:",
                         "tcp://127.0.0.1:x",
                         "tcp://127.0.0.1:65536",
                         "tcp://127.0.0.1:-1",
                         "tcp://127.0.0.1:80 ",
                         "tcp://:80",
                         "tcp://::1:80",
                         "tcp://[::1]",
                         "tcp://[::1:80",
                         "http://127.0.0.1:80",
                         "TCP://127.0.0.1:80",
                         "unix:",
                         "fd:",
                         "fd:x",
                         "fd:-1",
                         "127.0.0.1:80"};
    for (const char *url : bad) {
        INFO(url);
        CHECK(exporter.listen(url) == "url");
        CHECK_THAT(netchan_error_text(), has_text("\"" + std::string(url) + "\""));
        netchan_importer *importer = nullptr;
        CHECK(netchan_importer_connect(url, nullptr, PLENTY, nullptr, &importer) == NETCHAN_URL);
        CHECK_THAT(netchan_error_text(), has_text("\"" + std::string(url) + "\""));
    }
    std::string long_path = "unix:/" + std::string(200, 'p');
    CHECK(exporter.listen(long_path) == "url");
    CHECK(exporter.address() == "(none)");
}

TEST_CASE("addresses that are taken, or where nobody listens, are named", "[abi][S15.5]")
{
    Exporter first, second;
    REQUIRE(first.listen("tcp://127.0.0.1:0") == "ok");
    CHECK(second.listen(first.address()) == "exists");
    CHECK_THAT(netchan_error_text(), has_text(first.address().substr(6)));
    Folder folder;
    std::string path = "unix:" + folder.file("socket");
    REQUIRE(first.listen(path) == "ok");
    CHECK(first.address(1) == path);
    CHECK(second.listen(path) == "exists");
    CHECK_THAT(netchan_error_text(), has_text(folder.file("socket")));
    CHECK(second.listen("unix:" + folder.file("no/such/folder")) == "io");
    CHECK_THAT(netchan_error_text(), has_text(folder.file("no/such/folder")));
    std::string closed = first.address();
    REQUIRE(first.end() == "ok");
    netchan_importer *importer = nullptr;
    for (const std::string &url : {closed, path}) {
        CHECK(netchan_importer_connect(url.c_str(), nullptr, PLENTY, nullptr, &importer) ==
              NETCHAN_REFUSED);
        CHECK_THAT(netchan_error_text(), has_text(url));
    }
    int code = netchan_importer_connect("tls://127.0.0.1:1", nullptr, PLENTY, nullptr, &importer);
    CHECK(code == (netchan_feature("tls") ? NETCHAN_REFUSED : NETCHAN_NOTSUP));
    CHECK_THAT(netchan_error_text(), has_text("tls://127.0.0.1:1"));
    CHECK(second.listen("tls://127.0.0.1:0") == (netchan_feature("tls") ? "option" : "notsup"));
    CHECK_THAT(netchan_error_text(), has_text("tls://127.0.0.1:0"));
    CHECK(netchan_importer_connect("tcp://no-such-host.invalid:80", nullptr, PLENTY, nullptr,
                                   &importer) < 0);
    CHECK_THAT(netchan_error_text(), has_text("no-such-host.invalid"));
}

TEST_CASE("an unknown option lists the known ones, and values are checked", "[abi]")
{
    netchan_options *made;
    REQUIRE(netchan_options_new(&made) == 0);
    Handle<netchan_options, netchan_options_unref> options(made);
    CHECK(netchan_options_set(options, "link.heartbat", "1") == NETCHAN_OPTION);
    CHECK_THAT(netchan_error_text(), has_text("link.heartbat"));
    for (const char *known : {"async",          "io.spin",      "keep-open",
                              "limit.depth",    "limit.frame",  "limit.handshakes",
                              "limit.links",    "limit.memory", "limit.size",
                              "limit.streams",  "limit.value",  "limit.window",
                              "link.ack-delay", "link.agent",   "link.handshake",
                              "link.heartbeat", "link.linger",  "link.silence",
                              "policy",         "policy.text",  "return",
                              "tls.ca",         "tls.cert",     "tls.ciphers",
                              "tls.key",        "tls.name",     "tls.passphrase",
                              "unix.mode",      "wait",         "window"})
        CHECK_THAT(netchan_error_text(), has_text(known));
    const std::pair<const char *, const char *> bad[] = {{"link.heartbeat", ""},
                                                         {"link.heartbeat", "1 "},
                                                         {"link.heartbeat", "-1"},
                                                         {"link.heartbeat", "1e3"},
                                                         {"limit.value", "63"},
                                                         {"limit.depth", "513"},
                                                         {"limit.size", "99999999"},
                                                         {"keep-open", "maybe"},
                                                         {"return", ""},
                                                         {"unix.mode", "0888"},
                                                         {"unix.mode", "01000"},
                                                         {"wait", "-2"},
                                                         {"window", "0"},
                                                         {"limit.value", "9999999999999999999999"}};
    for (const auto &setting : bad) {
        INFO(setting.first << " = " << setting.second);
        CHECK(netchan_options_set(options, setting.first, setting.second) == NETCHAN_OPTION);
        CHECK_THAT(netchan_error_text(), has_text(setting.first));
    }
    std::string long_agent(65, 'a');
    CHECK(netchan_options_set(options, "link.agent", long_agent.c_str()) == NETCHAN_OPTION);
    CHECK(netchan_options_set(options, nullptr, "1") == NETCHAN_USAGE);
    CHECK(netchan_options_set(options, "wait", nullptr) == NETCHAN_USAGE);
}

TEST_CASE("an option in a call outside its scope is refused by that call", "[abi]")
{
    Pair pair;
    Channel channel(1);
    netchan_exporter *exporter = nullptr;
    CHECK(netchan_exporter_new(Options({{"wait", "1"}}), &exporter) == NETCHAN_OPTION);
    CHECK_THAT(netchan_error_text(), has_text("wait"));
    CHECK(netchan_exporter_new(Options({{"tls.name", "x"}}), &exporter) == NETCHAN_OPTION);
    CHECK_THAT(netchan_error_text(), has_text("tls.name"));
    CHECK(netchan_exporter_new(Options({{"tls.cert", "x"}}), &exporter) ==
          (netchan_feature("tls") ? NETCHAN_REFUSED : NETCHAN_NOTSUP));
    CHECK_THAT(netchan_error_text(), has_text("tls.cert"));
    netchan_importer *importer = nullptr;
    CHECK(netchan_importer_connect("tcp://127.0.0.1:1", Options({{"unix.mode", "600"}}), 0, nullptr,
                                   &importer) == NETCHAN_OPTION);
    CHECK_THAT(netchan_error_text(), has_text("unix.mode"));
    CHECK(pair.exporter.publish("c", channel, NETCHAN_SEND, {{"window", "5"}}) == "option");
    CHECK_THAT(netchan_error_text(), has_text("window"));
    CHECK(pair.importer.import("c", channel, NETCHAN_RECV, 1, -1, {{"limit.size", "5"}}) ==
          "option");
    CHECK_THAT(netchan_error_text(), has_text("limit.size"));
    CHECK(pair.exporter.publish("c", channel, NETCHAN_SEND) == "ok"); /* nothing was left behind */
}

TEST_CASE("arguments that make no sense are usage errors", "[abi][S15.5]")
{
    Exporter exporter;
    Channel channel(1);
    CHECK(exporter.publish("c", channel, 0) == "usage");
    CHECK(exporter.publish("c", channel, 3) == "usage");
    CHECK_THAT(netchan_error_text(), has_text("direction"));
    CHECK(exporter.drain(0, 0) == "usage");
    CHECK(exporter.sync(3, 0) == "usage");
    CHECK(netchan_channel_fd(channel, 0) == NETCHAN_USAGE);
    int pipes[2];
    REQUIRE(pipe2(pipes, O_CLOEXEC) == 0);
    netchan_importer *importer = nullptr;
    for (int fd : {pipes[0], -1, 999999}) {
        CHECK(netchan_exporter_serve_fd(exporter, fd) == NETCHAN_USAGE);
        CHECK(netchan_importer_from_fd(fd, nullptr, 0, nullptr, &importer) == NETCHAN_USAGE);
        CHECK_THAT(netchan_error_text(), has_text(std::to_string(fd)));
    }
    CHECK(exporter.listen("fd:" + std::to_string(pipes[0])) == "usage");
    /* Still the caller's, and as they were. */
    CHECK((fcntl(pipes[0], F_GETFL) & O_NONBLOCK) == 0);
    CHECK(::close(pipes[0]) == 0);
    CHECK(::close(pipes[1]) == 0);
    Channel errors = exporter.errors();
    CHECK(exporter.publish("errors", errors, NETCHAN_RECV) == "usage");
    netchan_channel *made = nullptr;
    CHECK(netchan_channel_new((size_t)1 << 40, &made) == NETCHAN_LIMIT);
    netchan_value *value = nullptr;
    CHECK(netchan_value_new("{\"a\":1,}", 8, &value) == NETCHAN_VALUE);
    CHECK_THAT(netchan_error_text(), has_text("column 8"));
    CHECK(channel.send("{") == "value");
    CHECK(channel.length() == 0);
}

TEST_CASE("every null pointer where an object belongs is a usage error, not a crash", "[abi]")
{
    Channel channel(1);
    Value value("1");
    netchan_value *out = nullptr;
    netchan_importer *importer = nullptr;
    int64_t number = 0;
    CHECK(netchan_channel_send(nullptr, value, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_send(channel, nullptr, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_send_text(nullptr, "1", 1, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_send_text(channel, nullptr, 1, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_recv(nullptr, &out, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_recv(channel, nullptr, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_close(nullptr) == NETCHAN_USAGE);
    CHECK(netchan_channel_state(nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_new(nullptr, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_listen(nullptr, "tcp://127.0.0.1:0", 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_export(nullptr, "c", channel, NETCHAN_SEND, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_drain(nullptr, NETCHAN_TAKEN, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_close(nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_wait_closed(nullptr, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_stats(nullptr, &out) == NETCHAN_USAGE);
    CHECK(netchan_importer_connect(nullptr, nullptr, 0, nullptr, &importer) == NETCHAN_USAGE);
    CHECK(netchan_importer_import(nullptr, "c", channel, NETCHAN_RECV, 1, -1, nullptr, 0,
                                  nullptr) == NETCHAN_USAGE);
    CHECK(netchan_importer_list(nullptr, "", 0, nullptr, &out) == NETCHAN_USAGE);
    CHECK(netchan_importer_hangup(nullptr, "c") == NETCHAN_USAGE);
    CHECK(netchan_select_wait(nullptr, &number, &out, 0, nullptr) == NETCHAN_USAGE);
    Exporter exporter;
    CHECK(netchan_exporter_export(exporter, nullptr, channel, NETCHAN_SEND, nullptr) ==
          NETCHAN_USAGE);
    CHECK(netchan_exporter_export(exporter, "c", nullptr, NETCHAN_SEND, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_listen(exporter, nullptr, 0, nullptr) == NETCHAN_USAGE);
    CHECK(netchan_exporter_hangup(exporter, nullptr) == NETCHAN_USAGE);
    netchan_channel_unref(nullptr);
    netchan_value_unref(nullptr);
    netchan_select_unref(nullptr);
    netchan_cancel_unref(nullptr);
    netchan_options_unref(nullptr);
    netchan_builder_unref(nullptr);
}

TEST_CASE("version, features and names of codes", "[abi]")
{
    CHECK(std::string(netchan_version()) == NETCHAN_VERSION);
    CHECK(netchan_version_number() == NETCHAN_VERSION_NUMBER);
    CHECK(netchan_feature("tcp") == 1);
    CHECK(netchan_feature("unix") == 1);
    CHECK(netchan_feature("time travel") == 0);
    const char *names[] = {"ok",      "timeout",   "closed",    "lost",   "interrupted",
                           "denied",  "nochannel", "direction", "exists", "busy",
                           "limit",   "value",     "type",      "option", "url",
                           "refused", "protocol",  "notsup",    "nomem",  "nodescriptor",
                           "fork",    "usage",     "io",        "tls"};
    for (int i = 0; i < 24; i++) {
        CHECK(std::string(netchan_error_name(-i)) == names[i]);
        CHECK(std::string(netchan_strerror(-i)) != "");
    }
    CHECK(std::string(netchan_error_name(-999)) == "unknown");
    CHECK(std::string(netchan_strerror(1)) != "");
}
