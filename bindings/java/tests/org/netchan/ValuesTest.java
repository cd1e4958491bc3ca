// SPDX-License-Identifier: MIT
package org.netchan;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.netchan.Support.NONE;
import static org.netchan.Support.PLENTY;
import static org.netchan.Support.raises;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.Test;
import org.netchan.Support.Pair;

/** The shared vectors and the contract. */
public class ValuesTest {
    private static byte[] bytes(Map<?, ?> row) throws Exception {
        if (row.containsKey("hex")) {
            return new BigInteger("00" + row.get("hex"), 16).toByteArray();
        } else if (row.containsKey("repeat")) {
            Map<?, ?> part = (Map<?, ?>) row.get("repeat");
            int count = ((Long) part.get("count")).intValue();
            return Text.bytes(part.get("open").toString().repeat(count) + part.get("middle")
                    + part.get("close").toString().repeat(count));
        }
        return Text.bytes((String) row.get("text"));
    }

    private static Object nativeValue(String word) {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        switch (word) {
        case "nan":
            return Double.NaN;
        case "infinity":
            return Double.POSITIVE_INFINITY;
        case "-infinity":
            return Double.NEGATIVE_INFINITY;
        case "2^70":
            return BigInteger.TWO.pow(70);
        case "-2^63-1":
            return BigInteger.TWO.pow(63).negate().subtract(BigInteger.ONE);
        case "broken string":
            return "a\ud83d";
        case "broken name":
            return Map.of("\ude00", 1);
        case "other name":
            return Map.of(1, 2);
        case "other object":
            return new Object();
        default:
            assertEquals("cycle", word);
            return cycle;
        }
    }

    private static List<Map<?, ?>> rows(String part) throws Exception {
        List<Map<?, ?>> rows = new ArrayList<>();
        for (Object row : (List<?>) Support.shared("vectors.json").get(part)) {
            rows.add((Map<?, ?>) row);
        }
        return rows;
    }

    @Test
    public void textsAreAcceptedAndRefusedAsTheVectorsSay() throws Exception {
        for (Map<?, ?> row : rows("values")) {
            String name = row.get("name").toString();
            if (row.get("verdict").equals("ok")) {
                Object value = Netchan.parse(bytes(row));
                if (row.containsKey("is")) {
                    assertEquals(name, Peer.expected(row.get("is")), Peer.tagged(value));
                }
            } else {
                NetchanException error =
                        assertThrows(name, NetchanException.class, () -> Netchan.parse(bytes(row)));
                assertEquals(name, row.get("code"), error.word());
            }
        }
    }

    @Test
    public void nativeValuesGoThroughAChannelUnchanged() throws Exception {
        Channel channel = new Channel(1);
        for (Map<?, ?> row : rows("values")) {
            if (row.get("verdict").equals("ok")) {
                Object value = Netchan.parse(bytes(row));
                channel.put(value, NONE);
                Object got = channel.take(NONE);
                assertEquals(value, got);
                assertEquals(Netchan.dump(value), Netchan.dump(got));
            }
        }
    }

    @Test
    public void whatIsNoValueIsRefusedByThePut() throws Exception {
        Channel channel = new Channel(1);
        for (Map<?, ?> row : rows("native")) {
            NetchanException error = assertThrows(NetchanException.class,
                    () -> channel.put(nativeValue((String) row.get("native")), NONE));
            assertEquals(row.get("name").toString(), row.get("code"), error.word());
            assertEquals(0, channel.length());
        }
        Map<Object, Object> twice = new java.util.HashMap<>();
        twice.put(new StringBuilder("a"), 1);
        twice.put("a", 2);
        raises(NetchanException.InvalidValue.class, () -> channel.put(twice, NONE));
        raises(NetchanException.WrongType.class, () -> channel.put(new BigDecimal("1.5"), NONE));
    }

