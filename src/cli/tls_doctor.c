/* SPDX-License-Identifier: MIT */
/*
 * The doctor's steps of TLS. The handshake is made without refusing anything, so that everything
 * that is wrong with a certificate is found and not only the first; no value ever passes here.
 */
#include "cli/say.h"
#include "cli/tools.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>

#define FAULTS_MOST 16

struct faults {
    int count;
    int errors[FAULTS_MOST];
};

static int collect(int ok, X509_STORE_CTX *store)
{
    const SSL *ssl =
        (const SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct faults *faults = (struct faults *)SSL_get_app_data(ssl);
    if (!ok && faults->count < FAULTS_MOST)
        faults->errors[faults->count++] = X509_STORE_CTX_get_error(store);
    return 1;
}

static const char *reason(void)
{
    const char *text = ERR_reason_error_string(ERR_peek_error());
    return text ? text : "the connection ended, or nothing came";
}

/* ---- what we bring along ---- */

static int trust(SSL_CTX *context, const char *ca)
{
    struct stat info;
    if (!ca || strcmp(ca, "system") == 0)
        return SSL_CTX_set_default_verify_paths(context);
    if (stat(ca, &info) == 0 && S_ISDIR(info.st_mode))
        return SSL_CTX_load_verify_dir(context, ca);
    return SSL_CTX_load_verify_file(context, ca);
}

static int no_passphrase(char *buffer, int size, int writing, void *ctx)
{
    (void)buffer;
    (void)size;
    (void)writing;
    (void)ctx;
    return -1;
}

/* A certificate that cannot be used is the library's to complain about, in the last step. */
static SSL_CTX *prepare(const struct cli_options *options)
{
    static const unsigned char protocol[] = "\x09netchan/1";
    /* As the library does: at exit nothing is torn down under its thread. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        return NULL;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (!context)
        return NULL;
    SSL_CTX_set_default_passwd_cb(context, no_passphrase);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, collect);
    if (trust(context, options->ca) != 1)
        cli_doctor_line(0, "authorities", "%s: %s", options->ca ? options->ca : "system", reason());
    if (options->cert) {
        (void)!SSL_CTX_use_certificate_chain_file(context, options->cert);
        (void)!SSL_CTX_use_PrivateKey_file(context, options->key ? options->key : options->cert,
                                           SSL_FILETYPE_PEM);
    }
    ERR_clear_error();
    (void)SSL_CTX_set_alpn_protos(context, protocol, sizeof protocol - 1);
    return context;
}

/* ---- what the server shows ---- */

static void write_name(const X509_NAME *name, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int length = 0;
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0)
        length = BIO_read(bio, text, (int)size - 1);
    text[length > 0 ? length : 0] = 0;
    BIO_free(bio);
}

static int tell_dates(const X509 *certificate, const char *subject)
{
    int days = 0, seconds = 0;
    if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0) {
        cli_doctor_line(0, "dates", "\"%s\" is not valid yet", subject);
        return CLI_FAILED;
    }
    (void)!ASN1_TIME_diff(&days, &seconds, NULL, X509_get0_notAfter(certificate));
    if (days < 0 || (days == 0 && seconds <= 0)) {
        cli_doctor_line(0, "dates", "\"%s\" expired %d days ago", subject, -days);
        return CLI_FAILED;
    }
    cli_doctor_line(1, "dates", "\"%s\" is valid for %d more days", subject, days);
    return CLI_DONE;
}

/* Each certificate that was sent, own one first. */
static int tell_chain(SSL *ssl)
{
    STACK_OF(X509) *chain = SSL_get_peer_cert_chain(ssl);
    int status = CLI_DONE;
    for (int i = 0; chain && i < sk_X509_num(chain); i++) {
        const X509 *certificate = sk_X509_value(chain, i);
        char subject[256], issuer[256];
        write_name(X509_get_subject_name(certificate), subject, sizeof subject);
        write_name(X509_get_issuer_name(certificate), issuer, sizeof issuer);
        cli_doctor_line(1, "certificate", "\"%s\", issued by \"%s\"", subject, issuer);
        status |= tell_dates(certificate, subject);
    }
    return status;
}

