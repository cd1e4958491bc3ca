/* SPDX-License-Identifier: MIT */
/*
 * Ruby's part of netchan.i: values and texts cross as native objects, errors by class.
 *
 * rb_raise leaves a function without its cleanup. So whatever has to be freed is made last, in the
 * check typemaps, when all other arguments have been looked at, and an error is raised last, in the
 * ret typemaps, when all has been freed.
 */
%{
#include "convert.h"

#define NCB_RAISE /* the ret typemap does */ ;
%}

%typemap(in) netchan_value *value (VALUE given)
{
    given = $input;
    $1 = NULL;
}
%typemap(check) netchan_value *value
{
    $1 = ncb_value_from(given$argnum);
    if (!$1)
        ncb_raise();
}
%typemap(freearg) netchan_value *value "netchan_value_unref($1);"
%typemap(out) netchan_value * "$result = ncb_value_to($1);"

%typemap(in) ncb_batch * (VALUE given)
{
    given = $input;
    $1 = NULL;
}
%typemap(check) ncb_batch *
{
    $1 = ncb_batch_from(given$argnum);
    if (!$1)
        ncb_raise();
}
%typemap(freearg) ncb_batch * "ncb_batch_free($1);"
%typemap(out) ncb_batch * "$result = ncb_batch_to($1);"
%typemap(out) ncb_choice "$result = ncb_choice_to(&$1);"

/* The text is the object's own; kept holds on to the object. */
%typemap(in) const char * (VALUE kept)
{
    kept = $input;
    $1 = (char *)ncb_text_from(&kept);
    if (!$1)
        ncb_raise();
}
%typemap(freearg) const char * "RB_GC_GUARD(kept$argnum);"
%typemap(out) const char * "$result = $1 ? rb_utf8_str_new_cstr($1) : Qnil;"
%typemap(in) (const char *bytes, size_t length)
{
    Check_Type($input, T_STRING);
    $1 = RSTRING_PTR($input);
    $2 = (size_t)RSTRING_LEN($input);
}

%typemap(check) Channel *, Select *, Exporter *, Importer *
{
    if (!$1) {
        ncb_begin();
        ncb_fail(NETCHAN_USAGE, "nil where a handle is wanted ($1_name)");
        ncb_raise();
    }
}

%typemap(ret) void, int, int64_t, const char *, netchan_value *, ncb_batch *, ncb_choice, Channel *,
              Select *, Exporter *, Importer *, Options *, Cancel *
{
    if (ncb_code())
        ncb_raise();
}

%typemap(in) VALUE classes "$1 = $input;"
%inline %{
static void set_errors(VALUE classes)
{
    ncb_set_errors(classes);
}
%}

/*
 * Ruby looks for interrupts whenever a method in C returns, and what it raises then takes the place of
 * the returned value. So a loop over a channel is in C: a value is in the block's variable before the
 * next look. Nothing has to be freed when the block leaves this function by a jump.
 */
%inline %{
static void channel_each(Channel *channel)
{
    for (;;) {
        ncb_begin(); /* the block may have made calls of its own */
        netchan_value *value = ncb_channel_take(channel, -1, NULL);
        if (ncb_code() == NETCHAN_CLOSED)
            ncb_begin();
        if (!value)
            return;
        VALUE object = ncb_value_to(value);
        if (ncb_code())
            return;
        rb_yield(object);
    }
}
%}
