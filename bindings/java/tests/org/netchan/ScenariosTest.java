// SPDX-License-Identifier: MIT
package org.netchan;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.netchan.Support.MOMENT;
import static org.netchan.Support.NONE;
import static org.netchan.Support.PLENTY;
import static org.netchan.Support.background;
import static org.netchan.Support.collect;
import static org.netchan.Support.figure;
import static org.netchan.Support.raises;
import static org.netchan.Support.stream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.After;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
import org.netchan.Support.Pair;
import org.netchan.Support.Task;

/** The scenarios of bindings/scenarios.md, by their numbers there. */
@RunWith(Parameterized.class)
public class ScenariosTest {
    private static final long BASE = 23;

    /** How the two ends meet. */
    @Parameterized.Parameters(name = "over {0}")
    public static Object[] ways() {
        return new Object[] {"unix", "tcp"};
    }

    /** One of them. */
    @Parameterized.Parameter
    public String way;

    private Pair pair;
    private Exporter exporter;

    @Before
    public void open() throws Exception {
        pair = new Pair(way);
        exporter = pair.exporter;
    }

    @After
    public void close() throws Exception {
        pair.close();
    }

    private static List<Object> numbers(int from, int count) {
        List<Object> list = new ArrayList<>();
        for (long number = BASE + from; number < BASE + count; number++) {
            list.add(number);
        }
        return list;
    }

    private static void send(Channel channel, List<Object> values) throws Exception {
        for (Object value : values) {
            channel.put(value, PLENTY);
        }
    }

    private static void sendAll(Channel channel, List<Object> values) throws Exception {
        send(channel, values);
        channel.close();
    }

