/* SPDX-License-Identifier: MIT */
/*
 * Runs one scenario once for every line of standard input, each naming a fault:
 *
 *     CALL[,CALL...] ERRNO MODE AT [mild]
 *
 * ERRNO is a number, 0 for one byte at a time; MODE is once, ever or other; with AT 0 nothing
 * fails; mild says that the scenario must succeed all the same. Answers lines that begin with "! ", one for each thing that is wrong, and then
 * "done COUNTED FIRED". Begins with a run without faults, which must succeed and makes what is
 * allocated once; "ready" says that it has. A run after each fault shows that the library goes on,
 * and that memory, descriptors and threads are as before. At the end of the input there is one more
 * comparison.
 */
#include "scenarios.h"
#include "steps.h"

#include <dirent.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define HANGS_AFTER 60 /* seconds */

static const struct {
    const char *name;
    void (*run)(void);
} scenarios[] = {
    {"builder", scenario_builder}, {"cut", scenario_cut},       {"events", scenario_events},
    {"export", scenario_export},   {"import", scenario_import}, {"lookup", scenario_lookup},
    {"options", scenario_options}, {"queue", scenario_queue},   {"refused", scenario_refused},
    {"select", scenario_select},   {"tcp", scenario_tcp},       {"threads", scenario_threads},
    {"tls", scenario_tls},         {"values", scenario_values},
};

static const char *const call_names[] = {
#define X(name) #name,
    FAULT_CALLS(X)
#undef X
};

static void (*scenario)(void);
static long base_blocks;
static int base_descriptors, base_threads;

/* ---- what is left behind ---- */

static int entries(const char *path)
{
    DIR *folder = opendir(path);
    int count = 0;
    if (!folder)
        return -1;
    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

/* The library's thread may be ending still. */
static void wait_for_threads(void)
{
    int64_t limit = step_clock_ms() + 5000;
    while (entries("/proc/self/task") > base_threads && step_clock_ms() < limit)
        poll(NULL, 0, 1);
}

static void look_for_rest(void)
{
    wait_for_threads();
    int threads = entries("/proc/self/task") - base_threads;
    int descriptors = entries("/proc/self/fd") - base_descriptors;
    if (threads > 0)
        complain("%d threads are left", threads);
    if (descriptors)
        complain("%d descriptors are left", descriptors);
    base_threads += threads > 0 ? threads : 0;
    base_descriptors += descriptors;
}

static void run_without_faults(void)
{
    step_start(STEP_CALM);
    scenario();
}

/* Blocks that stay may be a thread's memory in another state; a run without faults brings it back
 * to what it was before. */
static void look_for_blocks(unsigned long serial)
{
    long more = faults->blocks() - base_blocks;
    if (more <= 0)
        return;
    complain("%ld blocks of memory are left", more);
    faults->list_blocks(serial);
    base_blocks += more;
}

/* ---- one fault ---- */

static int parse(char *line, struct fault_plan *plan, enum step_faults *how)
{
    char names[256], mode[16];
    memset(plan, 0, sizeof *plan);
    if (sscanf(line, "%255s %d %15s %ld", names, &plan->error, mode, &plan->at) != 4)
        return -1;
    for (char *rest = names, *name; (name = strsep(&rest, ","));) {
        int call = 0;
        while (call < FAULT_COUNT && strcmp(call_names[call], name) != 0)
            call++;
        if (call == FAULT_COUNT)
            return -1;
        plan->calls |= 1ul << call;
    }
    *how = plan->at == 0 ? STEP_CALM : strstr(line, " mild") ? STEP_MILD : STEP_HARD;
    plan->mode = strcmp(mode, "once") == 0   ? FAULT_ONCE
                 : strcmp(mode, "ever") == 0 ? FAULT_EVER
                                             : FAULT_OTHER;
    return 0;
}

static void run_point(const struct fault_plan *plan, enum step_faults how)
{
    int before = complaints();
    unsigned long serial = faults->serial();
    (void)alarm(HANGS_AFTER);
    faults->arm(plan);
    step_start(how);
    scenario();
    faults->disarm();
    long counted = faults->counted(), fired = faults->fired();
    look_for_rest();
    run_without_faults();
    look_for_rest();
    look_for_blocks(serial);
    (void)alarm(0);
    if (complaints() > before)
        faults->list_strike();
    printf("done %ld %ld\n", counted, fired);
    fflush(stdout);
}

/* ---- the end of a run that cannot go on ---- */

static void on_signal(int number)
{
    void *frames[40];
    const char *word = number == SIGALRM ? "hangs in: " : "crashes in: ";
    const char *call = step_now();
    faults->disarm();
    (void)!write(2, word, strlen(word));
    (void)!write(2, call, strlen(call));
    (void)!write(2, "\n", 1);
    backtrace_symbols_fd(frames, backtrace(frames, 40), 2);
    faults->list_strike();
    (void)raise(number); /* the default action this time */
}

static void catch_signals(void)
{
    static const int numbers[] = {SIGALRM, SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE};
    void *frames[2];
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESETHAND | SA_NODEFER;
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaction(numbers[i], &action, NULL);
    (void)backtrace(frames, 2);
}

int main(int argc, char **argv)
{
    static char in[4096], out[4096]; /* so that no block is the streams' */
    char line[512];
    struct fault_plan plan;
    enum step_faults how;
    setvbuf(stdin, in, _IOFBF, sizeof in);
    setvbuf(stdout, out, _IOFBF, sizeof out);
    faults = (const struct fault_control *)dlsym(RTLD_DEFAULT, "fault_control");
    for (size_t i = 0; argc == 2 && i < sizeof scenarios / sizeof *scenarios; i++) {
        if (strcmp(scenarios[i].name, argv[1]) == 0)
            scenario = scenarios[i].run;
    }
    if (!faults || !scenario) {
        fprintf(stderr, "usage: LD_PRELOAD=interpose.so run_scenario NAME\n");
        return 2;
    }
    catch_signals();
    (void)alarm(HANGS_AFTER);
    /* Twice: the first run makes what the second one finds. */
    base_threads = entries("/proc/self/task");
    base_descriptors = entries("/proc/self/fd");
    run_without_faults();
    wait_for_threads();
    run_without_faults();
    look_for_rest();
    base_blocks = faults->blocks();
    printf("ready\n");
    fflush(stdout);
    while (fgets(line, sizeof line, stdin)) {
        if (parse(line, &plan, &how)) {
            fprintf(stderr, "not a fault: %s", line);
            return 2;
        }
        run_point(&plan, how);
    }
    return complaints() > 0;
}