/* What verification found, but for dates, which have their own lines. */
static int tell_trust(const struct faults *faults)
{
    int status = CLI_DONE;
    for (int i = 0; i < faults->count; i++) {
        int error = faults->errors[i];
        if (error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID)
            continue;
        cli_doctor_line(0, "trust", "%s", X509_verify_cert_error_string(error));
        status = CLI_FAILED;
    }
    if (status == CLI_DONE)
        cli_doctor_line(1, "trust", "issued by an authority that we trust, for servers");
    return status;
}

static void list_names(const X509 *certificate, char *text, size_t size)
{
    GENERAL_NAMES *names =
        (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    size_t at = 0;
    text[0] = 0;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && at < size; i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        char part[INET6_ADDRSTRLEN] = "?";
        int put = 0;
        if (name->type == GEN_DNS)
            put = snprintf(text + at, size - at, "%s%.*s", at ? ", " : "",
                           ASN1_STRING_length(name->d.dNSName),
                           (const char *)ASN1_STRING_get0_data(name->d.dNSName));
        else if (name->type == GEN_IPADD &&
                 inet_ntop(ASN1_STRING_length(name->d.iPAddress) == 4 ? AF_INET : AF_INET6,
                           ASN1_STRING_get0_data(name->d.iPAddress), part, sizeof part))
            put = snprintf(text + at, size - at, "%s%s", at ? ", " : "", part);
        at += put > 0 ? (size_t)put : 0;
    }
    GENERAL_NAMES_free(names);
}

static int tell_names(SSL *ssl, const char *host)
{
    X509 *certificate = SSL_get0_peer_certificate(ssl);
    unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
    char names[512];
    if (!certificate) {
        cli_doctor_line(0, "names", "the server shows no certificate");
        return CLI_FAILED;
    }
    int good = X509_check_ip_asc(certificate, host, 0) == 1 ||
               X509_check_host(certificate, host, 0, flags, NULL) == 1;
    list_names(certificate, names, sizeof names);
    cli_doctor_line(good, "names", good ? "it is for %s: %s" : "it is not for %s, but for: %s",
                    host, *names ? names : "nobody");
    return good ? CLI_DONE : CLI_FAILED;
}

static int tell_agreement(SSL *ssl)
{
    const unsigned char *protocol;
    unsigned length;
    SSL_get0_alpn_selected(ssl, &protocol, &length);
    int good = length == 9 && memcmp(protocol, "netchan/1", 9) == 0;
    cli_doctor_line(good, "agreement",
                    good ? "both speak netchan/1 (ALPN)"
                         : "the server does not speak netchan/1 (ALPN)");
    return good ? CLI_DONE : CLI_FAILED;
}

static int shake(SSL *ssl, const char *host, struct faults *faults)
{
    unsigned char bits[16];
    SSL_set_app_data(ssl, faults);
    if (inet_pton(AF_INET, host, bits) != 1 && inet_pton(AF_INET6, host, bits) != 1)
        (void)!SSL_set_tlsext_host_name(ssl, host);
    if (SSL_connect(ssl) != 1) {
        cli_doctor_line(0, "handshake", "%s", reason());
        return CLI_FAILED;
    }
    cli_doctor_line(1, "handshake", "%s with %s", SSL_get_version(ssl), SSL_get_cipher_name(ssl));
    return CLI_DONE;
}

int cli_doctor_tls(const struct cli_options *options, const char *host, int fd)
{
    const struct timeval patience = {10, 0};
    struct faults faults = {0};
    (void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    SSL_CTX *context = prepare(options);
    SSL *ssl = context ? SSL_new(context) : NULL;
    int status = CLI_FAILED;
    if (!ssl || SSL_set_fd(ssl, fd) != 1)
        cli_doctor_line(0, "handshake", "out of memory");
    else
        status = shake(ssl, host, &faults);
    if (status == CLI_DONE) {
        status = tell_chain(ssl);
        status |= tell_trust(&faults);
        status |= tell_names(ssl, host);
        status |= tell_agreement(ssl);
        (void)SSL_shutdown(ssl);
    }
    SSL_free(ssl);
    SSL_CTX_free(context);
    return status;
}
