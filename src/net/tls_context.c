/* SPDX-License-Identifier: MIT */
/*
 * From options to an OpenSSL context, and again when the files have changed. Every error names the
 * option and the file. OpenSSL never asks for a passphrase at the terminal.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "net/tls_internal.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOOK_AFTER (INT64_C(1000) * NCI_MS)

static const char *const options[NCI_TLS_FILES] = {"tls.cert", "tls.key", "tls.ca"};

static int is_system(const char *ca)
{
    return !ca || strcmp(ca, "system") == 0;
}

/* ---- files ---- */

static void stamp(const char *path, struct nci_tls_stamp *out)
{
    struct stat info;
    memset(out, 0, sizeof *out);
    if (!path || stat(path, &info))
        return;
    out->seconds = (int64_t)info.st_mtim.tv_sec;
    out->nanoseconds = (int64_t)info.st_mtim.tv_nsec;
    out->size = (int64_t)info.st_size;
    out->inode = (int64_t)info.st_ino;
}

static void stamp_all(const struct nci_tls *tls, struct nci_tls_stamp *stamps)
{
    for (int i = 0; i < NCI_TLS_FILES; i++)
        stamp(i == NCI_TLS_CA && is_system(tls->files[i]) ? NULL : tls->files[i], &stamps[i]);
}

/* OpenSSL's own words for a file that is not there do not name it. */
static int check_readable(enum nci_tls_file which, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return nci_fail_errno(errno, "%s %.200s", options[which], path);
    close(fd);
    return NCI_OK;
}

static int fail_file(enum nci_tls_file which, const char *path, const char *what)
{
    char reason[160];
    int status = nci_tls_reason(reason, sizeof reason);
    return nci_fail(status, "%s %.200s %s (%s)", options[which], path, what, reason);
}

/* ---- certificate and key ---- */

struct passphrase {
    const char *text; /* or NULL */
    int asked;
};

/* Always set: without it OpenSSL would ask at the terminal. */
static int give_passphrase(char *buffer, int size, int writing, void *ctx)
{
    struct passphrase *passphrase = (struct passphrase *)ctx;
    size_t length = passphrase->text ? strlen(passphrase->text) : 0;
    (void)writing;
    passphrase->asked = 1;
    if (!passphrase->text || length > (size_t)size)
        return -1;
    memcpy(buffer, passphrase->text, length);
    return (int)length;
}

static int fail_key(const char *path, const struct passphrase *passphrase)
{
    unsigned long newest = ERR_peek_last_error();
    if (ERR_GET_LIB(newest) == ERR_LIB_X509 && ERR_GET_REASON(newest) == X509_R_KEY_VALUES_MISMATCH)
        return fail_file(NCI_TLS_KEY, path, "does not belong to the certificate of tls.cert");
    if (!passphrase->asked)
        return fail_file(NCI_TLS_KEY, path, "has no private key in PEM form");
    return fail_file(NCI_TLS_KEY, path,
                     passphrase->text ? "is encrypted, and tls.passphrase does not open it"
                                      : "is encrypted; set tls.passphrase");
}

static int load_key(const struct nci_tls *tls, SSL_CTX *context)
{
    const char *path = tls->files[NCI_TLS_KEY];
    int status = check_readable(NCI_TLS_KEY, path);
    if (status)
        return status;
    struct passphrase passphrase = {tls->passphrase, 0};
    SSL_CTX_set_default_passwd_cb(context, give_passphrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &passphrase);
    int done = SSL_CTX_use_PrivateKey_file(context, path, SSL_FILETYPE_PEM) == 1 &&
               SSL_CTX_check_private_key(context) == 1;
    SSL_CTX_set_default_passwd_cb_userdata(context, NULL); /* nothing is read any more */
    return done ? NCI_OK : fail_key(path, &passphrase);
}

static int load_certificate(const struct nci_tls *tls, SSL_CTX *context)
{
    const char *path = tls->files[NCI_TLS_CERT];
    if (!path)
        return NCI_OK;
    int status = check_readable(NCI_TLS_CERT, path);
    if (status)
        return status;
    if (SSL_CTX_use_certificate_chain_file(context, path) != 1)
        return fail_file(NCI_TLS_CERT, path, "has no certificate in PEM form");
    return load_key(tls, context);
}

