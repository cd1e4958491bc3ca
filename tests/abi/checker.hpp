/* SPDX-License-Identifier: MIT */
/*
 * Counts every value of a run in which values are the numbers 1 to n: none may be missing, and one
 * may come twice only where the rules say so.
 */
#ifndef NETCHAN_TESTS_ABI_CHECKER_HPP
#define NETCHAN_TESTS_ABI_CHECKER_HPP

#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace abi
{

class Checker
{
  public:
    void got(int64_t number)
    {
        counts[number]++;
    }
    void got(const std::vector<int64_t> &numbers)
    {
        for (int64_t number : numbers)
            got(number);
    }
    /* A text as Channel::rest gives it: "1 2 3 closed". */
    void got(const std::string &text)
    {
        const char *at = text.c_str();
        for (char *end;; at = end) {
            int64_t number = std::strtoll(at, &end, 10);
            if (end == at)
                return;
            got(number);
        }
    }
    size_t total() const
    {
        size_t sum = 0;
        for (const auto &entry : counts)
            sum += (size_t)entry.second;
        return sum;
    }
    size_t distinct() const
    {
        return counts.size();
    }
    /* "" when all of first to last are there, each once or (where it may) more often; else what is
     * wrong. twice: from which number on a value may come again (INT64_MAX: none may). */
    std::string verdict(int64_t first, int64_t last, int64_t twice = INT64_MAX) const
    {
        std::string faults;
        for (int64_t number = first; number <= last; number++) {
            auto found = counts.find(number);
            if (found == counts.end())
                faults += " " + std::to_string(number) + " is missing;";
            else if (found->second > 1 && number < twice)
                faults += " " + std::to_string(number) + " came twice;";
        }
        for (const auto &entry : counts) {
            if (entry.first < first || entry.first > last)
                faults += " " + std::to_string(entry.first) + " was never sent;";
        }
        return faults.substr(0, 400);
    }

  private:
    std::map<int64_t, int> counts;
};

} // namespace abi

#endif
