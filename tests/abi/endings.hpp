/* SPDX-License-Identifier: MIT */
/*
 * The tables of tests/abi/endings.cpp: what a round is made of, who waits in it, and who ends it.
 */
#ifndef NETCHAN_TESTS_ABI_ENDINGS_HPP
#define NETCHAN_TESTS_ABI_ENDINGS_HPP

#include "owners.hpp"

#include <atomic>

namespace endings
{

using namespace abi;

const int64_t FOREVER = -1;

/* ---- a round's scene ---- */

/* What a thread touches while others might drop it. */
enum Part { NONE = 0, EXPORTER = 1, IMPORTER = 2, CHANNELS = 4 };

/* Values stand in both channels and on both streams, none is taken: sends, drains and syncs wait.
 * Nobody sends more: once these are taken, receives wait.
 *
 * Pointers stay as they are when a reference is dropped: other threads have read them, and how they
 * are known to be done with that is nothing a sanitizer could see. */
struct Scene {
    Scene()
    {
        auto fds = socket_pair();
        /* The same connection once more, to cut it by. */
        cut = fcntl(fds.first, F_DUPFD_CLOEXEC, 0);
        for (netchan_channel **channel : {&out, &given})
            demand(netchan_channel_new(1, channel), "channel");
        for (netchan_channel **channel : {&in, &got})
            demand(netchan_channel_new(0, channel), "channel");
        demand(netchan_exporter_new(nullptr, &exporter), "exporter");
        demand(netchan_exporter_export(exporter, "out", out, NETCHAN_SEND, nullptr), "export");
        demand(netchan_exporter_export(exporter, "in", in, NETCHAN_RECV, nullptr), "export");
        demand(netchan_exporter_serve_fd(exporter, fds.first), "serve_fd");
        demand(netchan_importer_from_fd(fds.second, nullptr, PLENTY, nullptr, &importer),
               "from_fd");
        import("out", got, NETCHAN_RECV);
        import("in", given, NETCHAN_SEND);
        for (int i = 0; i < 2; i++) {
            demand(netchan_channel_send_text(out, "1", 1, PLENTY, nullptr), "send");
            demand(netchan_channel_send_text(given, "1", 1, PLENTY, nullptr), "send");
        }
    }
    ~Scene()
    {
        drop(EXPORTER | IMPORTER | CHANNELS);
        ::close(cut);
    }
    Scene(const Scene &) = delete;
    Scene &operator=(const Scene &) = delete;
    void drop(int parts)
    {
        parts &= ~dropped.fetch_or(parts);
        if (parts & EXPORTER)
            netchan_exporter_unref(exporter);
        if (parts & IMPORTER)
            netchan_importer_unref(importer);
        for (netchan_channel *channel : {out, in, got, given}) {
            if (parts & CHANNELS)
                netchan_channel_unref(channel);
        }
    }
    bool has(int part) const
    {
        return !(dropped & part);
    }
    netchan_channel *out = nullptr, *in = nullptr, *got = nullptr, *given = nullptr;
    Cancel cancel;
    netchan_exporter *exporter = nullptr;
    netchan_importer *importer = nullptr;
    std::atomic<int> dropped{0};
    int cut = -1;

