/* SPDX-License-Identifier: MIT */
/*
 * Stands in front of the C library. It must never allocate by itself, nor call what it stands in
 * front of by name, and it must work before its constructor has run: the dynamic loader uses an
 * interposed malloc as soon as it is relocated.
 *
 * Freed memory is spoiled, so that a use of it crashes instead of finding what was there.
 *
 * Blocks that the dynamic loader asks for are not in the table: they belong to threads, whose
 * stacks glibc keeps for the next one.
 */
#include "interpose.h"

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORTED __attribute__((visibility("default")))
#define QUICK    __attribute__((tls_model("initial-exec")))
#define FRAMES   10

/* ---- which call fails ---- */

static struct fault_plan plan;
static int armed;           /* atomic */
static long counted, fired; /* atomic */
static _Thread_local int spared QUICK;
static void *strike[FRAMES];
static int strike_frames;
static int traces; /* each block remembers its callers */

static int strikes(enum fault_call call)
{
    if (!__atomic_load_n(&armed, __ATOMIC_SEQ_CST) || spared || !(plan.calls >> call & 1))
        return 0;
    long number = __atomic_fetch_add(&counted, 1, __ATOMIC_SEQ_CST) + 1;
    if (plan.at <= 0 || number < plan.at || (plan.mode == FAULT_ONCE && number > plan.at) ||
        (plan.mode == FAULT_OTHER && (number - plan.at) % 2))
        return 0;
    if (__atomic_fetch_add(&fired, 1, __ATOMIC_SEQ_CST) == 0) {
        spared++;
        strike_frames = backtrace(strike, FRAMES);
        spared--;
    }
    return 1;
}

/* 1: the call fails, errno is set. */
static int fails(enum fault_call call)
{
    int hit = strikes(call);
    if (hit)
        errno = plan.error;
    return hit;
}

/* ---- the table of blocks: open addressing, one lock ---- */

#define SLOTS ((size_t)1 << 16)

struct block {
    void *address;
    size_t size;
    unsigned long serial;
    void *frames[FRAMES];
};

static struct block table[SLOTS];
static char table_lock; /* atomic */
static long block_count;
static unsigned long last_serial;
static uintptr_t loader_begin, loader_end;

static size_t slot_of(const void *address)
{
    return (size_t)(((uintptr_t)address >> 4) * UINT64_C(0x9e3779b97f4a7c15) >> 40) & (SLOTS - 1);
}

static void enter_table(void)
{
    while (__atomic_test_and_set(&table_lock, __ATOMIC_ACQUIRE))
        continue;
}

static void leave_table(void)
{
    __atomic_clear(&table_lock, __ATOMIC_RELEASE);
}

static void note(void *address, size_t size, void *caller)
{
    struct block new = {address, size, 0, {caller}};
    if (!address || ((uintptr_t)caller >= loader_begin && (uintptr_t)caller < loader_end))
        return;
    if (traces && !spared) {
        spared++;
        (void)backtrace(new.frames, FRAMES);
        spared--;
    }
    enter_table();
    if (block_count < (long)SLOTS / 2) {
        size_t at = slot_of(address);
        while (table[at].address)
            at = (at + 1) & (SLOTS - 1);
        new.serial = ++last_serial;
        table[at] = new;
        block_count++;
    }
    leave_table();
}

/* Takes the block out, before somebody else can be given its address. 0: it was not there. */
static int forget(void *address, struct block *out)
{
    enter_table();
    size_t at = slot_of(address), hole;
    while (table[at].address && table[at].address != address)
        at = (at + 1) & (SLOTS - 1);
    int found = table[at].address != NULL;
    if (found) {
        *out = table[at];
        block_count--;
        hole = at;
        for (at = (at + 1) & (SLOTS - 1); table[at].address; at = (at + 1) & (SLOTS - 1)) {
            size_t home = slot_of(table[at].address);
            if (((at - home) & (SLOTS - 1)) >= ((at - hole) & (SLOTS - 1))) {
                table[hole] = table[at];
                hole = at;
            }
        }
        table[hole].address = NULL;
    }
    leave_table();
    return found;
}

/* ---- the real calls ---- */

static void *next(const char *name)
{
    void *found = dlsym(RTLD_NEXT, name);
    if (!found)
        _exit(99);
    return found;
}

