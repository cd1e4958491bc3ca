/* SPDX-License-Identifier: MIT */
/*
 * Atomic access to plain integers, with the compilers' builtins: C11's _Atomic does not compile as
 * C++, and the unit tests include internal headers from C++. Names say the ordering.
 */
#ifndef NCI_BASE_ATOMIC_H
#define NCI_BASE_ATOMIC_H

#define nci_load_relaxed(p)        __atomic_load_n((p), __ATOMIC_RELAXED)
#define nci_load_acquire(p)        __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define nci_load_seq(p)            __atomic_load_n((p), __ATOMIC_SEQ_CST)
#define nci_store_relaxed(p, v)    __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define nci_store_release(p, v)    __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define nci_store_seq(p, v)        __atomic_store_n((p), (v), __ATOMIC_SEQ_CST)
#define nci_add_relaxed(p, v)      __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)
#define nci_add_seq(p, v)          __atomic_fetch_add((p), (v), __ATOMIC_SEQ_CST)
#define nci_sub_relaxed(p, v)      __atomic_fetch_sub((p), (v), __ATOMIC_RELAXED)
#define nci_sub_acq_rel(p, v)      __atomic_fetch_sub((p), (v), __ATOMIC_ACQ_REL)
#define nci_exchange_acq_rel(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQ_REL)
#define nci_exchange_acquire(p, v) __atomic_exchange_n((p), (v), __ATOMIC_ACQUIRE)
#define nci_exchange_release(p, v) __atomic_exchange_n((p), (v), __ATOMIC_RELEASE)
#define nci_exchange_seq(p, v)     __atomic_exchange_n((p), (v), __ATOMIC_SEQ_CST)
/* Strong compare and swap; *expected is overwritten with what was there on failure. */
#define nci_cas_acq_rel(p, expected, v)                                                            \
    __atomic_compare_exchange_n((p), (expected), (v), 0, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)
#define nci_cas_acquire(p, expected, v)                                                            \
    __atomic_compare_exchange_n((p), (expected), (v), 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)

/* What lies there is about to be changed, and another processor may have changed it last: an atomic
 * operation behind a load of the same line waits twice, for a copy of it and then for the only one. */
static inline void nci_prefetch_to_change(const void *at)
{
#ifdef __x86_64__
    /* The builtin asks for a copy here, unless for a machine that is known to have this instruction.
     * All have it, or have made nothing of it (Intel's manual: PREFETCHW). */
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)at));
#else
    __builtin_prefetch(at, 1);
#endif
}

#endif
