/* SPDX-License-Identifier: MIT */
/*
 * The checking pass over a JSON text: strict RFC 8259 UTF-8, no duplicate names (compared
 * unescaped) and no lone surrogates (RFC 7493), integers -2^63..2^63-1, reals finite as a double.
 *
 * The pass leaves an index behind in the checker, from which json/value.h makes values. A text may
 * be checked at once or while it arrives; both are the same code and give the same answer, the
 * same position and the same words.
 */
#ifndef NCI_JSON_CHECK_H
#define NCI_JSON_CHECK_H

#include "base/status.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nci_json_limits {
    size_t value;   /* most bytes in a text, at most NCI_JSON_VALUE_MAX */
    unsigned depth; /* deepest nesting of arrays and objects, at most NCI_JSON_DEPTH_MAX */
};

#define NCI_JSON_VALUE_DEFAULT ((size_t)4 << 20)
#define NCI_JSON_VALUE_MAX     (((size_t)1 << 27) - 1) /* what an index entry can count */
#define NCI_JSON_DEPTH_DEFAULT 64u
#define NCI_JSON_DEPTH_MAX     512u

/* Readable zero bytes that stand behind every text that is checked: they end every scan, so that
 * no step of it has to ask where the text ends. */
#define NCI_JSON_SLACK 8

/*
 * A checker is the pass's memory: it grows to what texts need and is used again for the next one.
 * One thread at a time; each thread has one of its own for the values it makes.
 */
struct nci_checker;

int nci_checker_new(struct nci_checker **out) NCI_CHECKED;
void nci_checker_free(struct nci_checker *checker); /* NULL is allowed */

/* Gives memory above a modest size back; for a checker that will lie idle. */
void nci_checker_trim(struct nci_checker *checker);

extern __thread struct nci_checker *nci_checker_of_thread; /* C++ has no _Thread_local */
struct nci_checker *nci_checker_make_mine(void) __attribute__((cold));

/* This thread's, made at its first use and freed with the thread; NULL: no memory. No text may be
 * half checked in it when anything else is called that may use it too. */
static inline struct nci_checker *nci_checker_mine(void)
{
    return nci_checker_of_thread ? nci_checker_of_thread : nci_checker_make_mine();
}

/* Starts a text. Without limits (NULL) the defaults hold; too high ones are cut to the most. */
void nci_check_begin(struct nci_checker *checker, const struct nci_json_limits *limits);

/*
 * Checks on: text is the whole text from its first byte, of which length bytes are there now (the
 * earlier ones unchanged; their address may have moved), with NCI_JSON_SLACK zero bytes behind.
 * Bytes may end inside any token; every byte is looked at a bounded number of times, however it is
 * cut. NCI_VALUE: no legal text begins so. NCI_LIMIT: longer or deeper than the limits.
 * NCI_NOMEM. The first error sticks until the next begin.
 */
int nci_check_feed(struct nci_checker *checker, const char *text, size_t length) NCI_CHECKED;

/* The same, and these are all bytes: NCI_OK means that the text is one legal value. */
int nci_check_end(struct nci_checker *checker, const char *text, size_t length) NCI_CHECKED;

/* begin and end in one. */
int nci_check_text(struct nci_checker *checker, const char *text, size_t length,
                   const struct nci_json_limits *limits) NCI_CHECKED;

/* Where and why the last text was refused. The thread's detail text says the same in one line. */
struct nci_check_fault {
    size_t offset;    /* bytes before the fault */
    size_t line;      /* from 1; lines end with a line feed */
    size_t column;    /* from 1; in characters, not bytes */
    char reason[128]; /* "member name "a" appears twice" */
};

/* NULL unless the text was refused with NCI_VALUE or for its depth. Valid until the next begin. */
const struct nci_check_fault *nci_check_error(const struct nci_checker *checker);

#ifdef __cplusplus
}
#endif
#endif
