/* SPDX-License-Identifier: MIT */
/* Long blocks kept for the next. */
#include "base/mem.h"
#include "base/spare.h"
#include "catch_shim.hpp"

#include <atomic>
#include <cstring>
#include <set>
#include <thread>
#include <vector>

namespace
{

struct Keeping {
    Keeping()
    {
        nci_spare_keep(1);
    }
    ~Keeping()
    {
        nci_spare_keep(0);
    }
};

void *block(size_t size)
{
    void *made = nci_alloc(size);
    REQUIRE(made);
    return made;
}

} // namespace

TEST_CASE("sizes of blocks that may be kept are few, and at most a quarter more than asked",
          "[base]")
{
    std::set<size_t> sizes;
    size_t wrong = 0;
    for (size_t size = 0; size <= NCI_SPARE_TO + 5; size++) {
        size_t whole = nci_spare_size(size);
        wrong += whole < size || whole > size + size / 4 || nci_spare_size(whole) != whole;
        if (size < NCI_SPARE_FROM)
            wrong += whole != size;
        if (whole > NCI_SPARE_FROM && whole != size)
            sizes.insert(whole);
    }
    CHECK(wrong == 0);
    CHECK(sizes.size() == 19);
    CHECK(nci_spare_size(SIZE_MAX) == SIZE_MAX);
}

TEST_CASE("a block that was kept is handed out once, to who wants its size", "[base]")
{
    Keeping keeping;
    const size_t size = nci_spare_size(65600);
    CHECK(nci_spare_take(size) == nullptr);
    void *one = block(size);
    REQUIRE(nci_spare_put(one, size));
    CHECK(nci_spare_take(nci_spare_size(40000)) == nullptr);
    CHECK(nci_spare_take(size) == one);
    CHECK(nci_spare_take(size) == nullptr);
    nci_free(one);
}

TEST_CASE("nothing is kept of other sizes, above the most, or when nobody asks", "[base]")
{
    const size_t size = nci_spare_size(65600);
    void *one = block(size);
    CHECK(!nci_spare_put(one, size));
    {
        Keeping keeping;
        CHECK(!nci_spare_put(one, NCI_SPARE_FROM - 1));
        CHECK(!nci_spare_put(one, NCI_SPARE_TO));
        size_t kept = 0;
        void *next = block(size);
        while (nci_spare_put(next, size)) {
            kept += size;
            next = block(size);
        }
        nci_free(next);
        CHECK(kept <= NCI_SPARE_MOST);
        CHECK(kept + size > NCI_SPARE_MOST);
        CHECK(nci_spare_trim());
        CHECK(!nci_spare_trim());
        CHECK(nci_spare_take(size) == nullptr);
        REQUIRE(nci_spare_put(one, size));
        Keeping twice;
    }
    /* the last one who asked gave it back: the address sanitizer would tell */
    CHECK(!nci_spare_trim());
}

TEST_CASE("a child of fork begins with nothing", "[base]")
{
    Keeping keeping;
    const size_t size = nci_spare_size(65600);
    void *one = block(size);
    REQUIRE(nci_spare_put(one, size));
    nci_spare_forget(); /* as the child's hook does */
    CHECK(nci_spare_take(size) == nullptr);
    nci_spare_keep(1); /* what the end of this case undoes */
    nci_free(one);
}

TEST_CASE("threads that make and free long blocks never share one", "[base]")
{
    Keeping keeping;
    std::atomic<int> wrong{0}, reused{0};
    std::vector<std::thread> threads;
    for (int id = 1; id <= 4; id++) {
        threads.emplace_back([&, id] {
            for (int i = 0; i < 3000; i++) {
                size_t size = nci_spare_size(NCI_SPARE_FROM + (size_t)(i % 7) * 9000);
                unsigned char *mine = (unsigned char *)nci_spare_take(size);
                reused += mine != nullptr;
                if (!mine)
                    mine = (unsigned char *)nci_alloc(size);
                memset(mine, id, 64);
                mine[size - 1] = (unsigned char)id;
                std::this_thread::yield();
                wrong += mine[0] != id || mine[63] != id || mine[size - 1] != id;
                if (!nci_spare_put(mine, size))
                    nci_free(mine);
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    CHECK(wrong == 0);
    CHECK(reused > 0);
}
