/* SPDX-License-Identifier: MIT */
/*
 * What the floods of floods.hpp cost an honest importer, as a report: [row:F1] [row:F3] [row:F4]
 * [row:F5] [row:F7] [row:F8] [row:F9]. Its rate is measured in pairs, the attack aimed at the
 * exporter and at a process that accepts everything and throws it away, in turns: so the processor
 * time of the attack itself, which two cores have to give in any case, stands on both sides, and the
 * difference is what the library does with it. Attacks are held to the rates that stand in the
 * table, ten times and more what the library's budgets allow.
 *
 * The rates of runs this short move by half and more on a machine that does anything else, and so
 * does the processor time of a value, with the size of the batches. What is judged, therefore, is
 * what the attack costs an exporter that does nothing else: of a processor 95 % must be left to the
 * honest, in the best of three tries, and newcomers be greeted within a second. The two medians over
 * the pairs are told beside it: of the exporter's processor time for the same values, and of the
 * rate.
 *
 *     flood_rates [WORD]      only attacks whose name holds the word
 */
#include "floods.hpp"
#include "process.hpp"

#include <algorithm>
#include <csignal>

using namespace abi;
using namespace floods;

namespace
{

const int PAIRS = 9;
const int64_t VALUES = 1000000; /* for each run; a quarter of a second */
const double SHARE = 0.95;

/* A forked process, killed at the end. It must not use what the library has made. */
class Child
{
  public:
    template <typename Work> explicit Child(Work work) : pid(fork())
    {
        if (pid == 0) {
            work();
            _exit(0);
        }
    }
    ~Child()
    {
        kill(pid, SIGKILL);
        waitpid(pid, nullptr, 0);
    }
    Child(const Child &) = delete;
    Child &operator=(const Child &) = delete;

  private:
    pid_t pid;
};

/* Accepts, reads and throws away. */
class Sink
{
  public:
    Sink() : listening(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
    {
        struct sockaddr_in name = {};
        socklen_t length = sizeof name;
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(listening, (struct sockaddr *)&name, sizeof name) || listen(listening, 1024) ||
            getsockname(listening, (struct sockaddr *)&name, &length))
            throw std::runtime_error("listen");
        url = "tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port));
        child.reset(new Child([this] { swallow(); }));
    }
    ~Sink()
    {
        ::close(listening);
    }
    std::string url;

