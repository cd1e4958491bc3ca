/* SPDX-License-Identifier: MIT */
/*
 * Judging, counting and taking apart. What belongs to the test itself is not to fail: it is spared.
 */
#include "steps.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE  20000 /* ms, where nothing fails */
#define SHORT     80    /* ms, where something may */
#define MUCH_LATE 10000 /* ms */
#define BIG_BYTES 100000

const struct fault_control *faults;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int complaint_count;
static enum step_faults with_faults;

static _Thread_local const char *current = "";
static _Thread_local int64_t began;
static _Thread_local int tries;

/* ---- calls ---- */

void complain(const char *format, ...)
{
    va_list list;
    faults->spare(1);
    pthread_mutex_lock(&lock);
    complaint_count++;
    va_start(list, format);
    printf("! ");
    vprintf(format, list);
    printf("\n");
    va_end(list);
    fflush(stdout);
    pthread_mutex_unlock(&lock);
    faults->spare(0);
}

int complaints(void)
{
    pthread_mutex_lock(&lock);
    int count = complaint_count;
    pthread_mutex_unlock(&lock);
    return count;
}

int64_t step_clock_ms(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

void step_begin(const char *call)
{
    current = call;
    began = step_clock_ms();
}

const char *step_now(void)
{
    return current;
}

void step_start(enum step_faults faults_now)
{
    __atomic_store_n(&with_faults, faults_now, __ATOMIC_SEQ_CST);
}

void step_calm(void)
{
    faults->disarm();
    step_start(STEP_CALM);
}

static enum step_faults now(void)
{
    return __atomic_load_n(&with_faults, __ATOMIC_SEQ_CST);
}

static int faulty(void)
{
    return now() == STEP_HARD;
}

int64_t step_ms(void)
{
    return faulty() ? SHORT : PATIENCE;
}

/* Nothing is worth waiting that long for: a wake-up was lost. */
static void judge_time(void)
{
    int64_t took = step_clock_ms() - began;
    if (took > MUCH_LATE)
        complain("%s: took %ld ms", current, (long)took);
}

/* A failure: it must be one of these, and say something. */
static void judge(int64_t result, unsigned allowed)
{
    if (result >= 0)
        return;
    const char *name = netchan_error_name((int)result), *text = netchan_error_text();
    if (result < NETCHAN_TLS || !(allowed >> -result & 1))
        complain("%s: %s (%s) is not documented", current, name, text);
    else if (!*text)
        complain("%s: %s without a text", current, name);
}

int64_t step_judge(int64_t result, unsigned allowed)
{
    judge_time();
    int tolerated = now() == STEP_MILD && result == NETCHAN_INTERRUPTED;
    if (result < 0 && !faulty() && !tolerated)
        complain("%s: %s (%s) although nothing prevents it", current,
                 netchan_error_name((int)result), netchan_error_text());
    else
        judge(result, allowed);
    return result;
}

int step_refused(int64_t result, int64_t code, unsigned allowed)
{
    judge_time();
    if (result == code)
        judge(result, 1u << -code);
    else if (result >= 0)
        complain("%s: succeeds, and is to be refused", current);
    else if (faulty() || (now() == STEP_MILD && result == NETCHAN_INTERRUPTED))
        judge(result, allowed);
    else
        complain("%s: %s (%s), not %s", current, netchan_error_name((int)result),
                 netchan_error_text(), netchan_error_name((int)code));
    return result == code;
}

int step_again(int64_t result)
{
    int shortage =
        result == NETCHAN_NOMEM || result == NETCHAN_NODESCRIPTOR || result == NETCHAN_INTERRUPTED;
    tries = shortage && tries < 3 ? tries + 1 : 0;
    return tries > 0;
}

/* ---- values that are counted ---- */

const char *flow_text(int number, size_t *length)
{
    static _Thread_local char text[BIG_BYTES + 32];
    if (number != FLOW_BIG) {
        *length = (size_t)snprintf(text, sizeof text, "%d", number);
        return text;
    }
    int begin = snprintf(text, sizeof text, "[%d,\"", number);
    memset(text + begin, 'x', BIG_BYTES);
    memcpy(text + begin + BIG_BYTES, "\"]", 3);
    *length = (size_t)begin + BIG_BYTES + 2;
    return text;
}

static int number_of(const netchan_value *value)
{
    int64_t number = -1, node = 0;
    size_t length;
    (void)netchan_value_text(value, &length);
    if (netchan_value_kind(value, 0) == NETCHAN_KIND_ARRAY) {
        node = netchan_value_element(value, 0, 0);
        if (length < BIG_BYTES)
            node = -1;
    }
    if (node < 0 || netchan_value_integer(value, node, &number) || number < 0 ||
        number >= FLOW_VALUES || (node != 0) != (number == FLOW_BIG))
        return -1;
    return (int)number;
}

int flow_open(struct flow *flow, size_t capacity)
{
    int64_t status = 0;
    flow->last = -1;
    if (!flow->from)
        INSIST(status, CAN_MEMORY, netchan_channel_new(capacity, &flow->from));
    if (status == 0 && !flow->to)
        INSIST(status, CAN_MEMORY, netchan_channel_new(capacity, &flow->to));
    return status < 0;
}

void flow_send(struct flow *flow, int count)
{
    for (; count > 0 && flow->count < FLOW_VALUES; count--) {
        int64_t status;
        size_t length;
        const char *text = flow_text(flow->count, &length);
        INSIST(status, CAN_SEND,
               netchan_channel_send_text(flow->from, text, length, step_ms(), NULL));
        flow->sent[flow->count++] = status == 0;
        if (status == NETCHAN_CLOSED || status == NETCHAN_LOST || status == NETCHAN_TIMEOUT)
            return;
    }
}

void flow_note(struct flow *flow, netchan_value *value)
{
    int number = number_of(value);
    if (number < 0)
        complain("a value came that was never sent");
    else if (number <= flow->last && !flow->again)
        complain("value %d came after value %d", number, flow->last);
    if (number >= 0)
        flow->got[number]++;
    if (number > flow->last)
        flow->last = number;
    netchan_value_unref(value);
}

void flow_recv(struct flow *flow, int count, netchan_cancel *cancel)
{
    for (; count > 0; count--) {
        netchan_value *value = NULL;
        int64_t status;
        INSIST(status, CAN_RECV, netchan_channel_recv(flow->to, &value, step_ms(), cancel));
        if (status)
            return;
        flow_note(flow, value);
    }
}

void flow_told(struct flow *flow)
{
    for (int i = 0; i < flow->count; i++)
        flow->told[i] |= flow->sent[i];
}

static void read_to(struct flow *flow)
{
    netchan_value *value = NULL;
    int status;
    while ((status = netchan_channel_recv(flow->to, &value, 0, NULL)) == 0)
        flow_note(flow, value);
    flow->end = status;
}

int flow_renew(struct flow *flow, size_t capacity)
{
    int64_t status;
    read_to(flow);
    netchan_channel_unref(flow->to);
    flow->to = NULL;
    flow->bound = 0;
    INSIST(status, CAN_MEMORY, netchan_channel_new(capacity, &flow->to));
    return status < 0;
}

static void read_out(struct flow *flow)
{
    netchan_value *value = NULL;
    read_to(flow);
    if (flow->from == flow->to)
        return;
    while (netchan_channel_recv(flow->from, &value, 0, NULL) == 0) {
        int number = number_of(value);
        if (number < 0)
            complain("a value came back that was never sent");
        else
            flow->left[number]++;
        netchan_value_unref(value);
    }
}

static void compare(const struct flow *flow)
{
    if (flow->bound && flow->end == NETCHAN_TIMEOUT)
        complain("a channel that was imported has not ended with its importer");
    for (int i = 0; i < FLOW_VALUES; i++) {
        int got = flow->got[i], left = flow->left[i];
        if (flow->told[i] && (got < 1 || left))
            complain("value %d was told as taken: received %d times, left %d times", i, got, left);
        if ((got || left) && !flow->sent[i])
            complain("value %d is there, although its send failed", i);
        if ((got > 1 && !flow->again) || left > 1)
            complain("value %d was received %d times, left %d times", i, got, left);
        if (flow->sent[i] && !got && !left && flow->end == NETCHAN_CLOSED)
            complain("value %d is nowhere, although its channel ended in order", i);
    }
}

void flow_close(struct flow *flow)
{
    step_begin("flow_close");
    if (flow->from && flow->to) {
        read_out(flow);
        compare(flow);
    }
    if (flow->to != flow->from)
        netchan_channel_unref(flow->to);
    netchan_channel_unref(flow->from);
}

/* ---- owners ---- */

/* A link that cannot end, or begin, is given up soon where something fails; where nothing does, a
 * busy machine must not count as a failure. */
static void set_short_times(struct pair *pair)
{
    static const char *const settings[][2] = {
        {"link.ack-delay", "0"}, {"link.linger", "50"}, {"link.handshake", "200"}};
    int64_t status;
    INSIST(status, CAN_MEMORY, netchan_options_new(&pair->options));
    for (size_t i = 0; status == 0 && i < (faulty() ? 3 : 1); i++)
        INSIST(status, CAN_MEMORY,
               netchan_options_set(pair->options, settings[i][0], settings[i][1]));
}

int pair_open(struct pair *pair)
{
    int64_t status;
    memset(pair, 0, sizeof *pair);
    pair->spare_fd = -1;
    set_short_times(pair);
    INSIST(status, CAN_EXPORTER, netchan_exporter_new(pair->options, &pair->exporter));
    return status < 0;
}

/* One of the files that tests/tls/make-certs.sh makes. */
static int set_file(netchan_options *options, const char *key, const char *name)
{
    char path[1024];
    const char *folder = getenv("NETCHAN_TEST_CERTS");
    int64_t status;
    snprintf(path, sizeof path, "%s/%s", folder ? folder : "tests/tls/certs", name);
    INSIST(status, CAN_MEMORY, netchan_options_set(options, key, path));
    return status < 0;
}

int pair_open_secure(struct pair *pair)
{
    int64_t status = 0;
    memset(pair, 0, sizeof *pair);
    pair->spare_fd = -1;
    pair->secure = 1;
    set_short_times(pair);
    if (!pair->options || set_file(pair->options, "tls.cert", "server.pem") ||
        set_file(pair->options, "tls.key", "server.key"))
        return 1;
    INSIST(status, CAN_EXPORTER | CAN_READ, netchan_exporter_new(pair->options, &pair->exporter));
    /* The importer has other ones. */
    netchan_options_unref(pair->options);
    pair->options = NULL;
    if (status)
        return 1;
    set_short_times(pair);
    return !pair->options || set_file(pair->options, "tls.ca", "ca.pem");
}

/* A call failed: its descriptor is the caller's still. */
static void give_up(int fd, const char *call)
{
    if (close(fd))
        complain("%s has failed and closed the descriptor", call);
}

int pair_meet(struct pair *pair)
{
    int fds[2];
    int64_t status;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds))
        return 1;
    if (pair->spare_fd >= 0)
        close(pair->spare_fd);
    faults->spare(1);
    pair->spare_fd = fcntl(fds[0], F_DUPFD_CLOEXEC, 0);
    faults->spare(0);
    INSIST(status, CAN_SERVE, netchan_exporter_serve_fd(pair->exporter, fds[0]));
    if (status) {
        give_up(fds[0], "serve_fd");
        close(pair->spare_fd); /* else the importer waited for a greeting */
        pair->spare_fd = -1;
    }
    INSIST(status, CAN_CONNECT,
           netchan_importer_from_fd(fds[1], pair->options, step_ms(), NULL, &pair->importer));
    if (status)
        give_up(fds[1], "from_fd");
    return status < 0;
}

