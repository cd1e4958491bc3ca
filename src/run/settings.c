/* SPDX-License-Identifier: MIT */
/*
 * From keys to fields. Every value was checked when it was set.
 */
#include "run/settings.h"
#include "base/clock.h"

#include <string.h>

static int64_t number(const struct nci_options *options, enum nci_option_id id)
{
    return nci_options_number(options, id);
}

void nci_settings_read(struct nci_settings *settings, const struct nci_options *options)
{
    memset(settings, 0, sizeof *settings);
    struct nci_session_limits *limits = &settings->limits;
    limits->value = (size_t)number(options, NCI_OPTION_LIMIT_VALUE);
    limits->depth = (unsigned)number(options, NCI_OPTION_LIMIT_DEPTH);
    limits->frame = (size_t)number(options, NCI_OPTION_LIMIT_FRAME);
    limits->streams = (uint32_t)number(options, NCI_OPTION_LIMIT_STREAMS);
    limits->size = (uint32_t)number(options, NCI_OPTION_LIMIT_SIZE);
    limits->window = (uint64_t)number(options, NCI_OPTION_LIMIT_WINDOW);
    settings->heartbeat = number(options, NCI_OPTION_LINK_HEARTBEAT) * NCI_MS;
    settings->handshake = number(options, NCI_OPTION_LINK_HANDSHAKE) * NCI_MS;
    settings->linger = number(options, NCI_OPTION_LINK_LINGER) * NCI_MS;
    settings->ack_delay = number(options, NCI_OPTION_LINK_ACK_DELAY) * NCI_MS;
    settings->silence = number(options, NCI_OPTION_LINK_SILENCE);
    settings->links = number(options, NCI_OPTION_LIMIT_LINKS);
    settings->handshakes = number(options, NCI_OPTION_LIMIT_HANDSHAKES);
    settings->memory = (uint64_t)number(options, NCI_OPTION_LIMIT_MEMORY);
    settings->spin = (int)number(options, NCI_OPTION_IO_SPIN);
    settings->unix_mode = (int)number(options, NCI_OPTION_UNIX_MODE);
    const char *agent = nci_options_text(options, NCI_OPTION_LINK_AGENT);
    strncpy(settings->agent, agent ? agent : "netchan", sizeof settings->agent - 1);
}
