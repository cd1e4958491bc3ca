/* SPDX-License-Identifier: MIT */
/*
 * [row:M4] Ten thousand links that do nothing, in two processes: they cost little memory, no
 * threads, and no time of the one link that does something. Skipped (77) where so many descriptors
 * are not allowed.
 */
#include "process.hpp"

#include "owners.hpp"

using namespace abi;

namespace
{

const int64_t MEMORY = 4096; /* bytes resident for each */
#ifdef ABI_SANITIZED
/* A sanitizer has memory and a thread of its own: here only that it works is looked at. */
const int64_t LINKS = 1000, THREADS = 3;
#else
const int64_t LINKS = 10000, THREADS = 2;
#endif

int failures;

void check(bool good, const std::string &what)
{
    std::printf("%s: %s\n", good ? "good" : "BAD", what.c_str());
    failures += !good;
}

int64_t resident(pid_t pid)
{
    return process_figure(pid, "VmRSS") * 1024;
}

void run()
{
    Exporter exporter;
    std::string url = exporter.listens_on(Way::unix_socket);
    Channel sent(10), got(0);
    exporter.publish("out", sent, NETCHAN_SEND);
    Importer first = exporter.meet(Way::unix_socket);
    Process peer;
    int64_t before = resident(getpid()), theirs = resident(peer.id());
    int64_t threads = process_figure(getpid(), "Threads");

    int64_t begun = now_ms();
    std::string said = peer.ask("links " + std::to_string(LINKS) + " " + url);
    check(said == "ok " + std::to_string(LINKS), "all connect: " + said);
    std::printf("connected in %lld ms\n", (long long)(now_ms() - begun));
    check(exporter.stats()["links"].integer() == LINKS + 1, "all are served");
    check(process_figure(getpid(), "Threads") == threads, "no thread more at the exporter");
    check(process_figure(peer.id(), "Threads") <= THREADS, "one library thread at the importers");

    /* What was used for the greetings is given back after a second of idleness. */
    int64_t each = 0;
    bool small =
        eventually([&] { return (each = (resident(getpid()) - before) / LINKS) <= MEMORY; }, 10000);
#ifdef ABI_SANITIZED
    small = true;
#endif
    check(small, std::to_string(each) + " bytes resident for each link at the exporter");
    std::printf("%lld bytes for each at the importers\n",
                (long long)((resident(peer.id()) - theirs) / LINKS));

    begun = now_ms();
    Importer honest = exporter.meet(Way::unix_socket);
    check(honest.import("out", got, NETCHAN_RECV) == "ok" && sent.send_range(1, 100) == "ok" &&
              got.take(100) == range(1, 100),
          "one more link works");
    check(now_ms() - begun < 1000, "within a second");
    int64_t idle = cpu_ms();
    rest_a_little(1000);
    idle = cpu_ms() - idle;
    check(idle < 300, std::to_string(idle) + " ms of processor time in a second of idleness");

    begun = now_ms();
    check(peer.ask("bye") == "ok", "all end in order");
    check(eventually([&] { return exporter.stats()["links"].integer() == 2; }), "and are gone");
    std::printf("ended in %lld ms\n", (long long)(now_ms() - begun));
}

} // namespace

int main()
{
    if (!enough_descriptors(LINKS + 100)) {
        std::printf("skipped: %lld descriptors for each of two processes are not allowed here\n",
                    (long long)LINKS + 100);
        return 77;
    }
    try {
        run();
    } catch (const std::exception &error) {
        check(false, error.what());
    }
    return failures ? 1 : 0;
}
