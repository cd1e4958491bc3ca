/* SPDX-License-Identifier: MIT */
/*
 * A map from names (bytes) to entries embedded in the caller's structs, in the order of names:
 * a sorted array of pointers with binary search. Names come and go rarely,
 * are looked up at binds only, and listings want their order.
 */
#ifndef NCI_BASE_MAP_H
#define NCI_BASE_MAP_H

#include "base/status.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_map_entry {
    const char *name; /* owned by the caller, lives as long as the entry is in the map */
    size_t length;
};

struct nci_map {
    struct nci_map_entry **entries;
    size_t count, size;
};

void nci_map_fini(struct nci_map *map); /* frees the array, not the entries */
struct nci_map_entry *nci_map_find(const struct nci_map *map, const char *name, size_t length);
/* NCI_EXISTS without a detail text when the name is there already. */
int nci_map_insert(struct nci_map *map, struct nci_map_entry *entry) NCI_CHECKED;
void nci_map_remove(struct nci_map *map, struct nci_map_entry *entry);

#ifdef __cplusplus
}
#endif
#endif
