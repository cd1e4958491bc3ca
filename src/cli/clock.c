/* SPDX-License-Identifier: MIT */
/*
 * Time. Deadlines are points on the monotonic clock, so that a wait that is begun again after a
 * signal or a batch never becomes longer than the user asked for.
 */
#include "cli/clock.h"

#include <time.h>

int64_t cli_clock_ms(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void cli_patience_begin(struct cli_patience *patience, int64_t appear, int64_t idle)
{
    int64_t now = cli_clock_ms();
    patience->appear_at = appear < 0 ? -1 : now + appear;
    patience->idle = idle;
    patience->idle_at = now + idle;
    patience->appeared = 0;
}

void cli_patience_moved(struct cli_patience *patience, int peer)
{
    if (peer)
        patience->appeared = 1;
    if (patience->idle >= 0)
        patience->idle_at = cli_clock_ms() + patience->idle;
}

/* The limit that counts now, -1 for none. */
static int64_t due(const struct cli_patience *patience)
{
    if (!patience->appeared && patience->appear_at >= 0)
        return patience->appear_at;
    return patience->idle >= 0 ? patience->idle_at : -1;
}

int64_t cli_patience_left(const struct cli_patience *patience)
{
    int64_t at = due(patience);
    if (at < 0)
        return -1;
    int64_t now = cli_clock_ms();
    return at > now ? at - now : 0;
}

enum cli_verdict cli_patience_judge(const struct cli_patience *patience)
{
    if (cli_patience_left(patience) != 0)
        return CLI_GO_ON;
    return !patience->appeared && patience->appear_at >= 0 ? CLI_NOBODY_CAME : CLI_NOTHING_MOVED;
}
