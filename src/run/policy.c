/* SPDX-License-Identifier: MIT */
/*
 * Policies: JSON, checked like any value, turned into rules. What is not understood is an error:
 * a rule that does less than its author thought would be worse than none.
 */
#include "run/policy.h"
#include "base/buf.h"
#include "base/mem.h"
#include "json/value.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MOST  ((size_t)1 << 20)
#define RULES_MOST 10000

enum { MAY_SEND = 1, MAY_RECV = 2 };

struct patterns {
    char **texts;
    size_t count;
};

struct rule {
    struct patterns who, channels;
    int directions; /* MAY_... */
    int allows, closes;
};

struct nci_policy {
    struct rule *rules;
    size_t count;
};

/* What is being read, for error texts. */
struct place {
    const struct nci_value *value;
    const char *origin;
    int rule;
};

static int fail_at(const struct place *place, const char *what, const char *name)
{
    return nci_fail(NCI_OPTION, "policy %.200s, rule %d: %s%s%.100s%s", place->origin, place->rule,
                    what, *name ? " \"" : "", name, *name ? "\"" : "");
}

/* ---- patterns ---- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static int same(char pattern, char c, int fold)
{
    return fold ? lower(pattern) == lower(c) : pattern == c;
}

/* A star stands for any run of characters, but for stop; a backslash makes the next one ordinary. */
static int match(const char *pattern, const char *text, char stop, int fold)
{
    const char *star = NULL, *retry = NULL;
    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            retry = text;
            continue;
        }
        const char *literal = *pattern == '\\' ? pattern + 1 : pattern;
        if (*literal && same(*literal, *text, fold)) {
            pattern = literal + 1;
            text++;
            continue;
        }
        /* The last star takes one more. */
        if (!star || (stop && *retry == stop))
            return 0;
        pattern = star + 1;
        text = ++retry;
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}

static const struct {
    const char *kind;
    char stop;
    int fold;
} kinds[] = {
    {"dns:", '.', 1}, {"ip:", 0, 1},     {"email:", '@', 1}, {"uri:", 0, 0},
    {"cn:", 0, 0},    {"sha256:", 0, 1}, {"uid:", 0, 0},     {"gid:", 0, 0},
};
#define KINDS (sizeof kinds / sizeof *kinds)

/* The row of the kind that text begins with; KINDS: none. */
static size_t kind_of(const char *text)
{
    size_t i = 0;
    while (i < KINDS && strncmp(text, kinds[i].kind, strlen(kinds[i].kind)) != 0)
        i++;
    return i;
}

static int match_name(const char *pattern, const char *name)
{
    size_t kind = kind_of(pattern);
    if (kind == KINDS || kind_of(name) != kind)
        return 0;
    size_t prefix = strlen(kinds[kind].kind);
    return match(pattern + prefix, name + prefix, kinds[kind].stop, kinds[kind].fold);
}

static int match_who(const struct patterns *who, const struct nci_identity *identity)
{
    for (size_t i = 0; i < who->count; i++) {
        if (strcmp(who->texts[i], "*") == 0)
            return 1;
        for (size_t j = 0; j < identity->count; j++) {
            if (match_name(who->texts[i], identity->names[j]))
                return 1;
        }
    }
    return 0;
}

static int match_channel(const struct patterns *channels, const char *name)
{
    for (size_t i = 0; i < channels->count; i++) {
        if (match(channels->texts[i], name, 0, 0))
            return 1;
    }
    return 0;
}

/* ---- reading ---- */

static int add_pattern(struct patterns *patterns, const char *text)
{
    char *copy = nci_strdup(text);
    char **texts = (char **)nci_realloc_array(patterns->texts, patterns->count + 1, sizeof *texts);
    if (texts)
        patterns->texts = texts;
    if (!copy || !texts) {
        nci_free(copy);
        return nci_fail_nomem();
    }
    texts[patterns->count++] = copy;
    return NCI_OK;
}

/* A fingerprint as openssl prints it has colons. */
static void strip_colons(char *text)
{
    char *to = text;
    for (; *text; text++) {
        if (*text != ':')
            *to++ = *text;
    }
    *to = 0;
}

static int take_who(const struct place *place, struct rule *rule, const char *text)
{
    if (kind_of(text) == KINDS && strcmp(text, "*") != 0)
        return fail_at(place,
                       "\"who\" is \"*\" or begins with dns:, ip:, email:, uri:, cn:, sha256:, "
                       "uid: or gid:, not",
                       text);
    int status = add_pattern(&rule->who, text);
    if (status == NCI_OK && strncmp(text, "sha256:", 7) == 0)
        strip_colons(rule->who.texts[rule->who.count - 1] + 7);
    return status;
}

