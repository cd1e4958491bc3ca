// SPDX-License-Identifier: MIT
package org.netchan;

import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The library itself, and values as texts. */
public final class Netchan {
    private Netchan() {}

    /** The version of the library in use. */
    public static String version() {
        return Text.string(RawJNI.netchan_version());
    }

    /** Whether this build can do something: "tcp", "unix", "tls", "epoll". */
    public static boolean feature(String name) throws NetchanException {
        return RawJNI.netchan_feature(Text.bytes(name)) == 1;
    }

    /**
     * What a policy says to a peer with these names, such as "dns:host.example".
     *
     * @param options with policy, a file, or policy.text, as an exporter takes them
     * @param direction as the peer sees it
     * @return a map with "allowed", "close", "rule" and "text"
     */
    public static Map<?, ?> explainPolicy(
            Options options, List<String> identity, String channel, Direction direction)
            throws NetchanException {
        byte[] question = Codec.encode(Map.of(
                "identity", identity, "channel", channel, "direction", direction.name().toLowerCase(Locale.ROOT)));
        try {
            return (Map<?, ?>) Options.use(
                    options, made -> Codec.decode(RawJNI.Options_explain(made, question)));
        } catch (InterruptedException error) {
            throw new AssertionError(error); // asking does not wait
        }
    }

    /** The JSON text of a value as it travels. */
    public static String dump(Object value) throws NetchanException {
        return Text.string(RawJNI.value_dump(Codec.encode(value)));
    }

    /**
     * The value that a JSON text stands for, by the strict rules of netchan(7).
     *
     * @throws NetchanException.InvalidValue with line, column and reason
     */
    public static Object parse(String text) throws NetchanException {
        return parse(Text.bytes(text));
    }

    /** The same for bytes of UTF-8. */
    public static Object parse(byte[] utf8) throws NetchanException {
        return Codec.decode(RawJNI.value_parse(utf8));
    }
}
