/* SPDX-License-Identifier: MIT */
/*
 * netchan check-policy: asks the library what an exporter with that policy would answer.
 */
#include "cli/tools.h"

#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_text(netchan_builder *builder, const char *key, const char *text)
{
    int status = netchan_builder_key(builder, key, strlen(key));
    return status ? status : netchan_builder_string(builder, text, strlen(text));
}

/* The builder keeps its first error; finish tells it. */
static int make_question(const struct cli_options *options, netchan_value **question)
{
    netchan_builder *builder;
    int status = netchan_builder_new(&builder);
    if (status)
        return status;
    (void)netchan_builder_begin_object(builder);
    (void)netchan_builder_key(builder, "identity", 8);
    (void)netchan_builder_begin_array(builder);
    for (int i = 0; i < options->identity_count; i++)
        (void)netchan_builder_string(builder, options->identity[i], strlen(options->identity[i]));
    (void)netchan_builder_end_array(builder);
    (void)add_text(builder, "channel", options->name);
    (void)add_text(builder, "direction", options->direction == NETCHAN_SEND ? "send" : "recv");
    (void)netchan_builder_end_object(builder);
    status = netchan_builder_finish(builder, question);
    netchan_builder_unref(builder);
    return status;
}

static int is_true(const netchan_value *answer, const char *name)
{
    return netchan_value_kind(answer, netchan_value_member(answer, 0, name, strlen(name))) ==
           NETCHAN_KIND_TRUE;
}

/* 0: allowed, 1: denied, which a script can tell without reading. */
static int tell(const netchan_value *answer)
{
    const char *text = "";
    size_t length = 0;
    int allowed = is_true(answer, "allowed");
    (void)netchan_value_string(answer, netchan_value_member(answer, 0, "text", 4), &text, &length);
    printf("%s: %.*s%s\n", allowed ? "allowed" : "denied", (int)length, text,
           is_true(answer, "close") ? ", and its end may end the channel" : "");
    if (fflush(stdout))
        return cli_say("standard output: %s", strerror(errno));
    return allowed ? CLI_DONE : CLI_FAILED;
}

int cli_check_policy(const struct cli_options *options)
{
    netchan_value *question = NULL, *answer = NULL;
    int said, status = netchan_options_set(options->owner, "policy", options->file);
    if (status == NETCHAN_OK)
        status = make_question(options, &question);
    if (status == NETCHAN_OK)
        status = netchan_policy_explain(options->owner, question, &answer);
    said = status ? cli_say_status(NULL, status) : tell(answer);
    netchan_value_unref(question);
    netchan_value_unref(answer);
    return said;
}
