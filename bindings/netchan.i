/* SPDX-License-Identifier: MIT */
/*
 * The low-level module of every language, over netchan.h alone. A hand-written layer in each language
 * makes the public interface out of it. SWIG 4.1 or later.
 *
 * Each language's own part, included below, brings
 *   - the typemaps of this list:
 *       in       netchan_value *value     a native value becomes one of the library's, freed again
 *       out      netchan_value *          the other way round; the reference is given up
 *       in, out  ncb_batch *              the same for a list of values; the batch is freed
 *       out      ncb_choice               number, status and value of a select's case
 *       in       const char *             UTF-8 text without NUL bytes (else NETCHAN_VALUE)
 *       in       (const char *bytes, size_t length)   a byte string
 *       out      const char *             UTF-8 text, NULL is the language's nothing
 *       check    the handles, which may not be nothing (else NETCHAN_USAGE), but Options and Cancel
 *   - NCB_RAISE: raises what ncb_code() and ncb_text() say, or the pending exception (NCB_RAISED),
 *     and leaves the wrapper so that what it holds is freed; it stands in an %exception block
 *   - ncb_wait() in C, see calls.h.
 *
 * Constructors are functions with %newobject: a failed one raises, and no half-made object is seen.
 */
%module raw

%{
#include "calls.h"

typedef netchan_channel Channel;
typedef netchan_select Select;
typedef netchan_exporter Exporter;
typedef netchan_importer Importer;
typedef netchan_options Options;
typedef ncb_cancel Cancel;
%}

%include <stdint.i>

#if defined(SWIGPYTHON)
%include "python/python.i"
#elif defined(SWIGRUBY)
%include "ruby/ruby.i"
#elif defined(SWIGLUA)
%include "lua/lua.i"
#elif defined(SWIGJAVA)
%include "java/java.i"
#endif

/* Codes, directions, levels and kinds; the functions are wrapped below. */
%rename("$ignore", %$isfunction) "";
%include "netchan.h"
%rename("%s", %$isfunction) "";

%exception {
    ncb_begin();
    $action
    if (ncb_code())
        NCB_RAISE
}
/* A destructor has nothing to say, and runs where nothing can be raised. */
%exception ~Channel "$action";
%exception ~Select "$action";
%exception ~Exporter "$action";
%exception ~Importer "$action";
%exception ~Options "$action";
%exception ~Cancel "$action";

const char *netchan_version(void);
int netchan_version_number(void);
int netchan_feature(const char *name);
const char *netchan_strerror(int code);
const char *netchan_error_name(int code);

/* The text of a native value, and the native value of a text. */
%inline %{
static const char *value_dump(netchan_value *value)
{
    return netchan_value_text(value, NULL);
}

static netchan_value *value_parse(const char *bytes, size_t length)
{
    return ncb_value_parse(bytes, length);
}
%}

%newobject channel_new;
%newobject select_new;
%newobject exporter_new;
%newobject importer_connect;
%newobject importer_from_fd;
%newobject options_new;
%newobject cancel_new;
%newobject Exporter::errors;
%newobject Importer::errors;
%nodefaultctor;

typedef struct {} Cancel;
%extend Cancel {
    ~Cancel() { ncb_cancel_free($self); }
    void fire() { ncb_cancel_fire($self); }
    void reset() { ncb_cancel_reset($self); }
    int fired() { return ncb_cancel_fired($self); }
}

typedef struct {} Options;
%extend Options {
    ~Options() { netchan_options_unref($self); }
    void set(const char *key, const char *text) { ncb_note(netchan_options_set($self, key, text)); }
    netchan_value *explain(netchan_value *value) { return ncb_policy_explain($self, value); }
}

typedef struct {} Channel;
%extend Channel {
    ~Channel() { netchan_channel_unref($self); }
    void put(netchan_value *value, int64_t ms, Cancel *cancel)
    {
        ncb_channel_put($self, value, ms, cancel);
    }
    int64_t put_many(ncb_batch *batch, int64_t ms, Cancel *cancel)
    {
        return ncb_channel_put_many($self, batch, ms, cancel);
    }
    netchan_value *take(int64_t ms, Cancel *cancel) { return ncb_channel_take($self, ms, cancel); }
    ncb_batch *take_many(int64_t count, int64_t ms, Cancel *cancel)
    {
        return ncb_channel_take_many($self, count, ms, cancel);
    }
    void hold() { ncb_note(netchan_channel_hold($self)); }
    void release() { ncb_note(netchan_channel_release($self)); }
    void close() { ncb_note(netchan_channel_close($self)); }
    int64_t length() { return (int64_t)netchan_channel_length($self); }
    int64_t capacity() { return (int64_t)netchan_channel_capacity($self); }
    /* NETCHAN_OK, NETCHAN_CLOSED or NETCHAN_LOST: no error, whatever it is. */
    int state() { return netchan_channel_state($self); }
    /* Why it has ended; "" while it has not. */
    const char *cause() { return netchan_channel_state($self) ? netchan_error_text() : ""; }
    int fd(int direction) { return (int)ncb_note(netchan_channel_fd($self, direction)); }
}

