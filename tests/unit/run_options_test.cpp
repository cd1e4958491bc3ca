/* SPDX-License-Identifier: MIT */
/*
 * Option keys: every key by its table, and what each refuses.
 */
#include "catch_shim.hpp"
#include "run/options.h"

#include <algorithm>
#include <set>

using netchan_test::has_text;

namespace
{

const int EXPORTER = NCI_SCOPE_EXPORTER, IMPORTER = NCI_SCOPE_IMPORTER, EXPORT = NCI_SCOPE_EXPORT,
          IMPORT = NCI_SCOPE_IMPORT;

/* good and bad are lists of texts, parted by '|'. */
struct Row {
    const char *key;
    nci_option_id id;
    int scope;
    int64_t normal;
    const char *good, *bad;
};

const char *const BOOLEANS = "yes|no|true|false|1|0";
const char *const NO_BOOLEANS = "|Yes|on|2| yes|y";

const Row rows[] = {
    {"async", NCI_OPTION_ASYNC, IMPORT, 0, BOOLEANS, NO_BOOLEANS},
    {"io.spin", NCI_OPTION_IO_SPIN, EXPORTER | IMPORTER, 1, BOOLEANS, NO_BOOLEANS},
    {"keep-open", NCI_OPTION_KEEP_OPEN, EXPORT | IMPORT, 0, BOOLEANS, NO_BOOLEANS},
    {"limit.depth", NCI_OPTION_LIMIT_DEPTH, EXPORTER | IMPORTER, 64, "1|512",
     "0|513|-1|x|1x| 1|+1"},
    {"limit.frame", NCI_OPTION_LIMIT_FRAME, EXPORTER | IMPORTER, 65536, "4096|1048576",
     "4095|1048577|"},
    {"limit.handshakes", NCI_OPTION_LIMIT_HANDSHAKES, EXPORTER, 1024, "1|1048576", "0|1048577"},
    {"limit.links", NCI_OPTION_LIMIT_LINKS, EXPORTER, 16384, "1|1048576", "0|1048577"},
    {"limit.memory", NCI_OPTION_LIMIT_MEMORY, EXPORTER | IMPORTER, INT64_C(64) << 30,
     "65536|1125899906842624", "65535|1125899906842625"},
    {"limit.size", NCI_OPTION_LIMIT_SIZE, EXPORTER | IMPORTER, 65536, "1|1048576", "0|1048577"},
    {"limit.streams", NCI_OPTION_LIMIT_STREAMS, EXPORTER | IMPORTER, 1024, "1|1048576",
     "0|1048577"},
    {"limit.value", NCI_OPTION_LIMIT_VALUE, EXPORTER | IMPORTER, 4194304, "64|134217727",
     "63|134217728"},
    {"limit.window", NCI_OPTION_LIMIT_WINDOW, EXPORTER | IMPORTER, 67108864, "1024|1099511627776",
     "1023|1099511627777"},
    {"link.ack-delay", NCI_OPTION_LINK_ACK_DELAY, EXPORTER | IMPORTER, 10, "0|1000", "-1|1001"},
    {"link.agent", NCI_OPTION_LINK_AGENT, EXPORTER | IMPORTER, 0, "|an agent/1.0",
     "12345678901234567890123456789012345678901234567890123456789012345"},
    {"link.handshake", NCI_OPTION_LINK_HANDSHAKE, EXPORTER | IMPORTER, 10000, "10|600000",
     "9|600001"},
    {"link.heartbeat", NCI_OPTION_LINK_HEARTBEAT, EXPORTER | IMPORTER, 7000, "0|86400000",
     "-1|86400001"},
    {"link.linger", NCI_OPTION_LINK_LINGER, EXPORTER | IMPORTER, 1000, "0|600000", "-1|600001"},
    {"link.silence", NCI_OPTION_LINK_SILENCE, EXPORTER | IMPORTER, 7000, "0|86400000",
     "-1|86400001"},
    {"return", NCI_OPTION_RETURN, EXPORT | IMPORT, 1, BOOLEANS, NO_BOOLEANS},
    {"unix.mode", NCI_OPTION_UNIX_MODE, EXPORTER, 0600, "0|600|0660|777", "1000|8|rw|-1|"},
    {"wait", NCI_OPTION_WAIT, IMPORT, 0, "-1|0|1099511627776", "-2|1099511627777|"},
    {"window", NCI_OPTION_WINDOW, IMPORT, 4194304, "1|1099511627776", "0|-1|1099511627777"},
};

/* Keys that take any text; a build may lack the feature of some. */
const struct {
    const char *key;
    nci_option_id id;
    int scope;
} features[] = {
    {"policy", NCI_OPTION_POLICY, EXPORTER},
    {"policy.text", NCI_OPTION_POLICY_TEXT, EXPORTER},
    {"tls.ca", NCI_OPTION_TLS_CA, EXPORTER | IMPORTER},
    {"tls.cert", NCI_OPTION_TLS_CERT, EXPORTER | IMPORTER},
    {"tls.ciphers", NCI_OPTION_TLS_CIPHERS, EXPORTER | IMPORTER},
    {"tls.key", NCI_OPTION_TLS_KEY, EXPORTER | IMPORTER},
    {"tls.name", NCI_OPTION_TLS_NAME, IMPORTER},
    {"tls.passphrase", NCI_OPTION_TLS_PASSPHRASE, EXPORTER | IMPORTER},
};

std::vector<std::string> parts(const std::string &list)
{
    std::vector<std::string> found(1);
    for (char byte : list) {
        if (byte == '|')
            found.emplace_back();
        else
            found.back() += byte;
    }
    return found;
}

class Options
{
  public:
    Options()
    {
        REQUIRE(nci_options_new(&options) == NCI_OK);
    }
    ~Options()
    {
        nci_options_free(options);
    }
    nci_options *options = nullptr;
};

} // namespace

