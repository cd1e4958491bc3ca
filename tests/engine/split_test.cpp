/* SPDX-License-Identifier: MIT */
/* Where bytes are cut on their way makes no difference. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

using namespace netchan_test;

namespace
{

/* How the bytes of an exchange, counted from its beginning, reach the other side. */
struct Cut {
    size_t at = SIZE_MAX; /* one cut at this byte */
    size_t every = 0;     /* or one after so many bytes */
};

/* An exchange with every kind of frame in it; what both ends saw and said. */
struct Exchange {
    Pair pair;
    Cut cut;
    size_t moved = 0;

    static struct nci_session_config config(enum nci_role role)
    {
        struct nci_session_config config = End::defaults(role);
        config.limits.frame = 4096;
        return config;
    }

    explicit Exchange(const Cut &how)
        : pair(config(NCI_ROLE_EXPORTER), config(NCI_ROLE_IMPORTER)), cut(how)
    {
        run();
    }

    void deliver(End &to, const std::string &bytes)
    {
        size_t step = cut.every ? cut.every : bytes.size();
        size_t first = cut.at > moved && cut.at < moved + bytes.size() ? cut.at - moved : step;
        for (size_t at = 0; at < bytes.size(); at += at ? step : first)
            REQUIRE(to.feed(bytes.substr(at, at ? step : first)) == NCI_OK);
        moved += bytes.size();
    }

    void settle()
    {
        for (;;) {
            std::string out = pair.exporter.produce_all(), in = pair.importer.produce_all();
            deliver(pair.importer, out);
            deliver(pair.exporter, in);
            if (out.empty() && in.empty())
                return;
        }
    }

    void run()
    {
        Flow *down = pair.importer.bind("down", true, 4), *up = pair.importer.bind("up", false, 4);
        settle();
        End &exporter = pair.exporter, &importer = pair.importer;
        exporter.accepts = false;
        (void)importer.bind("no", true);
        REQUIRE(nci_session_list(importer.session, 0, "x", 1) == NCI_OK);
        settle();
        nci_session_refuse(exporter.session, exporter.flow("no")->stream, NCI_NOCHANNEL, "no");
        struct nci_value *page;
        REQUIRE(nci_value_new("{\"channels\":[]}", 15, NULL, &page) == NCI_OK);
        REQUIRE(nci_session_listing(exporter.session, 0, page) == NCI_OK);
        nci_value_unref(page);
        exporter.send(exporter.flow("down"), "{\"a\":[1,2.5,\"\\u00e9\"]}");
        exporter.send(exporter.flow("down"), value_of_length(4200));
        importer.send(up, "true");
        settle();
        nci_session_sync(exporter.session, exporter.flow("down")->stream, 2);
        settle();
        importer.take_all(down);
        exporter.take_all(exporter.flow("up"), true);
        settle();
        pair.now += 7 * second;
        (void)exporter.tick();
        (void)importer.tick();
        settle();
        nci_session_close(exporter.session, exporter.flow("down")->stream, NCI_LOST);
        nci_session_hangup(importer.session, up->stream, NCI_CLOSED, "enough");
        settle();
        nci_session_bye(importer.session, NCI_OK, "good night");
        settle();
    }

    std::string seen() const
    {
        std::string all;
        for (const End *end : {&pair.exporter, &pair.importer}) {
            all += end->sent + "|" + end->log + "|";
            for (auto &flow : end->flows) {
                for (const std::string &value : flow->received)
                    all += value + ";";
                all += std::to_string(flow->acked_received) + "," +
                       std::to_string(flow->acked_taken) + "," + std::to_string(flow->over) + "|";
            }
        }
        return all;
    }
};

} // namespace

TEST_CASE("an exchange is the same however its bytes are cut", "[engine][split][P14][P1]")
{
    Exchange whole{Cut()};
    const std::string seen = whole.seen();
    for (const char *kind : {"hello", "bind", "bound", "data", "part", "ack", "sync", "close",
                             "hangup", "list", "listing", "ping", "pong", "bye"})
        REQUIRE_THAT(seen, has_text(std::string("[\"") + kind + "\""));
    REQUIRE(whole.pair.exporter.flow("down")->over == NCI_LOST);
    REQUIRE(whole.pair.importer.flow("up")->over == NCI_CLOSED);
    Cut cut;
    for (cut.every = 1; cut.every < 20; cut.every++)
        REQUIRE(Exchange(cut).seen() == seen);
    cut.every = 0;
    for (cut.at = 1; cut.at < whole.moved; cut.at++) {
        /* In the middle of the one long payload a few cuts stand for all. */
        if (cut.at % 64 && cut.at > 2600 && cut.at + 1600 < whole.moved)
            continue;
        Exchange one(cut);
        if (one.seen() != seen)
            FAIL("cut at byte " << cut.at);
    }
}
