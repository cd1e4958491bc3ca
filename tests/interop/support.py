# SPDX-License-Identifier: MIT
"""What the cases share: links that end with their test, values, and frames by hand."""

import json
import os
import time

import harness
import netchan_client
import netchan_wire

HERE = os.path.dirname(os.path.abspath(__file__))

# Texts as they travel, one a line: every kind, the edges of numbers, strings that try a reader.
TEXTS = [
    "null", "true", "false", "0", "-0", "1", "-1", "9223372036854775807", "-9223372036854775808",
    "0.1", "-2.5e-300", "1.7976931348623157e308", "5e-324", "1E5", "10000000000000000000.0",
    '""', '"a b"', r'"nul \u0000 inside"', r'"\"\\\/\b\f\n\r\t"', '"\U0001F600 und Umlaute: äöü"',
    r'"\ud83d\ude00 escaped"', '"\u2028\ufeff\x7f"', "[]", "{}", "[1, 2,3 ]", '{"a":{"b":[null]}}',
    r'{"a":1,"A":2,"\u0061b":3,"":4}', '[[[["deep"]]]]', "[" * 64 + "]" * 64,
    '[9007199254740993,"9007199254740993"]',
]
LINES = ("\n".join(TEXTS) + "\n").encode()


def numbers(first, last):
    return "".join("%d\n" % number for number in range(first, last + 1)).encode()


class Raw:
    """An importer by hand: it says hello, and else only what the test puts."""

    def __init__(self, url, **limits):
        self.wire = netchan_wire.Wire(netchan_wire.dial(url), 65536)
        hello = {"netchan": [1, 1], "role": "importer",
                 "limits": dict(netchan_wire.LIMITS, **limits)}
        self.put("hello", hello)
        self.hello = self.frame("hello")

    def put(self, kind, *numbers_and_payload):
        """The numbers, then a payload: bytes, or an object."""
        numbers = [each for each in numbers_and_payload if isinstance(each, int)]
        payload = [each for each in numbers_and_payload if not isinstance(each, int)] or [b""]
        if isinstance(payload[0], dict):
            payload = [json.dumps(payload[0]).encode()]
        self.wire.put(kind, *numbers, payload=payload[0])
        self.wire.flush(time.monotonic() + harness.PATIENCE)

    def bind(self, number, direction, name="x", size=1024, window=4194304, count=-1, wait=0):
        self.put("bind", number, {"name": name, "direction": direction, "size": size,
                                  "window": window, "count": count, "wait": wait})

    def frame(self, kind=None):
        """The next frame, which must be of that kind: its numbers and payload, or all three."""
        until = time.monotonic() + harness.PATIENCE
        found = self.wire.next()
        while not found:
            if self.wire.eof or not self.wire.wait(until):
                raise AssertionError("%s instead of %s" % (
                    "end of file" if self.wire.eof else "nothing", kind or "a frame"))
            found = self.wire.next()
        if kind is None:
            return found
        if found[0] != kind:
            raise AssertionError("%r instead of %s" % (found, kind))
        return found[1:]

    def nothing(self, number):
        """Shows that nothing is on its way: the answer to a ping comes next, three times."""
        for offset in range(3):
            self.put("ping", number + offset)
            if self.frame("pong") != ([number + offset], b""):
                raise AssertionError("another pong")

    def close(self):
        self.wire.sock.close()


class Case(harness.Case):
    def connect(self, address, **more):
        link = netchan_client.connect(address, **more)
        self.addCleanup(self.cut, link)
        return link

    def raw(self, address, **limits):
        raw = Raw(address, **limits)
        self.addCleanup(raw.close)
        return raw

    def cut(self, link):
        """A link that the test did not end in order would hide how it ended."""
        was_open = link.over is None
        link.wire.sock.close()
        self.assertFalse(was_open and not self.may_be_open, "the link was left open")

    may_be_open = False

    def assert_refused(self, code, link, name, direction, **more):
        with self.assertRaises(netchan_wire.Refused) as caught:
            link.bind(name, direction, **more).wait_bound()
        self.assertEqual(caught.exception.code, code, caught.exception)
        self.assertTrue(caught.exception.text)
        return caught.exception

    def end(self, link):
        link.end()
        self.assertIsInstance(link.over, netchan_wire.Closed)
