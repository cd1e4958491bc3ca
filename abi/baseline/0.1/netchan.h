/* SPDX-License-Identifier: MIT */
/*
 * netchan: channels that work across processes, hosts and languages.
 *
 * This is the only public header and the source of the reference manual: every comment that begins
 * with the name of a function becomes its page in section 3. It is one file, longer than any other
 * of the project, because a program includes one header and a reader searches one.
 *
 * Rules that hold for every function:
 *   - Any thread may call any function on any object, unless its comment says otherwise.
 *   - Functions that can fail return 0 or more for success and a negative NETCHAN_ code for
 *     failure; netchan_error_text() then says what failed, naming the channel, peer, file or frame.
 *   - Outputs are written on success only.
 *   - Calls that can wait end in (..., int64_t ms, netchan_cancel *cancel): wait at most ms
 *     milliseconds, 0 = do not wait, -1 = for ever; cancel may be NULL. They answer one of: a
 *     result, NETCHAN_TIMEOUT, NETCHAN_CLOSED, NETCHAN_LOST, NETCHAN_INTERRUPTED (a signal handler
 *     ran during the wait, or the token was fired: nothing was taken out).
 *   - Objects are counted references: a function that hands one out gives the caller a reference,
 *     _unref drops it. _unref(NULL) does nothing. No call takes over the caller's reference.
 *   - After fork() the child gets NETCHAN_FORK from every object made before; the parent is
 *     untouched.
 *   - Texts are UTF-8.
 */
#ifndef NETCHAN_H
#define NETCHAN_H

#include <stddef.h>
#include <stdint.h>

#define NETCHAN_VERSION_MAJOR  0
#define NETCHAN_VERSION_MINOR  1
#define NETCHAN_VERSION_PATCH  0
#define NETCHAN_VERSION_NUMBER 0x000100
#define NETCHAN_VERSION        "0.1.0"

#if defined(__GNUC__) || defined(__clang__)
#define NETCHAN_API __attribute__((visibility("default")))
#else
#define NETCHAN_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Results. The numbers are frozen; new ones are added below the last. */
#define NETCHAN_OK           0
#define NETCHAN_TIMEOUT      (-1)  /* the time given has passed, nothing was done */
#define NETCHAN_CLOSED       (-2)  /* ended by the other side's will, nothing is missing */
#define NETCHAN_LOST         (-3)  /* ended by a failure, something may be missing */
#define NETCHAN_INTERRUPTED  (-4)  /* a signal or the token ended the wait, nothing was done */
#define NETCHAN_DENIED       (-5)  /* the peer's rights do not allow it */
#define NETCHAN_NOCHANNEL    (-6)  /* no channel of that name */
#define NETCHAN_DIRECTION    (-7)  /* the channel goes the other way */
#define NETCHAN_EXISTS       (-8)  /* the name, or the file, is taken */
#define NETCHAN_BUSY         (-9)  /* too much at once; try again later */
#define NETCHAN_LIMIT        (-10) /* larger than a limit allows */
#define NETCHAN_VALUE        (-11) /* not a legal value, or no such member */
#define NETCHAN_TYPE         (-12) /* the value is of another kind */
#define NETCHAN_OPTION       (-13) /* unknown option, or a bad value for one */
#define NETCHAN_URL          (-14) /* an address that cannot be understood */
#define NETCHAN_REFUSED      (-15) /* nobody listens there */
#define NETCHAN_PROTOCOL     (-16) /* the peer broke the protocol */
#define NETCHAN_NOTSUP       (-17) /* not in this build or version */
#define NETCHAN_NOMEM        (-18) /* out of memory */
#define NETCHAN_NODESCRIPTOR (-19) /* out of file descriptors */
#define NETCHAN_FORK         (-20) /* the object belongs to the parent process */
#define NETCHAN_USAGE        (-21) /* the call makes no sense; a bug in the calling program */
#define NETCHAN_IO           (-22) /* the system refused an operation */
#define NETCHAN_TLS          (-23) /* a certificate or handshake was not acceptable */

/* Directions, always from the speaker's own side. */
#define NETCHAN_SEND 1
#define NETCHAN_RECV 2

/* What drain and sync wait for. */
#define NETCHAN_RECEIVED 1 /* held and checked by the peer's library */
#define NETCHAN_TAKEN    2 /* accepted by the peer's channel */

/* Kinds of values. */
#define NETCHAN_KIND_NULL    0
#define NETCHAN_KIND_FALSE   1
#define NETCHAN_KIND_TRUE    2
#define NETCHAN_KIND_INTEGER 3
#define NETCHAN_KIND_REAL    4
#define NETCHAN_KIND_STRING  5
#define NETCHAN_KIND_ARRAY   6
#define NETCHAN_KIND_OBJECT  7