TEST_CASE("the tables here and in the library hold the same keys", "[run]")
{
    CHECK(std::size(rows) + std::size(features) == (size_t)NCI_OPTION_COUNT);
    Options options;
    CHECK(nci_options_set(options.options, "nonsense", "1") == NCI_OPTION);
    std::string text = nci_detail();
    CHECK_THAT(text, has_text("\"nonsense\""));
    for (auto &row : rows)
        CHECK_THAT(text, has_text(row.key));
    for (auto &row : features)
        CHECK_THAT(text, has_text(row.key));
    for (const char *wrong : {"", "limit", "limit.", "Limit.value", "limit.value ", "limit.valu"})
        CHECK(nci_options_set(options.options, wrong, "1") == NCI_OPTION);
}

TEST_CASE("every option has its default until it is set, and takes its least and most", "[run]")
{
    for (auto &row : rows) {
        INFO(row.key);
        Options options;
        CHECK(nci_options_number(nullptr, row.id) == row.normal);
        CHECK(nci_options_number(options.options, row.id) == row.normal);
        CHECK(nci_options_text(options.options, row.id) == nullptr);
        CHECK(nci_options_text(nullptr, row.id) == nullptr);
        for (const std::string &good : parts(row.good)) {
            INFO(good);
            REQUIRE(nci_options_set(options.options, row.key, good.c_str()) == NCI_OK);
            CHECK(std::string(nci_options_text(options.options, row.id)) == good);
        }
    }
}