/* The real one, looked up at its first use; two threads that meet here find the same. */
#define REAL(type, name, ...)                                                                      \
    static type (*real)(__VA_ARGS__);                                                              \
    if (!real)                                                                                     \
    *(void **)&real = next(#name)

static void *(*real_malloc)(size_t);
static void *(*real_calloc)(size_t, size_t);
static void *(*real_realloc)(void *, size_t);
static void (*real_free)(void *);
static char arena[16384] __attribute__((aligned(16)));
static size_t arena_used;
static int looking_up;

static void *from_arena(size_t size)
{
    size = (size + 15) & ~(size_t)15;
    if (size > sizeof arena - arena_used)
        _exit(99);
    arena_used += size;
    return arena + arena_used - size;
}

static int in_arena(const void *block)
{
    return (const char *)block >= arena && (const char *)block < arena + sizeof arena;
}

/* 0: being looked up just now. */
static int have_memory_calls(void)
{
    if (real_free)
        return 1;
    if (looking_up)
        return 0;
    looking_up = 1;
    *(void **)&real_malloc = next("malloc");
    *(void **)&real_calloc = next("calloc");
    *(void **)&real_realloc = next("realloc");
    *(void **)&real_free = next("free");
    looking_up = 0;
    return 1;
}

EXPORTED void *malloc(size_t size)
{
    if (!have_memory_calls())
        return from_arena(size);
    if (fails(FAULT_alloc))
        return NULL;
    void *block = real_malloc(size);
    note(block, size, __builtin_return_address(0));
    return block;
}

EXPORTED void *calloc(size_t count, size_t size)
{
    if (!have_memory_calls())
        return from_arena(count * size);
    if (fails(FAULT_alloc))
        return NULL;
    void *block = real_calloc(count, size);
    note(block, count * size, __builtin_return_address(0));
    return block;
}

EXPORTED void *realloc(void *old, size_t size)
{
    struct block before;
    if (!have_memory_calls() || in_arena(old))
        _exit(99);
    if (fails(FAULT_alloc))
        return NULL;
    int known = old && forget(old, &before);
    void *block = real_realloc(old, size);
    if (block)
        note(block, size, __builtin_return_address(0));
    else if (known)
        note(old, before.size, before.frames[0]);
    return block;
}

EXPORTED void free(void *block)
{
    struct block before;
    if (!block || in_arena(block) || !have_memory_calls())
        return;
    /* Who still uses it reads addresses that are none. */
    if (forget(block, &before))
        memset(block, 0xa5, before.size);
    real_free(block);
}

EXPORTED void *mmap(void *address, size_t length, int how, int flags, int fd, off_t offset)
{
    REAL(void *, mmap, void *, size_t, int, int, int, off_t);
    if (fails(FAULT_alloc))
        return MAP_FAILED;
    void *pages = real(address, length, how, flags, fd, offset);
    if (pages != MAP_FAILED)
        note(pages, length, __builtin_return_address(0));
    return pages;
}

EXPORTED void *mremap(void *old, size_t before, size_t after, int flags, ...)
{
    REAL(void *, mremap, void *, size_t, size_t, int, ...);
    struct block block;
    if (fails(FAULT_alloc))
        return MAP_FAILED;
    int known = forget(old, &block);
    void *pages = real(old, before, after, flags);
    if (pages != MAP_FAILED)
        note(pages, after, __builtin_return_address(0));
    else if (known)
        note(old, block.size, block.frames[0]);
    return pages;
}

EXPORTED int munmap(void *pages, size_t length)
{
    REAL(int, munmap, void *, size_t);
    struct block before;
    (void)forget(pages, &before);
    return real(pages, length);
}

/* ---- input and output ---- */

/* How many bytes may move; -1: the call fails. */
static ssize_t moves(enum fault_call call, size_t length)
{
    if (!strikes(call))
        return (ssize_t)length;
    if (plan.error == 0)
        return length ? 1 : 0;
    errno = plan.error;
    return -1;
}

EXPORTED ssize_t recv(int fd, void *bytes, size_t length, int flags)
{
    REAL(ssize_t, recv, int, void *, size_t, int);
    ssize_t most = moves(FAULT_recv, length);
    return most < 0 ? -1 : real(fd, bytes, (size_t)most, flags);
}

EXPORTED ssize_t send(int fd, const void *bytes, size_t length, int flags)
{
    REAL(ssize_t, send, int, const void *, size_t, int);
    ssize_t most = moves(FAULT_send, length);
    return most < 0 ? -1 : real(fd, bytes, (size_t)most, flags);
}

/* Sending too: which of the two a link calls is its own business. */
EXPORTED ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(ssize_t, sendmsg, int, const struct msghdr *, int);
    struct msghdr one = *message;
    struct iovec byte = {message->msg_iovlen ? message->msg_iov->iov_base : NULL, 1};
    ssize_t most = moves(FAULT_send, 2);
    one.msg_iov = &byte;
    one.msg_iovlen = 1;
    return most < 0 ? -1 : real(fd, most < 2 ? &one : message, flags);
}

