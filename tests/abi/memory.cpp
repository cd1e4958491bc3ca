/* SPDX-License-Identifier: MIT */
/*
 * [row:M4] What a thousand importers can make an exporter hold, if each takes all that the limits
 * grant: they read nothing of what it sends and fill what it receives, and nobody takes that. The
 * bound is computed from the limits, as netchan-options(7) says, and the process may have a tenth
 * more than it. And what becomes of an exporter that the system gives no more memory long before
 * that: it ends links for it, and nothing else. Skipped (77) where so many descriptors are not
 * allowed.
 */
#include "process.hpp"
#include "raw_peer.hpp"

#include <algorithm>
#include <malloc.h>

using namespace abi;

namespace
{

#ifdef ABI_SANITIZED
const int64_t CLIENTS = 50; /* a sanitizer has memory of its own: here only that it works */
#else
const int64_t CLIENTS = 1000;
#endif
const int64_t CHANNELS = 5000, IDLE = 4096;

const int64_t FRAME = 4096, VALUE = 8192, WINDOW = 32768, SIZE = 512;
const int64_t VALUE_EXTRA = 96; /* for a value on its way out, besides its bytes */
const int64_t ROOM = 131072;    /* bytes of values that a link takes over from its channels */

/* For a link with streams both ways. */
int64_t bound_of_link(int64_t sending, int64_t receiving)
{
    int64_t idle = 4096 + 1024 * (sending + receiving);
    /* Values, and the frames made of them. */
    int64_t output = 2 * std::min(ROOM, sending * WINDOW);
    int64_t input = 2 * FRAME;   /* a frame that is not whole */
    int64_t partial = 8 * VALUE; /* a value that is not whole, and its index */
    return idle + output + input + receiving * (partial + 4 * WINDOW + 96 * SIZE);
}

const Settings LIMITS = {{"limit.frame", std::to_string(FRAME)},
                         {"limit.value", std::to_string(VALUE)},
                         {"limit.window", std::to_string(WINDOW)},
                         {"limit.size", std::to_string(SIZE)}};

int failures;

void check(bool good, const std::string &what)
{
    std::printf("%s: %s\n", good ? "good" : "BAD", what.c_str());
    failures += !good;
}

int64_t resident()
{
    malloc_trim(0);
    return process_figure(getpid(), "VmRSS") * 1024;
}

void judge(int64_t used, int64_t bound, int64_t count, const std::string &what)
{
    bool good = used * 10 <= bound * 11;
#ifdef ABI_SANITIZED
    good = true;
#endif
    check(good, what + ": " + std::to_string(used / count) + " bytes each of " +
                    std::to_string(bound / count) + ", " + std::to_string(used >> 20) +
                    " MiB in all of " + std::to_string(bound >> 20));
}

/* The most nodes for its bytes: an index entry for every three. */
std::string dense(int64_t bytes)
{
    std::string text = "[[]";
    while ((int64_t)text.size() < bytes - 4)
        text += ",[]";
    return text + "]";
}

/* A socket that holds little by itself, so that it is the library that holds the rest. */
RawPeer client(Exporter &exporter)
{
    auto fds = socket_pair();
    int small = 4096;
    setsockopt(fds.first, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    demand(netchan_exporter_serve_fd(exporter, fds.first), "serve_fd");
    RawPeer raw(fds.second);
    raw.say("hello", {}, hello_text("importer", VALUE));
    if (raw.read().kind != "hello")
        throw std::runtime_error("the exporter did not greet");
    return raw;
}

void idle_channels()
{
    Exporter exporter;
    std::vector<Channel> channels;
    channels.reserve((size_t)CHANNELS);
    int64_t before = resident();
    for (int64_t i = 0; i < CHANNELS; i++) {
        channels.emplace_back(1000);
        if (exporter.publish("c" + std::to_string(i), channels.back(), NETCHAN_SEND) != "ok")
            throw std::runtime_error("export");
    }
    judge(resident() - before, CHANNELS * IDLE, CHANNELS, "idle channels");
}

/* What a client sends into "in": small values up to the size, or dense ones up to the window, and
 * then half a value. */
std::string load(bool small)
{
    std::string bytes, one = small ? "1" : dense(3000);
    int64_t seq = 1;
    for (int64_t used = 0; seq <= SIZE && used < WINDOW - (small ? 0 : 3000);
         used += (int64_t)one.size())
        bytes += RawPeer::frame("data", {1, seq++}, one);
    if (!small)
        bytes += RawPeer::frame("part", {1, seq}, dense(4000).substr(0, 3900));
    return bytes + "[\"pong\",1"; /* half a frame */
}

void full_links(bool small)
{
    Exporter exporter(LIMITS);
    Channel in(0), out(1);
    if (exporter.publish("in", in, NETCHAN_RECV, {{"keep-open", "yes"}}) != "ok" ||
        exporter.publish("out", out, NETCHAN_SEND) != "ok")
        throw std::runtime_error("export");
    std::vector<RawPeer> clients;
    for (int64_t i = 0; i < CLIENTS; i++)
        clients.push_back(client(exporter));
    int64_t before = resident(), bound = CLIENTS * bound_of_link(1, 1);
    std::string bytes = load(small);
    for (RawPeer &raw : clients) {
        raw.bind(1, "in", "send", SIZE, -1, WINDOW);
        raw.bind(2, "out", "recv", SIZE, -1, WINDOW);
        for (int i = 0; i < 2; i++) {
            Frame answer = raw.read();
            if (answer.kind != "bound")
                throw std::runtime_error("refused: " + answer.payload);
        }
        raw.put(bytes);
    }
    std::string value = "\"" + std::string(small ? 300 : 4000, 'x') + "\"";
    int64_t sent = 0;
    while (out.send(value, 300) == "ok")
        sent++;
    int64_t got = exporter.stream("in", "received");
    std::string what = small ? "links full of small values" : "links full of large values";
    judge(resident() - before, bound, CLIENTS, what);
    check(exporter.stats()["links"].integer() == CLIENTS, "all links live");
    check(got >= CLIENTS * (small ? SIZE : 9),
          std::to_string(got) + " values received, " + std::to_string(sent) + " taken over");
    for (RawPeer &raw : clients)
        raw.close();
    check(eventually([&] { return exporter.stats()["links"].integer() == 0; }), "all links end");
    /* What the clients had is given back, and a new one is served. */
    while (out.next(0) != "timeout")
        continue;
    Importer honest = exporter.meet();
    Channel got_one(1);
    check(honest.import("out", got_one, NETCHAN_RECV, 1, -1, {{"window", "1000"}}) == "ok" &&
              out.send(7) == "ok" && got_one.next() == "7",
          "an honest importer works");
}

void bind_out(RawPeer &raw, int64_t id)
{
    raw.bind(id, "out", "recv", SIZE, -1, WINDOW);
    Frame answer = raw.read();
    if (answer.kind != "bound")
        throw std::runtime_error("refused: " + answer.payload);
}

/* Importers of two hundred streams each, and of many more before, that read nothing. Of small
 * values it is their number that counts. */
void unread_streams(int64_t length)
{
    const int64_t LINKS = CLIENTS / 100 + 1, STREAMS = 200, GONE = 1800;
    Exporter exporter(LIMITS);
    Channel out(1);
    if (exporter.publish("out", out, NETCHAN_SEND) != "ok")
        throw std::runtime_error("export");
    std::vector<RawPeer> clients;
    for (int64_t i = 0; i < LINKS; i++)
        clients.push_back(client(exporter));
    int64_t before = resident();
    for (RawPeer &raw : clients) {
        for (int64_t id = 1; id <= GONE; id++) {
            bind_out(raw, id);
            if (out.send(id) != "ok" || raw.read().kind != "data")
                throw std::runtime_error("no value");
            raw.say("hangup", {id, 1});
            if (raw.read().kind != "hangup")
                throw std::runtime_error("no hangup");
        }
    }
    for (RawPeer &raw : clients) {
        for (int64_t id = GONE + 1; id <= GONE + STREAMS; id++)
            bind_out(raw, id);
    }
    std::string value = "\"" + std::string((size_t)length - 2, 'x') + "\"";
    int64_t sent = 0;
    while (out.send(value, 300) == "ok")
        sent++;
    int64_t bound = LINKS * bound_of_link(STREAMS, 0) + VALUE_EXTRA * sent;
    judge(resident() - before, bound, LINKS,
          "unread streams, " + std::to_string(sent / LINKS) + " values of " +
              std::to_string(length) + " on a link");
}

#ifndef ABI_SANITIZED
const int64_t CEILING = 32 << 20;

void limit_memory(pid_t pid, int64_t bytes)
{
    struct rlimit limit;
    demand(prlimit(pid, RLIMIT_AS, nullptr, &limit), "prlimit");
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)bytes;
    demand(prlimit(pid, RLIMIT_AS, &limit, nullptr), "prlimit");
}

/* Fills a stream of its own as far as the exporter lets it; false: it was shown the door. */
bool crowds_in(RawPeer &raw, const std::string &bytes)
{
    raw.say("hello", {}, hello_text("importer", VALUE));
    raw.bind(1, "in", "send", SIZE, -1, WINDOW);
    if (raw.expect("bound").kind != "bound")
        return false;
    raw.put(bytes);
    raw.say("ping", {1});
    return raw.expect("pong").kind == "pong";
}

/* One that the system grants so much more memory than it has at the beginning, and no more. */
void out_of_memory()
{
    Process exporter;
    std::string url = exporter
                          .ask("listen tcp://127.0.0.1:0 limit.window=" + std::to_string(WINDOW) +
                               " limit.size=" + std::to_string(SIZE))
                          .substr(3);
    check(exporter.ask("export in recv 0 keep-open=yes") == "ok", "an exporter of its own");
    std::vector<RawPeer> clients;
    int64_t living = 0, refused = 0;
    std::string bytes = load(false);
    bytes.resize(bytes.rfind('\n') + 1); /* whole frames: a ping comes behind them */
    limit_memory(exporter.id(), process_figure(exporter.id(), "VmSize") * 1024 + CEILING);
    while ((int64_t)clients.size() < CLIENTS) {
        clients.emplace_back(plain_connect(url));
        crowds_in(clients.back(), bytes) ? living++ : refused++;
    }
    check(living > 0 && refused > 0,
          std::to_string(living) + " clients found room, " + std::to_string(refused) + " did not");
    check(exporter.ask("empty") == "ok", "the exporter lives and gives its values");
    clients.clear();
    limit_memory(exporter.id(), -1);
    Importer honest = connect(url);
    Channel sent(1);
    check(honest.import("in", sent, NETCHAN_SEND, SIZE, -1, {{"window", "1000"}}) == "ok" &&
              sent.send(7) == "ok",
          "an importer");
    std::vector<int64_t> got;
    check(exporter.ask("recv 1", &got) == "ok" && got == std::vector<int64_t>{7}, "its value");
}
#endif

} // namespace

int main()
{
    if (!enough_descriptors(2 * CLIENTS + 100)) {
        std::printf("skipped: %lld descriptors are not allowed here\n",
                    (long long)(2 * CLIENTS + 100));
        return 77;
    }
    try {
        idle_channels();
        full_links(true);
        full_links(false);
        unread_streams(5);
        unread_streams(38);
        unread_streams(300);
        unread_streams(4000);
#ifndef ABI_SANITIZED
        out_of_memory();
#endif
    } catch (const std::exception &error) {
        check(false, error.what());
    }
    return failures ? 1 : 0;
}