typedef struct netchan_value netchan_value;       /* one JSON text, immutable */
typedef struct netchan_builder netchan_builder;   /* writes one value, piece by piece */
typedef struct netchan_channel netchan_channel;   /* a bounded queue of values */
typedef struct netchan_select netchan_select;     /* waits for the first of several operations */
typedef struct netchan_exporter netchan_exporter; /* publishes channels by name */
typedef struct netchan_importer netchan_importer; /* binds the channels of one exporter */
typedef struct netchan_options netchan_options;   /* settings by key and text */
typedef struct netchan_cancel netchan_cancel;     /* ends waits from another thread or a handler */

/* ---- Library ------------------------------------------------------------------------------- */

/* netchan_version - the version of the library in use, such as "0.1.0"
 *
 * NETCHAN_VERSION is the version the program was built with. The text is static. */
NETCHAN_API const char *netchan_version(void);

/* netchan_version_number - the version of the library in use as 0xMMmmpp
 *
 * Returns a number that compares with NETCHAN_VERSION_NUMBER, the version the program was built
 * with. */
NETCHAN_API int netchan_version_number(void);

/* netchan_feature - whether this build can do something
 *
 * Names: "tcp", "unix", "tls", "epoll". Returns 1 if it can, 0 if not or the name is unknown. */
NETCHAN_API int netchan_feature(const char *name);

/* netchan_strerror - the one-line meaning of a result code
 *
 * The text is static; an unknown code gives a text that says so. */
NETCHAN_API const char *netchan_strerror(int code);

/* netchan_error_name - the frozen name of a result code, such as "timeout"
 *
 * The same names stand in errors entries and on the wire. The text is static. */
NETCHAN_API const char *netchan_error_name(int code);

/* netchan_error_text - what the calling thread's last failed call says about its failure
 *
 * Names the thing that failed and what to do. Valid until that thread's next netchan call; "" when
 * nothing has failed. Never NULL. */
NETCHAN_API const char *netchan_error_text(void);

/* ---- Options ------------------------------------------------------------------------------- */

/* netchan_options_new - an empty set of options
 *
 * Keys, their meaning, defaults and where each may be given stand in netchan-options(7).
 *
 * Errors: NETCHAN_NOMEM. */
NETCHAN_API int netchan_options_new(netchan_options **options);

/* netchan_options_set - set one option by key and text
 *
 * A later setting of the same key replaces the earlier. The texts are copied. One thread at a time
 * may change a set; calls that are given it read it and keep nothing of it.
 *
 * Errors: NETCHAN_OPTION (unknown key: the text lists the known ones; or a value out of its range),
 * NETCHAN_NOMEM, NETCHAN_USAGE. */
NETCHAN_API int netchan_options_set(netchan_options *options, const char *key, const char *value);

/* netchan_options_unref - drop a set of options */
NETCHAN_API void netchan_options_unref(netchan_options *options);

/* netchan_policy_explain - what the policy of a set of options says to a question
 *
 * options has the key policy or policy.text; netchan-policy(7) describes policies. question is an
 * object with the members "identity" (the names of a peer: a list such as ["dns:host.example"], []
 * for one of whom nothing is known), "channel" and "direction" ("send" or "recv", as the peer sees
 * it). *answer is an object with "allowed", "close" (the end of the peer's stream may end the
 * channel), "rule" (the one that decided, counted from 1; 0: none did) and "text". Reads the
 * policy's file; any thread.
 *
 * Errors: NETCHAN_OPTION (no policy, or one that is not in order: the text names file, rule and
 * member), NETCHAN_REFUSED, NETCHAN_DENIED, NETCHAN_IO (the file cannot be read), NETCHAN_VALUE
 * (the question), NETCHAN_NOMEM, NETCHAN_USAGE. */
NETCHAN_API int netchan_policy_explain(const netchan_options *options,
                                       const netchan_value *question, netchan_value **answer);

/* ---- Cancel tokens ------------------------------------------------------------------------- */

/* netchan_cancel_new - a token that ends waits
 *
 * Give it to any number of waits in any number of threads. It holds one descriptor.
 *
 * Errors: NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR. */
NETCHAN_API int netchan_cancel_new(netchan_cancel **cancel);

/* netchan_cancel_fire - end every wait that was or will be given this token
 *
 * Stays fired until netchan_cancel_reset. A wait whose result is there already still returns it.
 * Safe to call from a signal handler: it is one write to a descriptor. */
NETCHAN_API void netchan_cancel_fire(netchan_cancel *cancel);

/* netchan_cancel_reset - make a fired token usable again */
NETCHAN_API void netchan_cancel_reset(netchan_cancel *cancel);

/* netchan_cancel_ref - one more reference; returns its argument */
NETCHAN_API netchan_cancel *netchan_cancel_ref(netchan_cancel *cancel);

/* netchan_cancel_unref - drop a reference */
NETCHAN_API void netchan_cancel_unref(netchan_cancel *cancel);

