// SPDX-License-Identifier: MIT
package org.netchan;

import static org.junit.Assert.assertThrows;
import static org.junit.Assert.fail;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.function.ThrowingRunnable;

/** What the tests share: two ends that meet, threads with results, and other programs. */
final class Support {
    static final Duration PLENTY = Duration.ofSeconds(60);
    static final Duration MOMENT = Duration.ofMillis(50);
    static final Duration NONE = Duration.ZERO;

    private Support() {}

    static Path bindings() {
        return Path.of(System.getProperty("netchan.bindings"));
    }

    /** A file that all languages' tests read. */
    static Map<?, ?> shared(String name) throws IOException {
        return (Map<?, ?>) Netchan.parse(Files.readAllBytes(bindings().resolve(name)));
    }

    /** An exporter and importers that meet it over a unix socket or TCP. */
    static final class Pair implements AutoCloseable {
        final Exporter exporter = new Exporter();
        private final List<Importer> importers = new ArrayList<>();
        private Path folder;

        Pair(String way) throws IOException, InterruptedException {
            if (way.equals("unix")) {
                folder = Files.createTempDirectory("netchan");
                exporter.listen("unix:" + folder + "/s", PLENTY);
            } else {
                exporter.listen("tcp://127.0.0.1:0", PLENTY);
            }
        }

        Importer meet() throws IOException, InterruptedException {
            Importer importer = Importer.connect(exporter.address(), null, PLENTY);
            importers.add(importer);
            return importer;
        }

        @Override
        public void close() throws IOException {
            for (Importer importer : importers) {
                importer.shutdown();
            }
            exporter.close();
            for (Importer importer : importers) {
                importer.close();
            }
            if (folder != null) {
                Files.deleteIfExists(folder.resolve("s"));
                Files.delete(folder);
            }
        }
    }

    /** A thread with a result. */
    static final class Task<T> {
        final FutureTask<T> future;
        final Thread thread;

        Task(Callable<T> body) {
            future = new FutureTask<>(body);
            thread = new Thread(future);
            thread.start();
        }

        T result() throws Exception {
            return future.get(60, TimeUnit.SECONDS);
        }
    }

    /** A body that gives nothing. */
    interface Body {
        void run() throws Exception;
    }

    static Task<Void> background(Body body) {
        return new Task<>(() -> {
            body.run();
            return null;
        });
    }

    static <T extends NetchanException> T raises(Class<T> kind, ThrowingRunnable body) {
        return assertThrows(kind, body);
    }

    /** Looks until the condition holds. Figures of stats have no event that could be waited for. */
    static void eventually(Callable<Boolean> condition) throws Exception {
        long ending = System.nanoTime() + PLENTY.toNanos();
        while (!condition.call()) {
            if (System.nanoTime() > ending) {
                fail("a condition has not come true");
            }
            Thread.sleep(2);
        }
    }

    /** The figures of an open stream, or null. */
    static Map<?, ?> stream(Owner owner, String name) throws NetchanException {
        for (Object entry : (List<?>) owner.stats().get("streams")) {
            if (name.equals(((Map<?, ?>) entry).get("name"))) {
                return (Map<?, ?>) entry;
            }
        }
        return null;
    }

    static void figure(Owner owner, String name, String key, long count) throws Exception {
        eventually(() -> {
            Map<?, ?> entry = stream(owner, name);
            return entry != null && entry.get(key).equals(count);
        });
    }

    static List<Object> collect(Channel channel) {
        List<Object> got = new ArrayList<>();
        channel.forEach(got::add);
        return got;
    }

    /** Starts a class's main, which finds what is tested. */
    static Process program(String name, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(Arrays.asList(
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java", "-cp",
                System.getProperty("java.class.path"),
                "-Djava.library.path=" + System.getProperty("java.library.path"), name));
        command.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("NETCHAN_VECTORS", bindings().resolve("vectors.json").toString());
        return builder.start();
    }
}
