/* SPDX-License-Identifier: MIT */
/*
 * What the bindings of all languages share in C: the last error of a thread, and every call that can
 * wait in one form, so that each language has one place that waits.
 *
 * A wrapper sets no error of its own language in the middle of its work. It notes the code here;
 * the language's wrapper raises it when what it made for the call has been freed.
 */
#ifndef NETCHAN_BINDINGS_CALLS_H
#define NETCHAN_BINDINGS_CALLS_H

#include <netchan.h>

/* Not a code of the library: the language has an exception of its own pending. */
#define NCB_RAISED (-1000)

/* ---- Errors -------------------------------------------------------------------------------- */

/* Forget what this thread noted; at the beginning of each wrapper. */
void ncb_begin(void);

/* Note a result: a negative one becomes this thread's error with the library's text. Returns it. */
int64_t ncb_note(int64_t result);

/* Note an error that the binding found itself. Returns code. */
int ncb_fail(int code, const char *text);

/* This thread's error: 0, a negative code, or NCB_RAISED. The first one noted stays. */
int ncb_code(void);

/* Its text, until ncb_begin. */
const char *ncb_text(void);

/* ---- Cancel tokens ------------------------------------------------------------------------- */

/* A token that says whether it was fired, so that a wait can tell it from a signal. */
typedef struct ncb_cancel ncb_cancel;

ncb_cancel *ncb_cancel_new(void); /* NULL: noted */
void ncb_cancel_free(ncb_cancel *cancel);
void ncb_cancel_fire(ncb_cancel *cancel);
void ncb_cancel_reset(ncb_cancel *cancel);
int ncb_cancel_fired(const ncb_cancel *cancel);             /* NULL: 0 */
netchan_cancel *ncb_cancel_token(const ncb_cancel *cancel); /* NULL: NULL */

/* ---- Waiting ------------------------------------------------------------------------------- */

/* One call that can wait. What it needs and what it gives stand in the members that it uses. */
typedef struct ncb_call ncb_call;
struct ncb_call {
    int64_t (*run)(ncb_call *call, int64_t ms, netchan_cancel *cancel);
    int once;     /* a try has effects of its own, so do not try before the wait */
    void *object; /* the channel, select, exporter or importer */
    const char *name;
    netchan_channel *channel;
    const netchan_options *options;
    netchan_value *const *values;
    int64_t size, count;
    int level; /* or the direction */
    netchan_value **got;
    netchan_importer *importer;
    int again; /* the call was interrupted and is made once more */

    /* Gives back what a call for once has got, when the language raises in spite of it. May be
     * NULL: what such a call did stays done. */
    void (*undo)(ncb_call *call);
};

/* The one place of a language that waits: runs the call with ms 0 and its lock held, unless it is
 * for once; when that times out, waits without the lock in a way that the language's interrupts
 * end. The clock of ms begins with the call. Never loses a result: an interrupt is looked at only
 * when call->run has answered NETCHAN_INTERRUPTED. Returns what run answered, or NCB_RAISED.
 * Each language defines it. */
int64_t ncb_wait(ncb_call *call, int64_t ms, ncb_cancel *cancel);

/* Milliseconds of the monotonic clock, for ncb_wait. */
int64_t ncb_now(void);

/* ---- The calls, each noting its error ------------------------------------------------------- */

/* Values that are handed over together. */
typedef struct {
    size_t count;
    netchan_value **values;
} ncb_batch;

ncb_batch *ncb_batch_new(size_t count); /* with count places that hold NULL; NULL: noted */
void ncb_batch_free(ncb_batch *batch);  /* and its values */

/* The chosen case of a select: its number, how it ended, its value if it received one. */
typedef struct {
    int64_t number;
    int status;
    netchan_value *value;
} ncb_choice;

netchan_channel *ncb_channel_new(int64_t capacity);
int ncb_channel_put(netchan_channel *channel, netchan_value *value, int64_t ms, ncb_cancel *cancel);
int64_t ncb_channel_put_many(netchan_channel *channel, const ncb_batch *batch, int64_t ms,
                             ncb_cancel *cancel);
netchan_value *ncb_channel_take(netchan_channel *channel, int64_t ms, ncb_cancel *cancel);
ncb_batch *ncb_channel_take_many(netchan_channel *channel, int64_t count, int64_t ms,
                                 ncb_cancel *cancel);

netchan_select *ncb_select_new(void);
ncb_choice ncb_select_wait(netchan_select *select, int64_t ms, ncb_cancel *cancel);

netchan_exporter *ncb_exporter_new(const netchan_options *options);
void ncb_exporter_listen(netchan_exporter *exporter, const char *url, int64_t ms,
                         ncb_cancel *cancel);
void ncb_exporter_drain(netchan_exporter *exporter, int level, int64_t ms, ncb_cancel *cancel);
void ncb_exporter_sync(netchan_exporter *exporter, int level, int64_t ms, ncb_cancel *cancel);
netchan_channel *ncb_exporter_errors(netchan_exporter *exporter);
netchan_value *ncb_exporter_stats(netchan_exporter *exporter);
void ncb_exporter_wait_closed(netchan_exporter *exporter, int64_t ms, ncb_cancel *cancel);

netchan_importer *ncb_importer_connect(const char *url, const netchan_options *options, int64_t ms,
                                       ncb_cancel *cancel);
netchan_importer *ncb_importer_from_fd(int fd, const netchan_options *options, int64_t ms,
                                       ncb_cancel *cancel);
void ncb_importer_bind(netchan_importer *importer, const char *name, netchan_channel *channel,
                       int direction, int64_t size, int64_t count, const netchan_options *options,
                       int64_t ms, ncb_cancel *cancel);
netchan_value *ncb_importer_list(netchan_importer *importer, const char *filter, int64_t ms,
                                 ncb_cancel *cancel);
void ncb_importer_drain(netchan_importer *importer, int level, int64_t ms, ncb_cancel *cancel);
void ncb_importer_sync(netchan_importer *importer, int level, int64_t ms, ncb_cancel *cancel);
netchan_channel *ncb_importer_errors(netchan_importer *importer);
netchan_value *ncb_importer_stats(netchan_importer *importer);
void ncb_importer_wait_closed(netchan_importer *importer, int64_t ms, ncb_cancel *cancel);

netchan_options *ncb_options_new(void);
netchan_value *ncb_policy_explain(netchan_options *options, const netchan_value *question);
netchan_value *ncb_value_parse(const char *text, size_t length);

#endif
