/* SPDX-License-Identifier: MIT */
/*
 * The table of option keys, and sets of settings. A key is added by one row here, one page entry
 * in netchan-options(7), and one reader. Keys and meanings are never changed or taken away.
 */
#include "run/options.h"

#include "base/buf.h"
#include "base/mem.h"
#include "run/secure.h"

#include <string.h>

#define PATH_MOST 4095

enum form { NUMBER, BOOLEAN, OCTAL, TEXT, SECURE };

#define OWNERS (NCI_SCOPE_EXPORTER | NCI_SCOPE_IMPORTER)
#define BINDS  (NCI_SCOPE_EXPORT | NCI_SCOPE_IMPORT)

/* In the order of enum nci_option_id. Times are milliseconds, sizes bytes. SECURE: a text whose
 * feature is not in every build. */
static const struct key {
    const char *name;
    enum form form;
    int scope;
    int64_t least, most, normal;
} keys[NCI_OPTION_COUNT] = {
    {"async", BOOLEAN, NCI_SCOPE_IMPORT, 0, 1, 0},
    {"io.spin", BOOLEAN, OWNERS, 0, 1, 1},
    {"keep-open", BOOLEAN, BINDS, 0, 1, 0},
    {"limit.depth", NUMBER, OWNERS, 1, 512, 64},
    {"limit.frame", NUMBER, OWNERS, 4096, 1 << 20, 65536},
    {"limit.handshakes", NUMBER, NCI_SCOPE_EXPORTER, 1, 1 << 20, 1024},
    {"limit.links", NUMBER, NCI_SCOPE_EXPORTER, 1, 1 << 20, 16384},
    {"limit.memory", NUMBER, OWNERS, 65536, INT64_C(1) << 50, INT64_C(64) << 30},
    {"limit.size", NUMBER, OWNERS, 1, 1 << 20, 65536},
    {"limit.streams", NUMBER, OWNERS, 1, 1 << 20, 1024},
    {"limit.value", NUMBER, OWNERS, 64, (INT64_C(1) << 27) - 1, 4 << 20},
    {"limit.window", NUMBER, OWNERS, 1024, INT64_C(1) << 40, 64 << 20},
    {"link.ack-delay", NUMBER, OWNERS, 0, 1000, 10},
    {"link.agent", TEXT, OWNERS, 0, 64, 0},
    {"link.handshake", NUMBER, OWNERS, 10, 600000, 10000},
    {"link.heartbeat", NUMBER, OWNERS, 0, 86400000, 7000},
    {"link.linger", NUMBER, OWNERS, 0, 600000, 1000},
    {"link.silence", NUMBER, OWNERS, 0, 86400000, 7000},
    {"policy", TEXT, NCI_SCOPE_EXPORTER, 0, PATH_MOST, 0},
    {"policy.text", TEXT, NCI_SCOPE_EXPORTER, 0, 1 << 20, 0},
    {"return", BOOLEAN, BINDS, 0, 1, 1},
    {"tls.ca", SECURE, OWNERS, 0, PATH_MOST, 0},
    {"tls.cert", SECURE, OWNERS, 0, PATH_MOST, 0},
    {"tls.ciphers", SECURE, OWNERS, 0, 4096, 0},
    {"tls.key", SECURE, OWNERS, 0, PATH_MOST, 0},
    {"tls.name", SECURE, NCI_SCOPE_IMPORTER, 0, 255, 0},
    {"tls.passphrase", SECURE, OWNERS, 0, 1023, 0},
    {"unix.mode", OCTAL, NCI_SCOPE_EXPORTER, 0, 0777, 0600},
    {"wait", NUMBER, NCI_SCOPE_IMPORT, -1, INT64_C(1) << 40, 0},
    {"window", NUMBER, NCI_SCOPE_IMPORT, 1, INT64_C(1) << 40, 4 << 20},
};

struct setting {
    char *text; /* NULL: not set */
    int64_t number;
};

struct nci_options {
    struct setting settings[NCI_OPTION_COUNT];
};

int nci_options_new(struct nci_options **out)
{
    struct nci_options *options = (struct nci_options *)nci_zalloc(sizeof *options);
    if (!options)
        return nci_fail_nomem();
    *out = options;
    return NCI_OK;
}

