// SPDX-License-Identifier: MIT
package org.netchan;

import java.lang.ref.Cleaner;
import java.util.function.LongConsumer;

/** One of the library's objects, which is given back when its owner is no longer reachable. */
final class Handle {
    private static final Cleaner CLEANER = Cleaner.create();

    final long address;

    private Handle(long address) {
        this.address = address;
    }

    /** The free function must not hold on to the owner. */
    static Handle of(Object owner, long address, LongConsumer free) {
        CLEANER.register(owner, () -> free.accept(address));
        return new Handle(address);
    }
}