TEST_CASE("a bad value is refused with its key, and what was set before stays", "[run]")
{
    for (auto &row : rows) {
        INFO(row.key);
        Options options;
        std::string before = parts(row.good).back();
        REQUIRE(nci_options_set(options.options, row.key, before.c_str()) == NCI_OK);
        for (const std::string &bad : parts(row.bad)) {
            INFO(bad);
            CHECK(nci_options_set(options.options, row.key, bad.c_str()) == NCI_OPTION);
            CHECK_THAT(nci_detail(), has_text(row.key));
            CHECK(std::string(nci_options_text(options.options, row.id)) == before);
        }
    }
    Options options;
    CHECK(nci_options_set(options.options, "wait", "99999999999999999999999") == NCI_OPTION);
    CHECK(nci_options_set(options.options, "wait", "-") == NCI_OPTION);
}

TEST_CASE("numbers are decimal, the socket's mode is octal, truths are yes and no", "[run]")
{
    Options options;
    REQUIRE(nci_options_set(options.options, "limit.size", "0010") == NCI_OK);
    CHECK(nci_options_number(options.options, NCI_OPTION_LIMIT_SIZE) == 10);
    REQUIRE(nci_options_set(options.options, "limit.size", "12") == NCI_OK);
    CHECK(nci_options_number(options.options, NCI_OPTION_LIMIT_SIZE) == 12);
    REQUIRE(nci_options_set(options.options, "unix.mode", "660") == NCI_OK);
    CHECK(nci_options_number(options.options, NCI_OPTION_UNIX_MODE) == 0660);
    CHECK(nci_options_set(options.options, "unix.mode", "9") == NCI_OPTION);
    CHECK_THAT(nci_detail(), has_text("octal number from 0 to 777"));
    REQUIRE(nci_options_set(options.options, "wait", "-1") == NCI_OK);
    CHECK(nci_options_number(options.options, NCI_OPTION_WAIT) == -1);
    for (const char *word : {"yes", "true", "1"}) {
        REQUIRE(nci_options_set(options.options, "keep-open", word) == NCI_OK);
        CHECK(nci_options_number(options.options, NCI_OPTION_KEEP_OPEN) == 1);
    }
    for (const char *word : {"no", "false", "0"}) {
        REQUIRE(nci_options_set(options.options, "return", word) == NCI_OK);
        CHECK(nci_options_number(options.options, NCI_OPTION_RETURN) == 0);
    }
}

TEST_CASE("a key in the wrong call is refused, naming both", "[run]")
{
    for (auto &row : rows) {
        for (int scope : {EXPORTER, IMPORTER, EXPORT, IMPORT}) {
            INFO(row.key << " in " << scope);
            Options options;
            std::string good = parts(row.good).back();
            REQUIRE(nci_options_set(options.options, row.key, good.c_str()) == NCI_OK);
            int status =
                nci_options_check_scope(options.options, (nci_option_scope)scope, "that call");
            CHECK(status == (row.scope & scope ? NCI_OK : NCI_OPTION));
            if (status) {
                CHECK_THAT(nci_detail(), has_text(row.key));
                CHECK_THAT(nci_detail(), has_text("that call"));
            }
        }
    }
    Options none;
    CHECK(nci_options_check_scope(nullptr, NCI_SCOPE_IMPORT, "x") == NCI_OK);
    CHECK(nci_options_check_scope(none.options, NCI_SCOPE_IMPORT, "x") == NCI_OK);
}

TEST_CASE("a setting of a feature that the build lacks is never passed over", "[run]")
{
    for (auto &row : features) {
        INFO(row.key);
        Options options;
        REQUIRE(nci_options_set(options.options, row.key, "/some/file") == NCI_OK);
        int scope = row.scope & EXPORTER ? EXPORTER : IMPORTER;
        int status = nci_options_check_scope(options.options, (nci_option_scope)scope, "it");
        CHECK((status == NCI_NOTSUP || status == NCI_OK));
        if (status == NCI_OK)
            CHECK(std::string(nci_options_text(options.options, row.id)) == "/some/file");
        else
            CHECK_THAT(nci_detail(), has_text(row.key));
        CHECK(nci_options_check_scope(options.options, NCI_SCOPE_IMPORT, "it") == NCI_OPTION);
    }
    nci_options_free(nullptr);
}