/* ---- Values -------------------------------------------------------------------------------- */

/* netchan_value_new - a value from a JSON text
 *
 * The text is copied and checked: strict RFC 8259, any kind at the top level, no duplicate names,
 * no lone surrogates, integers from -2^63 to 2^63-1, reals finite as a double, at most 512 levels
 * deep and 128 MiB long. (What a link accepts is bounded by limit.value and limit.depth.)
 *
 * Errors: NETCHAN_VALUE (with line, column and reason), NETCHAN_LIMIT, NETCHAN_NOMEM. */
NETCHAN_API int netchan_value_new(const char *text, size_t length, netchan_value **value);

/* netchan_value_ref - one more reference; returns its argument */
NETCHAN_API netchan_value *netchan_value_ref(netchan_value *value);

/* netchan_value_unref - drop a reference */
NETCHAN_API void netchan_value_unref(netchan_value *value);

/* netchan_value_text - the text, exactly as it was given or received
 *
 * Borrowed: valid as long as the value. A NUL byte follows it. length may be NULL. */
NETCHAN_API const char *netchan_value_text(const netchan_value *value, size_t *length);

/* netchan_value_kind - the kind of a node
 *
 * Nodes are numbers; 0 is the whole value, others come from netchan_value_member, _element, _key
 * and _next. Returns one of NETCHAN_KIND_.
 *
 * Errors: NETCHAN_USAGE (no such node). */
NETCHAN_API int netchan_value_kind(const netchan_value *value, int64_t node);

/* netchan_value_integer - read an integer
 *
 * Errors: NETCHAN_TYPE (another kind), NETCHAN_USAGE. */
NETCHAN_API int netchan_value_integer(const netchan_value *value, int64_t node, int64_t *number);

/* netchan_value_real - read a real, or an integer as the nearest real
 *
 * Errors: NETCHAN_TYPE (another kind), NETCHAN_USAGE. */
NETCHAN_API int netchan_value_real(const netchan_value *value, int64_t node, double *number);

/* netchan_value_string - read a string
 *
 * Borrowed: valid as long as the value. Unescaped; may hold NUL bytes and is not followed by one,
 * so use the length.
 *
 * Errors: NETCHAN_TYPE (another kind), NETCHAN_USAGE. */
NETCHAN_API int netchan_value_string(const netchan_value *value, int64_t node, const char **text,
                                     size_t *length);

/* netchan_value_size - how many members an object or elements an array has
 *
 * Errors: NETCHAN_TYPE (neither), NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_value_size(const netchan_value *value, int64_t node);

/* netchan_value_member - the node of an object's member, by its unescaped name
 *
 * Looks through the members in order.
 *
 * Errors: NETCHAN_VALUE (no such member), NETCHAN_TYPE (not an object), NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_value_member(const netchan_value *value, int64_t node, const char *name,
                                         size_t length);

/* netchan_value_element - the node of an array's element, counted from 0
 *
 * Walks there from the first; a loop over all elements uses netchan_value_next.
 *
 * Errors: NETCHAN_VALUE (no such element), NETCHAN_TYPE (not an array), NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_value_element(const netchan_value *value, int64_t node, int64_t index);

/* netchan_value_key - the name and node of an object's member, counted from 0
 *
 * The name is borrowed like a string. Walks there from the first. Returns the node.
 *
 * Errors: NETCHAN_VALUE (no such member), NETCHAN_TYPE (not an object), NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_value_key(const netchan_value *value, int64_t node, int64_t index,
                                      const char **name, size_t *length);

/* netchan_value_next - the node behind this one in its array or object
 *
 * With an object, name and length (which may be NULL) receive the next member's name. Returns the
 * node.
 *
 * Errors: NETCHAN_VALUE (this was the last), NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_value_next(const netchan_value *value, int64_t node, const char **name,
                                       size_t *length);

/* netchan_builder_new - write a value without a JSON library
 *
 * The calls below append; the first error sticks and is returned by every later call and by
 * netchan_builder_finish, so a program may look at that one alone. One thread at a time.
 *
 * Errors: NETCHAN_NOMEM. */
NETCHAN_API int netchan_builder_new(netchan_builder **builder);

/* netchan_builder_null - append null
 *
 * Errors: NETCHAN_USAGE (a name is missing before it, or the value is whole already),
 * NETCHAN_NOMEM. */
NETCHAN_API int netchan_builder_null(netchan_builder *builder);

/* netchan_builder_boolean - append true (any number but 0) or false
 *
 * Errors: as netchan_builder_null. */
NETCHAN_API int netchan_builder_boolean(netchan_builder *builder, int truth);

/* netchan_builder_integer - append an integer
 *
 * Errors: as netchan_builder_null. */
NETCHAN_API int netchan_builder_integer(netchan_builder *builder, int64_t number);

