/* SPDX-License-Identifier: MIT */
/*
 * The hand of a queue: of two threads that pass values to each other, one in a hundred receives wants
 * the lock that every send wants, and so their rate is not that at which a lock can go to and fro
 * between two processors.
 *
 * What is in hand belongs to the queue: it counts for the capacity, and goes back to its place in
 * front when anybody waits or looks (nci_queue_enter). So nothing but sends and receives that find
 * what they want ever meets a hand with values. A queue that streams, selects, watches or pollable
 * descriptors have to do with needs each value where they can see it: it has none from then on.
 */
#include "base/mem.h"
#include "local/queue_core.h"

#define MANY      16u /* values that were in the queue together: then a hand is worth its memory */
#define ROOM_MOST 64u /* places that a sender looks for, */
#define ROOM_PART 4   /* or this part of the capacity */

void nci_core_make_hand(struct nci_queue *queue)
{
    if (queue->hand || queue->handless || queue->queued.size < MANY)
        return;
    struct nci_hand *hand = (struct nci_hand *)nci_zalloc(sizeof *hand);
    if (!hand)
        return;
    nci_lock_init(&hand->lock, NCI_RANK_HAND);
    queue->made_hand = hand;
    nci_store_release(&queue->hand, hand);
}

void nci_core_drop_hand(struct nci_queue *queue)
{
    /* A receive may be on its way to it, and will find that it is not the queue's any more. */
    queue->handless = 1;
    nci_store_release(&queue->hand, NULL);
}

void nci_core_free_hand(struct nci_queue *queue)
{
    struct nci_hand *hand = queue->made_hand;
    if (!hand)
        return;
    nci_ring_fini(&hand->ring);
    nci_lock_fini(&hand->lock);
    nci_free(hand);
}

void nci_core_recall(struct nci_queue *queue)
{
    struct nci_hand *hand = queue->hand;
    nci_lock_leave(&queue->lock);
    nci_lock_enter(&hand->lock);
    nci_lock_enter(&queue->lock);
    while (hand->ring.count)
        nci_ring_push_front(&queue->queued, nci_ring_pop_back(&hand->ring));
    nci_store_release(&hand->count, 0);
    queue->in_hand = 0;
    nci_lock_leave(&hand->lock);
}

/* With both locks: moves values into the empty hand. Where all fit the rings change places, so that
 * the sender's processor and the receiver's do not touch the same one. */
static void fill(struct nci_queue *queue, struct nci_hand *hand)
{
    struct nci_ring all = queue->queued;
    if (all.count <= NCI_HAND) {
        queue->queued = hand->ring;
        hand->ring = all;
    }
    while (hand->ring.count < NCI_HAND && queue->queued.count)
        nci_ring_push(&hand->ring, nci_ring_pop(&queue->queued));
    queue->in_hand = hand->ring.count;
    nci_store_release(&hand->count, hand->ring.count);
}

/* With the hand's lock. 0: the queue is to be entered. A blocked sender's value follows each that
 * leaves, so then none is fetched. */
static __attribute__((noinline)) int fetch(struct nci_queue *queue, struct nci_hand *hand)
{
    nci_lock_enter(&queue->lock);
    size_t count = queue->queued.count < NCI_HAND ? queue->queued.count : NCI_HAND;
    int may = queue->hand == hand && nci_list_empty(&queue->senders) &&
              !nci_ring_reserve(&hand->ring, count);
    if (may)
        fill(queue, hand);
    nci_lock_leave(&queue->lock);
    return may;
}

struct wanted {
    struct nci_queue *queue;
    struct nci_value **value;
    int took;
};

/* 1: took a value, or the queue is to be entered. 0: there is none. */
static int take(void *what)
{
    struct wanted *wanted = (struct wanted *)what;
    struct nci_hand *hand = nci_load_acquire(&wanted->queue->hand);
    if (!hand)
        return 1;
    nci_lock_enter(&hand->lock);
    int may = hand->count || fetch(wanted->queue, hand);
    uint32_t count = hand->count;
    if (count) {
        *wanted->value = nci_ring_pop(&hand->ring).value;
        nci_store_release(&hand->count, count - 1);
        wanted->took = 1;
    }
    nci_lock_leave(&hand->lock);
    return count || !may;
}

int nci_hand_recv(struct nci_queue *queue, struct nci_value **value, int64_t deadline)
{
    struct wanted wanted = {queue, value, 0};
    int there = take(&wanted);
    if (!there && deadline != 0)
        there = nci_bell_glance(deadline, take, &wanted);
    return there < 0 ? there : wanted.took;
}

/* For several: one that goes on for each place that becomes free is in the receivers' way. */
static int has_room(void *what)
{
    struct nci_queue *queue = (struct nci_queue *)what;
    size_t wanted = queue->capacity / ROOM_PART;
    wanted = wanted < ROOM_MOST ? wanted : ROOM_MOST;
    nci_lock_enter(&queue->lock);
    size_t held = (size_t)queue->queued.count + nci_core_in_hand(queue);
    int there = queue->ended || held + wanted <= queue->capacity;
    nci_lock_leave(&queue->lock);
    return there;
}

int nci_core_look_for_room(struct nci_queue *queue, int64_t deadline)
{
    int status = NCI_OK;
    if (deadline != 0) {
        nci_lock_leave(&queue->lock);
        status = nci_bell_glance(deadline, has_room, queue);
        nci_lock_enter(&queue->lock);
    }
    queue->in_hand = nci_core_in_hand(queue);
    return status < 0 ? status : NCI_OK;
}
