// SPDX-License-Identifier: MIT
/**
 * Channels that work across processes, hosts and languages.
 *
 * <p>A program exports named channels on an address; other programs import them and send or receive values.
 *
 * <pre>{@code
 * try (Exporter exporter = Exporter.listenOn("tcp://127.0.0.1:7000")) {
 *     Channel numbers = exporter.exportChannel("numbers", Direction.SEND);
 *     for (long number = 1; number <= 10; number++) {
 *         numbers.put(Map.of("number", number));
 *     }
 *     numbers.close();
 *     exporter.drain(Level.TAKEN);
 * }
 *
 * try (Importer importer = Importer.connect("tcp://127.0.0.1:7000")) {
 *     for (Object value : importer.importChannel("numbers", Direction.RECV)) {
 *         System.out.println(value);
 *     }
 * }
 * }</pre>
 *
 * <p><b>Values</b> are null, Boolean, Long, Double, String, List and Map. What goes in may also be another
 * whole or real Number within range, a Character or CharSequence, an Iterable, or an array; the keys of a Map are
 * CharSequences. What comes out keeps the order of members. A real that is not finite, an integer beyond 64
 * bits, and a String with a lone surrogate are refused by the call that would send them.
 *
 * <p><b>Waiting.</b> Every call that can wait comes in two forms, for ever and with a Duration. It ends with an
 * InterruptedException within some milliseconds after Thread.interrupt, and has done nothing then: a value that
 * is there is taken first, and the thread stays interrupted. No lock is held while waiting.
 *
 * <p><b>Threads.</b> Every object may be used by any number of threads, but a {@link Select} by one at a time.
 * Virtual threads may call everything; one that waits keeps its carrier thread, as in any native code, so give
 * many waiting virtual threads a select, or plain threads.
 *
 * <p><b>Errors</b> are checked: {@link NetchanException}, an IOException, with a class of its own for each kind.
 * Objects that are no longer reachable are freed; {@link Owner#close} ends an exporter or importer in order.
 *
 * <p>The rules stand in the manual, netchan(7).
 */
package org.netchan;
