# SPDX-License-Identifier: MIT
"""The client of the document sends values and the library receives them."""

import json
import signal

import netchan_wire
from harness import values_of
from support import LINES, TEXTS, Case, numbers


class Sending(Case):
    def kinds_over(self, url):
        exporter, address = self.export("recv", url=url)
        link = self.connect(address)
        stream = link.send("x", size=7)
        for text in TEXTS:
            stream.send_text(text.encode())
        stream.close()
        stream.wait_over()
        self.assertEqual((stream.taken, len(stream.unreceived)), (len(TEXTS), 0))
        self.assertIsInstance(stream.end, netchan_wire.Closed)
        self.end(link)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), LINES)

    def test_values_of_all_kinds_over_unix(self):
        self.kinds_over(None)

    def test_values_of_all_kinds_over_tcp(self):
        self.kinds_over("tcp://127.0.0.1:0")

    def test_values_of_a_mebibyte_in_parts(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x")
        for letter in "ab\u00e4":
            stream.send(letter * 1048576)
        stream.sync()
        self.assertEqual(stream.taken, 3)
        stream.close()
        self.end(link)
        self.assert_ended(exporter)
        self.assertEqual([value[:1] * len(value) for value in values_of(exporter.output())],
                         [letter * 1048576 for letter in "ab\u00e4"])

    def test_parts_may_be_cut_anywhere_and_mixed(self):
        exporter, address = self.export("recv")
        raw = self.raw(address)
        for number in (1, 2):
            raw.bind(number, "send")
            raw.frame("bound")
        texts = ['["\U0001F600",12,"first"]'.encode(), '{"zwei":"\u00e4\u00f6"}'.encode()]
        for place in range(max(map(len, texts))):
            for number, text in enumerate(texts, 1):
                if place < len(text):
                    kind = "data" if place == len(text) - 1 else "part"
                    raw.put(kind, number, 1, text[place:place + 1])
        for number in (1, 2):
            raw.put("close", number, 1)
        self.over(raw, 2)
        raw.put("bye")
        self.assert_ended(exporter)
        self.assertEqual(sorted(exporter.output().splitlines()), sorted(texts))

    def over(self, raw, streams):
        """Reads acknowledgements and answers so many hangups."""
        while streams:
            kind, figures, _ = raw.frame()
            self.assertIn(kind, ("ack", "hangup"))
            if kind == "hangup":
                raw.put("hangup", *figures)
                streams -= 1

    def test_size_1(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x", size=1)
        for number in range(1, 201):
            stream.send(number)
        stream.close()
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), numbers(1, 200))

    def test_taken_is_told_at_half_of_size_or_window(self):
        for more in ({"size": 4}, {"window": 24}):
            exporter, address = self.export("recv", "-o", "link.ack-delay=1000", url=self.unix())
            link = self.connect(address)
            stream = link.send("x", **more)
            for number in range(100):
                stream.send("half")
            stream.close()
            stream.wait_over()
            self.end(link)
            self.assert_ended(exporter)
        self.assertLess(self.elapsed(), 20)

    def test_values_longer_than_the_window_travel_alone(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x", window=1)
        for number in range(20):
            stream.send("0123456789")
            self.assertLessEqual(len(stream.lengths), 1)
        stream.close()
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)

    def test_count(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x", count=2)
        stream.send(1)
        stream.send(2)
        with self.assertRaises(netchan_wire.Closed):
            stream.send(3)
        stream.wait_over()
        self.assertEqual(stream.taken, 2)
        self.end(link)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"1\n2\n")

    def test_sync_asks_for_received_and_taken(self):
        exporter, address = self.export("recv", "-o", "link.ack-delay=1000")
        link = self.connect(address)
        stream = link.send("x", size=1000)
        for number in range(1, 31):
            stream.send(number)
            stream.sync(taken=number % 2)
            self.assertEqual(stream.received, number)
        stream.sync()
        self.assertEqual(stream.taken, 30)
        self.assertLess(self.elapsed(), 20)
        stream.close()
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)

    def test_close_with_values_unacknowledged(self):
        exporter, address = self.export("recv", "-o", "link.ack-delay=1000")
        link = self.connect(address)
        stream = link.send("x", size=1000)
        for number in range(1, 101):
            stream.send(number)
        stream.close()
        self.assertLess(stream.taken, 100)
        stream.wait_over()
        self.assertEqual((stream.taken, len(stream.unreceived)), (100, 0))
        self.assertIsInstance(stream.end, netchan_wire.Closed)
        self.end(link)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), numbers(1, 100))

    def test_close_with_a_loss(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x")
        stream.send(1)
        stream.close("lost")
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter, 1)
        self.assertEqual(exporter.output(), b"1\n")

    def test_a_value_given_up_in_the_middle(self):
        exporter, address = self.export("recv", "--keep-open")
        raw = self.raw(address)
        raw.bind(1, "send")
        raw.frame("bound")
        raw.put("data", 1, 1, b"1")
        raw.put("part", 1, 2, b'"half a val')
        raw.put("hangup", 1, 1)
        kind, figures, _ = raw.frame()
        if kind == "ack":
            figures = raw.frame("hangup")[0]
        self.assertEqual(figures, [1, 1])
        raw.bind(2, "send")
        raw.frame("bound")
        raw.put("data", 2, 1, b"2")
        self.assertEqual([exporter.value(), exporter.value()], [b"1", b"2"])
        exporter.signal(signal.SIGTERM)
        self.over(raw, 1)
        raw.put("bye")
        self.assert_ended(exporter)

    def test_the_receiver_hangs_up(self):
        exporter, address = self.export("recv", "--keep-open")
        link = self.connect(address)
        stream = link.send("x")
        stream.send(1)
        stream.sync()
        exporter.signal(signal.SIGTERM)
        stream.wait_over()
        with self.assertRaises(netchan_wire.Closed):
            stream.send(2)
        with self.assertRaises(netchan_wire.Closed) as caught:
            link.wait(lambda: False)
        self.assertEqual(caught.exception.code, "ok")
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"1\n")

    def test_refused_binds(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        self.assert_refused("nochannel", link, "y", "send")
        self.assert_refused("direction", link, "x", "recv")
        self.assert_refused("limit", link, "x", "send", size=65537)
        stream = link.send("x")
        stream.send(5)
        stream.close()
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)

    def test_a_sender_with_larger_limits_is_refused(self):
        exporter, address = self.export("recv", "--keep-open", "-o", "limit.value=1000")
        link = self.connect(address)
        text = self.assert_refused("limit", link, "x", "send").text
        self.assertTrue("4194304" in text and "1000" in text, text)
        self.end(link)
        link = self.connect(address, value=1000)
        link.send("x").close()
        self.end(link)
        exporter.signal(signal.SIGTERM)
        self.assert_ended(exporter)

    def test_a_client_that_vanishes_is_a_loss(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        stream = link.send("x")
        stream.send(json.loads("[1]"))
        stream.sync()
        link.ended(netchan_wire.Lost("lost", "cut by the test"))
        self.assert_ended(exporter, 1)
        self.assertEqual(exporter.output(), b"[1]\n")

    def test_two_streams_are_merged(self):
        exporter, address = self.export("recv")
        link = self.connect(address)
        first, second = link.send("x", size=4), link.send("x", size=4)
        for number in range(50):
            first.send([1, number])
            second.send([2, number])
        for stream in (first, second):
            stream.close()
            stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)
        values = values_of(exporter.output())
        for number in (1, 2):
            self.assertEqual([each for each in values if each[0] == number],
                             [[number, place] for place in range(50)])
