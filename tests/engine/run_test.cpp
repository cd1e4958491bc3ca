/* SPDX-License-Identifier: MIT */
/* Runs of values, whose headers are compared with what must come and not read. */
#include "catch_shim.hpp"
#include "engine/raw_stream.hpp"

using namespace netchan_test;

namespace
{

struct Outcome {
    int code;
    std::string text;
    std::vector<std::string> received, other;

    bool operator==(const Outcome &one) const
    {
        return code == one.code && text == one.text && received == one.received &&
               other == one.other;
    }
};

std::ostream &operator<<(std::ostream &out, const Outcome &outcome)
{
    out << outcome.code << " " << outcome.text << ";";
    for (const std::string &value : outcome.received)
        out << " " << value;
    return out << " / " << outcome.other.size();
}

/* Two receiving streams; frames that come at once, or each with a call of its own, in which there
 * are no runs. */
Outcome outcome_of(const std::vector<std::string> &frames, bool at_once)
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false), *other = raw.stream(false);
    std::vector<std::string> pieces = frames;
    if (at_once) {
        pieces.assign(1, "");
        for (const std::string &frame : frames)
            pieces[0] += frame;
    }
    for (const std::string &piece : pieces)
        (void)raw.end.feed(piece);
    return {raw.end.error(), raw.end.error_text(), flow->received, other->received};
}

std::string number(uint64_t n)
{
    return std::to_string(n);
}

const std::string behind(80, ' '); /* a frame at the input's end is read with care in any case */

} // namespace

TEST_CASE("a run counts its sequence numbers through every carry", "[engine][run]")
{
    Raw raw(NCI_ROLE_IMPORTER);
    raw.greet();
    Flow *flow = raw.stream(false, 65536);
    REQUIRE(raw.end.feed(data(1, 1, 12345)) == NCI_OK);
    REQUIRE(flow->received.size() == 12345);
    for (uint64_t i = 0; i < 12345; i++)
        REQUIRE(flow->received[i] == number(i + 1));
}

TEST_CASE("a run goes on behind whatever stands between its values", "[engine][run]")
{
    const std::string intruders[] = {spell("data", {2, 1}, "\"other\""),
                                     spell("data", {2, 1}, "1") + spell("data", {2, 2}, "2"),
                                     spell("part", {2, 1}, "[1,") + spell("data", {2, 1}, "2]"),
                                     spell("part", {1, 6}, "1") + spell("part", {1, 6}, "2"),
                                     spell("ping", {1}),
                                     spell("telegram", {7}, "stop"),
                                     spell("sync", {1, 5})};
    for (const std::string &intruder : intruders) {
        INFO(intruder);
        std::vector<std::string> frames;
        for (uint64_t seq = 1; seq <= 5; seq++)
            frames.push_back(spell("data", {1, seq}, number(seq)));
        frames.push_back(intruder);
        for (uint64_t seq = 6; seq <= 12; seq++)
            frames.push_back(spell("data", {1, seq}, number(seq)));
        Outcome outcome = outcome_of(frames, true);
        CHECK(outcome.code == NCI_OK);
        CHECK(outcome.received.size() == 12);
        CHECK(outcome == outcome_of(frames, false));
    }
}

TEST_CASE("what is wrong in a run is told as anywhere else", "[engine][run]")
{
    std::vector<std::string> frames;
    for (uint64_t seq = 7; seq <= 12; seq++)
        frames.push_back(spell("data", {1, seq}, "\"" + std::string(seq % 3 * 5, 'v') + "\""));
    for (uint64_t seq = 1; seq <= 6; seq++)
        frames.insert(frames.begin() + (long)seq - 1, spell("data", {1, seq}, number(seq)));
    size_t refused = 0, accepted = 0;
    for (size_t which = 3; which < frames.size(); which++) {
        for (size_t at = 0; at < frames[which].size(); at++) {
            for (char byte : std::string("0129,][\n\" ap\xff")) {
                std::vector<std::string> changed = frames;
                changed[which][at] = byte;
                changed.push_back(behind);
                Outcome outcome = outcome_of(changed, true);
                if (!(outcome == outcome_of(changed, false)))
                    FAIL(outcome << " but " << outcome_of(changed, false) << ": "
                                 << changed[which]);
                (outcome.received.size() < frames.size() ? refused : accepted)++;
            }
        }
    }
    CHECK(refused > 1000);
    CHECK(accepted > 100);
}

TEST_CASE("a length that is no length ends a run's link", "[engine][run]")
{
    for (const char *length : {"0]\n", "00]\n", "01]\n4", "]\n4", "1,]\n4", "65537]\n4", "1 ]\n4",
                               "1234567890123456789012]\n4"}) {
        INFO(length);
        std::vector<std::string> frames{data(1, 1, 1), data(1, 2, 2), data(1, 3, 3),
                                        std::string("[\"data\",1,4,") + length + "\n",
                                        data(1, 5, 5) + behind};
        Outcome outcome = outcome_of(frames, true);
        CHECK(outcome.code != NCI_OK);
        CHECK(outcome.received.size() == 3);
        CHECK(outcome == outcome_of(frames, false));
    }
}

TEST_CASE("a run stops at the credit and at the count", "[engine][run]")
{
    for (bool counted : {false, true}) {
        Raw raw(NCI_ROLE_IMPORTER);
        raw.greet();
        Flow *flow = raw.stream(false, counted ? 64 : 8, 4u << 20, counted ? 8 : -1);
        CHECK(raw.end.feed(data(1, 1, 20)) == NCI_PROTOCOL);
        CHECK(flow->received.size() == 8);
        CHECK(raw.refused(counted ? "more than count" : "more than credit"));
        CHECK(raw.refused("data 1,9"));
    }
}
