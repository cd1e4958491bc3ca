/* SPDX-License-Identifier: MIT */
/*
 * Certificates in words: which one, what is wrong with it, whom it names. Everything that comes
 * from a certificate is escaped to printable ASCII before it goes into a text.
 */
#include "base/mem.h"
#include "net/tls_internal.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>

/* ---- OpenSSL's error queue ---- */

int nci_tls_reason(char *text, size_t size)
{
    unsigned long error = ERR_peek_last_error();
    const char *reason = ERR_reason_error_string(error);
    int memory = ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE;
    snprintf(text, size, "%s", reason ? reason : error ? "unknown reason" : "no reason given");
    nci_tls_forget();
    return memory ? NCI_NOMEM : NCI_TLS;
}

/* ---- parts of certificates as text ---- */

/* The content of a memory BIO, cut to size. */
static void take_text(BIO *bio, char *text, size_t size)
{
    int length = bio ? BIO_read(bio, text, (int)size - 1) : 0;
    text[length > 0 ? length : 0] = 0;
    BIO_free(bio);
    nci_tls_forget();
}

static void write_name(const X509_NAME *name, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio && X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) < 0) {
        BIO_free(bio);
        bio = NULL;
    }
    take_text(bio, text, size);
}

void nci_tls_subject(const X509 *certificate, char *text, size_t size)
{
    write_name(X509_get_subject_name(certificate), text, size);
}

static void write_time(const ASN1_TIME *time, char *text, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio)
        (void)ASN1_TIME_print(bio, time); /* what it has printed is all there is to say */
    take_text(bio, text, size);
}

/* ---- names ---- */

static int add_string(struct nci_identity *identity, const char *kind, const ASN1_STRING *string)
{
    return nci_identity_add(identity, kind, (const char *)ASN1_STRING_get0_data(string),
                            (size_t)ASN1_STRING_length(string), 0);
}

static int add_address(struct nci_identity *identity, const ASN1_OCTET_STRING *address)
{
    char text[INET6_ADDRSTRLEN];
    int length = ASN1_STRING_length(address);
    if ((length != 4 && length != 16) ||
        !inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(address), text,
                   sizeof text))
        return NCI_OK;
    return nci_identity_add(identity, "ip", text, strlen(text), 0);
}

static int add_alternative(struct nci_identity *identity, const GENERAL_NAME *name)
{
    switch (name->type) {
    case GEN_DNS:
        return add_string(identity, "dns", name->d.dNSName);
    case GEN_EMAIL:
        return add_string(identity, "email", name->d.rfc822Name);
    case GEN_URI:
        return add_string(identity, "uri", name->d.uniformResourceIdentifier);
    case GEN_IPADD:
        return add_address(identity, name->d.iPAddress);
    default:
        return NCI_OK;
    }
}

static int add_alternatives(struct nci_identity *identity, const X509 *certificate)
{
    GENERAL_NAMES *names =
        (GENERAL_NAMES *)X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    int status = NCI_OK;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names) && status == NCI_OK; i++)
        status = add_alternative(identity, sk_GENERAL_NAME_value(names, i));
    GENERAL_NAMES_free(names);
    nci_tls_forget();
    return status;
}

/* The last common name, which is the most specific one. */
static int add_common_name(struct nci_identity *identity, const X509 *certificate)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = -1, last = -1;
    while ((at = X509_NAME_get_index_by_NID(subject, NID_commonName, at)) >= 0)
        last = at;
    if (last < 0)
        return NCI_OK;
    unsigned char *text = NULL;
    int length =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
    int status = NCI_OK;
    if (length > 0)
        status = nci_identity_add(identity, "cn", (const char *)text, (size_t)length, 1);
    OPENSSL_free(text);
    nci_tls_forget();
    return status;
}

static int add_fingerprint(struct nci_identity *identity, const X509 *certificate)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[2 * EVP_MAX_MD_SIZE + 1];
    unsigned length = 0;
    if (X509_digest(certificate, EVP_sha256(), digest, &length) != 1) {
        nci_tls_forget();
        return nci_fail_nomem();
    }
    for (unsigned i = 0; i < length; i++)
        snprintf(text + 2 * i, 3, "%02x", digest[i]);
    return nci_identity_add(identity, "sha256", text, 2 * (size_t)length, 0);
}