/* netchan_builder_real - append a real, with as many digits as it takes to read it back unchanged
 *
 * Errors: NETCHAN_VALUE (infinite, or not a number), and as netchan_builder_null. */
NETCHAN_API int netchan_builder_real(netchan_builder *builder, double number);

/* netchan_builder_string - append a string
 *
 * length counts bytes; NUL bytes are carried.
 *
 * Errors: NETCHAN_VALUE (not UTF-8), and as netchan_builder_null. */
NETCHAN_API int netchan_builder_string(netchan_builder *builder, const char *text, size_t length);

/* netchan_builder_value - append a whole value, its text unchanged
 *
 * Errors: as netchan_builder_null. */
NETCHAN_API int netchan_builder_value(netchan_builder *builder, const netchan_value *value);

/* netchan_builder_begin_object - open an object
 *
 * Errors: NETCHAN_LIMIT (too deep), and as netchan_builder_null. */
NETCHAN_API int netchan_builder_begin_object(netchan_builder *builder);

/* netchan_builder_key - append a member's name; its value comes next
 *
 * Errors: NETCHAN_VALUE (not UTF-8), NETCHAN_USAGE (not in an object, or a value is due). */
NETCHAN_API int netchan_builder_key(netchan_builder *builder, const char *name, size_t length);

/* netchan_builder_end_object - close the innermost object
 *
 * Errors: NETCHAN_USAGE (no object is open, or a name waits for its value), NETCHAN_NOMEM. */
NETCHAN_API int netchan_builder_end_object(netchan_builder *builder);

/* netchan_builder_begin_array - open an array
 *
 * Errors: NETCHAN_LIMIT (too deep), and as netchan_builder_null. */
NETCHAN_API int netchan_builder_begin_array(netchan_builder *builder);

/* netchan_builder_end_array - close the innermost array
 *
 * Errors: NETCHAN_USAGE (no array is open), NETCHAN_NOMEM. */
NETCHAN_API int netchan_builder_end_array(netchan_builder *builder);

/* netchan_builder_finish - end the text and make the value
 *
 * The text is checked once more as a whole (duplicate names). The builder is empty afterwards, also
 * on failure, and may be used again.
 *
 * Errors: the first error of the calls before, NETCHAN_VALUE, NETCHAN_LIMIT, NETCHAN_NOMEM,
 * NETCHAN_USAGE (nothing was written, or something is still open). */
NETCHAN_API int netchan_builder_finish(netchan_builder *builder, netchan_value **value);

/* netchan_builder_reset - forget what was written and the first error */
NETCHAN_API void netchan_builder_reset(netchan_builder *builder);

/* netchan_builder_unref - free a builder */
NETCHAN_API void netchan_builder_unref(netchan_builder *builder);

/* ---- Channels ------------------------------------------------------------------------------ */

/* netchan_channel_new - a channel that holds up to capacity values
 *
 * Works without any network. Any number of threads may send and receive. With capacity 0 a send
 * returns when a receiver has the value: a thread that receives, or a link with credit.
 *
 * Errors: NETCHAN_NOMEM, NETCHAN_LIMIT (capacity over 16,777,216). */
NETCHAN_API int netchan_channel_new(size_t capacity, netchan_channel **channel);

/* netchan_channel_ref - one more reference; returns its argument */
NETCHAN_API netchan_channel *netchan_channel_ref(netchan_channel *channel);

/* netchan_channel_unref - drop a reference
 *
 * The last one frees the channel and what is in it. Exporters, importers and links hold references
 * of their own. */
NETCHAN_API void netchan_channel_unref(netchan_channel *channel);

/* netchan_channel_hold - keep the channel from ending when its streams end
 *
 * Counts as one more stream that feeds the channel. A program that merges several imports into one
 * channel holds it, binds them all, and releases it.
 *
 * Errors: NETCHAN_CLOSED, NETCHAN_LOST (it has ended already). */
NETCHAN_API int netchan_channel_hold(netchan_channel *channel);

/* netchan_channel_release - take one hold back
 *
 * With the last hold gone and no stream left the channel ends.
 *
 * Errors: NETCHAN_USAGE (there is no hold). */
NETCHAN_API int netchan_channel_release(netchan_channel *channel);

/* netchan_channel_send - put a value into a channel
 *
 * Waits for room. The channel takes a reference of its own.
 *
 * Errors: NETCHAN_CLOSED, NETCHAN_LOST (the channel has ended, how), NETCHAN_TIMEOUT,
 * NETCHAN_INTERRUPTED, NETCHAN_LIMIT (longer or deeper than a link that the channel is bound to
 * allows), NETCHAN_USAGE (an errors channel), NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_channel_send(netchan_channel *channel, netchan_value *value, int64_t ms,
                                     netchan_cancel *cancel);

/* netchan_channel_send_text - put a JSON text into a channel
 *
 * netchan_value_new and netchan_channel_send in one call; the text is copied.
 *
 * Errors: those of both. */
