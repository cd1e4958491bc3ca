/* SPDX-License-Identifier: MIT */
/*
 * The command line.
 *
 * Whatever is wrong is told before anything is opened, listened on or connected to, and names the
 * word at fault. Keys and values of -o are the library's business, passed on as they are: a new key
 * works here without a change, unless it belongs to the channel instead of the exporter or
 * importer.
 */
#include "cli/options.h"

#include "cli/listen.h"
#include "cli/say.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char cli_help[] =
    "usage: netchan export URL send NAME [option]...   publish the values on standard input\n"
    "       netchan export URL recv NAME [option]...   print what importers send\n"
    "       netchan import URL recv NAME [option]...   print what the exporter sends\n"
    "       netchan import URL send NAME [option]...   send the values on standard input\n"
    "       netchan list URL [option]...               show the channels of an exporter\n"
    "       netchan check FILE                         is FILE one legal value? (- is standard "
    "input)\n"
    "       netchan check-policy FILE NAME send|recv   may a peer do that? (--identity says who)\n"
    "       netchan keygen FOLDER                      make keys and certificates to try TLS with\n"
    "       netchan doctor URL [option]...             which step of a connection fails?\n"
    "       netchan bench --serve URL [option]...      serve the measurements of another side\n"
    "       netchan bench URL [option]...              measure the way to a side that serves\n"
    "\n"
    "URL is tcp://HOST:PORT, unix:/PATH, tls://HOST:PORT or fd:NUMBER; port 0 picks a free one.\n"
    "An exporter's may be systemd: or systemd:NAME, for sockets that a service manager passes.\n"
    "Values are JSON texts with any white space between them; output is one value a line.\n"
    "\n"
    "  -n COUNT             exactly COUNT values\n"
    "  -s SIZE              import: so many values under way at most; export: read ahead so far\n"
    "  -w SECONDS           wait that long for the other side, or the channel, to appear\n"
    "  -t SECONDS           give up when nothing moved for that long\n"
    "      --keep-open      export recv: stay when the last importer has gone\n"
    "      --address-file FILE  export, bench --serve: write the addresses listened on to FILE\n"
    "      --cert FILE      certificate to show (tls)\n"
    "      --key FILE       its private key (tls)\n"
    "      --ca FILE        authorities to trust; on an exporter, clients must show a certificate\n"
    "      --name HOST      whose certificate to expect, if not URL's; keygen: a server's name\n"
    "      --policy FILE    export: who may do what, see netchan-policy(7)\n"
    "      --identity KIND:NAME  check-policy: a name that the peer has\n"
    "  -o KEY=VALUE         any option of netchan-options(7)\n"
    "  -v                   say what happens\n"
    "      --help           this text\n"
    "      --version        the version\n"
    "\n"
    "The exit status is 0 only when every value was acknowledged or received, 2 when the command\n"
    "line makes no sense, else 1. SIGINT drains, a second SIGINT stops. See netchan(1).\n";

enum long_option {
    KEEP_OPEN = 256,
    SERVE,
    ADDRESS_FILE,
    CERT,
    KEY,
    CA,
    NAME,
    POLICY,
    IDENTITY,
    HELP,
    VERSION,
};

static const struct option long_options[] = {
    {"keep-open", no_argument, NULL, KEEP_OPEN},
    {"serve", no_argument, NULL, SERVE},
    {"address-file", required_argument, NULL, ADDRESS_FILE},
    {"cert", required_argument, NULL, CERT},
    {"key", required_argument, NULL, KEY},
    {"ca", required_argument, NULL, CA},
    {"name", required_argument, NULL, NAME},
    {"policy", required_argument, NULL, POLICY},
    {"identity", required_argument, NULL, IDENTITY},
    {"help", no_argument, NULL, HELP},
    {"version", no_argument, NULL, VERSION},
    {NULL, 0, NULL, 0},
};

/* The value limit of a library whose limit.value was not set. */
#define VALUE_LIMIT_DEFAULT ((size_t)4 << 20)

/* What limit.size lets an import ask for at most, and a channel holds with ease. */
#define MOST_SIZE (INT64_C(1) << 20)

static int misuse(void)
{
    (void)cli_say("try netchan --help");
    return CLI_MISUSE;
}

static int read_count(const char *what, const char *text, int64_t most, int64_t *out)
{
    char *end;
    long long number = strtoll(text, &end, 10);
    if (*text < '0' || *text > '9' || *end || number < 1 || number > most) {
        (void)cli_say("%s is a number from 1 to %lld, not \"%s\"", what, (long long)most, text);
        return misuse();
    }
    *out = number;
    return CLI_DONE;
}

