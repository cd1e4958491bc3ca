/* SPDX-License-Identifier: MIT */
/*
 * See convert.h. Only the plain types of Python are accepted, so that no Python code runs in the
 * middle of a conversion; an int or str that is a subclass counts as what it is made of.
 */
#include "convert.h"

#define READABLE_SIZE 128

static netchan_builder *spare; /* kept for the next value, under the interpreter's lock */
static PyObject *error_classes;

/* ---- Python to netchan ----------------------------------------------------------------------- */

static int write_object(netchan_builder *builder, PyObject *object);

/* A Python exception becomes the library's error. */
static int refuse(int code, const char *text)
{
    PyErr_Clear();
    return ncb_fail(code, text);
}

static int refuse_type(const char *what, PyObject *object)
{
    char text[READABLE_SIZE + 100];
    PyOS_snprintf(text, sizeof text, "%s: %.*s", what, READABLE_SIZE, Py_TYPE(object)->tp_name);
    return refuse(NETCHAN_TYPE, text);
}

static const char *utf8(PyObject *object, Py_ssize_t *length)
{
    const char *text = PyUnicode_AsUTF8AndSize(object, length);
    if (text)
        return text;
    if (PyErr_ExceptionMatches(PyExc_MemoryError))
        refuse(NETCHAN_NOMEM, "no memory for a string");
    else
        refuse(NETCHAN_VALUE, "a string with a lone surrogate is not a value");
    return NULL;
}

static int write_integer(netchan_builder *builder, PyObject *object)
{
    int beyond;
    long long number = PyLong_AsLongLongAndOverflow(object, &beyond);
    if (beyond)
        return ncb_fail(NETCHAN_VALUE, "an integer beyond 64 bits is not a value");
    return netchan_builder_integer(builder, number);
}

static int write_dict(netchan_builder *builder, PyObject *object)
{
    PyObject *key, *member;
    Py_ssize_t at = 0, length;
    int code = netchan_builder_begin_object(builder);
    while (!code && PyDict_Next(object, &at, &key, &member)) {
        if (!PyUnicode_Check(key))
            return refuse_type("the key of an object must be a str, not", key);
        const char *name = utf8(key, &length);
        if (!name)
            return ncb_code();
        code = netchan_builder_key(builder, name, (size_t)length);
        if (!code)
            code = write_object(builder, member);
    }
    return code ? code : netchan_builder_end_object(builder);
}

static int write_list(netchan_builder *builder, PyObject *object)
{
    int code = netchan_builder_begin_array(builder);
    for (Py_ssize_t i = 0; !code && i < PySequence_Fast_GET_SIZE(object); i++)
        code = write_object(builder, PySequence_Fast_GET_ITEM(object, i));
    return code ? code : netchan_builder_end_array(builder);
}

static int write_object(netchan_builder *builder, PyObject *object)
{
    if (PyUnicode_Check(object)) {
        Py_ssize_t length;
        const char *text = utf8(object, &length);
        return text ? netchan_builder_string(builder, text, (size_t)length) : ncb_code();
    }
    if (object == Py_None)
        return netchan_builder_null(builder);
    if (PyBool_Check(object)) /* before int, which it is too */
        return netchan_builder_boolean(builder, object == Py_True);
    if (PyLong_Check(object))
        return write_integer(builder, object);
    if (PyFloat_Check(object))
        return netchan_builder_real(builder, PyFloat_AS_DOUBLE(object));
    if (PyDict_Check(object))
        return write_dict(builder, object);
    if (PyList_Check(object) || PyTuple_Check(object))
        return write_list(builder, object);
    return refuse_type("no value can be made of", object);
}

netchan_value *ncb_value_from(PyObject *object)
{
    netchan_value *value = NULL;
    netchan_builder *builder = spare;
    spare = NULL;
    ncb_begin();
    if (!builder && ncb_note(netchan_builder_new(&builder)) < 0)
        return NULL;
    if (ncb_note(write_object(builder, object)) < 0)
        netchan_builder_reset(builder);
    else
        ncb_note(netchan_builder_finish(builder, &value));
    if (spare)
        netchan_builder_unref(builder);
    else
        spare = builder;
    return value;
}

ncb_batch *ncb_batch_from(PyObject *object)
{
    ncb_begin();
    if (!PyList_Check(object) && !PyTuple_Check(object)) {
        refuse_type("several values are a list or tuple, not", object);
        return NULL;
    }
    ncb_batch *batch = ncb_batch_new((size_t)PySequence_Fast_GET_SIZE(object));
    for (size_t i = 0; batch && i < batch->count; i++) {
        batch->values[i] = ncb_value_from(PySequence_Fast_GET_ITEM(object, (Py_ssize_t)i));
        if (!batch->values[i]) {
            ncb_batch_free(batch);
            return NULL;
        }
    }
    return batch;
}

