// SPDX-License-Identifier: MIT
package org.netchan;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** Texts and times as the library takes them. */
final class Text {
    private Text() {}

    /** UTF-8; a String with a lone surrogate is refused. */
    static byte[] bytes(String text) throws NetchanException {
        if (text == null) {
            throw new NetchanException.WrongType("null where a text is wanted");
        }
        try {
            ByteBuffer buffer = StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(text));
            byte[] bytes = new byte[buffer.remaining()];
            buffer.get(bytes);
            return bytes;
        } catch (CharacterCodingException error) {
            throw new NetchanException.InvalidValue("a text with a lone surrogate has no form in UTF-8");
        }
    }

    static String string(byte[] bytes) {
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** Milliseconds, rounded up; -1 for ever. */
    static long ms(Duration timeout) {
        if (timeout == null) {
            return -1;
        }
        if (timeout.isNegative() || timeout.isZero()) {
            return 0;
        }
        try {
            return timeout.plusNanos(999_999).toMillis();
        } catch (ArithmeticException error) {
            return -1;
        }
    }
}
