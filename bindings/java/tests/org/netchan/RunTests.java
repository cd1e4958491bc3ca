// SPDX-License-Identifier: MIT
package org.netchan;

import java.io.FileWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.internal.TextListener;
import org.junit.runner.Description;
import org.junit.runner.JUnitCore;
import org.junit.runner.Result;
import org.junit.runner.notification.Failure;
import org.junit.runner.notification.RunListener;

/** Runs all tests, and writes a line for each case to the file that tests/catch-driver reads. */
public final class RunTests extends RunListener {
    private final FileWriter file;
    private String word;

    private RunTests(String path) throws IOException {
        file = path == null ? null : new FileWriter(path, true);
    }

    private void tell(String line) {
        try {
            if (file != null) {
                file.write(line + "\n");
                file.flush();
            }
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        }
    }

    private static String name(Description test) {
        return test.getMethodName().replaceAll("([a-z0-9])([A-Z])", "$1 $2").toLowerCase(java.util.Locale.ROOT);
    }

    @Override
    public void testRunStarted(Description all) {
        tell("RUN java");
    }

    @Override
    public void testStarted(Description test) {
        word = "PASS";
        tell("START " + name(test));
    }

    @Override
    public void testFailure(Failure failure) {
        word = "FAIL";
    }

    @Override
    public void testAssumptionFailure(Failure failure) {
        word = "SKIP";
    }

    @Override
    public void testFinished(Description test) {
        tell(word + " " + name(test));
    }

    @Override
    public void testRunFinished(Result result) {
        tell("END java");
    }

    public static void main(String[] arguments) throws IOException {
        System.out.println("netchan " + Netchan.version() + " from "
                + Netchan.class.getProtectionDomain().getCodeSource().getLocation());
        JUnitCore core = new JUnitCore();
        core.addListener(new TextListener(System.out));
        core.addListener(new RunTests(System.getenv("NETCHAN_TEST_RESULTS")));
        Result result = core.run(ScenariosTest.class, ValuesTest.class, LifeTest.class, ProgramsTest.class);
        System.exit(result.wasSuccessful() ? 0 : 1);
    }
}
