/* SPDX-License-Identifier: MIT */
/*
 * Result codes and the per-thread detail text.
 *
 * Every fallible function returns one of these codes: 0 is success, every error is negative. The
 * numbers are those of the public header (a compile-time check in abi/ keeps them equal) and never
 * change. Where an error is first noticed, nci_fail() records a sentence that names the thing that
 * failed; callers above pass the code on and leave the text alone, or add context with
 * nci_fail_context().
 */
#ifndef NCI_BASE_STATUS_H
#define NCI_BASE_STATUS_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nci_status {
    NCI_OK = 0,
    NCI_TIMEOUT = -1,
    NCI_CLOSED = -2,
    NCI_LOST = -3,
    NCI_INTERRUPTED = -4,
    NCI_DENIED = -5,
    NCI_NOCHANNEL = -6,
    NCI_DIRECTION = -7,
    NCI_EXISTS = -8,
    NCI_BUSY = -9,
    NCI_LIMIT = -10,
    NCI_VALUE = -11,
    NCI_TYPE = -12,
    NCI_OPTION = -13,
    NCI_URL = -14,
    NCI_REFUSED = -15,
    NCI_PROTOCOL = -16,
    NCI_NOTSUP = -17,
    NCI_NOMEM = -18,
    NCI_NODESCRIPTOR = -19,
    NCI_FORK = -20,
    NCI_USAGE = -21,
    NCI_IO = -22,
    NCI_TLS = -23,
    NCI_STATUS_LAST = -23
};

#define NCI_CHECKED           __attribute__((warn_unused_result))
#define NCI_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/* Records the calling thread's detail text and returns code. Never fails; long texts are cut. */
int nci_fail(int code, const char *format, ...) NCI_PRINTF(2, 3);

/* Puts "prefix: " before the detail text recorded last on this thread. Returns code. */
int nci_fail_context(int code, const char *format, ...) NCI_PRINTF(2, 3);

/* Out of memory: the one text that is recorded without formatting. Returns NCI_NOMEM. */
int nci_fail_nomem(void);

/* Turns errno (given) of a failed system call into a code and the text "what: reason". */
int nci_fail_errno(int error, const char *format, ...) NCI_PRINTF(2, 3);

/* The detail text of the last failure on this thread, "" if none. Never NULL. */
const char *nci_detail(void);
void nci_detail_clear(void);

/* The frozen lower-case name of a code ("timeout"), and its one-line meaning. Never NULL. */
const char *nci_status_name(int code);
const char *nci_status_text(int code);

/* The code with this name, or NCI_PROTOCOL for a name this version does not know. */
int nci_status_by_name(const char *name, size_t length);

#ifdef __cplusplus
}
#endif
#endif
