/* SPDX-License-Identifier: MIT */
/*
 * The cursor buffer against a string that does the same.
 */
#include "base/buf.h"
#include "catch_shim.hpp"

#include <cstring>
#include <random>

namespace
{

std::string content(const nci_buf &buf)
{
    if (!nci_buf_length(&buf))
        return "";
    return std::string((const char *)nci_buf_head(&buf), nci_buf_length(&buf));
}

} // namespace

TEST_CASE("a zeroed buffer is empty and can be freed", "[base]")
{
    nci_buf buf = {};
    CHECK(nci_buf_length(&buf) == 0);
    nci_buf_consume(&buf, 0);
    nci_buf_fini(&buf);
    CHECK(buf.data == nullptr);
}

TEST_CASE("bytes leave a buffer in the order they came, however they are cut", "[base]")
{
    std::mt19937 random(1);
    nci_buf buf = {};
    std::string model, text;
    bool same = true;
    for (int round = 0; round < 20000 && same; round++) {
        text.assign(random() % 97, (char)('a' + random() % 26));
        if (random() % 2) {
            same = nci_buf_append(&buf, text.data(), text.size()) == NCI_OK;
        } else {
            uint8_t *where = nci_buf_reserve(&buf, text.size() + 10);
            same = where != nullptr;
            if (where)
                memcpy(where, text.data(), text.size());
            nci_buf_commit(&buf, text.size());
        }
        model += text;
        size_t gone = model.empty() ? 0 : random() % (model.size() + 1);
        if (random() % 8 == 0)
            gone = model.size();
        nci_buf_consume(&buf, gone);
        model.erase(0, gone);
        same = same && content(buf) == model;
    }
    CHECK(same);
    nci_buf_fini(&buf);
}

TEST_CASE("an emptied buffer starts again at its beginning", "[base]")
{
    nci_buf buf = {};
    REQUIRE(nci_buf_append_text(&buf, "twelve bytes") == NCI_OK);
    nci_buf_consume(&buf, 5);
    CHECK(buf.read == 5);
    nci_buf_consume(&buf, 7);
    CHECK(buf.read == 0);
    CHECK(buf.write == 0);
    nci_buf_fini(&buf);
}

TEST_CASE("appending behind a long content costs no move per byte", "[base]")
{
    nci_buf buf = {};
    const size_t length = 4095;
    REQUIRE(nci_buf_append(&buf, std::string(length, 'x').data(), length) == NCI_OK);
    size_t moved = 0;
    for (int i = 0; i < 100000; i++) {
        size_t before = buf.read + 1;
        nci_buf_consume(&buf, 1);
        REQUIRE(nci_buf_append_byte(&buf, 'y') == NCI_OK);
        if (buf.read != before)
            moved += nci_buf_length(&buf);
    }
    CHECK(nci_buf_length(&buf) == length);
    CHECK(moved < 300000);
    CHECK(buf.size <= 16384);
    nci_buf_fini(&buf);
}

TEST_CASE("a formatted text of any length is appended without its end mark", "[base]")
{
    nci_buf buf = {};
    std::string text(5000, 'z');
    REQUIRE(nci_buf_printf(&buf, "%d-%s", 17, text.c_str()) == NCI_OK);
    REQUIRE(nci_buf_printf(&buf, "%s", "") == NCI_OK);
    REQUIRE(nci_buf_append_byte(&buf, '!') == NCI_OK);
    CHECK(content(buf) == "17-" + text + "!");
    nci_buf_fini(&buf);
}

TEST_CASE("a length that no memory has is refused and harms nothing", "[base]")
{
    nci_buf buf = {};
    REQUIRE(nci_buf_append_text(&buf, "kept") == NCI_OK);
    CHECK(nci_buf_reserve(&buf, SIZE_MAX) == nullptr);
    CHECK(content(buf) == "kept");
    nci_buf_fini(&buf);
}
