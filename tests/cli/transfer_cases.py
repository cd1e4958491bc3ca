# SPDX-License-Identifier: MIT
"""Values go from one command to another: all of them, in order, whole."""

import json
import os
import socket

from harness import Case, values_of

COUNTRIES = "/usr/share/iso-codes/json/iso_3166-1.json"


def countries():
    """The entries of ISO 3166-1, or as many of the same kind where the package is not there."""
    if os.path.exists(COUNTRIES):
        with open(COUNTRIES, encoding="utf-8") as file:
            return json.load(file)["3166-1"]
    return [
        {"alpha_2": "%c%c" % (65 + i // 26, 65 + i % 26), "name": "Côte d'%d" % i, "flag": "\U0001f1e6"}
        for i in range(249)
    ]


def lines_of(values):
    return b"".join(json.dumps(value, ensure_ascii=False).encode() + b"\n" for value in values)


class Transfer(Case):
    def exchange(self, url, *more):
        values = countries()
        exporter, address = self.export("send", url=url, stdin=lines_of(values))
        status, out, errors = self.run_command("import", address, "recv", "x", *more)
        self.assertEqual((status, errors), (0, ""))
        self.assert_ended(exporter)
        self.assertEqual(values_of(out), values)

    def test_exported_over_unix(self):
        """an exporter's values reach an importer over a unix socket, all, in order"""
        self.exchange(self.unix())

    def test_exported_over_tcp(self):
        """an exporter on port 0 says its address, and its values reach an importer there"""
        self.exchange("tcp://127.0.0.1:0")

    def test_exported_over_ipv6(self):
        """an IPv6 host in brackets works as an address"""
        if not os.path.exists("/proc/net/if_inet6") or not open("/proc/net/if_inet6").read():
            self.exchange("tcp://127.0.0.1:0")
            return
        self.exchange("tcp://[::1]:0")

    def test_sent_by_importer(self):
        """an importer's values reach an exporter, which ends when its last importer has"""
        for url in (self.unix(), "tcp://127.0.0.1:0"):
            with self.subTest(url=url):
                values = countries()
                exporter, address = self.export("recv", url=url)
                status, out, errors = self.run_command(
                    "import", address, "send", "x", stdin=lines_of(values)
                )
                self.assertEqual((status, out, errors), (0, b"", ""))
                self.assert_ended(exporter)
                self.assertEqual(values_of(exporter.output()), values)

    def test_many_small_values(self):
        """two hundred thousand small values arrive in order"""
        text = b"".join(b'{"i":%d}\n' % i for i in range(200000))
        exporter, address = self.export("send", stdin=text)
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        self.assert_ended(exporter)
        self.assertTrue(out == text)

    def test_small_window(self):
        """a size of 1 slows nothing down for ever"""
        text = b"".join(b"%d\n" % i for i in range(300))
        exporter, address = self.export("send", stdin=text)
        status, out, errors = self.run_command("import", address, "recv", "x", "-s", "1")
        self.assertEqual((status, out, errors), (0, text, ""))
        self.assert_ended(exporter)

    def test_exporter_reads_ahead(self):
        """an exporter's -s lets it read ahead, and changes nothing of what arrives"""
        text = b"".join(b"%d\n" % i for i in range(3000))
        exporter, address = self.export("send", "-s", "5", stdin=text)
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, text, ""))
        self.assert_ended(exporter)
        exporter, address = self.export("recv", "-s", "5")
        status, out, errors = self.run_command("import", address, "send", "x", stdin=text)
        self.assertEqual((status, out, errors), (0, b"", ""))
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), text)

    def test_large_values(self):
        """values of several MiB travel, between small ones"""
        values = ["a" * 3000000, 1, ["b\n" * 700000], {"c": "\u20ac" * 1000000}, None]
        exporter, address = self.export("send", stdin=lines_of(values))
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        self.assert_ended(exporter)
        self.assertTrue(values_of(out) == values)

    def test_text_unchanged(self):
        """texts travel as they are, but for white space that holds line breaks"""
        text = (
            b'  {"a" : [1,  2], "b":"x\\u0000\\ny"}\n\n\t'
            b'{\n  "k": 1.50,\r\n  "l"\n:\n[ ]\n} [ 1 ,\n2 ]"s"{}{}true 1e2 -0\r\nnull'
        )
        lines = [
            b'{"a" : [1,  2], "b":"x\\u0000\\ny"}',
            b'{"k": 1.50,"l":[ ]}',
            b"[ 1 ,2 ]",
            b'"s"',
            b"{}",
            b"{}",
            b"true",
            b"1e2",
            b"-0",
            b"null",
        ]
        exporter, address = self.export("send", stdin=text)
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        self.assertEqual(out.splitlines(), lines)
        self.assert_ended(exporter)

    def test_at_once(self):
        """a value is passed on as soon as its last byte has come; a number when it has ended"""
        exporter, address = self.export("send")
        importer = self.start("import", address, "recv", "x")
        exporter.write(b'{"a":[1,"}')
        exporter.write(b'"]}"s')
        self.assertEqual(importer.value(), b'{"a":[1,"}"]}')
        exporter.write(b'"12')
        self.assertEqual(importer.value(), b'"s"')
        exporter.write(b"34 true")
        self.assertEqual(importer.value(), b"1234")
        exporter.close_input()
        self.assertEqual(importer.value(), b"true")
        self.assertIsNone(importer.value())
        self.assert_ended(importer)
        self.assert_ended(exporter)

    def test_empty_input(self):
        """empty input closes at once; with -w the exporter waits for somebody to see it"""
        status, out, errors = self.run_command("export", self.unix(), "send", "x")
        self.assertEqual((status, out, errors), (0, b"", ""))
        exporter, address = self.export("send", "-w", "60", stdin=b" \n ")
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"", ""))
        self.assert_ended(exporter)
        exporter, address = self.export("recv")
        status, out, errors = self.run_command("import", address, "send", "x")
        self.assertEqual((status, out, errors), (0, b"", ""))
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"")

    def test_several_importers(self):
        """several importers of one export share its values and all end with status 0"""
        exporter, address = self.export("send")
        importers = [self.start("import", address, "recv", "x") for _ in range(3)]
        self.until_streams(address, 3)
        exporter.write(b"".join(b"%d\n" % i for i in range(3000)))
        exporter.close_input()
        got = []
        for importer in importers:
            self.assert_ended(importer)
            mine = values_of(importer.output())
            self.assertEqual(mine, sorted(mine))
            got += mine
        self.assert_ended(exporter)
        self.assertEqual(sorted(got), list(range(3000)))

    def test_several_senders(self):
        """several importers that send are merged, each in its order, and all end with status 0"""
        exporter, address = self.export("recv")
        importers = [self.start("import", address, "send", "x", stdin=None) for _ in range(3)]
        self.until_streams(address, 3)
        for number, importer in enumerate(importers):
            importer.write(b"".join(b"[%d,%d]\n" % (number, i) for i in range(1000)))
            importer.close_input()
        for importer in importers:
            self.assert_ended(importer)
        self.assert_ended(exporter)
        got = values_of(exporter.output())
        for number in range(3):
            self.assertEqual([i for n, i in got if n == number], list(range(1000)))

    def test_late_importer(self):
        """a value that came before any importer reaches the first one"""
        exporter, address = self.export("send")
        exporter.write(b"1 2 3 ")
        importer = self.start("import", address, "recv", "x")
        self.assertEqual([importer.value() for _ in range(3)], [b"1", b"2", b"3"])
        exporter.close_input()
        self.assert_ended(importer)
        self.assert_ended(exporter)

    def test_keep_open(self):
        """with --keep-open an exporter that receives outlives its importers, until a signal"""
        exporter, address = self.export("recv", "--keep-open")
        for number in (b"1", b"2"):
            status, _, errors = self.run_command("import", address, "send", "x", stdin=number)
            self.assertEqual((status, errors), (0, ""))
            self.assertEqual(exporter.value(), number)
        exporter.signal(2)
        self.assert_ended(exporter)

    def test_count(self):
        """an importer with -n gets exactly that many, and the rest goes to others"""
        exporter, address = self.export("send", stdin=b"1 2 3 4 5 6 7")
        for count, first in ((2, 1), (3, 3), (2, 6)):
            status, out, errors = self.run_command("import", address, "recv", "x", "-n", str(count))
            self.assertEqual((status, errors), (0, ""))
            self.assertEqual(values_of(out), list(range(first, first + count)))
        self.assert_ended(exporter)

    def test_count_of_sender(self):
        """an importer that sends with -n sends exactly that many and leaves the rest of its input"""
        exporter, address = self.export("recv")
        importer = self.start("import", address, "send", "x", "-n", "3", stdin=None)
        importer.write(b"1 2 3 ]")
        self.assert_ended(importer)
        self.assert_ended(exporter)
        self.assertEqual(values_of(exporter.output()), [1, 2, 3])

    def test_count_of_exporter(self):
        """an exporter with -n ends when it has sent or received so many"""
        exporter, address = self.export("send", "-n", "2")
        exporter.write(b"1 2 3 4 ")
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"1\n2\n", ""))
        self.assert_ended(exporter)
        exporter, address = self.export("recv", "-n", "2")
        status, out, errors = self.run_command("import", address, "send", "x", stdin=b"1 2")
        self.assertEqual((status, errors), (0, ""))
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"1\n2\n")

    def test_address_file(self):
        """--address-file holds the address while the exporter runs"""
        name = self.path("address")
        exporter, address = self.export(
            "send", "--address-file", name, "-w", "60", url="tcp://127.0.0.1:0"
        )
        # The line on standard error comes first; the first importer proves that the file is there.
        importer = self.start("import", address, "recv", "x")
        exporter.write(b"1 ")
        self.assertEqual(importer.value(), b"1")
        with open(name, encoding="ascii") as file:
            self.assertEqual(file.read(), address + "\n")
        self.assertEqual(os.listdir(self.folder), ["address"])
        exporter.close_input()
        self.assert_ended(importer)
        self.assert_ended(exporter)
        self.assertEqual(os.listdir(self.folder), [])

    def test_port_zero_is_told(self):
        """the address is told without -v when the system chose the port, and else is not"""
        exporter = self.start("export", "tcp://127.0.0.1:0", "send", "x", stdin=b"1")
        address = exporter.address()
        self.assertRegex(address, r"^tcp://127\.0\.0\.1:[1-9][0-9]*$")
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assert_ended(exporter)
        exporter = self.start("export", self.unix(), "send", "x", stdin=b"1")
        status, out, errors = self.run_command("import", "-w", "60", self.unix(), "recv", "x")
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assert_ended(exporter)
        self.assertEqual(exporter.errors(), "")

    def test_inherited_descriptors(self):
        """fd:N takes a listening socket on an exporter, a connected one on an importer"""
        with socket.socket(socket.AF_UNIX) as listener, socket.socket(socket.AF_UNIX) as connected:
            listener.bind(self.path("socket"))
            listener.listen()
            connected.connect(self.path("socket"))
            number = listener.fileno()
            exporter = self.start(
                "export", "fd:%d" % number, "send", "x", stdin=b"1 2", pass_fds=(number,)
            )
            number = connected.fileno()
            status, out, errors = self.run_command(
                "import", "fd:%d" % number, "recv", "x", pass_fds=(number,)
            )
            self.assertEqual((status, out, errors), (0, b"1\n2\n", ""))
            self.assert_ended(exporter)
            self.assertEqual(exporter.errors(), "")
