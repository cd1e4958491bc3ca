// SPDX-License-Identifier: MIT
import org.netchan.Direction;
import org.netchan.Importer;
import org.netchan.Netchan;

public class Import {
    public static void main(String[] arguments) throws Exception {
        String url = arguments.length > 0 ? arguments[0] : "tcp://127.0.0.1:7000";
        try (Importer importer = Importer.connect(url)) {
            for (Object value : importer.importChannel("numbers", Direction.RECV)) { // until it is closed
                System.out.println(Netchan.dump(value));
            }
        }
    }
}
