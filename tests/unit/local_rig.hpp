/* SPDX-License-Identifier: MIT */
/*
 * What the tests of src/local share: channels of numbers, threads with a result, and links that
 * are not there: an outlet, drainers and feeders that a test drives by hand, with a ledger that
 * keeps what the engine's would.
 */
#ifndef NETCHAN_TESTS_LOCAL_RIG_HPP
#define NETCHAN_TESTS_LOCAL_RIG_HPP

#include "base/clock.h"
#include "catch_shim.hpp"
#include "local/queue.h"
#include "local/queue_core.h"
#include "local/streams.h"
#include "soon.hpp"

#include <atomic>
#include <cstdlib>
#include <deque>
#include <functional>
#include <poll.h>
#include <sched.h>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace netchan_test
{

using Numbers = std::vector<int64_t>;

/* A new value; the caller has its only reference. */
inline nci_value *value_of(const std::string &text)
{
    nci_value *value = nullptr;
    if (nci_value_new(text.data(), text.size(), nullptr, &value))
        throw std::runtime_error(nci_detail());
    return value;
}

inline nci_value *value_of(int64_t number)
{
    return value_of(std::to_string(number));
}

/* A JSON text, a string, of so many bytes: 2 and up. */
inline std::string string_of(size_t bytes)
{
    return "\"" + std::string(bytes - 2, 'x') + "\"";
}

/* The number a value holds (of a string: its length); the reference is dropped. */
inline int64_t number_of(nci_value *value)
{
    int64_t number = 0;
    if (nci_value_integer(value, 0, &number))
        number = (int64_t)nci_value_length(value);
    nci_value_unref(value);
    return number;
}

/* A thread and its result. Whatever it waits for has a deadline. */
class Task
{
  public:
    explicit Task(std::function<int64_t()> work)
        : thread([this, work] {
              result = work();
              over = true;
          })
    {
    }
    ~Task()
    {
        if (thread.joinable())
            thread.join();
    }
    int64_t join()
    {
        thread.join();
        return result;
    }
    bool done() const
    {
        return over;
    }

  private:
    int64_t result = 0;
    std::atomic<bool> over{false};
    std::thread thread;
};

/* A channel of numbers. Results are numbers from 0 up, or a status below 0. */
class Channel
{
  public:
    explicit Channel(size_t capacity)
    {
        if (nci_queue_new(capacity, &queue))
            throw std::runtime_error(nci_detail());
    }
    ~Channel()
    {
        nci_queue_unref(queue);
    }
    Channel(const Channel &) = delete;
    Channel &operator=(const Channel &) = delete;

    int send(int64_t number, int64_t ms = 0, nci_cancel *cancel = nullptr)
    {
        return send_value(value_of(number), ms, cancel);
    }
    int send_text(const std::string &text, int64_t ms = 0)
    {
        return send_value(value_of(text), ms, nullptr);
    }
    int64_t take(int64_t ms = 0, nci_cancel *cancel = nullptr)
    {
        nci_value *value = nullptr;
        int status = nci_queue_recv(queue, &value, nci_clock_deadline(ms), cancel);
        return status ? status : number_of(value);
    }
    int64_t send_many(const Numbers &numbers, int64_t ms = 0)
    {
        std::vector<nci_value *> values;
        for (int64_t number : numbers)
            values.push_back(value_of(number));
        int64_t sent = nci_queue_send_many(queue, values.data(), values.size(),
                                           nci_clock_deadline(ms), nullptr);
        for (nci_value *value : values)
            nci_value_unref(value);
        return sent;
    }
    int64_t take_many(size_t most, Numbers &numbers, int64_t ms = 0)
    {
        std::vector<nci_value *> values(most);
        int64_t got =
            nci_queue_recv_many(queue, values.data(), most, nci_clock_deadline(ms), nullptr);
        for (int64_t i = 0; i < got; i++)
            numbers.push_back(number_of(values[(size_t)i]));
        return got;
    }
    /* Everything that is there now. */
    Numbers rest()
    {
        Numbers numbers;
        for (int64_t number; (number = take()) >= 0;)
            numbers.push_back(number);
        return numbers;
    }
    size_t length()
    {
        return nci_queue_length(queue);
    }
    int state()
    {
        return nci_queue_state(queue);
    }
    int close()
    {
        return nci_queue_close(queue);
    }
    struct nci_queue_figures figures()
    {
        struct nci_queue_figures found;
        nci_queue_figures(queue, &found);
        return found;
    }
    /* How many threads wait in the channel. */
    size_t waiting(bool receivers)
    {
        nci_wakes wakes;
        size_t count = 0;
        nci_queue_enter(queue, &wakes);
        nci_list *list = receivers ? &queue->receivers : &queue->senders;
        for (nci_list *at = list->next; at != list; at = at->next)
            count++;
        nci_queue_leave(queue, &wakes);
        return count;
    }
    bool receivers_wait(size_t count = 1)
    {
        return soon([&] { return waiting(true) == count; });
    }
    bool senders_wait(size_t count = 1)
    {
        return soon([&] { return waiting(false) == count; });
    }
    /* Is the pollable descriptor of the direction readable? Asked for once only: asking brings it
     * up to date. */
    bool ready(bool receive)
    {
        int &fd = fds[receive];
        if (fd < 0 && nci_queue_descriptor(queue, receive, &fd))
            throw std::runtime_error(nci_detail());
        return is_readable(fd);
    }
    static bool is_readable(int fd)
    {
        struct pollfd one = {fd, POLLIN, 0};
        return poll(&one, 1, 0) == 1;
    }

    nci_queue *queue = nullptr;

  private:
    int fds[2] = {-1, -1};
    int send_value(nci_value *value, int64_t ms, nci_cancel *cancel)
    {
        int status = nci_queue_send(queue, value, nci_clock_deadline(ms), cancel);
        nci_value_unref(value);
        return status;
    }
};

/* The outlet of a link that is driven by the test. */
class Link
{
  public:
    explicit Link(int64_t room = INT64_C(1) << 40)
    {
        nci_outlet_init(&part.outlet, room);
        part.outlet.ring = ring;
        part.outlet.release = release;
        part.self = this;
    }
    ~Link()
    {
        nci_outlet_unref(&part.outlet);
        nci_outlet_fini(&part.outlet);
    }
    Link(const Link &) = delete;
    Link &operator=(const Link &) = delete;

    /* The ports to look at, taken off their list. */
    std::vector<nci_port *> ports()
    {
        std::vector<nci_port *> found;
        for (const nci_ready &each : ready())
            found.push_back(each.port);
        return found;
    }
    std::vector<nci_ready> ready()
    {
        std::vector<nci_ready> found;
        nci_ready some[3];
        while (size_t count = nci_outlet_take_ready(&part.outlet, some, 3))
            found.insert(found.end(), some, some + count);
        return found;
    }
    bool has(nci_port *port)
    {
        bool found = false;
        for (nci_port *each : ports())
            found = found || each == port;
        return found;
    }
    void forget()
    {
        (void)ports();
    }
    int64_t room()
    {
        return __atomic_load_n(&part.outlet.room, __ATOMIC_SEQ_CST);
    }
    /* Bytes were written to the socket: there is room again. */
    void wrote(int64_t bytes)
    {
        nci_outlet_add_room(&part.outlet, bytes);
        while (nci_port *port = nci_outlet_next_wanting(&part.outlet))
            nci_drainer_resume(NCI_CONTAINER(port, nci_drainer, port));
    }
    nci_outlet *outlet()
    {
        return &part.outlet;
    }

    std::atomic<int> rings{0}, releases{0};
    std::atomic<int> how{-1}; /* the last ring: how much of the link's work may the caller do? */

  private:
    struct Part {
        nci_outlet outlet;
        Link *self;
    } part;
    static Link *of(nci_outlet *outlet)
    {
        return NCI_CONTAINER(outlet, Part, outlet)->self;
    }
    static void ring(nci_outlet *outlet, nci_ringing how)
    {
        of(outlet)->rings++;
        of(outlet)->how = how;
    }
    static void release(nci_outlet *outlet)
    {
        of(outlet)->releases++;
    }
};

/* One stream that takes values out, with its ledger. */
class Drainer
{
  public:
    Drainer(Channel &channel, Link &on, bool imported = false, bool returns = true) : link(on)
    {
        nci_drainer_terms terms = {imported, returns};
        nci_drainer_attach(drainer, channel.queue, link.outlet(), &terms);
    }
    ~Drainer()
    {
        if (drainer)
            die(NCI_LOST);
    }
    Drainer(const Drainer &) = delete;
    Drainer &operator=(const Drainer &) = delete;

    void open(uint64_t values, uint64_t bytes = 1 << 30, int64_t count = -1)
    {
        nci_drainer_open(drainer, values, bytes, count);
    }
    void grant(uint64_t values, uint64_t bytes)
    {
        nci_drainer_acks acks = {0, 0, nullptr, nullptr, values, bytes};
        (void)tell(acks);
    }
    /* What the peer acknowledged goes to the channel, if it needs no stamps that are not there. */
    bool tell(const nci_drainer_acks &acks)
    {
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        int told = nci_drainer_acked(drainer, &acks, &wakes);
        nci_wakes_ring(&wakes);
        return told != 0;
    }
    /* Moves the outbox onto the wire and says what it held. */
    Numbers collect(size_t most = 4096)
    {
        std::vector<nci_item> items(most);
        size_t count = nci_drainer_collect(drainer, items.data(), most);
        Numbers numbers;
        for (size_t i = 0; i < count; i++) {
            ledger.push_back({items[i].value, items[i].stamp, nci_value_length(items[i].value)});
            numbers.push_back(number_of(nci_value_ref(items[i].value)));
            wrote += (int64_t)nci_value_length(items[i].value);
        }
        return numbers;
    }
    struct nci_drainer_look look()
    {
        struct nci_drainer_look seen;
        nci_drainer_look(drainer, &seen);
        return seen;
    }
    size_t outbox()
    {
        return nci_drainer_outbox(drainer);
    }
    /* The peer received and took that many more. */
    void acked(size_t more_received, size_t more_taken)
    {
        std::vector<uint64_t> now_received, now_taken;
        for (size_t i = 0; i < more_received; i++) {
            Entry &entry = ledger[received++];
            nci_value_unref(entry.value);
            entry.value = nullptr;
            now_received.push_back(entry.stamp);
        }
        for (size_t i = 0; i < more_taken; i++) {
            taken_bytes += ledger.front().length;
            now_taken.push_back(ledger.front().stamp);
            ledger.pop_front();
            received--;
        }
        nci_drainer_acks acks = {more_received, more_taken, nullptr, nullptr, 0, 0};
        asked_stamps = !tell(acks);
        if (asked_stamps) {
            acks.received_stamps = now_received.data();
            acks.taken_stamps = now_taken.data();
            if (!tell(acks))
                std::abort();
        }
    }
    /* The peer received up to most more: their numbers. */
    Numbers receive(size_t most)
    {
        Numbers numbers;
        for (size_t i = received; i < ledger.size() && numbers.size() < most; i++)
            numbers.push_back(number_of(nci_value_ref(ledger[i].value)));
        acked(numbers.size(), 0);
        return numbers;
    }
    /* Everything was received and taken, and the credit comes back. */
    void acked_all()
    {
        size_t open_values = ledger.size() - received, untaken = ledger.size();
        taken_bytes = 0;
        acked(open_values, untaken);
        grant(untaken, taken_bytes);
    }
    int finished()
    {
        return look().finished;
    }
    /* The stream is over: what was not received goes back. */
    nci_drainer_loss die(int code)
    {
        nci_drainer_loss loss = {0, 0, 0};
        std::vector<nci_item> items;
        std::vector<uint64_t> stamps;
        for (const Entry &entry : ledger) {
            if (entry.value)
                items.push_back({entry.value, entry.stamp});
            else
                stamps.push_back(entry.stamp);
        }
        ledger.clear();
        received = 0;
        nci_drainer_give_back(drainer, items.data(), items.size(), &loss);
        nci_drainer_untaken(drainer, stamps.data(), stamps.size());
        nci_drainer_detach(drainer, code, "the link is gone", &loss);
        drainer = nullptr;
        return loss;
    }
    nci_port *port()
    {
        return &drainer->port;
    }

    nci_drainer *drainer = &part; /* NULL: dead */
    int64_t wrote = 0;            /* bytes collected so far */
    bool asked_stamps = false;    /* by the last acknowledgement: somebody waited */

  private:
    struct Entry {
        nci_value *value; /* NULL: received */
        uint64_t stamp;
        size_t length;
    };
    nci_drainer part;
    Link &link;
    std::deque<Entry> ledger; /* not yet taken */
    size_t received = 0;      /* so many of them, from the front */
    size_t taken_bytes = 0;
};

/* One stream that brings values in. */
class Feeder
{
  public:
    Feeder(Channel &channel, Link &link, uint32_t size = 1024, uint64_t window = 1 << 20)
    {
        nci_feeder_terms terms = {size, window, this, 0};
        status = nci_feeder_attach(channel.queue, link.outlet(), &terms, &feeder);
    }
    ~Feeder()
    {
        if (feeder)
            detach();
    }
    Feeder(const Feeder &) = delete;
    Feeder &operator=(const Feeder &) = delete;

    void deliver(const Numbers &numbers)
    {
        std::vector<nci_value *> values;
        for (int64_t number : numbers)
            values.push_back(value_of(number));
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        if (nci_feeder_deliver(feeder, values.data(), values.size(), &wakes))
            throw std::runtime_error(nci_detail());
        nci_wakes_ring(&wakes);
    }
    struct nci_feeder_look look()
    {
        struct nci_feeder_look seen;
        nci_feeder_look(feeder, &seen);
        return seen;
    }
    uint64_t tell()
    {
        uint64_t taken, bytes;
        nci_feeder_tell(feeder, &taken, &bytes);
        return taken;
    }
    void end(int code = NCI_CLOSED)
    {
        nci_feeder_end(feeder, code, "the peer said so");
    }
    void detach()
    {
        nci_feeder_detach(feeder);
        feeder = nullptr;
    }
    nci_port *port()
    {
        return nci_feeder_port(feeder);
    }

    nci_feeder *feeder = nullptr;
    int status = NCI_OK;
};

} // namespace netchan_test

#endif
