# SPDX-License-Identifier: MIT
"""Starts the drivers, in pairs, where they are to run, and reads what they report.

Nothing outlives a call here: every process has a time to end by and is killed by its own handle if
it has not. No port is chosen here: the side that listens says where.
"""

import json
import os
import select
import subprocess
import tempfile
import time

import cases

PATIENCE = 120  # seconds that any one process may take
SETTLED = 0.1  # between two looks at the memory of a process, and
LOOKS = 50  # how many of them at most


class Failed(Exception):
    """A driver did not do what it was asked."""


class Missing(Exception):
    """A driver was not built."""


class Child:
    def __init__(self, program, role, words, cores):
        if not os.access(program, os.X_OK):
            raise Missing(os.path.basename(program))
        self.name = "%s %s" % (os.path.basename(program), role)
        self.limit = time.monotonic() + PATIENCE
        self.errors = tempfile.TemporaryFile()
        self.held = b""
        self.child = subprocess.Popen(
            [program, role, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            preexec_fn=(lambda: os.sched_setaffinity(0, cores)) if cores else None,
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.child.poll() is None:
            self.child.kill()
            self.child.wait()
        self.child.stdin.close()
        self.child.stdout.close()
        self.errors.close()

    def fail(self, what):
        self.errors.seek(0)
        said = self.errors.read().decode(errors="replace").strip()
        raise Failed("%s %s%s" % (self.name, what, ": " + said if said else ""))

    def report(self):
        """The next line, as an object."""
        while b"\n" not in self.held:
            left = self.limit - time.monotonic()
            ready, _, _ = select.select([self.child.stdout], [], [], max(left, 0))
            if not ready:
                self.fail("took longer than %d seconds" % PATIENCE)
            got = os.read(self.child.stdout.fileno(), 65536)
            if not got:
                self.child.wait()
                self.fail("ended with status %d" % self.child.returncode)
            self.held += got
        line, self.held = self.held.split(b"\n", 1)
        return json.loads(line)

    def end(self):
        """Waits for a good end."""
        self.child.stdin.close()
        try:
            status = self.child.wait(timeout=max(self.limit - time.monotonic(), 0.1))
        except subprocess.TimeoutExpired:
            self.fail("did not end")
        if status:
            self.fail("ended with status %d" % status)

    def memory(self):
        """KiB of its own, that no file backs, once that no longer changes."""
        before = None
        for _ in range(LOOKS):
            now = self.memory_now()
            if now == before:
                break
            before = now
            time.sleep(SETTLED)
        return before

    def memory_now(self):
        with open("/proc/%d/status" % self.child.pid) as status:
            for line in status:
                if line.startswith("RssAnon:"):
                    return int(line.split()[1])
        return self.fail("has no RssAnon in its /proc status")


def siblings(core):
    """The hardware threads of one physical core."""
    try:
        with open("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list" % core) as file:
            text = file.read().strip()
    except OSError:
        return {core}
    together = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        together.update(range(int(first), int(last or first) + 1))
    return together


def choose_cores():
    """Two cores that are two also physically, where there are such; one if there is no other."""
    allowed = sorted(os.sched_getaffinity(0))
    first = allowed[0]
    others = [core for core in allowed if core not in siblings(first)] or allowed[1:]
    return [first] + others[:1]


class Bench:
    """Where the drivers are, and where they run."""

    def __init__(self, programs, cores):
        self.programs = programs
        self.cores = cores

    def has(self, place):
        return place != cases.SPLIT or len(self.cores) > 1

    def cores_of(self, place, which):
        if place == cases.FREE:
            return None
        return {self.cores[which if place == cases.SPLIT else 0]}

    def start(self, side, kind, which, place, words):
        role = cases.ROLES[kind][which]
        program = os.path.join(self.programs, side.driver)
        own = side.connects if which else side.listens
        words = [*side.words.split(), *own.split(), *words]
        return Child(program, role, words, self.cores_of(place, which))

    def about(self, driver):
        """Which version of what it drives."""
        with Child(os.path.join(self.programs, driver), "about", [], None) as child:
            text = child.report()["about"]
            child.end()
        return text

    def run(self, experiment, side, place):
        """One run; the figures of it."""
        count = max(int(experiment.count * side.share), cases.QUICK_LEAST)
        if experiment.kind == cases.LOCAL:
            return self.run_local(side, place, count)
        if experiment.kind == cases.MEMORY:
            return self.run_memory(experiment, side, place)
        words = ["--count", str(count)]
        with self.start(side, experiment.kind, 0, place, words) as server:
            at = ["--at", server.report()["address"]]
            with self.start(side, experiment.kind, 1, place, words + at) as client:
                sent, got = client.report(), server.report()
                client.end()
                server.end()
        cpu = sent["cpu"] + got["cpu"]
        return dict(got if experiment.kind == cases.FLOW else sent, cpu=cpu)

    def run_local(self, side, place, count):
        words = ["--count", str(count)]
        if place == cases.SPLIT:
            words += ["--cores", ",".join(str(core) for core in self.cores)]
        with self.start(side, cases.LOCAL, 0, cases.FREE, words) as child:
            got = child.report()
            child.end()
        return got

    def run_memory(self, experiment, side, place):
        with self.start(side, cases.MEMORY, 0, place, []) as server:
            at = ["--at", server.report()["address"]]
            server.report()  # it stays from here on
            before = server.memory()
            with self.start(side, cases.MEMORY, 1, place, at) as client:
                client.report()
                after = server.memory()
                client.end()
            server.end()
        return {"kib": (after - before) / experiment.count}
