# SPDX-License-Identifier: MIT
"""What must be true of a site of pages: each check takes {file name: text} and returns its faults.

Nothing here knows how the site was made. A page is read with html.parser, strictly: what a browser
would mend in silence is a fault.
"""

import functools
import html.parser
import json
import re

VOID = {"br", "col", "hr", "img", "input", "link", "meta"}
# Elements that end an open paragraph in a browser, so that its end tag would stand alone.
BLOCKS = {"article", "aside", "dd", "details", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2",
          "h3", "header", "li", "main", "nav", "ol", "p", "pre", "section", "table", "ul"}
PARENTS = {"li": {"ul", "ol"}, "dt": {"dl"}, "dd": {"dl"}, "tr": {"thead", "tbody"}, "td": {"tr"},
           "th": {"tr"}, "thead": {"table"}, "tbody": {"table"}, "summary": {"details"},
           "figcaption": {"figure"}}
CHILDREN = {"ul": {"li"}, "ol": {"li"}, "dl": {"dt", "dd"}, "tr": {"td", "th"},
            "table": {"thead", "tbody"}}


class Reader(html.parser.HTMLParser):
    """One page: its faults of form, anchors, links, headings and texts."""

    def __init__(self, name, text):
        super().__init__()
        self.name, self.faults, self.stack = name, [], []
        self.ids, self.links, self.sources, self.headings = [], [], [], []
        self.seen, self.programs, self.text, self.words = {}, [], [], []
        self.caption = ""
        self.feed(text)
        self.close()
        for tag in self.stack:
            self.fault(f"<{tag}> is not closed")
        self.look()

    def fault(self, words):
        self.faults.append(f"{self.name}:{self.getpos()[0]}: {words}")

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if len(given) != len(attributes):
            self.fault(f"<{tag}> has an attribute twice")
        if "svg" not in self.stack:  # whose title is another
            self.seen[tag] = self.seen.get(tag, 0) + 1
        parent = self.stack[-1] if self.stack else ""
        if tag in BLOCKS and "p" in self.stack:
            self.fault(f"<{tag}> in a <p>")
        if tag == "a" and "a" in self.stack:
            self.fault("a link in a link")
        if tag in PARENTS and parent not in PARENTS[tag]:
            self.fault(f"<{tag}> in <{parent}>")
        if parent in CHILDREN and tag not in CHILDREN[parent]:
            self.fault(f"<{tag}> in <{parent}>")
        if "id" in given:
            if given["id"] in self.ids or not given["id"]:
                self.fault(f"anchor {given['id']} is not the only one")
            self.ids.append(given["id"])
        self.attributes(tag, given)
        if tag not in VOID:
            self.stack.append(tag)
            self.text.append("")

    def attributes(self, tag, given):
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag in ("link", "script", "img") and (given.get("href") or given.get("src")):
            self.sources.append(given.get("href") or given["src"])
        if tag == "img" and not given.get("alt"):
            self.fault("a picture without words")
        if tag == "svg" and (given.get("role") != "img" or not given.get("aria-labelledby")):
            self.fault("a drawing without words")
        if tag == "input" and not given.get("aria-label"):
            self.fault("an input without a label")
        if tag == "th" and not given.get("scope"):
            self.fault("<th> without scope")
        if tag == "html" and not given.get("lang"):
            self.fault("no language")
        for name in ("aria-labelledby", "aria-controls"):
            self.words += given.get(name, "").split()

    def handle_endtag(self, tag):
        if tag in VOID or not self.stack or self.stack[-1] != tag:
            self.fault(f"</{tag}> where <{self.stack[-1] if self.stack else ''}> is open")
            return
        self.stack.pop()
        text = self.text.pop()
        if self.text:
            self.text[-1] += text
        if re.fullmatch("h[1-6]", tag):
            self.headings.append((int(tag[1]), text))
        if tag == "a" and not text.strip():
            self.fault("a link without words")
        if tag == "figcaption":
            self.caption = text.strip()
        if tag == "pre" and "figure" in self.stack:
            self.programs.append((self.caption, text))

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_data(self, data):
        if self.text:
            self.text[-1] += data

    def look(self):
        """What is known of a page only at its end."""
        for tag in ("title", "main", "h1", "html", "body"):
            if self.seen.get(tag) != 1:
                self.faults.append(f"{self.name}: <{tag}> {self.seen.get(tag, 0)} times")
        if not {"nav", "header", "footer"} <= set(self.seen):
            self.faults.append(f"{self.name}: a landmark is missing")
        last = 0
        for level, words in self.headings:
            if level > last + 1:
                self.faults.append(f"{self.name}: heading \"{words}\" skips a level")
            last = level
        for anchor in self.words:
            if anchor not in self.ids and anchor != "results":
                self.faults.append(f"{self.name}: label {anchor} is not there")


