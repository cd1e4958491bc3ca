/* SPDX-License-Identifier: MIT */
/*
 * fork, and calls on objects that have ended: a clean answer from every function, and the parent
 * untouched.
 */
#include "catch_shim.hpp"

#include "process.hpp"
#include "raw_peer.hpp"

#include <atomic>

using namespace abi;
using netchan_test::has_text;

namespace
{

/* One of each object, with a link that lives. */
struct Scene {
    Scene()
    {
        demand(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(pair.importer.import("out", got, NETCHAN_RECV, 3) == "ok" ? 0 : -1, "import");
        demand(netchan_select_new(select.out()), "select");
        demand(netchan_select_add_recv(select, got), "select");
        demand(netchan_channel_fd(got, NETCHAN_RECV), "fd");
    }
    bool works()
    {
        return sent.send(++round) == "ok" && got.next() == std::to_string(round) &&
               pair.exporter.drain(NETCHAN_TAKEN) == "ok";
    }
    Pair pair{Way::tcp};
    Channel sent{2}, got{0};
    Handle<netchan_select, netchan_select_unref> select;
    int64_t round = 0;
};

struct Use {
    const char *name;
    std::function<int64_t(Scene &)> call;
};

Importer &importer(Scene &scene)
{
    return scene.pair.importer;
}

Exporter &exporter(Scene &scene)
{
    return scene.pair.exporter;
}

netchan_value *some_value;

const Use uses[] = {
    {"channel_send",
     [](Scene &scene) { return netchan_channel_send(scene.sent, some_value, -1, nullptr); }},
    {"channel_send_text",
     [](Scene &scene) { return netchan_channel_send_text(scene.sent, "1", 1, -1, nullptr); }},
    {"channel_send_many",
     [](Scene &scene) {
         return netchan_channel_send_many(scene.sent, &some_value, 1, -1, nullptr);
     }},
    {"channel_recv",
     [](Scene &scene) {
         netchan_value *value;
         return netchan_channel_recv(scene.got, &value, -1, nullptr);
     }},
    {"channel_recv_many",
     [](Scene &scene) {
         netchan_value *value;
         return netchan_channel_recv_many(scene.got, &value, 1, -1, nullptr);
     }},
    {"channel_close", [](Scene &scene) { return netchan_channel_close(scene.sent); }},
    {"channel_fd", [](Scene &scene) { return netchan_channel_fd(scene.got, NETCHAN_RECV); }},
    {"channel_hold", [](Scene &scene) { return netchan_channel_hold(scene.got); }},
    {"channel_release", [](Scene &scene) { return netchan_channel_release(scene.got); }},
    {"channel_state", [](Scene &scene) { return netchan_channel_state(scene.got); }},
    {"select_wait",
     [](Scene &scene) {
         int64_t number;
         netchan_value *value;
         return netchan_select_wait(scene.select, &number, &value, -1, nullptr);
     }},
    {"exporter_listen",
     [](Scene &scene) {
         return netchan_exporter_listen(exporter(scene), "tcp://127.0.0.1:0", -1, nullptr);
     }},
    {"exporter_export",
     [](Scene &scene) {
         return netchan_exporter_export(exporter(scene), "x", scene.sent, NETCHAN_SEND, nullptr);
     }},
    {"exporter_hangup",
     [](Scene &scene) { return netchan_exporter_hangup(exporter(scene), "out"); }},
    {"exporter_drain",
     [](Scene &scene) {
         return netchan_exporter_drain(exporter(scene), NETCHAN_TAKEN, -1, nullptr);
     }},
    {"exporter_sync",
     [](Scene &scene) {
         return netchan_exporter_sync(exporter(scene), NETCHAN_TAKEN, -1, nullptr);
     }},
    {"exporter_errors",
     [](Scene &scene) {
         netchan_channel *errors;
         return netchan_exporter_errors(exporter(scene), &errors);
     }},
    {"exporter_stats",
     [](Scene &scene) {
         netchan_value *stats;
         return netchan_exporter_stats(exporter(scene), &stats);
     }},
    {"exporter_close", [](Scene &scene) { return netchan_exporter_close(exporter(scene)); }},
    {"exporter_wait_closed",
     [](Scene &scene) { return netchan_exporter_wait_closed(exporter(scene), -1, nullptr); }},
    {"importer_import",
     [](Scene &scene) {
         return netchan_importer_import(importer(scene), "x", scene.got, NETCHAN_RECV, 1, -1,
                                        nullptr, -1, nullptr);
     }},
    {"importer_list",
     [](Scene &scene) {
         netchan_value *names;
         return netchan_importer_list(importer(scene), "", -1, nullptr, &names);
     }},
    {"importer_hangup",
     [](Scene &scene) { return netchan_importer_hangup(importer(scene), "out"); }},
    {"importer_drain",
     [](Scene &scene) {
         return netchan_importer_drain(importer(scene), NETCHAN_TAKEN, -1, nullptr);
     }},
    {"importer_sync",
     [](Scene &scene) {
         return netchan_importer_sync(importer(scene), NETCHAN_TAKEN, -1, nullptr);
     }},
    {"importer_errors",
     [](Scene &scene) {
         netchan_channel *errors;
         return netchan_importer_errors(importer(scene), &errors);
     }},
    {"importer_stats",
     [](Scene &scene) {
         netchan_value *stats;
         return netchan_importer_stats(importer(scene), &stats);
     }},
    {"importer_close", [](Scene &scene) { return netchan_importer_close(importer(scene)); }},
    {"importer_wait_closed",
     [](Scene &scene) { return netchan_importer_wait_closed(importer(scene), -1, nullptr); }},
};

/* What the child finds: the number of the first use that does not answer fork, or 0. */
int use_in_child(Scene &scene)
{
    int number = 0;
    for (const Use &use : uses) {
        number++;
        if (use.call(scene) != NETCHAN_FORK || !*netchan_error_text())
            return number;
    }
    int fds[2];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, fds))
        return 100;
    if (netchan_exporter_serve_fd(exporter(scene), fds[0]) != NETCHAN_FORK)
        return 101;
    /* Dropping references is allowed, and closes nothing that the parent uses. */
    netchan_channel_unref(netchan_channel_ref(scene.got));
    if (netchan_channel_length(scene.got) > 10 || netchan_channel_capacity(scene.sent) != 2)
        return 102;
    /* What is made after the fork works. */
    Channel fresh(1);
    if (fresh.send(7) != "ok" || fresh.next() != "7")
        return 103;
#ifndef __SANITIZE_THREAD__ /* which allows no new thread in a child */
    {
        Pair own;
        Channel one(1), two(0);
        if (own.exporter.publish("a", one, NETCHAN_SEND) != "ok" || one.send(1) != "ok" ||
            own.importer.import("a", two, NETCHAN_RECV) != "ok" || two.next() != "1" ||
            own.importer.end() != "ok" || own.exporter.end() != "ok")
            return 104;
    }
#endif
    return 0;
}

