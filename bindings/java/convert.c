/* SPDX-License-Identifier: MIT */
/* See convert.h. Values cross as their texts; Codec.java reads and writes those. */
#include "convert.h"

#include <string.h>

static struct {
    jclass bytes, object, error, thread, interruption;
    jmethodID make, interrupted;
} known;

static __thread JNIEnv *current;

void ncb_begin_in(JNIEnv *env)
{
    current = env;
    ncb_begin();
}

JNIEnv *ncb_environment(void)
{
    return current;
}

static jclass find(JNIEnv *env, const char *name)
{
    jclass local = (*env)->FindClass(env, name);
    jclass global = local ? (*env)->NewGlobalRef(env, local) : NULL;
    if (local)
        (*env)->DeleteLocalRef(env, local);
    return global;
}

JNIEXPORT jint JNICALL JNI_OnLoad(JavaVM *machine, void *unused)
{
    JNIEnv *env;
    (void)unused;
    if ((*machine)->GetEnv(machine, (void **)&env, JNI_VERSION_1_8) != JNI_OK)
        return JNI_ERR;
    known.bytes = find(env, "[B");
    known.object = find(env, "java/lang/Object");
    known.error = find(env, "org/netchan/NetchanException");
    known.thread = find(env, "java/lang/Thread");
    known.interruption = find(env, "java/lang/InterruptedException");
    if (!known.bytes || !known.object || !known.error || !known.thread || !known.interruption)
        return JNI_ERR;
    known.make = (*env)->GetStaticMethodID(env, known.error, "of", "(I[B)Ljava/lang/Throwable;");
    known.interrupted = (*env)->GetStaticMethodID(env, known.thread, "interrupted", "()Z");
    return known.make && known.interrupted ? JNI_VERSION_1_8 : JNI_ERR;
}

/* ---- Java to netchan -------------------------------------------------------------------------- */

static netchan_value *read_value(JNIEnv *env, jbyteArray text)
{
    netchan_value *value = NULL;
    if (!text) {
        ncb_fail(NETCHAN_USAGE, "null where a value's text is wanted");
        return NULL;
    }
    jsize length = (*env)->GetArrayLength(env, text);
    void *bytes = (*env)->GetPrimitiveArrayCritical(env, text, NULL);
    if (!bytes) {
        ncb_fail(NETCHAN_NOMEM, "no memory for a value");
        return NULL;
    }
    int64_t result = netchan_value_new(bytes, (size_t)length, &value);
    (*env)->ReleasePrimitiveArrayCritical(env, text, bytes, JNI_ABORT);
    ncb_note(result);
    return value;
}

netchan_value *ncb_value_from(JNIEnv *env, jbyteArray text)
{
    ncb_begin_in(env);
    return read_value(env, text);
}

ncb_batch *ncb_batch_from(JNIEnv *env, jobjectArray texts)
{
    ncb_begin_in(env);
    if (!texts) {
        ncb_fail(NETCHAN_USAGE, "null where values are wanted");
        return NULL;
    }
    ncb_batch *batch = ncb_batch_new((size_t)(*env)->GetArrayLength(env, texts));
    for (size_t i = 0; batch && i < batch->count; i++) {
        jbyteArray text = (*env)->GetObjectArrayElement(env, texts, (jsize)i);
        batch->values[i] = read_value(env, text);
        (*env)->DeleteLocalRef(env, text);
        if (!batch->values[i]) {
            ncb_batch_free(batch);
            return NULL;
        }
    }
    return batch;
}

char *ncb_bytes_from(JNIEnv *env, jbyteArray bytes, size_t *length)
{
    ncb_begin_in(env);
    if (!bytes) {
        ncb_fail(NETCHAN_TYPE, "null where a text is wanted");
        return NULL;
    }
    *length = (size_t)(*env)->GetArrayLength(env, bytes);
    char *copy = malloc(*length + 1);
    if (!copy) {
        ncb_fail(NETCHAN_NOMEM, "no memory for a text");
        return NULL;
    }
    (*env)->GetByteArrayRegion(env, bytes, 0, (jsize)*length, (jbyte *)copy);
    copy[*length] = 0;
    return copy;
}

