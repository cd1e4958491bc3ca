/* SPDX-License-Identifier: MIT */
/*
 * Outlets and ports. Everything here runs once per burst, not once per value: a port that is on the
 * ready list already is left alone.
 */
#include "local/outlet.h"
#include "base/atomic.h"
#include "local/waiter.h"

void nci_outlet_init(struct nci_outlet *outlet, int64_t room)
{
    nci_lock_init(&outlet->lock, NCI_RANK_LEAF);
    nci_list_init(&outlet->ready);
    nci_list_init(&outlet->want);
    outlet->room = room;
    outlet->refs = 1;
    outlet->chained = outlet->crowded = 0;
    outlet->next = NULL;
}

void nci_outlet_fini(struct nci_outlet *outlet)
{
    nci_lock_fini(&outlet->lock);
}

void nci_outlet_ref(struct nci_outlet *outlet)
{
    nci_add_relaxed(&outlet->refs, 1);
}

void nci_outlet_unref(struct nci_outlet *outlet)
{
    if (nci_sub_acq_rel(&outlet->refs, 1) == 1)
        outlet->release(outlet);
}

static struct nci_list *in_want(struct nci_port *port)
{
    return &NCI_CONTAINER(port, struct nci_drain_port, port)->in_want;
}

void nci_port_init(struct nci_port *port, struct nci_outlet *outlet, int drains)
{
    port->queue = NULL;
    port->outlet = outlet;
    nci_list_init(&port->in_queue);
    nci_list_init(&port->in_ready);
    port->drains = (uint16_t)drains;
    port->look = 0;
    port->credit = 0;
    if (drains)
        nci_list_init(in_want(port));
}

/* With the outlet's lock: who has these wakes rings. */
static void chain(struct nci_outlet *outlet, struct nci_wakes *wakes)
{
    if (outlet->chained)
        return;
    outlet->chained = 1;
    outlet->next = wakes->outlets;
    wakes->outlets = outlet;
    nci_outlet_ref(outlet);
}

static void make_ready(struct nci_port *port, unsigned look, struct nci_wakes *wakes)
{
    struct nci_outlet *outlet = port->outlet;
    if (!outlet)
        return;
    nci_lock_enter(&outlet->lock);
    port->look |= (uint16_t)look;
    if (nci_list_empty(&port->in_ready)) {
        /* Whoever put the first port there rings; the link then looks until there is none left. */
        int first = nci_list_empty(&outlet->ready);
        nci_list_append(&outlet->ready, &port->in_ready);
        if (first)
            chain(outlet, wakes);
    }
    nci_lock_leave(&outlet->lock);
}

void nci_port_mark(struct nci_port *port, struct nci_wakes *wakes)
{
    make_ready(port, 1, wakes);
}

void nci_port_fill(struct nci_port *port, struct nci_wakes *wakes)
{
    make_ready(port, 0, wakes);
}

struct nci_outlet *nci_outlet_unchain(struct nci_outlet *outlet, int *ready, int *crowded)
{
    nci_lock_enter(&outlet->lock);
    struct nci_outlet *next = outlet->next;
    *ready = !nci_list_empty(&outlet->ready);
    *crowded = outlet->crowded;
    outlet->next = NULL;
    outlet->chained = outlet->crowded = 0;
    nci_lock_leave(&outlet->lock);
    return next;
}

int nci_port_want(struct nci_port *port, struct nci_wakes *wakes)
{
    struct nci_outlet *outlet = port->outlet;
    nci_lock_enter(&outlet->lock);
    int others = !nci_list_empty(&outlet->want);
    nci_list_append(&outlet->want, in_want(port));
    /* The write that made room may have looked at the list just before; then its addition came
     * before this lock and is seen here. */
    int room = nci_load_seq(&outlet->room) > 0;
    if (room) {
        nci_list_remove(in_want(port));
    } else if (others) {
        outlet->crowded = 1;
        chain(outlet, wakes);
    }
    nci_lock_leave(&outlet->lock);
    return room;
}

size_t nci_outlet_take_ready(struct nci_outlet *outlet, struct nci_ready *found, size_t max)
{
    size_t count = 0;
    nci_lock_enter(&outlet->lock);
    while (count < max && !nci_list_empty(&outlet->ready)) {
        struct nci_port *port = NCI_CONTAINER(outlet->ready.next, struct nci_port, in_ready);
        nci_list_remove(&port->in_ready);
        found[count].port = port;
        found[count++].look = port->look;
        port->look = 0;
    }
    nci_lock_leave(&outlet->lock);
    return count;
}

int nci_outlet_quiet(struct nci_outlet *outlet)
{
    nci_lock_enter(&outlet->lock);
    int quiet = nci_list_empty(&outlet->ready);
    nci_lock_leave(&outlet->lock);
    return quiet;
}

struct nci_port *nci_outlet_next_wanting(struct nci_outlet *outlet)
{
    struct nci_port *port = NULL;
    nci_lock_enter(&outlet->lock);
    if (nci_load_seq(&outlet->room) > 0 && !nci_list_empty(&outlet->want)) {
        port = &NCI_CONTAINER(outlet->want.next, struct nci_drain_port, in_want)->port;
        nci_list_remove(in_want(port));
    }
    nci_lock_leave(&outlet->lock);
    return port;
}

void nci_port_leave(struct nci_port *port)
{
    struct nci_outlet *outlet = port->outlet;
    nci_lock_enter(&outlet->lock);
    nci_list_remove(&port->in_ready);
    if (port->drains)
        nci_list_remove(in_want(port));
    nci_lock_leave(&outlet->lock);
}
