/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: lines KEY=TEXT, each set in one set of options. The table here says in its own way
 * which texts a key takes; the library must agree, keep what was set before when it refuses, and
 * give every number back within its range.
 */
#include "run/options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define EXPORTER NCI_SCOPE_EXPORTER
#define IMPORTER NCI_SCOPE_IMPORTER
#define EXPORT   NCI_SCOPE_EXPORT
#define IMPORT   NCI_SCOPE_IMPORT
#define LONG     (INT64_C(1) << 40)

/* base 10 and 8: numbers from least to most; 2: a boolean; 1 and 0: a text of at most most bytes, 0 of
 * a feature that the build may lack. */
static const struct row {
    const char *key;
    int base, scope;
    int64_t least, most, normal;
} rows[NCI_OPTION_COUNT] = {
    {"async", 2, IMPORT, 0, 1, 0},
    {"io.spin", 2, EXPORTER | IMPORTER, 0, 1, 1},
    {"keep-open", 2, EXPORT | IMPORT, 0, 1, 0},
    {"limit.depth", 10, EXPORTER | IMPORTER, 1, 512, 64},
    {"limit.frame", 10, EXPORTER | IMPORTER, 4096, 1048576, 65536},
    {"limit.handshakes", 10, EXPORTER, 1, 1048576, 1024},
    {"limit.links", 10, EXPORTER, 1, 1048576, 16384},
    {"limit.memory", 10, EXPORTER | IMPORTER, 65536, LONG << 10, INT64_C(68719476736)},
    {"limit.size", 10, EXPORTER | IMPORTER, 1, 1048576, 65536},
    {"limit.streams", 10, EXPORTER | IMPORTER, 1, 1048576, 1024},
    {"limit.value", 10, EXPORTER | IMPORTER, 64, 134217727, 4194304},
    {"limit.window", 10, EXPORTER | IMPORTER, 1024, LONG, 67108864},
    {"link.ack-delay", 10, EXPORTER | IMPORTER, 0, 1000, 10},
    {"link.agent", 1, EXPORTER | IMPORTER, 0, 64, 0},
    {"link.handshake", 10, EXPORTER | IMPORTER, 10, 600000, 10000},
    {"link.heartbeat", 10, EXPORTER | IMPORTER, 0, 86400000, 7000},
    {"link.linger", 10, EXPORTER | IMPORTER, 0, 600000, 1000},
    {"link.silence", 10, EXPORTER | IMPORTER, 0, 86400000, 7000},
    {"policy", 1, EXPORTER, 0, 4095, 0},
    {"policy.text", 1, EXPORTER, 0, 1048576, 0},
    {"return", 2, EXPORT | IMPORT, 0, 1, 1},
    {"tls.ca", 0, EXPORTER | IMPORTER, 0, 4095, 0},
    {"tls.cert", 0, EXPORTER | IMPORTER, 0, 4095, 0},
    {"tls.ciphers", 0, EXPORTER | IMPORTER, 0, 4096, 0},
    {"tls.key", 0, EXPORTER | IMPORTER, 0, 4095, 0},
    {"tls.name", 0, IMPORTER, 0, 255, 0},
    {"tls.passphrase", 0, EXPORTER | IMPORTER, 0, 1023, 0},
    {"unix.mode", 8, EXPORTER, 0, 511, 384},
    {"wait", 10, IMPORT, -1, LONG, 0},
    {"window", 10, IMPORT, 1, LONG, 4194304},
};

struct owner {
    struct nci_options *options;
    char *texts[NCI_OPTION_COUNT]; /* as set last; NULL: not set */
    int64_t numbers[NCI_OPTION_COUNT];
};

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_options: %s\n", what);
    abort();
}

static int row_of(const char *key)
{
    for (int i = 0; i < NCI_OPTION_COUNT; i++)
        if (!strcmp(rows[i].key, key))
            return i;
    return -1;
}

static int is_one_of(const char *text, const char *const words[3])
{
    return !strcmp(text, words[0]) || !strcmp(text, words[1]) || !strcmp(text, words[2]);
}

