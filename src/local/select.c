/* SPDX-License-Identifier: MIT */
/*
 * Select takes the locks of all its queues in the order of their creation numbers, looks for a case
 * that can go ahead, and otherwise leaves one node in each queue under one waiter. It is the only
 * place that holds two queue locks.
 */
#include "local/select.h"
#include "base/atomic.h"
#include "base/fork.h"
#include "base/mem.h"
#include "local/queue_core.h"

#include <stdlib.h>

struct one {
    struct nci_queue *queue; /* NULL: removed */
    struct nci_value *value; /* send: what to send, NULL = off */
    int sends;
    int on; /* receive */
    struct nci_node node;
};

struct nci_select {
    unsigned generation;
    uint32_t busy; /* atomic: a thread is in it */
    struct one *cases;
    size_t count, size;
    size_t start;             /* the case to look at first: fair turns */
    struct nci_queue **order; /* distinct queues of active cases; valid during a wait */
    size_t order_count;
};

int nci_select_new(struct nci_select **out)
{
    int status = nci_fork_watch();
    if (status)
        return status;
    struct nci_select *select = (struct nci_select *)nci_zalloc(sizeof *select);
    if (!select)
        return nci_fail_nomem();
    select->generation = nci_fork_generation();
    *out = select;
    return NCI_OK;
}

void nci_select_free(struct nci_select *select)
{
    if (!select)
        return;
    for (size_t i = 0; i < select->count; i++) {
        nci_value_unref(select->cases[i].value);
        nci_queue_unref(select->cases[i].queue);
    }
    nci_free(select->cases);
    nci_free(select->order);
    nci_free(select);
}

unsigned nci_select_generation(const struct nci_select *select)
{
    return select->generation;
}

static int enter(struct nci_select *select)
{
    uint32_t idle = 0;
    if (!nci_cas_acq_rel(&select->busy, &idle, 1))
        return nci_fail(NCI_BUSY, "another thread uses this select");
    return NCI_OK;
}

static void leave(struct nci_select *select)
{
    nci_store_release(&select->busy, 0);
}

/* ---- cases ---- */

static int64_t add(struct nci_select *select, struct nci_queue *queue, int sends,
                   struct nci_value *value)
{
    if (select->count == NCI_SELECT_CASES_MAX)
        return nci_fail(NCI_LIMIT, "a select has at most %d cases", NCI_SELECT_CASES_MAX);
    if (select->count == select->size) {
        size_t size = select->size ? select->size * 2 : 4;
        struct one *cases =
            (struct one *)nci_realloc_array(select->cases, size, sizeof *select->cases);
        if (!cases)
            return nci_fail_nomem();
        select->cases = cases;
        struct nci_queue **order =
            (struct nci_queue **)nci_realloc_array(select->order, size, sizeof(void *));
        if (!order)
            return nci_fail_nomem();
        select->order = order;
        select->size = size;
    }
    struct nci_wakes wakes;
    nci_queue_enter(queue, &wakes);
    nci_core_drop_hand(queue);
    nci_queue_leave(queue, &wakes);
    struct one *one = &select->cases[select->count];
    one->queue = nci_queue_ref(queue);
    one->value = value ? nci_value_ref(value) : NULL;
    one->sends = sends;
    one->on = 1;
    return (int64_t)select->count++;
}

static int64_t add_entered(struct nci_select *select, struct nci_queue *queue, int sends,
                           struct nci_value *value)
{
    int status = enter(select);
    if (status)
        return status;
    int64_t number = add(select, queue, sends, value);
    leave(select);
    return number;
}

int64_t nci_select_add_recv(struct nci_select *select, struct nci_queue *queue)
{
    return add_entered(select, queue, 0, NULL);
}

int64_t nci_select_add_send(struct nci_select *select, struct nci_queue *queue,
                            struct nci_value *value)
{
    return add_entered(select, queue, 1, value);
}

/* Enters the select and finds a case. NULL: not entered, *status says why. */
static struct one *find(struct nci_select *select, int64_t number, const char *what, int sends,
                        int *status)
{
    *status = enter(select);
    if (*status)
        return NULL;
    if (number >= 0 && (size_t)number < select->count && select->cases[number].queue &&
        (sends < 0 || select->cases[number].sends == sends))
        return &select->cases[number];
    leave(select);
    *status = nci_fail(NCI_USAGE, "select has no %scase %lld", what, (long long)number);
    return NULL;
}

int nci_select_set(struct nci_select *select, int64_t number, struct nci_value *value)
{
    int status;
    struct one *one = find(select, number, "send ", 1, &status);
    if (!one)
        return status;
    struct nci_value *old = one->value;
    one->value = value ? nci_value_ref(value) : NULL;
    nci_value_unref(old);
    leave(select);
    return NCI_OK;
}

int nci_select_enable(struct nci_select *select, int64_t number, int on)
{
    int status;
    struct one *one = find(select, number, "receive ", 0, &status);
    if (!one)
        return status;
    one->on = on != 0;
    leave(select);
    return NCI_OK;
}

int nci_select_remove(struct nci_select *select, int64_t number)
{
    int status;
    struct one *one = find(select, number, "", -1, &status);
    if (!one)
        return status;
    nci_value_unref(one->value);
    nci_queue_unref(one->queue);
    one->value = NULL;
    one->queue = NULL;
    leave(select);
    return NCI_OK;
}

/* ---- waiting ---- */

static int active(const struct one *one)
{
    return one->queue && (one->sends ? one->value != NULL : one->on);
}

