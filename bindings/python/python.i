/* SPDX-License-Identifier: MIT */
/* Python's part of netchan.i: values and texts cross as native objects, errors by class. */
%{
#include "convert.h"

#define NCB_RAISE                                                                                  \
    {                                                                                              \
        ncb_raise();                                                                               \
        SWIG_fail;                                                                                 \
    }
%}

%typemap(in) netchan_value *value
{
    $1 = ncb_value_from($input);
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) netchan_value *value "netchan_value_unref($1);"
%typemap(out) netchan_value *
{
    $result = ncb_value_to($1);
    netchan_value_unref($1);
    if (!$result)
        SWIG_fail;
}

%typemap(in) ncb_batch *
{
    $1 = ncb_batch_from($input);
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) ncb_batch * "ncb_batch_free($1);"
%typemap(out) ncb_batch *
{
    $result = ncb_batch_to($1);
    if (!$result)
        SWIG_fail;
}
%typemap(out) ncb_choice
{
    $result = ncb_choice_to(&$1);
    if (!$result)
        SWIG_fail;
}

/* The text is the object's own and lives as long as the argument. */
%typemap(in) const char *
{
    $1 = (char *)ncb_text_from($input, "$1_name");
    if (!$1)
        NCB_RAISE
}
%typemap(freearg) const char * ""
%typemap(out) const char *
{
    if ($1)
        $result = PyUnicode_DecodeUTF8($1, (Py_ssize_t)strlen($1), "replace");
    else
        {
        $result = Py_None;
        Py_INCREF($result);
    }
    if (!$result)
        SWIG_fail;
}
%typemap(in) (const char *bytes, size_t length)
{
    char *bytes;
    Py_ssize_t length;
    if (PyBytes_AsStringAndSize($input, &bytes, &length) < 0)
        SWIG_fail;
    $1 = bytes;
    $2 = (size_t)length;
}

%typemap(check) Channel *, Select *, Exporter *, Importer *
{
    if (!$1) {
        ncb_begin();
        ncb_fail(NETCHAN_USAGE, "None where a handle is wanted ($1_name)");
        NCB_RAISE
    }
}

%inline %{
static void set_errors(PyObject *classes)
{
    ncb_set_errors(classes);
}

static void set_handlers_thread(unsigned long thread)
{
    ncb_set_handlers_thread(thread);
}
%}

/* What an iterator calls: the end of the channel is the end of the iteration. */
%exception channel_next {
    ncb_begin();
    $action
    if (ncb_code() == NETCHAN_CLOSED) {
        PyErr_SetNone(PyExc_StopIteration);
        SWIG_fail;
    }
    if (ncb_code())
        NCB_RAISE
}
%inline %{
static netchan_value *channel_next(Channel *channel)
{
    return ncb_channel_take(channel, -1, NULL);
}
%}
