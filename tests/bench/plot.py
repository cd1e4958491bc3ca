# SPDX-License-Identifier: MIT
"""The verdicts as a picture: a bar for each ratio, beside what is asked for.

Ratios are drawn on a logarithmic axis, where twice as fast and half as fast are equally far from
equal; a bar begins there. Two panels, because more is better for a rate and less for a time.
"""

import math
from xml.sax.saxutils import escape

import cases

WIDTH = 1120
LEFT, RIGHT = 384, 806  # of the axis
ROW, GAP, TITLE = 22, 14, 17
COLOURS = {"aim": "#1f9d7a", "ok": "#3f7fc1", "MISSED": "#cf5c45", "not judged": "#9a9a94"}
INK, PALE, GRID, PAPER, BAND = "#26302f", "#75807e", "#dfe3df", "#fcfcfa", "#f3f5f1"
PLACES = {cases.FREE: "free", cases.SPLIT: "a core each", cases.ONE: "one core"}
FONT = "font-family=\"'Source Sans 3','Segoe UI',Helvetica,Arial,sans-serif\""
FIGURES = {"rate": "", "cpu": "CPU time, ", "p50": "", "kib": "", "over": "more than "}


class Axis:
    """Ratios from least to most, as x."""

    def __init__(self, numbers):
        low, high = min([0.5, *numbers]), max([2.0, *numbers])
        self.least, self.most = math.log(max(low, 0.02) / 1.12), math.log(min(high, 200.0) * 1.12)

    def x(self, number):
        at = (math.log(max(number, 1e-9)) - self.least) / (self.most - self.least)
        return LEFT + (RIGHT - LEFT) * min(max(at, 0.0), 1.0)

    def ticks(self):
        steps = [0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128]
        if self.most - self.least < math.log(8):
            steps += [0.75, 1.5, 3]
        return [step for step in steps if self.least <= math.log(step) <= self.most]


class Picture:
    def __init__(self):
        self.parts = []
        self.y = 0

    def add(self, form, *values):
        self.parts.append(form % values)

    def text(self, x, y, what, size=13, colour=INK, anchor="start", weight="normal"):
        self.add(
            '<text x="%.1f" y="%.1f" font-size="%g" fill="%s" text-anchor="%s" font-weight="%s">%s</text>',
            x, y, size, colour, anchor, weight, escape(what),
        )

    def line(self, x, y, to_x, to_y, colour, width=1.0, more=""):
        self.add(
            '<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="%g" %s/>',
            x, y, to_x, to_y, colour, width, more,
        )

    def box(self, x, y, width, height, colour, round_by=0.0, more=""):
        self.add(
            '<rect x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="%g" fill="%s" %s/>',
            x, y, max(width, 0), height, round_by, colour, more,
        )

    def at_least(self, x, y):
        self.line(x, y - 9, x, y + 9, INK, 2.4)

    def aim(self, x, y):
        self.add(
            '<path d="M%.1f %.1fl5 5l-5 5l-5 -5z" fill="%s" stroke="%s" stroke-width="1.6"/>',
            x, y - 5, PAPER, INK,
        )

    def batches(self, x, y):
        self.add('<circle cx="%.1f" cy="%.1f" r="3.4" fill="%s" stroke="%s" stroke-width="1.6"/>',
                 x, y, PAPER, PALE)


def groups_of(judged):
    """Bars of one experiment and figure stand together."""
    groups = []
    for one in judged:
        key = (one.experiment.name, one.figure)
        if not groups or groups[-1][0] != key:
            groups.append((key, []))
        groups[-1][1].append(one)
    return [bars for _, bars in groups]


def height_of(bars):
    return max(len(bars) * ROW, 2 * TITLE + 4)


def draw_bar(picture, axis, one, y):
    picture.text(LEFT - 14, y + 4, PLACES[one.place], 12, PALE, "end")
    least, aim = one.marks()
    if one.ratio:
        colour = COLOURS[one.word()]
        begin, end = sorted((axis.x(1.0), axis.x(one.ratio.median)))
        picture.box(begin, y - 6, end - begin, 12, colour, 2, 'fill-opacity="0.82"')
        picture.line(axis.x(one.ratio.least), y, axis.x(one.ratio.most), y, INK, 1, 'stroke-opacity="0.45"')
        picture.line(axis.x(one.ratio.low), y, axis.x(one.ratio.high), y, INK, 3.4, 'stroke-opacity="0.5"')
        picture.add('<circle cx="%.1f" cy="%.1f" r="4.2" fill="%s" stroke="%s" stroke-width="1.4"/>',
                    axis.x(one.ratio.median), y, colour, PAPER)
        if one.batches:
            picture.batches(axis.x(one.batches.median), y)
        picture.text(RIGHT + 22, y + 4.5, "%.2f ×" % one.ratio.median, 14, colour, weight="bold")
    else:
        picture.text(RIGHT + 22, y + 4.5, "not judged", 12, PALE)
    theirs = one.show(one.theirs) if one.theirs else "%g KiB" % one.least
    picture.text(RIGHT + 88, y + 4, "%s, beside %s" % (one.show(one.ours), theirs), 12, PALE)
    picture.at_least(axis.x(least), y)
    if aim is not None:
        picture.aim(axis.x(aim), y)


