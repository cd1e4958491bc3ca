/* SPDX-License-Identifier: MIT */
/*
 * Fuzz target: two sessions, an exporter and an importer, in memory. The input says what their
 * programs do (bind, answer, send, take, close, hang up, sync, list, let time pass), when bytes are
 * written, and how many of them arrive at once. Two bytes of configuration, then two for each step.
 *
 * Neither session may ever say that the other broke the protocol or a limit, every value arrives in
 * order and with its bytes, and in the end each is acknowledged or returned, and both ends name the
 * end the same. Only an input that asks for damaged bytes (bit 0 of the first) may end the link so;
 * even then no sender loses a value.
 */
#include "pair_ends.h"

#define STEPS  3000
#define SECOND (1000 * NCI_MS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* -- bytes -- */

static void produce(struct end *end, size_t limit, unsigned eighths)
{
    struct nci_buf *out = nci_session_output(end->session);
    struct nci_lent *lent = nci_session_lent(end->session);
    struct iovec parts[NCI_LENT_PARTS];
    struct end *other = &end->link->ends[end == end->link->ends];
    judge(end, nci_session_produce(end->session, limit, end->link->now));
    size_t length = nci_session_pending(end->session) * eighths / 8;
    nci_session_handed(end->session, length);
    (void)nci_session_value_bytes_handed(end->session);
    for (int i = 0, count = nci_lent_parts(out, lent, length, parts); i < count; i++) {
        if (nci_buf_append(&other->wire, parts[i].iov_base, parts[i].iov_len))
            abort();
    }
    nci_lent_consume(out, lent, length);
}

/* Shows the session up to more bytes than it has seen, in a block of exactly that length. */
static void deliver(struct end *end, size_t more)
{
    size_t length = nci_buf_length(&end->wire), used = 0;
    if (length > end->shown && length - end->shown > more)
        length = end->shown + more;
    if (!length)
        return;
    uint8_t *block = (uint8_t *)malloc(length);
    if (!block)
        abort();
    memcpy(block, nci_buf_head(&end->wire), length);
    judge(end, nci_session_feed(end->session, block, length, end->link->now, &used));
    must(used <= length, "more consumed than was there");
    free(block);
    nci_buf_consume(&end->wire, used);
    end->shown = length - used;
}

static void tick(struct link *link, int64_t span)
{
    int64_t next;
    link->now += span;
    for (int i = 0; i < 2; i++)
        judge(&link->ends[i], nci_session_tick(link->ends[i].session, link->now, &next));
}

static void pump(struct link *link)
{
    for (int round = 0; round < 6; round++) {
        for (int i = 0; i < 2; i++)
            produce(&link->ends[i], 60000, 8);
        for (int i = 0; i < 2; i++)
            deliver(&link->ends[i], SIZE_MAX / 2);
    }
}

/* -- what programs do -- */

/* A living stream of that direction, bound or not, that the byte chooses among those that this end
 * has not hung up; or NULL. */
static struct flow *choose(struct end *end, int sends, int bound, unsigned byte)
{
    struct flow *found[STREAMS];
    unsigned count = 0;
    for (size_t i = 0; i < STREAMS; i++) {
        struct flow *flow = &end->flows[i];
        if (flow->stream && !flow->hung && flow->sends == sends && flow->bound == bound)
            found[count++] = flow;
    }
    return count ? found[byte % count] : NULL;
}

static void bind(struct end *end, unsigned byte)
{
    static const uint32_t sizes[] = {1, 2, 7, 150};
    static const uint64_t windows[] = {1, 300, 40000, 4u << 20};
    struct nci_bind ask = {"name", 4, byte & 1, sizes[byte >> 1 & 3], windows[byte >> 3 & 3],
                           -1,     0};
    struct nci_stream *stream;
    size_t at = 0;
    while (at < STREAMS && end->flows[at].known)
        at++;
    /* Who does not know the exporter's limits yet may reach the least there can be: one stream
     * open, four not over. */
    if (at == (nci_session_is_ready(end->session) ? STREAMS : 4))
        return;
    if (byte & 32)
        ask.count = 1 + (byte >> 6) * 9;
    struct flow *flow = &end->flows[at];
    int code = nci_session_bind(end->session, &ask, &stream);
    if (code) {
        must(code == NCI_LIMIT || code == NCI_LOST || code == NCI_BUSY, "an odd refusal");
        return;
    }
    must(stream->id == at + 1, "ids are not in a row");
    *(struct flow **)nci_stream_extra(stream) = flow;
    flow->stream = stream;
    flow->end = end;
    flow->known = 1;
    flow->sends = !ask.receives;
}

static void answer(struct end *end, unsigned byte)
{
    struct flow *flow = choose(end, byte & 1, 0, byte >> 4);
    if (!flow || flow->hungup)
        return;
    if ((byte & 14) == 14) {
        flow->hung = 1;
        nci_session_refuse(end->session, flow->stream, NCI_NOCHANNEL, "no");
    } else {
        accept(flow, byte & 2 ? 3 : 0, byte & 4 ? 500 : 0, byte & 8 ? 5 : 0);
        if (flow->sends)
            nci_session_ready(end->session, flow->stream);
    }
}

