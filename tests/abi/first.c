/* SPDX-License-Identifier: MIT */
/*
 * A program of the first release: made with abi/baseline/0.1/netchan.h and linked with nothing but
 * that release's symbols, it must run with every later library (first.sh). It calls each function of
 * 0.1 and looks at the result, and is C89 as old programs are. It is never changed to suit the
 * library; functions that come later have their tests elsewhere.
 */
#include <netchan.h>

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT 30000

static long checks, failures;

static void check(int fine, const char *what, int line)
{
    checks++;
    if (fine)
        return;
    failures++;
    printf("first.c:%d: not so: %s (last error: %s)\n", line, what, netchan_error_text());
}

#define CHECK(what) check((what) != 0, #what, __LINE__)
#define OK(call)    check((call) == NETCHAN_OK, #call " == NETCHAN_OK", __LINE__)

/* ---- Numbers and names that are frozen ------------------------------------------------------- */

static const struct {
    int code;
    const char *name;
} errors[] = {
    {-1, "timeout"},   {-2, "closed"},    {-3, "lost"},    {-4, "interrupted"},   {-5, "denied"},
    {-6, "nochannel"}, {-7, "direction"}, {-8, "exists"},  {-9, "busy"},          {-10, "limit"},
    {-11, "value"},    {-12, "type"},     {-13, "option"}, {-14, "url"},          {-15, "refused"},
    {-16, "protocol"}, {-17, "notsup"},   {-18, "nomem"},  {-19, "nodescriptor"}, {-20, "fork"},
    {-21, "usage"},    {-22, "io"},       {-23, "tls"},
};

static const char *const options[][2] = {
    {"async", "yes"},
    {"keep-open", "no"},
    {"limit.depth", "64"},
    {"limit.frame", "65536"},
    {"limit.handshakes", "1024"},
    {"limit.links", "100"},
    {"limit.memory", "1048576"},
    {"limit.size", "1024"},
    {"limit.streams", "16"},
    {"limit.value", "65536"},
    {"limit.window", "1048576"},
    {"link.ack-delay", "10"},
    {"link.agent", "first"},
    {"link.handshake", "10000"},
    {"link.heartbeat", "7000"},
    {"link.linger", "1000"},
    {"link.silence", "7000"},
    {"policy", "policy.json"},
    {"policy.text", "{}"},
    {"return", "yes"},
    {"tls.ca", "ca.pem"},
    {"tls.cert", "cert.pem"},
    {"tls.ciphers", "HIGH"},
    {"tls.key", "key.pem"},
    {"tls.name", "host.example"},
    {"tls.passphrase", "secret"},
    {"unix.mode", "0600"},
    {"wait", "1000"},
    {"window", "65536"},
};

static void library(void)
{
    size_t i;
    CHECK(strlen(netchan_version()) >= 5);
    CHECK(netchan_version_number() >= NETCHAN_VERSION_NUMBER);
    CHECK(netchan_feature("tcp") == 1);
    CHECK(netchan_feature("no such thing") == 0);
    CHECK(strlen(netchan_strerror(NETCHAN_OK)) > 0);
    for (i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        CHECK(strcmp(netchan_error_name(errors[i].code), errors[i].name) == 0);
        CHECK(strcmp(netchan_strerror(errors[i].code), netchan_strerror(-1000)) != 0);
    }
}

static int is_true(netchan_value *value, const char *member)
{
    int64_t node = netchan_value_member(value, 0, member, strlen(member));
    return node > 0 && netchan_value_kind(value, node) == NETCHAN_KIND_TRUE;
}

