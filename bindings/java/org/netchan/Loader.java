// SPDX-License-Identifier: MIT
package org.netchan;

/** Loads the native part: from the file that the property netchan.library names, or as Java finds it. */
final class Loader {
    private Loader() {}

    static void load() {
        String file = System.getProperty("netchan.library");
        if (file != null) {
            System.load(file);
        } else {
            System.loadLibrary("netchan_jni");
        }
    }
}
