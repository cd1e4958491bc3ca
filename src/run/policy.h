/* SPDX-License-Identifier: MIT */
/*
 * Rights: who may bind which channel in which direction, and whether its end ends the channel.
 * netchan-policy(7) has the form of a policy. Immutable once made; any thread may ask.
 */
#ifndef NCI_RUN_POLICY_H
#define NCI_RUN_POLICY_H

#include "net/identity.h"
#include "run/options.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_policy;

/* From the options policy or policy.text; *out is NULL when neither is set. NCI_OPTION: both are, or
 * the policy is not in order: the text names file, rule and member. NCI_REFUSED, NCI_DENIED, NCI_IO:
 * the file cannot be read. NCI_NOMEM. */
int nci_policy_of(const struct nci_options *options, struct nci_policy **out) NCI_CHECKED;
int nci_policy_read(const char *file, struct nci_policy **out) NCI_CHECKED;
/* origin names it in errors: a file, or the option. */
int nci_policy_parse(const char *text, size_t length, const char *origin,
                     struct nci_policy **out) NCI_CHECKED;
void nci_policy_free(struct nci_policy *policy); /* NULL is allowed */

struct nci_question {
    const struct nci_identity *identity;
    const char *channel; /* NUL-terminated; may hold more of them */
    size_t length;
    int sends; /* the peer wants to send, else to receive */
};

struct nci_verdict {
    int allowed;
    int closes; /* the end of the peer's stream may end the channel */
    int rule;   /* the one that decided, counted from 1; 0: none did */
    char text[64];
};

/* policy may be NULL: then all is allowed. */
void nci_policy_decide(const struct nci_policy *policy, const struct nci_question *question,
                       struct nci_verdict *verdict);

/* policy_explain.c: a question {"identity": [...], "channel": ..., "direction": ...} to the policy of
 * options. NCI_VALUE: the question has not that form; NCI_OPTION and others as of nci_policy_of. */
struct nci_value;
int nci_policy_explain(const struct nci_options *options, const struct nci_value *question,
                       struct nci_value **answer) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
