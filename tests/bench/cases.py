# SPDX-License-Identifier: MIT
"""What is measured, and which figures are asked for.

An experiment runs netchan and its peers on the same work. A figure is judged as a ratio to the first
peer, in the same round: what a library must reach, and what it aims at.
"""

from collections import namedtuple

FREE, SPLIT, ONE = "free", "split", "one"
PLACES = {
    FREE: "the system places both processes",
    SPLIT: "each process has a core of its own",
    ONE: "both processes share one core",
}

# Which roles a pair of processes has. LOCAL is one process, MEMORY is looked at from outside.
FLOW, TRIPS, LOCAL, MEMORY = "flow", "trips", "local", "memory"
ROLES = {FLOW: ("recv", "send"), TRIPS: ("pong", "ping"), LOCAL: ("local", None), MEMORY: ("hold", "stay")}

# One way to do the work: words for both processes, or for the one that listens or connects alone.
# share makes slow ones do less of it.
Side = namedtuple("Side", "name driver words listens connects share", defaults=("", "", "", 1.0))

# A figure that is judged. marks: place -> (at least, aim); None is no such mark. For CPU, p50 and
# kib less is better, and the mark is "at most". kib has no peer: its marks are KiB. over is what we
# take more than the peer, in KiB.
Judged = namedtuple("Judged", "figure marks")
LESS = {"cpu", "p50", "kib", "over"}

Experiment = namedtuple(
    "Experiment", "name title kind count places ours peer beside judged unit rounds",
    defaults=((), (), "values/s", None),
)

NETCHAN = Side("netchan", "netchan")
BATCHES = Side("netchan, 64 a call", "netchan", "--batch 64")
ZMQ = Side("libzmq", "zmq")
NNG = Side("nng", "nng", share=0.05)


def raw(window):
    return Side("raw TCP, credit %s" % format(window, ","), "raw", "--window %d" % window)


def limited(window, *words):
    """The receiving channel holds nothing itself, so that the size is all the credit there is."""
    return Side("netchan", "netchan", " ".join(words), "--capacity 0", "--window %d" % window)


def both(least, aim):
    return {FREE: (least, aim), SPLIT: (least, aim)}


TWO = (FREE, SPLIT)
MANY = 1000


def sized(window, count, least, aim):
    """The bare socket with the same credit."""
    batches = () if window == 1 else (limited(window, "--batch 64")._replace(name=BATCHES.name),)
    return Experiment(
        "size-%d" % window, "small value, size %s" % format(window, ","), FLOW, count, TWO,
        limited(window), raw(window), batches, (Judged("rate", both(least, aim)),),
    )


def long_values(name, title, size, count, share, least, aim):
    """share: of them for nng, whose cost is by the value and not by the byte."""
    words = "--size %d" % size

    def with_size(side):
        return side._replace(words=(side.words + " " + words).strip())

    return Experiment(
        name, title, FLOW, count, TWO, with_size(NETCHAN), with_size(ZMQ),
        tuple(with_size(side) for side in (BATCHES, NNG._replace(share=share), raw(1024))),
        (Judged("rate", both(least, aim)),), "MB/s",
    )


def round_trip(place, title, least, aim):
    return Experiment(
        "trip-" + place, title, TRIPS, 10000, (place,), NETCHAN, Side("raw TCP", "raw"),
        (ZMQ, NNG), (Judged("p50", {place: (least, aim)}),), "us",
    )


def in_one_process(name, title, words):
    """The queue has no call for many."""
    return Experiment(
        name, title, LOCAL, 2000000, TWO, Side("netchan", "netchan", "--capacity 256" + words),
        Side("mutex and condition, 256", "queue", "--capacity 256"), (),
        (Judged("rate", both(3.0, 10.0)),),
    )


def memory(name, title, words, each, most):
    return Experiment(
        name, title, MEMORY, each, (FREE,), Side("netchan", "netchan", words), None, (),
        (Judged("kib", {FREE: (most, None)}),), "KiB", 3,
    )


