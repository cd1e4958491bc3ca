# SPDX-License-Identifier: MIT
"""Running the netchan command and reporting one result per case.

Nothing here sleeps: a test waits for a line, for the end of a process, or asks the exporter itself
(netchan list) until it says what is waited for. Every wait has an end, and every process that a
test leaves running is killed and makes the test fail.
"""

import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

PATIENCE = float(os.environ.get("NETCHAN_CLI_PATIENCE", "60"))

# The thread sanitizer keeps a signal that comes between two system calls for the next one, and
# clang 14's now and then for ever: three times in 700 on a loaded machine, never without it.
HOLDS_SIGNALS = "thread" in os.environ.get("SANITIZER_FLAGS", "")


def find_command():
    named = os.environ.get("NETCHAN")
    if named:
        return shutil.which(named) or named
    top = os.environ.get("top_builddir", ".")
    return os.path.join(top, "src", "cli", "netchan")


COMMAND = find_command()


class Lines:
    """What a process writes to one descriptor, line by line."""

    def __init__(self, stream):
        self.queue = queue.Queue()
        self.lines = []
        self.ended = False
        self.thread = threading.Thread(target=self.read, args=(stream,), daemon=True)
        self.thread.start()

    def read(self, stream):
        try:
            for line in stream:
                self.queue.put(line)
        except (OSError, ValueError):
            pass  # a terminal whose other end was closed
        self.queue.put(None)
        stream.close()

    def next(self):
        """The next line; None at the end."""
        line = None if self.ended else self.queue.get(timeout=PATIENCE)
        if line is None:
            self.ended = True
        else:
            self.lines.append(line)
        return line

    def rest(self):
        """Everything, from the first line to the end."""
        while self.next() is not None:
            pass
        return b"".join(self.lines)


class Process:
    """One netchan command. Its output is read all the time unless stdout is given. What stands in
    before is a program that becomes the command."""

    def __init__(self, *words, stdin=b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE, before=(),
                 **more):
        self.words = words
        feed = subprocess.PIPE if isinstance(stdin, bytes) or stdin is None else stdin
        self.child = subprocess.Popen(
            [*before, COMMAND, *words], stdin=feed, stdout=stdout, stderr=stderr, **more
        )
        self.out = Lines(self.child.stdout) if self.child.stdout else None
        self.err = Lines(self.child.stderr) if self.child.stderr else None
        self.feeder = None
        if isinstance(stdin, bytes):
            self.feeder = threading.Thread(target=self.feed, args=(stdin,), daemon=True)
            self.feeder.start()

    def feed(self, text):
        try:
            self.child.stdin.write(text)
            self.child.stdin.close()
        except BrokenPipeError:
            pass

    def write(self, text):
        self.child.stdin.write(text)
        self.child.stdin.flush()

    def close_input(self):
        self.child.stdin.close()

    def value(self):
        """The next line of output, as bytes without the line feed; None at its end."""
        line = self.out.next()
        return line.rstrip(b"\n") if line is not None else None

    def said(self, text):
        """Reads standard error up to a line that has the text in it; returns the line."""
        while True:
            line = self.err.next()
            if line is None:
                raise AssertionError("%r did not say %r but %r" % (self.words, text, self.errors()))
            if text.encode() in line:
                return line.decode().strip()

    def address(self):
        return self.said("listening on ").split("listening on ")[1]

    def signal(self, number):
        if HOLDS_SIGNALS and number in (signal.SIGINT, signal.SIGTERM):
            self.until_asleep()
        self.child.send_signal(number)

    def until_asleep(self):
        """Until the main thread waits in the kernel, or for five seconds."""
        give_up = time.monotonic() + 5
        while time.monotonic() < give_up:
            with open("/proc/%d/stat" % self.child.pid, encoding="ascii") as file:
                if file.read().rsplit(")", 1)[1].split()[0] == "S":
                    return
            time.sleep(0.001)

    def status(self):
        try:
            return self.child.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            self.child.kill()
            said = self.errors() if self.err else ""
            raise AssertionError("%r does not end; it said: %s" % (self.words, said))

    def output(self):
        return self.out.rest()

    def errors(self):
        return self.err.rest().decode()

    def is_running(self):
        return self.child.poll() is None

    def cleanup(self):
        """True when the test had forgotten it."""
        forgotten = self.is_running()
        if forgotten:
            self.child.kill()
            self.child.wait()
        if self.feeder:
            self.feeder.join(PATIENCE)
        for stream in (self.child.stdin,):
            if stream and not stream.closed:
                try:
                    stream.close()
                except BrokenPipeError:
                    pass
        for lines in (self.out, self.err):
            if lines:
                lines.thread.join(PATIENCE)
        return forgotten


