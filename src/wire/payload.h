/* SPDX-License-Identifier: MIT */
/*
 * The payloads of the control frames: one struct per kind, a reader and a writer for each. Readers
 * work on a tree that has passed the strict check; what they hand out is borrowed from it. Unknown
 * members are ignored, missing or mistyped ones are an error (NCI_PROTOCOL) that names them.
 * Writers append whole frames.
 */
#ifndef NCI_WIRE_PAYLOAD_H
#define NCI_WIRE_PAYLOAD_H

#include "json/tree.h"
#include "json/value.h"
#include "wire/frame.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NCI_NAME_MAX     255u /* bytes in a channel name */
#define NCI_SAYING_MAX   255u /* bytes of a text in hangup and bye, and of agent; cut when longer */
#define NCI_VERSION_LOW  1u
#define NCI_VERSION_HIGH 1u

enum nci_role { NCI_ROLE_EXPORTER, NCI_ROLE_IMPORTER };

struct nci_session_limits {
    size_t value;     /* longest value, bytes */
    unsigned depth;   /* deepest value */
    size_t frame;     /* largest frame payload */
    uint32_t streams; /* open streams on the link */
    uint32_t size;    /* most values a bind may ask for */
    uint64_t window;  /* most bytes a bind may ask for */
};

struct nci_hello {
    uint64_t low, high; /* versions */
    enum nci_role role;
    struct nci_session_limits limits;
    int64_t silence;
    const char *agent; /* borrowed */
    size_t agent_length;
    const char *session; /* borrowed; 128 bits in hex, or empty */
    size_t session_length;
};

struct nci_bind_ask {
    const char *name; /* borrowed */
    size_t name_length;
    int receives;                      /* the importer's direction is recv */
    int64_t size, window, count, wait; /* as the peer wrote them: not judged yet */
};

struct nci_bound {
    int64_t size, window, count; /* as the peer wrote them */
};

/* Why something ends: the payload of close, hangup and bye. Empty: plainly closed (bye: ok). */
struct nci_saying {
    int code; /* NCI_OK, or an error code; NCI_PROTOCOL for a name this version does not know */
    char text[NCI_SAYING_MAX + 1]; /* "" when there is none; cut when it was longer */
};

/* The frame's payload as a checked JSON object: the value is the caller's reference.
 * NCI_PROTOCOL when it is none, NCI_NOMEM. */
int nci_payload_value(const struct nci_frame *frame, struct nci_value **out) NCI_CHECKED;
/* The same as a tree to read members from, which the caller frees. *out is NULL, and the result
 * NCI_OK, when the payload is empty (its kind's rule has allowed that). */
int nci_payload_tree(const struct nci_frame *frame, struct nci_tree **out) NCI_CHECKED;

int nci_payload_read_hello(const struct nci_tree *tree, struct nci_hello *out) NCI_CHECKED;
int nci_payload_read_bind(const struct nci_tree *tree, struct nci_bind_ask *out) NCI_CHECKED;
int nci_payload_read_bound(const struct nci_tree *tree, struct nci_bound *out) NCI_CHECKED;
/* tree NULL: the payload was empty, and fallback is the code. */
int nci_payload_read_saying(const struct nci_tree *tree, int fallback,
                            struct nci_saying *out) NCI_CHECKED;
/* tree NULL: no filter. */
int nci_payload_read_filter(const struct nci_tree *tree, const char **filter,
                            size_t *length) NCI_CHECKED;

/* Is it a page: an array of channels, each with its name and direction? */
int nci_payload_check_listing(const struct nci_value *page) NCI_CHECKED;

int nci_write_hello(struct nci_buf *out, const struct nci_hello *hello) NCI_CHECKED;
int nci_write_bind(struct nci_buf *out, uint32_t id, const struct nci_bind_ask *ask) NCI_CHECKED;
int nci_write_bound(struct nci_buf *out, uint32_t id, const struct nci_bound *bound) NCI_CHECKED;
/* close and hangup: id, number and why; with code NCI_CLOSED and no text the payload is empty. */
int nci_write_ending(struct nci_buf *out, enum nci_frame_kind kind, uint32_t id, uint64_t number,
                     int code, const char *text) NCI_CHECKED;
int nci_write_bye(struct nci_buf *out, int code, const char *text) NCI_CHECKED;
int nci_write_list(struct nci_buf *out, uint64_t cursor, const char *filter,
                   size_t length) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
