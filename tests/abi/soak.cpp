/* SPDX-License-Identifier: MIT */
/*
 * [row:M5] Links, streams and values that come and go for as long as it is
 * told, beside a link that lasts, and nothing may grow. Each cycle does all kinds of churn and comes
 * to rest; then memory, descriptors and threads are looked at. Descriptors and threads must be what
 * they were after the first cycle, every time. Of memory the median of the last fifth of the time
 * may be one per cent above that of the first fifth behind the warm-up.
 *
 *     soak [SECONDS]      make check takes 5, which are too few to judge memory by; make check-long
 *                         120, and make soak SECONDS=3600 what it says
 *
 * SOAK_SEED chooses another course; SOAK_LOG=FILE keeps the samples.
 */
#include "process.hpp"
#include "raw_peer.hpp"

#include <algorithm>
#include <cmath>
#include <malloc.h>
#include <random>

using namespace abi;

namespace
{

const int64_t LEAST_JUDGED = 60; /* seconds; before, caches and heaps are still being filled */
const size_t SAMPLES = 3000;
const double MOST_DRIFT = 0.01;

struct Sample {
    int64_t ms, resident, anonymous, allocated; /* KiB; what malloc has given out and not back */
    int64_t descriptors, threads;
};

int entries_of(const char *path)
{
    int count = 0;
    DIR *folder = opendir(path);
    while (folder && readdir(folder))
        count++;
    closedir(folder);
    return count;
}

void need(bool good, const std::string &what)
{
    if (!good)
        throw std::runtime_error(what + ": " + netchan_error_text());
}

void need_ok(const std::string &said, const std::string &what)
{
    need(said == "ok", what + " said " + said);
}

class Soak
{
  public:
    explicit Soak(unsigned seed) : random(seed)
    {
        need_ok(exporter.publish("lasting.out", out, NETCHAN_SEND), "export");
        need_ok(exporter.publish("lasting.in", in, NETCHAN_RECV, {{"keep-open", "yes"}}), "export");
        need_ok(exporter.publish("doomed", doomed, NETCHAN_SEND), "export");
        exporter.listens_on(Way::tcp);
        exporter.listens_on(Way::unix_socket);
        importer = exporter.meet(Way::tcp);
        need_ok(importer.import("lasting.out", got, NETCHAN_RECV, 50), "import");
        need_ok(importer.import("lasting.in", given, NETCHAN_SEND, 50), "import");
    }
    void cycle()
    {
        flow(out, got, 60);
        flow(given, in, 60);
        for (int i = 0; i < 6; i++)
            visit((Way)(i % 3), i % 4);
        compete();
        kill_one();
        strangers();
        whole_life();
        come_to_rest();
    }
    int64_t values = 0, links = 0, kills = 0;

