/* SPDX-License-Identifier: MIT */
#include "json_quick_words.h"

#undef NCI_QUICK_VECTORS
#define NCI_QUICK_VECTORS 0
#define nci_quick_copy    quick_copy_words
#include "json/quick.c"
