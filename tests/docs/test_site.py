#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The reference site: made twice from the tree in top_srcdir, and looked at from all sides.

usage: test_site.py [NAME]...   such as Site or Faults.test_a_dead_link_is_told
"""

import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.environ.get("top_srcdir", os.path.dirname(os.path.dirname(HERE)))
sys.path[:0] = [HERE]

import site_checks as checks  # noqa: E402

SOURCES = ("abi", "bindings", "docs", "NEWS", "README.md", "SECURITY.md")


def source(name):
    with open(os.path.join(TREE, name), encoding="utf-8") as file:
        return file.read()


def make(tree, folder):
    """Runs the generator; its status and what it said."""
    run = subprocess.run([sys.executable, os.path.join(tree, "docs/site/mksite.py"), tree, folder],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return run.returncode, run.stdout


def load(folder):
    files = {}
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8", newline="") as file:
            files[name] = file.read()
    return files


def public_names():
    """What a reader looks up, told by the sources themselves."""
    functions = re.findall(r"^(netchan_\w+) ", source("abi/symbols.txt"), re.MULTILINE)
    codes = re.findall(r"^#define (NETCHAN_\w+) +(?:\(-\d+\)|\d+|0x\d+|\")", source("abi/netchan.h"),
                       re.MULTILINE)
    options = re.findall(r'^    \{"([a-z.-]+)",', source("src/run/options.c"), re.MULTILINE)
    rules = re.findall(r"^\.It \[(S\d+\.\d+)\]$", source("docs/netchan.7"), re.MULTILINE)
    rules += re.findall(r"^- \[(P\d+)\]", source("docs/PROTOCOL.md"), re.MULTILINE)
    return functions + codes + options + rules


class Base(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.work = tempfile.mkdtemp()
        cls.addClassCleanup(shutil.rmtree, cls.work)
        cls.status, cls.said = make(TREE, os.path.join(cls.work, "one"))
        cls.files = load(os.path.join(cls.work, "one")) if cls.status == 0 else {}
        cls.names = public_names()

    def setUp(self):
        self.assertEqual((self.status, self.said), (0, ""))

    def none(self, faults):
        self.assertEqual(faults, [], "\n" + "\n".join(faults[:40]))


class Site(Base):
    def test_two_builds_are_the_same_bytes(self):
        make(TREE, os.path.join(self.work, "two"))
        self.assertEqual(self.files, load(os.path.join(self.work, "two")))

    def test_every_page_is_well_formed(self):
        self.assertGreater(len(self.files), 25)
        self.none(checks.forms(self.files))

    def test_every_link_and_anchor_resolves(self):
        self.none(checks.links(self.files))

    def test_every_page_is_reached_from_the_first(self):
        self.none(checks.reachable(self.files))

    def test_every_public_name_has_one_home(self):
        self.assertGreater(len(self.names), 400)
        self.none(checks.homes(self.files, self.names))

    def test_the_search_finds_every_public_name(self):
        self.none(checks.found(self.files, self.names))

    def test_text_stands_out_from_its_ground(self):
        self.none(checks.contrast(self.files))

    def test_pages_say_where_their_functions_wait_and_what_they_answer(self):
        text = re.sub(r"<[^>]+>", "", "".join(self.files[name] for name in self.files
                                              if name.startswith("api-")))
        for words in ("Returns how many were put in, 1 to count", "The call waits at most ms milliseconds",
                      "It may be called from a signal handler", "One thread at a time may use a builder",
                      "On success *value is a reference that belongs to the caller"):
            self.assertIn(words, " ".join(text.split()))


    def test_rules_that_speak_of_an_option_or_function_are_linked_from_it(self):
        for file, name, rule in (("options.html", "keep-open", "S8.18"), ("options.html", "wait", "S2.10"),
                                 ("api-channel.html", "netchan_channel_hold", "S8.16")):
            with self.subTest(name):
                entry = self.files[file].split(f'id="{name}"')[1].split('id="')[0]
                self.assertIn(f'href="semantics.html#{rule}"', entry)


class Examples(Base):
    """A program on a page is a file that a test runs."""

    # Where the tests that run a folder's programs stand, and how they name one.
    RUN_BY = {
        "docs/examples/": ("docs/examples/run.sh", "docs/local.mk"),
        "bindings/python/": ("bindings/python/tests/test_programs.py",),
        "bindings/ruby/": ("bindings/ruby/tests/programs_test.rb",),
        "bindings/lua/": ("bindings/lua/tests/test_programs.lua",),
        "bindings/java/": ("bindings/java/tests/org/netchan/ProgramsTest.java",),
    }

    def shown(self):
        return [(caption, text) for page in checks.read(self.files).values()
                for caption, text in page.programs if "/" in caption]

    def test_a_program_on_a_page_is_its_file(self):
        self.assertGreater(len(self.shown()), 15)
        for path, text in self.shown():
            with self.subTest(path):
                self.assertIn(text.strip(), source(path))

    def test_a_program_on_a_page_is_run_by_a_test(self):
        for path in sorted({path for path, _ in self.shown()}):
            with self.subTest(path):
                folder = next(folder for folder in self.RUN_BY if path.startswith(folder))
                tests = "".join(source(name) for name in self.RUN_BY[folder])
                name = os.path.basename(path)
                word = name if re.search(r"\.(py|rb|lua)$", name) else name.split(".")[0]
                word = f'"{word}"' if name.endswith(".java") else word
                self.assertRegex(tests, rf"(?<!\w){re.escape(word)}(?!\w)")

    def test_what_a_page_says_is_printed_is_what_the_tests_compare(self):
        outputs = [os.path.splitext(path)[0] + ".txt" for path in {path for path, _ in self.shown()}]
        outputs = [path for path in outputs if os.path.exists(os.path.join(TREE, path))]
        self.assertGreater(len(outputs), 14)
        for path in outputs:
            with self.subTest(path):
                folder = next(folder for folder in self.RUN_BY if path.startswith(folder))
                name = os.path.basename(path)
                self.assertIn(name[:-4] if folder == "docs/examples/" else name,
                              source(self.RUN_BY[folder][0]))

    def test_the_policy_that_the_manual_shows_is_in_order(self):
        command = os.environ.get("NETCHAN")
        if not command or not os.access(command, os.X_OK):
            self.skipTest("there is no command: NETCHAN names it")
        shown = re.search(r"^\.Bd.*?\n(.*?)^\.Ed", source("docs/netchan-policy.7"), re.DOTALL | re.MULTILINE)
        path = os.path.join(self.work, "policy.json")
        with open(path, "w", encoding="utf-8") as file:
            file.write(shown.group(1))
        for question, answer in ((["readings", "send", "--identity", "cn:the meter"], "rule 1"),
                                 (["log.x", "recv", "--identity", "uid:1000"], "rule 2"),
                                 (["public", "recv"], "rule 3"), (["public", "send"], "no rule")):
            run = subprocess.run([command, "check-policy", path, *question], stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True)
            self.assertIn(answer, run.stdout)

    def test_every_file_of_the_site_and_the_examples_is_in_the_tarball(self):
        listed = source("docs/local.mk")
        for folder in ("docs/site", "docs/examples"):
            for name in os.listdir(os.path.join(TREE, folder)):
                if re.search(r"\.(c|css|js|md|py|sh|svg|txt)$", name):
                    self.assertIn(f"\t{folder}/{name}", listed)


class Faults(Base):
    """Each check sees the fault that is planted for it."""

    def told(self, check, file, old, new, word, *names):
        files = dict(self.files)
        self.assertIn(old, files[file])
        files[file] = files[file].replace(old, new, 1)
        faults = check(files, *names)
        self.assertTrue(any(word in fault for fault in faults), faults[:5])

    def test_a_dead_link_is_told(self):
        self.told(checks.links, "index.html", 'href="guide.html"', 'href="gone.html"', "gone.html")

    def test_a_link_to_no_anchor_is_told(self):
        self.told(checks.links, "semantics.html", 'id="S5.3"', 'id="S5.999"', "#S5.3")

    def test_something_from_elsewhere_is_told(self):
        self.told(checks.links, "index.html", 'src="search.js"', 'src="https://x.example/s.js"', "part of")
        self.told(checks.links, "style.css", ".small {", "@import 'x'; .small {", "elsewhere")

    def test_an_anchor_used_twice_is_told(self):
        self.told(checks.forms, "options.html", 'id="limit.frame"', 'id="limit.depth"', "limit.depth")

    def test_an_open_element_is_told(self):
        self.told(checks.forms, "guide.html", "</article>", "", "open")

    def test_a_block_in_a_paragraph_is_told(self):
        self.told(checks.forms, "guide.html", "<p>", "<p><div></div>", "<div> in a <p>")

    def test_a_drawing_without_words_is_told(self):
        self.told(checks.forms, "index.html", ' aria-labelledby="credit-title credit-words"', "", "drawing")

    def test_a_skipped_heading_is_told(self):
        self.told(checks.forms, "semantics.html", "<h1>", "<h1>A</h1><h3>B</h3><h1>", "skips")

    def test_a_name_without_a_home_is_told(self):
        for file, name in (("api-value.html", "netchan_value_new"), ("options.html", "limit.memory"),
                           ("errors.html", "NETCHAN_LOST"), ("protocol.html", "P17"),
                           ("semantics.html", "S5.3")):
            with self.subTest(name):
                self.told(checks.homes, file, f'id="{name}"', 'id="x"', f"{name}: 0", self.names)

    def test_a_name_with_two_homes_is_told(self):
        self.told(checks.homes, "news.html", "<article>", '<article><p id="P17">x</p>', "P17: 2", self.names)

    def test_a_page_that_nothing_leads_to_is_told(self):
        files = dict(self.files, **{"alone.html": self.files["news.html"]})
        self.assertTrue(any("alone.html" in fault for fault in checks.reachable(files)))

    def test_a_name_that_the_search_misses_is_told(self):
        self.told(checks.found, "search-index.js", '["netchan_value_new",', '["netchan_value_now",',
                  "netchan_value_new", self.names)

    def test_a_faint_colour_is_told(self):
        self.told(checks.contrast, "style.css", "--muted: #55606a", "--muted: #aaaaaa", "muted")


class Sources(unittest.TestCase):
    """The generator refuses a tree from which it cannot make a whole site."""

    def setUp(self):
        self.work = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.work)
        self.tree = os.path.join(self.work, "tree")
        os.mkdir(self.tree)
        for name in SOURCES:
            old, new = os.path.join(TREE, name), os.path.join(self.tree, name)
            if os.path.isdir(old):
                shutil.copytree(old, new, ignore=shutil.ignore_patterns(
                    "generated", ".libs", ".deps", "*.o", "*.lo", "man3", "html"))
            else:
                shutil.copy(old, new)
        # The sources of make distcheck may not be written.
        for folder, _, files in os.walk(self.tree):
            for path in [folder] + [os.path.join(folder, name) for name in files]:
                os.chmod(path, os.stat(path).st_mode | stat.S_IWUSR)

    def refused(self, word):
        folder = os.path.join(self.work, "site")
        status, said = make(self.tree, folder)
        self.assertEqual(status, 1, said)
        self.assertIn(word, said)
        self.assertFalse(os.path.exists(folder))

    def change(self, name, old, new):
        path = os.path.join(self.tree, name)
        with open(path, encoding="utf-8") as file:
            text = file.read()
        self.assertIn(old, text)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(old, new, 1))

    def test_an_example_that_is_missing(self):
        os.remove(os.path.join(self.tree, "docs/examples/export.c"))
        self.refused("docs/examples/export.c")

    def test_a_program_that_is_no_file(self):
        self.change("docs/site/guide.md", "# Guide\n", "# Guide\n\n```c\nint x;\n```\n")
        self.refused("guide.html")

    def test_a_macro_that_is_not_known(self):
        self.change("docs/netchan.1", ".Sh DESCRIPTION\n", ".Sh DESCRIPTION\n.Bogus x\n")
        self.refused("Bogus")

    def test_a_document_that_is_missing(self):
        os.remove(os.path.join(self.tree, "docs/THREADS.md"))
        self.refused("docs/THREADS.md")

    def test_a_function_of_which_the_parser_knows_nothing(self):
        self.change("abi/netchan.h", "/* netchan_value_new - a value", "/* a value")
        self.refused("netchan_value_new")

    def test_a_group_of_functions_without_a_page(self):
        self.change("abi/netchan.h", "/* ---- Select -", "/* ---- Others -")
        self.refused("Others")


class Results(unittest.TextTestResult):
    """Writes a line for each case to the file that tests/catch-driver reads."""

    def say(self, word, test=None):
        path = os.environ.get("NETCHAN_TEST_RESULTS")
        if path:
            what = test.id().split(".")[-1][5:].replace("_", " ") if test else "site"
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"{word} {what}\n")

    def startTestRun(self):
        self.say("RUN")

    def stopTestRun(self):
        self.say("END")

    def startTest(self, test):
        super().startTest(test)
        self.before = len(self.failures) + len(self.errors)
        self.say("START", test)

    def stopTest(self, test):
        super().stopTest(test)
        failed = len(self.failures) + len(self.errors) > self.before
        skipped = self.skipped and self.skipped[-1][0] is test
        self.say("FAIL" if failed else "SKIP" if skipped else "PASS", test)


if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(sys.stdout, verbosity=2, resultclass=Results))
