/* SPDX-License-Identifier: MIT */
/*
 * What every owner can do, called by the doors of exporters and importers. A call that waits holds
 * a reference: another thread may drop the program's meanwhile, which ends the wait.
 */
#include "owner_doors.h"

int nci_door_hangup(struct nci_owner *owner, const char *function, const char *name)
{
    int status = nci_door_owner(owner, function);
    if (status)
        return status;
    return name ? nci_owner_hangup(owner, name) : nci_door_null(function, "name");
}

int nci_door_drain(struct nci_owner *owner, const char *function, int level, int drain, int64_t ms,
                   netchan_cancel *cancel)
{
    int status = nci_door_owner(owner, function);
    if (status)
        return status;
    nci_owner_ref(owner);
    status = nci_owner_drain(owner, level, drain, nci_clock_deadline(ms), inner_cancel(cancel));
    nci_owner_unref(owner);
    return status;
}

int nci_door_errors(struct nci_owner *owner, const char *function, netchan_channel **errors)
{
    int status = nci_door_owner(owner, function);
    if (status)
        return status;
    if (!errors)
        return nci_door_null(function, "errors");
    *errors = (netchan_channel *)(void *)nci_queue_ref(owner->errors);
    return NCI_OK;
}

int nci_door_stats(struct nci_owner *owner, const char *function, netchan_value **stats)
{
    struct nci_value *made;
    int status = nci_door_owner(owner, function);
    if (status)
        return status;
    if (!stats)
        return nci_door_null(function, "stats");
    status = nci_owner_stats(owner, &made);
    if (status == NCI_OK)
        *stats = (netchan_value *)(void *)made;
    return status;
}

int nci_door_close(struct nci_owner *owner, const char *function)
{
    int status = nci_door_owner(owner, function);
    if (status == NCI_OK)
        nci_owner_close(owner);
    return status;
}

int nci_door_wait_closed(struct nci_owner *owner, const char *function, int64_t ms,
                         netchan_cancel *cancel)
{
    int status = nci_door_owner(owner, function);
    if (status)
        return status;
    nci_owner_ref(owner);
    status = nci_owner_wait_closed(owner, nci_clock_deadline(ms), inner_cancel(cancel));
    nci_owner_unref(owner);
    return status;
}

void nci_door_unref(struct nci_owner *owner)
{
    if (!owner || owner->generation != nci_fork_generation())
        return;
    nci_owner_close(owner);
    nci_owner_unref(owner);
}
