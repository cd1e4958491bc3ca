/* SPDX-License-Identifier: MIT */
/*
 * Ruby objects to values of the library and back, and errors to exceptions. All of it runs with the
 * interpreter's lock held. Nothing here raises but ncb_raise: what Ruby raises meanwhile is kept, and
 * noted as NCB_RAISED.
 */
#ifndef NETCHAN_RUBY_CONVERT_H
#define NETCHAN_RUBY_CONVERT_H

#include <ruby.h>

#include "calls.h"

/* A new value out of nil, true, false, Integer, Float, String, Symbol, Array and Hash. NULL: noted. */
netchan_value *ncb_value_from(VALUE object);

/* A new object out of a value, whose reference is given up. nil: there was none, or noted. */
VALUE ncb_value_to(netchan_value *value);

/* The same for arrays; the batch and the choice's value are given up. */
ncb_batch *ncb_batch_from(VALUE object);
VALUE ncb_batch_to(ncb_batch *batch);
VALUE ncb_choice_to(ncb_choice *choice);

/* The UTF-8 text of a String without NUL, borrowed from what *object is then. NULL: noted. */
const char *ncb_text_from(VALUE *object);

/* The Hash of exception classes by code that ncb_raise uses. */
void ncb_set_errors(VALUE classes);

/* Calls the function; what it raises is noted as NCB_RAISED. Returns Qundef then. */
VALUE ncb_protect(VALUE (*function)(VALUE), VALUE argument);

/* Raises what this thread has noted. */
NORETURN(void ncb_raise(void));

#endif
