/* SPDX-License-Identifier: MIT */
/*
 * The bare TLS stream: OpenSSL over a blocking socket, with the streams of bare.h. Sessions, tickets
 * and buffers are as the library's TLS has them, so that a difference is the library's.
 */
#include "bare.h"

#include <openssl/ssl.h>
#include <signal.h>

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

/* ---- Streams -------------------------------------------------------------------------------- */

static ssize_t get(struct bare *bare, void *bytes, size_t length)
{
    int count = SSL_read((SSL *)bare->secure, bytes, (int)length);
    return count > 0 ? count : 0;
}

static void put(struct bare *bare, const void *bytes, size_t length)
{
    if (length && SSL_write((SSL *)bare->secure, bytes, (int)length) != (int)length)
        bench_fail("SSL_write", "failed");
}

static void end(struct bare *bare)
{
    (void)SSL_shutdown((SSL *)bare->secure);
}

static struct bare shake(SSL_CTX *context, int fd, int server)
{
    SSL *ssl = SSL_new(context);
    if (!ssl || SSL_set_fd(ssl, fd) != 1 || (server ? SSL_accept(ssl) : SSL_connect(ssl)) != 1)
        bench_fail("handshake", "failed");
    struct bare bare = {fd, ssl, get, put, end};
    return bare;
}

static void run_recv(const struct bench_options *options)
{
    SSL_CTX *context = new_context(1);
    struct bare bare = shake(context, bare_accept(bare_listen()), 1);
    bare_recv(&bare, options);
}

static void run_send(const struct bench_options *options)
{
    struct bare bare = shake(new_context(0), bare_dial(options->at), 0);
    bare_send(&bare, options);
}

/* ---- Memory --------------------------------------------------------------------------------- */

/* The report that it stays comes at once, as netchan's exporter gives it; links come after. */
static void run_hold(const struct bench_options *options)
{
    SSL_CTX *context = new_context(1);
    int listener = bare_listen();
    bench_stay_begin();
    for (long i = 0; i < options->links; i++)
        (void)shake(context, bare_accept(listener), 1);
    bench_stay_end();
}

static void run_stay(const struct bench_options *options)
{
    SSL_CTX *context = new_context(0);
    for (long i = 0; i < options->links; i++)
        (void)shake(context, bare_dial(options->at), 0);
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