void nci_options_free(struct nci_options *options)
{
    if (!options)
        return;
    for (int i = 0; i < NCI_OPTION_COUNT; i++)
        nci_free(options->settings[i].text);
    nci_free(options);
}

static int fail_unknown(const char *key)
{
    struct nci_buf names = {0};
    int status = NCI_OK;
    for (int i = 0; i < NCI_OPTION_COUNT && status == NCI_OK; i++)
        status = nci_buf_printf(&names, "%s%s", i ? ", " : "", keys[i].name);
    if (status == NCI_OK)
        status = nci_buf_append_byte(&names, 0);
    status = nci_fail(NCI_OPTION, "unknown option \"%.64s\"; known are %s", key,
                      status == NCI_OK ? (const char *)nci_buf_head(&names) : "(out of memory)");
    nci_buf_fini(&names);
    return status;
}

/* Digits with an optional sign, nothing else; no overflow. */
static int parse_number(const char *text, int base, int64_t *out)
{
    int64_t number = 0;
    int negative = *text == '-';
    text += negative;
    if (!*text)
        return -1;
    for (; *text; text++) {
        int digit = *text - '0';
        if (digit < 0 || digit >= base || number > (INT64_MAX - digit) / base)
            return -1;
        number = number * base + digit;
    }
    *out = negative ? -number : number;
    return 0;
}

static int parse_boolean(const char *text, int64_t *out)
{
    static const char *const words[2][3] = {{"no", "false", "0"}, {"yes", "true", "1"}};
    for (int truth = 0; truth < 2; truth++) {
        for (int i = 0; i < 3; i++) {
            if (strcmp(text, words[truth][i]) == 0) {
                *out = truth;
                return 0;
            }
        }
    }
    return -1;
}

static int parse(const struct key *key, const char *text, int64_t *out)
{
    *out = 0;
    switch (key->form) {
    case BOOLEAN:
        if (parse_boolean(text, out))
            return nci_fail(NCI_OPTION, "option %s is yes or no, not \"%.64s\"", key->name, text);
        return NCI_OK;
    case NUMBER:
    case OCTAL:
        if (parse_number(text, key->form == OCTAL ? 8 : 10, out) || *out < key->least ||
            *out > key->most)
            return nci_fail(NCI_OPTION,
                            key->form == OCTAL
                                ? "option %s is an octal number from %llo to %llo, not \"%.64s\""
                                : "option %s is a number from %lld to %lld, not \"%.64s\"",
                            key->name, (long long)key->least, (long long)key->most, text);
        return NCI_OK;
    case TEXT:
    case SECURE:
        if ((int64_t)strlen(text) > key->most)
            return nci_fail(NCI_OPTION, "option %s is a text of at most %lld bytes", key->name,
                            (long long)key->most);
        break;
    }
    return NCI_OK;
}

int nci_options_set(struct nci_options *options, const char *key, const char *text)
{
    int i = 0;
    while (i < NCI_OPTION_COUNT && strcmp(keys[i].name, key) != 0)
        i++;
    if (i == NCI_OPTION_COUNT)
        return fail_unknown(key);
    int64_t number;
    int status = parse(&keys[i], text, &number);
    if (status)
        return status;
    char *copy = nci_strdup(text);
    if (!copy)
        return nci_fail_nomem();
    nci_free(options->settings[i].text);
    options->settings[i].text = copy;
    options->settings[i].number = number;
    return NCI_OK;
}

int nci_options_check_scope(const struct nci_options *options, enum nci_option_scope scope,
                            const char *where)
{
    if (!options)
        return NCI_OK;
    for (int i = 0; i < NCI_OPTION_COUNT; i++) {
        if (!options->settings[i].text)
            continue;
        if (!(keys[i].scope & (int)scope))
            return nci_fail(NCI_OPTION, "option %s cannot be given to %s", keys[i].name, where);
        if (keys[i].form == SECURE && !nci_secure_built())
            return nci_fail(NCI_NOTSUP, "option %s: this build has no such feature", keys[i].name);
    }
    return NCI_OK;
}

int64_t nci_options_number(const struct nci_options *options, enum nci_option_id id)
{
    return options && options->settings[id].text ? options->settings[id].number : keys[id].normal;
}

const char *nci_options_text(const struct nci_options *options, enum nci_option_id id)
{
    return options ? options->settings[id].text : NULL;
}
