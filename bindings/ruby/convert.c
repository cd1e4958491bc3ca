/* SPDX-License-Identifier: MIT */
/*
 * See convert.h. Only the plain classes of Ruby are accepted, so that no Ruby code runs in the middle
 * of a conversion; the one exception is the encoding of a String that is not UTF-8.
 */
#include "convert.h"

#include <ruby/encoding.h>
#include <string.h>

static netchan_builder *spare; /* kept for the next value, under the interpreter's lock */
static VALUE error_classes = Qnil;
static __thread int raised; /* the state of rb_protect that stands behind NCB_RAISED */

VALUE ncb_protect(VALUE (*function)(VALUE), VALUE argument)
{
    int state = 0;
    VALUE result = rb_protect(function, argument, &state);
    if (!state)
        return result;
    raised = state;
    ncb_fail(NCB_RAISED, "");
    return Qundef;
}

/* ---- Ruby to netchan -------------------------------------------------------------------------- */

static int write_object(netchan_builder *builder, VALUE object);

static int refuse_type(const char *what, VALUE object)
{
    char text[250];
    snprintf(text, sizeof text, "%s: %.120s", what, rb_obj_classname(object));
    return ncb_fail(NETCHAN_TYPE, text);
}

static VALUE encode(VALUE string)
{
    return rb_str_encode(string, rb_enc_from_encoding(rb_utf8_encoding()), 0, Qnil);
}

/* The string, in UTF-8 if it was in another encoding. Qundef: noted. The library looks at the bytes
 * of what says that it is UTF-8. */
static VALUE utf8(VALUE string)
{
    int index = rb_enc_get_index(string);
    if (index == rb_utf8_encindex() || index == rb_usascii_encindex())
        return string;
    if (rb_enc_str_coderange(string) == ENC_CODERANGE_7BIT)
        return string;
    int state = 0;
    VALUE encoded = rb_protect(encode, string, &state);
    if (!state)
        return encoded;
    rb_set_errinfo(Qnil);
    ncb_fail(NETCHAN_VALUE, "a string that has no form in UTF-8 is not a value");
    return Qundef;
}

static int write_string(netchan_builder *builder, VALUE object,
                        int (*append)(netchan_builder *, const char *, size_t))
{
    VALUE string = utf8(object);
    if (string == Qundef)
        return ncb_code();
    int code = append(builder, RSTRING_PTR(string), (size_t)RSTRING_LEN(string));
    RB_GC_GUARD(string);
    return code;
}

static int write_integer(netchan_builder *builder, VALUE object)
{
    if (FIXNUM_P(object))
        return netchan_builder_integer(builder, FIX2LONG(object));
    int64_t number;
    int sign = rb_integer_pack(object, &number, 1, sizeof number, 0,
                               INTEGER_PACK_NATIVE_BYTE_ORDER | INTEGER_PACK_2COMP);
    if (sign < -1 || sign > 1 || (number < 0) != (sign < 0))
        return ncb_fail(NETCHAN_VALUE, "an integer beyond 64 bits is not a value");
    return netchan_builder_integer(builder, number);
}

struct members {
    netchan_builder *builder;
    int code;
};

static int write_member(VALUE key, VALUE member, VALUE argument)
{
    struct members *members = (struct members *)argument;
    if (SYMBOL_P(key))
        key = rb_sym2str(key);
    if (!RB_TYPE_P(key, T_STRING))
        members->code = refuse_type("the key of an object must be a String or Symbol, not", key);
    else
        members->code = write_string(members->builder, key, netchan_builder_key);
    if (!members->code)
        members->code = write_object(members->builder, member);
    return members->code ? ST_STOP : ST_CONTINUE;
}

static int write_hash(netchan_builder *builder, VALUE object)
{
    struct members members = {builder, netchan_builder_begin_object(builder)};
    if (!members.code)
        rb_hash_foreach(object, write_member, (VALUE)&members);
    return members.code ? members.code : netchan_builder_end_object(builder);
}

static int write_array(netchan_builder *builder, VALUE object)
{
    int code = netchan_builder_begin_array(builder);
    for (long i = 0; !code && i < RARRAY_LEN(object); i++)
        code = write_object(builder, RARRAY_AREF(object, i));
    return code ? code : netchan_builder_end_array(builder);
}

static int write_object(netchan_builder *builder, VALUE object)
{
    switch (rb_type(object)) {
    case T_NIL:
        return netchan_builder_null(builder);
    case T_TRUE:
    case T_FALSE:
        return netchan_builder_boolean(builder, object == Qtrue);
    case T_FIXNUM:
    case T_BIGNUM:
        return write_integer(builder, object);
    case T_FLOAT:
        return netchan_builder_real(builder, RFLOAT_VALUE(object));
    case T_SYMBOL:
        object = rb_sym2str(object);
        return write_string(builder, object, netchan_builder_string);
    case T_STRING:
        return write_string(builder, object, netchan_builder_string);
    case T_ARRAY:
        return write_array(builder, object);
    case T_HASH:
        return write_hash(builder, object);
    default:
        return refuse_type("no value can be made of", object);
    }
}

struct writing {
    netchan_builder *builder;
    VALUE object;
};

static VALUE write_protected(VALUE argument)
{
    struct writing *writing = (struct writing *)argument;
    ncb_note(write_object(writing->builder, writing->object));
    return Qnil;
}