static void send(struct end *end, unsigned byte)
{
    struct flow *flow = choose(end, 1, 1, byte >> 4);
    if (!flow || flow->closing)
        return;
    flow->queued += byte % 16 < 12 ? 1 + byte % 16 : byte % 16 * 12;
    nci_session_ready(end->session, flow->stream);
}

static void take(struct end *end, struct flow *flow, uint64_t n, int at_once)
{
    static char text[1 << 16];
    for (; n > 0 && flow->taken < flow->received; n--)
        flow->taken_bytes += value_text(flow, ++flow->taken, text);
    if (flow->wanted && flow->taken >= flow->wanted) {
        flow->wanted = 0;
        at_once = 1;
    }
    nci_session_taken(end->session, flow->stream, at_once, end->link->now);
}

static void hang_up(struct end *end, unsigned byte)
{
    struct flow *flow = choose(end, byte & 1, !(byte & 8), byte >> 4);
    if (!flow)
        return;
    int left = flow->sends && flow->queued > flow->pulled;
    flow->hung = 1;
    nci_session_hangup(end->session, flow->stream, left || byte & 2 ? NCI_LOST : NCI_CLOSED,
                       byte & 4 ? "enough" : NULL);
}

/* A closed channel: close is for when nothing is left to pull. */
static void push_closes(struct end *end)
{
    for (size_t i = 0; i < STREAMS; i++) {
        struct flow *flow = &end->flows[i];
        if (flow->stream && flow->closing && flow->pulled == flow->queued)
            nci_session_close(end->session, flow->stream, NCI_CLOSED);
    }
}

static void answer_list(struct end *end)
{
    struct nci_value *page = NULL;
    if (!end->asked)
        return;
    if (nci_value_new("{\"channels\":[]}", 15, NULL, &page))
        abort();
    int code = nci_session_listing(end->session, ++end->answered, page);
    must(code == NCI_OK, "no listing");
    end->asked--;
    nci_value_unref(page);
}

static void list(struct link *link, int which, unsigned byte)
{
    if (which) {
        int code = nci_session_list(link->ends[1].session, byte, "name", byte % 5);
        must(code == NCI_OK || code == NCI_BUSY, "an odd refusal");
    } else {
        answer_list(&link->ends[0]);
    }
}

static void damage(struct end *end, unsigned byte)
{
    size_t length = nci_buf_length(&end->wire);
    if (!end->link->may_damage || length <= end->shown)
        return;
    end->link->damaged = 1;
    size_t at = end->shown + (byte * 37u) % (length - end->shown);
    end->wire.data[end->wire.read + at] ^= (uint8_t)(1u << (byte & 7));
}

static void step(struct link *link, unsigned op, unsigned byte)
{
    static const size_t limits[] = {1, 20, 200, 3000, 17000, 60000};
    static const size_t counts[] = {1, 5, 40, 300, 5000, 40000, SIZE_MAX / 2, SIZE_MAX / 2};
    struct end *end = &link->ends[op >> 4 & 1];
    struct flow *flow;
    switch (op & 15) {
    case 0:
        bind(&link->ends[1], byte);
        break;
    case 1:
        answer(&link->ends[0], byte);
        break;
    case 2:
    case 3:
        send(end, byte);
        break;
    case 4:
        if ((flow = choose(end, 0, 1, byte >> 4)))
            take(end, flow, 1 + byte % 8 * 5, byte >> 3 & 1);
        break;
    case 5:
        if ((flow = choose(end, 1, 1, byte)))
            flow->closing = 1;
        break;
    case 6:
        hang_up(end, byte);
        break;
    case 7:
        if ((flow = choose(end, 1, 1, byte >> 4)))
            nci_session_sync(end->session, flow->stream,
                             (byte & 15) + (byte & 8 ? flow->stream->sent : 0));
        break;
    case 8:
        tick(link, 1 + byte % 16 * NCI_MS);
        break;
    case 9: /* a long time, in which everything that was said arrives */
        pump(link);
        tick(link, byte * 4 * SECOND);
        pump(link);
        break;
    case 10:
        list(link, op >> 4 & 1, byte);
        break;
    case 11:
        damage(end, byte);
        break;
    case 12:
    case 13:
        produce(end, limits[byte % 6], byte & 64 ? byte >> 3 & 7 : 8);
        break;
    default:
        deliver(end, counts[byte & 7] + (byte >> 3));
    }
    push_closes(&link->ends[0]);
    push_closes(&link->ends[1]);
}

/* -- the end -- */

