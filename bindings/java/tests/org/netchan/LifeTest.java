// SPDX-License-Identifier: MIT
package org.netchan;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.netchan.Support.NONE;
import static org.netchan.Support.PLENTY;
import static org.netchan.Support.background;
import static org.netchan.Support.collect;
import static org.netchan.Support.eventually;
import static org.netchan.Support.raises;

import java.io.File;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.Assume;
import org.junit.Test;
import org.netchan.Support.Body;
import org.netchan.Support.Pair;
import org.netchan.Support.Task;

/** Interrupts, memory, handles, misuse and exit. */
public class LifeTest {
    private static List<Object> upTo(int count) {
        List<Object> numbers = new ArrayList<>();
        for (long number = 0; number < count; number++) {
            numbers.add(number);
        }
        return numbers;
    }

    /** Interrupts the task's thread again and again while the body runs. */
    private static void pester(Task<?> task, Body body) throws Exception {
        Task<Void> poker = background(() -> {
            Random pace = new Random(1);
            while (!task.future.isDone()) {
                task.thread.interrupt();
                Thread.sleep(0, pace.nextInt(999_999));
            }
        });
        body.run();
        task.result();
        poker.result();
    }

    @Test
    public void noneOf1500ValuesIsLostUnderInterrupts() throws Exception {
        try (Pair pair = new Pair("tcp")) {
            Channel sent = pair.exporter.exportChannel("a", Direction.SEND);
            Channel got = pair.meet().importChannel("a", Direction.RECV, new Import().size(2));
            List<Object> values = new ArrayList<>();
            AtomicInteger interrupts = new AtomicInteger();
            Task<Void> receiver = background(() -> {
                for (;;) {
                    try {
                        values.add(got.take());
                    } catch (InterruptedException poke) {
                        interrupts.incrementAndGet();
                    } catch (NetchanException.Closed end) {
                        return;
                    }
                }
            });
            pester(receiver, () -> {
                Random pace = new Random(2);
                for (Object value : upTo(1500)) {
                    sent.put(value, PLENTY);
                    if (pace.nextBoolean()) {
                        Thread.sleep(0, pace.nextInt(999_999));
                    }
                }
                sent.close();
            });
            assertEquals(upTo(1500), values);
            assertTrue(interrupts + " interrupts", interrupts.get() > 10);
        }
    }

    @Test
    public void noneOf1500ValuesThatArePutIsLostOrDoubled() throws Exception {
        Channel channel = new Channel(0);
        List<Object> values = new ArrayList<>();
        AtomicInteger interrupts = new AtomicInteger();
        Task<Void> sender = background(() -> {
            for (Object value : upTo(1500)) {
                for (boolean done = false; !done;) {
                    try {
                        channel.put(value);
                        done = true;
                    } catch (InterruptedException poke) {
                        interrupts.incrementAndGet();
                    }
                }
            }
        });
        pester(sender, () -> {
            Random pace = new Random(3);
            while (values.size() < 1500) {
                values.add(channel.take(PLENTY));
                if (pace.nextBoolean()) {
                    Thread.sleep(0, pace.nextInt(999_999));
                }
            }
        });
        assertEquals(upTo(1500), values);
        assertTrue(interrupts + " interrupts", interrupts.get() > 10);
    }

    @Test
    public void everyWaitEndsForAnInterrupt() throws Exception {
        Exporter exporter = Exporter.listenOn("tcp://127.0.0.1:0");
        Importer importer = Importer.connect(exporter.address());
        Channel empty = new Channel();
        exporter.exportChannel("a", Direction.SEND, new Channel(1), null).put(1);
        Select select = new Select();
        select.recv(empty);
        Select none = new Select();
        Map<String, Body> waits = Map.of(
                "take", empty::take,
                "take with a time", () -> empty.take(Duration.ofSeconds(50)),
                "put", () -> empty.put(1),
                "take many", () -> empty.takeMany(5, null),
                "select", select::await,
                "select without cases", none::await,
                "drain", () -> exporter.drain(Level.RECEIVED),
                "import", () -> importer.importChannel("none", Direction.RECV, new Import().set("wait", -1)));
        for (Map.Entry<String, Body> wait : waits.entrySet()) {
            Task<Void> waiting = background(wait.getValue());
            long begun = System.nanoTime();
            waiting.thread.interrupt();
            ExecutionException error = assertThrows(wait.getKey(), ExecutionException.class, waiting::result);
            assertEquals(wait.getKey(), InterruptedException.class, error.getCause().getClass());
            assertTrue(wait.getKey(), System.nanoTime() - begun < 5e9);
        }
        Task<List<Object>> looping = new Task<>(() -> {
            try {
                return collect(empty);
            } catch (UncheckedIOException error) {
                return List.of(error.getCause().getClass().getSimpleName(), Thread.interrupted());
            }
        });
        looping.thread.interrupt();
        assertEquals(List.of("InterruptedIOException", true), looping.result());
        importer.close();
        exporter.close();
    }

