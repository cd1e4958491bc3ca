/* SPDX-License-Identifier: MIT */
/* The header line, the frame around it, and its writers. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

using namespace netchan_test;

namespace
{

struct Reading {
    std::vector<uint8_t> bytes;
    int result;
    struct nci_frame frame;
    std::string text;

    std::string payload() const
    {
        return std::string(frame.payload, frame.payload + frame.length);
    }
};

/* Reads from a copy that ends where the bytes end, so that a sanitizer sees a look behind. */
Reading read(const std::string &bytes, size_t limit = 65536)
{
    Reading reading;
    reading.bytes.assign(bytes.begin(), bytes.end());
    nci_detail_clear();
    reading.result = nci_frame_read(reading.bytes.data(), bytes.size(), limit, &reading.frame);
    reading.text = nci_detail();
    return reading;
}

bool malformed(const std::string &bytes, const std::string &text)
{
    Reading reading = read(bytes);
    INFO(bytes << " -> " << reading.result << " " << reading.text);
    CHECK(reading.result == NCI_PROTOCOL);
    CHECK_THAT(reading.text, has_text(text));
    return reading.result == NCI_PROTOCOL;
}

} // namespace

TEST_CASE("a frame is a header line, as many payload bytes as it says, and a line feed",
          "[engine][frame][P1][P6]")
{
    Reading reading = read("[\"data\",3,17,5]\n\"abc\"\nrest");
    REQUIRE(reading.result == 1);
    REQUIRE(reading.frame.kind == NCI_FRAME_DATA);
    REQUIRE(reading.frame.n == 2);
    REQUIRE(reading.frame.h[0] == 3);
    REQUIRE(reading.frame.h[1] == 17);
    REQUIRE(reading.frame.length == 5);
    REQUIRE(reading.payload() == "\"abc\"");
    REQUIRE(reading.frame.size == 22);

    reading = read("[\"ack\",3,17,16,0]\n\n");
    REQUIRE(reading.result == 1);
    REQUIRE(reading.frame.kind == NCI_FRAME_ACK);
    REQUIRE(reading.frame.h[2] == 16);
    REQUIRE(reading.frame.length == 0);
    REQUIRE(reading.frame.size == 19);
}

TEST_CASE("every kind is read with its numbers", "[engine][frame][P3]")
{
    for (int kind = NCI_FRAME_HELLO; kind < NCI_FRAME_KINDS; kind++) {
        const struct nci_frame_rule &rule = nci_frame_rules[kind];
        std::vector<uint64_t> numbers;
        for (unsigned i = 0; i < rule.numbers; i++)
            numbers.push_back(1000 + i);
        std::string bytes =
            spell(rule.name, numbers, rule.load == NCI_LOAD_NONE ? "" : "{\"a\":1}");
        for (const std::string &behind : {std::string(), std::string(100, 'x')}) {
            Reading reading = read(bytes + behind);
            INFO(bytes << reading.text);
            REQUIRE(reading.result == 1);
            REQUIRE(reading.frame.kind == kind);
            REQUIRE(reading.frame.n == rule.numbers);
            REQUIRE(reading.frame.size == bytes.size());
            for (unsigned i = 0; i < rule.numbers; i++)
                REQUIRE(reading.frame.h[i] == 1000 + i);
        }
    }
}

