/* SPDX-License-Identifier: MIT */
/*
 * Doors: version, errors, options, cancel tokens.
 */
#include "doors.h"
#include "run/options.h"
#include "run/secure.h"

#include <string.h>

/* The public numbers are the inner ones; a difference must not compile. */
#define SAME(name)                                                                                 \
    _Static_assert((int)NETCHAN_##name == (int)NCI_##name, "NETCHAN_" #name " differs")
SAME(OK);
SAME(TIMEOUT);
SAME(CLOSED);
SAME(LOST);
SAME(INTERRUPTED);
SAME(DENIED);
SAME(NOCHANNEL);
SAME(DIRECTION);
SAME(EXISTS);
SAME(BUSY);
SAME(LIMIT);
SAME(VALUE);
SAME(TYPE);
SAME(OPTION);
SAME(URL);
SAME(REFUSED);
SAME(PROTOCOL);
SAME(NOTSUP);
SAME(NOMEM);
SAME(NODESCRIPTOR);
SAME(FORK);
SAME(USAGE);
SAME(IO);
SAME(TLS);
SAME(KIND_NULL);
SAME(KIND_FALSE);
SAME(KIND_TRUE);
SAME(KIND_INTEGER);
SAME(KIND_REAL);
SAME(KIND_STRING);
SAME(KIND_ARRAY);
SAME(KIND_OBJECT);

const char *netchan_version(void)
{
    return NETCHAN_VERSION;
}

int netchan_version_number(void)
{
    return NETCHAN_VERSION_NUMBER;
}

int netchan_feature(const char *name)
{
    static const char *const here[] = {"tcp", "unix", "epoll"};
    for (size_t i = 0; name && i < sizeof here / sizeof here[0]; i++) {
        if (strcmp(here[i], name) == 0)
            return 1;
    }
    if (name && strcmp(name, "tls") == 0)
        return nci_secure_built();
    return 0;
}

const char *netchan_strerror(int code)
{
    return nci_status_text(code);
}

const char *netchan_error_name(int code)
{
    return nci_status_name(code);
}

const char *netchan_error_text(void)
{
    return nci_detail();
}

int netchan_options_new(netchan_options **options)
{
    struct nci_options *made;
    if (!options)
        return nci_door_null(__func__, "options");
    int status = nci_options_new(&made);
    if (status == NCI_OK)
        *options = (netchan_options *)(void *)made;
    return status;
}

int netchan_options_set(netchan_options *options, const char *key, const char *value)
{
    if (!options || !key || !value)
        return nci_door_null(__func__, !options ? "options" : !key ? "key" : "value");
    return nci_options_set(inner_options(options), key, value);
}

void netchan_options_unref(netchan_options *options)
{
    nci_options_free(inner_options(options));
}

int netchan_policy_explain(const netchan_options *options, const netchan_value *question,
                           netchan_value **answer)
{
    struct nci_value *made;
    if (!options || !question || !answer)
        return nci_door_null(__func__, !options ? "options" : !question ? "question" : "answer");
    int status = nci_policy_explain(inner_options(options), inner_value(question), &made);
    if (status == NCI_OK)
        *answer = (netchan_value *)(void *)made;
    return status;
}

int netchan_cancel_new(netchan_cancel **cancel)
{
    struct nci_cancel *made;
    if (!cancel)
        return nci_door_null(__func__, "cancel");
    int status = nci_cancel_new(&made);
    if (status == NCI_OK)
        *cancel = (netchan_cancel *)(void *)made;
    return status;
}

void netchan_cancel_fire(netchan_cancel *cancel)
{
    if (cancel)
        nci_cancel_fire(inner_cancel(cancel));
}

void netchan_cancel_reset(netchan_cancel *cancel)
{
    if (cancel)
        nci_cancel_reset(inner_cancel(cancel));
}

netchan_cancel *netchan_cancel_ref(netchan_cancel *cancel)
{
    nci_cancel_ref(inner_cancel(cancel));
    return cancel;
}

void netchan_cancel_unref(netchan_cancel *cancel)
{
    nci_cancel_unref(inner_cancel(cancel));
}
