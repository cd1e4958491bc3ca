/* SPDX-License-Identifier: MIT */
/*
 * The shared part of the bindings in C, see calls.h. It knows no language, and of the library
 * nothing but netchan.h.
 */
#include "calls.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#define MOST_AT_ONCE 4096 /* values of one batch */

static __thread int noted;
static __thread char noted_text[1024];

void ncb_begin(void)
{
    noted = 0;
}

int ncb_fail(int code, const char *text)
{
    if (noted)
        return code;
    noted = code;
    size_t length = strlen(text);
    if (length >= sizeof noted_text) {
        length = sizeof noted_text - 1;
        while (length > 0 && (text[length] & 0xC0) == 0x80) /* not in the middle of a character */
            length--;
    }
    memcpy(noted_text, text, length);
    noted_text[length] = 0;
    return code;
}

int64_t ncb_note(int64_t result)
{
    if (result == NCB_RAISED)
        return ncb_fail(NCB_RAISED, "");
    if (result < 0) {
        const char *text = netchan_error_text();
        ncb_fail((int)result, *text ? text : netchan_strerror((int)result));
    }
    return result;
}

int ncb_code(void)
{
    return noted;
}

const char *ncb_text(void)
{
    return noted_text;
}

int64_t ncb_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct ncb_cancel {
    netchan_cancel *token;
    int fired;
};

ncb_cancel *ncb_cancel_new(void)
{
    ncb_cancel *cancel = calloc(1, sizeof *cancel);
    if (!cancel) {
        ncb_fail(NETCHAN_NOMEM, "no memory for a cancel token");
        return NULL;
    }
    if (ncb_note(netchan_cancel_new(&cancel->token)) < 0) {
        free(cancel);
        return NULL;
    }
    return cancel;
}

void ncb_cancel_free(ncb_cancel *cancel)
{
    if (!cancel)
        return;
    netchan_cancel_unref(cancel->token);
    free(cancel);
}

void ncb_cancel_fire(ncb_cancel *cancel)
{
    __atomic_store_n(&cancel->fired, 1, __ATOMIC_SEQ_CST);
    netchan_cancel_fire(cancel->token);
}

void ncb_cancel_reset(ncb_cancel *cancel)
{
    netchan_cancel_reset(cancel->token);
    __atomic_store_n(&cancel->fired, 0, __ATOMIC_SEQ_CST);
}

int ncb_cancel_fired(const ncb_cancel *cancel)
{
    return cancel && __atomic_load_n(&cancel->fired, __ATOMIC_SEQ_CST);
}

netchan_cancel *ncb_cancel_token(const ncb_cancel *cancel)
{
    return cancel ? cancel->token : NULL;
}

ncb_batch *ncb_batch_new(size_t count)
{
    ncb_batch *batch = calloc(1, sizeof *batch);
    if (batch)
        batch->values = calloc(count ? count : 1, sizeof *batch->values);
    if (!batch || !batch->values) {
        free(batch);
        ncb_fail(NETCHAN_NOMEM, "no memory for a batch of values");
        return NULL;
    }
    batch->count = count;
    return batch;
}

void ncb_batch_free(ncb_batch *batch)
{
    if (!batch)
        return;
    for (size_t i = 0; i < batch->count; i++)
        netchan_value_unref(batch->values[i]);
    free(batch->values);
    free(batch);
}

/* ---- Channels ------------------------------------------------------------------------------ */

netchan_channel *ncb_channel_new(int64_t capacity)
{
    netchan_channel *channel = NULL;
    if (capacity < 0)
        ncb_fail(NETCHAN_LIMIT, "a capacity is 0 or more");
    else
        ncb_note(netchan_channel_new((size_t)capacity, &channel));
    return channel;
}

static int64_t run_put(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_channel_send(call->object, call->values[0], ms, cancel);
}

int ncb_channel_put(netchan_channel *channel, netchan_value *value, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_put, .object = channel, .values = &value};
    return (int)ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_put_many(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_channel_send_many(call->object, call->values, (size_t)call->count, ms, cancel);
}

