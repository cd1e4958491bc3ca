# SPDX-License-Identifier: MIT
"""What the tests of the Python package share: two ends that meet, threads with results, and results
for automake's driver."""

import json
import os
import socket
import tempfile
import threading
import time
import unittest

import netchan

PLENTY = 60
MOMENT = 0.05
HERE = os.path.dirname(os.path.abspath(__file__))
BINDINGS = os.path.join(HERE, os.pardir, os.pardir)


def shared(name):
    """A file that all languages' tests read."""
    with open(os.path.join(BINDINGS, name), encoding="utf-8") as file:
        return json.load(file)


class Pair:
    """An exporter and importers that meet it over a socketpair, a unix socket or TCP."""

    def __init__(self, way, **options):
        self.way = way
        self.exporter = netchan.Exporter(**options)
        self.importers = []
        self.folder = None
        if way == "unix":
            self.folder = tempfile.TemporaryDirectory()
            self.exporter.listen("unix:" + os.path.join(self.folder.name, "s"))
        elif way == "tcp":
            self.exporter.listen("tcp://127.0.0.1:0")

    def meet(self, **options):
        if self.way == "pair":
            ours, theirs = socket.socketpair()
            self.exporter.serve(ours)
            importer = netchan.Importer(theirs, timeout=PLENTY, **options)
        else:
            importer = netchan.Importer(self.exporter.address, timeout=PLENTY, **options)
        self.importers.append(importer)
        return importer

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for importer in self.importers:
            importer.close()
        self.exporter.wait_closed(PLENTY)
        for importer in self.importers:
            importer.wait_closed(PLENTY)
        if self.folder:
            self.folder.cleanup()


class Background(threading.Thread):
    """Runs a function; result() waits for what it returns or raises."""

    def __init__(self, function, *arguments):
        super().__init__(daemon=True)
        self.function = function
        self.arguments = arguments
        self.value = self.error = None
        self.start()

    def run(self):
        try:
            self.value = self.function(*self.arguments)
        except BaseException as error:
            self.error = error

    def result(self):
        self.join(PLENTY)
        if self.is_alive():
            raise AssertionError("a thread has not ended")
        if self.error:
            raise self.error
        return self.value


def eventually(condition):
    """Looks until the condition holds. Figures of stats have no event that could be waited for."""
    until = time.monotonic() + PLENTY
    while not condition():
        if time.monotonic() > until:
            raise AssertionError("a condition has not come true")
        threading.Event().wait(0.002)


def stream(owner, name):
    """The figures of an open stream, or None."""
    for entry in owner.stats()["streams"]:
        if entry["name"] == name:
            return entry
    return None


class Results(unittest.TextTestResult):
    """Writes a line for each case to the file that tests/catch-driver reads."""

    def __init__(self, *arguments, **words):
        super().__init__(*arguments, **words)
        path = os.environ.get("NETCHAN_TEST_RESULTS")
        self.file = open(path, "a", encoding="utf-8") if path else None

    def say(self, word, what):
        if self.file:
            self.file.write("%s %s\n" % (word, what))
            self.file.flush()

    def startTestRun(self):
        self.say("RUN", "python")

    def stopTestRun(self):
        self.say("END", "python")

    @staticmethod
    def name(test):
        words = test.id().split(".")[-1]
        where = getattr(test, "way", None)
        return words[5:].replace("_", " ") + (", over " + where if where else "")

    def startTest(self, test):
        super().startTest(test)
        self.failed = False
        self.say("START", self.name(test))

    def stopTest(self, test):
        super().stopTest(test)
        if self.failed:
            self.say("FAIL", self.name(test))

    def addSuccess(self, test):
        super().addSuccess(test)
        self.say("PASS", self.name(test))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.say("SKIP", "%s: %s" % (self.name(test), reason))

    def addFailure(self, test, error):
        super().addFailure(test, error)
        self.failed = True

    def addError(self, test, error):
        super().addError(test, error)
        self.failed = True

    def addSubTest(self, test, subtest, error):
        super().addSubTest(test, subtest, error)
        self.failed = self.failed or error is not None