@functools.lru_cache(maxsize=None)
def reader(name, text):
    return Reader(name, text)


def read(files):
    return {name: reader(name, text) for name, text in files.items() if name.endswith(".html")}


def forms(files):
    return [fault for page in read(files).values() for fault in page.faults]


def links(files):
    """Every link and anchor resolves, and nothing comes from elsewhere."""
    pages, faults = read(files), []
    for page in pages.values():
        for address in page.links:
            file, _, anchor = address.partition("#")
            file = file or page.name
            if file not in files:
                faults.append(f"{page.name}: {address} leads nowhere")
            elif anchor and anchor not in pages[file].ids:
                faults.append(f"{page.name}: {address} has no such anchor")
        faults += [f"{page.name}: {source} is not part of the site" for source in page.sources
                   if source not in files]
    for name, text in files.items():
        if re.search(r"@import|url\(|https?://(?!www\.w3\.org/)", text) and not name.endswith(
                (".html", "index.js")):
            faults.append(f"{name}: names something from elsewhere")
    return faults


def reachable(files, start="index.html"):
    """Every page can be walked to from the first."""
    pages = read(files)
    todo, seen = [start], {start}
    while todo:
        for address in pages[todo.pop()].links:
            file = address.partition("#")[0]
            if file in pages and file not in seen:
                seen.add(file)
                todo.append(file)
    return [f"{name}: no way leads here from {start}" for name in sorted(set(pages) - seen)]


def homes(files, names):
    """Every public name is the anchor of exactly one place."""
    count = {}
    for page in read(files).values():
        for anchor in page.ids:
            count[anchor] = count.get(anchor, 0) + 1
    return [f"{name}: {count.get(name, 0)} home anchors" for name in names if count.get(name) != 1]


def index_rows(files):
    text = files["search-index.js"]
    return json.loads(text[text.index("["):text.rindex("]") + 1])


def found(files, names):
    """The search's index has every public name as a title, and what it names is there."""
    pages, faults = read(files), []
    rows = index_rows(files)
    titles = {row[0]: row[1] for row in rows}
    for name in names:
        if name not in titles:
            faults.append(f"{name}: the search does not find it")
        elif not titles[name].endswith("#" + name):
            faults.append(f"{name}: the search leads to {titles[name]}")
    for row in rows:
        file, _, anchor = row[1].partition("#")
        if file not in pages or anchor and anchor not in pages[file].ids:
            faults.append(f"{row[0]}: the search leads nowhere, to {row[1]}")
    return faults


def luminance(color):
    color = color.lstrip("#")
    color = "".join(digit * 2 for digit in color) if len(color) == 3 else color
    parts = [int(color[at:at + 2], 16) / 255 for at in (0, 2, 4)]
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(files, least=4.5):
    """Text against each ground it stands on, in light and dark: WCAG's AA."""
    faults = []
    for number, block in enumerate(re.findall(r":root \{(.*?)\}", files["style.css"], re.DOTALL)):
        colors = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{3,6})", block))
        for ground in ("page", "raised", "mark"):
            for ink in ("ink", "muted", "accent", "word", "string", "number", "comment"):
                one, two = sorted((luminance(colors[ground]), luminance(colors[ink])))
                if (two + 0.05) / (one + 0.05) < least:
                    faults.append(f"style.css: {ink} on {ground}, scheme {number}: "
                                  f"{(two + 0.05) / (one + 0.05):.2f}")
    return faults
