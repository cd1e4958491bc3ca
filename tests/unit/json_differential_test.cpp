/* SPDX-License-Identifier: MIT */
/*
 * Random texts, most of them nearly right, before three judges: the pass over the whole text, the
 * pass over pieces, and jansson. They agree but for what jansson is known to see differently: a
 * NUL byte behind a number or word passes, and a member name with U+0000 does not.
 */
#include "json_rig.hpp"

#include <jansson.h>

#include <algorithm>
#include <cmath>

using namespace json_rig;

namespace
{

class Generator
{
  public:
    explicit Generator(unsigned seed) : random(seed)
    {
    }

    std::string text()
    {
        std::string out = space();
        value(out, 4);
        out += space();
        for (size_t n = below(3); n > 0; n--)
            damage(out);
        return out;
    }

    size_t below(size_t limit)
    {
        return random() % limit;
    }

  private:
    std::mt19937 random;

    std::string pick(const std::vector<const char *> &pieces)
    {
        return pieces[below(pieces.size())];
    }

    std::string space()
    {
        return below(6) ? "" : pick({" ", "\n", "\t", "\r\n", "  \n "});
    }

    std::string string_text()
    {
        std::string out = "\"";
        for (size_t n = below(below(4) ? 4 : 24); n > 0; n--)
            out += below(3) ? pick({"a", "b", "key", "value"})
                            : pick({"\\n", "\\u0041", "\\u00e9", "\\ud83d\\ude00", "\\\"", "\\\\",
                                    "\xd0\xb6", "\xe4\xb8\xad", "\xf0\x9f\x98\x80", "0123456789",
                                    "\\u0000", "/", "\x7f"});
        return out + "\"";
    }

    std::string number_text()
    {
        if (below(3) == 0)
            return pick({"0", "-0", "1e5", "1E-5", "0.0", "9223372036854775807",
                         "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
                         "1.7976931348623157e308", "1.7976931348623159e308", "1e309", "1e-400",
                         "123456789012345678", "2.5e+3", "0.1e1", "12345678901234567890"});
        std::string out = std::to_string((int)below(100000) - 50000);
        if (below(3) == 0)
            out += "." + std::to_string(below(1000));
        return out;
    }

    void value(std::string &out, int depth)
    {
        size_t count = below(below(10) ? 4 : 40);
        switch (below(depth > 0 ? 6 : 3)) {
        case 0:
            out += pick({"null", "true", "false"});
            break;
        case 1:
            out += number_text();
            break;
        case 2:
            out += string_text();
            break;
        case 3:
            out += '[' + space();
            for (size_t i = 0; i < count; i++) {
                out += i ? space() + "," + space() : "";
                value(out, depth - 1);
            }
            out += space() + ']';
            break;
        default:
            out += '{' + space();
            for (size_t i = 0; i < count; i++) {
                out += i ? space() + "," + space() : "";
                out += below(8) ? "\"n" + std::to_string(i) + "\"" : string_text();
                out += space() + ":" + space();
                value(out, depth - 1);
            }
            out += space() + '}';
        }
    }

    void damage(std::string &out)
    {
        static const std::string bytes("{}[]\",:\\ue0123.-+tfn \n\x80\xc3\xed\xff\x01\0", 29);
        size_t at = below(out.size() + 1);
        switch (below(6)) {
        case 0:
            out.insert(at, 1, bytes[below(bytes.size())]);
            break;
        case 1:
            if (at < out.size())
                out.erase(at, 1);
            break;
        case 2:
            if (at < out.size())
                out[at] = bytes[below(bytes.size())];
            break;
        case 3:
            out.resize(at);
            break;
        case 4: { /* a piece of itself somewhere else */
            std::string piece = out.substr(at, below(6));
            out.insert(below(out.size() + 1), piece);
            break;
        }
        default:
            break;
        }
    }
};

/* Whether a value says what jansson's tree says. */
bool same(const nci_value *value, int64_t node, json_t *tree)
{
    int64_t child;
    size_t index;
    switch (nci_value_kind(value, node)) {
    case NCI_KIND_NULL:
        return json_is_null(tree);
    case NCI_KIND_FALSE:
        return json_is_false(tree);
    case NCI_KIND_TRUE:
        return json_is_true(tree);
    case NCI_KIND_INTEGER:
        return json_is_integer(tree) && json_integer_value(tree) == integer_of(value, node);
    case NCI_KIND_REAL:
        return json_is_real(tree) && json_real_value(tree) == real_of(value, node) &&
               std::signbit(json_real_value(tree)) == std::signbit(real_of(value, node));
    case NCI_KIND_STRING:
        return json_is_string(tree) &&
               string_of(value, node) ==
                   std::string(json_string_value(tree), json_string_length(tree));
    case NCI_KIND_ARRAY:
        if (!json_is_array(tree) || (int64_t)json_array_size(tree) != nci_value_size(value, node))
            return false;
        index = 0;
        for (child = nci_value_first(value, node); child >= 0;
             child = nci_value_next(value, child), index++)
            if (nci_value_element(value, node, (int64_t)index) != child ||
                !same(value, child, json_array_get(tree, index)))
                return false;
        return index == json_array_size(tree);
    default:
        if (!json_is_object(tree) || (int64_t)json_object_size(tree) != nci_value_size(value, node))
            return false;
        for (child = nci_value_first(value, node); child >= 0;
             child = nci_value_next(value, child)) {
            std::string name = name_of(value, child);
            if (member(value, node, name) != child ||
                !same(value, child, json_object_get(tree, name.c_str())))
                return false;
        }
        return true;
    }
}

bool has_raw_nul(const std::string &text)
{
    return text.find('\0') != std::string::npos;
}

bool has_escaped_nul(const std::string &text)
{
    return text.find("\\u0000") != std::string::npos;
}

} // namespace

TEST_CASE("random texts get one answer, whole, in pieces and from jansson", "[json][row:J6]")
{
    Checker checker = new_checker();
    Generator generate(20240229);
    int accepted = 0, refused = 0;
    for (int round = 0; round < 25000; round++) {
        std::string text = generate.text();
        INFO(text);
        Verdict whole = check_whole(checker.get(), text);
        std::vector<size_t> cuts;
        for (size_t n = generate.below(6); n > 0; n--)
            cuts.push_back(generate.below(text.size() + 1));
        std::sort(cuts.begin(), cuts.end());
        if (!(check_cut(checker.get(), text, cuts) == whole))
            FAIL(whole << " but cut " << check_cut(checker.get(), text, cuts));

        (whole.code == NCI_OK ? accepted : refused)++;
        if (whole.code == NCI_LIMIT || has_raw_nul(text) || has_escaped_nul(text))
            continue;
        json_error_t error;
        json_t *tree =
            json_loadb(text.data(), text.size(),
                       JSON_DECODE_ANY | JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
        if ((tree != nullptr) != (whole.code == NCI_OK))
            FAIL(whole << ", jansson: " << (tree ? "fine" : error.text));
        if (tree) {
            Value value = make_value(text);
            if (!same(value.get(), 0, tree))
                FAIL("another value than jansson's");
        }
        json_decref(tree);
    }
    CHECK(accepted > 5000);
    CHECK(refused > 5000);
}