/* Whether the key takes the text, and as which number. */
static int takes(const struct row *row, const char *text, int64_t *number)
{
    static const char *const yes[3] = {"yes", "true", "1"}, *const no[3] = {"no", "false", "0"};
    *number = 0;
    if (row->base < 2)
        return strlen(text) <= (size_t)row->most;
    if (row->base == 2) {
        *number = is_one_of(text, yes);
        return *number || is_one_of(text, no);
    }
    const char *digits = text + (*text == '-');
    size_t count = strspn(digits, row->base == 8 ? "01234567" : "0123456789");
    if (!count || digits[count])
        return 0;
    errno = 0;
    *number = strtoll(text, NULL, row->base);
    return !errno && *number >= row->least && *number <= row->most;
}

static void set(struct owner *owner, const char *key, const char *text)
{
    int at = row_of(key), code = nci_options_set(owner->options, key, text);
    int64_t number = 0;
    must(code == NCI_OK || code == NCI_OPTION, "an odd refusal");
    if (at < 0) {
        must(code == NCI_OPTION && !strncmp(nci_detail(), "unknown option \"", 16),
             "an unknown key was taken");
        return;
    }
    must((code == NCI_OK) == takes(&rows[at], text, &number), "another answer");
    if (code) {
        must(!!strstr(nci_detail(), key), "a refusal without the key");
        return;
    }
    free(owner->texts[at]);
    owner->texts[at] = strdup(text);
    owner->numbers[at] = number;
    if (!owner->texts[at])
        abort();
}

static void read_back(const struct owner *owner)
{
    for (int i = 0; i < NCI_OPTION_COUNT; i++) {
        enum nci_option_id id = (enum nci_option_id)i;
        const char *text = nci_options_text(owner->options, id);
        int64_t number = nci_options_number(owner->options, id);
        must(nci_options_number(NULL, id) == rows[i].normal, "another default");
        if (!owner->texts[i]) {
            must(!text && number == rows[i].normal, "set by nobody");
            continue;
        }
        must(text && !strcmp(text, owner->texts[i]), "another text");
        must(number == owner->numbers[i], "another number");
        if (rows[i].base > 1)
            must(number >= rows[i].least && number <= rows[i].most, "a number out of range");
    }
}

/* The first setting out of place, in the order of the keys, decides. */
static int judge_scope(const struct owner *owner, int scope)
{
    for (int i = 0; i < NCI_OPTION_COUNT; i++) {
        if (!owner->texts[i])
            continue;
        if (!(rows[i].scope & scope))
            return NCI_OPTION;
        if (!rows[i].base)
            return NCI_NOTSUP;
    }
    return NCI_OK;
}

static void check_scopes(const struct owner *owner)
{
    for (int scope = 1; scope <= 8; scope *= 2) {
        int wanted = judge_scope(owner, scope);
        int code = nci_options_check_scope(owner->options, (enum nci_option_scope)scope, "it");
        /* A build with the feature takes its key. */
        must(code == wanted || wanted == NCI_NOTSUP, "another answer for the scope");
        must(nci_options_check_scope(NULL, (enum nci_option_scope)scope, "it") == NCI_OK,
             "nothing set, and refused");
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct owner owner;
    memset(&owner, 0, sizeof owner);
    char *lines = (char *)malloc(size + 1);
    if (!lines || size > 20000 || nci_options_new(&owner.options)) {
        free(lines);
        return 0;
    }
    if (size)
        memcpy(lines, data, size);
    lines[size] = 0;
    for (char *line = lines, *behind; line; line = behind) {
        behind = strchr(line, '\n');
        if (behind)
            *behind++ = 0;
        char *text = strchr(line, '=');
        if (text)
            *text++ = 0;
        set(&owner, line, text ? text : "");
    }
    read_back(&owner);
    check_scopes(&owner);
    nci_options_free(owner.options);
    for (int i = 0; i < NCI_OPTION_COUNT; i++)
        free(owner.texts[i]);
    free(lines);
    return 0;
}
