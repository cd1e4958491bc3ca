#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures netchan beside its peers and judges it by ratios.

Rates on a shared machine move by tens of per cent from minute to minute. So every round runs each
experiment's sides one directly behind the other, in turned order every second round; a ratio is
made of the two runs of one round, and the median of the rounds' ratios counts.
"""

import argparse
import os
import platform
import signal
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import cases
import drive
import plot
import report


def read_words():
    parser = argparse.ArgumentParser(description="Measures netchan beside its peers.")
    parser.add_argument("--programs", default="tests/bench", help="the folder of the drivers")
    parser.add_argument("--results", default="bench-results", help="the folder to write to")
    parser.add_argument("--rounds", type=int, default=9, help="how many pairs of each (9)")
    parser.add_argument("--only", action="append", default=[], metavar="NAME",
                        help="the experiments whose name begins so; may be given several times")
    parser.add_argument("--quick", action="store_true",
                        help="does it work? One round of very little; the figures mean nothing")
    parser.add_argument("--cores", metavar="A,B", help="the two cores to use")
    parser.add_argument("--about", action="append", default=[], metavar="TEXT",
                        help="a line for the head of the results")
    parser.add_argument("--gate", action="store_true", help="fail when a figure is missed")
    words = parser.parse_args()
    if words.rounds < 1:
        parser.error("--rounds is 1 and up")
    try:
        words.experiments = cases.select(words.only)
        words.cores = [int(core) for core in words.cores.split(",")] if words.cores else None
    except ValueError as error:
        parser.error(str(error))
    if words.quick:
        words.rounds = 1
        words.experiments = [cases.quicker(one) for one in words.experiments]
    return words


def say(line):
    print(line, file=sys.stderr, flush=True)


def processor():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.machine()


def load():
    return "%.1f" % os.getloadavg()[0]


def versions(bench, missing):
    texts = []
    for driver in ("netchan", "zmq", "nng"):
        try:
            texts.append(bench.about(driver))
        except drive.Missing as name:
            missing.add("left out: %s, which was not built" % name)
    return ", ".join(texts)


def run_round(bench, experiment, turned, runs, missing):
    """Every side of an experiment once, at each place, one behind the other."""
    sides = [side for side in (experiment.ours, experiment.peer, *experiment.beside) if side]
    if turned:
        sides.reverse()
    for place in experiment.places:
        if not bench.has(place):
            missing.add("one core only: nothing is measured at place %s" % place)
            continue
        for side in sides:
            try:
                runs.add(experiment, place, side, bench.run(experiment, side, place))
            except drive.Missing:
                pass  # versions() has told
            except drive.Failed as error:
                runs.fail(experiment, place, side, str(error))
                say("failed: " + runs.failures[-1])


def measure(words, bench, missing):
    runs = report.Runs()
    for number in range(words.rounds):
        for experiment in words.experiments:
            if number < (experiment.rounds or words.rounds):
                run_round(bench, experiment, number % 2, runs, missing)
        say("round %d of %d" % (number + 1, words.rounds))
    return runs


def write(words, about, runs):
    judged = report.verdicts(words.experiments, runs)
    os.makedirs(words.results, exist_ok=True)
    table = report.text(about, words.experiments, runs, judged)
    for name, text in (
        ("bench.txt", table),
        ("bench.json", report.data(about, words.experiments, runs, judged)),
        ("bench.svg", plot.draw(about, judged)),
    ):
        with open(os.path.join(words.results, name), "w") as file:
            file.write(text)
    print(table, end="")
    say("written: %s" % ", ".join(
        os.path.join(words.results, "bench." + kind) for kind in ("txt", "json", "svg")))
    return judged


def main():
    words = read_words()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that children are ended too
    cores = words.cores or drive.choose_cores()
    bench = drive.Bench(words.programs, cores)
    began, before, missing = time.strftime("%Y-%m-%d %H:%M"), load(), set()
    if not os.access(os.path.join(words.programs, "tls"), os.X_OK):
        words.experiments = cases.without_tls(words.experiments)
        missing.add("left out: TLS, which this build does not have")
    try:
        driven = versions(bench, missing)
    except drive.Failed as error:
        sys.exit("bench: %s" % error)
    runs = measure(words, bench, missing)
    about = ["netchan bench, %s, %d round%s%s" % (
        began, words.rounds, "" if words.rounds == 1 else "s",
        ", QUICK: these figures mean nothing" if words.quick else "")]
    about.append(", ".join(text.strip() for text in (driven, *words.about) if text.strip()))
    about.append("%s, %d cores, of which %s; %s %s; load %s before, %s after" % (
        processor(), len(os.sched_getaffinity(0)), " and ".join(str(core) for core in cores),
        platform.system(), platform.release(), before, load()))
    about += sorted(missing)
    judged = write(words, about, runs)
    missed = words.gate and any(one.word() == "MISSED" for one in judged)
    return 1 if runs.failures or missed or not judged else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