static int identify(const X509 *certificate, struct nci_identity *identity)
{
    int status = add_alternatives(identity, certificate);
    if (status == NCI_OK)
        status = add_common_name(identity, certificate);
    return status;
}

int nci_tls_identify(SSL *ssl, struct nci_identity *identity)
{
    const X509 *certificate = SSL_get0_peer_certificate(ssl);
    if (!certificate)
        return NCI_OK;
    /* First, so that a certificate with many names keeps it. */
    int status = add_fingerprint(identity, certificate);
    return status ? status : identify(certificate, identity);
}

/* ---- what is wrong with a certificate ---- */

/* "dns:a, dns:b" */
static void list_names(const X509 *certificate, char *text, size_t size)
{
    struct nci_identity identity = {0};
    size_t at = 0;
    text[0] = 0;
    if (add_alternatives(&identity, certificate) == NCI_OK) {
        for (size_t i = 0; i < identity.count && at < size; i++) {
            int put = snprintf(text + at, size - at, "%s%s", i ? ", " : "", identity.names[i]);
            at += put > 0 ? (size_t)put : 0;
        }
    }
    if (identity.count == 0)
        snprintf(text, size, "no host");
    nci_identity_fini(&identity);
}

/* The rule that failed, as the end of a sentence that began with the certificate. */
static void name_rule(const struct nci_tls_link *link, int error, const X509 *certificate,
                      char *text, size_t size)
{
    const char *trusted = link->tls->files[NCI_TLS_CA] ? link->tls->files[NCI_TLS_CA] : "system";
    char part[200];
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        write_time(X509_get0_notAfter(certificate), part, sizeof part);
        snprintf(text, size, "has expired: it was valid until %s", part);
        break;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        write_time(X509_get0_notBefore(certificate), part, sizeof part);
        snprintf(text, size, "is not valid before %s", part);
        break;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        list_names(certificate, part, sizeof part);
        snprintf(text, size, "is for %s; expected was %s%.100s", part,
                 link->tls->address ? "ip:" : "dns:", link->tls->name);
        break;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        write_name(X509_get_issuer_name(certificate), part, sizeof part);
        snprintf(text, size,
                 "was issued by \"%s\", which is not among those trusted (tls.ca %.100s)", part,
                 trusted);
        break;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        snprintf(text, size, "is its own issuer and not among those trusted (tls.ca %.100s)",
                 trusted);
        break;
    case X509_V_ERR_INVALID_PURPOSE:
        snprintf(text, size, "may not be used by a %s (extended key usage)",
                 link->tls->server ? "client" : "server");
        break;
    default:
        snprintf(text, size, "is refused: %s", X509_verify_cert_error_string(error));
    }
}

static void keep_fault(struct nci_tls_link *link, int error, const X509 *certificate)
{
    char subject[NCI_TLS_SUBJECT], rule[400], text[600];
    nci_tls_subject(certificate, subject, sizeof subject);
    name_rule(link, error, certificate, rule, sizeof rule);
    snprintf(text, sizeof text, "the certificate \"%s\" %s", subject, rule);
    link->why = nci_strdup(text); /* without memory OpenSSL's own word must do */
}

int nci_tls_verified(int ok, X509_STORE_CTX *store)
{
    const SSL *ssl =
        (const SSL *)X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct nci_tls_link *link = ssl ? (struct nci_tls_link *)SSL_get_app_data(ssl) : NULL;
    const X509 *certificate = X509_STORE_CTX_get_current_cert(store);
    if (!ok && link && certificate && !link->why)
        keep_fault(link, X509_STORE_CTX_get_error(store), certificate);
    return ok;
}

/* ---- why a handshake failed ---- */

