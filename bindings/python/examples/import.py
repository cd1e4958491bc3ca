# SPDX-License-Identifier: MIT
import sys
import netchan

url = sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:7000"
with netchan.Importer(url, timeout=5) as importer:
    for value in importer.import_("numbers", "recv", timeout=5):  # until it is closed
        print(value)
