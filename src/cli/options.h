/* SPDX-License-Identifier: MIT */
/* The command line, read and checked. */
#ifndef CLI_OPTIONS_H
#define CLI_OPTIONS_H

#include "netchan.h"

#include <stddef.h>
#include <stdint.h>

enum cli_command {
    CLI_EXPORT,
    CLI_IMPORT,
    CLI_LIST,
    CLI_CHECK,
    CLI_BENCH,
    CLI_CHECK_POLICY,
    CLI_KEYGEN,
    CLI_DOCTOR,
    CLI_HELP,
    CLI_VERSION
};

struct cli_options {
    enum cli_command command;
    const char *url;          /* export, import, list, bench, doctor */
    const char *name;         /* export, import, check-policy: the channel */
    const char *file;         /* check ("-" is standard input), check-policy; keygen: a folder */
    const char *address_file; /* export, bench --serve; NULL: none */
    int direction;            /* NETCHAN_SEND or NETCHAN_RECV */
    int64_t count;            /* -n; -1: no limit */
    int64_t size;             /* -s; 0: the library's default */
    int64_t wait;             /* -w in ms; -1: not given */
    int64_t idle;             /* -t in ms; -1: not given */
    int keep_open, verbose;
    int serve; /* bench: be measured */
    const char *cert, *key, *ca;
    const char **hosts, **identity; /* --name and --identity; borrowed texts */
    int host_count, identity_count;
    size_t value_limit;     /* limit.value: the longest value to read */
    netchan_options *owner; /* for the exporter or importer */
    netchan_options *bind;  /* for the export or import of the channel */
};

/* Reads the command line; what is wrong with it is said. Returns an exit status. Free the options
 * in any case. */
int cli_options_read(struct cli_options *options, int count, char **words);
void cli_options_free(struct cli_options *options);

/* What --help prints. */
extern const char cli_help[];

#endif
