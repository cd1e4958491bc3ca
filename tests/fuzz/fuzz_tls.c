/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: bytes at a TLS transport. An input's first byte says when they come: before the
 * handshake, or behind a good one, raw or as what a peer that speaks TLS sends. Whatever they are,
 * a read answers bytes, nothing yet, the end, or an error with a text; a failure is told once, and
 * what comes behind it is dropped.
 */
#include "net/socket.h"
#include "net/tls.h"

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct nci_tls *server;
static SSL_CTX *clients;

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_tls: %s: %s\n", what, nci_detail());
    abort();
}

/* A key and its own certificate, in a file that has no place in any folder. */
static void begin(void)
{
    char path[64];
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    FILE *file = fdopen(memfd_create("netchan", 0), "w");
    must(key && certificate && file, "out of memory");
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 100000);
    X509_set_pubkey(certificate, key);
    must(X509_sign(certificate, key, EVP_sha256()) > 0, "signing");
    must(PEM_write_X509(file, certificate) &&
             PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) && fflush(file) == 0,
         "writing");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fileno(file));
    struct nci_tls_config config = {1, path, NULL, NULL, NULL, NULL, NULL};
    must(nci_tls_new(&config, &server) == NCI_OK, "the server");
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
    clients = SSL_CTX_new(TLS_client_method());
    must(clients &&
             SSL_CTX_set_alpn_protos(clients, (const unsigned char *)"\x09netchan/1", 10) == 0,
         "the client");
}

/* Reads all there is. Returns the last answer. */
static ssize_t read_all(struct nci_transport *transport)
{
    char bytes[2000];
    ssize_t got;
    int failures = 0;
    do {
        nci_detail_clear();
        got = transport->ops->read(transport, bytes, sizeof bytes);
        must(got <= (ssize_t)sizeof bytes, "more than there is room for");
        must(got >= 0 || got == NCI_TRANSPORT_AGAIN || *nci_detail(), "an error without a text");
        failures += got == NCI_TLS;
    } while (got > 0 || got == NCI_TLS);
    must(failures <= 1, "a failure was told twice");
    return got;
}

/* A client's side of the handshake, in turns with the server's. */
static SSL *shake(struct nci_transport *transport, int fd)
{
    SSL *client = SSL_new(clients);
    must(client && SSL_set_fd(client, fd) == 1, "the client");
    SSL_set_connect_state(client);
    for (int turn = 0; turn < 10; turn++) {
        int done = SSL_do_handshake(client) == 1;
        must(read_all(transport) == NCI_TRANSPORT_AGAIN, "a good handshake");
        if (done && turn > 0)
            break;
    }
    must(SSL_is_init_finished(client), "the handshake did not end");
    return client;
}

static void put(int fd, const uint8_t *data, size_t size)
{
    if (size)
        (void)!send(fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nci_transport *transport;
    SSL *client = NULL;
    int fds[2];
    if (size == 0 || size > 60000)
        return 0;
    if (!server)
        begin();
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0, "socketpair");
    must(nci_tls_transport(server, fds[0], &transport) == NCI_OK, "a transport");
    int when = data[0] % 3;
    if (when)
        client = shake(transport, fds[1]);
    if (when == 2 && size > 1)
        must(SSL_write(client, data + 1, (int)size - 1) > 0, "writing");
    else
        put(fds[1], data + 1, size - 1);
    ssize_t last = read_all(transport);
    (void)transport->ops->write(transport, "x", 1);
    (void)transport->ops->finish(transport);
    shutdown(fds[1], SHUT_WR);
    if (last == NCI_TRANSPORT_AGAIN)
        last = read_all(transport);
    must(last != NCI_TRANSPORT_AGAIN, "the end was not seen");
    SSL_free(client);
    transport->ops->close(transport);
    close(fds[1]);
    return 0;
}
