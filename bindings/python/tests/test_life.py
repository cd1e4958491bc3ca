# SPDX-License-Identifier: MIT
"""Interrupts, memory, handles, misuse, fork and exit."""

import gc
import os
import random
import resource
import signal
import subprocess
import sys
import textwrap
import threading
import time
import unittest

import netchan
from netchan import _raw, raw
from support import PLENTY, Background, Pair, eventually

LIBRARY = os.path.dirname(os.path.dirname(os.path.abspath(netchan.__file__)))


def program(text, *arguments):
    """Starts a Python program that can import the package."""
    environment = dict(os.environ, PYTHONPATH=LIBRARY)
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(text), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


class Interrupts(unittest.TestCase):
    def test_1500_values_under_interrupts_and_none_is_lost(self):
        """A handler that raises is Python's way to interrupt the main thread."""

        class Poke(Exception):
            pass

        def poke(number, frame):
            if armed[0]:
                raise Poke

        armed = [False]
        channel = netchan.Channel(2)
        main = threading.main_thread().ident
        done = threading.Event()
        pace = random.Random(1)

        def send():
            for number in range(1500):
                channel.put(number, PLENTY)
                if pace.random() < 0.5:
                    done.wait(pace.random() / 1000)
            channel.close()

        def annoy():
            while not done.wait(pace.random() / 500):
                signal.pthread_kill(main, signal.SIGUSR1)

        before = signal.signal(signal.SIGUSR1, poke)
        got, pokes = [], 0
        sending, annoying = Background(send), Background(annoy)
        try:
            while True:
                try:
                    # A value that was taken is kept by the list before a handler can run: extend
                    # iterates in C.
                    armed[0] = True
                    got.extend(channel)
                    break
                except Poke:
                    pokes += 1
                finally:
                    armed[0] = False
        finally:
            done.set()
            annoying.result()
            signal.signal(signal.SIGUSR1, before)
        sending.result()
        self.assertEqual(sorted(set(range(1500)) - set(got)), [], "lost")
        self.assertEqual(got, sorted(set(got)), "doubled, or out of order")
        self.assertGreater(pokes, 10)

    def test_a_handler_that_does_not_raise_does_not_end_a_wait(self):
        calls = []
        before = signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
        channel = netchan.Channel(0)
        main = threading.main_thread().ident

        def poke():
            for count in range(1, 6):
                signal.pthread_kill(main, signal.SIGUSR1)
                eventually(lambda: len(calls) >= count)
            channel.put("here", PLENTY)

        poking = Background(poke)
        try:
            self.assertEqual(channel.take(PLENTY), "here")
        finally:
            signal.signal(signal.SIGUSR1, before)
        poking.result()

    def interrupted(self, wait):
        """Ctrl-C in a program that waits like this; how long it took to end."""
        child = program(
            """
            import socket, sys, netchan
            silent = socket.create_server(("127.0.0.1", 0))
            channel = netchan.Channel(0)
            exporter = netchan.Exporter("tcp://127.0.0.1:0")
            importer = netchan.Importer(exporter.address)
            sent = exporter.export("a", "send", capacity=1)
            select = netchan.Select()
            select.recv(channel)
            try:
                print("ready", flush=True)
                %s
            except KeyboardInterrupt:
                print("interrupted", flush=True)
            exporter.close()
            importer.wait_closed(5)
            exporter.wait_closed(5)
            """
            % wait
        )
        try:
            self.assertEqual(child.stdout.readline(), "ready\n")
            # Whether it waits already shows in its state alone; the wait must end in either case.
            begun = time.monotonic()
            child.send_signal(signal.SIGINT)
            self.assertEqual(child.stdout.readline(), "interrupted\n")
            took = time.monotonic() - begun
            out, err = child.communicate(timeout=PLENTY)
            self.assertEqual((child.returncode, err), (0, ""))
            return took
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()

    def test_ctrl_c_ends_every_kind_of_wait_at_once(self):
        for wait in (
            "channel.take()",
            "channel.put(1)",
            "list(channel)",
            "select.wait()",
            "netchan.select(timeout=50)",
            "sent.put(1); exporter.drain()",
            "sent.put(1); exporter.drain('taken', 50)",
            "importer.import_('none', 'recv', wait=-1)",
            "importer.import_('none', 'recv', wait=-1, timeout=50, cancel=netchan.Cancel())",
            "netchan.Importer('tcp://127.0.0.1:%d' % silent.getsockname()[1])",
        ):
            with self.subTest(wait):
                self.assertLess(self.interrupted(wait), 20)

    def test_an_import_that_waits_goes_on_after_a_handler(self):
        calls = []
        before = signal.signal(signal.SIGUSR1, lambda *_: calls.append(1))
        main = threading.main_thread().ident
        with Pair("tcp") as pair:
            importer = pair.meet()

            def poke():
                for count in range(1, 4):
                    eventually(lambda: importer.stats()["channels"])
                    signal.pthread_kill(main, signal.SIGUSR1)
                    eventually(lambda: len(calls) >= count)
                pair.exporter.export("late", "send", capacity=1).put(7)

            poking = Background(poke)
            try:
                got = importer.import_("late", "recv", wait=-1, timeout=PLENTY)
                self.assertEqual(got.take(PLENTY), 7)
            finally:
                signal.signal(signal.SIGUSR1, before)
            poking.result()

    def test_a_cancel_ends_a_wait_in_another_thread(self):
        cancel, channel = netchan.Cancel(), netchan.Channel(0)
        waiting = Background(channel.take, PLENTY, cancel)
        cancel.fire()
        self.assertRaises(netchan.Interrupted, waiting.result)
        self.assertTrue(cancel.fired)
        self.assertRaises(netchan.Interrupted, channel.take, None, cancel)
        self.assertRaises(netchan.Interrupted, netchan.select, channel, cancel=cancel)
        cancel.reset()
        self.assertRaises(netchan.Timeout, channel.take, 0, cancel)
        ready = netchan.Channel(1)
        ready.put(1)
        cancel.fire()
        self.assertEqual(ready.take(None, cancel), 1)

    def test_other_threads_run_while_one_waits(self):
        channel = netchan.Channel(0)
        waiting = [Background(channel.take, PLENTY) for _ in range(4)]
        for number in range(4):
            channel.put(number, PLENTY)
        self.assertEqual(sorted(thread.result() for thread in waiting), [0, 1, 2, 3])


