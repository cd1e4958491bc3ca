// SPDX-License-Identifier: MIT
package org.netchan;

import java.time.Duration;
import java.util.Map;

/** What exporters and importers have in common. */
public abstract class Owner implements AutoCloseable {
    private Channel errors;

    Owner() {}

    /** Forgets a name, ends its streams, closes its channel. Never waits. */
    public abstract void hangup(String name) throws NetchanException;

    /** Waits until everything that was sent is acknowledged. */
    public void drain(Level level) throws NetchanException, InterruptedException {
        drain(level, null);
    }

    /**
     * Waits until everything that was sent is acknowledged.
     *
     * @throws NetchanException.Lost something cannot be acknowledged any more
     * @throws NetchanException.Timeout it was not in time
     */
    public abstract void drain(Level level, Duration timeout) throws NetchanException, InterruptedException;

    /** Waits until what had been sent when the call began is acknowledged. */
    public void sync(Level level) throws NetchanException, InterruptedException {
        sync(level, null);
    }

    /** Waits until what had been sent when the call began is acknowledged. */
    public abstract void sync(Level level, Duration timeout) throws NetchanException, InterruptedException;

    /** The channel of what went wrong in the background: Maps with "code", "text" and more. */
    public synchronized Channel errors() throws NetchanException {
        if (errors == null) {
            errors = Channel.of(rawErrors());
        }
        return errors;
    }

    /** Figures of the moment; netchan_exporter_stats(3) says which. */
    public abstract Map<String, Object> stats() throws NetchanException;

    /** Ends everything. Never waits. */
    public abstract void shutdown() throws NetchanException;

    /** Ends everything, and waits until every link has ended in order. */
    public abstract void shutdown(Duration timeout) throws NetchanException, InterruptedException;

    /**
     * Ends everything, and waits until every link has ended in order: at the end of a try with resources. A
     * thread that is interrupted waits no longer, and stays interrupted.
     */
    @Override
    public void close() throws NetchanException {
        try {
            shutdown(null);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
        }
    }

    abstract long rawErrors() throws NetchanException;

    @SuppressWarnings("unchecked") // stats are an object
    static Map<String, Object> object(byte[] text) {
        return (Map<String, Object>) Codec.decode(text);
    }
}