TEST_CASE("white space and any other byte in a header is malformed and named by its place",
          "[engine][frame][P2][P10]")
{
    for (const std::string &behind : {std::string(), std::string(100, ' ')}) {
        malformed("[\"ack\", 1,2,3,0]\n\n" + behind, "header is not canonical: space at byte 7");
        malformed("[\"data\", 1, 17, 38]\n" + behind, "header is not canonical: space at byte 8");
        malformed(" [\"ack\",1,2,3,0]\n\n" + behind, "space at byte 0");
        malformed("[\"ack\",1,2,3,0] \n\n" + behind, "space at byte 15");
        malformed("[\"ack\",1,2,3,0]\r\n\n" + behind, "0x0d at byte 15");
        malformed("{\"ack\",1,2,3,0}\n\n" + behind, "'{' at byte 0");
        malformed("[ack,1,2,3,0]\n\n" + behind, "'a' at byte 1");
        malformed("[\"ack\"]\n\n" + behind, "']' at byte 6");
        malformed("[\"ack\",]\n\n" + behind, "']' at byte 7");
        malformed("[\"ack\",1,,3,0]\n\n" + behind, "',' at byte 9");
        malformed("[\"ack\",1,2,3,\"0\"]\n\n" + behind, "'\"' at byte 13");
        malformed("[\"ack\",1,2,3,0\n\n" + behind, "line feed at byte 14");
        malformed("[\"ack\",1,2,3,0]]\n\n" + behind, "']' at byte 15");
        malformed(std::string("[\"ack\",1,2,3,0\0]\n\n", 18) + behind, "0x00 at byte 14");
        malformed("\xef\xbb\xbf[\"ack\",1,2,3,0]\n\n" + behind, "0xef at byte 0");
    }
}

TEST_CASE("a kind is letters a to z, at least one", "[engine][frame][P3]")
{
    malformed("[\"\",0]\n\n", "'\"' at byte 2");
    malformed("[\"Data\",1,2,3]\n", "'D' at byte 2");
    malformed("[\"da-ta\",1,2,3]\n", "'-' at byte 4");
    malformed("[\"da\\u0074a\",1,2,3]\n", "'\\' at byte 4");
    malformed("[\"data2\",1,2,3]\n", "'2' at byte 6");
}

TEST_CASE("numbers are plain decimals up to 2^53 - 1", "[engine][frame][P4]")
{
    Reading reading = read("[\"ping\",9007199254740991,0]\n\n");
    REQUIRE(reading.result == 1);
    REQUIRE(reading.frame.h[0] == 9007199254740991u);
    for (const std::string &behind : {std::string(), std::string(100, ' ')}) {
        reading = read("[\"ack\",9007199254740991,0,10,0]\n\n" + behind);
        REQUIRE(reading.result == 1);
        REQUIRE(reading.frame.h[0] == 9007199254740991u);
        REQUIRE(reading.frame.h[1] == 0);
        REQUIRE(reading.frame.h[2] == 10);
        malformed("[\"ack\",9007199254740992,0,0,0]\n\n" + behind, "above 9007199254740991");
        malformed("[\"ack\",18446744073709551617,0,0,0]\n\n" + behind, "the number at byte 7");
        malformed("[\"ack\",99999999999999999999999999,0,0,0]\n\n" + behind, "is above");
        malformed("[\"ack\",01,0,0,0]\n\n" + behind, "leading zero at byte 7");
        malformed("[\"data\",1,00,1]\n1\n" + behind, "leading zero at byte 10");
        malformed("[\"data\",1,1,01]\n1\n" + behind, "leading zero at byte 12");
        malformed("[\"ack\",-1,0,0,0]\n\n" + behind, "'-' at byte 7");
        malformed("[\"ack\",+1,0,0,0]\n\n" + behind, "'+' at byte 7");
        malformed("[\"ack\",1.0,0,0,0]\n\n" + behind, "'.' at byte 8");
        malformed("[\"ack\",1e3,0,0,0]\n\n" + behind, "'e' at byte 8");
    }
}

TEST_CASE("a header has at most 255 bytes", "[engine][frame][P5]")
{
    std::string longest = "[\"ping\",1,11"; /* then numbers to ignore */
    for (int i = 0; i < 120; i++)
        longest += ",1";
    std::string longer = longest + "1,0]";
    longest += ",0]";
    REQUIRE(longest.size() == 255);
    REQUIRE(read(longest + "\n\n").result == 1);
    REQUIRE(longer.size() == 256);
    malformed(longer + "\n\n", "header is longer than 255 bytes");
    malformed("[\"" + std::string(300, 'a'), "header is longer than 255 bytes");
    REQUIRE(read("[\"" + std::string(200, 'a')).result == 0);
}