class Memory(unittest.TestCase):
    def used(self):
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * resource.getpagesize()

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "no /proc")
    def test_2000_failing_sends_leave_memory_flat(self):
        closed, full, other = netchan.Channel(1), netchan.Channel(1), netchan.Channel(1)
        closed.close()
        full.put(1)
        big = ["x" * 1000] * 100
        wrong = big + [object()]
        broken = big + ["\ud800"]

        def fail():
            for channel, value, error in (
                (closed, big, netchan.Closed),
                (full, big, netchan.Timeout),
                (other, wrong, netchan.WrongType),
                (other, broken, netchan.InvalidValue),
            ):
                self.assertRaises(error, channel.put, value, 0)
                self.assertRaises(error, channel.put_many, [value], 0)

        for _ in range(30):
            fail()
        gc.collect()
        before = self.used()
        for _ in range(250):
            fail()
        gc.collect()
        self.assertLess(self.used() - before, 48 << 20)  # of 200 MB that were refused

    @unittest.skipUnless(os.path.exists("/proc/self/statm"), "no /proc")
    def test_values_that_pass_leave_memory_flat(self):
        channel = netchan.Channel(4)
        value = {"text": "x" * 10000, "list": list(range(100)), "nested": [{"a": None}]}

        def turn():
            for _ in range(500):
                channel.put(value)
                channel.put_many([value, value])
                channel.take()
                channel.take_many(2)

        turn()
        before = self.used()
        for _ in range(10):
            turn()
        self.assertLess(self.used() - before, 48 << 20)  # of 180 MB that passed

    def test_10000_handles_are_collected_while_threads_wait(self):
        shuffle = random.Random(2)
        gate = netchan.Channel(0)
        waiting = [Background(gate.take, PLENTY) for _ in range(3)]
        lone = []

        def wait_on_a_channel_nobody_keeps():
            channel, cancel = netchan.Channel(0), netchan.Cancel()
            lone.append(cancel)
            channel.take(PLENTY, cancel)

        alone = Background(wait_on_a_channel_nobody_keeps)
        eventually(lambda: lone)
        kept = []
        for number in range(10000):
            kind = number % 4
            if kind == 0:
                kept.append(netchan.Channel(1))
                kept[-1].put([number])
            elif kind == 1:
                select = netchan.Select()
                select.recv(shuffle.choice([one for one in kept if type(one) is netchan.Channel]))
                kept.append(select)
            elif kind == 2:
                kept.append(netchan.Exporter() if number % 100 == 2 else netchan.Channel(3))
            else:
                kept.append(netchan.Cancel() if number % 20 == 3 else netchan.Channel(0))
            if len(kept) > 400:
                place = shuffle.randrange(1, len(kept))
                kept[place] = kept[-1]
                kept.pop()
        shuffle.shuffle(kept)
        while kept:
            kept.pop()
        gc.collect()
        for number in range(3):
            gate.put(number, PLENTY)
        self.assertEqual(sorted(thread.result() for thread in waiting), [0, 1, 2])
        lone[0].fire()
        self.assertRaises(netchan.Interrupted, alone.result)


