# SPDX-License-Identifier: MIT
"""How transfers end: signals, time, peers that go, output that fails."""

import array
import fcntl
import os
import pty
import signal
import socket
import subprocess
import termios

from harness import COMMAND, PATIENCE, Case, Lines, values_of


class Ends(Case):
    """What a process is doing, asked of the system."""

    def until_blocked(self, process):
        """Until the command has read its input: the pipe is empty."""
        held = array.array("i", [0])
        pipe = process.child.stdin.fileno()
        self.until(lambda: not fcntl.ioctl(pipe, termios.FIONREAD, held) and not held[0], "read")

    def until_stopped(self, process):
        """Until every thread of the process has stopped."""
        tasks = "/proc/%d/task/" % process.child.pid

        def state(task):
            with open(tasks + task + "/stat", encoding="ascii") as file:
                return file.read().rsplit(")", 1)[1].split()[0]

        self.until(lambda: {state(task) for task in os.listdir(tasks)} == {"T"}, "stopped")

    def until_handled(self, process):
        """Until no signal is pending in the process."""

        def is_quiet():
            with open("/proc/%d/status" % process.child.pid, encoding="ascii") as file:
                fields = dict(line.split(":\t", 1) for line in file if ":\t" in line)
            return int(fields["ShdPnd"], 16) == 0 and int(fields["SigPnd"], 16) == 0

        self.until(is_quiet, "handled")


class Signals(Ends):
    def test_sender_drains(self):
        """SIGINT ends the reading; what was read is delivered and the status is 0"""
        exporter, address = self.export("send")
        exporter.write(b"".join(b"%d\n" % i for i in range(1000)))
        importer = self.start("import", address, "recv", "x")
        self.assertEqual(importer.value(), b"0")
        exporter.signal(signal.SIGINT)
        self.assert_ended(exporter)
        self.assert_ended(importer)
        got = values_of(importer.output())
        self.assertEqual(got, list(range(len(got))))

    def test_all_read_is_drained(self):
        """values read before SIGINT are delivered although no importer had come yet"""
        exporter, address = self.export("send", "-v")
        exporter.write(b"1 2 3 4 5 ")
        self.until_blocked(exporter)
        exporter.signal(signal.SIGINT)
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"1\n2\n3\n4\n5\n", ""))
        self.assert_ended(exporter)
        self.assertIn("5 values were delivered", exporter.errors())

    def test_importer_that_sends_drains(self):
        """SIGTERM does the same for an importer that sends"""
        exporter, address = self.export("recv")
        importer = self.start("import", address, "send", "x", stdin=None)
        importer.write(b"1 2 3 ")
        self.assertEqual([exporter.value() for _ in range(3)], [b"1", b"2", b"3"])
        importer.signal(signal.SIGTERM)
        self.assert_ended(importer)
        self.assert_ended(exporter)

    def test_receiver_ends(self):
        """SIGINT ends a receiver, which writes what it took; the rest stays with the sender"""
        exporter, address = self.export("send")
        importer = self.start("import", address, "recv", "x")
        exporter.write(b"1 2 3 ")
        self.assertEqual([importer.value() for _ in range(3)], [b"1", b"2", b"3"])
        importer.signal(signal.SIGINT)
        self.assert_ended(importer)
        exporter.write(b"4 ")
        exporter.close_input()
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"4\n", ""))
        self.assert_ended(exporter)

    def test_second_signal_stops(self):
        """a second SIGINT stops at once, and the shell sees that"""
        exporter, _ = self.export("send", "-v")
        exporter.write(b"1 2 3 ")
        self.until_blocked(exporter)
        exporter.signal(signal.SIGINT)
        exporter.close_input()
        # The first has been handled when the second cannot be the same one.
        self.until_handled(exporter)
        exporter.signal(signal.SIGINT)
        self.assert_ended(exporter, -signal.SIGINT)
        self.assertIn("stopped: value 1 ", exporter.errors())

    def test_signal_while_waiting(self):
        """SIGINT ends the wait for an exporter that does not come"""
        importer = self.start("import", "-v", "-w", "60", self.unix(), "recv", "x")
        importer.said("waiting")
        importer.signal(signal.SIGINT)
        self.assert_ended(importer, 1)
        self.assertLess(self.elapsed(), 50)


