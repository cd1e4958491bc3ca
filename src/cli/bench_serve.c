/* SPDX-License-Identifier: MIT */
/*
 * The other side of netchan bench: one thread that drops what comes to the sink and sends back what
 * comes to be sent back. Measuring sides come and go, one after the other; nothing one of them did
 * ends the service.
 */
#include "cli/bench.h"

#include "cli/address.h"
#include "cli/listen.h"
#include "cli/say.h"
#include "cli/signals.h"
#include "cli/transfer.h"

#include <stdlib.h>
#include <unistd.h>

struct service {
    const struct cli_options *options;
    netchan_exporter *exporter;
    netchan_channel *sink, *there, *back;
    netchan_select *select; /* case 0: the sink; case 1: what is to be sent back */
    int wrote_address_file;
};

/* As many as are there, so that the next wait pays for many. */
static void drop_more(struct service *service)
{
    netchan_value *values[CLI_BATCH];
    int64_t count = netchan_channel_recv_many(service->sink, values, CLI_BATCH, 0, NULL);
    for (int64_t i = 0; i < count; i++)
        netchan_value_unref(values[i]);
}

/* An answer that nobody takes, because who asked has gone, is dropped. */
static int send_back(struct service *service, netchan_value *value)
{
    int status = netchan_channel_send(service->back, value, 0, NULL);
    return status == NETCHAN_TIMEOUT || status == NETCHAN_INTERRUPTED ? NETCHAN_OK : status;
}

static int serve(struct service *service)
{
    while (!cli_signals_came(CLI_RUNNING)) {
        int64_t number = -1;
        netchan_value *value = NULL;
        int status = netchan_select_wait(service->select, &number, &value, -1,
                                         cli_signals_token(CLI_RUNNING));
        if (status == NETCHAN_INTERRUPTED)
            continue;
        if (status == NETCHAN_OK && number == 0)
            drop_more(service);
        else if (status == NETCHAN_OK)
            status = send_back(service, value);
        netchan_value_unref(value);
        if (status)
            return cli_say_status(NULL, status);
    }
    return CLI_DONE;
}

static int export(struct service *service, const char *name, int direction,
                  netchan_channel **channel)
{
    int status = netchan_channel_new(CLI_BENCH_CAPACITY, channel);
    if (status == NETCHAN_OK)
        status = netchan_exporter_export(service->exporter, name, *channel, direction,
                                         service->options->bind);
    return status;
}

static int open_channels(struct service *service)
{
    int64_t number = 0;
    int status = netchan_options_set(service->options->bind, "keep-open", "yes");
    if (status == NETCHAN_OK)
        status = netchan_exporter_new(service->options->owner, &service->exporter);
    if (status == NETCHAN_OK)
        status = export(service, CLI_BENCH_SINK, NETCHAN_RECV, &service->sink);
    if (status == NETCHAN_OK)
        status = export(service, CLI_BENCH_THERE, NETCHAN_RECV, &service->there);
    if (status == NETCHAN_OK)
        status = export(service, CLI_BENCH_BACK, NETCHAN_SEND, &service->back);
    if (status == NETCHAN_OK)
        status = netchan_select_new(&service->select);
    if (status == NETCHAN_OK)
        number = netchan_select_add_recv(service->select, service->sink);
    if (status == NETCHAN_OK && number >= 0)
        number = netchan_select_add_recv(service->select, service->there);
    return number < 0 ? (int)number : status;
}

static int open_service(struct service *service)
{
    const struct cli_options *options = service->options;
    int status = open_channels(service);
    if (status)
        return cli_say_status(NULL, status);
    status = cli_listen(service->exporter, options->url, -1);
    if (status)
        return status;
    status =
        cli_address_tell(service->exporter, options->url, options->verbose, options->address_file);
    service->wrote_address_file = status == CLI_DONE && options->address_file;
    return status;
}

static void close_service(struct service *service)
{
    if (service->exporter)
        (void)netchan_exporter_wait_closed(service->exporter, -1, cli_signals_token(CLI_ENDING));
    if (service->wrote_address_file)
        (void)unlink(service->options->address_file);
    netchan_select_unref(service->select);
    netchan_channel_unref(service->sink);
    netchan_channel_unref(service->there);
    netchan_channel_unref(service->back);
    netchan_exporter_unref(service->exporter);
}

int cli_bench_serve(const struct cli_options *options)
{
    struct service service = {0};
    service.options = options;
    cli_say_setup(options->verbose, 0);
    int status = open_service(&service);
    if (status == CLI_DONE)
        status = serve(&service);
    close_service(&service);
    return status;
}
