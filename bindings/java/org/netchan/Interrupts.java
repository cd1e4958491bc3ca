// SPDX-License-Identifier: MIT
package org.netchan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Watches threads in calls that cannot be cut into slices, such as a connect, and fires their tokens when they
 * are interrupted. Its own thread is there only while somebody is watched.
 */
final class Interrupts implements AutoCloseable {
    private static final long EVERY = 10;
    private static final Map<Interrupts, Thread> WATCHED = new HashMap<>();
    private static Thread watcher;

    final long token = RawJNI.cancel_new();

    Interrupts() {
        synchronized (WATCHED) {
            WATCHED.put(this, Thread.currentThread());
            if (watcher == null) {
                watcher = new Thread(Interrupts::watch, "netchan-interrupts");
                watcher.setDaemon(true);
                watcher.start();
            }
        }
    }

    @Override
    public void close() {
        synchronized (WATCHED) {
            WATCHED.remove(this);
        }
        RawJNI.delete_Cancel(token);
    }

    private static void watch() {
        for (;;) {
            synchronized (WATCHED) {
                if (WATCHED.isEmpty()) {
                    watcher = null;
                    return;
                }
                List<Interrupts> due = new ArrayList<>();
                WATCHED.forEach((one, thread) -> {
                    if (thread.isInterrupted()) {
                        due.add(one);
                    }
                });
                for (Interrupts one : due) {
                    RawJNI.Cancel_fire(one.token);
                    WATCHED.remove(one);
                }
            }
            try {
                Thread.sleep(EVERY);
            } catch (InterruptedException ignored) {
                // nobody interrupts this thread
            }
        }
    }
}
