/* SPDX-License-Identifier: MIT */
/*
 * A TLS client by hand: OpenSSL over a blocking socket, so that a test can leave out what the library
 * never does (close_notify, ALPN) or do what it never does (old versions, floods of key updates).
 */
#ifndef NETCHAN_TESTS_ABI_TLS_PEER_HPP
#define NETCHAN_TESTS_ABI_TLS_PEER_HPP

#include "raw_peer.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>

namespace abi
{

class TlsPeer
{
  public:
    /* Connects; the handshake comes with shake(). */
    explicit TlsPeer(const std::string &url) : fd(plain_connect(url))
    {
        struct timeval patience = {PLENTY / 1000, 0};
        setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
        setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
        context = SSL_CTX_new(TLS_client_method());
        SSL_CTX_set_security_level(context, 0);
        ssl = SSL_new(context);
        SSL_set_fd(ssl, fd);
        offer("netchan/1");
    }
    ~TlsPeer()
    {
        SSL_free(ssl);
        SSL_CTX_free(context);
        cut();
        ERR_clear_error();
    }
    TlsPeer(const TlsPeer &) = delete;
    void offer(const std::string &protocol)
    {
        std::string list = protocol.empty() ? "" : std::string(1, (char)protocol.size()) + protocol;
        SSL_set_alpn_protos(ssl, (const unsigned char *)list.data(), (unsigned)list.size());
    }
    void show(const std::string &name)
    {
        SSL_use_certificate_file(ssl, certificate(name + ".pem").c_str(), SSL_FILETYPE_PEM);
        SSL_use_PrivateKey_file(ssl, certificate(name + ".key").c_str(), SSL_FILETYPE_PEM);
    }
    bool shake()
    {
        ERR_clear_error();
        if (SSL_connect(ssl) == 1)
            return true;
        const char *text = ERR_reason_error_string(ERR_peek_error());
        reason = text ? text : "the connection ended";
        return false;
    }
    bool put(const std::string &bytes)
    {
        return SSL_write(ssl, bytes.data(), (int)bytes.size()) == (int)bytes.size();
    }
    bool say(const std::string &kind, const std::vector<int64_t> &numbers,
             const std::string &payload = "")
    {
        return put(RawPeer::frame(kind, numbers, payload));
    }
    /* Reads until text has come, or nothing comes any more. */
    bool sees(const std::string &text)
    {
        char bytes[4096];
        while (input.find(text) == std::string::npos) {
            int got = SSL_read(ssl, bytes, sizeof bytes);
            if (got <= 0)
                return false;
            input.append(bytes, (size_t)got);
        }
        return true;
    }
    /* How the connection ends: "close_notify", "cut", or "alert ...". */
    std::string ending()
    {
        char bytes[4096];
        int got;
        ERR_clear_error();
        while ((got = SSL_read(ssl, bytes, sizeof bytes)) > 0)
            input.append(bytes, (size_t)got);
        if (SSL_get_error(ssl, got) == SSL_ERROR_ZERO_RETURN)
            return "close_notify";
        const char *reason = ERR_reason_error_string(ERR_peek_error());
        std::string text = reason ? reason : "cut";
        return text.find("alert") != std::string::npos ? text : "cut";
    }
    void cut()
    {
        if (fd >= 0)
            close(std::exchange(fd, -1));
    }

    int fd;
    SSL_CTX *context;
    SSL *ssl;
    std::string input, reason; /* why the handshake failed */
};

} // namespace abi

#endif
