// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Publishes channels by name on one or more addresses. */
public final class Exporter extends Owner {
    private final Handle handle;

    /** Without options. */
    public Exporter() throws NetchanException {
        this(null);
    }

    /** With options of scope exporter, which may be null. */
    public Exporter(Options options) throws NetchanException {
        long raw;
        try {
            raw = Options.use(options, RawJNI::exporter_new);
        } catch (InterruptedException error) {
            throw new AssertionError(error); // making one does not wait
        }
        handle = Handle.of(this, raw, RawJNI::delete_Exporter);
    }

    /** One that listens on an address. */
    public static Exporter listenOn(String url) throws NetchanException, InterruptedException {
        Exporter exporter = new Exporter();
        exporter.listen(url, null);
        return exporter;
    }

    /**
     * Accepts importers on an address: tcp://HOST:PORT, unix:/PATH or fd:N. May be repeated.
     *
     * @return the address with the port that was picked
     */
    public String listen(String url, Duration timeout) throws NetchanException, InterruptedException {
        try (Interrupts interrupts = new Interrupts()) {
            RawJNI.Exporter_listen(handle.address, Text.bytes(url), Text.ms(timeout), interrupts.token);
            List<String> addresses = addresses();
            return addresses.get(addresses.size() - 1);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    /** The addresses that importers can connect to. */
    public List<String> addresses() {
        List<String> found = new ArrayList<>();
        for (;;) {
            String address = Text.string(RawJNI.Exporter_address(handle.address, found.size()));
            Reference.reachabilityFence(this);
            if (address == null) {
                return found;
            }
            found.add(address);
        }
    }

    /** The first of them, or null. */
    public String address() {
        String address = Text.string(RawJNI.Exporter_address(handle.address, 0));
        Reference.reachabilityFence(this);
        return address;
    }

    /** Serves one importer over a connected stream socket, which belongs to the library on success. */
    public void serve(int descriptor) throws NetchanException {
        RawJNI.Exporter_serve_fd(handle.address, descriptor);
        Reference.reachabilityFence(this);
    }

    /** Publishes a new channel of capacity 0 under a name. */
    public Channel exportChannel(String name, Direction direction) throws NetchanException {
        return exportChannel(name, direction, new Channel(), null);
    }

    /** Publishes a channel under a name, with options of scope export, which may be null. */
    public Channel exportChannel(String name, Direction direction, Channel channel, Options options)
            throws NetchanException {
        byte[] text = Text.bytes(name);
        try {
            Options.use(options, raw -> {
                RawJNI.Exporter_publish(handle.address, text, channel.raw(), direction.number, raw);
                return null;
            });
        } catch (InterruptedException error) {
            throw new AssertionError(error); // exporting does not wait
        } finally {
            Reference.reachabilityFence(channel);
            Reference.reachabilityFence(this);
        }
        return channel;
    }

    @Override
    public void hangup(String name) throws NetchanException {
        RawJNI.Exporter_hangup(handle.address, Text.bytes(name));
        Reference.reachabilityFence(this);
    }

    @Override
    public void drain(Level level, Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Exporter_drain(handle.address, level.number, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void sync(Level level, Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Exporter_sync(handle.address, level.number, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Map<String, Object> stats() throws NetchanException {
        Map<String, Object> figures = object(RawJNI.Exporter_stats(handle.address));
        Reference.reachabilityFence(this);
        return figures;
    }

    @Override
    public void shutdown() throws NetchanException {
        RawJNI.Exporter_close(handle.address);
        Reference.reachabilityFence(this);
    }

    @Override
    public void shutdown(Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Exporter_wait_closed(handle.address, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    long rawErrors() throws NetchanException {
        long errors = RawJNI.Exporter_errors(handle.address);
        Reference.reachabilityFence(this);
        return errors;
    }
}
