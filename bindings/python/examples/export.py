# SPDX-License-Identifier: MIT
import sys
import netchan

url = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:0"
with netchan.Exporter(url) as exporter:
    numbers = exporter.export("numbers", "send", capacity=100)
    print(exporter.address, flush=True)  # with the port that was picked
    for number in range(1, 11):
        numbers.put({"number": number}, timeout=5)
    numbers.close()
    exporter.drain("taken", timeout=30)  # taken by the other side