/* ---- whom to trust ---- */

static int load_directory(const struct nci_tls *tls, SSL_CTX *context, const char *path)
{
    if (SSL_CTX_load_verify_dir(context, path) != 1)
        return fail_file(NCI_TLS_CA, path, "cannot be used");
    STACK_OF(X509_NAME) *names = tls->server ? sk_X509_NAME_new_null() : NULL;
    if (names && SSL_add_dir_cert_subjects_to_stack(names, path) == 1)
        SSL_CTX_set_client_CA_list(context, names); /* takes them over */
    else
        sk_X509_NAME_pop_free(names, X509_NAME_free); /* only a help for the client's choice */
    nci_tls_forget();
    return NCI_OK;
}

static int load_authorities(const struct nci_tls *tls, SSL_CTX *context)
{
    const char *path = tls->files[NCI_TLS_CA];
    struct stat info;
    if (tls->server && !path)
        return NCI_OK;
    SSL_CTX_set_verify(context,
                       SSL_VERIFY_PEER | (tls->server ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nci_tls_verified);
    if (is_system(path)) {
        if (SSL_CTX_set_default_verify_paths(context) == 1)
            return NCI_OK;
        return fail_file(NCI_TLS_CA, "system", "cannot be used");
    }
    int status = check_readable(NCI_TLS_CA, path);
    if (status)
        return status;
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return load_directory(tls, context, path);
    if (SSL_CTX_load_verify_file(context, path) != 1)
        return fail_file(NCI_TLS_CA, path, "has no certificate in PEM form");
    if (tls->server)
        SSL_CTX_set_client_CA_list(context, SSL_load_client_CA_file(path));
    nci_tls_forget();
    return NCI_OK;
}

/* ---- ciphers ---- */

/* Appends one name to the list it belongs to: suites of TLS 1.3 have their own. */
static int sort_cipher(const char *name, size_t length, struct nci_buf *suites,
                       struct nci_buf *older)
{
    struct nci_buf *list = length > 4 && strncmp(name, "TLS_", 4) == 0 ? suites : older;
    int status = nci_buf_length(list) ? nci_buf_append_byte(list, ':') : NCI_OK;
    return status ? status : nci_buf_append(list, name, length);
}

static int apply_ciphers(SSL_CTX *context, const char *all, struct nci_buf *suites,
                         struct nci_buf *older)
{
    int status = NCI_OK;
    for (const char *at = all; *at && status == NCI_OK;) {
        size_t length = strcspn(at, ":");
        if (length)
            status = sort_cipher(at, length, suites, older);
        at += length + (at[length] == ':');
    }
    if (status == NCI_OK)
        status = nci_buf_append_byte(suites, 0);
    if (status == NCI_OK)
        status = nci_buf_append_byte(older, 0);
    if (status)
        return status;
    int some = nci_buf_length(suites) > 1 || nci_buf_length(older) > 1;
    /* A list that was not given stays as the system has it. */
    if (some &&
        (nci_buf_length(suites) == 1 ||
         SSL_CTX_set_ciphersuites(context, (const char *)nci_buf_head(suites)) == 1) &&
        (nci_buf_length(older) == 1 ||
         SSL_CTX_set_cipher_list(context, (const char *)nci_buf_head(older)) == 1))
        return NCI_OK;
    nci_tls_forget();
    return nci_fail(NCI_OPTION, "option tls.ciphers: \"%.200s\" names no cipher of this OpenSSL",
                    all);
}

static int set_ciphers(const struct nci_tls *tls, SSL_CTX *context)
{
    struct nci_buf suites = {0}, older = {0};
    if (!tls->ciphers)
        return NCI_OK;
    int status = apply_ciphers(context, tls->ciphers, &suites, &older);
    nci_buf_fini(&suites);
    nci_buf_fini(&older);
    return status;
}

/* ---- the agreement on the protocol ---- */

static int choose(SSL *ssl, const unsigned char **out, unsigned char *length,
                  const unsigned char *offered, unsigned offered_length, void *ctx)
{
    unsigned char *found;
    (void)ssl;
    (void)ctx;
    if (SSL_select_next_proto(&found, length, (const unsigned char *)NCI_TLS_PROTOCOL,
                              sizeof NCI_TLS_PROTOCOL - 1, offered,
                              offered_length) != OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *out = found;
    return SSL_TLSEXT_ERR_OK;
}

/* A client that offers no protocol at all never gets to choose(). */
static int check_hello(SSL *ssl, int *alert, void *ctx)
{
    const unsigned char *list;
    size_t length;
    (void)ctx;
    if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation, &list,
                                  &length))
        return SSL_CLIENT_HELLO_SUCCESS;
    *alert = SSL_AD_NO_APPLICATION_PROTOCOL;
    ERR_raise(ERR_LIB_SSL, SSL_R_NO_APPLICATION_PROTOCOL);
    return SSL_CLIENT_HELLO_ERROR;
}

