# SPDX-License-Identifier: MIT
"""What the document shows: its exchange of section 1 and its smallest importer of section 14."""

import os
import re
import socket
import subprocess
import sys
import threading

import netchan_client
import netchan_wire
from harness import PATIENCE
from support import HERE, LINES, TEXTS, Case, numbers

DOCUMENT = os.path.join(HERE, os.pardir, os.pardir, "docs", "PROTOCOL.md")


def capture(side):
    """The bytes that the exchange of section 1 says a side wrote."""
    with open(DOCUMENT, encoding="utf-8") as document:
        block = re.search(r"```capture\n(.*?)```", document.read(), re.S)[1]
    return "".join(line[2:] + "\n" for line in block.splitlines() if line[0] == side).encode()


class Document(Case):
    def test_the_captures_exporter_is_understood(self):
        ours, other = socket.socketpair()
        other.sendall(capture("E"))
        link = netchan_client.Importer(ours)
        ticks = link.bind("ticks", "recv", size=3)
        tocks = link.bind("tocks", "recv", size=3)
        with self.assertRaises(netchan_wire.Refused) as caught:
            tocks.wait_bound()
        self.assertEqual(caught.exception.code, "nochannel")
        self.assertEqual(list(ticks.wait_bound()), [{"tick": 1}, {"tick": 2}])
        ticks.wait_over()
        self.assertIsInstance(ticks.end, netchan_wire.Closed)
        with self.assertRaises(netchan_wire.Closed):
            link.wait(lambda: False)
        other.close()

    def test_the_captures_importer_is_understood(self):
        ours, other = socket.socketpair()
        other.sendall(capture("I"))
        said = []

        class Script(netchan_client.Exporter):
            """Sends what the capture says before the frame that answers it is handled."""

            def on_bind(self, number, payload):
                super().on_bind(number, payload)
                if self.bound:
                    stream = self.bound.popleft()
                    said.append(stream)
                    stream.send({"tick": 1})
                    stream.send({"tick": 2})
                    stream.put("sync", 2)

            def handle(self, kind, *more):
                if kind == "hangup" and more[0][0] == 1:
                    said[0].close()
                super().handle(kind, *more)

        link = Script(ours, {"ticks": "send"})
        with self.assertRaises(netchan_wire.Closed):
            link.wait(lambda: False)
        self.assertEqual((said[0].taken, said[0].state), (2, "over"))
        self.assertIsInstance(said[0].end, netchan_wire.Closed)
        other.close()

    def test_the_smallest_honest_importer(self):
        exporter, address = self.export("send", stdin=numbers(1, 50))
        raw = self.raw(address)
        raw.bind(1, "recv", size=4)
        raw.frame("bound")
        got, ended = [], False
        while not ended:
            kind, figures, payload = raw.frame()
            if kind == "data":
                got.append(int(payload))
                raw.put("ack", 1, len(got), len(got))
            elif kind == "close":
                raw.put("hangup", 1, len(got))
            elif kind == "ping":
                raw.put("pong", *figures)
            ended = kind == "hangup"
        raw.put("bye")
        self.assertEqual(got, list(range(1, 51)))
        self.assert_ended(exporter)

    def test_the_client_as_a_command(self):
        def run(*words, feed=None):
            return subprocess.run([sys.executable, "-B", os.path.join(HERE, "netchan_client.py"),
                                   *words], input=feed, stdout=subprocess.PIPE, timeout=PATIENCE,
                                  check=True).stdout

        exporter, address = self.export("send", stdin=LINES)
        self.assertEqual(run(address, "list"), b"x send\n")
        self.assertEqual(len(run(address, "recv", "x").splitlines()), len(TEXTS))
        self.assert_ended(exporter)
        exporter, address = self.export("recv")
        run(address, "send", "x", feed=LINES)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), LINES)

    def test_two_of_these_peers(self):
        """Pages of listings, parts, both directions and both hangups, without the library."""
        ours, other = socket.socketpair()
        channels = dict({"name %d" % number: "send" for number in range(300)}, log="recv")
        results = []

        def export():
            link = netchan_client.Exporter(other, channels)
            log, out = link.accept(), link.accept()
            results.append(list(log))
            for number in range(5):
                out.send(str(number) * 300000)
            out.hangup()
            out.wait_over()
            results.append(out.end)
            with self.assertRaises(netchan_wire.Closed):
                link.wait(lambda: False)
            results.append(link.over)

        thread = threading.Thread(target=export, daemon=True)
        thread.start()
        link = netchan_client.Importer(ours, frame=4096)
        self.assertEqual({each["name"]: each["direction"] for each in link.list()}, channels)
        self.assertEqual(len(link.list("99")), 3)
        self.assert_refused("nochannel", link, "y", "recv")
        self.assert_refused("direction", link, "log", "recv")
        self.assert_refused("usage", link, "log", "send", size=0)
        self.assert_refused("limit", link, "log", "send", size=65537)
        log, out = link.send("log", size=2), link.recv("name 7", size=2)
        for number in range(20):
            log.send(number)
        log.close()
        log.wait_over()
        self.assertEqual((log.taken, len(log.unreceived)), (20, 0))
        self.assertEqual([len(text) for text in out], [300000] * 5)
        self.assertIsInstance(out.end, netchan_wire.Closed)
        self.end(link)
        thread.join(30)
        self.assertEqual(results[0], list(range(20)))
        self.assertIsInstance(results[1], netchan_wire.Closed)
        self.assertIsInstance(results[2], netchan_wire.Closed)
