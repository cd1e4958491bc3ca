/* SPDX-License-Identifier: MIT */
/*
 * Measured between two cores of a virtual machine: in a round trip without looking the thread waits
 * for 80 us, with it for less than 10, of which it lets its own program run for 5.
 */
#include "run/spin.h"
#include "base/atomic.h"

#define US INT64_C(1000)

#define QUICK (30 * US)    /* a wait for which looking paid */
#define LOOK  (100 * US)   /* the longest look; the longest wait after which it is tried */
#define CROWD (200 * US)   /* of others' work between two looks */
#define REST  (20000 * US) /* from one trial that failed to the next */

enum { TRIAL = 8, MOST = 16, MISSED = 4 };

void nci_spin_init(struct nci_spin *spin)
{
    spin->score = 0;
    spin->rest = 0;
    spin->refusals = 0;
}

void nci_spin_refuse(struct nci_spin *spin)
{
    nci_add_relaxed(&spin->refusals, 1);
}

void nci_spin_allow(struct nci_spin *spin)
{
    nci_sub_acq_rel(&spin->refusals, 1);
}

int64_t nci_spin_time(const struct nci_spin *spin)
{
    return spin->score > 0 && !nci_load_relaxed(&spin->refusals) ? LOOK : 0;
}

void nci_spin_waited(struct nci_spin *spin, int64_t then, int64_t now)
{
    int64_t wait = now - then;
    if (spin->score == 0) {
        if (wait <= LOOK && now >= spin->rest)
            spin->score = TRIAL;
        return;
    }
    if (wait <= QUICK)
        spin->score += spin->score < MOST;
    else
        spin->score -= wait <= LOOK ? 1 : MISSED;
    if (spin->score > 0)
        return;
    spin->score = 0;
    /* Where two wait for each other, one that looks alone finds its events late. So trials begin at
     * the same times in all processes of a machine. */
    spin->rest = now - now % REST + REST;
}

int nci_spin_is_crowded(int64_t then, int64_t now)
{
    return now - then > CROWD;
}
