/* SPDX-License-Identifier: MIT */
/*
 * The TLS transport. OpenSSL sees no socket: it reads through a function that never blocks, and what
 * it writes goes into a buffer that is sent in one piece, so that a batch of records costs one
 * system call. It must never be told that input ended when it did not, nor be called by two threads
 * at once.
 *
 * A write is told as done when the socket has taken all of its records; until then the caller keeps
 * the bytes and calls again. So nothing is left here that nobody would send.
 */
#include "base/list.h"
#include "base/mem.h"
#include "net/socket.h"
#include "net/tls_internal.h"

#include <openssl/err.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* What answers to a peer (alerts, key updates) may wait while it does not read. */
#define OUT_MOST  ((size_t)64 * 1024)
#define READ_MOST ((size_t)32 * 1024) /* room for input that OpenSSL has not opened yet */

static struct nci_tls_link *of(struct nci_transport *transport)
{
    return NCI_CONTAINER(transport, struct nci_tls_link, transport);
}

/* ---- what OpenSSL reads and writes through ---- */

static int bio_read(BIO *bio, char *bytes, int length)
{
    struct nci_tls_link *link = (struct nci_tls_link *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    if (link->eof)
        return 0;
    ssize_t got = NCI_TRANSPORT_AGAIN;
    if (!link->mute && !link->drained)
        got = nci_socket_read(link->transport.fd, bytes, (size_t)length);
    if (got > 0) {
        link->drained = got < length;
        return (int)got;
    }
    if (got == NCI_TRANSPORT_AGAIN) {
        BIO_set_retry_read(bio);
        return -1;
    }
    link->eof = got == 0;
    link->read_error = (int)got;
    return got == 0 ? 0 : -1;
}

static int bio_write(BIO *bio, const char *bytes, int length)
{
    struct nci_tls_link *link = (struct nci_tls_link *)BIO_get_data(bio);
    BIO_clear_retry_flags(bio);
    return nci_buf_append(&link->out, bytes, (size_t)length) ? -1 : length;
}

static long bio_control(BIO *bio, int what, long number, void *pointer)
{
    const struct nci_tls_link *link = (const struct nci_tls_link *)BIO_get_data(bio);
    (void)number;
    (void)pointer;
    if (what == BIO_CTRL_EOF)
        return link->eof;
    return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *method;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void begin(void)
{
    /* A handler at exit would tear OpenSSL down under threads that still run. */
    if (OPENSSL_init_ssl(OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
        return;
    BIO_METHOD *made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "netchan");
    if (made && BIO_meth_set_read(made, bio_read) && BIO_meth_set_write(made, bio_write) &&
        BIO_meth_set_ctrl(made, bio_control))
        method = made;
    else
        BIO_meth_free(made);
}

const BIO_METHOD *nci_tls_method(void)
{
    return pthread_once(&once, begin) == 0 ? method : NULL;
}

void nci_tls_forget(void)
{
    ERR_clear_error();
}

int nci_tls_built(void)
{
    return 1;
}

/* ---- with the lock ---- */

/* Sends what waits. NCI_TRANSPORT_AGAIN: not all. */
static int flush(struct nci_tls_link *link)
{
    while (nci_buf_length(&link->out)) {
        ssize_t put = link->write_error
                          ? (ssize_t)link->write_error
                          : nci_socket_write(link->transport.fd, nci_buf_head(&link->out),
                                             nci_buf_length(&link->out));
        if (put == NCI_TRANSPORT_AGAIN)
            return NCI_TRANSPORT_AGAIN;
        if (put < 0) {
            link->write_error = (int)put;
            nci_buf_fini(&link->out);
            return (int)put;
        }
        nci_buf_consume(&link->out, (size_t)put);
    }
    nci_buf_fini(&link->out); /* idle links keep nothing */
    return NCI_OK;
}

static int keep(struct nci_tls_link *link, int status)
{
    link->ended = status;
    if (status == NCI_TLS)
        link->state = NCI_TLS_BROKEN;
    nci_free(link->why);
    link->why = status < 0 ? nci_strdup(nci_detail()) : NULL;
    return status;
}

/* To bytes that are no TLS at all OpenSSL answers nothing. An alert (RFC 8446, section 6: fatal,
 * protocol_version) lets a plain peer see whom it has called. */
static void add_alert(struct nci_tls_link *link)
{
    static const uint8_t alert[] = {0x15, 3, 1, 0, 2, 2, SSL_AD_PROTOCOL_VERSION};
    if (nci_buf_append(&link->out, alert, sizeof alert))
        nci_buf_fini(&link->out); /* without memory the end of file must do */
}

/* How reading ends after OpenSSL's answer result; NCI_OK: it does not. */
static int judge(struct nci_tls_link *link, int result)
{
    int error = SSL_get_error(link->ssl, result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        nci_tls_forget();
        return NCI_OK;
    }
    if (error == SSL_ERROR_ZERO_RETURN)
        return keep(link, 1);
    if (link->read_error < 0) {
        nci_tls_forget(); /* the detail text is the socket's */
        return keep(link, link->read_error);
    }
    if (link->eof && link->secure) {
        nci_tls_forget();
        return keep(link, nci_fail(NCI_LOST, "the stream ended without close_notify: it was cut "
                                             "off"));
    }
    if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        nci_tls_forget();
        return keep(link, nci_fail(NCI_TLS, "the peer ended the connection during the TLS "
                                            "handshake"));
    }
    int status = keep(link, nci_tls_explain(link));
    if (link->tls->server && !link->secure && !nci_buf_length(&link->out))
        add_alert(link);
    return status;
}

/* One step of the handshake. NCI_OK: go on, it may be over or not. */
static int shake(struct nci_tls_link *link)
{
    const unsigned char *protocol;
    unsigned length;
    nci_tls_forget();
    int result = SSL_do_handshake(link->ssl);
    if (result != 1)
        return judge(link, result);
    SSL_get0_alpn_selected(link->ssl, &protocol, &length);
    if (length != sizeof NCI_TLS_PROTOCOL - 2 ||
        memcmp(protocol, &NCI_TLS_PROTOCOL[1], length) != 0)
        return keep(link, nci_fail(NCI_TLS, "the peer does not agree on \"netchan/1\" (ALPN): "
                                            "something else answers there"));
    link->secure = 1;
    return NCI_OK;
}

/* After a failure: what still comes is dropped, so that closing does not reset the connection and
 * destroy the alert that says why. */
static ssize_t drop(struct nci_tls_link *link, void *bytes, size_t length)
{
    for (int turn = 0; turn < 4; turn++) {
        ssize_t got = nci_socket_read(link->transport.fd, bytes, length);
        if (got <= 0)
            return got;
    }
    return NCI_TRANSPORT_AGAIN;
}

/* Tells the end that keep() remembered; it stays so. */
static ssize_t tell_end(struct nci_tls_link *link)
{
    if (link->ended == 1)
        return 0;
    return nci_fail(link->ended, "%s", link->why ? link->why : nci_status_text(link->ended));
}

/* With nothing remembered: as many bytes as there are, one record after the other. */
static size_t open_records(struct nci_tls_link *link, uint8_t *bytes, size_t length)
{
    size_t total = 0;
    nci_tls_forget();
    while (total < length) {
        size_t room = length - total;
        int got = SSL_read(link->ssl, bytes + total, room < INT32_MAX ? (int)room : INT32_MAX);
        if (got <= 0) {
            (void)!judge(link, got);
            break;
        }
        total += (size_t)got;
    }
    return total;
}

static ssize_t read_locked(struct nci_tls_link *link, void *bytes, size_t length)
{
    size_t total = 0;
    if (!link->ended && !link->secure && shake(link) == NCI_OK && !link->secure) {
        (void)!flush(link);
        return NCI_TRANSPORT_AGAIN;
    }
    if (!link->ended)
        total = open_records(link, (uint8_t *)bytes, length);
    (void)!flush(link); /* alerts and key updates; what the socket does not take, a write sends */
    if (!link->ended && nci_buf_length(&link->out) > OUT_MOST)
        keep(link, nci_fail(NCI_LIMIT, "the peer asks for answers that it does not read"));
    if (total == length)
        link->transport.more = link->ended || SSL_has_pending(link->ssl);
    else
        link->transport.more = total && link->ended;
    if (total)
        return (ssize_t)total;
    return link->ended ? tell_end(link) : NCI_TRANSPORT_AGAIN;
}

/* ---- the table ---- */

static ssize_t tls_read(struct nci_transport *transport, void *bytes, size_t length)
{
    struct nci_tls_link *link = of(transport);
    ssize_t result;
    nci_lock_enter(&link->lock);
    link->transport.more = 0;
    link->drained = 0;
    if (link->state == NCI_TLS_DROPPING)
        result = drop(link, bytes, length);
    else
        result = read_locked(link, bytes, length);
    if (result == NCI_TLS)
        link->state = NCI_TLS_DROPPING;
    nci_lock_leave(&link->lock);
    return result;
}

/* Writing failed for a reason of our own, no memory mostly: the socket is shut, so that reading,
 * which tells why, is called. */
static int give_up(struct nci_tls_link *link, int status)
{
    nci_socket_abandon(link->transport.fd);
    return status;
}

static ssize_t write_locked(struct nci_tls_link *link, const void *bytes, size_t length)
{
    int status = flush(link);
    if (status)
        return status;
    if (link->owed) {
        ssize_t owed = (ssize_t)link->owed;
        link->owed = 0;
        return owed;
    }
    if (link->state || link->closing)
        return nci_fail(NCI_LOST, "the secure stream has ended");
    if (!link->secure) {
        /* Only a client's first step writes without having read; faults are reading's to tell. */
        link->mute = 1;
        status = shake(link);
        link->mute = 0;
        if (status)
            return give_up(link, status);
        status = flush(link);
        return status == NCI_OK ? NCI_TRANSPORT_LATER : status;
    }
    nci_tls_forget();
    int put = SSL_write(link->ssl, bytes, length < INT32_MAX ? (int)length : INT32_MAX);
    if (put <= 0)
        return give_up(link, keep(link, nci_tls_explain(link)));
    status = flush(link);
    if (status == NCI_TRANSPORT_AGAIN)
        link->owed = (size_t)put;
    return status ? status : put;
}

static ssize_t tls_write(struct nci_transport *transport, const void *bytes, size_t length)
{
    struct nci_tls_link *link = of(transport);
    nci_lock_enter(&link->lock);
    ssize_t result = write_locked(link, bytes, length);
    nci_lock_leave(&link->lock);
    return result;
}

static int tls_finish(struct nci_transport *transport)
{
    struct nci_tls_link *link = of(transport);
    nci_lock_enter(&link->lock);
    if (!link->closing && link->secure && !link->state) {
        nci_tls_forget();
        (void)SSL_shutdown(link->ssl); /* makes close_notify; the peer's is read as its end */
        nci_tls_forget();
    }
    link->closing = 1;
    int status = flush(link);
    if (status != NCI_TRANSPORT_AGAIN) {
        nci_socket_finish(transport->fd);
        status = NCI_OK;
    }
    nci_lock_leave(&link->lock);
    return status;
}

static long tls_unsent(struct nci_transport *transport)
{
    struct nci_tls_link *link = of(transport);
    nci_lock_enter(&link->lock);
    long bytes = nci_socket_unsent(transport->fd) + (long)nci_buf_length(&link->out);
    nci_lock_leave(&link->lock);
    return bytes;
}

static int tls_identify(struct nci_transport *transport, struct nci_identity *identity)
{
    struct nci_tls_link *link = of(transport);
    nci_lock_enter(&link->lock);
    int status = link->secure ? nci_tls_identify(link->ssl, identity) : NCI_OK;
    nci_lock_leave(&link->lock);
    return status;
}

static void tls_close(struct nci_transport *transport)
{
    struct nci_tls_link *link = of(transport);
    SSL_free(link->ssl);
    nci_buf_fini(&link->out);
    nci_free(link->why);
    nci_lock_fini(&link->lock);
    if (transport->fd >= 0)
        close(transport->fd);
    nci_free(link);
}

static const struct nci_transport_ops tls_ops = {tls_read,   tls_write,    NULL,     tls_finish,
                                                 tls_unsent, tls_identify, tls_close};

/* ---- birth ---- */

static int attach(struct nci_tls_link *link)
{
    link->ssl = nci_tls_open(link->tls);
    BIO *bio = link->ssl ? BIO_new(nci_tls_method()) : NULL;
    if (!bio) {
        nci_tls_forget();
        return nci_fail_nomem();
    }
    BIO_set_data(bio, link);
    BIO_set_init(bio, 1);
    SSL_set_bio(link->ssl, bio, bio); /* takes it over */
    SSL_set_app_data(link->ssl, link);
    SSL_set_default_read_buffer_len(link->ssl, READ_MOST);
    if (link->tls->server) {
        SSL_set_accept_state(link->ssl);
        return NCI_OK;
    }
    SSL_set_connect_state(link->ssl);
    return nci_tls_expect(link->tls, link->ssl);
}

int nci_tls_transport(struct nci_tls *tls, int fd, struct nci_transport **out)
{
    struct nci_tls_link *link = (struct nci_tls_link *)nci_zalloc(sizeof *link);
    if (!link)
        return nci_fail_nomem();
    link->transport.ops = &tls_ops;
    link->transport.fd = fd;
    link->tls = tls;
    nci_lock_init(&link->lock, NCI_RANK_LEAF);
    int status = attach(link);
    if (status) {
        link->transport.fd = -1; /* stays the caller's */
        tls_close(&link->transport);
        return status;
    }
    *out = &link->transport;
    return NCI_OK;
}
