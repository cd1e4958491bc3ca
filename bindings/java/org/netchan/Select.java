// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * Waits for the first of several sends and receives. Made once and used many times, by one thread at a time.
 * Fair: cases that are ready take turns. Cases are numbered from 0.
 */
public final class Select {
    private final Handle handle;
    private final Map<Integer, Channel> channels = new HashMap<>();

    /** No case yet. */
    public Select() throws NetchanException {
        handle = Handle.of(this, RawJNI.select_new(), RawJNI::delete_Select);
    }

    private int keep(long number, Channel channel) {
        channels.put((int) number, channel);
        Reference.reachabilityFence(this);
        return (int) number;
    }

    /** Adds a receive; returns its number. */
    public int recv(Channel channel) throws NetchanException {
        return keep(RawJNI.Select_add_recv(handle.address, channel.raw()), channel);
    }

    /** Adds a send of a value; returns its number. */
    public int send(Channel channel, Object value) throws NetchanException {
        return keep(RawJNI.Select_add_send(handle.address, channel.raw(), Codec.encode(value)), channel);
    }

    /** Adds a send that is off until set gives it a value; returns its number. */
    public int send(Channel channel) throws NetchanException {
        return keep(RawJNI.Select_add_send_off(handle.address, channel.raw()), channel);
    }

    /** Gives a send its next value. A send that was chosen is off until then. */
    public void set(int number, Object value) throws NetchanException {
        RawJNI.Select_set(handle.address, number, Codec.encode(value));
        Reference.reachabilityFence(this);
    }

    /** Turns a send off until set gives it a value. */
    public void off(int number) throws NetchanException {
        RawJNI.Select_set_off(handle.address, number);
        Reference.reachabilityFence(this);
    }

    /** Turns a receive on or off. */
    public void enable(int number, boolean on) throws NetchanException {
        RawJNI.Select_enable(handle.address, number, on ? 1 : 0);
        Reference.reachabilityFence(this);
    }

    /** Drops a case. */
    public void remove(int number) throws NetchanException {
        RawJNI.Select_remove(handle.address, number);
        channels.remove(number);
        Reference.reachabilityFence(this);
    }

    /** Waits until a case can go ahead, does it, and says which. */
    public Choice await() throws NetchanException, InterruptedException {
        return await(null);
    }

    /**
     * Waits until a case can go ahead, does it, and says which.
     *
     * @throws NetchanException.Timeout none could in time
     */
    public Choice await(Duration timeout) throws NetchanException, InterruptedException {
        try {
            Object[] chosen = RawJNI.Select_wait(handle.address, Text.ms(timeout), 0);
            long[] figures = (long[]) chosen[0];
            int number = (int) figures[0];
            String ended = figures[1] < 0 ? NetchanException.word((int) figures[1]) : null;
            return new Choice(number, channels.get(number), Codec.decode((byte[]) chosen[1]), ended);
        } finally {
            Reference.reachabilityFence(this);
        }
    }
}
