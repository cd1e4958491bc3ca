/* SPDX-License-Identifier: MIT */
/*
 * netchan keygen: keys and certificates to try TLS with, and for a handful of hosts of one's own. The
 * authority's key lies beside the others, without a passphrase: whoever reads the folder can make
 * certificates that its users trust, which the manual says too.
 */
#include "cli/say.h"
#include "cli/tools.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define VALID_FOR (365L * 24 * 3600) /* seconds */

struct pair {
    EVP_PKEY *key;
    X509 *certificate;
};

static int fail_openssl(const char *what)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return cli_say("%s: %s", what, reason ? reason : "OpenSSL does not say why");
}

/* ---- files ---- */

/* Never over a file that is there: it may be somebody's only key. */
static int open_new(const char *folder, const char *name, const char *ending, int mode, FILE **out)
{
    char path[4096];
    if (snprintf(path, sizeof path, "%s/%s.%s", folder, name, ending) >= (int)sizeof path)
        return cli_say("%s: the name is too long", folder);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
    if (fd < 0)
        return cli_say("%s: %s", path, strerror(errno));
    *out = fdopen(fd, "w");
    if (*out)
        return CLI_DONE;
    (void)close(fd);
    return cli_say("%s: %s", path, strerror(errno));
}

static int write_pair(const char *folder, const char *name, const struct pair *pair)
{
    FILE *file;
    int status = open_new(folder, name, "key", 0600, &file);
    if (status)
        return status;
    int good = PEM_write_PrivateKey(file, pair->key, NULL, NULL, 0, NULL, NULL) == 1;
    good &= fclose(file) == 0;
    if (!good)
        return cli_say("%s/%s.key cannot be written", folder, name);
    status = open_new(folder, name, "pem", 0644, &file);
    if (status)
        return status;
    good = PEM_write_X509(file, pair->certificate) == 1;
    good &= fclose(file) == 0;
    return good ? CLI_DONE : cli_say("%s/%s.pem cannot be written", folder, name);
}

/* ---- certificates ---- */

static int add_extension(X509 *certificate, X509 *issuer, int nid, const char *text)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, text);
    int good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

/* 127 random bits, so that certificates of two runs never share a number (RFC 5280, 4.1.2.2). */
static int set_number(X509 *certificate)
{
    BIGNUM *number = BN_new();
    int good = number && BN_rand(number, 127, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) == 1 &&
               BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    return good;
}

static int set_basics(X509 *certificate, EVP_PKEY *key, const char *common_name)
{
    X509_NAME *subject = X509_get_subject_name(certificate);
    return X509_set_version(certificate, X509_VERSION_3) == 1 && set_number(certificate) &&
           X509_gmtime_adj(X509_getm_notBefore(certificate), -60) &&
           X509_gmtime_adj(X509_getm_notAfter(certificate), VALID_FOR) &&
           X509_set_pubkey(certificate, key) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                      (const unsigned char *)"netchan keygen", -1, -1, 0) == 1 &&
           X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                                      (const unsigned char *)common_name, -1, -1, 0) == 1;
}

struct wish {
    const char *common_name, *use, *names; /* use and names may be NULL */
};

/* Signed by issuer, or by itself. */
static int make_pair(struct pair *pair, const struct pair *issuer, const struct wish *wish)
{
    pair->key = EVP_EC_gen("P-256");
    pair->certificate = X509_new();
    if (!pair->key || !pair->certificate)
        return fail_openssl("a key");
    const struct pair *signer = issuer ? issuer : pair;
    X509 *own = pair->certificate, *its = signer->certificate;
    int good =
        set_basics(own, pair->key, wish->common_name) &&
        X509_set_issuer_name(own, X509_get_subject_name(its)) == 1 &&
        add_extension(own, its, NID_basic_constraints,
                      issuer ? "critical,CA:FALSE" : "critical,CA:TRUE,pathlen:0") &&
        add_extension(own, its, NID_key_usage,
                      issuer ? "critical,digitalSignature" : "critical,keyCertSign,cRLSign") &&
        add_extension(own, its, NID_subject_key_identifier, "hash") &&
        add_extension(own, its, NID_authority_key_identifier, "keyid") &&
        (!wish->use || add_extension(own, its, NID_ext_key_usage, wish->use)) &&
        (!wish->names || add_extension(own, its, NID_subject_alt_name, wish->names)) &&
        X509_sign(own, signer->key, EVP_sha256()) > 0;
    return good ? CLI_DONE : fail_openssl(wish->common_name);
}

static void free_pair(struct pair *pair)
{
    EVP_PKEY_free(pair->key);
    X509_free(pair->certificate);
}

/* ---- the server's names ---- */

/* What OpenSSL's little language for extensions would read as something else is no host name. */
static int is_name(const char *name)
{
    return *name && strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                 "-._:") == strlen(name);
}

static int add_name(char *list, size_t size, const char *name)
{
    unsigned char bits[16];
    size_t at = strlen(list);
    int address = inet_pton(AF_INET, name, bits) == 1 || inet_pton(AF_INET6, name, bits) == 1;
    if (!is_name(name) || (!address && strchr(name, ':')))
        return cli_say("--name \"%s\" is neither a host name nor an address", name);
    int put =
        snprintf(list + at, size - at, "%s%s:%s", at ? "," : "", address ? "IP" : "DNS", name);
    return put < (int)(size - at) ? CLI_DONE : cli_say("--name: there are too many");
}

/* Its own, those of this machine by itself, and what --name asks for. */
static int list_names(const struct cli_options *options, char *list, size_t size)
{
    static const char *const always[] = {"localhost", "127.0.0.1", "::1"};
    char host[256] = "";
    int status = CLI_DONE;
    list[0] = 0;
    for (size_t i = 0; i < sizeof always / sizeof *always; i++)
        status = add_name(list, size, always[i]);
    if (gethostname(host, sizeof host - 1) == 0 && is_name(host) && !strchr(host, ':') &&
        strcmp(host, "localhost") != 0)
        status = add_name(list, size, host);
    for (int i = 0; i < options->host_count && status == CLI_DONE; i++)
        status = add_name(list, size, options->hosts[i]);
    return status;
}

/* ---- the command ---- */

static int make_all(const struct cli_options *options, struct pair pairs[3])
{
    char names[4096];
    const char *folder = options->file;
    const struct wish authority = {"authority", NULL, NULL};
    const struct wish server = {"server", "serverAuth", names};
    const struct wish client = {"client", "clientAuth", "DNS:client"};
    int status = list_names(options, names, sizeof names);
    if (status == CLI_DONE && mkdir(folder, 0700) && errno != EEXIST)
        status = cli_say("%s: %s", folder, strerror(errno));
    if (status == CLI_DONE)
        status = make_pair(&pairs[0], NULL, &authority);
    if (status == CLI_DONE)
        status = make_pair(&pairs[1], &pairs[0], &server);
    if (status == CLI_DONE)
        status = make_pair(&pairs[2], &pairs[0], &client);
    if (status == CLI_DONE)
        status = write_pair(folder, "ca", &pairs[0]);
    if (status == CLI_DONE)
        status = write_pair(folder, "server", &pairs[1]);
    if (status == CLI_DONE)
        status = write_pair(folder, "client", &pairs[2]);
    if (status == CLI_DONE)
        cli_note("%s: ca, server (%s) and client, valid for a year", folder, names);
    return status;
}

int cli_keygen(const struct cli_options *options)
{
    struct pair pairs[3];
    memset(pairs, 0, sizeof pairs);
    int status = make_all(options, pairs);
    for (int i = 0; i < 3; i++)
        free_pair(&pairs[i]);
    return status;
}