    @Test
    public void aValueThatIsThereIsTakenByAnInterruptedThread() throws Exception {
        Channel channel = new Channel(1);
        channel.put(1);
        Thread.currentThread().interrupt();
        assertEquals(1L, channel.take());
        assertTrue(Thread.currentThread().isInterrupted());
        assertThrows(InterruptedException.class, channel::take);
        assertFalse(Thread.currentThread().isInterrupted());
    }

    /** After the first rounds, which let the machine find its size. */
    private static long used() throws Exception {
        File file = new File("/proc/self/statm");
        Assume.assumeTrue("no /proc", file.exists());
        System.gc();
        return Long.parseLong(Files.readString(file.toPath()).split(" ")[1]) * 4096;
    }

    @Test
    public void failingSendsLeaveMemoryFlat() throws Exception {
        Channel closed = new Channel(1);
        closed.close();
        Channel full = new Channel(1);
        full.put(1);
        Channel other = new Channel(1);
        List<Object> big = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            big.add("x".repeat(1000));
        }
        List<Object> wrong = new ArrayList<>(big);
        wrong.add(new Object());
        List<Object> broken = new ArrayList<>(big);
        broken.add("\ud800");
        byte[] bad = Arrays.copyOf(Codec.encode(big), 100_000);
        Body failing = () -> {
            raises(NetchanException.Closed.class, () -> closed.put(big, NONE));
            raises(NetchanException.Closed.class, () -> closed.putMany(List.of(big, big), NONE));
            raises(NetchanException.Timeout.class, () -> full.put(big, NONE));
            raises(NetchanException.Timeout.class, () -> full.putMany(List.of(big), NONE));
            raises(NetchanException.WrongType.class, () -> other.put(wrong, NONE));
            raises(NetchanException.InvalidValue.class, () -> other.put(broken, NONE));
            raises(NetchanException.InvalidValue.class, () -> RawJNI.Channel_put(other.raw(), bad, 0, 0));
            raises(NetchanException.Misuse.class, () -> RawJNI.Channel_put(0, bad, 0, 0));
        };
        for (int i = 0; i < 500; i++) {
            failing.run();
        }
        long before = used();
        for (int i = 0; i < 500; i++) {
            failing.run(); // 4,000 sends of 100 kB
        }
        assertTrue("grew by " + (used() - before), used() - before < 48L << 20);
    }

    private static int descriptors() {
        String[] open = new File("/proc/self/fd").list();
        return open == null ? 0 : open.length;
    }

    @Test
    public void handlesAreCollectedWhileThreadsWait() throws Exception {
        Channel gate = new Channel();
        List<Task<Object>> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            waiting.add(new Task<>(() -> gate.take(PLENTY)));
        }
        Task<Object> alone = new Task<>(() -> new Channel().take());
        Random shuffle = new Random(2);
        List<Object> kept = new ArrayList<>();
        int before = descriptors();
        for (int number = 0; number < 10_000; number++) {
            Object handle;
            if (number % 100 == 2) {
                handle = new Exporter();
            } else if (number % 4 == 1) {
                Select select = new Select();
                select.recv(new Channel(1));
                handle = select;
            } else {
                Channel channel = new Channel(1);
                channel.put(List.of(number));
                channel.descriptor(Direction.RECV);
                handle = channel;
            }
            kept.add(handle);
            if (kept.size() > 200) {
                kept.remove(shuffle.nextInt(kept.size()));
            }
            if (number % 1000 == 0) {
                System.gc();
            }
        }
        kept.clear();
        eventually(() -> {
            System.gc();
            return descriptors() < before + 50;
        });
        for (long number = 0; number < 3; number++) {
            gate.put(number, PLENTY);
        }
        List<Object> got = new ArrayList<>();
        for (Task<Object> one : waiting) {
            got.add(one.result());
        }
        got.sort(null);
        assertEquals(upTo(3), got);
        assertFalse(alone.future.isDone());
        alone.thread.interrupt();
        assertThrows(ExecutionException.class, alone::result);
    }

    @Test
    public void nullAndOthersForAHandleAreRefused() throws Exception {
        raises(NetchanException.Misuse.class, () -> RawJNI.Channel_take(0, 0, 0));
        raises(NetchanException.Misuse.class, () -> RawJNI.Channel_close(0));
        raises(NetchanException.Misuse.class, () -> RawJNI.Exporter_stats(0));
        raises(NetchanException.Misuse.class, () -> RawJNI.Select_wait(0, 0, 0));
        long select = RawJNI.select_new();
        raises(NetchanException.Misuse.class, () -> RawJNI.Select_add_recv(select, 0));
        raises(NetchanException.Misuse.class, () -> RawJNI.Select_set(select, 0, null));
        RawJNI.delete_Select(select);
        try (Exporter exporter = new Exporter()) {
            raises(NetchanException.WrongType.class, () -> exporter.listen(null, NONE));
            assertThrows(NullPointerException.class, () -> exporter.exportChannel("a", Direction.SEND, null, null));
            assertThrows(NullPointerException.class, () -> exporter.exportChannel("a", null));
            assertThrows(NullPointerException.class, () -> exporter.drain(null));
            assertThrows(NullPointerException.class, () -> new Select().recv(null));
        }
    }

    @Test
    public void useAfterClose() throws Exception {
        Channel channel = new Channel(2);
        channel.put(1);
        channel.close();
        channel.close();
        raises(NetchanException.Closed.class, () -> channel.put(2));
        assertEquals(List.of(1L), collect(channel));
        assertEquals("closed", channel.state());
        assertFalse(channel.cause().isEmpty());
        assertTrue(channel.toString().contains("closed"));
        try (Pair pair = new Pair("tcp")) {
            Importer importer = pair.meet();
            pair.exporter.shutdown();
            raises(NetchanException.Closed.class, () -> pair.exporter.exportChannel("a", Direction.SEND));
            raises(NetchanException.Closed.class, () -> pair.exporter.drain(Level.TAKEN));
            importer.close();
            raises(NetchanException.Closed.class, () -> importer.importChannel("a", Direction.RECV));
            raises(NetchanException.Closed.class, () -> importer.errors().take(PLENTY));
            pair.exporter.close();
        }
    }

    @Test
    public void errorsThatTheCallItselfAnswers() throws Exception {
        raises(NetchanException.InvalidURL.class, () -> Exporter.listenOn("smtp://here"));
        raises(NetchanException.Refused.class, () -> Importer.connect("unix:/nonexistent/netchan", null, PLENTY));
        raises(NetchanException.Misuse.class, () -> Importer.over(9999, null, PLENTY));
        try (Pair pair = new Pair("tcp")) {
            pair.exporter.exportChannel("a", Direction.SEND);
            raises(NetchanException.Exists.class, () -> pair.exporter.exportChannel("a", Direction.SEND));
            Importer importer = pair.meet();
            raises(NetchanException.WrongDirection.class, () -> importer.importChannel("a", Direction.SEND));
            raises(NetchanException.NoChannel.class, () -> importer.hangup("b"));
            raises(NetchanException.Misuse.class,
                    () -> importer.importChannel("a", Direction.RECV, new Import().size(-1)));
        }
    }

    @Test
    public void aHoldKeepsAChannelFromEnding() throws Exception {
        Channel merged = new Channel(10);
        try (Pair one = new Pair("tcp"); Pair two = new Pair("tcp")) {
            merged.hold();
            for (Pair pair : List.of(one, two)) {
                Channel sent = pair.exporter.exportChannel("a", Direction.SEND, new Channel(1), null);
                sent.put("x");
                sent.close();
                pair.meet().importChannel("a", Direction.RECV, new Import().channel(merged));
            }
            assertEquals(List.of("x", "x"), List.of(merged.take(PLENTY), merged.take(PLENTY)));
            assertEquals("open", merged.state());
            merged.release();
            assertEquals(List.of(), collect(merged));
        }
        raises(NetchanException.Misuse.class, merged::release);
    }

    /** A program with live links and threads that wait; it ends as its argument says. */
    public static final class Leaving {
        private Leaving() {}

        public static void main(String[] arguments) throws Exception {
            Exporter exporter = Exporter.listenOn("tcp://127.0.0.1:0");
            Channel sent = exporter.exportChannel("a", Direction.SEND, new Channel(10), null);
            Channel got = Importer.connect(exporter.address()).importChannel("a", Direction.RECV);
            sent.put(1);
            if (!got.take().equals(1L)) {
                throw new IllegalStateException("lost");
            }
            for (int i = 0; i < 3; i++) {
                Thread waiting = new Thread(() -> collect(got));
                waiting.setDaemon(true);
                waiting.start();
            }
            System.out.println("ready");
            if (arguments[0].equals("exit")) {
                System.exit(3);
            } else if (arguments[0].equals("halt")) {
                Runtime.getRuntime().halt(4);
            } else if (arguments[0].equals("throw")) {
                throw new IllegalStateException("it");
            }
        }
    }

    @Test
    public void aProgramWithLiveLinksExitsWithinTwoSeconds() throws Exception {
        Map<String, Integer> endings = Map.of("return", 0, "exit", 3, "halt", 4, "throw", 1);
        for (Map.Entry<String, Integer> ending : endings.entrySet()) {
            Process leaving = Support.program(Leaving.class.getName(), ending.getKey());
            assertEquals("ready", leaving.inputReader().readLine());
            long begun = System.nanoTime();
            assertEquals(ending.getKey(), (int) ending.getValue(), leaving.waitFor());
            assertTrue(ending.getKey(), System.nanoTime() - begun < 2e9);
        }
    }
}
