/* SPDX-License-Identifier: MIT */
/*
 * The rules of the checking pass, as tables: what is accepted, what is refused, where and why.
 * Every text of both tables is also checked cut in two at every byte and byte by byte; the answer
 * must be the same to the letter.
 */
#include "json_rig.hpp"

#include <pthread.h>

using namespace json_rig;

namespace
{

const std::vector<std::string> legal = {
    /* one of each kind at the top, with white space around */
    "null",
    "true",
    "false",
    "0",
    "\"\"",
    "[]",
    "{}",
    " \t\r\nnull \t\r\n",
    "[ ]",
    "{ }",
    "[\n1 ,\t2\r]",
    " { \"a\" : 1 , \"b\" : [ ] } ",
    /* integers */
    "-0",
    "-1",
    "7",
    "10",
    "123456789012345678",
    "999999999999999999",
    "-999999999999999999",
    "9223372036854775807",
    "-9223372036854775808",
    "1000000000000000000",
    "-9223372036854775807",
    /* reals */
    "0.0",
    "-0.0",
    "0e0",
    "0E+1",
    "1e1",
    "1E1",
    "1e+1",
    "1e-1",
    "0.5",
    "10.25e3",
    "1.0e-0",
    "0.000000000000000000000000000001",
    "9223372036854775808.0",
    "9223372036854775808e0",
    "1.7976931348623157e308",
    "-1.7976931348623157e308",
    "17976931348623157e292",
    "0.00017976931348623157e312",
    "1e308",
    "1e-400",
    "-1e-99999999999999999999999",
    "0e99999999999999999999999",
    "0.000e999999999",
    "4.9e-324",
    "2.2250738585072014e-308",
    "1" + repeat("0", 308) + ".0",
    "0." + repeat("0", 400) + "1e401",
    "1" + repeat("0", 400) + "e-400",
    "179769313486231570" + repeat("0", 291) + ".0",
    /* the largest that still rounds to the largest double, to the last of 309 digits */
    "1797693134862315807937289714053034150799341327100378269361737789804449682927647509466490179775"
    "8"
    "7207096330286416692887910946555547851940402630657488671505820681908902000708383676273854845817"
    "7115317644757302700698555713669596228429148198608349364752927190741684443655107043427115596995"
    "08093042880177904174497791.999",
    /* strings */
    "\"a\"",
    "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
    "\"\\u0000\"",
    "\"\\u0041\\u00e9\\u20AC\"",
    "\"\\ud83d\\ude00\"",
    "\"\\uD800\\uDC00\\uDBFF\\uDFFF\"",
    "\"\\u007f\\uFFFF\\uFFFE\\uD7FF\\uE000\"",
    "\"\x7f\"",
    "\"\xc2\x80\xdf\xbf\"",
    "\"\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"",
    "\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"",
    "\"\xef\xbb\xbf\"",
    "\"\xd0\xb6\xe4\xb8\xad\xf0\x9f\x98\x80 mixed\"",
    "\"/* no comment */ // none\"",
    "\"1234567\"",
    "\"12345678\"",
    "\"123456789\"",
    "\"1234567\\n\"",
    "\"12345678\\n9\"",
    "\"0123456789abcdef0123456789abcdef\"",
    /* containers */
    "[1,2,3]",
    "[[[]]]",
    "[{}]",
    "{\"a\":{}}",
    "[null,true,false,0,\"\",[],{}]",
    "{\"\":0}",
    "{\"a\":1,\"b\":2,\"A\":3}",
    "{\"a\":{\"a\":{\"a\":1}}}",
    "[{\"a\":1},{\"a\":2}]",
    "{\"\\u0000\":1,\"\":2}",
    "{\"a\\u0000\":1,\"a\":2}",
    "{\"abcdefgh\":1,\"abcdefghi\":2,\"abcdefg\":3}",
    "[[],[[],[]],[[[]]]]",
    "[1.5,-2,\"x\",{\"k\":[true]}]",
    "{\"i\":123456,\"source\":\"bench-producer\"}",
};

struct Wrong {
    std::string text;
    size_t offset;
    const char *reason; /* a piece of it */
};

const std::vector<Wrong> illegal = {
    /* nothing, or not enough */
    {"", 0, "a value was expected, but the text ends here"},
    {" \n ", 3, "a value was expected, but the text ends here"},
    {"[", 1, "a value or ']' was expected, but the text ends here"},
    {"[1", 2, "',' or ']' was expected, but the text ends here"},
    {"[1,", 3, "a value was expected, but the text ends here"},
    {"{", 1, "a member name in double quotes or '}' was expected, but the text ends here"},
    {"{\"a\"", 4, "':' behind the member name was expected"},
    {"{\"a\":", 5, "a value was expected, but the text ends here"},
    {"{\"a\":1", 6, "',' or '}' was expected"},
    {"{\"a\":1,", 7, "a member name in double quotes was expected, but the text ends here"},
    {"[[1]", 4, "',' or ']' was expected"},
    {"\"", 1, "the text ends inside a string"},
    {"\"abc", 4, "the text ends inside a string"},
    {"\"abcdefghijklm\\n", 16, "the text ends inside a string"},
    /* too much, or the wrong thing */
    {"1 2", 2, "nothing more behind the value was expected, not '2'"},
    {"[]]", 2, "nothing more behind the value"},
    {"{}}", 2, "nothing more behind the value"},
    {"[] x", 3, "not 'x'"},
    {"null,", 4, "nothing more"},
    {"]", 0, "a value was expected, not ']'"},
    {"}", 0, "a value was expected, not '}'"},
    {",", 0, "a value was expected"},
    {":", 0, "a value was expected"},
    {"[,1]", 1, "a value or ']' was expected, not ','"},
    {"[1,]", 3, "a value was expected, not ']'"},
    {"[1,,2]", 3, "a value was expected, not ','"},
    {"[1 2]", 3, "',' or ']' was expected, not '2'"},
    {"[1}", 2, "',' or ']' was expected, not '}'"},
    {"[}", 1, "a value or ']'"},
    {"[1:2]", 2, "',' or ']'"},
    {"{]", 1, "a member name in double quotes or '}'"},
    {"{,}", 1, "a member name"},
    {"{\"a\":1,}", 7, "a member name in double quotes was expected, not '}'"},
    {"{\"a\":1,,\"b\":2}", 7, "a member name"},
    {"{\"a\":1]", 6, "',' or '}' was expected, not ']'"},
    {"{\"a\"}", 4, "':' behind the member name was expected, not '}'"},
    {"{\"a\" 1}", 5, "':' behind the member name"},
    {"{\"a\"::1}", 5, "a value was expected, not ':'"},
    {"{\"a\":}", 5, "a value was expected, not '}'"},
    {"{\"a\":]", 5, "a value was expected, not ']'"},
    {"{\"a\",1}", 4, "':' behind the member name"},
    {"{a:1}", 1, "a member name in double quotes"},
    {"{1:1}", 1, "a member name in double quotes"},
    {"{null:1}", 1, "a member name in double quotes"},
    {"{'a':1}", 1, "a member name in double quotes"},
    {"{[]:1}", 1, "a member name in double quotes"},
    {"{\"a\":1 \"b\":2}", 7, "',' or '}' was expected, not '\"'"},
    {"'a'", 0, "a value was expected, not '''"},
    {"[1]/* c */", 3, "not '/'"},
    {"// c\n1", 0, "not '/'"},
    {"#1", 0, "not '#'"},
    {"\xef\xbb\xbf{}", 0, "byte 0xEF (a byte order mark is not allowed)"},
    {raw("\xff\xfe[\0]\0"), 0, "byte order mark"},
    {"[\xe2\x80\x8b]", 1, "byte 0xE2"},
    {"\xc2\xa0"
     "1",
     0, "byte 0xC2"},
    {"[\x0b"
     "1]",
     1, "byte 0x0B"},
    {"[\f1]", 1, "byte 0x0C"},
    {raw("\0"), 0, "byte 0x00"},
    {raw("123\0"), 3, "byte 0x00"},
    {raw("[true\0]"), 5, "byte 0x00"},
    {raw("[1,\0 2]"), 3, "byte 0x00"},
    {raw("{\0\"a\":1}"), 1, "byte 0x00"},
    /* words */
    {"nul", 0, "the only words are true, false and null"},
    {"nulL", 0, "the only words"},
    {"tru", 0, "the only words"},
    {"True", 0, "not 'T'"},
    {"[fals]", 1, "the only words"},
    {"falsee", 5, "nothing more"},
    {"nulltrue", 4, "nothing more"},
    {"undefined", 0, "not 'u'"},
    {"NaN", 0, "not 'N'"},
    {"-NaN", 1, "a digit was expected behind the minus sign"},
    {"Infinity", 0, "not 'I'"},
    {"-Infinity", 1, "a digit was expected behind the minus sign"},
    {"nan", 0, "the only words"},
    /* numbers */
    {"-", 1, "a digit was expected behind the minus sign"},
    {"--1", 1, "a digit was expected behind the minus sign"},
    {"+1", 0, "not '+'"},
    {".5", 0, "not '.'"},
    {"-.5", 1, "a digit was expected behind the minus sign"},
    {"01", 0, "leading zero"},
    {"-01", 1, "leading zero"},
    {"00", 0, "leading zero"},
    {"[-012]", 2, "leading zero"},
    {"1.", 2, "a digit was expected behind the decimal point"},
    {"[1.]", 3, "a digit was expected behind the decimal point"},
    {"1.e1", 2, "a digit was expected behind the decimal point"},
    {"1.2.3", 3, "nothing more"},
    {"1e", 2, "a digit was expected behind the exponent sign"},
    {"1e+", 3, "a digit was expected behind the exponent sign"},
    {"1E-x", 3, "a digit was expected behind the exponent sign"},
    {"1e+-1", 3, "a digit was expected behind the exponent sign"},
    {"1e1.5", 3, "nothing more"},
    {"0x10", 1, "nothing more"},
    {"1a", 1, "nothing more"},
    {"[1a]", 2, "',' or ']'"},
    {"1,000", 1, "nothing more"},
    {"\xd9\xa1", 0, "byte 0xD9"},
    {"9223372036854775808", 0, "does not fit 64 bits"},
    {"[-9223372036854775809]", 1, "does not fit 64 bits"},
    {"18446744073709551615", 0, "does not fit 64 bits"},
    {"10000000000000000000", 0, "does not fit 64 bits"},
    {"1" + repeat("0", 300), 0, "does not fit 64 bits"},
    {"1e309", 0, "too large for a double"},
    {"[1.8e308]", 1, "too large for a double"},
    {"-1.7976931348623159e308", 0, "too large for a double"},
    {"1e99999999999999999999999999", 0, "too large for a double"},
    {"0.1e18446744073709551617", 0, "too large for a double"},
    {"1" + repeat("0", 309) + ".0", 0, "too large for a double"},
    {"0." + repeat("0", 400) + "1e710", 0, "too large for a double"},
    {"179769313486231580793728971405303415079934132710037826936173778980444968292764750946649017977"
     "58"
     "720709633028641669288791094655554785194040263065748867150582068190890200070838367627385484581"
     "7"
     "711531764475730270069855571366959622842914819860834936475292719074168444365510704342711559699"
     "5"
     "08093042880177904174497792.0",
     0, "too large for a double"},
    /* strings */
    {"\"\n\"", 1, "byte 0x0A in a string must be written \\u000A"},
    {"\"a\tb\"", 2, "byte 0x09"},
    {"\"12345678\x1f\"", 9, "byte 0x1F"},
    {raw("\"a\0b\""), 2, "byte 0x00 in a string must be written \\u0000"},
    {"\"\\x41\"", 1, "a backslash stands only before one of"},
    {"\"\\'\"", 1, "a backslash"},
    {"\"\\U0041\"", 1, "a backslash"},
    {"\"\\\n\"", 1, "a backslash"},
    {raw("\"\\\0\""), 1, "a backslash"},
    {"\"\\", 1, "a backslash"},
    {"\"\\\"", 3, "the text ends inside a string"},
    {"\"\\u", 1, "four hexadecimal digits"},
    {"\"\\u12\"", 1, "four hexadecimal digits"},
    {"\"\\u123\"", 1, "four hexadecimal digits"},
    {"\"\\u12G4\"", 1, "four hexadecimal digits"},
    {"\"\\u 123\"", 1, "four hexadecimal digits"},
    {"\"\\u-123\"", 1, "four hexadecimal digits"},
    {"\"\\ud800\"", 1, "\\uD800 is half of a surrogate pair"},
    {"\"\\udc00\"", 1, "\\uDC00 is half of a surrogate pair"},
    {"\"\\ud800x\"", 1, "\\uD800 is half"},
    {"\"\\ud800\\n1234567\"", 1, "\\uD800 is half"},
    {"\"\\ud800\\u0041\"", 1, "\\uD800 is half"},
    {"\"\\ud800\\ud800\"", 1, "\\uD800 is half"},
    {"\"\\ud800\\ue000\"", 1, "\\uD800 is half"},
    {"\"\\ud800\\udc0\"", 1, "\\uD800 is half"},
    {"\"\\ud83d\\ude00\\ude00\"", 13, "\\uDE00 is half"},
    {"\"\x80\"", 1, "byte 0x80 is not the start of valid UTF-8"},
    {"\"\xbf\"", 1, "byte 0xBF"},
    {"\"\xc0\xaf\"", 1, "byte 0xC0"},
    {"\"\xc1\xbf\"", 1, "byte 0xC1"},
    {"\"\xc2\"", 1, "byte 0xC2"},
    {"\"\xc2\x22\"", 1, "byte 0xC2"},
    {"\"\xe0\x80\x80\"", 1, "byte 0xE0"},
    {"\"\xe0\x9f\xbf\"", 1, "byte 0xE0"},
    {"\"\xe2\x82\"", 1, "byte 0xE2"},
    {"\"\xed\xa0\x80\"", 1, "byte 0xED"},
    {"\"\xed\xbf\xbf\"", 1, "byte 0xED"},
    {"\"\xf0\x80\x80\x80\"", 1, "byte 0xF0"},
    {"\"\xf0\x8f\xbf\xbf\"", 1, "byte 0xF0"},
    {"\"\xf0\x9f\x98\"", 1, "byte 0xF0"},
    {"\"\xf4\x90\x80\x80\"", 1, "byte 0xF4"},
    {"\"\xf5\x80\x80\x80\"", 1, "byte 0xF5"},
    {"\"\xf8\x88\x80\x80\x80\"", 1, "byte 0xF8"},
    {"\"\xff\"", 1, "byte 0xFF"},
    {"\"ok \xd0\xb6 \xd0\"", 7, "byte 0xD0"},
    {"\"\xe2\x82\xac\xe2", 4, "byte 0xE2"},
    {"{\"\xff\":1}", 2, "byte 0xFF"},
    /* names */
    {"{\"a\":1,\"a\":2}", 7, "member name \"a\" appears twice"},
    {"{\"\":1,\"\":2}", 6, "member name \"\" appears twice"},
    {"{\"a\":1,\"b\":2,\"a\":3}", 13, "member name \"a\" appears twice"},
    {"{\"a\":1,\"\\u0061\":2}", 7, "member name \"\\u0061\" appears twice"},
    {"{\"\\u0061\":1,\"a\":2}", 12, "member name \"a\" appears twice"},
    {"{\"\\ud83d\\ude00\":1,\"\xf0\x9f\x98\x80\":2}", 18, "appears twice"},
    {"{\"/\":1,\"\\/\":2}", 7, "appears twice"},
    {"{\"abcdefgh\":1,\"abcdefgh\":2}", 14, "\"abcdefgh\" appears twice"},
    {"{\"abcdefghi\":1,\"abcdefghi\":2}", 15, "\"abcdefghi\" appears twice"},
    {"[{\"x\":{\"a\":1,\"a\":2}}]", 13, "member name \"a\" appears twice"},
    {"{\"x\":{\"a\":1},\"a\":2,\"x\":3}", 19, "member name \"x\" appears twice"},
    {"{\"" + repeat("n", 200) + "\":1,\"" + repeat("n", 200) + "\":2}", 206,
     "nnnn\"... appears twice"},
};

std::string shown(const std::string &text)
{
    return text.size() > 120 ? text.substr(0, 120) + "..." : text;
}

} // namespace