/* Digits and at most one point: no sign, exponent, "inf" or "nan". Rounded up, so that a wait asked
 * for is never none. */
static int read_seconds(const char *what, const char *text, int64_t *out)
{
    const int64_t most = INT64_C(1000000000);
    char *end;
    double seconds = -1;
    if (strspn(text, "0123456789.") == strlen(text))
        seconds = strtod(text, &end);
    if (seconds < 0 || *end || !strpbrk(text, "0123456789") || seconds > (double)most) {
        (void)cli_say("%s is a number of seconds from 0 to %lld, not \"%s\"", what, (long long)most,
                      text);
        return misuse();
    }
    *out = (int64_t)(seconds * 1000);
    *out += (double)*out < seconds * 1000;
    return CLI_DONE;
}

static int set(netchan_options *options, const char *key, const char *value)
{
    int status = netchan_options_set(options, key, value);
    return status ? cli_say_status(NULL, status) : CLI_DONE;
}

static int add(const char ***list, int *count, const char *text)
{
    const char **larger =
        (const char **)realloc((void *)*list, ((size_t)*count + 1) * sizeof *larger);
    if (!larger)
        return cli_say("out of memory");
    larger[(*count)++] = text;
    *list = larger;
    return CLI_DONE;
}

/* The keys that belong to one channel; every other one is its exporter's or importer's. */
static int is_bind_key(const char *key)
{
    static const char *const keys[] = {"async", "keep-open", "return", "wait", "window"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        if (strcmp(key, keys[i]) == 0)
            return 1;
    }
    return 0;
}

static int read_setting(struct cli_options *options, char *text)
{
    char *equals = strchr(text, '=');
    if (!equals || equals == text) {
        (void)cli_say("-o takes KEY=VALUE, not \"%s\"", text);
        return misuse();
    }
    *equals = 0;
    const char *value = equals + 1;
    int status = set(is_bind_key(text) ? options->bind : options->owner, text, value);
    if (status == CLI_DONE && strcmp(text, "limit.value") == 0)
        options->value_limit = (size_t)strtoull(value, NULL, 10);
    return status;
}

static int apply(struct cli_options *options, int option, char *argument)
{
    switch (option) {
    case 'n':
        return read_count("-n", argument, INT64_MAX, &options->count);
    case 's':
        return read_count("-s", argument, MOST_SIZE, &options->size);
    case 'w':
        return read_seconds("-w", argument, &options->wait);
    case 't':
        return read_seconds("-t", argument, &options->idle);
    case 'o':
        return read_setting(options, argument);
    case 'v':
        options->verbose = 1;
        return CLI_DONE;
    case KEEP_OPEN:
        options->keep_open = 1;
        return set(options->bind, "keep-open", "yes");
    case SERVE:
        options->serve = 1;
        return CLI_DONE;
    case ADDRESS_FILE:
        options->address_file = argument;
        return CLI_DONE;
    case CERT:
        options->cert = argument;
        return set(options->owner, "tls.cert", argument);
    case KEY:
        options->key = argument;
        return set(options->owner, "tls.key", argument);
    case CA:
        options->ca = argument;
        return set(options->owner, "tls.ca", argument);
    case NAME:
        return add(&options->hosts, &options->host_count, argument);
    case POLICY:
        return set(options->owner, "policy", argument);
    case IDENTITY:
        return add(&options->identity, &options->identity_count, argument);
    case HELP:
        options->command = CLI_HELP;
        return CLI_DONE;
    case VERSION:
        options->command = CLI_VERSION;
        return CLI_DONE;
    default: /* getopt has said what is wrong */
        return misuse();
    }
}

static int read_command(struct cli_options *options, const char *word)
{
    static const char *const words[] = {"export", "import",       "list",   "check",
                                        "bench",  "check-policy", "keygen", "doctor"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (strcmp(word, words[i]) == 0) {
            options->command = (enum cli_command)i;
            return CLI_DONE;
        }
    }
    (void)cli_say("the command is export, import, list, check, bench, check-policy, keygen or "
                  "doctor, not \"%s\"",
                  word);
    return misuse();
}

static int read_direction(struct cli_options *options, const char *word)
{
    options->direction = strcmp(word, "send") == 0   ? NETCHAN_SEND
                         : strcmp(word, "recv") == 0 ? NETCHAN_RECV
                                                     : 0;
    if (options->direction)
        return CLI_DONE;
    (void)cli_say("the direction is send or recv, not \"%s\"", word);
    return misuse();
}