int pair_listen(struct pair *pair, const char *url)
{
    int64_t status;
    INSIST(status, CAN_LISTEN, netchan_exporter_listen(pair->exporter, url, step_ms(), NULL));
    return status < 0;
}

int pair_connect(struct pair *pair, const char *url)
{
    int64_t status;
    INSIST(status, CAN_CONNECT | (pair->secure ? CAN_READ : 0),
           netchan_importer_connect(url, pair->options, step_ms(), NULL, &pair->importer));
    return status < 0;
}

int pair_folder(struct pair *pair, char *url, size_t size)
{
    const char *base = getenv("TMPDIR");
    int length = snprintf(pair->folder, sizeof pair->folder, "%s/netchan-XXXXXX",
                          base && strlen(base) < 40 ? base : "/tmp");
    if (length < 0 || !mkdtemp(pair->folder)) {
        pair->folder[0] = 0;
        return 1;
    }
    snprintf(url, size, "unix:%s/socket", pair->folder);
    return 0;
}

static void remove_folder(struct pair *pair)
{
    char path[96];
    if (!pair->folder[0])
        return;
    snprintf(path, sizeof path, "%s/socket", pair->folder);
    (void)unlink(path);
    (void)rmdir(pair->folder);
}

#define CAN_WAIT_CLOSED (CAN_WAIT | CAN_FILES)

void pair_leave(struct pair *pair)
{
    if (!pair->importer)
        return;
    (void)STEP(0, netchan_importer_close(pair->importer));
    (void)STEP(CAN_WAIT_CLOSED, netchan_importer_wait_closed(pair->importer, step_ms(), NULL));
    netchan_importer_unref(pair->importer);
    pair->importer = NULL;
}

void pair_close(struct pair *pair)
{
    if (pair->importer)
        (void)STEP(CAN_WAIT_CLOSED, netchan_importer_wait_closed(pair->importer, step_ms(), NULL));
    if (pair->exporter)
        (void)STEP(CAN_WAIT_CLOSED, netchan_exporter_wait_closed(pair->exporter, step_ms(), NULL));
    step_calm();
    if (pair->importer)
        (void)STEP(0, netchan_importer_wait_closed(pair->importer, step_ms(), NULL));
    if (pair->exporter)
        (void)STEP(0, netchan_exporter_wait_closed(pair->exporter, step_ms(), NULL));
    netchan_importer_unref(pair->importer);
    netchan_exporter_unref(pair->exporter);
    netchan_options_unref(pair->options);
    if (pair->spare_fd >= 0)
        close(pair->spare_fd);
    remove_folder(pair);
}
