#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A netchan peer, written from docs/PROTOCOL.md alone.

    link = netchan_client.connect("unix:/tmp/jobs")
    for job in link.recv("jobs", size=8):
        work(job)
    link.end()

There is no second thread: frames are handled while a call waits, so a program that computes for
long between two calls answers nothing meanwhile, and "silence" is 0 for that reason. A wait that is
not given its time ends after `patience` seconds with TimeoutError. The budgets of section 11 are
not counted: this peer talks to whom it was told to.

It must never begin a value without credit, or acknowledge a value that it does not hold.

As a command: netchan_client.py URL recv NAME [SIZE] | URL send NAME | URL list [FILTER]
"""

import collections
import json
import sys
import time

from netchan_wire import (LIMITS, Broken, Closed, Failure, Lost, Refused, Wire, dial, dumps, ending,
                          loads, member, members, ranged, reason)

# Section 3: the numbers of a kind besides the length, the kinds without and with a payload.
NUMBERS = {"hello": 0, "bind": 1, "bound": 1, "data": 2, "part": 2, "ack": 3, "sync": 2, "close": 2,
           "hangup": 2, "list": 1, "listing": 1, "ping": 1, "pong": 1, "bye": 0}
BARE = {"ack", "sync", "ping", "pong"}
FULL = {"hello", "bind", "bound", "listing", "data", "part"}
ON_STREAM = {"bound", "data", "part", "ack", "sync", "close", "hangup"}

LOWEST = {"value": 1, "depth": 0, "frame": 4096, "streams": 1, "size": 1, "window": 1}


# ---- Streams (sections 5 to 9) -------------------------------------------------------------------


class Stream:
    """What both ends of a stream have in common: states, credit and hangups."""

    due = None  # when facts must be told

    def __init__(self, link, number, name, size, window, count):
        self.link, self.id, self.name = link, number, name
        self.size, self.window, self.count = size, window, count
        self.state = "binding"              # then open, ending, over
        self.was_bound = self.closed = False
        self.end = None                     # Closed, Lost or Refused, once that is known
        self.last = 0                       # the number of the last value that is whole
        self.lengths = collections.deque()  # of the values outstanding
        self.bytes = 0                      # their sum
        link.streams[number] = self

    def put(self, kind, *numbers, payload=b""):
        self.link.wire.put(kind, self.id, *numbers, payload=payload)

    def wait_bound(self):
        self.link.wait(lambda: self.state != "binding")
        if isinstance(self.end, Refused):
            raise self.end
        return self

    def wait_over(self, seconds=None):
        self.link.wait(lambda: self.state == "over", seconds)

    def credit(self):
        return len(self.lengths) < self.size and self.bytes < self.window

    def begun(self, text):
        self.lengths.append(len(text))
        self.bytes += len(text)

    def freed(self, count):
        for _ in range(count):
            self.bytes -= self.lengths.popleft()

    def need(self, kind):
        """True when the frame is to be handled, False when it is to be dropped (section 9)."""
        if not self.was_bound or self.closed and kind in ("part", "data", "close"):
            state = "closed" if self.closed else self.state
            raise Broken("protocol", "%s on stream %d, which is %s" % (kind, self.id, state))
        return self.state == "open"

    def hangup(self, code="closed", text=""):
        """Ends the stream, or withdraws a bind; it is over when the peer has answered."""
        if self.state in ("ending", "over"):
            return
        self.tell()
        said = b"" if code == "closed" else dumps({"code": code, "text": text})
        self.put("hangup", self.last, payload=said)
        self.state = "ending"
        self.link.flush()

    def on_hangup(self, number, payload):
        end = ending(payload)
        self.judge(number)
        if self.state == "binding" and self.link.role == "importer":
            end = Refused(end.code, end.text)
        if self.state != "ending":
            self.tell()
            self.put("hangup", self.last)
        self.end = self.end or end
        self.state = "over"
        del self.link.streams[self.id]
        self.link.flush()

    def on_bound(self, payload):
        granted = members(payload)
        size = ranged(granted, "size", 1, self.size)
        window = ranged(granted, "window", 1, self.window)
        count = member(granted, "count", int)
        if count != self.count:
            ranged(granted, "count", 1, self.count if self.count > 0 else 2**63 - 1)
        if self.was_bound:
            raise Broken("protocol", "stream %d is bound already" % self.id)
        self.was_bound = True
        if self.state == "binding":
            self.size, self.window, self.count, self.state = size, window, count, "open"


class Receiver(Stream):
    """The end that values come to: take() them, or loop over it."""

    def __init__(self, *more):
        super().__init__(*more)
        self.queue = collections.deque()  # texts received and not taken
        self.partial = b""                # of a value that is not whole yet
        self.taken = self.asked = 0
        self.told = (0, 0)                # the figures of the last ack
        self.bytes_taken = 0              # since then

    def __iter__(self):
        while True:
            try:
                yield self.take()
            except Closed:
                return

    def take(self, seconds=None):
        return json.loads(self.take_text(seconds))

    def take_text(self, seconds=None):
        """The next value's text. Raises what the stream ended with when there is none."""
        self.link.wait(lambda: self.queue or self.end or self.state == "ending", seconds)
        if not self.queue:
            raise self.end or Closed("closed", "hung up here")
        text = self.queue.popleft()
        self.taken += 1
        self.bytes_taken += len(text)
        self.note()
        if self.closed and not self.queue:
            self.hangup()
        elif (0 < self.asked <= self.taken or self.taken - self.told[1] >= max(1, self.size // 2)
              or self.bytes_taken >= max(1, self.window // 2)):
            self.link.flush()
        return text

    def note(self):
        """There is something to tell, no later than after the delay ([P62])."""
        if self.due is None and self.state == "open":
            self.due = time.monotonic() + self.link.ack_delay

    def tell(self):
        """Writes an ack if there is something to tell ([P60])."""
        self.due = None
        if self.state != "open" or self.told == (self.last, self.taken):
            return
        self.put("ack", self.last, self.taken)
        self.freed(self.taken - self.told[1])
        self.told, self.bytes_taken = (self.last, self.taken), 0
        self.asked = 0 if self.asked <= self.taken else self.asked

    def judge(self, number):
        if self.state != "ending" and number != self.last:
            raise Broken("protocol", "hangup says %d values, %d came" % (number, self.last))

    def link_ended(self, text):
        self.end = self.end or (Closed if self.state == "ending" else Lost)("lost", text)

    def add(self, kind, number, piece):
        """One more piece; True when it is of use."""
        if not self.need(kind):
            return False
        if number != self.last + 1 or number > self.count > 0:
            raise Broken("protocol", "%s %d behind value %d of %d" % (kind, number, self.last,
                                                                      self.count))
        if not self.partial and not self.credit():
            raise Broken("protocol", "value %d had no credit" % number)
        self.partial += piece
        if len(self.partial) > self.link.limits["value"]:
            raise Broken("limit", "value %d is too long" % number)
        return True

    def on_part(self, number, payload):
        self.add("part", number, payload)

    def on_data(self, number, payload):
        if not self.add("data", number, payload):
            return
        text, self.partial = self.partial, b""
        self.link.check(text)
        self.last = number
        self.queue.append(text)
        self.begun(text)
        self.note()

    def on_sync(self, number):
        if not self.need("sync"):
            return
        if number > self.last:
            raise Broken("protocol", "sync for value %d, %d came" % (number, self.last))
        self.asked = number if number > self.taken else 0
        self.link.flush()

    def on_close(self, number, payload):
        end = ending(payload)
        if not self.need("close"):
            return
        if number != self.last or self.partial:
            raise Broken("protocol", "close says %d values, %d came" % (number, self.last))
        self.closed, self.end = True, end
        if not self.queue:
            self.hangup()


class Sender(Stream):
    """The end that values come from."""

    def __init__(self, *more):
        super().__init__(*more)
        self.unreceived = collections.deque()  # texts not acknowledged as received
        self.received = self.taken = 0

    def send(self, value, seconds=None):
        self.send_text(dumps(value), seconds)

    def send_text(self, text, seconds=None):
        """Sends a value as soon as there is credit ([P54])."""
        self.link.check(text)
        self.link.wait(lambda: self.closed or self.state in ("ending", "over")
                       or self.state == "open" and self.credit(), seconds)
        if self.closed or self.state != "open":
            raise self.end or Closed("closed", "ended here")
        self.last += 1
        self.unreceived.append(text)
        self.begun(text)
        longest = min(self.link.peer["frame"], 65536 if len(self.link.streams) == 1 else 16384)
        end = (len(text) - 1) // longest * longest
        for start in range(0, end, longest):
            self.put("part", self.last, payload=text[start:start + longest])
        self.put("data", self.last, payload=text[end:])
        if self.last == self.count:
            self.close()
        self.link.flush()

    def sync(self, taken=True, seconds=None):
        """Waits until all values sent are taken, or received."""
        number = self.last

        def done():
            return (self.taken if taken else self.received) >= number

        if not done() and self.state == "open":
            self.put("sync", number if taken else 0)
            self.link.flush()
        self.link.wait(lambda: done() or self.state == "over", seconds)
        if not done():
            raise self.end

    def close(self, code="closed"):
        """No value comes behind the last one; wait_over() then waits until all are taken."""
        if self.state == "open" and not self.closed:
            self.closed = True
            self.put("close", self.last, payload=b"" if code == "closed" else dumps({"code": code}))
            self.link.flush()

    def tell(self):
        pass

    def judge(self, number):
        self.acknowledged(number, self.taken)

    def link_ended(self, text):
        done = (self.closed or self.state == "ending") and self.taken == self.last
        self.end = self.end or (Closed if done else Lost)("lost", text)

    def on_ack(self, received, taken):
        if not self.was_bound:
            self.need("ack")
        self.acknowledged(received, taken)

    def acknowledged(self, received, taken):
        if not (self.received <= received <= self.last and self.taken <= taken <= received):
            raise Broken("protocol", "figures %d, %d of %d values, behind %d, %d" % (
                received, taken, self.last, self.received, self.taken))
        for _ in range(received - self.received):
            self.unreceived.popleft()
        self.freed(taken - self.taken)
        self.received, self.taken = received, taken


# ---- Links (sections 4, 11, 12) ------------------------------------------------------------------


class Link:
    ack_delay, linger, interval, patience = 0.010, 1.0, 7.0, 30.0

    def __init__(self, sock, role, silence=0, agent="netchan_client.py", **limits):
        self.role, self.limits = role, dict(LIMITS, **limits)
        self.wire = Wire(sock, self.limits["frame"])
        self.peer = None   # the limits of the peer's hello
        self.over = None   # Closed, Lost or Broken, once the link has ended
        self.streams = {}  # those that are not over, by id
        self.born = 0      # the highest id that a bind has had
        self.silence = self.pinged = self.pings = self.pongs = 0
        self.wire.put("hello", payload=dumps({
            "netchan": [1, 1], "role": role, "limits": self.limits, "silence": silence,
            "features": [], "agent": agent}))
        try:
            self.wait(lambda: self.peer, 10)
        except TimeoutError:
            self.end("timeout", "no hello came")
            raise

    def wait(self, done, seconds=None):
        """Handles frames until done(). Raises TimeoutError, or what the link ended with."""
        until = time.monotonic() + (self.patience if seconds is None else seconds)
        while not done():
            if self.over:
                raise self.over
            try:
                if not self.turn(until) and not done():
                    raise TimeoutError("nothing came in time")
            except (Broken, ValueError) as error:
                self.end(getattr(error, "code", "protocol"), getattr(error, "text", str(error)))

    def turn(self, until):
        """Handles one frame, or waits for input. False when it was `until` before there was any."""
        frame = self.wire.next()
        if frame:
            self.handle(*frame)
        elif self.wire.eof:
            self.ended(Lost("lost", "end of file without a bye"))
        elif self.wire.outbox:
            self.flush()  # reads, too
        else:
            dues = [stream.due for stream in self.streams.values() if stream.due is not None]
            if not self.wire.wait(min([until, self.heartbeat(), *dues])):
                self.flush()
                return time.monotonic() < until
        return True

    def heartbeat(self):
        """Asks a peer that promised not to be silent; returns when to look again ([P97], [P99])."""
        if not self.silence:
            return float("inf")
        interval, now = max(self.interval, self.silence / 1000), time.monotonic()
        if now >= max(self.wire.heard, self.pinged) + interval:
            if self.pinged > self.wire.heard:
                raise Broken("lost", "the peer is silent")
            self.pinged = now
            self.wire.put("ping", 0)
        return max(self.wire.heard, self.pinged) + interval

    def flush(self):
        """Writes everything, and with it the facts that any stream has to tell ([P61])."""
        for stream in self.streams.values():
            stream.tell()
        self.wire.flush(time.monotonic() + self.patience)

    def handle(self, kind, numbers, payload):
        if self.peer is None and kind != "hello":
            raise Broken("protocol", kind + " is the first frame")
        if kind not in NUMBERS:
            return
        if len(numbers) < NUMBERS[kind]:
            raise Broken("protocol", kind + " has too few numbers")
        if payload and kind in BARE or not payload and kind in FULL:
            raise Broken("protocol", "%s with %d bytes of payload" % (kind, len(payload)))
        numbers, target = numbers[:NUMBERS[kind]], self
        if kind in ON_STREAM:
            number, *numbers = numbers
            target = self.streams.get(number)
            if not target:
                state = "over" if 0 < number <= self.born else "unborn"
                raise Broken("protocol", "%s on stream %d, which is %s" % (kind, number, state))
        act = getattr(target, "on_" + kind, None)
        if not act or kind == "bound" and self.role == "exporter":
            raise Broken("protocol", kind + " comes from the wrong side")
        act(*numbers) if kind in BARE else act(*numbers, payload)

    def check(self, text):
        """Holds a value against section 6 and this side's limits."""
        if len(text) > self.limits["value"]:
            raise Broken("limit", "a value of %d bytes" % len(text))
        loads(text, self.limits["depth"])

    def on_hello(self, payload):
        hello = members(payload)
        if self.peer is not None:
            raise Broken("protocol", "a second hello")
        versions = member(hello, "netchan", list)
        if len(versions) != 2 or any(type(version) is not int for version in versions):
            raise Broken("protocol", "netchan is no range")
        if not versions[0] <= 1 <= versions[1]:
            raise Broken("notsup", "there versions %d to %d, here 1 to 1" % tuple(versions))
        if {member(hello, "role", str), self.role} != {"exporter", "importer"}:
            raise Broken("protocol", "two sides of one role, or none")
        limits = member(hello, "limits", dict)
        self.silence = member(hello, "silence", int, 0)
        self.peer = {name: ranged(limits, name, low) for name, low in LOWEST.items()}

    def ping(self):
        self.pings += 1
        self.wire.put("ping", self.pings)
        self.flush()

    def on_ping(self, number):
        self.wire.put("pong", number)

    def on_pong(self, number):
        self.pongs = number

    def on_bye(self, payload):
        code, text = reason(payload, "ok")
        self.say_bye()
        self.ended((Closed if code == "ok" else Lost)(code, text))

    def say_bye(self, code="ok", text=""):
        text = text.encode()[:255].decode(errors="ignore")
        self.wire.put("bye", payload=b"" if code == "ok" else dumps({"code": code, "text": text}))
        self.wire.finish(self.linger)

    def end(self, code="ok", text=""):
        """Ends the link. In order, streams are hung up first, and the answers waited for."""
        if code == "ok" and not self.over:
            for stream in list(self.streams.values()):
                stream.hangup()
            try:
                self.wait(lambda: not self.streams, self.linger)
            except (Failure, TimeoutError):
                pass
        if not self.over:
            self.say_bye(code, text)
            self.ended((Closed if code == "ok" else Broken)(code, text))

    def ended(self, how):
        self.wire.sock.close()
        self.over = how
        for stream in self.streams.values():
            stream.link_ended(how.text)
            stream.state = "over"
        self.streams = {}


class Importer(Link):
    def __init__(self, sock, **more):
        self.pages = collections.deque()
        super().__init__(sock, "importer", **more)

    def bind(self, name, direction, size=1024, window=4194304, count=-1, wait=0):
        """A stream that is not bound yet; recv() and send() also wait for the answer."""
        self.born += 1
        kind = {"recv": Receiver, "send": Sender}[direction]
        stream = kind(self, self.born, name, size, window, count)
        stream.put("bind", payload=dumps({"name": name, "direction": direction, "size": size,
                                          "window": window, "count": count, "wait": wait}))
        self.flush()
        return stream

    def recv(self, name, **more):
        return self.bind(name, "recv", **more).wait_bound()

    def send(self, name, **more):
        return self.bind(name, "send", **more).wait_bound()

    def list(self, text=""):
        """What the exporter has: an array of objects, put together from pages."""
        channels, cursor = [], None
        while cursor != 0:
            self.wire.put("list", cursor or 0, payload=dumps({"filter": text}) if text else b"")
            self.flush()
            self.wait(lambda: self.pages)
            cursor, page = self.pages.popleft()
            channels += page
        return channels

    def on_listing(self, cursor, payload):
        page = member(members(payload), "channels", list)
        for entry in page:
            if type(entry) is not dict:
                raise Broken("protocol", "listing: an entry is no object")
            member(entry, "name", str), member(entry, "direction", str)
        self.pages.append((cursor, page))


class Exporter(Link):
    """Serves one link. `channels` has the name and direction, send or recv, of what there is."""

    def __init__(self, sock, channels, **more):
        self.channels, self.bound = channels, collections.deque()
        super().__init__(sock, "exporter", **more)

    def accept(self, seconds=None):
        """The next stream that the importer has bound, to send on or to take from."""
        self.wait(lambda: self.bound, seconds)
        return self.bound.popleft()

    def on_bind(self, number, payload):
        asked = members(payload)
        name, direction = member(asked, "name", str), member(asked, "direction", str)
        size, window, count, wait = [member(asked, key, int, 0 if key == "wait" else None)
                                     for key in ("size", "window", "count", "wait")]
        if number != self.born + 1 or direction not in ("recv", "send"):
            raise Broken("protocol", "bind %d, direction %s" % (number, direction))
        self.born = number
        refusal = self.refusal(name, direction, size, window, count, wait)
        kind = Sender if direction == "recv" else Receiver
        stream = kind(self, number, name, size, window, count)
        if refusal:
            stream.hangup(*refusal)
            return
        stream.put("bound", payload=dumps({"size": size, "window": window, "count": count}))
        stream.state, stream.was_bound = "open", True
        self.bound.append(stream)

    def refusal(self, name, direction, size, window, count, wait):
        """A code and a text, or None. Nothing is parked: wait is how long it may be ([P33])."""
        limits = self.limits
        sender, receiver = (limits, self.peer) if direction == "recv" else (self.peer, limits)
        if not 1 <= len(name.encode()) <= 255 or min(size, window) < 1 or not count or min(
                count, wait) < -1:
            return "usage", "name, size, window, count or wait is out of range"
        if name not in self.channels:
            return "nochannel", "there is no channel " + name
        if self.channels[name] == direction:
            return "direction", "%s is for %s here too" % (name, direction)
        for what, asked, limit in (("size", size, limits["size"]),
                                   ("window", window, limits["window"]),
                                   ("value", sender["value"], receiver["value"]),
                                   ("depth", sender["depth"], receiver["depth"]),
                                   ("streams", len(self.streams) + 1, limits["streams"])):
            if asked > limit:
                return "limit", "%s: %d is above the limit of %d" % (what, asked, limit)
        return None

    def on_list(self, cursor, payload):
        """A page: as many names, in order, as the importer's frame limit has room for."""
        text = member(members(payload), "filter", str, "")
        names = sorted(name for name in self.channels if text in name)
        page, room = [], self.peer["frame"] - 100
        for name in names[cursor:]:
            entry = {"name": name, "direction": self.channels[name]}
            room -= len(dumps(entry)) + 1
            if room < 0:
                break
            page.append(entry)
        end = cursor + len(page)
        self.wire.put("listing", end if end < len(names) else 0, payload=dumps({"channels": page}))


# ---- The command ---------------------------------------------------------------------------------


def connect(url, **more):
    return Importer(dial(url), **more)


def main(url, verb, name="", size="1024"):
    link = connect(url)
    if verb == "list":
        for channel in link.list(name):
            print(channel["name"], channel["direction"])
    elif verb == "recv":
        for value in link.recv(name, size=int(size)):
            print(dumps(value).decode(), flush=True)
    else:
        stream = link.send(name)
        for line in sys.stdin.buffer:
            stream.send_text(line.rstrip(b"\n"))
        stream.close()
        stream.wait_over()
    link.end()


if __name__ == "__main__":
    main(*sys.argv[1:])