const char *ncb_text_from(PyObject *object, const char *what)
{
    Py_ssize_t length;
    ncb_begin();
    if (!PyUnicode_Check(object)) {
        refuse_type(what, object);
        return NULL;
    }
    const char *text = utf8(object, &length);
    if (text && strlen(text) != (size_t)length) {
        ncb_fail(NETCHAN_VALUE, "a text with a NUL character is not allowed here");
        return NULL;
    }
    return text;
}

/* ---- netchan to Python ----------------------------------------------------------------------- */

static PyObject *read_node(const netchan_value *value, int64_t node);

static PyObject *read_array(const netchan_value *value, int64_t node)
{
    int64_t size = netchan_value_size(value, node);
    PyObject *list = PyList_New((Py_ssize_t)size);
    int64_t child = list && size ? netchan_value_element(value, node, 0) : -1;
    for (int64_t i = 0; list && i < size; i++) {
        PyObject *element = read_node(value, child);
        if (!element) {
            Py_DECREF(list);
            return NULL;
        }
        PyList_SET_ITEM(list, (Py_ssize_t)i, element);
        if (i + 1 < size)
            child = netchan_value_next(value, child, NULL, NULL);
    }
    return list;
}

static PyObject *read_object(const netchan_value *value, int64_t node)
{
    const char *name;
    size_t length;
    int64_t size = netchan_value_size(value, node);
    PyObject *dict = PyDict_New();
    int64_t child = dict && size ? netchan_value_key(value, node, 0, &name, &length) : -1;
    for (int64_t i = 0; dict && i < size; i++) {
        PyObject *key = PyUnicode_DecodeUTF8(name, (Py_ssize_t)length, NULL);
        PyObject *member = key ? read_node(value, child) : NULL;
        int failed = !member || PyDict_SetItem(dict, key, member) < 0;
        Py_XDECREF(key);
        Py_XDECREF(member);
        if (failed) {
            Py_DECREF(dict);
            return NULL;
        }
        if (i + 1 < size)
            child = netchan_value_next(value, child, &name, &length);
    }
    return dict;
}

static PyObject *share(PyObject *object)
{
    Py_INCREF(object);
    return object;
}

static PyObject *read_node(const netchan_value *value, int64_t node)
{
    int64_t number;
    double real;
    const char *text;
    size_t length;
    switch (netchan_value_kind(value, node)) {
    case NETCHAN_KIND_NULL:
        return share(Py_None);
    case NETCHAN_KIND_FALSE:
        return share(Py_False);
    case NETCHAN_KIND_TRUE:
        return share(Py_True);
    case NETCHAN_KIND_INTEGER:
        netchan_value_integer(value, node, &number);
        return PyLong_FromLongLong(number);
    case NETCHAN_KIND_REAL:
        netchan_value_real(value, node, &real);
        return PyFloat_FromDouble(real);
    case NETCHAN_KIND_STRING:
        netchan_value_string(value, node, &text, &length);
        return PyUnicode_DecodeUTF8(text, (Py_ssize_t)length, NULL);
    case NETCHAN_KIND_ARRAY:
        return read_array(value, node);
    case NETCHAN_KIND_OBJECT:
        return read_object(value, node);
    default:
        PyErr_SetString(PyExc_SystemError, "a value has a node of an unknown kind");
        return NULL;
    }
}

PyObject *ncb_value_to(const netchan_value *value)
{
    return value ? read_node(value, 0) : share(Py_None);
}

/* The values have left their channel: if one cannot be made an object, all are gone with the
 * MemoryError. */
PyObject *ncb_batch_to(ncb_batch *batch)
{
    PyObject *list = PyList_New((Py_ssize_t)batch->count);
    for (size_t i = 0; list && i < batch->count; i++) {
        PyObject *object = ncb_value_to(batch->values[i]);
        if (object)
            PyList_SET_ITEM(list, (Py_ssize_t)i, object);
        else
            Py_CLEAR(list);
    }
    ncb_batch_free(batch);
    return list;
}

PyObject *ncb_choice_to(ncb_choice *choice)
{
    PyObject *object = ncb_value_to(choice->value);
    netchan_value_unref(choice->value);
    return object ? Py_BuildValue("LiN", (long long)choice->number, choice->status, object) : NULL;
}

/* ---- Errors ----------------------------------------------------------------------------------- */

void ncb_set_errors(PyObject *classes)
{
    Py_INCREF(classes);
    Py_XDECREF(error_classes);
    error_classes = classes;
}

void ncb_raise(void)
{
    if (ncb_code() == NCB_RAISED || PyErr_Occurred())
        return;
    PyObject *code = PyLong_FromLong(ncb_code());
    PyObject *found = code && error_classes ? PyDict_GetItem(error_classes, code) : NULL;
    PyObject *text = PyUnicode_DecodeUTF8(ncb_text(), (Py_ssize_t)strlen(ncb_text()), "replace");
    if (text)
        PyErr_SetObject(found ? found : PyExc_RuntimeError, text);
    Py_XDECREF(text);
    Py_XDECREF(code);
}