    @Test
    public void kindsOfJavaThatAreValuesToo() throws Exception {
        assertEquals("[1,2,3,4,5]", Netchan.dump(List.of((byte) 1, (short) 2, 3, 4L, BigInteger.valueOf(5))));
        assertEquals("[1.5,0.1,-0.0,1.0]", Netchan.dump(new Object[] {1.5f, 0.1, -0.0, 1.0}));
        assertEquals("[[1,2],[true],\"x\",\"y\"]", Netchan.dump(
                List.of(new int[] {1, 2}, new boolean[] {true}, 'x', new StringBuilder("y"))));
        assertEquals("[\"a\"]", Netchan.dump(Set.of("a")));
        assertEquals("[null,{}]", Netchan.dump(Arrays.asList(null, Map.of())));
        for (long number : new long[] {Long.MIN_VALUE, Long.MAX_VALUE, 9007199254740993L}) {
            assertEquals(number, Netchan.parse(Netchan.dump(number)));
        }
        String all = "\u0000\u001f\"\\/\b\t\u007f\u0080\u07ff\u0800\uffff\ud83d\ude00";
        assertEquals(all, Netchan.parse(Netchan.dump(all)));
        assertEquals(all, Netchan.parse("\"\\u0000\\u001f\\\"\\\\\\/\\b\\t\\u007f\\u0080\\u07ff\\u0800\\uffff"
                + "\\ud83d\\ude00\""));
    }

    @Test
    public void manyValuesAtOnce() throws Exception {
        Channel channel = new Channel(3);
        assertEquals(3, channel.putMany(Arrays.asList(1, "two", null, 4), NONE));
        raises(NetchanException.Timeout.class, () -> channel.putMany(List.of(5), NONE));
        assertEquals(Arrays.asList(1L, "two", null), channel.takeMany(10, NONE));
        raises(NetchanException.Timeout.class, () -> channel.takeMany(10, NONE));
        assertEquals(0, channel.putMany(List.of(), NONE));
        raises(NetchanException.InvalidValue.class, () -> channel.putMany(List.of(1, Double.NaN), NONE));
        raises(NetchanException.Misuse.class, () -> channel.takeMany(0, NONE));
    }

    @Test
    public void eachCodeHasItsClassAndName() throws Exception {
        for (Object one : (List<?>) Support.shared("contract.json").get("errors")) {
            Map<?, ?> row = (Map<?, ?>) one;
            NetchanException error = NetchanException.of(((Long) row.get("code")).intValue(), "text");
            assertEquals(row.get("class"), error.getClass().getSimpleName());
            assertEquals(row.get("name"), error.word());
            assertEquals((long) (Long) row.get("code"), error.code());
        }
    }

    private interface Scope {
        void call(String key, Object value) throws Exception;
    }

    @Test
    public void eachOptionIsTakenWhereItBelongsAndRefusedElsewhere() throws Exception {
        Map<?, ?> options = (Map<?, ?>) Support.shared("contract.json").get("options");
        int[] count = {0};
        try (Pair pair = new Pair("tcp")) {
            Importer importer = pair.meet();
            Map<String, Scope> scopes = Map.of(
                    "exporter", (key, value) -> new Exporter(new Options().set(key, value)).close(),
                    "importer", (key, value) ->
                            Importer.connect(pair.exporter.address(), new Options().set(key, value), PLENTY).close(),
                    "export", (key, value) -> {
                        pair.exporter.exportChannel("a", Direction.SEND, new Channel(), new Options().set(key, value));
                        pair.exporter.hangup("a");
                    },
                    "import", (key, value) -> {
                        String name = "b" + count[0]++;
                        pair.exporter.exportChannel(name, Direction.SEND);
                        importer.importChannel(name, Direction.RECV, new Import().set(key, value));
                    });
            for (Map.Entry<?, ?> sample : ((Map<?, ?>) options.get("samples")).entrySet()) {
                String key = sample.getKey().toString();
                for (Map.Entry<String, Scope> scope : scopes.entrySet()) {
                    if (((List<?>) options.get(scope.getKey())).contains(key)) {
                        scope.getValue().call(key, sample.getValue());
                    } else {
                        raises(NetchanException.InvalidOption.class,
                                () -> scope.getValue().call(key, sample.getValue()));
                    }
                }
            }
            for (Object key : Netchan.feature("tls") ? List.of() : (List<?>) options.get("notsup")) {
                raises(NetchanException.NotSupported.class, () -> scopes
                        .get(key.equals("tls.name") ? "importer" : "exporter").call(key.toString(), "x"));
            }
            scopes.get("export").call("keep-open", true);
        }
    }