netchan_value *ncb_value_from(VALUE object)
{
    netchan_value *value = NULL;
    struct writing writing = {spare, object};
    spare = NULL;
    ncb_begin();
    if (!writing.builder && ncb_note(netchan_builder_new(&writing.builder)) < 0)
        return NULL;
    ncb_protect(write_protected, (VALUE)&writing);
    if (ncb_code())
        netchan_builder_reset(writing.builder);
    else
        ncb_note(netchan_builder_finish(writing.builder, &value));
    if (spare) /* another thread had its turn while a string was encoded */
        netchan_builder_unref(writing.builder);
    else
        spare = writing.builder;
    RB_GC_GUARD(object);
    return value;
}

ncb_batch *ncb_batch_from(VALUE object)
{
    ncb_begin();
    if (!RB_TYPE_P(object, T_ARRAY)) {
        refuse_type("several values are an Array, not", object);
        return NULL;
    }
    ncb_batch *batch = ncb_batch_new((size_t)RARRAY_LEN(object));
    for (size_t i = 0; batch && i < batch->count; i++) {
        batch->values[i] = ncb_value_from(rb_ary_entry(object, (long)i));
        if (!batch->values[i]) {
            ncb_batch_free(batch);
            return NULL;
        }
    }
    return batch;
}

const char *ncb_text_from(VALUE *object)
{
    ncb_begin();
    if (SYMBOL_P(*object))
        *object = rb_sym2str(*object);
    if (!RB_TYPE_P(*object, T_STRING)) {
        refuse_type("a String is wanted, not", *object);
        return NULL;
    }
    *object = utf8(*object);
    if (*object == Qundef)
        return NULL;
    if (memchr(RSTRING_PTR(*object), 0, (size_t)RSTRING_LEN(*object))) {
        ncb_fail(NETCHAN_VALUE, "a text with a NUL character is not allowed here");
        return NULL;
    }
    /* The call may wait while another thread changes the String: this one cannot be changed. */
    *object = rb_str_new_frozen(*object);
    return StringValueCStr(*object);
}

/* ---- netchan to Ruby -------------------------------------------------------------------------- */

static VALUE read_node(const netchan_value *value, int64_t node);

static VALUE read_array(const netchan_value *value, int64_t node)
{
    int64_t size = netchan_value_size(value, node);
    VALUE array = rb_ary_new_capa((long)size);
    int64_t child = size ? netchan_value_element(value, node, 0) : -1;
    for (int64_t i = 0; i < size; i++) {
        rb_ary_push(array, read_node(value, child));
        if (i + 1 < size)
            child = netchan_value_next(value, child, NULL, NULL);
    }
    return array;
}

static VALUE read_object(const netchan_value *value, int64_t node)
{
    const char *name;
    size_t length;
    int64_t size = netchan_value_size(value, node);
    VALUE hash = rb_hash_new();
    int64_t child = size ? netchan_value_key(value, node, 0, &name, &length) : -1;
    for (int64_t i = 0; i < size; i++) {
        VALUE key = rb_enc_interned_str(name, (long)length, rb_utf8_encoding());
        rb_hash_aset(hash, key, read_node(value, child));
        if (i + 1 < size)
            child = netchan_value_next(value, child, &name, &length);
    }
    return hash;
}

static VALUE read_node(const netchan_value *value, int64_t node)
{
    int64_t number;
    double real;
    const char *text;
    size_t length;
    switch (netchan_value_kind(value, node)) {
    case NETCHAN_KIND_FALSE:
        return Qfalse;
    case NETCHAN_KIND_TRUE:
        return Qtrue;
    case NETCHAN_KIND_INTEGER:
        netchan_value_integer(value, node, &number);
        return LL2NUM(number);
    case NETCHAN_KIND_REAL:
        netchan_value_real(value, node, &real);
        return DBL2NUM(real);
    case NETCHAN_KIND_STRING:
        netchan_value_string(value, node, &text, &length);
        return rb_utf8_str_new(text, (long)length);
    case NETCHAN_KIND_ARRAY:
        return read_array(value, node);
    case NETCHAN_KIND_OBJECT:
        return read_object(value, node);
    default:
        return Qnil;
    }
}

static VALUE read_value(VALUE argument)
{
    return read_node((const netchan_value *)argument, 0);
}

VALUE ncb_value_to(netchan_value *value)
{
    if (!value)
        return Qnil;
    VALUE object = ncb_protect(read_value, (VALUE)value);
    netchan_value_unref(value);
    return object == Qundef ? Qnil : object;
}

static VALUE read_batch(VALUE argument)
{
    ncb_batch *batch = (ncb_batch *)argument;
    VALUE array = rb_ary_new_capa((long)batch->count);
    for (size_t i = 0; i < batch->count; i++)
        rb_ary_push(array, read_node(batch->values[i], 0));
    return array;
}

VALUE ncb_batch_to(ncb_batch *batch)
{
    if (!batch)
        return Qnil;
    VALUE array = ncb_protect(read_batch, (VALUE)batch);
    ncb_batch_free(batch);
    return array == Qundef ? Qnil : array;
}

VALUE ncb_choice_to(ncb_choice *choice)
{
    VALUE value = ncb_value_to(choice->value);
    return rb_ary_new_from_args(3, LL2NUM(choice->number), INT2NUM(choice->status), value);
}

/* ---- Errors ------------------------------------------------------------------------------------ */

void ncb_set_errors(VALUE classes)
{
    if (NIL_P(error_classes))
        rb_gc_register_address(&error_classes);
    error_classes = classes;
}

void ncb_raise(void)
{
    int code = ncb_code();
    if (code == NCB_RAISED)
        rb_jump_tag(raised);
    VALUE text = rb_utf8_str_new_cstr(ncb_text());
    VALUE found = NIL_P(error_classes) ? Qnil : rb_hash_aref(error_classes, INT2NUM(code));
    rb_exc_raise(rb_exc_new_str(NIL_P(found) ? rb_eRuntimeError : found, text));
}
