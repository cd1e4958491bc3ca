/* SPDX-License-Identifier: MIT */
/*
 * Every call of the header that can wait, and what it needs to wait for ever.
 */
#ifndef NETCHAN_TESTS_ABI_WAITS_HPP
#define NETCHAN_TESTS_ABI_WAITS_HPP

#include "raw_peer.hpp"

#include <csignal>

namespace waiting
{

using namespace abi;

inline void nothing(int)
{
}

/* A handler for SIGUSR1, put back at the end. */
class Handler
{
  public:
    explicit Handler(int flags)
    {
        struct sigaction action = {};
        action.sa_handler = nothing;
        action.sa_flags = flags;
        sigaction(SIGUSR1, &action, &before);
    }
    ~Handler()
    {
        sigaction(SIGUSR1, &before, nullptr);
    }

  private:
    struct sigaction before;
};

/* Whatever a wait needs so that it waits for ever: a peer that says nothing more, full and empty
 * channels. */
struct Scene {
    Scene()
    {
        demand(exporter.publish("out", unacknowledged, NETCHAN_SEND) == "ok" ? 0 : -1, "export");
        demand(unacknowledged.send(1) == "ok" ? 0 : -1, "send");
        silent.bind(1, "out", "recv", 10);
        if (silent.expect("data").kind != "data")
            throw std::runtime_error("no value came");
        demand(peer.import("in", doubtful, NETCHAN_SEND) == "ok" ? 0 : -1, "import");
        demand(doubtful.send(1) == "ok" ? 0 : -1, "send");
        if (peer.raw.expect("data").kind != "data")
            throw std::runtime_error("no value came");
        demand(full.send(1) == "ok" ? 0 : -1, "send");
        demand(netchan_select_new(select.out()), "select");
        demand(netchan_select_add_recv(select, empty), "select");
        demand(netchan_select_add_send(select, full, nullptr), "select");
        /* A listener that never accepts: a connection is made, and no greeting comes. */
        deaf = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        struct sockaddr_in name = {};
        name.sin_family = AF_INET;
        name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof name;
        if (::bind(deaf, (struct sockaddr *)&name, sizeof name) || listen(deaf, 100) ||
            getsockname(deaf, (struct sockaddr *)&name, &length))
            throw std::runtime_error("listen");
        deaf_url = "tcp://127.0.0.1:" + std::to_string(ntohs(name.sin_port));
    }
    ~Scene()
    {
        ::close(deaf);
    }
    Exporter exporter;
    Channel unacknowledged{10}, doubtful{10}, full{1}, empty{0}, unbound{0};
    RawPeer silent = raw_importer(exporter);
    RawExporter peer;
    Handle<netchan_select, netchan_select_unref> select;
    int deaf = -1;
    std::string deaf_url;
    int round = 0;
};

struct Wait {
    const char *name;
    std::function<int64_t(Scene &, int64_t, netchan_cancel *)> call;
};

/* All but listen, which waits only while a name is looked up, and wait_closed, below. */
const Wait waits[] = {
    {"channel_send",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_channel_send(scene.full, Value("2"), ms, cancel);
     }},
    {"channel_send_text",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_channel_send_text(scene.full, "2", 1, ms, cancel);
     }},
    {"channel_send_many",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         Value value("2");
         netchan_value *values[] = {value, value};
         return netchan_channel_send_many(scene.full, values, 2, ms, cancel);
     }},
    {"channel_recv",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         netchan_value *value;
         return (int64_t)netchan_channel_recv(scene.empty, &value, ms, cancel);
     }},
    {"channel_recv_many",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         netchan_value *values[2];
         return netchan_channel_recv_many(scene.empty, values, 2, ms, cancel);
     }},
    {"select_wait",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         int64_t number;
         netchan_value *value;
         return (int64_t)netchan_select_wait(scene.select, &number, &value, ms, cancel);
     }},
    {"exporter_drain",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_exporter_drain(scene.exporter, NETCHAN_RECEIVED, ms, cancel);
     }},
    {"exporter_sync",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_exporter_sync(scene.exporter, NETCHAN_TAKEN, ms, cancel);
     }},
    {"importer_drain",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_importer_drain(scene.peer.importer, NETCHAN_TAKEN, ms, cancel);
     }},
    {"importer_sync",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         return (int64_t)netchan_importer_sync(scene.peer.importer, NETCHAN_RECEIVED, ms, cancel);
     }},
    {"importer_list",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         netchan_value *names;
         return (int64_t)netchan_importer_list(scene.peer.importer, "", ms, cancel, &names);
     }},
    {"importer_import",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         std::string name = "never answered " + std::to_string(++scene.round);
         return (int64_t)netchan_importer_import(scene.peer.importer, name.c_str(), scene.unbound,
                                                 NETCHAN_RECV, 1, -1, nullptr, ms, cancel);
     }},
    {"importer_connect",
     [](Scene &scene, int64_t ms, netchan_cancel *cancel) {
         netchan_importer *importer;
         return (int64_t)netchan_importer_connect(scene.deaf_url.c_str(), nullptr, ms, cancel,
                                                  &importer);
     }},
    {"importer_from_fd",
     [](Scene &, int64_t ms, netchan_cancel *cancel) {
         auto fds = socket_pair();
         netchan_importer *importer;
         int code = netchan_importer_from_fd(fds.first, nullptr, ms, cancel, &importer);
         ::close(fds.first); /* it is still ours */
         ::close(fds.second);
         return (int64_t)code;
     }},
};

/* Nothing was taken out and nothing put in by all these waits. */
inline void check_untouched(Scene &scene)
{
    CHECK(scene.full.length() == 1);
    CHECK(scene.empty.length() == 0);
    CHECK(scene.unbound.state() == "ok");
    CHECK(scene.exporter.stream("out", "sent") == 1);
}

} // namespace waiting

#endif