/* What a peer's alert (RFC 8446, section 6) says about us. */
static const struct {
    int alert;
    const char *text;
    int certificate; /* 1: it is about ours */
} alerts[] = {
    {SSL_AD_BAD_CERTIFICATE, "it is not acceptable (wrong name, not valid yet, or not in order)",
     1},
    {SSL_AD_UNSUPPORTED_CERTIFICATE, "it may not be used for this (extended key usage)", 1},
    {SSL_AD_CERTIFICATE_REVOKED, "it was revoked", 1},
    {SSL_AD_CERTIFICATE_EXPIRED, "it has expired or is not valid yet", 1},
    {SSL_AD_CERTIFICATE_UNKNOWN, "it is not acceptable", 1},
    {SSL_AD_UNKNOWN_CA, "its issuer is not among those the peer trusts", 1},
    {SSL_AD_ACCESS_DENIED, "access is denied", 1},
    {TLS13_AD_CERTIFICATE_REQUIRED, "the peer demands a certificate; set tls.cert and tls.key", 0},
    {TLS1_AD_NO_APPLICATION_PROTOCOL, "the peer does not agree on \"netchan/1\" (ALPN)", 0},
    {SSL_AD_PROTOCOL_VERSION, "the peer takes none of our versions of TLS", 0},
    {SSL_AD_HANDSHAKE_FAILURE,
     "the peer found nothing in common: a cipher, a curve, or a certificate that it demands", 0},
    {SSL_AD_INSUFFICIENT_SECURITY, "the peer asks for stronger ciphers", 0},
    {SSL_AD_UNRECOGNIZED_NAME, "the peer does not go by that name", 0},
};

static int explain_alert(const struct nci_tls_link *link, int alert)
{
    for (size_t i = 0; i < sizeof alerts / sizeof *alerts; i++) {
        if (alerts[i].alert != alert)
            continue;
        const X509 *own = alerts[i].certificate ? SSL_get_certificate(link->ssl) : NULL;
        char subject[NCI_TLS_SUBJECT];
        if (!own)
            return nci_fail(NCI_TLS, "TLS: %s", alerts[i].text);
        nci_tls_subject(own, subject, sizeof subject);
        return nci_fail(NCI_TLS, "the peer refuses our certificate \"%s\" (%.200s): %s", subject,
                        link->tls->files[NCI_TLS_CERT], alerts[i].text);
    }
    return nci_fail(NCI_TLS, "the peer ended TLS: %s", SSL_alert_desc_string_long(alert));
}

static int explain_reason(const struct nci_tls_link *link, int reason)
{
    switch (reason) {
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
    case SSL_R_UNKNOWN_PROTOCOL:
    case SSL_R_RECORD_LENGTH_MISMATCH:
    case SSL_R_PACKET_LENGTH_TOO_LONG:
    case SSL_R_RECORD_TOO_SMALL:
    case SSL_R_UNEXPECTED_MESSAGE:
        return nci_fail(NCI_TLS, link->secure
                                     ? "what comes is not TLS any more"
                                     : "the peer does not speak TLS; is it a tcp:// address?");
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_UNSUPPORTED_SSL_VERSION:
    case SSL_R_VERSION_TOO_LOW:
        return nci_fail(NCI_TLS, "the peer offers no version of TLS from 1.2 on");
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
        return nci_fail(NCI_TLS, "the peer shows no certificate, which tls.ca demands");
    case SSL_R_NO_SHARED_CIPHER:
        return nci_fail(NCI_TLS, "no cipher in common with the peer");
    case SSL_R_NO_APPLICATION_PROTOCOL:
        return nci_fail(NCI_TLS, "the peer does not ask for \"netchan/1\" (ALPN)");
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
        return nci_fail(NCI_TLS, "a record was changed on its way");
    default:
        return NCI_OK;
    }
}

int nci_tls_explain(struct nci_tls_link *link)
{
    unsigned long error = ERR_peek_error();
    int reason = ERR_GET_REASON(error), status;
    char text[160];
    if (link->why) {
        nci_tls_forget();
        return nci_fail(NCI_TLS, "%s", link->why);
    }
    if (ERR_GET_LIB(error) == ERR_LIB_SSL && reason > SSL_AD_REASON_OFFSET) {
        nci_tls_forget();
        return explain_alert(link, reason - SSL_AD_REASON_OFFSET);
    }
    status = ERR_GET_LIB(error) == ERR_LIB_SSL ? explain_reason(link, reason) : NCI_OK;
    if (status) {
        nci_tls_forget();
        return status;
    }
    status = nci_tls_reason(text, sizeof text);
    return status == NCI_NOMEM ? nci_fail_nomem() : nci_fail(NCI_TLS, "TLS: %s", text);
}
