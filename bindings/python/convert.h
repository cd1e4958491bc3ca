/* SPDX-License-Identifier: MIT */
/*
 * Python objects to values of the library and back, and errors to exceptions. All of it runs with
 * the interpreter's lock held.
 */
#ifndef NETCHAN_PYTHON_CONVERT_H
#define NETCHAN_PYTHON_CONVERT_H

#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include "calls.h"

/* A new value out of None, bool, int, float, str, list, tuple and dict. NULL: noted. */
netchan_value *ncb_value_from(PyObject *object);

/* A new object out of a value. NULL: a Python exception is set. */
PyObject *ncb_value_to(const netchan_value *value);

/* The same for lists; ncb_batch_to frees the batch, and ncb_choice_to the value. */
ncb_batch *ncb_batch_from(PyObject *object);
PyObject *ncb_batch_to(ncb_batch *batch);
PyObject *ncb_choice_to(ncb_choice *choice);

/* The UTF-8 text of a str without NUL, borrowed. NULL: noted. */
const char *ncb_text_from(PyObject *object, const char *what);

/* The dict of exception classes by code that ncb_raise uses. */
void ncb_set_errors(PyObject *classes);

/* Which thread runs Python's signal handlers. */
void ncb_set_handlers_thread(unsigned long thread);

/* Sets the exception of what this thread has noted. */
void ncb_raise(void);

#endif
