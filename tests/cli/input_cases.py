# SPDX-License-Identifier: MIT
"""Bad input: what is wrong is told with its place, and nothing before it is lost."""

import json

from harness import Case, values_of


class Input(Case):
    def send(self, text, *more):
        """Exports the text; what an importer got, the exporter's status and its errors."""
        exporter, address = self.export("send", "-w", "60", *more, stdin=text)
        status, out, errors = self.run_command("import", address, "recv", "x")
        self.assertEqual((status, errors), (0, ""))
        return out, exporter.status(), exporter.errors()

    def assert_place(self, text, line, column, before):
        with self.subTest(text=text[:40]):
            out, status, errors = self.send(text)
            self.assertEqual(status, 1)
            self.assertIn("standard input: line %d, column %d: " % (line, column), errors)
            self.assertEqual(values_of(out), before)

    def test_place_of_fault(self):
        """bad JSON is told with line, column and reason, and the values before it arrive"""
        cases = (
            (b"1 2 nul 4", 1, 5, [1, 2]),
            (b'{"a":1}\n{"a":tru}\n3', 2, 6, [{"a": 1}]),
            (b"1\n[1,\n  2,,\n3]", 3, 5, [1]),
            (b'"\xe2\x82\xac" "\xf0\x9f\x98\x80" ?', 1, 9, ["\u20ac", "\U0001f600"]),
            (b"1 ] 2", 1, 3, [1]),
            (b"0 [1}", 1, 5, [0]),
            (b'0\n\n {"a":1,\n"a":2}', 4, 1, [0]),
            (b'5 "\xff"', 1, 4, [5]),
            (b"7 99999999999999999999", 1, 3, [7]),
            (b"1\r\n\t2\r\n\tx", 3, 2, [1, 2]),
        )
        for case in cases:
            self.assert_place(*case)

    def test_unfinished(self):
        """input that ends inside a value is told, and the values before it arrive"""
        for text, before in ((b'1 {"a":', [1]), (b'1 2 "abc', [1, 2]), (b"0 [", [0])):
            with self.subTest(text=text):
                out, status, errors = self.send(text)
                self.assertEqual(status, 1)
                self.assertIn("standard input: line 1, column %d: " % (len(text) + 1), errors)
                self.assertEqual(values_of(out), before)

    def test_first_value(self):
        """bad JSON as the first value ends the command at once, also with -w"""
        for text in (b"?", b"[", b'"a\\', b"[1}"):
            with self.subTest(text=text):
                status, _, errors = self.run_command(
                    "export", self.unix(), "send", "x", "-w", "1000", stdin=text
                )
                self.assertEqual(status, 1)
                self.assertIn("standard input: line 1, column ", errors)

    def test_far_fault(self):
        """the place is right behind many values and long ones"""
        text = b"".join(b"%d %d\n" % (i, i) for i in range(100000)) + b'"' + b"x" * 200000 + b'" }'
        out, status, errors = self.send(text)
        self.assertEqual(status, 1)
        self.assertIn("standard input: line 100001, column 200004: ", errors)
        self.assertEqual(out.count(b"\n"), 200001)

    def test_fault_of_importer(self):
        """an importer that sends tells bad JSON the same way, and all before it is acknowledged"""
        exporter, address = self.export("recv")
        status, _, errors = self.run_command("import", address, "send", "x", stdin=b"1\n2\n{]\n")
        self.assertEqual(status, 1)
        self.assertIn("standard input: line 3, column 2: ", errors)
        self.assertIn("2 values were delivered", errors)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"1\n2\n")

    def test_fault_ends_reading(self):
        """bad JSON ends the command although the input goes on"""
        exporter, address = self.export("send")
        importer = self.start("import", address, "recv", "x")
        exporter.write(b"1 ] ")
        self.assert_ended(importer)
        self.assert_ended(exporter, 1)
        self.assertEqual(importer.output(), b"1\n")

    def test_too_long(self):
        """a value over the limit is told with its place and the option, nothing before it is lost"""
        long = json.dumps("y" * 200).encode()
        out, status, errors = self.send(b"1\n 2 " + long + b" 3", "-o", "limit.value=100")
        self.assertEqual((status, out), (1, b"1\n2\n"))
        self.assertIn("standard input: line 2, column 4: ", errors)
        self.assertIn("limit.value", errors)

    def test_endless_value(self):
        """a value without end is refused at the limit and not collected"""
        exporter, address = self.export("send", "-o", "limit.value=1000")
        importer = self.start("import", address, "recv", "x")
        exporter.write(b'1 ["' + b"z" * 2000)
        self.assert_ended(importer)
        self.assert_ended(exporter, 1)
        self.assertIn("line 1, column 3: the value that begins here is longer", exporter.errors())
        self.assertEqual(importer.output(), b"1\n")

    def test_bracket_never_closed(self):
        """behind a bracket that was never closed the place of the fault is told, not the limit"""
        text = b'1\n{"a":[1\n' + b'{"b":2}\n' * 200000
        out, status, errors = self.send(text, "-o", "limit.value=1000")
        self.assertEqual((status, out), (1, b"1\n"))
        self.assertIn("standard input: line 3, column 1: ", errors)

    def test_too_deep(self):
        """a value deeper than a link allows is told with its line, nothing before it is lost"""
        deep = b"[" * 100 + b"]" * 100
        out, status, errors = self.send(b"1\n2\n" + deep + b"\n4\n")
        self.assertEqual((status, out), (1, b"1\n2\n"))
        self.assertIn("standard input: line 3", errors)

    def test_count_not_reached(self):
        """with -n, input that ends too early is an error"""
        exporter, address = self.export("recv")
        status, _, errors = self.run_command("import", address, "send", "x", "-n", "3", stdin=b"1 2")
        self.assertEqual(status, 1)
        self.assertIn("2 of 3 values", errors)
        self.assert_ended(exporter)
        self.assertEqual(exporter.output(), b"1\n2\n")

    def test_unreadable_input(self):
        """standard input that cannot be read is an error"""
        with open(self.folder + "/file", "wb") as unreadable:
            status, _, errors = self.run_command("export", self.unix(), "send", "x", stdin=unreadable)
        self.assertEqual(status, 1)
        self.assertIn("standard input: ", errors)

    def test_check(self):
        """netchan check tells whether a file is one legal value, and where not"""
        name = self.path("file")
        cases = (
            (b' {"a":[1,2]}\n', 0, "object of 1 member"),
            (b"[1,2]", 0, "array of 2 elements"),
            (b'"a"', 0, "string"),
            (b"1 2", 1, "line 1, column 3: "),
            (b'{\n"a":\n}', 1, "line 3, column 1: "),
            (b"", 1, "line 1, column 1: "),
            (b"[" * 600 + b"]" * 600, 1, "512"),
        )
        for text, wanted, words in cases:
            with self.subTest(text=text[:20]):
                with open(name, "wb") as file:
                    file.write(text)
                for arguments, more in (((name,), {}), (("-",), {"stdin": text})):
                    status, out, errors = self.run_command("check", *arguments, **more)
                    self.assertEqual(status, wanted, errors)
                    self.assertIn(words, errors if wanted else out.decode())
                    shown = name if arguments[0] == name else "standard input"
                    self.assertIn(shown, errors if wanted else out.decode())

    def test_check_missing(self):
        """netchan check names a file that cannot be read"""
        status, out, errors = self.run_command("check", self.path("none"))
        self.assertEqual((status, out), (1, b""))
        self.assertIn(self.path("none"), errors)
        self.assertIn("No such file", errors)
