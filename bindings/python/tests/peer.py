#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Python's end of the matrix of languages: see bindings/scenarios.md.

usage: peer.py export|import URL [KEY=VALUE]...
"""

import json
import os
import sys

import netchan

PATIENCE = 60


def tagged(value):
    """A value in the spelled-out form of the vectors."""
    if value is None or value is True or value is False:
        return value
    if type(value) is int:
        return {"integer": str(value)}
    if type(value) is float:
        return {"real": value.hex()}
    if type(value) is str:
        return {"string": value}
    if type(value) is list:
        return {"array": [tagged(element) for element in value]}
    return {"object": [[name, tagged(member)] for name, member in value.items()]}


def vectors():
    with open(os.environ["NETCHAN_VECTORS"], encoding="utf-8") as file:
        rows = json.load(file)["values"]
    return [row for row in rows if row["verdict"] == "ok" and "text" in row]


def unordered(node):
    """The same for the members of objects in any order: not every language keeps it."""
    if isinstance(node, dict) and "object" in node:
        return {"object": sorted(([name, unordered(member)] for name, member in node["object"]),
                                 key=lambda pair: pair[0])}
    if isinstance(node, dict) and "array" in node:
        return {"array": [unordered(element) for element in node["array"]]}
    return node


def compare(rows, got):
    if len(got) != len(rows):
        raise SystemExit("peer: %d values came, not %d" % (len(got), len(rows)))
    for row, value in zip(rows, got):
        if unordered(tagged(value)) != unordered(row["is"]):
            raise SystemExit("peer: %s: came as %r" % (row["name"], value))


def export(url, **options):
    rows = vectors()
    with netchan.Exporter(url, **options) as exporter:
        out = exporter.export("out", "send", capacity=len(rows))
        back = exporter.export("in", "recv")
        print(exporter.address, flush=True)
        for row in rows:
            out.put(netchan.loads(row["text"]), PATIENCE)
        out.close()
        compare(rows, list(back))
        exporter.drain("taken", PATIENCE)


def import_(url, **options):
    rows = vectors()
    with netchan.Importer(url, timeout=PATIENCE, **options) as importer:
        out = importer.import_("out", "recv", timeout=PATIENCE)
        back = importer.import_("in", "send", timeout=PATIENCE)
        got = []
        for value in out:
            got.append(value)
            back.put(value, PATIENCE)
        compare(rows, got)
        back.close()
        importer.drain("taken", PATIENCE)


if __name__ == "__main__":
    settings = dict(word.replace(".", "_", 1).split("=", 1) for word in sys.argv[3:])
    {"export": export, "import": import_}[sys.argv[1]](sys.argv[2], **settings)
