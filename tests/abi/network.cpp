/* SPDX-License-Identifier: MIT */
/*
 * Bad networks between two ends that are well: slow, late, in slices, narrow, and silent. Values and
 * their order never change, blocked calls end at their deadlines, and a silent peer is lost.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "long_runs.hpp"
#include "proxy.hpp"

#include <random>

using namespace abi;
using netchan_test::has_text;

namespace
{

#ifdef ABI_SANITIZED
const int64_t SLACK = 10000; /* ms */
#else
const int64_t SLACK = 1000;
#endif

/* An exporter, a proxy before it, and an importer behind that. */
struct Scene {
    explicit Scene(const Settings &settings = {}, const Proxy::Rules &rules = Proxy::Rules())
        : exporter(settings), proxy(exporter.listens_on(Way::tcp), rules),
          importer(connect(proxy.url(), settings))
    {
    }
    /* Nothing passes any more, so that no end has to wait for the other's last word. */
    ~Scene()
    {
        proxy.cut(Proxy::close_both);
    }
    Exporter exporter;
    Proxy proxy;
    Importer importer;
};

Proxy::Rules silence()
{
    Proxy::Rules rules;
    rules.swallows = true;
    return rules;
}

/* first to last, at the other end in this order. "" or what is wrong. */
std::string pass(Channel &sent, Channel &got, int64_t last)
{
    auto sending = background([&] { return sent.send_range(1, last, 4 * PLENTY); });
    std::string wrong;
    for (int64_t number = 1; number <= last && wrong.empty(); number++) {
        std::string text = got.next(4 * PLENTY);
        if (text != std::to_string(number))
            wrong = text + " instead of " + std::to_string(number);
    }
    if (!wrong.empty())
        sent.close(); /* the sender need not wait */
    return sending.result() == "ok" || !wrong.empty() ? wrong : "the sender: not ok";
}

} // namespace