int status_of(pid_t child)
{
    int status = 0;
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

} // namespace

TEST_CASE("after fork the child gets fork from every object, and the parent goes on",
          "[abi][row:P8]")
{
    Scene scene;
    Value value("1");
    some_value = value;
    REQUIRE(scene.works());
    pid_t child = fork();
    if (child == 0)
        _exit(use_in_child(scene));
    REQUIRE(child > 0);
    CHECK(status_of(child) == 0);
    CHECK(scene.works());
    CHECK(scene.pair.exporter.stats()["links"].integer() == 1);
}

namespace
{

/* Values flow both ways, and importers, channels and values come and go, until this ends. */
class Load
{
  public:
    explicit Load(Scene &of)
        : scene(of), sending(background([this] {
              int64_t number = 0;
              while (!stop) {
                  if (scene.sent.send(++number) != "ok")
                      return (int64_t)-1;
              }
              scene.sent.close();
              return number;
          })),
          receiving(background([this] {
              int64_t count = 0;
              for (std::string text; (text = scene.got.next()) != "closed"; count++) {
                  if (text != std::to_string(count + 1))
                      return (int64_t)-1;
              }
              return count;
          })),
          churning(background([this] {
              int64_t rounds = 0;
              while (!stop) {
                  Pair pair((Way)(rounds++ % 3));
                  Channel one(1), two(0);
                  if (pair.exporter.publish("a", one, NETCHAN_SEND) != "ok" ||
                      one.send(1) != "ok" || pair.importer.import("a", two, NETCHAN_RECV) != "ok" ||
                      two.next() != "1")
                      return (int64_t)-1;
              }
              return rounds;
          }))
    {
    }
    /* How many values there were; -1: something went wrong. */
    int64_t end()
    {
        stop = true;
        int64_t sent = sending.result(), got = receiving.result(), rounds = churning.result();
        return sent == got && rounds > 0 ? got : -1;
    }

