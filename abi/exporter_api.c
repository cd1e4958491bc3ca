/* SPDX-License-Identifier: MIT */
/*
 * Doors: exporters.
 */
#include "owner_doors.h"
#include "run/exporter.h"
#include "run/listener.h"

int netchan_exporter_new(const netchan_options *options, netchan_exporter **exporter)
{
    struct nci_owner *made;
    if (!exporter)
        return nci_door_null(__func__, "exporter");
    int status = nci_owner_new(1, inner_options(options), &made);
    if (status == NCI_OK)
        *exporter = (netchan_exporter *)(void *)made;
    return status;
}

int netchan_exporter_listen(netchan_exporter *exporter, const char *url, int64_t ms,
                            netchan_cancel *cancel)
{
    struct nci_owner *owner = inner_exporter(exporter);
    int status = nci_door_owner(owner, __func__);
    if (status)
        return status;
    if (!url)
        return nci_door_null(__func__, "url");
    nci_owner_ref(owner);
    status = nci_listener_new(owner, url, nci_clock_deadline(ms), inner_cancel(cancel));
    nci_owner_unref(owner);
    return status;
}

const char *netchan_exporter_address(netchan_exporter *exporter, size_t index)
{
    struct nci_owner *owner = inner_exporter(exporter);
    if (nci_door_owner(owner, __func__))
        return NULL;
    nci_lock_enter(&owner->lock);
    const char *address = index < (size_t)owner->address_count ? owner->addresses[index] : NULL;
    nci_lock_leave(&owner->lock);
    return address;
}

int netchan_exporter_serve_fd(netchan_exporter *exporter, int fd)
{
    struct nci_owner *owner = inner_exporter(exporter);
    int status = nci_door_owner(owner, __func__);
    return status ? status : nci_exporter_serve(owner, fd);
}

int netchan_exporter_export(netchan_exporter *exporter, const char *name, netchan_channel *channel,
                            int direction, const netchan_options *options)
{
    struct nci_owner *owner = inner_exporter(exporter);
    int status = nci_door_owner(owner, __func__);
    if (status == NCI_OK)
        status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!name)
        return nci_door_null(__func__, "name");
    if (direction != NETCHAN_SEND && direction != NETCHAN_RECV)
        return nci_fail(NCI_USAGE, "a direction is NETCHAN_SEND or NETCHAN_RECV, not %d",
                        direction);
    return nci_exporter_export(owner, name, inner_channel(channel), direction == NETCHAN_SEND,
                               inner_options(options));
}

int netchan_exporter_hangup(netchan_exporter *exporter, const char *name)
{
    return nci_door_hangup(inner_exporter(exporter), __func__, name);
}

int netchan_exporter_drain(netchan_exporter *exporter, int level, int64_t ms,
                           netchan_cancel *cancel)
{
    return nci_door_drain(inner_exporter(exporter), __func__, level, 1, ms, cancel);
}

int netchan_exporter_sync(netchan_exporter *exporter, int level, int64_t ms, netchan_cancel *cancel)
{
    return nci_door_drain(inner_exporter(exporter), __func__, level, 0, ms, cancel);
}

int netchan_exporter_errors(netchan_exporter *exporter, netchan_channel **errors)
{
    return nci_door_errors(inner_exporter(exporter), __func__, errors);
}

int netchan_exporter_stats(netchan_exporter *exporter, netchan_value **stats)
{
    return nci_door_stats(inner_exporter(exporter), __func__, stats);
}

int netchan_exporter_close(netchan_exporter *exporter)
{
    return nci_door_close(inner_exporter(exporter), __func__);
}

int netchan_exporter_wait_closed(netchan_exporter *exporter, int64_t ms, netchan_cancel *cancel)
{
    return nci_door_wait_closed(inner_exporter(exporter), __func__, ms, cancel);
}

void netchan_exporter_unref(netchan_exporter *exporter)
{
    nci_door_unref(inner_exporter(exporter));
}
