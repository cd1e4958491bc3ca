/* SPDX-License-Identifier: MIT */
/* Long blocks: what they hold while they grow, and that they are kept for the next. */
#include "base/blocks.h"
#include "catch_shim.hpp"

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

namespace
{

const size_t KIB = 1024;

struct Keeping {
    Keeping()
    {
        nci_blocks_keep(1);
    }
    ~Keeping()
    {
        nci_blocks_keep(0);
    }
};

unsigned char *block(size_t size)
{
    unsigned char *made = (unsigned char *)nci_block_resize(nullptr, 0, size);
    REQUIRE(made);
    return made;
}

unsigned char at(size_t i)
{
    return (unsigned char)(i * 31 + i / 251);
}

/* Sizes on both sides of every border. */
const size_t sizes[] = {1,           100,           8 * KIB - 1, 8 * KIB,
                        8 * KIB + 1, 65600,         448 * KIB,   448 * KIB + 1,
                        512 * KIB,   513 * KIB,     1 << 20,     (1 << 20) + 48,
                        3 << 20,     (3 << 20) + 1, 5 << 20,     (5 << 20) + 9};

} // namespace

TEST_CASE("a block keeps its bytes when it grows or shrinks, from any size to any other", "[base]")
{
    for (int keeping = 0; keeping < 2; keeping++) {
        if (keeping)
            nci_blocks_keep(1);
        for (size_t before : sizes) {
            for (size_t after : sizes) {
                unsigned char *bytes = block(before);
                for (size_t i = 0; i < before; i++)
                    bytes[i] = at(i);
                bytes = (unsigned char *)nci_block_resize(bytes, before, after);
                REQUIRE(bytes);
                size_t wrong = 0;
                for (size_t i = 0; i < before && i < after; i++)
                    wrong += bytes[i] != at(i);
                memset(bytes, 1, after); /* all of it is there */
                CHECK(wrong == 0);
                nci_block_free(bytes, after);
            }
        }
        if (keeping)
            nci_blocks_keep(0);
    }
}

TEST_CASE("a zeroed block is zeroed, whatever was freed before", "[base]")
{
    Keeping keeping;
    for (size_t size : sizes) {
        unsigned char *bytes = block(size);
        memset(bytes, 7, size);
        nci_block_free(bytes, size);
        bytes = (unsigned char *)nci_block_zeroed(size);
        REQUIRE(bytes);
        size_t wrong = 0;
        for (size_t i = 0; i < size; i++)
            wrong += bytes[i] != 0;
        CHECK(wrong == 0);
        nci_block_free(bytes, size);
    }
}

TEST_CASE("a long block that was freed is handed out once, for any size near its own", "[base]")
{
    Keeping keeping;
    for (size_t size : {(size_t)65600, (size_t)1100000}) {
        void *one = block(size);
        nci_block_free(one, size);
        void *next = block(size + 1000), *other = block(size);
        CHECK(next == one);
        CHECK(other != one);
        nci_block_free(next, size + 1000);
        nci_block_free(other, size);
        CHECK(nci_blocks_trim());
        CHECK(!nci_blocks_trim());
    }
}

TEST_CASE("a block may grow into one that lies there", "[base]")
{
    Keeping keeping;
    CHECK(nci_block_ready(600 * KIB, 2048 * KIB) == 600 * KIB);
    nci_block_free(block(1280 * KIB), 1280 * KIB);
    CHECK(nci_block_ready(600 * KIB, 2048 * KIB) == 1280 * KIB);
    CHECK(nci_block_ready(600 * KIB, 1279 * KIB) == 600 * KIB);
    CHECK(nci_block_ready(1281 * KIB, 2048 * KIB) == 1281 * KIB);
    CHECK(nci_block_ready(100, 2048 * KIB) == 100); /* short ones are the heap's */
    CHECK(nci_block_ready(8192 * KIB, 16384 * KIB) == 8192 * KIB);
    void *small = block(600 * KIB);
    void *grown = nci_block_resize(small, 600 * KIB, 1280 * KIB);
    CHECK(grown != small);
    CHECK(nci_block_ready(600 * KIB, 2048 * KIB) == 640 * KIB); /* which the small one had */
    nci_block_free(grown, 1280 * KIB);
}

TEST_CASE("short and very long blocks are not kept, nor more than the most, nor when nobody asks",
          "[base]")
{
    for (size_t size : sizes)
        nci_block_free(block(size), size);
    CHECK(!nci_blocks_trim());
    Keeping keeping;
    for (size_t size : {(size_t)100, 8 * KIB - 1, NCI_BLOCK_KEPT_TO + 1})
        nci_block_free(block(size), size);
    CHECK(!nci_blocks_trim());
    std::vector<void *> many;
    for (size_t all = 0; all <= 2 * NCI_BLOCK_KEPT_MOST; all += 1024 * KIB)
        many.push_back(block(1024 * KIB));
    for (void *one : many)
        nci_block_free(one, 1024 * KIB);
    size_t kept = 0;
    while (nci_block_ready(1024 * KIB - 1, 1024 * KIB) == 1024 * KIB) {
        many[kept++] = block(1024 * KIB);
        REQUIRE(kept < many.size());
    }
    CHECK(kept == NCI_BLOCK_KEPT_MOST / (1024 * KIB));
    while (kept > 0)
        nci_block_free(many[--kept], 1024 * KIB);
    Keeping twice; /* and the last who asked gives back */
}

TEST_CASE("a child of fork begins without kept blocks", "[base]")
{
    nci_blocks_keep(1);
    void *one = block(65600);
    nci_block_free(one, 65600);
    CHECK(block(65600) == one);
    nci_blocks_forget(); /* as the child's hook does */
    nci_block_free(one, 65600);
    CHECK(!nci_blocks_trim()); /* nobody has asked yet */
}

TEST_CASE("threads that make, grow and free long blocks never share one", "[base]")
{
    Keeping keeping;
    std::atomic<int> wrong{0};
    std::vector<std::thread> threads;
    for (int id = 1; id <= 4; id++) {
        threads.emplace_back([&, id] {
            for (int i = 0; i < 3000; i++) {
                size_t size = 16 * KIB + (size_t)(i % 7) * 9000, more = size + 20000;
                unsigned char *mine = (unsigned char *)nci_block_resize(nullptr, 0, size);
                memset(mine, id, 64);
                mine[size - 1] = (unsigned char)id;
                std::this_thread::yield();
                mine = (unsigned char *)nci_block_resize(mine, size, more);
                mine[more - 1] = (unsigned char)id;
                std::this_thread::yield();
                wrong +=
                    mine[0] != id || mine[63] != id || mine[size - 1] != id || mine[more - 1] != id;
                nci_block_free(mine, more);
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    CHECK(wrong == 0);
}
