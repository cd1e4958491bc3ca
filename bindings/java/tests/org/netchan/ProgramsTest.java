// SPDX-License-Identifier: MIT
package org.netchan;

import static org.junit.Assert.assertEquals;

import java.io.BufferedReader;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.Test;

/** The examples and the peer program. */
public class ProgramsTest {
    private static List<String> finish(Process program, BufferedReader output) throws Exception {
        List<String> lines = output.lines().collect(Collectors.toList());
        assertEquals(lines.toString(), 0, program.waitFor());
        return lines;
    }

    private static List<String> meet(String exporting, String importing, String... first) throws Exception {
        String[] arguments = first.length == 0 ? new String[] {"tcp://127.0.0.1:0"}
                : new String[] {first[0], "tcp://127.0.0.1:0"};
        Process exporter = Support.program(exporting, arguments);
        BufferedReader exported = exporter.inputReader();
        String url = exported.readLine();
        Process importer = first.length == 0 ? Support.program(importing, url)
                : Support.program(importing, first[1], url);
        List<String> lines = finish(importer, importer.inputReader());
        assertEquals(List.of(), finish(exporter, exported));
        return lines;
    }

    @Test
    public void theExamplesPassValuesToEachOther() throws Exception {
        List<String> expected = Files.readAllLines(Support.bindings().resolve("java/examples/Import.txt"));
        assertEquals(expected, meet("Export", "Import"));
    }

    @Test
    public void aPeerProgramMeetsItself() throws Exception {
        String peer = Peer.class.getName();
        assertEquals(List.of(), meet(peer, peer, "export", "import"));
    }
}
