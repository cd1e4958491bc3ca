# SPDX-License-Identifier: MIT
"""Sockets that a service manager opens before it starts the command: systemd: addresses."""

import os
import socket
import sys

from harness import Case

# Becomes the command with the descriptors given as 3, 4 and so on, as sd_listen_fds(3) describes it.
PASS = """
import os, sys
mark = sys.argv.index("--")
above = [os.dup2(int(fd), 100 + i) for i, fd in enumerate(sys.argv[1:mark])]
for i, fd in enumerate(above):
    os.dup2(fd, 3 + i)
    os.close(fd)
os.environ.setdefault("LISTEN_PID", str(os.getpid()))
os.environ.setdefault("LISTEN_FDS", str(len(above)))
os.execvp(sys.argv[mark + 1], sys.argv[mark + 1:])
"""


class Passed(Case):
    def passed(self, sockets, *words, names=None, **more):
        """The command, started with the sockets."""
        fds = [each.fileno() for each in sockets]
        env = {key: text for key, text in os.environ.items() if not key.startswith("LISTEN_")}
        env.update(more.pop("listen", {}))
        if names is not None:
            env["LISTEN_FDNAMES"] = names
        return self.start(*words, before=[sys.executable, "-c", PASS, *map(str, fds), "--"],
                          pass_fds=fds, env=env, **more)

    def listening(self, name=None):
        """A socket that listens and the URL to reach it."""
        one = socket.socket(socket.AF_UNIX if name else socket.AF_INET)
        self.addCleanup(one.close)
        one.bind(self.path(name) if name else ("127.0.0.1", 0))
        one.listen(8)
        return one, self.unix(name) if name else "tcp://127.0.0.1:%d" % one.getsockname()[1]

    def assert_says(self, sockets, words, *texts, status=1, **more):
        process = self.passed(sockets, *words, **more)
        self.assert_ended(process, status)
        for text in texts:
            self.assertIn(text, process.errors())

    def test_all(self):
        """systemd: is every socket that was passed"""
        (one, first), (two, second) = self.listening("a"), self.listening()
        exporter = self.passed([one, two], "export", "systemd:", "send", "x", stdin=b"1 2")
        for url, value in ((first, b"1\n"), (second, b"2\n")):
            status, out, errors = self.run_command("import", url, "recv", "x", "-n", "1")
            self.assertEqual((status, out, errors), (0, value, ""))
        self.assert_ended(exporter)
        self.assertEqual(exporter.errors(), "")

    def test_again(self):
        """a socket that was passed stays open for the next run, and its file stays"""
        one, url = self.listening("a")
        for text in (b"1", b"2"):
            importer = self.start("import", url, "recv", "x")  # waits in the socket's queue
            exporter = self.passed([one], "export", "systemd:", "send", "x", stdin=text)
            self.assert_ended(exporter)
            self.assert_ended(importer)
            self.assertEqual(importer.output(), text + b"\n")

    def test_named(self):
        """systemd:NAME is the sockets with that name"""
        (one, first), (two, second) = self.listening("a"), self.listening("b")
        exporter = self.passed([one, two], "export", "systemd:right", "send", "x", "-v",
                               names="wrong:right", stdin=b"1")
        self.assertEqual(exporter.address(), second)
        status, out, errors = self.run_command("import", second, "recv", "x")
        self.assertEqual((status, out, errors), (0, b"1\n", ""))
        self.assert_ended(exporter)
        self.assertNotIn(first, exporter.errors())

    def test_connected(self):
        """a connected socket that was passed is one importer"""
        ours, theirs = socket.socketpair()
        self.addCleanup(ours.close)
        self.addCleanup(theirs.close)
        importer = self.start("import", "fd:%d" % ours.fileno(), "recv", "x",
                              pass_fds=[ours.fileno()])
        exporter = self.passed([theirs], "export", "systemd:", "send", "x", stdin=b"1")
        ours.close()
        theirs.close()
        self.assert_ended(importer)
        self.assert_ended(exporter)
        self.assertEqual(importer.output(), b"1\n")

    def test_bench(self):
        """bench --serve takes the sockets too"""
        one, url = self.listening("a")
        service = self.passed([one], "bench", "--serve", "systemd:")
        status, _, errors = self.run_command("bench", url, "-n", "10")
        self.assertEqual((status, errors), (0, ""))
        service.signal(2)
        self.assert_ended(service)

    def test_refused(self):
        """what was not passed, or not to this process, is told"""
        one, url = self.listening("a")
        words = ("export", "systemd:", "send", "x")
        self.assert_says([one], words, "process 1,", listen={"LISTEN_PID": "1"})
        for count in ("0", "-1", "1x", "99999"):
            self.assert_says([one], words, "LISTEN_FDS", '"%s"' % count, listen={"LISTEN_FDS": count})
        self.assert_says([one], ("export", "systemd:b", "send", "x"), "systemd:b", names="a")
        self.assert_says([one], ("export", "systemd:b", "send", "x"), "systemd:b")
        with open(self.path("file"), "wb") as file:
            self.assert_says([file], words, "systemd:", "not a")
        for name in ("LISTEN_PID", "LISTEN_FDS"):
            os.environ.pop(name, None)
        status, _, errors = self.run_command(*words)
        self.assertEqual(status, 1)
        self.assertIn("no sockets were passed", errors)
        for words in (("import", "systemd:", "recv", "x"), ("list", "systemd:"), ("bench", "systemd:")):
            self.assert_says([one], words, "goes with export", status=2)
