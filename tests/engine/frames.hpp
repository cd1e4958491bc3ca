/* SPDX-License-Identifier: MIT */
/*
 * Frames as tests spell and read them.
 */
#ifndef NETCHAN_TESTS_ENGINE_FRAMES_HPP
#define NETCHAN_TESTS_ENGINE_FRAMES_HPP

#include "base/clock.h"
#include "wire/frame.h"

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace netchan_test
{

constexpr int64_t ms = NCI_MS;
constexpr int64_t second = 1000 * ms;

/* A frame as the test spells or reads it. */
struct Frame {
    std::string kind;
    std::vector<uint64_t> numbers;
    std::string payload;

    std::string bytes() const
    {
        std::string text = "[\"" + kind + "\"";
        for (uint64_t number : numbers)
            text += "," + std::to_string(number);
        return text + "," + std::to_string(payload.size()) + "]\n" + payload + "\n";
    }

    bool operator==(const Frame &other) const
    {
        return kind == other.kind && numbers == other.numbers && payload == other.payload;
    }
};

inline std::string spell(const std::string &kind, const std::vector<uint64_t> &numbers = {},
                         const std::string &payload = "")
{
    return Frame{kind, numbers, payload}.bytes();
}

/* Cuts bytes into frames; they must be whole. */
inline std::vector<Frame> frames_of(const std::string &bytes)
{
    std::vector<Frame> frames;
    for (size_t at = 0; at < bytes.size();) {
        struct nci_frame frame;
        if (nci_frame_read(reinterpret_cast<const uint8_t *>(bytes.data()) + at, bytes.size() - at,
                           SIZE_MAX / 4, &frame) != 1)
            throw std::runtime_error("no whole frames: " + bytes.substr(at, 60));
        Frame read;
        read.kind = nci_frame_rules[frame.kind].name;
        read.numbers.assign(frame.h, frame.h + std::min<uint32_t>(frame.n, NCI_FRAME_NUMBERS));
        read.payload.assign(reinterpret_cast<const char *>(frame.payload), frame.length);
        frames.push_back(read);
        at += frame.size;
    }
    return frames;
}

/* The kinds of the frames in bytes, with their numbers: "ack 1,3,0 data 2,1". */
inline std::string summary(const std::string &bytes)
{
    std::string text;
    for (const Frame &frame : frames_of(bytes)) {
        text += (text.empty() ? "" : " ") + frame.kind;
        for (size_t i = 0; i < frame.numbers.size(); i++)
            text += (i ? "," : " ") + std::to_string(frame.numbers[i]);
    }
    return text;
}

/* An integer value with leading material so that its text has exactly length bytes. */
inline std::string value_of_length(size_t length)
{
    return "\"" + std::string(length - 2, 'x') + "\"";
}

/* The lengths of the payloads in bytes, data and part alike. */
inline std::vector<size_t> lengths(const std::string &bytes)
{
    std::vector<size_t> found;
    for (const Frame &frame : frames_of(bytes)) {
        if (frame.kind == "data" || frame.kind == "part")
            found.push_back(frame.payload.size());
    }
    return found;
}

} // namespace netchan_test

#endif