char *ncb_text_from(JNIEnv *env, jbyteArray text)
{
    size_t length;
    char *copy = ncb_bytes_from(env, text, &length);
    if (!copy || strlen(copy) == length)
        return copy;
    free(copy);
    ncb_fail(NETCHAN_VALUE, "a text with a NUL character is not allowed here");
    return NULL;
}

/* ---- netchan to Java -------------------------------------------------------------------------- */

static jbyteArray write_bytes(JNIEnv *env, const char *text, size_t length)
{
    jbyteArray bytes = (*env)->NewByteArray(env, (jsize)length);
    if (bytes)
        (*env)->SetByteArrayRegion(env, bytes, 0, (jsize)length, (const jbyte *)text);
    return bytes;
}

static jbyteArray write_value(JNIEnv *env, const netchan_value *value)
{
    size_t length;
    const char *text = netchan_value_text(value, &length);
    return write_bytes(env, text, length);
}

jbyteArray ncb_text_to(JNIEnv *env, const char *text)
{
    return text && !(*env)->ExceptionCheck(env) ? write_bytes(env, text, strlen(text)) : NULL;
}

jbyteArray ncb_value_to(JNIEnv *env, netchan_value *value)
{
    if (!value)
        return NULL;
    jbyteArray bytes = write_value(env, value);
    netchan_value_unref(value);
    return bytes;
}

jobjectArray ncb_batch_to(JNIEnv *env, ncb_batch *batch)
{
    if (!batch)
        return NULL;
    jobjectArray texts = (*env)->NewObjectArray(env, (jsize)batch->count, known.bytes, NULL);
    for (size_t i = 0; texts && i < batch->count; i++) {
        jbyteArray bytes = write_value(env, batch->values[i]);
        if (!bytes) {
            texts = NULL;
            break;
        }
        (*env)->SetObjectArrayElement(env, texts, (jsize)i, bytes);
        (*env)->DeleteLocalRef(env, bytes);
    }
    ncb_batch_free(batch);
    return texts;
}

jobjectArray ncb_choice_to(JNIEnv *env, ncb_choice *choice)
{
    jlong figures[2] = {choice->number, choice->status};
    if (ncb_code()) /* none was chosen */
        return NULL;
    jobjectArray result = (*env)->NewObjectArray(env, 2, known.object, NULL);
    jlongArray numbers = result ? (*env)->NewLongArray(env, 2) : NULL;
    if (!numbers) {
        netchan_value_unref(choice->value);
        return NULL;
    }
    (*env)->SetLongArrayRegion(env, numbers, 0, 2, figures);
    (*env)->SetObjectArrayElement(env, result, 0, numbers);
    jbyteArray bytes = ncb_value_to(env, choice->value);
    if (bytes)
        (*env)->SetObjectArrayElement(env, result, 1, bytes);
    return result;
}

/* ---- Errors ------------------------------------------------------------------------------------ */

void ncb_throw(JNIEnv *env)
{
    int code = ncb_code();
    if ((*env)->ExceptionCheck(env))
        return;
    jbyteArray text = write_bytes(env, ncb_text(), strlen(ncb_text()));
    if (!text)
        return;
    jobject error = (*env)->CallStaticObjectMethod(env, known.error, known.make, code, text);
    if (!(*env)->ExceptionCheck(env) && error)
        (*env)->Throw(env, error);
}

int ncb_interrupted(JNIEnv *env)
{
    jboolean was = (*env)->CallStaticBooleanMethod(env, known.thread, known.interrupted);
    if ((*env)->ExceptionCheck(env))
        return 1;
    if (!was)
        return 0;
    (*env)->ThrowNew(env, known.interruption, "while waiting; nothing was done");
    return 1;
}
