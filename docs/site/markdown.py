# SPDX-License-Identifier: MIT
"""The Markdown that the project's documents use, as parts of a page.

Beside headings, paragraphs, lists, tables, fences and indented blocks there are lines of our own:

    <!-- FILE -->                 a program that the tests run, and what it prints
    <!-- FILE part NAME -->       one function of it, or the lines of a script below "# NAME"
    <!-- FILE output -->          what it prints
    <!-- diagram NAME -->         docs/site/NAME.svg
    <!-- FILE.md: HEADING -->     a section of another document

In README.md a fence with the program's text follows the first, which tests/checks/docs.sh compares.
"""

import re

from links import escape

SHOW = re.compile(r"<!-- ((?:docs|bindings)/\S+\.\w+)(?: (part \S+|output))? -->$")
SENTENCE = re.compile(r"\[([SP]\d+(?:\.\d+)?)\]\s+")
ITEM = re.compile(r"(-|\*|\d+\.) +")


def inline(text, page):
    """Code spans, strong and stressed words, links, names."""
    out = []
    for number, piece in enumerate(re.split(r"`([^`]+)`", text)):
        if number % 2:
            out.append(page.code(piece))
            continue
        piece = page.text(piece)
        piece = re.sub(r"\[([^\]\n]+)\]\(([\w#./-]+)\)", r'<a href="\2">\1</a>', piece)
        piece = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", piece)
        out.append(re.sub(r"(?<![\w*])\*([^*\s](?:[^*]*[^*\s])?)\*(?![\w*])", r"<em>\1</em>", piece))
    # Stress may hold code spans: **`x`**
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", "".join(out))


def cells(line):
    return [cell.strip().replace("\\|", "|")
            for cell in re.split(r"(?<!\\)\|", line.strip()[1:-1])]


class Reader:
    """Goes through a document line by line and adds to the page."""

    def __init__(self, text, page, examples, shift=0):
        self.lines = re.sub(r"^<!-- SPDX[^\n]*-->\n", "", text).split("\n")
        self.page, self.examples, self.shift, self.at = page, examples, shift, 0

    def read(self):
        while self.at < len(self.lines):
            line = self.lines[self.at]
            for test, handle in (
                    (not line.strip(), self.skip),
                    (line.startswith("#"), self.heading),
                    (line.startswith("```"), self.fence),
                    (SHOW.match(line), self.show),
                    (line.startswith("<!--"), self.directive),
                    (line.startswith("|"), self.table),
                    (ITEM.match(line), self.items),
                    (line.startswith("    "), self.indented),
                    (True, self.paragraph)):
                if test:
                    handle()
                    break

    def skip(self):
        self.at += 1

    def heading(self):
        hashes, words = self.lines[self.at].split(None, 1)
        self.at += 1
        level = len(hashes) + self.shift
        if level > 1:  # the first is the page's title
            self.page.heading(level, words.replace("`", ""), shown=inline(words, self.page)
                              if "`" in words else None)

    def fence(self):
        language = self.lines[self.at][3:].strip()
        end = self.lines.index("```", self.at + 1)
        self.examples.check_fence(language, self.page)
        self.page.block("\n".join(self.lines[self.at + 1:end]), language)
        self.at = end + 1

    def show(self):
        path, what = SHOW.match(self.lines[self.at]).groups()
        self.at += 1
        if self.at < len(self.lines) and self.lines[self.at].startswith("```"):
            self.at = self.lines.index("```", self.at + 1) + 1
        self.examples.show(path, what, self.page)

    def directive(self):
        """<!-- diagram NAME -->, and parts of other documents: <!-- README.md: Heading -->"""
        line = self.lines[self.at]
        self.at += 1
        diagram = re.match(r"<!-- diagram (\w+) -->$", line)
        section = re.match(r"<!-- ([\w./]+\.md): (.+) -->$", line)
        if diagram:
            self.page.add(self.page.site.diagram(diagram.group(1)))
        elif section:
            text = self.page.site.read(section.group(1))
            found = re.search(rf"^## {re.escape(section.group(2))}\n(.*?)(?=^## |\Z)", text,
                              re.DOTALL | re.MULTILINE)
            if not found:
                raise ValueError(f"{section.group(1)} has no section {section.group(2)}")
            Reader(found.group(1), self.page, self.examples).read()
        else:
            raise ValueError(f"{self.page.name}: cannot read {line}")

    def table(self):
        rows = []
        while self.at < len(self.lines) and self.lines[self.at].startswith("|"):
            rows.append(cells(self.lines[self.at]))
            self.at += 1
        rows = [[inline(cell, self.page) for cell in row] for row in rows]
        self.page.table(rows[0], rows[2:])

    def items(self):
        """A list; a line that is indented goes on with its item."""
        ordered = self.lines[self.at][0].isdigit()
        items = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if ITEM.match(line):
                items.append(ITEM.sub("", line, count=1))
            elif line.startswith("  ") and line.strip() and items:
                items[-1] += "\n" + line.strip()
            else:
                break
            self.at += 1
        if SENTENCE.match(items[0]):
            self.sentences(items)
            return
        tag = "ol" if ordered else "ul"
        self.page.add(f"<{tag}>\n", *[f"<li>{inline(item, self.page)}</li>\n" for item in items],
                      f"</{tag}>\n")

    def sentences(self, items):
        self.page.add('<ul class="sentences">\n')
        for item in items:
            number = SENTENCE.match(item).group(1)
            add_sentence(self.page, number, inline(SENTENCE.sub("", item, count=1), self.page))
        self.page.add("</ul>\n")

    def indented(self):
        lines = []
        while self.at < len(self.lines) and (self.lines[self.at].startswith("    ") or
                                             not self.lines[self.at].strip()):
            lines.append(self.lines[self.at][4:])
            self.at += 1
        self.page.block("\n".join(lines).strip("\n"), "sh")

    def paragraph(self):
        lines = []
        while self.at < len(self.lines):
            line = self.lines[self.at]
            if not line.strip() or line.startswith(("#", "```", "<!--", "|")) or \
                    lines and ITEM.match(line):
                break
            lines.append(line)
            self.at += 1
        self.page.add(f"<p>{inline(chr(10).join(lines), self.page)}</p>\n")


def add_sentence(page, number, shown):
    """A numbered sentence: its number is its permanent link."""
    anchor = page.take(number)
    page.add(f'<li id="{anchor}"><a class="number" href="#{anchor}">{escape(number)}</a> '
             f"<span>{shown}</span></li>\n")
