/* SPDX-License-Identifier: MIT */
/*
 * Doors: importers.
 */
#include "owner_doors.h"
#include "run/importer.h"

int netchan_importer_connect(const char *url, const netchan_options *options, int64_t ms,
                             netchan_cancel *cancel, netchan_importer **importer)
{
    struct nci_owner *made;
    if (!url || !importer)
        return nci_door_null(__func__, url ? "importer" : "url");
    int status = nci_importer_connect(url, inner_options(options), nci_clock_deadline(ms),
                                      inner_cancel(cancel), &made);
    if (status == NCI_OK)
        *importer = (netchan_importer *)(void *)made;
    return status;
}

int netchan_importer_from_fd(int fd, const netchan_options *options, int64_t ms,
                             netchan_cancel *cancel, netchan_importer **importer)
{
    struct nci_owner *made;
    if (!importer)
        return nci_door_null(__func__, "importer");
    int status = nci_importer_from_fd(fd, inner_options(options), nci_clock_deadline(ms),
                                      inner_cancel(cancel), &made);
    if (status == NCI_OK)
        *importer = (netchan_importer *)(void *)made;
    return status;
}

int netchan_importer_import(netchan_importer *importer, const char *name, netchan_channel *channel,
                            int direction, int64_t size, int64_t count,
                            const netchan_options *options, int64_t ms, netchan_cancel *cancel)
{
    struct nci_owner *owner = inner_importer(importer);
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
    struct nci_import_request request = {
        name,  inner_channel(channel), direction == NETCHAN_SEND, size,
        count, inner_options(options)};
    nci_owner_ref(owner);
    status = nci_importer_import(owner, &request, nci_clock_deadline(ms), inner_cancel(cancel));
    nci_owner_unref(owner);
    return status;
}

int netchan_importer_list(netchan_importer *importer, const char *filter, int64_t ms,
                          netchan_cancel *cancel, netchan_value **names)
{
    struct nci_value *made;
    struct nci_owner *owner = inner_importer(importer);
    int status = nci_door_owner(owner, __func__);
    if (status)
        return status;
    if (!names)
        return nci_door_null(__func__, "names");
    nci_owner_ref(owner);
    status = nci_importer_list(owner, filter, nci_clock_deadline(ms), inner_cancel(cancel), &made);
    nci_owner_unref(owner);
    if (status == NCI_OK)
        *names = (netchan_value *)(void *)made;
    return status;
}

int netchan_importer_hangup(netchan_importer *importer, const char *name)
{
    return nci_door_hangup(inner_importer(importer), __func__, name);
}

int netchan_importer_drain(netchan_importer *importer, int level, int64_t ms,
                           netchan_cancel *cancel)
{
    return nci_door_drain(inner_importer(importer), __func__, level, 1, ms, cancel);
}

int netchan_importer_sync(netchan_importer *importer, int level, int64_t ms, netchan_cancel *cancel)
{
    return nci_door_drain(inner_importer(importer), __func__, level, 0, ms, cancel);
}

int netchan_importer_errors(netchan_importer *importer, netchan_channel **errors)
{
    return nci_door_errors(inner_importer(importer), __func__, errors);
}

int netchan_importer_stats(netchan_importer *importer, netchan_value **stats)
{
    return nci_door_stats(inner_importer(importer), __func__, stats);
}

int netchan_importer_close(netchan_importer *importer)
{
    return nci_door_close(inner_importer(importer), __func__);
}

int netchan_importer_wait_closed(netchan_importer *importer, int64_t ms, netchan_cancel *cancel)
{
    return nci_door_wait_closed(inner_importer(importer), __func__, ms, cancel);
}

void netchan_importer_unref(netchan_importer *importer)
{
    nci_door_unref(inner_importer(importer));
}