class Misuse(unittest.TestCase):
    def test_none_for_self_is_refused(self):
        for call in (
            lambda: _raw.Channel_take(None, 0, None),
            lambda: _raw.Channel_put(None, 1, 0, None),
            lambda: _raw.Select_wait(None, 0, None),
            lambda: _raw.Exporter_close(None),
            lambda: _raw.Importer_stats(None),
            lambda: raw.Channel.close(None),
            lambda: _raw.Select_add_recv(raw.select_new(), None),
        ):
            self.assertRaises(netchan.Misuse, call)
        with self.assertRaises(TypeError):
            _raw.Channel_take(netchan.Channel(1), 0, None)
        with self.assertRaises(TypeError):
            _raw.Cancel_fire(raw.channel_new(1))
        self.assertRaises(TypeError, netchan.select, None)
        self.assertRaises(TypeError, netchan.Select().recv, None)
        self.assertRaises(netchan.WrongType, netchan.Exporter().listen, None)
        self.assertRaises(ValueError, netchan.Exporter().export, "a", "both")
        self.assertRaises(ValueError, netchan.Exporter().drain, "sent")

    def test_use_after_close(self):
        channel = netchan.Channel(2)
        channel.put(1)
        with channel:
            pass
        channel.close()
        self.assertRaises(netchan.Closed, channel.put, 2)
        self.assertEqual(list(channel), [1])
        self.assertEqual((channel.state, len(channel), bool(channel)), ("closed", 0, True))
        self.assertTrue(channel.cause)
        with Pair("tcp") as pair:
            importer = pair.meet()
            pair.exporter.close()
            self.assertRaises(netchan.Closed, pair.exporter.export, "a", "send")
            self.assertRaises(netchan.Closed, pair.exporter.drain)
            importer.wait_closed(PLENTY)
            importer.close()
            self.assertRaises(netchan.Closed, importer.import_, "a", "recv", timeout=PLENTY)
            self.assertRaises(netchan.Closed, importer.errors.take, PLENTY)
            pair.exporter.wait_closed(PLENTY)
            pair.exporter.wait_closed(PLENTY)

    def test_errors_that_the_call_itself_answers(self):
        self.assertRaises(netchan.InvalidURL, netchan.Exporter, "smtp://here")
        self.assertRaises(netchan.Refused, netchan.Importer, "unix:/nonexistent/netchan", timeout=5)
        self.assertRaises(netchan.InvalidURL, netchan.Importer, "tcp://")
        with Pair("tcp") as pair:
            pair.exporter.export("a", "send")
            self.assertRaises(netchan.Exists, pair.exporter.export, "a", "send")
            importer = pair.meet()
            self.assertRaises(netchan.WrongDirection, importer.import_, "a", "send", timeout=PLENTY)
            self.assertRaises(netchan.NoChannel, importer.hangup, "b")
            self.assertRaises(netchan.Misuse, importer.import_, "a", "recv", size=-1)

    def test_a_hold_keeps_a_channel_from_ending(self):
        merged = netchan.Channel(10)
        with Pair("tcp") as one, Pair("tcp") as two:
            with merged.held():
                for pair in (one, two):
                    sent = pair.exporter.export("a", "send", capacity=1)
                    sent.put(pair.way)
                    sent.close()
                    pair.meet().import_("a", "recv", merged, timeout=PLENTY)
                self.assertEqual([merged.take(PLENTY), merged.take(PLENTY)], ["tcp", "tcp"])
                self.assertEqual(merged.state, "open")
            self.assertEqual(list(merged), [])
        self.assertRaises(netchan.Misuse, _raw.Channel_release, merged._handle)


