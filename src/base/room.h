/* SPDX-License-Identifier: MIT */
/*
 * How much of a link's room a value takes: its length, but a long one no more than the piece of it
 * that is framed at a time. Otherwise one value of megabytes would keep the values of all other
 * streams out of the link until its last piece is written.
 */
#ifndef NCI_BASE_ROOM_H
#define NCI_BASE_ROOM_H

#include <stddef.h>

#define NCI_ROOM_MOST ((size_t)16384)

static inline size_t nci_room_of(size_t length)
{
    return length < NCI_ROOM_MOST ? length : NCI_ROOM_MOST;
}

#endif
