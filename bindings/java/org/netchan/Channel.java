// SPDX-License-Identifier: MIT
package org.netchan;

import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * A bounded queue of values, with any number of senders and receivers. It works without any network;
 * {@link Exporter#exportChannel} and {@link Importer#importChannel} connect it to other programs. With capacity 0
 * a put returns when a receiver has the value.
 */
public final class Channel implements AutoCloseable, Iterable<Object> {
    private final Handle handle;

    /** Capacity 0. */
    public Channel() throws NetchanException {
        this(0);
    }

    /** A channel in which so many values wait. */
    public Channel(long capacity) throws NetchanException {
        this(capacity, RawJNI.channel_new(capacity));
    }

    private Channel(long capacity, long raw) {
        handle = Handle.of(this, raw, RawJNI::delete_Channel);
    }

    static Channel of(long raw) {
        return new Channel(0, raw);
    }

    /** The caller keeps the channel reachable while it uses the number. */
    long raw() {
        return handle.address;
    }

    /** Puts a value in, waiting for room. */
    public void put(Object value) throws NetchanException, InterruptedException {
        put(value, null);
    }

    /**
     * Puts a value in, waiting for room.
     *
     * @throws NetchanException.Closed the channel has ended
     * @throws NetchanException.Lost the channel has ended by a failure
     * @throws NetchanException.Timeout there was no room in time
     * @throws NetchanException.InvalidValue what is given is no value
     * @throws NetchanException.WrongType what is given is no value
     */
    public void put(Object value, Duration timeout) throws NetchanException, InterruptedException {
        byte[] text = Codec.encode(value);
        try {
            RawJNI.Channel_put(raw(), text, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Takes a value out, waiting for one. */
    public Object take() throws NetchanException, InterruptedException {
        return take(null);
    }

    /**
     * Takes a value out, waiting for one.
     *
     * @throws NetchanException.Closed the channel has ended and is empty
     * @throws NetchanException.Lost the same, by a failure
     * @throws NetchanException.Timeout there was none in time
     */
    public Object take(Duration timeout) throws NetchanException, InterruptedException {
        try {
            return Codec.decode(RawJNI.Channel_take(raw(), Text.ms(timeout), 0));
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Puts in the first value, waiting for room, and as many more as there is room for; returns how many. */
    public int putMany(Collection<?> values, Duration timeout) throws NetchanException, InterruptedException {
        byte[][] texts = new byte[values.size()][];
        int count = 0;
        for (Object value : values) {
            texts[count++] = Codec.encode(value);
        }
        try {
            return (int) RawJNI.Channel_put_many(raw(), texts, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** Takes a value out, waiting for it, and as many more as are there, up to count. */
    public List<Object> takeMany(int count, Duration timeout) throws NetchanException, InterruptedException {
        try {
            byte[][] texts = RawJNI.Channel_take_many(raw(), count, Text.ms(timeout), 0);
            List<Object> values = new ArrayList<>(texts.length);
            for (byte[] text : texts) {
                values.add(Codec.decode(text));
            }
            return values;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Iterates over the values until the channel is closed. Nothing is taken ahead of hasNext. What may not be
     * thrown by an iterator comes as an UncheckedIOException: a {@link NetchanException.Lost}, or an
     * InterruptedIOException when the thread was interrupted, which it still is then.
     */
    @Override
    public Iterator<Object> iterator() {
        return new Iterator<Object>() {
            private boolean ready;
            private boolean ended;
            private Object value;

            @Override
            public boolean hasNext() {
                if (ready || ended) {
                    return ready;
                }
                try {
                    value = take();
                    ready = true;
                } catch (NetchanException.Closed end) {
                    ended = true;
                } catch (NetchanException error) {
                    throw new UncheckedIOException(error);
                } catch (InterruptedException error) {
                    Thread.currentThread().interrupt();
                    throw new UncheckedIOException(new InterruptedIOException(error.getMessage()));
                }
                return ready;
            }

            @Override
            public Object next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                ready = false;
                return value;
            }
        };
    }

    /** No more values will be sent. Those in the channel stay readable. Never waits. */
    @Override
    public void close() throws NetchanException {
        RawJNI.Channel_close(raw());
        Reference.reachabilityFence(this);
    }

    /**
     * Keeps the channel from ending when its streams end, until release: for a program that merges several
     * imports and binds them all between the two.
     */
    public void hold() throws NetchanException {
        RawJNI.Channel_hold(raw());
        Reference.reachabilityFence(this);
    }

    /** Takes one hold back. */
    public void release() throws NetchanException {
        RawJNI.Channel_release(raw());
        Reference.reachabilityFence(this);
    }

    /** How many values can be taken out now. */
    public long length() {
        long length = RawJNI.Channel_length(raw());
        Reference.reachabilityFence(this);
        return length;
    }

    /** The capacity given when it was made. */
    public long capacity() {
        long capacity = RawJNI.Channel_capacity(raw());
        Reference.reachabilityFence(this);
        return capacity;
    }

    /** "open", "closed", "lost", or the word of the error that ended it; values may still be readable. */
    public String state() {
        int code = RawJNI.Channel_state(raw());
        Reference.reachabilityFence(this);
        return code == 0 ? "open" : NetchanException.word(code);
    }

    /** Why it has ended; "" while it has not. */
    public String cause() {
        String cause = Text.string(RawJNI.Channel_cause(raw()));
        Reference.reachabilityFence(this);
        return cause;
    }

    /**
     * A descriptor that is readable while a take (or, for SEND, a put) would not wait, for native event loops. It
     * belongs to the channel.
     */
    public int descriptor(Direction direction) throws NetchanException {
        int descriptor = RawJNI.Channel_fd(raw(), direction.number);
        Reference.reachabilityFence(this);
        return descriptor;
    }

    @Override
    public String toString() {
        return "netchan.Channel (capacity " + capacity() + ", " + length() + " in it, " + state() + ")";
    }
}