/* ---- the context ---- */

static void set_rules(const struct nci_tls *tls, SSL_CTX *context)
{
    long least = SSL_CTX_get_min_proto_version(context);
    if (least < TLS1_2_VERSION)
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context,
                        SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    /* Idle links give their buffers back; reading takes what is there at once; what is sent of a
     * chain is what the file has. */
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_read_ahead(context, 1);
    if (tls->server) {
        SSL_CTX_set_alpn_select_cb(context, choose, NULL);
        SSL_CTX_set_client_hello_cb(context, check_hello, NULL);
    }
}

static int load(const struct nci_tls *tls, SSL_CTX **out)
{
    if (!nci_tls_method())
        return nci_fail_nomem();
    nci_tls_forget();
    SSL_CTX *context = SSL_CTX_new(tls->server ? TLS_server_method() : TLS_client_method());
    if (!context) {
        nci_tls_forget();
        return nci_fail_nomem();
    }
    set_rules(tls, context);
    int status = NCI_OK;
    /* For once nought is success. */
    if (!tls->server && SSL_CTX_set_alpn_protos(context, (const unsigned char *)NCI_TLS_PROTOCOL,
                                                sizeof NCI_TLS_PROTOCOL - 1) != 0)
        status = nci_fail_nomem();
    if (status == NCI_OK)
        status = load_certificate(tls, context);
    if (status == NCI_OK)
        status = load_authorities(tls, context);
    if (status == NCI_OK)
        status = set_ciphers(tls, context);
    if (status) {
        SSL_CTX_free(context);
        return status;
    }
    *out = context;
    return NCI_OK;
}

/* Links that were made of the old one keep it. */
static void use(struct nci_tls *tls, SSL_CTX *context)
{
    nci_lock_enter(&tls->lock);
    SSL_CTX *old = tls->context;
    tls->context = context;
    nci_lock_leave(&tls->lock);
    SSL_CTX_free(old);
}

SSL *nci_tls_open(struct nci_tls *tls)
{
    nci_lock_enter(&tls->lock);
    SSL *ssl = SSL_new(tls->context);
    nci_lock_leave(&tls->lock);
    return ssl;
}

/* ---- names ---- */

static int is_address(const char *name)
{
    unsigned char bits[16];
    return inet_pton(AF_INET, name, bits) == 1 || inet_pton(AF_INET6, name, bits) == 1;
}

/* A name that would check nothing, or more than it says, is the caller's mistake. */
static int take_name(struct nci_tls *tls, const char *name)
{
    size_t length = strlen(name);
    const char *zone = strchr(name, '%');
    if (zone && strchr(name, ':'))
        length = (size_t)(zone - name); /* fe80::1%eth0: the zone is this host's own business */
    else if (length > 1 && name[length - 1] == '.')
        length--;
    if (length == 0 || name[0] == '.' || strchr(name, '*'))
        return nci_fail(NCI_OPTION,
                        "option tls.name: \"%.100s\" is not the name of one host; certificates are "
                        "always checked for one",
                        name);
    tls->name = nci_strndup(name, length);
    if (!tls->name)
        return nci_fail_nomem();
    tls->address = is_address(tls->name);
    return NCI_OK;
}

