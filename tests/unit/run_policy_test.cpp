/* SPDX-License-Identifier: MIT */
/* Policies: which rule decides, what a pattern matches, and what is no policy. */
#include "catch_shim.hpp"

#include "json/value.h"
#include "run/policy.h"

#include <string>
#include <vector>

using netchan_test::has_text;

namespace
{

struct Identity {
    explicit Identity(const std::vector<std::string> &names)
    {
        for (const std::string &name : names) {
            size_t colon = name.find(':');
            std::string kind = name.substr(0, colon), value = name.substr(colon + 1);
            REQUIRE(nci_identity_add(&inner, kind.c_str(), value.data(), value.size(), 1) ==
                    NCI_OK);
        }
    }
    ~Identity()
    {
        nci_identity_fini(&inner);
    }
    struct nci_identity inner = {};
};

struct Policy {
    explicit Policy(const std::string &text)
    {
        status = nci_policy_parse(text.data(), text.size(), "test", &inner);
        said = status ? nci_detail() : "";
    }
    ~Policy()
    {
        nci_policy_free(inner);
    }
    /* "+2c": rule 2 allows, and the end counts; "-0": no rule. */
    std::string ask(const std::vector<std::string> &names, const std::string &channel, bool sends)
    {
        Identity identity(names);
        struct nci_question question = {&identity.inner, channel.data(), channel.size(), sends};
        struct nci_verdict verdict;
        nci_policy_decide(inner, &question, &verdict);
        return (verdict.allowed ? "+" : "-") + std::to_string(verdict.rule) +
               (verdict.closes ? "c" : "");
    }
    struct nci_policy *inner = nullptr;
    int status;
    std::string said;
};

/* Does a pattern for who match a peer of that name? */
bool is(const std::string &pattern, const std::string &name)
{
    Policy policy(R"({"rules":[{"who":")" + pattern + R"(","channel":"*","allow":"recv"}]})");
    REQUIRE(policy.status == NCI_OK);
    return policy.ask({name}, "x", false) == "+1";
}

bool covers(const std::string &pattern, const std::string &channel)
{
    Policy policy(R"({"rules":[{"who":"*","channel":")" + pattern + R"(","allow":"recv"}]})");
    REQUIRE(policy.status == NCI_OK);
    return policy.ask({}, channel, false) == "+1";
}

} // namespace

TEST_CASE("the first rule that speaks of peer, channel and direction decides", "[run][policy]")
{
    Policy policy(R"({"rules":[
        {"who":"cn:meter","channel":"readings","allow":"send","close":true},
        {"who":"cn:meter","channel":"readings","deny":["send","recv"]},
        {"who":["cn:meter","uid:7"],"channel":["readings","log.*"],"allow":["send","recv"]},
        {"who":"*","channel":"public","allow":"recv"},
        {"who":"*","channel":"both","allow":["recv","send"],"close":true}]})");
    REQUIRE(policy.said == "");
    CHECK(policy.ask({}, "both", false) == "+5");
    CHECK(policy.ask({}, "both", true) == "+5c");
    CHECK(policy.ask({"cn:meter"}, "readings", true) == "+1c");
    CHECK(policy.ask({"cn:meter"}, "readings", false) == "-2");
    CHECK(policy.ask({"uid:7"}, "readings", false) == "+3");
    CHECK(policy.ask({"uid:7"}, "log.", true) == "+3");
    CHECK(policy.ask({"uid:8"}, "log.", true) == "-0");
    CHECK(policy.ask({"uid:8", "gid:1", "cn:meter"}, "log.x", true) == "+3");
    CHECK(policy.ask({}, "public", false) == "+4");
    CHECK(policy.ask({}, "public", true) == "-0");
    CHECK(policy.ask({}, std::string("public\0x", 8), false) == "-0");
    CHECK(policy.ask({}, "", false) == "-0");
    Policy nobody(R"({"rules":[]})");
    CHECK(nobody.ask({"cn:meter"}, "readings", true) == "-0");
}