class Case(unittest.TestCase):
    """A test with a folder of its own and processes that end with it."""

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="netchan-cli-")
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.processes = []
        self.addCleanup(self.end_processes)
        self.began = time.monotonic()

    def end_processes(self):
        forgotten = [process.words for process in self.processes if process.cleanup()]
        if forgotten:
            raise AssertionError("still running: %r" % forgotten)

    def path(self, name):
        return os.path.join(self.folder, name)

    def unix(self, name="socket"):
        return "unix:" + self.path(name)

    def start(self, *words, **more):
        process = Process(*words, **more)
        self.processes.append(process)
        return process

    def run_command(self, *words, **more):
        """Runs to the end: status, standard output, standard error."""
        process = self.start(*words, **more)
        status = process.status()
        out = process.output() if process.out else b""
        return status, out, process.errors() if process.err else ""

    def export(self, direction, *more, url=None, stdin=None, **rest):
        """An exporter that listens: the process and its address."""
        url = url or self.unix()
        process = self.start("export", "-v", url, direction, "x", *more, stdin=stdin, **rest)
        return process, process.address()

    def until(self, condition, what):
        """Asks again and again until it is so, or fails."""
        limit = time.monotonic() + PATIENCE
        while not condition():
            if time.monotonic() > limit:
                self.fail("never: " + what)

    def until_streams(self, address, count):
        """Until so many importers have bound the exporter's channel."""

        def has_streams():
            status, out, errors = self.run_command("list", address)
            self.assertEqual(status, 0, errors)
            return out.decode().splitlines()[1].split()[-1] == str(count)

        self.until(has_streams, "%d streams" % count)

    def elapsed(self):
        return time.monotonic() - self.began

    def assert_ended(self, process, status=0):
        got = process.status()
        self.assertEqual(got, status, "%r: %s" % (process.words, process.errors()))


def values_of(output):
    return [json.loads(line) for line in output.splitlines()]


class Result(unittest.TestResult):
    """TAP on standard output, and the lines that tests/catch-driver counts cases by."""

    def __init__(self, tell):
        super().__init__()
        self.tell = tell
        self.number = 0
        self.ok = True
        self.reason = ""

    @staticmethod
    def name_of(test):
        return test.shortDescription() or test.id()

    def startTest(self, test):
        super().startTest(test)
        self.ok = True
        self.reason = ""
        self.tell("START " + self.name_of(test))

    def fail_case(self, text):
        self.ok = False
        for line in text.splitlines():
            print("# " + line)

    def addError(self, test, error):
        super().addError(test, error)
        self.fail_case(self._exc_info_to_string(error, test))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.fail_case(self._exc_info_to_string(error, test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.reason = reason

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        if error:
            self.fail_case(str(subtest) + "\n" + self._exc_info_to_string(error, test))

    def stopTest(self, test):
        super().stopTest(test)
        self.number += 1
        name = self.name_of(test)
        why = " # SKIP " + self.reason if self.reason else ""
        print("%s %d - %s%s" % ("ok" if self.ok else "not ok", self.number, name, why))
        sys.stdout.flush()
        word = "FAIL" if not self.ok else "SKIP" if self.reason else "PASS"
        self.tell(word + " " + name)


def main(modules):
    """Runs the cases of the modules, or those whose name contains one of the words given."""
    load = unittest.defaultTestLoader.loadTestsFromModule
    cases = [case for module in modules for group in load(module) for case in group]
    words = sys.argv[1:]
    if words:
        cases = [case for case in cases if any(word in case.id() for word in words)]
    if not os.access(COMMAND, os.X_OK):
        print("Bail out! there is no command " + COMMAND)
        return 99
    path = os.environ.pop("NETCHAN_TEST_RESULTS", None)
    results = open(path, "a", buffering=1) if path else None

    def tell(line):
        if results:
            results.write(line + "\n")

    tell("RUN cli")
    print("1..%d" % len(cases))
    result = Result(tell)
    unittest.TestSuite(cases).run(result)
    tell("END cli")
    if results:
        results.close()
    return 0 if result.wasSuccessful() and cases else 1
