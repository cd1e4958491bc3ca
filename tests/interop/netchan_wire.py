# SPDX-License-Identifier: MIT
"""What lies below a netchan link, written from docs/PROTOCOL.md alone: values by the rules of
section 6, the members of payloads, frames over a socket (section 2), and addresses.

It must never read a frame or a text more kindly than the document does: a line that two readers
understand differently is a hole.
"""

import json
import re
import select
import socket
import ssl
import time

LIMITS = {"value": 4194304, "depth": 64, "frame": 65536, "streams": 1024,
          "size": 65536, "window": 67108864}
CONTROL_DEPTH = 64  # of arrays and objects in the payloads that are not values

HEADER = re.compile(rb'\["([a-z]+)"((?:,(?:0|[1-9][0-9]{0,15}))+)\]')
CORRECT = re.compile(rb'(\[("([a-z]+("((,(0|[1-9][0-9]{0,15}))+[\],]?|,)?)?)?)?)?')


class Failure(Exception):
    """What ended, by a code of section 13 and a text for people."""

    def __init__(self, code, text=""):
        super().__init__(code + ": " + text)
        self.code, self.text = code, text


class Refused(Failure):
    """A bind was refused."""


class Closed(Failure):
    """A stream or link has ended and nothing is missing."""


class Lost(Failure):
    """A stream or link has ended and something may be missing."""


class Broken(Failure):
    """The peer broke the protocol; the link ends with a bye that says so."""


# ---- Values and the members of payloads (section 6) ----------------------------------------------


def depth_of(text):
    deepest = level = 0
    for mark in re.findall(rb"[\[\]{}]", re.sub(rb'"[^"\\]*(?:\\.[^"\\]*)*"', b"", text)):
        level += 1 if mark in b"[{" else -1
        deepest = max(deepest, level)
    return deepest


def unique(pairs):
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name stands twice in an object")
    return dict(pairs)


def integer(digits):
    if len(digits) > 20 or not -2**63 <= int(digits) < 2**63:
        raise ValueError("an integer is out of range")
    return int(digits)


def real(digits):
    if float(digits) in (float("inf"), float("-inf")):
        raise ValueError("a real is out of range")
    return float(digits)


def constant(word):
    raise ValueError(word + " is not JSON")


def loads(text, limit):
    """The value of a text. ValueError where [P44] forbids it, Broken when it is too deep."""
    if depth_of(text) > limit:
        raise Broken("limit", "a value is deeper than %d" % limit)
    value = json.loads(text.decode(), object_pairs_hook=unique, parse_int=integer,
                       parse_float=real, parse_constant=constant)
    if b"\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()  # refuses lone surrogates
    return value