TEST_CASE("numbers behind those of the kind are ignored", "[engine][frame][P7]")
{
    Reading reading = read("[\"data\",3,17,99,98,5]\n\"abc\"\n");
    REQUIRE(reading.result == 1);
    REQUIRE(reading.frame.n == 4);
    REQUIRE(reading.frame.h[0] == 3);
    REQUIRE(reading.frame.h[1] == 17);
    REQUIRE(reading.frame.length == 5);
    REQUIRE(read("[\"ack\",1,2,3,4,5,6,7,0]\n\n" + std::string(100, ' ')).result == 1);
    REQUIRE(read("[\"hello\",5,2]\n{}\n").result == 1);
}

TEST_CASE("too few numbers for the kind are malformed", "[engine][frame][P8]")
{
    malformed("[\"data\",3,5]\n\"abc\"\n", "data: 1 numbers before the length, 2 belong there");
    malformed("[\"ack\",1,2,0]\n\n" + std::string(100, ' '), "ack: 2 numbers");
    malformed("[\"ping\",0]\n\n", "ping: 0 numbers");
    malformed("[\"hangup\",1,0]\n\n", "hangup: 1 numbers");
}

TEST_CASE("a frame of an unknown kind is read whole", "[engine][frame][P9]")
{
    Reading reading = read("[\"telegram\",1,2,3,4,5,6,7,8,9,4]\nSTOP\n[\"ack\"");
    REQUIRE(reading.result == 1);
    REQUIRE(reading.frame.kind == NCI_FRAME_UNKNOWN);
    REQUIRE(reading.frame.length == 4);
    REQUIRE(reading.frame.size == 38);
    REQUIRE(read("[\"x\",0]\n\n").result == 1);
}

TEST_CASE("a payload over the limit is refused before it is there",
          "[engine][frame][row:F6][row:J1][P11]")
{
    for (const std::string &behind : {std::string(), std::string(100, ' ')}) {
        for (const char *header :
             {"[\"data\",1,1,1001]\n", "[\"telegram\",1001]\n", "[\"hello\",9007199254740991]\n",
              "[\"data\",1,1,4294967301]\n"}) {
            Reading reading = read(header + behind, 1000);
            REQUIRE(reading.result == NCI_LIMIT);
            REQUIRE_THAT(reading.text, has_text("this side's frame limit is 1000"));
        }
    }
    REQUIRE(read("[\"data\",1,1,1000]\n", 1000).result == 0);
    REQUIRE(read("[\"data\",1,1,1000]\n" + std::string(1000, '1') + "\n", 1000).result == 1);
}

TEST_CASE("the byte behind the payload is a line feed", "[engine][frame][P12]")
{
    for (const std::string &behind : {std::string(), std::string(100, ' ')}) {
        malformed("[\"data\",1,1,3]\n\"a\",\"b\"\n" + behind, "data: byte 0x2c where");
        malformed("[\"ack\",1,1,1,0]\n[" + behind, "ack: byte 0x5b where");
        malformed("[\"telegram\",1]\nab" + behind, "unknown: byte 0x62 where");
    }
}

TEST_CASE("kinds have a payload or none", "[engine][frame][P13]")
{
    for (const char *kind : {"ack", "sync", "ping", "pong"})
        malformed(spell(kind, {1, 1, 1}, "{}"), "none belongs there");
    for (const char *kind : {"hello", "bind", "bound", "data", "part", "listing"})
        malformed(spell(kind, {1, 1, 1}), "the payload is missing");
    for (const char *kind : {"close", "hangup", "list", "bye"}) {
        REQUIRE(read(spell(kind, {1, 1})).result == 1);
        REQUIRE(read(spell(kind, {1, 1}, "{}")).result == 1);
    }
}

TEST_CASE("a frame that is not whole asks for more, whatever its length so far",
          "[engine][frame][P14]")
{
    for (const std::string &whole :
         {spell("data", {1, 1}, "[1,2,3]"), spell("ack", {100, 200, 300}),
          spell("bind", {1}, "{\"name\":\"a\"}"), spell("telegram", {}, "x"),
          spell("data", {123456789, 987654321}, value_of_length(100))}) {
        for (size_t length = 0; length < whole.size(); length++)
            REQUIRE(read(whole.substr(0, length)).result == 0);
        REQUIRE(read(whole).result == 1);
    }
}

