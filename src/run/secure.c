/* SPDX-License-Identifier: MIT */
/*
 * From options to one side's TLS.
 */
#include "run/secure.h"
#include "net/socket.h"

#include <string.h>

static const struct {
    enum nci_option_id id;
    const char *name;
} keys[] = {
    {NCI_OPTION_TLS_CA, "tls.ca"},           {NCI_OPTION_TLS_CERT, "tls.cert"},
    {NCI_OPTION_TLS_CIPHERS, "tls.ciphers"}, {NCI_OPTION_TLS_KEY, "tls.key"},
    {NCI_OPTION_TLS_NAME, "tls.name"},       {NCI_OPTION_TLS_PASSPHRASE, "tls.passphrase"},
};

/* The first key of TLS that is set, NULL: none. An empty text is refused, but for a passphrase. */
static int find_set(const struct nci_options *options, const char **name)
{
    *name = NULL;
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const char *text = nci_options_text(options, keys[i].id);
        if (!text)
            continue;
        if (!*text && keys[i].id != NCI_OPTION_TLS_PASSPHRASE)
            return nci_fail(NCI_OPTION, "option %s is empty", keys[i].name);
        if (!*name)
            *name = keys[i].name;
    }
    return NCI_OK;
}

static void fill(struct nci_tls_config *config, const struct nci_options *options)
{
    memset(config, 0, sizeof *config);
    config->cert = nci_options_text(options, NCI_OPTION_TLS_CERT);
    config->key = nci_options_text(options, NCI_OPTION_TLS_KEY);
    config->passphrase = nci_options_text(options, NCI_OPTION_TLS_PASSPHRASE);
    config->ca = nci_options_text(options, NCI_OPTION_TLS_CA);
    config->ciphers = nci_options_text(options, NCI_OPTION_TLS_CIPHERS);
    config->name = nci_options_text(options, NCI_OPTION_TLS_NAME);
}

static int fail_unbuilt(const struct nci_address *address)
{
    return nci_fail(NCI_NOTSUP, "tls://%s:%s: this build has no TLS", address->host, address->port);
}

int nci_secure_exporter(const struct nci_options *options, struct nci_tls **out)
{
    struct nci_tls_config config;
    const char *set;
    *out = NULL;
    int status = find_set(options, &set);
    if (status || !set)
        return status;
    fill(&config, options);
    config.server = 1;
    return nci_tls_new(&config, out);
}

int nci_secure_importer(const struct nci_options *options, const struct nci_address *address,
                        struct nci_tls **out)
{
    struct nci_tls_config config;
    const char *set;
    *out = NULL;
    int status = find_set(options, &set);
    if (status)
        return status;
    fill(&config, options);
    if (address && address->kind == NCI_ADDRESS_TLS) {
        if (!nci_tls_built())
            return fail_unbuilt(address);
        if (!config.name)
            config.name = address->host;
    } else if (address) {
        return set ? nci_fail(NCI_OPTION, "option %s is for tls:// addresses only", set) : NCI_OK;
    } else if (!set) {
        return NCI_OK;
    } else if (!config.name) {
        return nci_fail(NCI_OPTION, "TLS over a descriptor needs option tls.name");
    }
    return nci_tls_new(&config, out);
}

int nci_secure_socket(const struct nci_tls *tls, int fd)
{
    return tls && !nci_socket_is_local(fd);
}

int nci_secure_listen(const struct nci_tls *tls, const struct nci_address *address)
{
    if (address->kind == NCI_ADDRESS_TLS && !nci_tls_built())
        return fail_unbuilt(address);
    if (address->kind == NCI_ADDRESS_TLS && !tls)
        return nci_fail(NCI_OPTION,
                        "tls://%s:%s: the exporter needs a certificate; set option tls.cert",
                        address->host, address->port);
    if (address->kind == NCI_ADDRESS_TCP && tls)
        return nci_fail(
            NCI_OPTION,
            "tcp://%s:%s: the exporter has options of TLS; use tls://, or an exporter of "
            "its own for links without",
            address->host, address->port);
    return NCI_OK;
}

int nci_secure_built(void)
{
    return nci_tls_built();
}
