/* SPDX-License-Identifier: MIT */
/*
 * Connections that end in the middle: a session is recorded, and then made again and again with the
 * line cut behind each byte of it, in either direction, closed or reset. No part of a value is ever
 * delivered, no value changes, and whoever goes on over a new link gets everything.
 */
#include "catch_shim.hpp"

#include "checker.hpp"
#include "long_runs.hpp"
#include "proxy.hpp"

#include <random>

using namespace abi;

namespace
{

const Settings HASTY = {{"link.linger", "20"}};
const Settings KEPT = {{"keep-open", "yes"}};
const int64_t EACH = 6;

/* Value number n. What is left of a long number is a number still, and another one; what is left of
 * an object is no value. */
std::string value(int64_t number)
{
    if (number % 2)
        return std::to_string(number * 1001001001);
    return "{\"n\":" + std::to_string(number) + ",\"text\":\"" +
           std::string((size_t)(number % 4) * 7, (char)('a' + number)) + "\"}";
}

/* What a channel brought, from one side to the other. */
class Book
{
  public:
    void got(const std::string &text)
    {
        for (int64_t number = 1; number <= EACH; number++) {
            if (text == value(number)) {
                counts[number]++;
                return;
            }
        }
        wrong += " " + text;
    }
    /* Everything that is there now. */
    void got_all(Channel &channel, int64_t ms)
    {
        for (std::string text; is_value(text = channel.next(ms));)
            got(text);
    }
    /* Not a word for why there is none. */
    static bool is_value(const std::string &text)
    {
        return text[0] == '{' || std::isdigit(text[0]);
    }
    bool has(int64_t number) const
    {
        return counts.count(number) > 0;
    }
    bool whole() const
    {
        return counts.size() == (size_t)EACH;
    }
    size_t twice() const
    {
        size_t count = 0;
        for (auto &entry : counts)
            count += entry.second > 1;
        return count;
    }
    std::string wrong;
    std::map<int64_t, int> counts;
};

struct Outcome {
    bool cut = false; /* the line was cut; else the session was through before */
    size_t twice = 0;
    std::string faults; /* "" */
};

/* One session with both directions, through a proxy with these rules; then what is left over a new
 * link. */
class Session
{
  public:
    Session() : exporter(HASTY), out(EACH), in(2 * EACH), got(2 * EACH), sent(EACH)
    {
        demand(exporter.publish("out", out, NETCHAN_SEND) == "ok" ? 0 : -1, "export out");
        demand(exporter.publish("in", in, NETCHAN_RECV, KEPT) == "ok" ? 0 : -1, "export in");
        url = exporter.listens_on(Way::tcp);
    }

    Outcome run(const Proxy::Rules &up, const Proxy::Rules &down)
    {
        for (int64_t number = 1; number <= EACH; number++) {
            out.send(value(number));
            sent.send(value(number));
        }
        Outcome outcome;
        {
            Proxy proxy(url);
            proxy.set(up, down);
            first_link(proxy);
            outcome.cut = proxy.ended() > 0;
        }
        /* What the first link brought is read before the second one can bring more. */
        at_importer.got_all(got, 0);
        if (!through)
            second_link();
        at_exporter.got_all(in, 0);
        judge(outcome);
        return outcome;
    }

  private:
    Exporter exporter;
    Channel out, in, got, sent;
    Book at_importer, at_exporter;
    std::string url, faults;
    bool through = false;

    void first_link(Proxy &proxy)
    {
        netchan_importer *made = nullptr;
        Options options(HASTY);
        int code = netchan_importer_connect(proxy.url().c_str(), options, PLENTY, nullptr, &made);
        if (code)
            return;
        Importer importer(made);
        Settings settings = KEPT;
        if (importer.import("out", got, NETCHAN_RECV, 2, -1, settings) != "ok" ||
            importer.import("in", sent, NETCHAN_SEND, 2, -1, settings) != "ok")
            return;
        /* To the end of the session, or of the line. */
        while (!(at_importer.whole() && at_exporter.whole()) && proxy.ended() == 0) {
            at_importer.got_all(got, 1);
            at_exporter.got_all(in, 1);
        }
        through = at_importer.whole() && at_exporter.whole() &&
                  importer.drain(NETCHAN_TAKEN) == "ok" && exporter.drain(NETCHAN_TAKEN) == "ok";
        if (through) {
            importer.end();
            return;
        }
        netchan_importer_close(importer);
    }

    void second_link()
    {
        if (!eventually([&] { return exporter.stats()["links"].integer() == 0; }))
            faults += " the exporter keeps its link;";
        Importer importer = connect(url, HASTY);
        Channel rest(2 * EACH);
        if (importer.import("out", rest, NETCHAN_RECV, 2) != "ok")
            faults += " no import of out;";
        if (sent.state() != "ok")
            sent = again(sent);
        if (importer.import("in", sent, NETCHAN_SEND, 2) != "ok")
            faults += " no import of in;";
        /* A loss that the first link left is told first; what it was, the check below knows. */
        while (exporter.drain(NETCHAN_TAKEN) == "lost" || importer.drain(NETCHAN_TAKEN) == "lost")
            continue;
        at_importer.got_all(rest, 0);
        at_importer.got_all(got, 0);
    }

    /* A channel that its owner's end closed: its values are read and sent again by the program. */
    static Channel again(Channel &ended)
    {
        Channel fresh((size_t)EACH);
        for (std::string text; Book::is_value(text = ended.next(0));)
            fresh.send(text);
        return fresh;
    }

