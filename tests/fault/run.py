#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes calls fail while scenarios run: rows M1 and M2 of the acceptance matrix.

    run.py [--long] [WORD...]
    run.py --point SCENARIO "CALL[,CALL...] ERRNO MODE AT [mild]"

A case is a scenario and a kind of fault; those whose name holds one of the words are run, or all.
A point is one fault: the AT-th call of these fails, once, from there on for ever, or every other
one from there on. Each case counts the calls first, then runs 25 of the points, or with --long all
of them. FAULT_SEED chooses which (a number, or random), and is printed; FAULT_POINTS is another
number than 25. --point runs one point again, as a failing case names it; with FAULT_TRACE=1 blocks that are left say who
asked for them.

Mild faults are those that a program must not notice: what succeeds without them succeeds with them.
No call may answer what it does not document, crash or hang; every value that was acknowledged as
taken must have arrived once; and memory, descriptors and threads must be as before.
"""

import errno
import os
import random
import select
import subprocess
import sys
import time

TOP = os.environ.get("top_builddir", ".")
PROGRAM = os.path.join(TOP, "tests", "fault", "run_scenario")
INTERPOSE = os.path.join(TOP, "tests", "fault", ".libs", "interpose.so")
PATIENCE = 90
POINTS = int(os.environ.get("FAULT_POINTS", "25"))

SCENARIOS = (
    "builder cut events export import lookup options queue refused select tcp threads tls values".split()
)
CERTIFICATES = os.environ.get("NETCHAN_TEST_CERTS") or os.path.join(TOP, "tests", "tls", "certs")
os.environ["NETCHAN_TEST_CERTS"] = CERTIFICATES

FILES = "socket,accept4,eventfd,epoll_create1,dupfd"
CALLS = "recv,send,read,write,epoll_wait,accept4"
WAITS = "ppoll,poll,futex"


def moved(call):
    """Faults of reading or writing; what is only for the moment must not be noticed."""
    return [
        (call, "EAGAIN", "once mild"),
        (call, "EAGAIN", "other mild"),
        (call, "ENOBUFS", "once mild"),
        (call, "ENOMEM", "once mild"),
        (call, "0", "ever mild"),
        (call, "ECONNRESET", "once"),
        (call, "ECONNRESET", "ever"),
    ]


# The name of a kind, and its faults: calls, error (0: one byte only), mode.
KINDS = {
    "memory once": [("alloc", "ENOMEM", "once")],
    "memory for ever": [("alloc", "ENOMEM", "ever")],
    "descriptors once": [
        (FILES, "EMFILE", "once"),
        ("socket", "ENFILE", "once"),
        ("accept4", "ENFILE", "once mild"),
    ],
    "descriptors for ever": [(FILES, "EMFILE", "ever")],
    "interrupted": [
        (CALLS, "EINTR", "once mild"),
        (CALLS, "EINTR", "other mild"),
        (WAITS, "EINTR", "once"),
        (WAITS, "EINTR", "other"),
    ],
    "input": moved("recv"),
    "output": moved("send") + [("send", "EPIPE", "once")],
    "watching": [
        ("epoll_ctl", "ENOMEM", "once"),
        ("epoll_ctl", "ENOSPC", "ever"),
        ("epoll_create1", "ENOMEM", "once"),
        ("eventfd", "ENOMEM", "once"),
        ("pthread_create", "EAGAIN", "once"),
        ("pthread_create", "EAGAIN", "ever"),
    ],
    "connecting": [
        ("accept4", "ECONNABORTED", "once mild"),
        ("accept4", "ECONNABORTED", "other mild"),
        ("accept4", "ENOBUFS", "once mild"),
        ("accept4", "EPROTO", "once mild"),
        ("connect", "ECONNREFUSED", "once"),
        ("connect", "ETIMEDOUT", "once"),
        ("connect", "EAGAIN", "once"),
        ("bind", "EADDRINUSE", "once"),
        ("bind", "EACCES", "once"),
        ("listen", "EADDRINUSE", "once"),
        ("fchmod,chmod", "EPERM", "once"),
        ("lstat,fstat,unlink", "EACCES", "once"),
    ],
    "the rest": [
        ("getrandom", "ENOSYS", "ever mild"),
        ("getrandom", "0", "ever mild"),
        ("setsockopt,ioctl", "ENOBUFS", "once mild"),
        ("setsockopt,ioctl", "ENOBUFS", "ever mild"),
        ("shutdown", "ENOTCONN", "once"),
        ("fcntl", "EINVAL", "once"),
        ("getsockname,getpeername", "ENOBUFS", "once"),
        ("getsockname,getpeername", "ENOBUFS", "ever"),
    ],
}


def line_of(fault, at):
    calls, error, mode = fault
    mode, _, mild = mode.partition(" ")
    return ("%s %d %s %d %s" % (calls, getattr(errno, error, 0), mode, at, mild)).rstrip()


class Runner:
    """A process that runs one scenario again and again."""

    def __init__(self, scenario):
        self.scenario = scenario
        self.process = None
        self.complained = False  # it will end with status 1 then, though it was forgiven

    def start(self):
        words = dict(os.environ, LD_PRELOAD=os.path.abspath(INTERPOSE))
        words.pop("NETCHAN_TEST_RESULTS", None)
        self.process = subprocess.Popen(
            [PROGRAM, self.scenario],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=words,
        )
        self.rest = b""
        return self.answer("ready")

    def line(self):
        """The next line; None at the end, or when none comes."""
        limit = time.monotonic() + PATIENCE
        while b"\n" not in self.rest:
            left = limit - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [], left)[0]:
                return None
            some = os.read(self.process.stdout.fileno(), 65536)
            if not some:
                return None
            self.rest += some
        line, self.rest = self.rest.split(b"\n", 1)
        return line.decode(errors="replace")

    def answer(self, last):
        """Complaints up to the line that begins with last, and that line's numbers."""
        complaints = []
        while True:
            line = self.line()
            if line is None:
                return complaints + [self.end()], (0, 0)
            if line.startswith("! "):
                complaints.append(line[2:])
            elif line.startswith(last):
                return complaints, tuple(int(word) for word in line.split()[1:])

    def end(self):
        """After the last answer, or instead of one. Says how it ended."""
        process, self.process = self.process, None
        process.stdin.close()
        try:
            status = process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            status = process.wait()
        process.stdout.close()
        if status == -14:
            return "it hangs"
        return "it ended by signal %d" % -status if status < 0 else "it ended, status %d" % status

    def run(self, line):
        """One point: complaints, calls counted, calls failed."""
        if not self.process:
            complaints, _ = self.start()
            if complaints:
                return complaints, 0, 0
        try:
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            return [self.end()], 0, 0
        complaints, numbers = self.answer("done")
        return complaints, numbers[0], numbers[1]

    def close(self):
        return self.end() if self.process else "it ended, status 0"


