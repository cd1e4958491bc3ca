/* SPDX-License-Identifier: MIT */
/*
 * The checker's memory: where its growing parts come from and when they are given back.
 *
 * Small texts are served by arrays inside the checker, so that one on the stack costs no
 * allocation. Blocks grow only for what a text has really made the pass write, never by a length
 * that somebody announced; after an unusual text they are given back, so that ten thousand idle
 * links do not each keep the memory of their largest value.
 */
#include "json/check_internal.h"

#include "base/blocks.h"
#include "base/mem.h"

#include <pthread.h>
#include <stddef.h>

/* A block on the heap begins with this. */
#define MINIMUM_BYTES ((size_t)1 << 10)

static void use_inline(struct nci_checker *checker)
{
    checker->frames = checker->frames_inline;
    memset(checker->frames, 0, sizeof *checker->frames);
    checker->frames_size = NCI_CHECK_FRAMES;
    checker->names = checker->names_inline;
    checker->names_size = NCI_CHECK_NAMES;
    checker->tape = checker->tape_inline;
    checker->tape_size = NCI_CHECK_TAPE;
}

void nci_checker_init(struct nci_checker *checker)
{
    memset(checker, 0, offsetof(struct nci_checker, frames_inline));
    use_inline(checker);
}

int nci_checker_new(struct nci_checker **out)
{
    struct nci_checker *checker = nci_alloc(sizeof *checker);
    *out = checker;
    if (!checker)
        return nci_fail_nomem();
    nci_checker_init(checker);
    return NCI_OK;
}

void nci_checker_trim(struct nci_checker *checker)
{
    if (checker->frames != checker->frames_inline)
        nci_block_free(checker->frames, checker->frames_size * sizeof *checker->frames);
    if (checker->names != checker->names_inline)
        nci_block_free(checker->names, checker->names_size * sizeof *checker->names);
    if (checker->tape != checker->tape_inline)
        nci_block_free(checker->tape, checker->tape_size * sizeof *checker->tape);
    nci_block_free(checker->decoded, checker->decoded_size);
    nci_names_free(checker);
    nci_slab_leave(&checker->maker);
    nci_checker_init(checker);
}

void nci_checker_fini(struct nci_checker *checker)
{
    if (checker->heap || checker->maker.slab)
        nci_checker_trim(checker);
}

void nci_checker_free(struct nci_checker *checker)
{
    if (!checker)
        return;
    nci_checker_fini(checker);
    nci_free(checker);
}

/* ---- one for each thread ---- */

__thread struct nci_checker *nci_checker_of_thread;
static pthread_key_t at_thread_end;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int usable;

static void thread_ends(void *checker)
{
    nci_checker_of_thread = NULL;
    nci_checker_free((struct nci_checker *)checker);
}

static void make_key(void)
{
    usable = !pthread_key_create(&at_thread_end, thread_ends);
}

struct nci_checker *nci_checker_make_mine(void)
{
    struct nci_checker *checker;
    if (pthread_once(&once, make_key) || !usable || nci_checker_new(&checker))
        return NULL;
    if (pthread_setspecific(at_thread_end, checker)) {
        nci_checker_free(checker);
        return NULL;
    }
    return nci_checker_of_thread = checker;
}

void *nci_check_grow(struct nci_checker *checker, void *block, const void *inline_block,
                     uint32_t *size, size_t count, size_t need, size_t element)
{
    size_t old = *size, larger = old * 2;
    int is_inline = block == inline_block; /* or there is none yet */
    void *grown;
    if (larger < count + need)
        larger = count + need;
    if (larger * element < MINIMUM_BYTES)
        larger = MINIMUM_BYTES / element;
    grown = nci_block_resize(is_inline ? NULL : block, old * element, larger * element);
    if (!grown) {
        checker->status = nci_fail_nomem();
        return NULL;
    }
    checker->heap += larger * element;
    if (!is_inline)
        checker->heap -= old * element;
    else if (block)
        memcpy(grown, block, count * element);
    *size = (uint32_t)larger;
    return grown;
}

struct nci_entry *nci_checker_take_tape(struct nci_checker *checker)
{
    size_t bytes = checker->tape_count * sizeof(struct nci_entry);
    size_t held = checker->tape_size * sizeof(struct nci_entry);
    struct nci_entry *tape;
    if (checker->tape == checker->tape_inline) {
        tape = nci_block_resize(NULL, 0, bytes);
        if (tape)
            memcpy(tape, checker->tape_inline, bytes);
        return tape;
    }
    tape = nci_block_resize(checker->tape, held, bytes);
    if (tape) {
        checker->heap -= held;
        checker->tape = checker->tape_inline;
        checker->tape_size = NCI_CHECK_TAPE;
    }
    return tape;
}

uint8_t *nci_checker_take_decoded(struct nci_checker *checker)
{
    uint8_t *decoded =
        nci_block_resize(checker->decoded, checker->decoded_size, checker->decoded_count);
    if (decoded) {
        checker->heap -= checker->decoded_size;
        checker->decoded = NULL;
        checker->decoded_size = 0;
    }
    return decoded;
}
