/* SPDX-License-Identifier: MIT */
/*
 * One bound stream at one end, the test being the peer.
 */
#ifndef NETCHAN_TESTS_ENGINE_RAW_STREAM_HPP
#define NETCHAN_TESTS_ENGINE_RAW_STREAM_HPP

#include "engine/pair.hpp"

namespace netchan_test
{

const char *const lost = "{\"code\":\"lost\"}";

/* The data frames with these numbers, each value its number. */
inline std::string data(uint32_t id, uint64_t first, uint64_t last)
{
    std::string bytes;
    for (uint64_t seq = first; seq <= last; seq++)
        bytes += spell("data", {id, seq}, std::to_string(seq));
    return bytes;
}

/* A receiver with n values. */
struct Receiver : Raw {
    Flow *flow;

    explicit Receiver(int n, enum nci_role role = NCI_ROLE_IMPORTER) : Raw(role)
    {
        greet();
        flow = stream(false);
        (void)end.feed(data(1, 1, (uint64_t)n));
    }

    int64_t due() const
    {
        return nci_session_next(end.session);
    }
};

/* A sender that has written n values. */
struct Sender : Raw {
    Flow *flow;

    explicit Sender(int n, enum nci_role role = NCI_ROLE_EXPORTER) : Raw(role)
    {
        greet();
        flow = stream(true);
        for (int i = 1; i <= n; i++)
            end.send(flow, std::to_string(i));
        (void)end.produce_all();
    }

    void close(int code = NCI_CLOSED)
    {
        nci_session_close(end.session, flow->stream, code);
    }

    void hangup(int code = NCI_CLOSED, const char *text = NULL)
    {
        nci_session_hangup(end.session, flow->stream, code, text);
    }
};

} // namespace netchan_test

#endif
