/* SPDX-License-Identifier: MIT */
/*
 * The simulator's account: every value that a program sent, every stream that it left on, and the
 * rules of netchan(7)'s sections 8 and 9 that can be judged from there. It knows nothing of how the
 * library keeps its own figures; whoever sees an event tells it here, and the first rule that does
 * not hold is kept as the run's fault.
 */
#ifndef NETCHAN_TESTS_SIMULATION_ACCOUNT_HPP
#define NETCHAN_TESTS_SIMULATION_ACCOUNT_HPP

#include "base/status.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

struct nci_queue;

namespace simulation
{

struct Tale;
struct Channel;

/* One value that a program sent. */
struct Datum {
    Channel *home;
    size_t index; /* among the values sent into its channel, from 0 */
    std::string text;
    unsigned pulls = 0, returns = 0, drops = 0; /* by streams of its channel */
    unsigned arrivals = 0;                      /* at any peer */
    unsigned reads = 0;                         /* by programs at other ends */
    unsigned unread = 0;                  /* arrivals in channels that went with their program */
    unsigned home_reads = 0;              /* by its own program */
    bool received = false, taken = false; /* acknowledged, on whatever stream */
    bool untaken = false;                 /* told: received, never known to be taken */
    uint64_t returned_at = 0;             /* the last time */

    bool away() const
    {
        return pulls > returns + drops && !received;
    }
};

/* One program's channel. */
struct Channel {
    struct nci_queue *queue = nullptr;
    std::string name;
    int program = 0; /* 0: the exporter's */
    bool sends = false;
    bool kept = false;       /* option keep-open */
    bool closed = false;     /* by its program, or by a hangup */
    bool hung = false;       /* its name was hung up */
    bool dead = false;       /* its program was killed */
    bool had_stream = false; /* one was bound */
    int holds = 0;
    int ended = 0; /* how */
    std::vector<std::unique_ptr<Datum>> sent;
    size_t away = 0; /* of these, on streams and not known to be received */
    std::vector<Tale *> tales;
    Datum *last_read = nullptr; /* by its own program, and when */
    uint64_t last_read_at = 0;
};

/* One stream, as both ends lived it. */
struct Tale {
    std::string name; /* for faults */
    Channel *from = nullptr, *to = nullptr;
    uint32_t size = 0;
    uint64_t window = 0;
    int64_t count = -1;
    bool bound[2] = {false, false}; /* at the sender, the receiver */
    uint64_t attached_at = 0;       /* at the sender */
    bool returns = true;

    std::vector<Datum *> pulled;
    size_t arrived = 0, acked_received = 0, acked_taken = 0, read = 0;
    uint64_t taken = 0; /* as the receiver's channel counts */
    bool hung[2] = {false, false};
    bool may_be_lost = false; /* an end said so with reason */
    int over[2] = {0, 0};
    bool orderly[2] = {false, false}; /* over by two hangups */
    int fed_end = 0;                  /* what the receiver's channel was told first */
    bool used_up() const
    {
        return used_up(pulled.size());
    }
    bool used_up(size_t values) const
    {
        return count >= 0 && (int64_t)values >= count;
    }
};

class Account
{
  public:
    std::string fault;
    uint64_t clock = 0; /* counts what happens */
    uint64_t values = 0, returned = 0, doubled = 0, untaken = 0, read_back = 0;

    std::vector<std::unique_ptr<Channel>> channels;
    std::vector<std::unique_ptr<Tale>> tales;

    bool want(bool truth, const std::string &who, const char *what)
    {
        if (!truth && fault.empty())
            fault = who + ": " + what;
        return truth;
    }
    bool want(bool truth, const Tale *tale, const char *what)
    {
        return truth || want(false, tale->name, what);
    }
    bool want(bool truth, const Channel *channel, const char *what)
    {
        return truth || want(false, "channel " + channel->name, what);
    }

    /* ---- the sender's end ---- */

    /* The session took a value over. S3: within count; S9.3, S9.4: the order of first pops, but for
     * values that came back since the stream began. */
    void pull(Tale *tale, Datum *datum)
    {
        clock++;
        want(!tale->used_up(), tale, "a value beyond the count");
        want(datum->home == tale->from, tale, "a value of another channel");
        want(!datum->away(), tale, "a value that is under way already");
        want(!datum->received || datum->returns, tale, "a value that was received already");
        want(datum->home_reads == 0, tale, "a value that its own program has taken");
        want(tale->over[0] == 0, tale, "a value taken over behind the stream's end");
        if (!tale->pulled.empty() && datum->index < tale->pulled.back()->index)
            want(datum->returned_at > tale->attached_at, tale, "values leave out of order");
        datum->pulls++;
        datum->received = datum->taken = false;
        tale->pulled.push_back(datum);
        tale->from->away++;
    }