TEST_CASE("patterns match what they say and nothing else", "[run][policy]")
{
    CHECK(covers("*", "anything"));
    CHECK(covers("a*", "a"));
    CHECK(covers("a*b*c", "a-b--b-c"));
    CHECK_FALSE(covers("a*b*c", "a-b--b-"));
    CHECK_FALSE(covers("a", "aa"));
    CHECK_FALSE(covers("aa", "a"));
    CHECK_FALSE(covers("A", "a"));
    CHECK(covers("*.*", "a.b.c"));
    CHECK(covers(R"(a\\*)", "a*"));
    CHECK_FALSE(covers(R"(a\\*)", "ab"));
    CHECK(covers(R"(a\\\\b)", "a\\b"));
    CHECK_FALSE(covers(R"(a\\)", "a"));

    CHECK(is("dns:*.example", "dns:a.example"));
    CHECK(is("dns:*.EXAMPLE", "dns:A.example"));
    CHECK_FALSE(is("dns:*.example", "dns:a.b.example"));
    CHECK_FALSE(is("dns:*.example", "dns:.b.example"));
    CHECK_FALSE(is("dns:*", "dns:a.example"));
    CHECK_FALSE(is("dns:a.example", "cn:a.example"));
    CHECK_FALSE(is("dns:a.example", "dns:a.example.evil"));
    CHECK(is("email:*@example.org", "email:me@example.org"));
    CHECK_FALSE(is("email:*example.org", "email:me@evil-example.org"));
    CHECK(is("cn:the *", "cn:the meter"));
    CHECK_FALSE(is("cn:The *", "cn:the meter"));
    CHECK(is("sha256:AB:cd", "sha256:abcd"));
    CHECK(is("uid:*", "uid:0"));
    CHECK_FALSE(is("uid:1*", "gid:1"));
    /* A certificate's own star is a character like others: it gives no right by itself. */
    CHECK_FALSE(is("dns:a.star.example", "dns:*.star.example"));
}

TEST_CASE("an identity takes no name that could not be shown", "[run][policy]")
{
    Identity identity({"cn:fine", "cn:with\ncontrol", "cn:", "cn:\xc0\x80", "cn:\xff",
                       "cn:\xed\xa0\x80", "cn:gr\xc3\xbc\xc3\x9f", "cn:" + std::string(256, 'x')});
    REQUIRE(identity.inner.count == 2);
    CHECK(std::string(identity.inner.names[1]) == "cn:gr\xc3\xbc\xc3\x9f");
    REQUIRE(nci_identity_add(&identity.inner, "dns", "gr\xc3\xbc\xc3\x9f", 6, 0) == NCI_OK);
    REQUIRE(nci_identity_add(&identity.inner, "dns", "a\0b", 3, 0) == NCI_OK);
    CHECK(identity.inner.count == 2);
    for (int i = 0; i < 100; i++)
        REQUIRE(nci_identity_add(&identity.inner, "dns", "x", 1, 0) == NCI_OK);
    CHECK(identity.inner.count == 64);
}

TEST_CASE("what is not understood is no policy, and the error names the rule", "[run][policy]")
{
    struct Wrong {
        const char *text, *said;
    };
    const std::vector<Wrong> all = {
        {"", "policy test"},
        {"{", "policy test"},
        {"[]", "is not {\"rules\""},
        {"{}", "is not {\"rules\""},
        {R"({"rules":{}})", "is not {\"rules\""},
        {R"({"rules":[],"more":1})", "is not {\"rules\""},
        {R"({"rules":[1]})", "rule 1: not an object"},
        {R"({"rules":[{}]})", "rule 1: a rule needs who"},
        {R"({"rules":[{"who":"*","channel":"x"}]})", "allow or deny"},
        {R"({"rules":[{"who":"*","channel":"x","allow":"recv"},{"who":"*","allow":"recv"}]})",
         "rule 2: a rule needs"},
        {R"({"rules":[{"who":"*","channel":"x","allow":"recv","deny":"send"}]})", "not both"},
        {R"({"rules":[{"who":"*","channel":"x","allow":"write"}]})", "\"write\""},
        {R"({"rules":[{"who":"*","channel":"x","allow":[]}]})", "empty list"},
        {R"({"rules":[{"who":[],"channel":"x","allow":"recv"}]})", "empty list"},
        {R"({"rules":[{"who":"*","channel":"","allow":"recv"}]})", "\"channel\" is empty"},
        {R"({"rules":[{"who":"alice","channel":"x","allow":"recv"}]})", "\"alice\""},
        {R"({"rules":[{"who":"pid:1","channel":"x","allow":"recv"}]})", "\"pid:1\""},
        {R"({"rules":[{"who":"**","channel":"x","allow":"recv"}]})", "\"**\""},
        {R"({"rules":[{"who":7,"channel":"x","allow":"recv"}]})", "\"who\""},
        {R"({"rules":[{"who":["*",7],"channel":"x","allow":"recv"}]})", "\"who\""},
        {R"({"rules":[{"who":"*","channel":"x\u0000","allow":"recv"}]})", "U+0000"},
        {R"({"rules":[{"who":"*","channel":"x","allow":"recv","close":true}]})", "\"close\""},
        {R"({"rules":[{"who":"*","channel":"x","deny":"send","close":true}]})", "\"close\""},
        {R"({"rules":[{"who":"*","channel":"x","allow":"send","close":1}]})", "true or false"},
        {R"({"rules":[{"who":"*","channel":"x","allow":"send","clos":true}]})", "\"clos\""},
        {R"({"rules":[{"who":"*","channel":"x","allow":"send","whomever-it-may-concern-in-any-way":1}]})",
         "unknown"},
    };
    for (const Wrong &wrong : all) {
        INFO(wrong.text);
        Policy policy(wrong.text);
        CHECK(policy.status == NCI_OPTION);
        CHECK_THAT(policy.said, has_text(wrong.said));
    }
}
