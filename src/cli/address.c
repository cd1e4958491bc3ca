/* SPDX-License-Identifier: MIT */
/*
 * Addresses.
 *
 * A script that starts an exporter on port 0 must learn the port without guessing when it may look:
 * the address file is written beside its place and renamed into it, after the channel can be
 * imported, so that whoever sees the file can connect.
 */
#include "cli/address.h"

#include "cli/say.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* HOST:0, with any number of noughts. */
static int is_port_chosen(const char *url)
{
    const char *port = strrchr(url, ':');
    return port && port[1] && strspn(port + 1, "0") == strlen(port + 1);
}

static int write_addresses(netchan_exporter *exporter, FILE *file)
{
    const char *address;
    for (size_t i = 0; (address = netchan_exporter_address(exporter, i)); i++) {
        if (fprintf(file, "%s\n", address) < 0)
            return -1;
    }
    /* Like any new file, and not for its owner alone as mkstemp makes it. */
    mode_t mask = umask(0);
    (void)umask(mask);
    return fflush(file) || fchmod(fileno(file), 0666 & ~mask) ? -1 : 0;
}

static int write_file(netchan_exporter *exporter, const char *name)
{
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(name);
    char *beside = (char *)malloc(length + sizeof suffix);
    if (!beside)
        return cli_say("out of memory");
    memcpy(beside, name, length);
    memcpy(beside + length, suffix, sizeof suffix);

    int error = 0;
    int made = mkstemp(beside);
    FILE *file = made < 0 ? NULL : fdopen(made, "w");
    if (!file)
        error = errno;
    if (!error && write_addresses(exporter, file))
        error = errno;
    if (file ? fclose(file) : made >= 0 && close(made))
        error = error ? error : errno;
    if (!error && rename(beside, name))
        error = errno;
    if (error && made >= 0)
        (void)unlink(beside);
    free(beside);
    return error ? cli_say("%s cannot be written: %s", name, strerror(error)) : CLI_DONE;
}

int cli_address_tell(netchan_exporter *exporter, const char *url, int always, const char *file)
{
    if (always || is_port_chosen(url)) {
        const char *address;
        for (size_t i = 0; (address = netchan_exporter_address(exporter, i)); i++)
            (void)cli_say("listening on %s", address);
    }
    return file ? write_file(exporter, file) : CLI_DONE;
}
