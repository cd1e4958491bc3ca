/* SPDX-License-Identifier: MIT */
/*
 * Importers: an owner with one link, that binds the channels of one exporter.
 */
#ifndef NCI_RUN_IMPORTER_H
#define NCI_RUN_IMPORTER_H

#include "run/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

int nci_importer_connect(const char *url, const struct nci_options *options, int64_t deadline,
                         struct nci_cancel *cancel, struct nci_owner **out) NCI_CHECKED;
int nci_importer_from_fd(int fd, const struct nci_options *options, int64_t deadline,
                         struct nci_cancel *cancel, struct nci_owner **out) NCI_CHECKED;

struct nci_import_request {
    const char *name;
    struct nci_queue *queue;
    int sends;
    int64_t size, count;
    const struct nci_options *options;
};
int nci_importer_import(struct nci_owner *owner, const struct nci_import_request *request,
                        int64_t deadline, struct nci_cancel *cancel) NCI_CHECKED;
int nci_importer_list(struct nci_owner *owner, const char *filter, int64_t deadline,
                      struct nci_cancel *cancel, struct nci_value **out) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
