# SPDX-License-Identifier: MIT
"""The library exports values and the client of the document receives them."""

import json
import signal
import subprocess
import sys
import threading

import netchan_wire
from support import HERE, LINES, TEXTS, Case, numbers

# Takes ten values in, acknowledges none or some, says so and waits to be killed.
VICTIM = """
import sys
sys.dont_write_bytecode = True
sys.path[:0] = [sys.argv[1], sys.argv[1] + "/../cli"]
import support
raw = support.Raw(sys.argv[2])
raw.bind(1, "recv", size=10)
raw.frame("bound")
for number in range(1, 11):
    raw.frame("data")
if sys.argv[3:]:
    raw.put("ack", 1, *map(int, sys.argv[3:]))
    raw.put("ping", 1)
    while raw.frame()[0] != "pong":
        pass
print("has them", flush=True)
sys.stdin.read()
"""


class Receiving(Case):
    def kill_a_client(self, address, *figures):
        child = subprocess.Popen([sys.executable, "-c", VICTIM, HERE, address, *figures],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        try:
            self.assertEqual(child.stdout.readline(), b"has them\n")
        finally:
            child.kill()
            child.communicate()

    def kinds_over(self, url):
        exporter, address = self.export("send", url=url, stdin=LINES)
        link = self.connect(address)
        stream = link.recv("x")
        got = []
        with self.assertRaises(netchan_wire.Closed):
            while True:
                got.append(stream.take_text().decode())
        stream.wait_over()
        self.end(link)
        self.assertEqual(got, TEXTS)
        self.assert_ended(exporter)

    def test_values_of_all_kinds_over_unix(self):
        self.kinds_over(None)

    def test_values_of_all_kinds_over_tcp(self):
        self.kinds_over("tcp://127.0.0.1:0")

    def pieces(self, streams):
        text = json.dumps("\U0001F600" * 262144, ensure_ascii=False)
        exporter, address = self.export("send")
        link = self.connect(address)
        lengths = []
        handle = link.handle

        def watch(kind, figures, payload):
            if kind in ("part", "data"):
                lengths.append(len(payload))
            handle(kind, figures, payload)

        link.handle = watch
        for _ in range(streams - 1):
            link.recv("x", size=1, count=1)
        stream = link.recv("x", size=4)
        threading.Thread(target=exporter.feed, args=((text + "\n" + text + "\n7\n").encode(),),
                         daemon=True).start()
        got = [text for other in [*link.streams.values()] for text in other]
        self.assertEqual(sorted(map(str, got)), sorted(["7"] + [json.loads(text)] * 2))
        stream.wait_over()
        self.end(link)
        self.assert_ended(exporter)
        return lengths

    def test_values_of_a_mebibyte_in_parts(self):
        lengths = self.pieces(1)
        self.assertEqual(max(lengths), 65536)
        self.assertEqual(len(lengths), 2 * 17 + 1)

    def test_shorter_parts_while_another_stream_is_open(self):
        self.assertEqual(max(self.pieces(2)[:64]), 16384)

    def test_parts_no_longer_than_the_frame_limit(self):
        text = json.dumps("y" * 100000)
        exporter, address = self.export("send", stdin=text.encode() + b"\n")
        link = self.connect(address, frame=4096)
        self.assertEqual([len(value) for value in link.recv("x")], [100000])
        self.end(link)
        self.assert_ended(exporter)

    def test_size_1(self):
        exporter, address = self.export("send", stdin=numbers(1, 200))
        link = self.connect(address)
        self.assertEqual(list(link.recv("x", size=1)), list(range(1, 201)))
        self.end(link)
        self.assert_ended(exporter)

    def test_values_longer_than_the_window_travel_alone(self):
        exporter, address = self.export("send", stdin=b'"0123456789"\n' * 20)
        link = self.connect(address)
        self.assertEqual(list(link.recv("x", window=1)), ["0123456789"] * 20)
        self.end(link)
        self.assert_ended(exporter)

    def test_count_ends_the_stream_and_the_rest_stays(self):
        exporter, address = self.export("send", stdin=numbers(1, 10))
        link = self.connect(address)
        first = link.recv("x", count=3)
        self.assertEqual((list(first), first.count), ([1, 2, 3], 3))
        self.assertEqual(list(link.recv("x", count=100)), list(range(4, 11)))
        self.end(link)
        self.assert_ended(exporter)

    def test_a_withdrawn_bind(self):
        exporter, address = self.export("send", stdin=numbers(1, 3))
        link = self.connect(address)
        withdrawn, parked = link.bind("x", "recv"), link.bind("later", "recv", wait=-1)
        withdrawn.hangup()
        parked.hangup()
        parked.wait_over()
        withdrawn.wait_over()
        self.assertEqual((withdrawn.last, parked.last), (0, 0))
        self.assertEqual(list(link.recv("x")), [1, 2, 3])
        self.end(link)
        self.assert_ended(exporter)

    def test_refused_binds(self):
        exporter, address = self.export("send")
        link = self.connect(address)
        self.assertIn("y", self.assert_refused("nochannel", link, "y", "recv").text)
        self.assertIn("x", self.assert_refused("direction", link, "x", "send").text)
        text = self.assert_refused("limit", link, "x", "recv", size=65537).text
        self.assertTrue("65537" in text and "65536" in text, text)
        self.assert_refused("limit", link, "x", "recv", window=67108865)
        for wrong in ({"size": 0}, {"window": 0}, {"count": 0}, {"count": -2}, {"wait": -2}):
            self.assert_refused("usage", link, "x", "recv", **wrong)
        self.assert_refused("usage", link, "", "recv")
        self.assert_refused("usage", link, "n" * 256, "recv")
        self.assert_refused("nochannel", link, "n" * 255, "recv")
        exporter.write(b"5\n")
        exporter.close_input()
        self.assertEqual(list(link.recv("x")), [5])
        self.end(link)
        self.assert_ended(exporter)

    def test_answered_refusals_cost_no_place(self):
        exporter, address = self.export("send", "-o", "limit.streams=8")
        link = self.connect(address)
        codes = set()
        for _ in range(100):
            with self.assertRaises(netchan_wire.Refused) as caught:
                link.recv("y")
            codes.add(caught.exception.code)
        self.assertEqual(codes, {"nochannel", "busy"})
        self.end(link)
        exporter.close_input()
        self.run_command("import", address, "recv", "x")
        self.assert_ended(exporter)

    def test_limits_of_values_are_compared_at_the_bind(self):
        exporter, address = self.export("send", stdin=b"1\n")
        for smaller in ({"value": 1000}, {"depth": 63}):
            link = self.connect(address, **smaller)
            self.assert_refused("limit", link, "x", "recv")
            self.end(link)
        link = self.connect(address)
        self.assertEqual(list(link.recv("x")), [1])
        self.end(link)
        self.assert_ended(exporter)

    def test_wait_is_over(self):
        exporter, address = self.export("send")
        link = self.connect(address)
        waiting, stream = link.bind("later", "recv", wait=300), link.recv("x")
        exporter.write(b"1\n")
        self.assertEqual(stream.take(), 1)
        with self.assertRaises(netchan_wire.Refused):
            waiting.wait_bound()
        self.assertGreaterEqual(self.elapsed(), 0.3)
        exporter.close_input()
        self.assertEqual(list(stream), [])
        self.end(link)
        self.assert_ended(exporter)

    def test_sync_is_what_the_exporter_learns_by(self):
        exporter, address = self.export("send", stdin=numbers(1, 5))
        link = self.connect(address)
        link.ack_delay = 3600
        stream = link.recv("x", size=1000)
        link.wait(lambda: stream.asked)
        self.assertEqual((stream.asked, stream.told), (5, (5, 0)))
        for number in range(1, 5):
            self.assertEqual(stream.take(), number)
            self.assertEqual(stream.told, (5, 0))
        self.assertEqual(stream.take(), 5)
        self.assertEqual((stream.told, stream.asked), ((5, 5), 0))
        self.assertEqual(list(stream), [])
        self.end(link)
        self.assert_ended(exporter)

    def test_without_acknowledgements_credit_stops_at_size(self):
        exporter, address = self.export("send", stdin=numbers(1, 10))
        raw = self.raw(address)
        raw.bind(1, "recv", size=3)
        raw.frame("bound")
        for number in (1, 2, 3):
            self.assertEqual(raw.frame("data"), ([1, number], b"%d" % number))
        raw.nothing(10)
        raw.put("ack", 1, 3, 0)
        raw.nothing(20)
        raw.put("ack", 1, 3, 1)
        self.assertEqual(raw.frame("data"), ([1, 4], b"4"))
        raw.nothing(30)
        raw.put("ack", 1, 4, 4)
        for number in (5, 6, 7):
            self.assertEqual(raw.frame("data"), ([1, number], b"%d" % number))
        raw.nothing(40)
        exporter.signal(signal.SIGKILL)
        exporter.status()

    def test_without_acknowledgements_credit_stops_at_window(self):
        exporter, address = self.export("send", stdin=b'"0123456789"\n' * 10)
        raw = self.raw(address)
        raw.bind(1, "recv", window=25)
        raw.frame("bound")
        for number in (1, 2, 3):
            self.assertEqual(raw.frame("data")[0], [1, number])
        raw.nothing(10)
        raw.put("ack", 1, 3, 1)
        self.assertEqual(raw.frame("data")[0], [1, 4])
        raw.nothing(20)
        exporter.signal(signal.SIGKILL)
        exporter.status()

    def test_a_killed_clients_values_reach_the_next(self):
        exporter, address = self.export("send", stdin=None)
        exporter.write(numbers(1, 12))
        self.kill_a_client(address)
        exporter.close_input()
        link = self.connect(address)
        self.assertEqual(list(link.recv("x")), list(range(1, 13)))
        self.end(link)
        self.assert_ended(exporter)

    def test_a_killed_client_keeps_what_it_had_received(self):
        exporter, address = self.export("send", stdin=None)
        exporter.write(numbers(1, 12))
        self.kill_a_client(address, "6", "4")
        exporter.close_input()
        link = self.connect(address)
        self.assertEqual(list(link.recv("x")), list(range(7, 13)))
        self.end(link)
        self.assert_ended(exporter, 1)

    def test_hangup_leaves_the_rest_to_the_next(self):
        exporter, address = self.export("send", stdin=numbers(1, 100))
        link = self.connect(address)
        stream = link.recv("x", size=5)
        self.assertEqual([stream.take() for _ in range(3)], [1, 2, 3])
        stream.hangup()
        stream.wait_over()
        got = list(link.recv("x"))
        self.assertEqual(got, list(range(stream.last + 1, 101)))
        self.end(link)
        exporter.status()

    def test_streams_of_one_link_share_the_values(self):
        exporter, address = self.export("send", stdin=numbers(1, 60))
        link = self.connect(address)
        streams = [link.recv("x", size=2) for _ in range(3)]
        got = []
        while any(not stream.end or stream.queue for stream in streams):
            link.wait(lambda: any(stream.queue for stream in streams)
                      or all(stream.end for stream in streams))
            got += [stream.take() for stream in streams if stream.queue]
        self.assertEqual(sorted(got), list(range(1, 61)))
        self.assertTrue(all(stream.last for stream in streams))
        self.end(link)
        self.assert_ended(exporter)

    def test_pings_are_answered_both_ways(self):
        exporter, address = self.export("send", "-o", "link.heartbeat=1000")
        link = self.connect(address, silence=1000)
        stream = link.recv("x")
        pinged = []
        answer = link.on_ping
        link.on_ping = lambda number: pinged.append(number) or answer(number)
        link.wait(lambda: len(pinged) == 2)
        link.ping()
        link.wait(lambda: link.pongs == 1)
        exporter.close_input()
        self.assertEqual(list(stream), [])
        self.end(link)
        self.assert_ended(exporter)

    def test_list(self):
        exporter, address = self.export("send")
        link = self.connect(address)
        stream = link.recv("x")
        entry, = link.list()
        self.assertEqual((entry["name"], entry["direction"], entry["streams"]), ("x", "send", 1))
        self.assertEqual((len(link.list("x")), link.list("y")), (1, []))
        exporter.close_input()
        self.assertEqual(list(stream), [])
        self.end(link)
        self.assert_ended(exporter)

    def test_a_killed_exporter_is_a_loss(self):
        exporter, address = self.export("send")
        link = self.connect(address)
        stream = link.recv("x")
        exporter.write(b"1\n")
        self.assertEqual(stream.take(), 1)
        exporter.signal(signal.SIGKILL)
        with self.assertRaises(netchan_wire.Lost):
            stream.take()
        self.assertIsInstance(link.over, netchan_wire.Lost)
        exporter.status()
