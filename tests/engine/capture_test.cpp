/* SPDX-License-Identifier: MIT */
/* PROTOCOL.md's examples are what the engine writes. */
#include "catch_shim.hpp"
#include "engine/pair.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>

using namespace netchan_test;

namespace
{

std::string document()
{
    const char *top = std::getenv("top_srcdir");
    std::string path = std::string(top ? top : ".") + "/docs/PROTOCOL.md";
    std::ifstream file(path);
    INFO(path);
    REQUIRE(file.good());
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

/* The fenced blocks whose first line begins so, without the fences. */
std::vector<std::string> blocks(const std::string &text, const std::string &beginning)
{
    std::vector<std::string> found;
    std::istringstream lines(text);
    std::string block;
    bool inside = false;
    for (std::string line; std::getline(lines, line);) {
        if (line.compare(0, 3, "```") == 0) {
            if (inside && block.compare(0, beginning.size(), beginning) == 0)
                found.push_back(block);
            inside = !inside;
            block = inside ? line + "\n" : "";
        } else if (inside) {
            block += line + "\n";
        }
    }
    return found;
}

/* Lines with the side that wrote them in front. */
std::string marked(char side, const std::string &bytes)
{
    std::string text;
    std::istringstream lines(bytes);
    for (std::string line; std::getline(lines, line);)
        text += side + (line.empty() ? line : " " + line) + "\n";
    return text;
}

struct Recorder {
    Pair pair;
    std::string text;

    static struct nci_session_config named(enum nci_role role, const char *agent)
    {
        struct nci_session_config config = End::defaults(role);
        config.agent = agent;
        return config;
    }

    Recorder() : pair(named(NCI_ROLE_EXPORTER, "clock 1.0"), named(NCI_ROLE_IMPORTER, "demo 1.0"))
    {
    }

    /* The importer speaks, the exporter answers, until both have said all. */
    void settle()
    {
        for (;;) {
            std::string in = pair.importer.produce_all();
            REQUIRE(pair.exporter.feed(in) == NCI_OK);
            std::string out = pair.exporter.produce_all();
            REQUIRE(pair.importer.feed(out) == NCI_OK);
            text += marked('I', in) + marked('E', out);
            if (in.empty() && out.empty())
                return;
        }
    }
};

} // namespace

TEST_CASE("the capture in PROTOCOL.md is what two engines write", "[engine][capture]")
{
    Recorder recorder;
    End &exporter = recorder.pair.exporter, &importer = recorder.pair.importer;
    Flow *ticks = importer.bind("ticks", true, 3);
    exporter.accepts = false;
    (void)importer.bind("tocks", true, 3);
    REQUIRE(exporter.feed(importer.produce_all()) == NCI_OK);
    recorder.text += marked('I', importer.sent);
    exporter.accept(exporter.flow("ticks"));
    nci_session_refuse(exporter.session, exporter.flow("tocks")->stream, NCI_NOCHANNEL,
                       "no channel \"tocks\"");
    recorder.settle();
    exporter.send(exporter.flow("ticks"), "{\"tick\":1}");
    exporter.send(exporter.flow("ticks"), "{\"tick\":2}");
    recorder.settle();
    nci_session_sync(exporter.session, exporter.flow("ticks")->stream, 2);
    recorder.settle();
    importer.take_all(ticks);
    recorder.settle();
    nci_session_close(exporter.session, exporter.flow("ticks")->stream, NCI_CLOSED);
    recorder.settle();
    REQUIRE(ticks->over == NCI_CLOSED);
    nci_session_bye(importer.session, NCI_OK, NULL);
    nci_session_bye(exporter.session, NCI_OK, NULL);
    recorder.settle();

    std::vector<std::string> found = blocks(document(), "```capture\n");
    REQUIRE(found.size() == 1);
    REQUIRE(found[0] == "```capture\n" + recorder.text);
}

TEST_CASE("the examples in PROTOCOL.md are whole frames", "[engine][capture][P1]")
{
    std::vector<std::string> found = blocks(document(), "```\n[");
    REQUIRE(found.size() >= 3);
    for (const std::string &block : found) {
        std::vector<Frame> frames;
        INFO(block);
        REQUIRE_NOTHROW(frames = frames_of(block.substr(4)));
        for (const Frame &frame : frames) {
            REQUIRE(frame.kind != "unknown");
            struct nci_value *value = nullptr;
            REQUIRE(nci_value_new(frame.payload.data(), frame.payload.size(), NULL, &value) ==
                    NCI_OK);
            nci_value_unref(value);
        }
    }
}

TEST_CASE("the hello and bind in PROTOCOL.md are taken by the engine", "[engine][capture]")
{
    std::string text = document();
    std::string hello = blocks(text, "```\n[\"hello\"").at(0).substr(4);
    Raw exporter(NCI_ROLE_EXPORTER);
    REQUIRE(exporter.end.feed(hello) == NCI_OK);
    (void)exporter.end.produce_all();
    std::vector<Frame> both = frames_of(blocks(text, "```\n[\"bind\"").at(0).substr(4));
    REQUIRE(exporter.answer(both.at(0).bytes()) == both.at(1).bytes());
}