/* The words that are no options: COMMAND URL DIRECTION NAME. */
static int read_words(struct cli_options *options, int count, char **words)
{
    static const char *const usage[] = {"export URL send|recv NAME",
                                        "import URL send|recv NAME",
                                        "list URL",
                                        "check FILE",
                                        "bench URL",
                                        "check-policy FILE NAME send|recv",
                                        "keygen FOLDER",
                                        "doctor URL"};
    static const int wanted[] = {3, 3, 1, 1, 1, 3, 1, 1};
    if (count == 0) {
        (void)cli_say("what to do? export, import, list, check, bench, check-policy, keygen or "
                      "doctor");
        return misuse();
    }
    int status = read_command(options, words[0]);
    if (status)
        return status;
    if (count - 1 != wanted[options->command]) {
        (void)cli_say("netchan %s takes %d words, not %d", usage[options->command],
                      wanted[options->command], count - 1);
        return misuse();
    }
    if (options->command == CLI_CHECK || options->command == CLI_KEYGEN ||
        options->command == CLI_CHECK_POLICY)
        options->file = words[1];
    else
        options->url = words[1];
    if (count < 4)
        return CLI_DONE;
    int policy = options->command == CLI_CHECK_POLICY;
    options->name = words[policy ? 2 : 3];
    return read_direction(options, words[policy ? 3 : 2]);
}

/* The one address of the command is not protected: then what should protect it must not be passed
 * over in silence. The library refuses it for an importer. */
static int check_secure(struct cli_options *options)
{
    int exports = options->command == CLI_EXPORT || options->serve;
    if (options->host_count && options->command != CLI_KEYGEN) {
        int status = set(options->owner, "tls.name", options->hosts[0]);
        if (status)
            return status;
    }
    if (!exports || !(options->cert || options->key || options->ca) ||
        (strncmp(options->url, "tcp://", 6) != 0 && strncmp(options->url, "unix:", 5) != 0))
        return CLI_DONE;
    (void)cli_say("--cert, --key and --ca go with tls:// addresses, not \"%s\"", options->url);
    return misuse();
}

/* Options that would be without effect are refused: who gave them expects one. */
static int check_places(struct cli_options *options)
{
    int transfers = options->command == CLI_EXPORT || options->command == CLI_IMPORT;
    int measures = options->command == CLI_BENCH;
    int waits = options->wait >= 0 || options->idle >= 0;
    const char *wrong = NULL;
    if (options->keep_open &&
        (options->command != CLI_EXPORT || options->direction != NETCHAN_RECV))
        wrong = "--keep-open goes with export URL recv NAME only";
    else if (options->serve && !measures)
        wrong = "--serve goes with bench URL only";
    else if (options->address_file && options->command != CLI_EXPORT && !options->serve)
        wrong = "--address-file goes with export and bench --serve only";
    else if ((options->count >= 0 || options->size > 0) && !transfers && !measures)
        wrong = "-n and -s go with export, import and bench only";
    else if ((options->count >= 0 || options->size > 0 || waits) && options->serve)
        wrong = "bench --serve serves until it is interrupted: -n, -s, -w and -t have no meaning";
    else if (waits && (!options->url || options->command == CLI_DOCTOR))
        wrong = "-w and -t have no meaning here";
    else if (options->identity_count && options->command != CLI_CHECK_POLICY)
        wrong = "--identity goes with check-policy only";
    else if (options->url && cli_listen_is_passed(options->url) && options->command != CLI_EXPORT &&
             !options->serve)
        wrong = "systemd: goes with export and bench --serve only";
    else if (options->host_count > 1 && options->command != CLI_KEYGEN)
        wrong = "--name may be given once";
    if (!wrong)
        return check_secure(options);
    (void)cli_say("%s", wrong);
    return misuse();
}

int cli_options_read(struct cli_options *options, int count, char **words)
{
    memset(options, 0, sizeof *options);
    options->command = CLI_EXPORT;
    options->count = options->wait = options->idle = -1;
    options->value_limit = VALUE_LIMIT_DEFAULT;
    int status = netchan_options_new(&options->owner);
    if (status == NETCHAN_OK)
        status = netchan_options_new(&options->bind);
    if (status)
        return cli_say_status(NULL, status);

    int option;
    while ((option = getopt_long(count, words, "n:s:w:t:o:v", long_options, NULL)) != -1) {
        status = apply(options, option, optarg);
        if (status || options->command == CLI_HELP || options->command == CLI_VERSION)
            return status;
    }
    status = read_words(options, count - optind, words + optind);
    if (status == CLI_DONE)
        status = check_places(options);
    return status;
}

void cli_options_free(struct cli_options *options)
{
    netchan_options_unref(options->owner);
    netchan_options_unref(options->bind);
    free((void *)options->hosts);
    free((void *)options->identity);
}
