/* SPDX-License-Identifier: MIT */
/*
 * netchan: what the library does from a program, from a shell.
 *
 * It uses the public header and nothing else of the library. Here stands only which command runs
 * and what a process has to have in order before it does: three open descriptors, signals, and the
 * decision whether somebody watches.
 */
#include "cli/bench.h"
#include "cli/list.h"
#include "cli/options.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/tools.h"
#include "cli/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A descriptor opened later must not become standard input or output. What was closed gets one
 * that can only be used the wrong way round, so that its use fails as before. */
static int keep_standard_open(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
            return CLI_FAILED;
    }
    return CLI_DONE;
}

/* Figures are shown to somebody who watches, unless they would come between what is typed in or
 * between the values. */
static int is_watched(const struct cli_options *options)
{
    int own = options->direction == NETCHAN_SEND ? STDIN_FILENO : STDOUT_FILENO;
    return isatty(STDERR_FILENO) && !isatty(own);
}

static int transfer(const struct cli_options *options)
{
    struct cli_peer peer;
    cli_say_setup(options->verbose, is_watched(options));
    int status = cli_peer_open(&peer, options);
    if (status == CLI_DONE)
        status = options->direction == NETCHAN_SEND ? cli_send(&peer) : cli_recv(&peer);
    cli_peer_close(&peer);
    return status;
}

static int print(const char *text)
{
    return fputs(text, stdout) < 0 || fflush(stdout)
               ? cli_say("standard output: %s", strerror(errno))
               : CLI_DONE;
}

static int print_version(void)
{
    char text[128];
    (void)snprintf(text, sizeof text, "netchan %s (library %s%s)\n", NETCHAN_VERSION,
                   netchan_version(), netchan_feature("tls") ? ", with TLS" : "");
    return print(text);
}

static int run(const struct cli_options *options)
{
    switch (options->command) {
    case CLI_EXPORT:
    case CLI_IMPORT:
        return transfer(options);
    case CLI_LIST:
        return cli_list(options);
    case CLI_CHECK:
        return cli_check(options);
    case CLI_BENCH:
        return options->serve ? cli_bench_serve(options) : cli_bench(options);
    case CLI_CHECK_POLICY:
        return cli_check_policy(options);
    case CLI_KEYGEN:
        cli_say_setup(options->verbose, 0);
        return cli_keygen(options);
    case CLI_DOCTOR:
        return cli_doctor(options);
    case CLI_HELP:
        return print(cli_help);
    case CLI_VERSION:
        break;
    }
    return print_version();
}

int main(int argc, char **argv)
{
    struct cli_options options;
    if (keep_standard_open())
        return CLI_FAILED;
    int status = cli_options_read(&options, argc, argv);
    if (status == CLI_DONE)
        status = cli_signals_setup();
    if (status == CLI_DONE)
        status = run(&options);
    cli_options_free(&options);
    return cli_signals_finish(status);
}