EXPERIMENTS = [
    Experiment(
        "small", "small value, one stream", FLOW, 2000000, (FREE, SPLIT, ONE), NETCHAN, ZMQ,
        (BATCHES, NNG, raw(1024)),
        (
            Judged("rate", {FREE: (1.2, 2.0), SPLIT: (0.9, 1.2), ONE: (1.5, None)}),
            Judged("cpu", {FREE: (1.0, None), SPLIT: (1.0, None), ONE: (1.0, None)}),
        ),
    ),
    Experiment(
        "members", "built and read by members", FLOW, 600000, TWO,
        Side("netchan", "netchan", "--tree"), Side("libzmq + jansson", "zmq", "--tree"), (),
        (Judged("rate", both(2.5, 5.0)),),
    ),
    sized(1000, 2000000, 0.6, 0.8),
    sized(100, 600000, 0.75, 1.0),
    sized(1, 15000, 0.75, 1.0),
    long_values("1k", "values of 1 KiB", 1024, 400000, 0.1, 1.2, 3.0),
    long_values("64k", "values of 64 KiB", 65536, 8000, 1.0, 1.0, 2.0),
    Experiment(
        "busy", "1,000 streams busy", FLOW, 1000000, TWO,
        Side("netchan, 1,000 streams", "netchan", "--streams %d" % MANY),
        Side("one stream", "netchan"), (),
        (Judged("rate", {FREE: (0.8, 1.0), SPLIT: (0.45, 1.0)}),),
    ),
    Experiment(
        "open", "1,000 streams open, one busy", FLOW, 1000000, TWO,
        Side("netchan, 1,000 streams", "netchan", "--streams %d --busy 1" % MANY),
        Side("one stream", "netchan"), (),
        (Judged("rate", both(0.97, 1.0)),),
    ),
    Experiment(
        "fan-in", "100 importers into one channel", FLOW, 500000, TWO,
        Side("netchan", "netchan", "--links 100"), Side("libzmq", "zmq", "--links 100"), (),
        (Judged("rate", both(1.2, 1.5)),),
    ),
    in_one_process("local", "channel in one process", ""),
    in_one_process("local-many", "channel in one process, 64 a call", " --batch 64"),
    round_trip(ONE, "round trip, one core", 2.2, 1.5),
    round_trip(SPLIT, "round trip, two cores", 1.15, 1.05),
    memory("link", "memory of an idle link", "--links 1000 --streams 0", 1000, 3.0),
    memory("stream-in", "memory of an idle stream, in", "--streams 10000", 10000, 0.25),
    memory("stream-out", "memory of an idle stream, out", "--streams 10000 --sends", 10000, 0.25),
]

# Where OpenSSL is built in. The size of 1,024 is that of the bare socket's rows.
def over_tls(side, *words):
    return side._replace(words=" ".join((side.words, "--tls", *words)).strip())


BARE_TLS = Side("bare OpenSSL", "tls")
EXPERIMENTS += [
    Experiment(
        "tls-small", "small value over TLS", FLOW, 1000000, TWO, over_tls(NETCHAN),
        Side("netchan, plain", "netchan"), (BARE_TLS._replace(words="--window 1024"),),
        (Judged("rate", both(0.8, 1.0)),),
    ),
    Experiment(
        "tls-64k", "values of 64 KiB over TLS", FLOW, 8000, TWO, over_tls(NETCHAN, "--size 65536"),
        BARE_TLS._replace(words="--size 65536 --window 1024"), (),
        (Judged("rate", both(0.6, 1.0)),), "MB/s",
    ),
    Experiment(
        "tls-link", "memory of an idle link over TLS", MEMORY, 500, (FREE,),
        over_tls(NETCHAN, "--links 500 --streams 0"), BARE_TLS._replace(words="--links 500"), (),
        (Judged("over", {FREE: (3.0, None)}),), "KiB", 3,
    ),
]

# A smoke run does so little of the work, but for the memory of fewer links and streams.
QUICK = 100
QUICK_LEAST = 100


def quicker(experiment):
    """The same experiment as far as a smoke run needs it."""
    if experiment.kind == MEMORY:
        few = experiment.count // 10
        def fewer(side):
            return side and side._replace(words=side.words.replace(str(experiment.count), str(few)))

        return experiment._replace(count=few, ours=fewer(experiment.ours),
                                   peer=fewer(experiment.peer), rounds=1)
    return experiment._replace(count=max(experiment.count // QUICK, QUICK_LEAST))


def without_tls(experiments):
    return [one for one in experiments if not one.name.startswith("tls-")]


def select(names):
    """The experiments whose name is, or begins with, one of the names; all without any."""
    if not names:
        return EXPERIMENTS
    chosen = [one for one in EXPERIMENTS if any(one.name.startswith(name) for name in names)]
    for name in names:
        if not any(one.name.startswith(name) for one in chosen):
            known = ", ".join(one.name for one in EXPERIMENTS)
            raise ValueError("no experiment %s; there are: %s" % (name, known))
    return chosen
