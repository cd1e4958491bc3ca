/* SPDX-License-Identifier: MIT */
/*
 * Parsing of addresses. Nothing is looked up here.
 */
#include "net/address.h"

#include <stdlib.h>
#include <string.h>

static const char *after(const char *url, const char *prefix)
{
    size_t length = strlen(prefix);
    return strncmp(url, prefix, length) == 0 ? url + length : NULL;
}

static int parse_digits(const char *text, long most, long *out)
{
    long number = 0;
    if (!*text)
        return -1;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return -1;
        number = number * 10 + (*text - '0');
        if (number > most)
            return -1;
    }
    *out = number;
    return 0;
}

static int parse_host_port(const char *url, const char *rest, struct nci_address *address)
{
    const char *host = rest, *end;
    const char *port;
    long number;
    if (*rest == '[') {
        host = rest + 1;
        end = strchr(host, ']');
        if (!end || end[1] != ':')
            return nci_fail(NCI_URL, "address \"%.200s\": an IPv6 host is written [HOST]:PORT",
                            url);
        port = end + 2;
    } else {
        end = strrchr(rest, ':');
        if (!end)
            return nci_fail(NCI_URL, "address \"%.200s\" has no port; write HOST:PORT", url);
        if (memchr(rest, ':', (size_t)(end - rest)))
            return nci_fail(NCI_URL, "address \"%.200s\": an IPv6 host is written [HOST]:PORT",
                            url);
        port = end + 1;
    }
    size_t length = (size_t)(end - host);
    if (length == 0 || length >= sizeof address->host || memchr(host, '/', length))
        return nci_fail(NCI_URL, "address \"%.200s\": the host is missing or not a name", url);
    if (strlen(port) >= sizeof address->port || parse_digits(port, 65535, &number))
        return nci_fail(NCI_URL, "address \"%.200s\": the port is a number from 0 to 65535", url);
    memcpy(address->host, host, length);
    address->host[length] = 0;
    strcpy(address->port, port);
    return NCI_OK;
}

int nci_address_parse(const char *url, struct nci_address *address)
{
    const char *rest;
    long number;
    memset(address, 0, sizeof *address);
    address->fd = -1;
    if ((rest = after(url, "tcp://"))) {
        address->kind = NCI_ADDRESS_TCP;
        return parse_host_port(url, rest, address);
    }
    if ((rest = after(url, "tls://"))) {
        address->kind = NCI_ADDRESS_TLS;
        return parse_host_port(url, rest, address);
    }
    if ((rest = after(url, "unix:"))) {
        address->kind = NCI_ADDRESS_UNIX;
        if (!*rest)
            return nci_fail(NCI_URL, "address \"%.200s\" has no path", url);
        if (strlen(rest) >= sizeof address->path)
            return nci_fail(NCI_URL, "address \"%.200s\": a socket path has at most %zu bytes", url,
                            sizeof address->path - 1);
        strcpy(address->path, rest);
        return NCI_OK;
    }
    if ((rest = after(url, "fd:"))) {
        address->kind = NCI_ADDRESS_FD;
        if (parse_digits(rest, 1 << 30, &number))
            return nci_fail(NCI_URL, "address \"%.200s\": fd: is followed by a number", url);
        address->fd = (int)number;
        return NCI_OK;
    }
    return nci_fail(
        NCI_URL, "address \"%.200s\" is not tcp://HOST:PORT, unix:/PATH, tls://HOST:PORT or fd:N",
        url);
}
