/* SPDX-License-Identifier: MIT */
/*
 * The fork generation. The child handler runs in the child's only thread before fork returns, so
 * it may write without a lock.
 */
#include "base/fork.h"
#include "base/status.h"

#include <pthread.h>

unsigned nci_fork_count = 1;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int failed;
static void (*child_hook)(void);

static void in_child(void)
{
    nci_store_relaxed(&nci_fork_count, nci_fork_count + 1);
    void (*hook)(void) = nci_load_relaxed(&child_hook);
    if (hook)
        hook();
}

static void install(void)
{
    failed = pthread_atfork(NULL, NULL, in_child);
}

int nci_fork_watch(void)
{
    pthread_once(&once, install);
    return failed ? nci_fail_nomem() : NCI_OK;
}

void nci_fork_on_child(void (*hook)(void))
{
    nci_store_relaxed(&child_hook, hook);
}