  private:
    Scene &scene;
    std::atomic<bool> stop{false};
    Background<int64_t> sending, receiving, churning;
};

const int64_t FORKS = sample_or_all(200, 10000);

} // namespace

TEST_CASE("forks while values flow harm nobody, and every call answers fork in the child",
          "[abi][row:P8]")
{
    Scene scene;
    Value value("1");
    some_value = value;
    const int64_t count = sizeof uses / sizeof *uses;
    int64_t wrong = 0;
    {
        Load load(scene);
        for (int64_t round = 0; round < FORKS; round++) {
            pid_t child = fork();
            if (child == 0) {
                alarm(60); /* a child that hangs is killed, and so counted */
                const Use &one = uses[round % count], &other = uses[round / count % count];
                _exit(one.call(scene) == NETCHAN_FORK && other.call(scene) == NETCHAN_FORK ? 0 : 1);
            }
            REQUIRE(child > 0);
            wrong += status_of(child) != 0;
        }
        int64_t flowed = load.end();
        std::printf("%lld forks beside %lld values\n", (long long)FORKS, (long long)flowed);
        CHECK(flowed > 0);
    }
    CHECK(wrong == 0);
    CHECK(scene.pair.exporter.stats()["links"].integer() == 1);
}

namespace
{

/* What a program finds open that is started now: "0 1 2 9", after what its shell opened itself. */
std::string open_after_exec()
{
    int fds[2];
    if (pipe2(fds, O_CLOEXEC))
        return "no pipe";
    pid_t child = fork();
    if (child == 0) {
        dup2(fds[1], 1);
        execl("/bin/sh", "sh", "-c", "cd /proc/$$/fd && echo *", (char *)nullptr);
        _exit(127);
    }
    ::close(fds[1]);
    std::string text;
    char bytes[512];
    for (ssize_t length; (length = read(fds[0], bytes, sizeof bytes)) > 0;)
        text.append(bytes, (size_t)length);
    ::close(fds[0]);
    return status_of(child) == 0 ? text : "no shell";
}

} // namespace

TEST_CASE("what is executed while links come and go inherits no descriptor of the library",
          "[abi][row:P8][S15.4]")
{
    std::string before = open_after_exec();
    Scene scene;
    std::string different;
    {
        Load load(scene);
        for (int64_t round = 0; round < sample_or_all(50, 1000) && different.empty(); round++) {
            std::string now = open_after_exec();
            if (now != before)
                different = now;
        }
        CHECK(load.end() > 0);
    }
    CHECK_THAT(before, has_text("0 1 "));
    CHECK(different == "");
}

