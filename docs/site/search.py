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
        self.page, self.sections, self.skipping = page, [], 0
        self.stack, self.title = [], None

    def handle_starttag(self, tag, attributes):
        if tag in SKIPPED:
            self.skipping += 1
        anchor = dict(attributes).get("id")
        if tag in ("h2", "h3", "dt") and anchor or tag == "h1":
            self.sections.append({"url": self.page + (f"#{anchor}" if anchor else ""), "title": "",
                                  "text": ""})
            self.title = tag
        elif anchor and tag == "li":
            self.sections.append({"url": f"{self.page}#{anchor}", "title": anchor, "text": ""})

    def handle_endtag(self, tag):
        self.skipping -= tag in SKIPPED
        if tag == self.title:
            self.title = None

    def handle_data(self, data):
        if self.sections and not self.skipping:
            self.sections[-1]["title" if self.title else "text"] += data


def kind_of(section, kinds):
    page, _, anchor = section["url"].partition("#")
    for name, (kind, url) in kinds.items():
        if url == section["url"] and anchor:
            return kind
    return "" if anchor else "page"


def entries(site, rendered):
    """[title, url, kind, page's title, first words, all words], for all sections of all pages."""
    kinds = {name: (KINDS[kind], site.links.homes[name]) for name, kind in site.links.kinds.items()}
    by_url = {url: kind for kind, url in kinds.values()}
    out, seen = [], set()
    for page, text in rendered.items():
        if page == "index-all.html":
            continue
        reader = Sections(page)
        reader.feed(text)
        for section in reader.sections:
            words = " ".join(section["text"].split())
            title = " ".join(section["title"].split())
            seen.add(section["url"])
            unique = sorted(set(re.findall(r"[a-z0-9_.-]{2,}", words.lower())))
            out.append([title, section["url"], by_url.get(section["url"],
                        "" if "#" in section["url"] else "page"), NAMES[page], words[:180],
                        " ".join(word.strip(".-") for word in unique)])
    # Constants and types are rows of a table, with no heading of their own.
    out += [[name, url, kind, NAMES[url.split("#")[0]], "", ""]
            for name, (kind, url) in kinds.items() if url not in seen]
    return out


def script(found):
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in found)
    return f"window.netchanIndex = [\n{rows}\n];\n"


def add_index(page, found):
    """Everything by its first letter; rules by their section."""
    letters = {}
    for title, url, kind, where, _, _ in found:
        if kind == "rule" or not title:
            continue
        plain = re.sub(r"^(netchan_|NETCHAN_)", "", title)
        letters.setdefault(plain[:1].upper() if plain[:1].isalpha() else "0-9", []).append(
            (plain.lower(), title, url, kind or where))
    page.add('<p class="letters">', *[f'<a href="#letter-{letter.lower()}">{letter}</a>\n'
                                      for letter in sorted(letters)], "</p>\n")
    for letter in sorted(letters):
        page.heading(2, letter, anchor=f"letter-{letter.lower()}")
        page.add('<ul class="index">\n')
        for _, title, url, kind in sorted(letters[letter]):
            page.add(f'<li><a href="{url}">{escape(title)}</a> <span>{escape(kind)}</span></li>\n')
        page.add("</ul>\n")
    page.headings.clear()  # the letters are its table of contents
