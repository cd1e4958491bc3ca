/* SPDX-License-Identifier: MIT */
/* The engine's small parts: ledger, budget, table. */
#include "catch_shim.hpp"
#include "engine/budget.h"
#include "engine/credit.h"
#include "engine/pair.hpp"
#include "engine/table.h"

using namespace netchan_test;

namespace
{

struct nci_value *number(uint64_t n)
{
    std::string text = std::to_string(n);
    struct nci_value *value;
    REQUIRE(nci_value_new(text.data(), text.size(), NULL, &value) == NCI_OK);
    return value;
}

std::string text_of(const struct nci_ledger_entry *entry)
{
    size_t length;
    const char *text = nci_value_text(entry->value, &length);
    return std::string(text, length);
}

bool push(struct nci_ledger *ledger, struct nci_value *value, uint64_t stamp)
{
    if (!nci_ledger_reserve(ledger, 1))
        return false;
    nci_ledger_push(ledger, value, stamp);
    return true;
}

} // namespace

TEST_CASE("a ledger keeps values in order while its ring turns and grows", "[engine][pieces]")
{
    struct nci_ledger ledger;
    memset(&ledger, 0, sizeof ledger);
    uint64_t pushed = 0, received = 0, taken = 0;
    uint32_t noise = 7;
    for (int round = 0; round < 3000; round++) {
        noise = noise * 1103515245u + 12345u;
        for (uint32_t i = 0; i < (noise >> 16) % 40; i++) {
            pushed++;
            REQUIRE(push(&ledger, number(pushed), pushed * 10));
            ledger.waiting--; /* written at once */
            ledger.bytes += nci_ledger_at(&ledger, ledger.count - 1)->length;
        }
        received += (noise >> 8) % (pushed - received + 1);
        uint64_t before = taken;
        taken += (noise >> 20) % (received - taken + 1);
        nci_ledger_settle(&ledger, received, taken, nci_ledger_bytes(&ledger, taken - before));
        REQUIRE(ledger.count == pushed - taken);
        REQUIRE((ledger.received == received && ledger.taken == taken));
        for (uint32_t i = 0; i < ledger.count; i += 1 + ledger.count / 5) {
            struct nci_ledger_entry *entry = nci_ledger_at(&ledger, i);
            REQUIRE(entry->stamp == (taken + 1 + i) * 10);
            if (taken + 1 + i <= received)
                REQUIRE(entry->value == nullptr);
            else
                REQUIRE(text_of(entry) == std::to_string(taken + 1 + i));
        }
        REQUIRE(ledger.bytes == nci_ledger_bytes(&ledger, ledger.count));
    }
    nci_ledger_fini(&ledger);
}

TEST_CASE("an empty ledger holds no memory", "[engine][pieces]")
{
    struct nci_ledger ledger;
    memset(&ledger, 0, sizeof ledger);
    for (uint64_t i = 1; i <= 200; i++)
        REQUIRE(push(&ledger, number(i), i));
    nci_ledger_settle(&ledger, 199, 199, 0);
    REQUIRE(ledger.size >= 200);
    nci_ledger_settle(&ledger, 200, 200, 0);
    REQUIRE(ledger.size == 0);
    REQUIRE(push(&ledger, number(1), 1));
    nci_ledger_settle(&ledger, 201, 201, 0);
    REQUIRE(ledger.size == 16); /* small: kept until it is trimmed */
    nci_ledger_trim(&ledger);
    REQUIRE(ledger.size == 0);
}

TEST_CASE("room in a ledger grows with what is used", "[engine][pieces]")
{
    struct nci_ledger ledger;
    memset(&ledger, 0, sizeof ledger);
    REQUIRE(nci_ledger_reserve(&ledger, 128) == 16);
    REQUIRE(nci_ledger_reserve(&ledger, 5) == 5);
    for (uint64_t i = 1; i <= 16; i++)
        REQUIRE(push(&ledger, number(i), i));
    REQUIRE(nci_ledger_reserve(&ledger, 128) == 16);
    REQUIRE(ledger.size == 32);
    nci_ledger_fini(&ledger);
}