int64_t ncb_channel_put_many(netchan_channel *channel, const ncb_batch *batch, int64_t ms,
                             ncb_cancel *cancel)
{
    if (batch->count == 0)
        return 0;
    ncb_call call = {.run = run_put_many,
                     .object = channel,
                     .values = batch->values,
                     .count = (int64_t)batch->count};
    return ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_take(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_channel_recv(call->object, call->got, ms, cancel);
}

netchan_value *ncb_channel_take(netchan_channel *channel, int64_t ms, ncb_cancel *cancel)
{
    netchan_value *value = NULL;
    ncb_call call = {.run = run_take, .object = channel, .got = &value};
    ncb_note(ncb_wait(&call, ms, cancel));
    return value;
}

static int64_t run_take_many(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_channel_recv_many(call->object, call->got, (size_t)call->count, ms, cancel);
}

ncb_batch *ncb_channel_take_many(netchan_channel *channel, int64_t count, int64_t ms,
                                 ncb_cancel *cancel)
{
    if (count < 1) {
        ncb_fail(NETCHAN_USAGE, "the number of values to take is 1 or more");
        return NULL;
    }
    ncb_batch *batch = ncb_batch_new((size_t)(count < MOST_AT_ONCE ? count : MOST_AT_ONCE));
    if (!batch)
        return NULL;
    ncb_call call = {.run = run_take_many,
                     .object = channel,
                     .got = batch->values,
                     .count = (int64_t)batch->count};
    int64_t taken = ncb_note(ncb_wait(&call, ms, cancel));
    batch->count = taken < 0 ? 0 : (size_t)taken;
    if (taken < 0) {
        ncb_batch_free(batch);
        return NULL;
    }
    return batch;
}

/* ---- Select -------------------------------------------------------------------------------- */

netchan_select *ncb_select_new(void)
{
    netchan_select *select = NULL;
    ncb_note(netchan_select_new(&select));
    return select;
}

static int64_t run_select(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    call->size = -1;
    return netchan_select_wait(call->object, &call->size, call->got, ms, cancel);
}

/* The end of a case's channel is the choice's status; no case chosen is an error. */
ncb_choice ncb_select_wait(netchan_select *select, int64_t ms, ncb_cancel *cancel)
{
    ncb_choice choice = {-1, NETCHAN_OK, NULL};
    ncb_call call = {.run = run_select, .object = select, .size = -1, .got = &choice.value};
    int64_t status = ncb_wait(&call, ms, cancel);
    if (status < 0 && call.size < 0)
        ncb_note(status);
    choice.number = call.size;
    choice.status = (int)status;
    return choice;
}

/* ---- Exporters ----------------------------------------------------------------------------- */

netchan_options *ncb_options_new(void)
{
    netchan_options *options = NULL;
    ncb_note(netchan_options_new(&options));
    return options;
}

netchan_exporter *ncb_exporter_new(const netchan_options *options)
{
    netchan_exporter *exporter = NULL;
    ncb_note(netchan_exporter_new(options, &exporter));
    return exporter;
}

static int64_t run_listen(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_exporter_listen(call->object, call->name, ms, cancel);
}

void ncb_exporter_listen(netchan_exporter *exporter, const char *url, int64_t ms,
                         ncb_cancel *cancel)
{
    ncb_call call = {.run = run_listen, .once = 1, .object = exporter, .name = url};
    ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_exporter_drain(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_exporter_drain(call->object, call->level, ms, cancel);
}

void ncb_exporter_drain(netchan_exporter *exporter, int level, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_exporter_drain, .object = exporter, .level = level};
    ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_exporter_sync(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_exporter_sync(call->object, call->level, ms, cancel);
}

void ncb_exporter_sync(netchan_exporter *exporter, int level, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_exporter_sync, .object = exporter, .level = level};
    ncb_note(ncb_wait(&call, ms, cancel));
}

netchan_channel *ncb_exporter_errors(netchan_exporter *exporter)
{
    netchan_channel *errors = NULL;
    ncb_note(netchan_exporter_errors(exporter, &errors));
    return errors;
}

netchan_value *ncb_exporter_stats(netchan_exporter *exporter)
{
    netchan_value *stats = NULL;
    ncb_note(netchan_exporter_stats(exporter, &stats));
    return stats;
}

static int64_t run_exporter_wait_closed(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_exporter_wait_closed(call->object, ms, cancel);
}

void ncb_exporter_wait_closed(netchan_exporter *exporter, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_exporter_wait_closed, .object = exporter};
    ncb_note(ncb_wait(&call, ms, cancel));
}

/* ---- Importers ----------------------------------------------------------------------------- */

static int64_t run_connect(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_connect(call->name, call->options, ms, cancel, &call->importer);
}

static void undo_importer(ncb_call *call)
{
    netchan_importer_unref(call->importer);
    call->importer = NULL;
}

netchan_importer *ncb_importer_connect(const char *url, const netchan_options *options, int64_t ms,
                                       ncb_cancel *cancel)
{
    ncb_call call = {
        .run = run_connect, .once = 1, .name = url, .options = options, .undo = undo_importer};
    ncb_note(ncb_wait(&call, ms, cancel));
    return call.importer;
}

