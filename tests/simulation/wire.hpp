/* SPDX-License-Identifier: MIT */
/*
 * The simulator's wires: bytes between two ends, which may be late, sliced, withheld or cut, and a
 * reader beside each that judges what an end says by PROTOCOL.md alone: credit, numbers, the order
 * of frames on a stream. It shares no line with the engine, so that a rule that both ends break
 * alike is seen.
 */
#ifndef NETCHAN_TESTS_SIMULATION_WIRE_HPP
#define NETCHAN_TESTS_SIMULATION_WIRE_HPP

#include <cstdint>
#include <cstdlib>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace simulation
{

/* One way of a link. */
struct Wire {
    struct Piece {
        int64_t due;
        std::string bytes;
    };
    std::deque<Piece> pieces;
    int64_t delay = 0;
    int64_t withheld_until = 0;
    uint64_t passed = 0;
    uint64_t cut_at = UINT64_MAX; /* nothing passes behind so many bytes */

    void put(const std::string &bytes, int64_t now)
    {
        if (!bytes.empty())
            pieces.push_back({now + delay, bytes});
    }
    bool empty() const
    {
        return pieces.empty();
    }
    /* Takes up to most bytes that are due; *cut: the wire has been cut there. */
    std::string get(size_t most, int64_t now, bool *cut)
    {
        std::string bytes;
        while (!pieces.empty() && bytes.size() < most && pieces.front().due <= now &&
               withheld_until <= now) {
            std::string &front = pieces.front().bytes;
            size_t n = std::min(most - bytes.size(), front.size());
            bytes += front.substr(0, n);
            front.erase(0, n);
            if (front.empty())
                pieces.pop_front();
        }
        if (passed + bytes.size() >= cut_at) {
            bytes.resize((size_t)(cut_at - passed));
            pieces.clear();
            *cut = true;
        }
        passed += bytes.size();
        return bytes;
    }
    int64_t next() const
    {
        return pieces.empty() ? INT64_MAX : std::max(pieces.front().due, withheld_until);
    }
};

struct Heard {
    std::string kind;
    uint64_t h[3] = {0, 0, 0};
    std::string payload;
};

/* Cuts a stream of bytes into frames. */
class Reader
{
  public:
    std::function<void(const Heard &)> heard;

    void read(const std::string &bytes)
    {
        input += bytes;
        size_t at = 0;
        for (;;) {
            size_t line = input.find('\n', at);
            if (line == std::string::npos)
                break;
            Heard frame;
            size_t quote = input.find('"', at + 2), number = quote + 1, count = 0;
            frame.kind = input.substr(at + 2, quote - at - 2);
            uint64_t numbers[8] = {0};
            while (input[number] == ',' && count < 8) {
                char *end;
                numbers[count++] = strtoull(input.c_str() + number + 1, &end, 10);
                number = (size_t)(end - input.c_str());
            }
            size_t length = (size_t)numbers[count - 1];
            if (input.size() < line + 1 + length + 1)
                break;
            for (size_t i = 0; i + 1 < count && i < 3; i++)
                frame.h[i] = numbers[i];
            frame.payload = input.substr(line + 1, length);
            at = line + 1 + length + 1;
            heard(frame);
        }
        input.erase(0, at);
    }
    bool whole() const
    {
        return input.empty();
    }

  private:
    std::string input;
};

/* What one end said on one stream, and what it has been told. */
struct Spoken {
    bool bound = false;
    uint32_t size = 0;
    uint64_t window = 0;
    int64_t count = -1;
    /* as sender */
    uint64_t begun = 0, written = 0, taken = 0, bytes = 0;
    bool half = false;
    std::deque<uint64_t> lengths; /* of values begun and not told as taken */
    bool closed = false, hung = false;
    /* as receiver */
    uint64_t arrived = 0, told_received = 0, told_taken = 0;
};

/* Judges one end: what it writes, with what it has read. */
class Judge
{
  public:
    std::function<void(const char *kind, uint64_t id, const char *what)> complain;
    std::function<void(uint64_t id)> on_close, on_hangup; /* one was written */
    std::map<uint64_t, Spoken> streams;

    void wrote(const Heard &frame)
    {
        Spoken &stream = streams[frame.h[0]];
        want(!said_bye, frame, "behind bye");
        said_bye = frame.kind == "bye";
        if (!about_stream(frame.kind))
            return;
        want(!stream.hung, frame, "behind this side's hangup");
        if (frame.kind == "data" || frame.kind == "part")
            wrote_value(frame, stream);
        else if (frame.kind == "ack")
            wrote_ack(frame, stream);
        else if (frame.kind == "close")
            wrote_close(frame, stream);
        else if (frame.kind == "sync")
            want(frame.h[1] <= stream.written, frame, "asks for what was not sent");
        else if (frame.kind == "hangup")
            wrote_hangup(frame, stream);
    }

    void was_told(const Heard &frame)
    {
        Spoken &stream = streams[frame.h[0]];
        if (frame.kind == "data")
            stream.arrived++;
        if (frame.kind != "ack")
            return;
        while (stream.taken < frame.h[2] && !stream.lengths.empty()) {
            stream.taken++;
            stream.bytes -= stream.lengths.front();
            stream.lengths.pop_front();
        }
    }

  private:
    bool said_bye = false;

    static bool about_stream(const std::string &kind)
    {
        return kind != "hello" && kind != "ping" && kind != "pong" && kind != "bye" &&
               kind != "list" && kind != "listing";
    }
    void want(bool truth, const Heard &frame, const char *what)
    {
        if (!truth)
            complain(frame.kind.c_str(), frame.h[0], what);
    }
    /* P47, P54, P57, P70 */
    void wrote_value(const Heard &frame, Spoken &stream)
    {
        want(stream.bound, frame, "before bound");
        want(!stream.closed, frame, "behind close");
        if (!stream.half) {
            want(stream.begun - stream.taken < stream.size, frame, "more values than credit");
            want(stream.bytes < stream.window, frame, "more bytes than credit");
            want(stream.count < 0 || (int64_t)stream.begun < stream.count, frame,
                 "more values than the count");
            stream.begun++;
            stream.lengths.push_back(0);
        }
        want(frame.h[1] == stream.begun, frame, "a wrong number");
        stream.lengths.back() += frame.payload.size();
        stream.bytes += frame.payload.size();
        stream.half = frame.kind == "part";
        stream.written += !stream.half;
    }
    /* P58, P59, P65, P66 */
    void wrote_ack(const Heard &frame, Spoken &stream)
    {
        want(frame.h[1] <= stream.arrived, frame, "received is above what came");
        want(frame.h[2] <= frame.h[1], frame, "taken is above received");
        want(frame.h[1] >= stream.told_received && frame.h[2] >= stream.told_taken, frame,
             "goes back");
        stream.told_received = frame.h[1];
        stream.told_taken = frame.h[2];
    }
    void wrote_close(const Heard &frame, Spoken &stream)
    {
        want(!stream.closed, frame, "a second one");
        want(!stream.half && frame.h[1] == stream.written, frame, "a wrong number");
        stream.closed = true;
        on_close(frame.h[0]);
    }
    void wrote_hangup(const Heard &frame, Spoken &stream)
    {
        want(stream.written ? frame.h[1] == stream.written : frame.h[1] <= stream.arrived, frame,
             "a wrong number");
        stream.hung = true;
        on_hangup(frame.h[0]);
    }
};

} // namespace simulation

#endif