class Time(Case):
    def test_wait_for_exporter(self):
        """-w waits for the exporter to appear"""
        importer = self.start("import", "-v", "-w", "60", self.unix(), "recv", "x")
        importer.said("waiting")
        exporter, _ = self.export("send", stdin=b"1 2")
        self.assert_ended(importer)
        self.assert_ended(exporter)
        self.assertEqual(importer.output(), b"1\n2\n")

    def test_wait_is_over(self):
        """-w gives up when its time is over, and names the address"""
        for words in (("import", self.unix(), "recv", "x"), ("list", self.unix())):
            with self.subTest(words=words):
                before = self.elapsed()
                status, _, errors = self.run_command(*words, "-w", "0.3")
                self.assertEqual(status, 1)
                self.assertIn(self.path("socket"), errors)
                self.assertGreaterEqual(self.elapsed() - before, 0.3)

    def test_wait_for_channel(self):
        """-w gives up on a channel that the exporter never exports, and names it"""
        exporter, address = self.export("send")
        status, _, errors = self.run_command("import", address, "recv", "other", "-w", "0.3")
        self.assertEqual(status, 1)
        self.assertIn("other", errors)
        self.assertGreaterEqual(self.elapsed(), 0.3)
        exporter.close_input()
        self.assert_ended(exporter)

    def test_wait_for_importer(self):
        """an exporter with -w gives up when no importer comes"""
        for direction, text in (("send", b"1 2"), ("send", b""), ("send", None), ("recv", b"")):
            with self.subTest(direction=direction, text=text):
                before = self.elapsed()
                exporter, _ = self.export(direction, "-w", "0.3", stdin=text)
                self.assert_ended(exporter, 1)
                self.assertIn("no importer", exporter.errors())
                self.assertGreaterEqual(self.elapsed() - before, 0.3)

    def test_importer_came(self):
        """an exporter with -w does not give up on an importer that came and is slow"""
        exporter, address = self.export("recv", "-w", "0.3")
        importer = self.start("import", address, "send", "x", "-t", "1", stdin=None)
        self.assert_ended(importer, 1)
        self.assert_ended(exporter)
        self.assertNotIn("no importer", exporter.errors())

    def test_nothing_moves(self):
        """-t gives up when nothing moved for that long, whoever was to move it"""
        exporter, address = self.export("send", "-t", "0.3", stdin=b"1 2")
        self.assert_ended(exporter, 1)
        self.assertIn("nothing moved", exporter.errors())
        exporter, address = self.export("send")
        status, _, errors = self.run_command("import", address, "recv", "x", "-t", "0.3")
        self.assertEqual(status, 1)
        self.assertIn("nothing moved", errors)
        exporter.close_input()
        exporter.signal(signal.SIGINT)
        self.assert_ended(exporter)

    def test_slow_but_moving(self):
        """-t counts from the last value, not from the beginning"""
        exporter, address = self.export("send")
        importer = self.start("import", address, "recv", "x", "-t", "2")
        for i in range(5):
            exporter.write(b"%d " % i)
            self.assertEqual(importer.value(), b"%d" % i)
            with self.assertRaises(subprocess.TimeoutExpired):
                importer.child.wait(timeout=0.6)
        exporter.close_input()
        self.assert_ended(importer)
        self.assert_ended(exporter)


    def test_slow_input(self):
        """-t counts from the last input too, also when that is no whole value yet"""
        exporter, address = self.export("send", "-t", "2")
        importer = self.start("import", address, "recv", "x")
        for part in (b"[", b"1", b",", b"2", b"]"):
            exporter.write(part)
            with self.assertRaises(subprocess.TimeoutExpired):
                exporter.child.wait(timeout=0.6)
        self.assertEqual(importer.value(), b"[1,2]")
        exporter.close_input()
        self.assert_ended(importer)
        self.assert_ended(exporter)

    def test_importer_came_and_went(self):
        """an exporter with -w is content with an importer that has gone again"""
        exporter, address = self.export("send", "-w", "0.5")
        exporter.write(b"1 ")
        status, out, errors = self.run_command("import", address, "recv", "x", "-n", "1")
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        with self.assertRaises(subprocess.TimeoutExpired):
            exporter.child.wait(timeout=1)
        exporter.close_input()
        self.assert_ended(exporter)


