/* SPDX-License-Identifier: MIT */
/*
 * Doubles: reading is compared bit by bit with the C library's own (in the C locale), writing with
 * reading, and both with a locale whose decimal point is a comma.
 */
#include "json_rig.hpp"

#include <cfloat>
#include <clocale>
#include <cmath>
#include <cstdlib>

using namespace json_rig;

namespace
{

uint64_t bits_of(double number)
{
    uint64_t bits;
    std::memcpy(&bits, &number, sizeof bits);
    return bits;
}

double double_of(uint64_t bits)
{
    double number;
    std::memcpy(&number, &bits, sizeof number);
    return number;
}

std::string written(double number)
{
    Builder builder = new_builder();
    CHECK(nci_builder_real(builder.get(), number) == NCI_OK);
    nci_value *value = nullptr;
    REQUIRE(nci_builder_finish(builder.get(), nullptr, &value) == NCI_OK);
    std::string text = text_of(value);
    nci_value_unref(value);
    return text;
}

bool reads_like_the_c_library(const std::string &text)
{
    Value value = make_value(text);
    double mine = real_of(value.get(), 0), theirs = std::strtod(text.c_str(), nullptr);
    if (bits_of(mine) == bits_of(theirs))
        return true;
    UNSCOPED_INFO(text << " read as " << mine << ", not " << theirs);
    return false;
}

/* A comma locale for the length of a case, if the system has one. */
class CommaLocale
{
  public:
    CommaLocale()
    {
        for (const char *name : {"de_DE.UTF-8", "de_DE.utf8", "fr_FR.UTF-8", "fr_FR.utf8",
                                 "ru_RU.UTF-8", "nl_NL.UTF-8", "de_DE", "fr_FR", "ps_AF"})
            if (std::setlocale(LC_NUMERIC, name))
                return;
    }
    ~CommaLocale()
    {
        std::setlocale(LC_NUMERIC, "C");
    }
};

} // namespace

TEST_CASE("reals are read to the last bit", "[json]")
{
    std::string half_way = /* between the smallest double and 0, exactly */
        "2."
        "470328229206232720882843964341106861825299013071623822127928412503377536351043759326499181"
        "808179961898982823477228588654633283551779698981993873980053909390631503565951557022639229"
        "0858"
        "392614491052435999082913949828110532020839503415509005500523016006613911620806598340206810"
        "1"
        "9361129163985088055004e-324";
    for (std::string text : {"0.0",
                             "-0.0",
                             "0e5",
                             "-0e-5",
                             "1.0",
                             "0.1",
                             "0.2",
                             "0.3",
                             "123.456",
                             "1e22",
                             "1e23",
                             "1e-22",
                             "1e-23",
                             "9007199254740993.0",
                             "9007199254740992.0",
                             "9007199254740991e0",
                             "90071992547409930e-1",
                             "0.30000000000000004",
                             "1.7976931348623157e308",
                             "1.7976931348623158e308",
                             "2.2250738585072014e-308",
                             "2.2250738585072011e-308",
                             "4.9406564584124654e-324",
                             "5e-324",
                             "2.4703282292062327e-324",
                             "2.4703282292062328e-324",
                             "1e-400",
                             "1e-999999999999999999999",
                             "6631236846766476e-316",
                             "3.518437208883201171875e13",
                             "62.5364939768271845828",
                             "8.10109172351e-10",
                             "1.50000000000000011102230246251565",
                             "7.2057594037927933e16",
                             "123456789012345678901234567890.0",
                             "0.000000000000000000000000000000000000001",
                             "1000000000000000000000e-21",
                             "12345e+3",
                             "12345E-3",
                             "1.0e+0"})
        CHECK(reads_like_the_c_library(text));
    CHECK(reads_like_the_c_library(half_way));
    CHECK(reads_like_the_c_library("0." + repeat("0", 5000) + "123e4990"));
    CHECK(reads_like_the_c_library("1" + repeat("0", 5000) + "e-5000"));
    CHECK(reads_like_the_c_library(repeat("9", 3000) + "e-2900"));
}

TEST_CASE("digits beyond all that a double holds still decide a half", "[json]")
{
    /* 1 + 2^-53 lies half way between 1 and the next double: exactly, a bit below, a bit above */
    std::string half = "1.00000000000000011102230246251565404236316680908203125";
    double next = 1.0 + DBL_EPSILON;
    CHECK(real_of(make_value(half).get(), 0) == 1.0);
    for (size_t zeros : {0u, 700u, 715u, 720u, 800u, 5000u}) {
        INFO(zeros);
        CHECK(real_of(make_value(half + repeat("0", zeros)).get(), 0) == 1.0);
        CHECK(real_of(make_value(half + repeat("0", zeros) + "1").get(), 0) == next);
        CHECK(real_of(make_value(half + repeat("0", zeros) + "1e0").get(), 0) == next);
    }
    CHECK(real_of(make_value("1.000000000000000111022302462515654042363166809082031249" +
                             repeat("9", 900))
                      .get(),
                  0) == 1.0);
}

