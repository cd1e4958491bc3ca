// SPDX-License-Identifier: MIT
package org.netchan;

/** Which way values go, always from the program's own side. */
public enum Direction {
    /** The program sends. */
    SEND(1),
    /** The program receives. */
    RECV(2);

    final int number;

    Direction(int number) {
        this.number = number;
    }
}
