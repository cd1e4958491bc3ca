/* SPDX-License-Identifier: MIT */
/*
 * Event descriptors are eventfds: non-blocking, close-on-exec. A counter that is full stays
 * readable, so a failed write needs no answer.
 */
#include "base/event.h"

#include <errno.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <unistd.h>

int nci_event_open(int *fd)
{
    int opened = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    if (opened < 0)
        return nci_fail_errno(errno, "cannot open an event descriptor");
    *fd = opened;
    return NCI_OK;
}

void nci_event_close(int fd)
{
    if (fd >= 0)
        close(fd);
}

void nci_event_set(int fd)
{
    int saved = errno;
    uint64_t one = 1;
    while (write(fd, &one, sizeof one) < 0 && errno == EINTR)
        continue;
    errno = saved;
}

void nci_event_clear(int fd)
{
    int saved = errno;
    uint64_t count;
    while (read(fd, &count, sizeof count) < 0 && errno == EINTR)
        continue;
    errno = saved;
}
