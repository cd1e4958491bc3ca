/* SPDX-License-Identifier: MIT */
/*
 * What a session tells its end of a simulated link, and what is done with it: link_events.c of
 * src/run, with the account told of everything first. Included by ends.hpp.
 */
#ifndef NETCHAN_TESTS_SIMULATION_EVENTS_HPP
#define NETCHAN_TESTS_SIMULATION_EVENTS_HPP

namespace simulation
{

struct Events {
    static void on_ready(void *)
    {
    }

    static void on_bind(void *ctx, nci_stream *stream)
    {
        Joint *joint = Joint::self(ctx);
        joint->ends.emplace_back(new End);
        End *end = joint->ends.back().get();
        end->joint = joint;
        end->stream = stream;
        end->tale = joint->tale_of(stream->id);
        end->waits = true;
        Joint::place(stream) = end;
    }

    static void on_bound(void *ctx, nci_stream *stream)
    {
        Joint *joint = Joint::self(ctx);
        End *end = Joint::of(stream);
        if (end->channel->kept)
            nci_queue_keep_open(end->channel->queue);
        if (joint->attach(end, end->channel, end->tale->returns, stream->size, stream->window)) {
            joint->hang_up(end, NCI_CLOSED);
            return;
        }
        joint->bind_tale(end);
        joint->open(end);
    }

    static size_t on_pull(void *ctx, nci_stream *stream, nci_outgoing *items, size_t max)
    {
        Books &books = Joint::self(ctx)->books;
        nci_item taken[128];
        End *end = Joint::of(stream);
        if (!end->drainer)
            return 0;
        size_t count = nci_drainer_collect(end->drainer, taken, std::min<size_t>(max, 128));
        for (size_t i = 0; i < count; i++) {
            items[i].value = taken[i].value;
            items[i].stamp = taken[i].stamp;
            books.account.pull(end->tale, books.sent.at(taken[i].value));
        }
        return count;
    }

    static int on_value(void *ctx, nci_stream *stream, nci_value *value)
    {
        Books &books = Joint::self(ctx)->books;
        End *end = Joint::of(stream);
        size_t length;
        const char *text = nci_value_text(value, &length);
        size_t at = end->tale->arrived;
        books.account.arrive(end->tale, std::string(text, length));
        books.came[value] = {end->tale, at};
        books.keep(value);
        if (!books.account.want(end->feeder != nullptr, end->tale, "a value for no channel")) {
            nci_value_unref(value);
            return NCI_OK;
        }
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        int status = nci_feeder_deliver(end->feeder, &value, 1, &wakes);
        nci_wakes_ring(&wakes);
        end->tale->taken = nci_feeder_taken(end->feeder);
        return status;
    }

    static void on_figures(void *, nci_stream *stream, uint64_t *taken, uint64_t *bytes)
    {
        End *end = Joint::of(stream);
        *taken = *bytes = 0;
        if (!end->feeder)
            return;
        nci_feeder_tell(end->feeder, taken, bytes);
        end->tale->taken = *taken;
    }

    static void on_asked(void *, nci_stream *stream, uint64_t seq)
    {
        if (Joint::of(stream)->feeder)
            nci_feeder_asked(Joint::of(stream)->feeder, seq);
    }

    static void on_acked(void *ctx, nci_stream *stream, uint64_t received, uint64_t taken,
                         uint64_t bytes)
    {
        End *end = Joint::of(stream);
        Joint::self(ctx)->books.account.acked(end->tale, received, taken);
        if (!end->drainer)
            return;
        std::vector<uint64_t> stamps;
        const nci_ledger *ledger = nci_stream_ledger(stream);
        uint64_t first = ledger->received - ledger->taken;
        for (uint64_t i = 0; i < received; i++)
            stamps.push_back(nci_ledger_at(ledger, (uint32_t)(first + i))->stamp);
        for (uint64_t i = 0; i < taken; i++)
            stamps.push_back(nci_ledger_at(ledger, (uint32_t)i)->stamp);
        nci_wakes wakes;
        nci_wakes_init(&wakes);
        nci_drainer_acks acks = {received, taken, NULL, NULL, taken, bytes};
        int told = nci_drainer_acked(end->drainer, &acks, &wakes);
        acks.received_stamps = stamps.data();
        acks.taken_stamps = stamps.data() + received;
        if (!told && !nci_drainer_acked(end->drainer, &acks, &wakes))
            Joint::self(ctx)->books.account.want(false, end->tale, "stamps were not enough");
        nci_wakes_ring(&wakes);
    }

