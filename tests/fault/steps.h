/* SPDX-License-Identifier: MIT */
/*
 * What the scenarios share: judging what a call answers, values that are counted from end to end,
 * and a pair of owners that is taken apart whatever has failed.
 */
#ifndef NETCHAN_TESTS_FAULT_STEPS_H
#define NETCHAN_TESTS_FAULT_STEPS_H

#include "interpose.h"

#include <netchan.h>

/* ---- calls ---- */

/* Results that a call may answer with, as a set. */
#define CAN(name)  (1u << -NETCHAN_##name)
#define CAN_MEMORY CAN(NOMEM)
#define CAN_FILES  (CAN(NOMEM) | CAN(NODESCRIPTOR))
#define CAN_WAIT   (CAN(TIMEOUT) | CAN(INTERRUPTED))
#define CAN_END    (CAN(CLOSED) | CAN(LOST))

/* As the header documents them. */
#define CAN_SEND     (CAN_END | CAN_WAIT | CAN_FILES)
#define CAN_RECV     (CAN_END | CAN_WAIT | CAN_FILES)
#define CAN_SELECT   (CAN_END | CAN_WAIT | CAN_FILES)
#define CAN_EXPORTER (CAN_FILES | CAN(IO))
#define CAN_READ     (CAN(TLS) | CAN(REFUSED) | CAN(DENIED) | CAN(OPTION)) /* certificates */
#define CAN_LISTEN                                                                                 \
    (CAN_FILES | CAN_WAIT | CAN(EXISTS) | CAN(IO) | CAN(DENIED) | CAN(CLOSED) | CAN(REFUSED))
#define CAN_SERVE (CAN_FILES | CAN(CLOSED) | CAN(IO) | CAN(LIMIT))
#define CAN_CONNECT                                                                                \
    (CAN_FILES | CAN_WAIT | CAN(REFUSED) | CAN(PROTOCOL) | CAN(LOST) | CAN(IO) | CAN(DENIED) |     \
     CAN(BUSY))
#define CAN_EXPORT (CAN_MEMORY | CAN(CLOSED))
#define CAN_IMPORT (CAN_FILES | CAN_WAIT | CAN_END)
#define CAN_DRAIN  (CAN_FILES | CAN_WAIT | CAN_END)
#define CAN_LIST   (CAN_FILES | CAN_WAIT | CAN_END)
#define CAN_HANGUP (CAN_END | CAN(NOCHANNEL))

extern const struct fault_control *faults;

/* One call and its judgement: what it may not answer is a complaint, as is a failure without a
 * text, a wait that is much too long, and any failure while nothing is made to fail. */
#define STEP(allowed, call) (step_begin(#call), step_judge((call), (allowed)))

/* The same for a call that is to be refused, with this result. */
#define REFUSED(code, allowed, call) (step_begin(#call), step_refused((call), (code), (allowed)))

/* And again, up to three times, while it is short of something or was interrupted. */
#define INSIST(result, allowed, call)                                                              \
    do                                                                                             \
        (result) = (step_begin(#call), step_judge((call), (allowed)));                             \
    while (step_again(result))

void step_begin(const char *call);
int64_t step_judge(int64_t result, unsigned allowed);
int step_refused(int64_t result, int64_t code, unsigned allowed);
int step_again(int64_t result);
const char *step_now(void);

/* How long a call may wait: long where nothing fails, else short. */
int64_t step_ms(void);

/* Nothing fails from here on: what follows has to succeed. */
void step_calm(void);

/* A run begins. Mild faults are those that a program must not notice, but for a wait that a signal
 * has ended. */
enum step_faults { STEP_CALM, STEP_MILD, STEP_HARD };
void step_start(enum step_faults faults_now);

void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
int complaints(void);

int64_t step_clock_ms(void);

/* ---- values that are counted ---- */

#define FLOW_VALUES 51
#define FLOW_BIG    25 /* this one is long */

/* Values 0, 1, 2 ... from one channel to another, or through one channel. */
struct flow {
    netchan_channel *from, *to;
    unsigned char sent[FLOW_VALUES]; /* a send returned success */
    unsigned char told[FLOW_VALUES]; /* an acknowledgement as taken was told */
    unsigned char got[FLOW_VALUES];  /* times received */
    unsigned char left[FLOW_VALUES]; /* times found in the sending channel afterwards */
    int count, last, end;
    int bound; /* an import feeds the receiving channel: its end is to be told */
    int again; /* the link is cut on purpose: what was in flight may come twice, and out of order */
};

/* Makes channels where there are none. 0: both are there. */
int flow_open(struct flow *flow, size_t capacity);
void flow_send(struct flow *flow, int count);
/* Receives up to count; fewer when a receive fails. */
void flow_recv(struct flow *flow, int count, netchan_cancel *cancel);
void flow_told(struct flow *flow);
/* Empties the receiving channel, and takes a new one in its place. 0: it is there. */
int flow_renew(struct flow *flow, size_t capacity);
/* Notes a value and drops it. */
void flow_note(struct flow *flow, netchan_value *value);
/* Empties both channels, compares, and drops them. */
void flow_close(struct flow *flow);

/* The text of a value of a flow; static for each thread. */
const char *flow_text(int number, size_t *length);

/* ---- owners ---- */

struct pair {
    int secure;               /* over TLS */
    netchan_options *options; /* short times */
    netchan_exporter *exporter;
    netchan_importer *importer;
    int spare_fd; /* of a socketpair: a copy of the exporter's end, to cut it with; or -1 */
    char folder[64];
    netchan_channel *begun; /* an asynchronous import of it was begun */
};

/* An exporter without links. 0: it is there. */
int pair_open(struct pair *pair);
/* The same for tls:// addresses. */
int pair_open_secure(struct pair *pair);
/* An importer over a socketpair or an address. 0: it is there. */
int pair_meet(struct pair *pair);
int pair_listen(struct pair *pair, const char *url);
int pair_connect(struct pair *pair, const char *url);
/* A new folder, and "unix:" with a file in it. 0: it is there. */
int pair_folder(struct pair *pair, char *url, size_t size);
/* Drops the importer alone, in order. */
void pair_leave(struct pair *pair);
/* Ends both, at first with faults, then without. */
void pair_close(struct pair *pair);

#endif
