/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked intrusive list. A node that is in no list points at itself, so that removing it
 * twice is harmless and "is it in a list" needs no flag.
 */
#ifndef NCI_BASE_LIST_H
#define NCI_BASE_LIST_H

#include <stddef.h>

struct nci_list {
    struct nci_list *next, *prev;
};

#define NCI_CONTAINER(node, type, member) ((type *)(void *)((char *)(node)-offsetof(type, member)))

static inline void nci_list_init(struct nci_list *list)
{
    list->next = list->prev = list;
}

static inline int nci_list_empty(const struct nci_list *list)
{
    return list->next == list;
}

static inline void nci_list_insert_before(struct nci_list *where, struct nci_list *node)
{
    node->prev = where->prev;
    node->next = where;
    where->prev->next = node;
    where->prev = node;
}

static inline void nci_list_append(struct nci_list *list, struct nci_list *node)
{
    nci_list_insert_before(list, node);
}

static inline void nci_list_remove(struct nci_list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    nci_list_init(node);
}

/* Moves every node of from to the end of to. */
static inline void nci_list_splice(struct nci_list *to, struct nci_list *from)
{
    if (nci_list_empty(from))
        return;
    from->next->prev = to->prev;
    to->prev->next = from->next;
    from->prev->next = to;
    to->prev = from->prev;
    nci_list_init(from);
}

#endif
