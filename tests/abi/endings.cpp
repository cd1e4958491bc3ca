/* SPDX-License-Identifier: MIT */
/*
 * [row:C2] Everything that ends something against everything that waits, in
 * every pairing, over and over. A round has an exporter and an importer with a stream each way; a
 * thread waits, another ends, before it, meanwhile or behind it, and in many rounds a second one of
 * each joins in. A wait that the ending must end has ten seconds to do so; then everything is
 * closed, and what still waits has ten seconds more. A sanitizer watches what is freed too early.
 *
 *     endings [ROUNDS [SEED [WAITER ENDER]]]      make check makes 2,000, make check-long 100,000
 *
 * The numbers of a waiter and an ender, which the watchdog prints, are for a search.
 */
#include "endings.hpp"

#include <algorithm>
#include <cstring>
#include <map>
#include <random>

#include <poll.h>
#include <sched.h>

using namespace abi;
using namespace endings;

namespace
{

const int64_t WATCHDOG = 10000; /* ms */

/* ---- rounds ---- */

/* What is going on, for the watchdog to tell. */
struct Story {
    std::atomic<int64_t> since{0}; /* the phase; 0: nothing to watch */
    std::atomic<const char *> phase{""}, waiter{""}, other{""}, ender{""}, second{""};
    std::atomic<int64_t> round{0};
    std::atomic<int> numbers[2] = {{0}, {0}};

    void enter(const char *name)
    {
        phase = name;
        since = now_ms();
    }
};

Story story;

/* Ends the program when one phase of a round takes too long. */
class Watchdog
{
  public:
    Watchdog() : thread([this] { watch(); })
    {
    }
    ~Watchdog()
    {
        stop = true;
        thread.join();
    }

  private:
    void watch()
    {
        while (!stop) {
            poll(nullptr, 0, 100);
            int64_t since = story.since;
            if (!since || now_ms() - since < WATCHDOG)
                continue;
            std::printf("round %lld (%d %d) hangs, %s: waiting %s%s%s, ended by %s%s%s\n",
                        (long long)story.round, story.numbers[0].load(), story.numbers[1].load(),
                        story.phase.load(), story.waiter.load(), *story.other.load() ? " and " : "",
                        story.other.load(), story.ender.load(), *story.second.load() ? " and " : "",
                        story.second.load());
            std::fflush(stdout);
            _exit(1);
        }
    }
    std::atomic<bool> stop{false};
    std::thread thread;
};

struct Tally {
    int64_t asleep = 0; /* waits that slept when the ending began */
    std::map<std::string, int64_t> words;
};

/* A thread that waits. */
class Waits
{
  public:
    Waits(Scene &scene, size_t which)
        : number(which), thread([this, &scene] {
              word = abi::word(waiters[number].wait(scene, begun));
              done = true;
          })
    {
    }
    ~Waits()
    {
        thread.join();
    }
    void join(Tally *tallies)
    {
        while (!done)
            sched_yield_or_rest();
        tallies[number].words[word]++;
    }
    /* True: it sleeps. False: it has ended. */
    bool come_to_rest() const
    {
        char path[64], text[512];
        while (!begun && !done)
            sched_yield();
        std::snprintf(path, sizeof path, "/proc/self/task/%d/stat", begun.load());
        while (!done) {
            FILE *file = std::fopen(path, "re");
            size_t length = file ? std::fread(text, 1, sizeof text - 1, file) : 0;
            if (file)
                std::fclose(file);
            text[length] = 0;
            if (std::strstr(text, ") S "))
                return true;
            sched_yield();
        }
        return false;
    }
    const size_t number;
    std::string word;

  private:
    void sched_yield_or_rest() const
    {
        if (sched_yield())
            poll(nullptr, 0, 1);
    }
    Begun begun{0};
    std::atomic<bool> done{false};
    std::thread thread;
};

bool goes_with(const Ender &one, const Ender &other)
{
    return !((one.uses | one.drops) & other.drops) && !((other.uses | other.drops) & one.drops);
}

class Rounds
{
  public:
    explicit Rounds(unsigned seed) : random(seed)
    {
    }
    void run(int64_t count)
    {
        std::unique_ptr<Exporter> keeper;
        for (int64_t number = 0; number < count; number++) {
            /* For half of the time the I/O thread lives on between the rounds. */
            if (number % 1000 == 0)
                keeper.reset(new Exporter);
            else if (number % 1000 == 500)
                keeper.reset();
            story.round = number;
            story.enter("at its beginning");
            size_t which = only_waiter < 0 ? (size_t)number % WAITERS : (size_t)only_waiter;
            size_t ending = only_ender < 0 ? (size_t)number / WAITERS % ENDERS : (size_t)only_ender;
            round(which, ending);
        }
        story.since = 0;
    }
    Tally tallies[WAITERS];
    int64_t strange = 0;
    int only_waiter = -1, only_ender = -1; /* one pairing */