EXPORTED ssize_t read(int fd, void *bytes, size_t length)
{
    REAL(ssize_t, read, int, void *, size_t);
    return fails(FAULT_read) ? -1 : real(fd, bytes, length);
}

EXPORTED ssize_t write(int fd, const void *bytes, size_t length)
{
    REAL(ssize_t, write, int, const void *, size_t);
    return fails(FAULT_write) ? -1 : real(fd, bytes, length);
}

EXPORTED ssize_t getrandom(void *bytes, size_t length, unsigned flags)
{
    REAL(ssize_t, getrandom, void *, size_t, unsigned);
    ssize_t most = moves(FAULT_getrandom, length);
    return most < 0 ? -1 : real(bytes, (size_t)most, flags);
}

/* ---- waiting ---- */

EXPORTED int epoll_wait(int fd, struct epoll_event *events, int most, int ms)
{
    REAL(int, epoll_wait, int, struct epoll_event *, int, int);
    return fails(FAULT_epoll_wait) ? -1 : real(fd, events, most, ms);
}

EXPORTED int ppoll(struct pollfd *fds, nfds_t count, const struct timespec *time,
                   const sigset_t *mask)
{
    REAL(int, ppoll, struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    return fails(FAULT_ppoll) ? -1 : real(fds, count, time, mask);
}

EXPORTED int poll(struct pollfd *fds, nfds_t count, int ms)
{
    REAL(int, poll, struct pollfd *, nfds_t, int);
    return fails(FAULT_poll) ? -1 : real(fds, count, ms);
}

EXPORTED long syscall(long number, ...)
{
    REAL(long, syscall, long, ...);
    long words[6];
    va_list list;
    va_start(list, number);
    for (int i = 0; i < 6; i++)
        words[i] = va_arg(list, long);
    va_end(list);
    if (number == SYS_futex && (words[1] & FUTEX_CMD_MASK) == FUTEX_WAIT_BITSET &&
        fails(FAULT_futex))
        return -1;
    return real(number, words[0], words[1], words[2], words[3], words[4], words[5]);
}

/* ---- descriptors and the rest: -1 and an error ---- */

#define FAILING(name, parameters, types, arguments)                                                \
    EXPORTED int name parameters                                                                   \
    {                                                                                              \
        static int(*real) types;                                                                   \
        if (!real)                                                                                 \
            *(void **)&real = next(#name);                                                         \
        return fails(FAULT_##name) ? -1 : real arguments;                                          \
    }

FAILING(socket, (int family, int type, int protocol), (int, int, int), (family, type, protocol))
FAILING(accept4, (int fd, struct sockaddr *name, socklen_t *length, int flags),
        (int, struct sockaddr *, socklen_t *, int), (fd, name, length, flags))
FAILING(connect, (int fd, const struct sockaddr *name, socklen_t length),
        (int, const struct sockaddr *, socklen_t), (fd, name, length))
FAILING(bind, (int fd, const struct sockaddr *name, socklen_t length),
        (int, const struct sockaddr *, socklen_t), (fd, name, length))
FAILING(listen, (int fd, int backlog), (int, int), (fd, backlog))
FAILING(getsockname, (int fd, struct sockaddr *name, socklen_t *length),
        (int, struct sockaddr *, socklen_t *), (fd, name, length))
FAILING(getpeername, (int fd, struct sockaddr *name, socklen_t *length),
        (int, struct sockaddr *, socklen_t *), (fd, name, length))
FAILING(getsockopt, (int fd, int level, int option, void *value, socklen_t *length),
        (int, int, int, void *, socklen_t *), (fd, level, option, value, length))
FAILING(setsockopt, (int fd, int level, int option, const void *value, socklen_t length),
        (int, int, int, const void *, socklen_t), (fd, level, option, value, length))
FAILING(shutdown, (int fd, int how), (int, int), (fd, how))
FAILING(eventfd, (unsigned count, int flags), (unsigned, int), (count, flags))
FAILING(epoll_create1, (int flags), (int), (flags))
FAILING(epoll_ctl, (int fd, int what, int watched, struct epoll_event *event),
        (int, int, int, struct epoll_event *), (fd, what, watched, event))
FAILING(fchmod, (int fd, mode_t mode), (int, mode_t), (fd, mode))
FAILING(chmod, (const char *path, mode_t mode), (const char *, mode_t), (path, mode))
FAILING(lstat, (const char *path, struct stat *info), (const char *, struct stat *), (path, info))
FAILING(fstat, (int fd, struct stat *info), (int, struct stat *), (fd, info))
FAILING(unlink, (const char *path), (const char *), (path))

static void *word_of(va_list list)
{
    return va_arg(list, void *);
}

EXPORTED int fcntl(int fd, int command, ...)
{
    REAL(int, fcntl, int, int, ...);
    va_list list;
    va_start(list, command);
    void *word = word_of(list);
    va_end(list);
    if (fails(command == F_DUPFD_CLOEXEC ? FAULT_dupfd : FAULT_fcntl))
        return -1;
    return real(fd, command, word);
}

EXPORTED int ioctl(int fd, unsigned long request, ...)
{
    REAL(int, ioctl, int, unsigned long, ...);
    va_list list;
    va_start(list, request);
    void *word = word_of(list);
    va_end(list);
    return fails(FAULT_ioctl) ? -1 : real(fd, request, word);
}

EXPORTED int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                            void *(*body)(void *), void *argument)
{
    REAL(int, pthread_create, pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
    if (strikes(FAULT_pthread_create))
        return plan.error;
    return real(thread, attributes, body, argument);
}

/* ---- control ---- */

static void arm(const struct fault_plan *given)
{
    __atomic_store_n(&armed, 0, __ATOMIC_SEQ_CST);
    plan = *given;
    __atomic_store_n(&counted, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&fired, 0, __ATOMIC_SEQ_CST);
    strike_frames = 0;
    __atomic_store_n(&armed, 1, __ATOMIC_SEQ_CST);
}

static void disarm(void)
{
    __atomic_store_n(&armed, 0, __ATOMIC_SEQ_CST);
}

static long get_counted(void)
{
    return __atomic_load_n(&counted, __ATOMIC_SEQ_CST);
}

static long get_fired(void)
{
    return __atomic_load_n(&fired, __ATOMIC_SEQ_CST);
}

static void spare(int on)
{
    spared += on ? 1 : -1;
}

static long get_blocks(void)
{
    enter_table();
    long count = block_count;
    leave_table();
    return count;
}

static unsigned long get_serial(void)
{
    enter_table();
    unsigned long serial = last_serial;
    leave_table();
    return serial;
}

/* "file+offset", as addr2line -e wants it. */
static void print_frames(void *const *frames, int count)
{
    for (int i = 0; i < count && frames[i]; i++) {
        Dl_info info;
        const char *name = "?";
        uintptr_t offset = (uintptr_t)frames[i];
        if (dladdr(frames[i], &info) && info.dli_fname) {
            const char *slash = strrchr(info.dli_fname, '/');
            name = slash ? slash + 1 : info.dli_fname;
            offset -= (uintptr_t)info.dli_fbase;
        }
        fprintf(stderr, "    %s+0x%lx\n", name, (unsigned long)offset);
    }
}

static void list_blocks(unsigned long serial)
{
    spared++;
    for (size_t i = 0; i < SLOTS; i++) {
        struct block block = table[i];
        if (!block.address || block.serial <= serial)
            continue;
        fprintf(stderr, "  block of %lu bytes, asked for by\n", (unsigned long)block.size);
        print_frames(block.frames, FRAMES);
    }
    spared--;
}

static void list_strike(void)
{
    spared++;
    if (strike_frames)
        fprintf(stderr, "  the call that failed was made by\n");
    print_frames(strike, strike_frames);
    spared--;
}

EXPORTED const struct fault_control fault_control = {
    arm, disarm, get_counted, get_fired, spare, get_blocks, get_serial, list_blocks, list_strike,
};

static int find_loader(struct dl_phdr_info *info, size_t size, void *argument)
{
    (void)size;
    (void)argument;
    if (!strstr(info->dlpi_name, "/ld-"))
        return 0;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        uintptr_t begin = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
        uintptr_t end = begin + info->dlpi_phdr[i].p_memsz;
        if (info->dlpi_phdr[i].p_type != PT_LOAD)
            continue;
        if (!loader_begin || begin < loader_begin)
            loader_begin = begin;
        if (end > loader_end)
            loader_end = end;
    }
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    void *frames[FRAMES];
    (void)have_memory_calls();
    (void)backtrace(frames, FRAMES); /* loads the unwinder now, not in a failing call */
    (void)dl_iterate_phdr(find_loader, NULL);
    traces = getenv("FAULT_TRACE") != NULL;
}