  private:
    void import(const char *name, netchan_channel *channel, int direction)
    {
        demand(netchan_importer_import(importer, name, channel, direction, 1, -1, nullptr, PLENTY,
                                       nullptr),
               "import");
    }
};

using Begun = std::atomic<int>;

/* From here on the thread needs nothing of the scene but what its call was given. */
inline void begin(Begun &begun)
{
    begun = (int)gettid();
}

/* ---- those who wait ---- */

enum Waiting {
    SEND_OUT,
    SEND_GIVEN,
    SEND_MANY,
    RECV_GOT,
    RECV_IN,
    RECV_MANY,
    SELECT,
    EXPORTER_DRAIN,
    EXPORTER_SYNC,
    IMPORTER_DRAIN,
    IMPORTER_SYNC,
    IMPORT,
    LIST,
    EXPORTER_CLOSED,
    IMPORTER_CLOSED,
    WAITERS
};

struct Waiter {
    const char *name;
    int uses; /* what must not go before the call has begun */
    int64_t (*wait)(Scene &scene, Begun &begun);
};

/* A reference of the thread's own, for as long as it waits. */
inline Channel own(netchan_channel *channel)
{
    return Channel::owning(netchan_channel_ref(channel));
}

inline int64_t send_until_end(Scene &scene, Channel channel, Begun &begun)
{
    begin(begun);
    int code;
    while (!(code = netchan_channel_send_text(channel, "2", 1, FOREVER, scene.cancel)))
        continue;
    return code;
}

inline int64_t recv_until_end(Scene &scene, Channel channel, Begun &begun)
{
    begin(begun);
    Value value;
    int code;
    while (!(code = netchan_channel_recv(channel, value.out(), FOREVER, scene.cancel)))
        continue;
    return code;
}

inline int64_t select_until_end(Scene &scene, Begun &begun)
{
    Handle<netchan_select, netchan_select_unref> select;
    Value value("3"), received;
    int64_t number;
    int code = netchan_select_new(select.out());
    netchan_select_add_recv(select, scene.got);
    netchan_select_add_recv(select, scene.in);
    netchan_select_add_send(select, scene.given, value);
    begin(begun);
    while (!code) {
        code = netchan_select_wait(select, &number, received.out(), FOREVER, scene.cancel);
        if (!code && number == 2)
            netchan_select_set(select, 2, value);
    }
    return code;
}

const Waiter waiters[WAITERS] = {
    {"send to an exported channel", CHANNELS,
     [](Scene &scene, Begun &begun) { return send_until_end(scene, own(scene.out), begun); }},
    {"send to an imported channel", CHANNELS,
     [](Scene &scene, Begun &begun) { return send_until_end(scene, own(scene.given), begun); }},
    {"send_many", CHANNELS,
     [](Scene &scene, Begun &begun) {
         Channel channel = own(scene.out);
         Value value("4");
         netchan_value *values[] = {value, value};
         int64_t count;
         begin(begun);
         while ((count = netchan_channel_send_many(channel, values, 2, FOREVER, scene.cancel)) > 0)
             continue;
         return count;
     }},
    {"recv from an imported channel", CHANNELS,
     [](Scene &scene, Begun &begun) { return recv_until_end(scene, own(scene.got), begun); }},
    {"recv from an exported channel", CHANNELS,
     [](Scene &scene, Begun &begun) { return recv_until_end(scene, own(scene.in), begun); }},
    {"recv_many", CHANNELS,
     [](Scene &scene, Begun &begun) {
         Channel channel = own(scene.got);
         netchan_value *values[2];
         int64_t count;
         begin(begun);
         while ((count = netchan_channel_recv_many(channel, values, 2, FOREVER, scene.cancel)) >
                0) {
             while (count-- > 0)
                 netchan_value_unref(values[count]);
         }
         return count;
     }},
    {"select", CHANNELS, select_until_end},
    {"exporter_drain", EXPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_exporter_drain(scene.exporter, NETCHAN_TAKEN, FOREVER,
                                                scene.cancel);
     }},
    {"exporter_sync", EXPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_exporter_sync(scene.exporter, NETCHAN_TAKEN, FOREVER,
                                               scene.cancel);
     }},
    {"importer_drain", IMPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_importer_drain(scene.importer, NETCHAN_TAKEN, FOREVER,
                                                scene.cancel);
     }},
    {"importer_sync", IMPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_importer_sync(scene.importer, NETCHAN_TAKEN, FOREVER,
                                               scene.cancel);
     }},
    {"import of a name that does not come", IMPORTER,
     [](Scene &scene, Begun &begun) {
         Channel channel(0);
         Options options({{"wait", "-1"}});
         begin(begun);
         return (int64_t)netchan_importer_import(scene.importer, "never", channel, NETCHAN_RECV, 1,
                                                 -1, options, FOREVER, scene.cancel);
     }},
    {"list", IMPORTER,
     [](Scene &scene, Begun &begun) {
         Value names;
         begin(begun);
         return (int64_t)netchan_importer_list(scene.importer, "", FOREVER, scene.cancel,
                                               names.out());
     }},
    {"exporter_wait_closed", EXPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_exporter_wait_closed(scene.exporter, FOREVER, scene.cancel);
     }},
    {"importer_wait_closed", IMPORTER,
     [](Scene &scene, Begun &begun) {
         begin(begun);
         return (int64_t)netchan_importer_wait_closed(scene.importer, FOREVER, scene.cancel);
     }},
};

