/* SPDX-License-Identifier: MIT */
/*
 * A binding: one name of an owner and the channel behind it. An exporter's binding is an export, an
 * importer's an import. Owner and stream ends hold counted references.
 */
#ifndef NCI_RUN_BINDING_H
#define NCI_RUN_BINDING_H

#include "base/list.h"
#include "base/map.h"
#include "local/queue.h"
#include "run/options.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_binding {
    struct nci_map_entry entry; /* in the owner's names while the name is taken; owner's lock */
    uint32_t refs;              /* atomic */
    char *name;
    struct nci_queue *queue; /* a reference */
    int sends;               /* this program sends, streams drain the queue */
    int returns;             /* option return */
    int keep_open;           /* option keep-open: a hold that is never released */
    int live;                /* importer: was bound, and a send import has not ended; atomic */
    struct nci_list in_over; /* importer: link->over */
};

/* Checks name and options (those of scope), makes the channel fit the owner's limits. */
struct nci_binding_request {
    const char *name;
    struct nci_queue *queue;
    int sends;
    size_t limit_value;
    unsigned limit_depth;
    const struct nci_options *options;
    enum nci_option_scope scope;
    const char *where;
};

int nci_binding_new(const struct nci_binding_request *request,
                    struct nci_binding **out) NCI_CHECKED;
struct nci_binding *nci_binding_ref(struct nci_binding *binding);
void nci_binding_unref(struct nci_binding *binding);

/* Option keep-open: when the export or import is certain, not before, since it cannot be undone. */
void nci_binding_keep_open(struct nci_binding *binding);

/* 1-255 bytes of UTF-8. NCI_VALUE. */
int nci_name_check(const char *name, size_t length) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
