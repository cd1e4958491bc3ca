/* SPDX-License-Identifier: MIT */
/*
 * Writing to a link, by whoever has the write role. The role is one flag: it is tried, never waited
 * for. The I/O thread takes it for its turns; a thread that has just sent a value takes it when the
 * link is idle, and so spares the value a wake-up of the I/O thread. Whoever fails to get it leaves
 * the work to the holder, who looks again after giving it back.
 *
 * `wire` holds what a write points at. It is filled under the link's lock, written without it, and
 * nobody else touches it; the acknowledgements of the peer free nothing of it, since what lies in a
 * value has a reference of its own.
 */
#include "base/atomic.h"
#include "base/clock.h"
#include "net/socket.h"
#include "run/link.h"

#include <pthread.h>
#include <string.h>

#define WRITE_MOST    ((size_t)131072) /* no less than a fill and the frame it ended with */
#define FILL_MOST     ((size_t)45000)  /* of more a peer hears late; measured */
#define WRITES_A_TURN 4
#define QUIET_FOR     (INT64_C(50) * 1000) /* ns since the last write: there is no burst */

/* ---- the role ---- */

static int take_role(struct nci_link *link)
{
    uint32_t idle = 0;
    return nci_cas_acq_rel(&link->writing, &idle, 1);
}

static void give_role(struct nci_link *link)
{
    nci_store_seq(&link->writing, 0);
}

int nci_link_seize_role(struct nci_link *link)
{
    return take_role(link);
}

/* ---- one write after the other ---- */

/* With the lock: what was framed stands in wire now, which was empty. */
static void take_output(struct nci_link *link)
{
    struct nci_buf *output = nci_session_output(link->session), empty = link->wire;
    struct nci_lent *lent = nci_session_lent(link->session);
    link->wire = *output;
    *output = empty;
    link->lent = *lent;
    memset(lent, 0, sizeof *lent);
}

/* With the lock: frames what is due into wire. 0: nothing to write. */
static size_t fill_wire(struct nci_link *link, int64_t now)
{
    if (nci_link_wire_length(link))
        return nci_link_wire_length(link);
    if (link->write_failed || link->state == NCI_LINK_GONE)
        return 0;
    nci_link_take_ports(link, now);
    int status = nci_session_produce(link->session, FILL_MOST, now);
    if (status)
        nci_link_fail(link, status, nci_detail());
    if (!link->kept_short && nci_session_cuts(link->session)) {
        link->kept_short = 1;
        nci_socket_keep_short(link->transport->fd);
    }
    size_t length = nci_session_pending(link->session);
    if (!length)
        return 0;
    nci_session_handed(link->session, length);
    link->wire_values += nci_session_value_bytes_handed(link->session);
    take_output(link);
    return length;
}

/* With the lock: room was made, values may move on. */
static void make_room(struct nci_link *link)
{
    struct nci_port *port;
    nci_outlet_add_room(&link->outlet, (int64_t)link->wire_values);
    link->wire_values = 0;
    /* Not for every value: each would wake a program that is waiting to send the next one. All room
     * comes back when all is written, so there will be enough. */
    if (nci_load_seq(&link->outlet.room) <= NCI_LINK_ROOM / 2)
        return;
    while ((port = nci_outlet_next_wanting(&link->outlet)))
        nci_drainer_resume(nci_end_drainer(nci_end_of_drainer(port)));
}

/* With the lock, after a write. 0: go on, else this turn has ended. */
static int account(struct nci_link *link, ssize_t wrote, int64_t now)
{
    if (wrote == NCI_TRANSPORT_AGAIN || wrote == NCI_TRANSPORT_LATER) {
        link->full = wrote == NCI_TRANSPORT_AGAIN ? NCI_LINK_UNTIL_ROOM : NCI_LINK_UNTIL_READ;
        return 1;
    }
    if (wrote < 0) {
        link->write_failed = 1;
        nci_lent_consume(&link->wire, &link->lent, nci_link_wire_length(link));
        return 1;
    }
    link->progress = now;
    nci_loop_note_write(link->loop, now, (size_t)wrote);
    link->read_since = link->values_since = 0;
    nci_lent_consume(&link->wire, &link->lent, (size_t)wrote);
    if (!nci_link_wire_length(link)) {
        make_room(link);
        if (link->closes)
            nci_link_closes_written(link);
    }
    return 0;
}

