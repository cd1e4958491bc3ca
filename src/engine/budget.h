/* SPDX-License-Identifier: MIT */
/*
 * A token bucket: so many at once, so many a second. It bounds frames that are legal but move
 * nothing, and binds.
 */
#ifndef NCI_ENGINE_BUDGET_H
#define NCI_ENGINE_BUDGET_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_budget {
    int64_t level; /* tokens there are, in billionths */
    int64_t since; /* when level was right, ns */
    uint32_t burst, rate;
};

void nci_budget_init(struct nci_budget *budget, uint32_t burst, uint32_t rate, int64_t now);
/* Takes one token. 0: there was none. */
int nci_budget_take(struct nci_budget *budget, int64_t now);

#ifdef __cplusplus
}
#endif
#endif
