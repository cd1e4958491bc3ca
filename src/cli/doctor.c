/* SPDX-License-Identifier: MIT */
/*
 * netchan doctor: the steps of a connection one by one, each with its own line, so that the first
 * that fails is seen. The last step is the library's own connection: what it says counts.
 */
#include "cli/peer.h"
#include "cli/say.h"
#include "cli/tools.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_MS 10000

void cli_doctor_line(int good, const char *what, const char *format, ...)
{
    char text[1024];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    for (char *at = text; *at; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?'; /* texts may quote what a peer sent */
    }
    printf("%-4s  %-12s  %s\n", good ? "ok" : "FAIL", what, text);
}

/* HOST and PORT of tcp://HOST:PORT and tls://HOST:PORT, whose form the library has accepted. */
static int split(const char *url, char *host, size_t size, const char **port)
{
    const char *at = strstr(url, "://");
    const char *colon = strrchr(url, ':');
    if (!at || colon < at + 3)
        return -1;
    at += 3;
    size_t length = (size_t)(colon - at);
    if (*at == '[' && length > 2) {
        at++;
        length -= 2;
    }
    if (length >= size)
        return -1;
    memcpy(host, at, length);
    host[length] = 0;
    *port = colon + 1;
    return 0;
}

static int resolve(const char *host, const char *port, struct addrinfo **out)
{
    struct addrinfo hints;
    char text[256];
    int count = 0;
    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int error = getaddrinfo(host, port, &hints, out);
    if (error) {
        cli_doctor_line(0, "resolve", "%s: %s", host, gai_strerror(error));
        return CLI_FAILED;
    }
    for (const struct addrinfo *at = *out; at; at = at->ai_next)
        count++;
    if (getnameinfo((*out)->ai_addr, (*out)->ai_addrlen, text, sizeof text, NULL, 0,
                    NI_NUMERICHOST))
        text[0] = 0;
    cli_doctor_line(1, "resolve", "%s has %d address%s, the first is %s", host, count,
                    count == 1 ? "" : "es", text);
    return CLI_DONE;
}

/* A connected, blocking socket, or -1 with errno. */
static int connect_one(const struct addrinfo *info)
{
    int fd = socket(info->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int error = 0;
    socklen_t length = sizeof error;
    if (fd < 0)
        return -1;
    if (connect(fd, info->ai_addr, info->ai_addrlen) && errno == EINPROGRESS) {
        struct pollfd ready = {fd, POLLOUT, 0};
        int came = cli_signals_poll(&ready, 1, PATIENCE_MS, CLI_RUNNING);
        if (came <= 0)
            error = came == 0 ? ETIMEDOUT : errno;
        else
            (void)getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
    } else {
        error = errno;
    }
    /* From here on it blocks, with time limits of its own. */
    if (error == 0 && fcntl(fd, F_SETFL, 0) == 0)
        return fd;
    error = error ? error : errno;
    (void)close(fd);
    errno = error;
    return -1;
}

static int reach(const struct addrinfo *list)
{
    int fd = -1;
    for (const struct addrinfo *at = list; at && fd < 0; at = at->ai_next) {
        errno = 0;
        fd = connect_one(at);
    }
    if (fd < 0)
        cli_doctor_line(0, "connect", "%s", strerror(errno));
    else
        cli_doctor_line(1, "connect", "somebody listens there");
    return fd;
}

/* The steps below netchan's own. */
static int examine(const struct cli_options *options)
{
    char host[256];
    const char *port;
    struct addrinfo *list = NULL;
    int secure = strncmp(options->url, "tls://", 6) == 0;
    if (split(options->url, host, sizeof host, &port))
        return CLI_DONE; /* unix and fd: the library's step says all there is to say */
    int status = resolve(host, port, &list);
    if (status)
        return status;
    int fd = reach(list);
    freeaddrinfo(list);
    if (fd < 0)
        return CLI_FAILED;
    if (secure)
        status = cli_doctor_tls(options, options->host_count ? options->hosts[0] : host, fd);
    (void)close(fd);
    return status;
}

static int greet(const struct cli_options *options)
{
    netchan_importer *importer = NULL;
    netchan_value *list = NULL;
    int status = netchan_importer_connect(options->url, options->owner, PATIENCE_MS,
                                          cli_signals_token(CLI_RUNNING), &importer);
    if (status) {
        cli_doctor_line(0, "hello", "%s: %s", netchan_error_name(status), cli_reason(status));
        return CLI_FAILED;
    }
    cli_doctor_line(1, "hello", "the exporter has greeted us");
    status =
        netchan_importer_list(importer, NULL, PATIENCE_MS, cli_signals_token(CLI_RUNNING), &list);
    if (status)
        cli_doctor_line(0, "list", "%s: %s", netchan_error_name(status), cli_reason(status));
    else
        cli_doctor_line(1, "list", "it shows us %lld channel%s",
                        (long long)netchan_value_size(list, 0),
                        netchan_value_size(list, 0) == 1 ? "" : "s");
    netchan_value_unref(list);
    (void)netchan_importer_wait_closed(importer, -1, cli_signals_token(CLI_RUNNING));
    netchan_importer_unref(importer);
    return status ? CLI_FAILED : CLI_DONE;
}

int cli_doctor(const struct cli_options *options)
{
    int status = examine(options);
    /* Also after a fault: the library's own words are what a program sees. */
    int said = greet(options);
    if (fflush(stdout))
        return cli_say("standard output: %s", strerror(errno));
    return status ? status : said;
}