static void settings(void)
{
    static const char question[] = "{\"identity\":[],\"channel\":\"a\",\"direction\":\"recv\"}";
    netchan_options *set = NULL;
    netchan_value *asked = NULL, *answer = NULL;
    size_t i;
    int got;
    OK(netchan_options_new(&set));
    for (i = 0; i < sizeof options / sizeof options[0]; i++) {
        got = netchan_options_set(set, options[i][0], options[i][1]);
        if (strncmp(options[i][0], "tls.", 4) == 0 && !netchan_feature("tls"))
            CHECK(got == NETCHAN_NOTSUP);
        else
            check(got == NETCHAN_OK, options[i][0], __LINE__);
    }
    CHECK(netchan_options_set(set, "no.such", "1") == NETCHAN_OPTION);
    CHECK(strstr(netchan_error_text(), "no.such") != NULL);
    netchan_options_unref(set);

    OK(netchan_options_new(&set));
    OK(netchan_options_set(set, "policy.text",
                           "{\"rules\":[{\"who\":\"*\",\"channel\":\"a\",\"allow\":\"recv\"}]}"));
    OK(netchan_value_new(question, strlen(question), &asked));
    OK(netchan_policy_explain(set, asked, &answer));
    CHECK(answer && is_true(answer, "allowed"));
    netchan_value_unref(answer);
    netchan_value_unref(asked);
    netchan_options_unref(set);
    netchan_options_unref(NULL);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void read_values(void)
{
    static const char text[] = "{\"n\":-9,\"r\":0.5,\"s\":\"x\\u0000y\",\"a\":[null,false,true]}";
    netchan_value *value = NULL, *none = NULL;
    const char *borrowed = NULL;
    size_t length = 0;
    int64_t node, number = 0;
    double real = 0;
    OK(netchan_value_new(text, strlen(text), &value));
    CHECK(netchan_value_new("[", 1, &none) == NETCHAN_VALUE && none == NULL);
    CHECK(netchan_value_ref(value) == value);
    netchan_value_unref(value);
    CHECK(strcmp(netchan_value_text(value, &length), text) == 0 && length == strlen(text));
    CHECK(netchan_value_kind(value, 0) == NETCHAN_KIND_OBJECT);
    CHECK(netchan_value_size(value, 0) == 4);
    node = netchan_value_key(value, 0, 0, &borrowed, &length);
    CHECK(node > 0 && length == 1 && *borrowed == 'n');
    OK(netchan_value_integer(value, node, &number));
    CHECK(number == -9);
    CHECK(netchan_value_string(value, node, &borrowed, &length) == NETCHAN_TYPE);
    node = netchan_value_next(value, node, &borrowed, &length);
    CHECK(node > 0 && length == 1 && *borrowed == 'r');
    OK(netchan_value_real(value, node, &real));
    CHECK(real > 0.49 && real < 0.51);
    node = netchan_value_member(value, 0, "s", 1);
    OK(netchan_value_string(value, node, &borrowed, &length));
    CHECK(length == 3 && memcmp(borrowed, "x\0y", 3) == 0);
    CHECK(netchan_value_member(value, 0, "z", 1) == NETCHAN_VALUE);
    node = netchan_value_member(value, 0, "a", 1);
    CHECK(netchan_value_kind(value, node) == NETCHAN_KIND_ARRAY);
    CHECK(netchan_value_kind(value, netchan_value_element(value, node, 0)) == NETCHAN_KIND_NULL);
    CHECK(netchan_value_kind(value, netchan_value_element(value, node, 1)) == NETCHAN_KIND_FALSE);
    CHECK(netchan_value_kind(value, netchan_value_element(value, node, 2)) == NETCHAN_KIND_TRUE);
    netchan_value_unref(value);
    netchan_value_unref(NULL);
}

static void build_values(void)
{
    netchan_builder *builder = NULL;
    netchan_value *inner = NULL, *value = NULL;
    OK(netchan_builder_new(&builder));
    OK(netchan_builder_null(builder));
    netchan_builder_reset(builder);
    OK(netchan_builder_begin_array(builder));
    OK(netchan_builder_integer(builder, -7));
    OK(netchan_builder_boolean(builder, 1));
    OK(netchan_builder_null(builder));
    OK(netchan_builder_end_array(builder));
    OK(netchan_builder_finish(builder, &inner));
    OK(netchan_builder_begin_object(builder));
    CHECK(netchan_builder_null(builder) == NETCHAN_USAGE);
    netchan_builder_reset(builder);
    OK(netchan_builder_begin_object(builder));
    OK(netchan_builder_key(builder, "a", 1));
    OK(netchan_builder_value(builder, inner));
    OK(netchan_builder_key(builder, "r", 1));
    OK(netchan_builder_real(builder, 0.5));
    OK(netchan_builder_key(builder, "s", 1));
    OK(netchan_builder_string(builder, "x", 1));
    OK(netchan_builder_end_object(builder));
    OK(netchan_builder_finish(builder, &value));
    CHECK(value && strcmp(netchan_value_text(value, NULL),
                          "{\"a\":[-7,true,null],\"r\":0.5,\"s\":\"x\"}") == 0);
    netchan_value_unref(inner);
    netchan_value_unref(value);
    netchan_builder_unref(builder);
}

static int64_t integer_of(netchan_value *value)
{
    int64_t number = -1;
    if (!value || netchan_value_integer(value, 0, &number) != NETCHAN_OK)
        number = -1;
    netchan_value_unref(value);
    return number;
}

static netchan_value *value_of(const char *text)
{
    netchan_value *value = NULL;
    OK(netchan_value_new(text, strlen(text), &value));
    return value;
}

/* ---- Channels without a network -------------------------------------------------------------- */

static void channels(void)
{
    netchan_channel *channel = NULL;
    netchan_cancel *cancel = NULL;
    netchan_value *values[3] = {NULL, NULL, NULL}, *value = NULL;
    struct pollfd polled;
    OK(netchan_channel_new(3, &channel));
    CHECK(netchan_channel_ref(channel) == channel);
    netchan_channel_unref(channel);
    CHECK(netchan_channel_capacity(channel) == 3);
    polled.fd = netchan_channel_fd(channel, NETCHAN_RECV);
    polled.events = POLLIN;
    CHECK(polled.fd >= 0);
    CHECK(poll(&polled, 1, 0) == 0);
    value = value_of("1");
    OK(netchan_channel_send(channel, value, 0, NULL));
    netchan_value_unref(value);
    CHECK(poll(&polled, 1, WAIT) == 1);
    values[0] = value_of("2");
    values[1] = value_of("3");
    values[2] = value_of("4");
    CHECK(netchan_channel_send_many(channel, values, 3, 0, NULL) == 2);
    CHECK(netchan_channel_send_text(channel, "5", 1, 0, NULL) == NETCHAN_TIMEOUT);
    CHECK(netchan_channel_length(channel) == 3);
    netchan_value_unref(values[0]);
    netchan_value_unref(values[1]);
    netchan_value_unref(values[2]);
    OK(netchan_channel_recv(channel, &value, 0, NULL));
    CHECK(integer_of(value) == 1);
    CHECK(netchan_channel_recv_many(channel, values, 3, 0, NULL) == 2);
    CHECK(integer_of(values[0]) == 2 && integer_of(values[1]) == 3);

    OK(netchan_cancel_new(&cancel));
    CHECK(netchan_cancel_ref(cancel) == cancel);
    netchan_cancel_unref(cancel);
    netchan_cancel_fire(cancel);
    CHECK(netchan_channel_recv(channel, &value, -1, cancel) == NETCHAN_INTERRUPTED);
    netchan_cancel_reset(cancel);
    CHECK(netchan_channel_recv(channel, &value, 1, cancel) == NETCHAN_TIMEOUT);
    netchan_cancel_unref(cancel);

    OK(netchan_channel_hold(channel));
    OK(netchan_channel_state(channel));
    OK(netchan_channel_release(channel));
    CHECK(netchan_channel_release(channel) == NETCHAN_USAGE);
    OK(netchan_channel_close(channel));
    CHECK(netchan_channel_state(channel) == NETCHAN_CLOSED);
    CHECK(netchan_channel_recv(channel, &value, 0, NULL) == NETCHAN_CLOSED);
    netchan_channel_unref(channel);
    netchan_channel_unref(NULL);
}

static void selects(void)
{
    netchan_select *select = NULL;
    netchan_channel *from = NULL, *to = NULL;
    netchan_value *value = NULL, *got = NULL;
    int64_t recv, send, number = -1;
    OK(netchan_channel_new(1, &from));
    OK(netchan_channel_new(1, &to));
    OK(netchan_select_new(&select));
    recv = netchan_select_add_recv(select, from);
    send = netchan_select_add_send(select, to, NULL);
    CHECK(recv == 0 && send == 1);
    CHECK(netchan_select_wait(select, &number, &got, 0, NULL) == NETCHAN_TIMEOUT);
    OK(netchan_channel_send_text(from, "6", 1, 0, NULL));
    OK(netchan_select_enable(select, recv, 0));
    value = value_of("7");
    OK(netchan_select_set(select, send, value));
    netchan_value_unref(value);
    OK(netchan_select_wait(select, &number, &got, 0, NULL));
    CHECK(number == send);
    OK(netchan_select_enable(select, recv, 1));
    OK(netchan_select_wait(select, &number, &got, 0, NULL));
    CHECK(number == recv && integer_of(got) == 6);
    OK(netchan_select_remove(select, send));
    netchan_select_unref(select);
    netchan_channel_unref(from);
    netchan_channel_unref(to);
}

/* ---- Exporter and importer ------------------------------------------------------------------- */

static void has_members(netchan_value *value, const char *const *names)
{
    for (; *names; names++) {
        int64_t node = netchan_value_member(value, 0, *names, strlen(*names));
        check(node > 0, *names, __LINE__);
    }
}

/* The first element of the array that is this member. */
static void first_has(netchan_value *value, const char *member, const char *const *names)
{
    int64_t node = netchan_value_member(value, 0, member, strlen(member));
    int64_t first = netchan_value_element(value, node, 0);
    for (; *names; names++)
        check(netchan_value_member(value, first, *names, strlen(*names)) > 0, *names, __LINE__);
}

static void figures(netchan_exporter *exporter, netchan_importer *importer)
{
    static const char *const members[] = {"role",       "lost",     "errors_dropped", "promised",
                                          "links",      "greeting", "addresses",      "peers",
                                          "identities", "channels", "streams",        NULL};
    static const char *const channel[] = {"name",     "direction", "length",  "capacity",
                                          "returned", "dropped",   "streams", NULL};
    static const char *const stream[] = {"name",   "direction",      "peer",       "size",
                                         "window", "sent",           "received",   "taken",
                                         "queued", "unacknowledged", "stalled_ms", NULL};
    netchan_value *stats = NULL;
    OK(netchan_exporter_stats(exporter, &stats));
    has_members(stats, members);
    first_has(stats, "channels", channel);
    first_has(stats, "streams", stream);
    netchan_value_unref(stats);
    stats = NULL;
    OK(netchan_importer_stats(importer, &stats));
    first_has(stats, "streams", stream);
    netchan_value_unref(stats);
}

/* One value from the exporter to the importer, on a channel that both have. */
static void pass(netchan_exporter *exporter, netchan_importer *importer, netchan_channel *out,
                 netchan_channel *in)
{
    netchan_value *value = NULL;
    OK(netchan_channel_send_text(out, "8", 1, WAIT, NULL));
    OK(netchan_exporter_drain(exporter, NETCHAN_RECEIVED, WAIT, NULL));
    OK(netchan_channel_recv(in, &value, WAIT, NULL));
    CHECK(integer_of(value) == 8);
    OK(netchan_exporter_sync(exporter, NETCHAN_TAKEN, WAIT, NULL));
    OK(netchan_importer_drain(importer, NETCHAN_TAKEN, WAIT, NULL));
    OK(netchan_importer_sync(importer, NETCHAN_RECEIVED, WAIT, NULL));
}

static void list(netchan_importer *importer)
{
    static const char *const members[] = {"name",     "direction", "length",
                                          "capacity", "streams",   NULL};
    netchan_value *names = NULL;
    int64_t first;
    size_t i;
    OK(netchan_importer_list(importer, "", WAIT, NULL, &names));
    CHECK(netchan_value_size(names, 0) == 1);
    first = netchan_value_element(names, 0, 0);
    for (i = 0; members[i]; i++)
        CHECK(netchan_value_member(names, first, members[i], strlen(members[i])) > 0);
    netchan_value_unref(names);
}

/* What went wrong is told in a channel, which outlives its owner. */
static void errors_end(netchan_channel *told)
{
    netchan_value *entry = NULL;
    int got = netchan_channel_recv(told, &entry, WAIT, NULL);
    while (got == NETCHAN_OK) {
        CHECK(netchan_value_member(entry, 0, "code", 4) > 0);
        CHECK(netchan_value_member(entry, 0, "text", 4) > 0);
        netchan_value_unref(entry);
        got = netchan_channel_recv(told, &entry, WAIT, NULL);
    }
    CHECK(got == NETCHAN_CLOSED);
    netchan_channel_unref(told);
}

/* pair: the two ends of a socket, or NULL for an address. */
static void link_of(int *pair)
{
    netchan_options *set = NULL;
    netchan_exporter *exporter = NULL;
    netchan_importer *importer = NULL;
    netchan_channel *out = NULL, *in = NULL, *other = NULL, *told = NULL, *told_too = NULL;
    OK(netchan_options_new(&set));
    OK(netchan_exporter_new(set, &exporter));
    OK(netchan_channel_new(4, &out));
    OK(netchan_channel_new(4, &in));
    OK(netchan_channel_new(4, &other));
    OK(netchan_exporter_errors(exporter, &told));
    OK(netchan_exporter_export(exporter, "first", out, NETCHAN_SEND, NULL));
    CHECK(netchan_exporter_export(exporter, "first", in, NETCHAN_SEND, NULL) == NETCHAN_EXISTS);
    if (pair) {
        CHECK(netchan_exporter_address(exporter, 0) == NULL);
        OK(netchan_exporter_serve_fd(exporter, pair[0]));
        OK(netchan_importer_from_fd(pair[1], NULL, WAIT, NULL, &importer));
    } else {
        OK(netchan_exporter_listen(exporter, "tcp://127.0.0.1:0", WAIT, NULL));
        OK(netchan_importer_connect(netchan_exporter_address(exporter, 0), set, WAIT, NULL,
                                    &importer));
    }
    if (importer) {
        OK(netchan_importer_errors(importer, &told_too));
        list(importer);
        CHECK(netchan_importer_import(importer, "none", other, NETCHAN_RECV, 1, -1, NULL, WAIT,
                                      NULL) == NETCHAN_NOCHANNEL);
        CHECK(netchan_importer_import(importer, "first", other, NETCHAN_SEND, 1, -1, NULL, WAIT,
                                      NULL) == NETCHAN_DIRECTION);
        OK(netchan_importer_import(importer, "first", in, NETCHAN_RECV, 4, -1, NULL, WAIT, NULL));
        pass(exporter, importer, out, in);
        figures(exporter, importer);
        OK(netchan_importer_hangup(importer, "first"));
        CHECK(netchan_importer_hangup(importer, "never") == NETCHAN_NOCHANNEL);
        OK(netchan_exporter_hangup(exporter, "first"));
        CHECK(netchan_exporter_hangup(exporter, "never") == NETCHAN_NOCHANNEL);
        OK(netchan_importer_close(importer));
        OK(netchan_exporter_close(exporter));
        OK(netchan_importer_wait_closed(importer, WAIT, NULL));
        OK(netchan_exporter_wait_closed(exporter, WAIT, NULL));
        errors_end(told);
        errors_end(told_too);
    }
    netchan_options_unref(set);
    netchan_channel_unref(out);
    netchan_channel_unref(in);
    netchan_channel_unref(other);
    netchan_importer_unref(importer);
    netchan_exporter_unref(exporter);
}

int main(void)
{
    int pair[2];
    library();
    settings();
    read_values();
    build_values();
    channels();
    selects();
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0);
    link_of(pair);
    link_of(NULL);
    printf("first.c: %ld checks, %ld failed, with netchan %s\n", checks, failures,
           netchan_version());
    return failures > 0;
}
