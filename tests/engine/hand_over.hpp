/* SPDX-License-Identifier: MIT */
/*
 * What a session has to say, taken as a write call would take it.
 */
#ifndef NETCHAN_TESTS_ENGINE_HAND_OVER_HPP
#define NETCHAN_TESTS_ENGINE_HAND_OVER_HPP

#include "engine/session.h"

#include <string>

namespace netchan_test
{

/* All of it, lent pieces in their places. */
inline std::string hand_over(struct nci_session *session)
{
    struct nci_buf *out = nci_session_output(session);
    struct nci_lent *lent = nci_session_lent(session);
    struct iovec parts[NCI_LENT_PARTS];
    std::string bytes;
    for (int i = 0, count = nci_lent_parts(out, lent, SIZE_MAX, parts); i < count; i++)
        bytes.append(static_cast<const char *>(parts[i].iov_base), parts[i].iov_len);
    nci_session_handed(session, bytes.size());
    nci_lent_consume(out, lent, bytes.size());
    return bytes;
}

} // namespace netchan_test

#endif
