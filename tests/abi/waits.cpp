/* SPDX-License-Identifier: MIT */
/*
 * Every call of the header that can wait: its time runs out, its token is fired by another thread,
 * a signal comes. Each answers one thing, and an interrupted wait has taken nothing out.
 */
#include "catch_shim.hpp"

#include "waits.hpp"

using namespace abi;
using namespace waiting;

namespace
{

/* Signals to a thread until it has come back. */
void disturb(Background<int64_t> &waiting)
{
    while (!waiting.done()) {
        pthread_kill(waiting.handle(), SIGUSR1);
        rest_a_little();
    }
}

} // namespace

TEST_CASE("every wait ends with timeout when its time has passed", "[abi][S14.1][S14.3]")
{
    Scene scene;
    for (const Wait &wait : waits) {
        INFO(wait.name);
        int64_t begun = now_ms();
        CHECK(word(wait.call(scene, MOMENT, nullptr)) == "timeout");
        CHECK(now_ms() - begun >= MOMENT - 1);
        CHECK(now_ms() - begun < MOMENT + 2000);
        CHECK(std::string(netchan_error_text()) != "");
        CHECK(word(wait.call(scene, 0, nullptr)) == "timeout"); /* 0 does not wait */
        Cancel cancel;
        CHECK(word(wait.call(scene, MOMENT, cancel)) == "timeout");
    }
    check_untouched(scene);
}

TEST_CASE("every wait ends with interrupted when another thread fires its token",
          "[abi][S14.2][S14.5][S14.6][S14.7]")
{
    Scene scene;
    for (const Wait &wait : waits) {
        INFO(wait.name);
        Cancel cancel;
        auto waiting = background([&] { return wait.call(scene, -1, cancel); });
        REQUIRE(waiting.waits());
        CHECK_FALSE(waiting.done());
        cancel.fire();
        CHECK(word(waiting.result()) == "interrupted");
        /* It stays fired until it is reset. */
        CHECK(word(wait.call(scene, -1, cancel)) == "interrupted");
        netchan_cancel_reset(cancel);
        CHECK(word(wait.call(scene, 1, cancel)) == "timeout");
    }
    check_untouched(scene);
}

TEST_CASE("every wait ends with interrupted when a handler has run", "[abi][S14.4][S14.6]")
{
    /* Also with SA_RESTART, under which the kernel begins some waits again by itself. */
    Handler handler(GENERATE(0, SA_RESTART));
    Scene scene;
    for (const Wait &wait : waits) {
        INFO(wait.name);
        auto waiting = background([&] { return wait.call(scene, -1, nullptr); });
        disturb(waiting);
        CHECK(word(waiting.result()) == "interrupted");
        Cancel cancel;
        auto again = background([&] { return wait.call(scene, PLENTY, cancel); });
        disturb(again);
        CHECK(word(again.result()) == "interrupted");
    }
    check_untouched(scene);
}

TEST_CASE("wait_closed ends with timeout and interrupted, and can be called again",
          "[abi][S14.1][S14.2][S14.4][S14.5]")
{
    Handler handler(SA_RESTART);
    auto fds = socket_pair();
    auto others = socket_pair();
    const Settings slow = {{"link.linger", "60000"}};
    Exporter exporter(slow);
    REQUIRE(netchan_exporter_serve_fd(exporter, fds.first) == 0);
    RawPeer importing(fds.second);
    RawPeer exporting(others.second);
    exporting.say("hello", {}, hello_text("exporter"));
    Importer importer;
    Options options(slow);
    REQUIRE(netchan_importer_from_fd(others.first, options, PLENTY, nullptr, importer.out()) == 0);
    std::function<int(int64_t, netchan_cancel *)> calls[] = {
        [&](int64_t ms, netchan_cancel *cancel) {
            return netchan_exporter_wait_closed(exporter, ms, cancel);
        },
        [&](int64_t ms, netchan_cancel *cancel) {
            return netchan_importer_wait_closed(importer, ms, cancel);
        },
    };
    for (auto &call : calls) {
        Cancel cancel;
        CHECK(word(call(MOMENT, nullptr)) == "timeout");
        CHECK(word(call(0, nullptr)) == "timeout");
        cancel.fire();
        CHECK(word(call(-1, cancel)) == "interrupted");
        netchan_cancel_reset(cancel);
        auto waiting = background([&] { return (int64_t)call(-1, cancel); });
        disturb(waiting);
        CHECK(word(waiting.result()) == "interrupted");
    }
    importing.close();
    exporting.close();
    for (auto &call : calls)
        CHECK(word(call(PLENTY, nullptr)) == "ok");
}

