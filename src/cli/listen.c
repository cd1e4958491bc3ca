/* SPDX-License-Identifier: MIT */
/*
 * Listening, also on sockets that were opened before the command was started.
 *
 * A service manager says in the environment what it passes, by the rules of sd_listen_fds(3): for
 * which process, how many descriptors from number 3 on, and their names. A child of the process that
 * they are meant for must leave them alone, so a wrong LISTEN_PID is an error and never passed over.
 */
#include "cli/listen.h"

#include "cli/say.h"
#include "cli/signals.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SCHEME       "systemd:"
#define FIRST_PASSED 3
#define MOST_PASSED  1024

int cli_listen_is_passed(const char *url)
{
    return strncmp(url, SCHEME, strlen(SCHEME)) == 0;
}

/* -1: not a number from 0 to most. */
static long number_in(const char *text, long most)
{
    char *end;
    long number = text && *text >= '0' && *text <= '9' ? strtol(text, &end, 10) : -1;
    return number < 0 || *end || number > most ? -1 : number;
}

/* How many descriptors were passed to this process; 0 when none were, which is said. */
static int count_passed(const char *url)
{
    const char *whose = getenv("LISTEN_PID");
    const char *count = getenv("LISTEN_FDS");
    if (!whose || !count) {
        (void)cli_say("%s: no sockets were passed: LISTEN_PID and LISTEN_FDS are not set", url);
        return 0;
    }
    if (number_in(whose, 0x7fffffff) != (long)getpid()) {
        (void)cli_say("%s: the sockets were passed to process %s, and this one is %ld", url, whose,
                      (long)getpid());
        return 0;
    }
    long number = number_in(count, MOST_PASSED);
    if (number < 1)
        (void)cli_say("%s: LISTEN_FDS is a number from 1 to %d, not \"%s\"", url, MOST_PASSED,
                      count);
    return number < 1 ? 0 : (int)number;
}

/* Takes the next of the names between colons off the list; 1 when it is the wanted one. */
static int next_name_is(const char **names, const char *wanted)
{
    size_t length = strcspn(*names, ":");
    int same = strlen(wanted) == length && strncmp(*names, wanted, length) == 0;
    *names += length + ((*names)[length] == ':');
    return same;
}

/* A socket that listens, or one that is connected, as a manager with Accept=yes passes it. */
static int add_socket(netchan_exporter *exporter, int fd)
{
    char url[24];
    (void)snprintf(url, sizeof url, "fd:%d", fd);
    int status = netchan_exporter_listen(exporter, url, 0, cli_signals_token(CLI_RUNNING));
    return status == NETCHAN_USAGE ? netchan_exporter_serve_fd(exporter, fd) : status;
}

static int listen_passed(netchan_exporter *exporter, const char *url)
{
    const char *wanted = url + strlen(SCHEME);
    const char *names = getenv("LISTEN_FDNAMES");
    int count = count_passed(url), used = 0;
    if (count == 0)
        return CLI_FAILED;
    if (!names)
        names = "";
    for (int i = 0; i < count; i++) {
        int named = next_name_is(&names, wanted);
        if (*wanted && !named)
            continue;
        int status = add_socket(exporter, FIRST_PASSED + i);
        if (status)
            return cli_say_status(url, status);
        used++;
    }
    return used ? CLI_DONE : cli_say("%s: no socket that was passed has this name", url);
}

int cli_listen(netchan_exporter *exporter, const char *url, int64_t ms)
{
    if (cli_listen_is_passed(url))
        return listen_passed(exporter, url);
    int status = netchan_exporter_listen(exporter, url, ms, cli_signals_token(CLI_RUNNING));
    return status ? cli_say_status(NULL, status) : CLI_DONE;
}