NETCHAN_API int netchan_channel_send_text(netchan_channel *channel, const char *text, size_t length,
                                          int64_t ms, netchan_cancel *cancel);

/* netchan_channel_send_many - put several values into a channel
 *
 * Waits for room for the first, then puts in as many more as there is room for. Returns how many
 * were put in, 1 to count; an error met after the first is told by the next call.
 *
 * Errors: as netchan_channel_send. */
NETCHAN_API int64_t netchan_channel_send_many(netchan_channel *channel,
                                              netchan_value *const *values, size_t count,
                                              int64_t ms, netchan_cancel *cancel);

/* netchan_channel_recv - take a value out of a channel
 *
 * The caller gets a reference.
 *
 * Errors: NETCHAN_CLOSED, NETCHAN_LOST (the channel has ended, how, and is empty),
 * NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR, NETCHAN_FORK. */
NETCHAN_API int netchan_channel_recv(netchan_channel *channel, netchan_value **value, int64_t ms,
                                     netchan_cancel *cancel);

/* netchan_channel_recv_many - take several values out of a channel
 *
 * Waits for the first, then takes what is there. Returns how many, 1 to count; an end or error met
 * after the first is told by the next call. The caller gets a reference for each.
 *
 * Errors: as netchan_channel_recv. */
NETCHAN_API int64_t netchan_channel_recv_many(netchan_channel *channel, netchan_value **values,
                                              size_t count, int64_t ms, netchan_cancel *cancel);

/* netchan_channel_close - no more values will be sent
 *
 * Idempotent, never waits. Values in the channel stay readable; senders that wait get
 * NETCHAN_CLOSED; importers of an exported channel get what is left, then closed. Streams that
 * feed the channel are hung up.
 *
 * Errors: NETCHAN_USAGE (an errors channel), NETCHAN_FORK. */
NETCHAN_API int netchan_channel_close(netchan_channel *channel);

/* netchan_channel_length - how many values can be taken out now
 *
 * Counts values queued, values returned from streams, and values that a stream has received and
 * the channel has not taken yet. */
NETCHAN_API size_t netchan_channel_length(netchan_channel *channel);

/* netchan_channel_capacity - the capacity given at creation */
NETCHAN_API size_t netchan_channel_capacity(const netchan_channel *channel);

/* netchan_channel_state - whether the channel has ended
 *
 * Returns NETCHAN_OK while values may be sent, else NETCHAN_CLOSED or NETCHAN_LOST with the cause
 * as the error text. Values may still be readable. */
NETCHAN_API int netchan_channel_state(netchan_channel *channel);

/* netchan_channel_fd - a descriptor that is readable while the channel is ready
 *
 * For event loops: with NETCHAN_RECV it is readable while a receive would not wait, with
 * NETCHAN_SEND while a send would not wait; both are polled for *readable*, level-triggered. It
 * belongs to the channel: never read, write or close it. Made at the first call. Ready is a hint:
 * another thread may be faster, so receive or send with ms 0. With capacity 0 a channel is ready
 * for a send when a receiver waits or a link has credit, so two programs that only poll never meet.
 * Returns the descriptor.
 *
 * Errors: NETCHAN_NODESCRIPTOR, NETCHAN_NOMEM, NETCHAN_USAGE (no such direction),
 * NETCHAN_FORK. */
NETCHAN_API int netchan_channel_fd(netchan_channel *channel, int direction);

/* ---- Select -------------------------------------------------------------------------------- */

/* netchan_select_new - wait for the first of several sends and receives
 *
 * A select is made once and used many times. One thread at a time may use it.
 *
 * Errors: NETCHAN_NOMEM. */
NETCHAN_API int netchan_select_new(netchan_select **select);

/* netchan_select_add_recv - add the case "receive from channel"
 *
 * Returns the case's number, counted from 0 and never reused. The select keeps a reference to the
 * channel.
 *
 * Errors: NETCHAN_NOMEM, NETCHAN_LIMIT (more than 65,536 cases), NETCHAN_BUSY, NETCHAN_USAGE. */
NETCHAN_API int64_t netchan_select_add_recv(netchan_select *select, netchan_channel *channel);

/* netchan_select_add_send - add the case "send value to channel"
 *
 * value may be NULL: the case is off until netchan_select_set. The select keeps a reference to
 * the channel and the value. When the case was chosen the value has been sent and the case is
 * off. Returns the case's number.
 *
 * Errors: as netchan_select_add_recv. */
NETCHAN_API int64_t netchan_select_add_send(netchan_select *select, netchan_channel *channel,
                                            netchan_value *value);

/* netchan_select_set - give a send case its next value, or turn it off with NULL
 *
 * Errors: NETCHAN_USAGE (no such send case), NETCHAN_BUSY (another thread waits in it). */
