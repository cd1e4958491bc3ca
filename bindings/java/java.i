/* SPDX-License-Identifier: MIT */
/*
 * Java's part of netchan.i, for SWIG's low-level class alone (-noproxy): handles are longs, values and
 * texts are bytes of UTF-8, since a Java char * would be modified UTF-8. An exception is set when the call
 * is over; the wrapper goes on to free what it holds and calls nothing more of Java's.
 */
%{
#include "convert.h"

/* Every wrapper knows its environment. */
#define ncb_begin() ncb_begin_in(jenv)

#define NCB_RAISE ncb_throw(jenv);
%}

%pragma(java) jniclassclassmodifiers="final class"
%pragma(java) jniclasscode=%{
  static {
    Loader.load();
  }
%}
%javaconst(1);

/* All handles: 0 is nothing. */
%typemap(jni) Channel *, Select *, Exporter *, Importer *, Options *, Cancel * "jlong"
%typemap(jtype) Channel *, Select *, Exporter *, Importer *, Options *, Cancel * "long"
/* Looked at first, when nothing is held that an early return would leave. */
%typemap(in) Channel *, Select *, Exporter *, Importer *
{
    $1 = *($&1_ltype)&$input;
    if (!$1) {
        ncb_begin();
        ncb_fail(NETCHAN_USAGE, "null where a handle is wanted ($1_name)");
        ncb_throw(jenv);
        return $null;
    }
}

%typemap(jni) netchan_value * "jbyteArray"
%typemap(jtype) netchan_value * "byte[]"
%typemap(in) netchan_value *value
{
    $1 = ncb_value_from(jenv, $input);
    if (!$1) {
        ncb_throw(jenv);
        return $null;
    }
}
%typemap(freearg) netchan_value *value "netchan_value_unref($1);"
%typemap(out) netchan_value * "$result = ncb_value_to(jenv, $1);"

%typemap(jni) ncb_batch * "jobjectArray"
%typemap(jtype) ncb_batch * "byte[][]"
%typemap(in) ncb_batch *
{
    $1 = ncb_batch_from(jenv, $input);
    if (!$1) {
        ncb_throw(jenv);
        return $null;
    }
}
%typemap(freearg) ncb_batch * "ncb_batch_free($1);"
%typemap(out) ncb_batch * "$result = ncb_batch_to(jenv, $1);"

/* An array of a long[] with number and status, and the value's byte[]. */
%typemap(jni) ncb_choice "jobjectArray"
%typemap(jtype) ncb_choice "Object[]"
%typemap(out) ncb_choice "$result = ncb_choice_to(jenv, &$1);"

%typemap(jni) const char * "jbyteArray"
%typemap(jtype) const char * "byte[]"
%typemap(in) const char *
{
    $1 = ncb_text_from(jenv, $input);
    if (!$1) {
        ncb_throw(jenv);
        return $null;
    }
}
%typemap(freearg) const char * "free($1);"
%typemap(out) const char * "$result = ncb_text_to(jenv, $1);"

%typemap(jni) (const char *bytes, size_t length) "jbyteArray"
%typemap(jtype) (const char *bytes, size_t length) "byte[]"
%typemap(jstype) (const char *bytes, size_t length) "byte[]"
%typemap(javain) (const char *bytes, size_t length) "$javainput"
%typemap(in) (const char *bytes, size_t length)
{
    $1 = ncb_bytes_from(jenv, $input, &$2);
    if (!$1) {
        ncb_throw(jenv);
        return $null;
    }
}
%typemap(freearg) (const char *bytes, size_t length) "free($1);"