class Peers(Ends):
    def test_killed_importer(self):
        """what a killed importer had not acknowledged goes to the next one, nothing is lost"""
        exporter, address = self.export("send")
        first = self.start("import", address, "recv", "x")
        exporter.write(b"1 2 ")
        self.assertEqual([first.value(), first.value()], [b"1", b"2"])
        first.signal(signal.SIGKILL)
        first.status()
        self.until_streams(address, 0)
        exporter.write(b"3 ")
        exporter.close_input()
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        self.assertIn(out, (b"3\n", b"2\n3\n", b"1\n2\n3\n"))
        self.assert_ended(exporter)

    def test_stopped_importer_killed(self):
        """values on their way to an importer that is killed go to the next one"""
        exporter, address = self.export("send")
        first = self.start("import", address, "recv", "x")
        exporter.write(b"0 ")
        self.assertEqual(first.value(), b"0")
        first.signal(signal.SIGSTOP)
        self.until_stopped(first)
        exporter.write(b"".join(b"%d\n" % i for i in range(1, 1001)))
        exporter.close_input()
        first.signal(signal.SIGKILL)
        first.status()
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        got = values_of(out)
        self.assertEqual(got, list(range(got[0], 1001)))
        self.assertIn(got[0], (0, 1))
        self.assert_ended(exporter)

    def test_killed_exporter(self):
        """an importer whose exporter is killed ends with status 1 and the reason"""
        exporter, address = self.export("send")
        importer = self.start("import", address, "recv", "x")
        exporter.write(b"1 ")
        self.assertEqual(importer.value(), b"1")
        exporter.signal(signal.SIGKILL)
        exporter.status()
        self.assert_ended(importer, 1)
        self.assertIn('channel "x": ', importer.errors())

    def test_killed_exporter_of_idle_sender(self):
        """an importer that sends notices at once that its exporter is gone, while input is idle"""
        exporter, address = self.export("recv")
        importer = self.start("import", address, "send", "x", stdin=None)
        importer.write(b"1 ")
        self.assertEqual(exporter.value(), b"1")
        exporter.signal(signal.SIGKILL)
        exporter.status()
        self.assert_ended(importer, 1)
        self.assertIn('channel "x": ', importer.errors())

    def test_values_in_doubt(self):
        """an importer tells which values were on their way when its exporter was killed"""
        exporter, address = self.export("recv")
        importer = self.start("import", address, "send", "x", stdin=None)
        importer.write(b"1 2 3 ")
        self.assertEqual([exporter.value() for _ in range(3)], [b"1", b"2", b"3"])
        exporter.signal(signal.SIGSTOP)
        self.until_stopped(exporter)
        importer.write(b"4 5 6 ")
        self.until_blocked(importer)
        exporter.signal(signal.SIGKILL)
        exporter.status()
        self.assert_ended(importer, 1)
        self.assertRegex(importer.errors(), "values [1-4] to 6 were not acknowledged")

    def test_killed_sender(self):
        """an exporter tells when an importer that sends is killed"""
        exporter, address = self.export("recv")
        importer = self.start("import", address, "send", "x", stdin=None)
        importer.write(b"1 ")
        self.assertEqual(exporter.value(), b"1")
        importer.signal(signal.SIGKILL)
        importer.status()
        self.assert_ended(exporter, 1)
        self.assertIn('channel "x": ', exporter.errors())

    def test_channel_closed_early(self):
        """a channel that ends before -n values have come is an error"""
        exporter, address = self.export("send", stdin=b"1 2")
        status, out, errors = self.run_command("import", address, "recv", "x", "-n", "3")
        self.assertEqual((status, out), (1, b"1\n2\n"))
        self.assertIn("2 of 3 values", errors)
        self.assert_ended(exporter)


class Output(Case):
    def test_full_disk(self):
        """output that cannot be written is an error that names the first value not delivered"""
        # What the importer had not received stays with the exporter, which then waits for another.
        exporter, address = self.export("send", "-t", "1", stdin=b"1 2 3")
        with open("/dev/full", "wb") as full:
            importer = self.start("import", address, "recv", "x", stdout=full)
        self.assert_ended(importer, 1)
        self.assertIn("standard output: No space left on device: value 1 ", importer.errors())
        exporter.status()

    def test_reader_gone(self):
        """a reader that went away is an error that names the first value not delivered"""
        exporter, address = self.export("send")
        ends = os.pipe()
        importer = self.start("import", address, "recv", "x", stdout=ends[1])
        os.close(ends[1])
        exporter.write(b"1 ")
        self.assertEqual(os.read(ends[0], 100), b"1\n")
        os.close(ends[0])
        exporter.write(b"2 ")
        self.assert_ended(importer, 1)
        self.assertIn("standard output: Broken pipe: value 2 was not delivered", importer.errors())
        exporter.close_input()
        self.assert_ended(exporter)

    def test_closed_output(self):
        """standard output that was closed is an error, and no socket takes its place"""
        exporter, address = self.export("send", stdin=b"1")
        script = 'exec "$0" "$@" >&-'
        child = subprocess.run(
            ["/bin/sh", "-c", script, COMMAND, "import", address, "recv", "x"],
            stderr=subprocess.PIPE,
            timeout=PATIENCE,
        )
        self.assertEqual(child.returncode, 1)
        self.assertIn(b"standard output: Bad file descriptor: value 1", child.stderr)
        exporter.status()

    def test_progress_on_terminal(self):
        """progress is shown on a terminal"""
        try:
            master, slave = pty.openpty()
        except OSError as error:
            self.skipTest("no terminal can be made here: %s" % error)
        exporter = self.start("export", self.unix(), "send", "x", stdin=None, stderr=slave)
        os.close(slave)
        screen = Lines(os.fdopen(master, "rb", buffering=0))
        importer = self.start("import", "-w", "60", self.unix(), "recv", "x")
        for i in range(3):
            exporter.write(b"%d " % i)
            self.assertEqual(importer.value(), b"%d" % i)
            with self.assertRaises(subprocess.TimeoutExpired):
                exporter.child.wait(timeout=0.25)
        exporter.close_input()
        self.assert_ended(importer)
        self.assertEqual(exporter.status(), 0)
        shown = screen.rest().decode()
        self.assertIn("values sent", shown)
        self.assertIn("3 values were delivered", shown)

    def test_notes(self):
        """-v tells what happens in the background, as it happens, with control characters defused"""
        exporter, address = self.export("send", url="tcp://127.0.0.1:0")
        host, port = address[len("tcp://") :].split(":")
        with socket.create_connection((host, int(port))) as stranger:
            stranger.sendall(b'["\x1b[2J"]\n' * 3)
            line = exporter.said("127.0.0.1")
        self.assertNotIn("\x1b", line)
        exporter.close_input()
        self.assert_ended(exporter)
