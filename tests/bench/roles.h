/* SPDX-License-Identifier: MIT */
/* The roles of the netchan driver, and what its files share. */
#ifndef BENCH_ROLES_H
#define BENCH_ROLES_H

#include "bench.h"

#include <netchan.h>

void bench_run_hold(const struct bench_options *options);
void bench_run_stay(const struct bench_options *options);
void bench_run_local(const struct bench_options *options);

/* Ends the program unless result is 0 or more, which it returns. */
int64_t bench_check(int64_t result, const char *what);

netchan_channel *bench_new_channel(const struct bench_options *options);

/* An exporter that is not listening yet, and an importer that is connected. */
netchan_exporter *bench_new_exporter(const struct bench_options *options);
netchan_importer *bench_new_importer(const struct bench_options *options);
/* Listens and tells run.py where. */
void bench_listen(netchan_exporter *exporter, const struct bench_options *options);

/* Stream k of a link has this name; text holds BENCH_NAME bytes. */
#define BENCH_NAME 32
const char *bench_name(char *text, long k);

/* Says goodbye, waits for the other side's, and drops the object. */
void bench_end_exporter(netchan_exporter *exporter);
void bench_end_importer(netchan_importer *importer);

#endif
