# SPDX-License-Identifier: MIT
"""From the runs to figures, and from the figures to a table and to JSON."""

import json
import statistics

import cases

FIGURES = {"rate": "values/s", "cpu": "CPU", "p50": "p50", "kib": "KiB each",
           "over": "KiB more each"}


class Spread:
    """Median, quartiles, least and most of some numbers."""

    def __init__(self, numbers):
        numbers = sorted(numbers)
        self.count = len(numbers)
        self.least, self.most = numbers[0], numbers[-1]
        self.median = statistics.median(numbers)
        self.low = self.high = self.median
        if self.count > 1:
            self.low, _, self.high = statistics.quantiles(numbers, n=4, method="inclusive")

    def data(self):
        return {"median": self.median, "quartiles": [self.low, self.high], "least": self.least,
                "most": self.most, "count": self.count}

    def text(self, show):
        return "%s [%s %s] (%s-%s)" % tuple(
            show(number) for number in (self.median, self.low, self.high, self.least, self.most)
        )


class Runs:
    """What every run gave: by experiment, place and side, a figure or None for each round."""

    def __init__(self):
        self.rows = {}
        self.failures = []

    def add(self, experiment, place, side, result):
        self.rows.setdefault((experiment.name, place, side.name), []).append(result)

    def fail(self, experiment, place, side, text):
        self.add(experiment, place, side, None)
        self.failures.append("%s, %s, %s: %s" % (experiment.name, place, side.name, text))

    def of(self, experiment, place, side):
        return self.rows.get((experiment.name, place, side.name), [])

    def figures(self, experiment, place, side, figure):
        return [run[figure] for run in self.of(experiment, place, side) if run and figure in run]

    def pairs(self, experiment, place, ours, peer, figure):
        both = zip(self.of(experiment, place, ours), self.of(experiment, place, peer))
        return [(a[figure], b[figure]) for a, b in both if a and b]


class Verdict:
    """One judged figure at one place."""

    def __init__(self, experiment, judged, place, runs):
        self.experiment, self.figure, self.place = experiment, judged.figure, place
        self.least, self.aim = judged.marks[place]
        self.less = judged.figure in cases.LESS
        self.unit = experiment.unit
        self.batches = None
        ours = runs.figures(experiment, place, experiment.ours, self.figure)
        self.ours = Spread(ours) if ours else None
        self.theirs = self.ratio = None
        if self.figure == "over":
            pairs = runs.pairs(experiment, place, experiment.ours, experiment.peer, "kib")
            over = [max(a - b, 0.01) for a, b in pairs]  # ratios of nothing cannot be drawn
            self.ours = Spread(over) if over else None
            self.ratio = Spread([number / self.least for number in over]) if over else None
        elif not experiment.peer:
            self.ratio = Spread([number / self.least for number in ours]) if ours else None
        else:
            theirs = runs.figures(experiment, place, experiment.peer, self.figure)
            self.theirs = Spread(theirs) if theirs else None
            self.ratio = self.ratio_of(runs, experiment.ours)
            for side in experiment.beside:
                if side.name == cases.BATCHES.name:
                    self.batches = self.ratio_of(runs, side)

    def ratio_of(self, runs, side):
        pairs = runs.pairs(self.experiment, self.place, side, self.experiment.peer, self.figure)
        return Spread([a / b for a, b in pairs if b]) if pairs else None

    def marks(self):
        """The two marks as ratios."""
        absolute = not self.experiment.peer or self.figure == "over"
        return (1.0, None) if absolute else (self.least, self.aim)

    def word(self):
        if not self.ratio:
            return "not judged"
        least, aim = self.marks()
        reached = (lambda mark: self.ratio.median <= mark) if self.less else (
            lambda mark: self.ratio.median >= mark)
        if not reached(least):
            return "MISSED"
        return "aim" if aim is not None and reached(aim) else "ok"

    def peer_name(self):
        return self.experiment.peer.name if self.experiment.peer else "allowed"

    def show(self, spread):
        """A figure in its unit, short."""
        if not spread:
            return "-"
        if self.figure == "rate" and self.unit == "MB/s":
            return megabytes(spread.median * size_of(self.experiment))
        return show(self.figure, spread.median)

    def data(self):
        return {
            "experiment": self.experiment.name, "title": self.experiment.title,
            "place": self.place, "figure": self.figure, "less_is_better": self.less,
            "netchan": self.ours and self.ours.data(), "peer": self.peer_name(),
            "beside": self.theirs and self.theirs.data(),
            "ratio": self.ratio and self.ratio.data(),
            "ratio_in_batches": self.batches and self.batches.data(),
            "at_most" if self.less else "at_least": self.least, "aim": self.aim,
            "verdict": self.word(),
        }


