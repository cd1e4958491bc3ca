/* SPDX-License-Identifier: MIT */
/*
 * Options: settings by key and text, checked when set, read into plain structs when used. The table
 * of keys in options.c is the one source: manual, error texts and scopes follow it.
 */
#ifndef NCI_RUN_OPTIONS_H
#define NCI_RUN_OPTIONS_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where a key may be given. */
enum nci_option_scope {
    NCI_SCOPE_EXPORTER = 1, /* netchan_exporter_new */
    NCI_SCOPE_IMPORTER = 2, /* netchan_importer_connect, _from_fd */
    NCI_SCOPE_EXPORT = 4,   /* netchan_exporter_export */
    NCI_SCOPE_IMPORT = 8    /* netchan_importer_import */
};

enum nci_option_id {
    NCI_OPTION_ASYNC,
    NCI_OPTION_IO_SPIN,
    NCI_OPTION_KEEP_OPEN,
    NCI_OPTION_LIMIT_DEPTH,
    NCI_OPTION_LIMIT_FRAME,
    NCI_OPTION_LIMIT_HANDSHAKES,
    NCI_OPTION_LIMIT_LINKS,
    NCI_OPTION_LIMIT_MEMORY,
    NCI_OPTION_LIMIT_SIZE,
    NCI_OPTION_LIMIT_STREAMS,
    NCI_OPTION_LIMIT_VALUE,
    NCI_OPTION_LIMIT_WINDOW,
    NCI_OPTION_LINK_ACK_DELAY,
    NCI_OPTION_LINK_AGENT,
    NCI_OPTION_LINK_HANDSHAKE,
    NCI_OPTION_LINK_HEARTBEAT,
    NCI_OPTION_LINK_LINGER,
    NCI_OPTION_LINK_SILENCE,
    NCI_OPTION_POLICY,
    NCI_OPTION_POLICY_TEXT,
    NCI_OPTION_RETURN,
    NCI_OPTION_TLS_CA,
    NCI_OPTION_TLS_CERT,
    NCI_OPTION_TLS_CIPHERS,
    NCI_OPTION_TLS_KEY,
    NCI_OPTION_TLS_NAME,
    NCI_OPTION_TLS_PASSPHRASE,
    NCI_OPTION_UNIX_MODE,
    NCI_OPTION_WAIT,
    NCI_OPTION_WINDOW,
    NCI_OPTION_COUNT
};

struct nci_options;

int nci_options_new(struct nci_options **out) NCI_CHECKED;
void nci_options_free(struct nci_options *options); /* NULL is allowed */

/* NCI_OPTION: unknown key (the text lists the known ones) or a bad value. */
int nci_options_set(struct nci_options *options, const char *key, const char *text) NCI_CHECKED;

/* NCI_OPTION when a key is set that does not belong into scope, NCI_NOTSUP when one is set whose
 * feature this build lacks: a setting that protects must never be passed over. options may be
 * NULL. */
int nci_options_check_scope(const struct nci_options *options, enum nci_option_scope scope,
                            const char *where) NCI_CHECKED;

/* The setting, or the key's default. options may be NULL. */
int64_t nci_options_number(const struct nci_options *options, enum nci_option_id id);
const char *nci_options_text(const struct nci_options *options,
                             enum nci_option_id id); /* or NULL */

#ifdef __cplusplus
}
#endif
#endif