class Processes(unittest.TestCase):
    def test_a_forked_child_gets_an_error_and_the_parent_goes_on(self):
        with Pair("tcp") as pair:
            sent = pair.exporter.export("a", "send", capacity=1)
            importer = pair.meet()
            got = importer.import_("a", "recv", timeout=PLENTY)
            child = os.fork()
            if child == 0:
                status = 1
                try:
                    wrong = 0
                    for call in (
                        lambda: sent.put(1, 0),
                        lambda: got.take(0),
                        pair.exporter.stats,
                        importer.close,
                        lambda: importer.list(timeout=1),
                    ):
                        try:
                            call()
                            wrong += 1
                        except netchan.Forked:
                            pass
                    fresh = netchan.Channel(1)
                    fresh.put("child", 0)
                    del sent, got
                    gc.collect()
                    status = wrong + (fresh.take(0) != "child")
                finally:
                    os._exit(status)
            self.assertEqual(os.waitpid(child, 0)[1], 0)
            sent.put(2, PLENTY)
            self.assertEqual(got.take(PLENTY), 2)

    def ends(self, ending):
        child = program(
            """
            import netchan, os, sys, threading
            exporter = netchan.Exporter("tcp://127.0.0.1:0")
            sent = exporter.export("a", "send", capacity=10)
            importer = netchan.Importer(exporter.address)
            got = importer.import_("a", "recv")
            sent.put(1)
            assert got.take(5) == 1
            for _ in range(3):
                threading.Thread(target=got.take, daemon=True).start()
            sent.put({"never": "taken"})
            print("ready", flush=True)
            %s
            """
            % ending
        )
        try:
            self.assertEqual(child.stdout.readline(), "ready\n")
            begun = time.monotonic()
            child.communicate(timeout=PLENTY)
            return time.monotonic() - begun, child.returncode
        finally:
            child.kill()
            child.wait()
            child.stdout.close()
            child.stderr.close()

    def test_a_program_with_live_links_exits_within_two_seconds(self):
        for ending, status in (("pass", 0), ("sys.exit(3)", 3), ("os._exit(4)", 4), ("1 / 0", 1)):
            with self.subTest(ending):
                times = []
                while not times or (min(times) >= 2 and len(times) < 4):  # the machine may be busy
                    took, code = self.ends(ending)
                    self.assertEqual(code, status)
                    times.append(took)
                self.assertLess(min(times), 2)