TEST_CASE("every legal text is accepted, whole, cut anywhere and byte by byte",
          "[json][row:J4][row:J6]")
{
    Checker checker = new_checker();
    for (const std::string &text : legal) {
        INFO(shown(text));
        std::vector<size_t> bytes;
        Verdict whole = check_whole(checker.get(), text);
        INFO(whole);
        CHECK(whole.code == NCI_OK);
        for (size_t cut = 0; cut <= text.size(); cut++) {
            bytes.push_back(cut);
            Verdict two = check_cut(checker.get(), text, {cut});
            INFO("cut at " << cut << ": " << two);
            CHECK(two.code == NCI_OK);
        }
        CHECK(check_cut(checker.get(), text, bytes).code == NCI_OK);
    }
}

TEST_CASE("every illegal text is refused at its place and with its reason, however it is cut",
          "[json][row:J4][row:J6]")
{
    Checker checker = new_checker();
    for (const Wrong &wrong : illegal) {
        INFO(shown(wrong.text));
        std::vector<size_t> bytes;
        Verdict whole = check_whole(checker.get(), wrong.text);
        CHECK(whole.code == NCI_VALUE);
        CHECK(whole.offset == wrong.offset);
        CHECK_THAT(whole.reason, netchan_test::has_text(wrong.reason));
        for (size_t cut = 0; cut <= wrong.text.size(); cut++) {
            bytes.push_back(cut);
            INFO("cut at " << cut);
            CHECK(check_cut(checker.get(), wrong.text, {cut}) == whole);
        }
        CHECK(check_cut(checker.get(), wrong.text, bytes) == whole);
    }
}

