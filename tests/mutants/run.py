#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Breaks every rule of netchan(7)'s sections 4, 5, 8, 9, 11, 17 and 18 once, on purpose, and looks whether
a test that carries the sentence's number as a tag notices.

    run.py [--check] [--tree SOURCE]
    run.py [--tree SOURCE] --build BUILT_FOLDER [SENTENCE...]

With --check, or without --build, the records are compared with the manual, the sources and the
tags of the tests, and nothing is built. Else SOURCE, with the folder BUILT_FOLDER in it, is copied
to a temporary place. There each record is applied, the library is made, and the tests with the tag
are run until one fails. A crash counts as a failure, and so does a test that goes on for TIMEOUT
seconds. BUILT_FOLDER lies below SOURCE, was configured from there (../../configure), has its test
programs built, and uses no sanitizers.

Exit status: 0 all caught, 1 some survived or the records are wrong, 2 nothing could be tried.

The records stand in *.txt beside this file:

    # what is broken
    [S4.2] src/engine/session_recv_value.c
    ? tests/engine/engine
    - old text, which stands exactly once in the file
    + new text

Lines of the old and of the new text keep what stands behind "- " and "+ ", and are joined with a
line feed between them; so either may begin or end in the middle of a line. "?" names the test
program to begin with, and may be left out.
"""

import argparse
import glob
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time

SECTIONS = (4, 5, 8, 9, 11, 17, 18)
TIMEOUT = 60
INSIDE = ("unit", "engine", "simulation")  # one program for each of these folders
HERE = os.path.dirname(os.path.abspath(__file__))


class Mutant:
    def __init__(self, place, sentence, path):
        self.place, self.sentence, self.path = place, sentence, path
        self.hint, self.old, self.new = None, [], []


def read_text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write_text(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def read_records(folder):
    """The records of all lists, and complaints about lines that are none."""
    mutants, faults = [], []
    for path in sorted(glob.glob(os.path.join(folder, "*.txt"))):
        current = None
        for number, line in enumerate(read_text(path).splitlines(), 1):
            place = f"{os.path.basename(path)}:{number}"
            head = re.fullmatch(r"\[(S\d+\.\d+)\] (\S+)", line)
            mark, text = line[:1], line[2:]
            if head:
                current = Mutant(place, *head.groups())
                mutants.append(current)
            elif not line or mark == "#":
                continue
            elif current is None or mark not in "?-+" or line[1:2] not in ("", " "):
                faults.append(f"{place}: not a line of a record: {line}")
            elif mark == "?":
                current.hint = text
            elif mark == "-" and not current.new:
                current.old.append(text)
            elif mark == "+":
                current.new.append(text)
            else:
                faults.append(f"{place}: old text behind new")
    return mutants, faults


def order(sentence):
    return [int(number) for number in sentence[1:].split(".")]


def sentences_of(tree):
    """The manual's numbered sentences of the sections that are tried here."""
    manual = os.path.join(tree, "docs/netchan.7")
    found = re.findall(r"^\.It \[(S\d+\.\d+)\]", read_text(manual), re.M)
    return [sentence for sentence in found if order(sentence)[0] in SECTIONS]


def programs_of(tree):
    """Test program -> tags of its sources, as the makefile builds them."""
    programs = {}
    for path in sorted(glob.glob(os.path.join(tree, "tests/*/*.cpp"))):
        room, name = os.path.relpath(path, tree).split(os.sep)[1:]
        program = f"tests/{room}/{room if room in INSIDE else name[:-4]}"
        tags = set(re.findall(r"\[(S\d+\.\d+)\]", read_text(path)))
        programs.setdefault(program, set()).update(tags)
    return programs


def check(tree, mutants, programs):
    """Complaints about records that do not fit the manual, the sources or the tests."""
    faults, seen = [], set()
    wanted = sentences_of(tree)
    for mutant in mutants:
        at = f"{mutant.place}: {mutant.sentence}"
        path = os.path.join(tree, mutant.path)
        old, new = "\n".join(mutant.old), "\n".join(mutant.new)
        if mutant.sentence not in wanted:
            faults.append(f"{at}: no such sentence in these sections")
        if mutant.sentence in seen:
            faults.append(f"{at}: a second record")
        seen.add(mutant.sentence)
        if not any(mutant.sentence in tags for tags in programs.values()):
            faults.append(f"{at}: no test has this tag")
        if mutant.hint and mutant.sentence not in programs.get(mutant.hint, ()):
            faults.append(f"{at}: {mutant.hint} has no test with this tag")
        if not old.strip() or old == new:
            faults.append(f"{at}: changes nothing")
        elif not os.path.isfile(path):
            faults.append(f"{at}: there is no {mutant.path}")
        else:
            count = read_text(path).count(old)
            if count != 1:
                faults.append(f"{at}: its old text stands {count} times in {mutant.path}")
    faults += [f"{sentence} has no record" for sentence in wanted if sentence not in seen]
    return faults