TEST_CASE("no descriptor of the library passes an exec", "[abi][row:P8][S15.4]")
{
    Scene scene;
    Cancel cancel;
    Exporter listening;
    listening.listens_on(Way::unix_socket);
    DIR *folder = opendir("/proc/self/fd");
    REQUIRE(folder);
    int checked = 0;
    while (dirent *entry = readdir(folder)) {
        int fd = std::atoi(entry->d_name);
        if (entry->d_name[0] == '.' || fd <= 2 || fd == dirfd(folder))
            continue;
        char target[256];
        std::string path = std::string("/proc/self/fd/") + entry->d_name;
        ssize_t length = readlink(path.c_str(), target, sizeof target - 1);
        std::string what(target, length > 0 ? (size_t)length : 0);
        if (what.find("socket:") == std::string::npos &&
            what.find("anon_inode") == std::string::npos)
            continue;
        INFO(path << " is " << what);
        CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
        checked++;
    }
    closedir(folder);
    CHECK(checked >= 6); /* epoll, bell, sockets, the cancel token, a channel's descriptor */
}

TEST_CASE("calls on an exporter that was closed answer closed", "[abi][S11.11]")
{
    Scene scene;
    Channel more(1);
    Exporter &exporter = scene.pair.exporter;
    REQUIRE(netchan_exporter_close(exporter) == 0);
    REQUIRE(netchan_exporter_close(exporter) == 0);
    CHECK(exporter.publish("x", more, NETCHAN_SEND) == "closed");
    CHECK(exporter.listen("tcp://127.0.0.1:0") == "closed");
    CHECK(exporter.hangup("out") == "closed");
    CHECK(exporter.drain() == "closed");
    CHECK(exporter.sync() == "closed");
    auto fds = socket_pair();
    CHECK(netchan_exporter_serve_fd(exporter, fds.first) == NETCHAN_CLOSED);
    CHECK(::close(fds.first) == 0);
    ::close(fds.second);
    CHECK(exporter.stats()["role"].string() == "exporter");
    CHECK(exporter.errors().next() == "closed");
    CHECK(scene.got.next() == "closed");
    CHECK(scene.sent.send(1) == "closed");
    CHECK(exporter.end() == "ok");
    CHECK(exporter.end() == "ok");
    CHECK(exporter.stats()["links"].integer() == 0);
}

TEST_CASE("calls on an importer that was closed answer closed", "[abi]")
{
    Scene scene;
    Importer &importer = scene.pair.importer;
    REQUIRE(netchan_importer_close(importer) == 0);
    REQUIRE(netchan_importer_close(importer) == 0);
    Channel more(1);
    CHECK(importer.import("x", more, NETCHAN_RECV) == "closed");
    netchan_value *names;
    CHECK(netchan_importer_list(importer, "", PLENTY, nullptr, &names) == NETCHAN_CLOSED);
    CHECK(importer.hangup("out") == "closed");
    CHECK(importer.drain() == "closed");
    CHECK(importer.sync() == "closed");
    CHECK(importer.errors().next() == "closed");
    CHECK(scene.got.next() == "closed");
    CHECK(importer.end() == "ok");
    CHECK(importer.stats()["role"].string() == "importer");
    CHECK(scene.sent.state() == "ok"); /* an importer that went in order ends nothing */
}

TEST_CASE("channels outlive their exporters and importers", "[abi][S8.25][S12.10]")
{
    Channel sent(3), got(0);
    Channel errors;
    {
        Pair pair;
        errors = pair.importer.errors();
        REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
        REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 3) == "ok");
        REQUIRE(sent.send_range(1, 3) == "ok");
        REQUIRE(pair.importer.stream_reaches("out", "received", 3));
    }
    CHECK(got.rest() == "1 2 3 closed");
    CHECK(errors.next() == "closed");
    CHECK(sent.state() == "closed");
}

TEST_CASE("wait_closed can be called again, and long after everything has ended", "[abi][S11.12]")
{
    for (int round = 0; round < 20; round++) {
        Exporter exporter;
        int64_t threads = process_figure(getpid(), "Threads");
        REQUIRE(netchan_exporter_close(exporter) == 0);
        /* The library's thread takes itself away when nobody waits for it. */
        REQUIRE(eventually([&] { return process_figure(getpid(), "Threads") < threads; }));
        CHECK(exporter.end() == "ok");
        CHECK(exporter.end() == "ok");
    }
}

