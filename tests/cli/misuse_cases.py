# SPDX-License-Identifier: MIT
"""What cannot work is told, by the name of the thing that is wrong."""

from harness import Case


class Refused(Case):
    def assert_refused(self, words, *texts, status=1, stdin=b""):
        with self.subTest(words=words):
            got, out, errors = self.run_command(*words, stdin=stdin)
            self.assertEqual((got, out), (status, b""), errors)
            for text in texts:
                self.assertIn(text, errors)
            for line in errors.splitlines():
                self.assertTrue(line.startswith("netchan: "), line)

    def test_command_line(self):
        """a command line that makes no sense has status 2 and names the word at fault"""
        url = self.unix()
        for words, text in (
            ((), "what to do"),
            (("publish", url), '"publish"'),
            (("export", url, "send"), "export URL"),
            (("export", url, "sned", "x"), '"sned"'),
            (("import", url, "recv", "x", "y"), "import URL"),
            (("list",), "list URL"),
            (("check",), "check FILE"),
            (("export", url, "send", "x", "-n", "0"), "-n"),
            (("export", url, "send", "x", "-n", "1x"), '"1x"'),
            (("export", url, "send", "x", "-s", "-1"), '"-1"'),
            (("export", url, "send", "x", "-w", "soon"), '"soon"'),
            (("export", url, "send", "x", "-t", "nan"), '"nan"'),
            (("export", url, "send", "x", "-w", "1e3"), '"1e3"'),
            (("export", url, "send", "x", "-w", "."), '"."'),
            (("export", url, "send", "x", "-o", "wait"), '"wait"'),
            (("export", url, "send", "x", "--keep-open"), "--keep-open"),
            (("import", url, "recv", "x", "--address-file", "f"), "--address-file"),
            (("list", url, "-n", "1"), "-n"),
            (("check", "-", "-w", "1"), "-w"),
        ):
            self.assert_refused(words, text, "--help", status=2)

    def test_unknown_flag(self):
        """an unknown flag has status 2"""
        status, _, errors = self.run_command("list", self.unix(), "--frobnicate")
        self.assertEqual(status, 2)
        self.assertIn("frobnicate", errors)

    def test_options(self):
        """an unknown option key lists the known ones; a bad value and a misplaced key are named"""
        url = self.unix()
        self.assert_refused(
            ("export", url, "send", "x", "-o", "limit.valeu=1"), "limit.valeu", "limit.value", "window"
        )
        self.assert_refused(("import", url, "recv", "x", "-o", "limit.value=1"), "limit.value")
        self.assert_refused(("export", url, "send", "x", "-o", "wait=5"), "wait")
        self.assert_refused(("import", url, "recv", "x", "-o", "unix.mode=600"), "unix.mode")

    def test_addresses(self):
        """an unknown or malformed URL is named, and so is one where nobody listens"""
        for url in ("gopher://h:1", "tcp://", "tcp://127.0.0.1", "unix:", "x", "tcp://127.0.0.1:99999"):
            self.assert_refused(("export", url, "send", "x"), url)
            self.assert_refused(("import", url, "recv", "x"), url)
        self.assert_refused(("import", self.unix(), "recv", "x"), self.path("socket"))
        self.assert_refused(("list", self.unix()), self.path("socket"))
        self.assert_refused(("import", "unix:/nowhere/at/all", "recv", "x"), "/nowhere/at/all")
        self.assert_refused(("export", "unix:/nowhere/at/all", "send", "x"), "/nowhere/at/all")

    def test_address_in_use(self):
        """an address in use is named, and the exporter there is not disturbed"""
        for url in (self.unix(), "tcp://127.0.0.1:0"):
            exporter, address = self.export("send", url=url)
            self.assert_refused(("export", address, "send", "x"), address.split(":", 1)[1].strip("/"))
            importer = self.start("import", address, "recv", "x")
            exporter.write(b"1 ")
            self.assertEqual(importer.value(), b"1")
            exporter.close_input()
            self.assert_ended(importer)
            self.assert_ended(exporter)

    def test_channel(self):
        """an unknown channel and a wrong direction are named"""
        exporter, address = self.export("send")
        self.assert_refused(("import", address, "recv", "other"), "other")
        self.assert_refused(("import", address, "send", "x"), '"x"', stdin=b"1")
        exporter.close_input()
        self.assert_ended(exporter)
        self.assert_refused(("export", self.unix("b"), "send", "n" * 256), "255")
        self.assert_refused(("export", self.unix("c"), "send", ""), "name")

    def test_certificates(self):
        """what should protect is refused where it would not, never passed over"""
        for url in ("tcp://127.0.0.1:0", self.unix()):
            for flag, key in (("--cert", "tls.cert"), ("--key", "tls.key"), ("--ca", "tls.ca")):
                self.assert_refused(("export", url, "send", "x", flag, "/f"), "tls://", status=2)
                self.assert_refused(("bench", "--serve", url, flag, "/f"), "tls://", status=2)
                self.assert_refused(("import", url, "recv", "x", flag, "/f"), key)
                self.assert_refused(("list", url, flag, "/f"), key)
            self.assert_refused(("import", url, "recv", "x", "--name", "h"), "tls.name")
        self.assert_refused(("export", "tls://127.0.0.1:0", "send", "x"), "tls")

    def test_address_file_unwritable(self):
        """an address file that cannot be written is named"""
        name = self.path("none/address")
        self.assert_refused(
            ("export", self.unix(), "send", "x", "--address-file", name), name, "No such file"
        )


