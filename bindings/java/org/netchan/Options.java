// SPDX-License-Identifier: MIT
package org.netchan;

import java.util.LinkedHashMap;
import java.util.Map;

/** Settings by key, which netchan-options(7) lists: {@code new Options().set("limit.value", 1000)}. */
public final class Options {
    private final Map<String, String> settings = new LinkedHashMap<>();

    /** Nothing is set. */
    public Options() {}

    /** Sets one; true and false are "yes" and "no". It is checked by the call that the options are given to. */
    public Options set(String key, Object value) {
        settings.put(key, Boolean.TRUE.equals(value) ? "yes" : Boolean.FALSE.equals(value) ? "no" : "" + value);
        return this;
    }

    interface Call<T> {
        T with(long options) throws NetchanException, InterruptedException;
    }

    /** Makes a call with the library's form of the options, 0 for none. */
    static <T> T use(Options options, Call<T> call) throws NetchanException, InterruptedException {
        if (options == null || options.settings.isEmpty()) {
            return call.with(0);
        }
        long made = RawJNI.options_new();
        try {
            for (Map.Entry<String, String> one : options.settings.entrySet()) {
                RawJNI.Options_set(made, Text.bytes(one.getKey()), Text.bytes(one.getValue()));
            }
            return call.with(made);
        } finally {
            RawJNI.delete_Options(made);
        }
    }
}
