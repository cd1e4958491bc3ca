/* SPDX-License-Identifier: MIT */
/*
 * The token bucket. Whole numbers only: a billionth of a token is the unit, so that a rate per
 * second times nanoseconds needs no division, and nothing is lost to rounding however often a peer
 * makes it count. It must never overflow, whatever the two times are.
 */
#include "engine/budget.h"

#define UNIT INT64_C(1000000000)

void nci_budget_init(struct nci_budget *budget, uint32_t burst, uint32_t rate, int64_t now)
{
    budget->level = (int64_t)burst * UNIT;
    budget->since = now;
    budget->burst = burst;
    budget->rate = rate;
}

int nci_budget_take(struct nci_budget *budget, int64_t now)
{
    int64_t full = (int64_t)budget->burst * UNIT;
    if (now > budget->since) {
        int64_t passed = now - budget->since;
        if (passed > (full - budget->level) / (int64_t)budget->rate)
            budget->level = full;
        else
            budget->level += passed * (int64_t)budget->rate;
        budget->since = now;
    }
    if (budget->level < UNIT)
        return 0;
    budget->level -= UNIT;
    return 1;
}
