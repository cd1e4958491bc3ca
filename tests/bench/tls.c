/* SPDX-License-Identifier: MIT */
/*
 * The bare TLS stream: OpenSSL over a blocking socket, as tests/bench/raw.c is a bare socket. Values
 * behind a 4-byte length, many to a write; with --window the sender spends credit, and the receiver
 * gives back what it took whenever that is half of the window. Sessions, tickets and buffers are as
 * the library's TLS has them, so that a difference is the library's.
 */
#include "bench.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PREFIX     4
#define READ_BYTES 65536

static int one = 1;

static int listen_here(void)
{
    struct sockaddr_in name;
    socklen_t length = sizeof name;
    char address[BENCH_ADDRESS_MAX];
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&name, sizeof name) ||
        listen(listener, 1024) || getsockname(listener, (struct sockaddr *)&name, &length))
        bench_fail_errno("listen");
    (void)snprintf(address, sizeof address, "127.0.0.1:%d", ntohs(name.sin_port));
    bench_tell_address(address);
    return listener;
}

static SSL_CTX *new_context(int server)
{
    char cert[BENCH_PATH_MAX], key[BENCH_PATH_MAX], ca[BENCH_PATH_MAX];
    SSL_CTX *context = SSL_CTX_new(server ? TLS_server_method() : TLS_client_method());
    if (!context)
        bench_fail("OpenSSL", "no context");
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_num_tickets(context, 0);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_read_ahead(context, 1);
    int good =
        server ? SSL_CTX_use_certificate_chain_file(context,
                                                    bench_certificate(cert, "server.pem")) == 1 &&
                     SSL_CTX_use_PrivateKey_file(context, bench_certificate(key, "server.key"),
                                                 SSL_FILETYPE_PEM) == 1
               : SSL_CTX_load_verify_file(context, bench_certificate(ca, "ca.pem")) == 1;
    if (!good)
        bench_fail("certificates", "make check makes them");
    if (!server)
        SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    return context;
}

static SSL *shake(SSL_CTX *context, int fd, int server)
{
    SSL *ssl = SSL_new(context);
    if (!ssl || setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one) ||
        SSL_set_fd(ssl, fd) != 1 || (server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
        bench_fail("handshake", "failed");
    return ssl;
}

static SSL *take_one(SSL_CTX *context, int listener)
{
    int fd = accept(listener, NULL, NULL);
    if (fd < 0)
        bench_fail_errno("accept");
    return shake(context, fd, 1);
}

static SSL *dial(SSL_CTX *context, const char *at)
{
    struct sockaddr_in name;
    const char *port = strchr(at, ':');
    memset(&name, 0, sizeof name);
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    name.sin_port = htons((uint16_t)(port ? strtol(port + 1, NULL, 10) : 0));
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&name, sizeof name))
        bench_fail_errno(at);
    return shake(context, fd, 0);
}

static void put(SSL *ssl, const void *bytes, size_t length)
{
    if (length && SSL_write(ssl, bytes, (int)length) != (int)length)
        bench_fail("SSL_write", "failed");
}

/* ---- Streams -------------------------------------------------------------------------------- */

struct receiver {
    const struct bench_options *options;
    struct bench_meter meter;
    SSL *ssl;
    uint32_t owed, grant;
};

/* Takes the whole values that begin at bytes; returns how many bytes that were. */
static size_t take(struct receiver *receiver, const char *bytes, size_t length)
{
    size_t at = 0;
    while (length - at >= PREFIX) {
        uint32_t size;
        memcpy(&size, bytes + at, PREFIX);
        size = ntohl(size);
        if (length - at - PREFIX < size)
            break;
        bench_took_text(&receiver->meter, receiver->options, bytes + at + PREFIX, size);
        at += PREFIX + size;
        receiver->owed++;
        if (receiver->grant && receiver->owed >= receiver->grant) {
            put(receiver->ssl, &receiver->owed, sizeof receiver->owed);
            receiver->owed = 0;
        }
    }
    return at;
}

static void run_recv(const struct bench_options *options)
{
    struct receiver receiver;
    size_t capacity = READ_BYTES + PREFIX + bench_length(options);
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    memset(&receiver, 0, sizeof receiver);
    receiver.options = options;
    receiver.grant =
        options->window > 1 ? (uint32_t)options->window / 2 : (uint32_t)options->window;
    receiver.ssl = take_one(new_context(1), listen_here());
    bench_meter_begin(&receiver.meter, options);
    while (!bench_is_whole(&receiver.meter)) {
        int count = SSL_read(receiver.ssl, bytes + length, (int)(capacity - length));
        if (count <= 0)
            bench_fail("SSL_read", "the sender went away");
        length += (size_t)count;
        size_t taken = take(&receiver, bytes, length);
        length -= taken;
        memmove(bytes, bytes + taken, length);
    }
    bench_report_meter(&receiver.meter);
    (void)SSL_shutdown(receiver.ssl);
    free(bytes);
}

static long read_credit(SSL *ssl)
{
    uint32_t grant;
    if (SSL_read(ssl, &grant, sizeof grant) != (int)sizeof grant)
        bench_fail("SSL_read", "the receiver went away");
    return grant;
}

static void run_send(const struct bench_options *options)
{
    size_t size = bench_length(options);
    size_t capacity = size + PREFIX > BENCH_MOST_WRITE ? size + PREFIX : BENCH_MOST_WRITE;
    size_t length = 0;
    char *bytes = (char *)bench_alloc(capacity);
    char *value = (char *)bench_alloc(size);
    uint32_t prefix = htonl((uint32_t)size);
    long credit = options->window;
    bench_prepare(options, value);
    SSL *ssl = dial(new_context(0), options->at);
    double began = bench_cpu();
    for (long i = 0; i < options->count; i++) {
        int stopped = options->window && credit == 0;
        if (stopped || length + PREFIX + size > capacity) {
            put(ssl, bytes, length);
            length = 0;
        }
        if (stopped)
            credit = read_credit(ssl);
        bench_write_number(options, value, i);
        memcpy(bytes + length, &prefix, PREFIX);
        memcpy(bytes + length + PREFIX, value, size);
        length += PREFIX + size;
        credit--;
    }
    put(ssl, bytes, length);
    while (SSL_read(ssl, bytes, (int)capacity) > 0)
        continue;
    bench_report_sender(began, options->count);
    free(value);
    free(bytes);
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* The report that it stays comes at once, as netchan's exporter gives it; links come after. */
static void run_hold(const struct bench_options *options)
{
    SSL_CTX *context = new_context(1);
    int listener = listen_here();
    bench_stay_begin();
    for (long i = 0; i < options->links; i++)
        (void)take_one(context, listener);
    bench_stay_end();
}

static void run_stay(const struct bench_options *options)
{
    SSL_CTX *context = new_context(0);
    for (long i = 0; i < options->links; i++)
        (void)dial(context, options->at);
    bench_stay();
}

int main(int argc, char **argv)
{
    struct bench_options options;
    bench_read_options(&options, argc, argv);
    (void)signal(SIGPIPE, SIG_IGN);
    if (bench_is_role(&options, "recv"))
        run_recv(&options);
    else if (bench_is_role(&options, "send"))
        run_send(&options);
    else if (bench_is_role(&options, "hold"))
        run_hold(&options);
    else if (bench_is_role(&options, "stay"))
        run_stay(&options);
    else
        bench_fail(options.role, "not a role of this driver");
    return 0;
}