TEST_CASE("a fault has a line, a column in characters, and both in the detail text", "[json]")
{
    Checker checker = new_checker();
    std::string text = "{\n  \"\xd0\xb6\xd0\xb6\": 1,\n  \"a\": 2, \"a\": 3}";
    Verdict verdict = check_whole(checker.get(), text);
    CHECK(verdict.line == 3);
    CHECK(verdict.column == 11);
    CHECK(verdict.offset == 25);
    CHECK(std::string(nci_detail()) == "line 3, column 11: member name \"a\" appears twice");

    verdict = check_whole(checker.get(), "\"\xd0\xb6\xd0\xb6\x01\"");
    CHECK(verdict.line == 1);
    CHECK(verdict.column == 4);
    CHECK(verdict.offset == 5);
}

TEST_CASE("an error sticks until the next text begins", "[json]")
{
    Checker checker = new_checker();
    nci_check_begin(checker.get(), nullptr);
    auto block = block_of("[x]", 3);
    CHECK(nci_check_feed(checker.get(), block.get(), 2) == NCI_VALUE);
    CHECK(nci_check_feed(checker.get(), block.get(), 3) == NCI_VALUE);
    CHECK(nci_check_end(checker.get(), block.get(), 3) == NCI_VALUE);
    CHECK(check_whole(checker.get(), "[1]").code == NCI_OK);
    CHECK(nci_check_error(checker.get()) == nullptr);
}

