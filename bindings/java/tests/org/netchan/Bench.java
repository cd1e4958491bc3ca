// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.management.ManagementFactory;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a value costs in Java: see bindings/bench.sh. Prints lines of workload, way, and CPU time of the process in
 * nanoseconds a value, the median of interleaved rounds. Java has no JSON library of its own: json is that of Gson
 * where it is installed, else a deep copy of the maps and lists, as standard error says. Argument: rounds.
 */
public final class Bench {
    private static final int BATCH = 1000;

    private Bench() {}

    private interface Way {
        void run(Object value) throws Exception;
    }

    private static Object copy(Object value) {
        if (value instanceof Map) {
            Map<Object, Object> result = new LinkedHashMap<>();
            ((Map<?, ?>) value).forEach((key, member) -> result.put(key, copy(member)));
            return result;
        } else if (value instanceof List) {
            List<Object> result = new ArrayList<>();
            ((List<?>) value).forEach(element -> result.add(copy(element)));
            return result;
        }
        return value;
    }

    /** There and back by Gson, which is not needed to build this; null when it is not there. */
    private static Way byGson(Object[] sink) {
        try {
            Object gson = Class.forName("com.google.gson.Gson").getConstructor().newInstance();
            Method write = gson.getClass().getMethod("toJson", Object.class);
            Method read = gson.getClass().getMethod("fromJson", String.class, Class.class);
            return value -> {
                for (int i = 0; i < BATCH; i++) {
                    sink[0] = read.invoke(gson, write.invoke(gson, value), Object.class);
                }
            };
        } catch (ReflectiveOperationException missing) {
            System.err.println("java: no Gson; json is a plain copy of the maps and lists");
            return null;
        }
    }

    private static Way through(Channel sent, Channel got) {
        return value -> {
            for (int i = 0; i < BATCH; i++) {
                sent.put(value);
            }
            for (int i = 0; i < BATCH; i++) {
                got.take();
            }
        };
    }

    private static double cpu() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 9;
        Map<String, Object> record = new LinkedHashMap<>();
        record.put("id", 9007199254740993L);
        record.put("name", "Ann Example");
        record.put("tags", List.of("alpha", "beta", "gamma", "delta"));
        List<Object> scores = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            scores.add(i / 8.0);
        }
        record.put("scores", scores);
        record.put("address", Map.of("street", "Long Street 12", "city", "L\u00f6bau", "zip", "02708", "geo",
                List.of(51.09, 14.66)));
        record.put("active", true);
        record.put("note", "x".repeat(400));
        record.put("next", null);
        Map<String, Object> loads = new LinkedHashMap<>();
        loads.put("small", Map.of("i", 123456L, "source", "bench-producer"));
        loads.put("record", record);
        try (Exporter exporter = Exporter.listenOn("tcp://127.0.0.1:0");
                Importer importer = Importer.connect(exporter.address())) {
            Channel channel = new Channel(BATCH);
            Object[] sink = new Object[1];
            Map<String, Way> ways = new LinkedHashMap<>();
            Way json = byGson(sink);
            ways.put("json", json != null ? json : value -> {
                for (int i = 0; i < BATCH; i++) {
                    sink[0] = copy(value);
                }
            });
            ways.put("channel", through(channel, channel));
            ways.put("tcp", through(
                    exporter.exportChannel("bench", Direction.SEND, new Channel(BATCH), null),
                    importer.importChannel("bench", Direction.RECV, new Import().capacity(BATCH))));
            for (Map.Entry<String, Object> load : loads.entrySet()) {
                Map<String, double[]> times = new LinkedHashMap<>();
                ways.keySet().forEach(way -> times.put(way, new double[rounds]));
                // The system counts in hundredths of a second; the first rounds warm the compiler up.
                int many = load.getKey().equals("small") ? 200 : 40;
                for (int round = -3; round < rounds; round++) {
                    for (Map.Entry<String, Way> way : ways.entrySet()) {
                        double begun = cpu();
                        for (int i = 0; i < many; i++) {
                            way.getValue().run(load.getValue());
                        }
                        if (round >= 0) {
                            times.get(way.getKey())[round] = (cpu() - begun) / (many * BATCH);
                        }
                    }
                }
                times.forEach((way, found) -> {
                    Arrays.sort(found);
                    System.out.printf("%s\t%s\t%.0f%n", load.getKey(), way, found[rounds / 2]);
                });
            }
            importer.shutdown();
        }
    }
}