    static void on_closed(void *ctx, nci_stream *stream, int code, const char *)
    {
        if (Joint::of(stream)->feeder)
            Joint::self(ctx)->feed_end(Joint::of(stream), code, false);
    }

    static void on_hungup(void *ctx, nci_stream *stream, int code, const char *)
    {
        End *end = Joint::of(stream);
        end->waits = false;
        end->peer_hung_up = true;
        if (end->feeder)
            Joint::self(ctx)->feed_end(end, code == NCI_CLOSED ? NCI_CLOSED : NCI_LOST, false);
    }

    static void on_close_written(void *ctx, nci_stream *stream)
    {
        Joint::of(stream)->close_handed = true;
        Joint::self(ctx)->closes = true;
    }

    static void return_ledger(Joint &joint, End *end, nci_stream *stream, nci_drainer_loss *loss)
    {
        std::vector<nci_item> items;
        std::vector<uint64_t> stamps;
        int64_t unwritten = 0;
        nci_ledger *ledger = nci_stream_ledger(stream);
        for (uint32_t i = 0; i < ledger->count; i++) {
            nci_ledger_entry *entry = nci_ledger_at(ledger, i);
            if (!entry->value) {
                stamps.push_back(entry->stamp);
                continue;
            }
            joint.books.account.give_back(end->tale, joint.books.sent.at(entry->value),
                                          end->tale->acked_received + items.size());
            items.push_back({entry->value, entry->stamp});
            entry->value = NULL;
            if (entry->end == UINT64_MAX)
                unwritten += (int64_t)nci_room_of(entry->length);
        }
        joint.books.account.sender_over(end->tale, items.size(), stamps.size());
        nci_drainer_give_back(end->drainer, items.data(), items.size(), loss);
        nci_drainer_untaken(end->drainer, stamps.data(), stamps.size());
        nci_outlet_add_room(&joint.meeting.outlet, unwritten);
    }

    static void on_over(void *ctx, nci_stream *stream, int code)
    {
        Joint *joint = Joint::self(ctx);
        End *end = Joint::of(stream);
        if (end->tale)
            joint->books.account.over(end->tale, !stream->sends, code, joint->ended);
        if (end->drainer) {
            nci_drainer_loss loss = {0, 0, 0};
            return_ledger(*joint, end, stream, &loss);
            joint->note_outbox(end);
            nci_drainer_detach(end->drainer, code, "the stream was lost", &loss);
            end->drainer = nullptr;
            look_at(joint->books, end->channel);
        }
        if (end->feeder) {
            joint->feed_end(end, code == NCI_CLOSED ? NCI_CLOSED : NCI_LOST, joint->ended);
            nci_feeder_detach(end->feeder);
            end->feeder = nullptr;
        }
        end->waits = false;
        end->stream = nullptr;
        joint->rung = true;
    }

    static void on_list(void *, uint64_t, const char *, size_t)
    {
    }
    static void on_listing(void *, uint64_t, nci_value *)
    {
    }
    static void on_bye(void *ctx, int, const char *)
    {
        Joint::self(ctx)->peer_bye = true;
    }
};

inline const nci_session_events *joint_events()
{
    static const nci_session_events table = {
        Events::on_ready,  Events::on_bind,    Events::on_bound,         Events::on_pull,
        Events::on_value,  Events::on_figures, Events::on_asked,         Events::on_acked,
        Events::on_closed, Events::on_hungup,  Events::on_close_written, Events::on_over,
        Events::on_list,   Events::on_listing, Events::on_bye,
    };
    return &table;
}

} // namespace simulation

#endif
