/* SPDX-License-Identifier: MIT */
/* Monotonic time, and how long the command is willing to wait (-w and -t). */
#ifndef CLI_CLOCK_H
#define CLI_CLOCK_H

#include <stdint.h>

int64_t cli_clock_ms(void);

/*
 * Two clocks of one transfer. The first (-w) runs until the other side has appeared, the second
 * (-t) from then on and starts anew whenever something moved. -1: no such limit.
 */
struct cli_patience {
    int64_t appear_at; /* when the other side must have appeared */
    int64_t idle;      /* longest time without movement */
    int64_t idle_at;
    int appeared;
};

/* What a wait that ran out of time means. */
enum cli_verdict { CLI_GO_ON, CLI_NOBODY_CAME, CLI_NOTHING_MOVED };

void cli_patience_begin(struct cli_patience *patience, int64_t appear, int64_t idle);
/* Something moved; with peer set it was the other side's doing, which thereby has appeared. */
void cli_patience_moved(struct cli_patience *patience, int peer);
/* Milliseconds until the next of the two limits, as netchan's waits want it (-1: for ever). */
int64_t cli_patience_left(const struct cli_patience *patience);
enum cli_verdict cli_patience_judge(const struct cli_patience *patience);

#endif
