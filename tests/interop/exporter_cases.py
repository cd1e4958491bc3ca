# SPDX-License-Identifier: MIT
"""The client of the document exports, and the library imports from it."""

import json
import signal

import netchan_client
import netchan_wire
from harness import PATIENCE
from support import LINES, TEXTS, Case, numbers


class Exporting(Case):
    def serve(self, words, channels, url=None, stdin=b"", **more):
        """Starts the command, with URL for the address, and accepts its link."""
        listener = netchan_wire.listen(url or self.unix())
        with listener:
            address = url or self.unix()
            if url:
                address = "tcp://127.0.0.1:%d" % listener.getsockname()[1]
            command = [address if word == "URL" else word for word in words.split()]
            process = self.start(*command, stdin=stdin)
            listener.settimeout(PATIENCE)
            link = netchan_client.Exporter(listener.accept()[0], channels, **more)
        self.addCleanup(self.cut, link)
        return process, link

    def finish(self, link, process, status=0):
        """The command ends the link in order, and then itself."""
        with self.assertRaises(netchan_wire.Closed):
            link.wait(lambda: False)
        self.assert_ended(process, status)

    def sends_over(self, url):
        process, link = self.serve("import URL recv out", {"out": "send"}, url)
        stream = link.accept()
        for text in TEXTS:
            stream.send_text(text.encode())
        stream.close()
        stream.wait_over()
        self.assertEqual((stream.taken, len(stream.unreceived)), (len(TEXTS), 0))
        self.finish(link, process)
        self.assertEqual(process.output(), LINES)

    def test_a_send_channel_over_unix(self):
        self.sends_over(None)

    def test_a_send_channel_over_tcp(self):
        self.sends_over("tcp://127.0.0.1:0")

    def receives_over(self, url):
        process, link = self.serve("import URL send in", {"in": "recv"}, url, stdin=LINES)
        stream = link.accept()
        got = []
        with self.assertRaises(netchan_wire.Closed):
            while True:
                got.append(stream.take_text().decode())
        self.assertEqual(got, TEXTS)
        self.finish(link, process)

    def test_a_recv_channel_over_unix(self):
        self.receives_over(None)

    def test_a_recv_channel_over_tcp(self):
        self.receives_over("tcp://127.0.0.1:0")

    def test_values_of_a_mebibyte_both_ways(self):
        process, link = self.serve("import URL recv out -s 1", {"out": "send"})
        stream = link.accept()
        for letter in "ab":
            stream.send(letter * 1048576)
        stream.close()
        stream.wait_over()
        self.finish(link, process)
        out = process.output()
        self.assertEqual(out, b'"%s"\n"%s"\n' % (b"a" * 1048576, b"b" * 1048576))
        process, link = self.serve("import URL send in -s 1", {"in": "recv"}, "tcp://127.0.0.1:0",
                                   stdin=out)
        self.assertEqual([value[:1] * len(value) for value in link.accept()],
                         ["a" * 1048576, "b" * 1048576])
        self.finish(link, process)

    def test_the_library_sends_no_longer_frames_than_allowed(self):
        process, link = self.serve("import URL send in", {"in": "recv"}, frame=4096,
                                   stdin=b'"%s"\n' % (b"z" * 50000))
        self.assertEqual([len(value) for value in link.accept()], [50000])
        self.finish(link, process)

    def test_the_library_keeps_to_its_credit(self):
        process, link = self.serve("import URL send in -s 2", {"in": "recv"}, stdin=numbers(1, 50))
        stream = link.accept()
        link.wait(lambda: len(stream.queue) == 2)
        link.ping()
        link.wait(lambda: link.pongs == 1)
        self.assertEqual((stream.size, stream.last), (2, 2))
        self.assertEqual(list(stream), list(range(1, 51)))
        self.finish(link, process)

    def test_a_count_of_the_library(self):
        process, link = self.serve("import URL recv out -n 3", {"out": "send"})
        stream = link.accept()
        sent = 0
        with self.assertRaises(netchan_wire.Closed):
            while True:
                stream.send(sent)
                sent += 1
        stream.wait_over()
        self.assertEqual(stream.taken, 3)
        self.finish(link, process)
        self.assertEqual(process.output(), b"0\n1\n2\n")

    def test_the_library_syncs_and_drains(self):
        process, link = self.serve("import URL send in -s 1000", {"in": "recv"},
                                   stdin=numbers(1, 5))
        link.ack_delay = 3600
        stream = link.accept()
        self.assertEqual(list(stream), [1, 2, 3, 4, 5])
        self.finish(link, process)
        self.assertLess(self.elapsed(), PATIENCE)

    def test_a_refusal_reaches_the_user(self):
        for words, said in (("import URL recv nowhere", "there is no channel nowhere"),
                            ("import URL send out", "out is for send here too")):
            process, link = self.serve(words, {"out": "send"}, "tcp://127.0.0.1:0")
            self.finish(link, process, 1)
            self.assertIn(said, process.errors())

    def test_a_bind_that_waits_for_its_channel(self):
        process, link = self.serve("import URL recv out -w 50", {})
        held = []
        link.on_bind = lambda *bind: held.append(bind)
        link.wait(lambda: held)
        self.assertTrue(0 < json.loads(held[0][1])["wait"] <= 50000, held)
        link.channels["out"] = "send"
        netchan_client.Exporter.on_bind(link, *held[0])
        stream = link.accept()
        stream.send("here")
        stream.close()
        self.finish(link, process)
        self.assertEqual(process.output(), b'"here"\n')

    def withdraws(self, answer):
        """Interrupts the command before its bind was answered."""
        process, link = self.serve("import URL recv out -w 50", {})
        held = []

        def hold(number, _):
            link.born = number
            held.append(netchan_client.Sender(link, number, "out", 1024, 4194304, -1))

        def handle(kind, *more):
            if kind == "hangup":
                answer(held[0])
            netchan_client.Link.handle(link, kind, *more)

        link.on_bind, link.handle = hold, handle
        link.wait(lambda: held)
        process.signal(signal.SIGTERM)
        with self.assertRaises(netchan_wire.Closed):
            link.wait(lambda: False)
        self.assertEqual(held[0].state, "over")
        process.status()
        return held[0], process.output()

    def test_the_library_withdraws_a_bind(self):
        stream, out = self.withdraws(lambda stream: None)
        self.assertEqual((stream.received, out), (0, b""))

    def test_the_library_withdraws_a_bind_while_bound_is_on_its_way(self):
        def answer(stream):
            stream.put("bound", payload=b'{"size":1024,"window":4194304,"count":-1}')
            stream.was_bound, stream.state = True, "open"
            stream.send("too late")

        stream, out = self.withdraws(answer)
        self.assertEqual((stream.received, list(stream.unreceived), out), (0, [b'"too late"'], b""))

    def test_the_library_asks_for_no_more_than_the_limits(self):
        process, link = self.serve("import URL recv out -s 11", {"out": "send"}, size=10)
        self.finish(link, process, 1)
        self.assertEqual((link.born, "10" in process.errors()), (0, True))

    def test_an_exporters_hangup(self):
        process, link = self.serve("import URL recv out", {"out": "send"})
        stream = link.accept()
        stream.send("last")
        stream.hangup()
        stream.wait_over()
        self.assertEqual((stream.received, len(stream.unreceived)), (1, 0))
        self.finish(link, process)
        self.assertEqual(process.output(), b'"last"\n')

    def test_a_loss_that_a_close_tells(self):
        process, link = self.serve("import URL recv out", {"out": "send"})
        stream = link.accept()
        stream.send(1)
        stream.close("lost")
        stream.wait_over()
        self.finish(link, process, 1)
        self.assertEqual(process.output(), b"1\n")

    def test_a_loss_that_a_hangup_tells(self):
        process, link = self.serve("import URL recv out", {"out": "send"})
        stream = link.accept()
        stream.hangup("lost", "the disk is full")
        stream.wait_over()
        self.finish(link, process, 1)
        self.assertIn("the disk is full", process.errors())

    def test_the_receivers_hangup_leaves_values_in_doubt(self):
        process, link = self.serve("import URL send in -s 5", {"in": "recv"}, stdin=numbers(1, 20))
        stream = link.accept()
        self.assertEqual([stream.take() for _ in range(3)], [1, 2, 3])
        stream.hangup()
        stream.wait_over()
        self.finish(link, process, 1)
        self.assertIn("were not acknowledged", process.errors())

    def test_an_exporter_that_ends_the_link(self):
        process, link = self.serve("import URL recv out", {"out": "send"})
        stream = link.accept()
        stream.send(1)
        stream.sync()
        self.end(link)
        self.assert_ended(process)
        self.assertEqual(process.output(), b"1\n")

    def test_pages_of_a_listing(self):
        channels = {"channel %03d" % number: ("send", "recv")[number % 2] for number in range(400)}
        pages = []
        process, link = self.serve("list URL -o limit.frame=4096", channels)
        answer = link.on_list
        link.on_list = lambda *more: pages.append(more[0]) or answer(*more)
        self.finish(link, process)
        lines = process.output().decode().splitlines()[1:]
        self.assertEqual([line.split('"')[1] for line in lines], sorted(channels))
        self.assertGreater(len(pages), 4)
        self.assertEqual(pages[0], 0)