int nci_tls_expect(const struct nci_tls *tls, SSL *ssl)
{
    X509_VERIFY_PARAM *rules = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    int done = tls->address ? X509_VERIFY_PARAM_set1_ip_asc(rules, tls->name) == 1
                            : X509_VERIFY_PARAM_set1_host(rules, tls->name, 0) == 1 &&
                                  SSL_set_tlsext_host_name(ssl, tls->name) == 1;
    if (done)
        return NCI_OK;
    nci_tls_forget();
    return nci_fail(NCI_OPTION, "option tls.name: \"%.100s\" cannot be checked for", tls->name);
}

/* ---- birth, change and death ---- */

static int copy(const char *text, char **out)
{
    *out = text ? nci_strdup(text) : NULL;
    return text && !*out ? nci_fail_nomem() : NCI_OK;
}

static int take_config(struct nci_tls *tls, const struct nci_tls_config *config)
{
    if (config->key && !config->cert)
        return nci_fail(NCI_OPTION, "option tls.key is of no use without tls.cert");
    if (config->server && !config->cert)
        return nci_fail(NCI_OPTION, "tls: an exporter needs a certificate; set tls.cert");
    tls->server = config->server;
    int status = copy(config->cert, &tls->files[NCI_TLS_CERT]);
    if (status == NCI_OK)
        status = copy(config->key ? config->key : config->cert, &tls->files[NCI_TLS_KEY]);
    if (status == NCI_OK)
        status = copy(config->ca, &tls->files[NCI_TLS_CA]);
    if (status == NCI_OK)
        status = copy(config->passphrase, &tls->passphrase);
    if (status == NCI_OK)
        status = copy(config->ciphers, &tls->ciphers);
    if (status == NCI_OK && !tls->server)
        status = take_name(tls, config->name ? config->name : "");
    return status;
}

int nci_tls_new(const struct nci_tls_config *config, struct nci_tls **out)
{
    struct nci_tls *tls = (struct nci_tls *)nci_zalloc(sizeof *tls);
    SSL_CTX *context = NULL;
    if (!tls)
        return nci_fail_nomem();
    nci_lock_init(&tls->lock, NCI_RANK_LEAF);
    int status = take_config(tls, config);
    stamp_all(tls, tls->stamps);
    if (status == NCI_OK)
        status = load(tls, &context);
    if (status) {
        nci_tls_free(tls);
        return status;
    }
    use(tls, context);
    *out = tls;
    return NCI_OK;
}

void nci_tls_free(struct nci_tls *tls)
{
    if (!tls)
        return;
    SSL_CTX_free(tls->context);
    for (int i = 0; i < NCI_TLS_FILES; i++)
        nci_free(tls->files[i]);
    if (tls->passphrase)
        OPENSSL_cleanse(tls->passphrase, strlen(tls->passphrase));
    nci_free(tls->passphrase);
    nci_free(tls->ciphers);
    nci_free(tls->name);
    nci_lock_fini(&tls->lock);
    nci_free(tls);
}

int nci_tls_refresh(struct nci_tls *tls, int64_t now)
{
    struct nci_tls_stamp stamps[NCI_TLS_FILES];
    SSL_CTX *context;
    if (tls->looked_at && now - tls->looked_at < LOOK_AFTER)
        return NCI_OK;
    tls->looked_at = now;
    stamp_all(tls, stamps);
    if (memcmp(stamps, tls->stamps, sizeof stamps) == 0)
        return NCI_OK;
    /* Remembered also when it fails: half of a pair of files may have been replaced, and the other
     * half's change is the next try. */
    memcpy(tls->stamps, stamps, sizeof stamps);
    int status = load(tls, &context);
    if (status)
        return nci_fail_context(status, "the files of TLS have changed, the old ones stay in use");
    use(tls, context);
    return NCI_OK;
}
