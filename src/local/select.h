/* SPDX-License-Identifier: MIT */
/*
 * Select: wait for the first of several sends and receives. One thread at a time uses a select;
 * others get NCI_BUSY.
 */
#ifndef NCI_LOCAL_SELECT_H
#define NCI_LOCAL_SELECT_H

#include "local/queue.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_select;

#define NCI_SELECT_CASES_MAX 65536

int nci_select_new(struct nci_select **out) NCI_CHECKED;
void nci_select_free(struct nci_select *select); /* NULL is allowed */
unsigned nci_select_generation(const struct nci_select *select);

/* The case's number. The select keeps references of its own. */
int64_t nci_select_add_recv(struct nci_select *select, struct nci_queue *queue);
int64_t nci_select_add_send(struct nci_select *select, struct nci_queue *queue,
                            struct nci_value *value);
int nci_select_set(struct nci_select *select, int64_t number, struct nci_value *value) NCI_CHECKED;
int nci_select_enable(struct nci_select *select, int64_t number, int on) NCI_CHECKED;
int nci_select_remove(struct nci_select *select, int64_t number) NCI_CHECKED;

/* NCI_OK, or the end of the chosen case's channel, or (number is written then too) NCI_LIMIT,
 * NCI_USAGE, NCI_NOMEM of a send case; else NCI_TIMEOUT, NCI_INTERRUPTED, NCI_BUSY, NCI_NOMEM,
 * NCI_NODESCRIPTOR with number -1. */
int nci_select_wait(struct nci_select *select, int64_t *number, struct nci_value **value,
                    int64_t deadline, struct nci_cancel *cancel) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
