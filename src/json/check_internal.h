/* SPDX-License-Identifier: MIT */
/*
 * What the files of the checking pass and of the value share: the index entry and the checker.
 * Private to this folder.
 *
 * The index has one entry of 8 bytes per value and per member name, in the order of the text.
 * Containers and strings with escapes have a second entry, so that a reader steps over a whole
 * container, and finds the decoded form of a string, without touching the text.
 */
#ifndef NCI_JSON_CHECK_INTERNAL_H
#define NCI_JSON_CHECK_INTERNAL_H

#include "json/check.h"
#include "json/scan.h"
#include "json/slab.h"
#include "json/value.h"

#ifdef __cplusplus
extern "C" {
#endif

struct nci_entry {
    uint32_t offset; /* of the first byte in the text; of strings and names behind the quote */
    uint32_t info;   /* code, NCI_ENTRY_LAST, and the length in bytes; of containers in entries */
};

/* Codes 0 to 7 are the kinds of json/value.h. */
enum nci_entry_code {
    NCI_ENTRY_NAME = 8,            /* a member's name; its value comes behind it */
    NCI_ENTRY_NAME_ESCAPED = 9,    /* the same, with a second entry */
    NCI_ENTRY_STRING_ESCAPED = 13, /* a string with a second entry */
    NCI_ENTRY_SECOND = 15          /* of a container {members or elements, offset behind it};
                                      of a string or name {offset in the decoded bytes, length} */
};

#define NCI_ENTRY_CODE_SHIFT  28
#define NCI_ENTRY_LAST        (UINT32_C(1) << 27) /* no sibling follows */
#define NCI_ENTRY_LENGTH_MASK (NCI_ENTRY_LAST - 1)

static inline unsigned nci_entry_code(const struct nci_entry *entry)
{
    return entry->info >> NCI_ENTRY_CODE_SHIFT;
}

static inline uint32_t nci_entry_length(const struct nci_entry *entry)
{
    return entry->info & NCI_ENTRY_LENGTH_MASK;
}

/* How many entries this value or name and everything inside it takes. */
static inline uint32_t nci_entry_span(const struct nci_entry *entry)
{
    unsigned code = nci_entry_code(entry);
    if (code == NCI_KIND_ARRAY || code == NCI_KIND_OBJECT)
        return nci_entry_length(entry);
    return code == NCI_ENTRY_NAME_ESCAPED || code == NCI_ENTRY_STRING_ESCAPED ? 2 : 1;
}

/* An open container; the first of the stack stands for the text itself. */
struct nci_frame {
    uint32_t entry;  /* its index entry */
    uint32_t last;   /* the entry of its newest child */
    uint32_t commas; /* seen in it so far */
    uint32_t names;  /* where its names begin among checker.names */
    uint32_t tabled; /* its names are in the newest open table, not in checker.names */
    uint32_t closer; /* the byte that ends it; 0 for the text */
};

/* A short name of an open object that has few: its first eight bytes decide most comparisons. */
struct nci_name {
    uint64_t head;
    uint32_t offset;
    uint32_t length;
};

#define NCI_NAMES_FEW   32u /* more names than this in one object go into the table */
#define NCI_NAMES_SHORT 64u /* so do names longer than this, and escaped ones */

/* The names of one open object that has many; see json/names.c. */
struct nci_name_slot {
    uint32_t hash;
    uint32_t key; /* the name's index entry; 0: the slot is free */
};

#define NCI_NAMES_WAITING 8u

struct nci_name_table {
    struct nci_name_slot *slots;
    struct nci_name_slot *old; /* the smaller ones before, while they are being copied */
    uint32_t mask, old_mask;   /* slots less one; a power of two less one */
    uint32_t count;            /* names in both */
    uint32_t moved;            /* slots of old that were copied */
    unsigned waiting;
    struct nci_name_slot queue[NCI_NAMES_WAITING]; /* names not put in yet */
};

/* What the pass expects at checker.position. */
enum nci_check_state {
    NCI_AT_VALUE,
    NCI_AT_NAME,
    NCI_AT_COLON,
    NCI_AT_NEXT,
    NCI_IN_NAME,
    NCI_IN_STRING,
    NCI_IN_NUMBER
};

/* A string that was begun; offsets in the text unless said. */
struct nci_string_state {
    uint32_t start;   /* behind the quote */
    uint32_t copied;  /* bytes before here are decoded already; only when escaped */
    uint32_t decoded; /* where its decoded form begins in checker.decoded */
    int escaped;
};

/* A number that was begun; offsets in the text. */
struct nci_number_state {
    uint32_t start;
    uint32_t integers; /* the first digit */
    uint32_t point;    /* behind the last digit in front of the point or exponent */
    uint32_t first;    /* the first digit that is not 0, when significant */
    unsigned phase;
    int negative, significant, real, exponent_negative;
    int64_t exponent; /* stops growing when it is beyond all use */
};

#define NCI_CHECK_FRAMES 32
#define NCI_CHECK_NAMES  64
#define NCI_CHECK_TAPE   64

struct nci_checker {
    uint32_t position; /* everything before it is checked */
    unsigned state;    /* enum nci_check_state */
    int final;         /* no more bytes will come */
    int status;        /* the error that sticks */
    unsigned depth, deepest, depth_limit;
    uint32_t value_limit;
    size_t heap; /* bytes in the blocks below that are not inline */

    struct nci_entry *tape; /* the index */
    struct nci_frame *frames;
    struct nci_name *names;
    uint8_t *decoded; /* strings and names that have escapes, without them */
    uint32_t tape_count, tape_size;
    uint32_t frames_size;
    uint32_t names_count, names_size;
    uint32_t decoded_count, decoded_size;

    struct nci_string_state string;
    struct nci_number_state number;
    struct nci_name_table *tables; /* of the open objects that have many names */
    uint32_t tables_open, tables_size;
    struct nci_check_fault error;
    int has_error;
    struct nci_slab_maker maker; /* of the values made from what it checked */

    /* what small texts need, so that they need no heap; decoded has none */
    struct nci_frame frames_inline[NCI_CHECK_FRAMES];
    struct nci_name names_inline[NCI_CHECK_NAMES];
    struct nci_entry tape_inline[NCI_CHECK_TAPE];
};

/* For a checker on the stack. fini accepts what init left. */
void nci_checker_init(struct nci_checker *checker);
void nci_checker_fini(struct nci_checker *checker);

/* A checker in use keeps up to this for the next text. */
#define NCI_CHECKER_KEEPS ((size_t)256 << 10)

/* After a text: gives back what an unusual one made it grow to. */
static inline void nci_checker_settle(struct nci_checker *checker)
{
    if (nci_unlikely(checker->heap > NCI_CHECKER_KEEPS))
        nci_checker_trim(checker);
}

/*
 * Hand the index, or the decoded strings (there are some), over to the caller, as blocks of their
 * own with no more than their content. NULL: no memory.
 */
struct nci_entry *nci_checker_take_tape(struct nci_checker *checker);
uint8_t *nci_checker_take_decoded(struct nci_checker *checker);

/*
 * The block, made larger so that need elements fit behind its first count ones; it is the inline
 * one or on the heap. NULL: no memory, the block stays and NCI_NOMEM sticks.
 */
void *nci_check_grow(struct nci_checker *checker, void *block, const void *inline_block,
                     uint32_t *size, size_t count, size_t need, size_t element) NCI_CHECKED;

/* The pass over what is there, from checker.position on. */
int nci_check_run(struct nci_checker *checker, const uint8_t *text, const uint8_t *end) NCI_CHECKED;
/* The names of all open objects are done with. */
void nci_names_reset(struct nci_checker *checker);

/* nci_check_begin, in line. */
static inline void nci_check_start(struct nci_checker *checker,
                                   const struct nci_json_limits *limits)
{
    size_t value = limits ? limits->value : NCI_JSON_VALUE_DEFAULT;
    unsigned depth = limits ? limits->depth : NCI_JSON_DEPTH_DEFAULT;
    checker->value_limit = (uint32_t)(value < NCI_JSON_VALUE_MAX ? value : NCI_JSON_VALUE_MAX);
    checker->depth_limit = depth < NCI_JSON_DEPTH_MAX ? depth : NCI_JSON_DEPTH_MAX;
    checker->position = 0;
    checker->state = NCI_AT_VALUE;
    checker->final = 0;
    checker->status = NCI_OK;
    checker->has_error = 0;
    checker->depth = checker->deepest = 0;
    checker->tape_count = checker->names_count = checker->decoded_count = 0;
    if (nci_unlikely(checker->tables_open))
        nci_names_reset(checker);
}

int nci_check_too_long(struct nci_checker *checker, size_t length) NCI_CHECKED;
/* NCI_LIMIT when a text of this length is longer than the limit that the last begin was given. */
static inline int nci_check_length(struct nci_checker *checker, size_t length)
{
    return nci_likely(length <= checker->value_limit) ? checker->status
                                                      : nci_check_too_long(checker, length);
}

/* nci_check_end, in line. */
static inline int nci_check_whole(struct nci_checker *checker, const char *text, size_t length)
{
    const uint8_t *bytes = (const uint8_t *)text;
    checker->final = 1;
    if (checker->status || nci_check_length(checker, length) ||
        nci_check_run(checker, bytes, bytes + length))
        return checker->status;
    checker->tape[0].info |= NCI_ENTRY_LAST;
    return NCI_OK;
}

/* Refuses the text at offset; records where and why, and makes the code stick. Returns it. */
int nci_check_refuse(struct nci_checker *checker, int code, const uint8_t *text, size_t offset,
                     const char *format, ...) NCI_PRINTF(5, 6);

/*
 * The slow ways of a token. Each is entered with what begins or goes on at p, leaves the token's
 * entry in the index and returns the byte behind it; or NULL: checker.status tells an error, 0
 * means that the bytes end here and position and token state say where to go on.
 */
const uint8_t *nci_check_string(struct nci_checker *checker, const uint8_t *text,
                                const uint8_t *end, const uint8_t *p, int as_name);
const uint8_t *nci_check_number(struct nci_checker *checker, const uint8_t *text,
                                const uint8_t *end, const uint8_t *p);

/* Starts the state that those two go on from. */
static inline void nci_check_string_begin(struct nci_checker *checker, size_t start)
{
    checker->string.start = (uint32_t)start;
    checker->string.escaped = 0;
}
void nci_check_number_begin(struct nci_checker *checker, size_t start);

/* Refuses the text for what is wrong at offset, when no earlier fault is known to be possible. */
int nci_check_refuse_here(struct nci_checker *checker, int code, const uint8_t *text, size_t offset,
                          const char *format, ...) NCI_PRINTF(5, 6);

/* Adds the newest name of the index to its open object, which has many names, or long or escaped
 * ones; refuses duplicates, this one or an earlier one. */
int nci_names_add(struct nci_checker *checker, struct nci_frame *object,
                  const uint8_t *text) NCI_CHECKED;
/* Refuses the newest name, which its object has already; or an earlier duplicate. */
int nci_names_refuse(struct nci_checker *checker, const uint8_t *text) NCI_CHECKED;
/* The innermost object that has a table closes. */
int nci_names_close(struct nci_checker *checker, const uint8_t *text) NCI_CHECKED;
/* Refuses a duplicate among the names that wait in open objects, the first one. */
int nci_names_settle(struct nci_checker *checker, const uint8_t *text) NCI_CHECKED;
/* Gives back also what is kept for the next text. */
void nci_names_free(struct nci_checker *checker);

int nci_check_grow_tape(struct nci_checker *checker) NCI_CHECKED;

/* Room for the two entries that one token may take. */
static inline int nci_check_tape_room(struct nci_checker *checker)
{
    if (nci_likely(checker->tape_size - checker->tape_count >= 2))
        return NCI_OK;
    return nci_check_grow_tape(checker);
}

/* The caller has made room. */
static inline void nci_check_push(struct nci_checker *checker, unsigned code, size_t offset,
                                  size_t length)
{
    struct nci_entry *entry = &checker->tape[checker->tape_count++];
    entry->offset = (uint32_t)offset;
    entry->info = (uint32_t)code << NCI_ENTRY_CODE_SHIFT | (uint32_t)length;
}

#ifdef __cplusplus
}
#endif
#endif
