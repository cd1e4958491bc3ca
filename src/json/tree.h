/* SPDX-License-Identifier: MIT */
/*
 * Reading control payloads: small objects whose members are looked up by name, once, on no hot
 * path. A tree is made only of a value, so that nothing reaches the JSON library behind it that
 * the strict check has not passed. Writing is done with json/builder.h.
 *
 * Members are named by paths: "limits.value" is the member "value" of the object "limits". Every
 * error names the path. Not thread safe.
 */
#ifndef NCI_JSON_TREE_H
#define NCI_JSON_TREE_H

#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_tree;

/* NCI_VALUE: no object, or a member name that holds U+0000. NCI_NOMEM. */
int nci_tree_load(const struct nci_value *value, struct nci_tree **out) NCI_CHECKED;
void nci_tree_free(struct nci_tree *tree); /* NULL is allowed */

/* Whether the member is there (null counts). */
int nci_tree_has(const struct nci_tree *tree, const char *path);

/*
 * The getters leave the fallback in *out when the member is missing. NCI_VALUE: it is there but of
 * another kind or out of range. Members that must be there are asked for with nci_tree_has or
 * nci_tree_require.
 */
int nci_tree_require(const struct nci_tree *tree, const char *path) NCI_CHECKED;
int nci_tree_integer(const struct nci_tree *tree, const char *path, int64_t fallback, int64_t min,
                     int64_t max, int64_t *out) NCI_CHECKED;
int nci_tree_boolean(const struct nci_tree *tree, const char *path, int fallback,
                     int *out) NCI_CHECKED;
/* Borrowed from the tree, NUL-terminated, may hold U+0000; max is in bytes. length may be NULL:
 * then a string that holds U+0000 is refused, since it could not be told. */
int nci_tree_string(const struct nci_tree *tree, const char *path, const char *fallback, size_t max,
                    const char **out, size_t *length) NCI_CHECKED;

/* How many elements the array has; 0 when it is missing. NCI_VALUE: no array, or more than max. */
int nci_tree_count(const struct nci_tree *tree, const char *path, size_t max,
                   size_t *out) NCI_CHECKED;
/* Its index-th element, which is there. */
int nci_tree_integer_at(const struct nci_tree *tree, const char *path, size_t index, int64_t min,
                        int64_t max, int64_t *out) NCI_CHECKED;
int nci_tree_string_at(const struct nci_tree *tree, const char *path, size_t index, size_t max,
                       const char **out, size_t *length) NCI_CHECKED;

#ifdef __cplusplus
}
#endif
#endif