TEST_CASE("values and order survive delay, slices and a narrow line, in both directions",
          "[abi][proxy][row:P5]")
{
    struct {
        const char *name;
        int64_t delay;
        size_t slice;
        int64_t rate;
        int64_t values, all;
    } const lines[] = {
        {"100 ms", 100, 65536, 0, 2000, 1000000},
        {"slices of 1 byte", 0, 1, 0, 300, 3000},
        {"slices of 7 bytes", 0, 7, 0, 2000, 50000},
        {"slices of 1,400 bytes, 5 ms", 5, 1400, 0, 20000, 1000000},
        {"1 Mbit/s", 0, 65536, 125000, 2000, 50000},
    };
    for (auto &line : lines) {
        INFO(line.name);
        Scene scene;
        Channel out(1000), got(1000), in(1000), sent(1000);
        REQUIRE(scene.exporter.publish("out", out, NETCHAN_SEND) == "ok");
        REQUIRE(scene.exporter.publish("in", in, NETCHAN_RECV) == "ok");
        Proxy::Rules rules;
        rules.delay = line.delay;
        rules.slice = line.slice;
        rules.rate = line.rate;
        scene.proxy.set(rules);
        REQUIRE(scene.importer.import("out", got, NETCHAN_RECV, 60000) == "ok");
        REQUIRE(scene.importer.import("in", sent, NETCHAN_SEND, 60000) == "ok");
        int64_t values = long_run() ? line.all : line.values, begun = now_ms();
        auto back = background([&] { return pass(sent, in, values); });
        CHECK(pass(out, got, values) == "");
        CHECK(back.result() == "");
        CHECK(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
        CHECK(scene.importer.drain(NETCHAN_TAKEN) == "ok");
        std::printf("%s: %lld values each way in %lld ms\n", line.name, (long long)values,
                    (long long)(now_ms() - begun));
    }
}

/* Told, not judged: the machine may be busy with other things. */
TEST_CASE("a stream's rate over a long way is told beside its bound", "[abi][proxy][row:P5]")
{
    const int64_t round_trip = 100, size = 1000, seconds = long_run() ? 20 : 2;
    const int64_t values = size * 1000 / round_trip * seconds;
    Scene scene;
    Channel out(10000), got(10000);
    REQUIRE(scene.exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Proxy::Rules rules;
    rules.delay = round_trip / 2;
    scene.proxy.set(rules);
    REQUIRE(scene.importer.import("out", got, NETCHAN_RECV, size) == "ok");
    int64_t begun = now_ms();
    CHECK(pass(out, got, values) == "");
    double took = (double)(now_ms() - begun) / 1000;
    double rate = (double)values / took, bound = (double)size * 1000 / (double)round_trip;
    std::printf("size %lld, round trip %lld ms: %.0f values/s, %.1f %% of size / round trip\n",
                (long long)size, (long long)round_trip, rate, 100 * rate / bound);
}

TEST_CASE("blocked calls over a silent line end at their deadlines", "[abi][proxy][row:P3]")
{
    int ways = GENERATE(0, 1, 2); /* up, down, both */
    const int64_t wait = 300;
    Scene scene;
    Channel out(5), got(0), sent(5), in(0), more(0), full(0);
    REQUIRE(scene.exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(scene.exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(scene.exporter.publish("more", more, NETCHAN_SEND) == "ok");
    REQUIRE(scene.importer.import("out", got, NETCHAN_RECV, 2) == "ok");
    REQUIRE(scene.importer.import("in", sent, NETCHAN_SEND, 2) == "ok");
    scene.proxy.set(ways == 1 ? Proxy::Rules() : silence(), ways == 0 ? Proxy::Rules() : silence());
    REQUIRE(out.send_range(1, 7) == "ok"); /* two on their way, five in the channel */
    REQUIRE(sent.send_range(1, 7) == "ok");

    struct Told {
        std::string word;
        int64_t took;
    };
    auto timed = [&](std::function<std::string()> call) {
        return background([call] {
            int64_t begun = now_ms();
            std::string word = call();
            return Told{word, now_ms() - begun};
        });
    };
    std::vector<Background<Told>> calls;
    calls.push_back(timed([&] { return out.send(8, wait); }));
    calls.push_back(timed([&] { return sent.send(8, wait); }));
    calls.push_back(timed([&] { return scene.exporter.drain(NETCHAN_TAKEN, wait); }));
    calls.push_back(timed([&] { return scene.importer.drain(NETCHAN_TAKEN, wait); }));
    calls.push_back(timed([&] { return scene.exporter.sync(NETCHAN_TAKEN, wait); }));
    calls.push_back(timed([&] { return scene.importer.sync(NETCHAN_RECEIVED, wait); }));
    calls.push_back(
        timed([&] { return scene.importer.import("more", full, NETCHAN_RECV, 5, -1, {}, wait); }));
    calls.push_back(timed([&] {
        Value list;
        return word(netchan_importer_list(scene.importer, "", wait, nullptr, list.out()));
    }));
    int64_t latest = 0;
    for (size_t i = 0; i < calls.size(); i++) {
        INFO("call " << i << ", way " << ways);
        const Told &told = calls[i].result();
        /* A line that is silent one way only lets some of them through. */
        if (told.word == "ok" && ways != 2)
            continue;
        CHECK(told.word == "timeout");
        CHECK(told.took >= wait - 1);
        CHECK(told.took < wait + 5000);
        latest = std::max(latest, told.took - wait);
    }
    std::printf("silent %s: the latest call ended %lld ms behind its deadline\n",
                ways == 0   ? "up"
                : ways == 1 ? "down"
                            : "both ways",
                (long long)latest);
}

TEST_CASE("a peer behind a silent line is lost within two heartbeats, others are not",
          "[abi][proxy][row:P2][row:P3]")
{
    const int64_t beat = 300;
    const Settings beating = {{"link.heartbeat", "300"}, {"link.silence", "300"}};
    std::mt19937 noise(7);
    Exporter exporter(beating);
    Proxy proxy(exporter.listens_on(Way::tcp));
    Channel out(0), far(0), near(0), errors = exporter.errors();
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Importer other = exporter.meet(Way::tcp, beating);
    REQUIRE(other.import("out", near, NETCHAN_RECV, 1) == "ok");
    int64_t slowest = 0;
    for (int round = 0; round < (long_run() ? 60 : 6); round++) {
        proxy.set(Proxy::Rules());
        Importer victim = connect(proxy.url(), beating);
        Channel got(0);
        REQUIRE(victim.import("out", got, NETCHAN_RECV, 1) == "ok");
        rest_a_little((int64_t)(noise() % 200)); /* somewhere between two beats */
        proxy.set(round % 3 == 1 ? Proxy::Rules() : silence(),
                  round % 3 == 2 ? Proxy::Rules() : silence());
        int64_t begun = now_ms();
        /* The end that hears nothing finds out, and its end of the connection tells the other. */
        REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 1; }));
        REQUIRE(got.next() == "lost");
        slowest = std::max(slowest, now_ms() - begun);
        CHECK(now_ms() - begun < 2 * beat + SLACK);
        proxy.cut(Proxy::close_both);
        REQUIRE(out.send(round) == "ok");
        CHECK(near.next() == std::to_string(round));
    }
    std::printf("heartbeat %lld ms: lost at the latest %lld ms after the line fell silent\n",
                (long long)beat, (long long)slowest);
}

TEST_CASE("a line that is silent for less than a heartbeat loses nobody", "[abi][proxy][row:P2]")
{
    const Settings beating = {{"link.heartbeat", "2000"}, {"link.silence", "2000"}};
    Scene scene(beating);
    Channel out(0), got(0);
    REQUIRE(scene.exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(scene.importer.import("out", got, NETCHAN_RECV, 100) == "ok");
    Proxy::Rules held;
    held.holds = true;
    for (int round = 0; round < (long_run() ? 40 : 4); round++) {
        scene.proxy.set(held);
        REQUIRE(out.send(round) == "ok");
        CHECK(scene.exporter.drain(NETCHAN_RECEIVED, 700) == "timeout");
        scene.proxy.set(Proxy::Rules());
        CHECK(got.next() == std::to_string(round));
        CHECK(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
    }
    CHECK(scene.proxy.accepted() == 1);
}

TEST_CASE("a line that ends in one direction is lost for both ends, behind what had come",
          "[abi][proxy][row:P4][S11.10]")
{
    Proxy::Way way = GENERATE(Proxy::up, Proxy::down);
    Scene scene({{"link.linger", "20"}});
    Channel out(0), got(10), in(10), sent(0);
    REQUIRE(scene.exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(scene.exporter.publish("in", in, NETCHAN_RECV) == "ok");
    REQUIRE(scene.importer.import("out", got, NETCHAN_RECV, 10) == "ok");
    REQUIRE(scene.importer.import("in", sent, NETCHAN_SEND, 10) == "ok");
    REQUIRE(out.send_range(1, 5) == "ok");
    REQUIRE(sent.send_range(1, 5) == "ok");
    REQUIRE(scene.exporter.drain(NETCHAN_TAKEN) == "ok");
    REQUIRE(scene.importer.drain(NETCHAN_TAKEN) == "ok");
    scene.proxy.half_close(way);
    CHECK(got.rest() == "1 2 3 4 5 lost");
    CHECK(in.rest() == "1 2 3 4 5 lost");
    CHECK(eventually([&] { return sent.state() == "lost"; }));
    CHECK(eventually([&] { return scene.exporter.stats()["links"].integer() == 0; }));
}

TEST_CASE("a value of 4 MiB on a slow line lets small ones pass between its pieces",
          "[abi][proxy][row:F2b][S4.1]")
{
    const int64_t rate = 1250000; /* 10 Mbit/s: more than three seconds for the large one */
    Proxy::Rules rules;
    rules.rate = rate;
    Scene scene({}, rules);
    Channel large(1), small(0), large_got(1), small_got(0);
    REQUIRE(scene.exporter.publish("large", large, NETCHAN_SEND) == "ok");
    REQUIRE(scene.exporter.publish("small", small, NETCHAN_SEND) == "ok");
    REQUIRE(scene.importer.import("large", large_got, NETCHAN_RECV, 2) == "ok");
    REQUIRE(scene.importer.import("small", small_got, NETCHAN_RECV, 1) == "ok");
    std::string text = "\"" + std::string(4194302, 'x') + "\"";
    REQUIRE(large.send(text) == "ok");
    std::vector<int64_t> times;
    while (large_got.length() == 0 && times.size() < 100000) {
        int64_t begun = now_ms();
        REQUIRE(small.send((int64_t)times.size()) == "ok");
        REQUIRE(small_got.next() == std::to_string(times.size()));
        times.push_back(now_ms() - begun);
    }
    CHECK(large_got.next() == text);
    std::sort(times.begin(), times.end());
    std::printf("beside 4 MiB at 10 Mbit/s: %zu small values, median %lld ms, p99 %lld ms\n",
                times.size(), (long long)times[times.size() / 2],
                (long long)times[times.size() * 99 / 100]);
    CHECK(times.size() > 4); /* with the large one before them there would be one or two */
}

TEST_CASE("of a hundred channels one that is stalled shows in stats, the others go on",
          "[abi][row:F2][S4.1]")
{
    Exporter exporter;
    std::vector<Channel> out, got;
    Importer importer = exporter.meet(Way::tcp);
    for (int i = 0; i < 100; i++) {
        out.emplace_back(10);
        got.emplace_back(i == 50 ? 0 : 10);
        std::string name = "c" + std::to_string(i);
        REQUIRE(exporter.publish(name, out.back(), NETCHAN_SEND) == "ok");
        REQUIRE(importer.import(name, got.back(), NETCHAN_RECV, 5) == "ok");
    }
    REQUIRE(out[50].send_range(1, 15) == "ok");
    CHECK(out[50].send(16, 20) == "timeout");
    for (int64_t round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++) {
            if (i != 50)
                REQUIRE(out[(size_t)i].send(round) == "ok");
        }
        for (int i = 0; i < 100; i++) {
            if (i != 50)
                REQUIRE(got[(size_t)i].next() == std::to_string(round));
        }
    }
    CHECK(eventually([&] { return exporter.stream("c50", "stalled_ms") > 0; }));
    CHECK(exporter.stream("c49", "stalled_ms") == 0);
    CHECK(got[50].take(15) == range(1, 15));
}
