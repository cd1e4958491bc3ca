# SPDX-License-Identifier: MIT
"""The index that search.js looks through, and the page that stands in for it."""

import html.parser
import json
import re

from links import escape
from page import NAMES

KINDS = {"function": "function", "error": "result code", "constant": "constant", "type": "type",
         "option": "option", "rule": "rule", "example": "example", "word": "word"}
SKIPPED = {"nav", "script", "header", "footer", "summary"}


class Sections(html.parser.HTMLParser):
    """The text of a page, cut at each heading and term that has an anchor."""

    def __init__(self, page):
        super().__init__()
        self.page, self.sections, self.skipping, self.into = page, [], 0, "text"

    def begin(self, anchor, title=""):
        url = self.page + (f"#{anchor}" if anchor else "")
        self.sections.append({"url": url, "title": title, "text": "", "program": ""})

    def handle_starttag(self, tag, attributes):
        self.skipping += tag in SKIPPED
        anchor = dict(attributes).get("id")
        if tag in ("h2", "h3", "dt") and anchor or tag == "h1":
            self.begin(anchor)
            self.into = "title"
        elif anchor and tag == "li":
            self.begin(anchor, anchor)
        elif tag == "figcaption" or tag == "pre":
            self.into = "program"

    def handle_endtag(self, tag):
        self.skipping -= tag in SKIPPED
        if tag in ("td", "th", "p", "li", "dd"):
            self.handle_data(" ")
        if tag in ("h1", "h2", "h3", "dt", "figcaption", "pre"):
            self.into = "text"

    def handle_data(self, data):
        if self.sections and not self.skipping:
            self.sections[-1][self.into] += data


def entries(site, rendered):
    """[title, url, kind, page's title, first words, all words], for all sections of all pages."""
    kinds = {site.links.homes[name]: KINDS[kind] for name, kind in site.links.kinds.items()}
    names = {site.links.homes[name]: name for name in site.links.kinds}
    out = []
    for page, text in rendered.items():
        reader = Sections(page)
        reader.feed(text)
        for section in reader.sections:
            url, title = section["url"], " ".join(section["title"].split())
            words = re.sub(rf"^{re.escape(title)} ", "", " ".join(section["text"].split()))
            every = set(re.findall(r"[a-z0-9_.-]{2,}", (words + " " + section["program"]).lower()))
            names.pop(url, None)
            out.append([title, url, kinds.get(url, "" if "#" in url else "page"), NAMES[page],
                        words[:180], " ".join(sorted(word.strip(".-") for word in every))])
    # Constants and types are rows of a table, with no heading of their own.
    return out + [[name, url, kinds[url], NAMES[url.split("#")[0]], "", ""]
                  for url, name in names.items()]


def script(found):
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in found)
    return f"window.netchanIndex = [\n{rows}\n];\n"


def add_index(page, found):
    """Everything by its first letter; rules by their section."""
    letters = {}
    for title, url, kind, where, _, _ in found:
        if kind == "rule" or not title:
            continue
        for name in title.split(", ") if kind == "word" else [title]:
            plain = re.sub(r"^(netchan_|NETCHAN_)", "", name)
            letters.setdefault(plain[:1].upper() if plain[:1].isalpha() else "0-9", []).append(
                (plain.lower(), name, url, kind or where))
    page.add('<p class="letters">', *[f'<a href="#letter-{letter.lower()}">{letter}</a>\n'
                                      for letter in sorted(letters)], "</p>\n")
    for letter in sorted(letters):
        page.heading(2, letter, anchor=f"letter-{letter.lower()}")
        page.add('<ul class="index">\n')
        for _, title, url, kind in sorted(letters[letter]):
            page.add(f'<li><a href="{url}">{escape(title)}</a> <span>{escape(kind)}</span></li>\n')
        page.add("</ul>\n")
    page.headings.clear()  # the letters are its table of contents
