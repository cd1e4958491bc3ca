/* SPDX-License-Identifier: MIT */
/*
 * What the black-box tests share: owners for the library's handles, so that a case that fails half
 * way leaves nothing behind, and waits for a condition instead of a time. Everything goes through
 * netchan.h.
 *
 * Results are compared as words ("ok", "closed", "timeout"), which a failing test prints. Nothing
 * here may be checked with Catch2's macros from a second thread, so threads hand words back.
 */
#ifndef NETCHAN_TESTS_ABI_SUPPORT_HPP
#define NETCHAN_TESTS_ABI_SUPPORT_HPP

#include <netchan.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>

/* A failure in a place that must not throw. */
#ifdef FAIL_CHECK
#define ABI_COMPLAIN(text) FAIL_CHECK(text)
#else
#define ABI_COMPLAIN(text) (std::fprintf(stderr, "%s\n", std::string(text).c_str()), std::exit(1))
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define ABI_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define ABI_SANITIZED 1
#endif
#endif

namespace abi
{

constexpr int64_t PLENTY = 30000; /* ms; only a test that fails waits that long */
constexpr int64_t MOMENT = 40;    /* ms; long enough to see that something waits */

/* make check runs a sample, make check-long (LONG_TESTS) everything. */
inline bool long_run()
{
    return std::getenv("LONG_TESTS") != nullptr;
}

inline int64_t sample_or_all(int64_t sample, int64_t all)
{
    return long_run() ? all : sample;
}

inline std::string word(int64_t code)
{
    return code >= 0 ? "ok" : netchan_error_name((int)code);
}

inline void demand(int64_t code, const char *what)
{
    if (code < 0)
        throw std::runtime_error(std::string(what) + ": " + word(code) + ": " +
                                 netchan_error_text());
}

inline int64_t now_ms()
{
    auto now = std::chrono::steady_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

/* One handle, dropped at the end. */
template <typename T, void (*drop)(T *)> class Handle
{
  public:
    Handle() = default;
    explicit Handle(T *given) : held(given)
    {
    }
    Handle(Handle &&other) noexcept : held(std::exchange(other.held, nullptr))
    {
    }
    Handle &operator=(Handle &&other) noexcept
    {
        std::swap(held, other.held);
        return *this;
    }
    ~Handle()
    {
        drop(held);
    }
    operator T *() const
    {
        return held;
    }
    T **out()
    {
        drop(std::exchange(held, nullptr));
        return &held;
    }

  private:
    T *held = nullptr;
};

/* ---- values ---- */

/* A node of a value; one that is not there has no size, no number and no text. */
class Node
{
  public:
    Node(const netchan_value *value, int64_t number) : value(value), number(number)
    {
    }
    bool there() const
    {
        return value && number >= 0;
    }
    Node operator[](const std::string &name) const
    {
        return {value,
                there() ? netchan_value_member(value, number, name.data(), name.size()) : -1};
    }
    Node at(int64_t index) const
    {
        return {value, there() ? netchan_value_element(value, number, index) : -1};
    }
    int64_t size() const
    {
        return there() ? netchan_value_size(value, number) : -1;
    }
    int64_t integer() const
    {
        int64_t result = 0;
        return there() && !netchan_value_integer(value, number, &result) ? result : INT64_MIN;
    }
    std::string string() const
    {
        const char *text;
        size_t length;
        if (!there() || netchan_value_string(value, number, &text, &length))
            return "(no string)";
        return std::string(text, length);
    }

  private:
    const netchan_value *value;
    int64_t number;
};

class Value : public Handle<netchan_value, netchan_value_unref>
{
  public:
    using Handle::Handle;
    explicit Value(const std::string &text)
    {
        demand(netchan_value_new(text.data(), text.size(), out()), "value");
    }
    std::string text() const
    {
        size_t length;
        const char *bytes = netchan_value_text(*this, &length);
        return std::string(bytes, length);
    }
    Node root() const
    {
        return {*this, 0};
    }
    Node operator[](const std::string &name) const
    {
        return root()[name];
    }
};

/* ---- options, tokens ---- */

struct Setting {
    std::string key, value;
};

/* {{"link.linger", "100"}, {"link.agent", "me"}} */
class Settings : public std::vector<Setting>
{
  public:
    Settings(std::initializer_list<Setting> list) : std::vector<Setting>(list)
    {
    }
};

class Options : public Handle<netchan_options, netchan_options_unref>
{
  public:
    explicit Options(const Settings &settings)
    {
        if (settings.empty())
            return; /* NULL, as most programs give it */
        demand(netchan_options_new(out()), "options");
        for (const Setting &setting : settings)
            demand(netchan_options_set(*this, setting.key.c_str(), setting.value.c_str()),
                   "option");
    }
};

class Cancel : public Handle<netchan_cancel, netchan_cancel_unref>
{
  public:
    Cancel()
    {
        demand(netchan_cancel_new(out()), "cancel");
    }
    void fire()
    {
        netchan_cancel_fire(*this);
    }
};

/* ---- channels ---- */

class Channel : public Handle<netchan_channel, netchan_channel_unref>
{
  public:
    explicit Channel(size_t capacity = 0)
    {
        demand(netchan_channel_new(capacity, out()), "channel");
    }
    /* Takes over a reference. */
    static Channel owning(netchan_channel *given)
    {
        Channel channel;
        *channel.out() = given;
        return channel;
    }
    std::string send(const std::string &text, int64_t ms = PLENTY, netchan_cancel *cancel = nullptr)
    {
        return word(netchan_channel_send_text(*this, text.data(), text.size(), ms, cancel));
    }
    std::string send(int64_t number, int64_t ms = PLENTY, netchan_cancel *cancel = nullptr)
    {
        return send(std::to_string(number), ms, cancel);
    }
    /* Sends first, first + 1, ... last; the first word that is not ok ends it. */
    std::string send_range(int64_t first, int64_t last, int64_t ms = PLENTY)
    {
        for (int64_t number = first; number <= last; number++) {
            std::string said = send(number, ms);
            if (said != "ok")
                return said;
        }
        return "ok";
    }
    /* The next value's text, or the word for why there is none. */
    std::string next(int64_t ms = PLENTY, netchan_cancel *cancel = nullptr)
    {
        Value value;
        int code = netchan_channel_recv(*this, value.out(), ms, cancel);
        return code ? word(code) : value.text();
    }
    /* The next count values or words, with a space behind each. */
    std::string take(int count, int64_t ms = PLENTY)
    {
        std::string all;
        while (count-- > 0)
            all += next(ms) + ' ';
        return all;
    }
    /* Everything up to the end or the time, with single spaces between: "1 2 3 closed". */
    std::string rest(int64_t ms = PLENTY)
    {
        std::string all;
        for (;;) {
            std::string one = next(ms);
            all += one;
            if (one == "closed" || one == "lost" || one == "timeout" || one == "interrupted")
                return all;
            all += ' ';
        }
    }
    std::string close()
    {
        return word(netchan_channel_close(*this));
    }
    std::string state() const
    {
        return word(netchan_channel_state(*this));
    }
    size_t length() const
    {
        return netchan_channel_length(*this);
    }
};

/* "1 2 3": what rest() gives for these numbers, without the last word. */
inline std::string range(int64_t first, int64_t last)
{
    std::string all;
    for (int64_t number = first; number <= last; number++)
        all += std::to_string(number) + ' ';
    return all;
}

/* ---- waiting ---- */

/* Passes a little time in a wait of the library itself: an empty channel is received from. */
inline void rest_a_little(int64_t ms = 1)
{
    Channel nothing;
    nothing.next(ms);
}

template <typename Condition> bool eventually(Condition condition, int64_t ms = PLENTY)
{
    int64_t deadline = now_ms() + ms;
    for (;;) {
        if (condition())
            return true;
        if (now_ms() > deadline)
            return false;
        rest_a_little();
    }
}

/* A thread and what it hands back. */
template <typename T> class Background
{
  public:
    template <typename Work>
    explicit Background(Work work)
        : state(new State), thread([work, shared = state.get()]() mutable {
              __atomic_store_n(&shared->id, (int)gettid(), __ATOMIC_RELEASE);
              shared->result = work();
              __atomic_store_n(&shared->done, 1, __ATOMIC_RELEASE);
          })
    {
    }
    Background(Background &&) = default;
    ~Background()
    {
        if (thread.joinable())
            thread.join();
    }
    bool done() const
    {
        return __atomic_load_n(&state->done, __ATOMIC_ACQUIRE);
    }
    /* The thread has come to its wait: it sleeps, or is done. */
    bool waits() const
    {
        return eventually([this] {
            int id = __atomic_load_n(&state->id, __ATOMIC_ACQUIRE);
            if (done())
                return true;
            std::ifstream stat("/proc/self/task/" + std::to_string(id) + "/stat");
            std::string text;
            std::getline(stat, text);
            return id != 0 && text.find(") S ") != std::string::npos;
        });
    }
    T &result()
    {
        if (thread.joinable())
            thread.join();
        return state->result;
    }
    pthread_t handle()
    {
        return thread.native_handle();
    }

  private:
    struct State {
        T result{};
        int done = 0, id = 0;
    };
    std::unique_ptr<State> state;
    std::thread thread;
};

template <typename Work> auto background(Work work) -> Background<decltype(work())>
{
    return Background<decltype(work())>(std::move(work));
}

} // namespace abi

#endif
