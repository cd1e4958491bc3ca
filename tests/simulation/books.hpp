/* SPDX-License-Identifier: MIT */
/*
 * What all parts of one simulated run share: the account, the clock, and which value is which.
 */
#ifndef NETCHAN_TESTS_SIMULATION_BOOKS_HPP
#define NETCHAN_TESTS_SIMULATION_BOOKS_HPP

#include "base/clock.h"
#include "engine/session.h"
#include "local/queue.h"
#include "local/streams.h"
#include "simulation/account.hpp"

#include <unordered_map>

namespace simulation
{

const int64_t ms = NCI_MS, second = 1000 * ms;

/* What all parts of one run share. Values are told apart by their addresses, so none is freed
 * before the run ends. */
struct Books {
    Account account;
    int64_t now = 1000 * second;
    std::unordered_map<const nci_value *, Datum *> sent;
    struct Coming {
        Tale *tale;
        size_t at;
    };
    std::unordered_map<const nci_value *, Coming> came;
    std::vector<nci_value *> kept;

    ~Books()
    {
        for (nci_value *value : kept)
            nci_value_unref(value);
    }
    void keep(nci_value *value)
    {
        kept.push_back(nci_value_ref(value));
    }
};

/* Behind every event that may end a channel. */
inline void look_at(Books &books, Channel *channel)
{
    books.account.look(channel, nci_queue_state(channel->queue), nci_queue_length(channel->queue));
}

struct Joint;

/* One stream at one end; struct nci_end of src/run. */
struct End {
    struct Draining {
        nci_drainer drainer;
        End *end;
    } part;
    Joint *joint;
    nci_stream *stream = nullptr; /* NULL once over */
    std::string name;             /* importer: asked for */
    Tale *tale = nullptr;
    Channel *channel = nullptr;
    nci_drainer *drainer = nullptr;
    nci_feeder *feeder = nullptr;
    bool waits = false; /* exporter: to be answered */
    bool peer_hung_up = false, hung_up = false, close_asked = false, close_handed = false;
    uint64_t asked_end = 0;
};

} // namespace simulation

#endif
