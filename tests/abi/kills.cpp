/* SPDX-License-Identifier: MIT */
/*
 * Processes that are killed and frozen in a loop, at any moment. Receivers are told lost, never
 * closed; those who wait are told before their deadline; and of every value it is known where it
 * is, or that nobody can say.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "long_runs.hpp"
#include "owners.hpp"
#include "process.hpp"

#include <algorithm>
#include <random>

using namespace abi;

namespace
{

const Settings HASTY = {{"link.linger", "20"}};
#ifdef ABI_SANITIZED
const int64_t SLACK = 10000; /* ms */
#else
const int64_t SLACK = 1000;
#endif

void need(const std::string &said)
{
    if (said.compare(0, 2, "ok") != 0)
        throw std::runtime_error("the helper: " + said);
}

/* What a helper that was killed had printed. */
void read_out(Process &process, std::vector<int64_t> *got)
{
    for (std::string text; (text = process.line()) != "(end)" && text != "(late)";) {
        if (text.compare(0, 4, "got ") == 0)
            got->push_back(std::strtoll(text.c_str() + 4, nullptr, 10));
    }
}

/* The sum of a figure over all entries so far. */
struct Sums {
    int64_t returned = 0, untaken = 0;
    void read(Channel &errors)
    {
        for (Value entry; netchan_channel_recv(errors, entry.out(), 0, nullptr) == 0;) {
            returned += std::max<int64_t>(0, entry["returned"].integer());
            untaken += std::max<int64_t>(0, entry["untaken"].integer());
        }
    }
};

struct Told {
    std::string word, text;
    int64_t took;
};

template <typename Call> Told tell(Call call)
{
    int64_t begun = now_ms();
    std::string word = call(), text = netchan_error_text();
    return {word, text, now_ms() - begun};
}

} // namespace

TEST_CASE("importers killed one after the other lose only what they held, and all of it is told",
          "[abi][row:P1][S6.17][S9.1]")
{
    const int kills = long_run() ? 1000 : 50;
    std::mt19937 noise(1);
    Exporter exporter(HASTY);
    std::string url = exporter.listens_on(Way::unix_socket);
    Channel out(50), errors = exporter.errors();
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Flag stop;
    auto sending = background([&] {
        int64_t number = 0;
        while (!stop.up())
            number += out.send(number + 1, 50) == "ok";
        return number;
    });
    Raises at_the_end(stop);
    Checker checker;
    Sums sums;
    int64_t slowest = 0;
    for (int round = 0; round < kills; round++) {
        Process victim;
        need(victim.ask("connect " + url));
        need(victim.ask("import out recv " + std::to_string(1 + noise() % 40) + " -1 0"));
        victim.tell("all");
        std::vector<int64_t> got;
        for (uint32_t lines = noise() % 60; lines > 0; lines--) {
            std::string text = victim.line();
            REQUIRE(text.compare(0, 4, "got ") == 0);
            got.push_back(std::strtoll(text.c_str() + 4, nullptr, 10));
        }
        int64_t begun = now_ms();
        victim.kill(SIGKILL);
        REQUIRE(eventually([&] { return exporter.stats()["links"].integer() == 0; }));
        slowest = std::max(slowest, now_ms() - begun);
        read_out(victim, &got);
        checker.got(got);
        sums.read(errors);
    }
    stop.raise();
    Importer last = exporter.meet(Way::pair, HASTY);
    Channel rest(0);
    REQUIRE(last.import("out", rest, NETCHAN_RECV) == "ok");
    auto receiving = background([&] { return rest.rest(); });
    int64_t sent = sending.result();
    out.close();
    checker.got(receiving.result());
    sums.read(errors);
    std::printf("%d kills: %lld values, %zu came, %zu twice, %lld told as untaken, %lld returned; "
                "seen after %lld ms at the latest\n",
                kills, (long long)sent, checker.distinct(), checker.total() - checker.distinct(),
                (long long)sums.untaken, (long long)sums.returned, (long long)slowest);
    CHECK(checker.verdict(1, sent, 1).find("never sent") == std::string::npos);
    /* Missing is at most what was told, and one for each kill that was taken and not printed. */
    CHECK(sent - (int64_t)checker.distinct() <= sums.untaken + kills);
    CHECK((int64_t)(checker.total() - checker.distinct()) <= sums.returned);
}