NETCHAN_API int netchan_select_set(netchan_select *select, int64_t number, netchan_value *value);

/* netchan_select_enable - turn a receive case on (1, as it begins) or off (0)
 *
 * Errors: NETCHAN_USAGE (no such receive case), NETCHAN_BUSY. */
NETCHAN_API int netchan_select_enable(netchan_select *select, int64_t number, int on);

/* netchan_select_remove - drop a case and its references
 *
 * Errors: NETCHAN_USAGE (no such case), NETCHAN_BUSY. */
NETCHAN_API int netchan_select_remove(netchan_select *select, int64_t number);

/* netchan_select_wait - wait until one case can go ahead, and do it
 *
 * Fair: among cases that are ready each is chosen in its turn. number receives the case that was
 * chosen (-1: none). Returns NETCHAN_OK (a receive case put its value, with a reference, into
 * *value), or NETCHAN_CLOSED or NETCHAN_LOST: the channel of that case has ended. With every case
 * off it waits for the time or the token.
 *
 * Errors: NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED (number is not written), NETCHAN_BUSY (another
 * thread waits in it), NETCHAN_LIMIT, NETCHAN_USAGE, NETCHAN_NODESCRIPTOR, NETCHAN_NOMEM,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_select_wait(netchan_select *select, int64_t *number, netchan_value **value,
                                    int64_t ms, netchan_cancel *cancel);

/* netchan_select_unref - free a select and its references */
NETCHAN_API void netchan_select_unref(netchan_select *select);

/* ---- Exporter ------------------------------------------------------------------------------ */

/* netchan_exporter_new - publish channels
 *
 * options may be NULL; its keys are those of scope exporter in netchan-options(7). Files that they
 * name (certificates, a policy) are read now. Starts the library's I/O thread if it is not running.
 *
 * Errors: NETCHAN_OPTION (also a policy that is not in order), NETCHAN_TLS (a certificate or key
 * that cannot be used: the text names option and file), NETCHAN_REFUSED, NETCHAN_DENIED, NETCHAN_IO
 * (a file cannot be read), NETCHAN_NOTSUP, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR. */
NETCHAN_API int netchan_exporter_new(const netchan_options *options, netchan_exporter **exporter);

/* netchan_exporter_listen - accept importers on an address
 *
 * url is tcp://HOST:PORT or tls://HOST:PORT (port 0 picks a free one; IPv6 hosts in brackets),
 * unix:/PATH, or fd:N for a listening socket that was inherited, which then belongs to the
 * exporter. May be called several times. A unix socket file that nobody listens on any more is
 * replaced, one in use is not. What each tls:// importer must show is said by the exporter's
 * options.
 *
 * Errors: NETCHAN_URL, NETCHAN_EXISTS (port or file in use), NETCHAN_NOTSUP (tls:// in a build
 * without TLS), NETCHAN_OPTION (tls:// without option tls.cert), NETCHAN_IO,
 * NETCHAN_DENIED (no permission), NETCHAN_REFUSED (no such host), NETCHAN_TIMEOUT,
 * NETCHAN_INTERRUPTED (while the name was looked up), NETCHAN_CLOSED, NETCHAN_NOMEM,
 * NETCHAN_NODESCRIPTOR, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_listen(netchan_exporter *exporter, const char *url, int64_t ms,
                                        netchan_cancel *cancel);

/* netchan_exporter_address - the i-th address that importers can connect to, counted from 0
 *
 * With the port that was picked. Valid as long as the exporter; NULL when there is none. */
NETCHAN_API const char *netchan_exporter_address(netchan_exporter *exporter, size_t index);