def size_of(experiment):
    words = experiment.ours.words.split()
    return int(words[words.index("--size") + 1])


def short(number):
    """Three digits and a letter."""
    for limit, letter in ((1e6, "M"), (1e3, "k")):
        if number >= limit:
            return "%.3g%s" % (number / limit, letter) if number < limit * 1e3 else "%.0f%s" % (
                number / limit, letter)
    return "%.3g" % number


def megabytes(number):
    return "%.0f MB/s" % (number / 1e6)


def show(figure, number):
    return {"rate": "%s/s" % short(number), "cpu": "%.3g us" % number, "p50": "%.1f us" % number,
            "kib": "%.3g KiB" % number, "over": "%.3g KiB" % number}[figure]


def ratio(number):
    return "%.2f" % number


def verdicts(experiments, runs):
    return [
        Verdict(experiment, judged, place, runs)
        for experiment in experiments
        for judged in experiment.judged
        for place in experiment.places
        if place in judged.marks and runs.of(experiment, place, experiment.ours)
    ]


def table(rows, left=1):
    """Columns as wide as they must be, the first ones to the left."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if k < left else cell.rjust(width)
                 for k, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def judged_table(judged):
    rows = [("WORKLOAD", "PLACE", "FIGURE", "AGAINST", "NETCHAN", "PEER",
             "RATIO [QUARTILES] (LEAST-MOST)", "MUST", "AIM", "")]
    for one in judged:
        sign = "<=" if one.less else ">="
        unit = " KiB" if not one.experiment.peer or one.figure == "over" else ""
        rows.append((
            one.experiment.title, one.place, FIGURES[one.figure], one.peer_name(),
            one.show(one.ours), one.show(one.theirs), one.ratio.text(ratio) if one.ratio else "-",
            "%s %.3g%s" % (sign, one.least, unit), "-" if one.aim is None else "%.3g" % one.aim,
            one.word(),
        ))
    return table(rows, 4)


def sides_table(experiments, runs):
    rows = [("WORKLOAD", "PLACE", "SIDE", "FIGURE [QUARTILES] (LEAST-MOST)", "MB/S", "P99",
             "CPU S/M")]
    for experiment in experiments:
        for place in experiment.places:
            for side in (experiment.ours, experiment.peer, *experiment.beside):
                if side and any(runs.of(experiment, place, side)):
                    rows.append(side_row(experiment, place, side, runs))
    return table(rows, 3)


def side_row(experiment, place, side, runs):
    main = {cases.TRIPS: "p50", cases.MEMORY: "kib"}.get(experiment.kind, "rate")

    def median(figure, form):
        numbers = runs.figures(experiment, place, side, figure)
        return form % statistics.median(numbers) if numbers else "-"

    spread = Spread(runs.figures(experiment, place, side, main))
    number = short if main == "rate" else lambda value: "%.3g" % value
    unit = {"rate": "/s", "p50": " us", "kib": " KiB"}[main]
    return (experiment.title, place, side.name, spread.text(number) + unit, median("mb", "%.0f"),
            median("p99", "%.1f us"), median("cpu", "%.3f"))


def text(about, experiments, runs, judged):
    places = "; ".join("%s: %s" % pair for pair in cases.PLACES.items())
    parts = [
        "\n".join(about),
        "Figures are medians over the rounds; ratios are those of each round's pair.\n%s." % places,
        judged_table(judged),
        "CPU is seconds of both processes for a million values, or round trips.",
        sides_table(experiments, runs),
    ]
    if runs.failures:
        parts.append("Failed:\n" + "\n".join(runs.failures))
    return "\n\n".join(parts) + "\n"


def data(about, experiments, runs, judged):
    rows = [
        {"experiment": experiment.name, "place": place, "side": side.name,
         "driver": side.driver, "runs": runs.of(experiment, place, side)}
        for experiment in experiments
        for place in experiment.places
        for side in (experiment.ours, experiment.peer, *experiment.beside)
        if side and runs.of(experiment, place, side)
    ]
    return json.dumps({"about": about, "judged": [one.data() for one in judged], "sides": rows,
                       "failures": runs.failures}, indent=1) + "\n"