def dumps(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def members(payload):
    found = loads(payload, CONTROL_DEPTH) if payload else {}
    if type(found) is not dict:
        raise Broken("protocol", "a payload is no object")
    return found


def member(found, name, kind, default=None):
    """A member of a payload, which must be of its type, and be there unless it has a default."""
    value = found.get(name, default)
    if type(value) is not kind:
        raise Broken("protocol", "member %s is missing or of the wrong type" % name)
    return value


def ranged(found, name, low, high=2**63 - 1):
    number = member(found, name, int)
    if not low <= number <= high:
        raise Broken("protocol", "%s is %d" % (name, number))
    return number


def reason(payload, default):
    """Code and text of a close, hangup or bye."""
    found = members(payload)
    return member(found, "code", str, default), member(found, "text", str, "")


def ending(payload):
    """What a close or hangup says of its stream ([P72], [P82])."""
    code, text = reason(payload, "closed")
    return (Closed if code == "closed" else Lost)(code, text)


# ---- Frames (section 2) --------------------------------------------------------------------------


class Wire:
    """Frames over a socket. Whoever writes here also reads, so no two peers block each other."""

    def __init__(self, sock, frame):
        sock.setblocking(False)
        self.sock, self.frame = sock, frame
        self.inbox, self.outbox = bytearray(), bytearray()
        self.eof = False
        self.heard = time.monotonic()

    def put(self, kind, *numbers, payload=b""):
        header = json.dumps([kind, *numbers, len(payload)], separators=(",", ":"))
        self.outbox += header.encode() + b"\n" + payload + b"\n"

    def next(self):
        """The next frame that is here whole, as kind, numbers and payload; else None."""
        line = self.inbox.find(b"\n", 0, 256)
        if line < 0 and len(self.inbox) < 256:
            return None
        header = HEADER.fullmatch(self.inbox, 0, max(line, 0))
        if not header:
            wrong = CORRECT.match(self.inbox, 0, 256).end()
            byte = {32: "space", 10: "line feed"}.get(self.inbox[wrong], hex(self.inbox[wrong]))
            raise Broken("protocol", "header is not canonical: %s at byte %d" % (byte, wrong))
        kind = header[1].decode()
        *numbers, length = [int(digits) for digits in header[2].split(b",")[1:]]
        if max(length, *numbers, 0) > 2**53 - 1:
            raise Broken("protocol", kind + ": a number is above 2^53 - 1")
        if length > self.frame:
            raise Broken("limit", "%s of %d bytes, the limit is %d" % (kind, length, self.frame))
        end = line + 1 + length
        if len(self.inbox) <= end:
            return None
        if self.inbox[end] != 10:
            raise Broken("protocol", kind + ": no line feed behind the payload")
        payload = bytes(self.inbox[line + 1:end])
        del self.inbox[:end + 1]
        return kind, numbers, payload

    def move(self, until, done):
        """Moves bytes both ways until done(); returns False when it is `until` before that."""
        while not done():
            readable, writable, _ = select.select(
                [] if self.eof else [self.sock], [self.sock] if self.outbox else [], [],
                max(0, until - time.monotonic()))
            if readable:
                self.pull()
            if writable:
                self.push()
            if not readable and not writable and time.monotonic() >= until:
                return False
        return True

    def wait(self, until):
        before = len(self.inbox)
        return self.move(until, lambda: self.eof or len(self.inbox) > before)

    def flush(self, until):
        if not self.move(until, lambda: not self.outbox):
            raise TimeoutError("the peer reads nothing")

    def pull(self):
        try:
            piece = self.sock.recv(262144)
            while piece and isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
                piece += self.sock.recv(262144)  # of which select knows nothing
        except ssl.SSLWantReadError:
            return
        except OSError:
            piece = b""
        self.eof = not piece
        self.heard = time.monotonic()
        self.inbox += piece

    def push(self):
        try:
            del self.outbox[:self.sock.send(self.outbox[:262144])]
        except ssl.SSLWantWriteError:
            pass
        except OSError:
            self.outbox.clear()  # not the end: what has arrived is read and handled first

    def finish(self, linger):
        """Section 12: shuts this direction down and drops input until the peer's end of file."""
        try:
            self.flush(time.monotonic() + linger)
            if isinstance(self.sock, ssl.SSLSocket):
                self.say_end()
            else:
                self.sock.shutdown(socket.SHUT_WR)
            while not self.eof and self.wait(time.monotonic() + linger):
                self.inbox.clear()
        except OSError:
            pass
        self.sock.close()
        self.eof = True


    def say_end(self):
        """[P115]: close_notify; what still comes is read as before."""
        try:
            self.sock.unwrap()
        except ssl.SSLWantReadError:
            pass


# ---- Addresses -----------------------------------------------------------------------------------


def address(url):
    scheme, _, rest = url.partition(":")
    if scheme == "unix":
        return socket.AF_UNIX, rest
    host, _, port = rest[2:].rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return family, (host.strip("[]"), int(port))


def dial(url):
    """A connected socket."""
    family, where = address(url)
    sock = socket.socket(family)
    try:
        sock.settimeout(10)
        sock.connect(where)
        if family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock
    except BaseException:
        sock.close()
        raise


def secure(sock, folder, name, host=None):
    """TLS over a connected socket ([P113], [P114]) with FOLDER's NAME.pem, NAME.key and ca.pem; host
    is the exporter's name for an importer, None for an exporter."""
    side = ssl.PROTOCOL_TLS_CLIENT if host else ssl.PROTOCOL_TLS_SERVER
    context = ssl.SSLContext(side)
    context.load_cert_chain(folder + "/" + name + ".pem", folder + "/" + name + ".key")
    context.load_verify_locations(folder + "/ca.pem")
    context.verify_mode = ssl.CERT_REQUIRED
    context.set_alpn_protocols(["netchan/1"])
    wrapped = context.wrap_socket(sock, server_side=not host, server_hostname=host)
    if wrapped.selected_alpn_protocol() != "netchan/1":
        wrapped.close()
        raise Broken("tls", "the peer does not agree on netchan/1")
    return wrapped


def listen(url):
    """A listening socket; what its accept() returns is for an Exporter."""
    family, where = address(url)
    sock = socket.socket(family)
    sock.bind(where)
    sock.listen()
    return sock
