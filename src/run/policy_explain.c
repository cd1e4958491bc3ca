/* SPDX-License-Identifier: MIT */
/*
 * What a policy would say: a question and its answer as values, for people who write policies.
 */
#include "json/builder.h"
#include "json/value.h"
#include "run/policy.h"

#include <string.h>

struct asked {
    struct nci_identity identity;
    char channel[256]; /* of a value's string nothing ends the text */
    struct nci_question question;
};

static int take_name(const struct nci_value *value, int64_t node, struct nci_identity *identity)
{
    const char *text;
    size_t length;
    if (nci_value_string(value, node, &text, &length))
        return nci_fail(NCI_VALUE, "\"identity\" is a list of strings");
    const char *colon = (const char *)memchr(text, ':', length);
    size_t prefix = colon ? (size_t)(colon - text) : 0, before = identity->count;
    char kind[16];
    if (prefix == 0 || prefix >= sizeof kind)
        return nci_fail(NCI_VALUE, "a name of an identity is KIND:VALUE, such as dns:host.example");
    memcpy(kind, text, prefix);
    kind[prefix] = 0;
    int status = nci_identity_add(identity, kind, colon + 1, length - prefix - 1, 1);
    if (status == NCI_OK && identity->count == before)
        return nci_fail(NCI_VALUE, "a name of an identity is not one that a peer could have");
    return status;
}

static int take_channel(const struct nci_value *value, struct asked *asked)
{
    const char *text;
    size_t length;
    int64_t node = nci_value_member(value, 0, "channel", 7);
    if (node < 0 || nci_value_string(value, node, &text, &length) ||
        length >= sizeof asked->channel)
        return nci_fail(NCI_VALUE, "\"channel\" is the name of a channel");
    memcpy(asked->channel, text, length);
    asked->channel[length] = 0;
    asked->question.channel = asked->channel;
    asked->question.length = length;
    return NCI_OK;
}

static int take_direction(const struct nci_value *value, struct nci_question *question)
{
    const char *text = NULL;
    size_t length = 0;
    int64_t node = nci_value_member(value, 0, "direction", 9);
    if (node < 0 || nci_value_string(value, node, &text, &length) || length != 4 ||
        (memcmp(text, "send", 4) != 0 && memcmp(text, "recv", 4) != 0))
        return nci_fail(NCI_VALUE, "\"direction\" is \"send\" or \"recv\", as the peer sees it");
    question->sends = *text == 's';
    return NCI_OK;
}

static int take_question(const struct nci_value *value, struct asked *asked)
{
    asked->question.identity = &asked->identity;
    if (nci_value_kind(value, 0) != NCI_KIND_OBJECT)
        return nci_fail(NCI_VALUE, "a question has the members identity, channel and direction");
    int status = take_channel(value, asked);
    if (status == NCI_OK)
        status = take_direction(value, &asked->question);
    int64_t names = nci_value_member(value, 0, "identity", 8);
    if (status == NCI_OK && (names < 0 || nci_value_kind(value, names) != NCI_KIND_ARRAY))
        status = nci_fail(NCI_VALUE, "\"identity\" is a list of strings");
    if (status)
        return status;
    for (int64_t at = nci_value_first(value, names); at >= 0; at = nci_value_next(value, at)) {
        status = take_name(value, at, &asked->identity);
        if (status)
            return status;
    }
    return NCI_OK;
}

static int make_answer(const struct nci_verdict *verdict, struct nci_value **out)
{
    struct nci_builder *builder;
    int status = nci_builder_new(&builder);
    if (status)
        return status;
    /* The builder keeps its first error; finish tells it. */
    (void)nci_builder_begin_object(builder);
    (void)nci_builder_key(builder, "allowed", 7);
    (void)nci_builder_boolean(builder, verdict->allowed);
    (void)nci_builder_key(builder, "close", 5);
    (void)nci_builder_boolean(builder, verdict->closes);
    (void)nci_builder_key(builder, "rule", 4);
    (void)nci_builder_integer(builder, verdict->rule);
    (void)nci_builder_key(builder, "text", 4);
    (void)nci_builder_string(builder, verdict->text, strlen(verdict->text));
    (void)nci_builder_end_object(builder);
    status = nci_builder_finish(builder, NULL, out);
    nci_builder_free(builder);
    return status;
}

int nci_policy_explain(const struct nci_options *options, const struct nci_value *question,
                       struct nci_value **answer)
{
    struct nci_policy *policy;
    struct nci_verdict verdict;
    struct asked asked;
    memset(&asked, 0, sizeof asked);
    int status = nci_options_check_scope(options, NCI_SCOPE_EXPORTER, "a policy");
    if (status == NCI_OK)
        status = nci_policy_of(options, &policy);
    if (status)
        return status;
    status = policy ? take_question(question, &asked)
                    : nci_fail(NCI_OPTION, "neither policy nor policy.text is set");
    if (status == NCI_OK) {
        nci_policy_decide(policy, &asked.question, &verdict);
        status = make_answer(&verdict, answer);
    }
    nci_identity_fini(&asked.identity);
    nci_policy_free(policy);
    return status;
}