static int take_channel(const struct place *place, struct rule *rule, const char *text)
{
    if (!*text)
        return fail_at(place, "\"channel\" is empty; \"*\" stands for every name", "");
    return add_pattern(&rule->channels, text);
}

static int take_direction(const struct place *place, struct rule *rule, const char *text)
{
    if (strcmp(text, "send") == 0)
        rule->directions |= MAY_SEND;
    else if (strcmp(text, "recv") == 0)
        rule->directions |= MAY_RECV;
    else
        return fail_at(place, "a direction is \"send\" or \"recv\", as the peer sees it, not",
                       text);
    return NCI_OK;
}

typedef int (*taker)(const struct place *place, struct rule *rule, const char *text);

static int take_string(const struct place *place, int64_t node, struct rule *rule, const char *name,
                       taker take)
{
    const char *text;
    size_t length;
    int status = nci_value_string(place->value, node, &text, &length);
    if (status)
        return fail_at(place, "not a string, or a list of strings:", name);
    if (memchr(text, 0, length))
        return fail_at(place, "U+0000 has no place in", name);
    char *copy = nci_strndup(text, length);
    if (!copy)
        return nci_fail_nomem();
    status = take(place, rule, copy);
    nci_free(copy);
    return status;
}

/* One string, or a list of them. */
static int take_strings(const struct place *place, int64_t node, struct rule *rule,
                        const char *name, taker take)
{
    if (nci_value_kind(place->value, node) != NCI_KIND_ARRAY)
        return take_string(place, node, rule, name, take);
    if (nci_value_size(place->value, node) == 0)
        return fail_at(place, "an empty list is no way to say nobody or nothing:", name);
    for (int64_t at = nci_value_first(place->value, node); at >= 0;
         at = nci_value_next(place->value, at)) {
        int status = take_string(place, at, rule, name, take);
        if (status)
            return status;
    }
    return NCI_OK;
}

static int take_closes(const struct place *place, int64_t node, struct rule *rule)
{
    int kind = nci_value_kind(place->value, node);
    if (kind != NCI_KIND_TRUE && kind != NCI_KIND_FALSE)
        return fail_at(place, "true or false:", "close");
    rule->closes = kind == NCI_KIND_TRUE;
    return NCI_OK;
}

static int take_member(const struct place *place, int64_t node, const char *name, struct rule *rule)
{
    if (strcmp(name, "who") == 0)
        return take_strings(place, node, rule, name, take_who);
    if (strcmp(name, "channel") == 0)
        return take_strings(place, node, rule, name, take_channel);
    if (strcmp(name, "close") == 0)
        return take_closes(place, node, rule);
    if (strcmp(name, "allow") != 0 && strcmp(name, "deny") != 0)
        return fail_at(place, "a rule has who, channel, allow or deny, and close, not", name);
    if (rule->directions)
        return fail_at(place, "either allow or deny, not both", "");
    rule->allows = strcmp(name, "allow") == 0;
    return take_strings(place, node, rule, name, take_direction);
}

static int take_rule(const struct place *place, int64_t node, struct rule *rule)
{
    if (nci_value_kind(place->value, node) != NCI_KIND_OBJECT)
        return fail_at(place, "not an object", "");
    for (int64_t at = nci_value_first(place->value, node); at >= 0;
         at = nci_value_next(place->value, at)) {
        const char *name;
        char word[32]; /* what is longer is none of ours */
        size_t length;
        int status = nci_value_name(place->value, at, &name, &length);
        if (status)
            return status;
        snprintf(word, sizeof word, "%.*s", length < 64 ? (int)length : 64, name);
        status = take_member(place, at, strlen(word) == length ? word : "(an unknown one)", rule);
        if (status)
            return status;
    }
    if (!rule->who.count || !rule->channels.count || !rule->directions)
        return fail_at(place, "a rule needs who, channel, and allow or deny", "");
    if (rule->closes && !(rule->allows && rule->directions & MAY_SEND))
        return fail_at(place, "only a rule that allows sending can have", "close");
    return NCI_OK;
}

static int take_rules(struct place *place, struct nci_policy *policy)
{
    int64_t node = nci_value_member(place->value, 0, "rules", 5);
    if (nci_value_kind(place->value, 0) != NCI_KIND_OBJECT ||
        nci_value_size(place->value, 0) != 1 || node < 0 ||
        nci_value_kind(place->value, node) != NCI_KIND_ARRAY)
        return nci_fail(NCI_OPTION, "policy %.200s is not {\"rules\": [...]}", place->origin);
    int64_t count = nci_value_size(place->value, node);
    if (count > RULES_MOST)
        return nci_fail(NCI_OPTION, "policy %.200s has more than %d rules", place->origin,
                        RULES_MOST);
    policy->rules = count ? (struct rule *)nci_zalloc((size_t)count * sizeof *policy->rules) : NULL;
    if (count && !policy->rules)
        return nci_fail_nomem();
    for (int64_t at = nci_value_first(place->value, node); at >= 0;
         at = nci_value_next(place->value, at)) {
        place->rule++;
        int status = take_rule(place, at, &policy->rules[policy->count++]);
        if (status)
            return status;
    }
    return NCI_OK;
}

