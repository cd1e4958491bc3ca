// SPDX-License-Identifier: MIT
package org.netchan;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Java's end of the matrix of languages: see bindings/scenarios.md. Arguments: export or import, URL, KEY=VALUE... */
public final class Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    private Peer() {}

    /** A value in the spelled-out form of the vectors; the members of objects are in the order of names. */
    static Object tagged(Object value) {
        if (value instanceof Long) {
            return Map.of("integer", value.toString());
        } else if (value instanceof Double) {
            return Map.of("real", hexadecimal((Double) value));
        } else if (value instanceof String) {
            return Map.of("string", value);
        } else if (value instanceof List) {
            List<Object> elements = new ArrayList<>();
            ((List<?>) value).forEach(element -> elements.add(tagged(element)));
            return Map.of("array", elements);
        } else if (value instanceof Map) {
            TreeMap<Object, Object> members = new TreeMap<>();
            ((Map<?, ?>) value).forEach((name, member) -> members.put(name, tagged(member)));
            return Map.of("object", members);
        }
        return value;
    }

    /** What the vectors say in "is", in the same form. */
    static Object expected(Object is) {
        if (!(is instanceof Map)) {
            return is;
        }
        Map<?, ?> tag = (Map<?, ?>) is;
        if (tag.get("array") instanceof List) {
            List<Object> elements = new ArrayList<>();
            ((List<?>) tag.get("array")).forEach(element -> elements.add(expected(element)));
            return Map.of("array", elements);
        } else if (tag.get("object") instanceof List) {
            TreeMap<Object, Object> members = new TreeMap<>();
            for (Object member : (List<?>) tag.get("object")) {
                members.put(((List<?>) member).get(0), expected(((List<?>) member).get(1)));
            }
            return Map.of("object", members);
        }
        return tag;
    }

    /** As Python writes it: all 13 digits, the exponent with its sign. */
    private static String hexadecimal(double real) {
        long bits = Double.doubleToRawLongBits(real);
        String sign = bits < 0 ? "-" : "";
        if (real == 0) {
            return sign + "0x0.0p+0";
        }
        int exponent = (int) (bits >> 52 & 0x7FF);
        int power = exponent == 0 ? -1022 : exponent - 1023;
        return String.format("%s0x%d.%013xp%+d", sign, exponent == 0 ? 0 : 1, bits & 0xFFFFFFFFFFFFFL, power);
    }

    private static Map<String, Map<?, ?>> vectors() throws Exception {
        Map<String, Map<?, ?>> rows = new LinkedHashMap<>();
        Map<?, ?> all = (Map<?, ?>) Netchan.parse(Files.readAllBytes(Path.of(System.getenv("NETCHAN_VECTORS"))));
        for (Object one : (List<?>) all.get("values")) {
            Map<?, ?> row = (Map<?, ?>) one;
            if ("ok".equals(row.get("verdict")) && row.containsKey("text")) {
                rows.put((String) row.get("name"), row);
            }
        }
        return rows;
    }

    private static void compare(Map<String, Map<?, ?>> rows, List<Object> got) {
        if (rows.size() != got.size()) {
            throw new IllegalStateException(got.size() + " values came, not " + rows.size());
        }
        int place = 0;
        for (Map<?, ?> row : rows.values()) {
            Object value = tagged(got.get(place++));
            if (value == null ? row.get("is") != null : !value.equals(expected(row.get("is")))) {
                throw new IllegalStateException(row.get("name") + ": came as " + value);
            }
        }
    }

    private static void export(String url, Options options) throws Exception {
        Map<String, Map<?, ?>> rows = vectors();
        try (Exporter exporter = new Exporter(options)) {
            exporter.listen(url, PATIENCE);
            Channel out = exporter.exportChannel("out", Direction.SEND, new Channel(rows.size()), null);
            Channel back = exporter.exportChannel("in", Direction.RECV);
            System.out.println(exporter.address());
            for (Map<?, ?> row : rows.values()) {
                out.put(Netchan.parse((String) row.get("text")), PATIENCE);
            }
            out.close();
            List<Object> got = new ArrayList<>();
            back.forEach(got::add);
            compare(rows, got);
            exporter.drain(Level.TAKEN, PATIENCE);
        }
    }

    private static void importBoth(String url, Options options) throws Exception {
        Map<String, Map<?, ?>> rows = vectors();
        try (Importer importer = Importer.connect(url, options, PATIENCE)) {
            Channel out = importer.importChannel("out", Direction.RECV, new Import().timeout(PATIENCE));
            Channel back = importer.importChannel("in", Direction.SEND, new Import().timeout(PATIENCE));
            List<Object> got = new ArrayList<>();
            for (Object value : out) {
                got.add(value);
                back.put(value, PATIENCE);
            }
            compare(rows, got);
            back.close();
            importer.drain(Level.TAKEN, PATIENCE);
        }
    }

    public static void main(String[] arguments) throws Exception {
        Options options = new Options();
        for (int place = 2; place < arguments.length; place++) {
            String[] setting = arguments[place].split("=", 2);
            options.set(setting[0], setting[1]);
        }
        if (arguments[0].equals("export")) {
            export(arguments[1], options);
        } else {
            importBoth(arguments[1], options);
        }
    }
}
