/* SPDX-License-Identifier: MIT */
/*
 * Measured between two cores of a virtual machine: in a round trip without looking the I/O thread
 * waits for 80 us, with it for less than 10, of which it lets its own program run for 5.
 */
#include "base/spin.h"
#include "base/clock.h"

#include <sched.h>

#define REST (20 * NCI_MS) /* from one trial that failed to the next */

enum { TRIAL = 8, MOST = 16, MISSED = 4 };

int64_t nci_spin_time(const struct nci_spin *spin)
{
    return spin->score > 0 ? spin->look : 0;
}

int nci_spin_look(const struct nci_spin *spin, int64_t now, int64_t end,
                  int (*is_there)(void *what), void *what)
{
    int64_t time = nci_spin_time(spin);
    if (end > now + time)
        end = now + time;
    while (now < end) {
        if (is_there(what))
            return 1;
        sched_yield();
        now = nci_clock_now();
    }
    return 0;
}

void nci_spin_waited(struct nci_spin *spin, int64_t then, int64_t now)
{
    int64_t wait = now - then;
    if (spin->score == 0) {
        if (wait <= spin->look && now >= spin->rest)
            spin->score = TRIAL;
        return;
    }
    if (wait <= spin->look / 10 * 3)
        spin->score += spin->score < MOST;
    else
        spin->score -= wait <= spin->look ? 1 : MISSED;
    if (spin->score > 0)
        return;
    spin->score = 0;
    /* Where two wait for each other, one that looks alone finds what it waits for late. So trials
     * begin at the same times in all processes of a machine. */
    spin->rest = now - now % REST + REST;
}
