// SPDX-License-Identifier: MIT
package org.netchan;

import java.time.Duration;

/** How a channel is imported; each setting may be left out. */
public final class Import {
    Channel channel;
    Options options = new Options();
    Duration timeout;
    long capacity;
    long size;
    long count = -1;

    /** Nothing is set. */
    public Import() {}

    /** The channel to bind; else one is made. */
    public Import channel(Channel bound) {
        channel = bound;
        return this;
    }

    /** The capacity of a channel that is made. */
    public Import capacity(long values) {
        capacity = values;
        return this;
    }

    /** How many values the receiving side will hold; 0 is the default. */
    public Import size(long values) {
        size = values;
        return this;
    }

    /** How many values the import is for; -1 for no limit. */
    public Import count(long values) {
        count = values;
        return this;
    }

    /** How long to wait for the exporter's answer. */
    public Import timeout(Duration time) {
        timeout = time;
        return this;
    }

    /** An option of scope import, such as "wait" or "async". */
    public Import set(String key, Object value) {
        options.set(key, value);
        return this;
    }
}