    void acked(Tale *tale, uint64_t received, uint64_t taken)
    {
        clock++;
        tale->acked_received += received;
        tale->acked_taken += taken;
        if (!want(tale->acked_received <= tale->arrived, tale, "acknowledged and never received") ||
            !want(tale->acked_taken <= tale->taken, tale, "acknowledged and never taken"))
            return;
        for (size_t i = tale->acked_received - received; i < tale->acked_received; i++) {
            tale->pulled[i]->received = true;
            tale->from->away--;
        }
        for (size_t i = tale->acked_taken - taken; i < tale->acked_taken; i++)
            tale->pulled[i]->taken = true;
    }

    /* A value comes back: on_over's ledger, or an outbox that was never sent. */
    void give_back(Tale *tale, Datum *datum, size_t at)
    {
        clock++;
        if (!want(at < tale->pulled.size() && tale->pulled[at] == datum, tale,
                  "another value comes back than is due"))
            return;
        tale->from->away--;
        if (tale->returns) {
            datum->returns++;
            datum->returned_at = clock;
            returned++;
        } else {
            datum->drops++;
        }
    }

    /* A value that stood in an outbox is back in its channel. */
    void never_left(Datum *datum)
    {
        datum->returned_at = ++clock;
    }

    /* S8.40, S9.1: what was not received comes back, what was received and not taken is told. */
    void sender_over(Tale *tale, size_t gave_back, size_t told_untaken)
    {
        want(tale->acked_received + gave_back == tale->pulled.size(), tale,
             "a value is neither acknowledged nor returned");
        want(tale->acked_received - tale->acked_taken == told_untaken, tale,
             "values received and not taken are not told");
        for (size_t i = tale->acked_taken; i < tale->acked_received; i++)
            tale->pulled[i]->untaken = true;
        untaken += told_untaken;
    }

    /* S9.7, S9.8, S9.9, S8.11: may this stream's close be written now? */
    void close_written(Tale *tale, bool ended)
    {
        if (tale->used_up())
            return;
        want(ended, tale, "close on a channel that is open");
        for (auto &datum : tale->from->sent)
            want(datum->received || datum->home_reads || datum->drops, tale,
                 "close before every value is acknowledged");
    }

    /* ---- the receiver's end ---- */

    void arrive(Tale *tale, const std::string &text)
    {
        clock++;
        if (!want(tale->arrived < tale->pulled.size(), tale, "a value that was never sent"))
            return;
        Datum *datum = tale->pulled[tale->arrived++];
        want(datum->text == text, tale, "another value than was sent");
        want(!tale->hung[1], tale, "a value behind the receiver's hangup");
        want(tale->fed_end == 0, tale, "a value behind the stream's end");
        datum->arrivals++;
        values++;
    }

    /* The receiver's channel is told how the stream ended; dead: by its link's end. */
    void fed_end(Tale *tale, int code, bool dead)
    {
        if (tale->fed_end)
            return;
        tale->fed_end = code;
        want(code != NCI_LOST || dead || tale->may_be_lost, tale, "told as lost without a loss");
        if (code == NCI_CLOSED && !tale->hung[1])
            want(tale->arrived == tale->pulled.size(), tale, "closed, and a value is missing");
    }

    /* A program reads what a stream brought. S7.5: in the stream's order. */
    void read(Tale *tale, size_t at)
    {
        clock++;
        want(at == tale->read, tale, "read out of order");
        tale->read = at + 1;
        tale->pulled[at]->reads++;
    }

    /* A program reads what it sent itself. */
    void read_home(Channel *channel, Datum *datum)
    {
        clock++;
        read_back++;
        want(!datum->away(), channel, "its program reads a value that is under way");
        want(!datum->received, channel, "its program reads a value that was received");
        want(++datum->home_reads == 1, channel, "its program reads a value twice");
        if (channel->last_read && datum->index < channel->last_read->index)
            want(datum->returned_at > channel->last_read_at, channel, "read back out of order");
        channel->last_read = datum;
        channel->last_read_at = clock;
    }

