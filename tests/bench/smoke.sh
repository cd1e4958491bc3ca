#!/bin/sh
# SPDX-License-Identifier: MIT
# The benchmark still works: every driver that was built does a little of every workload, and table,
# JSON and picture come out of it whole. The figures are not looked at.
# usage: smoke.sh   (top_srcdir and top_builddir say where things are)
set -u
here=$(cd "$(dirname "$0")" && pwd)
build=${top_builddir:-$here/../..}
if ! command -v "${PYTHON3:=python3}" >/dev/null 2>&1; then
	echo "skipped: no python3"
	exit 77
fi
work=$(mktemp -d) || exit 99
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP

if ! "$PYTHON3" "$here/run.py" --quick --programs "$build/tests/bench" --results "$work" \
	>"$work/said" 2>&1; then
	cat "$work/said"
	exit 1
fi
"$PYTHON3" - "$work" "$here" "$build/tests/bench" <<'PROGRAM'
import json
import os
import sys
import xml.etree.ElementTree

sys.dont_write_bytecode = True
folder, here, programs = sys.argv[1:]
sys.path.insert(0, here)
import cases

table = open(os.path.join(folder, "bench.txt")).read()
data = json.load(open(os.path.join(folder, "bench.json")))
picture = xml.etree.ElementTree.parse(os.path.join(folder, "bench.svg")).getroot()
shown = "".join(picture.itertext())
faults = []
alone = len(os.sched_getaffinity(0)) == 1
every = cases.EXPERIMENTS
if not os.access(os.path.join(programs, "tls"), os.X_OK):
    every = cases.without_tls(every)
for one in every:
    if alone and one.places == (cases.SPLIT,):
        continue
    if one.title not in table or one.title not in shown:
        faults.append("%s is not in the table or not in the picture" % one.title)
    runs = [row for row in data["sides"] if row["experiment"] == one.name and row["side"] == one.ours.name]
    if not runs or not all(run for row in runs for run in row["runs"]):
        faults.append("%s has no figures of netchan" % one.name)
if picture.tag != "{http://www.w3.org/2000/svg}svg" or not data["judged"] or data["failures"]:
    faults.append("the results are not whole")
print("\n".join(faults) or table)
sys.exit(1 if faults else 0)
PROGRAM