TEST_CASE("receivers of exporters that are killed are told lost, behind whole values",
          "[abi][row:P1][S8.4][S8.12]")
{
    const int kills = long_run() ? 1000 : 50;
    std::mt19937 noise(2);
    int64_t slowest = 0, values = 0;
    for (int round = 0; round < kills; round++) {
        Folder folder;
        Process victim;
        std::string url = "unix:" + folder.file("socket");
        need(victim.ask("listen " + url));
        need(victim.ask("export out send 100"));
        Importer importer = connect(url, HASTY);
        Channel got(0);
        REQUIRE(importer.import("out", got, NETCHAN_RECV, 1 + noise() % 40) == "ok");
        victim.tell("send 1 100000");
        int64_t next = 1;
        for (int64_t most = noise() % 200; next <= most; next++)
            REQUIRE(got.next() == std::to_string(next));
        int64_t begun = now_ms();
        victim.kill(SIGKILL);
        std::string rest = got.rest();
        slowest = std::max(slowest, now_ms() - begun);
        REQUIRE(rest.substr(rest.size() - 4) == "lost");
        Checker checker;
        checker.got(rest);
        REQUIRE(checker.verdict(next, next + (int64_t)checker.total() - 1) == "");
        values += next - 1 + (int64_t)checker.total();
    }
    std::printf("%d kills: %lld values in order, lost told after %lld ms at the latest\n", kills,
                (long long)values, (long long)slowest);
}

TEST_CASE("a peer that is frozen at any moment is lost in two heartbeats, others are not",
          "[abi][row:P2]")
{
    const int64_t beat = 300;
    const Settings beating = {{"link.heartbeat", "300"}, {"link.silence", "300"}};
    std::mt19937 noise(3);
    Exporter exporter(beating);
    std::string url = exporter.listens_on(Way::tcp);
    Channel out(0), got(0), errors = exporter.errors();
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Importer other = exporter.meet(Way::tcp, beating);
    REQUIRE(other.import("out", got, NETCHAN_RECV, 1) == "ok");
    int64_t slowest = 0;
    for (int round = 0; round < (long_run() ? 50 : 4); round++) {
        Process victim;
        need(victim.ask("connect " + url + " link.heartbeat=300 link.silence=300"));
        need(victim.ask("import out recv 1 -1 0"));
        rest_a_little((int64_t)(noise() % 400));
        Sums().read(errors);
        victim.stop();
        int64_t begun = now_ms();
        Value entry;
        REQUIRE(netchan_channel_recv(errors, entry.out(), PLENTY, nullptr) == 0);
        int64_t took = now_ms() - begun;
        CHECK(entry["code"].string() == "lost");
        CHECK(took < 2 * beat + SLACK);
        slowest = std::max(slowest, took);
        victim.kill(SIGCONT);
        REQUIRE(out.send(round) == "ok");
        CHECK(got.next() == std::to_string(round));
    }
    std::printf("heartbeat %lld ms: lost at the latest %lld ms after the peer froze\n",
                (long long)beat, (long long)slowest);
}

TEST_CASE("a peer that is frozen again and again for less than a heartbeat is never lost",
          "[abi][row:P2]")
{
    std::mt19937 noise(4);
    Exporter exporter({{"link.heartbeat", "2000"}, {"link.silence", "2000"}});
    std::string url = exporter.listens_on(Way::tcp);
    Channel out(10);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    Process peer;
    need(peer.ask("connect " + url + " link.heartbeat=2000 link.silence=2000"));
    need(peer.ask("import out recv 5 -1 0"));
    peer.tell("all");
    const int rounds = long_run() ? 100 : 8;
    for (int round = 1; round <= rounds; round++) {
        peer.stop();
        REQUIRE(out.send(round) == "ok");
        rest_a_little((int64_t)(noise() % 700));
        peer.kill(SIGCONT);
        REQUIRE(peer.line() == "got " + std::to_string(round));
    }
    CHECK(exporter.drain(NETCHAN_TAKEN) == "ok");
    CHECK(exporter.stats()["links"].integer() == 1);
}