TEST_CASE("a look-up of a name takes its time and its token", "[abi][S14.1][S14.2]")
{
    Exporter exporter;
    CHECK(exporter.listen("tcp://localhost:0") == "ok");
    /* Known names are looked up fast, so either answer is right, but not a third one. */
    std::string said = word(netchan_exporter_listen(exporter, "tcp://localhost:0", 0, nullptr));
    CHECK((said == "ok" || said == "timeout"));
    Cancel cancel;
    cancel.fire();
    said = word(netchan_exporter_listen(exporter, "tcp://localhost:0", -1, cancel));
    CHECK((said == "ok" || said == "interrupted"));
}

TEST_CASE("a result that is there wins over a fired token and over a time of 0",
          "[abi][S14.3][S14.8]")
{
    Cancel cancel;
    cancel.fire();
    Channel channel(2);
    CHECK(channel.send(1, -1, cancel) == "ok");
    CHECK(channel.send(2, 0, cancel) == "ok");
    CHECK(channel.send(3, -1, cancel) == "interrupted");
    CHECK(channel.next(-1, cancel) == "1");
    CHECK(channel.next(0, nullptr) == "2");
    CHECK(channel.next(-1, cancel) == "interrupted");
    channel.close();
    CHECK(channel.next(-1, cancel) == "closed");
    CHECK(channel.send(4, -1, cancel) == "closed");
    Exporter exporter;
    CHECK(exporter.drain(NETCHAN_TAKEN, -1, cancel) == "ok"); /* there is nothing to wait for */
}

TEST_CASE("batch forms return how many they moved, and the next call tells an end",
          "[abi][S14.9][S14.10]")
{
    Pair pair;
    Channel sent(5), got(0);
    REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    std::vector<Value> made;
    netchan_value *values[9];
    for (int i = 0; i < 9; i++) {
        made.emplace_back(std::to_string(i));
        values[i] = made.back();
    }
    CHECK(netchan_channel_send_many(sent, values, 9, PLENTY, nullptr) == 5);
    CHECK(netchan_channel_send_many(sent, values + 5, 4, MOMENT, nullptr) == NETCHAN_TIMEOUT);
    REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 100) == "ok");
    int64_t more = 0;
    while (more < 4) {
        int64_t moved =
            netchan_channel_send_many(sent, values + 5 + more, (size_t)(4 - more), PLENTY, nullptr);
        REQUIRE(moved >= 1);
        more += moved;
    }
    sent.close();
    CHECK(netchan_channel_send_many(sent, values, 9, PLENTY, nullptr) == NETCHAN_CLOSED);
    REQUIRE(pair.importer.stream_reaches("out", "received", 9));
    netchan_value *out[9];
    int64_t count = netchan_channel_recv_many(got, out, 4, PLENTY, nullptr);
    REQUIRE(count == 4);
    count += netchan_channel_recv_many(got, out + 4, 5, PLENTY, nullptr);
    REQUIRE(count == 9);
    for (int i = 0; i < 9; i++)
        CHECK(Value(out[i]).text() == std::to_string(i));
    CHECK(netchan_channel_recv_many(got, out, 9, PLENTY, nullptr) == NETCHAN_CLOSED);
}

/* Both ends under a signal every 200 microseconds: every call that is interrupted is made again,
 * and all values come, once and in order. */
TEST_CASE("1,500 values under a storm of signals: interrupted loses nothing", "[abi][S14.4][S14.6]")
{
    Handler handler(GENERATE(0, SA_RESTART));
    Pair pair(Way::tcp);
    Channel sent(0), got(0);
    REQUIRE(pair.exporter.publish("out", sent, NETCHAN_SEND) == "ok");
    REQUIRE(pair.importer.import("out", got, NETCHAN_RECV, 3) == "ok");
    std::string values, said;
    int interrupted = 0;
    auto sending = background([&sent] {
        int64_t again = 0;
        for (int64_t number = 1; number <= 1500;) {
            std::string word = sent.send(number);
            if (word == "ok")
                number++;
            else if (word == "interrupted")
                again++;
            else
                return (int64_t)-1;
        }
        sent.close();
        return again;
    });
    auto receiving = background([&] {
        while ((said = got.next()) != "closed" && said != "lost" && said != "timeout") {
            if (said == "interrupted")
                interrupted++;
            else
                values += said + ' ';
        }
        return (int64_t)interrupted;
    });
    while (!sending.done() || !receiving.done()) {
        if (!sending.done())
            pthread_kill(sending.handle(), SIGUSR1);
        if (!receiving.done())
            pthread_kill(receiving.handle(), SIGUSR1);
        struct pollfd none = {-1, 0, 0};
        struct timespec pause = {0, 200000};
        ppoll(&none, 0, &pause, nullptr);
    }
    CHECK(receiving.result() + sending.result() > 0);
    CHECK(said == "closed");
    CHECK(values == range(1, 1500));
}