/* netchan_exporter_serve_fd - serve one importer over a connected descriptor
 *
 * A stream socket (socketpair, inetd, socket activation). On success it belongs to the library,
 * which makes it non-blocking and close-on-exec; on failure it still belongs to the caller.
 *
 * Errors: NETCHAN_USAGE (not a connected stream socket), NETCHAN_CLOSED, NETCHAN_LIMIT,
 * NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR, NETCHAN_IO, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_serve_fd(netchan_exporter *exporter, int fd);

/* netchan_exporter_export - publish a channel under a name
 *
 * direction is the program's own: NETCHAN_SEND when it sends and importers receive. The name is 1
 * to 255 bytes of UTF-8, unique in the exporter. Several importers of a send channel compete for
 * its values; those of a receive channel are merged. options may be NULL; keys of scope export.
 *
 * Errors: NETCHAN_EXISTS, NETCHAN_VALUE (the name), NETCHAN_LIMIT (the channel holds a value over
 * this exporter's limits, or is bound the other way with limits that do not fit these),
 * NETCHAN_USAGE (direction; an errors channel exported for receiving), NETCHAN_CLOSED (exporter
 * closed), NETCHAN_OPTION, NETCHAN_NOMEM, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_export(netchan_exporter *exporter, const char *name,
                                        netchan_channel *channel, int direction,
                                        const netchan_options *options);

/* netchan_exporter_hangup - forget a name, end its streams, close its channel
 *
 * Never waits. Importers get closed, or lost when values were left in a send channel; those stay
 * readable by this program and are counted by the next drain or sync.
 *
 * Errors: NETCHAN_NOCHANNEL, NETCHAN_CLOSED, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_hangup(netchan_exporter *exporter, const char *name);

/* netchan_exporter_drain - wait until everything sent is acknowledged
 *
 * Covers every value whose send had returned success on a channel exported for sending; also waits
 * while there is no importer. On a channel that was closed it returns after its streams' close was
 * written. level is NETCHAN_RECEIVED or NETCHAN_TAKEN.
 *
 * Errors: NETCHAN_LOST (something cannot be acknowledged any more; the text has the counts),
 * NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_CLOSED (exporter closed), NETCHAN_USAGE,
 * NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_drain(netchan_exporter *exporter, int level, int64_t ms,
                                       netchan_cancel *cancel);

/* netchan_exporter_sync - wait until what had been sent when the call began is acknowledged
 *
 * Covers values that a link has or had when the call began, and follows those that return and go
 * to another importer; values still waiting in a channel are not covered.
 *
 * Errors: as netchan_exporter_drain. */
NETCHAN_API int netchan_exporter_sync(netchan_exporter *exporter, int level, int64_t ms,
                                      netchan_cancel *cancel);

/* netchan_exporter_errors - the channel of what went wrong in the background
 *
 * Values are objects with code and text, and where they apply peer, channel, returned, lost and
 * untaken (numbers of values). It keeps the newest 256 and says in "dropped" how many older ones
 * were let go so far. Receive only; ends when the exporter is closed; may
 * outlive it. The caller gets a reference.
 *
 * Errors: NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_errors(netchan_exporter *exporter, netchan_channel **errors);

/* netchan_exporter_stats - figures of the moment, as a value
 *
 * Members: role, lost (values told as lost), errors_dropped, promised (window bytes), links,
 * greeting (links that have not greeted yet), addresses, peers, identities (for each peer, in the
 * same order, the names that it proved to have, see netchan-policy(7)), channels (each name,
 * direction, length, capacity, returned, dropped, streams), streams (each name, direction, peer,
 * size, window, sent, received, taken, queued, unacknowledged, stalled_ms). The caller gets a
 * reference.
 *
 * Errors: NETCHAN_NOMEM, NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_stats(netchan_exporter *exporter, netchan_value **stats);

/* netchan_exporter_close - end everything: hang every name up, say bye, stop listening
 *
 * Idempotent, never waits, wakes every wait on the exporter with NETCHAN_CLOSED. What was written
 * is still delivered in the background: wait for it with netchan_exporter_wait_closed.
 *
 * Errors: NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_close(netchan_exporter *exporter);

/* netchan_exporter_wait_closed - close, and wait until every link has ended in order
 *
 * Returns when bye is written and the peer's end of file was read on every link, or link.linger is
 * over. A program's last netchan call: with the last exporter or importer the library's I/O thread
 * has ended too.
 *
 * Errors: NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_exporter_wait_closed(netchan_exporter *exporter, int64_t ms,
                                             netchan_cancel *cancel);

/* netchan_exporter_unref - drop the exporter
 *
 * Closes it if that was not done, which ends calls that wait in other threads. Never waits. */
NETCHAN_API void netchan_exporter_unref(netchan_exporter *exporter);

/* ---- Importer ------------------------------------------------------------------------------ */

/* netchan_importer_connect - connect to an exporter
 *
 * url is tcp://HOST:PORT, tls://HOST:PORT, unix:/PATH, or fd:N for a connected stream socket that
 * was inherited, which then belongs to the importer. Returns when both sides have greeted each
 * other; over tls:// that includes that the exporter's certificate was found to be HOST's, and that
 * the exporter took ours. options may be NULL; keys of scope importer.
 *
 * Errors: NETCHAN_URL, NETCHAN_REFUSED (nobody listens), NETCHAN_PROTOCOL (something else does),
 * NETCHAN_BUSY (too many wait at a unix socket already), NETCHAN_LOST (the link broke in the
 * greeting), NETCHAN_TLS (a certificate or handshake was not acceptable: the text names the
 * certificate and the rule), NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_NOTSUP (tls:// in a build
 * without TLS), NETCHAN_OPTION, NETCHAN_IO, NETCHAN_DENIED, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR. */
NETCHAN_API int netchan_importer_connect(const char *url, const netchan_options *options,
                                         int64_t ms, netchan_cancel *cancel,
                                         netchan_importer **importer);

