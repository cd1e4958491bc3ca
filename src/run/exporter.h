/* SPDX-License-Identifier: MIT */
/*
 * Exporters: an owner that publishes channels.
 */
#ifndef NCI_RUN_EXPORTER_H
#define NCI_RUN_EXPORTER_H

#include "run/owner.h"

#ifdef __cplusplus
extern "C" {
#endif

int nci_exporter_serve(struct nci_owner *owner, int fd) NCI_CHECKED;
int nci_exporter_export(struct nci_owner *owner, const char *name, struct nci_queue *queue,
                        int sends, const struct nci_options *options) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