TEST_CASE("a text may be as long as the limit and no byte longer", "[json]")
{
    Checker checker = new_checker();
    nci_json_limits limits = {10, 64};
    CHECK(check_whole(checker.get(), "\"12345678\"", &limits).code == NCI_OK);
    Verdict longer = check_whole(checker.get(), "\"123456789\"", &limits);
    CHECK(longer.code == NCI_LIMIT);
    CHECK_THAT(nci_detail(), netchan_test::has_text("11 bytes"));
    CHECK_THAT(nci_detail(), netchan_test::has_text("limit.value, 10"));

    nci_value *value = nullptr;
    CHECK(nci_value_new("\"123456789\"", 11, &limits, &value) == NCI_LIMIT);
    CHECK(value == nullptr);
    limits.value = 11;
    CHECK(nci_value_new("\"123456789\"", 11, &limits, &value) == NCI_OK);
    nci_value_unref(value);

    std::string text = "\"" + std::string(NCI_JSON_VALUE_DEFAULT - 2, 'a') + "\"";
    CHECK(check_whole(checker.get(), text).code == NCI_OK);
    CHECK(check_whole(checker.get(), text + " ").code == NCI_LIMIT);
}

TEST_CASE("nesting may be as deep as the limit and no deeper", "[json][row:J3]")
{
    Checker checker = new_checker();
    for (unsigned depth : {0u, 1u, 2u, 31u, 32u, 33u, 63u, 64u, 65u, 512u}) {
        INFO(depth);
        nci_json_limits limits = {1 << 20, depth};
        std::string arrays = repeat("[", depth) + repeat("]", depth);
        std::string objects = repeat("{\"a\":", depth) + "0" + repeat("}", depth);
        if (depth > 0) {
            CHECK(check_whole(checker.get(), arrays, &limits).code == NCI_OK);
            CHECK(nci_value_depth(make_value(arrays, &limits).get()) == depth);
        }
        CHECK(check_whole(checker.get(), objects, &limits).code == NCI_OK);
        CHECK(nci_value_depth(make_value(objects, &limits).get()) == depth);

        Verdict verdict = check_whole(checker.get(), "[" + arrays + "]", &limits);
        CHECK(verdict.code == NCI_LIMIT);
        CHECK(verdict.offset == depth);
        CHECK(verdict.reason == "nested deeper than limit.depth, " + std::to_string(depth));
        CHECK(check_whole(checker.get(), "{\"a\":" + objects + "}", &limits).code == NCI_LIMIT);
    }
}

