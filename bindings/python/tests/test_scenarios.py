# SPDX-License-Identifier: MIT
"""The scenarios of bindings/scenarios.md, by their numbers there."""

import unittest

import netchan
from support import MOMENT, PLENTY, Background, Pair, eventually, stream

BASE = 23


def numbers(count):
    return list(range(BASE, BASE + count))


def send_all(channel, values, close=True):
    for value in values:
        channel.put(value, PLENTY)
    if close:
        channel.close()


class Scenarios:
    way = None

    def setUp(self):
        self.pair = Pair(self.way)
        self.exporter = self.pair.exporter

    def tearDown(self):
        self.pair.__exit__()

    def received(self, owner, name, count):
        eventually(lambda: (stream(owner, name) or {}).get("received") == count)

    def test_01_export_send_import_receive(self):
        importer = self.pair.meet()
        sent = self.exporter.export("exportedSend", "send")
        sending = Background(send_all, sent, numbers(10))
        got = importer.import_("exportedSend", "recv", size=3, count=10, timeout=PLENTY)
        self.assertEqual(list(got), numbers(10))
        self.assertEqual(got.state, "closed")
        sending.result()

    def test_02_export_receive_import_send(self):
        importer = self.pair.meet()
        got = self.exporter.export("exportedRecv", "recv")
        receiving = Background(lambda: [got.take(PLENTY) for _ in range(10)])
        sent = importer.import_("exportedRecv", "send", size=3, timeout=PLENTY)
        send_all(sent, numbers(10))
        self.assertEqual(receiving.result(), numbers(10))
        self.assertRaises(netchan.Closed, got.take, PLENTY)

    def test_03_closing_export_send_import_receive(self):
        importer = self.pair.meet()
        for when in ("before", "after"):
            name = "exported " + when
            sent = self.exporter.export(name, "send", capacity=5 if when == "before" else 0)
            sending = Background(send_all, sent, numbers(5))
            if when == "before":
                sending.result()
            got = importer.import_(name, "recv", size=3, count=10, timeout=PLENTY)
            self.assertEqual(list(got), numbers(5), when)
            sending.result()

    def test_04_closing_import_send_export_receive(self):
        importer = self.pair.meet()
        got = self.exporter.export("exportedRecv", "recv")
        receiving = Background(list, got)
        sent = importer.import_("exportedRecv", "send", size=3, timeout=PLENTY)
        send_all(sent, numbers(5))
        self.assertEqual(receiving.result(), numbers(5))

    def test_05_error_for_illegal_channel(self):
        importer = self.pair.meet()
        with self.assertRaises(netchan.NoChannel) as raised:
            importer.import_("notAChannel", "recv", size=1, timeout=PLENTY)
        self.assertIn("notAChannel", str(raised.exception))
        self.assertEqual(raised.exception.name, "nochannel")
        self.assertRaises(netchan.Timeout, importer.errors.take, 0)

        got = importer.import_("notAChannel", "recv", size=1, async_=True)
        choice = netchan.select(importer.errors, timeout=PLENTY)
        self.assertEqual(choice.value["code"], "nochannel")
        self.assertEqual(choice.value["channel"], "notAChannel")
        self.assertIn("notAChannel", choice.value["text"])
        self.assertRaises(netchan.NoChannel, got.take, PLENTY)

    def test_06_export_hangup(self):
        importer = self.pair.meet()
        sent = self.exporter.export("exportedSend", "send")
        got = importer.import_("exportedSend", "recv", size=1, count=2, timeout=PLENTY)
        sent.put(1, PLENTY)
        self.assertEqual(got.take(PLENTY), 1)
        waiting = Background(list, got)
        self.exporter.hangup("exportedSend")
        self.assertEqual(waiting.result(), [])
        self.assertEqual(sent.state, "closed")
        self.assertRaises(netchan.Closed, sent.put, 2, PLENTY)

    def test_07_import_hangup(self):
        importer = self.pair.meet()
        got = self.exporter.export("exportedRecv", "recv")
        sent = importer.import_("exportedRecv", "send", size=1, count=2, timeout=PLENTY)
        sent.put(1, PLENTY)
        self.assertEqual(got.take(PLENTY), 1)
        waiting = Background(list, got)
        importer.hangup("exportedRecv")
        self.assertEqual(waiting.result(), [])
        self.assertEqual(sent.state, "closed")
        self.assertRaises(netchan.Closed, sent.put, 2, PLENTY)

    def test_08_independent_sends(self):
        importer = self.pair.meet()
        incoming = self.exporter.export("exportedRecv", "recv")
        outgoing = self.exporter.export("exportedSend", "send")
        control = self.exporter.export("exportedCtl", "recv")

        def loop():
            go = control.take(PLENTY)
            for _ in range(10):
                outgoing.put(incoming.take(PLENTY), PLENTY)
            return go

        looping = Background(loop)
        sent = importer.import_("exportedRecv", "send", size=3, timeout=PLENTY)
        sending = Background(send_all, sent, numbers(10))
        got = importer.import_("exportedSend", "recv", size=3, count=10, timeout=PLENTY)
        receiving = Background(list, got)
        self.received(self.exporter, "exportedRecv", 3)
        go = importer.import_("exportedCtl", "send", size=1, count=1, timeout=PLENTY)
        go.put(0, PLENTY)
        self.assertEqual(looping.result(), 0)
        self.assertEqual(receiving.result(), numbers(10))
        sending.result()

    def cross(self, name, sent, got):
        """Sends ten values and receives the other side's ten, in whatever order is possible."""
        select = netchan.Select()
        sends, receives = select.send(sent), select.recv(got)
        sent_count = got_count = 0
        while got_count < 10:
            select.set(sends, {"I": sent_count, "Source": name})
            choice = select.wait(PLENTY)
            self.assertIsNone(choice.ended)
            if choice.number == sends:
                sent_count += 1
            else:
                self.assertEqual(choice.number, receives)
                self.assertEqual(choice.value["I"], got_count)
                self.assertNotEqual(choice.value["Source"], name)
                got_count += 1
        for number in range(sent_count, 10):
            sent.put({"I": number, "Source": name}, PLENTY)

    def test_09_cross_connect(self):
        with Pair(self.way) as other:
            export_sent = self.exporter.export("exportedSend", "send")
            export_got = other.exporter.export("exportedReceive", "recv")
            import_sent = other.meet().import_("exportedReceive", "send", size=2, timeout=PLENTY)
            import_got = self.pair.meet().import_("exportedSend", "recv", size=2, timeout=PLENTY)
            exports = Background(self.cross, "export", export_sent, export_got)
            self.cross("import", import_sent, import_got)
            exports.result()

    def test_10_export_drain(self):
        sent = self.exporter.export("exportedSend", "send", capacity=5)
        send_all(sent, numbers(5), close=False)
        self.assertRaises(netchan.Timeout, self.exporter.drain, "received", MOMENT)
        draining = Background(self.exporter.drain, "received", PLENTY)
        importer = self.pair.meet()
        got = importer.import_("exportedSend", "recv", size=5, timeout=PLENTY)
        draining.result()
        self.assertEqual(len(got), 5)
        self.assertRaises(netchan.Timeout, self.exporter.drain, "taken", MOMENT)
        self.assertEqual([got.take(0) for _ in range(5)], numbers(5))
        self.exporter.drain("taken", PLENTY)

    def test_11_import_drain(self):
        importer = self.pair.meet()
        got = self.exporter.export("exportedRecv", "recv")
        sent = importer.import_("exportedRecv", "send", size=1, capacity=5, timeout=PLENTY)
        send_all(sent, numbers(5), close=False)
        self.assertRaises(netchan.Timeout, importer.drain, "received", MOMENT)
        self.assertEqual([got.take(PLENTY) for _ in range(4)], numbers(4))
        importer.drain("received", PLENTY)
        self.assertRaises(netchan.Timeout, importer.drain, "taken", MOMENT)
        self.assertEqual(got.take(PLENTY), BASE + 4)
        importer.drain("taken", PLENTY)

    def test_12_export_sync(self):
        sent = self.exporter.export("exportedSend", "send", capacity=5)
        send_all(sent, numbers(5), close=False)
        self.exporter.sync("taken", 0)
        importer = self.pair.meet()
        got = importer.import_("exportedSend", "recv", size=3, timeout=PLENTY)
        eventually(lambda: (stream(self.exporter, "exportedSend") or {}).get("sent") == 3)
        self.exporter.sync("received", PLENTY)
        self.assertRaises(netchan.Timeout, self.exporter.sync, "taken", MOMENT)
        syncing = Background(self.exporter.sync, "taken", PLENTY)
        self.assertEqual([got.take(PLENTY) for _ in range(5)], numbers(5))
        syncing.result()

    def flow(self, sent, got, size, owner, name):
        for value in numbers(size):
            sent.put(value, PLENTY)
        self.assertRaises(netchan.Timeout, sent.put, BASE + size, MOMENT)
        self.received(owner, name, size)
        self.assertEqual(stream(owner, name)["taken"], 0)
        self.assertRaises(netchan.Timeout, sent.put, BASE + size, MOMENT)
        sending = Background(send_all, sent, numbers(100)[size:])
        self.assertEqual(list(got), numbers(100))
        sending.result()

    def test_13_export_flow_control(self):
        importer = self.pair.meet()
        sent = self.exporter.export("exportedSend", "send")
        got = importer.import_("exportedSend", "recv", size=20, timeout=PLENTY)
        self.flow(sent, got, 20, self.exporter, "exportedSend")

    def test_14_import_flow_control(self):
        importer = self.pair.meet()
        got = self.exporter.export("exportedRecv", "recv")
        sent = importer.import_("exportedRecv", "send", size=3, timeout=PLENTY)
        self.flow(sent, got, 3, importer, "exportedRecv")


class OverPair(Scenarios, unittest.TestCase):
    way = "pair"


class OverUnix(Scenarios, unittest.TestCase):
    way = "unix"


class OverTcp(Scenarios, unittest.TestCase):
    way = "tcp"
