/* SPDX-License-Identifier: MIT */
/*
 * Whether the I/O thread looks for events before it sleeps: it calls sched_yield between two looks.
 */
#include "run/owner.h"
#include "run_rig.hpp"
#include "yields.hpp"

#include <string>

using namespace netchan_test;

namespace
{

/* Bytes to the I/O thread, the next one when the last was read. false: it was not. */
class Bytes
{
  public:
    explicit Bytes(Loop &to) : loop(to)
    {
        source.on_ready = [this] {
            char byte;
            (void)!read(pair.fds[0], &byte, 1);
        };
        REQUIRE(loop.run([this] {
            watched = nci_loop_watch(loop.loop, source.source(), pair.fds[0], NCI_READABLE);
        }));
        REQUIRE(watched == NCI_OK);
        REQUIRE(pass()); /* the wait for the post is over */
    }
    ~Bytes()
    {
        CHECK(loop.run([this] { nci_loop_remove(loop.loop, source.source()); }));
    }
    bool pass()
    {
        passed++;
        return write(pair.fds[1], "x", 1) == 1 && soon([&] { return source.readies == passed; });
    }

  private:
    Loop &loop;
    Pair pair;
    Source source;
    int passed = 0, watched = -1;
};

bool looks(Bytes &bytes)
{
    long before = yields;
    return soon([&] { return bytes.pass() && yields > before; });
}

bool sleeps(Bytes &bytes)
{
    long before = yields;
    for (int i = 0; i < 200; i++)
        REQUIRE(bytes.pass());
    return yields == before;
}

} // namespace

TEST_CASE("the I/O thread looks for events that come quickly, but not while anybody refuses",
          "[run]")
{
    is_test = true;
    Loop loop;
    Bytes bytes(loop);
    CHECK(looks(bytes));
    nci_loop_refuse_spin(loop.loop);
    nci_loop_refuse_spin(loop.loop);
    REQUIRE(bytes.pass());
    CHECK(sleeps(bytes));
    nci_loop_allow_spin(loop.loop);
    CHECK(sleeps(bytes));
    nci_loop_allow_spin(loop.loop);
    CHECK(looks(bytes));
    is_test = false;
}

TEST_CASE("an exporter or importer refuses for as long as it is open", "[run]")
{
    is_test = true;
    int exports = GENERATE(1, 0);
    std::string setting = GENERATE("no", "yes");
    Loop loop;
    nci_options *options = nullptr;
    nci_owner *owner = nullptr;
    REQUIRE(nci_options_new(&options) == NCI_OK);
    REQUIRE(nci_options_set(options, "io.spin", setting.c_str()) == NCI_OK);
    REQUIRE(nci_owner_new(exports, options, &owner) == NCI_OK);
    nci_options_free(options);
    {
        Bytes bytes(loop);
        if (setting == "no")
            CHECK(sleeps(bytes));
        else
            CHECK(looks(bytes));
        nci_owner_close(owner);
        CHECK(looks(bytes));
    }
    nci_owner_unref(owner);
    is_test = false;
}
