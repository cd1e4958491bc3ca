/* SPDX-License-Identifier: MIT */
/*
 * Hostile peers over real sockets that do one thing without end and read nothing: the memory that
 * they cost is bounded, at worst their own link ends, and an honest importer of the same exporter
 * has all its values and can be joined by another. How fast it goes beside them is measured by
 * flood_rates.
 */
#include "catch_shim.hpp"

#include "floods.hpp"
#include "process.hpp"

#include <malloc.h>

using namespace abi;
using namespace floods;

namespace
{

#ifdef ABI_SANITIZED
const int64_t UNITS = 3000;
const bool JUDGED = false; /* freed memory is kept, and everything is larger */
#else
const int64_t UNITS = sample_or_all(30000, 300000);
const bool JUDGED = true;
#endif
/* Each of these is a connection of its own. */
const int64_t FRESH = sample_or_all(2000, 10000);

int64_t resident()
{
    malloc_trim(0);
    return process_figure(getpid(), "VmRSS") * 1024;
}

/* This thread's, which is the attacker and none of the library's. */
int64_t own_cpu_ms()
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* An exporter, and an honest importer that has values of both directions going all the time. */
struct Scene {
    Scene() : url(exporter.listens_on(Way::tcp)), honest(exporter.meet(Way::tcp))
    {
        need(exporter.publish("in", in, NETCHAN_RECV, {{"keep-open", "yes"}}));
        need(exporter.publish("there", there, NETCHAN_SEND));
        need(exporter.publish("back", back, NETCHAN_RECV, {{"keep-open", "yes"}}));
        /* So that a page of a list is long. */
        need(exporter.publish(std::string(255, 'a'), other, NETCHAN_SEND));
        need(honest.import("there", here, NETCHAN_RECV, 10));
        need(honest.import("back", forth, NETCHAN_SEND, 10));
    }
    static void need(const std::string &said)
    {
        if (said != "ok")
            throw std::runtime_error(said);
    }
    bool values_pass()
    {
        round++;
        return there.send(round) == "ok" && here.next() == std::to_string(round) &&
               forth.send(round) == "ok" && back.next() == std::to_string(round);
    }
    /* How long a new importer takes to be greeted, bound, and given a value. */
    int64_t newcomer()
    {
        int64_t begun = now_ms();
        Importer other = connect(url);
        Channel sent(1);
        bool good = other.import("back", sent, NETCHAN_SEND, 1) == "ok" && sent.send(-1) == "ok" &&
                    back.next() == "-1";
        return good ? now_ms() - begun : PLENTY;
    }
    Exporter exporter;
    std::string url;
    Importer honest;
    Channel in{0}, there{1}, here{0}, back{0}, forth{1}, other{0};
    int64_t round = 0;
};

} // namespace

TEST_CASE("floods cost bounded memory, and honest importers go on beside them",
          "[abi][row:F1][row:F3][row:F4][row:F5][row:F6][row:F7][row:F8][row:F9][S13.1][S13.3]")
{
    REQUIRE(enough_descriptors(8000));
    for (const Flood &flood : all) {
        INFO(flood.row << ", " << flood.name);
        Scene scene;
        int64_t newcomer = 0, before = resident(), peak = 0;
        int64_t units = flood.fresh ? FRESH : UNITS;
        bool passed = true;
        {
            Attacker attacker(scene.url, flood);
            for (int64_t part = 0; part < 20; part++) {
                attacker.units(units / 20);
                passed = scene.values_pass() && passed;
                if (part % 5 == 4)
                    newcomer = std::max(newcomer, scene.newcomer());
                peak = std::max(peak, resident() - before);
            }
            std::printf(
                "%s: %lld units on %lld connections; %lld KiB more at most; a newcomer took "
                "%lld ms at most\n",
                flood.name, (long long)attacker.said, (long long)attacker.connections,
                (long long)peak / 1024, (long long)newcomer);
        }
        CHECK(passed);
        CHECK(newcomer < PLENTY);
        CHECK((!JUDGED || peak <= flood.kib * 1024));
        /* Nobody else's link has ended, and what the attacker had is given back. */
        CHECK(eventually([&] { return scene.exporter.stats()["links"].integer() == 1; }));
        CHECK(scene.exporter.stats()["streams"].size() == 2);
        CHECK(scene.values_pass());
        CHECK(scene.in.next(0) == "timeout");
    }
}

TEST_CASE("a greeting has its deadline, which bytes that trickle in do not prolong",
          "[abi][row:F8][S13.1]")
{
    Exporter exporter({{"link.handshake", "400"}, {"link.linger", "200"}});
    auto fds = socket_pair();
    int64_t begun = now_ms();
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    RawPeer raw(fds.second);
    std::string hello = RawPeer::frame("hello", {}, hello_text("importer"));
    size_t at = 0;
    while (at < hello.size() - 1 && raw.put(hello.substr(at, 1))) {
        at++;
        rest_a_little(10);
    }
    int64_t took = now_ms() - begun;
    CHECK(at < hello.size() - 1);
    CHECK(took >= 390);
    CHECK(took < 5000);
    CHECK(raw.expect("bye").kind != "nothing");
}

TEST_CASE("of unfinished greetings the oldest gives way, and a newcomer is served at once",
          "[abi][row:F8]")
{
    REQUIRE(enough_descriptors(8000));
    const size_t all = 2000, most = 1024; /* limit.handshakes */
    Scene scene;
    std::vector<RawPeer> stuck;
    for (size_t i = 0; i < all; i++)
        stuck.emplace_back(plain_connect(scene.url));
    auto settled = [&] {
        int64_t greeting = scene.exporter.stats()["greeting"].integer();
        return greeting >= 1000 && greeting <= (int64_t)most;
    };
    /* The oldest were told why, the last of them when all had come. */
    CHECK(stuck.front().expect("bye").member("code") == "busy");
    CHECK(stuck[all - most - 1].expect("bye").member("code") == "busy");
    REQUIRE(eventually(settled));
    CHECK(scene.newcomer() < 10000); /* link.handshake: it waits for nobody's end */
    CHECK(scene.values_pass());
    CHECK(eventually(settled));
}

TEST_CASE("an importer that gives credit for one value at a time gets them all",
          "[abi][row:F3][S3.2]")
{
    const int64_t count = sample_or_all(5000, 50000);
    Exporter exporter;
    Channel sent(100);
    REQUIRE(exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    RawPeer raw = raw_importer(exporter);
    raw.bind(1, "out", "recv", 1);
    auto sending = background([&] { return sent.send_range(1, count); });
    REQUIRE(raw.expect("bound").kind == "bound");
    int64_t got = 0, used = cpu_ms() - own_cpu_ms();
    while (got < count && raw.expect("data").n == std::vector<int64_t>{1, got + 1}) {
        got++;
        raw.say("ack", {1, got, got});
    }
    used = cpu_ms() - own_cpu_ms() - used;
    CHECK(got == count);
    CHECK(sending.result() == "ok");
    std::printf("one credit at a time: %lld ms of the library's processor time for %lld frames\n",
                (long long)used, (long long)count * 2);
}
