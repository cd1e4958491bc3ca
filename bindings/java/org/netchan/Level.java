// SPDX-License-Identifier: MIT
package org.netchan;

/** What drain and sync wait for. */
public enum Level {
    /** Held and checked by the peer's library. */
    RECEIVED(1),
    /** Accepted by the peer's channel. */
    TAKEN(2);

    final int number;

    Level(int number) {
        this.number = number;
    }
}