TEST_CASE("a budget has its burst, then its rate, and never more than the burst",
          "[engine][pieces]")
{
    struct nci_budget budget;
    nci_budget_init(&budget, 10, 4, 0);
    for (int i = 0; i < 10; i++)
        REQUIRE(nci_budget_take(&budget, 0));
    REQUIRE(!nci_budget_take(&budget, 0));
    REQUIRE(!nci_budget_take(&budget, second / 4 - 1));
    REQUIRE(nci_budget_take(&budget, second / 4));
    REQUIRE(!nci_budget_take(&budget, second / 4));
    /* Nothing is lost to rounding. */
    int got = 0;
    for (int64_t at = second / 4; at <= 100 * second + second / 4; at += 999983)
        got += nci_budget_take(&budget, at);
    REQUIRE((got == 399 || got == 400));
    for (int i = 0; i < 10; i++)
        REQUIRE(nci_budget_take(&budget, INT64_MAX));
    REQUIRE(!nci_budget_take(&budget, INT64_MAX));
    REQUIRE(!nci_budget_take(&budget, 0)); /* time that goes back gives nothing */
}

TEST_CASE("a table finds the living streams alone", "[engine][pieces]")
{
    struct nci_table table;
    memset(&table, 0, sizeof table);
    std::map<uint32_t, struct nci_stream *> living;
    uint32_t noise = 3, last = 0;
    REQUIRE(nci_table_find(&table, 1) == nullptr);
    for (int round = 0; round < 20000; round++) {
        noise = noise * 1103515245u + 12345u;
        bool adds = (noise >> 16) % 200 > living.size();
        if (adds || living.empty()) {
            struct nci_stream *stream = nci_stream_new(++last, 0, "x", 1, 0);
            REQUIRE(nci_table_insert(&table, stream) == NCI_OK);
            living[last] = stream;
        } else {
            auto victim = living.lower_bound(living.begin()->first +
                                             (noise >> 8) % (last - living.begin()->first + 1));
            nci_table_remove(&table, victim->second);
            nci_stream_free(victim->second);
            living.erase(victim);
        }
        REQUIRE(table.count == living.size());
        REQUIRE((table.size <= 32 || table.size <= table.count * 16));
        for (uint32_t id : {last, last - 1, last / 2, last + 1, last - 50}) {
            auto found = living.find(id);
            REQUIRE(nci_table_find(&table, id) ==
                    (found == living.end() ? nullptr : found->second));
        }
        REQUIRE(nci_table_find(&table, (uint64_t)last + (UINT64_C(1) << 32)) == nullptr);
    }
    uint32_t at = 0;
    size_t walked = 0;
    for (struct nci_stream *stream; (stream = nci_table_next(&table, &at)); walked++)
        REQUIRE(living.at(stream->id) == stream);
    REQUIRE(walked == living.size());
    for (auto &one : living) {
        nci_table_remove(&table, one.second);
        nci_stream_free(one.second);
    }
    REQUIRE(table.slots == nullptr);
}

TEST_CASE("credit: fewer values than size, fewer bytes than window, no more than the count",
          "[engine][pieces][P54][S3.3][S3.4]")
{
    struct nci_stream *stream = nci_stream_new(1, 1, "x", 1, 0);
    stream->size = 3;
    stream->window = 10;
    stream->count = 5;
    REQUIRE(nci_credit_allows(stream, 2, 9));
    REQUIRE(!nci_credit_allows(stream, 3, 9));
    REQUIRE(!nci_credit_allows(stream, 2, 10));
    REQUIRE(nci_credit_count_left(stream, 4) == 1);
    REQUIRE(nci_credit_count_left(stream, 5) == 0);
    stream->count = -1;
    REQUIRE(nci_credit_count_left(stream, 5) == UINT64_MAX);
    nci_stream_free(stream);
}