TEST_CASE("who waits for an exporter that is killed is told before the deadline, with the counts",
          "[abi][row:P7][S6.14][S6.15][S11.2]")
{
    const int64_t deadline = 20000;
    const int rounds = long_run() ? 200 : 12;
    std::mt19937 noise(5);
    int64_t slowest = 0;
    for (int round = 0; round < rounds; round++) {
        Folder folder;
        Process victim;
        std::string url = "unix:" + folder.file("socket");
        need(victim.ask("listen " + url));
        need(victim.ask("export in recv 2"));
        Importer importer = connect(url, HASTY);
        Channel sent(20);
        REQUIRE(importer.import("in", sent, NETCHAN_SEND, 3) == "ok");
        REQUIRE(sent.send_range(1, 15) == "ok"); /* five go, nobody reads them: ten wait */
        int level = round % 2 ? NETCHAN_TAKEN : NETCHAN_RECEIVED, what = round % 3;
        auto draining =
            background([&] { return tell([&] { return importer.drain(level, deadline); }); });
        auto syncing = background(
            [&] { return tell([&] { return importer.sync(NETCHAN_TAKEN, deadline); }); });
        auto parked = background([&] {
            return tell([&] {
                return importer.import("later", Channel(0), NETCHAN_RECV, 1, -1, {{"wait", "-1"}},
                                       deadline);
            });
        });
        REQUIRE(draining.waits());
        REQUIRE(syncing.waits());
        REQUIRE(parked.waits());
        rest_a_little((int64_t)(noise() % 20));
        int64_t begun = now_ms();
        victim.kill(SIGKILL);
        if (what == 0) { /* in the middle of a close */
            Told closing = tell([&] { return importer.end(deadline); });
            CHECK(closing.word == "ok");
        }
        Told drained = draining.result(), synced = syncing.result(), later = parked.result();
        slowest = std::max(slowest, now_ms() - begun);
        INFO("round " << round << ": drain " << drained.word << " " << drained.text << "; sync "
                      << synced.word << " " << synced.text << "; import " << later.word);
        REQUIRE((drained.word == "lost" || (what == 0 && drained.word == "closed")));
        REQUIRE((synced.word == "lost" || (what == 0 && synced.word == "closed")));
        REQUIRE((later.word == "lost" || (what == 0 && later.word == "closed")));
        CHECK(std::max(std::max(drained.took, synced.took), later.took) < deadline);
        if (drained.word == "lost") {
            CHECK(drained.text.find_first_of("123456789") != std::string::npos);
            CHECK(drained.text.find(" were lost") != std::string::npos);
        }
    }
    std::printf("%d exporters killed: everybody was told after %lld ms at the latest\n", rounds,
                (long long)slowest);
}

TEST_CASE("an importer goes on with the values in doubt when its exporter comes back",
          "[abi][row:P7][S8.19][S9.2]")
{
    Folder folder;
    std::string url = "unix:" + folder.file("socket");
    Channel sent(30);
    const int rounds = long_run() ? 100 : 8;
    Checker checker;
    std::mt19937 noise(8);
    int64_t number = 0, untaken = 0;
    for (int round = 0; round < rounds; round++) {
        Process exporter;
        need(exporter.ask("listen " + url));
        need(exporter.ask("export in recv 0"));
        Importer importer = connect(url, HASTY);
        Channel errors = importer.errors();
        REQUIRE(importer.import("in", sent, NETCHAN_SEND, 5, -1, {{"keep-open", "yes"}}) == "ok");
        for (int64_t more = 10; more > 0; more--)
            REQUIRE(sent.send(++number) == "ok");
        std::vector<int64_t> got;
        need(exporter.ask("recv " + std::to_string(noise() % 15 % 10 + 1), &got));
        exporter.kill(SIGKILL);
        read_out(exporter, &got);
        checker.got(got);
        REQUIRE(eventually([&] { return importer.stats()["links"].integer() == 0; }));
        for (Value entry; netchan_channel_recv(errors, entry.out(), 0, nullptr) == 0;)
            untaken += std::max<int64_t>(0, entry["untaken"].integer());
        /* What is too much for the channel, the last one takes. */
        for (std::string text; sent.length() > 15 && std::isdigit((text = sent.next(0))[0]);)
            checker.got(std::stoll(text));
    }
    CHECK(sent.state() == "ok");
    sent.close();
    checker.got(sent.rest());
    std::printf("%d exporters: %lld values, %zu came, %zu twice, %lld told as untaken\n", rounds,
                (long long)number, checker.distinct(), checker.total() - checker.distinct(),
                (long long)untaken);
    CHECK(checker.verdict(1, number, 1).find("never sent") == std::string::npos);
    CHECK(number - (int64_t)checker.distinct() <= untaken);
}