    /* ---- ends ---- */

    /* One end of the stream is over; dead: by its link's end. */
    void over(Tale *tale, bool receiver, int code, bool dead)
    {
        tale->over[receiver] = code;
        tale->orderly[receiver] = !dead;
        if (receiver && code == NCI_CLOSED && !tale->hung[1])
            want(tale->arrived == tale->pulled.size(), tale, "over as closed, a value is missing");
        if (!receiver && code == NCI_CLOSED && !tale->hung[0] && !tale->hung[1])
            want(tale->acked_received == tale->pulled.size(), tale,
                 "over as closed, a value was not received");
        if (!tale->orderly[0] || !tale->orderly[1] || !tale->over[0] || !tale->over[1])
            return;
        want(tale->over[0] == tale->over[1], tale, "the ends name the end differently");
        want(tale->acked_received == tale->arrived, tale, "received, hung up, not acknowledged");
        want(tale->may_be_lost || tale->over[0] == NCI_CLOSED || !tale->bound[0], tale,
             "over as lost without a loss");
    }

    /* Looks at a channel behind everything that may have ended it: S8.12, S8.13, S8.20. holds: the
     * values in it. */
    void look(Channel *channel, int state, size_t holds)
    {
        if (channel->ended) {
            want(state == channel->ended, channel, "its end changes");
            return;
        }
        channel->ended = state;
        int due = channel->closed ? NCI_CLOSED : due_end(channel);
        if (state)
            want(state == due, channel, due ? "ends otherwise than it should" : "has ended");
        else
            want(due == NCI_OK || holds, channel, "has not ended as it should");
    }

    /* A program was told of the end, which stands behind everything that came. */
    void told_end(Channel *channel, int code)
    {
        want(code == channel->ended, channel, "its end is told otherwise");
        for (const Tale *tale : channel->tales) {
            if (channel->closed || channel->sends)
                break;
            want(tale->fed_end != 0, tale, "its channel ends before it");
            want(tale->read == tale->arrived, tale, "values behind the end");
        }
    }

    /* The channel's program is no more. */
    void died(Channel *channel)
    {
        channel->dead = true;
        for (Tale *tale : channel->tales) {
            for (size_t i = tale->read; !channel->sends && i < tale->arrived; i++)
                tale->pulled[i]->unread++;
        }
    }

    /* Every value is somewhere, and only where the rules put it. */
    void settle()
    {
        for (auto &channel : channels) {
            for (auto &datum : channel->sent) {
                if (!channel->dead)
                    settle(*channel, *datum);
            }
        }
    }

  private:
    /* S8.13 to S8.15, S8.20, S8.21: how a channel has to end now; NCI_OK: not at all. */
    static int due_end(const Channel *channel)
    {
        bool any = false, lost = false;
        for (const Tale *tale : channel->tales) {
            if (channel->sends ? !tale->bound[0] : !tale->bound[1])
                continue;
            if (channel->sends && channel->program == 0)
                continue; /* importers that come and go never end it */
            any = true;
            if (channel->sends ? !tale->over[0] : !tale->fed_end)
                return NCI_OK;
            lost |= (channel->sends ? tale->over[0] : tale->fed_end) == NCI_LOST;
        }
        if (!any || channel->kept || channel->holds)
            return NCI_OK;
        return lost ? NCI_LOST : NCI_CLOSED;
    }

    void settle(const Channel &channel, const Datum &datum)
    {
        std::string who = "value " + std::to_string(datum.index) + " of channel " + channel.name;
        unsigned back = datum.returns + datum.drops;
        want(datum.reads + datum.unread == datum.arrivals, who, "arrived, and was not read");
        want(datum.arrivals + datum.home_reads + datum.drops > 0, who, "was lost");
        want(datum.pulls >= back && datum.pulls - back <= 1, who,
             "comes back more often than it left");
        want(datum.home_reads + datum.drops + (datum.pulls - back) == 1, who,
             "is in two places, or in none");
        want(datum.arrivals <= datum.pulls, who, "arrived more often than it was sent");
        want(datum.pulls - back == 0 || datum.received, who, "is not acknowledged");
        want(datum.pulls - back == 0 || datum.taken || datum.untaken, who, "is not known as taken");
        doubled += datum.arrivals + datum.home_reads > 1;
    }
};

} // namespace simulation

#endif
