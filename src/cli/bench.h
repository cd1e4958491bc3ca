/* SPDX-License-Identifier: MIT */
/* The two sides of netchan bench. Both return an exit status, having said why it is not CLI_DONE.
 */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include "cli/options.h"

/* What the side that serves exports. */
#define CLI_BENCH_SINK  "bench/sink"  /* takes values and drops them */
#define CLI_BENCH_THERE "bench/there" /* takes values, each of which */
#define CLI_BENCH_BACK  "bench/back"  /* it sends back here */

/* How many values the channels of both sides hold: a program's usual buffer, and little enough for
 * a slow way to be drained soon. */
#define CLI_BENCH_CAPACITY 256

/* Measures over the link to a side that serves, and prints a table. */
int cli_bench(const struct cli_options *options);

/* Serves the other side until a signal comes. */
int cli_bench_serve(const struct cli_options *options);

#endif
