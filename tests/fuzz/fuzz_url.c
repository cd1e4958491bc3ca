/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: any text as an address. It is judged here once more, from the grammar in words, and
 * the two must agree; what is accepted must hold everything the text said, so that written again it
 * is the same text.
 */
#include "net/address.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LONGEST 2000

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth, const char *what)
{
    if (truth)
        return;
    fprintf(stderr, "fuzz_url: %s\n", what);
    abort();
}

/* Decimal digits and nothing else, no more than most. */
static int is_number(const char *text, unsigned long long most)
{
    size_t digits = strspn(text, "0123456789");
    if (!digits || text[digits])
        return 0;
    while (digits > 1 && *text == '0')
        text++, digits--;
    return digits < 15 && strtoull(text, NULL, 10) <= most;
}

/* HOST:PORT: the port is behind the last colon; a host with colons stands in brackets. */
static int is_host_port(const char *text)
{
    char host[LONGEST + 1];
    const char *bracket = *text == '[' ? strchr(text, ']') : NULL;
    const char *port = bracket ? bracket + 1 : strrchr(text, ':');
    if (*text == '[' && !bracket)
        return 0;
    if (!port || *port != ':' || strlen(port + 1) > 5 || !is_number(port + 1, 65535))
        return 0;
    memcpy(host, text, (size_t)(port - text));
    host[port - text] = 0;
    size_t length = strlen(host);
    if (*host == '[') {
        memmove(host, host + 1, --length);
        host[--length] = 0;
    } else if (strchr(host, ':')) {
        return 0;
    }
    return length >= 1 && length <= 255 && !strchr(host, '/');
}

static int is_address(const char *url)
{
    if (!strncmp(url, "tcp://", 6) || !strncmp(url, "tls://", 6))
        return is_host_port(url + 6);
    if (!strncmp(url, "unix:", 5))
        return strlen(url + 5) >= 1 && strlen(url + 5) <= 107;
    return !strncmp(url, "fd:", 3) && is_number(url + 3, 1u << 30);
}

static int ends_in_time(const struct nci_address *address)
{
    return memchr(address->host, 0, sizeof address->host) &&
           memchr(address->port, 0, sizeof address->port) &&
           memchr(address->path, 0, sizeof address->path);
}

/* Written again; brackets where the text has them. */
static void write_again(const char *url, const struct nci_address *address)
{
    char again[LONGEST + 64];
    switch (address->kind) {
    case NCI_ADDRESS_TCP:
    case NCI_ADDRESS_TLS:
        must(!*address->path && address->fd == -1, "a host with a path or a descriptor");
        snprintf(again, sizeof again, url[6] == '[' ? "%s://[%s]:%s" : "%s://%s:%s",
                 address->kind == NCI_ADDRESS_TCP ? "tcp" : "tls", address->host, address->port);
        break;
    case NCI_ADDRESS_UNIX:
        must(!*address->host && !*address->port && address->fd == -1, "a path with a host");
        snprintf(again, sizeof again, "unix:%s", address->path);
        break;
    default:
        must(!*address->host && !*address->port && !*address->path, "a descriptor with a host");
        must(address->fd == (int)strtol(url + 3, NULL, 10), "another descriptor");
        return;
    }
    must(!strcmp(again, url), "an address is not written as it was read");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct nci_address address;
    if (size > LONGEST)
        return 0;
    /* A block of exactly that length, so that a look behind it is seen. */
    char *url = (char *)malloc(size + 1);
    if (!url)
        abort();
    if (size)
        memcpy(url, data, size);
    url[size] = 0;
    char *exact = strdup(url);
    free(url);
    if (!exact)
        abort();
    memset(&address, 0x55, sizeof address);
    int code = nci_address_parse(exact, &address);
    must(code == NCI_OK || code == NCI_URL, "an odd refusal");
    must((code == NCI_OK) == is_address(exact), "another answer");
    if (code) {
        must(!strncmp(nci_detail(), "address \"", 9), "a refusal without the address");
    } else {
        must(ends_in_time(&address), "a text without an end");
        write_again(exact, &address);
    }
    free(exact);
    return 0;
}