def draw_group(picture, axis, bars, shaded):
    height = height_of(bars)
    top = picture.y
    if shaded:
        picture.box(24, top - GAP / 2, WIDTH - 48, height + GAP, BAND, 4)
    for tick in axis.ticks():
        picture.line(axis.x(tick), top - GAP / 2, axis.x(tick), top + height + GAP / 2,
                     PALE if tick == 1 else GRID, 1.2 if tick == 1 else 1)
    middle = top + height / 2
    first = bars[0]
    against = "" if first.figure == "over" else "against "
    against += "" if first.experiment.peer else "what is "
    picture.text(40, middle - 3, first.experiment.title, 14, INK, weight="600")
    picture.text(40, middle + TITLE - 3,
                 FIGURES[first.figure] + against + first.peer_name(), 12, PALE)
    y = middle - (len(bars) - 1) * ROW / 2
    for one in bars:
        draw_bar(picture, axis, one, y)
        y += ROW
    picture.y += height + GAP


def draw_panel(picture, title, subtitle, judged):
    numbers = [one.ratio.median for one in judged if one.ratio]
    numbers += [one.batches.median for one in judged if one.batches]
    numbers += [mark for one in judged for mark in one.marks() if mark is not None]
    axis = Axis(numbers)
    picture.text(40, picture.y + 18, title, 17, INK, weight="bold")
    picture.text(40, picture.y + 37, subtitle, 12.5, PALE)
    picture.y += 66
    for tick in axis.ticks():
        picture.text(axis.x(tick), picture.y - 4, "equal" if tick == 1 else "%g ×" % tick, 12,
                     INK if tick == 1 else PALE, "middle", "bold" if tick == 1 else "normal")
    picture.y += GAP
    for number, bars in enumerate(groups_of(judged)):
        draw_group(picture, axis, bars, number % 2 == 0)
    picture.y += 26


def draw_legend(picture):
    y = picture.y
    x = 40
    for word, what in (("aim", "the aim is reached"), ("ok", "what is asked for"), ("MISSED", "missed")):
        picture.box(x, y - 6, 26, 12, COLOURS[word], 2, 'fill-opacity="0.82"')
        picture.text(x + 33, y + 4, what, 12.5)
        x += 52 + 7 * len(what)
    for mark, what in ((picture.at_least, "at least, or at most"), (picture.aim, "aim"),
                       (picture.batches, "64 values a call")):
        mark(x + 8, y)
        picture.text(x + 20, y + 4, what, 12.5)
        x += 40 + 7 * len(what)
    picture.line(x, y, x + 46, y, INK, 1, 'stroke-opacity="0.45"')
    picture.line(x + 14, y, x + 32, y, INK, 3.4, 'stroke-opacity="0.5"')
    picture.text(x + 54, y + 4, "all rounds, middle half", 12.5)
    picture.y += 34


def draw(about, judged):
    picture = Picture()
    picture.y = 52
    picture.text(40, picture.y, "netchan beside its peers", 26, INK, weight="bold")
    picture.y += 10
    for line in about:
        picture.y += 17
        picture.text(40, picture.y, line, 12.5, PALE)
    picture.y += 34
    draw_legend(picture)
    more = [one for one in judged if not one.less]
    less = [one for one in judged if one.less]
    if more:
        draw_panel(picture, "More is better: rates",
                   "netchan's rate as a multiple of its peer's; median of the rounds' pairs", more)
    if less:
        draw_panel(picture, "Less is better: time and memory",
                   "netchan's figure as a multiple of its peer's, or of what is allowed", less)
    places = "; ".join("%s: %s" % (PLACES[place], cases.PLACES[place]) for place in cases.PLACES)
    picture.text(40, picture.y, places, 12.5, PALE)
    height = picture.y + 26
    head = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%.0f" viewBox="0 0 %d %.0f" %s>\n'
        "<title>netchan beside its peers</title>\n"
        '<rect width="100%%" height="100%%" fill="%s"/>\n' % (WIDTH, height, WIDTH, height, FONT, PAPER)
    )
    return head + "\n".join(picture.parts) + "\n</svg>\n"