  private:
    void round(size_t which, size_t ending)
    {
        Scene scene;
        const Ender &ender = enders[ending], *second = nullptr;
        const size_t nobody = WAITERS;
        size_t other = random() % 2 ? random() % nobody : nobody;
        if (random() % 4 == 0) {
            second = &enders[random() % ENDERS];
            if (!goes_with(ender, *second))
                second = nullptr;
        }
        story.numbers[0] = (int)which;
        story.numbers[1] = (int)ending;
        story.waiter = waiters[which].name;
        story.other = other < WAITERS ? waiters[other].name : "";
        story.ender = ender.name;
        story.second = second ? second->name : "";

        Waits waiting(scene, which);
        std::unique_ptr<Waits> more(other < WAITERS ? new Waits(scene, other) : nullptr);
        begin_together(waiting, more.get(), ender.drops | (second ? second->drops : 0));
        std::thread helper([&] {
            if (second)
                second->end(scene);
        });
        story.enter("in the ending");
        ender.end(scene);
        helper.join();
        if ((ender.ends | NO_WAIT) >> which & 1) {
            story.enter("by this ending alone");
            waiting.join(tallies);
        }
        finish(scene);
        story.enter("when all was closed");
        if (!((ender.ends | NO_WAIT) >> which & 1))
            waiting.join(tallies);
        if (more)
            more->join(tallies);
        look_at(waiting);
        if (more)
            look_at(*more);
        story.enter("at its end");
        if (scene.has(EXPORTER) && netchan_exporter_wait_closed(scene.exporter, PLENTY, nullptr))
            strange++;
        if (scene.has(IMPORTER) && netchan_importer_wait_closed(scene.importer, PLENTY, nullptr))
            strange++;
    }
    /* The ending comes when the waits sleep, or whenever it happens. */
    void begin_together(const Waits &waiting, const Waits *more, int drops)
    {
        if (!drops && random() % 2) {
            for (unsigned spin = random() % 20000; spin > 0; spin--)
                __asm__ __volatile__("" ::: "memory");
            return;
        }
        story.enter("on the way to its wait");
        tallies[waiting.number].asleep += waiting.come_to_rest();
        if (more)
            tallies[more->number].asleep += more->come_to_rest();
    }
    static void finish(Scene &scene)
    {
        story.enter("while all is closed");
        if (scene.has(EXPORTER))
            netchan_exporter_close(scene.exporter);
        if (scene.has(IMPORTER))
            netchan_importer_close(scene.importer);
    }
    void look_at(const Waits &waits)
    {
        static const char *const good[] = {"ok", "closed", "lost", "interrupted"};
        /* Another one lists, or imports, as well; the bind came behind the exporter's close. */
        bool known =
            (waits.number == LIST && waits.word == "busy") ||
            (waits.number == IMPORT && (waits.word == "exists" || waits.word == "nochannel"));
        for (const char *one : good)
            known = known || waits.word == one;
        if (!known)
            std::printf("%s answered %s\n", waiters[waits.number].name, waits.word.c_str());
        strange += !known;
    }
    std::mt19937 random;
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

int run(int64_t count, unsigned seed, int only_waiter, int only_ender)
{
    std::thread([] {}).join(); /* a sanitizer's own thread begins with the first */
    int descriptors = entries_of("/proc/self/fd"), threads = entries_of("/proc/self/task");
    int64_t begun = now_ms();
    Rounds rounds(seed);
    rounds.only_waiter = only_waiter;
    rounds.only_ender = only_ender;
    {
        Watchdog watchdog;
        rounds.run(count);
    }
    for (size_t i = 0; i < WAITERS; i++) {
        std::printf("%-36s %6lld slept;", waiters[i].name, (long long)rounds.tallies[i].asleep);
        for (const auto &entry : rounds.tallies[i].words)
            std::printf(" %s %lld", entry.first.c_str(), (long long)entry.second);
        std::printf("\n");
    }
    /* The one thread that was joined may still have been counted. */
    bool clean = eventually([&] {
        return entries_of("/proc/self/fd") == descriptors &&
               entries_of("/proc/self/task") <= threads;
    });
    std::printf("%lld rounds, %zu pairings, seed %u, %lld ms; %lld strange answers; %s\n",
                (long long)count, WAITERS * ENDERS, seed, (long long)(now_ms() - begun),
                (long long)rounds.strange,
                clean ? "nothing left behind" : "descriptors or threads left behind");
    return clean && !rounds.strange ? 0 : 1;
}

} // namespace

int main(int argc, char **argv)
{
    int64_t count = argc > 1 ? std::atoll(argv[1]) : sample_or_all(2000, 100000);
    try {
        return run(count, argc > 2 ? (unsigned)std::atoi(argv[2]) : 1,
                   argc > 3 ? std::atoi(argv[3]) : -1, argc > 4 ? std::atoi(argv[4]) : -1);
    } catch (const std::exception &error) {
        std::printf("round %lld: %s\n", (long long)story.round, error.what());
        std::fflush(stdout);
        _exit(1);
    }
}
