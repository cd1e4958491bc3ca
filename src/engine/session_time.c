/* SPDX-License-Identifier: MIT */
/*
 * What happens because time passes: the handshake's deadline, the heartbeat, late acknowledgements,
 * and giving back memory that lies unused. Time is only compared, never read, so that a test can
 * live a day in a millisecond.
 *
 * A peer is judged silent only after a ping had a whole interval to be answered: a caller that
 * itself slept (a frozen container) finds the ping due first, not the verdict.
 */
#include "engine/session_impl.h"

void nci_session_start_heartbeat(struct nci_session *session, int64_t silence_ms)
{
    int64_t interval = session->config.heartbeat;
    if (interval <= 0 || silence_ms == 0)
        return;
    if (silence_ms > interval / NCI_MS)
        interval = silence_ms < NCI_FOREVER / NCI_MS / 8 ? silence_ms * NCI_MS : NCI_FOREVER / 8;
    session->interval = interval;
}

/* Up to an eighth of the interval, from the session's own random bits, so that ten thousand links
 * made in one second do not ping in one. */
static int64_t jitter(const struct nci_session *session)
{
    uint32_t hash = 2166136261u;
    for (const char *at = session->config.session_id; *at; at++)
        hash = (hash ^ (uint8_t)*at) * 16777619u;
    hash = (hash ^ (uint32_t)session->pings) * 16777619u;
    return session->interval / 8 / 256 * (int64_t)(hash >> 24);
}

/* When the heartbeat next wants a look: a ping, or with one out the verdict. */
static int64_t heartbeat_at(const struct nci_session *session)
{
    if (!session->interval)
        return NCI_FOREVER;
    if (!(session->flags & NCI_SESSION_PINGED))
        return session->last_input + session->interval - jitter(session);
    int64_t silent = session->last_input + 2 * session->interval;
    int64_t unanswered = session->pinged_at + session->interval;
    return silent > unanswered ? silent : unanswered;
}

void nci_session_heard(struct nci_session *session, int64_t now)
{
    session->last_input = now;
    session->flags &= ~(uint32_t)(NCI_SESSION_PINGED | NCI_SESSION_PING_DUE);
}

void nci_session_forgive(struct nci_session *session, int64_t now)
{
    nci_session_heard(session, now);
}

void nci_session_will_trim(struct nci_session *session, int64_t now)
{
    if (session->trim_at == NCI_FOREVER)
        session->trim_at = now + NCI_TRIM_AFTER;
}

/* Buffers that are empty go back; what is in use has another second. */
static void trim(struct nci_session *session, int64_t now)
{
    uint32_t at = 0;
    int used = nci_buf_length(&session->output) > 0;
    for (struct nci_stream *stream; (stream = nci_table_next(&session->streams, &at));) {
        if (!stream->sends)
            continue;
        nci_stream_rest(stream);
        used |= stream->out != &nci_sending_none;
    }
    if (!nci_buf_length(&session->output))
        nci_buf_fini(&session->output);
    session->trim_at = used ? now + NCI_TRIM_AFTER : NCI_FOREVER;
}

static int64_t untold_at(const struct nci_session *session)
{
    if (nci_list_empty(&session->untold))
        return NCI_FOREVER;
    struct nci_stream *stream = NCI_CONTAINER(session->untold.next, struct nci_stream, turn);
    return stream->oldest + session->config.ack_delay;
}

static int64_t handshake_at(const struct nci_session *session)
{
    if (session->flags & NCI_SESSION_HELLO_READ || session->config.handshake <= 0)
        return NCI_FOREVER;
    return session->begun + session->config.handshake;
}

int64_t nci_session_next(const struct nci_session *session)
{
    if (session->flags & (NCI_SESSION_FAILED | NCI_SESSION_ENDED))
        return NCI_FOREVER;
    int64_t next = session->trim_at,
            times[] = {heartbeat_at(session), untold_at(session), handshake_at(session)};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        if (times[i] < next)
            next = times[i];
    }
    return next;
}

static int beat(struct nci_session *session, int64_t now)
{
    if (session->flags & NCI_SESSION_PINGED)
        return nci_fail(NCI_LOST, "the peer was silent for %lld ms, a ping included",
                        (long long)((now - session->last_input) / NCI_MS));
    session->pings++;
    session->pinged_at = now;
    session->flags |= NCI_SESSION_PINGED | NCI_SESSION_PING_DUE;
    return NCI_OK;
}

int nci_session_tick(struct nci_session *session, int64_t now, int64_t *next)
{
    int code = session->flags & NCI_SESSION_FAILED ? session->code : NCI_OK;
    if (!code && !(session->flags & NCI_SESSION_ENDED)) {
        if (handshake_at(session) <= now)
            code = nci_fail(NCI_TIMEOUT, "no hello from the peer within %lld ms",
                            (long long)(session->config.handshake / NCI_MS));
        else if (heartbeat_at(session) <= now)
            code = beat(session, now);
        while (untold_at(session) <= now)
            nci_session_tell(session);
        if (session->trim_at <= now)
            trim(session, now);
        if (code)
            code = nci_session_fail(session, code);
    }
    *next = nci_session_next(session);
    return code;
}