/* Programs come to their ends: everything is answered, taken and closed. */
static int wind_up(struct end *end)
{
    int busy = 0;
    while (end->asked)
        answer_list(end);
    for (size_t i = 0; i < STREAMS; i++) {
        struct flow *flow = &end->flows[i];
        busy |= !!flow->stream;
        if (!flow->stream || flow->hung)
            continue;
        if (!flow->bound && end == end->link->ends && !flow->hungup)
            accept(flow, 0, 0, 0);
        if (!flow->bound)
            continue;
        flow->closing |= flow->sends;
        if (flow->sends)
            nci_session_ready(end->session, flow->stream);
        else
            take(end, flow, UINT64_MAX, 1);
    }
    push_closes(end);
    return busy;
}

static void finish(struct link *link)
{
    for (int round = 0; round < 20000; round++) {
        int busy = wind_up(&link->ends[0]) | wind_up(&link->ends[1]);
        for (int i = 0; i < 2; i++) {
            produce(&link->ends[i], 60000, 8);
            deliver(&link->ends[!i], SIZE_MAX / 2);
        }
        tick(link, 5 * NCI_MS);
        if (!busy)
            return;
    }
    must(0, "streams are left that never end");
}

static void check_sender(const struct flow *flow)
{
    must(flow->over != 0, "a stream without an end");
    must(flow->acked_received + flow->returned == flow->pulled,
         "a value is neither acknowledged nor returned");
}

static void check_both(const struct flow *sender, const struct flow *receiver, int died)
{
    must(receiver->over != 0, "a stream without an end");
    must(receiver->received <= sender->pulled, "more values than were sent");
    must(sender->acked_received <= receiver->received && sender->acked_taken <= receiver->taken,
         "acknowledged, and not received");
    must(receiver->closed != NCI_CLOSED || receiver->received == sender->pulled,
         "closed, and a value is missing");
    if (died)
        return;
    must(sender->acked_received == receiver->received, "received and not acknowledged");
    must(receiver->over == sender->over, "the ends name the end differently");
    must(sender->over != NCI_CLOSED || sender->hung || receiver->hung || !sender->returned,
         "closed, and a value was not received");
}

static void check(const struct link *link, int died)
{
    for (int i = 0; i < 2; i++) {
        for (size_t at = 0; at < STREAMS; at++) {
            const struct flow *flow = &link->ends[i].flows[at], *other;
            if (!flow->known || !flow->sends)
                continue;
            check_sender(flow);
            other = other_flow(flow);
            if (link->damaged)
                continue;
            if (other->known)
                check_both(flow, other, died);
            else
                must(!flow->acked_received, "acknowledged by nobody");
        }
    }
}

/* Both programs say bye, and all of it arrives; or the link is cut. */
static void part(struct link *link, unsigned how)
{
    if (how & 1) {
        link->said_bye = 1;
        nci_session_bye(link->ends[0].session, NCI_OK, NULL);
        nci_session_bye(link->ends[1].session, NCI_CLOSED, "enough");
        pump(link);
    }
    for (int i = 0; i < 2; i++)
        nci_session_end(link->ends[i].session, NCI_LOST, "the link is gone");
}

static void begin(struct link *link, unsigned config, unsigned more)
{
    static const uint32_t longest[] = {50, 500, 5000, 20000};
    struct nci_session_config how;
    memset(link, 0, sizeof *link);
    memset(&how, 0, sizeof how);
    link->now = 1000 * SECOND;
    link->longest = longest[config >> 2 & 3];
    link->may_damage = config & 1;
    link->accepts = config >> 4 & 1;
    how.limits.value = 1 << 16;
    how.limits.depth = 9;
    how.limits.frame = config & 2 ? 4096 : 65536;
    how.limits.size = more & 1 ? 100 : 200;
    how.limits.window = 4u << 20;
    how.heartbeat = 3600 * SECOND;
    how.handshake = 3600 * SECOND;
    how.ack_delay = more & 2 ? 0 : 10 * NCI_MS;
    how.silence = 3600 * 1000;
    how.agent = "fuzz";
    how.lends = 40;
    how.extra[0] = how.extra[1] = sizeof(struct flow *);
    strcpy(how.session_id, "0123456789abcdef0123456789abcdef");
    for (int i = 0; i < 2; i++) {
        struct end *end = &link->ends[i];
        end->link = link;
        how.role = i ? NCI_ROLE_IMPORTER : NCI_ROLE_EXPORTER;
        how.limits.streams = config & 32 && !i ? 5 : 64;
        if (nci_session_new(&how, &events, end, link->now, &end->session))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct link link;
    if (size < 2 || size > 2 + 2 * STEPS)
        return 0;
    begin(&link, data[0], data[1]);
    if (!(data[1] & 4)) /* greeted */
        pump(&link);
    for (size_t at = 2; at + 1 < size; at += 2)
        step(&link, data[at], data[at + 1]);
    int died = data[1] & 8 || link.damaged;
    if (!died)
        finish(&link);
    part(&link, data[1] >> 4);
    check(&link, died);
    for (int i = 0; i < 2; i++) {
        nci_session_free(link.ends[i].session);
        nci_buf_fini(&link.ends[i].wire);
    }
    return 0;
}