TEST_CASE("limits that are too high are cut to the most there is", "[json]")
{
    Checker checker = new_checker();
    nci_json_limits limits = {SIZE_MAX, 100000};
    std::string deep = repeat("[", 512) + repeat("]", 512);
    CHECK(check_whole(checker.get(), deep, &limits).code == NCI_OK);
    CHECK(check_whole(checker.get(), "[" + deep + "]", &limits).code == NCI_LIMIT);
    CHECK_THAT(nci_detail(), netchan_test::has_text("limit.depth, 512"));
    /* without limits the defaults hold */
    CHECK(check_whole(checker.get(), repeat("[", 64) + repeat("]", 64)).code == NCI_OK);
    CHECK(check_whole(checker.get(), repeat("[", 65) + repeat("]", 65)).code == NCI_LIMIT);
}

TEST_CASE("a hundred thousand open brackets are refused at the depth limit", "[json][row:J3]")
{
    Checker checker = new_checker();
    nci_json_limits limits = {1 << 20, 512};
    CHECK(check_whole(checker.get(), repeat("[", 100000), &limits).offset == 512);
    CHECK(check_whole(checker.get(), repeat("{\"a\":", 100000), &limits).offset == 512 * 5);
}

/* A small stack, as threads of other languages have: nothing here may recurse by what a text says. */
TEST_CASE("a million brackets, and the deepest legal value, need no deep stack", "[json][row:J3]")
{
    struct Job {
        Checker checker;
        int wrong;
    } job = {new_checker(), -1}; /* Catch2 counts in one thread only */
    pthread_attr_t small;
    pthread_t thread;
    REQUIRE(pthread_attr_init(&small) == 0);
    REQUIRE(pthread_attr_setstacksize(&small, 256 * 1024) == 0);
    auto work = [](void *given) -> void * {
        Checker &checker = ((Job *)given)->checker;
        nci_json_limits limits = {4 << 20, 512};
        int faults = check_whole(checker.get(), repeat("[", 1000000), &limits).code != NCI_LIMIT;
        faults += check_whole(checker.get(), repeat("{\"a\":", 500000), &limits).code != NCI_LIMIT;
        std::string deep = repeat("[", 512) + repeat("]", 512);
        nci_value *value = nullptr, *again = nullptr;
        nci_builder *builder = nullptr;
        if (nci_value_new(deep.data(), deep.size(), &limits, &value) || nci_builder_new(&builder))
            return nullptr;
        faults += nci_builder_value(builder, value) != NCI_OK;
        faults += nci_builder_finish(builder, &limits, &again) != NCI_OK;
        faults += again && nci_value_depth(again) != 512;
        nci_builder_free(builder);
        nci_value_unref(value);
        nci_value_unref(again);
        ((Job *)given)->wrong = faults;
        return nullptr;
    };
    REQUIRE(pthread_create(&thread, &small, work, &job) == 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&small);
    CHECK(job.wrong == 0);
}

TEST_CASE("a megabyte of empty arrays is accepted and can be read", "[json][row:J8]")
{
    std::string text = "[" + repeat("[],", (1 << 20) / 3) + "0]";
    Value value = make_value(text);
    int64_t count = (1 << 20) / 3 + 1;
    CHECK(nci_value_size(value.get(), 0) == count);
    int64_t seen = 0;
    for (int64_t node = nci_value_first(value.get(), 0); node >= 0;
         node = nci_value_next(value.get(), node))
        seen++;
    CHECK(seen == count);
    CHECK(nci_value_memory(value.get()) > text.size());
    CHECK(nci_value_memory(value.get()) < 8 * text.size()); /* the matrix allows 64 */
}
