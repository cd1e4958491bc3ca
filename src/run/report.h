/* SPDX-License-Identifier: MIT */
/*
 * What an owner's errors channel is told.
 */
#ifndef NCI_RUN_REPORT_H
#define NCI_RUN_REPORT_H

#include "net/identity.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_builder;
struct nci_owner;

struct nci_report {
    int code;
    const char *text;
    const char *peer;                    /* or NULL */
    const char *channel;                 /* or NULL */
    const struct nci_identity *identity; /* of the peer, or NULL */
    uint64_t returned, dropped, untaken; /* left out when all are 0 */
};

/* Puts an entry into the errors channel; never waits, never fails. Any lock up to link. */
void nci_owner_report(struct nci_owner *owner, const struct nci_report *report);

/* Adds the names as an array of strings. */
void nci_report_names(struct nci_builder *builder, const struct nci_identity *identity);

#ifdef __cplusplus
}
#endif
#endif
