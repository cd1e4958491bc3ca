/* SPDX-License-Identifier: MIT */
/*
 * Doors: channels and select.
 */
#include "doors.h"

int netchan_channel_new(size_t capacity, netchan_channel **channel)
{
    struct nci_queue *made;
    if (!channel)
        return nci_door_null(__func__, "channel");
    int status = nci_queue_new(capacity, &made);
    if (status == NCI_OK)
        *channel = (netchan_channel *)(void *)made;
    return status;
}

netchan_channel *netchan_channel_ref(netchan_channel *channel)
{
    if (channel)
        nci_queue_ref(inner_channel(channel));
    return channel;
}

void netchan_channel_unref(netchan_channel *channel)
{
    /* In a forked child the object may be half changed: its memory is left alone. */
    if (channel && nci_queue_generation(inner_channel(channel)) == nci_fork_generation())
        nci_queue_unref(inner_channel(channel));
}

int netchan_channel_hold(netchan_channel *channel)
{
    int status = nci_door_channel(channel, __func__);
    return status ? status : nci_queue_hold(inner_channel(channel));
}

int netchan_channel_release(netchan_channel *channel)
{
    int status = nci_door_channel(channel, __func__);
    return status ? status : nci_queue_release(inner_channel(channel));
}

int netchan_channel_send(netchan_channel *channel, netchan_value *value, int64_t ms,
                         netchan_cancel *cancel)
{
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!value)
        return nci_door_null(__func__, "value");
    return nci_queue_send(inner_channel(channel), inner_value(value), nci_clock_deadline(ms),
                          inner_cancel(cancel));
}

int netchan_channel_send_text(netchan_channel *channel, const char *text, size_t length, int64_t ms,
                              netchan_cancel *cancel)
{
    struct nci_value *value;
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!text)
        return nci_door_null(__func__, "text");
    status = nci_door_value(text, length, &value);
    if (status)
        return status;
    return nci_queue_pass(inner_channel(channel), value, nci_clock_deadline(ms),
                          inner_cancel(cancel));
}

int64_t netchan_channel_send_many(netchan_channel *channel, netchan_value *const *values,
                                  size_t count, int64_t ms, netchan_cancel *cancel)
{
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!values)
        return nci_door_null(__func__, "values");
    return nci_queue_send_many(inner_channel(channel),
                               (struct nci_value *const *)(const void *)values, count,
                               nci_clock_deadline(ms), inner_cancel(cancel));
}

int netchan_channel_recv(netchan_channel *channel, netchan_value **value, int64_t ms,
                         netchan_cancel *cancel)
{
    struct nci_value *received;
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!value)
        return nci_door_null(__func__, "value");
    status = nci_queue_recv(inner_channel(channel), &received, nci_clock_deadline(ms),
                            inner_cancel(cancel));
    if (status == NCI_OK)
        *value = (netchan_value *)(void *)received;
    return status;
}

int64_t netchan_channel_recv_many(netchan_channel *channel, netchan_value **values, size_t count,
                                  int64_t ms, netchan_cancel *cancel)
{
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (!values)
        return nci_door_null(__func__, "values");
    return nci_queue_recv_many(inner_channel(channel), (struct nci_value **)(void *)values, count,
                               nci_clock_deadline(ms), inner_cancel(cancel));
}

int netchan_channel_close(netchan_channel *channel)
{
    int status = nci_door_channel(channel, __func__);
    return status ? status : nci_queue_close(inner_channel(channel));
}

size_t netchan_channel_length(netchan_channel *channel)
{
    return nci_door_channel(channel, __func__) ? 0 : nci_queue_length(inner_channel(channel));
}

size_t netchan_channel_capacity(const netchan_channel *channel)
{
    return channel ? nci_queue_capacity(inner_channel(channel)) : 0;
}

int netchan_channel_state(netchan_channel *channel)
{
    int status = nci_door_channel(channel, __func__);
    return status ? status : nci_queue_state(inner_channel(channel));
}

int netchan_channel_fd(netchan_channel *channel, int direction)
{
    int fd;
    int status = nci_door_channel(channel, __func__);
    if (status)
        return status;
    if (direction != NETCHAN_SEND && direction != NETCHAN_RECV)
        return nci_fail(NCI_USAGE, "a direction is NETCHAN_SEND or NETCHAN_RECV, not %d",
                        direction);
    status = nci_queue_descriptor(inner_channel(channel), direction == NETCHAN_RECV, &fd);
    return status ? status : fd;
}

/* ---- select ---- */

static struct nci_select *inner(netchan_select *select)
{
    return (struct nci_select *)(void *)select;
}

static int enter(netchan_select *select, const char *function)
{
    if (!select)
        return nci_door_null(function, "select");
    return nci_door_generation(nci_select_generation(inner(select)), function);
}

int netchan_select_new(netchan_select **select)
{
    struct nci_select *made;
    if (!select)
        return nci_door_null(__func__, "select");
    int status = nci_select_new(&made);
    if (status == NCI_OK)
        *select = (netchan_select *)(void *)made;
    return status;
}

int64_t netchan_select_add_recv(netchan_select *select, netchan_channel *channel)
{
    int status = enter(select, __func__);
    if (status == NCI_OK)
        status = nci_door_channel(channel, __func__);
    return status ? status : nci_select_add_recv(inner(select), inner_channel(channel));
}

int64_t netchan_select_add_send(netchan_select *select, netchan_channel *channel,
                                netchan_value *value)
{
    int status = enter(select, __func__);
    if (status == NCI_OK)
        status = nci_door_channel(channel, __func__);
    return status ? status
                  : nci_select_add_send(inner(select), inner_channel(channel), inner_value(value));
}

int netchan_select_set(netchan_select *select, int64_t number, netchan_value *value)
{
    int status = enter(select, __func__);
    return status ? status : nci_select_set(inner(select), number, inner_value(value));
}

int netchan_select_enable(netchan_select *select, int64_t number, int on)
{
    int status = enter(select, __func__);
    return status ? status : nci_select_enable(inner(select), number, on);
}

int netchan_select_remove(netchan_select *select, int64_t number)
{
    int status = enter(select, __func__);
    return status ? status : nci_select_remove(inner(select), number);
}

int netchan_select_wait(netchan_select *select, int64_t *number, netchan_value **value, int64_t ms,
                        netchan_cancel *cancel)
{
    struct nci_value *received = NULL;
    int status = enter(select, __func__);
    if (status)
        return status;
    if (!number || !value)
        return nci_door_null(__func__, number ? "value" : "number");
    status = nci_select_wait(inner(select), number, &received, nci_clock_deadline(ms),
                             inner_cancel(cancel));
    if (received)
        *value = (netchan_value *)(void *)received;
    return status;
}

void netchan_select_unref(netchan_select *select)
{
    if (select && nci_select_generation(inner(select)) == nci_fork_generation())
        nci_select_free(inner(select));
}