TEST_CASE("a wrong byte is noticed as soon as it is there", "[engine][frame][P10]")
{
    REQUIRE(read("[\"data\",1").result == 0);
    REQUIRE(read("[\"data\",1 ").result == NCI_PROTOCOL);
    REQUIRE(read("[\"data\",1,0").result == 0);
    REQUIRE(read("[\"data\",1,00").result == NCI_PROTOCOL);
    REQUIRE(read("G").result == NCI_PROTOCOL);    /* GET / HTTP/1.1 */
    REQUIRE(read("\x16").result == NCI_PROTOCOL); /* a TLS hello */
}

TEST_CASE("data headers count their sequence number up in decimal", "[engine][frame]")
{
    struct nci_data_head head;
    nci_data_head_init(&head, 4294967295u, 0);
    uint8_t out[256];
    for (uint64_t seq = 1; seq <= 11000; seq++) {
        nci_data_head_next(&head);
        size_t length = seq % 120 + 1;
        std::string payload(length, '7');
        uint8_t *end = nci_frame_put_value(out, &head, seq % 2, payload.data(), length);
        REQUIRE(std::string(out, end) ==
                spell(seq % 2 ? "part" : "data", {4294967295u, seq}, payload));
        REQUIRE((size_t)(end - out) <= NCI_DATA_HEADER_MAX + length);
    }
    /* the longest there is */
    nci_data_head_init(&head, 4294967295u, 0);
    memcpy(head.text + head.first, "9007199254740990", 16);
    head.length = (uint8_t)(head.first + 16);
    head.last = '0';
    nci_data_head_next(&head);
    uint8_t *end = nci_frame_put_value(out, &head, 0, "7", 1);
    REQUIRE(std::string(out, end) == spell("data", {4294967295u, 9007199254740991u}, "7"));
}

TEST_CASE("a data frame that is known but for its length is read as any other", "[engine][frame]")
{
    for (uint32_t id : {1u, 12u, 1234567u, 4294967295u}) {
        struct nci_data_head head;
        nci_data_head_init(&head, id, 0);
        for (uint64_t seq = 1; seq <= 1200; seq++) {
            nci_data_head_next(&head);
            std::string payload((seq % 7 ? seq : seq * 50) % 20000 + 1, '7');
            std::string bytes = spell("data", {id, seq}, payload) + std::string(64, ' ');
            Reading reading = read(bytes);
            struct nci_frame frame;
            REQUIRE(nci_frame_read_next((const uint8_t *)bytes.data(), bytes.size(), 65536, &head,
                                        &frame) == 1);
            REQUIRE((frame.length == reading.frame.length && frame.size == reading.frame.size));
            REQUIRE(frame.payload - (const uint8_t *)bytes.data() ==
                    reading.frame.payload - reading.bytes.data());
            /* not whole, too long, another one */
            std::vector<uint8_t> cut(bytes.begin(), bytes.begin() + (long)frame.size - 1);
            REQUIRE(nci_frame_read_next(cut.data(), cut.size(), 65536, &head, &frame) == 0);
            REQUIRE(nci_frame_read_next((const uint8_t *)bytes.data(), bytes.size(),
                                        payload.size() - 1, &head, &frame) == 0);
            for (const std::string &other :
                 {spell("data", {id, seq + 1}, payload), spell("data", {id - 1, seq}, payload),
                  spell("part", {id, seq}, payload), spell("data", {id, seq, 1}, payload)}) {
                std::string text = other + std::string(64, ' ');
                REQUIRE(nci_frame_read_next((const uint8_t *)text.data(), text.size(), 65536, &head,
                                            &frame) == 0);
            }
        }
    }
}

TEST_CASE("numbers of every length are spelled right", "[engine][frame]")
{
    uint8_t out[32];
    for (uint64_t number = 1; number < UINT64_MAX / 10; number *= 10) {
        for (uint64_t n : {number - 1, number, number + 1}) {
            uint8_t *end = nci_frame_put_number(out, n);
            REQUIRE(std::string(out, end) == std::to_string(n));
        }
    }
    uint8_t *end = nci_frame_put_number(out, UINT64_MAX);
    REQUIRE(std::string(out, end) == "18446744073709551615");
}