  private:
    /* Sizes of all magnitudes, small ones more often, up to some above a frame and a window. */
    size_t any_size()
    {
        std::uniform_real_distribution<double> exponent(0, 1);
        double most = random() % 40 ? 12 : 20;
        return (size_t)std::exp2(exponent(random) * most);
    }
    /* Sends and receives so many numbered values, and looks whether all come. */
    void flow(Channel &from, Channel &to, int64_t count)
    {
        std::vector<std::string> texts;
        for (int64_t i = 0; i < count; i++)
            texts.push_back("[" + std::to_string(++values) + ",\"" + std::string(any_size(), 'x') +
                            "\"]");
        auto sending = background([&] {
            for (const std::string &text : texts) {
                std::string said = from.send(text);
                if (said != "ok")
                    return said;
            }
            return std::string("ok");
        });
        bool equal = true;
        for (const std::string &text : texts)
            equal = to.next() == text && equal;
        need_ok(sending.result(), "a sender");
        need(equal, "values came changed, or not");
    }
    /* An importer with streams both ways, which end in one way or another. */
    void visit(Way way, int end)
    {
        Importer guest = exporter.meet(way);
        Channel sent(4), taken(0), back(4), merged(4);
        std::string one = "one" + std::to_string(++links), two = "two" + std::to_string(links);
        Settings window = {{"window", std::to_string(1 + random() % 100000)}};
        need_ok(exporter.publish(one, sent, NETCHAN_SEND), "export");
        need_ok(exporter.publish(two, merged, NETCHAN_RECV), "export");
        int64_t size = 1 + (int64_t)random() % 40;
        need_ok(guest.import(one, taken, NETCHAN_RECV, size, -1, window), "import");
        need_ok(guest.import(two, back, NETCHAN_SEND, size, -1, window), "import");
        flow(sent, taken, 10);
        flow(back, merged, 10);
        if (end == 0) { /* values are left under way, and in doubt */
            need_ok(sent.send(1), "send");
            need_ok(back.send(2), "send");
            guest = Importer();
        } else if (end == 1) {
            need_ok(guest.hangup(one), "hangup");
            back.close();
        } else if (end == 2) {
            sent.close();
            need_ok(guest.hangup(two), "hangup");
            need(taken.next() == "closed", "no end came");
        }
        need_ok(exporter.hangup(one), "hangup");
        need_ok(exporter.hangup(two), "hangup");
        taken.rest();
    }
    /* Three importers and four threads at one channel. */
    void compete()
    {
        Channel shared(8);
        need_ok(exporter.publish("shared", shared, NETCHAN_SEND), "export");
        std::vector<Importer> importers;
        std::vector<Channel> channels(3);
        std::vector<Background<int64_t>> receiving;
        for (Channel &channel : channels) {
            importers.push_back(exporter.meet((Way)(importers.size() % 3)));
            need_ok(importers.back().import("shared", channel, NETCHAN_RECV, 7), "import");
            receiving.push_back(background([&channel] {
                int64_t count = 0;
                while (channel.next().size() < 5) /* numbers; "closed" is longer */
                    count++;
                return count;
            }));
        }
        need_ok(shared.send_range(1000, 1299), "send");
        shared.close();
        int64_t sum = 0;
        for (auto &one : receiving)
            sum += one.result();
        values += sum;
        links += 3;
        need(sum == 300, std::to_string(sum) + " of 300 values came");
        need_ok(exporter.hangup("shared"), "hangup");
    }
    /* A process is killed while it receives; what comes back is read here. */
    void kill_one()
    {
        Process helper;
        std::string url = exporter.listens_on(kills % 2 ? Way::tcp : Way::unix_socket);
        need_ok(helper.ask("connect " + url), "a helper");
        need_ok(helper.ask("import doomed recv 20 -1 5"), "a helper");
        helper.tell("recv -1");
        need_ok(doomed.send_range(1, 30), "send");
        helper.line();
        helper.destroy();
        need(eventually([&] { return exporter.stats()["links"].integer() == 1; }), "a link stays");
        while (doomed.next(0) != "timeout")
            continue;
        kills++;
    }
    /* Peers that say nothing, nonsense, or half of something. */
    void strangers()
    {
        std::string url = exporter.listens_on(Way::tcp);
        for (int i = 0; i < 4; i++) {
            RawPeer raw(plain_connect(url));
            if (i == 1)
                raw.put("GET / HTTP/1.1\r\n\r\n");
            if (i >= 2)
                raw.say("hello", {}, hello_text("importer"));
            if (i == 3) {
                raw.bind(1, "lasting.in", "send", 10);
                raw.expect("bound");
                raw.put("[\"data\",1,1,100]\n[\"half of");
                raw.reset();
            }
        }
        links += 4;
    }
    /* Everything there is, from beginning to end. */
    void whole_life()
    {
        Pair pair((Way)(links % 3));
        Channel sent(2), taken(0), errors = pair.importer.errors();
        need_ok(pair.exporter.publish("c", sent, NETCHAN_SEND), "export");
        need_ok(pair.importer.import("c", taken, NETCHAN_RECV, 5), "import");
        Cancel cancel;
        cancel.fire();
        need(taken.next(PLENTY, cancel) == "interrupted", "a fired token ends no wait");
        need(pair.importer.import("none", sent, NETCHAN_RECV) == "nochannel", "an import");
        Channel late(1);
        need(pair.importer.import("none", late, NETCHAN_RECV, 1, -1, {{"wait", "1"}}) != "ok",
             "an import of nothing");
        Handle<netchan_select, netchan_select_unref> select;
        demand(netchan_select_new(select.out()), "select");
        demand(netchan_select_add_recv(select, taken), "select");
        demand(netchan_channel_fd(taken, NETCHAN_RECV), "fd");
        need_ok(sent.send(1), "send");
        int64_t number;
        Value value;
        demand(netchan_select_wait(select, &number, value.out(), PLENTY, nullptr), "select");
        need_ok(pair.exporter.drain(NETCHAN_TAKEN), "drain");
        links++;
    }
    void come_to_rest()
    {
        Channel errors = exporter.errors();
        while (errors.next(0) != "timeout")
            continue;
        need(eventually([&] {
                 Value stats = exporter.stats();
                 return stats["links"].integer() == 1 && stats["streams"].size() == 2;
             }),
             "links or streams stay");
    }

