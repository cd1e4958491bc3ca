// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.reflect.Array;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Java objects to JSON texts in UTF-8 and back. What is read has been checked by the library. */
final class Codec {
    private static final int DEEPEST = 512;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

    private byte[] bytes;
    private int at;

    private Codec(byte[] bytes) {
        this.bytes = bytes;
    }

    static byte[] encode(Object value) throws NetchanException {
        Codec codec = new Codec(new byte[64]);
        codec.write(value, 0);
        return Arrays.copyOf(codec.bytes, codec.at);
    }

    static Object decode(byte[] text) {
        return text == null ? null : new Codec(text).read();
    }

    // ---- Writing

    private void room(int count) {
        if (bytes.length - at < count) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + count));
        }
    }

    private void put(char one) {
        room(1);
        bytes[at++] = (byte) one;
    }

    @SuppressWarnings("deprecation") // the form of getBytes for texts that are known to be ASCII
    private void ascii(String text) {
        room(text.length());
        text.getBytes(0, text.length(), bytes, at);
        at += text.length();
    }

    private void write(Object value, int depth) throws NetchanException {
        if (depth > DEEPEST) {
            throw new NetchanException.OverLimit("a value may have " + DEEPEST + " levels");
        }
        if (value == null) {
            ascii("null");
        } else if (value instanceof CharSequence || value instanceof Character) {
            string(value.toString());
        } else if (value instanceof Boolean) {
            ascii(value.toString());
        } else if (value instanceof Number) {
            number((Number) value);
        } else if (value instanceof Map) {
            object((Map<?, ?>) value, depth);
        } else if (value instanceof Iterable) {
            array((Iterable<?>) value, depth);
        } else if (value.getClass().isArray()) {
            elements(value, depth);
        } else {
            throw refused("no value can be made of", value);
        }
    }

    private static NetchanException refused(String what, Object value) {
        return new NetchanException.WrongType(what + ": " + (value == null ? "null" : value.getClass().getName()));
    }

    private void number(Number value) throws NetchanException {
        if (value instanceof Long || value instanceof Integer || value instanceof Short || value instanceof Byte) {
            ascii(Long.toString(value.longValue()));
        } else if (value instanceof Double || value instanceof Float) {
            double real = value.doubleValue();
            if (Double.isNaN(real) || Double.isInfinite(real)) {
                throw new NetchanException.InvalidValue("a real that is infinite or not a number is not a value");
            }
            ascii(Double.toString(real));
        } else if (value instanceof BigInteger) {
            if (((BigInteger) value).bitLength() > 63) {
                throw new NetchanException.InvalidValue("an integer beyond 64 bits is not a value");
            }
            ascii(value.toString());
        } else {
            throw refused("no value can be made of", value);
        }
    }

    private void string(String text) throws NetchanException {
        int length = text.length();
        room(length + 2);
        bytes[at++] = '"';
        for (int i = 0; i < length; i++) {
            char one = text.charAt(i);
            room(6);
            if (one >= 0x20 && one < 0x80 && one != '"' && one != '\\') {
                bytes[at++] = (byte) one;
            } else if (one < 0x80) {
                escape(one);
            } else if (one < 0x800) {
                bytes[at++] = (byte) (0xC0 | one >> 6);
                bytes[at++] = (byte) (0x80 | one & 0x3F);
            } else if (!Character.isSurrogate(one)) {
                bytes[at++] = (byte) (0xE0 | one >> 12);
                bytes[at++] = (byte) (0x80 | one >> 6 & 0x3F);
                bytes[at++] = (byte) (0x80 | one & 0x3F);
            } else {
                if (i + 1 == length || !Character.isSurrogatePair(one, text.charAt(i + 1))) {
                    throw new NetchanException.InvalidValue("a string with a lone surrogate is not a value");
                }
                int point = Character.toCodePoint(one, text.charAt(++i));
                bytes[at++] = (byte) (0xF0 | point >> 18);
                bytes[at++] = (byte) (0x80 | point >> 12 & 0x3F);
                bytes[at++] = (byte) (0x80 | point >> 6 & 0x3F);
                bytes[at++] = (byte) (0x80 | point & 0x3F);
            }
        }
        put('"');
    }

    private void escape(char one) {
        bytes[at++] = '\\';
        if (one == '"' || one == '\\') {
            bytes[at++] = (byte) one;
            return;
        }
        bytes[at++] = 'u';
        bytes[at++] = '0';
        bytes[at++] = '0';
        bytes[at++] = HEX[one >> 4];
        bytes[at++] = HEX[one & 15];
    }

    private void object(Map<?, ?> value, int depth) throws NetchanException {
        char before = '{';
        for (Map.Entry<?, ?> member : value.entrySet()) {
            if (!(member.getKey() instanceof CharSequence)) {
                throw refused("the key of an object must be a String, not", member.getKey());
            }
            put(before);
            string(member.getKey().toString());
            put(':');
            write(member.getValue(), depth + 1);
            before = ',';
        }
        ascii(before == '{' ? "{}" : "}");
    }

    private void array(Iterable<?> value, int depth) throws NetchanException {
        char before = '[';
        for (Object element : value) {
            put(before);
            write(element, depth + 1);
            before = ',';
        }
        ascii(before == '[' ? "[]" : "]");
    }

    private void elements(Object value, int depth) throws NetchanException {
        char before = '[';
        for (int i = 0; i < Array.getLength(value); i++) {
            put(before);
            write(Array.get(value, i), depth + 1);
            before = ',';
        }
        ascii(before == '[' ? "[]" : "]");
    }

    // ---- Reading

    private byte next() {
        while (bytes[at] == ' ' || bytes[at] == '\n' || bytes[at] == '\t' || bytes[at] == '\r') {
            at++;
        }
        return bytes[at];
    }

    private Object read() {
        switch (next()) {
        case '{':
            return readObject();
        case '[':
            return readArray();
        case '"':
            return readString();
        case 't':
            at += 4;
            return Boolean.TRUE;
        case 'f':
            at += 5;
            return Boolean.FALSE;
        case 'n':
            at += 4;
            return null;
        default:
            return readNumber();
        }
    }

    private Map<String, Object> readObject() {
        Map<String, Object> members = new LinkedHashMap<>();
        at++;
        while (next() != '}') {
            if (bytes[at] == ',') {
                at++;
                next();
            }
            String name = readString();
            next();
            at++; // the colon
            members.put(name, read());
        }
        at++;
        return members;
    }

    private List<Object> readArray() {
        List<Object> elements = new ArrayList<>();
        at++;
        while (next() != ']') {
            if (bytes[at] == ',') {
                at++;
            }
            elements.add(read());
        }
        at++;
        return elements;
    }

    private Object readNumber() {
        int begin = at;
        boolean real = false;
        while (at < bytes.length && (bytes[at] >= '+' && bytes[at] <= '9' && bytes[at] != ','
                || bytes[at] == 'e' || bytes[at] == 'E')) {
            real |= bytes[at] == '.' || bytes[at] == 'e' || bytes[at] == 'E';
            at++;
        }
        String digits = new String(bytes, begin, at - begin, StandardCharsets.US_ASCII);
        if (real) {
            return Double.valueOf(digits);
        }
        return Long.valueOf(digits);
    }

    private String readString() {
        int begin = ++at;
        while (bytes[at] != '"' && bytes[at] != '\\') {
            at++;
        }
        if (bytes[at] == '"') {
            return new String(bytes, begin, at++ - begin, StandardCharsets.UTF_8);
        }
        StringBuilder text = new StringBuilder();
        for (;;) {
            text.append(new String(bytes, begin, at - begin, StandardCharsets.UTF_8));
            if (bytes[at++] == '"') {
                return text.toString();
            }
            text.append(unescaped());
            begin = at;
            while (bytes[at] != '"' && bytes[at] != '\\') {
                at++;
            }
        }
    }

    private char unescaped() {
        byte one = bytes[at++];
        switch (one) {
        case 'b':
            return '\b';
        case 'f':
            return '\f';
        case 'n':
            return '\n';
        case 'r':
            return '\r';
        case 't':
            return '\t';
        case 'u':
            at += 4;
            return (char) Integer.parseInt(new String(bytes, at - 4, 4, StandardCharsets.US_ASCII), 16);
        default:
            return (char) one;
        }
    }
}
