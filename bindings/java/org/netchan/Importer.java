// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.ref.Reference;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Binds channels of one exporter. */
public final class Importer extends Owner {
    private final Handle handle;

    private Importer(long raw) {
        handle = Handle.of(this, raw, RawJNI::delete_Importer);
    }

    /** Connects to an exporter. */
    public static Importer connect(String url) throws NetchanException, InterruptedException {
        return connect(url, null, null);
    }

    /** Connects to tcp://HOST:PORT, unix:/PATH or fd:N, with options of scope importer, which may be null. */
    public static Importer connect(String url, Options options, Duration timeout)
            throws NetchanException, InterruptedException {
        byte[] text = Text.bytes(url);
        try (Interrupts interrupts = new Interrupts()) {
            return new Importer(Options.use(options,
                    raw -> RawJNI.importer_connect(text, raw, Text.ms(timeout), interrupts.token)));
        }
    }

    /** Imports over a connected stream socket, which belongs to the library on success. */
    public static Importer over(int descriptor, Options options, Duration timeout)
            throws NetchanException, InterruptedException {
        try (Interrupts interrupts = new Interrupts()) {
            return new Importer(Options.use(options,
                    raw -> RawJNI.importer_from_fd(descriptor, raw, Text.ms(timeout), interrupts.token)));
        }
    }

    /** Binds a new channel to an exported one. */
    public Channel importChannel(String name, Direction direction) throws NetchanException, InterruptedException {
        return importChannel(name, direction, new Import());
    }

    /** Binds a channel to an exported one. */
    public Channel importChannel(String name, Direction direction, Import settings)
            throws NetchanException, InterruptedException {
        byte[] text = Text.bytes(name);
        Channel channel = settings.channel != null ? settings.channel : new Channel(settings.capacity);
        try (Interrupts interrupts = new Interrupts()) {
            Options.use(settings.options, raw -> {
                RawJNI.Importer_bind(handle.address, text, channel.raw(), direction.number, settings.size,
                        settings.count, raw, Text.ms(settings.timeout), interrupts.token);
                return null;
            });
        } finally {
            Reference.reachabilityFence(channel);
            Reference.reachabilityFence(this);
        }
        return channel;
    }

    /** The names that the exporter shows, with direction and figures; those that contain filter. */
    public List<Map<String, Object>> list(String filter, Duration timeout)
            throws NetchanException, InterruptedException {
        try (Interrupts interrupts = new Interrupts()) {
            byte[] text = RawJNI.Importer_list(handle.address, Text.bytes(filter), Text.ms(timeout),
                    interrupts.token);
            List<Map<String, Object>> names = new ArrayList<>();
            for (Object entry : (List<?>) Codec.decode(text)) {
                @SuppressWarnings("unchecked") // an array of objects
                Map<String, Object> figures = (Map<String, Object>) entry;
                names.add(figures);
            }
            return names;
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void hangup(String name) throws NetchanException {
        RawJNI.Importer_hangup(handle.address, Text.bytes(name));
        Reference.reachabilityFence(this);
    }

    @Override
    public void drain(Level level, Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Importer_drain(handle.address, level.number, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public void sync(Level level, Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Importer_sync(handle.address, level.number, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    public Map<String, Object> stats() throws NetchanException {
        Map<String, Object> figures = object(RawJNI.Importer_stats(handle.address));
        Reference.reachabilityFence(this);
        return figures;
    }

    @Override
    public void shutdown() throws NetchanException {
        RawJNI.Importer_close(handle.address);
        Reference.reachabilityFence(this);
    }

    @Override
    public void shutdown(Duration timeout) throws NetchanException, InterruptedException {
        try {
            RawJNI.Importer_wait_closed(handle.address, Text.ms(timeout), 0);
        } finally {
            Reference.reachabilityFence(this);
        }
    }

    @Override
    long rawErrors() throws NetchanException {
        long errors = RawJNI.Importer_errors(handle.address);
        Reference.reachabilityFence(this);
        return errors;
    }
}