/* netchan_importer_from_fd - import over a connected descriptor
 *
 * The other end of netchan_exporter_serve_fd. On success the descriptor belongs to the library, on
 * failure it still belongs to the caller.
 *
 * Errors: NETCHAN_USAGE, and as netchan_importer_connect. */
NETCHAN_API int netchan_importer_from_fd(int fd, const netchan_options *options, int64_t ms,
                                         netchan_cancel *cancel, netchan_importer **importer);

/* netchan_importer_import - bind a channel to an exported one
 *
 * direction is the program's own: NETCHAN_RECV when it receives. size is how many values this side
 * or, for a send, the exporter will hold for the stream, 1 and up (0: the default of 8,192); a
 * rate is at most size per round trip. count is how many values the import is for, 1 and up, or -1
 * for no limit; 0 is refused.
 * Option wait: have the exporter wait that many milliseconds for the name to appear (-1: for ever).
 * Option async: return at once; a refusal then ends the channel with that error. options may be
 * NULL; keys of scope import.
 *
 * Errors: NETCHAN_NOCHANNEL, NETCHAN_DIRECTION, NETCHAN_DENIED, NETCHAN_LIMIT, NETCHAN_BUSY,
 * NETCHAN_CLOSED (the channel, the exported one or the importer has ended), NETCHAN_EXISTS (the
 * name is imported already), NETCHAN_LOST (the link is gone), NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED,
 * NETCHAN_VALUE (the name), NETCHAN_USAGE, NETCHAN_OPTION, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_importer_import(netchan_importer *importer, const char *name,
                                        netchan_channel *channel, int direction, int64_t size,
                                        int64_t count, const netchan_options *options, int64_t ms,
                                        netchan_cancel *cancel);

/* netchan_importer_list - the names the exporter lets this importer see
 *
 * An array of objects with name, direction (the exporter's), length, capacity and streams, in the
 * order of names; only those whose name contains filter (NULL or "": all). The caller gets a
 * reference.
 *
 * Errors: NETCHAN_LOST, NETCHAN_CLOSED, NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_VALUE (the
 * filter), NETCHAN_BUSY (another thread lists), NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_importer_list(netchan_importer *importer, const char *filter, int64_t ms,
                                      netchan_cancel *cancel, netchan_value **names);

/* netchan_importer_hangup - end an import and close its channel
 *
 * Never waits. Values received already stay readable; values of a send channel that were never
 * acknowledged return to it.
 *
 * Errors: NETCHAN_NOCHANNEL, NETCHAN_CLOSED, NETCHAN_LOST, NETCHAN_FORK. */
NETCHAN_API int netchan_importer_hangup(netchan_importer *importer, const char *name);

/* netchan_importer_drain - wait until everything sent is acknowledged
 *
 * As netchan_exporter_drain, for channels bound by a live send import.
 *
 * Errors: as netchan_exporter_drain. */
NETCHAN_API int netchan_importer_drain(netchan_importer *importer, int level, int64_t ms,
                                       netchan_cancel *cancel);

/* netchan_importer_sync - wait until what had been sent when the call began is acknowledged
 *
 * As netchan_exporter_sync.
 *
 * Errors: as netchan_exporter_drain. */
NETCHAN_API int netchan_importer_sync(netchan_importer *importer, int level, int64_t ms,
                                      netchan_cancel *cancel);

/* netchan_importer_errors - the channel of what went wrong in the background
 *
 * As netchan_exporter_errors.
 *
 * Errors: NETCHAN_FORK. */
NETCHAN_API int netchan_importer_errors(netchan_importer *importer, netchan_channel **errors);

/* netchan_importer_stats - figures of the moment, as a value
 *
 * As netchan_exporter_stats.
 *
 * Errors: NETCHAN_NOMEM, NETCHAN_FORK. */
NETCHAN_API int netchan_importer_stats(netchan_importer *importer, netchan_value **stats);

/* netchan_importer_close - hang every import up and say bye
 *
 * Idempotent, never waits, wakes every wait on the importer with NETCHAN_CLOSED.
 *
 * Errors: NETCHAN_FORK. */
NETCHAN_API int netchan_importer_close(netchan_importer *importer);

/* netchan_importer_wait_closed - close, and wait until the link has ended in order
 *
 * As netchan_exporter_wait_closed.
 *
 * Errors: NETCHAN_TIMEOUT, NETCHAN_INTERRUPTED, NETCHAN_NOMEM, NETCHAN_NODESCRIPTOR,
 * NETCHAN_FORK. */
NETCHAN_API int netchan_importer_wait_closed(netchan_importer *importer, int64_t ms,
                                             netchan_cancel *cancel);

/* netchan_importer_unref - drop the importer
 *
 * Closes it if that was not done, which ends calls that wait in other threads. Never waits. */
NETCHAN_API void netchan_importer_unref(netchan_importer *importer);

#ifdef __cplusplus
}
#endif
#endif