static int64_t run_from_fd(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_from_fd(call->level, call->options, ms, cancel, &call->importer);
}

netchan_importer *ncb_importer_from_fd(int fd, const netchan_options *options, int64_t ms,
                                       ncb_cancel *cancel)
{
    ncb_call call = {
        .run = run_from_fd, .once = 1, .level = fd, .options = options, .undo = undo_importer};
    ncb_note(ncb_wait(&call, ms, cancel));
    return call.importer;
}

/* Waits for a moment, or until the token is fired: a select without cases does. */
static int64_t pause_briefly(netchan_cancel *cancel)
{
    netchan_select *select;
    netchan_value *none;
    int64_t number;
    int64_t result = netchan_select_new(&select);
    if (result < 0)
        return result;
    result = netchan_select_wait(select, &number, &none, 5, cancel);
    netchan_select_unref(select);
    return result;
}

/* An import that was interrupted is withdrawn, and its name is free again when the exporter has
 * answered that: an import that is made once more may have to wait for it. */
static int64_t run_bind(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    int64_t until = ms < 0 ? INT64_MAX : ncb_now() + ms;
    int64_t result;
    for (;;) {
        int64_t left = ms < 0 ? -1 : until - ncb_now();
        result = netchan_importer_import(call->object, call->name, call->channel, call->level,
                                         call->size, call->count, call->options,
                                         ms >= 0 && left < 0 ? 0 : left, cancel);
        if (result == NETCHAN_INTERRUPTED)
            call->again = 1;
        if (result != NETCHAN_EXISTS || !call->again || ncb_now() >= until)
            return result;
        if (pause_briefly(cancel) == NETCHAN_INTERRUPTED)
            return NETCHAN_INTERRUPTED;
    }
}

static void undo_bind(ncb_call *call)
{
    netchan_importer_hangup(call->object, call->name);
}

void ncb_importer_bind(netchan_importer *importer, const char *name, netchan_channel *channel,
                       int direction, int64_t size, int64_t count, const netchan_options *options,
                       int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_bind,
                     .once = 1,
                     .object = importer,
                     .name = name,
                     .channel = channel,
                     .options = options,
                     .size = size,
                     .count = count,
                     .level = direction,
                     .undo = undo_bind};
    ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_list(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_list(call->object, call->name, ms, cancel, call->got);
}

static void undo_list(ncb_call *call)
{
    netchan_value_unref(*call->got);
    *call->got = NULL;
}

netchan_value *ncb_importer_list(netchan_importer *importer, const char *filter, int64_t ms,
                                 ncb_cancel *cancel)
{
    netchan_value *names = NULL;
    ncb_call call = {.run = run_list,
                     .once = 1,
                     .object = importer,
                     .name = filter,
                     .got = &names,
                     .undo = undo_list};
    ncb_note(ncb_wait(&call, ms, cancel));
    return names;
}

static int64_t run_importer_drain(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_drain(call->object, call->level, ms, cancel);
}

void ncb_importer_drain(netchan_importer *importer, int level, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_importer_drain, .object = importer, .level = level};
    ncb_note(ncb_wait(&call, ms, cancel));
}

static int64_t run_importer_sync(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_sync(call->object, call->level, ms, cancel);
}

void ncb_importer_sync(netchan_importer *importer, int level, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_importer_sync, .object = importer, .level = level};
    ncb_note(ncb_wait(&call, ms, cancel));
}

netchan_channel *ncb_importer_errors(netchan_importer *importer)
{
    netchan_channel *errors = NULL;
    ncb_note(netchan_importer_errors(importer, &errors));
    return errors;
}

netchan_value *ncb_importer_stats(netchan_importer *importer)
{
    netchan_value *stats = NULL;
    ncb_note(netchan_importer_stats(importer, &stats));
    return stats;
}

static int64_t run_importer_wait_closed(ncb_call *call, int64_t ms, netchan_cancel *cancel)
{
    return netchan_importer_wait_closed(call->object, ms, cancel);
}

void ncb_importer_wait_closed(netchan_importer *importer, int64_t ms, ncb_cancel *cancel)
{
    ncb_call call = {.run = run_importer_wait_closed, .object = importer};
    ncb_note(ncb_wait(&call, ms, cancel));
}

netchan_value *ncb_policy_explain(netchan_options *options, const netchan_value *question)
{
    netchan_value *answer = NULL;
    ncb_note(netchan_policy_explain(options, question, &answer));
    return answer;
}

netchan_value *ncb_value_parse(const char *text, size_t length)
{
    netchan_value *value = NULL;
    ncb_note(netchan_value_new(text, length, &value));
    return value;
}