TEST_CASE("random decimals are read to the last bit", "[json]")
{
    std::mt19937_64 random(7);
    for (int i = 0; i < 20000; i++) {
        std::string text = random() % 2 ? "-" : "";
        size_t integers = random() % 4 == 0 ? random() % 25 : random() % 5;
        text += integers ? std::to_string(1 + random() % 9) : "0";
        for (size_t n = 1; n < integers; n++)
            text += (char)('0' + random() % 10);
        text += '.';
        for (size_t n = 1 + random() % 22; n > 0; n--)
            text += (char)('0' + random() % 10);
        if (random() % 2)
            text += "e" + std::to_string((int)(random() % 560) - 330 + (random() % 2 ? 0 : 40));
        if (std::isinf(std::strtod(text.c_str(), nullptr)))
            continue;
        if (!reads_like_the_c_library(text))
            FAIL(text);
    }
    SUCCEED();
}

TEST_CASE("an integer can be read as a real, rounded to the nearest", "[json]")
{
    CHECK(real_of(make_value("-12").get(), 0) == -12.0);
    CHECK(real_of(make_value("9007199254740993").get(), 0) == 9007199254740992.0);
    CHECK(real_of(make_value("9223372036854775807").get(), 0) == 9223372036854775808.0);
    CHECK(bits_of(real_of(make_value("-0").get(), 0)) == bits_of(0.0));
    CHECK(bits_of(real_of(make_value("-0.0").get(), 0)) == bits_of(-0.0));
}

TEST_CASE("reals are written with the fewest digits, and stay reals", "[json]")
{
    struct {
        double number;
        const char *text;
    } rows[] = {
        {0.0, "0.0"},
        {-0.0, "-0.0"},
        {1.0, "1.0"},
        {-1.0, "-1.0"},
        {100.0, "100.0"},
        {0.1, "0.1"},
        {-0.25, "-0.25"},
        {0.3, "0.3"},
        {123.456, "123.456"},
        {3.14159265358979, "3.14159265358979"},
        {0.000001, "0.000001"},
        {1e-15, "0.000000000000001"},
        {0.30000000000000004, "0.30000000000000004"},
        {1.0 / 3.0, "0.3333333333333333"},
        {2.0 / 3.0, "0.6666666666666666"},
        {999999999999999.0, "999999999999999.0"},
        {1e15, "1e+15"},
        {1234567890123456.0, "1234567890123456.0"},
        {9007199254740993.0, "9007199254740992.0"},
        {1e16, "1e+16"},
        {1e21, "1e+21"},
        {1e22, "1e+22"},
        {1.5e300, "1.5e+300"},
        {1e-300, "1e-300"},
        {DBL_MAX, "1.7976931348623157e+308"},
        {DBL_MIN, "2.2250738585072014e-308"},
        {5e-324, "5e-324"},
        {-5e-324, "-5e-324"},
        {1e-320, "1e-320"},
    };
    for (const auto &row : rows)
        CHECK(written(row.number) == row.text);
}

TEST_CASE("what is written is read back as the same double, and is of the kind real", "[json]")
{
    std::mt19937_64 random(11);
    for (int i = 0; i < 6000; i++) {
        double number = 0;
        switch (i % 4) {
        case 0: /* any bits */
            number = double_of(random());
            break;
        case 1: /* what programs measure */
            number = (double)(int64_t)(random() % 2000000) / 1000.0;
            break;
        case 2: /* whole */
            number = (double)(int64_t)(random() >> (random() % 60));
            break;
        default: /* near a power of two */
            number = std::ldexp(1.0 + (double)(random() % 3) * DBL_EPSILON - DBL_EPSILON / 2,
                                (int)(random() % 2000) - 1000);
        }
        if (!std::isfinite(number))
            continue;
        std::string text = written(number);
        Value value = make_value(text);
        INFO(text);
        if (nci_value_kind(value.get(), 0) != NCI_KIND_REAL ||
            bits_of(real_of(value.get(), 0)) != bits_of(number) || text.size() > 24)
            FAIL(number);
    }
    SUCCEED();
}

TEST_CASE("a locale with a decimal comma changes nothing", "[json]")
{
    CommaLocale locale; /* where the system has none, this runs in the C locale */
    for (double number : {0.5, 1.0 / 3.0, 1e-320, 1.5e300, 1234567.891, 0.1234567890123456789}) {
        std::string text = written(number);
        CHECK(text.find(',') == std::string::npos);
        CHECK(bits_of(real_of(make_value(text).get(), 0)) == bits_of(number));
    }
    CHECK(real_of(make_value("1.5").get(), 0) == 1.5);
    CHECK(real_of(make_value("0.30000000000000004").get(), 0) == 0.30000000000000004);
    CHECK(real_of(make_value("123456789012345678901234567890.5").get(), 0) ==
          123456789012345678901234567890.5);
    nci_value *value = nullptr;
    CHECK(nci_value_new("1,5", 3, nullptr, &value) == NCI_VALUE);
}