TEST_CASE("unref of a live exporter or importer closes it, and waits for nothing", "[abi]")
{
    Channel sent(1), got(0);
    auto fds = socket_pair();
    netchan_exporter *exporter = nullptr;
    netchan_importer *importer = nullptr;
    REQUIRE(netchan_exporter_new(nullptr, &exporter) == 0);
    REQUIRE(netchan_exporter_export(exporter, "out", sent, NETCHAN_SEND, nullptr) == 0);
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    REQUIRE(netchan_importer_from_fd(fds.second, nullptr, PLENTY, nullptr, &importer) == 0);
    REQUIRE(netchan_importer_import(importer, "out", got, NETCHAN_RECV, 1, -1, nullptr, PLENTY,
                                    nullptr) == 0);
    Exporter other; /* to wait for the end of the library's thread at last */
    netchan_exporter_unref(exporter);
    CHECK(got.next() == "closed");
    netchan_importer_unref(importer);
    netchan_exporter_unref(nullptr);
    netchan_importer_unref(nullptr);
    /* Both ends of the connection are closed in the background. */
    CHECK(eventually(
        [&] { return fcntl(fds.first, F_GETFD) < 0 && fcntl(fds.second, F_GETFD) < 0; }));
}

TEST_CASE("unref of an exporter or importer ends the waits of other threads", "[abi]")
{
    Exporter other; /* to wait for the end of the library's thread at last */
    for (const char *what : {"drain", "sync", "import", "wait_closed"}) {
        INFO(what);
        std::string name(what);
        Channel sent(1), given(1), never(0);
        auto fds = socket_pair();
        netchan_exporter *exporter = nullptr;
        netchan_importer *importer = nullptr;
        REQUIRE(netchan_exporter_new(nullptr, &exporter) == 0);
        REQUIRE(netchan_exporter_export(exporter, "out", sent, NETCHAN_SEND, nullptr) == 0);
        REQUIRE(netchan_exporter_export(exporter, "in", never, NETCHAN_RECV, nullptr) == 0);
        REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
        REQUIRE(netchan_importer_from_fd(fds.second, nullptr, PLENTY, nullptr, &importer) == 0);
        REQUIRE(netchan_importer_import(importer, "in", given, NETCHAN_SEND, 1, -1, nullptr, PLENTY,
                                        nullptr) == 0);
        REQUIRE(sent.send(1) == "ok"); /* for nobody */
        REQUIRE(given.send(1) == "ok");
        Options waiting({{"wait", "-1"}});
        auto there = background([&] {
            return name == "wait_closed"
                       ? netchan_exporter_wait_closed(exporter, PLENTY, nullptr)
                       : netchan_exporter_drain(exporter, NETCHAN_TAKEN, PLENTY, nullptr);
        });
        auto here = background([&] {
            Channel one(0);
            if (name == "drain")
                return netchan_importer_drain(importer, NETCHAN_TAKEN, PLENTY, nullptr);
            if (name == "sync")
                return netchan_importer_sync(importer, NETCHAN_TAKEN, PLENTY, nullptr);
            if (name == "import")
                return netchan_importer_import(importer, "never", one, NETCHAN_RECV, 1, -1, waiting,
                                               PLENTY, nullptr);
            return netchan_importer_wait_closed(importer, PLENTY, nullptr);
        });
        REQUIRE(there.waits());
        REQUIRE(here.waits());
        netchan_importer_unref(importer);
        netchan_exporter_unref(exporter);
        bool closing = name == "wait_closed";
        std::string ended = word(here.result());
        /* The value that nobody took is lost; a wait may hear of that first. */
        bool may_lose = name == "drain" || name == "sync";
        CHECK((ended == (closing ? "ok" : "closed") || (may_lose && ended == "lost")));
        CHECK(word(there.result()) == (closing ? "ok" : "lost")); /* a value is left */
    }
}