int nci_policy_parse(const char *text, size_t length, const char *origin, struct nci_policy **out)
{
    const struct nci_json_limits limits = {TEXT_MOST, NCI_JSON_DEPTH_DEFAULT};
    struct nci_value *value;
    int status = nci_value_new(text, length, &limits, &value);
    if (status == NCI_NOMEM)
        return status;
    if (status)
        return nci_fail_context(NCI_OPTION, "policy %.200s", origin);
    struct nci_policy *policy = (struct nci_policy *)nci_zalloc(sizeof *policy);
    struct place place = {value, origin, 0};
    status = policy ? take_rules(&place, policy) : nci_fail_nomem();
    nci_value_unref(value);
    if (status)
        nci_policy_free(policy);
    else
        *out = policy;
    return status;
}

static int read_all(int fd, const char *file, struct nci_buf *out)
{
    for (;;) {
        uint8_t *room = nci_buf_reserve(out, 4096);
        if (!room)
            return nci_fail_nomem();
        ssize_t got = read(fd, room, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return nci_fail_errno(errno, "policy %.200s", file);
        if (got == 0)
            return NCI_OK;
        nci_buf_commit(out, (size_t)got);
        if (nci_buf_length(out) > TEXT_MOST)
            return nci_fail(NCI_OPTION, "policy %.200s is longer than %zu bytes", file, TEXT_MOST);
    }
}

int nci_policy_read(const char *file, struct nci_policy **out)
{
    struct nci_buf text = {0};
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nci_fail_errno(errno, "policy %.200s", file);
    int status = read_all(fd, file, &text);
    close(fd);
    if (status == NCI_OK)
        status =
            nci_policy_parse((const char *)nci_buf_head(&text), nci_buf_length(&text), file, out);
    nci_buf_fini(&text);
    return status;
}

int nci_policy_of(const struct nci_options *options, struct nci_policy **out)
{
    const char *file = nci_options_text(options, NCI_OPTION_POLICY);
    const char *text = nci_options_text(options, NCI_OPTION_POLICY_TEXT);
    *out = NULL;
    if (file && text)
        return nci_fail(NCI_OPTION, "options policy and policy.text are both set");
    if (file)
        return nci_policy_read(file, out);
    return text ? nci_policy_parse(text, strlen(text), "policy.text", out) : NCI_OK;
}

static void free_patterns(struct patterns *patterns)
{
    for (size_t i = 0; i < patterns->count; i++)
        nci_free(patterns->texts[i]);
    nci_free(patterns->texts);
}

void nci_policy_free(struct nci_policy *policy)
{
    if (!policy)
        return;
    for (size_t i = 0; i < policy->count; i++) {
        free_patterns(&policy->rules[i].who);
        free_patterns(&policy->rules[i].channels);
    }
    nci_free(policy->rules);
    nci_free(policy);
}

/* ---- deciding ---- */

/* The first rule that speaks of the peer, the channel and the direction decides; without one the
 * answer is no. */
void nci_policy_decide(const struct nci_policy *policy, const struct nci_question *question,
                       struct nci_verdict *verdict)
{
    memset(verdict, 0, sizeof *verdict);
    if (!policy) {
        verdict->allowed = verdict->closes = 1;
        return;
    }
    /* A name with U+0000 in it can be neither written in a rule nor matched as a text. */
    size_t count = memchr(question->channel, 0, question->length) ? 0 : policy->count;
    for (size_t i = 0; i < count; i++) {
        const struct rule *rule = &policy->rules[i];
        if (!(rule->directions & (question->sends ? MAY_SEND : MAY_RECV)) ||
            !match_channel(&rule->channels, question->channel) ||
            !match_who(&rule->who, question->identity))
            continue;
        verdict->allowed = rule->allows;
        verdict->closes = rule->closes && question->sends;
        verdict->rule = (int)i + 1;
        snprintf(verdict->text, sizeof verdict->text, "rule %d of the policy %s it", verdict->rule,
                 rule->allows ? "allows" : "denies");
        return;
    }
    snprintf(verdict->text, sizeof verdict->text, "no rule of the policy allows it");
}
