/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: policies. An input's first line is a pattern, its second a name; the rest is any text
 * as a policy. A pattern must match what a matcher made from the manual's words matches; a policy is
 * taken whole or refused with a text, and decides the same each time: by one of its rules, or no.
 */
#include "json/value.h"
#include "run/policy.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 60

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_policy: %s\n", what);
    abort();
}

/* A star is any run of characters without stop; a backslash takes the next character as it is. */
static int matches(const char *pattern, const char *text, char stop)
{
    if (!*pattern)
        return !*text;
    if (*pattern == '*')
        return matches(pattern + 1, text, stop) ||
               (*text && *text != stop && matches(pattern, text + 1, stop));
    if (*pattern == '\\' && !*++pattern)
        return 0;
    return *pattern == *text && matches(pattern + 1, text + 1, stop);
}

static int count_of(const char *text, char what)
{
    int count = 0;
    for (; *text; text++)
        count += *text == what;
    return count;
}

/* Letters that no comparison folds, and little that JSON escapes. */
static int is_simple(const char *text)
{
    return strspn(text, "abc.*\\@-_0123456789") == strlen(text);
}

static void write_escaped(char *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '\\')
            *out++ = '\\';
        *out++ = *text;
    }
    *out = 0;
}

static void check_pattern(const char *pattern, const char *name)
{
    char escaped[2 * LONGEST + 1], text[400];
    struct nci_policy *policy;
    struct nci_identity identity = {0};
    struct nci_verdict verdict;
    /* The slow matcher tries every way: few stars only. */
    if (!*pattern || !is_simple(pattern) || !is_simple(name) || count_of(pattern, '*') > 4)
        return;
    write_escaped(escaped, pattern);
    snprintf(text, sizeof text,
             "{\"rules\":[{\"who\":\"*\",\"channel\":\"%s\",\"allow\":\"recv\"},"
             "{\"who\":\"dns:%s\",\"channel\":\"?\",\"allow\":\"send\"}]}",
             escaped, escaped);
    if (nci_policy_parse(text, strlen(text), "it", &policy))
        must(0, "a simple policy was refused");
    struct nci_question asked = {&identity, name, strlen(name), 0};
    nci_policy_decide(policy, &asked, &verdict);
    must(verdict.allowed == matches(pattern, name, 0), "a channel's pattern");
    if (nci_identity_add(&identity, "dns", name, strlen(name), 0) == NCI_OK) {
        struct nci_question other = {&identity, "?", 1, 1};
        nci_policy_decide(policy, &other, &verdict);
        must(verdict.allowed == (*name && matches(pattern, name, '.')), "a host's pattern");
    }
    nci_identity_fini(&identity);
    nci_policy_free(policy);
}

static void check_policy(const char *text, size_t length, const char *name)
{
    struct nci_policy *policy = NULL;
    struct nci_identity identity = {0};
    struct nci_verdict first, second;
    int status = nci_policy_parse(text, length, "it", &policy);
    if (status) {
        must(status == NCI_OPTION || status == NCI_NOMEM, "an odd refusal");
        must(!policy && *nci_detail(), "refused without a text");
        return;
    }
    (void)!nci_identity_add(&identity, "cn", name, strlen(name), 1);
    (void)!nci_identity_add(&identity, "uid", "0", 1, 0);
    for (int sends = 0; sends < 2; sends++) {
        struct nci_question question = {&identity, name, strlen(name), sends};
        nci_policy_decide(policy, &question, &first);
        nci_policy_decide(policy, &question, &second);
        must(memcmp(&first, &second, sizeof first) == 0, "another answer");
        must(first.rule > 0 || !first.allowed, "allowed by nobody");
        must(!first.closes || (first.allowed && sends), "an end that counts without a right");
    }
    nci_identity_fini(&identity);
    nci_policy_free(policy);
}

/* Up to the line feed, cut to LONGEST; returns what is behind it. */
static const char *take_line(const char *at, const char *end, char *line)
{
    size_t length = 0;
    for (; at < end && *at != '\n'; at++) {
        if (length < LONGEST && *at)
            line[length++] = *at;
    }
    line[length] = 0;
    return at < end ? at + 1 : at;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char pattern[LONGEST + 1], name[LONGEST + 1];
    const char *at = (const char *)data, *end = at + size;
    if (size == 0 || size > 20000)
        return 0;
    at = take_line(at, end, pattern);
    at = take_line(at, end, name);
    check_pattern(pattern, name);
    check_policy(at, (size_t)(end - at), name);
    return 0;
}