    std::mt19937 random;
    Exporter exporter;
    Channel out{20}, in{20}, doomed{20}, got{0}, given{20};
    Importer importer;
};

int64_t allocated()
{
    struct mallinfo2 info = mallinfo2();
    return (int64_t)(info.uordblks + info.hblkhd) / 1024;
}

/* What free() keeps for later is given back first: it is no leak, and how much lies there is chance. */
Sample look(int64_t begun)
{
    malloc_trim(0);
    return {
        now_ms() - begun, process_figure(getpid(), "VmRSS"), process_figure(getpid(), "RssAnon"),
        allocated(),      entries_of("/proc/self/fd"),       entries_of("/proc/self/task")};
}

bool same_things(const Sample &one, const Sample &other)
{
    return one.descriptors == other.descriptors && one.threads == other.threads;
}

/* What was wanted, or what there is: a thread that was joined goes a moment later. */
Sample look_until(int64_t begun, const Sample &wanted)
{
    Sample now = {};
    (void)eventually([&] { return same_things(now = look(begun), wanted); }, 5000);
    return now;
}

/* The first look: two that agree. */
Sample look_first(int64_t begun)
{
    Sample before = look(begun), now = before;
    do {
        before = now;
        rest_a_little(100);
        now = look(begun);
    } while (!same_things(before, now));
    return now;
}

int64_t median(const std::vector<Sample> &samples, int64_t Sample::*which, double from, double to)
{
    std::vector<int64_t> numbers;
    for (const Sample &sample : samples) {
        if ((double)sample.ms >= from && (double)sample.ms <= to)
            numbers.push_back(sample.*which);
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers.empty() ? 0 : numbers[numbers.size() / 2];
}

/* True: no more than allowed. */
bool judge(const std::vector<Sample> &samples, const char *name, int64_t Sample::*which)
{
    double end = (double)samples.back().ms, warm = end * 0.1, fifth = (end - warm) / 5;
    int64_t first = median(samples, which, warm, warm + fifth);
    int64_t last = median(samples, which, end - fifth, end);
    double drift = first ? (double)(last - first) / (double)first : 0;
    std::printf("%s: %lld KiB in the first fifth, %lld in the last, drift %+.2f %%\n", name,
                (long long)first, (long long)last, drift * 100);
    return first > 0 && drift <= MOST_DRIFT;
}

int run(int64_t seconds)
{
    const char *seed = std::getenv("SOAK_SEED"), *path = std::getenv("SOAK_LOG");
    Soak soak(seed ? (unsigned)std::atoi(seed) : 1);
    std::ofstream log(path ? path : "/dev/null");
    std::vector<Sample> samples;
    /* Written to before anything is measured, so that its pages do not grow what they measure. */
    samples.assign(SAMPLES + 1, Sample{1, 1, 1, 1, 1, 1});
    samples.clear();
    int64_t begun = now_ms(), end = begun + seconds * 1000;
    soak.cycle();
    Sample first = look_first(begun), now = first;
    int64_t cycles = 1;
    do {
        soak.cycle();
        cycles++;
        now = look_until(begun, first);
        if (!same_things(now, first))
            break;
        if (now.ms * (int64_t)SAMPLES / (seconds * 1000) > (int64_t)samples.size()) {
            samples.push_back(now);
            log << now.ms << ' ' << now.resident << ' ' << now.anonymous << ' ' << now.allocated
                << ' ' << now.descriptors << ' ' << now.threads << std::endl;
        }
    } while (now_ms() < end);
    std::printf("%lld s, %lld cycles, %lld values with numbers, %lld links, %lld kills\n",
                (long long)now.ms / 1000, (long long)cycles, (long long)soak.values,
                (long long)soak.links, (long long)soak.kills);
    std::printf("descriptors: %lld after the first cycle, %lld at the end; threads: %lld, %lld\n",
                (long long)first.descriptors, (long long)now.descriptors, (long long)first.threads,
                (long long)now.threads);
    bool flat = judge(samples, "resident", &Sample::resident);
    flat = judge(samples, "of that anonymous", &Sample::anonymous) && flat;
    flat = judge(samples, "allocated", &Sample::allocated) && flat;
    if (seconds < LEAST_JUDGED)
        std::printf("memory is not judged in less than %lld s\n", (long long)LEAST_JUDGED);
#ifdef ABI_SANITIZED
    flat = true; /* a sanitizer keeps what was freed */
#endif
    return same_things(now, first) && (flat || seconds < LEAST_JUDGED) ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    int64_t seconds = argc > 1 ? std::atoll(argv[1]) : sample_or_all(5, 120);
    /* Threads that come and go spread malloc's own gaps over many arenas for hours; in one heap the
     * gaps are found and used again, and what is left to grow is ours. */
    mallopt(M_ARENA_MAX, 1);
    try {
        return run(seconds > 0 ? seconds : 5);
    } catch (const std::exception &error) {
        std::printf("%s\n", error.what());
        return 1;
    }
}