    private static List<Object> take(Channel channel, int count) throws Exception {
        List<Object> got = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            got.add(channel.take(PLENTY));
        }
        return got;
    }

    private static Import sized(long size) {
        return new Import().size(size).timeout(PLENTY);
    }

    @Test
    public void exportSendImportReceive01() throws Exception {
        Importer importer = pair.meet();
        Channel sent = exporter.exportChannel("exportedSend", Direction.SEND);
        Task<Void> sending = background(() -> sendAll(sent, numbers(0, 10)));
        Channel got = importer.importChannel("exportedSend", Direction.RECV, sized(3).count(10));
        assertEquals(numbers(0, 10), collect(got));
        assertEquals("closed", got.state());
        sending.result();
    }

    @Test
    public void exportReceiveImportSend02() throws Exception {
        Importer importer = pair.meet();
        Channel got = exporter.exportChannel("exportedRecv", Direction.RECV);
        Task<List<Object>> receiving = new Task<>(() -> take(got, 10));
        sendAll(importer.importChannel("exportedRecv", Direction.SEND, sized(3)), numbers(0, 10));
        assertEquals(numbers(0, 10), receiving.result());
        raises(NetchanException.Closed.class, () -> got.take(PLENTY));
    }

    @Test
    public void closingExportSendImportReceive03() throws Exception {
        Importer importer = pair.meet();
        for (String time : new String[] {"before", "after"}) {
            Channel sent = new Channel(time.equals("before") ? 5 : 0);
            exporter.exportChannel(time, Direction.SEND, sent, null);
            Task<Void> sending = background(() -> sendAll(sent, numbers(0, 5)));
            if (time.equals("before")) {
                sending.result();
            }
            Channel got = importer.importChannel(time, Direction.RECV, sized(3).count(10));
            assertEquals(numbers(0, 5), collect(got));
            sending.result();
        }
    }

    @Test
    public void closingImportSendExportReceive04() throws Exception {
        Importer importer = pair.meet();
        Channel got = exporter.exportChannel("exportedRecv", Direction.RECV);
        Task<List<Object>> receiving = new Task<>(() -> collect(got));
        sendAll(importer.importChannel("exportedRecv", Direction.SEND, sized(3)), numbers(0, 5));
        assertEquals(numbers(0, 5), receiving.result());
    }

    @Test
    public void errorForIllegalChannel05() throws Exception {
        Importer importer = pair.meet();
        NetchanException error = raises(NetchanException.NoChannel.class,
                () -> importer.importChannel("notAChannel", Direction.RECV, sized(1)));
        assertTrue(error.getMessage(), error.getMessage().contains("notAChannel"));
        assertEquals("nochannel", error.word());
        raises(NetchanException.Timeout.class, () -> importer.errors().take(NONE));

        Channel got = importer.importChannel("notAChannel", Direction.RECV, sized(1).set("async", true));
        Select select = new Select();
        select.recv(importer.errors());
        Map<?, ?> entry = (Map<?, ?>) select.await(PLENTY).value();
        assertEquals("nochannel", entry.get("code"));
        assertEquals("notAChannel", entry.get("channel"));
        assertTrue(entry.get("text").toString().contains("notAChannel"));
        raises(NetchanException.NoChannel.class, () -> got.take(PLENTY));
    }

    private static void hangup(Channel sent, Channel got, Owner owner, String name) throws Exception {
        sent.put(1, PLENTY);
        assertEquals(1L, got.take(PLENTY));
        Task<List<Object>> waiting = new Task<>(() -> collect(got));
        owner.hangup(name);
        assertEquals(List.of(), waiting.result());
        assertEquals("closed", sent.state());
        raises(NetchanException.Closed.class, () -> sent.put(2, PLENTY));
    }

    @Test
    public void exportHangup06() throws Exception {
        Importer importer = pair.meet();
        Channel sent = exporter.exportChannel("exportedSend", Direction.SEND);
        Channel got = importer.importChannel("exportedSend", Direction.RECV, sized(1).count(2));
        hangup(sent, got, exporter, "exportedSend");
    }

    @Test
    public void importHangup07() throws Exception {
        Importer importer = pair.meet();
        Channel got = exporter.exportChannel("exportedRecv", Direction.RECV);
        Channel sent = importer.importChannel("exportedRecv", Direction.SEND, sized(1).count(2));
        hangup(sent, got, importer, "exportedRecv");
    }

    @Test
    public void independentSends08() throws Exception {
        Importer importer = pair.meet();
        Channel incoming = exporter.exportChannel("exportedRecv", Direction.RECV);
        Channel outgoing = exporter.exportChannel("exportedSend", Direction.SEND);
        Channel control = exporter.exportChannel("exportedCtl", Direction.RECV);
        Task<Object> looping = new Task<>(() -> {
            Object go = control.take(PLENTY);
            for (int i = 0; i < 10; i++) {
                outgoing.put(incoming.take(PLENTY), PLENTY);
            }
            return go;
        });
        Channel sent = importer.importChannel("exportedRecv", Direction.SEND, sized(3));
        Task<Void> sending = background(() -> sendAll(sent, numbers(0, 10)));
        Channel got = importer.importChannel("exportedSend", Direction.RECV, sized(3).count(10));
        Task<List<Object>> receiving = new Task<>(() -> collect(got));
        figure(exporter, "exportedRecv", "received", 3);
        importer.importChannel("exportedCtl", Direction.SEND, sized(1).count(1)).put(0, PLENTY);
        assertEquals(0L, looping.result());
        assertEquals(numbers(0, 10), receiving.result());
        sending.result();
    }

    /** Sends ten values and receives the other side's ten, in whatever order is possible. */
    private static void cross(String name, Channel sent, Channel got) throws Exception {
        Select select = new Select();
        int sends = select.send(sent);
        int receives = select.recv(got);
        int sentCount = 0;
        long gotCount = 0;
        while (gotCount < 10) {
            select.set(sends, Map.of("I", sentCount, "Source", name));
            Choice choice = select.await(PLENTY);
            assertNull(choice.ended());
            if (choice.number() == sends) {
                sentCount++;
            } else {
                assertEquals(receives, choice.number());
                Map<?, ?> value = (Map<?, ?>) choice.value();
                assertEquals(gotCount++, value.get("I"));
                assertNotEquals(name, value.get("Source"));
            }
        }
        for (; sentCount < 10; sentCount++) {
            sent.put(Map.of("I", sentCount, "Source", name), PLENTY);
        }
    }

    @Test
    public void crossConnect09() throws Exception {
        try (Pair other = new Pair(way)) {
            Channel exportSent = exporter.exportChannel("exportedSend", Direction.SEND);
            Channel exportGot = other.exporter.exportChannel("exportedReceive", Direction.RECV);
            Channel importSent = other.meet().importChannel("exportedReceive", Direction.SEND, sized(2));
            Channel importGot = pair.meet().importChannel("exportedSend", Direction.RECV, sized(2));
            Task<Void> exports = background(() -> cross("export", exportSent, exportGot));
            cross("import", importSent, importGot);
            exports.result();
        }
    }

    @Test
    public void exportDrain10() throws Exception {
        Channel sent = exporter.exportChannel("exportedSend", Direction.SEND, new Channel(5), null);
        send(sent, numbers(0, 5));
        raises(NetchanException.Timeout.class, () -> exporter.drain(Level.RECEIVED, MOMENT));
        Task<Void> draining = background(() -> exporter.drain(Level.RECEIVED, PLENTY));
        Channel got = pair.meet().importChannel("exportedSend", Direction.RECV, sized(5));
        draining.result();
        assertEquals(5, got.length());
        raises(NetchanException.Timeout.class, () -> exporter.drain(Level.TAKEN, MOMENT));
        assertEquals(numbers(0, 5), take(got, 5));
        exporter.drain(Level.TAKEN, PLENTY);
    }

    @Test
    public void importDrain11() throws Exception {
        Importer importer = pair.meet();
        Channel got = exporter.exportChannel("exportedRecv", Direction.RECV);
        Channel sent = importer.importChannel("exportedRecv", Direction.SEND, sized(1).capacity(5));
        send(sent, numbers(0, 5));
        raises(NetchanException.Timeout.class, () -> importer.drain(Level.RECEIVED, MOMENT));
        assertEquals(numbers(0, 4), take(got, 4));
        importer.drain(Level.RECEIVED, PLENTY);
        raises(NetchanException.Timeout.class, () -> importer.drain(Level.TAKEN, MOMENT));
        assertEquals(BASE + 4, got.take(PLENTY));
        importer.drain(Level.TAKEN, PLENTY);
    }

    @Test
    public void exportSync12() throws Exception {
        Channel sent = exporter.exportChannel("exportedSend", Direction.SEND, new Channel(5), null);
        send(sent, numbers(0, 5));
        exporter.sync(Level.TAKEN, NONE);
        Channel got = pair.meet().importChannel("exportedSend", Direction.RECV, sized(3));
        figure(exporter, "exportedSend", "sent", 3);
        exporter.sync(Level.RECEIVED, PLENTY);
        raises(NetchanException.Timeout.class, () -> exporter.sync(Level.TAKEN, MOMENT));
        Task<Void> syncing = background(() -> exporter.sync(Level.TAKEN, PLENTY));
        assertEquals(numbers(0, 5), take(got, 5));
        syncing.result();
    }

    private static void flow(Channel sent, Channel got, int size, Owner owner, String name) throws Exception {
        send(sent, numbers(0, size));
        raises(NetchanException.Timeout.class, () -> sent.put(BASE + size, MOMENT));
        figure(owner, name, "received", size);
        assertEquals(0L, stream(owner, name).get("taken"));
        raises(NetchanException.Timeout.class, () -> sent.put(BASE + size, MOMENT));
        Task<Void> sending = background(() -> sendAll(sent, numbers(size, 100)));
        assertEquals(numbers(0, 100), collect(got));
        sending.result();
    }

    @Test
    public void exportFlowControl13() throws Exception {
        Importer importer = pair.meet();
        Channel sent = exporter.exportChannel("exportedSend", Direction.SEND);
        Channel got = importer.importChannel("exportedSend", Direction.RECV, sized(20));
        flow(sent, got, 20, exporter, "exportedSend");
    }

    @Test
    public void importFlowControl14() throws Exception {
        Importer importer = pair.meet();
        Channel got = exporter.exportChannel("exportedRecv", Direction.RECV);
        Channel sent = importer.importChannel("exportedRecv", Direction.SEND, sized(3));
        flow(sent, got, 3, importer, "exportedRecv");
    }
}
