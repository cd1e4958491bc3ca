/* SPDX-License-Identifier: MIT */
/*
 * The set of descriptors over epoll. Level-triggered: nothing is lost when a reader leaves part of
 * what is there.
 */
#include "run/poller.h"
#include "base/mem.h"

#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#define FIRST_SIZE 16
#define TOLD_MOST  64

static struct epoll_event wish(const struct nci_poller *poller, uint32_t place)
{
    const struct nci_poll_place *at = &poller->places[place];
    struct epoll_event event = {0, {.u64 = (uint64_t)at->use << 32 | place}};
    event.events = (at->events & NCI_READABLE ? EPOLLIN | EPOLLRDHUP : 0u) |
                   (at->events & NCI_WRITABLE ? (unsigned)EPOLLOUT : 0u);
    return event;
}

int nci_poller_open(struct nci_poller *poller)
{
    poller->places = NULL;
    poller->size = poller->first_free = 0;
    poller->count = poller->next = 0;
    poller->epoll = -1;
    poller->told = (struct epoll_event *)nci_alloc(TOLD_MOST * sizeof *poller->told);
    if (!poller->told)
        return nci_fail_nomem();
    poller->epoll = epoll_create1(EPOLL_CLOEXEC);
    return poller->epoll < 0 ? nci_fail_errno(errno, "cannot watch descriptors") : NCI_OK;
}

void nci_poller_close(struct nci_poller *poller)
{
    if (poller->epoll >= 0)
        close(poller->epoll);
    poller->epoll = -1;
    nci_free(poller->told);
    nci_free(poller->places);
    poller->told = NULL;
    poller->places = NULL;
}

/* ---- places ---- */

static int make_places(struct nci_poller *poller)
{
    uint32_t size = poller->size ? poller->size * 2 : FIRST_SIZE;
    struct nci_poll_place *places =
        (struct nci_poll_place *)nci_realloc_array(poller->places, size, sizeof *places);
    if (!places)
        return nci_fail_nomem();
    for (uint32_t i = poller->size; i < size; i++) {
        places[i].what = NULL;
        places[i].use = 0;
        places[i].next_free = i + 1;
    }
    poller->places = places;
    poller->size = size;
    return NCI_OK;
}

static void free_place(struct nci_poller *poller, uint32_t place)
{
    struct nci_poll_place *at = &poller->places[place];
    at->what = NULL;
    at->use++;
    at->next_free = poller->first_free;
    poller->first_free = place;
}

/* NULL: it was taken out. */
static void *whose(const struct nci_poller *poller, uint64_t told)
{
    const struct nci_poll_place *at = &poller->places[(uint32_t)told];
    return at->use == told >> 32 ? at->what : NULL;
}

int nci_poller_add(struct nci_poller *poller, int fd, int events, void *what, uint32_t *place)
{
    int status = poller->first_free == poller->size ? make_places(poller) : NCI_OK;
    if (status)
        return status;
    uint32_t mine = poller->first_free;
    struct nci_poll_place *at = &poller->places[mine];
    poller->first_free = at->next_free;
    at->what = what;
    at->fd = fd;
    at->events = events;
    struct epoll_event event = wish(poller, mine);
    if (epoll_ctl(poller->epoll, EPOLL_CTL_ADD, fd, &event)) {
        status = nci_fail_errno(errno, "cannot watch descriptor %d", fd);
        free_place(poller, mine);
        return status;
    }
    *place = mine;
    return NCI_OK;
}

int nci_poller_change(struct nci_poller *poller, uint32_t place, int events)
{
    struct nci_poll_place *at = &poller->places[place];
    int before = at->events;
    at->events = events;
    struct epoll_event event = wish(poller, place);
    if (epoll_ctl(poller->epoll, EPOLL_CTL_MOD, at->fd, &event)) {
        at->events = before;
        return nci_fail_errno(errno, "cannot watch descriptor %d", at->fd);
    }
    return NCI_OK;
}

void nci_poller_remove(struct nci_poller *poller, uint32_t place)
{
    /* A failure shows when the kernel tells of it again. */
    (void)epoll_ctl(poller->epoll, EPOLL_CTL_DEL, poller->places[place].fd, NULL);
    free_place(poller, place);
}

/* ---- rounds ---- */

/* The kernel still watches what was taken out, and no call names it any more, since its descriptor
 * is closed: level-triggered, it would be told in every round. A new set has only what it should;
 * without one the old set goes on, and the next round tries again. */
static void renew(struct nci_poller *poller)
{
    int fresh = epoll_create1(EPOLL_CLOEXEC);
    if (fresh < 0)
        return;
    for (uint32_t i = 0; i < poller->size; i++) {
        struct epoll_event event = wish(poller, i);
        if (poller->places[i].what &&
            epoll_ctl(fresh, EPOLL_CTL_ADD, poller->places[i].fd, &event)) {
            close(fresh);
            return;
        }
    }
    close(poller->epoll);
    poller->epoll = fresh;
}

void nci_poller_wait(struct nci_poller *poller, int ms)
{
    int count = epoll_wait(poller->epoll, poller->told, TOLD_MOST, ms);
    int strays = 0;
    poller->next = 0;
    poller->count = count > 0 ? count : 0;
    /* Taken out before the round began: not by it. */
    for (int i = 0; i < poller->count; i++)
        strays += !whose(poller, poller->told[i].data.u64);
    if (strays)
        renew(poller);
}

void *nci_poller_next(struct nci_poller *poller, int *events)
{
    while (poller->next < poller->count) {
        const struct epoll_event *told = &poller->told[poller->next++];
        void *what = whose(poller, told->data.u64);
        if (!what)
            continue;
        *events = (told->events & (EPOLLIN | EPOLLERR | EPOLLHUP | EPOLLRDHUP) ? NCI_READABLE : 0) |
                  (told->events & (EPOLLOUT | EPOLLERR | EPOLLHUP) ? NCI_WRITABLE : 0);
        return what;
    }
    return NULL;
}

int nci_poller_tells_only(const struct nci_poller *poller, const void *what)
{
    return !poller->count ||
           (poller->count == 1 && whose(poller, poller->told[0].data.u64) == what);
}