/* ---- those who end ---- */

using Set = unsigned;

constexpr Set set(std::initializer_list<Waiting> list)
{
    Set bits = 0;
    for (Waiting one : list)
        bits |= 1u << one;
    return bits;
}

const Set NO_WAIT = set({LIST, EXPORTER_CLOSED, IMPORTER_CLOSED}); /* end in any case */
const Set OUT = set({SEND_OUT, SEND_MANY});
const Set GOT = set({RECV_GOT, RECV_MANY, SELECT});
const Set IN = set({RECV_IN, SELECT});
const Set GIVEN = set({SEND_GIVEN, SELECT});
const Set THERE = set({EXPORTER_DRAIN, EXPORTER_SYNC});
const Set HERE = set({IMPORTER_DRAIN, IMPORTER_SYNC, IMPORT});
const Set EVERY = (1u << WAITERS) - 1;

struct Ender {
    const char *name;
    int uses, drops;
    Set ends; /* which waits it must end, all by itself */
    void (*end)(Scene &scene);
};

const Ender enders[] = {
    {"close of the exporter's send channel", CHANNELS, NONE, OUT | GOT,
     [](Scene &scene) { netchan_channel_close(scene.out); }},
    {"close of the importer's send channel", CHANNELS, NONE, GIVEN | IN,
     [](Scene &scene) { netchan_channel_close(scene.given); }},
    {"close of the importer's receive channel", CHANNELS, NONE, GOT,
     [](Scene &scene) { netchan_channel_close(scene.got); }},
    {"close of the exporter's receive channel", CHANNELS, NONE, IN | GIVEN,
     [](Scene &scene) { netchan_channel_close(scene.in); }},
    {"exporter_hangup of its send channel", EXPORTER, NONE, OUT | GOT | THERE,
     [](Scene &scene) { netchan_exporter_hangup(scene.exporter, "out"); }},
    {"exporter_hangup of its receive channel", EXPORTER, NONE, IN | GIVEN,
     [](Scene &scene) { netchan_exporter_hangup(scene.exporter, "in"); }},
    {"importer_hangup of its receive channel", IMPORTER, NONE, GOT,
     [](Scene &scene) { netchan_importer_hangup(scene.importer, "out"); }},
    {"importer_hangup of its send channel", IMPORTER, NONE, IN | GIVEN,
     [](Scene &scene) { netchan_importer_hangup(scene.importer, "in"); }},
    {"exporter_close", EXPORTER, NONE, OUT | GOT | IN | GIVEN | THERE | HERE,
     [](Scene &scene) { netchan_exporter_close(scene.exporter); }},
    {"importer_close", IMPORTER, NONE, GOT | IN | GIVEN | HERE,
     [](Scene &scene) { netchan_importer_close(scene.importer); }},
    {"exporter_wait_closed", EXPORTER, NONE, OUT | GOT | IN | GIVEN | THERE | HERE,
     [](Scene &scene) { netchan_exporter_wait_closed(scene.exporter, PLENTY, nullptr); }},
    {"importer_wait_closed", IMPORTER, NONE, GOT | IN | GIVEN | HERE,
     [](Scene &scene) { netchan_importer_wait_closed(scene.importer, PLENTY, nullptr); }},
    {"exporter_unref", NONE, EXPORTER, OUT | GOT | IN | GIVEN | THERE | HERE,
     [](Scene &scene) { scene.drop(EXPORTER); }},
    {"importer_unref", NONE, IMPORTER, GOT | IN | GIVEN | HERE,
     [](Scene &scene) { scene.drop(IMPORTER); }},
    {"the connection is cut", NONE, NONE, GOT | IN | GIVEN | HERE,
     [](Scene &scene) { shutdown(scene.cut, SHUT_RDWR); }},
    {"a token is fired", NONE, NONE, EVERY, [](Scene &scene) { scene.cancel.fire(); }},
    {"the program's references to the channels go", NONE, CHANNELS, 0,
     [](Scene &scene) { scene.drop(CHANNELS); }},
};

const size_t ENDERS = sizeof enders / sizeof *enders;

} // namespace endings

#endif
