#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a value costs in Python: see bindings/bench.sh. Prints lines of workload, way, and CPU time of
the process in nanoseconds a value, the median of interleaved rounds.

usage: bench.py [ROUNDS]
"""

import json
import statistics
import sys
import time

import netchan

BATCH = 1000
SMALL = {"i": 123456, "source": "bench-producer"}
RECORD = {
    "id": 9007199254740993,
    "name": "Ann Example",
    "tags": ["alpha", "beta", "gamma", "delta"],
    "scores": [number / 8 for number in range(40)],
    "address": {"street": "Long Street 12", "city": "Löbau", "zip": "02708", "geo": [51.09, 14.66]},
    "active": True,
    "note": "x" * 400,
    "next": None,
}


def by_json(value):
    for _ in range(BATCH):
        json.loads(json.dumps(value))


def by_channel(channel, value):
    put, take = channel.put, channel.take
    for _ in range(BATCH):
        put(value)
    for _ in range(BATCH):
        take()


def by_link(sent, got, value):
    put, take = sent.put, got.take
    for _ in range(BATCH):
        put(value)
    for _ in range(BATCH):
        take()


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    exporter = netchan.Exporter("tcp://127.0.0.1:0")
    importer = netchan.Importer(exporter.address)
    channel = netchan.Channel(BATCH)
    sent = exporter.export("bench", "send", capacity=BATCH)
    got = importer.import_("bench", "recv", capacity=BATCH)
    ways = {
        "json": by_json,
        "channel": lambda value: by_channel(channel, value),
        "tcp": lambda value: by_link(sent, got, value),
    }
    for name, value in (("small", SMALL), ("record", RECORD)):
        found = {way: [] for way in ways}
        for _ in range(rounds + 1):
            for way, run in ways.items():
                begun = time.process_time_ns()
                for _ in range(5):
                    run(value)
                found[way].append((time.process_time_ns() - begun) / (5 * BATCH))
        for way, times in found.items():
            print("%s\t%s\t%.0f" % (name, way, statistics.median(times[1:])))
    exporter.close()
    importer.wait_closed(5)
    exporter.wait_closed(5)


main()
