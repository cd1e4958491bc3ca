/* SPDX-License-Identifier: MIT */
/* The tools of TLS in a build without it. */
#include "cli/say.h"
#include "cli/tools.h"

int cli_keygen(const struct cli_options *options)
{
    (void)options;
    return cli_say("this build has no TLS: keys are made by one that has, or by openssl");
}

int cli_doctor_tls(const struct cli_options *options, const char *host, int fd)
{
    (void)options;
    (void)host;
    (void)fd;
    cli_doctor_line(0, "handshake", "this build has no TLS");
    return CLI_FAILED;
}