  private:
    [[noreturn]] void swallow()
    {
        std::vector<struct pollfd> all = {{listening, POLLIN, 0}};
        static char bytes[65536];
        for (;;) {
            poll(all.data(), all.size(), -1);
            for (size_t i = all.size(); --i > 0;) {
                if (!all[i].revents || recv(all[i].fd, bytes, sizeof bytes, 0) > 0)
                    continue;
                ::close(all[i].fd);
                all[i] = all.back();
                all.pop_back();
            }
            for (int fd; (fd = accept4(listening, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;)
                all.push_back({fd, POLLIN, 0});
            if (all.size() > 1500) { /* the exporter does not keep so many either */
                ::close(all[1].fd);
                all.erase(all.begin() + 1);
            }
        }
    }
    int listening;
    std::unique_ptr<Child> child;
};

/* Attacks until it is killed, a hundred times a second a hundredth of the rate. */
[[noreturn]] void attack(const std::string &url, const Flood &flood)
{
    Attacker attacker(url, flood);
    for (int64_t begun = now_ms();;) {
        int64_t due = (now_ms() - begun) * flood.rate / 1000 - attacker.said;
        try {
            attacker.units(std::min<int64_t>(due, flood.rate));
        } catch (const std::exception &) {
            poll(nullptr, 0, 100); /* out of ports for the moment */
        }
        poll(nullptr, 0, 10);
    }
}

struct Run {
    double rate;  /* values a millisecond */
    double spent; /* processor time of the exporter's process, us */
};

double cpu_us()
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct Scene {
    Scene()
    {
        need(exporter.publish("out", sent, NETCHAN_SEND));
        need(exporter.publish("in", in, NETCHAN_RECV, {{"keep-open", "yes"}}));
        url = exporter.listens_on(Way::tcp);
        need(peer.ask("connect " + exporter.listens_on(Way::tcp)));
        need(peer.ask("import out recv 4096 -1 1000"));
    }
    static void need(const std::string &said)
    {
        if (said != "ok")
            throw std::runtime_error(said);
    }
    /* How fast, and at what cost, while that is attacked ("": nothing). */
    Run run(const std::string &target, const Flood &flood)
    {
        std::unique_ptr<Child> attacker;
        if (!target.empty())
            attacker.reset(new Child([&] { attack(target, flood); }));
        rest_a_little(50);
        auto begun = std::chrono::steady_clock::now();
        double spent = cpu_us();
        peer.tell("take " + std::to_string(VALUES));
        for (int64_t left = VALUES; left > 0;) {
            int64_t now = netchan_channel_send_many(
                sent, batch, (size_t)std::min<int64_t>(left, 20), PLENTY, nullptr);
            demand(now, "send_many");
            left -= now;
        }
        need(peer.answer());
        std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begun;
        spent = cpu_us() - spent;
        if (target == url)
            newcomer = std::max(newcomer, connect_time());
        return {(double)VALUES / took.count(), spent};
    }
    /* Processor time that one unit costs an exporter that does nothing else, us. */
    double cost(const Flood &flood)
    {
        Child attacker([&] { attack(url, flood); });
        rest_a_little(200);
        double spent = cpu_us();
        int64_t begun = now_ms();
        rest_a_little(1000);
        return (cpu_us() - spent) / ((double)flood.rate * (double)(now_ms() - begun) / 1000);
    }
    int64_t connect_time()
    {
        int64_t begun = now_ms();
        Importer other = connect(url);
        return now_ms() - begun;
    }
    Exporter exporter{{{"link.linger", "100"}}};
    Channel sent{1000}, in{0};
    Process peer;
    std::string url;
    int64_t newcomer = 0;
    Value value{"{\"i\":123456,\"source\":\"bench-producer\"}"};
    netchan_value *batch[20] = {value, value, value, value, value, value, value,
                                value, value, value, value, value, value, value,
                                value, value, value, value, value, value};
};

double median(std::vector<double> numbers)
{
    std::sort(numbers.begin(), numbers.end());
    return numbers[numbers.size() / 2];
}

/* Of a processor, what the attack leaves. */
double left_by(Scene &scene, const Flood &flood)
{
    double best = 0;
    for (int i = 0; i < 3 && best < SHARE; i++) {
        double cost = scene.cost(flood), left = 1 - cost * (double)flood.rate / 1e6;
        std::printf("%-3s %-29s %6lld a second, %5.1f us each, leave %.3f of a processor;",
                    flood.row, flood.name, (long long)flood.rate, cost, left);
        best = std::max(best, left);
        if (left < SHARE)
            std::printf(" BAD\n");
    }
    return best;
}

bool one_flood(Scene &scene, const Sink &sink, const Flood &flood)
{
    std::vector<double> spent, rates;
    bool good = left_by(scene, flood) >= SHARE;
    scene.newcomer = 0;
    for (int pair = 0; pair < PAIRS; pair++) {
        /* Which comes first changes, so that a trend of the machine cancels out. */
        Run first = scene.run(pair % 2 ? scene.url : sink.url, flood);
        Run second = scene.run(pair % 2 ? sink.url : scene.url, flood);
        const Run &with = pair % 2 ? first : second, &without = pair % 2 ? second : first;
        spent.push_back(without.spent / with.spent);
        rates.push_back(with.rate / without.rate);
    }
    std::printf(" beside a sink %.3f of the time, %.3f of the rate; newcomers %lld ms at most\n",
                median(spent), median(rates), (long long)scene.newcomer);
    std::fflush(stdout);
    return good && scene.newcomer <= 1000;
}

/* Next to nothing: how far the pairs are off by themselves. */
const Flood quiet = {"a ping now and then", "-", true, 5, 0, 0, 0, all[0].unit};

int run(const std::string &word)
{
    int failures = 0;
    Sink sink; /* forks, so it comes before everything of the library */
    Scene scene;
    for (int i = 0; i < 3; i++)
        scene.run("", all[0]);
    (void)one_flood(scene, sink, quiet);
    for (const Flood &flood : all) {
        if (std::string(flood.name).find(word) == std::string::npos)
            continue;
        failures += !one_flood(scene, sink, flood);
    }
    return failures ? 1 : 0;
}

} // namespace

int main(int argc, char **argv)
{
#ifdef ABI_SANITIZED
    std::printf("skipped: rates say nothing with a sanitizer\n");
    return 77;
#endif
    try {
        return enough_descriptors(8000) ? run(argc > 1 ? argv[1] : "") : 77;
    } catch (const std::exception &error) {
        std::printf("%s\n", error.what());
        return 1;
    }
}