/* With the role. */
static ssize_t write_wire(struct nci_link *link)
{
    struct nci_transport *transport = link->transport;
    struct iovec parts[NCI_LENT_PARTS];
    int count = nci_lent_parts(&link->wire, &link->lent, WRITE_MOST, parts);
    if (count > 1)
        return transport->ops->gather(transport, parts, count);
    return transport->ops->write(transport, parts->iov_base, parts->iov_len);
}

/* With the role and the lock; the lock is left during writes. Writes up to turns times. 1: there
 * may be more to write. */
static int write_turns(struct nci_link *link, int turns)
{
    while (turns-- > 0) {
        if (link->full || !fill_wire(link, nci_clock_now()))
            return 0;
        nci_lock_leave(&link->lock);
        ssize_t wrote = write_wire(link);
        nci_lock_enter(&link->lock);
        if (account(link, wrote, nci_clock_now()))
            return 0;
    }
    return 1;
}

int nci_link_flush(struct nci_link *link)
{
    /* Somebody else writes: who holds the role has the link looked at again. */
    if (!take_role(link))
        return 0;
    nci_lock_enter(&link->lock);
    int more = write_turns(link, WRITES_A_TURN);
    nci_lock_leave(&link->lock);
    give_role(link);
    return more;
}

/* ---- a sender's own write ---- */

/* With the lock: does a peer wait for us? It sent values since the last write, which we may be
 * answering; or it acknowledged a small one. An acknowledgement of a large one belongs to a stream,
 * and the next value has company. */
static int is_our_turn(const struct nci_link *link)
{
    return link->values_since ||
           (link->read_since && nci_loop_last_length(link->loop) < NCI_LOOP_SMALL);
}

/* With the lock: is the link idle, so that a write now does not cut a burst to pieces? The peer
 * waits, or the last write is long ago: on any link, since a program that spreads its values over a
 * hundred links finds each of them idle and would write every value on its own (measured: a tenth
 * of the rate). */
static int idle(const struct nci_link *link, int64_t now)
{
    return link->started && link->state == NCI_LINK_OPEN && link->greeted && !link->full &&
           !link->write_failed && !nci_link_wire_length(link) &&
           (is_our_turn(link) || now - nci_loop_last_write(link->loop) >= QUIET_FOR);
}

/* With the lock, the role given back: is anything left that only the I/O thread can do, or that
 * nobody else could do while the role was taken? */
static int nothing_left(struct nci_link *link)
{
    return !link->full && !link->write_failed && link->state == NCI_LINK_OPEN &&
           nci_list_empty(&link->over) && !nci_link_wire_length(link) &&
           !nci_session_wants_output(link->session) && nci_outlet_quiet(&link->outlet);
}

/* 1: the value is on its way and nothing is left for the I/O thread. */
static int write_directly(struct nci_link *link)
{
    int done = 0;
    if (!nci_lock_try(&link->lock))
        return 0;
    if (idle(link, nci_clock_now()) && take_role(link)) {
        (void)write_turns(link, 1); /* what is more is told by what is left */
        give_role(link);
        done = nothing_left(link);
    }
    nci_lock_leave(&link->lock);
    return done;
}

void nci_link_kick(struct nci_link *link)
{
    int old;
    /* A thread that is cancelled while it has the role would leave the link dumb. */
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    int done = write_directly(link);
    pthread_setcancelstate(old, NULL);
    if (!done)
        nci_link_ring(link);
}
