/* SPDX-License-Identifier: MIT */
/*
 * Looking names up. A look-up that is no longer waited for finishes in the background and frees
 * itself: job and waiting call each hold a reference.
 */
#include "net/resolve.h"
#include "base/atomic.h"
#include "base/lock.h"
#include "base/mem.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>

struct job {
    uint32_t refs;
    struct nci_lock lock;     /* leaf: waiting, done */
    struct nci_bell *waiting; /* on the caller's stack; NULL when it has gone */
    int done;
    struct nci_address address;
    struct addrinfo hints;
    struct addrinfo *result;
    int error;
};

static void unref(struct job *job)
{
    if (nci_sub_acq_rel(&job->refs, 1) != 1)
        return;
    if (job->result)
        freeaddrinfo(job->result);
    nci_lock_fini(&job->lock);
    nci_free(job);
}

static void *look_up(void *argument)
{
    struct job *job = (struct job *)argument;
    struct addrinfo *result = NULL;
    int error = getaddrinfo(job->address.host, job->address.port, &job->hints, &result);
    nci_lock_enter(&job->lock);
    job->error = error;
    job->result = error ? NULL : result;
    job->done = 1;
    if (job->waiting)
        nci_bell_ring(job->waiting);
    nci_lock_leave(&job->lock);
    unref(job);
    return NULL;
}

static int start(struct job *job)
{
    pthread_t thread;
    pthread_attr_t attributes;
    sigset_t all, old;
    if (pthread_attr_init(&attributes))
        return nci_fail_nomem();
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    nci_add_relaxed(&job->refs, 1);
    int error = pthread_create(&thread, &attributes, look_up, job);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    pthread_attr_destroy(&attributes);
    if (error) {
        unref(job);
        return nci_fail_errno(error, "cannot start a thread to look up %s", job->address.host);
    }
    return NCI_OK;
}

static int answer(const struct nci_address *address, int error, struct addrinfo *result,
                  struct addrinfo **out)
{
    if (error == 0) {
        *out = result;
        return NCI_OK;
    }
    if (error == EAI_MEMORY)
        return nci_fail_nomem();
    return nci_fail(error == EAI_SYSTEM ? NCI_IO : NCI_REFUSED, "cannot find host \"%s\": %s",
                    address->host, gai_strerror(error));
}

static int wait_for(struct job *job, int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_bell bell;
    int status = nci_bell_init(&bell, cancel);
    if (status)
        return status;
    nci_lock_enter(&job->lock);
    int done = job->done;
    if (!done)
        job->waiting = &bell;
    nci_lock_leave(&job->lock);
    if (!done) {
        status = nci_bell_wait(&bell, deadline, cancel);
        nci_lock_enter(&job->lock);
        job->waiting = NULL;
        done = job->done;
        nci_lock_leave(&job->lock);
    }
    nci_bell_fini(&bell);
    return done ? NCI_OK : nci_fail_context(status, "looking up %s", job->address.host);
}

int nci_resolve(const struct nci_address *address, int listening, int64_t deadline,
                struct nci_cancel *cancel, struct addrinfo **out)
{
    struct addrinfo hints;
    struct addrinfo *result = NULL;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | (listening ? AI_PASSIVE : 0);
    int error = getaddrinfo(address->host, address->port, &hints, &result);
    if (error != EAI_NONAME)
        return answer(address, error, result, out);
    struct job *job = (struct job *)nci_zalloc(sizeof *job);
    if (!job)
        return nci_fail_nomem();
    job->refs = 1;
    nci_lock_init(&job->lock, NCI_RANK_LEAF);
    job->address = *address;
    hints.ai_flags &= ~AI_NUMERICHOST;
    job->hints = hints;
    int status = start(job);
    if (status == NCI_OK)
        status = wait_for(job, deadline ? deadline : 1, cancel);
    if (status == NCI_OK) {
        status = answer(address, job->error, job->result, out);
        job->result = NULL;
    }
    unref(job);
    return status;
}
