/* SPDX-License-Identifier: MIT */
/*
 * The sorted array behind nci_map.
 */
#include "base/map.h"
#include "base/mem.h"

#include <string.h>

static int compare(const struct nci_map_entry *entry, const char *name, size_t length)
{
    size_t shorter = entry->length < length ? entry->length : length;
    int order = memcmp(entry->name, name, shorter);
    if (order)
        return order;
    return entry->length < length ? -1 : entry->length > length;
}

/* The first place whose entry is not below the name. */
static size_t place(const struct nci_map *map, const char *name, size_t length)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare(map->entries[middle], name, length) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void nci_map_fini(struct nci_map *map)
{
    nci_free(map->entries);
    memset(map, 0, sizeof *map);
}

struct nci_map_entry *nci_map_find(const struct nci_map *map, const char *name, size_t length)
{
    size_t at = place(map, name, length);
    if (at < map->count && compare(map->entries[at], name, length) == 0)
        return map->entries[at];
    return NULL;
}

int nci_map_insert(struct nci_map *map, struct nci_map_entry *entry)
{
    size_t at = place(map, entry->name, entry->length);
    if (at < map->count && compare(map->entries[at], entry->name, entry->length) == 0)
        return NCI_EXISTS;
    if (map->count == map->size) {
        size_t size = map->size ? map->size * 2 : 4;
        struct nci_map_entry **entries =
            (struct nci_map_entry **)nci_realloc_array(map->entries, size, sizeof *entries);
        if (!entries)
            return nci_fail_nomem();
        map->entries = entries;
        map->size = size;
    }
    memmove(map->entries + at + 1, map->entries + at, (map->count - at) * sizeof *map->entries);
    map->entries[at] = entry;
    map->count++;
    return NCI_OK;
}

void nci_map_remove(struct nci_map *map, struct nci_map_entry *entry)
{
    size_t at = place(map, entry->name, entry->length);
    if (at >= map->count || map->entries[at] != entry)
        return;
    map->count--;
    memmove(map->entries + at, map->entries + at + 1, (map->count - at) * sizeof *map->entries);
}