class Tests:
    def __init__(self, seed, everything):
        self.seed, self.everything = seed, everything
        self.points = self.fired = self.possible = self.failed = 0
        path = os.environ.get("NETCHAN_TEST_RESULTS")
        self.results = open(path, "a", buffering=1) if path else None

    def tell(self, line):
        if self.results:
            self.results.write(line + "\n")

    def points_of(self, runner, kind):
        """All points of a kind in this scenario, by counting its calls."""
        counts, points, complaints = {}, [], []
        for fault in KINDS[kind]:
            calls = fault[0]
            if calls not in counts:
                wrong, counts[calls], _ = runner.run(line_of(fault, 0))
                complaints += wrong
            points += [(fault, at) for at in range(1, counts[calls] + 1)]
        return points, complaints

    def case(self, runner, kind):
        name = "%s, %s [M1][M2]" % (runner.scenario, kind)
        name = name.replace("[M1][M2]", "[M1]" if kind.startswith("memory") else "[M2]")
        began = time.monotonic()
        points, complaints = self.points_of(runner, kind)
        if not points and not complaints:
            return
        self.tell("START " + name)
        possible = len(points)
        if not self.everything and possible > POINTS:
            chosen = random.Random("%s/%s/%s" % (self.seed, runner.scenario, kind))
            points = sorted(chosen.sample(points, POINTS))
        for text in complaints:
            print("  without faults: " + text)
        bad, fired = len(complaints), 0
        for fault, at in points:
            line = line_of(fault, at)
            wrong, _, hits = runner.run(line)
            if wrong and runner.scenario == "tls" and \
                    all("memory are left" in text for text in wrong):
                # OpenSSL makes some tables when they are first needed, and keeps them: a leak is
                # what the same fault leaves each time.
                runner.complained = True
                wrong = runner.run(line)[0]
            fired += hits > 0
            if wrong:
                bad += 1
                print('  --point %s "%s"' % (runner.scenario, line))
                for text in wrong:
                    print("    " + text)
        self.points += len(points)
        self.fired += fired
        self.possible += possible
        self.failed += bad > 0
        word = "FAIL" if bad else "PASS"
        print("%s %s: %d of %d points, %d fired, %.1f s"
              % (word, name, len(points), possible, fired, time.monotonic() - began))
        sys.stdout.flush()
        self.tell(word + " " + name)

    def run(self, words):
        self.tell("RUN fault")
        for scenario in SCENARIOS:
            if scenario == "tls" and not os.path.exists(os.path.join(CERTIFICATES, "ca.pem")):
                continue  # a build without TLS
            runner = Runner(scenario)
            for kind in KINDS:
                name = "%s, %s" % (scenario, kind)
                if not words or any(word in name for word in words):
                    self.case(runner, kind)
            end = runner.close()
            if end != "it ended, status %d" % runner.complained and not self.failed:
                self.failed += 1
                print("FAIL %s: at the end %s" % (scenario, end))
                self.tell("FAIL %s leaves nothing behind" % scenario)
        self.tell("END fault")
        print("%d points run, %d fired, of %d" % (self.points, self.fired, self.possible))
        return 1 if self.failed or not self.points else 0


def main():
    words = sys.argv[1:]
    if os.environ.get("FAULT_SKIP"):
        print("skipped: " + os.environ["FAULT_SKIP"])
        return 77
    if not os.access(PROGRAM, os.X_OK) or not os.access(INTERPOSE, os.R_OK):
        print("skipped: there is no %s, or no %s" % (PROGRAM, INTERPOSE))
        return 77
    if words[:1] == ["--point"]:
        runner = Runner(words[1])
        complaints, counted, fired = runner.run(words[2])
        print("\n".join(complaints + ["%d calls, %d failed" % (counted, fired), runner.close()]))
        return 1 if complaints else 0
    # The same points each time, unless asked: a failure then belongs to the change at hand.
    seed = os.environ.get("FAULT_SEED") or "1"
    if seed == "random":
        seed = str(random.SystemRandom().randrange(10**9))
    everything = "--long" in words
    print("FAULT_SEED=%s" % seed)
    return Tests(seed, everything).run([word for word in words if word != "--long"])


if __name__ == "__main__":
    sys.exit(main())