typedef struct {} Select;
%extend Select {
    ~Select() { netchan_select_unref($self); }
    int64_t add_recv(Channel *channel) { return ncb_note(netchan_select_add_recv($self, channel)); }
    int64_t add_send(Channel *channel, netchan_value *value)
    {
        return ncb_note(netchan_select_add_send($self, channel, value));
    }
    /* A send case that is off until set gives it a value. */
    int64_t add_send_off(Channel *channel)
    {
        return ncb_note(netchan_select_add_send($self, channel, NULL));
    }
    void set(int64_t number, netchan_value *value)
    {
        ncb_note(netchan_select_set($self, number, value));
    }
    void set_off(int64_t number) { ncb_note(netchan_select_set($self, number, NULL)); }
    void enable(int64_t number, int on) { ncb_note(netchan_select_enable($self, number, on)); }
    void remove(int64_t number) { ncb_note(netchan_select_remove($self, number)); }
    ncb_choice wait(int64_t ms, Cancel *cancel) { return ncb_select_wait($self, ms, cancel); }
}

typedef struct {} Exporter;
%extend Exporter {
    ~Exporter() { netchan_exporter_unref($self); }
    void listen(const char *url, int64_t ms, Cancel *cancel)
    {
        ncb_exporter_listen($self, url, ms, cancel);
    }
    const char *address(int64_t index)
    {
        return index < 0 ? NULL : netchan_exporter_address($self, (size_t)index);
    }
    void serve_fd(int fd) { ncb_note(netchan_exporter_serve_fd($self, fd)); }
    void publish(const char *name, Channel *channel, int direction, Options *options)
    {
        ncb_note(netchan_exporter_export($self, name, channel, direction, options));
    }
    void hangup(const char *name) { ncb_note(netchan_exporter_hangup($self, name)); }
    void drain(int level, int64_t ms, Cancel *cancel)
    {
        ncb_exporter_drain($self, level, ms, cancel);
    }
    void sync(int level, int64_t ms, Cancel *cancel) { ncb_exporter_sync($self, level, ms, cancel); }
    Channel *errors() { return ncb_exporter_errors($self); }
    netchan_value *stats() { return ncb_exporter_stats($self); }
    void close() { ncb_note(netchan_exporter_close($self)); }
    void wait_closed(int64_t ms, Cancel *cancel) { ncb_exporter_wait_closed($self, ms, cancel); }
}

typedef struct {} Importer;
%extend Importer {
    ~Importer() { netchan_importer_unref($self); }
    /* netchan_importer_import; import is a reserved word in some languages. */
    void bind(const char *name, Channel *channel, int direction, int64_t size, int64_t count,
              Options *options, int64_t ms, Cancel *cancel)
    {
        ncb_importer_bind($self, name, channel, direction, size, count, options, ms, cancel);
    }
    netchan_value *list(const char *filter, int64_t ms, Cancel *cancel)
    {
        return ncb_importer_list($self, filter, ms, cancel);
    }
    void hangup(const char *name) { ncb_note(netchan_importer_hangup($self, name)); }
    void drain(int level, int64_t ms, Cancel *cancel)
    {
        ncb_importer_drain($self, level, ms, cancel);
    }
    void sync(int level, int64_t ms, Cancel *cancel) { ncb_importer_sync($self, level, ms, cancel); }
    Channel *errors() { return ncb_importer_errors($self); }
    netchan_value *stats() { return ncb_importer_stats($self); }
    void close() { ncb_note(netchan_importer_close($self)); }
    void wait_closed(int64_t ms, Cancel *cancel) { ncb_importer_wait_closed($self, ms, cancel); }
}

%inline %{
static Cancel *cancel_new(void)
{
    return ncb_cancel_new();
}

static Options *options_new(void)
{
    return ncb_options_new();
}

static Channel *channel_new(int64_t capacity)
{
    return ncb_channel_new(capacity);
}

static Select *select_new(void)
{
    return ncb_select_new();
}

static Exporter *exporter_new(Options *options)
{
    return ncb_exporter_new(options);
}

static Importer *importer_connect(const char *url, Options *options, int64_t ms, Cancel *cancel)
{
    return ncb_importer_connect(url, options, ms, cancel);
}

static Importer *importer_from_fd(int fd, Options *options, int64_t ms, Cancel *cancel)
{
    return ncb_importer_from_fd(fd, options, ms, cancel);
}
%}