class Workshop:
    """A copy of the tree and of one build folder, in which things are broken."""

    def __init__(self, tree, build, place):
        inside = os.path.relpath(build, tree)
        self.tree = os.path.join(place, "tree")
        self.build = os.path.join(self.tree, inside)
        shutil.copytree(tree, self.tree, symlinks=True,
                        ignore=lambda folder, names: [".git", "build"] if folder == tree else [])
        shutil.copytree(build, self.build, symlinks=True)
        # Libtool's wrappers name the build folder they were made in.
        for path in glob.glob(os.path.join(self.build, "tests/*/*")):
            if path.endswith(".o"):
                continue
            if os.path.isfile(path) and os.path.isfile(self.real(path)):
                write_text(path, read_text(path).replace(build, self.build))
        self.environment = dict(os.environ, top_srcdir=self.tree, top_builddir=self.build)

    @staticmethod
    def real(path):
        return os.path.join(os.path.dirname(path), ".libs", os.path.basename(path))

    def make(self, *targets):
        done = subprocess.run(["make", "-s", *targets], cwd=self.build, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.stdout if done.returncode else ""

    def test(self, program, tags, timeout):
        """How a program's cases with one of these tags failed; '' when they passed."""
        selection = ",".join(f"[{tag}]" for tag in tags)
        path = os.path.join(self.build, program)
        with tempfile.TemporaryFile("w+", errors="replace") as output:
            running = subprocess.Popen([path, selection], cwd=self.build, env=self.environment,
                                       stdout=output, stderr=subprocess.STDOUT,
                                       start_new_session=True, preexec_fn=limit)
            try:
                status = running.wait(timeout)
            except subprocess.TimeoutExpired:
                status = None
            # Helper processes of a test that died go with it.
            try:
                os.killpg(running.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            running.wait()
            output.seek(0)
            self.output = output.read()
        if status is None:
            return f"no end within {timeout} s"
        if status < 0:
            return f"died of {signal.Signals(-status).name}"
        return f"{status} failed" if status else ""

    def apply(self, mutant):
        """Breaks the rule; returns what mends it again."""
        path = os.path.join(self.tree, mutant.path)
        before = read_text(path)
        write_text(path, before.replace("\n".join(mutant.old), "\n".join(mutant.new)))
        return lambda: write_text(path, before)


def limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (8 << 30, 8 << 30))


def try_one(shop, mutant, programs):
    """(caught, how) of one mutant."""
    tagged = [name for name in programs if mutant.sentence in programs[name]]
    tagged.sort(key=lambda name: name != mutant.hint)
    mend = shop.apply(mutant)
    try:
        trouble = shop.make("libnetchan.la")
        for program in tagged:
            if not trouble and is_inside(program):
                trouble = shop.make(program)
            if trouble:
                return None, "does not build:\n" + trouble
            how = shop.test(program, [mutant.sentence], TIMEOUT)
            if how:
                return True, f"{program}: {how}"
        return False, "passed: " + " ".join(tagged)
    finally:
        mend()


def is_inside(program):
    """Such programs link the rooms themselves; the others load the shared library."""
    return os.path.basename(program) in INSIDE


def prepare(shop, chosen, programs):
    """The tests have to pass while nothing is broken."""
    used = {name: sorted({mutant.sentence for mutant in chosen} & tags, key=order)
            for name, tags in programs.items()}
    used = {name: tags for name, tags in used.items() if tags}
    trouble = shop.make("libnetchan.la", *used)
    if trouble:
        return f"the unbroken tree does not build:\n{trouble}"
    for program, tags in used.items():
        how = shop.test(program, tags, 20 * TIMEOUT)
        if how:
            return f"{program} fails with nothing broken: {how}\n{shop.output}"
    print(f"{len(used)} programs pass with nothing broken", flush=True)
    return ""


def run(tree, build, chosen, programs):
    place = tempfile.mkdtemp(prefix="netchan-mutants-")
    results = {True: 0, False: 0, None: 0}
    try:
        shop = Workshop(tree, build, place)
        trouble = prepare(shop, chosen, programs)
        if trouble:
            print(trouble, file=sys.stderr)
            return 2
        for mutant in chosen:
            begun = time.monotonic()
            caught, how = try_one(shop, mutant, programs)
            results[caught] += 1
            word = {True: "caught", False: "SURVIVED", None: "ERROR"}[caught]
            print(f"{mutant.sentence:8}{word:10}{time.monotonic() - begun:5.1f} s  {how}",
                  flush=True)
    finally:
        shutil.rmtree(place, ignore_errors=True)
    print(f"{results[True]} of {len(chosen)} caught, {results[False]} survived, "
          f"{results[None]} did not build")
    return int(results[True] != len(chosen))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--tree", default=os.path.join(HERE, "../.."))
    parser.add_argument("--build")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("sentences", nargs="*", metavar="SENTENCE")
    given = parser.parse_args()
    tree = os.path.realpath(given.tree)
    mutants, faults = read_records(HERE)
    programs = programs_of(tree)
    faults += check(tree, mutants, programs)
    for fault in faults:
        print(fault, file=sys.stderr)
    if given.check or given.build is None:
        print(f"mutants: {len(mutants)} records for {len(sentences_of(tree))} sentences")
        return int(bool(faults))
    if faults and not given.sentences:
        return 1
    build = os.path.realpath(given.build)
    if not build.startswith(tree + os.sep):
        print(f"{build} does not lie in {tree}", file=sys.stderr)
        return 2
    # The copy would be built from the sources of the original, and every mutant survive.
    if re.search(r"^srcdir = /", read_text(os.path.join(build, "Makefile")), re.M):
        print(f"{build} names its sources by an absolute path: configure it with a relative one",
              file=sys.stderr)
        return 2
    chosen = [mutant for mutant in mutants
              if not given.sentences or mutant.sentence in given.sentences]
    chosen.sort(key=lambda mutant: order(mutant.sentence))
    return run(tree, build, chosen, programs)


if __name__ == "__main__":
    sys.exit(main())