class Shown(Case):
    def test_help(self):
        """--help shows every option on standard output"""
        status, out, errors = self.run_command("--help")
        self.assertEqual((status, errors), (0, ""))
        for word in (b"-n COUNT", b"-s SIZE", b"-w SECONDS", b"-t SECONDS", b"--keep-open", b"--cert",
                     b"--key", b"--ca", b"-o KEY=VALUE", b"-v", b"--address-file", b"--version"):
            self.assertIn(word, out)
        self.assertLessEqual(max(len(line) for line in out.splitlines()), 100)

    def test_version(self):
        """--version shows the version of the command and of the library"""
        status, out, errors = self.run_command("--version")
        self.assertEqual((status, errors), (0, ""))
        self.assertRegex(out.decode(), r"^netchan \d+\.\d+\.\d+ \(library \d+\.\d+\.\d+.*\)\n$")

    def test_list(self):
        """netchan list shows name, direction and figures; no name can spoil the table"""
        names = {"plain": "plain", "two words": '"two words"', "a\tb\x1b[2J": '"a\\u0009b\\u001b[2J"',
                 "Zürich": "Zürich", 'q"q': '"q\\"q"', "c\u0085d": '"c\\u0085d"'}
        for number, (name, shown) in enumerate(names.items()):
            with self.subTest(name=name):
                url = self.unix(str(number))
                exporter = self.start("export", "-v", url, "recv", name)
                address = exporter.address()
                status, out, errors = self.run_command("list", address)
                self.assertEqual((status, errors), (0, ""))
                head, row = out.decode().splitlines()
                self.assertEqual(head.split(), ["NAME", "DIRECTION", "LENGTH", "CAPACITY", "STREAMS"])
                self.assertEqual(row[: len(shown)], shown)
                self.assertEqual(row[len(shown) :].split(), ["recv", "0", "0", "0"])
                exporter.signal(2)
                self.assert_ended(exporter)

    def test_output_full(self):
        """what cannot be shown is an error"""
        for words in (("--help",), ("--version",), ("check", "-")):
            with open("/dev/full", "wb") as full:
                status, _, errors = self.run_command(*words, stdin=b"1", stdout=full)
            self.assertEqual(status, 1)
            self.assertIn("standard output", errors)
