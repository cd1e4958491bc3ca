/* SPDX-License-Identifier: MIT */
/*
 * Java arrays of bytes to values and texts of the library and back, and errors to exceptions. Nothing
 * here calls Java while an exception is pending, and nothing waits.
 */
#ifndef NETCHAN_JAVA_CONVERT_H
#define NETCHAN_JAVA_CONVERT_H

#include <jni.h>
#include <stdlib.h>

#include "calls.h"

/* ncb_begin, for a call in this environment; ncb_wait finds it again. */
void ncb_begin_in(JNIEnv *env);
JNIEnv *ncb_environment(void);

/* A new value out of a text. NULL: noted. */
netchan_value *ncb_value_from(JNIEnv *env, jbyteArray text);
ncb_batch *ncb_batch_from(JNIEnv *env, jobjectArray texts);

/* The reference is given up. NULL: there was none, or an exception is pending. */
jbyteArray ncb_value_to(JNIEnv *env, netchan_value *value);
jobjectArray ncb_batch_to(JNIEnv *env, ncb_batch *batch);
jobjectArray ncb_choice_to(JNIEnv *env, ncb_choice *choice);

/* A copy with a NUL byte behind it, to be freed. NULL: noted. */
char *ncb_bytes_from(JNIEnv *env, jbyteArray bytes, size_t *length);
/* The same, without NUL bytes inside. */
char *ncb_text_from(JNIEnv *env, jbyteArray text);
jbyteArray ncb_text_to(JNIEnv *env, const char *text);

/* Sets the exception for what this thread has noted, unless one is pending. */
void ncb_throw(JNIEnv *env);

/* Whether this thread was interrupted; an InterruptedException is pending then. */
int ncb_interrupted(JNIEnv *env);

#endif