    @Test
    public void statsAndErrorsHaveTheMembersOfTheContract() throws Exception {
        Map<?, ?> stats = (Map<?, ?>) Support.shared("contract.json").get("stats");
        try (Pair pair = new Pair("tcp")) {
            Importer importer = pair.meet();
            Channel sent = pair.exporter.exportChannel("a", Direction.SEND, new Channel(1), null);
            importer.importChannel("a", Direction.RECV, new Import().size(1));
            sent.put(1, PLENTY);
            for (Owner owner : List.of(pair.exporter, importer)) {
                Map<String, Object> figures = owner.stats();
                String role = owner == importer ? "importer" : "exporter";
                assertEquals(role, figures.get("role"));
                assertTrue(figures.keySet().containsAll((List<?>) stats.get(role)));
                for (String part : List.of("channel", "stream")) {
                    Map<?, ?> entry = (Map<?, ?>) ((List<?>) figures.get(part + "s")).get(0);
                    assertEquals(new TreeSet<>((List<?>) stats.get(part)), new TreeSet<>(entry.keySet()));
                }
            }
            assertEquals(new TreeSet<>((List<?>) stats.get("listing")),
                    new TreeSet<>(importer.list("", PLENTY).get(0).keySet()));
            importer.importChannel("none", Direction.RECV, new Import().set("async", true));
            Map<?, ?> entry = (Map<?, ?>) importer.errors().take(PLENTY);
            assertTrue(((List<?>) stats.get("error")).containsAll(entry.keySet()));
            assertEquals("nochannel", entry.get("code"));
        }
    }

    @Test
    public void aPolicyExplainsItself() throws Exception {
        Options policy = new Options()
                .set("policy.text", "{\"rules\":[{\"who\":\"cn:a\",\"channel\":\"x\",\"allow\":\"send\"}]}");
        assertEquals(true, Netchan.explainPolicy(policy, List.of("cn:a"), "x", Direction.SEND).get("allowed"));
        assertEquals(false, Netchan.explainPolicy(policy, List.of(), "x", Direction.SEND).get("allowed"));
        assertThrows(NetchanException.InvalidOption.class,
                () -> Netchan.explainPolicy(new Options().set("policy.text", "{}"), List.of(), "x", Direction.RECV));
    }

    @Test
    public void limitsAreThoseOfTheContract() throws Exception {
        Map<?, ?> limits = (Map<?, ?>) Support.shared("contract.json").get("limits");
        long capacity = (Long) limits.get("capacity");
        assertEquals(capacity, new Channel(capacity).capacity());
        raises(NetchanException.OverLimit.class, () -> new Channel(capacity + 1));
        raises(NetchanException.OverLimit.class, () -> new Channel(-1));
        int most = ((Long) limits.get("name_bytes")).intValue();
        try (Pair pair = new Pair("tcp")) {
            pair.exporter.exportChannel("n".repeat(most), Direction.SEND);
            for (String name : List.of("", "n".repeat(most + 1), "a\0b", "\ud800")) {
                raises(NetchanException.InvalidValue.class,
                        () -> pair.exporter.exportChannel(name, Direction.SEND));
            }
            pair.exporter.exportChannel("name", Direction.SEND);
            Importer importer = pair.meet();
            importer.importChannel("name", Direction.RECV);
            assertEquals(limits.get("size_default"), Support.stream(importer, "name").get("size"));
        }
    }
}