static int by_number(const void *a, const void *b)
{
    const struct nci_queue *const *left = (const struct nci_queue *const *)a;
    const struct nci_queue *const *right = (const struct nci_queue *const *)b;
    return (*left)->number < (*right)->number ? -1 : (*left)->number > (*right)->number;
}

static void arrange(struct nci_select *select)
{
    size_t count = 0, distinct = 0;
    for (size_t i = 0; i < select->count; i++) {
        if (active(&select->cases[i]))
            select->order[count++] = select->cases[i].queue;
    }
    if (count > 1)
        qsort(select->order, count, sizeof *select->order, by_number);
    for (size_t i = 0; i < count; i++) {
        if (!distinct || select->order[distinct - 1] != select->order[i])
            select->order[distinct++] = select->order[i];
    }
    select->order_count = distinct;
}

static void lock_all(struct nci_select *select, struct nci_wakes *wakes)
{
    nci_wakes_init(wakes);
    wakes->direct = 1;
    for (size_t i = 0; i < select->order_count; i++)
        nci_lock_ordered(&select->order[i]->lock);
}

static void unlock_all(struct nci_select *select, struct nci_wakes *wakes)
{
    for (size_t i = 0; i < select->order_count; i++) {
        nci_core_settle(select->order[i], wakes);
        nci_lock_leave(&select->order[i]->lock);
    }
    nci_wakes_ring(wakes);
}

/* Tries one case under its lock. 1: it was chosen, *status and *value say with what. */
static int try_case(struct one *one, int *status, struct nci_value **value, struct nci_wakes *wakes)
{
    *status = NCI_OK;
    if (!one->sends) {
        if (nci_core_poll(one->queue, value, wakes))
            return 1;
        if (!one->queue->ended)
            return 0;
        *status = nci_core_ended(one->queue);
        return 1;
    }
    *status = nci_core_admit(one->queue, one->value);
    if (*status)
        return 1;
    int offered = nci_core_offer(one->queue, one->value, wakes);
    if (offered > 0)
        nci_value_ref(one->value);
    else if (offered < 0)
        *status = nci_fail_nomem();
    return offered != 0;
}

/* The case was chosen: a sent value is let go and its case goes off. */
static void chosen(struct nci_select *select, size_t index, int status)
{
    struct one *one = &select->cases[index];
    if (one->sends && status == NCI_OK) {
        nci_value_unref(one->value);
        one->value = NULL;
    }
    select->start = index + 1;
}

static int try_all(struct nci_select *select, int64_t *number, struct nci_value **value,
                   int *status, struct nci_wakes *wakes)
{
    for (size_t i = 0; i < select->count; i++) {
        size_t at = (select->start + i) % select->count;
        struct one *one = &select->cases[at];
        if (!active(one) || !try_case(one, status, value, wakes))
            continue;
        chosen(select, at, *status);
        *number = (int64_t)at;
        return 1;
    }
    return 0;
}

static void enqueue_all(struct nci_select *select, struct nci_waiter *waiter)
{
    for (size_t i = 0; i < select->count; i++) {
        struct one *one = &select->cases[i];
        nci_list_init(&one->node.link);
        one->node.waiter = waiter;
        one->node.value = one->value;
        one->node.index = i;
        if (active(one))
            nci_list_append(one->sends ? &one->queue->senders : &one->queue->receivers,
                            &one->node.link);
    }
}

static void dequeue_all(struct nci_select *select)
{
    struct nci_wakes wakes;
    for (size_t i = 0; i < select->count; i++) {
        struct one *one = &select->cases[i];
        if (!active(one))
            continue;
        nci_queue_enter(one->queue, &wakes);
        nci_list_remove(&one->node.link);
        nci_core_settle(one->queue, &wakes);
        nci_queue_leave(one->queue, &wakes);
    }
}

/* The locks are held and are left here. */
static int block(struct nci_select *select, int64_t *number, struct nci_value **value,
                 int64_t deadline, struct nci_cancel *cancel, struct nci_wakes *wakes)
{
    struct nci_waiter waiter;
    int status = NCI_OK;
    if (nci_cancel_fired(cancel))
        status = nci_fail(NCI_INTERRUPTED, "the wait was cancelled");
    else if (deadline == 0)
        status = nci_fail(NCI_TIMEOUT, "no case of the select is ready");
    if (status == NCI_OK)
        status = nci_waiter_init(&waiter, cancel);
    if (status) {
        unlock_all(select, wakes);
        return status;
    }
    enqueue_all(select, &waiter);
    unlock_all(select, wakes);
    status = nci_bell_wait(&waiter.bell, deadline, cancel);
    if (status && !nci_waiter_claim(&waiter)) {
        nci_bell_finish(&waiter.bell);
        status = NCI_OK;
    }
    dequeue_all(select);
    if (status == NCI_OK) {
        *number = (int64_t)waiter.index;
        status = waiter.status ? nci_queue_state(select->cases[waiter.index].queue) : NCI_OK;
        if (!select->cases[waiter.index].sends)
            *value = waiter.value;
        chosen(select, waiter.index, status);
    }
    nci_waiter_fini(&waiter);
    return status;
}

int nci_select_wait(struct nci_select *select, int64_t *number, struct nci_value **value,
                    int64_t deadline, struct nci_cancel *cancel)
{
    struct nci_wakes wakes;
    *number = -1;
    int status = enter(select);
    if (status)
        return status;
    arrange(select);
    lock_all(select, &wakes);
    if (select->count && try_all(select, number, value, &status, &wakes))
        unlock_all(select, &wakes);
    else
        status = block(select, number, value, deadline, cancel, &wakes);
    leave(select);
    return status;
}
