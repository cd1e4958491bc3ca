/* SPDX-License-Identifier: MIT */
/*
 * Signals.
 *
 * The handler counts and fires a cancel token of the library; nothing else happens in it. There is
 * one token for each phase and none is ever reset: a second signal that comes while the first is
 * still being handled finds its own token, and nothing has to be timed. SIGPIPE is ignored: a
 * reader that went away is an error of write(2), which is told and ends the links in order.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1 /* ppoll */
#endif
#include "cli/signals.h"

#include "cli/say.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

static netchan_cancel *tokens[CLI_ENDING + 1];
static volatile sig_atomic_t count;
static volatile sig_atomic_t last;

static const int handled[] = {SIGINT, SIGTERM};

static void handle(int number)
{
    int saved = errno;
    last = number;
    if (count < CLI_ENDING) {
        count++;
        netchan_cancel_fire(tokens[count]);
    }
    if (count == CLI_ENDING) {
        for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
            (void)signal(handled[i], SIG_DFL);
    }
    errno = saved;
}

int cli_signals_setup(void)
{
    for (int phase = CLI_RUNNING; phase <= CLI_ENDING; phase++) {
        int status = netchan_cancel_new(&tokens[phase]);
        if (status)
            return cli_say_status(NULL, status);
    }
    struct sigaction action = {0};
    action.sa_handler = handle;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        sigaddset(&action.sa_mask, handled[i]);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++) {
        if (sigaction(handled[i], &action, NULL))
            return cli_say("signal %d cannot be handled", handled[i]);
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return CLI_DONE;
}

netchan_cancel *cli_signals_token(enum cli_phase phase)
{
    return tokens[phase];
}

int cli_signals_came(enum cli_phase phase)
{
    return count >= (sig_atomic_t)phase;
}

int cli_signals_poll(struct pollfd *fds, nfds_t number, int64_t ms, enum cli_phase phase)
{
    /* Blocked from the look at the count until ppoll lets them in, so that none falls between. */
    sigset_t block, before;
    sigemptyset(&block);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        sigaddset(&block, handled[i]);
    (void)pthread_sigmask(SIG_BLOCK, &block, &before);
    int ready = -1;
    int error = EINTR;
    if (!cli_signals_came(phase)) {
        struct timespec wait = {(time_t)(ms / 1000), (long)(ms % 1000) * 1000000};
        ready = ppoll(fds, number, ms < 0 ? NULL : &wait, &before);
        error = errno;
    }
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = error;
    return ready;
}

int cli_signals_finish(int status)
{
    int stopped = cli_signals_came(CLI_ENDING);
    for (size_t i = 0; i < sizeof handled / sizeof *handled; i++)
        (void)signal(handled[i], stopped ? SIG_DFL : SIG_IGN);
    for (int phase = CLI_RUNNING; phase <= CLI_ENDING; phase++) {
        netchan_cancel_unref(tokens[phase]);
        tokens[phase] = NULL;
    }
    if (stopped)
        (void)raise(last);
    return status;
}
