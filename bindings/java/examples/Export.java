// SPDX-License-Identifier: MIT
import java.time.Duration;
import java.util.Map;
import org.netchan.Channel;
import org.netchan.Direction;
import org.netchan.Exporter;
import org.netchan.Level;

public class Export {
    public static void main(String[] arguments) throws Exception {
        String url = arguments.length > 0 ? arguments[0] : "tcp://127.0.0.1:0";
        try (Exporter exporter = Exporter.listenOn(url)) {
            Channel numbers = exporter.exportChannel("numbers", Direction.SEND, new Channel(100), null);
            System.out.println(exporter.address()); // with the port that was picked
            for (long number = 1; number <= 10; number++) {
                numbers.put(Map.of("number", number));
            }
            numbers.close();
            exporter.drain(Level.TAKEN, Duration.ofSeconds(30)); // taken by the other side
        }
    }
}