    void judge(Outcome &outcome)
    {
        outcome.twice = at_importer.twice() + at_exporter.twice();
        outcome.faults = faults;
        for (const Book *book : {&at_importer, &at_exporter}) {
            const char *where = book == &at_importer ? " importer:" : " exporter:";
            if (!book->wrong.empty())
                outcome.faults += where + (" wrong" + book->wrong) + ";";
            for (int64_t number = 1; number <= EACH; number++) {
                if (!book->has(number))
                    outcome.faults += where + (" lacks " + std::to_string(number)) + ";";
            }
        }
    }
};

} // namespace

TEST_CASE(
    "a line that ends behind any byte of a session delivers whole values only, and loses none",
    "[abi][proxy][row:P4][S9.1][S9.2]")
{
    int way = GENERATE(Proxy::up, Proxy::down);
    Proxy::End end = GENERATE(Proxy::close_both, Proxy::reset_both);
    const uint64_t step = long_run() ? 1 : 23; /* another first byte for each of the four */
    uint64_t at = 1 + (uint64_t)(5 * way + 11 * end) % step, offsets = 0;
    size_t twice = 0;
    for (bool cut = true; cut; at += step) {
        Proxy::Rules rules[2];
        rules[way].cut_at = at;
        rules[way].end = end;
        Outcome outcome = Session().run(rules[Proxy::up], rules[Proxy::down]);
        INFO("cut " << (way == Proxy::up ? "up" : "down") << " behind byte " << at
                    << (end == Proxy::reset_both ? ", reset" : ", closed"));
        REQUIRE(outcome.faults == "");
        cut = outcome.cut;
        offsets += cut;
        twice += outcome.twice;
    }
    CHECK(offsets > 10);
    std::printf(
        "%llu bytes %s, %s: every one tried that is %llu from the next; %zu values came twice\n",
        (unsigned long long)(at - step), way == Proxy::up ? "up" : "down",
        end == Proxy::reset_both ? "reset" : "closed", (unsigned long long)step, twice);
}

/* At least once, without resuming a link: values that were not acknowledged are sent again over the
 * next one, and the receiver knows them by their numbers. */
TEST_CASE("through a storm of cuts every value arrives at least once, in both directions",
          "[abi][proxy][row:P6][S9.1][S9.2]")
{
    const int storms = long_run() ? 1000 : 25;
    std::mt19937 noise(6);
    Exporter exporter(HASTY);
    Proxy proxy(exporter.listens_on(Way::tcp));
    Channel out(50), in(50), sent(50);
    REQUIRE(exporter.publish("out", out, NETCHAN_SEND) == "ok");
    REQUIRE(exporter.publish("in", in, NETCHAN_RECV, KEPT) == "ok");
    Flag stop;
    auto producer = [&stop](Channel &channel) {
        int64_t number = 0;
        while (!stop.up()) {
            if (channel.send(number + 1, 50) == "ok")
                number++;
        }
        return number;
    };
    auto out_sends = background([&] { return producer(out); });
    auto in_sends = background([&] { return producer(sent); });
    Flag all_sent;
    auto in_takes = background([&] {
        Checker checker;
        for (;;) {
            bool last = all_sent.up();
            std::string text = in.next(20);
            if (std::isdigit(text[0]))
                checker.got(std::stoll(text));
            else if (last)
                return checker;
        }
    });
    Raises takes_end(all_sent), sends_end(stop);
    Checker at_importer;
    for (int round = 0; round < storms; round++) {
        Importer importer = connect(proxy.url(), HASTY);
        Channel got(10);
        REQUIRE(importer.import("out", got, NETCHAN_RECV, 1 + noise() % 30) == "ok");
        REQUIRE(importer.import("in", sent, NETCHAN_SEND, 1 + noise() % 30, -1, KEPT) == "ok");
        int64_t until = now_ms() + 10 + noise() % (long_run() ? 190 : 60);
        for (std::string text; now_ms() < until;) {
            if (std::isdigit((text = got.next(1))[0]))
                at_importer.got(std::stoll(text));
        }
        proxy.cut(noise() % 2 ? Proxy::reset_both : Proxy::close_both);
        /* What arrived stays readable, up to the end. */
        std::string rest = got.rest();
        at_importer.got(rest);
        REQUIRE(rest.substr(rest.size() - 4) == "lost");
    }
    stop.raise();
    Importer importer = connect(proxy.url(), HASTY);
    Channel got(10);
    REQUIRE(importer.import("out", got, NETCHAN_RECV, 30) == "ok");
    REQUIRE(importer.import("in", sent, NETCHAN_SEND, 30) == "ok");
    int64_t last_out = out_sends.result(), last_in = in_sends.result();
    out.close();
    sent.close();
    at_importer.got(got.rest());
    REQUIRE(importer.drain(NETCHAN_TAKEN) == "ok");
    all_sent.raise();
    Checker &at_exporter = in_takes.result();
    /* Nothing that a sender was told as received may be missing, and nothing at all is: no process
     * ended. */
    CHECK(at_importer.verdict(1, last_out, 1) == "");
    CHECK(at_exporter.verdict(1, last_in, 1) == "");
    std::printf("%d cuts: %lld and %lld values, %zu and %zu came twice, none is missing\n", storms,
                (long long)last_out, (long long)last_in,
                at_importer.total() - at_importer.distinct(),
                at_exporter.total() - at_exporter.distinct());
}
