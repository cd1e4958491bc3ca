/* SPDX-License-Identifier: MIT */
/*
 * The table of result codes and the per-thread detail text. The text lives in thread-local storage
 * of fixed size, so that recording a failure can never fail itself.
 */
#include "base/status.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define DETAIL_SIZE 768

static _Thread_local char detail[DETAIL_SIZE];

static const struct {
    const char *name, *text;
} table[-NCI_STATUS_LAST + 1] = {
    {"ok", "success"},
    {"timeout", "the time given has passed"},
    {"closed", "ended by the other side's will; nothing is missing"},
    {"lost", "ended by a failure; something may be missing"},
    {"interrupted", "a signal or the cancel token ended the wait"},
    {"denied", "not allowed"},
    {"nochannel", "no channel of that name"},
    {"direction", "the channel goes the other way"},
    {"exists", "taken already"},
    {"busy", "too much at once; try again later"},
    {"limit", "larger than a limit allows"},
    {"value", "not a legal value"},
    {"type", "a value of another kind"},
    {"option", "unknown option or bad value for one"},
    {"url", "an address that cannot be understood"},
    {"refused", "nobody listens there"},
    {"protocol", "the peer broke the protocol"},
    {"notsup", "not in this build or version"},
    {"nomem", "out of memory"},
    {"nodescriptor", "out of file descriptors"},
    {"fork", "the object belongs to the parent process"},
    {"usage", "the call makes no sense here"},
    {"io", "the system refused an operation"},
    {"tls", "a certificate or handshake was not acceptable"},
};

int nci_fail(int code, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* Formatted aside: an argument may be the old detail text. */
    char text[DETAIL_SIZE];
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    memcpy(detail, text, sizeof text);
    return code;
}

int nci_fail_context(int code, const char *format, ...)
{
    char text[DETAIL_SIZE];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length >= 0 && (size_t)length + 2 < sizeof text) {
        memcpy(text + length, ": ", 2);
        size_t room = sizeof text - (size_t)length - 3, old = strnlen(detail, room);
        memcpy(text + length + 2, detail, old);
        text[(size_t)length + 2 + old] = 0;
    }
    memcpy(detail, text, sizeof text);
    return code;
}

int nci_fail_nomem(void)
{
    strcpy(detail, "out of memory");
    return NCI_NOMEM;
}

static int code_of_errno(int error)
{
    switch (error) {
    case ENOMEM:
        return NCI_NOMEM;
    case EMFILE:
    case ENFILE:
        return NCI_NODESCRIPTOR;
    case EADDRINUSE:
    case EEXIST:
        return NCI_EXISTS;
    case EACCES:
    case EPERM:
        return NCI_DENIED;
    case ECONNREFUSED:
    case ENOENT:
        return NCI_REFUSED;
    case ECONNRESET:
    case EPIPE:
    case ETIMEDOUT:
        return NCI_LOST;
    default:
        return NCI_IO;
    }
}

int nci_fail_errno(int error, const char *format, ...)
{
    char text[DETAIL_SIZE], reason[128];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    /* strerror is not thread safe; both forms of strerror_r leave a usable text in the buffer or
     * return one. */
    reason[0] = 0;
#if defined(__GLIBC__) && defined(_GNU_SOURCE)
    const char *said = strerror_r(error, reason, sizeof reason);
#else
    const char *said = strerror_r(error, reason, sizeof reason) == 0 ? reason : "unknown error";
#endif
    return nci_fail(code_of_errno(error), "%s: %s", text, said);
}

const char *nci_detail(void)
{
    return detail;
}

void nci_detail_clear(void)
{
    detail[0] = 0;
}

static int known(int code)
{
    return code <= 0 && code >= NCI_STATUS_LAST;
}

const char *nci_status_name(int code)
{
    return known(code) ? table[-code].name : "unknown";
}

const char *nci_status_text(int code)
{
    return known(code) ? table[-code].text : "a result code this version does not know";
}

int nci_status_by_name(const char *name, size_t length)
{
    for (int i = 0; i <= -NCI_STATUS_LAST; i++) {
        if (strlen(table[i].name) == length && memcmp(table[i].name, name, length) == 0)
            return -i;
    }
    return NCI_PROTOCOL;
}
