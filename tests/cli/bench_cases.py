# SPDX-License-Identifier: MIT
"""netchan bench: that it measures what it says, and how it ends. The figures are not judged."""

import signal

from harness import Case

HEAD = ["WORKLOAD", "VALUES", "VALUES/S", "MB/S", "CPU-US", "P50-US", "P99-US"]
ROWS = ["small", "1KiB", "64KiB", "round-trip"]


class Bench(Case):
    def serve(self, url=None, *more):
        url = url or self.unix()
        process = self.start("bench", "-v", "--serve", url, *more, stdin=None)
        return process, process.address()

    def end(self, server):
        server.signal(signal.SIGINT)
        self.assert_ended(server)

    def assert_table(self, out, count):
        head, *rows = [line.split() for line in out.decode().splitlines()]
        self.assertEqual(head, HEAD)
        self.assertEqual([row[0] for row in rows], ROWS)
        for name, values, rate, _, cpu, half, most in rows:
            self.assertEqual(int(values), count)
            self.assertGreater(float(rate), 0)
            self.assertGreater(float(cpu), 0)
            if name == "round-trip":
                self.assertGreater(float(half), 0)
                self.assertGreaterEqual(float(most), float(half))
            else:
                self.assertEqual((half, most), ("-", "-"))

    def test_measures(self):
        """bench prints a line for each workload, and the other side serves one after the other"""
        for url in (self.unix(), "tcp://127.0.0.1:0"):
            server, address = self.serve(url)
            for count, more in ((200, ()), (33, ("-s", "1"))):
                status, out, errors = self.run_command("bench", address, "-n", str(count), *more)
                self.assertEqual((status, errors), (0, ""))
                self.assert_table(out, count)
            self.end(server)

    def test_takes_its_time(self):
        """without -n each workload takes a second or more"""
        server, address = self.serve()
        status, out, errors = self.run_command("bench", address)
        self.assertEqual((status, errors), (0, ""))
        for line in out.decode().splitlines()[1:4]:
            _, values, rate = line.split()[:3]
            self.assertGreaterEqual(int(values) / float(rate), 0.99)
        self.end(server)

    def test_waits(self):
        """bench -w waits for the side that serves, and a script learns its port"""
        path = self.path("address")
        client = self.start("bench", "-v", self.unix(), "-w", "60", "-n", "10")
        client.said("waiting")
        server, address = self.serve(self.unix(), "--address-file", path)
        self.assert_ended(client)
        self.assert_table(client.output(), 10)
        with open(path) as file:
            self.assertEqual(file.read(), address + "\n")
        self.end(server)

    def test_nobody_serves(self):
        """bench says when nobody is there, and when it is somebody else"""
        status, out, errors = self.run_command("bench", self.unix())
        self.assertEqual((status, out), (1, b""))
        self.assertIn(self.path("socket"), errors)
        exporter, address = self.export("send")
        status, out, errors = self.run_command("bench", address)
        self.assertEqual((status, out), (1, b""))
        self.assertIn("bench/sink", errors)
        exporter.close_input()
        self.assert_ended(exporter)

    def test_server_goes(self):
        """a side that goes ends the measurement with status 1; its successor starts afresh"""
        server, address = self.serve()
        client = self.start("bench", address)
        self.assertEqual(client.value().split(), [word.encode() for word in HEAD])
        server.signal(signal.SIGKILL)
        self.assert_ended(server, -signal.SIGKILL)
        self.assert_ended(client, 1)
        self.assertIn(address, client.errors())
        server, address = self.serve()
        self.assertEqual(self.run_command("bench", address, "-n", "10")[0], 0)
        self.end(server)

    def test_server_stands_still(self):
        """bench -t gives up on a side that takes nothing"""
        server, address = self.serve()
        client = self.start("bench", address, "-t", "1")
        self.assertIsNotNone(client.value())
        server.signal(signal.SIGSTOP)
        self.assert_ended(client, 1)
        self.assertIn("1 seconds", client.errors())
        server.signal(signal.SIGCONT)
        self.assertEqual(self.run_command("bench", address, "-n", "10")[0], 0)
        self.end(server)

    def test_interrupted(self):
        """SIGINT ends a measurement with status 1, and the side that serves stays"""
        server, address = self.serve()
        client = self.start("bench", address)
        self.assertIsNotNone(client.value())
        client.signal(signal.SIGINT)
        self.assert_ended(client, 1)
        self.assertIn("stopped", client.errors())
        self.assertEqual(self.run_command("bench", address, "-n", "10")[0], 0)
        self.end(server)

    def test_command_line(self):
        """what goes with one side of bench only is refused at the other"""
        url = self.unix()
        for words, text in (
            (("bench",), "bench URL"),
            (("bench", url, "send"), "bench URL"),
            (("bench", url, "-n", "0"), "-n"),
            (("bench", url, "--address-file", "f"), "--address-file"),
            (("bench", "--serve", url, "-n", "1"), "-n"),
            (("bench", "--serve", url, "-s", "1"), "-s"),
            (("bench", "--serve", url, "-w", "1"), "-w"),
            (("bench", "--serve", url, "-t", "1"), "-t"),
            (("list", url, "--serve"), "--serve"),
        ):
            with self.subTest(words=words):
                status, out, errors = self.run_command(*words)
                self.assertEqual((status, out), (2, b""))
                self.assertIn(text, errors)
        self.assertIn(b"--serve", self.run_command("--help")[1])
